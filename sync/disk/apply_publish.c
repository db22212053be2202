/* SPDX-License-Identifier: ISC */
/*
 * A name changes hands by one rename, and what came out is looked at before it goes:
 * if it is not the version that the index knew, or if a program has it open for
 * writing, it goes back, and the item is stale or busy. A person's bytes are never
 * removed unseen.
 */
#include "sync/disk/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/disk/recover.h"

enum { UNDO_TRIES = 16 };

static void touch(struct apply *a, const struct short_id *directory)
{
	for (size_t i = 0; i < a->touched_count && i < TOUCHED_MAX; i++)
		if (id_equal(&a->touched[i], directory))
			return;
	if (a->touched_count < TOUCHED_MAX)
		a->touched[a->touched_count] = *directory;
	a->touched_count++;
}

/* A read lease is given only when nobody has the file open for writing; where the system
 * gives none to us at all, nothing is known, and that is no reason to stop. */
static bool is_written(int dir, const char *name, const struct tree *t)
{
	int fd = tree_read(t, dir, name);
	bool busy;

	if (fd < 0)
		return false;
	/* Should somebody break it, the word comes as a signal that nobody minds. */
	if (fcntl(fd, F_SETSIG, SIGURG) < 0) {
		close(fd);
		return false;
	}
	busy = fcntl(fd, F_SETLEASE, F_RDLCK) < 0 && (errno == EAGAIN || errno == EBUSY);
	if (!busy)
		fcntl(fd, F_SETLEASE, F_UNLCK);
	close(fd);
	return busy;
}

/* Whether what lies in the temporary is what the index knew. 0, -ESTALE, -EBUSY. */
static int judge_old(struct apply *a, const struct step *s, const char *temp)
{
	const struct tree *t = &a->f.tree;
	struct stamp out;
	int err = tree_stamp(t, t->temp, temp, &out);

	if (err)
		return err;
	if (!stamp_alike(&s->old.seen, &out))
		return -ESTALE;
	return out.kind == ENTRY_FILE && is_written(t->temp, temp, t) ? -EBUSY : 0;
}

static int check_old(struct apply *a, const struct step *s)
{
	struct stamp now;
	int err = folder_stamp(&a->f, &s->old, &now);

	if (err == -ENOENT || err == -ENOTDIR || err == -ELOOP)
		return -ESTALE;
	if (err)
		return err;
	if (s->old.seen.kind == ENTRY_DIRECTORY)
		return stamp_same_file(&s->old.seen, &now) ? 0 : -ESTALE;
	return stamp_equal(&s->old.seen, &now) ? 0 : -ESTALE;
}

static int accept_at(struct apply *a, struct step *s, int dir)
{
	struct stamp now;
	int err = tree_stamp(&a->f.tree, dir, s->name, &now);

	touch(a, &s->item->parent);
	return accept_row(&a->f, &s->want, err ? &s->want.seen : &now, s->fresh);
}

/* ---- a file that is not here yet ---- */

/* What a scan found by itself, and told nobody yet, is this very version: it gets
 * its name. The id that the scan had made stays as something gone, should it be
 * published meanwhile. */
static int merge(struct apply *a, struct step *s, struct row *found, int dir)
{
	struct index *ix = &a->f.disk->index;
	struct row ghost = *found;
	struct stamp now;
	int err = tree_stamp(&a->f.tree, dir, s->name, &now);

	if (!err && !stamp_same_file(&now, &found->seen))
		err = -ESTALE;
	if (!err && s->item->kind != ENTRY_DIRECTORY && !stamp_equal(&now, &found->seen))
		err = -ESTALE;
	if (!err)
		err = tree_dress(&a->f.tree, dir, s->name, now.ino, &s->want.seen);
	if (err)
		return err;
	step_discard(a, s);
	ghost.change = ROW_GONE;
	ghost.seen.ino = 0;
	err = row_put(ix, a->f.number, TABLE_TREE, &ghost);
	if (!err)
		err = index_run(ix, SQL_PLACES_REFILE, "iss", a->f.number, &found->file,
			&s->item->file);
	if (!err)
		err = index_run(ix, SQL_ROWS_ADOPT_CHILDREN, "iss", a->f.number,
			&found->file, &s->item->file);
	folder_shuffled(&a->f);
	return err ? err : accept_at(a, s, dir);
}

static bool mergeable(const struct step *s, const struct row *found)
{
	const struct apply_item *i = s->item;

	if (!id_zero(&found->version) || found->change == ROW_GONE ||
		found->seen.kind != i->kind)
		return false;
	return i->kind == ENTRY_DIRECTORY ||
	       (found->depth == i->content_depth && found->seen.size == i->size &&
		       id_equal(&found->content, &i->content));
}

