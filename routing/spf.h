/* SPDX-License-Identifier: ISC */
/*
 * Shortest paths (Dijkstra 1959) over the edges that both ends claim, from our own links.
 * Among ways of equal cost the next hop of before stays, then fewer hops win, then the
 * lower address before the last hop: the same graph gives the same routes, and they do
 * not flap. Ways of more than ROUTING_PATH_MAX hops are none.
 *
 * After a change only what it can reach is looked at again (Ramalingam and Reps 1996; the
 * queue is that of Koenig, Likhachev and Furcy's LPA*, 2004), with the same routes as a search
 * of the whole graph, which is run when more than a part of it would be looked at.
 */
#pragma once

#include "routing/lsdb.h"

enum {
	SPF_PART = 6
}; /* the part of all routers beyond which a whole search is cheaper */

struct spf_link {
	struct address node;
	uint32_t link, metric;
};

/* The way to the router in a slot; link 0: none, and metric UINT32_MAX. */
struct spf_label {
	uint32_t metric, link;
	uint32_t parent; /* slot of the router before it; LSDB_NONE: we */
	uint16_t hops;
	bool moved; /* since the run began */
};

/* A link of ours, as of the last run. */
struct spf_first {
	uint32_t slot, link, metric;
};

struct spf {
	uint32_t *sorted; /* slots of reachable routers by (metric, handle); owned */
	uint32_t sorted_count;
	uint64_t wholes, parts; /* runs of either kind */
	size_t looked_at;       /* routers, in the last run */
	/* private; arrays are by slot, and kept from run to run */
	uint64_t *heap; /* metric << 32 | slot */
	size_t heap_count, heap_room;
	struct spf_label *labels;
	uint32_t *
		keys; /* metric with which it stands in the heap; UINT32_MAX: it does not */
	uint32_t *moved; /* slots */
	uint32_t moved_count, room;
	struct spf_first firsts[ROUTING_LINKS_MAX];
	unsigned first_count;
	bool primed; /* labels are those of the last run */
};

void spf_init(struct spf *s);
void spf_fini(struct spf *s);
/* Lets the next run search the whole graph. */
void spf_forget(struct spf *s);
/* Brings the routes of all routers in db up to date, by what db says was touched since the
 * last run; at most ROUTING_LINKS_MAX links. True: some route came, went or changed. */
bool spf_run(struct spf *s, struct lsdb *db, struct instant now,
	const struct spf_link *links, size_t count);

/* How far a router is; metric UINT32_MAX: there is no way. */
struct spf_way {
	uint32_t metric, hops;
};

/* The ways from the router in slot `root` to all, by slot, that do not lead over us. */
void spf_ways(struct spf *s, const struct lsdb *db, uint32_t root, struct spf_way *ways);
