/* SPDX-License-Identifier: ISC */
/* How everything stands, for the story: it writes what is news itself. */
#include "sim/world/world.h"

enum { HOPS_NODES = 64 }; /* next hops are told in worlds of up to so many nodes */

static void tell_links(struct world *w, uint32_t i)
{
	const struct links_node *n = &w->channel.links.nodes[i];
	struct story_place place = { n->placed, n->x_mm, n->y_mm };

	story_node(w->story, w->now, i, w->devices[i].name, &place);
	story_hearers(w->story, w->now, i, n->hearers, n->hearer_count);
}

static void tell_folder(struct world *w, uint32_t i)
{
	static const char *const states[] = { "synced", "syncing", "scanning", "waiting",
		"paused", "error" };
	struct world_device *d = &w->devices[i];
	struct folder_status f;

	if (!d->member || !sync_folder_at(node_sync(d->node), device_clock(w, d), 0, &f))
		return;
	story_folder(w->story, w->now, i,
		&(struct story_folder){ 0, states[f.state], f.files, f.need_files,
			f.need_bytes, bytes_of(&d->tree, sizeof(d->tree)) });
}

static void tell_routes(struct world *w, uint32_t i)
{
	const struct routing *r = node_routing(w->devices[i].node);
	struct story_hop hops[STORY_HOPS_MAX];
	size_t count = routing_route_count(r), told = 0;
	struct routing_route route;

	for (size_t k = 0; k < count && k < STORY_HOPS_MAX && w->count <= HOPS_NODES;
		k++) {
		struct world_device *to, *next;

		if (!routing_route_at(r, k, &route))
			break;
		HASH_FIND(hh, w->by_address, &route.node, sizeof(route.node), to);
		HASH_FIND(
			hh, w->by_address, &route.next_hop, sizeof(route.next_hop), next);
		if (to != NULL && next != NULL)
			hops[told++] = (struct story_hop){ (uint32_t)(to - w->devices),
				(uint32_t)(next - w->devices), route.hops };
	}
	story_routes(w->story, w->now, i, count, told > 0 ? hops : NULL);
}

void world_tell(struct world *w)
{
	if (w->story == NULL)
		return;
	for (uint32_t i = 0; i < w->count; i++)
		tell_links(w, i);
	for (uint32_t i = 0; i < w->count; i++) {
		if (w->devices[i].node == NULL)
			continue;
		tell_folder(w, i);
		tell_routes(w, i);
	}
	for (unsigned k = 0; k < VERDICTS; k++) {
		const struct verdict *v = &w->verdicts.rows[k];

		story_verdict(w->story, w->now, verdict_names[k],
			k < VERDICT_LIVENESS ? !v->broken : v->at.us != NEVER.us,
			v->text);
	}
}
