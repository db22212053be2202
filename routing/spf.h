/* SPDX-License-Identifier: ISC */
/*
 * Shortest paths (Dijkstra 1959) over the edges that both ends claim, from our own links.
 * Among ways of equal cost the next hop of before stays, then fewer hops win, then the
 * lower address before the last hop: the same graph gives the same routes, and they do
 * not flap.
 */
#pragma once

#include "node/base/heap.h"
#include "routing/lsdb.h"

struct spf_link {
	struct address node;
	uint32_t link, metric;
};

struct spf {
	/* private; arrays are kept from run to run */
	struct heap heap;
	struct lsdb_route *best; /* by slot; link 0: nothing offered yet */
	size_t best_room;
};

void spf_init(struct spf *s);
void spf_fini(struct spf *s);
/* Fills the routes of all routers in db. True: some route came, went or changed. */
bool spf_run(struct spf *s, struct lsdb *db, struct instant now,
	const struct spf_link *links, size_t count);

/* How far a router is; metric UINT32_MAX: there is no way. */
struct spf_way {
	uint32_t metric, hops;
};

/* The ways from the router in slot `root` to all, by slot, that do not lead over us. */
void spf_ways(struct spf *s, const struct lsdb *db, uint32_t root, struct spf_way *ways);
