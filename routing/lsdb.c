/* SPDX-License-Identifier: ISC */
/* Slots, the graph, and who has to go. */
#include "routing/lsdb.h"

#include "node/base/mem.h"
#include "routing/summary.h"
#include "routing/victim.h"

/* ---- the hash table: open, with linear probing, never more than half full. An entry is the
 * upper half of the hash's upper 32 bits, and below it the slot plus 1; 0: free. Its hash is
 * keyed, so that nobody aims at a place. */

enum { TABLE_LEAST = 64, TAG = ~UINT16_MAX };

static uint64_t hash_of(const struct address *a)
{
	return siphash_table(a, sizeof(*a));
}

static uint32_t entry_of(uint64_t hash, uint32_t slot)
{
	return ((uint32_t)(hash >> 32) & (uint32_t)TAG) | (slot + 1);
}

static struct lsdb_router *router_of(const struct lsdb *db, uint32_t entry)
{
	return db->slots[(entry & UINT16_MAX) - 1];
}

static void table_put(struct lsdb *db, const struct lsdb_router *n)
{
	uint32_t mask = db->by_address_room - 1;
	uint64_t hash = hash_of(&n->address);
	uint32_t at = (uint32_t)hash & mask;

	while (db->by_address[at] != 0)
		at = (at + 1) & mask;
	db->by_address[at] = entry_of(hash, n->slot);
}

static void table_grow(struct lsdb *db)
{
	if (2 * (db->count + 1) <= db->by_address_room)
		return;
	db->by_address_room =
		db->by_address_room > 0 ? 2 * db->by_address_room : TABLE_LEAST;
	mem_free(db->by_address);
	db->by_address = mem_array(db->by_address_room, sizeof(*db->by_address));
	for (uint32_t i = 0; i < db->slot_count; i++)
		if (db->slots[i] != NULL)
			table_put(db, db->slots[i]);
}

/* Where it is; LSDB_NONE: nowhere. */
static uint32_t table_find(const struct lsdb *db, const struct address *a)
{
	uint32_t mask = db->by_address_room - 1, at;
	uint64_t hash;

	if (db->by_address_room == 0)
		return LSDB_NONE;
	hash = hash_of(a);
	for (at = (uint32_t)hash & mask; db->by_address[at] != 0; at = (at + 1) & mask)
		if (((db->by_address[at] ^ (uint32_t)(hash >> 32)) & (uint32_t)TAG) ==
				0 &&
			id_equal(&router_of(db, db->by_address[at])->address, a))
			return at;
	return LSDB_NONE;
}

/* Those behind it that would not be found any more move up. */
static void table_drop(struct lsdb *db, const struct lsdb_router *n)
{
	uint32_t mask = db->by_address_room - 1, gap = table_find(db, &n->address);

	for (uint32_t at = (gap + 1) & mask; db->by_address[at] != 0;
		at = (at + 1) & mask) {
		const struct lsdb_router *other = router_of(db, db->by_address[at]);
		uint32_t home = (uint32_t)hash_of(&other->address) & mask;

		if (((at - home) & mask) < ((at - gap) & mask))
			continue;
		db->by_address[gap] = db->by_address[at];
		gap = at;
	}
	db->by_address[gap] = 0;
}

/* ---- routers ---- */

void lsdb_init(struct lsdb *db)
{
	memset(db, 0, sizeof(*db));
	db->own = LSDB_NONE;
	db->most = ROUTING_NODES_MAX;
	db->next_expiry = NEVER;
}

struct lsdb_router *lsdb_find(const struct lsdb *db, const struct address *a)
{
	uint32_t at = table_find(db, a);

	return at != LSDB_NONE ? router_of(db, db->by_address[at]) : NULL;
}

/* What a router adds to the digest. */
static uint64_t mark_counted(const struct lsdb_router *n)
{
	return n->known && (n->own || lsdb_reachable(n)) ? n->mark : 0;
}

static void near_drop(struct lsdb *db, const struct lsdb_router *n)
{
	for (unsigned i = 0; i < db->near_count; i++)
		if (db->near[i] == n->slot)
			db->near[i--] = db->near[--db->near_count];
}

