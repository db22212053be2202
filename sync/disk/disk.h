/* SPDX-License-Identifier: ISC */
/*
 * What keeps bytes in the daemon: an index in SQLite, objects in packs or in the
 * user's own files, and the user's trees. It executes the jobs of sync/store.h, one at
 * a time, from one thread. No failure of a disk ends the program: it becomes a job's
 * result.
 */
#pragma once

#include "node/base/log.h"
#include "node/base/rng.h"
#include "sync/store.h"

struct disk;

/* Opens or creates STATE/index.sqlite and STATE/objects/; caller closes. state_dir
 * exists. A damaged index is moved aside and begun anew. 0, or a negative errno:
 * -EBUSY another program has it open, -ENOTSUP made by a newer version. log is
 * borrowed for life. */
must_use int disk_open(struct disk **out, const char *state_dir, const struct log *log);
/* NULL is fine. */
void disk_close(struct disk *d);

/* Executes one job and sets job->result, from the thread that owns d.
 * SCAN gives no mtime and size 0 for directories,
 * and of a mode only the nine permission bits travel: neither set-id nor sticky bits are
 * read or set. APPLY may take its items in any order: within one job it finds the order
 * itself, swaps of names included; -EEXIST says that another known file has the place,
 * -EBUSY that a program has the file open for writing, -ENOTEMPTY that a directory holds
 * something that is not known. SCAN fails with -ENOTCONN when the folder's marker is gone
 * and with -EEXIST when the directory belongs to another folder. */
void disk_run(struct disk *d, struct job *job);
/* Nothing is queued for the moment: makes durable what was put so far. */
void disk_idle(struct disk *d);

/* The index was damaged and begun anew: file ids are new, commits come from others, and
 * sequence numbers signed before may be missing here. */
bool disk_rebuilt(const struct disk *d);
/* The source of file ids, instead of the kernel's; for tests. */
void disk_rng_set(struct disk *d, struct rng rng);
