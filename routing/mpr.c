/* SPDX-License-Identifier: ISC */
/* The choice of relays; see mpr.h. */
#include "routing/mpr.h"

#include "node/base/mem.h"
#include "routing/metric.h"
#include "routing/order.h"

/* What the choice goes by. */
struct state {
	const struct mpr_graph *g;
	uint64_t *least;   /* metric of the best way to a node; 0: it needs no relay */
	unsigned *covered; /* such ways to a node over chosen ones */
	unsigned *reach;  /* to how many nodes one leads so that no chosen one leads to */
	unsigned *degree; /* ways of one at all */
	bool *chosen;
};

static void state_init(struct state *s, const struct mpr_graph *g, bool *chosen)
{
	*s = (struct state){ .g = g, .chosen = chosen };
	s->least = mem_array(g->to_count + 1, sizeof(*s->least));
	s->covered = mem_array(g->to_count + 1, sizeof(*s->covered));
	s->reach = mem_array(g->via_count + 1, sizeof(*s->reach));
	s->degree = mem_array(g->via_count + 1, sizeof(*s->degree));
	for (unsigned y = 0; y < g->to_count; y++)
		s->least[y] = UINT64_MAX;
	for (size_t i = 0; i < g->way_count; i++) {
		const struct mpr_way *w = &g->ways[i];

		s->degree[w->via]++;
		if (w->metric < s->least[w->to])
			s->least[w->to] = w->metric;
	}
	for (unsigned y = 0; y < g->to_count; y++)
		if (s->least[y] == UINT64_MAX || g->direct[y] <= s->least[y])
			s->least[y] = 0;
}

static void state_fini(struct state *s)
{
	mem_free(s->least);
	mem_free(s->covered);
	mem_free(s->reach);
	mem_free(s->degree);
}

/* Whether a way is one by which its node is to be reached. */
static bool is_best(const struct state *s, const struct mpr_way *w)
{
	return s->least[w->to] != 0 && w->metric == s->least[w->to];
}

static void count(struct state *s)
{
	memset(s->covered, 0, s->g->to_count * sizeof(*s->covered));
	memset(s->reach, 0, s->g->via_count * sizeof(*s->reach));
	for (size_t i = 0; i < s->g->way_count; i++)
		if (is_best(s, &s->g->ways[i]) && s->chosen[s->g->ways[i].via])
			s->covered[s->g->ways[i].to]++;
	for (size_t i = 0; i < s->g->way_count; i++)
		if (is_best(s, &s->g->ways[i]) && s->covered[s->g->ways[i].to] == 0)
			s->reach[s->g->ways[i].via]++;
}

/* Those without whom some node is not reached. */
static void choose_only_ones(struct state *s)
{
	unsigned *ways = mem_array(s->g->to_count + 1, sizeof(*ways));

	for (size_t i = 0; i < s->g->way_count; i++)
		ways[s->g->ways[i].to] += is_best(s, &s->g->ways[i]);
	for (size_t i = 0; i < s->g->way_count; i++)
		if (is_best(s, &s->g->ways[i]) && ways[s->g->ways[i].to] == 1)
			s->chosen[s->g->ways[i].via] = true;
	mem_free(ways);
}

static bool is_better(const struct state *s, const bool *before, unsigned a, unsigned b)
{
	if (s->g->will[a] != s->g->will[b])
		return s->g->will[a] > s->g->will[b];
	if (s->reach[a] != s->reach[b])
		return s->reach[a] > s->reach[b];
	if (s->degree[a] != s->degree[b])
		return s->degree[a] > s->degree[b];
	return before[a] && !before[b];
}

static bool choose_next(struct state *s, const bool *before)
{
	unsigned best = s->g->via_count;

	count(s);
	for (unsigned x = 0; x < s->g->via_count; x++)
		if (s->reach[x] > 0 &&
			(best == s->g->via_count || is_better(s, before, x, best)))
			best = x;
	if (best == s->g->via_count)
		return false;
	s->chosen[best] = true;
	return true;
}

