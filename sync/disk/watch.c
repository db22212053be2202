/* SPDX-License-Identifier: ISC */
/*
 * One watch a directory. Each remembers its name and the watch above it, so that a new
 * directory can be reached by the walls of tree.h; what cannot be reached any more
 * (moved, removed) is left to the scan, after which the program calls watch_add again.
 */
#include "sync/disk/watch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/base/siphash.h"
#include "sync/disk/tree.h"

enum {
	EVENTS = IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE |
		 IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF,
	READ_SIZE = 64 * 1024,
	READS_MAX = 16, /* of one call: the loop has other work */
	DEPTH_MAX = 4096,
};

struct watched {
	int wd;
	int up; /* wd of the directory above; -1: the root */
	struct watched_folder *folder;
	char *name; /* owned; NULL: the root */
	UT_hash_handle hh;
};

struct watched_folder {
	struct hash id;
	char *path; /* owned */
	bool touched;
	struct watched_folder *next;
};

struct watch {
	int fd;
	struct watched *all;            /* owned, by wd */
	struct watched_folder *folders; /* owned */
};

int watch_open(struct watch **out)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		return -errno;
	*out = mem_new(sizeof(**out));
	(*out)->fd = fd;
	return 0;
}

static void watched_free(struct watch *w, struct watched *d)
{
	HASH_DEL(w->all, d);
	mem_free(d->name);
	mem_free(d);
}

int watch_fd(const struct watch *w)
{
	return w->fd;
}

static struct watched_folder *find_folder(struct watch *w, const struct hash *id)
{
	for (struct watched_folder *f = w->folders; f != NULL; f = f->next)
		if (id_equal(&f->id, id))
			return f;
	return NULL;
}

/* ---- adding ---- */

struct todo {
	struct todo *next;
	int fd; /* owned */
	int up;
	char *name; /* owned */
};

static struct todo *todo_new(struct todo *next, int fd, int up, const char *name)
{
	struct todo *t = mem_new(sizeof(*t));

	*t = (struct todo){ next, fd, up, name != NULL ? mem_string(name) : NULL };
	return t;
}

static struct todo *todo_free(struct todo *t)
{
	struct todo *next = t->next;

	close(t->fd);
	mem_free(t->name);
	mem_free(t);
	return next;
}

/* Through the descriptor's own link: what was opened is what is watched. */
static int add_one(struct watch *w, struct watched_folder *f, struct todo *t)
{
	char path[32];
	struct watched *d;
	int wd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", t->fd);
	wd = inotify_add_watch(w->fd, path, EVENTS | IN_ONLYDIR);
	if (wd < 0)
		return -errno;
	HASH_FIND_INT(w->all, &wd, d);
	if (d == NULL) {
		d = mem_new(sizeof(*d));
		d->wd = wd;
		HASH_ADD_INT(w->all, wd, d);
	}
	d->up = t->up;
	d->folder = f;
	mem_free(d->name);
	d->name = t->name;
	t->name = NULL;
	return wd;
}

/* The directories in t->fd go on top of the list. A descriptor each: those of one
 * level at a time; when there are none left, the rest goes unwatched. */
static struct todo *add_children(const struct tree *tree, struct todo *list,
	const struct todo *t, int wd, int *err)
{
	int fd = dup(t->fd);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (d == NULL) {
		*err = -errno;
		if (fd >= 0)
			close(fd);
		return list;
	}
	rewinddir(d);
	while ((e = readdir(d)) != NULL) {
		if ((e->d_type != DT_DIR && e->d_type != DT_UNKNOWN) ||
			strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
			(t->up < 0 && strcmp(e->d_name, OWN_DIRECTORY) == 0))
			continue;
		fd = tree_enter(tree, t->fd, e->d_name);
		if (fd >= 0)
			list = todo_new(list, fd, wd, e->d_name);
		else if (fd == -EMFILE || fd == -ENFILE)
			*err = fd;
	}
	closedir(d);
	return list;
}

static int add_below(struct watch *w, struct watched_folder *f, const struct tree *tree,
	struct todo *list)
{
	int err = 0;

	while (list != NULL) {
		struct todo *t = list;
		int wd = err ? err : add_one(w, f, t);

		list = t->next;
		if (wd >= 0)
			list = add_children(tree, list, t, wd, &err);
		else if (wd == -ENOSPC || wd == -ENOMEM)
			err = -ENOSPC;
		todo_free(t);
	}
	return err == -EMFILE || err == -ENFILE ? -ENOSPC : err;
}

