/* SPDX-License-Identifier: ISC */
/* The true graph, on radios whose ways can be counted by hand. */
#include "sim/world/ways.h"

#include "node/base/mem.h"
#include "tests/test.h"

enum { NODES = 6 };

struct radio {
	struct rng_seeded luck;
	struct channel ch;
	struct ways ways;
	uint32_t group[NODES];
};

static void radio_init(struct radio *r)
{
	struct channel_params p = params_default();

	channel_init(&r->ch, &p, NODES, rng_seeded_init(&r->luck, 1));
	ways_init(&r->ways, NODES);
	for (unsigned i = 0; i < NODES; i++)
		r->group[i] = 1;
}

static void radio_fini(struct radio *r)
{
	ways_fini(&r->ways);
	channel_fini(&r->ch);
}

static void both(struct radio *r, uint32_t a, uint32_t b, uint32_t loss_ppm)
{
	links_join(&r->ch.links, a, b);
	links_join(&r->ch.links, b, a);
	links_quality(&r->ch.links, a, b)->loss_ppm = loss_ppm;
	links_quality(&r->ch.links, b, a)->loss_ppm = loss_ppm;
}

static void look_from(struct radio *r, uint32_t source)
{
	(void)links_settle(&r->ch.links);
	ways_look(&r->ways, &r->ch, r->group);
	ways_from(&r->ways, source);
}

static uint64_t try_ns(const struct radio *r)
{
	return (uint64_t)channel_airtime_ns(&r->ch.params, WAYS_BYTES, false);
}

/* Within a millionth. */
static bool about(uint64_t a, uint64_t b)
{
	uint64_t apart = a > b ? a - b : b - a;

	return apart <= b / 500000 + 2;
}

TEST(two_good_hops_are_better_than_one_that_loses_most)
{
	struct radio r;

	radio_init(&r);
	both(&r, 0, 1, 0);
	both(&r, 1, 2, 0);
	both(&r, 0, 2, 750000);
	look_from(&r, 0);
	EXPECT(about(r.ways.best_ns[2], 2 * try_ns(&r)), "the best way has two hops");
	EXPECT_EQ(r.ways.hops[2], 1, "the shortest has one");
	EXPECT(about(r.ways.hops_ns[2], 4 * try_ns(&r)), "which takes four tries");
	EXPECT_EQ(r.ways.sure_hops[2], 2, "and is not a sure one");
	radio_fini(&r);
}

TEST(slow_links_cost_what_their_bits_take)
{
	struct radio r;
	uint64_t fast;

	radio_init(&r);
	both(&r, 0, 1, 0);
	look_from(&r, 0);
	fast = r.ways.best_ns[1];
	links_quality(&r.ch.links, 0, 1)->rate_bps = r.ch.params.unicast_bps / 4;
	look_from(&r, 0);
	EXPECT_EQ(r.ways.best_ns[1] - fast,
		3 * (8 * (WAYS_BYTES + r.ch.params.overhead_bytes)) * 1000000000 /
			r.ch.params.unicast_bps,
		"three times more for the bits, the rest stays");
	radio_fini(&r);
}

TEST(what_only_one_end_hears_is_no_link)
{
	struct radio r;

	radio_init(&r);
	links_join(&r.ch.links, 0, 1);
	both(&r, 0, 2, 0);
	links_quality(&r.ch.links, 2, 0)->loss_ppm = 1000000;
	look_from(&r, 0);
	EXPECT_EQ(r.ways.hops[1], UINT32_MAX, "one way");
	EXPECT_EQ(r.ways.hops[2], UINT32_MAX, "the other way loses everything");
	EXPECT(ways_between(&r.ways, 0, 1) == NULL, "there is nothing between them");
	radio_fini(&r);
}

TEST(a_link_is_sure_when_both_ways_lose_less_than_a_third)
{
	static const struct {
		const char *why;
		uint32_t there_ppm, back_ppm;
		bool sure;
	} rows[] = {
		{ "both lose 34 %", 340000, 340000, true },
		{ "one loses 36 %", 360000, 0, false },
		{ "the other does", 0, 360000, false },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct radio r;

		radio_init(&r);
		both(&r, 0, 1, 0);
		links_quality(&r.ch.links, 0, 1)->loss_ppm = rows[i].there_ppm;
		links_quality(&r.ch.links, 1, 0)->loss_ppm = rows[i].back_ppm;
		look_from(&r, 0);
		EXPECT_EQ(r.ways.sure_hops[1] == 1, rows[i].sure, rows[i].why);
		radio_fini(&r);
	}
}

TEST(who_is_off_or_of_another_group_is_not_there)
{
	struct radio r;

	radio_init(&r);
	both(&r, 0, 1, 0);
	both(&r, 1, 2, 0);
	both(&r, 0, 3, 0);
	r.group[1] = 0;
	r.group[3] = 2;
	look_from(&r, 0);
	for (uint32_t i = 1; i < NODES; i++)
		EXPECT_EQ(r.ways.hops[i], UINT32_MAX, "nobody is in reach");
	EXPECT_EQ(r.ways.best_ns[0], 0, "but the node itself");
	radio_fini(&r);
}
