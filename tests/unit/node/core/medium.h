/* SPDX-License-Identifier: ISC */
/*
 * A few nodes on an air that a test rules: who hears whom, how much is lost. Virtual time,
 * one interface each. Header only, because unit tests, properties and fuzzers share it.
 */
#pragma once

#include "node/base/mem.h"
#include "node/core/node.h"

enum {
	MEDIUM_NODES = 16,
	MEDIUM_DELAY_US = 800,
	MEDIUM_QUEUE_US = 1000000,
	MEDIUM_MTU = 1452
};

struct medium_frame {
	struct instant at;
	unsigned from, to;
	size_t len;
	uint8_t *bytes; /* owned */
};

struct medium {
	struct rng_seeded luck[MEDIUM_NODES + 1];
	struct rng rng;
	struct keypair keys[MEDIUM_NODES];
	struct node *nodes[MEDIUM_NODES];
	unsigned count;
	bool joined[MEDIUM_NODES][MEDIUM_NODES];
	uint32_t loss_ppm;
	/* a radio that takes so long for each frame, and when it is done with those it has */
	int64_t slow_us[MEDIUM_NODES];
	struct instant idle_at[MEDIUM_NODES];
	unsigned hello_interval_ms; /* 0: as in life */
	bool closed;                /* its nodes are not in the open mesh */
	struct log log;             /* silent */
	struct instant now;
	struct medium_frame *air; /* owned */
	size_t air_count, air_room;
	void (*on_event)(struct medium *m, unsigned node, const struct node_event *e);
	struct node_event last; /* last echo or speed event */
	unsigned echoes;
	unsigned sent[MEDIUM_NODES]; /* frames */
	uint64_t trace;
};

static inline struct endpoint medium_endpoint(unsigned i)
{
	return (struct endpoint){ { 2, 0, 0, 0, 0, (uint8_t)i }, 0 };
}

static inline struct node *medium_node_new(struct medium *m, unsigned i)
{
	struct node_config c = { .self = &m->keys[i],
		.open_mesh = !m->closed,
		.sequence = (uint64_t)m->now.us + 1,
		.log = &m->log,
		.hello_interval_ms = m->hello_interval_ms };
	struct node *n;

	c.name[0] = 'n';
	c.name[1] = (char)('a' + i);
	c.rng = rng_seeded_init(&m->luck[i], rng_u64(&m->rng));
	n = node_new(&c, m->now);
	node_interface_add(n, m->now, 1, MEDIUM_MTU);
	return n;
}

static inline void medium_begin_paced(struct medium *m, unsigned count, uint64_t seed,
	bool closed, unsigned hello_interval_ms)
{
	memset(m, 0, sizeof(*m));
	check(count <= MEDIUM_NODES && crypto_start() == 0);
	m->closed = closed;
	m->hello_interval_ms = hello_interval_ms;
	m->count = count;
	m->now = instant_ms(1000);
	m->log.level = LOG_ERROR_;
	m->rng = rng_seeded_init(&m->luck[MEDIUM_NODES], seed);
	for (unsigned i = 0; i < count; i++) {
		keypair_new(&m->keys[i], &m->rng);
		m->nodes[i] = medium_node_new(m, i);
	}
}

static inline void medium_begin(
	struct medium *m, unsigned count, uint64_t seed, bool closed)
{
	medium_begin_paced(m, count, seed, closed, 500);
}

static inline void medium_init(struct medium *m, unsigned count, uint64_t seed)
{
	medium_begin(m, count, seed, false);
}

static inline void medium_fini(struct medium *m)
{
	for (unsigned i = 0; i < m->count; i++)
		node_free(m->nodes[i]);
	for (size_t i = 0; i < m->air_count; i++)
		mem_free(m->air[i].bytes);
	mem_free(m->air);
}

static inline void medium_join(struct medium *m, unsigned a, unsigned b, bool joined)
{
	m->joined[a][b] = m->joined[b][a] = joined;
}

static inline struct address medium_address(const struct medium *m, unsigned i)
{
	return node_address(m->nodes[i]);
}

static inline void medium_put(
	struct medium *m, unsigned from, unsigned to, const struct node_frame *f)
{
	struct medium_frame *air;

