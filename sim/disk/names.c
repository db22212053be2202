/* SPDX-License-Identifier: ISC */
/* Names and looks: what changes directories, modes and times. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/disk/calls.h"

int call_look(struct sim_disk *d, int at, const char *path, int flags, struct inode **out)
{
	struct description *p = description_of(d, at);
	struct place place;
	int err = disk_may_look(d);

	if (err)
		return err;
	if ((flags & AT_EMPTY_PATH) && path[0] == '\0') {
		*out = p != NULL ? p->inode : NULL;
		return p != NULL ? 0 : -EBADF;
	}
	err = place_find(d, at, path, flags & AT_SYMLINK_NOFOLLOW ? 0 : FOLLOW, &place);
	*out = place.node;
	return err ? err : (place.node == NULL ? -ENOENT : 0);
}

static int set_looks(
	struct sim_disk *d, struct inode *i, mode_t mode, struct timespec mtime)
{
	struct operation o = { .kind = OPERATION_LOOKS, .ino = i->ino };
	int err = disk_may_change(d);

	if (err)
		return err;
	o.mode = mode;
	o.mtime = mtime;
	disk_change(d, o);
	return 0;
}

int call_chmod(struct sim_disk *d, struct inode *i, mode_t mode)
{
	if (S_ISLNK(i->mode))
		return -EOPNOTSUPP;
	return set_looks(d, i, (i->mode & S_IFMT) | (mode & 07777), i->mtime);
}

int call_times(struct sim_disk *d, struct inode *i, const struct timespec times[2])
{
	struct timespec mtime = times != NULL ? times[1] : disk_time(d);

	if (mtime.tv_nsec == UTIME_OMIT)
		return 0;
	if (mtime.tv_nsec == UTIME_NOW)
		mtime = disk_time(d);
	return set_looks(d, i, i->mode, mtime);
}

/* ---- new names ---- */

static int find_free(struct sim_disk *d, int at, const char *path, struct place *p)
{
	int err = disk_may_look(d);

	if (!err)
		err = place_find(d, at, path, 0, p);
	return err ? err : (p->node != NULL ? -EEXIST : 0);
}

int call_mkdir(struct sim_disk *d, int at, const char *path, mode_t mode)
{
	struct place p;
	int err = find_free(d, at, path, &p);

	return err ? err : call_create(d, &p, S_IFDIR | (mode & 07777), NULL);
}

int call_symlink(struct sim_disk *d, const char *target, int at, const char *path)
{
	struct place p;
	int err = target[0] == '\0' ? -ENOENT : find_free(d, at, path, &p);

	if (!err && strlen(target) >= PATH_ROOM)
		err = -ENAMETOOLONG;
	return err ? err : call_create(d, &p, S_IFLNK | 0777, target);
}

int call_link(struct sim_disk *d, int at, const char *path, int to, const char *to_path)
{
	struct operation o = { .kind = OPERATION_LINK };
	struct place from, place;
	int err = find_free(d, to, to_path, &place);

	if (!err)
		err = place_find(d, at, path, 0, &from);
	if (!err && from.node == NULL)
		err = -ENOENT;
	if (!err && S_ISDIR(from.node->mode))
		err = -EPERM;
	if (!err)
		err = disk_may_change(d);
	if (err)
		return err;
	o.dir = place.dir->ino;
	o.name = place.name;
	o.ino = from.node->ino;
	disk_change(d, o);
	return 0;
}

/* ---- names that go ---- */

int call_unlink(struct sim_disk *d, int at, const char *path, int flags)
{
	struct operation o = { .kind = OPERATION_UNLINK };
	bool directory = flags & AT_REMOVEDIR;
	struct place p;
	int err = disk_may_look(d);

	if (!err)
		err = place_find(d, at, path, 0, &p);
	if (!err && p.dir == NULL)
		err = directory ? -EBUSY : -EISDIR;
	if (!err && p.node == NULL)
		err = -ENOENT;
	if (!err && directory != S_ISDIR(p.node->mode))
		err = directory ? -ENOTDIR : -EISDIR;
	if (!err && p.node->entries != NULL)
		err = -ENOTEMPTY;
	if (!err)
		err = disk_may_change(d);
	if (err)
		return err;
	o.dir = p.dir->ino;
	o.name = p.name;
	disk_change(d, o);
	return 0;
}

/* a is b, or above it. */
static bool is_above(struct sim_disk *d, const struct inode *a, const struct inode *b)
{
	while (a != b && b->ino != ROOT_INO)
		b = state_inode(&d->seen, b->up);
	return a == b;
}

static int may_replace(const struct inode *from, const struct inode *to)
{
	if (S_ISDIR(from->mode) && !S_ISDIR(to->mode))
		return -ENOTDIR;
	if (!S_ISDIR(from->mode) && S_ISDIR(to->mode))
		return -EISDIR;
	return to->entries != NULL ? -ENOTEMPTY : 0;
}

static int may_rename(struct sim_disk *d, const struct place *from,
	const struct place *to, unsigned flags)
{
	if (from->dir == NULL || to->dir == NULL)
		return -EBUSY;
	if (from->node == NULL || to->dir->links == 0)
		return -ENOENT;
	if ((flags & RENAME_NOREPLACE) && to->node != NULL)
		return -EEXIST;
	if ((flags & RENAME_EXCHANGE) && to->node == NULL)
		return -ENOENT;
	if (S_ISDIR(from->node->mode) && is_above(d, from->node, to->dir))
		return -EINVAL;
	if (to->node == NULL)
		return 0;
	if (S_ISDIR(to->node->mode) && is_above(d, to->node, from->dir))
		return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return flags & RENAME_EXCHANGE ? 0 : may_replace(from->node, to->node);
}

int call_rename(struct sim_disk *d, int at, const char *path, int to, const char *to_path,
	unsigned flags)
{
	struct operation o = { .kind = flags & RENAME_EXCHANGE ? OPERATION_EXCHANGE
							       : OPERATION_RENAME };
	struct place a, b;
	int err = flags != 0 && d->faults.no_swap ? -EINVAL : disk_may_look(d);

	if (!err)
		err = place_find(d, at, path, 0, &a);
	if (!err)
		err = place_find(d, to, to_path, 0, &b);
	if (!err)
		err = may_rename(d, &a, &b, flags);
	if (err || a.node == b.node)
		return err;
	err = disk_may_change(d);
	if (err)
		return err;
	o.dir = a.dir->ino;
	o.name = a.name;
	o.to_dir = b.dir->ino;
	o.to_name = b.name;
	disk_change(d, o);
	return 0;
}

/* ---- looking ---- */

ssize_t call_readlink(
	struct sim_disk *d, int at, const char *path, char *out, size_t room)
{
	struct inode *i;
	int err = call_look(d, at, path, AT_SYMLINK_NOFOLLOW, &i);
	size_t len;

	if (err)
		return err;
	if (!S_ISLNK(i->mode))
		return -EINVAL;
	len = strlen(i->target);
	if (len > room)
		len = room;
	memcpy(out, i->target, len);
	return (ssize_t)len;
}

int call_statvfs(struct sim_disk *d, struct statvfs *out)
{
	int err = disk_may_look(d);

	if (err)
		return err;
	*out = (struct statvfs){ .f_bsize = PAGE,
		.f_frsize = PAGE,
		.f_namemax = NAME_MAX,
		.f_blocks = d->capacity / PAGE };
	if (d->taken < out->f_blocks)
		out->f_bfree = out->f_bavail = out->f_blocks - d->taken;
	return 0;
}
