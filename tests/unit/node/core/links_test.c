/* SPDX-License-Identifier: ISC */
/* Links that fail, and such that only lose a lot, among whole nodes in virtual time. */
#include "node/core/node.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/test.h"
#include "tests/unit/node/core/medium.h"

enum {
	SIDE = 4,
	LAST = SIDE * SIDE - 1,
	TRIES = 20,
	STREAM_MS = 10,
	NOBODY = UINT32_MAX
};

static struct {
	struct instant last;        /* answer to an echo of the stream */
	int64_t longest_us;         /* between two of them */
	unsigned down[SIDE * SIDE]; /* links that each node gave up */
	unsigned refused;           /* echoes for want of a route */
} seen;

static void watch(struct medium *m, unsigned node, const struct node_event *e)
{
	seen.down[node] += e->kind == NODE_EVENT_LINK_DOWN;
	if (e->kind != NODE_EVENT_ECHO || node != 0)
		return;
	if (instant_since_us(m->now, seen.last) > seen.longest_us)
		seen.longest_us = instant_since_us(m->now, seen.last);
	seen.last = m->now;
}

/* A grid; corner to corner is found. HELLOs as in life. */
static void grid(struct medium *m, uint64_t seed)
{
	medium_begin_paced(m, SIDE * SIDE, seed, false, 0);
	m->on_event = watch;
	for (unsigned i = 0; i <= LAST; i++) {
		if (i % SIDE != SIDE - 1)
			medium_join(m, i, i + 1, true);
		if (i + SIDE <= LAST)
			medium_join(m, i, i + SIDE, true);
	}
	EXPECT(medium_until_reached(m, 0, LAST, 10000), "corner to corner");
	EXPECT(medium_ping(m, 0, LAST, 2000), "and a session");
	medium_run(m, instant_add_ms(m->now, 20000));
}

/* 100 echoes a second from corner to corner. */
static void stream(struct medium *m, int64_t ms)
{
	struct address to = medium_address(m, LAST);
	struct instant end = instant_add_ms(m->now, ms);
	uint64_t token;

	while (instant_before(m->now, end)) {
		if (node_echo(m->nodes[0], m->now, &to, 64, &token) != 0)
			seen.refused++;
		medium_run(m, instant_add_ms(m->now, STREAM_MS));
	}
}

static unsigned number_of(const struct medium *m, const struct address *a)
{
	for (unsigned i = 0; i < m->count; i++) {
		struct address other = medium_address(m, i);

		if (id_equal(&other, a))
			return i;
	}
	check(false);
	return 0;
}

/* Whom a gives what is for b. */
static unsigned next_hop(const struct medium *m, unsigned a, unsigned b)
{
	struct address to = medium_address(m, b);
	struct routing_route r;

	if (!routing_route(node_routing(m->nodes[a]), &to, &r))
		return NOBODY;
	return number_of(m, &r.next_hop);
}

/* Cuts a link in the middle of the way and returns the longest silence, in ms. */
static int64_t cut(struct medium *m, bool busy)
{
	int64_t chance_ms = (int64_t)rng_below(&m->rng, 1000);
	unsigned a = 0, b = 0;

	if (busy)
		stream(m, 1000 + chance_ms);
	else
		medium_run(m, instant_add_ms(m->now, 1000 + chance_ms));
	for (unsigned hop = 0; hop < 3; hop++) {
		a = b;
		b = next_hop(m, a, LAST);
		EXPECT(b != NOBODY, "a way");
	}
	seen.last = m->now;
	seen.longest_us = 0;
	medium_join(m, a, b, false);
	stream(m, 3000);
	medium_join(m, a, b, true);
	medium_run(m, instant_add_ms(m->now, 10000));
	return (seen.longest_us + 999) / 1000;
}

/* Whether the next hops lead from a to b, over links that are there. */
static bool leads(const struct medium *m, unsigned a, unsigned b)
{
	for (unsigned hops = 0; a != b; hops++) {
		unsigned next = next_hop(m, a, b);

		if (hops > m->count || next == NOBODY || !m->joined[a][next])
			return false;
		a = next;
	}
	return true;
}

/* Milliseconds until all pairs are routed. */
static int64_t whole(struct medium *m)
{
	struct instant begun = m->now;
	unsigned missing = 1;

	while (missing > 0 && instant_since_us(m->now, begun) < 10000000) {
		missing = 0;
		medium_run(m, instant_add_ms(m->now, 10));
		for (unsigned a = 0; a < m->count; a++)
			for (unsigned b = 0; b < m->count; b++)
				missing += !leads(m, a, b);
	}
	return instant_since_us(m->now, begun) / 1000;
}

