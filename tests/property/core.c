/* SPDX-License-Identifier: ISC */
/*
 * Whole nodes on an air with loss and changing neighbours: they find each other, pings come
 * back over many hops, measurements end, and nothing honest is ever taken for an attack.
 */
#include "tests/test.h"
#include "tests/unit/node/core/medium.h"

enum { SETTLE_MS = 60000, PING_MS = 4000 };

static struct medium m;

static void line(unsigned count, uint32_t loss_ppm, uint64_t seed)
{
	medium_init(&m, count, seed);
	m.loss_ppm = loss_ppm;
	for (unsigned i = 0; i + 1 < count; i++)
		medium_join(&m, i, i + 1, true);
}

/* Nothing that honest nodes send may look forged, misplaced or malformed. */
static void all_honest(void)
{
	static const enum drop_reason never[] = { DROP_HEADER, DROP_TYPE, DROP_MESH_SEAL,
		DROP_FORGED, DROP_MAC1, DROP_MALFORMED, DROP_TRUST, DROP_SIGNATURE,
		DROP_BUDGET, DROP_HOP_LIMIT, DROP_SOURCE, DROP_UNWANTED };

	for (unsigned i = 0; i < m.count; i++)
		for (size_t k = 0; k < array_len(never); k++)
			EXPECT_EQ(node_drops(m.nodes[i])->count[never[k]], 0,
				drop_name(never[k]));
}

TEST(pings_come_back_over_eight_hops_at_ten_percent_loss)
{
	struct rng rng = test_rng();

	line(9, 100000, rng_u64(&rng));
	EXPECT(medium_until_reached(&m, 0, 8, SETTLE_MS), "the ends find each other");
	for (unsigned i = 0; i < 20; i++) {
		EXPECT(medium_ping(&m, 0, 8, PING_MS),
			"each ping is answered by whom it was for");
		EXPECT_EQ(m.last.hops, 8, "over eight hops");
	}
	EXPECT_EQ(m.echoes, 20, "each once");
	all_honest();
	medium_fini(&m);
}

TEST(a_measurement_crosses_a_cut_in_the_middle)
{
	struct rng rng = test_rng();
	struct address node;
	uint64_t token;

	/* a way around 2 - 3, through a sixth node */
	line(6, 50000, rng_u64(&rng));
	medium_join(&m, 4, 5, false);
	medium_join(&m, 2, 5, true);
	medium_join(&m, 5, 3, true);
	EXPECT(medium_until_reached(&m, 0, 4, SETTLE_MS), "the ends find each other");
	node = medium_address(&m, 4);
	EXPECT_EQ(node_speed(m.nodes[0], m.now, &node, 8000, &token), 0, "it begins");
	medium_run(&m, instant_add_ms(m.now, 2000));
	medium_join(&m, 2, 3, false);
	medium_run(&m, instant_add_ms(m.now, 25000));
	EXPECT_EQ(m.last.kind, NODE_EVENT_SPEED, "it ends");
	EXPECT_EQ(m.last.result, 0, "with a report");
	EXPECT(m.last.bytes > 100000, "and data went over both ways");
	EXPECT(m.last.elapsed_us > 4000000, "until after the cut");
	EXPECT(medium_ping(&m, 0, 4, PING_MS), "a ping is answered over the other way");
	all_honest();
	medium_fini(&m);
}

TEST(an_interface_that_goes_away_for_a_moment_comes_back)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < 8; i++) {
		unsigned who = i % 3;

		line(3, 0, rng_u64(&rng));
		EXPECT(medium_until_reached(&m, 0, 2, SETTLE_MS),
			"the ends find each other");
		EXPECT(medium_ping(&m, 0, 2, PING_MS), "and each other's ear");
		node_interface_remove(m.nodes[who], m.now, 1);
		medium_run(&m, instant_add_ms(m.now, 100));
		node_interface_add(m.nodes[who], m.now, 1, MEDIUM_MTU);
		medium_run(&m, instant_add_ms(m.now, 6000));
		EXPECT(medium_ping(&m, 0, 2, PING_MS) || medium_ping(&m, 0, 2, PING_MS),
			"a ping is answered");
		medium_fini(&m);
	}
}

/* What was on its way when a link was cut is no loss of the link when it is back: then one end that
 * forgets the other, and says nothing of it, would not be found out for minutes. */
