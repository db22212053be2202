/* SPDX-License-Identifier: ISC */
/*
 * What waits for a link: one queue for each class, bulk spread over buckets by flow so that
 * no flow starves another (stochastic fairness queueing, McKenney 1990). Items own their
 * bytes; a queue owns its items.
 */
#pragma once

#include "node/base/instant.h"
#include "node/wire/message.h"

enum flow_class {
	FLOW_CONTROL, /* link control: acknowledgements and probes are made, not queued */
	FLOW_ROUTING, /* TCs and summaries for one neighbour */
	FLOW_INTERACTIVE, /* echoes, handshakes on their way, replication's small talk */
	FLOW_RIDER,       /* what may wait a moment to ride on a frame that goes anyway */
	FLOW_BULK,        /* content */
	FLOW_CLASSES
};

enum {
	FLOW_BUCKETS = 16,
	FLOW_QUEUE_MAX = 128,   /* items of one class; above it the newest is refused */
	FLOW_EXPIRY_MS = 15000, /* an item that waited longer is dropped: it breaks
				      * circles of waiting, and its end has asked again */
	FLOW_URGENT_EXPIRY_MS = 4000, /* the same for classes above bulk */
	FLOW_RIDER_US =
		8000, /* then it goes by itself: about as long as the acknowledgement
			       * of a frame is put off, on which it rides most often */
};

struct flow_item {
	struct flow_item *next; /* private */
	enum message_kind kind;
	enum flow_class class;
	uint32_t flow;     /* which flow it belongs to; any number */
	uint32_t origin;   /* link it came from, 0: made here */
	uint32_t sequence; /* link sequence, once sent */
	bool numbered;     /* has a sequence: it was sent before */
	bool transit;      /* the neighbour will have to hold it: needs credit */
	struct instant since;
	uint16_t len;
	uint8_t body[];
};

/* An item with a copy of body; the caller owns it until it is queued. */
struct flow_item *flow_item_new(enum message_kind kind, enum flow_class class,
	struct bytes body, struct instant now);
void flow_item_free(struct flow_item *i);

struct flow_list {
	struct flow_item *head, *tail;
	size_t count;
};
void flow_list_add(struct flow_list *l, struct flow_item *take);
void flow_list_push(struct flow_list *l, struct flow_item *take); /* at the front */
struct flow_item *flow_list_take(struct flow_list *l);            /* NULL when empty */
void flow_list_fini(struct flow_list *l);

struct flow_queue {
	struct flow_list again[FLOW_CLASSES]; /* lost on the air: these go first */
	struct flow_list fresh[FLOW_CLASSES]; /* but bulk */
	struct flow_list bulk[FLOW_BUCKETS];
	unsigned turn; /* bucket that is next */
	size_t count[FLOW_CLASSES];
	size_t own[FLOW_CLASSES]; /* of these, made here */
};

/* False: the class is full, the item stays the caller's. */
must_use bool flow_queue_add(struct flow_queue *q, struct flow_item *take);
/* Takes back an item that was lost on the air. Never refused. */
void flow_queue_return(struct flow_queue *q, struct flow_item *take);
/* The item that would be taken next from a class; NULL when none. With transit false an item
 * that needs credit is passed over, unless it was sent before: its credit was given then. */
struct flow_item *flow_queue_first(
	struct flow_queue *q, enum flow_class class, bool transit);
/* Takes what flow_queue_first gave. */
void flow_queue_take(struct flow_queue *q, struct flow_item *item);
/* Moves everything to list, most urgent first. */
void flow_queue_empty(struct flow_queue *q, struct flow_list *list);
/* Moves items that waited too long to list. */
void flow_queue_expire(struct flow_queue *q, struct instant now, struct flow_list *list);
size_t flow_queue_count(const struct flow_queue *q);
/* When a frame is to be made for what waits; NEVER: when one goes anyway. */
struct instant flow_queue_due(const struct flow_queue *q);