/* The place is taken. */
static int meet(struct apply *a, struct step *s, int dir)
{
	struct row found;
	struct stamp now;
	int err = row_at_place(
		&a->f.disk->index, a->f.number, &s->item->parent, s->name, &found);

	if (err < 0)
		return err;
	if (err == 1 && !s->known && mergeable(s, &found))
		return merge(a, s, &found, dir);
	if (err == 1)
		return id_zero(&found.version) ? -ESTALE : -EEXIST;
	if (s->item->kind != ENTRY_DIRECTORY || s->known)
		return -ESTALE;
	/* A directory that nobody knows yet: what is in it is for the next scan. */
	err = tree_stamp(&a->f.tree, dir, s->name, &now);
	if (!err)
		err = now.kind == ENTRY_DIRECTORY && !now.foreign
			      ? tree_dress(
					&a->f.tree, dir, s->name, now.ino, &s->want.seen)
			      : -ESTALE;
	return err ? err : accept_at(a, s, dir);
}

static int make_directory(struct apply *a, struct step *s, int dir)
{
	const struct tree *t = &a->f.tree;
	struct stamp now;
	int err;

	if (mkdirat(dir, s->name, 0700) < 0)
		return -errno;
	err = tree_stamp(t, dir, s->name, &now);
	return err ? err : tree_dress(t, dir, s->name, now.ino, &s->want.seen);
}

static int publish_new(struct apply *a, struct step *s, int dir)
{
	char temp[TEMP_NAME_ROOM];
	int err;

	temp_name(temp, &s->item->file);
	err = s->item->kind == ENTRY_DIRECTORY
		      ? make_directory(a, s, dir)
		      : tree_move(a->f.tree.temp, temp, dir, s->name);
	if (err == -EEXIST)
		return meet(a, s, dir);
	return err ? err : accept_at(a, s, dir);
}

/* ---- a file that is here ---- */

/* Swaps back until the temporary is our own again. */
static int undo_swap(struct apply *a, const struct step *s, int dir, const char *temp)
{
	const struct tree *t = &a->f.tree;
	struct stamp out;
	int err = -ESTALE;

	for (unsigned i = 0; i < UNDO_TRIES; i++) {
		err = tree_swap(t->temp, temp, dir, s->name);
		if (err == -ENOENT)
			return tree_move(t->temp, temp, dir, s->name);
		if (!err)
			err = tree_stamp(t, t->temp, temp, &out);
		if (err)
			break;
		if (out.ino == s->want.seen.ino)
			return 0;
	}
	return save_aside(&a->f, temp);
}

/* Without RENAME_EXCHANGE: looks, then renames over; the gap between is not guarded. */
static int replace_weakly(struct apply *a, struct step *s, int dir, const char *temp)
{
	struct disk *d = a->f.disk;
	struct stamp now;
	int err = tree_stamp(&a->f.tree, dir, s->name, &now);

	if (!d->said_weak)
		log_line(d->log, LOG_WARN_, a->j->path,
			": this file system cannot swap two names; replaced the weaker "
			"way",
			NULL);
	d->said_weak = true;
	if (!err && !stamp_alike(&s->old.seen, &now))
		err = -ESTALE;
	if (!err && now.kind == ENTRY_FILE && is_written(dir, s->name, &a->f.tree))
		err = -EBUSY;
	if (err)
		return err;
	return renameat(a->f.tree.temp, temp, dir, s->name) < 0 ? -errno : 0;
}

static int replace(struct apply *a, struct step *s, int dir)
{
	char temp[TEMP_NAME_ROOM];
	int err, undone;

	temp_name(temp, &s->item->file);
	err = tree_swap(a->f.tree.temp, temp, dir, s->name);
	if (err == -EINVAL)
		return replace_weakly(a, s, dir, temp);
	if (err)
		return err == -ENOENT ? -ESTALE : err;
	err = judge_old(a, s, temp);
	if (err) {
		undone = undo_swap(a, s, dir, temp);
		return undone ? undone : err;
	}
	/* Should it stay, it is swept away with the next job. */
	unlinkat(a->f.tree.temp, temp, 0);
	return 0;
}

static bool moves(const struct step *s)
{
	return !id_equal(&s->old.parent, &s->item->parent) ||
	       strcmp(s->old.name, s->name) != 0;
}

/* from is where it was, dir where it is to be. */
static int move(struct apply *a, struct step *s, int from, int dir)
{
	int err = tree_move(from, s->old.name, dir, s->name);

	if (err == -EEXIST)
		return meet(a, s, dir);
	if (err)
		return err == -ENOENT ? -ESTALE : err;
	touch(a, &s->old.parent);
	if (s->item->kind == ENTRY_DIRECTORY)
		folder_shuffled(&a->f);
	return 0;
}

static int change(struct apply *a, struct step *s, int from, int dir)
{
	bool moved = moves(s);
	int err = moved ? move(a, s, from, dir) : 0;

	if (err)
		return err;
	if (s->fresh)
		err = replace(a, s, dir);
	else
		err = tree_dress(
			&a->f.tree, dir, s->name, s->old.seen.ino, &s->want.seen);
	if (!err)
		return accept_at(a, s, dir);
	if (moved && tree_move(dir, s->name, from, s->old.name) != 0)
		log_line(a->f.disk->log, LOG_WARN_, a->j->path,
			": a move could not be taken back; the next scan tells it", NULL);
	folder_shuffled(&a->f);
	return err;
}

/* ---- a file that is to go ---- */

