/* SPDX-License-Identifier: ISC */
/*
 * Records and adoptions of one job are one transaction. What no other member could bring
 * back (all but commits) is written to the vault as well.
 */
#include "sync/disk/records.h"

#include <errno.h>

#include "node/base/mem.h"

void run_load(struct disk *d, struct job *j)
{
	struct index *ix = &d->index;
	sqlite3_stmt *st = index_bind(ix, SQL_RECORDS, "");
	size_t room = j->record_count;
	int more;

	j->rebuilt = ix->rebuilt;
	while ((more = index_step(ix, st)) == 1) {
		struct bytes key = column_bytes(st, 2), value = column_bytes(st, 3);
		struct record r = { .folder = column_hash(st, 0),
			.kind = (enum record_kind)sqlite3_column_int(st, 1),
			.key_len = (uint8_t)key.len,
			.value_len = value.len };

		if (key.len > sizeof(r.key))
			continue;
		memcpy(r.key, key.len > 0 ? key.data : r.key, key.len);
		r.value = mem_copy(value.data, value.len);
		(void)mem_grow(j->records, j->record_count, room);
		j->records[j->record_count++] = r;
	}
	j->result = more;
}

static int put_record(struct index *ix, const struct record *r)
{
	bool vault = r->kind != RECORD_COMMIT;
	size_t len = r->key_len;
	int64_t kind = r->kind;
	int err;

	if (r->key_len > sizeof(r->key))
		return -EINVAL;
	if (r->remove) {
		err = index_run(
			ix, SQL_RECORD_REMOVE, "hib", &r->folder, kind, r->key, len);
		if (!err && vault)
			err = index_run(ix, SQL_VAULT_REMOVE, "hib", &r->folder, kind,
				r->key, len);
		return err;
	}
	err = index_run(ix, SQL_RECORD_PUT, "hibb", &r->folder, kind, r->key, len,
		r->value, r->value_len);
	if (!err && vault)
		err = index_run(ix, SQL_VAULT_PUT, "hibb", &r->folder, kind, r->key, len,
			r->value, r->value_len);
	return err;
}

/* What was told stands from now on, unless the tree went on meanwhile. */
static void adopt_row(struct row *r, const struct adopt *a)
{
	r->version = a->version;
	if (a->deleted)
		r->change = ROW_CHANGED; /* it came back after it was told gone */
	else if (r->change != ROW_GONE)
		r->change = r->again ? ROW_CHANGED : ROW_SETTLED;
	r->again = false;
}

static int adopt_one(struct index *ix, const struct adopt *a)
{
	sqlite3_stmt *st = index_bind(ix, SQL_ROWS_OF_FILE, "s", &a->file);
	int found = index_step(ix, st);
	int64_t folder;
	struct row r;

	if (found != 1)
		return found;
	folder = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	found = row_get(ix, folder, &a->file, &r);
	if (found != 1)
		return found;
	if (a->deleted && r.change == ROW_GONE)
		return row_remove(ix, folder, &a->file);
	adopt_row(&r, a);
	return row_put(ix, folder, TABLE_TREE, &r);
}

void run_records(struct disk *d, struct job *j)
{
	struct index *ix = &d->index;
	int err = index_begin(ix);

	for (size_t i = 0; i < j->record_count && !err; i++)
		err = put_record(ix, &j->records[i]);
	for (size_t i = 0; i < j->adopt_count && !err; i++)
		err = adopt_one(ix, &j->adopts[i]);
	if (!err && ix->is_new)
		err = index_run(ix, SQL_META_PUT, "ti", "new", (int64_t)0);
	if (!err)
		err = index_commit(ix);
	if (err)
		index_rollback(ix);
	else
		ix->is_new = false;
	if (!err)
		disk_reclaim(d);
	j->result = err;
}

/* ---- forgetting a folder ---- */

static int forget_rows(struct index *ix, int64_t number, const struct hash *folder)
{
	static const enum sql_id by_number[] = { SQL_ROWS_FORGET, SQL_INTENTS_FORGET,
		SQL_PLACES_FORGET, SQL_FOLDER_FORGET };
	static const enum sql_id by_id[] = { SQL_RECORDS_FORGET, SQL_VAULT_FORGET,
		SQL_OBJECTS_FORGET };
	int err = 0;

	for (size_t i = 0; i < array_len(by_number) && !err; i++)
		err = index_run(ix, by_number[i], "i", number);
	for (size_t i = 0; i < array_len(by_id) && !err; i++)
		err = index_run(ix, by_id[i], "h", folder);
	return err;
}

static int find_number(struct index *ix, const struct hash *folder, int64_t *number)
{
	sqlite3_stmt *st = index_bind(ix, SQL_FOLDER_FIND, "h", folder);
	int found = index_step(ix, st);

	*number = found == 1 ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return found < 0 ? found : 0;
}

/* Whether the tree is there and is this folder's: what is half done in it is settled. */
static bool can_tidy(struct folder *f, struct disk *d, struct job *j, int64_t number)
{
	return folder_open_number(f, d, number, &j->key) == 0 &&
	       tree_marker(&f->tree, &j->folder) == 0 && folder_ready(f) == 0;
}

void run_forget(struct disk *d, struct job *j)
{
	struct index *ix = &d->index;
	struct folder f;
	int64_t number = 0;
	bool tidy = false;
	int err = index_begin(ix);

	folder_init(&f, d);
	if (!err)
		err = find_number(ix, &j->folder, &number);
	if (!err)
		tidy = can_tidy(&f, d, j, number);
	if (!err)
		err = forget_rows(ix, number, &j->folder);
	if (!err)
		err = index_commit(ix);
	if (err)
		disk_rollback(d);
	else if (tidy)
		tree_marker_remove(&f.tree);
	folder_close(&f);
	if (!err && packs_reclaim(&d->packs, ix) != 0)
		log_line(d->log, LOG_WARN_, "store: no room could be won back", NULL);
	j->result = err;
}
