/* SPDX-License-Identifier: ISC */
/*
 * Getting TCs to everybody although broadcasts get lost. A new TC goes out once on every
 * interface where somebody else may want it, after a jitter. Neighbours compare digests
 * in their HELLOs; when they keep differing, one tells the other what it holds, in sums and
 * where these differ in summaries, and each sends the other what it lacks, over the session.
 * A node lets itself be told by one neighbour at a time: all would bring the same. A database
 * that has found its neighbours costs nothing but the digest.
 *
 * While a TC waits, copies of it are heard; who has sent one, and whom he reaches as his own
 * TC or their HELLOs say, need not hear it from us. A TC that nobody here needs does not go out (scalable
 * broadcast algorithm, Peng and Lu 2000): it takes no election, and no loss of a chosen
 * relay's frame stops the flood. Who reaches most of those that lack it waits least, and whom
 * the sender chose as flooding MPR less than others, who fill what then still lacks. TCs
 * leave at a pace, as many as a frame holds at a time: what waits here, and not in a queue of
 * the radio, is replaced by what is newer, or need not go out any more. Ours go first, then
 * those that came from one neighbour and from the other in turn: who says much delays himself.
 * What a repair has brought goes last: when an insider's crowd pushes each other out of the
 * databases, repairs never end, and news that is flooded would wait behind them.
 *
 * Timers: the jitter of a waiting TC (never two of one originator within FLOOD_GAP_MS);
 * when a link's summary and its TCs are due.
 */
#pragma once

#include "node/base/heap.h"
#include "routing/lsdb.h"
#include "routing/nhdp.h"
#include "routing/summary.h"

enum {
	FLOOD_JITTER_MS = 20,
	FLOOD_OTHERS_MS = 10, /* who is no flooding MPR of the sender waits longer */
	FLOOD_GAP_MS = 100,
	FLOOD_DIFFERS_MS = 600, /* digests differ so long before anybody acts */
	FLOOD_ASK_MS = 1000, /* least time before the same neighbour is asked again ... */
	FLOOD_ASK_MAX_MS = 8000, /* ... when it does not help */
	/* messages that one neighbour can make us send: at once, then one each so long */
	FLOOD_REPAIR_BURST = 256,
	FLOOD_REPAIR_MS = 5,
	FLOOD_TURN_MS =
		500, /* a neighbour's turn ends when nothing new came so long, and ... */
	FLOOD_TURN_ANSWERS =
		4, /* ... so many times as long as an answer takes: else all bring it */
	FLOOD_TURN_MAX_MS = 5000, /* ... or after this: news can be made up for ever */
	FLOOD_SETS = 256,
	FLOOD_WAYS = 4, /* of the set of TCs passed on already */
	FLOOD_MISSED_PPM =
		150000,      /* less likely to be missed than this: taken as heard */
	FLOOD_BYTES_MS = 24, /* of TCs, each ms on an interface ... */
	FLOOD_CROWD = 8,     /* ... with so many neighbours, or less, ... */
	/* ... who answer within this; when they take longer, the channel is full, and the pace
	 * as much slower, but not more than so many times */
	FLOOD_ANSWER_MS = 60,
	FLOOD_SLOWEST = 8,
	/* TCs that wait, of those that came from one neighbour, from all who are none; what is
	 * more is left to the digests */
	FLOOD_EACH_MAX = 512,
	FLOOD_TOLD_MAX = 256, /* ... by repairs, if there are no more */
	FLOOD_STRANGERS_MAX = 64,
	FLOOD_FRAME_BYTES = 1300,
};

/* The pace of one interface. */
struct flood_pace {
	struct instant at, free_at; /* of the last frame; of the next at the earliest */
	size_t bytes;               /* of the last one */
	unsigned waiting;           /* TCs that are ready and are to go out here */
};

struct flood {
	const struct lsdb *db; /* these three are borrowed for life */
	const struct nhdp *links;
	const struct rng *rng;
	struct heap waiting;       /* slots of routers, by when they are due */
	struct lsdb_router *ready; /* those that wait for airtime only */
	struct flood_pace paces[ROUTING_INTERFACES_MAX];
	struct flood_source ours, others; /* others: no neighbours, or no more */
	uint64_t turns;                   /* TCs that went out */
	int64_t answer_us; /* what neighbours take to answer; see routing_answers */
	uint64_t passed[FLOOD_SETS][FLOOD_WAYS]; /* marks; newest first */
};

void flood_init(struct flood *f, const struct lsdb *db, const struct nhdp *links,
	const struct rng *rng);
void flood_fini(struct flood *f);
/* Lets a new TC go out, unless it did before. From which link it came (0: it is ours); told: to us
 * alone, by a repair. */
void flood_add(struct flood *f, struct instant now, struct lsdb_router *n, uint32_t from,
	bool told);
/* A copy of what waits came from this link. */
void flood_heard(struct lsdb_router *n, uint32_t from);
/* An interface is gone. */
void flood_interface_gone(struct flood *f, unsigned place);
/* The next router whose TC is due on this interface, or NULL; it is off the list then. */
struct lsdb_router *flood_take(struct flood *f, struct instant now, unsigned place);
/* More may go out with what was taken at this time. */
bool flood_goes_on(const struct flood *f, struct instant now, unsigned place);
/* When the next TC may go out, long ago: it waits for airtime only; or NEVER. */
struct instant flood_deadline(const struct flood *f);

/* What all repairs go by, and whose turn it is to bring what we lack. */
struct repairs {
	const struct lsdb *db; /* these two are borrowed for life */
	const struct rng *rng;
	uint32_t with; /* link; 0: nobody's turn */
	struct instant since, until;
	int64_t answer_us; /* what neighbours take to answer; see routing_answers */
};

/* A new neighbour is asked what it holds: at once when it is the only one, else when floods
 * had time to bring it. */
void repair_begin(
	const struct repairs *all, struct nhdp_link *l, struct instant now, bool only);
/* What its HELLO says of its database; changed: when ours last did. */
void repair_digest(struct repairs *all, struct nhdp_link *l, struct instant now,
	uint64_t digest, struct instant changed);
/* Its sums or summary: marks the TCs that it lacks, answers if we lack some. */
void repair_summary(struct repairs *all, struct nhdp_link *l, struct instant now,
	const struct summary *s);
/* A new TC came from it. */
void repair_progress(struct repairs *t, struct instant now, uint32_t link);
/* The next sums or summary for it, or false: none is due. */
bool repair_take_summary(struct repairs *all, struct nhdp_link *l, struct instant now,
	uint64_t digest, struct summary *out);
/* The next router whose TC it is to get, or NULL. */
const struct lsdb_router *repair_take_tc(
	const struct repairs *all, struct nhdp_link *l, struct instant now);
/* When any of these is due; NEVER: nothing is to be sent. */
struct instant repair_deadline(const struct nhdp_link *l);
