/* SPDX-License-Identifier: ISC */
/*
 * Multipoint relays (RFC 7181 section 18): those neighbours by which every node two hops
 * away is reached, each by a shortest way. Flooding MPRs, chosen on each interface by what
 * leads away from us, are first to pass on what floods; routing MPRs, chosen for all
 * interfaces by what leads to us, tell an open OLSRv2 network the way to us. With us every
 * node tells its links, so that routing MPRs are told, but decide nothing.
 */
#pragma once

#include "routing/nhdp.h"

/* A way over neighbour `via` to node `to`. */
struct mpr_way {
	unsigned via, to;
	uint64_t metric; /* of both hops */
};

struct mpr_graph {
	unsigned via_count, to_count;
	const uint8_t *will;    /* of each neighbour, above WILL_NEVER */
	const uint64_t *direct; /* metric of our own link with a node; UINT64_MAX: none */
	const struct mpr_way *ways;
	size_t way_count;
};

/* Chooses (RFC 7181 section 18.3, appendix B). chosen, of each neighbour: as it was before,
 * which decides between equals; then as it is. */
void mpr_select(const struct mpr_graph *g, bool *chosen);

/* Chooses among our neighbours anew, if anything changed that decides; true if another
 * choice came out. */
bool mpr_update(struct nhdp *all);
