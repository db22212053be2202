/* SPDX-License-Identifier: ISC */
/*
 * Getting TCs to everybody although broadcasts get lost. A new TC goes out once on every
 * interface where somebody else may want it, after a jitter. Neighbours compare digests
 * in their HELLOs; when they keep differing, one tells the other in summaries what it
 * holds, and each sends the other what it lacks, over the session. A database that has
 * found its neighbours costs nothing but the digest.
 *
 * Timers: the jitter of a waiting TC (never two of one originator within FLOOD_GAP_MS);
 * when a link's summary and its TCs are due.
 */
#pragma once

#include "routing/lsdb.h"
#include "routing/nhdp.h"
#include "routing/summary.h"

enum {
	FLOOD_JITTER_MS = 20,
	FLOOD_GAP_MS = 100,
	FLOOD_DIFFERS_MS = 600,  /* digests differ so long before anybody acts */
	FLOOD_SUMMARY_MS = 1000, /* least time between two summaries to one neighbour */
	FLOOD_SUMMARY_MAX_MS = 8000, /* ... when they do not help */
	/* TCs that one neighbour can make us send: at once, then one each so long */
	FLOOD_REPAIR_BURST = 1024,
	FLOOD_REPAIR_MS = 5,
	FLOOD_SETS = 256,
	FLOOD_WAYS = 4, /* of the set of TCs passed on already */
};

struct flood {
	struct lsdb_router *queue;               /* waiting to go out */
	uint64_t passed[FLOOD_SETS][FLOOD_WAYS]; /* marks; newest first */
};

void flood_init(struct flood *f);
/* Lets a new TC go out, unless it did before. From which link it came (0: it is ours). */
void flood_add(struct flood *f, const struct nhdp *links, struct instant now,
	const struct rng *rng, struct lsdb_router *n, uint32_t from);
/* An interface is gone. */
void flood_interface_gone(struct flood *f, unsigned place);
/* The next router whose TC is due on this interface, or NULL; it is off the list then. */
struct lsdb_router *flood_take(struct flood *f, struct instant now, unsigned place);
/* The first due time after `after`, or NEVER. */
struct instant flood_deadline(const struct flood *f, struct instant after);

/* A new neighbour is told at once what we hold. */
void repair_begin(struct nhdp_link *l, struct instant now, const struct rng *rng);
/* What its HELLO says of its database; changed: when ours last did. */
void repair_digest(struct nhdp_link *l, struct instant now, const struct rng *rng,
	uint64_t digest, struct instant changed);
/* Its summary: marks the TCs that it lacks, answers if we lack some. */
void repair_summary(struct nhdp_link *l, const struct lsdb *db, struct instant now,
	const struct rng *rng, const struct summary *s);
/* The next summary for it, or false: none is due. */
bool repair_take_summary(struct nhdp_link *l, const struct lsdb *db, struct instant now,
	uint64_t digest, struct summary *out);
/* The next router whose TC it is to get, or NULL. */
const struct lsdb_router *repair_take_tc(
	struct nhdp_link *l, const struct lsdb *db, struct instant now);
