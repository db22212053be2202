/* SPDX-License-Identifier: ISC */
#include "routing/spf.h"

#include <stdio.h>
#include <time.h>

#include "tests/unit/routing/golden.h"
#include "tests/unit/routing/net.h"

static void install(
	struct lsdb *db, unsigned who, const struct tc_neighbour *n, unsigned count)
{
	struct tc t = golden_tc();

	t.announce.originator = net_address(who);
	t.count = count;
	memcpy(t.neighbours, n, count * sizeof(*n));
	check(lsdb_install(db, instant_ms(1), &t, BYTES("x")) != NULL);
}

static struct tc_neighbour to(unsigned who, uint32_t metric)
{
	return (struct tc_neighbour){ net_address(who), metric };
}

TEST(spf_keeps_the_next_hop_among_equals_and_leaves_it_for_less)
{
	/* 0 is we; 1 and 2 are our neighbours; both lead to 3. */
	struct spf_link links[] = { { net_address(1), 11, 100 },
		{ net_address(2), 12, 90 } };
	struct address far = net_address(3);
	struct lsdb_router *n;
	struct lsdb db;
	struct spf s;

	lsdb_init(&db);
	spf_init(&s);
	install(&db, 1, (struct tc_neighbour[]){ to(3, 100) }, 1);
	install(&db, 2, (struct tc_neighbour[]){ to(3, 100) }, 1);
	install(&db, 3, (struct tc_neighbour[]){ to(1, 100), to(2, 100) }, 2);
	n = lsdb_find(&db, &far);
	EXPECT(spf_run(&s, &db, instant_ms(5), links, 2), "routes appear");
	EXPECT_EQ(n->route.link, 12, "the cheaper way");
	EXPECT_EQ(n->route.metric, 190, "its cost");
	links[1].metric = 100;
	EXPECT(spf_run(&s, &db, instant_ms(6), links, 2), "a cost has changed");
	EXPECT_EQ(n->route.link, 12, "at equal cost the way stays");
	EXPECT_EQ(n->route.since.us, 5000, "and its age");
	EXPECT(!spf_run(&s, &db, instant_ms(7), links, 2), "the same again: no change");
	links[1].metric = 101;
	EXPECT(spf_run(&s, &db, instant_ms(8), links, 2), "it became dearer");
	EXPECT_EQ(n->route.link, 11, "the other way now");
	links[1].metric = 100;
	EXPECT(spf_run(&s, &db, instant_ms(9), links, 2), "and equal again");
	EXPECT_EQ(n->route.link, 11, "no way back without need");
	EXPECT(spf_run(&s, &db, instant_ms(10), links, 0), "all links gone");
	EXPECT(!lsdb_reachable(n), "all routes gone");
	spf_fini(&s);
	lsdb_fini(&db);
}

/* A graph of random TCs around us (0), whose own links are those to 1 and 2. */
enum { GRAPH = 12 };

/* One claim of somebody appears, vanishes or changes its cost. */
static void mutate(struct rng *rng, struct lsdb *db, uint32_t claims[GRAPH][GRAPH])
{
	unsigned who = 1 + (unsigned)rng_below(rng, GRAPH - 1), count = 0;
	unsigned whom = (unsigned)rng_below(rng, GRAPH);
	struct tc_neighbour n[GRAPH];

	claims[who][whom] =
		rng_below(rng, 4) == 0 ? 0 : 100 + 10 * (uint32_t)rng_below(rng, 5);
	for (unsigned i = 0; i < GRAPH; i++)
		if (i != who && claims[who][i] > 0)
			n[count++] = to(i, claims[who][i]);
	install(db, who, n, count);
}

