/* SPDX-License-Identifier: ISC */
/* Links by list and by distance. Neighbours by distance come from a sweep along x. */
#include "sim/channel/links.h"

#include <string.h>

#include "node/base/mem.h"
#include "sim/channel/root.h"

struct link_quality link_quality_inherited(void)
{
	return (struct link_quality){ 0, LINK_INHERIT, LINK_INHERIT, LINK_INHERIT,
		LINK_INHERIT };
}

/* Place of `to` in the sorted list: where it is, or where it would go. */
static size_t place_of(const struct links_node *n, uint32_t to)
{
	size_t low = 0, high = n->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (n->links[middle].to < to)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct link *find(struct links_node *n, uint32_t to)
{
	size_t i = place_of(n, to);

	return i < n->count && n->links[i].to == to ? &n->links[i] : NULL;
}

static struct link *find_or_add(struct links *l, uint32_t from, uint32_t to)
{
	struct links_node *n = &l->nodes[from];
	size_t i;

	check(from < l->count && to < l->count && from != to);
	i = place_of(n, to);
	if (i < n->count && n->links[i].to == to)
		return &n->links[i];
	mem_grow(n->links, n->count, n->room);
	memmove(&n->links[i + 1], &n->links[i], (n->count - i) * sizeof(n->links[0]));
	n->count++;
	n->links[i] = (struct link){ .to = to, .quality = link_quality_inherited() };
	return &n->links[i];
}

static void hearer_add(struct links_node *n, uint32_t to, struct link_quality q)
{
	mem_grow(n->hearers, n->hearer_count, n->hearer_room);
	n->hearers[n->hearer_count++] = (struct hearer){ to, q };
}

static void senser_add(struct links *l, struct links_node *n, uint32_t node)
{
	if (l->seen[node] == l->mark)
		return;
	l->seen[node] = l->mark;
	mem_grow(n->sensers, n->senser_count, n->senser_room);
	n->sensers[n->senser_count++] = node;
}

static void sort_by_x(struct links *l)
{
	for (uint32_t i = 0; i < l->count; i++) {
		struct spot *s = &l->order[i];
		const struct links_node *n = &l->nodes[s->node];

		*s = (struct spot){ n->x_mm, n->y_mm, s->node, n->group, n->placed };
	}
	/* Insertion sort: the order changes little between two calls. */
	for (uint32_t i = 1; i < l->count; i++) {
		struct spot s = l->order[i];
		uint32_t k = i;

		for (; k > 0 && l->order[k - 1].x_mm > s.x_mm; k--)
			l->order[k] = l->order[k - 1];
		l->order[k] = s;
	}
}

static bool within(int64_t dx_mm, int64_t dy_mm, int64_t mm)
{
	__int128 dx = dx_mm, dy = dy_mm;

	return dx * dx + dy * dy <= (__int128)mm * mm;
}

/* Looks at one spot beside `here`: it may be near, and it may hear. */
static void near_look(struct links *l, const struct spot *here, const struct spot *o)
{
	struct links_node *n = &l->nodes[here->node];
	int64_t dx = here->x_mm - o->x_mm, dy = here->y_mm - o->y_mm;

	if (!o->placed || o->group != here->group ||
		!within(dx, dy, (int64_t)(l->range_mm * l->sense_hops)))
		return;
	mem_grow(n->near, n->near_count, n->near_room);
	n->near[n->near_count++] = o->node;
	if (within(dx, dy, (int64_t)l->range_mm) && (n->count == 0 || !find(n, o->node)))
		hearer_add(n, o->node, link_quality_inherited());
}

/* All placed nodes near the one at place `at` of the order. Who lies in the same band of y
 * is noted without a branch, which nobody could predict. */
static void sweep(struct links *l, uint32_t at)
{
	struct spot here = l->order[at];
	int64_t reach = (int64_t)(l->range_mm * l->sense_hops);
	uint64_t low = (uint64_t)(here.y_mm - reach), band = 2 * (uint64_t)reach;
	size_t count = 0;

	if (!here.placed || l->range_mm == 0)
		return;
	for (uint32_t i = at; i-- > 0 && here.x_mm - l->order[i].x_mm <= reach;) {
		l->band[count] = i;
		count += (uint64_t)l->order[i].y_mm - low <= band;
	}
	for (uint32_t i = at + 1; i < l->count && l->order[i].x_mm - here.x_mm <= reach;
		i++) {
		l->band[count] = i;
		count += (uint64_t)l->order[i].y_mm - low <= band;
	}
	for (size_t i = 0; i < count; i++)
		near_look(l, &here, &l->order[l->band[i]]);
}

static void hearers_sort(struct links_node *n)
{
	for (size_t i = 1; i < n->hearer_count; i++) {
		struct hearer h = n->hearers[i];
		size_t k = i;

		for (; k > 0 && n->hearers[k - 1].node > h.node; k--)
			n->hearers[k] = n->hearers[k - 1];
		n->hearers[k] = h;
	}
}

static void hearers_build(struct links *l, uint32_t at)
{
	struct links_node *n = &l->nodes[l->order[at].node];

	n->hearer_count = 0;
	n->near_count = 0;
	sweep(l, at);
	for (size_t i = 0; i < n->count; i++) {
		const struct link *k = &n->links[i];
		const struct links_node *o = &l->nodes[k->to];
		bool near = n->placed && o->placed && l->range_mm > 0 &&
			    within(n->x_mm - o->x_mm, n->y_mm - o->y_mm,
				    (int64_t)l->range_mm);

		if (!k->cut && (k->set || near) && o->group == n->group)
			hearer_add(n, k->to, k->quality);
	}
	hearers_sort(n);
}

static void sensers_build(struct links *l, uint32_t at)
{
	struct links_node *n = &l->nodes[l->order[at].node];
	size_t ring = 0;

	l->mark++;
	l->seen[l->order[at].node] = l->mark;
	n->senser_count = 0;
	for (size_t i = 0; i < n->hearer_count; i++)
		senser_add(l, n, n->hearers[i].node);
	for (uint64_t hop = 1; hop < l->sense_hops; hop++) {
		size_t end = n->senser_count;

		for (; ring < end; ring++) {
			const struct links_node *o = &l->nodes[n->sensers[ring]];

			for (size_t i = 0; i < o->hearer_count; i++)
				senser_add(l, n, o->hearers[i].node);
		}
	}
	for (size_t i = 0; i < n->near_count; i++)
		senser_add(l, n, n->near[i]);
}

void links_init(struct links *l, uint32_t nodes)
{
	*l = (struct links){ .count = nodes, .stale = true, .sense_hops = 1 };
	l->nodes = mem_array(nodes, sizeof(l->nodes[0]));
	l->seen = mem_array(nodes, sizeof(l->seen[0]));
	l->order = mem_array(nodes, sizeof(l->order[0]));
	l->band = mem_array(nodes, sizeof(l->band[0]));
	for (uint32_t i = 0; i < nodes; i++)
		l->order[i].node = i;
}

void links_fini(struct links *l)
{
	for (uint32_t i = 0; i < l->count; i++) {
		mem_free(l->nodes[i].links);
		mem_free(l->nodes[i].hearers);
		mem_free(l->nodes[i].near);
		mem_free(l->nodes[i].sensers);
	}
	mem_free(l->nodes);
	mem_free(l->seen);
	mem_free(l->order);
	mem_free(l->band);
	*l = (struct links){ 0 };
}

void links_reach_set(struct links *l, uint64_t range_mm, uint64_t sense_hops)
{
	l->stale |= l->range_mm != range_mm || l->sense_hops != sense_hops;
	l->range_mm = range_mm;
	l->sense_hops = sense_hops;
}

void links_place(struct links *l, uint32_t node, int64_t x_mm, int64_t y_mm)
{
	struct links_node *n = &l->nodes[node];

	check(node < l->count);
	n->placed = true;
	n->x_mm = x_mm;
	n->y_mm = y_mm;
	l->stale = true;
}

void links_part(struct links *l, uint32_t node, uint32_t group)
{
	check(node < l->count);
	l->stale |= l->nodes[node].group != group;
	l->nodes[node].group = group;
}

void links_join(struct links *l, uint32_t from, uint32_t to)
{
	struct link *k = find_or_add(l, from, to);

	k->set = true;
	k->cut = false;
	l->stale = true;
}

void links_cut(struct links *l, uint32_t from, uint32_t to)
{
	find_or_add(l, from, to)->cut = true;
	l->stale = true;
}

struct link_quality *links_quality(struct links *l, uint32_t from, uint32_t to)
{
	l->stale = true;
	return &find_or_add(l, from, to)->quality;
}

bool links_settle(struct links *l)
{
	if (!l->stale)
		return false;
	l->stale = false;
	sort_by_x(l);
	for (uint32_t i = 0; i < l->count; i++)
		hearers_build(l, i);
	for (uint32_t i = 0; i < l->count; i++)
		sensers_build(l, i);
	return true;
}

uint32_t links_signal_db(const struct links *l, uint32_t from, uint32_t to,
	const struct link_quality *q, uint32_t otherwise)
{
	const struct links_node *a = &l->nodes[from], *b = &l->nodes[to];
	int64_t dx = a->x_mm - b->x_mm, dy = a->y_mm - b->y_mm;
	uint32_t db = SIGNAL_EDGE_DB;
	uint64_t um;

	if (q->signal_db != LINK_INHERIT)
		return q->signal_db;
	if (!a->placed || !b->placed || l->range_mm == 0)
		return otherwise;
	if (!within(dx, dy, (int64_t)l->range_mm))
		return db;
	um = root((uint64_t)(dx * dx) + (uint64_t)(dy * dy)) * 1000;
	/* Path loss with the exponent 3: a dB is 10^(1/30) in distance. */
	for (; db > SIGNAL_NEAR_DB && um * 10797751 / 10000000 <= l->range_mm * 1000;
		db--)
		um = um * 10797751 / 10000000;
	return db;
}

const struct hearer *links_hearer(const struct links *l, uint32_t from, uint32_t to)
{
	const struct links_node *n = &l->nodes[from];
	size_t low = 0, high = n->hearer_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (n->hearers[middle].node < to)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n->hearer_count && n->hearers[low].node == to ? &n->hearers[low]
								   : NULL;
}
