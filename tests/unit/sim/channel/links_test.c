/* SPDX-License-Identifier: ISC */
#include "sim/channel/links.h"

#include "node/base/mem.h"
#include "tests/test.h"

static bool hears(struct links *l, uint32_t from, uint32_t to)
{
	links_settle(l);
	return links_hearer(l, from, to) != NULL;
}

static bool senses(struct links *l, uint32_t from, uint32_t to)
{
	links_settle(l);
	for (size_t i = 0; i < l->nodes[from].senser_count; i++)
		if (l->nodes[from].sensers[i] == to)
			return true;
	return false;
}

TEST(a_link_is_directed_and_can_be_cut_and_joined)
{
	struct links l;

	links_init(&l, 3);
	links_join(&l, 0, 1);
	EXPECT(hears(&l, 0, 1), "joined");
	EXPECT(!hears(&l, 1, 0), "but not the other way");
	EXPECT(!links_settle(&l), "nothing changed since");
	links_cut(&l, 0, 1);
	EXPECT(!hears(&l, 0, 1), "cut");
	links_join(&l, 0, 1);
	EXPECT(hears(&l, 0, 1), "joined again");
	links_fini(&l);
}

TEST(groups_neither_hear_nor_sense_each_other)
{
	struct links l;

	links_init(&l, 4);
	links_reach_set(&l, 100, 2);
	for (uint32_t i = 1; i < 3; i++) {
		links_join(&l, i - 1, i);
		links_join(&l, i, i - 1);
	}
	links_place(&l, 2, 0, 0);
	links_place(&l, 3, 50, 0);
	EXPECT(senses(&l, 0, 2) && hears(&l, 2, 3), "one group at the start");
	links_part(&l, 1, 7);
	EXPECT(!hears(&l, 0, 1) && !hears(&l, 1, 0), "a link that was set");
	EXPECT(!senses(&l, 0, 2) && !senses(&l, 0, 1), "nor through it");
	links_part(&l, 3, 7);
	EXPECT(!hears(&l, 2, 3) && !senses(&l, 3, 2), "however near");
	links_part(&l, 0, 7);
	EXPECT(hears(&l, 0, 1), "together again in the other group");
	links_part(&l, 0, 7);
	EXPECT(!links_settle(&l), "no change is no change");
	links_fini(&l);
}

TEST(a_link_keeps_its_quality_over_a_cut)
{
	struct links l;

	links_init(&l, 2);
	links_join(&l, 0, 1);
	links_quality(&l, 0, 1)->loss_ppm = 7;
	links_cut(&l, 0, 1);
	links_join(&l, 0, 1);
	EXPECT(hears(&l, 0, 1) && links_hearer(&l, 0, 1)->quality.loss_ppm == 7,
		"as before");
	links_fini(&l);
}

TEST(carrier_sense_reaches_as_many_hops_as_set)
{
	struct links l;

	links_init(&l, 6);
	for (uint32_t i = 1; i < 6; i++) {
		links_join(&l, i - 1, i);
		links_join(&l, i, i - 1);
	}
	for (uint32_t hops = 1; hops <= 4; hops++) {
		links_reach_set(&l, 0, hops);
		EXPECT(!senses(&l, 0, 0), "not itself");
		for (uint32_t i = 1; i < 6; i++)
			EXPECT_EQ(senses(&l, 0, i), i <= hops,
				"up to so many hops, not more");
	}
	links_fini(&l);
}

