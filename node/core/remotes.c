/* SPDX-License-Identifier: ISC */
/*
 * Nodes that we talk to end to end. When the way to a node is one hop, its link session is
 * the end-to-end session; else a routed session is made when something has to be said.
 */
#include "node/core/core.h"

#include "node/base/mem.h"

struct remote *remote_find(struct node *n, const struct address *node)
{
	struct remote *r;

	HASH_FIND(hh, n->remotes, node, sizeof(*node), r);
	return r;
}

struct flow_item *remote_waiting_take(struct node *n, struct remote *r)
{
	struct flow_item *i = flow_list_take(&r->waiting);

	n->remotes_waiting -= i != NULL;
	return i;
}

static void remote_free(struct node *n, struct remote *r)
{
	HASH_DEL(n->remotes, r);
	n->remotes_waiting -= r->waiting.count;
	flow_list_fini(&r->waiting);
	mem_free(r);
	n->counters.remotes--;
}

void remotes_fini(struct node *n)
{
	struct remote *r, *next;

	HASH_ITER (hh, n->remotes, r, next)
		remote_free(n, r);
}

static struct remote *idle_longest(struct node *n)
{
	struct remote *r, *next, *victim = NULL;

	HASH_ITER (hh, n->remotes, r, next)
		if (victim == NULL || instant_before(r->used_at, victim->used_at))
			victim = r;
	return victim;
}

struct remote *remote_get(struct node *n, struct instant now, const struct address *node)
{
	struct remote *r = remote_find(n, node);

	if (r == NULL) {
		if (HASH_COUNT(n->remotes) >= NODE_REMOTES_MAX)
			remote_free(n, idle_longest(n));
		r = mem_new(sizeof(*r));
		r->node = *node;
		r->refused_until = now;
		/* its session may have outlived its place here */
		r->up = sessions_find(
			n->sessions, &(struct session_path){ 0, *node }, &r->peer);
		HASH_ADD(hh, n->remotes, node, sizeof(r->node), r);
		n->counters.remotes++;
	}
	r->used_at = now;
	return r;
}

static void waiting_send(struct node *n, struct instant now, struct remote *r)
{
	struct flow_list list = r->waiting;
	struct flow_item *i;

	n->remotes_waiting -= list.count;
	r->waiting = (struct flow_list){ NULL, NULL, 0 };
	while ((i = flow_list_take(&list)) != NULL) {
		if (instant_since_us(now, i->since) < FLOW_URGENT_EXPIRY_MS * 1000)
			remote_send(n, now, &r->node, i->kind, i->class,
				bytes_of(i->body, i->len));
		flow_item_free(i);
	}
}

void remote_up(struct node *n, struct instant now, const struct session_event *e)
{
	struct remote *r = remote_get(n, now, &e->path.node);

	r->known = true;
	r->id = e->id;
	r->up = true;
	r->peer = e->peer;
	r->epoch = e->epoch;
	(void)instance_same(n, now, e, &r->instance);
	waiting_send(n, now, r);
}

void remote_down(struct node *n, const struct session_event *e)
{
	struct remote *r = remote_find(n, &e->path.node);

	if (r != NULL && r->peer == e->peer)
		r->up = false;
}

void remote_restarted(struct node *n, const struct address *node, uint64_t before)
{
	struct remote *r = remote_find(n, node);

	/* the session is with the new process: its first words to us came before its TC */
	if (r != NULL && r->instance >> INSTANCE_LUCK_BITS > before)
		return;
	sessions_restarted(n->sessions, &(struct session_path){ 0, *node });
	if (r != NULL)
		r->up = false;
}

bool remote_is(struct node *n, const struct address *node, uint32_t peer)
{
	uint32_t found;

	if (sessions_find(n->sessions, &(struct session_path){ 0, *node }, &found) &&
		found == peer)
		return true;
	return drop(&n->drops, DROP_SOURCE);
}

static struct link *link_towards(struct node *n, const struct address *node, bool *direct)
{
	struct routing_route route;
	struct link *l;