static int64_t silence(struct medium *m)
{
	int64_t ms;

	medium_run(m, instant_add_ms(m->now, (int64_t)rng_below(&m->rng, 1000)));
	medium_join(m, 5, 6, false);
	ms = whole(m);
	medium_join(m, 5, 6, true);
	medium_run(m, instant_add_ms(m->now, 10000));
	return ms;
}

static int64_t restart(struct medium *m)
{
	int64_t ms;

	node_free(m->nodes[5]);
	m->nodes[5] = medium_node_new(m, 5);
	ms = whole(m);
	medium_run(m, instant_add_ms(m->now, 10000));
	return ms;
}

/* One that goes from corner to corner, to and fro. */
static int64_t roam(struct medium *m)
{
	bool here = m->joined[0][1];
	int64_t ms;

	medium_join(m, 0, 1, !here);
	medium_join(m, 0, SIDE, !here);
	medium_join(m, 0, LAST - 1, here);
	medium_join(m, 0, LAST - SIDE, here);
	ms = whole(m);
	medium_run(m, instant_add_ms(m->now, 5000));
	return ms;
}

static int ascending(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int64_t busy_cut(struct medium *m)
{
	return cut(m, true);
}

static int64_t idle_cut(struct medium *m)
{
	return cut(m, false);
}

static void expect(int64_t (*once)(struct medium *m), int64_t half_ms, int64_t worst_ms)
{
	int64_t ms[TRIES];
	struct medium m;

	grid(&m, test_seed());
	for (unsigned i = 0; i < TRIES; i++)
		ms[i] = once(&m);
	qsort(ms, TRIES, sizeof(ms[0]), ascending);
	medium_fini(&m);
	printf("# ms: least %ld median %ld worst %ld\n", (long)ms[0], (long)ms[TRIES / 2],
		(long)ms[TRIES - 1]);
	EXPECT(ms[TRIES / 2] <= half_ms, "half of them");
	EXPECT(ms[TRIES - 1] <= worst_ms, "and the worst");
}

TEST(traffic_goes_around_a_link_that_falls_silent_in_a_third_of_a_second)
{
	expect(busy_cut, 300, 800);
}

TEST(traffic_that_begins_as_a_link_falls_silent_goes_around_it_as_soon)
{
	expect(idle_cut, 300, 800);
}

TEST(without_any_traffic_all_pairs_are_routed_again_after_a_second)
{
	expect(silence, 800, 1200);
}

TEST(all_pairs_are_routed_soon_after_a_node_was_started_again)
{
	expect(restart, 800, 1600);
}

TEST(a_node_that_roams_is_found_in_little_more_than_a_second)
{
	expect(roam, 900, 1500);
}

/* It says so in HELLOs, which are heard; waiting for silence would take 1.5 s at the least. */
TEST(who_was_given_up_by_mistake_believes_it_and_begins_anew_at_once)
{
	enum { TIMES = 10 };
	struct rng rng = test_rng();
	int64_t took_us = 0;

	for (unsigned i = 0; i < TIMES; i++) {
		struct medium m;
		unsigned deaf = i % 2;
		struct instant begun;

		medium_begin_paced(&m, 2, rng_u64(&rng), false, 0);
		m.on_event = watch;
		medium_join(&m, 0, 1, true);
		EXPECT(medium_until_reached(&m, 0, 1, 10000), "they meet");
		medium_run(&m, instant_add_ms(m.now, 20000));
		m.joined[1 - deaf][deaf] = false;
		seen.down[0] = seen.down[1] = 0;
		while (seen.down[0] + seen.down[1] == 0)
			medium_run(&m, instant_add_ms(m.now, 5));
		m.joined[1 - deaf][deaf] = true;
		begun = m.now;
		EXPECT(medium_until_reached(&m, 0, 1, 5000), "they meet again");
		EXPECT(medium_ping(&m, 0, 1, 1000), "and speak");
		took_us += instant_since_us(m.now, begun);
		medium_fini(&m);
	}
	printf("# ms: %ld\n", (long)(took_us / TIMES / 1000));
	EXPECT(took_us / TIMES <= 500000, "within half a second, in the mean");
}

/* As a radio does whose rate control has yet to learn that a link became weak: each frame is tried
 * for long, half of them in vain, and those behind it wait. What comes late may be of a link that
 * was given up meanwhile. */
TEST(two_that_gave_each_other_up_while_a_radio_was_slow_are_back_soon_after)
{
	enum { TIMES = 60 };
	struct rng rng = test_rng();
	int64_t took_us = 0, longest_us = 0;

	for (unsigned i = 0; i < TIMES; i++) {
		struct medium m;
		struct instant begun;
		struct address to;
		uint64_t token;

		medium_begin_paced(&m, 2, rng_u64(&rng), false, 0);
		medium_join(&m, 0, 1, true);
		EXPECT(medium_until_reached(&m, 0, 1, 10000), "they meet");
		medium_run(&m, instant_add_ms(m.now, 20000));
		m.slow_us[0] = 20000 + (int64_t)rng_below(&rng, 80000);
		m.loss_ppm = 500000;
		begun = instant_add_ms(m.now, 500 + (int64_t)rng_below(&rng, 1500));
		to = medium_address(&m, 1);
		while (instant_before(m.now, begun)) {
			(void)!node_echo(m.nodes[0], m.now, &to, 64, &token);
			medium_run(&m, instant_add_ms(m.now, STREAM_MS));
		}
		m.slow_us[0] = 0;
		m.loss_ppm = 0;
		begun = instant_max(m.now, m.idle_at[0]);
		EXPECT(medium_until_reached(&m, 0, 1, 10000), "they meet again");
		while (!medium_ping(&m, 0, 1, 200) &&
			instant_since_us(m.now, begun) < 10000000)
			medium_run(&m, instant_add_ms(m.now, 10));
		took_us += instant_since_us(m.now, begun);
		if (instant_since_us(m.now, begun) > longest_us)
			longest_us = instant_since_us(m.now, begun);
		medium_fini(&m);
	}
	printf("# ms: %ld, at most %ld\n", (long)(took_us / TIMES / 1000),
		(long)(longest_us / 1000));
	EXPECT(longest_us <= 1500000, "within a second and a half");
}

static unsigned listed(const struct medium *m, unsigned node)
{
	struct routing_neighbour n;
	unsigned count = 0;

	while (routing_neighbour_at(node_routing(m->nodes[node]), count, &n))
		count++;
	return count;
}

TEST(a_neighbour_that_is_back_is_listed_once)
{
	struct medium m;

	medium_begin_paced(&m, 2, test_seed(), false, 0);
	medium_join(&m, 0, 1, true);
	EXPECT(medium_until_reached(&m, 0, 1, 10000), "they meet");
	medium_run(&m, instant_add_ms(m.now, 20000));
	m.joined[0][1] = m.joined[1][0] = false;
	medium_run(&m, instant_add_ms(m.now, 15000));
	EXPECT(listed(&m, 0) == 1 && listed(&m, 1) == 1, "who is silent is still listed");
	medium_join(&m, 0, 1, true);
	EXPECT(medium_until_reached(&m, 0, 1, 10000), "they meet again");
	EXPECT(medium_ping(&m, 0, 1, 1000), "and speak");
	EXPECT(listed(&m, 0) == 1 && listed(&m, 1) == 1,
		"and who is back is not also one who is silent");
	medium_fini(&m);
}

TEST(a_link_that_loses_a_third_of_its_frames_is_kept)
{
	struct medium m;
	unsigned no_way = 0;

	medium_begin_paced(&m, 2, test_seed(), false, 0);
	m.on_event = watch;
	medium_join(&m, 0, 1, true);
	EXPECT(medium_until_reached(&m, 0, 1, 10000), "they meet");
	m.loss_ppm = 300000;
	medium_run(&m, instant_add_ms(m.now, 5000));
	seen.down[0] = seen.down[1] = 0;
	for (unsigned i = 0; i < 300; i++) {
		struct address to = medium_address(&m, 1);
		uint64_t token;

		medium_run(&m, instant_add_ms(m.now, 1000));
		if (i % 10 == 0)
			no_way += node_echo(m.nodes[0], m.now, &to, 64, &token) != 0;
	}
	/* ARQ_SILENT_PPM of its many doubts end in its being given up: one in some 500 minutes */
	for (unsigned i = 0; i < 2; i++)
		EXPECT(seen.down[i] <= 1,
			"once in five minutes is bad luck, twice is not");
	EXPECT(no_way <= 1, "there is always a way");
	medium_fini(&m);
}
