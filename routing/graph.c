/* SPDX-License-Identifier: ISC */
/* Edges come and go on both sides at once; see graph.h. */
#include "routing/graph.h"

#include "node/base/mem.h"
#include "routing/lsdb.h"

_Static_assert(ROUTING_NODES_MAX < UINT16_MAX, "slots fit an edge");

enum { EDGES_STEP = 4, NOT_THERE = UINT16_MAX };

void graph_touch(struct lsdb *db, uint32_t slot)
{
	db->changes++;
	if (db->nodes[slot].touched)
		return;
	db->nodes[slot].touched = true;
	mem_grow(db->touched, db->touched_count, db->touched_room);
	db->touched[db->touched_count++] = slot;
}

void graph_touched_clear(struct lsdb *db)
{
	for (size_t i = 0; i < db->touched_count; i++)
		db->nodes[db->touched[i]].touched = false;
	db->touched_count = 0;
}

/* The way from a to b is gone, or dearer: no matter unless it is in use. */
static void way_worse(struct lsdb *db, uint32_t a, uint32_t b)
{
	const struct lsdb_router *to = db->slots[b];

	db->version++;
	if (lsdb_reachable(to) && to->route.parent == a)
		graph_touch(db, b);
}

/* The way from a to b is new, or cheaper: no matter unless it is as good as that in use. */
static void way_better(struct lsdb *db, uint32_t a, uint32_t b, uint32_t metric)
{
	const struct lsdb_router *from = db->slots[a], *to = db->slots[b];

	db->version++;
	if (!lsdb_reachable(from) || to->own)
		return;
	if (!lsdb_reachable(to) || from->route.metric + metric <= to->route.metric)
		graph_touch(db, b);
}

/* ---- claims ---- */

static unsigned claim_find(const struct lsdb_router *n, const struct address *to)
{
	for (unsigned i = 0; i < n->claim_count; i++)
		if (id_equal(&n->claims[i].to, to))
			return i;
	return NOT_THERE;
}

static void claims_set(
	struct lsdb_router *n, const struct graph_claim *claims, unsigned count)
{
	mem_free(n->claims);
	n->claims = mem_copy(claims, count * sizeof(*claims));
	n->claim_count = (uint16_t)count;
}

static void claim_add(struct lsdb_router *n, const struct address *to, uint32_t metric)
{
	n->claims = mem_resize(n->claims, n->claim_count + 1u, sizeof(*n->claims));
	n->claims[n->claim_count++] = (struct graph_claim){ *to, metric };
}

static void claim_drop(struct lsdb_router *n, unsigned at)
{
	n->claims[at] = n->claims[--n->claim_count];
	if (n->claim_count == 0)
		claims_set(n, NULL, 0);
}

/* ---- edges ---- */

static unsigned edge_find(const struct graph_node *g, uint32_t peer)
{
	for (unsigned i = 0; i < g->count; i++)
		if (g->edges[i].peer == peer)
			return i;
	return NOT_THERE;
}

static void edge_add(struct graph_node *g, uint32_t peer, uint32_t out, uint32_t in)
{
	if (g->count % EDGES_STEP == 0)
		g->edges = mem_resize(
			g->edges, g->count + (size_t)EDGES_STEP, sizeof(*g->edges));
	g->edges[g->count++] = (struct graph_edge){ .peer = peer & UINT16_MAX,
		.out = out & GRAPH_METRIC_MAX,
		.in = in & GRAPH_METRIC_MAX };
}

static void edge_drop(struct graph_node *g, unsigned at)
{
	g->edges[at] = g->edges[--g->count];
}

static void connect(struct lsdb *db, uint32_t a, uint32_t b, uint32_t ab, uint32_t ba)
{
	edge_add(&db->nodes[a], b, ab, ba);
	edge_add(&db->nodes[b], a, ba, ab);
	way_better(db, a, b, ab);
	way_better(db, b, a, ba);
}

