/* SPDX-License-Identifier: ISC */
/*
 * Metrics are at least 1, so what a label is depends only on labels of lower metric: taken in
 * order of metric, each is settled once, when all ways of its cost have been offered, and the
 * tie-break sees them all. That holds of a whole search and of one of a part; see there.
 * Our own label is zero, so that nothing is ever offered to it.
 */
#include "routing/spf.h"

#include "node/base/mem.h"
#include "routing/order.h"

static const struct spf_label nowhere = { .metric = UINT32_MAX, .parent = LSDB_NONE };

void spf_init(struct spf *s)
{
	memset(s, 0, sizeof(*s));
}

void spf_fini(struct spf *s)
{
	mem_free(s->heap);
	mem_free(s->labels);
	mem_free(s->keys);
	mem_free(s->moved);
	mem_free(s->sorted);
	spf_init(s);
}

void spf_forget(struct spf *s)
{
	s->primed = false;
}

/* ---- the queue: a heap of four branches, half as deep as one of two ---- */

enum { BRANCHES = 4 };

static void heap_put(struct spf *s, uint32_t metric, uint32_t slot)
{
	uint64_t item = (uint64_t)metric << 32 | slot;
	size_t i = s->heap_count, above;

	mem_grow(s->heap, s->heap_count, s->heap_room);
	s->heap_count++;
	for (; i > 0 && s->heap[above = (i - 1) / BRANCHES] > item; i = above)
		s->heap[i] = s->heap[above];
	s->heap[i] = item;
}

/* Takes the least. Most often the one that is least now comes next: what it leads to is
 * fetched in the meantime. */
static uint64_t heap_next(struct spf *s, const struct lsdb *db)
{
	uint64_t first = s->heap[0], item = s->heap[--s->heap_count];
	size_t i = 0, count = s->heap_count;

	for (;;) {
		size_t least = BRANCHES * i + 1, end = least + BRANCHES;

		if (least >= count)
			break;
		end = end < count ? end : count;
		for (size_t k = least + 1; k < end; k++)
			least = s->heap[k] < s->heap[least] ? k : least;
		if (s->heap[least] >= item)
			break;
		s->heap[i] = s->heap[least];
		i = least;
	}
	s->heap[i] = item;
	__builtin_prefetch(db->nodes[(uint32_t)s->heap[0]].edges);
	return first;
}

/* ---- labels ---- */

static bool is_same(const struct spf_label *a, const struct spf_label *b)
{
	return a->link == b->link && a->metric == b->metric && a->hops == b->hops &&
	       a->parent == b->parent;
}

/* Whether the router before the last hop of a goes before that of b. We go before all. */
static int parent_order(const struct lsdb *db, uint32_t a, uint32_t b)
{
	uint64_t handle_a = a != LSDB_NONE ? db->nodes[a].handle : 0,
		 handle_b = b != LSDB_NONE ? db->nodes[b].handle : 0;

	if (handle_a != handle_b)
		return handle_a < handle_b ? -1 : 1;
	if (a == b || a == LSDB_NONE || b == LSDB_NONE)
		return 0;
	return id_compare(&db->slots[a]->address, &db->slots[b]->address);
}

/* kept: the link of the route of before. */
static bool is_better(const struct lsdb *db, uint32_t kept, const struct spf_label *best,
	const struct spf_label *way)
{
	int order;

	if (way->metric != best->metric)
		return way->metric < best->metric;
	if (way->link != best->link && (way->link == kept || best->link == kept))
		return way->link == kept;
	if (way->hops != best->hops)
		return way->hops < best->hops;
	order = parent_order(db, way->parent, best->parent);
	return order != 0 ? order < 0 : way->link < best->link;
}

static struct spf_label first_way(const struct spf_first *f)
{
	return (struct spf_label){
		.metric = f->metric, .link = f->link, .parent = LSDB_NONE, .hops = 1
	};
}

static void room_make(struct spf *s, uint32_t slots)
{
	uint32_t room = slots + slots / 8 + 8;

	if (slots <= s->room)
		return;
	s->labels = mem_resize(s->labels, room, sizeof(*s->labels));
	s->keys = mem_resize(s->keys, room, sizeof(*s->keys));
	s->moved = mem_resize(s->moved, room, sizeof(*s->moved));
	s->sorted = mem_resize(s->sorted, room, sizeof(*s->sorted));
	for (uint32_t i = s->room; i < room; i++) {
		s->labels[i] = nowhere;
		s->keys[i] = UINT32_MAX;
	}
	s->room = room;
}

static void own_label(struct spf *s, const struct lsdb *db)
{
	if (db->own != LSDB_NONE)
		s->labels[db->own] = (struct spf_label){ .parent = LSDB_NONE };
}

/* ---- a whole search ---- */

