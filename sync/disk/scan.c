/* SPDX-License-Identifier: ISC */
/*
 * The walk: directories before what is in them, without recursion, a directory reached
 * by the ids in the index. What the walk did not find at its place nor anywhere else
 * is gone; what it could not look at is not. A scan that finds more than fits in one
 * answer stops and says so, and what it has told already keeps its file ids.
 */
#include "sync/disk/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/base/siphash.h"

enum { COMMIT_ROWS = 512, COMMIT_BYTES = 256 * 1024 * 1024, NAMES_MAX = 10000000 };

/* ---- what the job gets ---- */

/* The path with slashes between names, built from its end. */
static char *path_of(const struct visit *v, const char *name)
{
	size_t at = name != NULL ? strlen(name) : 0;
	char *path;

	for (const struct visit *u = v; u != NULL && u->up != NULL; u = u->up)
		at += strlen(u->name) + 1;
	path = mem_new(at + 1);
	if (name != NULL) {
		at -= strlen(name);
		memcpy(path + at, name, strlen(name) + 1);
	}
	for (const struct visit *u = v; u != NULL && u->up != NULL; u = u->up) {
		path[--at] = '/';
		at -= strlen(u->name);
		memcpy(path + at, u->name, strlen(u->name));
	}
	return path;
}

void scan_error(struct scan *s, const struct visit *v, const char *name, int error,
	const char *reason)
{
	struct job *j = s->j;

	if (j->error_count >= SCAN_ERRORS_MAX)
		return;
	(void)mem_grow(j->errors, j->error_count, s->error_room);
	j->errors[j->error_count++] = (struct scan_error){ .path = path_of(v, name),
		.error = error,
		.reason = reason != NULL ? mem_string(reason) : NULL };
}

static enum scan_change change_of(const struct row *r)
{
	if (r->change == ROW_GONE)
		return SCAN_GONE;
	if (id_zero(&r->version))
		return SCAN_NEW;
	return r->change == ROW_MOVED ? SCAN_MOVED : SCAN_CHANGED;
}

void scan_report(struct scan *s, const struct row *r)
{
	struct job *j = s->j;
	struct scan_item *i;

	if (r->change == ROW_GONE && id_zero(&r->version))
		return;
	if (j->scan_count >= SCAN_ITEMS_MAX) {
		s->full = true;
		return;
	}
	(void)mem_grow(j->scan_items, j->scan_count, s->item_room);
	i = &j->scan_items[j->scan_count++];
	*i = (struct scan_item){ .change = change_of(r),
		.file = r->file,
		.parent = r->parent,
		.base = r->version,
		.kind = r->seen.kind,
		.name_len = (uint8_t)strlen(r->name),
		.mode = r->seen.mode };
	memcpy(i->name, r->name, i->name_len);
	if (r->seen.kind == ENTRY_DIRECTORY)
		return;
	i->mtime_s = r->seen.mtime_s;
	i->mtime_ns = r->seen.mtime_ns;
	i->size = r->seen.size;
	i->content_depth = r->depth;
	i->content = r->content;
}

/* ---- names of a directory ---- */

struct names {
	char **name; /* owned, each as well */
	size_t count, room;
};

