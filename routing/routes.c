/* SPDX-License-Identifier: ISC */
/* When paths are searched for, and what is told of them. */
#include "routing/machine.h"

#include "node/base/mem.h"

/* The first change after a quiet time is looked at soon. When they come one after the other,
 * the gap doubles: a search costs the more time, the more routers it has to look at, and its
 * share of time is to stay the same. */
static void gap_update(struct routing *r, struct instant now, size_t looked_at)
{
	int64_t longest = (int64_t)looked_at / SPF_ROUTERS_PER_MS;
	bool calm = instant_since_us(now, r->spf_last) > 2000 * r->spf_gap_ms;

	r->spf_gap_ms = calm || r->spf_gap_ms == 0 ? SPF_GAP_MS : r->spf_gap_ms * 2;
	if (r->spf_gap_ms > longest)
		r->spf_gap_ms = longest > SPF_GAP_MS ? longest : SPF_GAP_MS;
	r->spf_last = now;
}

struct instant routes_deadline(const struct routing *r)
{
	if (!r->links_dirty && r->lsdb.changes == r->lsdb_changes &&
		r->lsdb.digest == r->digest)
		return NEVER;
	return instant_add_ms(r->spf_last, r->spf_gap_ms);
}

/* The nodes at the other end of our links are in the database even before their TCs. */
static size_t collect_links(struct routing *r, struct spf_link links[ROUTING_LINKS_MAX])
{
	size_t count = 0;

	r->near_unknown = false;
	lsdb_near_clear(&r->lsdb);
	for (struct nhdp_link *l = r->nhdp.links; l != NULL; l = l->hh.next) {
		struct lsdb_router *n;

		if (!l->advertised)
			continue;
		n = lsdb_router_add(&r->lsdb, &l->node);
		if (n == NULL)
			continue;
		lsdb_near_add(&r->lsdb, n);
		if (!n->known) {
			r->near_unknown = true;
			n->id = l->id;
			memcpy(n->name, l->name, sizeof(n->name));
		}
		links[count++] = (struct spf_link){ l->node, l->number, l->metric_out };
	}
	return count;
}

void routes_search(struct routing *r, struct instant now)
{
	struct spf_link links[ROUTING_LINKS_MAX];
	size_t count = collect_links(r, links);

	r->counters.path_searches++;
	r->links_dirty = false;
	r->lsdb_changes = r->lsdb.changes;
	alternates_refresh(&r->alternates, &r->lsdb);
	if (spf_run(&r->spf, &r->lsdb, now, links, count))
		r->generation++;
}

/* A TC that says what the one before it said changes nothing but the digest: the same graph
 * and the same links would give the same routes again. */
void routes_update(struct routing *r, struct instant now)
{
	size_t looked_at = 0;

	if (!instant_due(routes_deadline(r), now))
		return;
	if (r->links_dirty || r->near_unknown || r->lsdb.changes != r->lsdb_changes) {
		routes_search(r, now);
		looked_at = r->spf.looked_at;
	}
	gap_update(r, now, looked_at);
	if (r->lsdb.digest != r->digest)
		r->digest_changed = now;
	r->digest = r->lsdb.digest;
}

static bool tell(
	const struct routing *r, const struct lsdb_router *n, struct routing_route *out)
{
	const struct nhdp_link *l;

	if (n == NULL || !lsdb_reachable(n))
		return false;
	l = nhdp_find(&r->nhdp, n->route.link);
	if (l == NULL)
		return false;
	*out = (struct routing_route){ .node = n->address,
		.id = n->id,
		.link = n->route.link,
		.next_hop = l->node,
		.hops = n->route.hops,
		.metric = n->route.metric,
		.since = n->route.since };
	memcpy(out->name, n->name, sizeof(out->name));
	return true;
}

bool routing_route(
	const struct routing *r, const struct address *node, struct routing_route *out)
{
	return tell(r, lsdb_find(&r->lsdb, node), out);
}

size_t routing_path(const struct routing *r, const struct address *node,
	struct address out[ROUTING_PATH_MAX])
{
	const struct lsdb_router *n = lsdb_find(&r->lsdb, node);
	size_t hops;