static void offer(
	struct spf *s, const struct lsdb *db, uint32_t slot, const struct spf_label *way)
{
	struct spf_label *best = &s->labels[slot];
	bool nearer = way->metric < best->metric;

	if (!nearer && !is_better(db, db->slots[slot]->route.link, best, way))
		return;
	*best = *way;
	if (nearer)
		heap_put(s, way->metric, slot);
}

static void settle(struct spf *s, const struct lsdb *db, uint32_t slot)
{
	const struct graph_node *g = &db->nodes[slot];
	struct spf_label way = s->labels[slot];
	uint32_t metric = way.metric;

	if (way.hops == ROUTING_PATH_MAX)
		return;
	way.hops++;
	way.parent = slot;
	for (unsigned i = 0; i < g->count; i++) {
		way.metric = metric + g->edges[i].out;
		if (way.metric <= s->labels[g->edges[i].peer].metric)
			offer(s, db, g->edges[i].peer, &way);
	}
}

/* Puts those of equal metric in order of their handles. */
static void sort_equals(struct spf *s, const struct lsdb *db)
{
	struct ordered *equals = NULL;
	size_t count, room = 0;

	for (uint32_t i = 0; i < s->sorted_count; i += (uint32_t)count) {
		uint32_t metric = s->labels[s->sorted[i]].metric;

		for (count = 1; i + count < s->sorted_count &&
				s->labels[s->sorted[i + count]].metric == metric;
			count++)
			;
		if (count == 1)
			continue;
		if (count > room) {
			room = 2 * count;
			equals = mem_resize(equals, room, sizeof(*equals));
		}
		for (size_t k = 0; k < count; k++)
			equals[k] = (struct ordered){ db->nodes[s->sorted[i + k]].handle,
				0, s->sorted[i + k] };
		order_sort(equals, count);
		for (size_t k = 0; k < count; k++)
			s->sorted[i + k] = equals[k].slot;
	}
	mem_free(equals);
}

static void search_whole(struct spf *s, const struct lsdb *db)
{
	s->wholes++;
	s->looked_at += db->count;
	s->heap_count = s->sorted_count = 0;
	for (uint32_t i = 0; i < s->room; i++) {
		s->labels[i] = nowhere;
		s->keys[i] = UINT32_MAX;
	}
	own_label(s, db);
	for (unsigned i = 0; i < s->first_count; i++) {
		struct spf_label way = first_way(&s->firsts[i]);

		if (way.metric <= s->labels[s->firsts[i].slot].metric)
			offer(s, db, s->firsts[i].slot, &way);
	}
	while (s->heap_count > 0) {
		uint64_t item = heap_next(s, db);
		uint32_t slot = (uint32_t)item;

		if (s->labels[slot].metric != item >> 32)
			continue;
		s->sorted[s->sorted_count++] = slot;
		settle(s, db, slot);
	}
	sort_equals(s, db);
}

/* ---- a search of a part ----
 *
 * A label is consistent when it is the best that the labels around it offer. Those that are
 * not stand in the queue, by the lower of the metric that they have and the one that they
 * should have. All with a metric below the lowest in the queue are final: the lowest of any
 * that were not would be inconsistent, and in the queue. So the lowest either gets its
 * label for good, or had one that nothing supports any more, and has none until its turn
 * comes again; each comes up twice at most. */

static struct spf_label best_offer(
	const struct spf *s, const struct lsdb *db, uint32_t slot)
{
	const struct graph_node *g = &db->nodes[slot];
	uint32_t kept = db->slots[slot] != NULL ? db->slots[slot]->route.link : 0;
	struct spf_label best = nowhere;

	for (unsigned i = 0; i < s->first_count; i++) {
		struct spf_label way = first_way(&s->firsts[i]);

		if (s->firsts[i].slot == slot && is_better(db, kept, &best, &way))
			best = way;
	}
	for (unsigned i = 0; i < g->count; i++) {
		struct spf_label way = s->labels[g->edges[i].peer];

		if (way.link == 0 || way.hops == ROUTING_PATH_MAX)
			continue;
		way.metric += g->edges[i].in;
		if (way.metric > best.metric)
			continue;
		way.hops++;
		way.parent = g->edges[i].peer;
		if (is_better(db, kept, &best, &way))
			best = way;
	}
	return best;
}

static void queue(struct spf *s, uint32_t metric, uint32_t slot)
{
	if (metric >= s->keys[slot])
		return;
	s->keys[slot] = metric;
	heap_put(s, metric, slot);
}

static void move(struct spf *s, uint32_t slot)
{
	if (s->labels[slot].moved)
		return;
	s->labels[slot].moved = true;
	s->moved[s->moved_count++] = slot;
}

