/* SPDX-License-Identifier: ISC */
/* The mesh as nodes and links between them, and a place on paper for each node. */
#pragma once

#include <jansson.h>
#include <stddef.h>

/* Two nodes and what is known of the link each way; NULL: it is claimed one way only. */
struct graph_edge {
	size_t a, b; /* places among the nodes; a is the lower */
	const json_t *ab, *ba;
};

struct graph {
	const json_t *nodes; /* borrowed from the answer */
	size_t node_count;
	struct graph_edge *edges; /* owned, by (a, b) */
	size_t edge_count;
};

/* Of an answer to `map`, which must outlive it. Links to nodes that are not listed are left out. */
void graph_init(struct graph *g, const json_t *answer);
void graph_fini(struct graph *g);

struct graph_place {
	double x, y;
};
/* A place for each node, such that nodes a link apart are about 1 apart and others as far as
 * they are hops away, as well as it can be on paper (stress majorization). The same graph gives
 * the same places. Caller frees with mem_free. */
struct graph_place *graph_places(const struct graph *g);
