/* SPDX-License-Identifier: ISC */
/*
 * A flow that has packets is in one list of its destination, that of its class; a destination
 * is in the list of each class in which it has flows. A flow without packets belongs to no
 * destination: it is remembered for QUEUE_QUIET_US, after which it is as good as new.
 * All flows with packets are kept by size, so that the fattest is found in one step.
 */
#include "node/inet/queue.h"

#include <utlist.h>

#include "node/inet/checksum.h"
#include "node/inet/codel.h"

/* From an empty credit to a full one. */
#define REFILL_US ((int64_t)QUEUE_QUANTUM * 1000000 / QUEUE_SPARSE_PER_S)

struct queue_flow {
	struct {
		struct address destination;
		uint64_t hash;
	} key;
	struct queue_destination *destination; /* NULL: idle */
	enum queue_class class;
	struct queue_packet *head, *tail;
	size_t bytes;
	int32_t deficit; /* of a turn in bulk */
	int32_t credit;  /* 0 to QUEUE_QUANTUM, as it was at credit_at */
	struct instant credit_at;
	struct instant bulk_until; /* what comes before is bulk */
	struct codel codel;
	struct queue_flow *prev, *next; /* of its class at its destination; idle */
	struct queue_flow *size_prev, *size_next; /* of its size */
	UT_hash_handle hh;
};

const char *queue_drop_name(enum queue_drop reason)
{
	static const char *const names[QUEUE_DROPS] = {
		[QUEUE_DROP_CODEL] = "codel",
		[QUEUE_DROP_FULL] = "full",
		[QUEUE_DROP_OLD] = "old",
		[QUEUE_DROP_AWAY] = "away",
	};

	return names[reason];
}

struct queue_packet *queue_packet_new(size_t size)
{
	return mem_new(sizeof(struct queue_packet) + size);
}

void queue_packet_free(struct queue_packet *p)
{
	mem_free(p);
}

/* --------------------------------------------------------------------------- by size */

static void size_add(struct inet_queue *q, struct queue_flow *f)
{
	size_t step = f->bytes / QUEUE_STEP;

	DL_APPEND2(q->by_size[step], f, size_prev, size_next);
	q->sizes[step / 64] |= (uint64_t)1 << step % 64;
}

