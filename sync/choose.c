/* SPDX-License-Identifier: ISC */
/*
 * The order of those who could give an object: partners that agree on all versions and lack
 * nothing, then the one who told us of the latest commit, then others that agree, those that
 * lack least first, and the nearest among equals.
 */
#include "sync/machine.h"

bool choose_was_tried(const struct want *n, const struct peer *p)
{
	for (unsigned i = 0; i < n->tried_count; i++)
		if (n->tried[i] == p->serial)
			return true;
	return false;
}

unsigned choose_rank(const struct relation *r)
{
	if (gossip_agreed(r) && r->need == 0)
		return 0;
	if (r->source)
		return 1;
	return gossip_agreed(r) ? 2 : 3;
}

static bool nearer(const struct candidate *a, const struct candidate *b)
{
	const struct peer *x = a->relation->peer, *y = b->relation->peer;

	if (a->rank != b->rank)
		return a->rank < b->rank;
	if (a->rank == 2 && a->relation->need != b->relation->need)
		return a->relation->need < b->relation->need;
	if (x->hops != y->hops)
		return x->hops < y->hops;
	return x->metric < y->metric;
}

size_t choose_candidates(struct folder *f, struct instant now, struct candidate *out)
{
	size_t n = 0;
	struct peer *p, *next;

	HASH_ITER (hh, f->sync->peers, p, next) {
		if (p->hops == 0 || !instant_due(p->banned_until, now))
			continue;
		for (struct relation *r = p->relations; r != NULL; r = r->next) {
			struct candidate c = { r, choose_rank(r) };
			size_t at;

			if (r->folder != f || !r->partner || !r->shown || !r->knows_us ||
				n == CANDIDATES_MAX)
				continue;
			for (at = n++; at > 0 && nearer(&c, &out[at - 1]); at--)
				out[at] = out[at - 1];
			out[at] = c;
		}
	}
	return n;
}

static bool has_room(const struct peer *p)
{
	bool two = p->asked != NULL && p->asked->next != NULL;

	return (!two || p->asked_bytes < p->window) && p->parked_count < PARKED_MAX;
}

/* Of those not tried, the best rank; in it the nearest with room. */
struct peer *choose_peer(const struct want *n, const struct candidate *c, size_t count)
{
	unsigned rank = UINT32_MAX;

	for (size_t i = 0; i < count; i++) {
		struct peer *p = c[i].relation->peer;

		if (choose_was_tried(n, p))
			continue;
		if (c[i].rank > rank)
			return NULL;
		rank = c[i].rank;
		if (has_room(p))
			return p;
	}
	return NULL;
}