TEST(distance_makes_links_and_a_cut_wins_over_it)
{
	struct links l;

	links_init(&l, 4);
	links_reach_set(&l, 100, 2);
	links_place(&l, 0, 0, 0);
	links_place(&l, 1, 60, 80);
	links_place(&l, 2, -101, 0);
	EXPECT(hears(&l, 0, 1) && hears(&l, 1, 0), "at 100 exactly they hear each other");
	EXPECT(!hears(&l, 0, 2), "at 101 they do not");
	EXPECT(senses(&l, 0, 2) && senses(&l, 2, 0), "but they sense each other");
	EXPECT(senses(&l, 1, 2) == (161 * 161 + 80 * 80 <= 200 * 200),
		"sqrt is not needed");
	EXPECT(!hears(&l, 0, 3) && !senses(&l, 0, 3), "who is nowhere is out of range");
	links_cut(&l, 0, 1);
	EXPECT(!hears(&l, 0, 1) && hears(&l, 1, 0), "cut one way");
	links_join(&l, 0, 2);
	EXPECT(hears(&l, 0, 2), "joined beyond the range");
	links_place(&l, 1, 1000, 1000);
	EXPECT(!hears(&l, 1, 0), "moved away");
	links_reach_set(&l, 0, 2);
	EXPECT(!hears(&l, 2, 0), "range 0 switches distance off");
	links_fini(&l);
}

/* The sweep along x against a look at every pair. */
TEST(neighbours_by_distance_are_those_of_the_naive_search)
{
	enum { NODES = 150, SIDE = 1000, RANGE = 120, ROUNDS = 20 };
	struct rng rng = test_rng();
	int64_t x[NODES], y[NODES];
	struct links l;

	links_init(&l, NODES);
	links_reach_set(&l, RANGE, 2);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < NODES; i++) {
			if (round > 0 && rng_below(&rng, 3) > 0)
				continue;
			x[i] = (int64_t)rng_below(&rng, SIDE) - SIDE / 2;
			y[i] = (int64_t)rng_below(&rng, SIDE);
			links_place(&l, i, x[i], y[i]);
		}
		links_settle(&l);
		for (uint32_t a = 0; a < NODES; a++) {
			for (uint32_t b = 0; b < NODES; b++) {
				int64_t d = (x[a] - x[b]) * (x[a] - x[b]) +
					    (y[a] - y[b]) * (y[a] - y[b]);

				if (a == b)
					continue;
				EXPECT_EQ(links_hearer(&l, a, b) != NULL,
					d <= RANGE * RANGE, "hears within the range");
				if (d <= 4 * RANGE * RANGE)
					EXPECT(senses(&l, a, b),
						"senses within twice of it");
			}
		}
	}
	links_fini(&l);
}

TEST(links_of_what_is_no_node_end_the_program)
{
	struct links l;

	links_init(&l, 2);
	EXPECT_CHECK(links_join(&l, 0, 2), "no node 2");
	EXPECT_CHECK(links_join(&l, 1, 1), "no link with itself");
	links_fini(&l);
}

TEST(a_signal_is_the_links_own_or_by_distance_or_what_is_given)
{
	struct link_quality q = link_quality_inherited();
	struct links l;

	links_init(&l, 2);
	EXPECT_EQ(links_signal_db(&l, 0, 1, &q, 50), 50, "no place, no distance");
	links_reach_set(&l, 100000, 2);
	links_place(&l, 0, 0, 0);
	links_place(&l, 1, 100000, 0);
	EXPECT_EQ(links_signal_db(&l, 0, 1, &q, 50), SIGNAL_EDGE_DB, "at the edge");
	links_place(&l, 1, 0, -50000);
	EXPECT_EQ(links_signal_db(&l, 1, 0, &q, 50), SIGNAL_EDGE_DB - 9, "half as far");
	links_place(&l, 1, 10000, 0);
	EXPECT_EQ(links_signal_db(&l, 0, 1, &q, 50), SIGNAL_EDGE_DB - 30, "a tenth");
	links_place(&l, 1, 0, 0);
	EXPECT_EQ(links_signal_db(&l, 0, 1, &q, 50), SIGNAL_NEAR_DB, "at one place");
	links_place(&l, 1, 1000000000000, 1000000000000);
	EXPECT_EQ(links_signal_db(&l, 0, 1, &q, 50), SIGNAL_EDGE_DB,
		"a link that was set reaches however far");
	q.signal_db = 77;
	EXPECT_EQ(links_signal_db(&l, 0, 1, &q, 50), 77, "its own value wins");
	links_fini(&l);
}
