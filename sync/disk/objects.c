/* SPDX-License-Identifier: ISC */
/*
 * Sealing is deterministic, so a chunk of the user's own file is sealed again whenever
 * somebody asks for it, instead of being kept twice. The id of what comes out says
 * whether the file still holds what it did.
 */
#include "sync/disk/objects.h"

#include <errno.h>
#include <unistd.h>

#include "node/base/mem.h"

enum { PLACES_TRIED = 16, PUTS_GROUPED = 512 };

struct place {
	int64_t folder;
	struct short_id file;
	uint64_t offset;
	size_t len;
};

static int read_range(int fd, uint8_t *out, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, out + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		done += (size_t)n;
	}
	return 0;
}

/* The plain bytes of a place, of a file or of a link's target. */
static int read_place(
	struct folder *f, const struct row *r, const struct place *p, uint8_t *plain)
{
	int dir = folder_directory(f, &r->parent), fd, err;
	size_t len = 0;

	if (dir < 0)
		return dir;
	if (r->seen.kind == ENTRY_SYMLINK) {
		err = tree_link(dir, r->name, (char *)plain, CHUNK_PLAIN_MAX, &len);
		return !err && len != p->len ? -ENODATA : err;
	}
	fd = tree_read(&f->tree, dir, r->name);
	if (fd < 0)
		return fd;
	err = read_range(fd, plain, p->len, p->offset);
	close(fd);
	return err;
}

/* Seals what is at a place; -ENODATA: it is not the object any more. */
static int seal_place(struct folder *f, const struct place *p, const struct hash *id,
	uint8_t *out, size_t *len)
{
	uint8_t *plain;
	struct hash got;
	struct row r;
	int err = row_get(&f->disk->index, f->number, &p->file, &r);

	if (err != 1 || p->len == 0 || p->len > CHUNK_PLAIN_MAX)
		return err < 0 ? err : -ENODATA;
	plain = mem_new(CHUNK_PLAIN_MAX);
	err = read_place(f, &r, p, plain);
	if (!err) {
		*len = chunk_seal(f->key, bytes_of(plain, p->len), out, &got);
		err = id_equal(&got, id) ? 0 : -ENODATA;
	}
	mem_free(plain);
	return err;
}

static int forget_place(struct disk *d, const struct place *p, const struct hash *id)
{
	int err = index_run(&d->index, SQL_PLACE_REMOVE, "hisi", id, p->folder, &p->file,
		(int64_t)p->offset);

	return err ? err : index_run(&d->index, SQL_ROW_DIRTY, "is", p->folder, &p->file);
}

static int try_place(struct disk *d, const struct zone_key *key, const struct place *p,
	const struct hash *id, uint8_t *out, size_t *len)
{
	struct folder f;
	int err = folder_open_number(&f, d, p->folder, key);

	if (!err)
		err = seal_place(&f, p, id, out, len);
	folder_close(&f);
	switch (err) {
	case 0:
		return 0;
	case -ENODATA:
	case -ELOOP:
	case -EINVAL:
	case -ENOTDIR:
		err = forget_place(d, p, id);
		break;
	}
	return err ? err : -ENOENT;
}

static int from_places(struct disk *d, const struct zone_key *key, const struct hash *id,
	uint8_t *out, size_t *len)
{
	struct place places[PLACES_TRIED];
	sqlite3_stmt *st = index_bind(&d->index, SQL_PLACES_OF, "h", id);
	size_t count = 0;
	int more = 0, err = -ENOENT;

	while (count < PLACES_TRIED && (more = index_step(&d->index, st)) == 1) {
		places[count++] = (struct place){ sqlite3_column_int64(st, 0),
			column_short_id(st, 1), (uint64_t)sqlite3_column_int64(st, 2),
			(size_t)sqlite3_column_int64(st, 3) };
	}
	sqlite3_reset(st);
	for (size_t i = 0; i < count && err; i++)
		err = try_place(d, key, &places[i], id, out, len);
	/* what the index could not tell is not absent */
	return err == -ENOENT && more < 0 ? more : err;
}

