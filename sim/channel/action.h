/* SPDX-License-Identifier: ISC */
/*
 * One change of a running channel, as written in a scenario after `at` and as commanded:
 *
 *	cut A B | join A B | set A B VALUE... | set KEY VALUE | move NAME X Y
 *
 * dcut, djoin and dset do the same for the direction A to B alone. VALUE is loss=, ber=,
 * rate= or delay=; the word `default` gives the link the channel's value again. KEY is a
 * parameter of params.h and changes what all links have that set no value of their own.
 */
#pragma once

#include "sim/channel/channel.h"

enum { NAME_MAX_CHARS = 31, WORDS_MAX = 12 };

/* A line cut at blanks; what follows # is left out. */
struct words {
	struct bytes word[WORDS_MAX];
	size_t count;
};

/* False when there are more than WORDS_MAX words. */
must_use bool words_split(struct words *w, struct bytes line);

/* New values for some of a link's qualities. */
struct link_change {
	bool rate, loss, ber, delay; /* which of them */
	struct link_quality to;
};

/* Reads loss=, ber=, rate=, delay= from word number `first` on. */
must_use bool link_change_parse(
	struct link_change *c, const struct words *w, size_t first, struct text *why);
void link_change_apply(const struct link_change *c, struct link_quality *q);

/* Names to numbers: names[i] is node number i. */
struct names {
	char (*names)[NAME_MAX_CHARS + 1];
	uint32_t count;
};

/* False when no node is called so. */
must_use bool names_find(const struct names *names, struct bytes name, uint32_t *node);

enum action_kind {
	ACTION_CUT,
	ACTION_JOIN,
	ACTION_SET_LINK,
	ACTION_SET_PARAM,
	ACTION_MOVE,
};

struct action {
	enum action_kind kind;
	bool both; /* directions */
	uint32_t a, b;
	struct link_change change;
	char key[16], value[24]; /* of a parameter */
	int64_t x_mm, y_mm;
};

/* False says why; `first` is the place of the verb among the words. */
must_use bool action_parse(struct action *a, const struct words *w, size_t first,
	const struct names *names, struct text *why);
/* False only for a parameter that does not fit the others. The channel must have been
 * ticked up to the time at which the change holds. */
must_use bool action_apply(const struct action *a, struct channel *ch, struct text *why);
