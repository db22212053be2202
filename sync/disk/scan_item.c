/* SPDX-License-Identifier: ISC */
/*
 * One name of a tree against its row. A file is known again by its inode at another
 * place, but only when its old place no longer has it: a second link to it is a new
 * file, and an inode that the file system gave away once more is told by its birth, or
 * by size and time. What changed while it was read is left for the next scan: no torn
 * version is ever told.
 */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "sync/disk/content.h"
#include "sync/disk/scan.h"

enum { READ_TRIES = 3, RACY_NS = 50 * 1000 * 1000, COARSE_NS = 2000 * 1000 * 1000 };

struct seeing {
	struct scan *s;
	const struct visit *v;
	int dir;
	const char *name;
	struct stamp stamp;
	struct row base; /* what the index has of it */
	bool known, moved;
};

static bool at_same_place(const struct row *r, const struct visit *v, const char *name)
{
	return id_equal(&r->parent, &v->id) && strcmp(r->name, name) == 0;
}

/* Whether the inode of row m has left the place that m names. 1, 0, or negative. */
static int has_left(struct seeing *e, const struct row *m)
{
	struct folder *f = &e->s->f;
	struct stamp there;
	struct row other;
	int err;

	if (m->seen.kind == ENTRY_DIRECTORY || at_same_place(m, e->v, e->name))
		return 1;
	err = folder_stamp(f, m, &there);
	if (err)
		return 1;
	if (stamp_same_file(&there, &m->seen))
		return 0;
	/* Something else has its name: names changed hands only if that is known as
	 * well. */
	err = row_at_inode(&f->disk->index, f->number, &there, &other);
	return err == 1 ? !id_equal(&other.file, &m->file) : err;
}

/* The row of a file that came here from elsewhere. 1, 0, or negative. */
static int find_moved(struct seeing *e, const struct row *here)
{
	struct folder *f = &e->s->f;
	struct row m;
	int found = row_at_inode(&f->disk->index, f->number, &e->stamp, &m);

	if (found != 1 || (here != NULL && id_equal(&here->file, &m.file)))
		return found < 0 ? found : 0;
	found = has_left(e, &m);
	if (found != 1)
		return found;
	e->base = m;
	e->known = true;
	e->moved = !at_same_place(&m, e->v, e->name);
	return 1;
}

/* ---- content ---- */

/* Written again within the clock's grain, a file would look the same: read it once
 * more. */
static bool racy(const struct stamp *s)
{
	struct timespec now;
	int64_t grain = s->mtime_ns == 0 && s->ctime_ns == 0 ? COARSE_NS : RACY_NS;
	int64_t age;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec - s->mtime_s > 10 || s->mtime_s - now.tv_sec > 10)
		return false;
	age = (now.tv_sec - s->mtime_s) * 1000000000ll + now.tv_nsec - s->mtime_ns;
	return age < grain && age > -grain;
}

static int read_file(struct seeing *e, const struct short_id *file, struct content *out)
{
	struct folder *f = &e->s->f;
	struct stamp after;
	int fd = tree_read(&f->tree, e->dir, e->name), err;

	if (fd < 0)
		return fd;
	err = tree_stamp_fd(&f->tree, fd, &e->stamp);
	if (!err)
		err = content_read(f, &e->s->chunker, fd, file, out);
	if (!err)
		err = tree_stamp_fd(&f->tree, fd, &after);
	close(fd);
	if (err)
		return err;
	e->s->read_bytes += out->size;
	return stamp_equal(&e->stamp, &after) && out->size == after.size ? 0 : -EAGAIN;
}

static int read_link(struct seeing *e, const struct short_id *file, struct content *out)
{
	char target[4097];
	struct stamp after;
	size_t len;
	int err = tree_link(e->dir, e->name, target, sizeof(target), &len);

	if (!err)
		err = tree_stamp(&e->s->f.tree, e->dir, e->name, &after);
	if (!err && !stamp_equal(&e->stamp, &after))
		err = -EAGAIN;
	if (!err)
		err = content_of_bytes(
			&e->s->f, &e->s->chunker, bytes_of(target, len), file, out);
	e->stamp.mode = 0777;
	return err;
}

static int read_content(
	struct seeing *e, const struct short_id *file, struct content *out)
{
	struct folder *f = &e->s->f;
	int err = -EAGAIN;

	for (unsigned i = 0; i < READ_TRIES && err == -EAGAIN; i++) {
		err = places_discard(&f->disk->index, f->number, file);
		if (err)
			return err;
		err = e->stamp.kind == ENTRY_FILE ? read_file(e, file, out)
						  : read_link(e, file, out);
	}
	return err;
}

/* ---- the verdict ---- */

static bool looks_changed(const struct row *a, const struct row *b)
{
	if (a->seen.mode != b->seen.mode)
		return true;
	if (a->seen.kind == ENTRY_DIRECTORY)
		return false;
	return a->seen.size != b->seen.size || a->seen.mtime_s != b->seen.mtime_s ||
	       a->seen.mtime_ns != b->seen.mtime_ns || a->depth != b->depth ||
	       !id_equal(&a->content, &b->content);
}

static void judge(const struct seeing *e, struct row *now)
{
	const struct row *base = &e->base;

	if (!e->known) {
		now->change = ROW_CHANGED;
		return;
	}
	if (!e->moved && base->change != ROW_GONE && !looks_changed(base, now))
		return;
	now->change = e->moved || base->change == ROW_MOVED ? ROW_MOVED : ROW_CHANGED;
	now->again = base->change != ROW_SETTLED;
}

