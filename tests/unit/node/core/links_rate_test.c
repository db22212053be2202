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

TEST(a_link_costs_less_the_faster_the_radio_says_it_is)
{
	struct rng rng = test_rng();
	struct endpoint e = medium_endpoint(1), nobody = medium_endpoint(2);
	uint32_t before;

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	before = neighbour().metric;
	EXPECT_EQ(neighbour().rate_bps, 0, "nobody has told of a rate");
	node_neighbour_rate(m.nodes[0], m.now, 1, &e, 2 * METRIC_RATE_DEFAULT);
	EXPECT_EQ(neighbour().rate_bps, 2 * METRIC_RATE_DEFAULT, "now it is known");
	EXPECT(neighbour().metric * 2 <= before + 2, "twice as fast, half as dear");
	node_neighbour_rate(m.nodes[0], m.now, 1, &e, METRIC_RATE_DEFAULT / 4);
	EXPECT(neighbour().metric >= before * 3, "and dearer than ever when it is slow");
	node_neighbour_rate(m.nodes[0], m.now, 1, &nobody, 1);
	EXPECT(neighbour().metric >= before * 3,
		"of who is no neighbour nothing is kept");
	medium_fini(&m);
}
