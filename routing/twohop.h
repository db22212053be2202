/* SPDX-License-Identifier: ISC */
/*
 * Whom a neighbour calls its symmetric neighbours (the 2-Hop Set of RFC 6130 section 7.2
 * with the metrics of RFC 7181 section 7.2), kept with the link on which it said so. At most
 * TWOHOP_MAX a link; the victim is the one of the same link that is over first: what one
 * neighbour makes up pushes out nothing that another one said.
 */
#pragma once

#include "node/base/instant.h"
#include "routing/hello.h"

enum { TWOHOP_MAX = 128 };

struct twohop {
	struct address node;
	struct instant until;
	uint32_t metric_in, metric_out; /* as the neighbour sees it; 0: not said */
};

struct twohops {
	struct twohop *list; /* owned */
	unsigned count;
	size_t room;
	struct instant first_until; /* nothing is over before */
};

void twohop_fini(struct twohops *all);
/* Takes what a HELLO says, until then; true if anything changed. self: our own address. */
bool twohop_hello(struct twohops *all, const struct hello *h, const struct address *self,
	struct instant until);
/* What the neighbour says of its link with this node; NULL: none is symmetric. */
const struct twohop *twohop_find(const struct twohops *all, const struct address *node);
/* Forgets what is over; true if anything was. */
bool twohop_expire(struct twohops *all, struct instant now);
/* The link is not symmetric any more; true if there was anything. */
bool twohop_clear(struct twohops *all);
