/* SPDX-License-Identifier: ISC */
/* From paths to inodes, with the walls of openat2(2); from numbers to descriptions. */
#include <errno.h>
#include <string.h>

#include "sim/disk/calls.h"

enum { LINKS_MAX = 40, SERIALS = 1 << 20 };

/* ---- descriptors ---- */

struct description *description_of(const struct sim_disk *d, int fd)
{
	const struct descriptor *t;

	if (fd < DESCRIPTOR_BASE)
		return NULL;
	t = &d->descriptors[fd % DESCRIPTORS];
	return (unsigned)(fd - DESCRIPTOR_BASE) / DESCRIPTORS == t->serial
		       ? t->description
		       : NULL;
}

int descriptor_new(struct sim_disk *d, struct description *p)
{
	for (unsigned i = 0; i < DESCRIPTORS; i++) {
		struct descriptor *t = &d->descriptors[i];

		if (t->description != NULL)
			continue;
		t->serial = (t->serial + 1) % SERIALS;
		t->description = p;
		p->refs++;
		return DESCRIPTOR_BASE + (int)(t->serial * DESCRIPTORS + i);
	}
	return -EMFILE;
}

/* ---- the walk ---- */

struct walk {
	struct sim_disk *d;
	struct inode *top, *at;
	uint64_t how;
	unsigned links;
	char rest[2 * PATH_ROOM];
};

static int begin(struct walk *w, int at, const char *path)
{
	const struct description *p = description_of(w->d, at);
	struct inode *root = state_inode(&w->d->seen, ROOT_INO);

	if (path[0] == '\0')
		return -ENOENT;
	if (strlen(path) >= PATH_ROOM)
		return -ENAMETOOLONG;
	memcpy(w->rest, path, strlen(path) + 1);
	if (path[0] == '/' && (w->how & RESOLVE_BENEATH))
		return -EXDEV;
	if (path[0] != '/' && at != AT_FDCWD && p == NULL)
		return -EBADF;
	w->top = path[0] == '/' || at == AT_FDCWD ? root : p->inode;
	w->at = w->top;
	return 0;
}

/* The next name, and the path without it. False: none is left. */
static bool next_name(struct walk *w, char name[NAME_MAX + 1], int *err)
{
	size_t skip = strspn(w->rest, "/"), len = strcspn(w->rest + skip, "/");

	if (len == 0)
		return false;
	*err = len > NAME_MAX ? -ENAMETOOLONG : 0;
	if (*err)
		return true;
	memcpy(name, w->rest + skip, len);
	name[len] = '\0';
	memmove(w->rest, w->rest + skip + len, strlen(w->rest + skip + len) + 1);
	return true;
}

static int up(struct walk *w)
{
	if ((w->how & RESOLVE_BENEATH) && w->at == w->top)
		return -EXDEV;
	w->at = state_inode(&w->d->seen, w->at->up);
	if (w->at == NULL) /* both were removed */
		return -ENOENT;
	return 0;
}

static int follow(struct walk *w, const struct inode *link)
{
	size_t len = strlen(link->target), left = strlen(w->rest) + 1;

	if ((w->how & RESOLVE_NO_SYMLINKS) || ++w->links > LINKS_MAX)
		return -ELOOP;
	if (len + 1 + left > sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(w->rest + len + 1, w->rest, left);
	memcpy(w->rest, link->target, len);
	w->rest[len] = '/';
	/* A link at the end of a path is followed to something, not into it. */
	if (left == 1)
		w->rest[len] = '\0';
	if (link->target[0] != '/')
		return 0;
	if (w->how & RESOLVE_BENEATH)
		return -EXDEV;
	w->at = state_inode(&w->d->seen, ROOT_INO);
	return 0;
}

/* 1: out is filled; 0: go on. */
static int step(struct walk *w, struct place *out)
{
	struct inode *node;
	int err = 0;
	bool last;

	if (!next_name(w, out->name, &err)) {
		*out = (struct place){ .node = w->at };
		return 1;
	}
	if (!err && !S_ISDIR(w->at->mode))
		err = -ENOTDIR;
	if (err || strcmp(out->name, ".") == 0)
		return err;
	if (strcmp(out->name, "..") == 0)
		return up(w);
	node = state_child(&w->d->seen, w->at, out->name);
	last = w->rest[strspn(w->rest, "/")] == '\0';
	if (node != NULL && S_ISLNK(node->mode) && (!last || (w->how & FOLLOW)))
		return follow(w, node);
	if (!last && node == NULL)
		return -ENOENT;
	if (last && node != NULL && w->rest[0] == '/' && !S_ISDIR(node->mode))
		return -ENOTDIR;
	if (!last) {
		w->at = node;
		return 0;
	}
	out->dir = w->at;
	out->node = node;
	return 1;
}

int place_find(
	struct sim_disk *d, int at, const char *path, uint64_t how, struct place *out)
{
	struct walk w = { .d = d, .how = how };
	int err = begin(&w, at, path);

	*out = (struct place){ 0 };
	while (err == 0)
		err = step(&w, out);
	if (err < 0)
		return err;
	return out->dir != NULL && out->dir->links == 0 && out->node == NULL ? -ENOENT
									     : 0;
}
