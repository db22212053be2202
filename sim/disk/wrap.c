/* SPDX-License-Identifier: ISC */
/*
 * The linker's --wrap sends the file calls of our own objects here (those of libraries go
 * their way). What names a descriptor of a simulated disk, or a path while a disk is
 * entered, goes to it; all else to the kernel. The Makefile has the list of the names.
 */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "sim/disk/calls.h"
#include "sim/disk/streams.h"
#include "sim/disk/vfs.h"

struct sim_disk *sim_disk_current;

#define WRAP(result, name, ...)                                                          \
	result __real_##name(__VA_ARGS__);                                               \
	result __wrap_##name(__VA_ARGS__);                                               \
	result __wrap_##name(__VA_ARGS__)

static ssize_t answer(ssize_t n)
{
	if (n >= 0)
		return n;
	errno = (int)-n;
	return -1;
}

static int give(ssize_t n)
{
	return (int)answer(n);
}

static bool ours(int fd)
{
	return fd >= DESCRIPTOR_BASE;
}

/* A path below `at`. */
static bool ours_at(int at, const char *path)
{
	return ours(at) ||
	       (sim_disk_current != NULL && (at == AT_FDCWD || path[0] == '/'));
}

/* A descriptor of ours while no disk is entered is a mistake of the caller. */
static struct sim_disk *here(void)
{
	check(sim_disk_current != NULL);
	return sim_disk_current;
}

static dev_t device(void)
{
	return makedev(7, 1);
}

/* ---- open and close ---- */

WRAP(int, openat, int at, const char *path, int flags, ...)
{
	va_list list;
	mode_t mode;

	va_start(list, flags);
	mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
	va_end(list);
	if (!ours_at(at, path))
		return __real_openat(at, path, flags, mode);
	return give(call_open(here(), at, path, flags, mode, 0));
}

WRAP(int, open, const char *path, int flags, ...)
{
	va_list list;
	mode_t mode;

	va_start(list, flags);
	mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
	va_end(list);
	if (!ours_at(AT_FDCWD, path))
		return __real_open(path, flags, mode);
	return give(call_open(here(), AT_FDCWD, path, flags, mode, 0));
}

WRAP(int, __openat_2, int at, const char *path, int flags)
{
	return __wrap_openat(at, path, flags, 0);
}

WRAP(int, __open_2, const char *path, int flags)
{
	return __wrap_openat(AT_FDCWD, path, flags, 0);
}

static long open_under(int at, const char *path, const struct open_how *how)
{
	return give(call_open(
		here(), at, path, (int)how->flags, (mode_t)how->mode, how->resolve));
}

/* openat2 has no function of its own. */
WRAP(long, syscall, long number, ...)
{
	va_list list;
	long a[6];

	va_start(list, number);
	for (size_t i = 0; i < array_len(a); i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_openat2 && ours_at((int)a[0], (const char *)a[1]))
		return open_under(
			(int)a[0], (const char *)a[1], (const struct open_how *)a[2]);
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

WRAP(int, close, int fd)
{
	return ours(fd) ? give(call_close(here(), fd)) : __real_close(fd);
}

WRAP(int, dup, int fd)
{
	return ours(fd) ? give(call_dup(here(), fd)) : __real_dup(fd);
}

WRAP(int, fcntl, int fd, int command, ...)
{
	va_list list;
	long argument;

	va_start(list, command);
	argument = va_arg(list, long);
	va_end(list);
	return ours(fd) ? give(call_fcntl(here(), fd, command, argument))
			: __real_fcntl(fd, command, argument);
}

/* ---- bytes ---- */

WRAP(ssize_t, read, int fd, void *out, size_t len)
{
	return ours(fd) ? answer(call_read(here(), fd, out, len, -1))
			: __real_read(fd, out, len);
}

WRAP(ssize_t, __read_chk, int fd, void *out, size_t len, size_t room)
{
	check(len <= room);
	return __wrap_read(fd, out, len);
}

WRAP(ssize_t, pread, int fd, void *out, size_t len, off_t at)
{
	return ours(fd) ? answer(at < 0 ? -EINVAL : call_read(here(), fd, out, len, at))
			: __real_pread(fd, out, len, at);
}

WRAP(ssize_t, __pread_chk, int fd, void *out, size_t len, off_t at, size_t room)
{
	check(len <= room);
	return __wrap_pread(fd, out, len, at);
}

WRAP(ssize_t, write, int fd, const void *data, size_t len)
{
	return ours(fd) ? answer(call_write(here(), fd, data, len, -1))
			: __real_write(fd, data, len);
}

WRAP(ssize_t, pwrite, int fd, const void *data, size_t len, off_t at)
{
	return ours(fd) ? answer(at < 0 ? -EINVAL : call_write(here(), fd, data, len, at))
			: __real_pwrite(fd, data, len, at);
}

WRAP(off_t, lseek, int fd, off_t offset, int whence)
{
	return ours(fd) ? answer(call_seek(here(), fd, offset, whence))
			: __real_lseek(fd, offset, whence);
}

WRAP(int, ftruncate, int fd, off_t size)
{
	return ours(fd) ? give(call_truncate(here(), fd, size))
			: __real_ftruncate(fd, size);
}

WRAP(int, fsync, int fd)
{
	return ours(fd) ? give(call_sync(here(), fd, false)) : __real_fsync(fd);
}

WRAP(int, fdatasync, int fd)
{
	return ours(fd) ? give(call_sync(here(), fd, true)) : __real_fdatasync(fd);
}

WRAP(int, syncfs, int fd)
{
	return ours(fd) ? give(call_sync_all(here(), fd)) : __real_syncfs(fd);
}

/* ---- looks ---- */

static void fill_stat(const struct inode *i, struct stat *out)
{
	*out = (struct stat){ .st_dev = device(),
		.st_ino = i->ino,
		.st_mode = i->mode,
		.st_nlink = i->links,
		.st_uid = geteuid(),
		.st_size = (off_t)i->size,
		.st_blksize = PAGE,
		.st_blocks = i->content != NULL
				     ? (blkcnt_t)i->content->allocated * (PAGE / 512)
				     : 0,
		.st_atim = i->mtime,
		.st_mtim = i->mtime,
		.st_ctim = i->ctime };
}

static int stat_at(int at, const char *path, int flags, struct stat *out)
{
	struct inode *i;
	int err = call_look(here(), at, path, flags, &i);

	if (!err)
		fill_stat(i, out);
	return give(err);
}

WRAP(int, fstat, int fd, struct stat *out)
{
	return ours(fd) ? stat_at(fd, "", AT_EMPTY_PATH, out) : __real_fstat(fd, out);
}

WRAP(int, fstatat, int at, const char *path, struct stat *out, int flags)
{
	return ours_at(at, path) ? stat_at(at, path, flags, out)
				 : __real_fstatat(at, path, out, flags);
}

WRAP(int, stat, const char *path, struct stat *out)
{
	return ours_at(AT_FDCWD, path) ? stat_at(AT_FDCWD, path, 0, out)
				       : __real_stat(path, out);
}

WRAP(int, lstat, const char *path, struct stat *out)
{
	return ours_at(AT_FDCWD, path) ? stat_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, out)
				       : __real_lstat(path, out);
}

