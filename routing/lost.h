/* SPDX-License-Identifier: ISC */
/*
 * Neighbours that were symmetric a while ago (the Lost Neighbor Set of RFC 6130 section
 * 8.2): HELLOs on all interfaces tell of them, so that others do not wait until what they
 * know is over. At most LOST_MAX; the victim is the one that is over first.
 */
#pragma once

#include "node/base/ids.h"
#include "node/base/instant.h"

enum { LOST_MAX = 32 };

struct lost_neighbour {
	struct address node;
	struct instant until;
};

struct lost {
	struct lost_neighbour list[LOST_MAX];
	unsigned count; /* what is over may still be among them */
};

void lost_add(struct lost *all, struct instant now, const struct address *node,
	struct instant until);
/* It is symmetric again. */
void lost_remove(struct lost *all, const struct address *node);
