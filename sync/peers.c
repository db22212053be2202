/* SPDX-License-Identifier: ISC */
/*
 * The nodes we know of, how far they are, and which of them are partners of a folder: the
 * members with no other member of the folder in between. A member in between counts until
 * it has been reachable for a while without naming the folder.
 */
#include <utlist.h>

#include "sync/machine.h"

enum { SILENT_INTERVALS = 3, PROBE_FIRST_MS = 2000 };

struct peer *peers_find(const struct sync *s, const struct node_id *id)
{
	struct peer *p;

	HASH_FIND(hh, s->peers, id, sizeof(*id), p);
	return p;
}

static void relation_free(struct relation *r)
{
	push_relation_fini(r);
	mem_free(r->streams);
	mem_free(r->certs);
	mem_free(r);
}

static void peer_free(struct sync *s, struct peer *p)
{
	struct relation *r, *next;

	ready_forget(s);
	ask_peer_lost(p);
	serve_peer_fini(p);
	push_peer_fini(p);
	for (r = p->relations; r != NULL; r = next) {
		next = r->next;
		relation_free(r);
	}
	HASH_DEL(s->peers, p);
	mem_free(p->between);
	mem_free(p);
}

void peers_free_all(struct sync *s)
{
	struct peer *p, *next;

	HASH_ITER (hh, s->peers, p, next)
		peer_free(s, p);
}

static void make_room(struct sync *s)
{
	struct peer *p, *next, *victim = NULL;

	if (HASH_COUNT(s->peers) < PEERS_MAX)
		return;
	HASH_ITER (hh, s->peers, p, next)
		if (victim == NULL || (p->hops == 0) > (victim->hops == 0) ||
			((p->hops == 0) == (victim->hops == 0) &&
				instant_before(p->heard_at, victim->heard_at)))
			victim = p;
	peer_free(s, victim);
}

struct peer *peers_make(struct sync *s, struct instant now, const struct node_id *id)
{
	struct peer *p = peers_find(s, id);

	if (p != NULL)
		return p;
	make_room(s);
	p = mem_new(sizeof(*p));
	p->sync = s;
	p->id = *id;
	p->address = address_of(id);
	p->serial = ++s->peer_serial;
	p->greet_at = NEVER;
	p->piece_at = now;
	p->rate_at = now;
	p->heard_at = instant_us(INT64_MIN / 2);
	p->banned_until = instant_us(INT64_MIN / 2);
	p->window = WINDOW_START;
	p->probe_ms = PROBE_FIRST_MS;
	HASH_ADD(hh, s->peers, id, sizeof(p->id), p);
	return p;
}

void peers_forget_folder(struct sync *s, struct folder *f)
{
	struct peer *p, *next;

	HASH_ITER (hh, s->peers, p, next) {
		struct relation **link = &p->relations;

		serve_forget_folder(p, f);
		while (*link != NULL) {
			struct relation *r = *link;

			if (r->folder != f) {
				link = &r->next;
				continue;
			}
			*link = r->next;
			relation_free(r);
		}
	}
}

static struct relation *relation_find(const struct peer *p, const struct folder *f)
{
	struct relation *r;

	for (r = p->relations; r != NULL && r->folder != f; r = r->next)
		;
	return r;
}

static bool stands_between(struct sync *s, struct instant now, struct folder *f,
	const struct address *address)
{
	struct member *m;
	struct peer *p;
	struct relation *r;
	int64_t silent_us =
		(int64_t)s->config.gossip_interval_ms * 1000 * SILENT_INTERVALS;

	HASH_FIND(hh_address, f->by_address, address, sizeof(*address), m);
	if (m == NULL ||
		(members_rights(f, now, &m->id) & (RIGHT_READ | RIGHT_CARRY)) == 0)
		return false;
	p = peers_find(s, &m->id);
	if (p == NULL || p->hops == 0)
		return true;
	/* who gave what was not asked for does not keep us from those behind it */
	if (!instant_due(p->banned_until, now))
		return false;
	r = relation_find(p, f);
	if (r != NULL && r->shown)
		return true;
	return instant_since_us(now, p->routed_at) < silent_us;
}