static void label_set(struct spf *s, uint32_t slot, const struct spf_label *label)
{
	move(s, slot);
	s->labels[slot] = *label;
	s->labels[slot].moved = true;
}

/* Queues what may be inconsistent now that a slot has another label: those that had theirs
 * from it, and those to which it offers something as good. */
static void spread(struct spf *s, const struct lsdb *db, uint32_t slot)
{
	const struct graph_node *g = &db->nodes[slot];
	const struct spf_label *here = &s->labels[slot];
	bool offers = here->link != 0 && here->hops < ROUTING_PATH_MAX;

	for (unsigned i = 0; i < g->count; i++) {
		uint32_t peer = g->edges[i].peer;
		const struct spf_label *there = &s->labels[peer];

		if (there->link != 0 && there->parent == slot)
			queue(s, there->metric, peer);
		if (offers && here->metric + g->edges[i].out <= there->metric)
			queue(s, here->metric + g->edges[i].out, peer);
	}
}

/* Queues a slot if its label is not consistent. A router that came anew in the place of
 * another has no label yet. */
static void look_at(struct spf *s, const struct lsdb *db, uint32_t slot)
{
	const struct lsdb_router *n = db->slots[slot];
	struct spf_label best;

	if (slot == db->own)
		return;
	if ((n == NULL || !lsdb_reachable(n)) && s->labels[slot].link != 0)
		label_set(s, slot, &nowhere);
	best = best_offer(s, db, slot);
	if (!is_same(&best, &s->labels[slot]))
		queue(s,
			best.metric < s->labels[slot].metric ? best.metric
							     : s->labels[slot].metric,
			slot);
}

/* One from the queue. */
static void correct(struct spf *s, const struct lsdb *db, uint32_t slot, uint32_t key)
{
	struct spf_label best = best_offer(s, db, slot), *is = &s->labels[slot];
	uint32_t least = best.metric < is->metric ? best.metric : is->metric;

	if (is_same(&best, is))
		return;
	if (least > key) {
		queue(s, least, slot);
		return;
	}
	if (best.metric <= is->metric) {
		label_set(s, slot, &best);
	} else {
		label_set(s, slot, &nowhere);
		if (best.link != 0)
			queue(s, best.metric, slot);
	}
	spread(s, db, slot);
}

static bool is_among(
	const struct spf_first *f, const struct spf_first *all, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (all[i].slot == f->slot && all[i].link == f->link &&
			all[i].metric == f->metric)
			return true;
	return false;
}

/* False: it became too much, and labels are not what they should be. */
static bool search_part(struct spf *s, const struct lsdb *db,
	const struct spf_first *before, unsigned before_count)
{
	size_t limit = db->count / SPF_PART + 16;

	if (db->touched_count > limit)
		return false;
	for (size_t i = 0; i < db->touched_count; i++)
		look_at(s, db, db->touched[i]);
	for (unsigned i = 0; i < before_count; i++)
		if (!is_among(&before[i], s->firsts, s->first_count))
			look_at(s, db, before[i].slot);
	for (unsigned i = 0; i < s->first_count; i++)
		if (!is_among(&s->firsts[i], before, before_count))
			look_at(s, db, s->firsts[i].slot);
	while (s->heap_count > 0) {
		uint64_t item = heap_next(s, db);
		uint32_t slot = (uint32_t)item, key = (uint32_t)(item >> 32);

		if (s->keys[slot] != key)
			continue;
		if (limit-- == 0)
			return false;
		s->looked_at++;
		s->keys[slot] = UINT32_MAX;
		correct(s, db, slot, key);
	}
	s->parts++;
	return true;
}

/* ---- from labels to routes ---- */

/* The label becomes the route; true if that changes anything. */
static bool adopt(const struct spf *s, struct lsdb *db, uint32_t slot, struct instant now)
{
	const struct spf_label *is = &s->labels[slot];
	struct lsdb_router *n = db->slots[slot];
	struct lsdb_route route = { .metric = is->metric,
		.hops = is->hops,
		.link = is->link,
		.parent = is->parent };
	const struct lsdb_route *was = &n->route;

	if (is->link == 0 && was->link == 0)
		return false;
	if (was->link == is->link && was->metric == is->metric && was->hops == is->hops &&
		was->parent == is->parent)
		return false;
	if (is->link == 0)
		route = (struct lsdb_route){ 0 };
	route.since = was->link == is->link ? was->since : now;
	lsdb_route_set(db, n, &route);
	return true;
}

static bool adopt_all(struct spf *s, struct lsdb *db, struct instant now)
{
	bool changed = false;

	for (uint32_t i = 0; i < db->slot_count; i++)
		if (db->slots[i] != NULL && adopt(s, db, i, now))
			changed = true;
	return changed;
}

