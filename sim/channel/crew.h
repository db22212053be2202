/* SPDX-License-Identifier: ISC */
/*
 * The nodes of one `mobility` line on their way. Everyone walks legs: straight, at one
 * speed, from place to place; the models differ in where the next leg leads. The models:
 * random waypoint (Johnson and Maltz, 1996), reference point group mobility (Hong et al.,
 * 1999), a convoy to and fro on one line, and Manhattan streets.
 *
 * Always holds: nobody is outside the area, however long the steps are.
 */
#pragma once

#include "node/base/rng.h"
#include "sim/channel/links.h"
#include "sim/channel/motion.h"

struct walker {
	uint32_t node;
	/* private */
	int64_t x_mm, y_mm; /* where it is now; a member of a group: from its centre */
	int64_t from_x_mm, from_y_mm, to_x_mm, to_y_mm;
	int64_t len_nm, gone_nm; /* of the leg */
	int64_t speed_mm_s;
	int64_t pause_us; /* still to be waited, before the leg is gone */
	unsigned heading; /* city: 0 to 3, counted from east to the left */
};

/* Owns its walkers. */
struct crew {
	struct motion motion;
	struct walker *walkers;
	size_t count;
	bool begun;
	/* private */
	struct walker centre; /* group: of it; convoy: what its first one has gone */
	int64_t at_us;        /* until when everyone has walked */
};

void crew_init(struct crew *c, const struct motion *m);
void crew_fini(struct crew *c);

/* Gives those who have no place one in the area. */
void crew_place(struct crew *c, struct links *l, const struct rng *rng);
/* Sets out at at_us from where everyone is, moved to where the model can have them. */
void crew_begin(struct crew *c, struct links *l, const struct rng *rng, int64_t at_us);
/* Walks until at_us and moves the nodes. */
void crew_walk(struct crew *c, struct links *l, const struct rng *rng, int64_t at_us);