/* Several ways over one neighbour, who is heard on several links, are no others' ways. */
static bool is_spare(const struct state *s, unsigned x)
{
	unsigned *others = mem_array(s->g->to_count + 1, sizeof(*others));
	bool spare = true;

	for (size_t i = 0; i < s->g->way_count; i++)
		others[s->g->ways[i].to] += is_best(s, &s->g->ways[i]) &&
					    s->g->ways[i].via != x &&
					    s->chosen[s->g->ways[i].via];
	for (size_t i = 0; i < s->g->way_count; i++)
		if (s->g->ways[i].via == x && is_best(s, &s->g->ways[i]) &&
			others[s->g->ways[i].to] == 0)
			spare = false;
	mem_free(others);
	return spare;
}

/* Who became one too many, the least willing first. */
static void drop_spare_ones(struct state *s)
{
	for (unsigned will = WILL_NEVER + 1; will < WILL_ALWAYS; will++)
		for (unsigned x = 0; x < s->g->via_count; x++) {
			if (s->chosen[x] && s->g->will[x] == will)
				s->chosen[x] = !is_spare(s, x);
		}
}

void mpr_select(const struct mpr_graph *g, bool *chosen)
{
	bool *before = mem_array(g->via_count + 1, sizeof(*before));
	struct state s;

	memcpy(before, chosen, g->via_count * sizeof(*before));
	state_init(&s, g, chosen);
	for (unsigned x = 0; x < g->via_count; x++)
		chosen[x] = g->will[x] == WILL_ALWAYS;
	choose_only_ones(&s);
	while (choose_next(&s, before))
		;
	drop_spare_ones(&s);
	state_fini(&s);
	mem_free(before);
}

/* ---- our own neighbours ---- */

/* The neighbours among which one choice is made, and the graph that they make. */
struct choice {
	uint8_t kind; /* enum hello_mpr */
	const struct nhdp_link *links[ROUTING_LINKS_MAX];
	unsigned via[ROUTING_LINKS_MAX]; /* which of the neighbours a link leads to */
	unsigned link_count, via_count;
	uint64_t metric[ROUTING_LINKS_MAX]; /* of each neighbour */
	uint8_t will[ROUTING_LINKS_MAX];
	bool chosen[ROUTING_LINKS_MAX];
};

static uint8_t will_of(const struct choice *c, const struct nhdp_link *l)
{
	return c->kind == HELLO_MPR_FLOODING ? l->will_flooding : l->will_routing;
}

/* A neighbour for routing is a node; for flooding on one interface it is a link. */
static unsigned via_of(const struct choice *c, const struct nhdp_link *l)
{
	for (unsigned i = 0; i < c->link_count && c->kind == HELLO_MPR_ROUTING; i++)
		if (id_equal(&c->links[i]->node, &l->node))
			return c->via[i];
	return c->via_count;
}

static void choice_add(struct choice *c, const struct nhdp_link *l)
{
	uint32_t metric = c->kind == HELLO_MPR_FLOODING ? l->metric_out : l->metric_in;
	unsigned via = via_of(c, l);

	if (!l->advertised || will_of(c, l) == WILL_NEVER)
		return;
	if (via == c->via_count) {
		c->metric[via] = metric;
		c->will[via] = will_of(c, l);
		c->chosen[via] = (l->mpr & c->kind) != 0;
		c->via_count++;
	} else if (metric < c->metric[via]) {
		c->metric[via] = metric;
	}
	c->links[c->link_count] = l;
	c->via[c->link_count++] = via;
}

static struct ordered order_of(const struct address *a, size_t slot)
{
	struct reader r = reader_of(id_bytes(a));
	uint64_t major = read_u64(&r);

	return (struct ordered){ major, read_u64(&r), (uint32_t)slot };
}