TEST(spf_finds_nothing_new_where_the_database_tells_of_no_change)
{
	struct spf_link links[] = { { net_address(1), 11, 100 },
		{ net_address(2), 12, 120 } };
	struct address self = net_address(0);
	unsigned silent = 0, wrong = 0, changed = 0;
	static uint32_t claims[GRAPH][GRAPH];
	struct rng rng = test_rng();
	struct lsdb db;
	struct spf s;

	lsdb_init(&db);
	spf_init(&s);
	lsdb_own_set(&db, lsdb_router_add(&db, &self));
	for (unsigned i = 0; i < 2; i++)
		lsdb_near_add(&db, lsdb_router_add(&db, &links[i].node));
	EXPECT(spf_run(&s, &db, instant_ms(0), links, 2), "the links alone");
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t before = db.changes;
		bool told, found;

		mutate(&rng, &db, claims);
		told = db.changes != before;
		found = spf_run(&s, &db, instant_ms(i), links, 2);
		silent += !told;
		changed += found;
		wrong += found && !told;
	}
	EXPECT_EQ(wrong, 0, "a search that was left out would have found the same");
	EXPECT(silent > 2000, "many can be left out");
	EXPECT(changed > 2000, "and many cannot");
	spf_fini(&s);
	lsdb_fini(&db);
}

enum { SIDE = 32 };

static void grid(struct lsdb *db)
{
	for (unsigned i = 0; i < SIDE * SIDE; i++) {
		struct tc_neighbour n[4];
		unsigned count = 0;

		if (i % SIDE > 0)
			n[count++] = to(i - 1, 100 + (i * 7) % 90);
		if (i % SIDE < SIDE - 1)
			n[count++] = to(i + 1, 100 + (i * 13) % 90);
		if (i >= SIDE)
			n[count++] = to(i - SIDE, 100 + (i * 3) % 90);
		if (i < SIDE * (SIDE - 1))
			n[count++] = to(i + SIDE, 100 + (i * 11) % 90);
		install(db, i, n, count);
	}
}

TEST(spf_looks_only_at_what_a_change_can_reach)
{
	enum { LAST = SIDE * SIDE - 1 };
	struct spf_link link = { net_address(0), 1, 100 };
	struct tc_neighbour n[2] = { to(LAST - 1, 150), to(LAST - SIDE, 150) };
	struct lsdb db;
	struct spf s;

	lsdb_init(&db);
	spf_init(&s);
	grid(&db);
	EXPECT(spf_run(&s, &db, instant_ms(1), &link, 1), "routes appear");
	EXPECT(s.wholes == 1 && s.looked_at == SIDE * SIDE, "all are looked at");
	install(&db, LAST, n, 2);
	(void)spf_run(&s, &db, instant_ms(2), &link, 1);
	EXPECT(s.wholes == 1 && s.looked_at < 4, "a corner costs a few");
	install(&db, LAST, n, 0);
	EXPECT(spf_run(&s, &db, instant_ms(3), &link, 1), "one is cut off");
	EXPECT(s.wholes == 1 && s.looked_at < 4, "that is looked at alone");
	EXPECT_EQ(s.sorted_count, LAST, "and all others have their routes");
	link.metric = 50;
	EXPECT(spf_run(&s, &db, instant_ms(4), &link, 1), "our own link changes");
	EXPECT_EQ(s.wholes, 2, "on which all depend: a whole search is cheaper");
	spf_forget(&s);
	EXPECT(!spf_run(&s, &db, instant_ms(5), &link, 1), "another finds the same");
	EXPECT_EQ(s.wholes, 3, "when it is asked for");
	spf_fini(&s);
	lsdb_fini(&db);
}

TEST(spf_is_fast_on_a_thousand_nodes)
{
	enum { RUNS = 200 };
	struct spf_link link = { net_address(0), 1, 100 };
	struct timespec a, b;
	struct lsdb db;
	struct spf s;

	lsdb_init(&db);
	spf_init(&s);
	grid(&db);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (unsigned i = 0; i < RUNS; i++) {
		link.metric = 100 + i;
		EXPECT(spf_run(&s, &db, instant_ms(i), &link, 1), "costs change");
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	for (uint32_t i = 0; i < db.slot_count; i++)
		EXPECT(lsdb_reachable(db.slots[i]), "every node has a route");
	printf("# spf over 1024 nodes in a grid: %.3f ms of CPU a run\n",
		((double)(b.tv_sec - a.tv_sec) * 1e3 +
			(double)(b.tv_nsec - a.tv_nsec) / 1e6) /
			RUNS);
	spf_fini(&s);
	lsdb_fini(&db);
}
