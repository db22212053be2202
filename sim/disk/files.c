/* SPDX-License-Identifier: ISC */
/* Descriptors and the bytes behind them. */
#include <errno.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "sim/disk/calls.h"

enum { NAME_COST = 256 }; /* bytes that a name takes of a disk that is filling up */

static bool writable(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH);
}

/* ---- open and close ---- */

int call_create(
	struct sim_disk *d, const struct place *p, mode_t mode, const char *target)
{
	struct operation o = { .kind = OPERATION_CREATE, .mode = mode };
	int err = p->dir->links == 0 ? -ENOENT : disk_may_change(d);

	if (!err)
		err = disk_take_room(d, NAME_COST);
	if (err)
		return err;
	o.dir = p->dir->ino;
	o.name = (char *)p->name;
	o.target = (char *)target;
	o.ino = disk_free_ino(d);
	o.mtime = disk_time(d);
	o.mtime.tv_nsec = (o.mtime.tv_nsec + (long)(d->births++ % 1000000)) % 1000000000;
	o.content = S_ISREG(mode) ? pages_new() : NULL;
	disk_change(d, o);
	pages_release(o.content);
	return 0;
}

static int may_open(const struct inode *i, int flags)
{
	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	if ((flags & O_DIRECTORY) && !S_ISDIR(i->mode))
		return -ENOTDIR;
	if (S_ISLNK(i->mode) && !(flags & O_PATH))
		return -ELOOP;
	if (S_ISDIR(i->mode) && (writable(flags) || (flags & O_CREAT)))
		return -EISDIR;
	return 0;
}

static int resize(struct sim_disk *d, struct inode *i, uint64_t size)
{
	struct operation o = { .kind = OPERATION_SIZE, .ino = i->ino, .size = size };
	int err = disk_may_change(d);

	if (err)
		return err;
	o.mtime = disk_time(d);
	d->taken -= i->content->allocated;
	if (size < i->size) {
		o.kind = OPERATION_CUT;
		pages_cut(i->content, size, d->numbered + 1);
	}
	d->taken += i->content->allocated;
	disk_change(d, o);
	return 0;
}

static int describe(struct sim_disk *d, struct inode *i, int flags)
{
	struct description *p = mem_new(sizeof(*p));
	int fd;

	p->inode = i;
	p->flags = flags;
	fd = descriptor_new(d, p);
	if (fd < 0) {
		mem_free(p);
		return fd;
	}
	i->opens++;
	i->writers += (flags & O_ACCMODE) != O_RDONLY;
	return fd;
}

int call_open(struct sim_disk *d, int at, const char *path, int flags, mode_t mode,
	uint64_t resolve)
{
	bool follows = !(flags & O_NOFOLLOW) &&
		       (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
	struct place p;
	int err = disk_may_look(d);

	if (!err)
		err = place_find(d, at, path, resolve | (follows ? FOLLOW : 0), &p);
	if (!err && p.node == NULL && !(flags & O_CREAT))
		err = -ENOENT;
	if (!err && p.node != NULL)
		err = may_open(p.node, flags);
	if (!err && p.node != NULL && writable(flags) && d->faults.read_only && !d->user)
		err = -EROFS;
	if (!err && p.node == NULL) {
		err = call_create(d, &p, S_IFREG | (mode & 07777), NULL);
		if (!err)
			p.node = state_child(&d->seen, p.dir, p.name);
	} else if (!err && (flags & O_TRUNC) && writable(flags) && p.node->size > 0) {
		err = resize(d, p.node, 0);
	}
	return err ? err : describe(d, p.node, flags);
}

int call_close(struct sim_disk *d, int fd)
{
	struct description *p = description_of(d, fd);

	if (p == NULL)
		return -EBADF;
	d->descriptors[fd % DESCRIPTORS].description = NULL;
	disk_let_go(d, p);
	return 0;
}

int call_dup(struct sim_disk *d, int fd)
{
	struct description *p = description_of(d, fd);

	return p == NULL ? -EBADF : descriptor_new(d, p);
}

/* A lease for reading is given while nobody has the file open for writing. */
static int lease(const struct description *p, long kind)
{
	if (!S_ISREG(p->inode->mode))
		return -EINVAL;
	return kind == F_RDLCK && p->inode->writers > 0 ? -EAGAIN : 0;
}

int call_fcntl(struct sim_disk *d, int fd, int command, long argument)
{
	struct description *p = description_of(d, fd);

	if (p == NULL)
		return -EBADF;
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return call_dup(d, fd);
	case F_GETFL:
		return p->flags;
	case F_GETFD:
	case F_SETFD:
	case F_SETFL:
	case F_SETSIG:
		return 0;
	case F_SETLEASE:
		return lease(p, argument);
	}
	return -EINVAL;
}

/* ---- bytes ---- */

