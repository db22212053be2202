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

/* An item goes, and its place on its origin's account is free. */
static bool item_drop(struct node *n, struct instant now, struct flow_item *take,
	enum drop_reason reason)
{
	struct flow_list one = { NULL, NULL, 0 };

	flow_list_add(&one, take);
	link_items_done(n, now, &one);
	return drop(&n->drops, reason);
}

/* What has no way now waits for one: where many move there is one again soon. */
static bool strand(struct node *n, struct instant now, struct flow_item *take)
{
	if (n->stranded.count == 0)
		n->stranded_at = instant_add_ms(now, STRANDED_AGAIN_MS);
	if (n->stranded.count >= STRANDED_MAX)
		(void)item_drop(n, now, flow_list_take(&n->stranded), DROP_NO_ROUTE);
	flow_list_add(&n->stranded, take);
	return true;
}

/* Takes an item that holds a relay message, already on its origin's account. */
static bool item_send(
	struct node *n, struct instant now, struct flow_item *take, uint32_t except)
{
	struct routing_route route;
	struct relay r;
	struct link *l;

	check(relay_parse(&r, bytes_of(take->body, take->len)));
	l = way_to(n, &r.destination, except, &route);
	if (l == NULL && routing_sequence_of(n->routing, &r.destination) == 0)
		return item_drop(n, now, take, DROP_NO_ROUTE);
	if (l == NULL)
		return strand(n, now, take);
	/* the routes to who was shut out may be there for a moment longer */
	if (mesh_revokes(n->mesh, &route.id))
		return item_drop(n, now, take, DROP_REVOKED);
	take->transit = take->class == FLOW_BULK && !id_equal(&r.destination, &l->node);
	return link_takes(n, l, take) || item_drop(n, now, take, DROP_QUEUE);
}

/* It has come further than there and back: those on the way do not agree yet, and it would
 * only fill the air. */
static bool goes_round(const struct node *n, const struct relay *r)
{
	struct routing_route route;
	unsigned gone = HOP_LIMIT - (r->hop_limit < HOP_LIMIT ? r->hop_limit : HOP_LIMIT);

	return gone > ROUND_HOPS && (!routing_route(n->routing, &r->source, &route) ||
					    gone > 2 * route.hops + ROUND_HOPS);
}

bool relay_send(struct node *n, struct instant now, struct bytes body, uint32_t origin,
	uint32_t except)
{
	struct link *from = link_find(n, origin);
	struct flow_item *item;
	struct relay r;

	if (!relay_parse(&r, body))
		return drop(&n->drops, DROP_MALFORMED);
	if (from != NULL && from->held >= HELD_LIMIT)
		return drop(&n->drops, DROP_QUEUE);
	item = flow_item_new(MESSAGE_RELAY, (enum flow_class)r.class, body, now);
	item->flow = (uint32_t)siphash_table(body.data + 2, 32);
	item->origin = origin;
	if (from != NULL)
		from->held++;
	if (goes_round(n, &r))
		return strand(n, now, item);
	return item_send(n, now, item, except);
}

void relay_again(struct node *n, struct instant now, struct flow_item *take)
{
	take->numbered = false;
	if (instant_since_us(now, take->since) < FLOW_URGENT_EXPIRY_MS * 1000)
		(void)item_send(n, now, take, 0);
	else
		(void)item_drop(n, now, take, DROP_NO_ROUTE);
}

void relays_tick(struct node *n, struct instant now)
{
	struct flow_list all = n->stranded;
	struct flow_item *i;

	if (all.count == 0 || !instant_due(n->stranded_at, now))
		return;
	n->stranded = (struct flow_list){ NULL, NULL, 0 };
	while ((i = flow_list_take(&all)) != NULL)
		relay_again(n, now, i);
	n->stranded_at = instant_add_ms(now, STRANDED_AGAIN_MS);
}

void relay_receive(struct node *n, struct instant now, struct link *l, struct bytes body)
{
	uint8_t copy[FRAME_MAX];
	struct relay r;

	if (!relay_parse(&r, body)) {
		drop(&n->drops, DROP_MALFORMED);
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
