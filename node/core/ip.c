/* SPDX-License-Identifier: ISC */
/* Packets from the interface into the mesh, and from the mesh through the door. */
#include "node/core/ip.h"

#include "node/base/mem.h"
#include "node/inet/scope.h"
#include "node/inet/segment.h"

/* ---- from the mesh ---- */

void ip_deliver(struct node *n, const struct packet *p)
{
	struct ip *ip = n->ip;
	struct ip_slot *s;

	if (ip->ring_count == IP_RING) {
		drop(&n->drops, DROP_QUEUE);
		return;
	}
	s = &ip->ring[(ip->ring_first + ip->ring_count++) % IP_RING];
	s->packet = *p;
	memcpy(s->bytes, p->whole.data, p->whole.len);
	s->packet.whole = bytes_of(s->bytes, p->whole.len);
}

void ip_answer(struct node *n, struct instant now, const struct packet *p,
	enum icmp_error error, const struct address *to)
{
	/* who has no IPv4 address says 192.0.0.8 (RFC 7600) */
	static const struct address dummy = { { [10] = 0xff, 0xff, 192, 0, 0, 8 } };
	struct icmp_problem problem = { error, NODE_IP_MTU,
		p->version == 6 ? n->self : dummy };
	struct queue_packet *q = queue_packet_new(ICMP_MAX);
	struct writer w = writer_of(q->bytes, ICMP_MAX);
	struct packet made;

	if (!icmp_answer(&n->ip->icmp, now, &problem, p, &w)) {
		queue_packet_free(q);
		return;
	}
	q->len = w.len;
	if (to != NULL) {
		queue_add(&n->ip->queue, now, to, q);
		return;
	}
	if (packet_parse(&made, writer_bytes(&w)))
		ip_deliver(n, &made);
	queue_packet_free(q);
}

/* A packet of from's own for this machine; false: counted, and answered. */
static bool enters(struct node *n, struct instant now, const struct address *from,
	const struct packet *p)
{
	switch (door_in(&n->ip->door, now, p, from)) {
	case DOOR_PASS:
		return true;
	case DOOR_DENY:
		ip_answer(n, now, p, ICMP_PROHIBITED, from);
		return drop(&n->drops, DROP_DENIED);
	case DOOR_RATE:
		return drop(&n->drops, DROP_ECHO_RATE);
	case DOOR_VERDICTS:
		break;
	}
	return false;
}

static void packet_receive(struct node *n, struct instant now, const struct address *from,
	struct bytes whole)
{
	const struct address *self, *theirs;
	struct packet p;
	bool good;

	if (whole.len > NODE_IP_MTU || !packet_parse(&p, whole)) {
		drop(&n->drops, DROP_MALFORMED);
		return;
	}
	/* IPv4 addresses of nodes are all the same: who sends and who gets, sessions say */
	self = p.version == 6 ? &n->self : &nat4_source;
	theirs = p.version == 6 ? from : &nat4_source;
	if (!id_equal(&p.flow.destination, self)) {
		if (!id_equal(&p.flow.source, theirs))
			drop(&n->drops, DROP_SOURCE);
		else if (scope_of(&p.flow.destination) == SCOPE_MESH)
			drop(&n->drops, DROP_NO_ROUTE);
		else
			gateway_take(n, now, from, &p);
		return;
	}
	good = p.version == 6 && id_equal(&p.flow.source, from)
		       ? enters(n, now, from, &p)
		       : gateway_answers(n, now, from, &p);
	if (!good)
		return;
	n->ip->counters.packets_in++;
	n->ip->counters.bytes_in += whole.len;
	ip_deliver(n, &p);
}

static void parts_deliver(struct node *n, struct instant now)
{
	struct address from;
	struct bytes whole;

	while (parts_next(&n->ip->parts, now, &from, &whole))
		packet_receive(n, now, &from, whole);
}

void ip_receive(
	struct node *n, struct instant now, const struct address *from, struct bytes body)
{
	struct part part;

	if (n->ip == NULL) {
		drop(&n->drops, DROP_UNWANTED);
		return;
	}
	if (body.data[0] != 0) {
		packet_receive(n, now, from, body);
		return;
	}
	if (!part_parse(&part, body)) {
		drop(&n->drops, DROP_MALFORMED);
		return;
	}
	parts_take(&n->ip->parts, now, from, &part);
	parts_deliver(n, now);
}