	if (!routing_route(n->routing, node, &route) || mesh_revokes(n->mesh, &route.id))
		return NULL;
	/* the session of a link is at hand; that by another way would have to be made first */
	l = route.hops == 1 ? link_find(n, route.link) : way_to(n, node, 0, &route);
	if (l == NULL || !l->up)
		return NULL;
	*direct = id_equal(&l->node, node);
	return l;
}

/* How many of our own messages of a class may wait for a link. */
static bool has_room(const struct link *l, enum flow_class class)
{
	size_t most = class == FLOW_BULK ? FEED_BULK : FEED_URGENT;

	return l->arq.queue.own[class] < most &&
	       l->arq.queue.count[class] < FLOW_QUEUE_MAX;
}

static size_t room_on(const struct node *n, const struct link *l, bool direct)
{
	size_t mtu = n->interfaces[l->interface].mtu;

	if (direct)
		return mtu - DATA_OVERHEAD;
	return (mtu < ROUTED_MTU ? mtu : ROUTED_MTU) - ROUTED_OVERHEAD;
}

struct link *remote_ready(struct node *n, struct instant now, const struct address *node,
	enum flow_class class, size_t *room)
{
	bool direct;
	struct link *l = link_towards(n, node, &direct);
	struct remote *r;

	if (l == NULL || !has_room(l, class))
		return NULL;
	*room = room_on(n, l, direct);
	if (direct)
		return l;
	r = remote_get(n, now, node);
	if (r->up)
		return l;
	if (!instant_due(r->refused_until, now))
		return NULL;
	sessions_want(n->sessions, now, &(struct session_path){ 0, *node });
	sessions_pump(n, now);
	return NULL;
}

static bool put_routed(struct node *n, struct instant now, struct remote *r,
	enum message_kind kind, enum flow_class class, struct bytes body)
{
	uint8_t buffer[FRAME_MAX];
	struct writer w = writer_of(buffer, RELAY_HEADER_SIZE);
	struct writer messages = writer_of(buffer + RELAY_HEADER_SIZE + FRAME_HEADER_SIZE,
		sizeof(buffer) - RELAY_HEADER_SIZE - FRAME_HEADER_SIZE - FRAME_TAG_SIZE);
	uint64_t number;
	uint32_t epoch;
	size_t len = 0;

	relay_write(&w, &(struct relay){ (uint8_t) class, HOP_LIMIT, n->self, r->node,
				bytes_of(NULL, 0) });
	if (message_write(&messages, kind, body)) {
		tap_hold(n, writer_bytes(&messages));
		len = sessions_seal(n->sessions, now, r->peer, buffer + RELAY_HEADER_SIZE,
			messages.len, &number, &epoch);
	}
	if (len == 0)
		return drop(&n->drops, DROP_NO_SESSION);
	tap_held(n, now, &(struct tap_way){ true, 0, NULL, &r->node },
		buffer + RELAY_HEADER_SIZE);
	return relay_send(n, now, bytes_of(buffer, RELAY_HEADER_SIZE + len), 0, 0);
}

bool remote_put(struct node *n, struct instant now, struct link *l,
	const struct address *node, enum message_kind kind, enum flow_class class,
	struct bytes body)
{
	struct remote *r;

	if (id_equal(&l->node, node))
		return link_queue(n, l, flow_item_new(kind, class, body, now));
	r = remote_find(n, node);
	if (r == NULL || !r->up)
		return drop(&n->drops, DROP_NO_SESSION);
	return put_routed(n, now, r, kind, class, body);
}

void remote_send(struct node *n, struct instant now, const struct address *node,
	enum message_kind kind, enum flow_class class, struct bytes body)
{
	size_t room;
	struct link *l = remote_ready(n, now, node, class, &room);
	struct remote *r;

	if (l != NULL && body.len <= room) {
		(void)remote_put(n, now, l, node, kind, class, body);
		return;
	}
	r = remote_get(n, now, node);
	if (r->waiting.count >= REMOTE_QUEUE_MAX)
		flow_item_free(remote_waiting_take(n, r));
	n->remotes_waiting++;
	flow_list_add(&r->waiting, flow_item_new(kind, class, body, now));
}
