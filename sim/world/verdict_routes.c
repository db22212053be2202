/* SPDX-License-Identifier: ISC */
/*
 * Routes against the true graph, by a walk of our own. A link must be used when both ways
 * lose less than LOSS_MUST of the tries; it may be used when both ends hear each other at
 * all. Who means harm counts for what may be, not for what must be.
 */
#include "node/base/mem.h"
#include "sim/world/hostile.h"
#include "sim/world/verdicts.h"
#include "sim/world/world.h"

enum {
	LOSS_MUST_PPM = 350000,
	LOOP_LASTS_MS = 10000, /* a loop that is there at every look for so long */
	LOOP_PAIRS = 256,      /* looked at in a large world */
	COST_NODES = 64, /* the cost of ways is judged in worlds of up to so many nodes */
	COST_EXTRA_PERCENT = 60,
	EDGES_NODES = 64,
	EDGES_EACH = 4, /* nodes whose whole graph is read at a look */
};

struct graph {
	uint32_t *hops, *queue; /* owned */
	bool claims;            /* somebody claims links that he has not */
};

static bool honest(const struct world *w, uint32_t i)
{
	return (w->plan.nodes[i].hostile & (HOSTILE_DROP | HOSTILE_FALSE)) == 0;
}

/* Who claims a tunnel draws what it would shorten: what goes in there may go anywhere. */
static bool tunnels(const struct world *w, uint32_t i)
{
	return (w->plan.nodes[i].hostile & HOSTILE_TUNNEL) != 0;
}

static uint32_t loss_of(const struct world *w, const struct hearer *h)
{
	return h->quality.loss_ppm == LINK_INHERIT ? (uint32_t)w->channel.params.loss_ppm
						   : h->quality.loss_ppm;
}

static size_t pair(const struct world *w, uint32_t a, uint32_t b)
{
	return (size_t)a * w->count + b;
}

/* Whether they have ever heard each other. */
static bool ever(const struct world *w, uint32_t a, uint32_t b)
{
	size_t p = pair(w, a, b), q = pair(w, b, a);

	return (w->verdicts.ever[p / 64] >> p % 64 & 1) &&
	       (w->verdicts.ever[q / 64] >> q % 64 & 1);
}

static bool linked(const struct world *w, uint32_t from, uint32_t to, bool must)
{
	const struct hearer *a = links_hearer(&w->channel.links, from, to),
			    *b = links_hearer(&w->channel.links, to, from);

	if (a == NULL || b == NULL || !meshes_together(w, from, to, must))
		return false;
	return !must ||
	       (honest(w, from) && honest(w, to) && loss_of(w, a) < LOSS_MUST_PPM &&
		       loss_of(w, b) < LOSS_MUST_PPM);
}

/* Whether frames for `to` may be given to `from`, by what one of them claims and does not have:
 * a tunnel, or a link that was, for as long as the last TC of its other end is valid. */
static bool claimed(const struct world *w, uint32_t from, uint32_t to)
{
	unsigned ways = w->plan.nodes[from].hostile | w->plan.nodes[to].hostile;

	return (tunnels(w, from) && tunnels(w, to)) ||
	       ((ways & HOSTILE_LIE) != 0 && ever(w, from, to) &&
		       meshes_together(w, from, to, false));
}

/* Hops from node to all others, UINT32_MAX: no way. */
static void walk(const struct world *w, uint32_t node, bool must, struct graph *g)
{
	size_t head = 0, tail = 0;

	for (uint32_t i = 0; i < w->count; i++)
		g->hops[i] = UINT32_MAX;
	g->hops[node] = 0;
	g->queue[tail++] = node;
	while (head < tail) {
		uint32_t at = g->queue[head++];
		const struct links_node *n = &w->channel.links.nodes[at];

		for (size_t i = 0; i < n->hearer_count; i++) {
			uint32_t to = n->hearers[i].node;

			if (g->hops[to] != UINT32_MAX || !device_on(&w->devices[to]) ||
				!linked(w, at, to, must))
				continue;
			g->hops[to] = g->hops[at] + 1;
			g->queue[tail++] = to;
		}
		for (uint32_t to = 0; g->claims && to < w->count; to++) {
			if (g->hops[to] != UINT32_MAX || !claimed(w, at, to))
				continue;
			g->hops[to] = g->hops[at] + 1;
			g->queue[tail++] = to;
		}
	}
}

