/* SPDX-License-Identifier: ISC */
#include "routing/machine.h"

#include "tests/unit/routing/net.h"

enum { NODES = 24, WORLDS = 150, NEAR_MAX = NODES, FAR = 1u << 30 };

/* Node 0 is we. */
struct world {
	struct routing *r;
	struct drops drops;
	unsigned nodes;
	uint32_t cost[NODES][NODES]; /* of the link from i to j; 0: none */
	uint32_t dist[NODES][NODES]; /* FAR: no way */
	bool suspect[NODES];         /* our link to it */
};

static void cost_set(struct world *w, unsigned a, unsigned b, uint32_t ab, uint32_t ba)
{
	w->cost[a][b] = ab;
	w->cost[b][a] = ba;
}

static void install(struct world *w, unsigned i)
{
	struct tc t = { .announce = { .originator = net_address(i),
				.key = net_id(i),
				.validity_ms = 1000000 } };

	for (unsigned j = 0; j < w->nodes; j++)
		if (w->cost[i][j] > 0)
			t.neighbours[t.count++] =
				(struct tc_neighbour){ net_address(j), w->cost[i][j] };
	check(lsdb_install(&w->r->lsdb, instant_ms(1), &t, BYTES("b")) != NULL);
}

/* Link number j leads to node j. */
static void link_up(struct world *w, unsigned j)
{
	struct nhdp_link *l;

	nhdp_usable(&w->r->nhdp, instant_ms(1), j, true);
	l = nhdp_find(&w->r->nhdp, j);
	l->node = net_address(j);
	l->interface = 1;
	l->advertised = true;
	l->suspect = w->suspect[j];
	l->metric_out = w->cost[0][j];
	l->metric_in = w->cost[j][0];
}

/* Makes the machine that holds this graph. */
static void world_begin(struct world *w)
{
	struct routing_config config = { .self = net_address(0),
		.self_id = net_id(0),
		.drops = &w->drops,
		.rng = test_rng(),
		.sequence = 1 };

	w->r = routing_new(&config, instant_ms(1));
	for (unsigned i = 0; i < w->nodes; i++)
		install(w, i);
	for (unsigned j = 1; j < w->nodes; j++)
		if (w->cost[0][j] > 0)
			link_up(w, j);
	routes_search(w->r, instant_ms(1));
}

/* Floyd and Warshall. */
static void measure(struct world *w)
{
	for (unsigned i = 0; i < w->nodes; i++)
		for (unsigned j = 0; j < w->nodes; j++)
			w->dist[i][j] = i == j               ? 0
					: w->cost[i][j] == 0 ? FAR
							     : w->cost[i][j];
	for (unsigned k = 0; k < w->nodes; k++)
		for (unsigned i = 0; i < w->nodes; i++)
			for (unsigned j = 0; j < w->nodes; j++)
				if (w->dist[i][k] + w->dist[k][j] < w->dist[i][j])
					w->dist[i][j] = w->dist[i][k] + w->dist[k][j];
}

static void random_world(struct world *w, struct rng *rng)
{
	unsigned links = 0;

	memset(w, 0, sizeof(*w));
	w->nodes = 4 + (unsigned)rng_below(rng, NODES - 3);
	links = w->nodes + (unsigned)rng_below(rng, 2 * w->nodes);
	for (unsigned i = 1; i < w->nodes; i++)
		w->suspect[i] = rng_below(rng, 5) == 0;
	for (unsigned k = 0; k < links; k++) {
		unsigned a = (unsigned)rng_below(rng, w->nodes),
			 b = (unsigned)rng_below(rng, w->nodes);

		if (a != b)
			cost_set(w, a, b, 1 + (uint32_t)rng_below(rng, 9),
				1 + (uint32_t)rng_below(rng, 9));
	}
	world_begin(w);
	measure(w);
}

static bool is_loop_free(const struct world *w, unsigned via, unsigned to)
{
	return w->dist[via][to] < w->dist[via][0] + w->dist[0][to];
}

/* The cheapest that the true graph allows; 0: none. */
static uint32_t best_alternate(const struct world *w, unsigned to, uint32_t but)
{
	uint32_t best = 0;

	for (unsigned j = 1; j < w->nodes; j++) {
		uint32_t metric = w->cost[0][j] + w->dist[j][to];

		if (w->cost[0][j] == 0 || j == but || w->suspect[j] ||
			!is_loop_free(w, j, to))
			continue;
		if (best == 0 || metric < best)
			best = metric;
	}
	return best;
}

/* Whichever of its equally good next hops each node takes, and never by us. */
static void expect_arrives(
	const struct world *w, unsigned from, unsigned to, unsigned hops)
{
	EXPECT(from != 0, "it does not come back");
	EXPECT(hops < w->nodes, "it does not go in circles");
	for (unsigned j = 0; from != to && j < w->nodes; j++)
		if (w->cost[from][j] > 0 &&
			w->cost[from][j] + w->dist[j][to] == w->dist[from][to])
			expect_arrives(w, j, to, hops + 1);
}

