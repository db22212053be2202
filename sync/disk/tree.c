/* SPDX-License-Identifier: ISC */
/*
 * Where openat2 is missing or forbidden, a single name is opened with O_NOFOLLOW and the
 * device of what came is compared: the same walls, one call later. The folder's own
 * directory holds the marker, without which an empty mount point would look like a folder
 * whose files were all deleted, and the temporaries, so that a rename stays on one file
 * system.
 */
#include "sync/disk/tree.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "node/base/text.h"

enum { MARKER_TEXT = 64, PERMISSIONS = 0777 };

#define MARKER "folder"
#define TEMP   "temp"

static bool single(const char *name)
{
	return name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

static int take_stamp(const struct tree *t, const struct statx *x, struct stamp *out)
{
	*out = (struct stamp){
		.mode = x->stx_mode & PERMISSIONS,
		.size = x->stx_size,
		.ino = x->stx_ino,
		.mtime_s = x->stx_mtime.tv_sec,
		.mtime_ns = x->stx_mtime.tv_nsec,
		.ctime_s = x->stx_ctime.tv_sec,
		.ctime_ns = x->stx_ctime.tv_nsec,
	};
	if (x->stx_mask & STATX_BTIME) {
		out->btime_s = x->stx_btime.tv_sec;
		out->btime_ns = x->stx_btime.tv_nsec;
	}
	if (S_ISREG(x->stx_mode))
		out->kind = ENTRY_FILE;
	else if (S_ISDIR(x->stx_mode))
		out->kind = ENTRY_DIRECTORY;
	else if (S_ISLNK(x->stx_mode))
		out->kind = ENTRY_SYMLINK;
	if (out->kind == ENTRY_DIRECTORY)
		out->size = 0;
	out->foreign = makedev(x->stx_dev_major, x->stx_dev_minor) != t->device ||
		       ((x->stx_mask & STATX_MNT_ID) && x->stx_mnt_id != t->mount);
	return 0;
}

int tree_stamp(const struct tree *t, int dir, const char *name, struct stamp *out)
{
	struct statx x;

	if (!single(name))
		return -EINVAL;
	if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
		    STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &x) < 0)
		return -errno;
	return take_stamp(t, &x, out);
}

int tree_stamp_fd(const struct tree *t, int fd, struct stamp *out)
{
	struct statx x;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID,
		    &x) < 0)
		return -errno;
	return take_stamp(t, &x, out);
}

static int open_plain(const struct tree *t, int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_NOFOLLOW);
	struct stamp s = { 0 };
	int err;

	if (fd < 0)
		return -errno;
	err = tree_stamp_fd(t, fd, &s);
	if (!err && s.foreign)
		err = -EXDEV;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* One name, existing, under the walls that this kernel has. */
static int open_single(const struct tree *t, int dir, const char *name, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};
	long fd;

	if (!single(name))
		return -EINVAL;
	fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));
	if (fd >= 0)
		return (int)fd;
	if (errno != ENOSYS && errno != EPERM)
		return -errno;
	return open_plain(t, dir, name, flags | O_CLOEXEC);
}

int tree_enter(const struct tree *t, int dir, const char *name)
{
	return open_single(t, dir, name, O_RDONLY | O_DIRECTORY);
}