static void push(struct scan *s, const struct visit *up, const struct row *r)
{
	struct visit *v = mem_new(sizeof(*v));

	v->up = (struct visit *)up;
	v->id = r->file;
	memcpy(v->name, r->name, sizeof(v->name));
	v->next = s->stack;
	s->stack = v;
	v->all = s->all;
	s->all = v;
}

static int settle(struct seeing *e, const struct row *now, bool fresh)
{
	struct folder *f = &e->s->f;
	struct index *ix = &f->disk->index;
	int err = row_put(ix, f->number, TABLE_TREE, now);

	if (!err && fresh)
		err = places_promote(ix, f->number, &now->file);
	if (err)
		return err;
	e->s->written++;
	if (now->seen.kind == ENTRY_DIRECTORY) {
		if (e->moved)
			folder_shuffled(f);
		push(e->s, e->v, now);
	}
	if (now->change != ROW_SETTLED)
		scan_report(e->s, now);
	return 0;
}

/* Errors of the file itself; those of the index or of the packs end the scan. */
static bool of_the_file(int err)
{
	return err == -EACCES || err == -EPERM || err == -EIO || err == -ELOOP ||
	       err == -EINVAL || err == -ENOENT || err == -ENAMETOOLONG ||
	       err == -ENXIO || err == -EAGAIN || err == -EXDEV || err == -ENOTDIR ||
	       err == -ESTALE || err == -EMFILE || err == -ETXTBSY;
}

static int unreadable(struct seeing *e, const struct row *now, int err)
{
	struct scan *s = e->s;
	struct folder *f = &s->f;

	if (!of_the_file(err))
		return err;
	if (e->known) {
		(void)mem_grow(s->held, s->held_count, s->held_room);
		s->held[s->held_count++] = now->file;
	}
	if (err == -EAGAIN)
		scan_error(s, e->v, e->name, EAGAIN, "it changes while it is read");
	else if (err != -ENOENT)
		scan_error(s, e->v, e->name, -err, NULL);
	return places_discard(&f->disk->index, f->number, &now->file);
}

static int take(struct seeing *e)
{
	struct row now = e->known ? e->base : (struct row){ 0 };
	bool read = e->stamp.kind != ENTRY_DIRECTORY &&
		    !(e->known && !e->moved && stamp_equal(&e->base.seen, &e->stamp));
	struct content c = {
		.depth = now.depth, .root = now.content, .size = now.seen.size
	};
	int err = 0;

	if (!e->known)
		rng_fill(&e->s->f.disk->rng, now.file.b, sizeof(now.file.b));
	if (read)
		err = read_content(e, &now.file, &c);
	if (err)
		return unreadable(e, &now, err);
	now.parent = e->v->id;
	memcpy(now.name, e->name, strlen(e->name) + 1);
	now.seen = e->stamp;
	if (e->stamp.kind != ENTRY_DIRECTORY) {
		now.depth = c.depth;
		now.content = c.root;
		now.seen.size = c.size;
	}
	judge(e, &now);
	if (read && racy(&now.seen)) {
		now.seen.ctime_s = 0;
		now.seen.ctime_ns = 0;
	}
	return settle(e, &now, read);
}

static int unchanged(struct seeing *e, const struct row *r)
{
	if (r->seen.kind == ENTRY_DIRECTORY)
		push(e->s, e->v, r);
	if (r->change != ROW_SETTLED)
		scan_report(e->s, r);
	return 0;
}

static void count(struct scan *s, const struct stamp *stamp)
{
	if (stamp->kind != ENTRY_FILE)
		return;
	s->j->scan_files++;
	s->j->scan_bytes += stamp->size;
}

int scan_item_see(struct scan *s, const struct visit *v, int dir, const char *name,
	const struct rows *rows, bool *used)
{
	struct seeing e = { .s = s, .v = v, .dir = dir, .name = name };
	const struct row *r;
	int err = tree_stamp(&s->f.tree, dir, name, &e.stamp);

	if (err == -ENOENT)
		return 0;
	r = rows_find(rows, name, err ? NULL : &e.stamp);
	if (err || e.stamp.foreign) {
		if (r != NULL)
			used[r - rows->row] = true;
		scan_error(s, v, name, err ? -err : EXDEV,
			err ? NULL : "another file system is mounted here");
		return 0;
	}
	if (e.stamp.kind == 0) {
		scan_error(
			s, v, name, 0, "neither a file, a directory nor a symbolic link");
		return 0;
	}
	count(s, &e.stamp);
	if (e.stamp.kind == ENTRY_SYMLINK)
		e.stamp.mode = 0777;
	if (r != NULL && r->seen.kind != e.stamp.kind)
		r = NULL;
	if (r != NULL && r->change != ROW_GONE && stamp_equal(&r->seen, &e.stamp)) {
		used[r - rows->row] = true;
		return unchanged(&e, r);
	}
	err = r != NULL && stamp_same_file(&r->seen, &e.stamp) ? 0 : find_moved(&e, r);
	if (err < 0)
		return err;
	if (err == 0 && r != NULL) {
		used[r - rows->row] = true;
		e.base = *r;
		e.known = true;
	}
	return take(&e);
}