int object_get(struct disk *d, const struct zone_key *key, const struct hash *id,
	uint8_t *out, size_t *len)
{
	int err = packs_get(&d->packs, &d->index, id, out, len);

	if (err != -ENOENT || key == NULL)
		return err;
	err = from_places(d, key, id, out, len);
	if (err != -ENOENT)
		return err;
	/* A lost manifest comes back when its file is read again. */
	err = index_run(&d->index, SQL_ROWS_DIRTY_CONTENT, "h", id);
	return err ? err : -ENOENT;
}

/* ---- keeping what is replaced ---- */

static int keep_one(struct folder *f, const struct row *r, const struct hash *id,
	const struct place *p)
{
	struct index *ix = &f->disk->index;
	uint8_t *sealed = mem_new(OBJECT_SIZE_MAX);
	size_t len;
	int err = index_run(ix, SQL_OBJECT_GET, "h", id);

	if (err == 0) {
		/* Not in a pack: a chunk of the file itself; a manifest is lost
		 * already. */
		err = p->len > 0 ? seal_place(f, p, id, sealed, &len) : 0;
		if (!err && p->len > 0)
			err = packs_put(
				&f->disk->packs, ix, &f->id, id, bytes_of(sealed, len));
	}
	mem_free(sealed);
	if (err == -ENODATA) {
		err = index_run(ix, SQL_ROW_DIRTY, "is", f->number, &r->file);
		return err ? err : -ESTALE;
	}
	return err < 0 ? err : index_run(ix, SQL_OBJECT_KEEP, "h", id);
}

int objects_keep(struct folder *f, const struct row *r)
{
	struct index *ix = &f->disk->index;
	struct kept {
		struct hash id;
		struct place place;
	} *all = NULL;
	size_t count = 0, room = 0;
	sqlite3_stmt *st = index_bind(ix, SQL_PLACES_FILE, "is", f->number, &r->file);
	int err;

	while ((err = index_step(ix, st)) == 1) {
		(void)mem_grow(all, count, room);
		all[count].id = column_hash(st, 0);
		all[count++].place = (struct place){ f->number, r->file,
			(uint64_t)sqlite3_column_int64(st, 1),
			(size_t)sqlite3_column_int64(st, 2) };
	}
	for (size_t i = 0; i < count && !err; i++)
		err = keep_one(f, r, &all[i].id, &all[i].place);
	mem_free(all);
	return err ? err : packs_sync(&f->disk->packs);
}

/* ---- jobs ---- */

void run_object_get(struct disk *d, struct job *j)
{
	uint8_t *out = mem_new(OBJECT_SIZE_MAX);

	j->result = object_get(d, &j->key, &j->object, out, &j->data_len);
	mem_free(j->data);
	j->data = j->result ? NULL : mem_copy(out, j->data_len);
	if (j->result)
		j->data_len = 0;
	mem_free(out);
}

void run_object_put(struct disk *d, struct job *j)
{
	int err = -EINVAL;

	if (j->data_len > 0 && j->data_len <= OBJECT_SIZE_MAX)
		err = index_run(&d->index, SQL_OBJECT_HERE, "h", &j->object);
	if (!err)
		err = index_begin(&d->index);
	if (!err) {
		err = packs_put(&d->packs, &d->index, &j->folder, &j->object,
			bytes_of(j->data, j->data_len));
		d->puts++;
	}
	if (err < 0 && err != -EINVAL && err != -ENOSPC)
		disk_rollback(d);
	if (err >= 0 && d->puts >= PUTS_GROUPED) {
		d->puts = 0;
		err = index_commit(&d->index);
	}
	j->result = err < 0 ? err : 0;
}

void run_check(struct disk *d, struct job *j)
{
	j->result = 0;
	for (size_t i = 0; i < j->check_count; i++) {
		int here = index_run(&d->index, SQL_OBJECT_HERE, "h", &j->check_ids[i]);

		j->check_here[i] = here == 1;
		if (here < 0)
			j->result = here;
	}
}
