/* SPDX-License-Identifier: ISC */
/*
 * Messages for others: next hop, that neighbour's queue. A relay reads the addresses and the
 * hop limit and nothing else; what is inside is sealed between the two ends. It owns what it
 * has acknowledged: when a link dies, what waited there looks for another way.
 */
#include "node/core/core.h"

#include "node/base/mem.h"

bool relay_parse(struct relay *r, struct bytes body)
{
	struct reader in = reader_of(body);

	r->class = read_u8(&in);
	r->hop_limit = read_u8(&in);
	r->source = read_address(&in);
	r->destination = read_address(&in);
	r->frame = read_rest(&in);
	return read_ended(&in) && r->class > FLOW_ROUTING && r->class < FLOW_CLASSES &&
	       r->frame.len >= FRAME_HEADER_SIZE;
}

void relay_write(struct writer *w, const struct relay *r)
{
	write_u8(w, r->class);
	write_u8(w, r->hop_limit);
	write_id(w, &r->source);
	write_id(w, &r->destination);
	write_bytes(w, r->frame);
}

/* The link towards a node for what did not come over `except`. While the route's link is under
 * suspicion, or would lead back, the loop-free alternate is taken if there is one. */
struct link *way_to(struct node *n, const struct address *node, uint32_t except,
	struct routing_route *route)
{
	struct routing_route other;
	struct link *l;

	if (!routing_route(n->routing, node, route))
		return NULL;
	l = link_find(n, route->link);
	if (l != NULL && l->up && !l->suspect && l->id != except)
		return l;
	if (routing_alternate(n->routing, node, &other) && other.link != except) {
		struct link *around = link_find(n, other.link);

		if (around != NULL && around->up) {
			n->counters.alternates++;
			*route = other;
			return around;
		}
	}
	return l != NULL && l->up && l->id != except ? l : NULL;
}

bool relay_send(struct node *n, struct instant now, struct bytes body, uint32_t origin,
	uint32_t except)
{
	struct routing_route route;
	struct flow_item *item;
	struct link *l, *from;
	struct relay r;

	if (!relay_parse(&r, body))
		return drop(&n->drops, DROP_MALFORMED);
	l = way_to(n, &r.destination, except, &route);
	if (l == NULL)
		return drop(&n->drops, DROP_NO_ROUTE);
	/* the routes to who was shut out may be there for a moment longer */
	if (mesh_revokes(n->mesh, &route.id))
		return drop(&n->drops, DROP_REVOKED);
	from = link_find(n, origin);
	if (from != NULL && from->held >= HELD_LIMIT)
		return drop(&n->drops, DROP_QUEUE);
	item = flow_item_new(MESSAGE_RELAY, (enum flow_class)r.class, body, now);
	item->flow = (uint32_t)siphash_table(body.data + 2, 32);
	item->origin = origin;
	item->transit = item->class == FLOW_BULK && !id_equal(&r.destination, &l->node);
	if (!link_queue(n, l, item))
		return false;
	if (from != NULL)
		from->held++;
	return true;
}

void relay_receive(struct node *n, struct instant now, struct link *l, struct bytes body)
{
	uint8_t copy[FRAME_MAX];
	struct relay r;

	if (!relay_parse(&r, body)) {
		drop(&n->drops, DROP_MALFORMED);
		return;
	}
	if (id_equal(&r.source, &n->self)) {
		drop(&n->drops, DROP_OWN);
		return;
	}
	memcpy(copy, body.data, body.len);
	if (id_equal(&r.destination, &n->self)) {
		receive_session(n, now, &(struct session_path){ 0, r.source }, NULL,
			copy + RELAY_HEADER_SIZE, body.len - RELAY_HEADER_SIZE);
		return;
	}
	if (r.hop_limit <= 1) {
		drop(&n->drops, DROP_HOP_LIMIT);
		return;
	}
	copy[1]--;
	if (relay_send(n, now, bytes_of(copy, body.len), l->id, l->id))
		n->counters.forwarded++;
}