static unsigned expect_alternate(struct world *w, unsigned to)
{
	struct address node = net_address(to);
	struct routing_route route, other;
	uint32_t best;

	if (!routing_route(w->r, &node, &route)) {
		EXPECT(!routing_alternate(w->r, &node, &other), "no route, no other");
		return 0;
	}
	best = best_alternate(w, to, route.link);
	EXPECT_EQ(routing_alternate(w->r, &node, &other), best > 0, "there is one");
	if (best == 0)
		return 0;
	EXPECT(other.link != route.link, "it begins with another link");
	EXPECT(!w->suspect[other.link], "one that is not suspect");
	EXPECT(is_loop_free(w, other.link, to), "the inequality holds");
	EXPECT_EQ(other.metric, best, "and none is cheaper");
	EXPECT_EQ(other.metric, w->cost[0][other.link] + w->dist[other.link][to],
		"its metric is that of the way");
	expect_arrives(w, other.link, to, 1);
	return 1;
}

TEST(an_alternate_is_loop_free_and_the_cheapest_of_these)
{
	static struct world w;
	struct rng rng = test_rng();
	unsigned found = 0;

	for (unsigned k = 0; k < WORLDS; k++) {
		random_world(&w, &rng);
		for (unsigned to = 1; to < w.nodes; to++)
			found += expect_alternate(&w, to);
		routing_free(w.r);
	}
	EXPECT(found > WORLDS, "many are found");
}

static enum routing_verdict verdict_of(
	const struct routing_candidate *all, size_t count, uint32_t link)
{
	for (size_t i = 0; i < count; i++)
		if (all[i].link == link)
			return all[i].verdict;
	return ROUTING_NO_WAY + 1;
}

/* Node 9 is far. 1 is on the way, 2 and 3 cost as much, 4 costs more, 5 goes over us, 6 is
 * suspect, 7 has nothing but us. */
static void all_verdicts(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->nodes = 11;
	for (unsigned j = 1; j < 7; j++)
		cost_set(w, 0, j, 2, 2);
	for (unsigned j = 1; j < 4; j++)
		cost_set(w, j, 9, 2, 2);
	cost_set(w, 4, 9, 3, 3);
	cost_set(w, 5, 9, 8, 8);
	cost_set(w, 6, 9, 2, 2);
	cost_set(w, 0, 7, 2, 2);
	w->suspect[6] = true;
	world_begin(w);
}

TEST(each_neighbour_is_told_with_what_speaks_against_it)
{
	struct routing_candidate all[ROUTING_LINKS_MAX];
	static struct world w;
	struct address far = net_address(9), apart = net_address(10), we = net_address(0);
	struct routing_route route, other;
	size_t count;

	all_verdicts(&w);
	count = routing_candidates(w.r, &far, all, ROUTING_LINKS_MAX);
	EXPECT_EQ(count, 7, "one for each link");
	for (size_t i = 1; i < count; i++)
		EXPECT(all[i].verdict >= all[i - 1].verdict, "best first");
	EXPECT(routing_route(w.r, &far, &route) && route.link == all[0].link &&
			all[0].verdict == ROUTING_CHOSEN,
		"the route is the first");
	EXPECT(routing_alternate(w.r, &far, &other) && other.link == all[1].link &&
			all[1].verdict == ROUTING_ALTERNATE,
		"then comes the alternate");
	EXPECT_EQ(all[2].verdict, ROUTING_EQUAL, "a third is as good as both");
	EXPECT_EQ(verdict_of(all, count, 4), ROUTING_DEARER, "one is dearer");
	EXPECT_EQ(verdict_of(all, count, 5), ROUTING_LOOPS, "one goes over us");
	EXPECT_EQ(verdict_of(all, count, 6), ROUTING_SUSPECT, "one may be lost");
	EXPECT_EQ(verdict_of(all, count, 7), ROUTING_LOOPS, "one has only us");
	EXPECT_EQ(all[0].metric, 4, "metrics are of the whole way");
	EXPECT_EQ(all[0].hops, 2, "so are hops");
	EXPECT_EQ(all[0].link_metric, 2, "and beside it that of the link");
	EXPECT_EQ(routing_candidates(w.r, &far, all, 3), 3, "no more than there is room");
	count = routing_candidates(w.r, &apart, all, ROUTING_LINKS_MAX);
	EXPECT(count == 7 && all[0].verdict == ROUTING_NO_WAY, "to some nobody leads");
	count = routing_candidates(w.r, &we, all, ROUTING_LINKS_MAX);
	EXPECT(count == 7 && all[0].verdict == ROUTING_NO_WAY, "least of all to us");
	routing_free(w.r);
}

TEST(alternates_follow_the_graph)
{
	static struct world w;
	struct address far = net_address(9);
	struct routing_route other;
	uint32_t was;

	all_verdicts(&w);
	EXPECT(routing_alternate(w.r, &far, &other), "there is one");
	was = other.link;
	nhdp_find(&w.r->nhdp, was)->suspect = true;
	EXPECT(routing_alternate(w.r, &far, &other) && other.link != was,
		"a suspect link is none");
	nhdp_find(&w.r->nhdp, was)->suspect = false;
	cost_set(&w, was, 9, 0, 0);
	install(&w, was);
	EXPECT(routing_alternate(w.r, &far, &other) && other.link != was,
		"nor is one whose way is gone");
	routing_free(w.r);
}
