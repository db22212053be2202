/* SPDX-License-Identifier: ISC */
/*
 * Everything that moves nodes: the `mobility` lines of a scenario, and moves that take
 * their time. Every params.step_us, counted from the start, those who are on their way are
 * put where they are by then. When there is nothing to move there is no deadline and no
 * luck is drawn.
 *
 * Timers: `next`, the next step.
 */
#pragma once

#include "node/base/instant.h"
#include "sim/channel/crew.h"
#include "sim/channel/scenario.h"

/* A move that takes its time. */
struct glide {
	bool active;
	int64_t from_x_mm, from_y_mm, to_x_mm, to_y_mm;
	struct instant begin, end;
};

struct mobility {
	/* private */
	struct instant start, next;
	struct rng rng;
	struct crew *crews;
	size_t crew_count;
	struct glide *glides; /* one a node; NULL: none yet */
	uint32_t node_count, glide_count;
};

/* Places the nodes that move by themselves and have no place; `start` is time 0 of the
 * scenario. s is only read here; the state behind rng must outlive m. */
void mobility_init(struct mobility *m, const struct scenario *s, struct channel *ch,
	struct instant start, struct rng rng);
void mobility_fini(struct mobility *m);

/* When to tick next, or NEVER. */
struct instant mobility_deadline(const struct mobility *m);
/* Takes all steps that are due, each at its time: ticks the channel up to it first. */
void mobility_tick(struct mobility *m, struct instant now, struct channel *ch);

/* As action_apply, but a move with over= begins here and is brought to its end by the
 * steps; a new move of the same node takes the place of one that is not yet at its end. */
must_use bool mobility_action(struct mobility *m, struct instant now,
	const struct action *a, struct channel *ch, struct text *why);