static void size_remove(struct inet_queue *q, struct queue_flow *f)
{
	size_t step = f->bytes / QUEUE_STEP;

	/* The list holds f.
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	DL_DELETE2(q->by_size[step], f, size_prev, size_next);
	if (q->by_size[step] == NULL)
		q->sizes[step / 64] &= ~((uint64_t)1 << step % 64);
}

/* There must be one. */
static struct queue_flow *fattest(const struct inet_queue *q)
{
	size_t i = array_len(q->sizes);

	do
		i--;
	while (q->sizes[i] == 0);
	return q->by_size[64 * i + 63 - (size_t)__builtin_clzll(q->sizes[i])];
}

/* --------------------------------------------------------------- destinations and flows */

static struct queue_destination *destination_find(
	const struct inet_queue *q, const struct address *address)
{
	struct queue_destination *d;

	HASH_FIND(hh, q->destinations, address, sizeof(*address), d);
	return d;
}

static struct queue_destination *destination_get(
	struct inet_queue *q, const struct address *address)
{
	struct queue_destination *d = destination_find(q, address);

	if (d == NULL) {
		d = mem_new(sizeof(*d));
		d->address = *address;
		HASH_ADD(hh, q->destinations, address, sizeof(d->address), d);
	}
	return d;
}

static void flow_join(struct inet_queue *q, struct queue_flow *f, enum queue_class class)
{
	struct queue_destination *d = f->destination;

	if (d->flows[class] == NULL) {
		d->deficit[class] = QUEUE_QUANTUM;
		DL_APPEND2(q->turn[class], d, prev[class], next[class]);
	}
	f->class = class;
	f->deficit = QUEUE_QUANTUM;
	DL_APPEND(d->flows[class], f);
}

static void flow_leave(struct inet_queue *q, struct queue_flow *f)
{
	struct queue_destination *d = f->destination;
	enum queue_class class = f->class;

	/* f has packets, so it has a destination.
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	DL_DELETE(d->flows[class], f);
	if (d->flows[class] == NULL)
		DL_DELETE2(q->turn[class], d, prev[class], next[class]);
}

static void flow_refill(struct queue_flow *f, struct instant now)
{
	int64_t us = instant_since_us(now, f->credit_at);
	int64_t more = (us < REFILL_US ? us : REFILL_US) * QUEUE_SPARSE_PER_S / 1000000;

	if (more <= 0 && f->credit < QUEUE_QUANTUM)
		return;
	f->credit = f->credit + more < QUEUE_QUANTUM ? f->credit + (int32_t)more
						     : QUEUE_QUANTUM;
	f->credit_at = now;
}

static void idle_forget(struct inet_queue *q, struct queue_flow *f)
{
	DL_DELETE(q->idle, f);
	q->idle_count--;
	/* The table is there: it holds f.
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	HASH_DEL(q->flows, f);
	mem_free(f);
}

/* Forgets those that were quiet for long enough, and those at the cap. */
static void idle_expire(struct inet_queue *q, struct instant now)
{
	while (q->idle_count > QUEUE_IDLE_MAX ||
		(q->idle != NULL &&
			instant_since_us(now, q->idle->credit_at) >= QUEUE_QUIET_US))
		idle_forget(q, q->idle);
}

/* After packets were taken from f: when it is empty it is idle, and its destination gone if
 * that was the last of all. */
static void flow_settle(struct inet_queue *q, struct queue_flow *f)
{
	struct queue_destination *d = f->destination;

	if (f->head != NULL)
		return;
	flow_leave(q, f);
	f->destination = NULL;
	DL_APPEND(q->idle, f);
	q->idle_count++;
	if (d->packets == 0) {
		HASH_DEL(q->destinations, d);
		mem_free(d);
	}
}

static struct queue_flow *flow_get(struct inet_queue *q, struct instant now,
	const struct address *destination, uint64_t hash)
{
	struct queue_flow fresh = {
		.key = { *destination, hash }, .credit = QUEUE_QUANTUM, .credit_at = now
	};
	struct queue_flow *f;

	HASH_FIND(hh, q->flows, &fresh.key, sizeof(fresh.key), f);
	if (f == NULL) {
		f = mem_copy(&fresh, sizeof(fresh));
		HASH_ADD(hh, q->flows, key, sizeof(f->key), f);
	} else if (f->destination != NULL) {
		return f;
	} else {
		DL_DELETE(q->idle, f);
		q->idle_count--;
	}
	f->destination = destination_get(q, destination);
	return f;
}

/* ----------------------------------------------------------------------- packets in, out */

/* f's first packet, out of all counts but not out of its lists: flow_settle follows. */
static struct queue_packet *flow_pop(struct inet_queue *q, struct queue_flow *f)
{
	struct queue_packet *p = f->head;

	size_remove(q, f);
	f->head = p->next;
	f->bytes -= p->len;
	if (f->head != NULL)
		size_add(q, f);
	f->destination->packets--;
	f->destination->bytes -= p->len;
	q->packets--;
	q->bytes -= p->len;
	p->next = NULL;
	return p;
}

static void flow_drop(struct inet_queue *q, struct queue_flow *f, enum queue_drop reason)
{
	queue_packet_free(flow_pop(q, f));
	q->dropped[reason]++;
}

/* Whether a packet that comes to the empty flow f goes first. */
static bool is_sparse(const struct queue_flow *f, struct instant now, size_t len)
{
	return f->credit >= (int32_t)len && instant_due(f->bulk_until, now);
}

void queue_add(struct inet_queue *q, struct instant now,
	const struct address *destination, struct queue_packet *take)
{
	struct queue_flow *f;
	struct queue_packet *p = take;

	check(p->len <= PACKET_MAX);
	idle_expire(q, now);
	f = flow_get(q, now, destination, p->flow);
	p->since = now;
	p->next = NULL;
	if (f->head == NULL) {
		flow_refill(f, now);
		flow_join(q, f, is_sparse(f, now, p->len) ? QUEUE_SPARSE : QUEUE_BULK);
		f->head = p;
	} else {
		size_remove(q, f);
		f->tail->next = p;
	}
	f->tail = p;
	f->bytes += p->len;
	size_add(q, f);
	f->destination->packets++;
	f->destination->bytes += p->len;
	q->packets++;
	q->bytes += p->len;
	while (q->packets > QUEUE_PACKETS_MAX || q->bytes > QUEUE_BYTES_MAX) {
		f = fattest(q);
		flow_drop(q, f, QUEUE_DROP_FULL);
		flow_settle(q, f);
	}
}

/* Sets "congestion experienced" (RFC 3168); false when the packet's ends do not speak ECN. */
static bool mark(struct queue_packet *p)
{
	uint8_t *b = p->bytes;
	bool four = p->len >= PACKET_IPV4_HEADER_SIZE && b[0] >> 4 == 4;
	unsigned shift = four ? 0 : 4;
	uint16_t before;

	if (!four && (p->len < PACKET_IPV6_HEADER_SIZE || b[0] >> 4 != 6))
		return false;
	if ((b[1] >> shift & 3) == 0)
		return false;
	before = (uint16_t)(b[0] << 8 | b[1]);
	b[1] |= (uint8_t)(3u << shift);
	if (four)
		checksum_replace(b + 10, before, (uint16_t)(b[0] << 8 | b[1]));
	return true;
}

/* The next packet of f that CoDel lets through; NULL: f is empty. */
static struct queue_packet *flow_next(
	struct inet_queue *q, struct instant now, struct queue_flow *f)
{
	while (f->head != NULL) {
		struct queue_packet *p = flow_pop(q, f);
		int64_t sojourn = instant_since_us(now, p->since);
		enum codel_advice advice =
			codel_judge(&f->codel, now, sojourn, f->bytes <= QUEUE_QUANTUM);

		if (sojourn < QUEUE_AGE_US && advice == CODEL_KEEP)
			return p;
		if (sojourn < QUEUE_AGE_US && mark(p)) {
			q->marked++;
			return p;
		}
		q->dropped[sojourn < QUEUE_AGE_US ? QUEUE_DROP_CODEL : QUEUE_DROP_OLD]++;
		queue_packet_free(p);
	}
	return NULL;
}

/* The flow of d whose turn it is in a class. What has used up its credit is bulk from here
 * on; what has used up its turn waits for the others. */
static struct queue_flow *flow_turn(struct inet_queue *q, struct instant now,
	enum queue_class class, struct queue_destination *d)
{
	struct queue_flow *f;

	while ((f = d->flows[class]) != NULL) {
		flow_refill(f, now);
		if (class == QUEUE_BULK && f->deficit <= 0) {
			f->deficit += QUEUE_QUANTUM;
			DL_DELETE(d->flows[class], f);
			DL_APPEND(d->flows[class], f);
		} else if (class == QUEUE_SPARSE && f->credit < (int32_t)f->head->len) {
			flow_leave(q, f);
			flow_join(q, f, QUEUE_BULK);
		} else {
			return f;
		}
	}
	return NULL;
}

/* Pays for a packet of f that is about to go; a destination that has had its turn goes
 * last. */
static void pay(
	struct inet_queue *q, struct instant now, struct queue_flow *f, size_t len)
{
	struct queue_destination *d = f->destination;
	enum queue_class class = f->class;
	int32_t cost = (int32_t)len;

	if (class == QUEUE_BULK)
		f->bulk_until = instant_add_us(now, QUEUE_QUIET_US);
	f->credit = f->credit > cost ? f->credit - cost : 0;
	f->deficit -= cost;
	d->deficit[class] -= cost;
	if (d->deficit[class] <= 0) {
		d->deficit[class] += QUEUE_QUANTUM;
		DL_DELETE2(q->turn[class], d, prev[class], next[class]);
		DL_APPEND2(q->turn[class], d, prev[class], next[class]);
	}
}

const struct queue_destination *queue_next(const struct inet_queue *q,
	enum queue_class class, const struct queue_destination *after)
{
	return after != NULL ? after->next[class] : q->turn[class];
}

struct queue_packet *queue_take(struct inet_queue *q, struct instant now,
	enum queue_class class, const struct queue_destination *d)
{
	struct queue_destination *from = destination_find(q, &d->address);
	struct queue_packet *p = NULL;
	struct queue_flow *f;
	bool last;

	do {
		f = flow_turn(q, now, class, from);
		if (f == NULL)
			return NULL;
		p = flow_next(q, now, f);
		if (p != NULL) {
			pay(q, now, f, p->len);
			q->taken[class]++;
		}
		last = from->packets == 0;
		flow_settle(q, f);
	} while (p == NULL && !last);
	return p;
}

size_t queue_forget(struct inet_queue *q, const struct address *destination)
{
	struct queue_destination *d = destination_find(q, destination);
	size_t count = d != NULL ? d->packets : 0;

	for (size_t left = count; left > 0;) {
		struct queue_flow *f = d->flows[QUEUE_SPARSE] != NULL
					       ? d->flows[QUEUE_SPARSE]
					       : d->flows[QUEUE_BULK];

		for (; f->head != NULL; left--)
			flow_drop(q, f, QUEUE_DROP_AWAY);
		flow_settle(q, f);
	}
	return count;
}

void queue_expire(struct inet_queue *q, struct instant now)
{
	struct queue_flow *f, *next;

	idle_expire(q, now);
	HASH_ITER (hh, q->flows, f, next) {
		if (f->destination == NULL)
			continue;
		while (f->head != NULL &&
			instant_since_us(now, f->head->since) >= QUEUE_AGE_US)
			flow_drop(q, f, QUEUE_DROP_OLD);
		flow_settle(q, f);
	}
}

void queue_init(struct inet_queue *q)
{
	*q = (struct inet_queue){ 0 };
}

void queue_fini(struct inet_queue *q)
{
	while (q->destinations != NULL)
		(void)queue_forget(q, &q->destinations->address);
	while (q->idle != NULL)
		idle_forget(q, q->idle);
}
