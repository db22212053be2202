/* SPDX-License-Identifier: ISC */
/* The ways to other nodes as `routes` shows them, and why each is what it is. */
#include "node/base/mem.h"
#include "node/daemon/shown.h"

/* What stays the same while one answer is made. */
struct view {
	struct daemon *daemon;
	struct instant now;
	struct node_link *links; /* owned */
	size_t link_count;
	struct node_names *names; /* owned */
};

static const struct node_link *link_of(const struct view *v, uint32_t link)
{
	for (size_t i = 0; i < v->link_count; i++)
		if (v->links[i].neighbour.link == link)
			return &v->links[i];
	return NULL;
}

static void route_fill(
	const struct view *v, const struct routing_route *r, struct shown_route *out)
{
	const struct node_link *l = link_of(v, r->link);
	struct node_name name = node_name_of(v->names, &r->node, r->name);

	*out = (struct shown_route){ .id = r->id,
		.name = bytes_of_string(name.text),
		.name_pinned = name.pinned,
		.name_clash = name.clash,
		.address = r->node,
		.hops = r->hops,
		.metric = known(r->metric),
		.age_us = known(instant_since_us(v->now, r->since)) };
	if (l == NULL)
		return;
	name = node_name_of(v->names, &l->neighbour.node, l->neighbour.name);
	out->next_hop = l->neighbour.id;
	out->next_name = bytes_of_string(name.text);
	out->next_pinned = name.pinned;
	out->next_clash = name.clash;
	out->interface = shown_interface_name(v->daemon, l->neighbour.interface);
	out->link_local = shown_link_local(l);
}

/* What a why points to. */
struct why_parts {
	struct routing_route routes[ROUTING_PATH_MAX];
	struct shown_step path[ROUTING_PATH_MAX];
	struct routing_candidate found[ROUTING_LINKS_MAX];
	struct shown_candidate candidates[ROUTING_LINKS_MAX];
};

/* A way to a node goes over the ways to those on it, so what each link adds is the difference. */
static size_t path_fill(
	const struct view *v, const struct address *node, struct why_parts *parts)
{
	const struct routing *r = node_routing(v->daemon->node);
	struct address path[ROUTING_PATH_MAX];
	uint32_t before = 0;
	size_t count = routing_path(r, node, path);

	for (size_t i = 0; i < count; i++) {
		struct routing_route *route = &parts->routes[i];
		struct node_name name;

		if (!routing_route(r, &path[i], route))
			return i;
		name = node_name_of(v->names, &path[i], route->name);
		parts->path[i] = (struct shown_step){ route->id,
			bytes_of_string(name.text), name.pinned, name.clash,
			known_unless_negative((int64_t)route->metric - before) };
		before = route->metric;
	}
	return count;
}

static enum shown_verdict verdict_of(enum routing_verdict verdict)
{
	switch (verdict) {
	case ROUTING_CHOSEN:
		return SHOWN_CHOSEN;
	case ROUTING_ALTERNATE:
		return SHOWN_ALTERNATE;
	case ROUTING_EQUAL:
		return SHOWN_EQUAL;
	case ROUTING_DEARER:
		return SHOWN_DEARER;
	case ROUTING_LOOPS:
		return SHOWN_LOOPS;
	case ROUTING_SUSPECT:
		return SHOWN_SUSPECT;
	case ROUTING_NO_WAY:
		break;
	}
	return SHOWN_NO_WAY;
}

static void candidate_fill(const struct view *v, const struct routing_candidate *c,
	struct shown_candidate *out)
{
	const struct node_link *l = link_of(v, c->link);
	struct node_name name =
		node_name_of(v->names, &c->neighbour, l != NULL ? l->neighbour.name : "");

	*out = (struct shown_candidate){ .name = bytes_of_string(name.text),
		.name_pinned = name.pinned,
		.name_clash = name.clash,
		.link_metric = known(c->link_metric),
		.metric =
			c->metric != UINT32_MAX ? known(c->metric) : (struct known){ 0 },
		.hops = c->hops != 0 ? known(c->hops) : (struct known){ 0 },
		.verdict = verdict_of(c->verdict) };
	if (l == NULL)
		return;
	out->id = l->neighbour.id;
	out->interface = shown_interface_name(v->daemon, l->neighbour.interface);
}

static size_t candidates_fill(
	const struct view *v, const struct address *node, struct why_parts *parts)
{
	size_t count = node_candidates(
		v->daemon->node, node, parts->found, array_len(parts->found));

	for (size_t i = 0; i < count; i++)
		candidate_fill(v, &parts->found[i], &parts->candidates[i]);
	return count;
}

bool shown_routes(struct daemon *d, struct instant now, const struct address *node,
	bool why, struct buffer *out)
{
	const struct routing *r = node_routing(d->node);
	size_t count = routing_route_count(r), used = 0;
	struct view v = { .daemon = d, .now = now, .names = node_names_new(d->node) };
	struct routing_route *routes = mem_array(count, sizeof(*routes));
	struct shown_route *rows = mem_array(count, sizeof(*rows));
	struct why_parts *parts = why ? mem_new(sizeof(*parts)) : NULL;
	struct shown_why told = { 0 };

	v.links = shown_links(d, now, &v.link_count);
	for (size_t i = 0; i < count && routing_route_at(r, i, &routes[used]); i++)
		if (node == NULL || id_equal(node, &routes[used].node)) {
			route_fill(&v, &routes[used], &rows[used]);
			used++;
		}
	if (why)
		told = (struct shown_why){ parts->path, path_fill(&v, node, parts),
			parts->candidates, candidates_fill(&v, node, parts) };
	status_json_routes(out, rows, used, why ? &told : NULL);
	mem_free(parts);
	mem_free(rows);
	mem_free(routes);
	mem_free(v.links);
	node_names_free(v.names);
	return node == NULL || used > 0;
}
