/* SPDX-License-Identifier: ISC */
/*
 * The graph of the link-state database. What one end alone says of a link is a claim, kept by
 * address; when both ends say it, it is an edge, kept on both sides by slot numbers, with what
 * both directions cost, so that a search looks nothing up and touches no router. Which routers
 * a change may lead to another way is noted in `touched`, for the next search.
 */
#pragma once

#include "routing/tc.h"

enum { GRAPH_METRIC_MAX = (1 << 24) - 1 };

/* Small, as there are many: slots are below ROUTING_NODES_MAX. */
struct graph_edge {
	uint64_t peer : 16; /* slot of the other end */
	uint64_t out : 24;  /* metric of the way to it */
	uint64_t in : 24;   /* and of the way back */
};

struct graph_claim {
	struct address to;
	uint32_t metric;
};

/* What a search needs of the router in a slot. */
struct graph_node {
	struct graph_edge *edges; /* owned */
	uint64_t handle;          /* see summary_handle; 0: the slot is free */
	uint16_t count;
	bool touched; /* it stands in lsdb.touched */
};

struct lsdb;
struct lsdb_router;

/* The links of n are now those of t, and no others. */
void graph_links_set(struct lsdb *db, struct lsdb_router *n, const struct tc *t);
/* n says that it has no link with this one any more; false: it did not claim any. */
bool graph_link_gone(struct lsdb *db, struct lsdb_router *n, const struct address *to);
/* Takes n out of the graph; what others claim of it is kept. */
void graph_router_gone(struct lsdb *db, struct lsdb_router *n);
/* The route to the router in a slot may change. */
void graph_touch(struct lsdb *db, uint32_t slot);
/* The next search begins: what was touched is known to it. */
void graph_touched_clear(struct lsdb *db);
