/* SPDX-License-Identifier: ISC */
/*
 * The true graph of a radio, to measure by what routing makes of it: who reaches whom, and
 * what the best way costs. It is read from the channel alone.
 *
 * A way goes over links that both ends hear. What a link costs is the airtime of a unicast
 * frame of WAYS_BYTES with its acknowledgement, at the rate of the link, times the tries
 * that it takes on average: 1 / (chance that one arrives).
 */
#pragma once

#include "node/base/heap.h"
#include "sim/channel/channel.h"

enum {
	WAYS_BYTES = 1000,
	WAYS_LOSS_SURE_PPM = 350000, /* a link that loses less each way must be used */
};

struct way {
	uint32_t to;
	bool sure;
	uint64_t cost_ns;
};

struct ways {
	uint32_t count;
	/* from the last ways_from; UINT32_MAX or UINT64_MAX: no way */
	uint32_t *sure_hops; /* owned, as all of these: over sure links only */
	uint32_t *hops;
	uint64_t *hops_ns; /* the cost of one of the ways with the least hops */
	uint64_t *best_ns;
	/* private */
	uint32_t *first, *queue;
	struct way *all;
	size_t all_count, all_room;
	struct heap near;
};

void ways_init(struct ways *g, uint32_t nodes);
void ways_fini(struct ways *g);
/* Reads the channel, which has been ticked; only nodes of one group, other than 0, have
 * links with each other. */
void ways_look(struct ways *g, const struct channel *ch, const uint32_t *group);
void ways_from(struct ways *g, uint32_t source);
/* NULL: they do not hear each other. */
const struct way *ways_between(const struct ways *g, uint32_t from, uint32_t to);
