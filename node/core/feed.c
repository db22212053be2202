/* SPDX-License-Identifier: ISC */
/*
 * What this node itself has to say to others, pulled while the link on the way has room:
 * small messages that waited, replication's small talk, sparse flows of IP, then content,
 * measurements and the rest of IP in turn. Nothing is made before there is room for it, so no queue of ours grows.
 */
#include "node/core/ip.h"

static void feed_waiting(struct node *n, struct instant now)
{
	struct remote *r, *next;

	if (n->remotes_waiting == 0)
		return;
	HASH_ITER (hh, n->remotes, r, next) {
		struct flow_item *i = r->waiting.head;
		struct link *l;
		size_t room;

		if (i == NULL)
			continue;
		if (instant_since_us(now, i->since) >= FLOW_URGENT_EXPIRY_MS * 1000) {
			flow_item_free(remote_waiting_take(n, r));
			drop(&n->drops, DROP_NO_ROUTE);
			continue;
		}
		l = remote_ready(n, now, &r->node, i->class, &room);
		if (l == NULL)
			continue;
		i = remote_waiting_take(n, r);
		if (i->len <= room)
			(void)remote_put(n, now, l, &r->node, i->kind, i->class,
				bytes_of(i->body, i->len));
		else
			drop(&n->drops, DROP_QUEUE);
		flow_item_free(i);
	}
}

/* One message for the first peer that can be served; false: nobody. */
static bool feed_sync(struct node *n, struct instant now, enum sync_class sync_class,
	enum flow_class class)
{
	uint8_t body[FRAME_MAX];
	struct sync_ready peer;

	for (size_t i = 0; sync_pending_at(n->sync, now, sync_class, i, &peer); i++) {
		size_t room;
		struct link *l = remote_ready(n, now, &peer.address, class, &room);
		struct writer w;

		if (l == NULL)
			continue;
		w = writer_of(body, room);
		if (!sync_write(n->sync, now, &peer.id, sync_class, &w))
			continue;
		return remote_put(
			n, now, l, &peer.address, MESSAGE_SYNC, class, writer_bytes(&w));
	}
	return false;
}

static bool feed_speed(struct node *n, struct instant now)
{
	uint8_t body[FRAME_MAX];

	for (size_t i = 0; n->measuring && i < NODE_SPEED_MAX; i++) {
		const struct speed_out *s = &n->speed_out[i];
		struct writer w = writer_of(body, sizeof(body));
		struct link *l;
		size_t room;

		if (!s->used || s->closing)
			continue;
		l = remote_ready(n, now, &s->node, FLOW_BULK, &room);
		if (l == NULL || !speed_cell(n, now, s, room, &w))
			continue;
		return remote_put(
			n, now, l, &s->node, MESSAGE_STREAM, FLOW_BULK, writer_bytes(&w));
	}
	return false;
}

void feed(struct node *n, struct instant now)
{
	bool sync = true, speed = true, ip = true;

	feed_waiting(n, now);
	while (feed_sync(n, now, SYNC_CONTROL, FLOW_INTERACTIVE))
		;
	while (ip_feed(n, now, QUEUE_SPARSE))
		;
	while (sync || speed || ip) {
		sync = feed_sync(n, now, SYNC_BULK, FLOW_BULK);
		speed = feed_speed(n, now);
		ip = ip_feed(n, now, QUEUE_BULK);
	}
}
