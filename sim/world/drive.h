/* SPDX-License-Identifier: ISC */
/*
 * The disk of a device: what replication's jobs work on, and what its person does with
 * files. Either a store in memory, where a job is done or not, or the daemon's own sync/disk
 * on a simulated file system, which may lose its power in the middle of a job. Paths are
 * absolute; the folder lies at DRIVE_FOLDER. What a person does is on the disk at once.
 */
#pragma once

#include "sim/disk/sim_store.h"
#include "sim/world/plan.h"
#include "sync/memory/store.h"

#define DRIVE_FOLDER "/folder"

struct drive; /* private: drive.c */

/* log is borrowed for life. */
struct drive *drive_new(bool real, uint64_t seed, const struct log *log);
void drive_free(struct drive *d);
bool drive_is_real(const struct drive *d);

/* The machine begins: false when the disk cannot be used now. Time: ms since 1970. */
must_use bool drive_start(struct drive *d, int64_t now_ms);
/* Does the job in place. */
void drive_run(struct drive *d, int64_t now_ms, struct job *j);
/* The machine ended at once: what was not durable is gone. `running` was begun and is not
 * done, NULL: none; a real disk may do a part of it. */
void drive_crash(struct drive *d, int64_t now_ms, struct job *running);
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

/* All in the folder, as memory_begin and memory_next; no two walks of one real disk at a
 * time, and no change meanwhile. */
struct drive_cursor {
	/* private */
	struct memory_cursor memory;
	const struct sim_disk_list *list; /* NULL: in memory */
	size_t next;
};
void drive_begin(struct drive *d, struct drive_cursor *c);
bool drive_next(struct drive_cursor *c, struct memory_item *out);
void drive_path(const struct drive_cursor *c, char *out, size_t room);
/* Another number whenever the folder may have changed. */
uint64_t drive_changes(const struct drive *d);
