/* SPDX-License-Identifier: ISC */
#include "sim/world/drive.h"

#include <errno.h>

#include "node/base/mem.h"

struct drive {
	struct memory_store *memory; /* owned */
	enum plan_disk fault;
};

enum {
	WRITING = 1u << JOB_RECORDS | 1u << JOB_SCAN | 1u << JOB_OBJECT_PUT |
		  1u << JOB_APPLY | 1u << JOB_FORGET,
	ANY = WRITING | 1u << JOB_OBJECT_GET | 1u << JOB_CHECK | 1u << JOB_LOAD,
};

struct drive *drive_new(bool real, uint64_t seed)
{
	struct drive *d = mem_new(sizeof(*d));

	(void)real;
	d->memory = memory_store_new(seed);
	return d;
}

void drive_free(struct drive *d)
{
	if (d == NULL)
		return;
	memory_store_free(d->memory);
	mem_free(d);
}

void drive_run(struct drive *d, struct instant now, struct job *j)
{
	(void)now;
	memory_store_run(d->memory, j);
}

void drive_crash(struct drive *d)
{
	memory_store_crash(d->memory);
}

void drive_fault(struct drive *d, enum plan_disk fault)
{
	static const int errors[] = { 0, ENOSPC, EROFS, EIO };

	d->fault = fault;
	memory_store_fail(
		d->memory, fault == PLAN_DISK_BROKEN ? ANY : WRITING, errors[fault]);
}

bool drive_writable(const struct drive *d)
{
	return d->fault == PLAN_DISK_GOOD;
}

void drive_write(struct drive *d, const char *path, struct bytes data, uint16_t mode,
	int64_t mtime_s)
{
	memory_write(d->memory, path, data, mode, mtime_s);
}

void drive_mkdir(struct drive *d, const char *path)
{
	memory_mkdir(d->memory, path);
}

void drive_symlink(struct drive *d, const char *path, const char *target)
{
	memory_symlink(d->memory, path, target);
}

bool drive_remove(struct drive *d, const char *path)
{
	return memory_remove(d->memory, path);
}

bool drive_rename(struct drive *d, const char *from, const char *to)
{
	return memory_rename(d->memory, from, to);
}

void drive_chmod(struct drive *d, const char *path, uint16_t mode)
{
	memory_chmod(d->memory, path, mode);
}

void drive_begin(const struct drive *d, struct drive_cursor *c)
{
	memory_begin(d->memory, DRIVE_FOLDER, &c->memory);
}

bool drive_next(struct drive_cursor *c, struct memory_item *out)
{
	return memory_next(&c->memory, out);
}

void drive_path(const struct drive_cursor *c, char *out, size_t room)
{
	memory_path(&c->memory, out, room);
}

uint64_t drive_changes(const struct drive *d)
{
	return memory_changes(d->memory);
}
