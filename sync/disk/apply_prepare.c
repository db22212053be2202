/* SPDX-License-Identifier: ISC */
/*
 * Nothing here is visible: content goes into the folder's own directory, under a name
 * made from the file's id, so that after a crash it is known what it was for. A flush
 * that fails has lost the bytes for good (a second one would say that all is well):
 * such a temporary is thrown away and the old version stays.
 */
#include "sync/disk/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "sync/disk/content.h"
#include "sync/disk/objects.h"

enum { FLUSH_ONE_BY_ONE = 8, PERMISSIONS = 0777, TARGET_ROOM = 4096 };

static bool sane(const struct apply_item *i)
{
	if (!name_allowed(bytes_of(i->name, i->name_len)) || i->mtime_ns >= 1000000000u)
		return false;
	if (id_is_zero(id_bytes(&i->file)) || id_equal(&i->file, &i->parent))
		return false;
	switch (i->kind) {
	case ENTRY_FILE:
	case ENTRY_SYMLINK:
		return i->content_depth <= CONTENT_DEPTH_MAX && i->size <= INT64_MAX;
	case ENTRY_DIRECTORY:
		return true;
	}
	return false;
}

static void make_want(struct step *s)
{
	const struct apply_item *i = s->item;
	struct row *w = &s->want;

	*w = (struct row){ .file = i->file, .parent = i->parent, .version = i->version };
	memcpy(w->name, s->name, sizeof(w->name));
	w->seen = s->known ? s->old.seen : (struct stamp){ 0 };
	w->seen.kind = (uint8_t)i->kind;
	w->seen.mode = i->kind == ENTRY_SYMLINK ? PERMISSIONS : i->mode & PERMISSIONS;
	if (i->kind == ENTRY_DIRECTORY)
		return;
	w->seen.size = i->size;
	w->seen.mtime_s = i->mtime_s;
	w->seen.mtime_ns = i->mtime_ns;
	w->depth = i->content_depth;
	w->content = i->content;
}

/* 0: go on; 1: it lies there already; negative: the item's result. */
static int compare(const struct step *s)
{
	const struct apply_item *i = s->item;

	if (!s->known)
		return i->deleted ? 1 : 0;
	if (s->old.change != ROW_SETTLED)
		return -ESTALE;
	if (!i->deleted && id_equal(&s->old.version, &i->version))
		return 1;
	if (!id_equal(&s->old.version, &i->replaces))
		return -ESTALE;
	return !i->deleted && s->old.seen.kind != i->kind ? -EINVAL : 0;
}

static bool needs_content(const struct step *s)
{
	const struct apply_item *i = s->item;

	if (i->deleted || i->kind == ENTRY_DIRECTORY)
		return false;
	return !s->known || s->old.depth != i->content_depth ||
	       s->old.seen.size != i->size || !id_equal(&s->old.content, &i->content);
}

static int check_room(const struct apply *a)
{
	struct statvfs v;

	if (fstatvfs(a->f.tree.root, &v) < 0)
		return -errno;
	if ((uint64_t)v.f_bavail * v.f_frsize <
		disk_floor((uint64_t)v.f_blocks * v.f_frsize) / 4)
		return -ENOSPC;
	return 0;
}

static struct content content_of(const struct apply_item *i)
{
	return (struct content){
		.depth = i->content_depth, .root = i->content, .size = i->size
	};
}

static int dress_open(int fd, const struct stamp *want, bool flush)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = want->mtime_s, .tv_nsec = want->mtime_ns } };

	if (fchmod(fd, want->mode) < 0 || futimens(fd, times) < 0)
		return -errno;
	return flush && fsync(fd) < 0 ? -errno : 0;
}

static int write_file(struct apply *a, struct step *s, const char *temp)
{
	struct folder *f = &a->f;
	struct content c = content_of(s->item);
	int fd = openat(f->tree.temp, temp,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = content_write(f, &c, fd, &s->item->file);
	if (!err)
		err = dress_open(fd, &s->want.seen, a->files <= FLUSH_ONE_BY_ONE);
	if (!err)
		err = tree_stamp_fd(&f->tree, fd, &s->want.seen);
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

static int write_link(struct apply *a, struct step *s, const char *temp)
{
	struct folder *f = &a->f;
	struct content c = content_of(s->item);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = s->item->mtime_s, .tv_nsec = s->item->mtime_ns } };
	char target[TARGET_ROOM];
	int err = content_target(f, &c, target, sizeof(target), &s->item->file);

	if (err)
		return err;
	if (symlinkat(target, f->tree.temp, temp) < 0 ||
		utimensat(f->tree.temp, temp, times, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return tree_stamp(&f->tree, f->tree.temp, temp, &s->want.seen);
}

void step_discard(struct apply *a, struct step *s)
{
	char temp[TEMP_NAME_ROOM];

	if (!s->fresh)
		return;
	temp_name(temp, &s->item->file);
	unlinkat(a->f.tree.temp, temp, 0);
	s->fresh = false;
	if (places_discard(&a->f.disk->index, a->f.number, &s->item->file) < 0)
		log_line(a->f.disk->log, LOG_WARN_, "index: fresh places stay behind",
			NULL);
}

static int write_content(struct apply *a, struct step *s)
{
	char temp[TEMP_NAME_ROOM];
	int err = check_room(a);

	if (err)
		return err;
	temp_name(temp, &s->item->file);
	s->fresh = true;
	err = s->item->kind == ENTRY_FILE ? write_file(a, s, temp)
					  : write_link(a, s, temp);
	s->want.again = true;
	if (err)
		step_discard(a, s);
	return err;
}

static bool twice(const struct apply *a, const struct step *s)
{
	for (const struct step *o = a->steps; o < s; o++)
		if (id_equal(&o->item->file, &s->item->file))
			return true;
	return false;
}

static int prepare(struct apply *a, struct step *s)
{
	int err = compare(s);

	if (err)
		return err;
	if (a->f.tree.temp < 0)
		return -EROFS;
	make_want(s);
	if (s->item->deleted) {
		s->want = s->old;
		s->want.change = ROW_GONE;
	}
	if (s->item->keep_old && s->known && s->old.seen.kind != ENTRY_DIRECTORY)
		err = objects_keep(&a->f, &s->old);
	if (!err && needs_content(s))
		err = write_content(a, s);
	return err;
}

int step_prepare(struct apply *a, struct step *s)
{
	struct index *ix = &a->f.disk->index;
	int err;

	if (!s->item->deleted && !sane(s->item))
		err = -EINVAL;
	else
		err = twice(a, s) ? -EAGAIN : 0;
	if (!err) {
		err = row_get(ix, a->f.number, &s->item->file, &s->old);
		if (err < 0)
			return err;
		s->known = err == 1;
		memcpy(s->name, s->item->name, s->item->name_len);
		err = prepare(a, s);
	}
	s->done = err != 0;
	s->item->result = err < 0 ? err : 0;
	return ix->failed;
}

void steps_flush(struct apply *a)
{
	int err;

	if (a->files <= FLUSH_ONE_BY_ONE)
		return;
	err = syncfs(a->f.tree.root) < 0 ? -errno : 0;
	for (size_t i = 0; err && i < a->count; i++) {
		struct step *s = &a->steps[i];

		if (s->done || !s->fresh)
			continue;
		step_discard(a, s);
		s->item->result = err;
		s->done = true;
	}
}