	if (n == NULL || !lsdb_reachable(n) || n->route.hops > ROUTING_PATH_MAX)
		return 0;
	hops = n->route.hops;
	for (size_t i = hops; i > 0; i--) {
		out[i - 1] = n->address;
		if (i == 1)
			break;
		if (n->route.parent == LSDB_NONE)
			return 0;
		n = r->lsdb.slots[n->route.parent];
		if (n == NULL)
			return 0;
	}
	return hops;
}

bool routing_route_at(const struct routing *r, size_t i, struct routing_route *out)
{
	return i < r->spf.sorted_count && tell(r, r->lsdb.slots[r->spf.sorted[i]], out);
}

size_t routing_route_count(const struct routing *r)
{
	return r->spf.sorted_count;
}

static bool leads_out(const struct lsdb_router *n, uint8_t flags)
{
	return n != NULL && !n->own && lsdb_reachable(n) && (n->uplink & flags) == flags;
}

bool routing_gateway(const struct routing *r, uint8_t flags, struct address *gateway)
{
	const struct lsdb_router *present = lsdb_find(&r->lsdb, gateway), *nearest = NULL;

	if (!leads_out(present, flags))
		present = NULL;
	for (size_t i = 0; i < r->spf.sorted_count && !leads_out(nearest, flags); i++)
		nearest = r->lsdb.slots[r->spf.sorted[i]];
	if (leads_out(nearest, flags) &&
		(present == NULL ||
			(uint64_t)nearest->route.metric * 100 <
				(uint64_t)present->route.metric * GATEWAY_NEARER_PERCENT))
		present = nearest;
	*gateway = present != NULL ? present->address : (struct address){ { 0 } };
	return present != NULL;
}

uint64_t routing_generation(const struct routing *r)
{
	return r->generation;
}

void routing_counters(const struct routing *r, struct routing_counters *out)
{
	*out = r->counters;
	out->route_changes = r->generation;
}

/* Its end has been found again: what is remembered of it is for HELLOs only. */
static bool is_replaced(const struct nhdp *all, const struct nhdp_link *l)
{
	if (l->usable)
		return false;
	for (const struct nhdp_link *k = all->links; k != NULL; k = k->hh.next)
		if (k->usable && k->interface == l->interface &&
			id_equal(&k->node, &l->node))
			return true;
	return false;
}

bool routing_neighbour_at(
	const struct routing *r, size_t i, struct routing_neighbour *out)
{
	const struct nhdp_link *l = r->nhdp.links;

	for (; l != NULL; l = l->hh.next)
		if (l->interface != 0 && !is_replaced(&r->nhdp, l) && i-- == 0)
			break;
	if (l == NULL)
		return false;
	*out = (struct routing_neighbour){ .node = l->node,
		.id = l->id,
		.link = l->number,
		.interface = l->interface,
		.symmetric = l->status == HELLO_SYMMETRIC,
		.usable = l->usable,
		.suspect = l->suspect,
		.saving = l->beat_us > 2000 * BEAT_INTERVAL_MS,
		.mpr = l->mpr != 0,
		.mpr_selector = l->mpr_selector != 0,
		.will_flooding = l->will_flooding,
		.will_routing = l->will_routing,
		.loss_in_ppm = nhdp_loss_in_ppm(l, l->last_heard),
		.loss_out_ppm = l->loss_out_ppm,
		.rate_bps = l->rate_bps,
		.metric = l->metric_out,
		.last_heard = l->last_heard };
	memcpy(out->name, l->name, sizeof(out->name));
	return true;
}

bool routing_edge_at(const struct routing *r, size_t i, struct routing_edge *out)
{
	const struct lsdb *db = &r->lsdb;

	for (uint32_t slot = 0; slot < db->slot_count; slot++) {
		const struct graph_node *g = &db->nodes[slot];

		if (i < g->count) {
			*out = (struct routing_edge){ db->slots[slot]->address,
				db->slots[g->edges[i].peer]->address, g->edges[i].out };
			return true;
		}
		i -= g->count;
	}
	return false;
}
