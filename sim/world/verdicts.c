/* SPDX-License-Identifier: ISC */
/*
 * What must be true in the end, judged by code that shares nothing with the code under test:
 * reachability by a walk of the true graph, trees by the bytes that lie in the stores.
 */
#include "sim/world/world.h"

#include "node/base/mem.h"

/* True links are those that work both ways and are not cut. */
static bool hears(const struct world *w, uint32_t from, uint32_t to)
{
	const struct links_node *n = &w->channel.links.nodes[from];

	for (size_t i = 0; i < n->hearer_count; i++)
		if (n->hearers[i].node == to)
			return true;
	return false;
}

/* Hops from node to all others in the true graph, UINT32_MAX: no way. */
static void walk(const struct world *w, uint32_t node, uint32_t *hops, uint32_t *queue)
{
	size_t head = 0, tail = 0;

	for (uint32_t i = 0; i < w->count; i++)
		hops[i] = UINT32_MAX;
	hops[node] = 0;
	queue[tail++] = node;
	while (head < tail) {
		uint32_t at = queue[head++];
		const struct links_node *n = &w->channel.links.nodes[at];

		for (size_t i = 0; i < n->hearer_count; i++) {
			uint32_t to = n->hearers[i].node;

			if (hops[to] != UINT32_MAX || w->nodes[to].node == NULL ||
				!hears(w, to, at))
				continue;
			hops[to] = hops[at] + 1;
			queue[tail++] = to;
		}
	}
}

static bool routes_of_whole(const struct world *w, uint32_t i, const uint32_t *hops)
{
	for (uint32_t k = 0; k < w->count; k++) {
		struct routing_route route;
		struct address to;
		bool found;

		if (k == i || w->nodes[k].node == NULL)
			continue;
		to = node_address(w->nodes[k].node);
		found = routing_route(node_routing(w->nodes[i].node), &to, &route);
		if (found != (hops[k] != UINT32_MAX) || (found && route.hops < hops[k]))
			return false;
	}
	return true;
}

bool world_routes_whole(const struct world *w)
{
	uint32_t *hops = mem_array(w->count, sizeof(*hops));
	uint32_t *queue = mem_array(w->count, sizeof(*queue));
	bool whole = true;

	for (uint32_t i = 0; i < w->count && whole; i++) {
		if (w->nodes[i].node == NULL)
			continue;
		walk(w, i, hops, queue);
		whole = routes_of_whole(w, i, hops);
	}
	mem_free(hops);
	mem_free(queue);
	return whole;
}

bool world_trees_alike(const struct world *w)
{
	struct hash first;
	bool any = false;

	if (!w->shared)
		return true;
	for (uint32_t i = 0; i < w->count; i++) {
		struct folder_status f;
		struct hash tree;

		if (w->nodes[i].node == NULL ||
			!sync_folder_at(node_sync(w->nodes[i].node), w->now, 0, &f))
			continue;
		tree = memory_store_digest(w->nodes[i].store, "/folder");
		if (f.state != FOLDER_SYNCED || (any && !id_equal(&tree, &first)))
			return false;
		first = tree;
		any = true;
	}
	return any;
}

size_t world_pings_lost(const struct world *w)
{
	size_t lost = 0;

	for (size_t i = 0; i < w->ping_count; i++)
		lost += !w->pings[i].answered;
	return lost;
}
