/* SPDX-License-Identifier: ISC */
/*
 * The calls of a kernel, on a simulated disk: each gives what the system call would, or a
 * negative errno. `at` is a descriptor of the disk, or AT_FDCWD for its root.
 */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include "sim/disk/inside.h"

/* ---- path.c ---- */

enum { FOLLOW = 1 << 30 }; /* beside the RESOLVE_ bits: the last name as well */

/* Where a path leads. */
struct place {
	struct inode *dir;  /* NULL: a path without a last name, such as "/" or ".." */
	struct inode *node; /* NULL: nothing has the name */
	char name[NAME_MAX + 1]; /* the last name */
};

must_use int place_find(
	struct sim_disk *d, int at, const char *path, uint64_t how, struct place *out);
/* NULL: not open. */
struct description *description_of(const struct sim_disk *d, int fd);
/* The number of a new descriptor; the description is held by it. */
must_use int descriptor_new(struct sim_disk *d, struct description *p);

/* ---- files.c ---- */

int call_open(struct sim_disk *d, int at, const char *path, int flags, mode_t mode,
	uint64_t resolve);
int call_close(struct sim_disk *d, int fd);
int call_dup(struct sim_disk *d, int fd);
int call_fcntl(struct sim_disk *d, int fd, int command, long argument);
/* at < 0: at the descriptor's own offset, which moves on. */
ssize_t call_read(struct sim_disk *d, int fd, void *out, size_t len, off_t at);
ssize_t call_write(struct sim_disk *d, int fd, const void *data, size_t len, off_t at);
off_t call_seek(struct sim_disk *d, int fd, off_t offset, int whence);
int call_truncate(struct sim_disk *d, int fd, off_t size);
int call_sync(struct sim_disk *d, int fd, bool data_only);
int call_sync_all(struct sim_disk *d, int fd);

/* ---- names.c ---- */

/* What a stat call with these flags looks at. */
int call_look(
	struct sim_disk *d, int at, const char *path, int flags, struct inode **out);
int call_chmod(struct sim_disk *d, struct inode *i, mode_t mode);
int call_times(struct sim_disk *d, struct inode *i, const struct timespec times[2]);
int call_mkdir(struct sim_disk *d, int at, const char *path, mode_t mode);
int call_symlink(struct sim_disk *d, const char *target, int at, const char *path);
int call_link(struct sim_disk *d, int at, const char *path, int to, const char *to_path);
int call_unlink(struct sim_disk *d, int at, const char *path, int flags);
int call_rename(struct sim_disk *d, int at, const char *path, int to, const char *to_path,
	unsigned flags);
ssize_t call_readlink(
	struct sim_disk *d, int at, const char *path, char *out, size_t room);
int call_statvfs(struct sim_disk *d, struct statvfs *out);
/* A new inode under a free name of a directory. */
int call_create(
	struct sim_disk *d, const struct place *p, mode_t mode, const char *target);
