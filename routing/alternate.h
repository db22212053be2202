/* SPDX-License-Identifier: ISC */
/*
 * What the neighbours could do for us: the ways from each of them that do not lead over us,
 * searched for when first asked, and kept until the graph changes. A neighbour N is
 * loop-free for D (RFC 5286, inequality 1) when dist(N, D) < dist(N, we) + dist(we, D): then
 * neither it nor anybody on its way sends back to us what we give it.
 */
#pragma once

#include "routing/spf.h"

struct alternate_ways {
	uint32_t root;        /* slot of the neighbour */
	uint32_t back;        /* metric of its way to us; UINT32_MAX: none */
	struct spf_way *ways; /* by slot; owned */
};

struct alternates {
	/* private */
	uint64_t version; /* of the graph that these are of */
	unsigned count;
	struct alternate_ways of[ROUTING_LINKS_MAX];
};

void alternates_fini(struct alternates *a);
/* Forgets them if the graph is another. */
void alternates_refresh(struct alternates *a, const struct lsdb *db);
