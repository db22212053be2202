/* SPDX-License-Identifier: ISC */
/*
 * inotify as a hint: which folders may have changed. The scan is the truth; a watch
 * that is missing costs time, never a change.
 */
#pragma once

#include "node/base/check.h"
#include "node/base/ids.h"

struct watch;

/* 0 or a negative errno; caller closes. */
must_use int watch_open(struct watch **out);
/* NULL is fine. */
void watch_close(struct watch *w);
/* Readable when watch_read has something to read. */
int watch_fd(const struct watch *w);

/* Watches every directory of a folder's tree; calling again adds what is new. 0;
 * -ENOSPC the kernel gives no more watches, the rest of the folder goes unwatched
 * (harmless); else the errno of opening path. */
int watch_add(struct watch *w, const struct hash *folder, const char *path);
void watch_remove(struct watch *w, const struct hash *folder);

/* Reads what the kernel has queued, without waiting, and watches new directories.
 * After an overflow every folder counts as touched. 0 or a negative errno. */
int watch_read(struct watch *w);
/* The next folder that was touched since it was last taken; false: none. */
must_use bool watch_take(struct watch *w, struct hash *folder);