static struct statx_timestamp stamp_of(struct timespec t)
{
	return (struct statx_timestamp){ .tv_sec = t.tv_sec,
		.tv_nsec = (uint32_t)t.tv_nsec };
}

static void fill_statx(const struct inode *i, struct statx *out)
{
	*out = (struct statx){
		.stx_mask = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID,
		.stx_ino = i->ino,
		.stx_mode = (uint16_t)i->mode,
		.stx_nlink = i->links,
		.stx_uid = geteuid(),
		.stx_size = i->size,
		.stx_blksize = PAGE,
		.stx_mtime = stamp_of(i->mtime),
		.stx_atime = stamp_of(i->mtime),
		.stx_ctime = stamp_of(i->ctime),
		.stx_btime = stamp_of(i->btime),
		.stx_dev_major = major(device()),
		.stx_dev_minor = minor(device()),
		.stx_mnt_id = 1,
	};
}

WRAP(int, statx, int at, const char *path, int flags, unsigned mask, struct statx *out)
{
	struct inode *i;
	int err;

	if (!ours_at(at, path))
		return __real_statx(at, path, flags, mask, out);
	err = call_look(here(), at, path, flags, &i);
	if (!err)
		fill_statx(i, out);
	return give(err);
}

WRAP(int, access, const char *path, int mode)
{
	struct inode *i;

	return ours_at(AT_FDCWD, path) ? give(call_look(here(), AT_FDCWD, path, 0, &i))
				       : __real_access(path, mode);
}

WRAP(int, faccessat, int at, const char *path, int mode, int flags)
{
	struct inode *i;

	return ours_at(at, path) ? give(call_look(here(), at, path, flags, &i))
				 : __real_faccessat(at, path, mode, flags);
}

WRAP(int, fstatvfs, int fd, struct statvfs *out)
{
	return ours(fd) ? give(call_statvfs(here(), out)) : __real_fstatvfs(fd, out);
}

WRAP(int, fchmod, int fd, mode_t mode)
{
	const struct description *p;

	if (!ours(fd))
		return __real_fchmod(fd, mode);
	p = description_of(here(), fd);
	return give(p == NULL ? -EBADF : call_chmod(here(), p->inode, mode));
}

/* The link of a descriptor is the one path that is not of the disk's own tree. */
WRAP(int, chmod, const char *path, mode_t mode)
{
	static const char link[] = "/proc/self/fd/";
	struct inode *i;
	int err;

	if (strncmp(path, link, sizeof(link) - 1) == 0) {
		int fd = (int)strtol(path + sizeof(link) - 1, NULL, 10);

		return ours(fd) ? __wrap_fchmod(fd, mode) : __real_chmod(path, mode);
	}
	if (!ours_at(AT_FDCWD, path))
		return __real_chmod(path, mode);
	err = call_look(here(), AT_FDCWD, path, 0, &i);
	return give(err ? err : call_chmod(here(), i, mode));
}

