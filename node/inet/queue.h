/* SPDX-License-Identifier: ISC */
/*
 * Packets that wait for the mesh: fair between destinations, for each destination fair
 * between its flows, and CoDel in each flow (FQ-CoDel, RFC 8290 and 8289).
 *
 * A flow that sends little is sparse and goes first (the caller's interactive class), all
 * others are bulk. RFC 8290 calls sparse what has just begun to wait; here that would be any
 * flow that the first hop takes faster than it comes, and a whole path would carry it as
 * interactive. So each flow has a credit of one quantum that refills slowly, and is sparse
 * while it lasts. Once bulk, it stays so until it was quiet for long enough that nothing of it
 * is overtaken on the way.
 *
 * The queue is pulled. Whether a packet can go depends on the way to its destination, so the
 * caller walks the destinations in the order of their turn and takes from those that are
 * ready. One that is not costs a step, keeps its turn, and holds nobody up:
 *
 *   for each class, QUEUE_SPARSE first:
 *           blocked = NULL;
 *           while ((d = queue_next(q, class, blocked)) != NULL)
 *                   if (!ready(&d->address, class))
 *                           blocked = d;
 *                   else if ((p = queue_take(q, now, class, d)) != NULL)
 *                           send p, queue_packet_free(p);
 */
#pragma once

#include "node/base/instant.h"
#include "node/base/siphash.h"
#include "node/inet/packet.h"

enum {
	QUEUE_PACKETS_MAX = 1024,  /* victim: the head of the fattest flow */
	QUEUE_BYTES_MAX = 1 << 20, /* the same */
	QUEUE_IDLE_MAX = 1024, /* flows remembered; victim: who is empty for longest */

	QUEUE_QUANTUM = 1500, /* bytes of a flow's turn, and of a destination's */
	QUEUE_SPARSE_PER_S = 64 * 1024, /* bytes a second at which credit comes back */
	QUEUE_QUIET_US = 1000000, /* since its last bulk packet, for what is sparse */
	QUEUE_AGE_US = 5000000,   /* older packets are dropped unsent */

	QUEUE_STEP = 1024, /* private: flows are kept by size in steps of so many bytes */
	QUEUE_STEPS = (QUEUE_BYTES_MAX + PACKET_MAX) / QUEUE_STEP + 1,
};

enum queue_class { QUEUE_SPARSE, QUEUE_BULK, QUEUE_CLASSES };

/* A packet with its bytes, in one block. */
struct queue_packet {
	struct queue_packet *next; /* private */
	struct instant since;      /* set by queue_add */
	uint64_t flow;             /* packet_hash; two flows that share one are one */
	size_t len;                /* at most PACKET_MAX */
	uint8_t bytes[];
};

/* With room for size bytes; caller fills bytes, len and flow, and owns it until queue_add. */
struct queue_packet *queue_packet_new(size_t size);
void queue_packet_free(struct queue_packet *p); /* NULL is fine */

struct queue_flow;

/* Where packets are waiting for; the queue's, gone with its last packet. */
struct queue_destination {
	struct address address;
	size_t packets, bytes;
	/* private */
	struct queue_flow *flows[QUEUE_CLASSES]; /* in the order of their turn */
	struct queue_destination *prev[QUEUE_CLASSES], *next[QUEUE_CLASSES];
	int32_t deficit[QUEUE_CLASSES];
	UT_hash_handle hh;
};

enum queue_drop {
	QUEUE_DROP_CODEL, /* waited too long for too long */
	QUEUE_DROP_FULL,  /* a cap */
	QUEUE_DROP_OLD,   /* QUEUE_AGE_US */
	QUEUE_DROP_AWAY,  /* queue_forget */
	QUEUE_DROPS
};

/* "codel", "full", "old", "away": the names of the counters in status. */
const char *queue_drop_name(enum queue_drop reason);

struct inet_queue {
	size_t packets, bytes;         /* waiting */
	uint64_t taken[QUEUE_CLASSES]; /* by class */
	uint64_t dropped[QUEUE_DROPS];
	uint64_t marked; /* ECN instead of a drop */
	/* private */
	struct queue_flow *flows; /* all, by destination and hash */
	struct queue_flow *idle;  /* the empty ones, longest first */
	size_t idle_count;
	struct queue_destination *destinations;
	struct queue_destination *turn[QUEUE_CLASSES];
	struct queue_flow *by_size[QUEUE_STEPS];
	uint64_t sizes[(QUEUE_STEPS + 63) / 64]; /* which of them are not empty */
};

void queue_init(struct inet_queue *q);
void queue_fini(struct inet_queue *q);

/* Adds a packet for the node with this address; the queue owns it from here. At a cap
 * packets are dropped, perhaps this one. */
void queue_add(struct inet_queue *q, struct instant now,
	const struct address *destination, struct queue_packet *take);

/* The destination whose turn it is in a class, or the one after `after`; NULL: no more. Valid
 * until the next queue_add, queue_forget or queue_expire, or the queue_take of its last
 * packet. */
const struct queue_destination *queue_next(const struct inet_queue *q,
	enum queue_class class, const struct queue_destination *after);

/* The packet of d whose turn it is in a class; the caller frees it. NULL when what waited
 * there was dropped, or is bulk from now on. d may be gone in any case. */
must_use struct queue_packet *queue_take(struct inet_queue *q, struct instant now,
	enum queue_class class, const struct queue_destination *d);

/* Drops what waits for a node that cannot be reached; returns how many packets. */
size_t queue_forget(struct inet_queue *q, const struct address *destination);

/* Drops what is older than QUEUE_AGE_US, also for destinations that are never ready: a walk
 * over all flows, for a tick of a second or so. */
void queue_expire(struct inet_queue *q, struct instant now);
