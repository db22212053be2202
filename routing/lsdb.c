/* SPDX-License-Identifier: ISC */
/* Slots, the graph, and who has to go. */
#include "routing/lsdb.h"

#include "node/base/mem.h"

void lsdb_init(struct lsdb *db)
{
	memset(db, 0, sizeof(*db));
	db->next_expiry = NEVER;
}

struct lsdb_router *lsdb_find(const struct lsdb *db, const struct address *a)
{
	struct lsdb_router *n;

	HASH_FIND(hh, db->by_address, a, sizeof(*a), n);
	return n;
}

static struct lsdb_edge *find_edge(const struct lsdb_router *n, const struct address *to)
{
	for (unsigned i = 0; i < n->edge_count; i++)
		if (id_equal(&n->edges[i].to, to))
			return &n->edges[i];
	return NULL;
}

/* Takes the edges of n out of the graph. */
static void disconnect(struct lsdb *db, struct lsdb_router *n)
{
	for (unsigned i = 0; i < n->edge_count; i++) {
		struct lsdb_edge *e = &n->edges[i], *back;

		if (e->peer == LSDB_NONE)
			continue;
		back = find_edge(db->slots[e->peer], &n->address);
		check(back != NULL && back->peer == n->slot);
		back->peer = LSDB_NONE;
		e->peer = LSDB_NONE;
	}
}

/* Makes an edge of the graph of every link of n that its other end claims as well. */
static void connect(struct lsdb *db, struct lsdb_router *n)
{
	for (unsigned i = 0; i < n->edge_count; i++) {
		struct lsdb_edge *e = &n->edges[i], *back;
		struct lsdb_router *peer = lsdb_find(db, &e->to);

		e->peer = LSDB_NONE;
		if (peer == NULL || peer == n)
			continue;
		back = find_edge(peer, &n->address);
		if (back == NULL)
			continue;
		e->peer = peer->slot;
		back->peer = n->slot;
	}
}

/* What a router adds to the digest. */
static uint64_t mark_counted(const struct lsdb_router *n)
{
	return n->known && (n->own || lsdb_reachable(n)) ? n->mark : 0;
}

static void router_free(struct lsdb *db, struct lsdb_router *n)
{
	db->digest -= mark_counted(n);
	disconnect(db, n);
	check(n->flood_interfaces == 0);
	HASH_DEL(db->by_address, n);
	db->slots[n->slot] = NULL;
	mem_grow(db->free_slots, db->free_count, db->free_room);
	db->free_slots[db->free_count++] = n->slot;
	db->count--;
	db->changes++;
	mem_free(n->edges);
	mem_free(n->body);
	mem_free(n);
}

void lsdb_fini(struct lsdb *db)
{
	for (uint32_t i = 0; i < db->slot_count; i++) {
		if (db->slots[i] == NULL)
			continue;
		db->slots[i]->flood_interfaces = 0;
		router_free(db, db->slots[i]);
	}
	mem_free(db->slots);
	mem_free(db->free_slots);
	lsdb_init(db);
}

static uint32_t slot_take(struct lsdb *db)
{
	if (db->free_count > 0)
		return db->free_slots[--db->free_count];
	mem_grow(db->slots, db->slot_count, db->slot_room);
	return db->slot_count++;
}

static uint32_t distance(const struct lsdb_router *n)
{
	return lsdb_reachable(n) ? n->route.metric : UINT32_MAX;
}

/* Whether a goes before b: the farther, then the staler. */
static bool is_worse(const struct lsdb_router *a, const struct lsdb_router *b)
{
	if (distance(a) != distance(b))
		return distance(a) > distance(b);
	return instant_before(a->updated, b->updated);
}

/* Makes room for a router that is at least `least` away; false if all are nearer. */
static bool make_room(struct lsdb *db, uint32_t least)
{
	struct lsdb_router *victim = NULL;

	if (db->count < ROUTING_NODES_MAX)
		return true;
	for (uint32_t i = 0; i < db->slot_count; i++) {
		struct lsdb_router *n = db->slots[i];

		if (n == NULL || n->own || n->near || n->flood_interfaces != 0)
			continue;
		if (victim == NULL || is_worse(n, victim))
			victim = n;
	}
	if (victim == NULL || (lsdb_reachable(victim) && distance(victim) <= least))
		return false;
	router_free(db, victim);
	return true;
}

static struct lsdb_router *router_new(struct lsdb *db, const struct address *a)
{
	struct lsdb_router *n = mem_new(sizeof(*n));

	n->address = *a;
	n->slot = slot_take(db);
	n->updated = instant_us(INT64_MIN);
	n->flooded = instant_us(INT64_MIN);
	db->slots[n->slot] = n;
	db->count++;
	HASH_ADD(hh, db->by_address, address, sizeof(n->address), n);
	return n;
}

struct lsdb_router *lsdb_router_add(struct lsdb *db, const struct address *a)
{
	struct lsdb_router *n = lsdb_find(db, a);

