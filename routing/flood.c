/* SPDX-License-Identifier: ISC */
/* The queue of TCs to be passed on; see flood.h. */
#include "routing/flood.h"

#include <utlist.h>

void flood_init(struct flood *f)
{
	memset(f, 0, sizeof(*f));
}

/* True when a mark was there already; else it is now, in place of the oldest of its set.
 * Sequences never come again, so marks need not expire. */
static bool passed_before(struct flood *f, uint64_t mark)
{
	uint64_t *set = f->passed[mark % FLOOD_SETS];

	for (unsigned i = 0; i < FLOOD_WAYS; i++)
		if (set[i] == mark)
			return true;
	memmove(&set[1], &set[0], sizeof(set[0]) * (FLOOD_WAYS - 1));
	set[0] = mark;
	return false;
}

/* Interfaces with an advertised link to somebody who did not send it to us. */
static uint32_t worthwhile(const struct nhdp *links, uint32_t from)
{
	uint32_t places = 0;

	for (const struct nhdp_link *l = links->links; l != NULL; l = l->hh.next)
		if (l->advertised && l->number != from)
			places |= 1u << l->place;
	return places;
}

void flood_add(struct flood *f, const struct nhdp *links, struct instant now,
	const struct rng *rng, struct lsdb_router *n, uint32_t from)
{
	uint32_t places = worthwhile(links, from);
	int64_t jitter = 1 + (int64_t)rng_below(rng, FLOOD_JITTER_MS * 1000);

	if (passed_before(f, n->mark) || places == 0)
		return;
	if (n->flood_interfaces == 0) {
		struct instant gap = instant_add_ms(n->flooded, FLOOD_GAP_MS);

		n->flood_due = instant_max(instant_add_us(now, jitter), gap);
		DL_APPEND2(f->queue, n, flood_prev, flood_next);
	}
	n->flood_interfaces |= places;
}

static void went_out(struct flood *f, struct lsdb_router *n, uint32_t places)
{
	n->flood_interfaces &= ~places;
	if (n->flood_interfaces == 0)
		DL_DELETE2(f->queue, n, flood_prev, flood_next);
}

void flood_interface_gone(struct flood *f, unsigned place)
{
	struct lsdb_router *n, *next;

	for (n = f->queue; n != NULL; n = next) {
		next = n->flood_next;
		went_out(f, n, 1u << place);
	}
}

struct lsdb_router *flood_take(struct flood *f, struct instant now, unsigned place)
{
	for (struct lsdb_router *n = f->queue; n != NULL; n = n->flood_next) {
		if (!(n->flood_interfaces & 1u << place) ||
			!instant_due(n->flood_due, now))
			continue;
		n->flooded = now;
		went_out(f, n, 1u << place);
		return n;
	}
	return NULL;
}

struct instant flood_deadline(const struct flood *f, struct instant after)
{
	struct instant first = NEVER;

	for (const struct lsdb_router *n = f->queue; n != NULL; n = n->flood_next)
		if (instant_before(after, n->flood_due))
			first = instant_min(first, n->flood_due);
	return first;
}