uint32_t *verdict_islands(struct world *w)
{
	uint32_t *island = mem_array(w->count, sizeof(*island));
	struct graph g = { .claims = false };

	channel_tick(&w->channel, w->now);
	g.hops = mem_array(w->count, sizeof(*g.hops));
	g.queue = mem_array(w->count, sizeof(*g.queue));
	for (uint32_t i = 0; i < w->count; i++)
		island[i] = UINT32_MAX;
	for (uint32_t i = 0; i < w->count; i++) {
		if (island[i] != UINT32_MAX)
			continue;
		island[i] = i;
		if (!device_on(&w->devices[i]))
			continue;
		walk(w, i, true, &g);
		for (uint32_t k = i; k < w->count; k++)
			if (g.hops[k] != UINT32_MAX)
				island[k] = i;
	}
	mem_free(g.hops);
	mem_free(g.queue);
	return island;
}

static void why_pair(
	struct world *w, struct text *why, uint32_t i, uint32_t k, const char *what)
{
	text_string(why, w->devices[i].name);
	text_string(why, what);
	text_string(why, w->devices[k].name);
}

static bool routes_of_whole(struct world *w, uint32_t i, const struct graph *must,
	const struct graph *may, struct text *why)
{
	for (uint32_t k = 0; k < w->count; k++) {
		struct routing_route route;
		bool found;

		if (k == i || !device_on(&w->devices[k]))
			continue;
		found = routing_route(
			node_routing(w->devices[i].node), &w->devices[k].address, &route);
		if (!found && must->hops[k] != UINT32_MAX) {
			why_pair(w, why, i, k, " has no way to ");
			return false;
		}
		if (found && may->hops[k] == UINT32_MAX && honest(w, k)) {
			why_pair(w, why, i, k, " has a way that is none to ");
			return false;
		}
		if (found && route.hops < may->hops[k] && honest(w, k)) {
			why_pair(w, why, i, k, " has a way that is too short to ");
			return false;
		}
	}
	return true;
}

/* ---- what the ways cost ---- */

/* The metric that the owner of a link tells of it; 0: it does not use it. */
static uint32_t own_metric(const struct world *w, uint32_t from, uint32_t to)
{
	struct routing_neighbour n;

	for (size_t i = 0;
		routing_neighbour_at(node_routing(w->devices[from].node), i, &n); i++)
		if (n.symmetric && n.usable && id_equal(&n.node, &w->devices[to].address))
			return n.metric;
	return 0;
}

/* Least cost over all ways, after Bellman and Ford. */
static void costs_from(
	const struct world *w, uint32_t from, const uint32_t *metric, uint64_t *cost)
{
	bool changed = true;

	for (uint32_t i = 0; i < w->count; i++)
		cost[i] = i == from ? 0 : UINT64_MAX;
	while (changed) {
		changed = false;
		for (uint32_t a = 0; a < w->count; a++)
			for (uint32_t b = 0; b < w->count && cost[a] != UINT64_MAX; b++) {
				uint32_t m = metric[a * w->count + b];

				if (m == 0 || cost[a] + m >= cost[b])
					continue;
				cost[b] = cost[a] + m;
				changed = true;
			}
	}
}

/* What the way costs that frames really take; UINT64_MAX: they do not arrive. */
static uint64_t cost_taken(
	const struct world *w, uint32_t from, uint32_t to, const uint32_t *metric)
{
	uint64_t cost = 0;
	uint32_t at = from;

	for (uint32_t steps = 0; steps <= w->count && at != to; steps++) {
		struct routing_route r;
		struct world_device *next;

		if (!device_on(&w->devices[at]) ||
			!routing_route(node_routing(w->devices[at].node),
				&w->devices[to].address, &r))
			return UINT64_MAX;
		HASH_FIND(hh, w->by_address, &r.next_hop, sizeof(r.next_hop), next);
		if (next == NULL || metric[at * w->count + (next - w->devices)] == 0)
			return UINT64_MAX;
		cost += metric[at * w->count + (next - w->devices)];
		at = (uint32_t)(next - w->devices);
	}
	return at == to ? cost : UINT64_MAX;
}

