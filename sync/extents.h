/* SPDX-License-Identifier: ISC */
/*
 * Which bytes of something being put together have arrived: up to EXTENTS_MAX runs, sorted,
 * disjoint and not touching. A piece that would need one run more is refused; it is asked
 * for again.
 */
#pragma once

#include "node/base/check.h"

enum { EXTENTS_MAX = 16 };

struct extent {
	uint32_t from, to; /* [from, to) */
};

struct extents {
	struct extent runs[EXTENTS_MAX]; /* private */
	unsigned count;                  /* private */
};

/* Takes [from, to) in; returns how many bytes of it are new. 0 also when refused. */
uint32_t extents_add(struct extents *e, uint32_t from, uint32_t to);
/* Whether [0, total) is all there. */
must_use bool extents_full(const struct extents *e, uint32_t total);
/* What is missing below total, at most room runs; returns how many were written. */
unsigned extents_missing(
	const struct extents *e, uint32_t total, struct extent *out, unsigned room);