static int take_out(struct apply *a, struct step *s, int dir)
{
	char temp[TEMP_NAME_ROOM];
	const struct tree *t = &a->f.tree;
	int err, back;

	temp_name(temp, &s->item->file);
	err = tree_move(dir, s->old.name, t->temp, temp);
	if (err)
		return err == -ENOENT ? -ESTALE : err;
	err = judge_old(a, s, temp);
	if (!err) {
		unlinkat(t->temp, temp, 0);
		return 0;
	}
	back = tree_move(t->temp, temp, dir, s->old.name);
	if (back == -EEXIST)
		back = save_aside(&a->f, temp);
	return back ? back : err;
}

/* What the index knows to be in a directory is there, or a scan has yet to tell that it is
 * gone: without the directory it never would. */
static int take_out_directory(struct apply *a, struct step *s, int dir)
{
	struct rows below;
	int err = rows_below(&a->f.disk->index, a->f.number, &s->item->file, &below);
	size_t count = below.count;

	if (err)
		return err;
	rows_free(&below);
	if (count > 0)
		return -ENOTEMPTY;
	return unlinkat(dir, s->old.name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int remove_old(struct apply *a, struct step *s, int dir)
{
	int err;

	if (s->old.seen.kind != ENTRY_DIRECTORY)
		err = take_out(a, s, dir);
	else
		err = take_out_directory(a, s, dir);
	if (err == -EEXIST)
		err = -ENOTEMPTY;
	if (err)
		return err;
	touch(a, &s->old.parent);
	if (s->old.seen.kind == ENTRY_DIRECTORY)
		folder_shuffled(&a->f);
	return row_remove(&a->f.disk->index, a->f.number, &s->item->file);
}

/* ---- all of them ---- */

static int publish_in(struct apply *a, struct step *s, int from, int dir)
{
	int err;

	if (!s->known)
		return publish_new(a, s, dir);
	err = check_old(a, s);
	if (err)
		return err;
	return s->item->deleted ? remove_old(a, s, from) : change(a, s, from, dir);
}

/* Our own directories without the right to write are opened up for a moment. */
static mode_t open_up(int dir)
{
	struct stat st;

	if (dir < 0 || fstat(dir, &st) < 0 || st.st_uid != geteuid() ||
		(st.st_mode & 0300) == 0300 || fchmod(dir, st.st_mode | 0300) < 0)
		return 0;
	return st.st_mode;
}

static void close_up(int dir, mode_t mode)
{
	if (mode != 0 && fchmod(dir, mode & 07777) < 0)
		return; /* the next scan sees it */
}

/* A parent that nobody knows may still come; one that is not where it was is stale. */
static int parent_error(struct apply *a, const struct step *s, int err)
{
	struct row parent;
	int found = row_get(&a->f.disk->index, a->f.number, &s->item->parent, &parent);

	if (found <= 0)
		return found < 0 ? found : -ENOENT;
	return err == -ENOENT || err == -ENOTDIR || err == -ELOOP ? -ESTALE : err;
}

int step_publish(struct apply *a, struct step *s)
{
	struct folder *f = &a->f;
	int dir = -1, from = -1, err;
	mode_t dir_mode, from_mode;

	if (!s->item->deleted) {
		dir = folder_own_directory(f, &s->item->parent);
		if (dir < 0)
			return parent_error(a, s, dir);
	}
	if (s->known) {
		from = folder_own_directory(f, &s->old.parent);
		err = from < 0 ? -ESTALE : 0;
		if (err)
			goto close_dir;
	}
	err = publish_in(a, s, from, dir);
	if (err == -EACCES) {
		dir_mode = open_up(dir);
		from_mode = open_up(from);
		if (dir_mode != 0 || from_mode != 0)
			err = publish_in(a, s, from, dir);
		close_up(dir, dir_mode);
		close_up(from, from_mode);
	}
	if (from >= 0)
		close(from);
close_dir:
	if (dir >= 0)
		close(dir);
	return err;
}

static int put_misplaced(struct apply *a, struct step *s, const struct row *at)
{
	int err;

	s->old.parent = at->parent;
	memcpy(s->old.name, at->name, sizeof(s->old.name));
	err = folder_stamp(&a->f, &s->old, &s->old.seen);
	if (err)
		return err;
	s->old.change = ROW_MOVED;
	return row_put(&a->f.disk->index, a->f.number, TABLE_TREE, &s->old);
}

int step_swap(struct apply *a, struct step *s, struct step *other)
{
	struct folder *f = &a->f;
	struct row mine = s->old, theirs = other->old;
	int err = check_old(a, s), from, to;

	if (!err)
		err = check_old(a, other);
	if (err)
		return err;
	from = folder_own_directory(f, &mine.parent);
	to = folder_own_directory(f, &theirs.parent);
	err = from < 0 || to < 0 ? -ENOENT : tree_swap(from, mine.name, to, theirs.name);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	if (err)
		return err;
	touch(a, &mine.parent);
	touch(a, &theirs.parent);
	folder_shuffled(f);
	err = put_misplaced(a, s, &theirs);
	return err ? err : put_misplaced(a, other, &mine);
}
