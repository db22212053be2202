/* SPDX-License-Identifier: ISC */
/*
 * A node's store in a world: sync/disk on a simulated disk of its own, with its state under
 * /state. Folders lie where the jobs say; the world makes their directories.
 */
#pragma once

#include "node/base/log.h"
#include "sim/disk/sim_disk.h"
#include "sync/store.h"

struct sim_store;

/* A disk on which a store was opened and closed, for sim_store_new; caller frees. */
struct sim_disk *sim_store_image(void);
/* A clone of image, and closed: start it. log is borrowed for life. */
struct sim_store *sim_store_new(
	struct sim_disk *image, uint64_t seed, const struct log *log);
/* NULL is fine. */
void sim_store_free(struct sim_store *s);
/* For faults, cuts and a user's hand; owned by s. */
struct sim_disk *sim_store_disk(struct sim_store *s);

/* 0, or what disk_open says. */
must_use int sim_store_start(struct sim_store *s, int64_t now_ns);
/* Does the job in place; -EIO while the store is not open. */
void sim_store_run(struct sim_store *s, int64_t now_ns, struct job *j);
/* Nothing is to be done for the moment. */
void sim_store_idle(struct sim_store *s, int64_t now_ns);
/* In good order. */
void sim_store_stop(struct sim_store *s, int64_t now_ns);
/* At once: only the program, or the power as well. */
void sim_store_kill(struct sim_store *s);
void sim_store_crash(struct sim_store *s);
