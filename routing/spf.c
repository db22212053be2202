/* SPDX-License-Identifier: ISC */
/*
 * Metrics are at least 1, so every way of equal cost to a router is offered before the
 * router is settled: the tie-break sees them all. Entries of the heap that were overtaken
 * are skipped when they come up.
 */
#include "routing/spf.h"

#include "node/base/mem.h"

void spf_init(struct spf *s)
{
	memset(s, 0, sizeof(*s));
	heap_init(&s->heap);
}

void spf_fini(struct spf *s)
{
	heap_fini(&s->heap);
	mem_free(s->best);
}

static const struct address *parent_address(const struct lsdb *db, uint32_t parent)
{
	static const struct address we;

	return parent == LSDB_NONE ? &we : &db->slots[parent]->address;
}

static bool is_better(const struct lsdb *db, const struct lsdb_router *n,
	const struct lsdb_route *best, const struct lsdb_route *offer)
{
	int order;

	if (best->link == 0 || offer->metric != best->metric)
		return best->link == 0 || offer->metric < best->metric;
	if (offer->link != best->link &&
		(offer->link == n->route.link || best->link == n->route.link))
		return offer->link == n->route.link;
	if (offer->hops != best->hops)
		return offer->hops < best->hops;
	order = id_compare(
		parent_address(db, offer->parent), parent_address(db, best->parent));
	return order != 0 ? order < 0 : offer->link < best->link;
}

static void offer(struct spf *s, const struct lsdb *db, struct lsdb_router *n,
	const struct lsdb_route *way)
{
	struct lsdb_route *best = &s->best[n->slot];
	bool nearer = best->link == 0 || way->metric < best->metric;

	if (n->own || way->hops > ROUTING_PATH_MAX || !is_better(db, n, best, way))
		return;
	*best = *way;
	if (nearer)
		heap_add(&s->heap, way->metric, n->slot);
}

static void settle(struct spf *s, const struct lsdb *db, const struct lsdb_router *n)
{
	const struct lsdb_route here = s->best[n->slot];

	for (unsigned i = 0; i < n->edge_count; i++) {
		const struct lsdb_edge *e = &n->edges[i];
		struct lsdb_route way = { .metric = here.metric + e->metric,
			.hops = here.hops + 1,
			.link = here.link,
			.parent = n->slot };

		if (e->peer == LSDB_NONE)
			continue;
		/* most offers are dearer than what is there: they touch no router */
		if (s->best[e->peer].link == 0 || way.metric <= s->best[e->peer].metric)
			offer(s, db, db->slots[e->peer], &way);
	}
}

/* The best way becomes the route; true if that changes anything. */
static bool adopt(struct lsdb_router *n, struct lsdb_route *is, struct instant now)
{
	struct lsdb_route *was = &n->route;
	bool changed = was->link != is->link || was->metric != is->metric ||
		       was->hops != is->hops || was->parent != is->parent;

	is->since = was->link == is->link ? was->since : now;
	*was = *is;
	return changed;
}

bool spf_run(struct spf *s, struct lsdb *db, struct instant now,
	const struct spf_link *links, size_t count)
{
	bool changed = false;

	while (s->best_room < db->slot_count)
		mem_grow(s->best, s->best_room, s->best_room);
	memset(s->best, 0, db->slot_count * sizeof(*s->best));
	for (size_t i = 0; i < count; i++) {
		struct lsdb_router *n = lsdb_find(db, &links[i].node);

		if (n != NULL)
			offer(s, db, n,
				&(struct lsdb_route){ .metric = links[i].metric,
					.hops = 1,
					.link = links[i].link,
					.parent = LSDB_NONE });
	}
	while (s->heap.count > 0) {
		struct heap_item item = heap_take(&s->heap);
		struct lsdb_router *n = db->slots[item.value];

		if (s->best[n->slot].metric == item.key)
			settle(s, db, n);
	}
	for (uint32_t i = 0; i < db->slot_count; i++)
		if (db->slots[i] != NULL && adopt(db->slots[i], &s->best[i], now))
			changed = true;
	return changed;
}

static void ways_settle(struct spf *s, const struct lsdb *db, const struct lsdb_router *n,
	struct spf_way *ways)
{
	const struct spf_way here = ways[n->slot];

	if (here.hops == ROUTING_PATH_MAX)
		return;
	for (unsigned i = 0; i < n->edge_count; i++) {
		const struct lsdb_edge *e = &n->edges[i];
		struct spf_way way = { here.metric + e->metric, here.hops + 1 };
		struct spf_way *best;

		if (e->peer == LSDB_NONE || db->slots[e->peer]->own)
			continue;
		best = &ways[e->peer];
		if (way.metric > best->metric ||
			(way.metric == best->metric && way.hops >= best->hops))
			continue;
		if (way.metric < best->metric)
			heap_add(&s->heap, way.metric, e->peer);
		*best = way;
	}
}

void spf_ways(struct spf *s, const struct lsdb *db, uint32_t root, struct spf_way *ways)
{
	for (uint32_t i = 0; i < db->slot_count; i++)
		ways[i] = (struct spf_way){ UINT32_MAX, 0 };
	ways[root].metric = 0;
	heap_add(&s->heap, 0, root);
	while (s->heap.count > 0) {
		struct heap_item item = heap_take(&s->heap);

		if (ways[item.value].metric == item.key)
			ways_settle(s, db, db->slots[item.value], ways);
	}
}