static void router_free(struct lsdb *db, struct lsdb_router *n)
{
	check(n->flood_interfaces == 0);
	near_drop(db, n);
	db->digest -= mark_counted(n);
	graph_router_gone(db, n);
	table_drop(db, n);
	db->slots[n->slot] = NULL;
	mem_grow(db->free_slots, db->free_count, db->free_room);
	db->free_slots[db->free_count++] = n->slot;
	db->count--;
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
	mem_free(db->nodes);
	mem_free(db->touched);
	mem_free(db->by_address);
	mem_free(db->free_slots);
	lsdb_init(db);
}

static uint32_t slot_take(struct lsdb *db)
{
	if (db->free_count > 0)
		return db->free_slots[--db->free_count];
	mem_grow(db->slots, db->slot_count, db->slot_room);
	mem_grow(db->nodes, db->slot_count, db->node_room);
	memset(&db->nodes[db->slot_count], 0, sizeof(*db->nodes));
	db->slots[db->slot_count] = NULL;
	return db->slot_count++;
}

/* ---- who has to go ----
 *
 * Those without a route first, the stalest of them first: they are looked for once for many
 * newcomers, so that a flood of these costs little. Else victim.h says who. */

static bool may_go(const struct lsdb_router *n)
{
	return n != NULL && !n->own && !n->near && n->flood_interfaces == 0;
}

/* What victims[] holds is the stalest, the last one first, until some other may be. */
static void victims_forget(struct lsdb *db)
{
	db->victim_count = 0;
}

static void victim_offer(struct lsdb *db, const struct lsdb_router *n)
{
	struct lsdb_victim *all = db->victims;
	unsigned at = 0;

	if (db->victim_count == LSDB_VICTIMS) {
		if (!instant_before(n->updated, all[0].updated))
			return;
		memmove(&all[0], &all[1], (LSDB_VICTIMS - 1) * sizeof(*all));
		db->victim_count--;
	}
	while (at < db->victim_count && instant_before(n->updated, all[at].updated))
		at++;
	memmove(&all[at + 1], &all[at], (db->victim_count - at) * sizeof(*all));
	all[at] = (struct lsdb_victim){ n->updated, n->slot };
	db->victim_count++;
}

static struct lsdb_router *victim_last(struct lsdb *db)
{
	while (db->victim_count > 0) {
		const struct lsdb_victim *v = &db->victims[--db->victim_count];
		struct lsdb_router *n = db->slots[v->slot];

		if (may_go(n) && !lsdb_reachable(n) && n->updated.us == v->updated.us)
			return n;
	}
	return NULL;
}

static struct lsdb_router *stalest(struct lsdb *db)
{
	struct lsdb_router *n = victim_last(db);

	if (n != NULL)
		return n;
	for (uint32_t i = 0; i < db->slot_count; i++)
		if (may_go(db->slots[i]) && !lsdb_reachable(db->slots[i]))
			victim_offer(db, db->slots[i]);
	return victim_last(db);
}

/* Makes room for a router that will hang on `by`, `least` away; false if all are worth more. */
static bool make_room(struct lsdb *db, const struct lsdb_router *by, uint32_t least)
{
	struct lsdb_router *victim;

	if (db->count < db->most)
		return true;
	victim = stalest(db);
	if (victim == NULL)
		victim = victim_find(db, by, least);
	if (victim == NULL)
		return false;
	router_free(db, victim);
	return true;
}

/* ---- newcomers ---- */

static struct lsdb_router *router_new(struct lsdb *db, const struct address *a)
{
	struct lsdb_router *n = mem_new(sizeof(*n));

	n->address = *a;
	n->slot = slot_take(db);
	n->updated = instant_us(INT64_MIN);
	n->flooded = instant_us(INT64_MIN);
	table_grow(db);
	db->slots[n->slot] = n;
	db->nodes[n->slot].handle = summary_handle(a);
	table_put(db, n);
	db->count++;
	db->version++;
	return n;
}