/* The ways of all links, the node of each still by its address; returns how many. */
static size_t find_ways(
	const struct choice *c, struct mpr_way *ways, struct ordered *order)
{
	size_t count = 0;

	for (unsigned i = 0; i < c->link_count; i++)
		for (unsigned k = 0; k < c->links[i]->twohops.count; k++) {
			const struct twohop *t = &c->links[i]->twohops.list[k];
			uint32_t second = c->kind == HELLO_MPR_FLOODING ? t->metric_out
									: t->metric_in;

			ways[count] = (struct mpr_way){ .via = c->via[i],
				.metric = c->metric[c->via[i]] +
					  (second != 0 ? second : METRIC_MAX) };
			order[count] = order_of(&t->node, count);
			count++;
		}
	return count;
}

/* Numbers the nodes: equal addresses stand side by side, our links after the ways. */
static unsigned number_nodes(const struct choice *c, struct mpr_way *ways,
	size_t way_count, struct ordered *order, uint64_t *direct)
{
	size_t count = way_count;
	unsigned node = 0;

	for (unsigned i = 0; i < c->link_count; i++, count++)
		order[count] = order_of(&c->links[i]->node, count);
	order_sort(order, count);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && (order[i].major != order[i - 1].major ||
				     order[i].minor != order[i - 1].minor))
			node++;
		if (i == 0 || direct[node] == 0)
			direct[node] = UINT64_MAX;
		if (order[i].slot < way_count)
			ways[order[i].slot].to = node;
		else if (c->metric[c->via[order[i].slot - way_count]] < direct[node])
			direct[node] = c->metric[c->via[order[i].slot - way_count]];
	}
	return count > 0 ? node + 1 : 0;
}

static void choice_make(struct choice *c)
{
	size_t most = c->link_count;
	struct mpr_graph g = { .via_count = c->via_count, .will = c->will };
	struct mpr_way *ways;
	struct ordered *order;
	uint64_t *direct;

	for (unsigned i = 0; i < c->link_count; i++)
		most += c->links[i]->twohops.count;
	ways = mem_array(most + 1, sizeof(*ways));
	order = mem_array(most + 1, sizeof(*order));
	direct = mem_array(most + 1, sizeof(*direct));
	g.way_count = find_ways(c, ways, order);
	g.to_count = number_nodes(c, ways, g.way_count, order, direct);
	g.direct = direct;
	g.ways = ways;
	mpr_select(&g, c->chosen);
	mem_free(ways);
	mem_free(order);
	mem_free(direct);
}

/* Chooses among the links of one interface, or all (places UINT32_MAX). */
static void choose(struct nhdp *all, uint8_t kind, uint32_t places, uint8_t *mprs)
{
	struct choice c = { .kind = kind };
	unsigned i = 0, k = 0;

	for (const struct nhdp_link *l = all->links; l != NULL; l = l->hh.next)
		if (places & 1u << l->place)
			choice_add(&c, l);
	choice_make(&c);
	for (const struct nhdp_link *l = all->links; l != NULL; l = l->hh.next, i++)
		if (k < c.link_count && c.links[k] == l && c.chosen[c.via[k++]])
			mprs[i] |= kind;
}

bool mpr_update(struct nhdp *all)
{
	uint8_t mprs[ROUTING_LINKS_MAX] = { 0 };
	uint32_t places = 0;
	bool changed = false;
	unsigned i = 0;

	if (!all->mpr_stale)
		return false;
	all->mpr_stale = false;
	for (const struct nhdp_link *l = all->links; l != NULL; l = l->hh.next)
		places |= 1u << l->place;
	for (; places != 0; places &= places - 1)
		choose(all, HELLO_MPR_FLOODING, places & -places, mprs);
	choose(all, HELLO_MPR_ROUTING, UINT32_MAX, mprs);
	for (struct nhdp_link *l = all->links; l != NULL; l = l->hh.next, i++) {
		changed = changed || l->mpr != mprs[i];
		l->mpr = mprs[i];
	}
	return changed;
}
