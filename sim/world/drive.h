/* SPDX-License-Identifier: ISC */
/*
 * The disk of a device: what replication's jobs work on, and what its person does with
 * files. Paths are absolute; the folder lies at DRIVE_FOLDER.
 */
#pragma once

#include "sim/world/plan.h"
#include "sync/memory/store.h"

#define DRIVE_FOLDER "/folder"

struct drive;

struct drive *drive_new(bool real, uint64_t seed);
void drive_free(struct drive *d);

/* Does the job in place. */
void drive_run(struct drive *d, struct instant now, struct job *j);
/* The machine ended at once: what was not durable is gone. */
void drive_crash(struct drive *d);
void drive_fault(struct drive *d, enum plan_disk fault);
/* Whether a person can write now. */
bool drive_writable(const struct drive *d);

void drive_write(struct drive *d, const char *path, struct bytes data, uint16_t mode,
	int64_t mtime_s);
void drive_mkdir(struct drive *d, const char *path);
void drive_symlink(struct drive *d, const char *path, const char *target);
bool drive_remove(struct drive *d, const char *path);
bool drive_rename(struct drive *d, const char *from, const char *to);
void drive_chmod(struct drive *d, const char *path, uint16_t mode);

/* All in the folder, as memory_begin and memory_next. */
struct drive_cursor {
	struct memory_cursor memory;
};
void drive_begin(const struct drive *d, struct drive_cursor *c);
bool drive_next(struct drive_cursor *c, struct memory_item *out);
void drive_path(const struct drive_cursor *c, char *out, size_t room);
/* Another number whenever the folder may have changed. */
uint64_t drive_changes(const struct drive *d);
