/* SPDX-License-Identifier: ISC */
/*
 * What must be true, judged by code that shares nothing with the code under test. Safety is
 * watched all along and ends a world at once; liveness is asked when all has happened, and
 * must come true before the world's time is over.
 */
#pragma once

#include "node/base/ids.h"
#include "node/base/instant.h"
#include "node/base/text.h"

struct world;

enum verdict_kind {
	/* safety */
	VERDICT_FORGED, /* no state that nobody made, or that its maker had no right to make */
	VERDICT_LOST,  /* no version lost that a person wrote */
	VERDICT_BACK,  /* nothing comes back that was written over or deleted */
	VERDICT_HALF,  /* no file in a tree that is not whole */
	VERDICT_LOOP,  /* no forwarding loop that lasts */
	VERDICT_TABLE, /* every table within its cap */
	VERDICT_NONCE, /* no key seals two texts with one nonce */
	VERDICT_TWICE, /* no frame of a session is opened twice */
	VERDICT_HOPS,  /* what is passed on has a smaller hop limit each time */
	VERDICT_MIXED, /* nobody sees another mesh, or uses a link of who was revoked */
	/* liveness */
	VERDICT_ROUTES,  /* routes as the true graph has them */
	VERDICT_TREES,   /* all members hold the same tree */
	VERDICT_MEMBERS, /* who is in and who is out is known wherever it can be */
	VERDICT_PINGS,   /* every ping is answered, every bulk transfer ends */
	VERDICTS,
	VERDICT_LIVENESS = VERDICT_ROUTES
};

extern const char *const verdict_names[VERDICTS];

struct verdict {
	bool broken;
	struct instant at; /* broken: when; liveness: true since; NEVER: not true */
	char text[200];    /* what was seen */
};

/* What a device knew of a router at the last look. */
struct verdict_known {
	uint32_t life; /* of the device */
	uint64_t sequence;
};

struct verdicts {
	struct verdict rows[VERDICTS];
	bool unsafe; /* one of the safe ones is broken */
	struct instant judge_at;
	int64_t *loops_since;        /* owned: by source and destination, us; 0: none */
	struct verdict_known *known; /* owned: by device and router */
	uint64_t *ever;              /* owned: bits of pairs that were ever linked */
	int64_t longest_loop_us;
	uint64_t loops_sampled;
};

void verdicts_init(struct world *w);
void verdicts_fini(struct world *w);
/* A safety verdict is broken; the first text stays. `more` may be NULL. */
void verdict_break(
	struct world *w, enum verdict_kind kind, const char *text, const char *more);
/* Links have changed. */
void verdicts_links(struct world *w);
/* Looks at everything that is to be looked at now. True: all has happened, every verdict
 * holds and has held for a while. */
bool verdicts_judge(struct world *w);
/* At the end: whether all held; liveness that did not come true is broken. */
bool verdicts_end(struct world *w);

/* verdict_routes.c */
bool verdict_routes_whole(struct world *w, struct text *why);
/* For each node the least of those that it must be able to reach; caller frees. */
uint32_t *verdict_islands(struct world *w);
void verdict_loops(struct world *w);
void verdict_links_believed(struct world *w);

/* verdict_files.c */
/* Reads what changed of a device's folder: each file is a version somebody may write. */
void verdict_folder(struct world *w, uint32_t device);
bool verdict_trees_alike(struct world *w, struct text *why);
/* Once all are alike: no version is lost, and none came back. */
void verdict_versions(struct world *w);

/* seals.c */
/* What the seals and signatures of this process have seen; counters for the report. */
struct seals_counters {
	uint64_t signatures, checks, remembered, seals, agreements, agreements_remembered;
};
/* The bytes that a frame, sealed last, has of each message kind, headers included; NULL: it
 * was not sealed here. What DATA brings counts as what it is, but for TCs, which stay DATA: they repair. */
const uint32_t *seals_messages(struct bytes frame);
void seals_reset(void);
struct seals_counters seals_counters(void);
/* A relay message with this sealed frame inside came from one node to another; from: NULL
 * when it is the one that made it. */
void seals_hop(struct bytes inner, const struct address *from, const struct address *to,
	unsigned hop_limit);
/* The verdict that seals have broken; VERDICTS: none. */
enum verdict_kind seals_verdict(void);
