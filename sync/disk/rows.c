/* SPDX-License-Identifier: ISC */
/* One struct, one order of columns, for the tables `tree` and `intent` alike. */
#include "sync/disk/rows.h"

#include "node/base/mem.h"

bool id_zero(const struct hash *h)
{
	return id_is_zero(id_bytes(h));
}

static void take_row(sqlite3_stmt *st, struct row *r)
{
	struct bytes name = column_bytes(st, 2);
	struct stamp *s = &r->seen;

	*r = (struct row){ .file = column_short_id(st, 0),
		.parent = column_short_id(st, 1) };
	if (name.len < NAME_ROOM)
		memcpy(r->name, name.data, name.len);
	s->kind = (uint8_t)sqlite3_column_int(st, 3);
	s->mode = (uint16_t)sqlite3_column_int(st, 4);
	s->size = (uint64_t)sqlite3_column_int64(st, 5);
	s->ino = (uint64_t)sqlite3_column_int64(st, 6);
	s->mtime_s = sqlite3_column_int64(st, 7);
	s->mtime_ns = (uint32_t)sqlite3_column_int64(st, 8);
	s->ctime_s = sqlite3_column_int64(st, 9);
	s->ctime_ns = (uint32_t)sqlite3_column_int64(st, 10);
	s->btime_s = sqlite3_column_int64(st, 11);
	s->btime_ns = (uint32_t)sqlite3_column_int64(st, 12);
	r->version = column_hash(st, 13);
	r->depth = (uint8_t)sqlite3_column_int(st, 14);
	r->content = column_hash(st, 15);
	r->change = (enum row_change)sqlite3_column_int(st, 16);
	r->again = sqlite3_column_int(st, 17) != 0;
}

int row_put(struct index *ix, int64_t folder, enum row_table table, const struct row *r)
{
	const struct stamp *s = &r->seen;

	return index_run(ix, table == TABLE_TREE ? SQL_ROW_PUT : SQL_INTENT_PUT,
		"isstiiiiiiiiiihihii", folder, &r->file, &r->parent, r->name,
		(int64_t)s->kind, (int64_t)s->mode, (int64_t)s->size, (int64_t)s->ino,
		s->mtime_s, (int64_t)s->mtime_ns, s->ctime_s, (int64_t)s->ctime_ns,
		s->btime_s, (int64_t)s->btime_ns, &r->version, (int64_t)r->depth,
		&r->content, (int64_t)r->change, (int64_t)r->again);
}

int row_get(
	struct index *ix, int64_t folder, const struct short_id *file, struct row *out)
{
	sqlite3_stmt *st = index_bind(ix, SQL_ROW_GET, "is", folder, file);
	int found = index_step(ix, st);

	if (found == 1)
		take_row(st, out);
	sqlite3_reset(st);
	return found;
}

int row_at_inode(
	struct index *ix, int64_t folder, const struct stamp *seen, struct row *out)
{
	sqlite3_stmt *st =
		index_bind(ix, SQL_ROW_AT_INODE, "ii", folder, (int64_t)seen->ino);
	int found;

	while ((found = index_step(ix, st)) == 1) {
		take_row(st, out);
		if (stamp_same_file(&out->seen, seen))
			break;
	}
	sqlite3_reset(st);
	return found;
}

int row_at_place(struct index *ix, int64_t folder, const struct short_id *parent,
	const char *name, struct row *out)
{
	sqlite3_stmt *st = index_bind(ix, SQL_ROWS_AT_PLACE, "ist", folder, parent, name);
	bool found = false;
	int more;

	while ((more = index_step(ix, st)) == 1) {
		take_row(st, out);
		found = true;
		if (out->change != ROW_GONE)
			break;
	}
	sqlite3_reset(st);
	return more < 0 ? more : found;
}

int row_remove(struct index *ix, int64_t folder, const struct short_id *file)
{
	int err = places_discard(ix, folder, file);

	/* With no fresh ones this drops the old. */
	if (!err)
		err = places_promote(ix, folder, file);
	return err ? err : index_run(ix, SQL_ROW_REMOVE, "is", folder, file);
}

/* ---- several ---- */

void rows_free(struct rows *all)
{
	mem_free(all->row);
	*all = (struct rows){ 0 };
}

static int take_rows(struct index *ix, sqlite3_stmt *st, struct rows *out)
{
	int more;

	*out = (struct rows){ 0 };
	while ((more = index_step(ix, st)) == 1) {
		(void)mem_grow(out->row, out->count, out->room);
		take_row(st, &out->row[out->count++]);
	}
	sqlite3_reset(st);
	if (more < 0)
		rows_free(out);
	return more;
}

int rows_below(
	struct index *ix, int64_t folder, const struct short_id *parent, struct rows *out)
{
	return take_rows(ix, index_bind(ix, SQL_ROWS_BELOW, "is", folder, parent), out);
}

int rows_of_intents(struct index *ix, int64_t folder, struct rows *out)
{
	return take_rows(ix, index_bind(ix, SQL_INTENTS, "i", folder), out);
}

static size_t first_at_least(const struct rows *all, const char *name)
{
	size_t low = 0, high = all->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(all->row[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct row *rows_find(
	const struct rows *all, const char *name, const struct stamp *seen)
{
	const struct row *best = NULL;

	for (size_t i = first_at_least(all, name);
		i < all->count && strcmp(all->row[i].name, name) == 0; i++) {
		const struct row *r = &all->row[i];

		if (seen != NULL && stamp_same_file(&r->seen, seen))
			return r;
		if (best == NULL || best->change == ROW_GONE)
			best = r;
	}
	return best;
}

/* ---- places ---- */

int place_add(struct index *ix, int64_t folder, const struct short_id *file,
	const struct hash *object, uint64_t offset, size_t len)
{
	return index_run(ix, SQL_PLACE_ADD, "hisii", object, folder, file,
		(int64_t)offset, (int64_t)len);
}

int places_promote(struct index *ix, int64_t folder, const struct short_id *file)
{
	static const enum sql_id steps[] = { SQL_OBJECTS_UNUSED_DROP, SQL_PLACES_OLD_DROP,
		SQL_PLACES_PROMOTE, SQL_OBJECTS_IN_FILE_DROP };
	int err = 0;

	for (size_t i = 0; i < array_len(steps) && !err; i++)
		err = index_run(ix, steps[i], "is", folder, file);
	return err;
}

int places_discard(struct index *ix, int64_t folder, const struct short_id *file)
{
	return index_run(ix, SQL_PLACES_FRESH_DROP, "is", folder, file);
}
