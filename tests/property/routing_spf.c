/* SPDX-License-Identifier: ISC */
/*
 * Shortest paths over random graphs that change: links are cut, healed and cost more or less,
 * at both ends or at one; routers come and expire; our own links too. After each change the
 * routes are, to the last tie, those that a search of the whole graph gives to a twin that
 * saw the same changes, and they cost what Bellman and Ford find on the true graph, in which
 * a link is one if both ends claim it. WORLDS=number of graphs, 2000 if not said.
 */
#include <stdio.h>
#include <stdlib.h>

#include "routing/spf.h"
#include "tests/test.h"

enum {
	NODES = 96,
	WORLDS = 2000,
	STEPS = 40,
	LINKS_MAX = 4,
	STEP_MS = 1000,
	FAR = 1 << 30,
	LONG_EACH =
		40, /* each so many worlds one is a line longer than any path may be */
};

struct world {
	struct rng rng;
	unsigned nodes, links;
	uint32_t dearest; /* metrics are up to this: few make many ties */
	bool is_long;
	struct instant now;
	struct lsdb db, twin;
	struct spf part, whole;
	struct spf_link firsts[LINKS_MAX];
	uint32_t claim[NODES][NODES]; /* metric that i claims towards j; 0: none */
	bool there[NODES];            /* its TC is known */
	uint32_t cost[NODES];         /* FAR: unreachable */
};

static struct address address_of(unsigned i)
{
	struct address a = { { 0xfd, 0x71 } };

	a.b[4] = (uint8_t)(i * 37);
	a.b[15] = (uint8_t)i;
	return a;
}

static unsigned below(struct world *w, unsigned limit)
{
	return (unsigned)rng_below(&w->rng, limit);
}

static uint32_t metric(struct world *w)
{
	return 1 + below(w, w->dearest);
}

/* Our own is node 0. */
static void install(struct world *w, unsigned i)
{
	struct tc tc = { .announce = { .originator = address_of(i),
				 .validity_ms = (4 + below(w, 12)) * STEP_MS } };

	for (unsigned j = 0; j < w->nodes && tc.count < TC_PARSE_MAX; j++)
		if (w->claim[i][j] > 0)
			tc.neighbours[tc.count++] =
				(struct tc_neighbour){ address_of(j), w->claim[i][j] };
	w->there[i] = true;
	check(lsdb_install(&w->db, w->now, &tc, BYTES("b")) != NULL);
	check(lsdb_install(&w->twin, w->now, &tc, BYTES("b")) != NULL);
}

/* A line begins with us. */
static void link_random(struct world *w, unsigned i)
{
	unsigned to = below(w, w->is_long ? LINKS_MAX : w->nodes);

	w->firsts[i] = (struct spf_link){ address_of(to), 1 + below(w, 3), metric(w) };
}

/* What may happen to a link or a router. */
static void change(struct world *w)
{
	unsigned a = below(w, w->nodes), b = below(w, w->nodes), what = below(w, 20);

	if (w->is_long)
		b = a + 1 < w->nodes ? a + 1 : a - 1;
	if (what < 2) {
		if (w->links < LINKS_MAX && below(w, 2) == 0)
			link_random(w, w->links++);
		else if (w->links > 0)
			link_random(w, below(w, w->links));
	} else if (what < 3 && w->links > 0) {
		w->links--;
	} else if (a != b) {
		bool both = what < 15, cut = what % 3 == 0;

		w->claim[a][b] = cut ? 0 : metric(w);
		if (both)
			w->claim[b][a] = cut ? 0 : metric(w);
		install(w, a);
		if (both)
			install(w, b);
	}
}

static void begin(struct world *w, const struct rng *rng, unsigned number)
{
	memset(w, 0, sizeof(*w));
	w->rng = *rng;
	w->is_long = number % LONG_EACH == 0;
	w->nodes = w->is_long ? NODES : 4 + below(w, 56);
	w->dearest = below(w, 3) == 0 ? 1000 : 1 + below(w, 6);
	w->now = instant_ms(1000);
	lsdb_init(&w->db);
	lsdb_init(&w->twin);
	spf_init(&w->part);
	spf_init(&w->whole);
	if (below(w, 4) > 0) {
		struct address we = address_of(0);

		lsdb_own_set(&w->db, lsdb_router_add(&w->db, &we));
		lsdb_own_set(&w->twin, lsdb_router_add(&w->twin, &we));
	}
	for (unsigned i = 0; i < w->nodes; i++) {
		unsigned j = w->is_long ? (i + 1) % w->nodes : below(w, w->nodes);

		if (w->is_long && j == 0)
			break;
		if (i != j)
			w->claim[i][j] = w->claim[j][i] = metric(w);
	}
	for (unsigned i = 0; i < w->nodes; i++)
		install(w, i);
	while (w->links < 2)
		link_random(w, w->links++);
}

static void end(struct world *w)
{
	spf_fini(&w->part);
	spf_fini(&w->whole);
	lsdb_fini(&w->db);
	lsdb_fini(&w->twin);
}

static bool is_own(const struct world *w, unsigned i)
{
	return i == 0 && w->db.own != LSDB_NONE;
}

