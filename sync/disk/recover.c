/* SPDX-License-Identifier: ISC */
/*
 * Every intent is judged by what lies in the tree: the inode says whether the rename
 * took place, the stamp of what came out whether it was the version that was to be
 * replaced. If it was not, somebody wrote in between, and his bytes go back where they
 * were.
 */
#include "sync/disk/recover.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "node/base/mem.h"

int accept_row(
	struct folder *f, const struct row *want, const struct stamp *seen, bool fresh)
{
	struct index *ix = &f->disk->index;
	struct row r = *want;
	bool same =
		seen->kind == ENTRY_DIRECTORY ||
		(seen->size == want->seen.size && seen->mtime_s == want->seen.mtime_s &&
			seen->mtime_ns == want->seen.mtime_ns &&
			(!fresh || seen->ino == want->seen.ino));
	int err;

	r.change = ROW_SETTLED;
	r.again = false;
	if (same)
		r.seen = *seen;
	else
		r.seen.ctime_s = 0; /* written again already: the next scan tells it */
	err = row_put(ix, f->number, TABLE_TREE, &r);
	if (!err && fresh)
		err = places_promote(ix, f->number, &r.file);
	return err;
}

int save_aside(struct folder *f, const char *temp)
{
	char name[TEMP_NAME_ROOM + 24];
	int err = -EEXIST;

	for (unsigned n = 0; n < 1000 && err == -EEXIST; n++) {
		snprintf(name, sizeof(name), TEMP_SAVED "%s-%u", temp, n);
		err = tree_move(f->tree.temp, temp, f->tree.temp, name);
	}
	if (!err)
		log_line(f->disk->log, LOG_WARN_,
			"folder: a version that fits nowhere is kept in ",
			OWN_DIRECTORY "/temp/", name, NULL);
	return err;
}

struct settling {
	struct folder *f;
	const struct row *want;
	struct row old;
	bool known; /* old is there */
	char temp[TEMP_NAME_ROOM];
	struct stamp in_temp, in_place; /* kind 0: nothing */
};

/* 0 also when there is nothing: then kind is 0. */
static int look(struct settling *s, int dir, const char *name, struct stamp *out)
{
	int err = dir < 0 ? dir : tree_stamp(&s->f->tree, dir, name, out);

	if (err)
		*out = (struct stamp){ 0 };
	return err == -ENOENT || err == -ENOTDIR || err == -ELOOP ? 0 : err;
}