static bool costs_good(
	struct world *w, const uint32_t *metric, uint64_t *best, struct text *why)
{
	for (uint32_t i = 0; i < w->count; i++) {
		if (!device_on(&w->devices[i]) || !honest(w, i))
			continue;
		costs_from(w, i, metric, best);
		for (uint32_t k = 0; k < w->count; k++) {
			uint64_t taken;

			if (k == i || best[k] == UINT64_MAX || !honest(w, k))
				continue;
			taken = cost_taken(w, i, k, metric);
			if (taken > best[k] + best[k] * COST_EXTRA_PERCENT / 100) {
				why_pair(w, why, i, k, " takes a bad way to ");
				return false;
			}
		}
	}
	return true;
}

static bool ways_good(struct world *w, struct text *why)
{
	uint32_t *metric;
	uint64_t *best;
	bool good;

	for (uint32_t i = 0; i < w->count; i++)
		if (!honest(w, i))
			return true;
	metric = mem_array((size_t)w->count * w->count, sizeof(*metric));
	best = mem_array(w->count, sizeof(*best));
	for (uint32_t a = 0; a < w->count; a++)
		for (uint32_t b = 0; b < w->count; b++)
			if (a != b && device_on(&w->devices[a]) &&
				device_on(&w->devices[b]))
				metric[a * w->count + b] = own_metric(w, a, b);
	/* a link counts only if both ends use it */
	for (uint32_t a = 0; a < w->count; a++)
		for (uint32_t b = 0; b < w->count; b++)
			if (metric[b * w->count + a] == 0)
				metric[a * w->count + b] = 0;
	good = costs_good(w, metric, best, why);
	mem_free(metric);
	mem_free(best);
	return good;
}

bool verdict_routes_whole(struct world *w, struct text *why)
{
	struct graph must = { .claims = false },
		     may = { .claims = hostile_anybody(w, HOSTILE_LIE | HOSTILE_TUNNEL) };
	bool whole = true;

	must.hops = mem_array(w->count, sizeof(*must.hops));
	must.queue = mem_array(w->count, sizeof(*must.queue));
	may.hops = mem_array(w->count, sizeof(*may.hops));
	may.queue = mem_array(w->count, sizeof(*may.queue));
	for (uint32_t i = 0; i < w->count && whole; i++) {
		if (!device_on(&w->devices[i]) || !honest(w, i))
			continue;
		walk(w, i, true, &must);
		walk(w, i, false, &may);
		whole = routes_of_whole(w, i, &must, &may, why);
	}
	mem_free(must.hops);
	mem_free(must.queue);
	mem_free(may.hops);
	mem_free(may.queue);
	return whole && (w->count > COST_NODES || ways_good(w, why));
}

/* ---- loops ---- */

/* Whether what `from` sends to `to` goes round in circles. */
static bool circles(const struct world *w, uint32_t from, uint32_t to)
{
	uint32_t at = from;

	for (uint32_t steps = 0; steps <= w->count; steps++) {
		struct routing_route r;
		struct world_device *next;

		if (at == to || !device_on(&w->devices[at]) || tunnels(w, at) ||
			!routing_route(node_routing(w->devices[at].node),
				&w->devices[to].address, &r))
			return false;
		HASH_FIND(hh, w->by_address, &r.next_hop, sizeof(r.next_hop), next);
		if (next == NULL)
			return false;
		at = (uint32_t)(next - w->devices);
	}
	return true;
}

static void loop_seen(struct world *w, uint32_t i, uint32_t k, int64_t *began)
{
	int64_t lasts_us;

	if (!circles(w, i, k)) {
		*began = 0;
		return;
	}
	if (*began == 0)
		*began = w->now.us;
	lasts_us = w->now.us - *began;
	if (lasts_us > w->verdicts.longest_loop_us)
		w->verdicts.longest_loop_us = lasts_us;
	if (lasts_us > LOOP_LASTS_MS * 1000) {
		char more[96];
		struct text t = text_of(more, sizeof(more));

		why_pair(w, &t, i, k, " to ");
		verdict_break(w, VERDICT_LOOP, "for seconds from ", more);
	}
}