	if (n != NULL)
		return n;
	if (!make_room(db, 0))
		return NULL;
	return router_new(db, a);
}

/* How far the sender of a TC will be, going by neighbours that claim it too. */
static uint32_t distance_promised(const struct lsdb *db, const struct tc *t)
{
	uint32_t least = UINT32_MAX;

	for (unsigned i = 0; i < t->count; i++) {
		const struct lsdb_router *n = lsdb_find(db, &t->neighbours[i].node);
		const struct lsdb_edge *e;

		if (n == NULL || (!lsdb_reachable(n) && !n->own))
			continue;
		e = find_edge(n, &t->announce.originator);
		if (e != NULL && n->route.metric + e->metric < least)
			least = n->route.metric + e->metric;
	}
	return least;
}

static bool same_edges(const struct lsdb_router *n, const struct tc *t)
{
	if (!n->known || n->edge_count != t->count)
		return false;
	for (unsigned i = 0; i < t->count; i++)
		if (!id_equal(&n->edges[i].to, &t->neighbours[i].node) ||
			n->edges[i].metric != t->neighbours[i].metric)
			return false;
	return true;
}

static void set_edges(struct lsdb *db, struct lsdb_router *n, const struct tc *t)
{
	disconnect(db, n);
	mem_free(n->edges);
	n->edges = mem_array(t->count, sizeof(*n->edges));
	n->edge_count = t->count;
	for (unsigned i = 0; i < t->count; i++)
		n->edges[i] = (struct lsdb_edge){ t->neighbours[i].node, LSDB_NONE,
			t->neighbours[i].metric };
	connect(db, n);
	db->changes++;
}

/* The same on every node, so it is keyed with a constant; a member who makes marks
 * collide only keeps its own news from spreading fast. */
static uint64_t mark_of(const struct address *a, uint64_t sequence)
{
	static const uint8_t key[16] = "qanat lsdb mark";
	uint8_t bytes[sizeof(a->b) + 8];
	struct writer w = writer_of(bytes, sizeof(bytes));

	write_id(&w, a);
	write_u64(&w, sequence);
	return siphash(key, bytes, w.len);
}

static struct instant expiry(const struct lsdb_router *n)
{
	int64_t lives = lsdb_reachable(n) ? LSDB_REACHABLE_LIVES : 1;

	if (n->own || (n->near && !n->known))
		return NEVER;
	return instant_add_us(n->updated, n->validity_us * lives);
}

struct lsdb_router *lsdb_install(
	struct lsdb *db, struct instant now, const struct tc *t, struct bytes body)
{
	const struct announce *a = &t->announce;
	struct lsdb_router *n = lsdb_find(db, &a->originator);

	if (n == NULL) {
		if (!make_room(db, distance_promised(db, t)))
			return NULL;
		n = router_new(db, &a->originator);
	}
	if (!same_edges(n, t))
		set_edges(db, n, t);
	mem_free(n->body);
	n->body = mem_copy(body.data, body.len);
	n->body_len = body.len;
	n->hops_at = t->hops_at;
	n->id = a->key;
	memcpy(n->name, a->name, sizeof(n->name));
	db->digest -= mark_counted(n);
	n->known = true;
	n->sequence = a->sequence;
	n->mark = mark_of(&n->address, n->sequence);
	db->digest += mark_counted(n);
	n->ansn = t->ansn;
	n->updated = now;
	n->validity_us = (int64_t)a->validity_ms * 1000;
	db->next_expiry = instant_min(db->next_expiry, expiry(n));
	return n;
}

void lsdb_near_clear(struct lsdb *db)
{
	for (uint32_t i = 0; i < db->slot_count; i++) {
		struct lsdb_router *n = db->slots[i];

		if (n == NULL || !n->near)
			continue;
		n->near = false;
		if (!n->known)
			db->next_expiry = instant_us(INT64_MIN);
	}
}

bool lsdb_expire(struct lsdb *db, struct instant now)
{
	uint32_t before = db->count;

	if (!instant_due(db->next_expiry, now))
		return false;
	db->next_expiry = NEVER;
	for (uint32_t i = 0; i < db->slot_count; i++) {
		struct lsdb_router *n = db->slots[i];

		if (n == NULL)
			continue;
		if (instant_due(expiry(n), now) && n->flood_interfaces == 0)
			router_free(db, n);
		else
			db->next_expiry = instant_min(db->next_expiry,
				instant_max(expiry(n), instant_add_ms(now, 100)));
	}
	return db->count != before;
}

void lsdb_reachability_changed(struct lsdb *db)
{
	db->next_expiry = instant_us(INT64_MIN);
}

struct instant lsdb_deadline(const struct lsdb *db)
{
	return db->next_expiry;
}

uint64_t lsdb_digest(struct lsdb *db)
{
	db->digest = 0;
	for (uint32_t i = 0; i < db->slot_count; i++)
		if (db->slots[i] != NULL)
			db->digest += mark_counted(db->slots[i]);
	return db->digest;
}