/* Edge number `at` of n is none any more; the other end claims it still. */
static void disconnect(struct lsdb *db, const struct lsdb_router *n, unsigned at)
{
	struct graph_node *here = &db->nodes[n->slot];
	struct graph_edge e = here->edges[at];
	struct graph_node *there = &db->nodes[e.peer];
	unsigned back = edge_find(there, n->slot);

	check(back != NOT_THERE);
	edge_drop(here, at);
	edge_drop(there, back);
	claim_add(db->slots[e.peer], &n->address, e.in);
	way_worse(db, n->slot, e.peer);
	way_worse(db, e.peer, n->slot);
}

/* Edge number `at` of n stays, at another cost. */
static void edge_costs(struct lsdb *db, uint32_t slot, unsigned at, uint32_t metric)
{
	struct graph_edge *e = &db->nodes[slot].edges[at], *back;
	uint32_t was = e->out, peer = e->peer;
	unsigned there;

	if (metric == was)
		return;
	e->out = metric & GRAPH_METRIC_MAX;
	there = edge_find(&db->nodes[peer], slot);
	check(there != NOT_THERE);
	back = &db->nodes[peer].edges[there];
	back->in = metric & GRAPH_METRIC_MAX;
	if (metric > was)
		way_worse(db, slot, peer);
	else
		way_better(db, slot, peer, metric);
}

/* One link that n says it has. Returns the number of its edge; NOT_THERE: it is a claim. */
static unsigned link_set(
	struct lsdb *db, const struct lsdb_router *n, const struct graph_claim *c)
{
	struct graph_node *here = &db->nodes[n->slot];
	struct lsdb_router *peer = lsdb_find(db, &c->to);
	unsigned at, claim;

	if (peer == NULL || peer == n)
		return NOT_THERE;
	at = edge_find(here, peer->slot);
	if (at != NOT_THERE) {
		edge_costs(db, n->slot, at, c->metric);
		return at;
	}
	claim = claim_find(peer, &n->address);
	if (claim == NOT_THERE)
		return NOT_THERE;
	connect(db, n->slot, peer->slot, c->metric, peer->claims[claim].metric);
	claim_drop(peer, claim);
	return here->count - 1u;
}

void graph_links_set(struct lsdb *db, struct lsdb_router *n, const struct tc *t)
{
	struct graph_node *here = &db->nodes[n->slot];
	struct graph_claim claims[TC_PARSE_MAX];
	bool stays[2 * TC_PARSE_MAX] = { false };
	unsigned count = 0, before = here->count;

	for (unsigned i = 0; i < t->count; i++) {
		const struct tc_neighbour *said = &t->neighbours[i];
		uint32_t metric =
			said->metric < GRAPH_METRIC_MAX ? said->metric : GRAPH_METRIC_MAX;
		unsigned at;

		claims[count] = (struct graph_claim){ said->node, metric };
		at = link_set(db, n, &claims[count]);
		if (at == NOT_THERE)
			count++;
		else
			stays[at] = true;
	}
	for (unsigned i = before; i > 0; i--)
		if (!stays[i - 1])
			disconnect(db, n, i - 1);
	claims_set(n, claims, count);
}

bool graph_link_gone(struct lsdb *db, struct lsdb_router *n, const struct address *to)
{
	const struct lsdb_router *peer = lsdb_find(db, to);
	unsigned claim = claim_find(n, to), at = NOT_THERE;

	if (peer != NULL)
		at = edge_find(&db->nodes[n->slot], peer->slot);
	if (at != NOT_THERE)
		disconnect(db, n, at);
	else if (claim != NOT_THERE)
		claim_drop(n, claim);
	return at != NOT_THERE || claim != NOT_THERE;
}

void graph_router_gone(struct lsdb *db, struct lsdb_router *n)
{
	struct graph_node *here = &db->nodes[n->slot];

	while (here->count > 0)
		disconnect(db, n, here->count - 1u);
	mem_free(here->edges);
	here->edges = NULL;
	here->handle = 0;
	claims_set(n, NULL, 0);
	db->version++;
	if (lsdb_reachable(n))
		graph_touch(db, n->slot);
}
