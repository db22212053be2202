/* SPDX-License-Identifier: ISC */
#include "routing/lsdb.h"

#include "tests/unit/routing/golden.h"

static struct address numbered(unsigned i)
{
	struct address a = golden_address(0);

	a.b[4] = (uint8_t)(i >> 16);
	a.b[5] = (uint8_t)(i >> 8);
	a.b[6] = (uint8_t)i;
	return a;
}

static struct lsdb_router *install(struct lsdb *db, unsigned who, int64_t ms,
	unsigned count, const unsigned *neighbours)
{
	struct tc t = golden_tc();

	t.announce.originator = numbered(who);
	t.announce.validity_ms = 10000;
	t.count = count;
	for (unsigned i = 0; i < count; i++)
		t.neighbours[i] = (struct tc_neighbour){ numbered(neighbours[i]), 100 };
	return lsdb_install(db, instant_ms(ms), &t, BYTES("body"));
}

static unsigned graph_edges(const struct lsdb *db)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < db->slot_count; i++)
		count += db->nodes[i].count;
	return count;
}

TEST(lsdb_has_an_edge_only_where_both_ends_claim_it)
{
	struct lsdb db;

	lsdb_init(&db);
	install(&db, 1, 1, 2, (unsigned[]){ 2, 3 });
	EXPECT_EQ(graph_edges(&db), 0, "one end is not enough");
	install(&db, 2, 1, 1, (unsigned[]){ 1 });
	EXPECT_EQ(graph_edges(&db), 2, "both make an edge, seen from both");
	install(&db, 3, 1, 1, (unsigned[]){ 2 });
	EXPECT_EQ(graph_edges(&db), 2, "claims that do not meet make none");
	install(&db, 2, 2, 1, (unsigned[]){ 3 });
	EXPECT_EQ(graph_edges(&db), 2, "a new TC takes edges away and makes others");
	install(&db, 2, 2, 0, NULL);
	EXPECT_EQ(graph_edges(&db), 0, "none are left");
	lsdb_fini(&db);
}

TEST(lsdb_forgets_the_unreachable_first)
{
	struct lsdb db;
	struct address a = numbered(1), b = numbered(2), c = numbered(3);

	lsdb_init(&db);
	install(&db, 1, 1000, 0, NULL);
	install(&db, 2, 1000, 0, NULL)->route.link = 7;
	lsdb_near_add(&db, lsdb_router_add(&db, &c));
	EXPECT(!lsdb_expire(&db, instant_ms(10999)), "all hold their validity");
	EXPECT(lsdb_expire(&db, instant_ms(11000)), "then one goes");
	EXPECT(lsdb_find(&db, &a) == NULL, "the unreachable one");
	EXPECT(lsdb_find(&db, &b) != NULL, "the reachable one lives longer");
	EXPECT(lsdb_expire(&db, instant_ms(41001)), "but not for ever");
	EXPECT(lsdb_find(&db, &c) != NULL, "a neighbour needs no TC");
	lsdb_near_clear(&db);
	EXPECT(lsdb_expire(&db, instant_ms(42000)), "until it is none any more");
	EXPECT_EQ(db.count, 0, "nothing is left");
	lsdb_fini(&db);
}

TEST(lsdb_is_capped_and_keeps_the_near)
{
	struct lsdb db;
	struct lsdb_router *n;

	lsdb_init(&db);
	for (unsigned i = 0; i < ROUTING_NODES_MAX; i++) {
		n = install(&db, i, 1000 + i, 0, NULL);
		n->route.link = i < 4000 ? 1 : 0;
		n->route.metric = i;
	}
	for (unsigned i = 0; i < 1000; i++)
		EXPECT(install(&db, 30000 + i, 100000 + i, 0, NULL) != NULL,
			"strangers push out strangers");
	EXPECT_EQ(db.count, ROUTING_NODES_MAX, "there is a cap");
	for (unsigned i = 0; i < 4000; i++) {
		struct address a = numbered(i);

		EXPECT(lsdb_find(&db, &a) != NULL, "those with a route are all there");
	}
	for (uint32_t i = 0; i < db.slot_count; i++)
		db.slots[i]->route.link = 1;
	EXPECT(install(&db, 50000, 1, 0, NULL) == NULL, "a stranger finds no room then");
	lsdb_fini(&db);
}

/* Fills the database; then each newcomer pushes out the one that was heard longest ago. */
TEST(lsdb_forgets_the_stalest_of_the_unreachable)
{
	enum { MORE = 300 };
	struct lsdb db;

	lsdb_init(&db);
	for (unsigned i = 0; i < ROUTING_NODES_MAX; i++)
		EXPECT(install(&db, i, 1000 + i, 0, NULL) != NULL, "there is room");
	for (unsigned i = 0; i < MORE; i++) {
		struct address next = numbered(2 * i), fresh = numbered(2 * i + 1);

		EXPECT(install(&db, 2 * i + 1, 50000 + i, 0, NULL) != NULL,
			"every second one is heard again");
		EXPECT(lsdb_find(&db, &next) != NULL, "the next one is still there");
		EXPECT(install(&db, 30000 + i, 60000, 0, NULL) != NULL, "one comes");
		EXPECT(lsdb_find(&db, &next) == NULL, "and the stalest is gone");
		EXPECT(lsdb_find(&db, &fresh) != NULL, "who was heard again is not");
	}
	lsdb_fini(&db);
}

TEST(lsdb_finds_whom_it_has_whoever_came_and_went)
{
	enum { NAMES = 300, STEPS = 20000 };
	struct rng rng = test_rng();
	bool there[NAMES] = { false };
	struct lsdb db;

	lsdb_init(&db);
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned i = (unsigned)rng_below(&rng, NAMES);
		struct address a = numbered(i);
		struct lsdb_router *n = lsdb_find(&db, &a);

		EXPECT_EQ(n != NULL, there[i], "it is there or not");
		if (n != NULL)
			n->updated = instant_ms(-100000);
		else
			EXPECT(install(&db, i, 1, 0, NULL) != NULL, "it comes");
		if (n != NULL) {
			lsdb_route_set(&db, n, &(struct lsdb_route){ 0 });
			EXPECT(lsdb_expire(&db, instant_ms(2)), "it goes");
		}
		there[i] = n == NULL;
	}
	lsdb_fini(&db);
}

TEST(lsdb_digest_is_the_same_in_any_order)
{
	struct lsdb a, b;

	lsdb_init(&a);
	lsdb_init(&b);
	install(&a, 1, 1, 0, NULL)->route.link = 1;
	install(&a, 2, 1, 0, NULL)->route.link = 1;
	install(&b, 3, 1, 0, NULL);
	install(&b, 2, 1, 0, NULL)->route.link = 1;
	EXPECT(lsdb_digest(&a) != lsdb_digest(&b), "different databases differ");
	install(&b, 1, 1, 0, NULL)->route.link = 1;
	EXPECT(lsdb_digest(&a) == lsdb_digest(&b), "the unreachable does not count");
	lsdb_fini(&a);
	lsdb_fini(&b);
}