TEST(a_link_that_was_cut_under_load_ends_as_soon_as_any)
{
	struct rng rng = test_rng();
	uint64_t token;

	for (unsigned i = 0; i < 8; i++) {
		unsigned who = i % 2;
		struct address other;

		line(2, 0, rng_u64(&rng));
		EXPECT(medium_until_reached(&m, 0, 1, SETTLE_MS), "they find each other");
		other = medium_address(&m, who);
		EXPECT_EQ(node_speed(m.nodes[1 - who], m.now, &other, 2000, &token), 0,
			"it begins");
		medium_run(&m, instant_add_ms(m.now, 1500));
		medium_join(&m, 0, 1, false);
		medium_run(&m, instant_add_ms(m.now, 3000));
		medium_join(&m, 0, 1, true);
		EXPECT(medium_until_reached(&m, 0, 1, SETTLE_MS), "it is back");
		node_interface_remove(m.nodes[who], m.now, 1);
		medium_run(&m, instant_add_ms(m.now, 100));
		node_interface_add(m.nodes[who], m.now, 1, MEDIUM_MTU);
		medium_run(&m, instant_add_ms(m.now, 6000));
		EXPECT(medium_ping(&m, 0, 1, PING_MS), "a ping is answered");
		medium_fini(&m);
	}
}

TEST(a_node_that_restarts_is_heard_again)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < 6; i++) {
		unsigned who = i % 3;

		line(3, 20000, rng_u64(&rng));
		EXPECT(medium_until_reached(&m, 0, 2, SETTLE_MS),
			"the ends find each other");
		node_free(m.nodes[who]);
		m.now = instant_add_ms(m.now, 200);
		m.nodes[who] = medium_node_new(&m, who);
		medium_run(&m, instant_add_ms(m.now, 20000));
		EXPECT(medium_until_reached(&m, 0, 2, SETTLE_MS),
			"they find each other again");
		EXPECT(medium_ping(&m, 0, 2, PING_MS) || medium_ping(&m, 0, 2, PING_MS),
			"a ping is answered");
		medium_fini(&m);
	}
}

/* Random graphs whose links come and go; a ring stays so that in the end all are joined. */
static uint64_t wild(uint64_t seed)
{
	unsigned count = 8;
	uint64_t trace;

	medium_init(&m, count, seed);
	m.loss_ppm = (uint32_t)rng_below(&m.rng, 150000);
	for (unsigned i = 0; i < 200; i++) {
		unsigned a = (unsigned)rng_below(&m.rng, count);
		unsigned b = (unsigned)rng_below(&m.rng, count);
		struct address node = medium_address(&m, b);
		uint64_t token;

		if (a != b)
			medium_join(&m, a, b, rng_below(&m.rng, 3) != 0);
		(void)!node_echo(
			m.nodes[a], m.now, &node, 8 + rng_below(&m.rng, 1017), &token);
		if (rng_below(&m.rng, 8) == 0)
			(void)!node_speed(m.nodes[a], m.now, &node, 300, &token);
		if (rng_below(&m.rng, 40) == 0) {
			node_interface_remove(m.nodes[a], m.now, 1);
			node_interface_add(m.nodes[a], m.now, 1, MEDIUM_MTU);
		}
		medium_run(&m, instant_add_us(m.now, (int64_t)rng_below(&m.rng, 150000)));
	}
	for (unsigned i = 0; i < count; i++)
		medium_join(&m, i, (i + 1) % count, true);
	m.loss_ppm = 20000;
	medium_run(&m, instant_add_ms(m.now, 30000));
	for (unsigned i = 0; i < count; i++)
		EXPECT(medium_ping(&m, i, (i + count / 2) % count, PING_MS) ||
				medium_ping(&m, i, (i + count / 2) % count, PING_MS),
			"when the air is quiet again everybody reaches everybody");
	trace = m.trace;
	medium_fini(&m);
	return trace;
}

TEST(links_that_come_and_go_leave_a_whole_mesh)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < 3; i++)
		wild(rng_u64(&rng));
}

TEST(the_same_luck_gives_the_same_frames)
{
	struct rng rng = test_rng();
	uint64_t seed = rng_u64(&rng);

	EXPECT(wild(seed) == wild(seed), "nothing depends on anything else");
}
