/* SPDX-License-Identifier: ISC */
/*
 * The bytes of one file in pages, each as a program sees it and as it lies on the disk.
 * Several inodes may hold one content: the same file before and after what is not flushed
 * yet.
 */
#pragma once

#include "node/base/rng.h"

enum { PAGE = 4096 };

struct page; /* shared until written */

struct slot {
	struct page *now, *disk; /* NULL: a hole; the same: nothing to flush */
	uint64_t since; /* the operation that cut this page off since the last flush; 0 */
	bool lost;      /* a flush of it has failed: `now` never gets to the disk */
};

struct content {
	unsigned refs;
	struct slot *slots;                  /* private, as the rest */
	size_t count, room;                  /* slots */
	size_t allocated;                    /* pages that are no holes */
	size_t unflushed_from, unflushed_to; /* slots that may differ from the disk */
};

struct content *content_new(void);
struct content *content_hold(struct content *c);
/* NULL is fine. */
void content_release(struct content *c);
/* Everything as it is now, on another disk. */
struct content *content_clone(const struct content *c);

/* Pages that a write of these bytes would take. */
size_t content_cost(const struct content *c, uint64_t at, size_t len);
void content_write(struct content *c, uint64_t at, const void *data, size_t len);
void content_read(const struct content *c, uint64_t at, void *out, size_t len);
/* Nothing is behind size any more; `operation` says so in the journal. */
void content_cut(struct content *c, uint64_t size, uint64_t operation);
/* Where data (or a hole) begins at or after `at`; UINT64_MAX: nowhere. */
uint64_t content_next(const struct content *c, uint64_t at, bool data);

void content_flush(struct content *c);
/* A flush that fails. */
void content_lose(struct content *c);
/* The power was away; operations up to `survived` were not lost. */
void content_crash(struct content *c, uint64_t survived, const struct rng *rng);