void verdict_loops(struct world *w)
{
	struct rng luck = { NULL, NULL };
	struct rng_seeded state = w->judge_luck;

	if (w->verdicts.loops_since != NULL) {
		for (uint32_t i = 0; i < w->count; i++)
			for (uint32_t k = 0; k < w->count; k++)
				if (i != k)
					loop_seen(w, i, k,
						&w->verdicts
							 .loops_since[i * w->count + k]);
		return;
	}
	luck = rng_seeded_init(&state, (uint64_t)w->now.us);
	for (unsigned p = 0; p < LOOP_PAIRS; p++)
		w->verdicts.loops_sampled +=
			circles(w, (uint32_t)rng_below(&luck, w->count),
				(uint32_t)rng_below(&luck, w->count));
}

/* ---- links that nodes believe in ---- */

void verdicts_links(struct world *w)
{
	channel_tick(&w->channel, w->now); /* which keeps the lists of links */
	for (uint32_t a = 0; a < w->count; a++) {
		const struct links_node *n = &w->channel.links.nodes[a];

		for (size_t i = 0; i < n->hearer_count; i++) {
			size_t p = pair(w, a, n->hearers[i].node);

			w->verdicts.ever[p / 64] |= (uint64_t)1 << p % 64;
		}
	}
}

static void link_believed(struct world *w, uint32_t at, const struct routing_edge *e)
{
	struct world_device *a, *b;
	char more[96];
	struct text t = text_of(more, sizeof(more));

	HASH_FIND(hh, w->by_address, &e->from, sizeof(e->from), a);
	HASH_FIND(hh, w->by_address, &e->to, sizeof(e->to), b);
	/* keys that one attacker made may vouch for each other: they harm nobody else */
	if ((a == NULL || !honest(w, (uint32_t)(a - w->devices))) &&
		(b == NULL || !honest(w, (uint32_t)(b - w->devices))))
		return;
	if (a != NULL && b != NULL &&
		ever(w, (uint32_t)(a - w->devices), (uint32_t)(b - w->devices)))
		return;
	text_string(&t, w->devices[at].name);
	text_string(&t, " believes in a link of ");
	text_string(&t, a != NULL ? a->name : "nobody");
	text_string(&t, " with ");
	text_string(&t, b != NULL ? b->name : "nobody");
	verdict_break(w, VERDICT_FORGED, "", more);
}

/* What `at` knows of router `of` gets no older while it lives: old words are no news. Nor is it
 * more than `of` has said. */
static void sequence_grows(struct world *w, uint32_t at, uint32_t of)
{
	struct verdict_known *k = &w->verdicts.known[pair(w, at, of)];
	uint64_t now = routing_sequence_of(
		node_routing(w->devices[at].node), &w->devices[of].address);
	char more[96];
	struct text t = text_of(more, sizeof(more));

	if (k->life == w->devices[at].life && now != 0 && now < k->sequence) {
		why_pair(w, &t, at, of, " takes old words of ");
		verdict_break(w, VERDICT_FORGED, "", more);
	}
	if (device_on(&w->devices[of]) && now >= node_sequence(w->devices[of].node)) {
		why_pair(w, &t, at, of, " takes words that were never said by ");
		verdict_break(w, VERDICT_FORGED, "", more);
	}
	*k = (struct verdict_known){ w->devices[at].life, now };
}

static void sequences_grow(struct world *w, uint32_t at)
{
	for (uint32_t of = 0; w->verdicts.known != NULL && of < w->count; of++)
		if (of != at)
			sequence_grows(w, at, of);
}

void verdict_links_believed(struct world *w)
{
	struct rng_seeded state;
	struct rng luck = rng_seeded_init(&state, (uint64_t)w->now.us ^ w->seed);

	for (unsigned k = 0; k < EDGES_EACH && w->count <= EDGES_NODES; k++) {
		uint32_t at = (uint32_t)rng_below(&luck, w->count);
		struct routing_edge e;

		if (!device_on(&w->devices[at]) || !honest(w, at))
			continue;
		sequences_grow(w, at);
		for (size_t i = 0;
			routing_edge_at(node_routing(w->devices[at].node), i, &e); i++)
			link_believed(w, at, &e);
	}
}
