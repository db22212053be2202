/* SPDX-License-Identifier: ISC */
/* The neighbours weighed against each other, one candidate a link; see alternate.h. */
#include "routing/machine.h"

#include "node/base/mem.h"

void alternates_fini(struct alternates *a)
{
	for (unsigned i = 0; i < a->count; i++)
		mem_free(a->of[i].ways);
	a->count = 0;
}

void alternates_refresh(struct alternates *a, const struct lsdb *db)
{
	if (a->version != db->version)
		alternates_fini(a);
	a->version = db->version;
}

/* The way to us is one to a neighbour that claims a link with us, and over that link. */
static uint32_t way_back(const struct lsdb *db, const struct spf_way *ways)
{
	const struct graph_node *we = &db->nodes[db->own];
	uint32_t least = UINT32_MAX;

	for (unsigned i = 0; i < we->count; i++) {
		uint32_t way = ways[we->edges[i].peer].metric;

		if (way != UINT32_MAX && way + we->edges[i].in < least)
			least = way + we->edges[i].in;
	}
	return least;
}

static const struct alternate_ways *ways_of(struct routing *r, uint32_t root)
{
	struct alternates *a = &r->alternates;
	struct alternate_ways *w;

	alternates_refresh(a, &r->lsdb);
	for (unsigned i = 0; i < a->count; i++)
		if (a->of[i].root == root)
			return &a->of[i];
	check(a->count < ROUTING_LINKS_MAX);
	w = &a->of[a->count++];
	w->root = root;
	w->ways = mem_array(r->lsdb.slot_count, sizeof(*w->ways));
	spf_ways(&r->spf, &r->lsdb, root, w->ways);
	w->back = way_back(&r->lsdb, w->ways);
	return w;
}

/* Of a link that is not the route's, to a node that can be reached. */
static enum routing_verdict judge(const struct nhdp_link *l, const struct lsdb_router *n,
	uint32_t way, uint32_t back, const struct routing_candidate *c)
{
	if (l->suspect)
		return ROUTING_SUSPECT;
	if (c->hops > ROUTING_PATH_MAX || way >= (uint64_t)back + n->route.metric)
		return ROUTING_LOOPS;
	return c->metric == n->route.metric ? ROUTING_EQUAL : ROUTING_DEARER;
}

/* What a neighbour has not told yet of its way to us, we have told it: metric_in. */
static void weigh(struct routing *r, const struct lsdb_router *n,
	const struct nhdp_link *l, struct routing_candidate *c)
{
	const struct lsdb_router *neighbour = lsdb_find(&r->lsdb, &l->node);
	const struct alternate_ways *w;
	struct spf_way way;
	uint32_t back;

	*c = (struct routing_candidate){ .neighbour = l->node,
		.link = l->number,
		.link_metric = l->metric_out,
		.metric = UINT32_MAX,
		.verdict = ROUTING_NO_WAY };
	if (n == NULL || n->own || !lsdb_reachable(n) || neighbour == NULL)
		return;
	w = ways_of(r, neighbour->slot);
	way = w->ways[n->slot];
	back = w->back != UINT32_MAX ? w->back : l->metric_in;
	if (l->number == n->route.link) {
		c->metric = n->route.metric;
		c->hops = n->route.hops;
		c->verdict = ROUTING_CHOSEN;
	} else if (way.metric != UINT32_MAX) {
		c->metric = l->metric_out + way.metric;
		c->hops = way.hops + 1;
		c->verdict = judge(l, n, way.metric, back, c);
	} else if (w->back != UINT32_MAX) {
		c->verdict = ROUTING_LOOPS;
	}
}

static bool is_loop_free(const struct routing_candidate *c)
{
	return c->verdict == ROUTING_EQUAL || c->verdict == ROUTING_DEARER;
}

static bool goes_before(
	const struct routing_candidate *a, const struct routing_candidate *b)
{
	if (a->verdict != b->verdict)
		return a->verdict < b->verdict;
	if (a->metric != b->metric)
		return a->metric < b->metric;
	return a->hops != b->hops ? a->hops < b->hops : a->link < b->link;
}

/* One for each link that could be used, the loop-free ones first. but: a link that is left
 * out, with those that are suspect; 0: all are told of. */
static size_t collect(struct routing *r, const struct lsdb_router *n, uint32_t but,
	struct routing_candidate all[ROUTING_LINKS_MAX])
{
	size_t count = 0;

	for (const struct nhdp_link *l = r->nhdp.links; l != NULL; l = l->hh.next) {
		struct routing_candidate c;
		size_t at = count;

		if (!l->advertised || (but != 0 && (l->number == but || l->suspect)))
			continue;
		weigh(r, n, l, &c);
		for (; at > 0 && goes_before(&c, &all[at - 1]); at--)
			all[at] = all[at - 1];
		all[at] = c;
		count++;
	}
	return count;
}

/* The first that is loop-free: it is the cheapest of them. NULL: none is. */
static struct routing_candidate *first_loop_free(
	struct routing_candidate *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_loop_free(&all[i]))
			return &all[i];
	return NULL;
}

bool routing_alternate(
	struct routing *r, const struct address *node, struct routing_route *out)
{
	struct routing_candidate all[ROUTING_LINKS_MAX], *c;
	const struct lsdb_router *n = lsdb_find(&r->lsdb, node);

	if (n == NULL || !lsdb_reachable(n))
		return false;
	c = first_loop_free(all, collect(r, n, n->route.link, all));
	if (c == NULL)
		return false;
	*out = (struct routing_route){ .node = n->address,
		.id = n->id,
		.link = c->link,
		.next_hop = c->neighbour,
		.hops = c->hops,
		.metric = c->metric,
		.since = n->route.since };
	memcpy(out->name, n->name, sizeof(out->name));
	return true;
}

size_t routing_candidates(struct routing *r, const struct address *node,
	struct routing_candidate *out, size_t room)
{
	struct routing_candidate all[ROUTING_LINKS_MAX], *alternate;
	size_t count = collect(r, lsdb_find(&r->lsdb, node), 0, all);

	alternate = first_loop_free(all, count);
	if (alternate != NULL)
		alternate->verdict = ROUTING_ALTERNATE;
	if (count > room)
		count = room;
	memcpy(out, all, count * sizeof(*out));
	return count;
}
