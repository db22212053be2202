/* SPDX-License-Identifier: ISC */
/* Both ends of the way out of the mesh. */
#include "node/core/gateway.h"

#include "node/core/ip.h"
#include "node/inet/mss.h"
#include "node/inet/scope.h"

void gateway_init(struct gateway *g, struct instant now)
{
	*g = (struct gateway){ 0 };
	door_init(&g->flows, now);
	nat4_init(&g->guests);
}

void gateway_fini(struct gateway *g)
{
	door_fini(&g->flows);
	nat4_fini(&g->guests);
}

static enum node_family family_of(const struct packet *p)
{
	return p->version == 6 ? NODE_IPV6 : NODE_IPV4;
}

static uint8_t flag_of(enum node_family family)
{
	return family == NODE_IPV6 ? ROUTING_UPLINK_IPV6 : ROUTING_UPLINK_IPV4;
}

/* ---- as a member ---- */

/* Remembers that answers may come from node for a while. */
static void past_note(struct gateway *g, struct instant now, const struct address *node)
{
	struct gateway_past *place = &g->past[0];

	for (size_t i = 0; i < GATEWAY_PAST_MAX; i++) {
		struct gateway_past *p = &g->past[i];

		if (id_equal(&p->node, node)) {
			place = p;
			break;
		}
		if (instant_before(p->until, place->until))
			place = p;
	}
	*place = (struct gateway_past){ *node, instant_add_ms(now, GATEWAY_PAST_MS) };
}

static bool is_ours(
	const struct gateway *g, struct instant now, const struct address *node)
{
	for (size_t i = 0; i < GATEWAY_PAST_MAX; i++)
		if (id_equal(&g->past[i].node, node))
			return instant_before(now, g->past[i].until);
	return false;
}

void gateway_tick(struct node *n, struct instant now)
{
	struct gateway *g = &n->ip->gateway;

	for (enum node_family f = 0; f < NODE_FAMILIES; f++) {
		if (!g->uses)
			g->via[f] = (struct address){ { 0 } };
		else if (routing_gateway(n->routing, flag_of(f), &g->via[f]))
			past_note(g, now, &g->via[f]);
	}
}

bool gateway_answers(struct node *n, struct instant now, const struct address *from,
	const struct packet *p)
{
	enum scope scope = scope_of(&p->flow.source);

	if (scope == SCOPE_MESH || scope == SCOPE_LINK ||
		!is_ours(&n->ip->gateway, now, from))
		return drop(&n->drops, DROP_SOURCE);
	if (door_in_answer(&n->ip->door, now, p) != DOOR_PASS)
		return drop(&n->drops, DROP_UNASKED);
	return true;
}

const struct address *gateway_via(const struct node *n, const struct packet *p)
{
	const struct address *via = &n->ip->gateway.via[family_of(p)];

	return id_is_zero(id_bytes(via)) ? NULL : via;
}

/* ---- as a gateway ---- */

static bool is_refused(const struct gateway *g, const struct address *member)
{
	for (size_t i = 0; i < g->refused_count; i++)
		if (id_equal(&g->refused[i], member))
			return true;
	return false;
}

static void refuse(struct node *n, struct instant now, const struct address *from,
	const struct packet *p, enum drop_reason reason)
{
	drop(&n->drops, reason);
	ip_answer(n, now, p, reason == DROP_NO_ROUTE ? ICMP_NO_ROUTE : ICMP_PROHIBITED,
		from);
}

/* Puts the member's own IPv4 address into its packet. Flows of whoever had it before end. */
static void guest_put(struct gateway *g, uint8_t *bytes, const struct address *from,
	const struct packet *p)
{
	struct address gone, guest = nat4_guest(&g->guests, from, &gone);

	door_forget(&g->flows, &gone);
	nat4_exchange(bytes, p, NAT4_SOURCE, &guest);
}

void gateway_take(struct node *n, struct instant now, const struct address *from,
	const struct packet *p)
{
	struct gateway *g = &n->ip->gateway;
	uint8_t bytes[NODE_IP_MTU];
	struct packet out;

	if ((g->offers & flag_of(family_of(p))) == 0)
		return refuse(n, now, from, p, DROP_NO_ROUTE);
	if (is_refused(g, from))
		return refuse(n, now, from, p, DROP_REFUSED);
	if (scope_of(&p->flow.destination) != SCOPE_PUBLIC)
		return refuse(n, now, from, p, DROP_PRIVATE);
	memcpy(bytes, p->whole.data, p->whole.len);
	if (p->version == 4)
		guest_put(g, bytes, from, p);
	(void)mss_clamp(bytes, p, GATEWAY_PATH_MTU);
	if (!packet_parse(&out, bytes_of(bytes, p->whole.len)))
		return (void)drop(&n->drops, DROP_MALFORMED);
	door_out(&g->flows, now, &out, from);
	g->packets_out++;
	ip_deliver(n, &out);
}

bool gateway_back(struct node *n, struct instant now, const struct packet *p,
	struct gateway_way *way)
{
	struct gateway *g = &n->ip->gateway;

	way->to = p->flow.destination;
	way->is_guest = p->version == 4;
	if ((g->offers & flag_of(family_of(p))) == 0)
		return drop(&n->drops, DROP_SOURCE);
	if (way->is_guest ? !nat4_member(&g->guests, &p->flow.destination, &way->to)
			  : scope_of(&way->to) != SCOPE_MESH)
		return drop(&n->drops, DROP_UNASKED);
	if (door_in_answer(&g->flows, now, p) != DOOR_PASS)
		return drop(&n->drops, DROP_UNASKED);
	g->packets_in++;
	return true;
}

/* ---- what the program asks ---- */

void node_gateway_offer(struct node *n, struct instant now, uint8_t flags)
{
	if (n->ip == NULL)
		return;
	n->ip->gateway.offers = flags & ROUTING_UPLINK_ALL;
	routing_uplink_set(n->routing, now, n->ip->gateway.offers);
}

void node_gateway_use(struct node *n, struct instant now, bool on)
{
	if (n->ip == NULL)
		return;
	n->ip->gateway.uses = on;
	gateway_tick(n, now);
}

void node_gateway_refuse(struct node *n, const struct address *members, size_t count)
{
	struct gateway *g = n->ip != NULL ? &n->ip->gateway : NULL;

	check(count <= NODE_REFUSED_MAX);
	if (g == NULL)
		return;
	g->refused_count = count;
	for (size_t i = 0; i < count; i++)
		g->refused[i] = members[i];
}

void node_gateway_status(const struct node *n, struct node_gateway *out)
{
	const struct gateway *g = n->ip != NULL ? &n->ip->gateway : NULL;

	*out = (struct node_gateway){ 0 };
	if (g == NULL)
		return;
	out->offers = g->offers;
	memcpy(out->via, g->via, sizeof(out->via));
	out->packets_out = g->packets_out;
	out->packets_in = g->packets_in;
	out->flows = door_flow_count(&g->flows);
}
