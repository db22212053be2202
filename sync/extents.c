/* SPDX-License-Identifier: ISC */
/* Sorted runs in a small array; adding merges whatever the new run touches. */
#include "sync/extents.h"

#include <string.h>

uint32_t extents_add(struct extents *e, uint32_t from, uint32_t to)
{
	unsigned first = 0, end;
	struct extent run = { from, to };
	uint32_t fresh;

	if (from >= to)
		return 0;
	while (first < e->count && e->runs[first].to < from)
		first++;
	fresh = to - from;
	for (end = first; end < e->count && e->runs[end].from <= to; end++) {
		const struct extent *r = &e->runs[end];
		uint32_t low = r->from > from ? r->from : from;
		uint32_t high = r->to < to ? r->to : to;

		if (high > low)
			fresh -= high - low;
		if (r->from < run.from)
			run.from = r->from;
		if (r->to > run.to)
			run.to = r->to;
	}
	if (end == first && e->count == EXTENTS_MAX)
		return 0;
	memmove(&e->runs[first + 1], &e->runs[end], (e->count - end) * sizeof(run));
	e->count = e->count - (end - first) + 1;
	e->runs[first] = run;
	return fresh;
}

bool extents_full(const struct extents *e, uint32_t total)
{
	if (total == 0)
		return true;
	return e->count == 1 && e->runs[0].from == 0 && e->runs[0].to >= total;
}

unsigned extents_missing(
	const struct extents *e, uint32_t total, struct extent *out, unsigned room)
{
	uint32_t at = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < e->count && n < room; i++) {
		if (e->runs[i].from > at)
			out[n++] = (struct extent){ at, e->runs[i].from };
		at = e->runs[i].to;
	}
	if (at < total && n < room)
		out[n++] = (struct extent){ at, total };
	return n;
}