static void bellman_ford(struct world *w)
{
	bool changed = true;

	for (unsigned i = 0; i < w->nodes; i++)
		w->cost[i] = FAR;
	for (unsigned i = 0; i < w->links; i++) {
		unsigned to = w->firsts[i].node.b[15];

		if (!is_own(w, to) && w->firsts[i].metric < w->cost[to])
			w->cost[to] = w->firsts[i].metric;
	}
	while (changed) {
		changed = false;
		for (unsigned i = 0; i < w->nodes; i++)
			for (unsigned j = 0; w->cost[i] < FAR && j < w->nodes; j++) {
				if (w->claim[i][j] == 0 || w->claim[j][i] == 0 ||
					!w->there[i] || !w->there[j] || is_own(w, j))
					continue;
				if (w->cost[i] + w->claim[i][j] >= w->cost[j])
					continue;
				w->cost[j] = w->cost[i] + w->claim[i][j];
				changed = true;
			}
	}
}

/* As routes.c does: those that our links lead to are there. */
static void near_set(struct world *w, struct lsdb *db)
{
	lsdb_near_clear(db);
	for (unsigned i = 0; i < w->links; i++)
		lsdb_near_add(db, lsdb_router_add(db, &w->firsts[i].node));
}

/* Those that are gone may come back at once. */
static void expire(struct world *w)
{
	bool back = below(w, 2) == 0;

	EXPECT_EQ(lsdb_expire(&w->db, w->now), lsdb_expire(&w->twin, w->now),
		"the twin forgets the same");
	for (unsigned i = 0; i < w->nodes; i++) {
		struct address a = address_of(i);
		const struct lsdb_router *n = lsdb_find(&w->db, &a);

		w->there[i] = n != NULL && n->known;
		if (n == NULL && back)
			install(w, i);
	}
}

static void expect_same(const struct lsdb_router *n, const struct lsdb_router *m)
{
	EXPECT(n != NULL && m != NULL, "both twins know it");
	EXPECT_EQ(n->route.link, m->route.link, "the same next hop");
	EXPECT_EQ(n->route.metric, m->route.metric, "the same cost");
	EXPECT_EQ(n->route.hops, m->route.hops, "as many hops");
	EXPECT_EQ(n->route.parent, m->route.parent, "the same last hop");
	EXPECT_EQ(n->route.since.us, m->route.since.us, "for as long");
}

/* Each hop adds what it costs, and begins with the same link. */
static void expect_chain(const struct world *w, const struct lsdb_router *n)
{
	unsigned hops = n->route.hops;

	for (; n->route.parent != LSDB_NONE; hops--) {
		const struct lsdb_router *p = w->db.slots[n->route.parent];

		EXPECT_EQ(p->route.metric + w->claim[p->address.b[15]][n->address.b[15]],
			n->route.metric, "each hop adds its cost");
		EXPECT_EQ(p->route.link, n->route.link, "and begins with the same link");
		n = p;
	}
	EXPECT_EQ(hops, 1, "they are as many as is said");
}

static void expect_right(const struct world *w)
{
	for (unsigned i = 0; i < w->nodes; i++) {
		struct address a = address_of(i);
		const struct lsdb_router *n = lsdb_find(&w->db, &a);
		bool reachable = n != NULL && lsdb_reachable(n);

		if (n != NULL)
			expect_same(n, lsdb_find(&w->twin, &a));
		if (reachable)
			expect_chain(w, n);
		if (w->is_long)
			continue;
		EXPECT_EQ(reachable, w->cost[i] != FAR, "reachable or not");
		EXPECT(!reachable || n->route.metric == w->cost[i], "the least cost");
	}
}

static void expect_sorted(const struct world *w)
{
	const struct spf *s = &w->part;
	uint32_t reachable = 0;

	for (uint32_t i = 0; i < w->db.slot_count; i++)
		reachable += w->db.slots[i] != NULL && lsdb_reachable(w->db.slots[i]);
	EXPECT_EQ(s->sorted_count, reachable, "all that can be reached are listed");
	EXPECT_EQ(w->whole.sorted_count, reachable, "for the twin as well");
	for (uint32_t i = 0; i < reachable; i++)
		EXPECT_EQ(s->sorted[i], w->whole.sorted[i], "in the same order");
}

static void search(struct world *w)
{
	uint64_t digest;
	bool changed;

	near_set(w, &w->db);
	near_set(w, &w->twin);
	changed = spf_run(&w->part, &w->db, w->now, w->firsts, w->links);
	spf_forget(&w->whole);
	EXPECT_EQ(spf_run(&w->whole, &w->twin, w->now, w->firsts, w->links), changed,
		"it says whether anything changed");
	digest = w->db.digest;
	EXPECT(lsdb_digest(&w->db) == digest, "the digest was kept up to date");
	bellman_ford(w);
	expect_right(w);
	expect_sorted(w);
}

TEST(routes_after_any_change_are_those_of_a_whole_search_and_of_bellman_and_ford)
{
	const char *said = getenv("WORLDS");
	unsigned worlds = said != NULL ? (unsigned)strtoul(said, NULL, 10) : WORLDS;
	uint64_t parts = 0, wholes = 0;
	struct rng rng = test_rng();
	static struct world w;

	EXPECT(worlds > 0, "WORLDS is a number");
	for (unsigned k = 0; k < worlds; k++) {
		begin(&w, &rng, k);
		search(&w);
		for (unsigned step = 0; step < STEPS; step++) {
			w.now = instant_add_ms(w.now, STEP_MS);
			expire(&w);
			for (unsigned n = below(&w, 4); n > 0; n--)
				change(&w);
			search(&w);
		}
		parts += w.part.parts;
		wholes += w.part.wholes;
		end(&w);
	}
	printf("# %u graphs: %llu searches of a part, %llu of the whole\n", worlds,
		(unsigned long long)parts, (unsigned long long)wholes);
	EXPECT(parts > 4 * wholes, "most searches are of a part");
}
