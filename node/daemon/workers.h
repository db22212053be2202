/* SPDX-License-Identifier: ISC */
/*
 * The thread that owns the disk. Jobs go in, are done in their order, and come back; the loop
 * is woken through a descriptor and never waits.
 */
#pragma once

#include "node/base/log.h"
#include "sync/store.h"

struct workers;

/* Opens the store of state_dir on its own thread. 0 or the negative errno of the store. */
must_use int workers_start(
	struct workers **out, const char *state_dir, const struct log *log);
/* Ends the thread after the job in hand, at most wait_ms later. False: it still runs, and
 * the program must end without freeing what it uses. */
bool workers_stop(struct workers *w, unsigned wait_ms);
/* Readable when a job is done. */
int workers_fd(const struct workers *w);
void workers_submit(struct workers *w, struct job *take);
/* A finished job; NULL: none. The caller owns it. */
struct job *workers_take(struct workers *w);