int tree_read(const struct tree *t, int dir, const char *name)
{
	int fd = open_single(t, dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stamp s = { 0 };
	int err;

	if (fd < 0)
		return fd;
	err = tree_stamp_fd(t, fd, &s);
	if (!err && s.kind != ENTRY_FILE)
		err = -EINVAL;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int tree_link(int dir, const char *name, char *out, size_t room, size_t *len)
{
	ssize_t n;

	if (!single(name))
		return -EINVAL;
	n = readlinkat(dir, name, out, room);
	if (n < 0)
		return -errno;
	if ((size_t)n >= room)
		return -ENAMETOOLONG;
	*len = (size_t)n;
	return 0;
}

/* ---- stamps ---- */

bool stamp_same_file(const struct stamp *a, const struct stamp *b)
{
	if (a->ino != b->ino || a->kind != b->kind)
		return false;
	if (a->btime_s != 0 && b->btime_s != 0)
		return a->btime_s == b->btime_s && a->btime_ns == b->btime_ns;
	return a->kind == ENTRY_DIRECTORY ||
	       (a->size == b->size && a->mtime_s == b->mtime_s &&
		       a->mtime_ns == b->mtime_ns);
}

bool stamp_alike(const struct stamp *a, const struct stamp *b)
{
	if (!stamp_same_file(a, b))
		return false;
	if (a->kind == ENTRY_DIRECTORY)
		return a->mode == b->mode;
	return a->size == b->size && a->mtime_s == b->mtime_s &&
	       a->mtime_ns == b->mtime_ns &&
	       (a->kind == ENTRY_SYMLINK || a->mode == b->mode);
}

bool stamp_equal(const struct stamp *a, const struct stamp *b)
{
	if (!stamp_alike(a, b))
		return false;
	return a->kind == ENTRY_DIRECTORY ||
	       (a->ctime_s == b->ctime_s && a->ctime_ns == b->ctime_ns);
}

/* ---- names ---- */

int tree_move(int from, const char *name, int to, const char *to_name)
{
	if (!single(name) || !single(to_name))
		return -EINVAL;
	if (renameat2(from, name, to, to_name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* A link never replaces; a directory cannot be linked and goes without the
	 * guard. */
	if (linkat(from, name, to, to_name, 0) == 0)
		return unlinkat(from, name, 0) < 0 ? -errno : 0;
	if (errno != EPERM)
		return -errno;
	if (faccessat(to, to_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(from, name, to, to_name) < 0 ? -errno : 0;
}

int tree_swap(int from, const char *name, int to, const char *to_name)
{
	if (!single(name) || !single(to_name))
		return -EINVAL;
	if (renameat2(from, name, to, to_name, RENAME_EXCHANGE) == 0)
		return 0;
	return errno == ENOSYS ? -EINVAL : -errno;
}

/* chmod through the descriptor's own link, which works for files that may not be
 * opened. */
static int set_mode(int fd, uint16_t mode)
{
	char path[32];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return chmod(path, (st.st_mode & 07000) | mode) < 0 ? -errno : 0;
}

int tree_dress(const struct tree *t, int dir, const char *name, uint64_t ino,
	const struct stamp *want)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = want->mtime_s, .tv_nsec = want->mtime_ns } };
	int fd = want->kind == ENTRY_SYMLINK
			 ? open_plain(t, dir, name, O_PATH | O_CLOEXEC)
			 : open_single(t, dir, name, O_PATH);
	struct stamp s = { 0 };
	int err;

	if (fd < 0)
		return fd;
	err = tree_stamp_fd(t, fd, &s);
	if (!err && (s.ino != ino || s.kind != want->kind))
		err = -ESTALE;
	if (!err && s.kind != ENTRY_SYMLINK && s.mode != want->mode)
		err = set_mode(fd, want->mode);
	if (!err && s.kind != ENTRY_DIRECTORY &&
		utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		err = -errno;
	close(fd);
	return err;
}

void temp_name(char out[TEMP_NAME_ROOM], const struct short_id *file)
{
	struct text t = text_of(out, TEMP_NAME_ROOM);

	text_hex(&t, id_bytes(file));
}

/* ---- the root and its marker ---- */

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int tree_open(struct tree *t, const char *path)
{
	struct statx x;

	*t = (struct tree){ .root = -1, .own = -1, .temp = -1 };
	if (path == NULL)
		return -ENOENT;
	t->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->root < 0)
		return -errno;
	if (statx(t->root, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &x) < 0) {
		int err = -errno;

		close_one(&t->root);
		return err;
	}
	t->device = makedev(x.stx_dev_major, x.stx_dev_minor);
	t->mount = (x.stx_mask & STATX_MNT_ID) ? x.stx_mnt_id : 0;
	return 0;
}

void tree_close(struct tree *t)
{
	close_one(&t->temp);
	close_one(&t->own);
	close_one(&t->root);
}

static void marker_text(char out[MARKER_TEXT + 2], const struct hash *folder)
{
	struct text t = text_of(out, MARKER_TEXT + 2);

	text_hex(&t, id_bytes(folder));
	text_char(&t, '\n');
}

static int open_temp(struct tree *t)
{
	if (mkdirat(t->own, TEMP, 0700) < 0 && errno != EEXIST && errno != EROFS)
		return -errno;
	t->temp = tree_enter(t, t->own, TEMP);
	return t->temp < 0 && t->temp != -ENOENT ? t->temp : 0;
}

int tree_marker(struct tree *t, const struct hash *folder)
{
	char want[MARKER_TEXT + 2], got[MARKER_TEXT + 2];
	ssize_t n;
	int fd;

	close_one(&t->temp);
	close_one(&t->own);
	t->own = tree_enter(t, t->root, OWN_DIRECTORY);
	if (t->own < 0)
		return t->own;
	fd = tree_read(t, t->own, MARKER);
	if (fd < 0)
		return fd;
	n = read(fd, got, sizeof(got));
	close(fd);
	if (n < 0)
		return -EIO;
	if (n == 0) /* cut short when it was made */
		return -ENOENT;
	marker_text(want, folder);
	if (n < MARKER_TEXT || memcmp(want, got, MARKER_TEXT) != 0)
		return -EEXIST;
	return open_temp(t);
}

static int write_marker(struct tree *t, const struct hash *folder)
{
	char text[MARKER_TEXT + 2];
	int fd = openat(t->own, MARKER ".new",
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int err = 0;

	if (fd < 0)
		return -errno;
	marker_text(text, folder);
	if (write(fd, text, MARKER_TEXT + 1) != MARKER_TEXT + 1)
		err = -ENOSPC;
	if (!err && fsync(fd) < 0)
		err = -errno;
	close(fd);
	if (!err && renameat(t->own, MARKER ".new", t->own, MARKER) < 0)
		err = -errno;
	if (!err && (fsync(t->own) < 0 || fsync(t->root) < 0))
		err = -errno;
	return err;
}

int tree_marker_make(struct tree *t, const struct hash *folder)
{
	int err;

	if (mkdirat(t->root, OWN_DIRECTORY, 0700) < 0 && errno != EEXIST)
		return -errno;
	close_one(&t->own);
	t->own = tree_enter(t, t->root, OWN_DIRECTORY);
	if (t->own < 0)
		return t->own;
	err = write_marker(t, folder);
	return err ? err : open_temp(t);
}

static void empty_temp(struct tree *t)
{
	int fd = dup(t->temp);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (d == NULL) {
		close_one(&fd);
		return;
	}
	while ((e = readdir(d)) != NULL)
		if (single(e->d_name) &&
			strncmp(e->d_name, TEMP_SAVED, strlen(TEMP_SAVED)) != 0)
			unlinkat(t->temp, e->d_name, 0);
	closedir(d);
}

void tree_marker_remove(struct tree *t)
{
	if (t->own < 0)
		return;
	if (t->temp >= 0)
		empty_temp(t);
	unlinkat(t->own, TEMP, AT_REMOVEDIR);
	unlinkat(t->own, MARKER ".new", 0);
	unlinkat(t->own, MARKER, 0);
	unlinkat(t->root, OWN_DIRECTORY, AT_REMOVEDIR);
}
