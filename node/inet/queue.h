/* SPDX-License-Identifier: ISC */
/*
 * Packets that wait for the mesh: fair between destinations, and for each destination fair
 * between its flows, each with CoDel (FQ-CoDel, RFC 8290 and 8289). A flow that has not used
 * up a quantum since it last had nothing waiting is sparse and goes first (interactive class);
 * else it is bulk.
 *
 * The queue is pulled. Whether a packet can go depends on the way to its destination, so the
 * caller walks the destinations in the order of their turn and takes from the ones that are
 * ready; one that is not costs a step and loses nothing but time:
 *
 *   for (class = QUEUE_SPARSE; class < QUEUE_CLASSES; class++) {
 *           blocked = NULL;
 *           while ((d = queue_next(q, class, blocked)) != NULL) {
 *                   if (!ready(&d->address, class))
 *                           blocked = d;
 *                   else if ((p = queue_take(q, now, class, d)) != NULL)
 *                           send(p), queue_packet_free(p);
 *           }
 *   }
 */
#pragma once

#include "node/base/instant.h"
#include "node/base/siphash.h"
#include "node/inet/packet.h"

enum {
	QUEUE_PACKETS_MAX = 1024,   /* victim: the head of the fattest flow */
	QUEUE_BYTES_MAX = 1 << 20,  /* the same */
	QUEUE_FLOWS_MAX = 1024,     /* emptied ones are forgotten at once beyond it */
	QUEUE_QUANTUM = 1500,       /* bytes of a flow's turn, and of a destination's */
	QUEUE_TARGET_US = 10000,    /* CoDel: standing delay that is fine */
	QUEUE_INTERVAL_US = 100000, /* CoDel: for how long it may stand */
	QUEUE_AGE_MS = 5000,        /* older packets are thrown away unsent */
	QUEUE_SIZE_STEP = 1024,     /* private: bytes that make a flow a step fatter */
	QUEUE_SIZES = QUEUE_BYTES_MAX / QUEUE_SIZE_STEP + 65,
};

enum queue_class { QUEUE_SPARSE, QUEUE_BULK, QUEUE_CLASSES };

/* A packet and its bytes in one block. */
struct queue_packet {
	struct queue_packet *next; /* private */
	struct instant since;
	uint64_t flow; /* packet_hash */
	size_t len;
	uint8_t bytes[];
};

/* A packet with room for size bytes, len of them filled by the caller; caller's until it is
 * added. */
struct queue_packet *queue_packet_new(size_t size);
void queue_packet_free(struct queue_packet *p); /* NULL is fine */

struct queue_flow;

/* A destination with packets waiting. */
struct queue_destination {
	struct address address;
	size_t packets, bytes;
	/* private */
	struct queue_flow *flows[QUEUE_CLASSES]; /* in the order of their turn */
	struct queue_flow *idle_flows;
	struct queue_destination *prev[QUEUE_CLASSES], *next[QUEUE_CLASSES];
	bool listed[QUEUE_CLASSES];
	int32_t deficit[QUEUE_CLASSES];
	UT_hash_handle hh;
};

struct inet_queue {
	size_t packets, bytes; /* waiting */
	size_t flows, destinations;
	uint64_t added, taken;
	uint64_t dropped_codel, dropped_full, dropped_old,
		dropped_away; /* away: queue_drop */
	uint64_t marked;      /* ECN instead of a drop */
	/* private */
	struct queue_destination *table;
	struct queue_destination *turn[QUEUE_CLASSES];
	struct queue_flow *by_size[QUEUE_SIZES];
	uint64_t sizes[(QUEUE_SIZES + 63) / 64]; /* which of them are not empty */
};

void queue_init(struct inet_queue *q);
void queue_fini(struct inet_queue *q);

/* Adds a packet for the node with this address; since is set to now. The queue owns it from
 * here. At a cap others, or itself, are dropped. */
void queue_add(struct inet_queue *q, struct instant now,
	const struct address *destination, struct queue_packet *take);

/* The destination whose turn it is in a class, or the one after `after`; NULL: no more. Valid
 * until the next queue_add, queue_drop, queue_expire, or the queue_take of its last packet. */
const struct queue_destination *queue_next(const struct inet_queue *q,
	enum queue_class class, const struct queue_destination *after);

/* The packet of d whose turn it is; the caller frees it. NULL when the last that waited in
 * this class were dropped, or turned bulk; d may be gone in either case. */
must_use struct queue_packet *queue_take(struct inet_queue *q, struct instant now,
	enum queue_class class, const struct queue_destination *d);

/* Drops what waits for a destination that cannot be reached; returns how many packets. */
size_t queue_drop(struct inet_queue *q, const struct address *destination);

/* Drops what is older than QUEUE_AGE_MS, also of destinations that are never ready; a walk
 * over all flows, for a tick a second. */
void queue_expire(struct inet_queue *q, struct instant now);
