/* SPDX-License-Identifier: ISC */
#include "routing/metric.h"
#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

static struct medium m;

static struct routing_neighbour neighbour(void)
{
	struct routing_neighbour n;

	EXPECT(routing_neighbour_at(node_routing(m.nodes[0]), 0, &n), "there is one");
	return n;
}

TEST(a_radio_that_tries_again_loses_fewer_frames_than_broadcasts)
{
	uint32_t broadcasts;
	struct link *l;

	EXPECT(pair_init(&m, 2, test_seed()), "neighbours find each other");
	m.loss_ppm = 200000;
	medium_run(&m, instant_add_ms(m.now, 30000));
	l = pair_link(&m, 0, 1);
	EXPECT(l != NULL && l->up, "it is kept");
	broadcasts = routing_link_loss_ppm(m.nodes[0]->routing, l->id);
	EXPECT(broadcasts > 50000, "HELLOs get lost");
	m.nodes[0]->loss_seen = m.nodes[0]->loss_expected = 0;
	EXPECT_EQ(link_loss_ppm(m.nodes[0], l), broadcasts, "nothing else is known");
	link_learn(m.nodes[0], l, 1000, 0);
	EXPECT(link_loss_ppm(m.nodes[0], l) < broadcasts / 8, "every frame arrived");
	link_learn(m.nodes[0], l, 0, 1000);
	EXPECT_EQ(link_loss_ppm(m.nodes[0], l), broadcasts, "as many did not");
	medium_fini(&m);
}

TEST(a_link_costs_less_the_faster_the_radio_says_it_is)
{
	struct rng rng = test_rng();
	struct endpoint e = medium_endpoint(1), nobody = medium_endpoint(2);
	uint32_t before;

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	before = neighbour().metric;
	EXPECT_EQ(neighbour().rate_bps, 0, "nobody has told of a rate");
	node_neighbour_rate(m.nodes[0], m.now, 1, &e, 2 * METRIC_RATE_DEFAULT, 0);
	EXPECT_EQ(neighbour().rate_bps, 2 * METRIC_RATE_DEFAULT, "now it is known");
	EXPECT(neighbour().metric * 2 <= before + 2, "twice as fast, half as dear");
	node_neighbour_rate(m.nodes[0], m.now, 1, &e, METRIC_RATE_DEFAULT / 4, 0);
	EXPECT(neighbour().metric >= before * 3, "and dearer than ever when it is slow");
	node_neighbour_rate(m.nodes[0], m.now, 1, &nobody, 1, 0);
	EXPECT(neighbour().metric >= before * 3,
		"of who is no neighbour nothing is kept");
	medium_fini(&m);
}

/* How long it takes until node 0 suspects the link to node 1, ms. */
static int64_t suspected_after(bool doubted)
{
	struct endpoint e = medium_endpoint(1);
	struct instant begun = m.now;

	medium_join(&m, 0, 1, false);
	if (doubted)
		node_neighbour_doubt(m.nodes[0], m.now, 1, &e);
	while (pair_link(&m, 0, 1) != NULL && pair_link(&m, 0, 1)->up &&
		!pair_link(&m, 0, 1)->suspect)
		medium_run(&m, instant_add_ms(m.now, 5));
	return instant_since_us(m.now, begun) / 1000;
}

TEST(a_radio_that_gives_up_frames_makes_the_node_suspect_the_link)
{
	enum { TIMES = 5 };
	struct rng rng = test_rng();
	int64_t plain = 0, doubted = 0;

	for (unsigned i = 0; i < TIMES; i++) {
		EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
		medium_run(&m, instant_add_ms(m.now, 3000));
		plain += suspected_after(false);
		medium_join(&m, 0, 1, true);
		EXPECT(medium_until_reached(&m, 0, 1, 20000), "it is there again");
		medium_run(&m, instant_add_ms(m.now, 3000));
		doubted += suspected_after(true);
		medium_fini(&m);
	}
	EXPECT(doubted < TIMES * 200, "at once");
	EXPECT(2 * doubted < plain, "and not only when it is silent");
}

TEST(a_probe_clears_a_link_of_the_radios_doubt)
{
	struct rng rng = test_rng();
	struct endpoint e = medium_endpoint(1), nobody = medium_endpoint(2);

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	for (int i = 0; i < 50; i++) {
		node_neighbour_doubt(m.nodes[0], m.now, 1, &e);
		node_neighbour_doubt(m.nodes[0], m.now, 1, &nobody);
		medium_run(&m, instant_add_ms(m.now, 200));
		EXPECT(pair_link(&m, 0, 1) != NULL && pair_link(&m, 0, 1)->up,
			"a link that works stays up");
	}
	medium_fini(&m);
}

/* Frames of node 0 in five seconds at rest. */
static unsigned sent_at_rest(bool asked)
{
	struct endpoint e = medium_endpoint(1);
	unsigned before = m.sent[0];

	for (int i = 0; i < 5; i++) {
		if (asked)
			EXPECT(node_neighbour_teach(m.nodes[0], m.now, 1, &e), "a link");
		medium_run(&m, instant_add_ms(m.now, 1000));
	}
	return m.sent[0] - before;
}

TEST(a_link_at_rest_carries_frames_for_the_radio_to_learn_by)
{
	struct endpoint nobody = medium_endpoint(2);
	struct rng rng = test_rng();
	unsigned rest, asked;

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	EXPECT(!node_neighbour_teach(m.nodes[0], m.now, 1, &nobody), "no link");
	medium_run(&m, instant_add_ms(m.now, 10000));
	rest = sent_at_rest(false);
	asked = sent_at_rest(true);
	EXPECT(asked >= rest + 15 && asked <= rest + 25, "four a second");
	EXPECT(sent_at_rest(false) <= rest + 5, "and none after that");
	medium_fini(&m);
}
