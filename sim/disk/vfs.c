/* SPDX-License-Identifier: ISC */
/*
 * A file system of SQLite (sqlite.org/vfs.html). A database is used by one connection, with
 * exclusive locking, so there are neither locks nor shared memory. Its random numbers are
 * begun anew at each entering: what one disk sees does not depend on what others do.
 */
#include "sim/disk/vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#include "sim/disk/calls.h"

enum { JULIAN_1970_MS_HIGH = 2440587, DAY_MS = 86400000 };

struct vfs_file {
	sqlite3_file base; /* first, as SQLite wants it */
	struct sim_disk *disk;
	int fd;
	bool vanishes; /* its name goes with it */
	char name[512];
};

static int file_close(sqlite3_file *f)
{
	struct vfs_file *v = (struct vfs_file *)f;

	(void)call_close(v->disk, v->fd);
	if (v->vanishes)
		(void)call_unlink(v->disk, AT_FDCWD, v->name, 0);
	return SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *out, int len, sqlite3_int64 at)
{
	struct vfs_file *v = (struct vfs_file *)f;
	ssize_t n = call_read(v->disk, v->fd, out, (size_t)len, at);

	if (n < 0)
		return SQLITE_IOERR_READ;
	memset((char *)out + n, 0, (size_t)(len - n));
	return n == len ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *f, const void *data, int len, sqlite3_int64 at)
{
	struct vfs_file *v = (struct vfs_file *)f;
	ssize_t n = call_write(v->disk, v->fd, data, (size_t)len, at);

	if (n == len)
		return SQLITE_OK;
	return n >= 0 || n == -ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct vfs_file *v = (struct vfs_file *)f;

	return call_truncate(v->disk, v->fd, size) < 0 ? SQLITE_IOERR_TRUNCATE
						       : SQLITE_OK;
}

static int file_sync(sqlite3_file *f, int flags)
{
	struct vfs_file *v = (struct vfs_file *)f;

	return call_sync(v->disk, v->fd, flags & SQLITE_SYNC_DATAONLY) < 0
		       ? SQLITE_IOERR_FSYNC
		       : SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
	struct vfs_file *v = (struct vfs_file *)f;
	const struct description *p = description_of(v->disk, v->fd);

	if (p == NULL || disk_may_look(v->disk) < 0)
		return SQLITE_IOERR_FSTAT;
	*size = (sqlite3_int64)p->inode->size;
	return SQLITE_OK;
}

static int file_lock(sqlite3_file *f, int level)
{
	(void)f;
	(void)level;
	return SQLITE_OK;
}

static int file_reserved(sqlite3_file *f, int *out)
{
	(void)f;
	*out = 0;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *f, int what, void *argument)
{
	(void)f;
	(void)what;
	(void)argument;
	return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *f)
{
	(void)f;
	return PAGE;
}

static int file_traits(sqlite3_file *f)
{
	(void)f;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_lock,
	.xCheckReservedLock = file_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
};

/* ---- the file system ---- */

static int flags_of(int flags)
{
	int out = flags & SQLITE_OPEN_READWRITE ? O_RDWR : O_RDONLY;

	if (flags & SQLITE_OPEN_CREATE)
		out |= O_CREAT;
	if (flags & SQLITE_OPEN_EXCLUSIVE)
		out |= O_EXCL;
	if (flags & SQLITE_OPEN_NOFOLLOW)
		out |= O_NOFOLLOW;
	return out;
}

static int vfs_open(
	sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
	struct vfs_file *v = (struct vfs_file *)f;
	struct sim_disk *d = sim_disk_current;

	(void)vfs;
	memset(v, 0, sizeof(*v));
	/* What has no name (files for sorting) is kept in memory by our settings. */
	if (d == NULL || name == NULL || strlen(name) >= sizeof(v->name))
		return SQLITE_CANTOPEN;
	v->disk = d;
	v->fd = call_open(d, AT_FDCWD, name, flags_of(flags), 0600, 0);
	if (v->fd == -EROFS || v->fd == -EACCES) {
		flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) |
			SQLITE_OPEN_READONLY;
		v->fd = call_open(d, AT_FDCWD, name, flags_of(flags), 0600, 0);
	}
	if (v->fd < 0)
		return SQLITE_CANTOPEN;
	memcpy(v->name, name, strlen(name) + 1);
	v->vanishes = flags & SQLITE_OPEN_DELETEONCLOSE;
	v->base.pMethods = &methods;
	if (out_flags != NULL)
		*out_flags = flags;
	return SQLITE_OK;
}

