/* SPDX-License-Identifier: ISC */
/* Breadth first for hops, Dijkstra for costs. */
#include "sim/world/ways.h"

#include "node/base/mem.h"
#include "sim/channel/chance.h"
#include "sim/channel/faults.h"

void ways_init(struct ways *g, uint32_t nodes)
{
	*g = (struct ways){ .count = nodes };
	g->sure_hops = mem_array(nodes, sizeof(*g->sure_hops));
	g->hops = mem_array(nodes, sizeof(*g->hops));
	g->hops_ns = mem_array(nodes, sizeof(*g->hops_ns));
	g->best_ns = mem_array(nodes, sizeof(*g->best_ns));
	g->first = mem_array((size_t)nodes + 1, sizeof(*g->first));
	g->queue = mem_array(nodes, sizeof(*g->queue));
	heap_init(&g->near);
}

void ways_fini(struct ways *g)
{
	mem_free(g->sure_hops);
	mem_free(g->hops);
	mem_free(g->hops_ns);
	mem_free(g->best_ns);
	mem_free(g->first);
	mem_free(g->queue);
	mem_free(g->all);
	heap_fini(&g->near);
}

/* ---- links ---- */

/* Chance that one try arrives, of CHANCE_ONE. */
static uint64_t arrives(
	const struct channel *ch, uint32_t from, const struct hearer *h, uint64_t bits)
{
	uint64_t loss = h->quality.loss_ppm, ber = h->quality.ber_e9;

	loss = loss == LINK_INHERIT ? ch->params.loss_ppm : loss;
	ber = ber == LINK_INHERIT ? ch->params.ber_e9 : ber;
	loss += faults_asymmetry_ppm(&ch->params, ch->salt, from, h->node);
	return chance_survives(loss, ber, bits);
}

static bool is_sure(uint64_t chance)
{
	return chance > CHANCE_ONE / 1000000 * (1000000 - WAYS_LOSS_SURE_PPM);
}

static void link_add(struct ways *g, const struct channel *ch, uint32_t from,
	const struct hearer *there, const struct hearer *back)
{
	struct channel_params p = ch->params;
	uint64_t bits = 8 * (WAYS_BYTES + p.overhead_bytes);
	uint64_t chance = arrives(ch, from, there, bits);
	uint64_t chance_back = arrives(ch, there->node, back, bits), tries_e6;

	if (chance / 1000000 == 0 || chance_back / 1000000 == 0)
		return;
	if (there->quality.rate_bps != 0)
		p.unicast_bps = there->quality.rate_bps;
	tries_e6 = CHANCE_ONE / (chance / 1000000);
	mem_grow(g->all, g->all_count, g->all_room);
	g->all[g->all_count++] = (struct way){
		there->node, is_sure(chance) && is_sure(chance_back),
		(uint64_t)channel_airtime_ns(&p, WAYS_BYTES, false) * tries_e6 / 1000000
	};
}

void ways_look(struct ways *g, const struct channel *ch, const uint32_t *group)
{
	const struct links *l = &ch->links;

	g->all_count = 0;
	for (uint32_t a = 0; a < g->count; a++) {
		const struct links_node *n = &l->nodes[a];

		g->first[a] = (uint32_t)g->all_count;
		for (size_t i = 0; i < n->hearer_count && group[a] != 0; i++) {
			uint32_t b = n->hearers[i].node;
			const struct hearer *back = links_hearer(l, b, a);

			if (back != NULL && group[a] == group[b])
				link_add(g, ch, a, &n->hearers[i], back);
		}
	}
	g->first[g->count] = (uint32_t)g->all_count;
}

const struct way *ways_between(const struct ways *g, uint32_t from, uint32_t to)
{
	for (uint32_t i = g->first[from]; i < g->first[from + 1]; i++)
		if (g->all[i].to == to)
			return &g->all[i];
	return NULL;
}

/* ---- from one node to all ---- */

static void walk(struct ways *g, uint32_t source, bool sure, uint32_t *hops)
{
	size_t head = 0, tail = 0;

	for (uint32_t i = 0; i < g->count; i++)
		hops[i] = UINT32_MAX;
	hops[source] = 0;
	g->queue[tail++] = source;
	while (head < tail) {
		uint32_t at = g->queue[head++];

		for (uint32_t i = g->first[at]; i < g->first[at + 1]; i++) {
			const struct way *e = &g->all[i];

			if (hops[e->to] != UINT32_MAX || (sure && !e->sure))
				continue;
			hops[e->to] = hops[at] + 1;
			if (!sure)
				g->hops_ns[e->to] = g->hops_ns[at] + e->cost_ns;
			g->queue[tail++] = e->to;
		}
	}
}

static void search(struct ways *g, uint32_t source)
{
	for (uint32_t i = 0; i < g->count; i++)
		g->best_ns[i] = UINT64_MAX;
	g->best_ns[source] = 0;
	heap_add(&g->near, 0, source);
	while (heap_first(&g->near) != NULL) {
		struct heap_item item = heap_take(&g->near);
		uint32_t at = (uint32_t)item.value;

		if (item.key != g->best_ns[at])
			continue;
		for (uint32_t i = g->first[at]; i < g->first[at + 1]; i++) {
			const struct way *e = &g->all[i];

			if (item.key + e->cost_ns >= g->best_ns[e->to])
				continue;
			g->best_ns[e->to] = item.key + e->cost_ns;
			heap_add(&g->near, g->best_ns[e->to], e->to);
		}
	}
}

void ways_from(struct ways *g, uint32_t source)
{
	for (uint32_t i = 0; i < g->count; i++)
		g->hops_ns[i] = UINT64_MAX;
	g->hops_ns[source] = 0;
	walk(g, source, true, g->sure_hops);
	walk(g, source, false, g->hops);
	search(g, source);
}
