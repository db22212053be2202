/* SPDX-License-Identifier: ISC */
#include "sim/disk/streams.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "node/base/mem.h"

struct stream {
	struct sim_disk *disk;
	int fd;
	struct dirent *all;
	size_t count, room;
	struct stream *next;
};

static struct stream *streams; /* of all disks; owned by who opened them */

static void add(struct stream *s, uint64_t ino, const char *name)
{
	struct dirent *e;

	mem_grow(s->all, s->count, s->room);
	e = &s->all[s->count++];
	*e = (struct dirent){ .d_ino = ino, .d_type = DT_UNKNOWN };
	memcpy(e->d_name, name, strlen(name) + 1);
}

static void list(struct stream *s, const struct inode *dir)
{
	struct name *e, *next;

	s->count = 0;
	add(s, dir->ino, ".");
	add(s, dir->up, "..");
	HASH_ITER (hh, dir->entries, e, next)
		add(s, e->ino, e->name);
}

int stream_open(struct sim_disk *d, int fd, struct stream **out)
{
	struct description *p = description_of(d, fd);
	struct stream *s;
	int err = disk_may_look(d);

	if (err)
		return err;
	if (p == NULL || (p->flags & O_PATH))
		return -EBADF;
	if (!S_ISDIR(p->inode->mode))
		return -ENOTDIR;
	s = mem_new(sizeof(*s));
	s->disk = d;
	s->fd = fd;
	list(s, p->inode);
	LL_PREPEND(streams, s);
	*out = s;
	return 0;
}

struct stream *stream_of(const void *dir)
{
	struct stream *s;

	LL_FOREACH (streams, s)
		if (s == dir)
			return s;
	return NULL;
}

struct dirent *stream_read(struct stream *s)
{
	struct description *p = description_of(s->disk, s->fd);
	int err = disk_may_look(s->disk);

	if (p == NULL)
		err = -EBADF;
	else if (!err && disk_unlucky(s->disk, &s->disk->faults.read))
		err = -EIO;
	if (err)
		errno = -err;
	if (err || p->offset >= s->count)
		return NULL;
	return &s->all[p->offset++];
}

void stream_rewind(struct stream *s)
{
	struct description *p = description_of(s->disk, s->fd);

	if (p == NULL)
		return;
	p->offset = 0;
	list(s, p->inode);
}

int stream_close(struct stream *s)
{
	int fd = s->fd;

	LL_DELETE(streams, s);
	mem_free(s->all);
	mem_free(s);
	return fd;
}
