/* SPDX-License-Identifier: ISC */
#include "routing/lsdb.h"

#include "tests/unit/routing/golden.h"

enum { VALID_MS = 10000 };

/* Claims of router `who`: towards router number i at metrics[i], where that is not 0. */
static struct lsdb_router *say(
	struct lsdb *db, unsigned who, const uint32_t *metrics, unsigned count)
{
	struct tc t = golden_tc();

	t.announce.originator = golden_address(who);
	t.announce.validity_ms = VALID_MS;
	t.count = 0;
	for (unsigned i = 0; i < count; i++)
		if (metrics[i] > 0)
			t.neighbours[t.count++] =
				(struct tc_neighbour){ golden_address(i), metrics[i] };
	return lsdb_install(db, instant_ms(1), &t, BYTES("body"));
}

static const struct graph_node *node_of(
	const struct lsdb *db, const struct lsdb_router *n)
{
	return &db->nodes[n->slot];
}

TEST(a_claim_becomes_an_edge_when_the_other_end_says_it_too)
{
	struct lsdb db;
	struct lsdb_router *a, *b;

	lsdb_init(&db);
	a = say(&db, 0, (uint32_t[]){ 0, 7, 9 }, 3);
	EXPECT(a->claim_count == 2 && node_of(&db, a)->count == 0, "one end claims");
	b = say(&db, 1, (uint32_t[]){ 5 }, 1);
	EXPECT(a->claim_count == 1 && b->claim_count == 0, "what both claim is none");
	EXPECT(node_of(&db, a)->count == 1 && node_of(&db, b)->count == 1, "but an edge");
	EXPECT(node_of(&db, a)->edges[0].peer == b->slot &&
			node_of(&db, b)->edges[0].peer == a->slot,
		"that each end has");
	EXPECT(node_of(&db, a)->edges[0].out == 7 && node_of(&db, a)->edges[0].in == 5,
		"with what both directions cost");
	EXPECT(node_of(&db, b)->edges[0].out == 5 && node_of(&db, b)->edges[0].in == 7,
		"seen from either");
	a = say(&db, 0, (uint32_t[]){ 0, 8 }, 2);
	EXPECT(a->claim_count == 0, "what is not said any more is forgotten");
	EXPECT(node_of(&db, a)->edges[0].out == 8 && node_of(&db, b)->edges[0].in == 8,
		"a metric changes at both ends");
	lsdb_fini(&db);
}

TEST(an_edge_that_one_end_takes_back_is_a_claim_of_the_other)
{
	struct lsdb db;
	struct lsdb_router *a, *b;

	lsdb_init(&db);
	a = say(&db, 0, (uint32_t[]){ 0, 7 }, 2);
	(void)say(&db, 1, (uint32_t[]){ 5 }, 1);
	b = say(&db, 1, NULL, 0);
	EXPECT(node_of(&db, a)->count == 0 && node_of(&db, b)->count == 0, "no edge");
	EXPECT(a->claim_count == 1 && a->claims[0].metric == 7 && b->claim_count == 0,
		"but the claim");
	(void)say(&db, 1, (uint32_t[]){ 6 }, 1);
	EXPECT(node_of(&db, a)->edges[0].out == 7 && node_of(&db, a)->edges[0].in == 6,
		"that makes it one again");
	EXPECT(lsdb_expire(&db, instant_ms(VALID_MS + 1)) && db.count == 0,
		"both are gone, whatever they claimed");
	lsdb_fini(&db);
}

TEST(a_metric_that_is_too_large_is_the_largest)
{
	struct lsdb db;
	struct lsdb_router *a;

	lsdb_init(&db);
	a = say(&db, 0, (uint32_t[]){ 0, UINT32_MAX }, 2);
	(void)say(&db, 1, (uint32_t[]){ 1 }, 1);
	EXPECT_EQ(node_of(&db, a)->edges[0].out, GRAPH_METRIC_MAX, "not a small one");
	lsdb_fini(&db);
}

static void route(
	struct lsdb *db, struct lsdb_router *n, uint32_t metric, uint32_t parent)
{
	lsdb_route_set(db, n,
		&(struct lsdb_route){
			.metric = metric, .hops = 1, .link = 1, .parent = parent });
}

TEST(what_may_change_a_route_is_touched_once)
{
	struct lsdb db;
	struct lsdb_router *a, *b;
	uint64_t version;

	lsdb_init(&db);
	a = say(&db, 0, (uint32_t[]){ 0, 7 }, 2);
	b = say(&db, 1, (uint32_t[]){ 7 }, 1);
	EXPECT_EQ(db.touched_count, 0, "nothing while neither can be reached");
	route(&db, a, 10, LSDB_NONE);
	route(&db, b, 17, a->slot);
	version = db.version;
	(void)say(&db, 1, (uint32_t[]){ 6 }, 1);
	EXPECT_EQ(db.touched_count, 0, "nor by a way back that nobody takes");
	EXPECT(db.version > version, "though the graph is another");
	(void)say(&db, 0, (uint32_t[]){ 0, 9 }, 2);
	(void)say(&db, 0, (uint32_t[]){ 0, 5 }, 2);
	EXPECT(db.touched_count == 1 && db.touched[0] == b->slot,
		"who is reached by what costs more, then less");
	graph_touched_clear(&db);
	EXPECT_EQ(db.touched_count, 0, "until it was looked at");
	(void)say(&db, 0, NULL, 0);
	EXPECT(db.touched_count == 1 && db.touched[0] == b->slot, "and then again");
	lsdb_fini(&db);
}
