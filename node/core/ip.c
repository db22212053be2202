/* SPDX-License-Identifier: ISC */
/* Packets from the interface into the mesh, and from the mesh through the door. */
#include "node/core/ip.h"

#include "node/base/mem.h"
#include "node/inet/scope.h"
#include "node/inet/segment.h"

/* ---- parts ---- */

/* Where a part lies in its packet: those before the last are of one size. */
static size_t part_at(const struct ip_part *p)
{
	if (p->index + 1 == p->count)
		return p->total - p->bytes.len;
	return p->index * p->bytes.len;
}

bool ip_part_parse(struct ip_part *p, struct bytes body)
{
	struct reader r = reader_of(body);
	uint8_t zero = read_u8(&r);

	p->id = read_u16(&r);
	p->total = read_u16(&r);
	p->index = read_u8(&r);
	p->count = read_u8(&r);
	p->bytes = read_rest(&r);
	return read_ended(&r) && zero == 0 && p->total <= NODE_IP_MTU && p->count >= 2 &&
	       p->count <= IP_PARTS_MAX && p->index < p->count && p->bytes.len >= 1 &&
	       p->bytes.len < p->total && part_at(p) + p->bytes.len <= p->total;
}

void ip_part_write(struct writer *w, const struct ip_part *p)
{
	write_u8(w, 0);
	write_u16(w, p->id);
	write_u16(w, p->total);
	write_u8(w, p->index);
	write_u8(w, p->count);
	write_bytes(w, p->bytes);
}

/* The place of a packet in parts: the one it has, a free one, or the oldest one's. */
static struct ip_partial *partial_of(struct ip *ip, struct instant now,
	const struct address *from, const struct ip_part *p)
{
	struct ip_partial *place = &ip->partials[0];

	for (size_t i = 0; i < IP_PARTIALS_MAX; i++) {
		struct ip_partial *t = &ip->partials[i];

		if (t->used && t->id == p->id && t->count == p->count &&
			t->total == p->total && id_equal(&t->from, from))
			return t;
		if (place->used && (!t->used || instant_before(t->since, place->since)))
			place = t;
	}
	memset(place, 0, sizeof(*place));
	place->used = true;
	place->from = *from;
	place->id = p->id;
	place->total = p->total;
	place->count = p->count;
	place->since = now;
	return place;
}

/* Takes a part. The packet when it is whole now, valid until the next part; else empty. What
 * overlaps or leaves a gap is its sender's own damage: the packet is looked at like any. */
static struct bytes part_take(struct ip *ip, struct instant now,
	const struct address *from, const struct ip_part *p)
{
	struct ip_partial *t = partial_of(ip, now, from, p);

	memcpy(t->bytes + part_at(p), p->bytes.data, p->bytes.len);
	t->here |= 1u << p->index;
	if (t->here != (1u << t->count) - 1)
		return bytes_of(NULL, 0);
	t->used = false;
	return bytes_of(t->bytes, t->total);
}

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

void ip_receive(
	struct node *n, struct instant now, const struct address *from, struct bytes body)
{
	struct ip_part part;
	struct bytes whole;

	if (n->ip == NULL) {
		drop(&n->drops, DROP_UNWANTED);
		return;
	}
	if (body.data[0] != 0) {
		packet_receive(n, now, from, body);
		return;
	}
	if (!ip_part_parse(&part, body)) {
		drop(&n->drops, DROP_MALFORMED);
		return;
	}
	whole = part_take(n->ip, now, from, &part);
	if (whole.len > 0)
		packet_receive(n, now, from, whole);
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

/* Sends a packet over l, in parts where it must be. */
static void packet_put(struct node *n, struct instant now, struct link *l, size_t room,
	const struct address *to, enum flow_class class, struct bytes whole)
{
	size_t most = room - IP_PART_HEADER, size, count;
	uint8_t body[FRAME_MAX];

	if (whole.len <= room) {
		(void)remote_put(n, now, l, to, MESSAGE_IP, class, whole);
		return;
	}
	count = (whole.len + most - 1) / most;
	size = (whole.len + count - 1) / count;
	count = (whole.len + size - 1) / size;
	n->ip->part_id++;
	for (size_t i = 0; i < count; i++) {
		size_t at = i * size, len = whole.len - at < size ? whole.len - at : size;
		struct writer w = writer_of(body, room);

		ip_part_write(&w, &(struct ip_part){ n->ip->part_id, (uint16_t)whole.len,
					  (uint8_t)i, (uint8_t)count,
					  bytes_of(whole.data + at, len) });
		/* a link that is gone by now takes the rest with it */
		if (!remote_put(n, now, l, to, MESSAGE_IP, class, writer_bytes(&w)))
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
		struct address to = d->address;
		size_t room;
		struct link *l = remote_ready(n, now, &to, flow, &room);
		struct queue_packet *q;
		struct bytes whole;

		if (l == NULL) {
			blocked = d;
			continue;
		}
		q = queue_take(&ip->queue, now, class, d);
		if (q == NULL)
			continue;
		whole = bytes_of(q->bytes, q->len);
		packet_put(n, now, l, room, &to, is_pure_ack(whole) ? FLOW_RIDER : flow,
			whole);
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
	for (size_t i = 0; i < IP_PARTIALS_MAX; i++)
		if (instant_due(
			    instant_add_ms(ip->partials[i].since, IP_PARTIAL_MS), now))
			ip->partials[i].used = false;
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
	ip->partials = mem_array(IP_PARTIALS_MAX, sizeof(*ip->partials));
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
	mem_free(ip->partials);
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