	if (to >= m->count || to == from || !m->joined[from][to] ||
		rng_chance_ppm(&m->rng, m->loss_ppm))
		return;
	mem_grow(m->air, m->air_count, m->air_room);
	air = &m->air[m->air_count++];
	*air = (struct medium_frame){ instant_add_us(m->idle_at[from], MEDIUM_DELAY_US),
		from, to, f->len, mem_copy(f->bytes, f->len) };
}

static inline void medium_flush(struct medium *m, unsigned i)
{
	static struct node_frame f;
	struct node_event e;
	struct job *job;

	if (instant_due(node_deadline(m->nodes[i]), m->now))
		node_tick(m->nodes[i], m->now);
	while (node_transmit(m->nodes[i], m->now, 1, &f)) {
		m->sent[i]++;
		if (instant_since_us(m->idle_at[i], m->now) > MEDIUM_QUEUE_US)
			continue;
		m->idle_at[i] =
			instant_add_us(instant_max(m->idle_at[i], m->now), m->slow_us[i]);
		m->trace = (m->trace ^ (f.len * 16 + i)) * 0x100000001b3u;
		for (unsigned to = 0; f.multicast && to < m->count; to++)
			medium_put(m, i, to, &f);
		if (!f.multicast)
			medium_put(m, i, f.to.address[5], &f);
	}
	while ((job = node_job_take(m->nodes[i], m->now)) != NULL)
		job_free(job);
	while (node_event_take(m->nodes[i], &e)) {
		m->echoes += e.kind == NODE_EVENT_ECHO;
		if (e.kind == NODE_EVENT_ECHO || e.kind == NODE_EVENT_SPEED)
			m->last = e;
		if (m->on_event != NULL)
			m->on_event(m, i, &e);
	}
}

static inline void medium_deliver(struct medium *m)
{
	for (size_t i = 0; i < m->air_count;) {
		struct medium_frame f = m->air[i];
		struct endpoint from = medium_endpoint(f.from);

		if (!instant_due(f.at, m->now)) {
			i++;
			continue;
		}
		memmove(&m->air[i], &m->air[i + 1], (--m->air_count - i) * sizeof(f));
		node_receive(m->nodes[f.to], m->now, 1, &from, f.bytes, f.len);
		mem_free(f.bytes);
	}
}

/* Everything that happens up to `until`. */
static inline void medium_run(struct medium *m, struct instant until)
{
	while (instant_before(m->now, until)) {
		struct instant next = until;

		for (unsigned i = 0; i < m->count; i++)
			medium_flush(m, i);
		for (unsigned i = 0; i < m->count; i++)
			next = instant_min(next, node_deadline(m->nodes[i]));
		for (size_t i = 0; i < m->air_count; i++)
			next = instant_min(next, m->air[i].at);
		m->now = instant_max(next, instant_add_us(m->now, 50));
		medium_deliver(m);
	}
	for (unsigned i = 0; i < m->count; i++)
		medium_flush(m, i);
}

static inline bool medium_reaches(const struct medium *m, unsigned from, unsigned to)
{
	struct address node = medium_address(m, to);
	struct routing_route r;

	return routing_route(node_routing(m->nodes[from]), &node, &r);
}

/* False: not within so many milliseconds. */
static inline bool medium_until_reached(
	struct medium *m, unsigned a, unsigned b, int64_t ms)
{
	struct instant until = instant_add_ms(m->now, ms);

	while (instant_before(m->now, until)) {
		if (medium_reaches(m, a, b) && medium_reaches(m, b, a))
			return true;
		medium_run(m, instant_add_ms(m->now, 20));
	}
	return false;
}

/* Whether an echo from a to b is answered within so many milliseconds. */
static inline bool medium_ping(struct medium *m, unsigned a, unsigned b, int64_t ms)
{
	struct instant until = instant_add_ms(m->now, ms);
	struct address node = medium_address(m, b);
	uint64_t token;

	m->last.token = 0;
	if (node_echo(m->nodes[a], m->now, &node, 64, &token) < 0)
		return false;
	while (instant_before(m->now, until)) {
		medium_run(m, instant_add_ms(m->now, 10));
		if (m->last.kind == NODE_EVENT_ECHO && m->last.token == token)
			return memcmp(&m->last.node, &node, sizeof(node)) == 0;
	}
	return false;
}
