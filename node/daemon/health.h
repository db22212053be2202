/* SPDX-License-Identifier: ISC */
/* What the person running the node should know, with the command that mends it: one function
 * for each thing that can be wrong. */
#pragma once

#include "node/control/status.h"
#include "node/daemon/daemon.h"

enum { HEALTH_MAX = 48, HEALTH_CLASHES = 8 };

struct health_list {
	struct shown_health rows[HEALTH_MAX]; /* of them, count; the rest is not told */
	char text[HEALTH_MAX][512];
	char fix[HEALTH_CLASHES][64];
	size_t count;
};

/* Everything that is to be told now. */
void health_fill(struct daemon *d, struct instant now, struct health_list *h);
