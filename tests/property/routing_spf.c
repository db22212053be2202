/* SPDX-License-Identifier: ISC */
/*
 * Shortest paths against Bellman and Ford, over random graphs that change: the same cost
 * to every node, or none; each route's chain of parents adds up to it; and the graph of
 * the database, kept up to date edge by edge, is the one that both ends claim.
 */
#include "routing/spf.h"
#include "tests/test.h"

enum { NODES = 40, ROUNDS = 60, CHANGES = 40, FIRST_HOP = 3 };

struct truth {
	uint32_t claim[NODES][NODES]; /* metric that i claims towards j; 0: none */
	bool there[NODES];            /* i has a TC */
	uint32_t cost[NODES];         /* UINT32_MAX: unreachable */
};

static struct address address_of(unsigned i)
{
	struct address a = { { 0xfd, 0x71 } };

	a.b[9] = (uint8_t)(i * 37);
	a.b[15] = (uint8_t)i;
	return a;
}

static unsigned number_of(const struct address *a)
{
	return a->b[15];
}

static void install(struct lsdb *db, const struct truth *t, unsigned i)
{
	struct tc tc = { .announce = {
				 .originator = address_of(i), .validity_ms = 1000000 } };

	for (unsigned j = 0; j < NODES; j++)
		if (t->claim[i][j] > 0)
			tc.neighbours[tc.count++] =
				(struct tc_neighbour){ address_of(j), t->claim[i][j] };
	check(lsdb_install(db, instant_ms(1), &tc, BYTES("b")) != NULL);
}

static void change_something(struct lsdb *db, struct truth *t, const struct rng *rng)
{
	unsigned i = (unsigned)rng_below(rng, NODES);

	for (unsigned k = 0; k < 4; k++) {
		unsigned j = (unsigned)rng_below(rng, NODES);

		if (i != j)
			t->claim[i][j] = rng_below(rng, 3) == 0
						 ? 0
						 : 1 + (uint32_t)rng_below(rng, 5);
	}
	t->there[i] = true;
	install(db, t, i);
}

static void bellman_ford(struct truth *t, const struct spf_link *links, size_t count)
{
	for (unsigned i = 0; i < NODES; i++)
		t->cost[i] = UINT32_MAX;
	for (size_t i = 0; i < count; i++) {
		uint32_t *cost = &t->cost[number_of(&links[i].node)];

		if (t->there[number_of(&links[i].node)] && links[i].metric < *cost)
			*cost = links[i].metric;
	}
	for (unsigned round = 0; round < NODES; round++)
		for (unsigned i = 0; i < NODES; i++)
			for (unsigned j = 0; j < NODES; j++) {
				if (t->cost[i] == UINT32_MAX || t->claim[i][j] == 0 ||
					t->claim[j][i] == 0 || !t->there[j])
					continue;
				if (t->cost[i] + t->claim[i][j] < t->cost[j])
					t->cost[j] = t->cost[i] + t->claim[i][j];
			}
}

static void expect_chain(const struct lsdb *db, const struct truth *t,
	const struct lsdb_router *n, const struct spf_link *links)
{
	unsigned hops = 0;

	while (n->route.parent != LSDB_NONE) {
		const struct lsdb_router *p = db->slots[n->route.parent];

		EXPECT_EQ(
			p->route.metric +
				t->claim[number_of(&p->address)][number_of(&n->address)],
			n->route.metric, "each hop adds its cost");
		EXPECT_EQ(p->route.link, n->route.link, "and begins with the same link");
		EXPECT(++hops < NODES, "no loops");
		n = p;
	}
	EXPECT(id_equal(&links[n->route.link - 1].node, &n->address), "from our link on");
}

static void expect_same(
	const struct lsdb *db, const struct truth *t, const struct spf_link *links)
{
	for (unsigned i = 0; i < NODES; i++) {
		struct address a = address_of(i);
		const struct lsdb_router *n = lsdb_find(db, &a);
		bool reachable = n != NULL && lsdb_reachable(n);

		EXPECT_EQ(reachable, t->cost[i] != UINT32_MAX, "reachable or not");
		if (!reachable)
			continue;
		EXPECT_EQ(n->route.metric, t->cost[i], "the same cost");
		expect_chain(db, t, n, links);
	}
}

TEST(shortest_paths_are_those_of_bellman_and_ford)
{
	struct rng rng = test_rng();

	for (unsigned round = 0; round < ROUNDS; round++) {
		static struct truth t;
		struct spf_link links[FIRST_HOP];
		struct lsdb db;
		struct spf s;

		memset(&t, 0, sizeof(t));
		lsdb_init(&db);
		spf_init(&s);
		for (unsigned i = 0; i < 2 * NODES; i++)
			change_something(&db, &t, &rng);
		for (unsigned k = 0; k < CHANGES; k++) {
			for (uint32_t i = 0; i < FIRST_HOP; i++)
				links[i] = (struct spf_link){
					address_of((unsigned)rng_below(&rng, NODES)),
					i + 1, 1 + (uint32_t)rng_below(&rng, 5)
				};
			change_something(&db, &t, &rng);
			(void)spf_run(&s, &db, instant_ms(k), links, FIRST_HOP);
			bellman_ford(&t, links, FIRST_HOP);
			expect_same(&db, &t, links);
			EXPECT(!spf_run(&s, &db, instant_ms(k), links, FIRST_HOP),
				"the same graph gives the same routes");
		}
		spf_fini(&s);
		lsdb_fini(&db);
	}
}