int watch_add(struct watch *w, const struct hash *folder, const char *path)
{
	struct watched_folder *f = find_folder(w, folder);
	struct tree tree;
	int err = tree_open(&tree, path), fd;

	if (err)
		return err;
	if (f == NULL) {
		f = mem_new(sizeof(*f));
		f->id = *folder;
		f->path = mem_string(path);
		f->next = w->folders;
		w->folders = f;
	}
	fd = dup(tree.root);
	err = fd < 0 ? -errno : add_below(w, f, &tree, todo_new(NULL, fd, -1, NULL));
	tree_close(&tree);
	return err;
}

static void drop_folder(struct watch *w, struct watched_folder *f)
{
	struct watched *d, *next;

	HASH_ITER (hh, w->all, d, next) {
		if (d->folder != f)
			continue;
		inotify_rm_watch(w->fd, d->wd);
		watched_free(w, d);
	}
	mem_free(f->path);
	mem_free(f);
}

void watch_remove(struct watch *w, const struct hash *folder)
{
	struct watched_folder **at = &w->folders;

	while (*at != NULL && !id_equal(&(*at)->id, folder))
		at = &(*at)->next;
	if (*at != NULL) {
		struct watched_folder *f = *at;

		*at = f->next;
		drop_folder(w, f);
	}
}

void watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	while (w->folders != NULL) {
		struct watched_folder *f = w->folders;

		w->folders = f->next;
		drop_folder(w, f);
	}
	close(w->fd);
	mem_free(w);
}

/* ---- reading ---- */

/* Opens d from its folder's root, by the names above it. */
static int open_watched(struct watch *w, const struct tree *tree, struct watched *d)
{
	struct watched *path[DEPTH_MAX];
	size_t depth = 0;
	int fd;

	for (int up = d->wd; up >= 0 && d != NULL; up = d->up) {
		HASH_FIND_INT(w->all, &up, d);
		if (d == NULL || depth >= DEPTH_MAX)
			return -ENOENT;
		if (d->name != NULL)
			path[depth++] = d;
	}
	fd = dup(tree->root);
	while (depth > 0 && fd >= 0) {
		int next = tree_enter(tree, fd, path[--depth]->name);

		close(fd);
		fd = next;
	}
	return fd;
}

static void add_new(struct watch *w, struct watched *d, const char *name)
{
	struct tree tree;
	int dir, fd;

	if (d->name == NULL && strcmp(name, OWN_DIRECTORY) == 0)
		return;
	if (tree_open(&tree, d->folder->path) != 0)
		return;
	dir = open_watched(w, &tree, d);
	fd = dir < 0 ? dir : tree_enter(&tree, dir, name);
	/* What fails here is found by the scan. */
	if (fd >= 0)
		(void)add_below(w, d->folder, &tree, todo_new(NULL, fd, d->wd, name));
	if (dir >= 0)
		close(dir);
	tree_close(&tree);
}

static void see(struct watch *w, const struct inotify_event *e)
{
	struct watched *d;

	if (e->mask & IN_Q_OVERFLOW)
		for (struct watched_folder *f = w->folders; f != NULL; f = f->next)
			f->touched = true;
	HASH_FIND_INT(w->all, &e->wd, d);
	if (d == NULL)
		return;
	if (e->mask & IN_IGNORED) {
		watched_free(w, d);
		return;
	}
	if (d->name == NULL && e->len > 0 && strcmp(e->name, OWN_DIRECTORY) == 0)
		return;
	d->folder->touched = true;
	if ((e->mask & IN_ISDIR) && (e->mask & (IN_CREATE | IN_MOVED_TO)) && e->len > 0)
		add_new(w, d, e->name);
}

int watch_read(struct watch *w)
{
	char buffer[READ_SIZE] __attribute__((aligned(8)));

	for (unsigned i = 0; i < READS_MAX; i++) {
		ssize_t n = read(w->fd, buffer, sizeof(buffer));

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const void *)(buffer + at);

			see(w, e);
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
	return 0;
}

bool watch_take(struct watch *w, struct hash *folder)
{
	for (struct watched_folder *f = w->folders; f != NULL; f = f->next) {
		if (!f->touched)
			continue;
		f->touched = false;
		*folder = f->id;
		return true;
	}
	return false;
}