static void names_free(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		mem_free(n->name[i]);
	mem_free(n->name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool wanted(struct scan *s, const struct visit *v, const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	if (v->up == NULL && strcmp(name, OWN_DIRECTORY) == 0)
		return false;
	/* Names that the user wants left alone are to be sorted out here. */
	if (name_allowed(bytes_of_string(name)))
		return true;
	scan_error(s, v, name, EILSEQ, "not a name that every system can keep");
	return false;
}

static int list_names(struct scan *s, const struct visit *v, int dir, struct names *out)
{
	int fd = dir == s->f.tree.root ? -1 : dup(dir);
	DIR *d;
	struct dirent *e;
	int err = 0;

	*out = (struct names){ 0 };
	/* The root's own offset is never moved: it is opened anew. */
	if (fd < 0)
		fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (d == NULL) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	rewinddir(d);
	for (errno = 0; (e = readdir(d)) != NULL && out->count < NAMES_MAX; errno = 0) {
		if (!wanted(s, v, e->d_name))
			continue;
		(void)mem_grow(out->name, out->count, out->room);
		out->name[out->count++] = mem_string(e->d_name);
	}
	if (e == NULL && errno != 0)
		err = -errno;
	closedir(d);
	if (out->count > 0)
		qsort(out->name, out->count, sizeof(*out->name), compare_names);
	return err;
}

/* ---- the walk ---- */

static void miss(struct scan *s, const struct row *r)
{
	struct missing *m;

	(void)mem_grow(s->missing, s->missing_count, s->missing_room);
	m = &s->missing[s->missing_count++];
	m->file = r->file;
	m->parent = r->parent;
	memcpy(m->name, r->name, sizeof(m->name));
}

static int save_progress(struct scan *s)
{
	struct disk *d = s->f.disk;
	int err;

	if (s->written < COMMIT_ROWS && s->read_bytes < COMMIT_BYTES)
		return 0;
	s->written = 0;
	s->read_bytes = 0;
	err = packs_sync(&d->packs);
	if (!err)
		err = index_commit(&d->index);
	return err ? err : index_begin(&d->index);
}

static int compare(
	struct scan *s, const struct visit *v, int dir, const struct names *names)
{
	struct folder *f = &s->f;
	struct rows rows;
	bool *used;
	int err = rows_below(&f->disk->index, f->number, &v->id, &rows);

	if (err)
		return err;
	used = mem_new(rows.count + 1);
	for (size_t i = 0; i < names->count && !err && !s->full; i++) {
		err = scan_item_see(s, v, dir, names->name[i], &rows, used);
		if (!err)
			err = save_progress(s);
	}
	for (size_t i = 0; i < rows.count && !err && !s->full; i++)
		if (!used[i])
			miss(s, &rows.row[i]);
	mem_free(used);
	rows_free(&rows);
	return err;
}

static int walk_one(struct scan *s, const struct visit *v)
{
	struct names names;
	int dir = folder_own_directory(&s->f, &v->id), err;

	if (dir < 0) {
		scan_error(s, v, NULL, -dir, NULL);
		return 0;
	}
	err = list_names(s, v, dir, &names);
	if (err) {
		scan_error(s, v, NULL, -err, NULL);
		err = 0;
	} else {
		err = compare(s, v, dir, &names);
	}
	names_free(&names);
	close(dir);
	return err;
}

static int walk(struct scan *s)
{
	struct visit *root = mem_new(sizeof(*root));
	int err = 0;

	s->stack = root;
	s->all = root;
	while (s->stack != NULL && !err && !s->full) {
		struct visit *v = s->stack;

		s->stack = v->next;
		err = walk_one(s, v);
	}
	return err;
}

/* ---- what is gone ---- */

static bool is_held(const struct scan *s, const struct short_id *file)
{
	for (size_t i = 0; i < s->held_count; i++)
		if (id_equal(&s->held[i], file))
			return true;
	return false;
}

/* The row still stands where the walk missed it, and nothing is there. 1, 0, negative. */
static int is_gone(struct scan *s, const struct missing *m, struct row *r)
{
	struct stamp there;
	int found = row_get(&s->f.disk->index, s->f.number, &m->file, r);

	if (found != 1)
		return found;
	if (!id_equal(&r->parent, &m->parent) || strcmp(r->name, m->name) != 0 ||
		is_held(s, &m->file))
		return 0;
	return folder_stamp(&s->f, r, &there) != 0 || !stamp_same_file(&there, &r->seen);
}

/* Appends everything below all->row[from..]. */
static int add_below(struct scan *s, struct rows *all, size_t from)
{
	for (size_t i = from; i < all->count; i++) {
		struct rows below;
		int err;

		if (all->row[i].seen.kind != ENTRY_DIRECTORY)
			continue;
		err = rows_below(
			&s->f.disk->index, s->f.number, &all->row[i].file, &below);
		if (err)
			return err;
		for (size_t k = 0; k < below.count; k++) {
			if (is_held(s, &below.row[k].file))
				continue;
			(void)mem_grow(all->row, all->count, all->room);
			all->row[all->count++] = below.row[k];
		}
		rows_free(&below);
	}
	return 0;
}

static int tell_gone(struct scan *s, struct row *r)
{
	if (r->change != ROW_GONE) {
		int err;

		r->change = ROW_GONE;
		r->again = false;
		err = row_put(&s->f.disk->index, s->f.number, TABLE_TREE, r);
		if (err)
			return err;
	}
	scan_report(s, r);
	return 0;
}

static int find_gone(struct scan *s)
{
	struct rows all = { 0 };
	int err = 0;

	for (size_t i = 0; i < s->missing_count && err >= 0; i++) {
		struct row r;

		err = is_gone(s, &s->missing[i], &r);
		if (err != 1)
			continue;
		(void)mem_grow(all.row, all.count, all.room);
		all.row[all.count++] = r;
		err = add_below(s, &all, all.count - 1);
	}
	for (size_t i = all.count; i > 0 && err >= 0 && !s->full; i--)
		err = tell_gone(s, &all.row[i - 1]);
	rows_free(&all);
	return err < 0 ? err : 0;
}

/* ---- the job ---- */

static int fill_standing(struct scan *s)
{
	struct index *ix = &s->f.disk->index;
	struct job *j = s->j;
	sqlite3_stmt *st = index_bind(ix, SQL_VERSIONS, "i", s->f.number);
	size_t room = 0;
	int more;

	while ((more = index_step(ix, st)) == 1) {
		struct bytes name = column_bytes(st, 3);

		mem_grow(j->standing, j->standing_count, room);
		j->standing[j->standing_count++] =
			(struct standing){ column_short_id(st, 0), column_short_id(st, 1),
				column_hash(st, 2), siphash_table(name.data, name.len) };
	}
	return more;
}

static int scan_all(struct scan *s)
{
	struct disk *d = s->f.disk;
	int err = folder_open(&s->f, d, s->j);

	if (!err)
		err = folder_ready(&s->f);
	if (!err && s->j->want_standing)
		err = fill_standing(s);
	if (!err)
		err = walk(s);
	if (!err && !s->full)
		err = find_gone(s);
	if (!err)
		err = packs_sync(&d->packs);
	s->j->scan_more = s->full;
	return err;
}

static void scan_fini(struct scan *s)
{
	while (s->all != NULL) {
		struct visit *v = s->all;

		s->all = v->all;
		mem_free(v);
	}
	mem_free(s->missing);
	mem_free(s->held);
	folder_close(&s->f);
}

static void refuse(struct scan *s, int err)
{
	const char *reason = NULL;

	if (err == -ENOTCONN)
		reason = "the folder's marker " OWN_DIRECTORY
			 "/folder is missing: is the disk mounted?";
	if (err == -EEXIST)
		reason = "the directory belongs to another folder";
	scan_error(s, NULL, NULL, -err, reason);
}

void run_scan(struct disk *d, struct job *j)
{
	struct scan *s = mem_new(sizeof(*s));
	int err = index_begin(&d->index);

	s->j = j;
	folder_init(&s->f, d);
	chunker_init(&s->chunker, j->key.key);
	if (!err)
		err = scan_all(s);
	if (!err)
		err = index_commit(&d->index);
	if (err) {
		disk_rollback(d);
		mem_free(j->scan_items);
		j->scan_items = NULL;
		j->scan_count = 0;
		refuse(s, err);
	}
	scan_fini(s);
	mem_free(s);
	j->result = err;
}
