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

struct pages {
	unsigned refs;
	struct slot *slots;                  /* private, as the rest */
	size_t count, room;                  /* slots */
	size_t allocated;                    /* pages that are no holes */
	size_t unflushed_from, unflushed_to; /* slots that may differ from the disk */
};

struct pages *pages_new(void);
struct pages *pages_hold(struct pages *c);
/* NULL is fine. */
void pages_release(struct pages *c);
/* Everything as it is now, on another disk. */
struct pages *pages_clone(const struct pages *c);

/* Pages that a write of these bytes would take. */
size_t pages_cost(const struct pages *c, uint64_t at, size_t len);
void pages_write(struct pages *c, uint64_t at, const void *data, size_t len);
void pages_read(const struct pages *c, uint64_t at, void *out, size_t len);
/* Nothing is behind size any more; `operation` says so in the journal. */
void pages_cut(struct pages *c, uint64_t size, uint64_t operation);
/* Where data (or a hole) begins at or after `at`; UINT64_MAX: nowhere. */
uint64_t pages_next(const struct pages *c, uint64_t at, bool data);

void pages_flush(struct pages *c);
/* A flush that fails. */
void pages_lose(struct pages *c);
/* The power was away; operations up to `survived` were not lost. */
void pages_crash(struct pages *c, uint64_t survived, const struct rng *rng);
