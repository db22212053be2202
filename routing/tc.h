/* SPDX-License-Identifier: ISC */
/*
 * TC (RFC 7181 section 13): the neighbours to which a router offers its links, and what
 * the way to each costs. Hop limit and hop count change on the way and are covered by no
 * signature: nothing is decided by them but when a flood ends.
 */
#pragma once

#include "routing/announce.h"

enum {
	TC_WRITE_MAX = 52, /* neighbours that always fit into one message */
	TC_PARSE_MAX = 64, /* more are refused */
	TC_HOP_LIMIT = 255,
};

struct tc_neighbour {
	struct address node;
	uint32_t metric; /* of the way to it */
};

struct tc {
	struct announce announce;
	uint8_t hop_limit, hop_count;
	size_t hops_at; /* where hop limit and hop count lie in the body */
	uint16_t ansn;
	uint8_t uplink; /* ROUTING_UPLINK_*; flags that mean nothing are left out */
	unsigned count;
	struct tc_neighbour neighbours[TC_PARSE_MAX];
};

must_use bool tc_parse(struct tc *t, struct bytes body);
/* At most TC_WRITE_MAX neighbours. */
void tc_write(struct writer *w, const struct tc *t);