/* Whether a router may stay where it is among the sorted. */
static bool keeps_place(const struct spf *s, const struct lsdb *db, uint32_t slot)
{
	const struct lsdb_router *n = db->slots[slot];

	return n != NULL && lsdb_reachable(n) && s->labels[slot].link != 0 &&
	       n->route.metric == s->labels[slot].metric;
}

static bool goes_before(const struct spf *s, const struct lsdb *db, uint32_t slot,
	const struct ordered *b)
{
	if (s->labels[slot].metric != b->major)
		return s->labels[slot].metric < b->major;
	if (db->nodes[slot].handle != b->minor)
		return db->nodes[slot].handle < b->minor;
	return slot < b->slot;
}

/* Takes those that moved out of the sorted, and puts them back where they belong. */
static void sort_moved(struct spf *s, const struct lsdb *db)
{
	struct ordered *back = mem_array(s->moved_count, sizeof(*back));
	size_t count = 0;
	uint32_t left = 0;

	for (uint32_t i = 0; i < s->moved_count; i++) {
		uint32_t slot = s->moved[i];

		if (keeps_place(s, db, slot))
			s->labels[slot].moved = false;
		else if (s->labels[slot].link != 0)
			back[count++] = (struct ordered){ s->labels[slot].metric,
				db->nodes[slot].handle, slot };
	}
	for (uint32_t i = 0; i < s->sorted_count; i++)
		if (!s->labels[s->sorted[i]].moved)
			s->sorted[left++] = s->sorted[i];
	order_sort(back, count);
	s->sorted_count = left + (uint32_t)count;
	for (uint32_t at = s->sorted_count; count > 0; at--) {
		if (left > 0 &&
			!goes_before(s, db, s->sorted[left - 1], &back[count - 1]))
			s->sorted[at - 1] = s->sorted[--left];
		else
			s->sorted[at - 1] = back[--count].slot;
	}
	mem_free(back);
}

static bool adopt_moved(struct spf *s, struct lsdb *db, struct instant now)
{
	bool changed = false;

	if (s->moved_count == 0)
		return false;
	sort_moved(s, db);
	for (uint32_t i = 0; i < s->moved_count; i++) {
		uint32_t slot = s->moved[i];

		s->labels[slot].moved = false;
		if (db->slots[slot] != NULL && adopt(s, db, slot, now))
			changed = true;
	}
	return changed;
}

static void firsts_set(
	struct spf *s, const struct lsdb *db, const struct spf_link *links, size_t count)
{
	s->first_count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct lsdb_router *n = lsdb_find(db, &links[i].node);

		if (n != NULL)
			s->firsts[s->first_count++] = (struct spf_first){ n->slot,
				links[i].link, links[i].metric };
	}
}

bool spf_run(struct spf *s, struct lsdb *db, struct instant now,
	const struct spf_link *links, size_t count)
{
	struct spf_first before[ROUTING_LINKS_MAX];
	unsigned before_count = s->first_count;
	bool changed;

	check(count <= ROUTING_LINKS_MAX);
	memcpy(before, s->firsts, before_count * sizeof(*before));
	room_make(s, db->slot_count);
	firsts_set(s, db, links, count);
	own_label(s, db);
	s->moved_count = 0;
	s->looked_at = 0;
	if (s->primed && search_part(s, db, before, before_count)) {
		changed = adopt_moved(s, db, now);
	} else {
		search_whole(s, db);
		changed = adopt_all(s, db, now);
	}
	s->primed = true;
	graph_touched_clear(db);
	return changed;
}

/* ---- from others ---- */

void spf_ways(struct spf *s, const struct lsdb *db, uint32_t root, struct spf_way *ways)
{
	for (uint32_t i = 0; i < db->slot_count; i++)
		ways[i] = (struct spf_way){ UINT32_MAX, 0 };
	if (db->own != LSDB_NONE)
		ways[db->own].metric = 0;
	ways[root].metric = 0;
	heap_put(s, 0, root);
	while (s->heap_count > 0) {
		uint64_t item = heap_next(s, db);
		const struct graph_node *g = &db->nodes[(uint32_t)item];
		struct spf_way here = ways[(uint32_t)item];

		if (here.metric != item >> 32 || here.hops == ROUTING_PATH_MAX)
			continue;
		for (unsigned i = 0; i < g->count; i++) {
			struct spf_way way = { here.metric + g->edges[i].out,
				here.hops + 1 };
			struct spf_way *best = &ways[g->edges[i].peer];

			if (way.metric < best->metric)
				heap_put(s, way.metric, g->edges[i].peer);
			else if (way.metric > best->metric || way.hops >= best->hops)
				continue;
			*best = way;
		}
	}
	if (db->own != LSDB_NONE)
		ways[db->own].metric = UINT32_MAX;
}