static bool is_partner(
	struct sync *s, struct instant now, struct folder *f, struct peer *p)
{
	if (p->hops == 0 ||
		(members_rights(f, now, &p->id) & (RIGHT_READ | RIGHT_CARRY)) == 0)
		return false;
	for (size_t i = 0; i < p->between_count; i++)
		if (stands_between(s, now, f, &p->between[i]))
			return false;
	return true;
}

static void greet_begin(struct sync *s, struct instant now, struct peer *p)
{
	if (p->greet_at.us != NEVER.us)
		return;
	if (p->hops == 1)
		gossip_greet_soon(s, now, p);
	else
		gossip_search(s, now, p);
}

void peers_partners(struct sync *s, struct instant now)
{
	struct peer *p, *next;

	ready_forget(s);
	HASH_ITER (hh, s->peers, p, next) {
		for (size_t i = 0; i < s->folder_count; i++) {
			struct folder *f = s->folders[i];
			bool partner = !f->gone && is_partner(s, now, f, p);
			struct relation *r = relation_find(p, f);

			if (partner && (r == NULL || !r->partner)) {
				r = gossip_relation(p, f);
				gossip_greet_soon(s, now, p);
			}
			if (r != NULL)
				r->partner = partner;
		}
		if (p->hops > 0 && s->folder_count > 0)
			greet_begin(s, now, p);
		if (p->hops == 0)
			p->greet_at = NEVER;
	}
}

static void peer_unreachable(struct peer *p)
{
	p->hops = 0;
	p->greet_at = NEVER;
	ask_peer_lost(p);
	serve_peer_fini(p);
	for (struct relation *r = p->relations; r != NULL; r = r->next) {
		push_relation_fini(r);
		r->known = false;
		r->shown = false;
		r->knows_us = false;
		r->greeted_at = instant_us(INT64_MIN / 2);
		r->send_frontier = r->send_certs = r->send_chain = false;
	}
}

void sync_routes(
	struct sync *s, struct instant now, const struct sync_route *routes, size_t count)
{
	struct peer *p, *next;

	ready_forget(s);
	HASH_ITER (hh, s->peers, p, next)
		p->greet_cursor |= 1u << 31; /* not seen in this set */
	for (size_t i = 0; i < count && i < PEERS_MAX; i++) {
		const struct sync_route *route = &routes[i];

		if (route->hops == 0 || id_equal(&route->id, &s->config.self->id))
			continue;
		p = peers_make(s, now, &route->id);
		p->greet_cursor &= ~(1u << 31);
		if (p->hops == 0) {
			p->routed_at = now;
			p->probe_ms = PROBE_FIRST_MS;
		}
		p->hops = route->hops;
		p->metric = route->metric;
		mem_free(p->between);
		p->between_count = route->between_count;
		p->between = mem_copy(
			route->between, route->between_count * sizeof(*route->between));
	}
	HASH_ITER (hh, s->peers, p, next) {
		if ((p->greet_cursor & (1u << 31)) && p->hops > 0)
			peer_unreachable(p);
		p->greet_cursor &= ~(1u << 31);
	}
	peers_partners(s, now);
	sync_due(s, now);
}

bool sync_wants_routes(const struct sync *s)
{
	return s->folder_count > 0;
}

void sync_peer_restarted(struct sync *s, struct instant now, const struct node_id *id)
{
	struct peer *p = peers_find(s, id);
	unsigned hops = p != NULL ? p->hops : 0;

	if (hops == 0)
		return;
	ready_forget(s);
	peer_unreachable(p);
	p->hops = hops;
	p->probe_ms = PROBE_FIRST_MS;
	peers_partners(s, now);
	gossip_greet_soon(s, now, p);
	sync_due(s, now);
}