static int sync_above(struct sim_disk *d, const char *name)
{
	char path[PATH_ROOM];
	size_t len = (size_t)(strrchr(name, '/') - name);
	int fd, err;

	memcpy(path, name, len + 1);
	path[len + (len == 0)] = '\0';
	fd = call_open(d, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, 0);
	if (fd < 0)
		return fd;
	err = call_sync(d, fd, false);
	(void)call_close(d, fd);
	return err;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	struct sim_disk *d = sim_disk_current;
	int err = d != NULL ? call_unlink(d, AT_FDCWD, name, 0) : -EIO;

	(void)vfs;
	if (err == -ENOENT)
		return SQLITE_IOERR_DELETE_NOENT;
	if (err)
		return SQLITE_IOERR_DELETE;
	return sync_dir && sync_above(d, name) < 0 ? SQLITE_IOERR_DIR_FSYNC : SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	struct sim_disk *d = sim_disk_current;
	struct inode *i;

	(void)vfs;
	*out = d != NULL && call_look(d, AT_FDCWD, name, 0, &i) == 0 &&
	       (flags != SQLITE_ACCESS_EXISTS || !S_ISREG(i->mode) || i->size > 0);
	return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int room, char *out)
{
	size_t len = strlen(name);

	(void)vfs;
	if (name[0] != '/' || len >= (size_t)room)
		return SQLITE_CANTOPEN;
	memcpy(out, name, len + 1);
	return SQLITE_OK;
}

static int vfs_random(sqlite3_vfs *vfs, int len, char *out)
{
	(void)vfs;
	if (sim_disk_current == NULL)
		return 0;
	rng_fill(&sim_disk_current->rng, out, (size_t)len);
	return len;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

static int vfs_time_ms(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
	int64_t now = sim_disk_current != NULL ? sim_disk_current->now_ns : 0;

	(void)vfs;
	*out = (sqlite3_int64)JULIAN_1970_MS_HIGH * DAY_MS + DAY_MS / 2 + now / 1000000;
	return SQLITE_OK;
}

static int vfs_time(sqlite3_vfs *vfs, double *out)
{
	sqlite3_int64 ms;

	vfs_time_ms(vfs, &ms);
	*out = (double)ms / DAY_MS;
	return SQLITE_OK;
}

static int vfs_error(sqlite3_vfs *vfs, int room, char *out)
{
	(void)vfs;
	(void)room;
	(void)out;
	return 0;
}

static sqlite3_vfs simulated = {
	.iVersion = 2,
	.szOsFile = sizeof(struct vfs_file),
	.mxPathname = 500,
	.zName = "qanat-sim-disk",
	.xOpen = vfs_open,
	.xDelete = vfs_delete,
	.xAccess = vfs_access,
	.xFullPathname = vfs_full_path,
	.xRandomness = vfs_random,
	.xSleep = vfs_sleep,
	.xCurrentTime = vfs_time,
	.xGetLastError = vfs_error,
	.xCurrentTimeInt64 = vfs_time_ms,
};

static sqlite3_vfs *before; /* the default that ours stands in for */

void vfs_enter(void)
{
	check(sqlite3_initialize() == SQLITE_OK);
	before = sqlite3_vfs_find(NULL);
	check(sqlite3_vfs_register(&simulated, 1) == SQLITE_OK);
	sqlite3_randomness(0, NULL);
}

void vfs_leave(void)
{
	check(sqlite3_vfs_register(before, 1) == SQLITE_OK);
	sqlite3_randomness(0, NULL);
}