bool node_ip_take(struct node *n, struct packet *out)
{
	struct ip *ip = n->ip;

	if (ip == NULL || ip->ring_count == 0)
		return false;
	*out = ip->ring[ip->ring_first].packet;
	ip->ring_first = (ip->ring_first + 1) % IP_RING;
	ip->ring_count--;
	return true;
}

/* ---- into the mesh ---- */

/* What the kernel says on any interface and nobody in the mesh has to hear. */
static bool is_chatter(const struct node *n, const struct packet *p)
{
	return scope_of(&p->flow.destination) == SCOPE_LINK ||
	       id_equal(&p->flow.destination, &n->self);
}

/* An address under which this machine itself speaks. */
static bool is_own(const struct node *n, const struct address *source)
{
	return id_equal(source, &n->self) ||
	       (n->ip->gateway.uses && id_equal(source, &nat4_source));
}

/* Where p goes; false: nowhere, which is counted, and said where it is our own. */
static bool way_find(struct node *n, struct instant now, const struct packet *p,
	struct gateway_way *way)
{
	const struct address *to = &p->flow.destination, *via = gateway_via(n, p);
	struct routing_route route;
	bool own = is_own(n, &p->flow.source) && !nat4_is_guest(to);

	*way = (struct gateway_way){ .to = *to };
	if (!own && !gateway_back(n, now, p, way))
		return false;
	if (own && scope_of(to) != SCOPE_MESH && via != NULL)
		way->to = *via;
	if (!routing_route(n->routing, &way->to, &route)) {
		if (own)
			ip_answer(n, now, p, ICMP_NO_ROUTE, NULL);
		return drop(&n->drops, DROP_NO_ROUTE);
	}
	if (own)
		door_out(&n->ip->door, now, p, &way->to);
	return true;
}

/* The address that stands for the member gives way to the one that the member has. */
static void guest_leaves(struct queue_packet *q)
{
	struct packet p;

	if (packet_parse(&p, bytes_of(q->bytes, q->len)))
		nat4_exchange(q->bytes, &p, NAT4_DESTINATION, &nat4_source);
}

void node_ip_send(struct node *n, struct instant now, const struct offload *o,
	const struct packet *p)
{
	struct ip *ip = n->ip;
	struct gateway_way way;
	struct queue_packet *q;
	struct segmenter s;

	if (ip == NULL || is_chatter(n, p) || !way_find(n, now, p, &way))
		return;
	switch (segment_begin(&s, o, p, NODE_IP_MTU)) {
	case SEGMENT_GOOD:
		break;
	case SEGMENT_BAD:
		drop(&n->drops, DROP_MALFORMED);
		return;
	case SEGMENT_TOO_BIG:
		ip_answer(n, now, p, ICMP_TOO_BIG, NULL);
		return;
	}
	for (;;) {
		q = queue_packet_new(NODE_IP_MTU);
		q->len = segment_next(&s, q->bytes, NODE_IP_MTU);
		if (q->len == 0)
			break;
		if (way.is_guest)
			guest_leaves(q);
		q->flow = packet_hash(p);
		ip->counters.packets_out++;
		ip->counters.bytes_out += q->len;
		queue_add(&ip->queue, now, &way.to, q);
	}
	queue_packet_free(q);
}

/* The next number of a packet's flow. */
static uint16_t part_id(struct ip *ip, uint64_t flow)
{
	unsigned place = (unsigned)(flow % PARTS_FLOWS);
	unsigned count = ip->part_ids[place]++ % (1u << PARTS_ID_BITS);

	return (uint16_t)(place << PARTS_ID_BITS | count);
}

/* How a packet goes now. */
struct way {
	struct link *link;
	size_t room;
	struct address to;
	enum flow_class class;
};

