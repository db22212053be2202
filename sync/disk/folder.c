/* SPDX-License-Identifier: ISC */
/*
 * A directory is reached from the root by the names in the index, one at a time; the last
 * few stay open. No path is ever built, so depth has no limit but the one against loops.
 */
#include "sync/disk/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "sync/disk/recover.h"

static const struct short_id root_id;

void disk_rollback(struct disk *d)
{
	index_rollback(&d->index);
	d->puts = 0;
	packs_close(&d->packs);
	if (packs_open(&d->packs, &d->index, d->state) != 0)
		log_line(
			d->log, LOG_ERROR_, d->state, ": objects cannot be opened", NULL);
}

void disk_reclaim(struct disk *d)
{
	if (packs_reclaim(&d->packs, &d->index) == 0)
		return;
	log_line(d->log, LOG_WARN_, "store: no room could be won back", NULL);
	disk_rollback(d);
}

static int find_number(struct folder *f, const char *path)
{
	struct index *ix = &f->disk->index;
	sqlite3_stmt *st = index_bind(ix, SQL_FOLDER_FIND, "h", &f->id);
	int found = index_step(ix, st);
	bool moved = false;

	if (found == 1) {
		f->number = sqlite3_column_int64(st, 0);
		moved = strcmp((const char *)sqlite3_column_text(st, 1), path) != 0;
	}
	sqlite3_reset(st);
	if (found < 0)
		return found;
	if (moved)
		return index_run(ix, SQL_FOLDER_MOVE, "it", f->number, path);
	if (found == 1)
		return 0;
	found = index_run(ix, SQL_FOLDER_ADD, "ht", &f->id, path);
	f->number = sqlite3_last_insert_rowid(ix->db);
	return found;
}

void folder_init(struct folder *f, struct disk *d)
{
	*f = (struct folder){ .disk = d, .tree = { .root = -1, .own = -1, .temp = -1 } };
	for (unsigned i = 0; i < DIRECTORIES_KEPT; i++)
		f->kept[i].fd = -1;
}

int folder_open(struct folder *f, struct disk *d, const struct job *j)
{
	int err;

	folder_init(f, d);
	f->key = &j->key;
	f->id = j->folder;
	if (j->path == NULL)
		return -ENOENT;
	err = find_number(f, j->path);
	return err ? err : tree_open(&f->tree, j->path);
}

int folder_open_number(
	struct folder *f, struct disk *d, int64_t number, const struct zone_key *key)
{
	struct index *ix = &d->index;
	sqlite3_stmt *st = index_bind(ix, SQL_FOLDER_PATH, "i", number);
	int found = index_step(ix, st);

	folder_init(f, d);
	f->key = key;
	f->number = number;
	if (found != 1)
		return found < 0 ? found : -ENOENT;
	f->id = column_hash(st, 0);
	found = tree_open(&f->tree, (const char *)sqlite3_column_text(st, 1));
	sqlite3_reset(st);
	return found;
}

void folder_shuffled(struct folder *f)
{
	for (unsigned i = 0; i < DIRECTORIES_KEPT; i++) {
		if (f->kept[i].fd >= 0)
			close(f->kept[i].fd);
		f->kept[i].fd = -1;
	}
}

void folder_close(struct folder *f)
{
	folder_shuffled(f);
	tree_close(&f->tree);
}

int folder_ready(struct folder *f)
{
	int err = tree_marker(&f->tree, &f->id);

	if (err == -ENOENT) {
		err = index_run(&f->disk->index, SQL_ROW_ANY, "i", f->number);
		if (err == 1)
			return -ENOTCONN;
		if (!err)
			err = tree_marker_make(&f->tree, &f->id);
	}
	if (!err && f->tree.temp < 0)
		err = -EROFS;
	if (err == -EROFS && f->tree.own >= 0)
		return 0; /* it can be read, and nothing can be half done in it */
	return err ? err : recover(f);
}

/* ---- directories ---- */

static int kept_find(const struct folder *f, const struct short_id *id)
{
	for (unsigned i = 0; i < DIRECTORIES_KEPT; i++)
		if (f->kept[i].fd >= 0 && id_equal(&f->kept[i].id, id))
			return f->kept[i].fd;
	return -1;
}

static void kept_add(struct folder *f, const struct short_id *id, int fd)
{
	unsigned i = f->next++ % DIRECTORIES_KEPT;

	if (f->kept[i].fd >= 0)
		close(f->kept[i].fd);
	f->kept[i].id = *id;
	f->kept[i].fd = fd;
}

struct step_up {
	char name[NAME_ROOM];
	struct step_up *below;
};

static void steps_free(struct step_up *s)
{
	while (s != NULL) {
		struct step_up *below = s->below;

		mem_free(s);
		s = below;
	}
}

/* From an open directory down the names; `from` is not closed. */
static int go_down(struct folder *f, int from, const struct step_up *s)
{
	int dir = from;

	for (; s != NULL; s = s->below) {
		int next = tree_enter(&f->tree, dir, s->name);

		if (dir != from)
			close(dir);
		if (next < 0)
			return next;
		dir = next;
	}
	return dir;
}

int folder_directory(struct folder *f, const struct short_id *id)
{
	struct step_up *path = NULL;
	struct short_id at = *id;
	int from = -1, fd = 0;

	for (unsigned depth = 0; fd == 0; depth++) {
		struct step_up *s;
		struct row r;

		from = id_equal(&at, &root_id) ? f->tree.root : kept_find(f, &at);
		if (from >= 0)
			break;
		fd = row_get(&f->disk->index, f->number, &at, &r);
		fd = fd == 1 ? 0 : (fd < 0 ? fd : -ENOENT);
		if (!fd &&
			(r.seen.kind != ENTRY_DIRECTORY || depth > DIRECTORY_DEPTH_MAX))
			fd = -ENOENT;
		if (fd)
			break;
		s = mem_new(sizeof(*s));
		memcpy(s->name, r.name, sizeof(s->name));
		s->below = path;
		path = s;
		at = r.parent;
	}
	if (!fd)
		fd = go_down(f, from, path);
	steps_free(path);
	if (fd >= 0 && fd != from)
		kept_add(f, id, fd);
	return fd;
}

int folder_own_directory(struct folder *f, const struct short_id *id)
{
	int fd = folder_directory(f, id);

	if (fd < 0)
		return fd;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

int folder_stamp(struct folder *f, const struct row *r, struct stamp *out)
{
	int dir = folder_directory(f, &r->parent);

	return dir < 0 ? dir : tree_stamp(&f->tree, dir, r->name, out);
}
