/* SPDX-License-Identifier: ISC */
/*
 * What a world measures: what control costs on the air, how good the ways are that frames
 * take, what of a light load arrives. The first is counted in every world; the rest needs a
 * line `world measure`, by which nodes are looked at and send echoes. Truth comes from the
 * channel (ways.h).
 *
 * A frame counts once, however often the radio tries it, with its Ethernet, IPv6 and UDP
 * headers. What it carries is known from the seal (seals.c). Control is all but relayed
 * frames, echoes, streams, replication, IP and care.
 */
#pragma once

#include "node/base/rng.h"
#include "node/wire/message.h"
#include "sim/world/ways.h"

struct world;
struct world_frame;

enum {
	FIGURES_SOURCES = 64, /* nodes from which ways are followed: all, or by chance */
	FIGURES_ENDS = 64,    /* and to which */
	FIGURES_LINKS = 64, /* nodes up to which it is known since when a link is gone */
	FIGURES_STRETCH_MAX = 400, /* %: longer ways count as this */
	FIGURES_PING_MS = 5000,    /* an answer that takes longer is none */
};

/* Beside the message kinds, in which their headers are counted. */
enum { FIGURES_FRAME = MESSAGE_KINDS, FIGURES_HANDSHAKE, FIGURES_ROWS };

/* Sums over all nodes. */
struct figures_window {
	struct instant since;
	uint64_t bytes[FIGURES_ROWS], frames; /* of control */
	uint64_t looks;
	uint64_t pairs, routed; /* pairs that must reach each other; that do */
	uint64_t gone, gone_us,
		circles;           /* of the others: over a link that is gone, for how
					  * long in sum; in circles. The rest know no way */
	uint64_t ways, stretch_e6; /* ways that arrive; sum of ours / best */
	uint64_t ours_ns, least_hops_ns; /* their airtime; that of ways of least hops */
	uint64_t
		stretch[FIGURES_STRETCH_MAX + 1]; /* how many, by % above 1, rounded up */
	uint64_t pings, answered, rtt_us;
};

enum { FIGURES_ALL, FIGURES_SETTLED, FIGURES_WINDOWS };

struct figures_node {
	uint64_t bytes[FIGURES_WINDOWS], frames[FIGURES_WINDOWS];
};

struct figures_ping {
	uint32_t node, other;
	uint64_t token; /* 0: it could not be sent */
	struct instant at;
	bool answered;
};

struct figures {
	struct figures_window windows[FIGURES_WINDOWS];
	struct figures_node *nodes; /* owned; one for each device */
	int64_t longest_loop_us;    /* there at every look for so long */
	/* private */
	struct ways ways;
	struct rng_seeded luck;
	struct rng rng;
	uint32_t *group;          /* owned */
	uint32_t *sources, *ends; /* owned */
	uint32_t source_count, end_count;
	struct instant *linked;  /* owned: when a pair was last; NULL in large worlds */
	struct instant *circles; /* owned: since when, by source and end; NEVER: not */
	struct figures_ping *pings; /* owned: in flight, oldest first */
	size_t ping_count, ping_room;
	struct instant look_at, ping_at;
};

void figures_init(struct world *w);
void figures_fini(struct world *w);
/* A frame was given to the radio. */
void figures_frame(struct world *w, uint32_t sender, const struct world_frame *f);
/* Looks, sends, gives up: what is due. */
void figures_do(struct world *w);
struct instant figures_deadline(const struct world *w);
/* An answer has come to a device. */
void figures_answer(struct world *w, uint32_t device, uint64_t token);
/* Adds to the report, on stdout. */
void figures_print(struct world *w);
