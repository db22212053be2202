/* SPDX-License-Identifier: ISC */
/*
 * A binary min-heap of (key, value) pairs; equal keys come out in the order in which they
 * went in, so that nothing depends on luck. It owns its array and nothing else.
 */
#pragma once

#include "node/base/check.h"

struct heap_item {
	uint64_t key;
	uint64_t order; /* private */
	uint64_t value;
};

struct heap {
	struct heap_item *items; /* private */
	size_t count;
	size_t room;    /* private */
	uint64_t order; /* private */
};

void heap_init(struct heap *h);
void heap_fini(struct heap *h);
void heap_add(struct heap *h, uint64_t key, uint64_t value);
/* The least item, or NULL when empty; valid until the heap changes. */
const struct heap_item *heap_first(const struct heap *h);
/* Takes the least item out; the heap must not be empty. */
struct heap_item heap_take(struct heap *h);