ssize_t call_read(struct sim_disk *d, int fd, void *out, size_t len, off_t at)
{
	struct description *p = description_of(d, fd);
	uint64_t from;
	int err = disk_may_look(d);

	if (p == NULL || (p->flags & O_ACCMODE) == O_WRONLY || (p->flags & O_PATH))
		return -EBADF;
	if (S_ISDIR(p->inode->mode))
		return -EISDIR;
	if (!err && disk_unlucky(d, &d->faults.read))
		err = -EIO;
	if (err)
		return err;
	from = at < 0 ? p->offset : (uint64_t)at;
	if (from >= p->inode->size)
		return 0;
	if (len > p->inode->size - from)
		len = p->inode->size - from;
	pages_read(p->inode->content, from, out, len);
	if (at < 0)
		p->offset += len;
	return (ssize_t)len;
}

/* How much of len there is room for; what fits is taken. */
static ssize_t take_room(
	struct sim_disk *d, const struct inode *i, uint64_t at, size_t len)
{
	while (len > 0) {
		size_t cost = pages_cost(i->content, at, len) * PAGE, last;

		if (disk_take_room(d, cost) == 0)
			return (ssize_t)len;
		last = (at + len) % PAGE == 0 ? PAGE : (at + len) % PAGE;
		len -= last < len ? last : len;
	}
	return -ENOSPC;
}

ssize_t call_write(struct sim_disk *d, int fd, const void *data, size_t len, off_t at)
{
	struct description *p = description_of(d, fd);
	struct operation o = { .kind = OPERATION_SIZE };
	struct inode *i;
	uint64_t to;
	ssize_t n;

	if (p == NULL || !writable(p->flags))
		return -EBADF;
	if (len == 0)
		return 0;
	i = p->inode;
	to = at >= 0 ? (uint64_t)at : (p->flags & O_APPEND) ? i->size : p->offset;
	n = disk_may_change(d);
	if (!n && disk_unlucky(d, &d->faults.write))
		n = -EIO;
	if (!n)
		n = take_room(d, i, to, len);
	if (n < 0)
		return n;
	d->taken -= i->content->allocated;
	pages_write(i->content, to, data, (size_t)n);
	d->taken += i->content->allocated;
	o.ino = i->ino;
	o.size = to + (size_t)n > i->size ? to + (size_t)n : i->size;
	o.mtime = disk_time(d);
	disk_change(d, o);
	if (at < 0)
		p->offset = to + (size_t)n;
	return n;
}

static off_t seek_data(const struct inode *i, off_t offset, bool data)
{
	uint64_t next;

	if (offset < 0 || (uint64_t)offset >= i->size)
		return -ENXIO;
	next = pages_next(i->content, (uint64_t)offset, data);
	if (next >= i->size)
		return data ? -ENXIO : (off_t)i->size;
	return (off_t)next;
}

off_t call_seek(struct sim_disk *d, int fd, off_t offset, int whence)
{
	struct description *p = description_of(d, fd);
	off_t to = offset;

	if (p == NULL)
		return -EBADF;
	if (whence == SEEK_CUR)
		to += (off_t)p->offset;
	else if (whence == SEEK_END)
		to += (off_t)p->inode->size;
	else if (whence == SEEK_DATA || whence == SEEK_HOLE)
		to = S_ISREG(p->inode->mode)
			     ? seek_data(p->inode, offset, whence == SEEK_DATA)
			     : -EINVAL;
	else if (whence != SEEK_SET)
		to = -EINVAL;
	if (to >= 0)
		p->offset = (uint64_t)to;
	return to;
}

int call_truncate(struct sim_disk *d, int fd, off_t size)
{
	struct description *p = description_of(d, fd);

	if (p == NULL)
		return -EBADF;
	if (!writable(p->flags) || size < 0)
		return -EINVAL;
	return (uint64_t)size == p->inode->size ? 0 : resize(d, p->inode, (uint64_t)size);
}

/* ---- flushing ---- */

int call_sync(struct sim_disk *d, int fd, bool data_only)
{
	struct description *p = description_of(d, fd);
	int err;

	if (p == NULL || (p->flags & O_PATH))
		return -EBADF;
	err = disk_may_change(d);
	if (err || d->faults.lying)
		return err;
	if (disk_unlucky(d, &d->faults.sync)) {
		if (p->inode->content != NULL)
			pages_lose(p->inode->content);
		return -EIO;
	}
	if (p->inode->content != NULL)
		pages_flush(p->inode->content);
	disk_flush(d, p->inode, data_only);
	return 0;
}

int call_sync_all(struct sim_disk *d, int fd)
{
	struct inode *i, *next;
	bool bad;
	int err;

	if (fd >= 0 && description_of(d, fd) == NULL)
		return -EBADF;
	err = disk_may_change(d);
	if (err || (d->faults.lying && !d->user))
		return err;
	bad = disk_unlucky(d, &d->faults.sync);
	HASH_ITER (hh, d->seen.all, i, next) {
		if (i->content != NULL && bad)
			pages_lose(i->content);
		else if (i->content != NULL)
			pages_flush(i->content);
	}
	if (!bad)
		disk_flush_all(d);
	return bad ? -EIO : 0;
}