static int drop_temp(struct settling *s)
{
	return unlinkat(s->f->tree.temp, s->temp, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* What was taken out goes back to where its row says. */
static int put_back(struct settling *s)
{
	int dir = s->known ? folder_directory(s->f, &s->old.parent) : -ENOENT;
	int err =
		dir < 0 ? -EEXIST : tree_move(s->f->tree.temp, s->temp, dir, s->old.name);

	return err == -EEXIST ? save_aside(s->f, s->temp) : err;
}

static int settle_deletion(struct settling *s)
{
	struct index *ix = &s->f->disk->index;
	int err;

	if (!s->known)
		return 0;
	if (s->in_temp.kind != 0) {
		if (!stamp_alike(&s->old.seen, &s->in_temp))
			return put_back(s);
		err = drop_temp(s);
		return err ? err : row_remove(ix, s->f->number, &s->old.file);
	}
	err = look(s, folder_directory(s->f, &s->old.parent), s->old.name, &s->in_place);
	if (err || s->in_place.kind != 0)
		return err;
	return row_remove(ix, s->f->number, &s->old.file);
}

/* The new version is in place. */
static int settle_published(struct settling *s)
{
	int dir, err = 0;

	if (s->in_temp.kind != 0 && s->known && stamp_alike(&s->old.seen, &s->in_temp))
		err = drop_temp(s);
	else if (s->in_temp.kind != 0) {
		dir = folder_directory(s->f, &s->want->parent);
		err = dir < 0 ? dir
			      : tree_swap(s->f->tree.temp, s->temp, dir, s->want->name);
		return err ? err
			   : places_discard(
				     &s->f->disk->index, s->f->number, &s->want->file);
	}
	return err ? err : accept_row(s->f, s->want, &s->in_place, true);
}

static int settle_content(struct settling *s)
{
	int to, from, err;

	if (s->in_place.kind != 0 && s->in_place.ino == s->want->seen.ino)
		return settle_published(s);
	if (s->in_temp.kind != 0 && s->in_temp.ino != s->want->seen.ino)
		return put_back(s);
	err = places_discard(&s->f->disk->index, s->f->number, &s->want->file);
	if (err || !s->known || s->in_place.ino != s->old.seen.ino ||
		(id_equal(&s->old.parent, &s->want->parent) &&
			strcmp(s->old.name, s->want->name) == 0))
		return err;
	/* Moved, but the content did not follow: back, unless the old place is taken. */
	from = folder_own_directory(s->f, &s->want->parent);
	to = folder_directory(s->f, &s->old.parent);
	err = from < 0 || to < 0 ? -EEXIST
				 : tree_move(from, s->want->name, to, s->old.name);
	if (from >= 0)
		close(from);
	return err == -EEXIST ? 0 : err;
}

/* Untouched since: neither before nor after its new time was set. */
static bool untouched(const struct settling *s)
{
	const struct stamp *now = &s->in_place, *old = &s->old.seen,
			   *want = &s->want->seen;

	if (!s->known)
		return true;
	if (now->ino != old->ino)
		return false;
	return now->kind == ENTRY_DIRECTORY ||
	       (now->size == old->size &&
		       ((now->mtime_s == old->mtime_s &&
				now->mtime_ns == old->mtime_ns) ||
			       (now->mtime_s == want->mtime_s &&
				       now->mtime_ns == want->mtime_ns)));
}

static int settle_rest(struct settling *s)
{
	const struct row *want = s->want;
	int dir, err;

	if (s->in_place.kind != want->seen.kind || !untouched(s))
		return 0;
	dir = folder_directory(s->f, &want->parent);
	if (dir < 0)
		return dir;
	err = tree_dress(&s->f->tree, dir, want->name, s->in_place.ino, &want->seen);
	if (!err)
		err = tree_stamp(&s->f->tree, dir, want->name, &s->in_place);
	return err ? err : accept_row(s->f, want, &s->in_place, false);
}

static int settle(struct folder *f, const struct row *want)
{
	struct settling s = { .f = f, .want = want };
	int err = row_get(&f->disk->index, f->number, &want->file, &s.old);

	if (err < 0)
		return err;
	s.known = err == 1;
	temp_name(s.temp, &want->file);
	err = look(&s, f->tree.temp, s.temp, &s.in_temp);
	if (!err)
		err = look(
			&s, folder_directory(f, &want->parent), want->name, &s.in_place);
	if (err)
		return err;
	if (want->change == ROW_GONE)
		err = settle_deletion(&s);
	else if (want->again)
		err = settle_content(&s);
	else
		err = settle_rest(&s);
	folder_shuffled(f);
	return err;
}

/* Temporaries that no intent names. */
static int sweep(struct folder *f)
{
	int fd = tree_enter(&f->tree, f->tree.own, "temp");
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return fd < 0 ? fd : -EIO;
	}
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' &&
			strncmp(e->d_name, TEMP_SAVED, strlen(TEMP_SAVED)) != 0)
			unlinkat(fd, e->d_name, 0);
	closedir(d);
	return 0;
}

/* All intents of a folder. What is in a directory that moved, or that is new, is found only
 * once the directory's own intent is settled. */
struct intents {
	struct folder *f;
	struct rows rows;
	bool *done;
};

static int settle_one(struct intents *all, size_t i);

/* Everything above: the directory and those it is in. */
static int settle_above(struct intents *all, const struct short_id *directory)
{
	struct index *ix = &all->f->disk->index;
	struct short_id at = *directory;

	for (unsigned depth = 0; depth < DIRECTORY_DEPTH_MAX; depth++) {
		struct row r;
		int found;

		for (size_t i = 0; i < all->rows.count; i++)
			if (!all->done[i] && id_equal(&all->rows.row[i].file, &at))
				return settle_one(all, i);
		found = row_get(ix, all->f->number, &at, &r);
		if (found != 1)
			return found;
		at = r.parent;
	}
	return 0;
}

/* Calls itself once for each intent at most. */
static int settle_one(struct intents *all, size_t i)
{
	const struct row *want = &all->rows.row[i];
	struct row old;
	int err, known;

	if (all->done[i])
		return 0;
	all->done[i] = true;
	known = row_get(&all->f->disk->index, all->f->number, &want->file, &old);
	err = known < 0 ? known : settle_above(all, &want->parent);
	if (!err && known == 1)
		err = settle_above(all, &old.parent);
	return err ? err : settle(all->f, want);
}

static int settle_all(struct folder *f)
{
	struct index *ix = &f->disk->index;
	struct intents all = { .f = f };
	int err = rows_of_intents(ix, f->number, &all.rows);

	if (err)
		return err;
	all.done = mem_array(all.rows.count + 1, sizeof(*all.done));
	for (size_t i = 0; !err && i < all.rows.count; i++)
		err = settle_one(&all, i);
	if (!err && all.rows.count > 0)
		err = index_run(ix, SQL_INTENTS_FORGET, "i", f->number);
	mem_free(all.done);
	rows_free(&all.rows);
	return err;
}

int recover(struct folder *f)
{
	int err = settle_all(f);

	return err ? err : sweep(f);
}