struct lsdb_router *lsdb_router_add(struct lsdb *db, const struct address *a)
{
	struct lsdb_router *n = lsdb_find(db, a);

	if (n != NULL)
		return n;
	if (!make_room(db, NULL, 0))
		return NULL;
	return router_new(db, a);
}

/* What n says of its way to a, edge or claim; 0: nothing. */
static uint32_t metric_said(
	const struct lsdb *db, const struct lsdb_router *n, const struct address *a)
{
	const struct graph_node *g = &db->nodes[n->slot];

	for (unsigned i = 0; i < n->claim_count; i++)
		if (id_equal(&n->claims[i].to, a))
			return n->claims[i].metric;
	for (unsigned i = 0; i < g->count; i++)
		if (id_equal(&db->slots[g->edges[i].peer]->address, a))
			return g->edges[i].out;
	return 0;
}

/* The router that the sender of a TC will hang on, going by neighbours that claim it too, and
 * how far that makes it; NULL: none is in reach. */
static const struct lsdb_router *promised(
	const struct lsdb *db, const struct tc *t, uint32_t *least)
{
	const struct lsdb_router *by = NULL;

	*least = UINT32_MAX;
	for (unsigned i = 0; i < t->count; i++) {
		const struct lsdb_router *n = lsdb_find(db, &t->neighbours[i].node);
		uint32_t metric;

		if (n == NULL || (!lsdb_reachable(n) && !n->own))
			continue;
		metric = metric_said(db, n, &t->announce.originator);
		if (metric == 0 || n->route.metric + metric >= *least)
			continue;
		*least = n->route.metric + metric;
		by = n;
	}
	return by;
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
	uint32_t least;

	if (n == NULL) {
		const struct lsdb_router *by = promised(db, t, &least);

		if (!make_room(db, by, least))
			return NULL;
		n = router_new(db, &a->originator);
	}
	graph_links_set(db, n, t);
	check(body.len <= ROUTING_MESSAGE_MAX);
	mem_free(n->body);
	n->body = mem_copy(body.data, body.len);
	n->body_len = (uint16_t)body.len;
	n->hops_at = (uint16_t)t->hops_at;
	n->id = a->key;
	memcpy(n->name, a->name, sizeof(n->name));
	db->digest -= mark_counted(n);
	n->known = true;
	n->sequence = a->sequence;
	n->mark = lsdb_mark(&n->address, n->sequence);
	db->digest += mark_counted(n);
	n->ansn = t->ansn;
	n->uplink = t->uplink;
	n->attached = (uint8_t)t->attached_count;
	n->updated = now;
	n->contradicted = NEVER;
	n->validity_us = (int64_t)a->validity_ms * 1000;
	db->next_expiry = instant_min(db->next_expiry, expiry(n));
	return n;
}

void lsdb_own_set(struct lsdb *db, struct lsdb_router *n)
{
	n->own = true;
	db->own = n->slot;
}

void lsdb_near_add(struct lsdb *db, struct lsdb_router *n)
{
	if (n->near)
		return;
	check(db->near_count < ROUTING_LINKS_MAX);
	n->near = true;
	db->near[db->near_count++] = n->slot;
}

void lsdb_near_clear(struct lsdb *db)
{
	for (unsigned i = 0; i < db->near_count; i++) {
		struct lsdb_router *n = db->slots[db->near[i]];

		n->near = false;
		victims_forget(db);
		if (!n->known)
			db->next_expiry = instant_us(INT64_MIN);
	}
	db->near_count = 0;
}

void lsdb_route_set(
	struct lsdb *db, struct lsdb_router *n, const struct lsdb_route *route)
{
	db->digest -= mark_counted(n);
	n->route = *route;
	db->digest += mark_counted(n);
	if (lsdb_reachable(n))
		return;
	victims_forget(db);
	db->next_expiry = instant_min(db->next_expiry, expiry(n));
}

void lsdb_forget(struct lsdb *db, struct instant now, struct lsdb_router *n)
{
	n->validity_us = 0;
	n->updated = now;
	victims_forget(db);
	db->next_expiry = now;
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
