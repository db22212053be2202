/* SPDX-License-Identifier: ISC */
/* The real sync/disk on a simulated disk, and short ways to give it jobs. */
#pragma once

#include "sim/disk/sim_disk.h"
#include "sync/disk/disk.h"
#include "tests/test.h"

#define STATE  "/state"
#define FOLDER "/folder"

struct rig {
	struct sim_disk *fs;
	struct disk *disk; /* NULL: closed */
	int64_t now_ns;
	uint64_t versions; /* given out */
	struct log log;
};

/* What one rig has and another is to get. */
struct plan {
	struct {
		struct hash id;
		uint8_t *data;
		size_t len;
	} * objects;
	size_t object_count, object_room;
	struct apply_item *items;
	size_t count;
};

struct job *rig_job(enum job_kind kind);
/* In its own time, a millisecond later than the job before. */
void rig_run(struct rig *r, struct job *j);

/* An empty folder and a state directory, open. */
void rig_init(struct rig *r, uint64_t seed);
/* A copy of a disk that is closed; nothing is opened. */
void rig_clone(struct rig *r, struct rig *from, uint64_t seed);
void rig_fini(struct rig *r);
must_use int rig_open(struct rig *r);
void rig_close(struct rig *r);
/* The power goes, if it has not yet, and comes back. */
void rig_crash(struct rig *r);
/* The program ends without a word. */
void rig_kill(struct rig *r);

/* Scans and adopts until nothing is new; the number of items. */
size_t rig_settle(struct rig *r);
/* What has changed since is adopted here and comes into the plan, with all objects. */
void plan_make(struct plan *p, struct rig *from);
void plan_free(struct plan *p);
/* The plan's objects, as jobs. The first error, or 0. */
int plan_put(const struct plan *p, struct rig *to);
/* The job that applies the plan; caller runs and frees it. */
struct job *plan_job(const struct plan *p);
/* All of it, which must succeed. */
void plan_apply(const struct plan *p, struct rig *to);
