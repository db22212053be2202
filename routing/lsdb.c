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

/* The way from a to b is gone, or dearer: no matter unless it is in use. */
static void way_worse(
	struct lsdb *db, const struct lsdb_router *a, const struct lsdb_router *b)
{
	db->version++;
	if (lsdb_reachable(b) && b->route.parent == a->slot)
		db->changes++;
}

/* The way from a to b is new, or cheaper: no matter unless it is as good as that in use. */
static void way_better(struct lsdb *db, const struct lsdb_router *a,
	const struct lsdb_router *b, uint32_t metric)
{
	db->version++;
	if (!lsdb_reachable(a) || b->own)
		return;
	if (!lsdb_reachable(b) || a->route.metric + metric <= b->route.metric)
		db->changes++;
}

/* Takes an edge of n out of the graph. */
static void disconnect(struct lsdb *db, const struct lsdb_router *n, struct lsdb_edge *e)
{
	struct lsdb_router *peer;
	struct lsdb_edge *back;

	if (e->peer == LSDB_NONE)
		return;
	peer = db->slots[e->peer];
	back = find_edge(peer, &n->address);
	check(back != NULL && back->peer == n->slot);
	back->peer = LSDB_NONE;
	e->peer = LSDB_NONE;
	way_worse(db, n, peer);
	way_worse(db, peer, n);
}

/* Makes an edge of the graph of a link of n, if its other end claims it as well. */
static void connect(struct lsdb *db, const struct lsdb_router *n, struct lsdb_edge *e)
{
	struct lsdb_router *peer = lsdb_find(db, &e->to);
	struct lsdb_edge *back;

	if (peer == NULL || peer == n)
		return;
	back = find_edge(peer, &n->address);
	if (back == NULL)
		return;
	e->peer = peer->slot;
	back->peer = n->slot;
	way_better(db, n, peer, e->metric);
	way_better(db, peer, n, back->metric);
}

/* What a router adds to the digest. */
static uint64_t mark_counted(const struct lsdb_router *n)
{
	return n->known && (n->own || lsdb_reachable(n)) ? n->mark : 0;
}

static void router_free(struct lsdb *db, struct lsdb_router *n)
{
	db->digest -= mark_counted(n);
	for (unsigned i = 0; i < n->edge_count; i++)
		disconnect(db, n, &n->edges[i]);
	check(n->flood_interfaces == 0);
	HASH_DEL(db->by_address, n);
	db->slots[n->slot] = NULL;
	mem_grow(db->free_slots, db->free_count, db->free_room);
	db->free_slots[db->free_count++] = n->slot;
	db->count--;
	db->version++;
	if (lsdb_reachable(n))
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
	db->version++;
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

/* The edge of `was` to the same node, most often in the same place. */
static struct lsdb_edge *edge_before(
	const struct lsdb_router *was, unsigned i, const struct address *to)
{
	if (i < was->edge_count && id_equal(&was->edges[i].to, to))
		return &was->edges[i];
	return find_edge(was, to);
}

/* An edge that stays, at another cost. */
static void edge_costs(struct lsdb *db, const struct lsdb_router *n,
	const struct lsdb_edge *was, uint32_t metric)
{
	if (was->peer == LSDB_NONE || metric == was->metric)
		return;
	if (metric > was->metric)
		way_worse(db, n, db->slots[was->peer]);
	else
		way_better(db, n, db->slots[was->peer], metric);
}

/* Edges that stay keep their other ends: most TCs say what the one before it said. */
static void set_edges(struct lsdb *db, struct lsdb_router *n, const struct tc *t)
{
	struct lsdb_edge *edges = mem_array(t->count, sizeof(*edges));
	bool stays[TC_PARSE_MAX] = { false };

	for (unsigned i = 0; i < t->count; i++) {
		struct lsdb_edge *was = edge_before(n, i, &t->neighbours[i].node);

		edges[i] = (struct lsdb_edge){ t->neighbours[i].node, LSDB_NONE,
			t->neighbours[i].metric };
		if (was == NULL)
			continue;
		stays[was - n->edges] = true;
		edge_costs(db, n, was, edges[i].metric);
		edges[i].peer = was->peer;
	}
	for (unsigned i = 0; i < n->edge_count; i++)
		if (!stays[i])
			disconnect(db, n, &n->edges[i]);
	mem_free(n->edges);
	n->edges = edges;
	n->edge_count = t->count;
	for (unsigned i = 0; i < t->count; i++)
		if (edges[i].peer == LSDB_NONE)
			connect(db, n, &edges[i]);
}

uint64_t lsdb_mark(const struct address *a, uint64_t sequence)
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
	n->mark = lsdb_mark(&n->address, n->sequence);
	db->digest += mark_counted(n);
	n->ansn = t->ansn;
	n->uplink = t->uplink;
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
