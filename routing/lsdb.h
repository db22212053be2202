/* SPDX-License-Identifier: ISC */
/*
 * The link-state database: every router heard of, its newest TC as it was signed, and the
 * graph (graph.h) of the links that both ends claim. At most ROUTING_NODES_MAX routers;
 * victim.h says who has to go.
 *
 * Timers: a router's TC expires after its validity while it is unreachable, and after
 * LSDB_REACHABLE_LIVES validities in any case.
 */
#pragma once

#include "node/base/siphash.h"
#include "routing/graph.h"

enum {
	LSDB_NONE = UINT32_MAX,   /* no slot */
	LSDB_REACHABLE_LIVES = 4, /* validities that a reachable router's TC may live */
	LSDB_VICTIMS = 64,        /* found at a time */
	FLOOD_HEARD_MAX = 6,      /* senders of a waiting TC that are remembered */
};

/* How to get to a router; link 0: not at all. */
struct lsdb_route {
	uint32_t metric, hops, link;
	uint32_t parent; /* slot of the router before it; LSDB_NONE: we */
	struct instant since;
};

struct lsdb_router {
	struct address address;
	struct node_id id;
	char name[ROUTING_NAME_MAX + 1];
	uint32_t slot;
	bool own;  /* this node; by lsdb_own_set */
	bool near; /* a link of ours leads to it: not to be forgotten; by lsdb_near_add */
	bool known;       /* it has a TC; else the fields below are empty */
	uint8_t uplink;   /* ROUTING_UPLINK_* that it offers */
	uint8_t attached; /* networks behind it, which stand in its TC; see attached.c */
	uint64_t sequence;
	uint64_t mark;              /* what it adds to the digest */
	uint8_t *body;              /* its newest TC, ready to be passed on; owned */
	struct graph_claim *claims; /* links that the other end does not claim; owned */
	uint16_t body_len, claim_count;
	uint16_t hops_at; /* where hop limit and hop count lie in the body */
	uint16_t ansn;
	struct instant updated;
	struct instant contradicted; /* by its own HELLO, after its TC; NEVER: not */
	int64_t validity_us;
	struct lsdb_route route;
	/* flood.c */
	uint32_t flood_interfaces; /* bits of interfaces that it is still to go out on */
	uint32_t flood_from;       /* the link by which it began to wait; 0: none */
	uint32_t flood_heard[FLOOD_HEARD_MAX]; /* links that its newest TC came from */
	uint8_t flood_heard_count;
	bool flood_ready; /* its jitter is over */
	bool flood_told;  /* it came by a repair, and by no flood */
	struct instant flooded;
	struct lsdb_router *flood_prev, *flood_next;
};

/* One that may have to go for a newcomer, unless it was heard since. */
struct lsdb_victim {
	struct instant updated;
	uint32_t slot;
};

struct lsdb {
	struct lsdb_router **slots; /* owned; NULL: free */
	struct graph_node *nodes;   /* owned; of the same slots */
	uint32_t slot_count;        /* slots ever used */
	uint32_t count;
	uint32_t most; /* routers; ROUTING_NODES_MAX, or less on a small machine */
	uint32_t own;  /* slot of this node, or LSDB_NONE */
	/* Grows with every change of the graph that may change a route; as long as it does
	 * not, the routes of the last search are those of the graph. */
	uint64_t changes;
	uint64_t version;  /* grows with every change of the graph at all */
	uint32_t *touched; /* slots whose routes may change by that; owned */
	size_t touched_count;
	uint64_t digest; /* what lsdb_digest would give */
	/* private */
	size_t slot_room, node_room, touched_room;
	uint32_t *by_address; /* hash table of slots; see lsdb.c */
	uint32_t by_address_room;
	uint32_t *free_slots;
	size_t free_count, free_room;
	uint32_t near[ROUTING_LINKS_MAX]; /* slots */
	unsigned near_count;
	struct lsdb_victim victims[LSDB_VICTIMS];
	unsigned victim_count;
	struct instant next_expiry;
};

void lsdb_init(struct lsdb *db);
void lsdb_fini(struct lsdb *db);

/* The router with this address, or NULL. */
struct lsdb_router *lsdb_find(const struct lsdb *db, const struct address *a);
/* Finds or makes a router that has no TC yet; NULL when the database is full of nearer
 * ones. */
struct lsdb_router *lsdb_router_add(struct lsdb *db, const struct address *a);
/* Takes a TC that is newer than what is there. body is copied, its hops already those
 * that it is to be passed on with. NULL: no room. */
struct lsdb_router *lsdb_install(
	struct lsdb *db, struct instant now, const struct tc *t, struct bytes body);
/* This router is we. */
void lsdb_own_set(struct lsdb *db, struct lsdb_router *n);
/* A link of ours leads to it; at most ROUTING_LINKS_MAX of them. */
void lsdb_near_add(struct lsdb *db, struct lsdb_router *n);
/* Nobody is near; those that had nothing but that are forgotten, unless they are again. */
void lsdb_near_clear(struct lsdb *db);

/* The way to it from now on: digest and expiry depend on it. */
void lsdb_route_set(
	struct lsdb *db, struct lsdb_router *n, const struct lsdb_route *route);
/* What is known of it goes with the next lsdb_expire, however long it was to be valid. */
void lsdb_forget(struct lsdb *db, struct instant now, struct lsdb_router *n);
/* Forgets what is over; true if anything was. */
bool lsdb_expire(struct lsdb *db, struct instant now);
struct instant lsdb_deadline(const struct lsdb *db);

static inline bool lsdb_reachable(const struct lsdb_router *n)
{
	return n->route.link != 0;
}

/* What a router adds to digests. The same on every node, so it is keyed with a constant; a
 * member who makes marks collide only keeps its own news from spreading fast. */
uint64_t lsdb_mark(const struct address *a, uint64_t sequence);
/* Sum over all reachable routers with a TC, and ourselves: equal databases of one
 * component have equal digests, whatever either still remembers of others. */
uint64_t lsdb_digest(struct lsdb *db);
