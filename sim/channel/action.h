/* SPDX-License-Identifier: ISC */
/*
 * One change of a running channel, as written in a scenario after `at` and as commanded:
 *
 *	cut A B | join A B | set A B VALUE... | set KEY VALUE
 *	move NAME X Y [over=TIME] | part GROUP NODES... | heal | doze NODES... | wake NODES...
 *
 * dcut, djoin and dset do the same for the direction A to B alone. VALUE is loss=, ber=,
 * rate=, delay= or signal=; the word `default` gives the link the channel's value again. KEY is a
 * parameter of params.h and changes what all links have that set no value of their own.
 */
#pragma once

#include "sim/channel/channel.h"
#include "sim/channel/names.h"

/* New values for some of a link's qualities. */
struct link_change {
	bool rate, loss, ber, delay, signal; /* which of them */
	struct link_quality to;
};

/* Reads loss=, ber=, rate=, delay=, signal= from word number `first` on. */
must_use bool link_change_parse(
	struct link_change *c, const struct words *w, size_t first, struct text *why);
void link_change_apply(const struct link_change *c, struct link_quality *q);

enum action_kind {
	ACTION_CUT,
	ACTION_JOIN,
	ACTION_SET_LINK,
	ACTION_SET_PARAM,
	ACTION_MOVE,
	ACTION_PART,
	ACTION_HEAL,
	ACTION_DOZE,
	ACTION_WAKE,
};

struct action {
	enum action_kind kind;
	bool both; /* directions */
	uint32_t a, b;
	struct link_change change;
	char key[16], value[24]; /* of a parameter */
	int64_t x_mm, y_mm;
	int64_t over_us; /* of a move; 0: at once */
	uint32_t group;  /* of a part */
	struct node_set nodes;
};

/* False says why; `first` is the place of the verb among the words. */
must_use bool action_parse(struct action *a, const struct words *w, size_t first,
	const struct names *names, struct text *why);
/* A move is at its end at once; mobility_action (mobility.h) lets it take its time.
 * False only for a parameter that does not fit the others. The channel must have been
 * ticked up to the time at which the change holds. */
must_use bool action_apply(const struct action *a, struct channel *ch, struct text *why);
