/* SPDX-License-Identifier: ISC */
#include "routing/mpr.h"

#include "tests/unit/routing/golden.h"

enum { VIAS = 12, NODES = 20, WAYS = 100 };

/* RFC 7181 section 18.3, as it stands there: every node that is reached over neighbours on a
 * way shorter than our own link with it, is reached by a shortest one over a chosen one. */
static bool suffices(const struct mpr_graph *g, const bool *chosen)
{
	for (unsigned x = 0; x < g->via_count; x++)
		if (g->will[x] == WILL_ALWAYS && !chosen[x])
			return false;
	for (unsigned y = 0; y < g->to_count; y++) {
		uint64_t least = UINT64_MAX, covered = UINT64_MAX;

		for (size_t i = 0; i < g->way_count; i++) {
			if (g->ways[i].to != y)
				continue;
			if (g->ways[i].metric < least)
				least = g->ways[i].metric;
			if (chosen[g->ways[i].via] && g->ways[i].metric < covered)
				covered = g->ways[i].metric;
		}
		if (least < g->direct[y] && covered != least)
			return false;
	}
	return true;
}

TEST(mpr_choice_suffices_and_has_none_too_many)
{
	struct rng rng = test_rng();

	for (unsigned round = 0; round < 3000; round++) {
		struct mpr_way ways[WAYS];
		uint8_t will[VIAS];
		uint64_t direct[NODES];
		bool chosen[VIAS];
		struct mpr_graph g = { 1 + (unsigned)rng_below(&rng, VIAS),
			1 + (unsigned)rng_below(&rng, NODES), will, direct, ways,
			rng_below(&rng, WAYS) };
		unsigned metrics = round % 2 ? 1 : 6;

		for (unsigned x = 0; x < VIAS; x++) {
			will[x] = (uint8_t)(1 + rng_below(&rng, 15));
			chosen[x] = rng_below(&rng, 2);
		}
		for (unsigned y = 0; y < NODES; y++)
			direct[y] = rng_below(&rng, 4) ? UINT64_MAX
						       : 1 + rng_below(&rng, metrics);
		for (size_t i = 0; i < g.way_count; i++)
			ways[i] =
				(struct mpr_way){ (unsigned)rng_below(&rng, g.via_count),
					(unsigned)rng_below(&rng, g.to_count),
					1 + rng_below(&rng, metrics) };
		mpr_select(&g, chosen);
		EXPECT(suffices(&g, chosen), "everybody is reached by a shortest way");
		for (unsigned x = 0; x < g.via_count; x++) {
			if (!chosen[x] || will[x] == WILL_ALWAYS)
				continue;
			chosen[x] = false;
			EXPECT(!suffices(&g, chosen), "none of them can be done without");
			chosen[x] = true;
		}
	}
}

TEST(mpr_choice_goes_by_willingness_then_reach_and_stays)
{
	static const struct mpr_way ways[] = { { 0, 0, 5 }, { 1, 0, 5 } };
	static const struct mpr_way more[] = { { 0, 0, 5 }, { 1, 0, 5 }, { 0, 1, 5 },
		{ 1, 1, 5 }, { 1, 2, 5 } };
	const uint64_t direct[] = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
	uint8_t will[] = { 7, 7 };
	bool chosen[] = { false, true };
	struct mpr_graph g = { 2, 1, will, direct, ways, 2 };

	mpr_select(&g, chosen);
	EXPECT(!chosen[0] && chosen[1], "of equals the one it was");
	chosen[0] = true;
	chosen[1] = false;
	mpr_select(&g, chosen);
	EXPECT(chosen[0] && !chosen[1], "the other as well");
	will[1] = 8;
	mpr_select(&g, chosen);
	EXPECT(!chosen[0] && chosen[1], "the more willing one");
	will[1] = 7;
	chosen[0] = true;
	chosen[1] = false;
	g = (struct mpr_graph){ 2, 3, will, direct, more, array_len(more) };
	mpr_select(&g, chosen);
	EXPECT(!chosen[0] && chosen[1], "the one that reaches all");
	will[0] = WILL_ALWAYS;
	mpr_select(&g, chosen);
	EXPECT(chosen[0] && chosen[1], "and whoever always wants to");
}

/* Node `last` on link `last` of an interface, who lists us and these as symmetric. */
static struct nhdp_link *hear(struct nhdp *all, uint8_t last, unsigned place,
	const uint8_t *others, uint8_t will)
{
	struct address self = golden_address(100);
	struct hello h = golden_hello();
	struct nhdp_link *l;

	h.announce.originator = golden_address(last);
	h.will_flooding = h.will_routing = will;
	h.neighbours[0] = (struct hello_neighbour){
		.node = self, .status = HELLO_SYMMETRIC, .metric_in = 104
	};
	for (h.count = 1; *others != 0; others++)
		h.neighbours[h.count++] =
			(struct hello_neighbour){ .node = golden_address(*others),
				.status = HELLO_SYMMETRIC,
				.metric_in = 104,
				.neighbour_in = 104,
				.neighbour_out = 104 };
	l = nhdp_hello(all, instant_ms(1000), last + 100 * place, &h, &self);
	l->interface = place + 1;
	l->place = place;
	nhdp_usable(all, instant_ms(1000), l->number, true);
	nhdp_update(all, instant_ms(1000));
	return l;
}

TEST(mpr_update_chooses_for_each_interface_and_for_all)
{
	static const uint8_t both[] = { 7, 8, 0 }, one[] = { 7, 0 }, none[] = { 0 };
	struct nhdp all;
	struct nhdp_link *a, *b, *c, *d;

	nhdp_init(&all);
	a = hear(&all, 1, 0, both, 7);
	b = hear(&all, 2, 0, one, 7);
	c = hear(&all, 3, 1, one, 7);
	d = hear(&all, 4, 1, none, WILL_ALWAYS);
	EXPECT(mpr_update(&all), "a choice is made");
	EXPECT_EQ(a->mpr, HELLO_MPR_ALL, "who reaches both");
	EXPECT_EQ(b->mpr, 0, "so the other need not");
	EXPECT_EQ(c->mpr, HELLO_MPR_FLOODING, "the only one on its interface");
	EXPECT_EQ(d->mpr, HELLO_MPR_ALL, "who always wants to");
	EXPECT(!mpr_update(&all), "and stays while nothing changes");
	hear(&all, 1, 0, both, WILL_NEVER);
	EXPECT(mpr_update(&all), "who never wants to");
	EXPECT_EQ(a->mpr, 0, "is not chosen");
	EXPECT(b->mpr & HELLO_MPR_FLOODING, "another is");
	nhdp_failed(b, instant_ms(1100));
	nhdp_update(&all, instant_ms(1100));
	EXPECT(mpr_update(&all) && b->mpr == 0, "nor is a link that is lost");
	EXPECT(c->mpr == HELLO_MPR_ALL, "what is left does it");
	nhdp_fini(&all);
}

TEST(mpr_update_does_not_cover_who_is_our_neighbour_on_a_better_way)
{
	static const uint8_t other[] = { 2, 0 }, none[] = { 0 };
	struct nhdp all;
	struct nhdp_link *a;

	nhdp_init(&all);
	a = hear(&all, 1, 0, other, 7);
	hear(&all, 2, 0, none, 7);
	mpr_update(&all);
	EXPECT_EQ(a->mpr, 0, "our own link is shorter");
	nhdp_fini(&all);
}