/* Sends a packet, in parts where it must be. */
static void packet_put(struct node *n, struct instant now, const struct way *w,
	const struct queue_packet *q)
{
	size_t most = w->room - PART_HEADER, size, count;
	struct part part = { .total = (uint16_t)q->len };
	uint8_t body[FRAME_MAX];

	if (q->len <= w->room) {
		(void)remote_put(n, now, w->link, &w->to, MESSAGE_IP, w->class,
			bytes_of(q->bytes, q->len));
		return;
	}
	count = (q->len + most - 1) / most;
	size = (q->len + count - 1) / count;
	part.count = (uint8_t)((q->len + size - 1) / size);
	part.id = part_id(n->ip, q->flow);
	for (; part.index < part.count; part.index++) {
		size_t at = part.index * size;
		struct writer out = writer_of(body, w->room);

		part.bytes =
			bytes_of(q->bytes + at, q->len - at < size ? q->len - at : size);
		part_write(&out, &part);
		/* a link that is gone by now takes the rest with it */
		if (!remote_put(n, now, w->link, &w->to, MESSAGE_IP, w->class,
			    writer_bytes(&out)))
			return;
	}
}

/* An acknowledgement of TCP and nothing else: the next one says all that it says. */
static bool is_pure_ack(struct bytes whole)
{
	struct packet p;

	return whole.len <= IP_ACK_MAX && packet_parse(&p, whole) &&
	       p.flow.protocol == PROTOCOL_TCP && !p.fragment &&
	       (p.tcp_flags & ~TCP_ECE) == TCP_ACK && p.payload_at == whole.len;
}

bool ip_feed(struct node *n, struct instant now, enum queue_class class)
{
	enum flow_class flow = class == QUEUE_SPARSE ? FLOW_INTERACTIVE : FLOW_BULK;
	const struct queue_destination *d, *blocked = NULL;
	struct ip *ip = n->ip;

	if (ip == NULL || ip->queue.packets == 0)
		return false;
	while ((d = queue_next(&ip->queue, class, blocked)) != NULL) {
		struct way w = { .to = d->address, .class = flow };
		struct queue_packet *q;

		w.link = remote_ready(n, now, &w.to, flow, &w.room);
		if (w.link == NULL) {
			blocked = d;
			continue;
		}
		q = queue_take(&ip->queue, now, class, d);
		if (q == NULL)
			continue;
		if (is_pure_ack(bytes_of(q->bytes, q->len)))
			w.class = FLOW_RIDER;
		packet_put(n, now, &w, q);
		queue_packet_free(q);
		return true;
	}
	return false;
}

/* ---- as a whole ---- */

void ip_tick(struct node *n, struct instant now)
{
	struct ip *ip = n->ip;

	if (ip == NULL)
		return;
	queue_expire(&ip->queue, now);
	gateway_tick(n, now);
	parts_expire(&ip->parts, now);
}

void ip_due(struct node *n, struct instant now)
{
	if (instant_due(ip_deadline(n), now))
		parts_deliver(n, now);
}

struct instant ip_deadline(const struct node *n)
{
	return n->ip != NULL ? parts_deadline(&n->ip->parts) : NEVER;
}

void node_ip_enable(struct node *n, struct instant now)
{
	struct ip *ip;

	if (n->ip != NULL)
		return;
	ip = mem_new(sizeof(*ip));
	queue_init(&ip->queue);
	door_init(&ip->door, now);
	icmp_init(&ip->icmp, now);
	gateway_init(&ip->gateway, now);
	ip->ring = mem_array(IP_RING, sizeof(*ip->ring));
	parts_init(&ip->parts);
	n->ip = ip;
}

void ip_free(struct ip *ip)
{
	if (ip == NULL)
		return;
	queue_fini(&ip->queue);
	door_fini(&ip->door);
	gateway_fini(&ip->gateway);
	mem_free(ip->ring);
	parts_fini(&ip->parts);
	mem_free(ip);
}

struct door *node_door(struct node *n)
{
	return n->ip != NULL ? &n->ip->door : NULL;
}

void node_ip_counters(const struct node *n, struct node_ip_counters *out)
{
	memset(out, 0, sizeof(*out));
	if (n->ip == NULL)
		return;
	*out = n->ip->counters;
	out->dropped_codel = n->ip->queue.dropped[QUEUE_DROP_CODEL];
	out->dropped_full = n->ip->queue.dropped[QUEUE_DROP_FULL];
	out->dropped_old = n->ip->queue.dropped[QUEUE_DROP_OLD];
	out->marked = n->ip->queue.marked;
	out->waiting = n->ip->queue.packets;
}