WRAP(int, futimens, int fd, const struct timespec times[2])
{
	const struct description *p;

	if (!ours(fd))
		return __real_futimens(fd, times);
	p = description_of(here(), fd);
	return give(p == NULL ? -EBADF : call_times(here(), p->inode, times));
}

WRAP(int, utimensat, int at, const char *path, const struct timespec times[2], int flags)
{
	struct inode *i;
	int err;

	if (!ours_at(at, path))
		return __real_utimensat(at, path, times, flags);
	err = call_look(here(), at, path, flags, &i);
	return give(err ? err : call_times(here(), i, times));
}

/* ---- names ---- */

WRAP(int, mkdirat, int at, const char *path, mode_t mode)
{
	return ours_at(at, path) ? give(call_mkdir(here(), at, path, mode))
				 : __real_mkdirat(at, path, mode);
}

WRAP(int, mkdir, const char *path, mode_t mode)
{
	return ours_at(AT_FDCWD, path) ? give(call_mkdir(here(), AT_FDCWD, path, mode))
				       : __real_mkdir(path, mode);
}

WRAP(int, symlinkat, const char *target, int at, const char *path)
{
	return ours_at(at, path) ? give(call_symlink(here(), target, at, path))
				 : __real_symlinkat(target, at, path);
}

WRAP(int, linkat, int at, const char *path, int to, const char *to_path, int flags)
{
	return ours_at(at, path) ? give(call_link(here(), at, path, to, to_path))
				 : __real_linkat(at, path, to, to_path, flags);
}

WRAP(int, unlinkat, int at, const char *path, int flags)
{
	return ours_at(at, path) ? give(call_unlink(here(), at, path, flags))
				 : __real_unlinkat(at, path, flags);
}

WRAP(int, renameat2, int at, const char *path, int to, const char *to_path,
	unsigned flags)
{
	return ours_at(at, path) ? give(call_rename(here(), at, path, to, to_path, flags))
				 : __real_renameat2(at, path, to, to_path, flags);
}

WRAP(int, renameat, int at, const char *path, int to, const char *to_path)
{
	return ours_at(at, path) ? give(call_rename(here(), at, path, to, to_path, 0))
				 : __real_renameat(at, path, to, to_path);
}

WRAP(int, rename, const char *path, const char *to_path)
{
	return ours_at(AT_FDCWD, path)
		       ? __wrap_renameat(AT_FDCWD, path, AT_FDCWD, to_path)
		       : __real_rename(path, to_path);
}

WRAP(ssize_t, readlinkat, int at, const char *path, char *out, size_t room)
{
	return ours_at(at, path) ? answer(call_readlink(here(), at, path, out, room))
				 : __real_readlinkat(at, path, out, room);
}

WRAP(ssize_t, __readlinkat_chk, int at, const char *path, char *out, size_t len,
	size_t room)
{
	check(len <= room);
	return __wrap_readlinkat(at, path, out, len);
}

/* ---- directories ---- */

WRAP(DIR *, fdopendir, int fd)
{
	struct stream *s;
	int err;

	if (!ours(fd))
		return __real_fdopendir(fd);
	err = stream_open(here(), fd, &s);
	if (err)
		errno = -err;
	return err ? NULL : (DIR *)s;
}

WRAP(struct dirent *, readdir, DIR *dir)
{
	struct stream *s = stream_of(dir);

	return s != NULL ? stream_read(s) : __real_readdir(dir);
}

WRAP(void, rewinddir, DIR *dir)
{
	struct stream *s = stream_of(dir);

	if (s != NULL)
		stream_rewind(s);
	else
		__real_rewinddir(dir);
}

WRAP(int, closedir, DIR *dir)
{
	struct stream *s = stream_of(dir);
	int fd;

	if (s == NULL)
		return __real_closedir(dir);
	fd = stream_close(s);
	return give(call_close(here(), fd));
}

/* ---- time and luck ---- */

WRAP(int, clock_gettime, clockid_t clock, struct timespec *out)
{
	if (sim_disk_current == NULL || clock != CLOCK_REALTIME)
		return __real_clock_gettime(clock, out);
	*out = disk_time(sim_disk_current);
	return 0;
}

WRAP(ssize_t, getrandom, void *out, size_t len, unsigned flags)
{
	if (sim_disk_current == NULL)
		return __real_getrandom(out, len, flags);
	rng_fill(&sim_disk_current->rng, out, len);
	return (ssize_t)len;
}

/* ---- coming and going ---- */

void sim_disk_enter(struct sim_disk *d)
{
	check(sim_disk_current == NULL);
	sim_disk_current = d;
	vfs_enter();
}

void sim_disk_leave(void)
{
	check(sim_disk_current != NULL);
	vfs_leave();
	sim_disk_current = NULL;
}
