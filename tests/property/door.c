/* SPDX-License-Identifier: ISC */
/*
 * The door against a naive twin that keeps flows in an array and looks through all of it:
 * packets of a few nodes, ports and protocols in any order, hours apart or not at all, with
 * rules that come and go. Both say the same of every packet, and know the same flows.
 */
#include "node/inet/door.h"
#include "tests/test.h"
#include "tests/unit/node/inet/packets.h"

enum { PEERS = 3, PORTS = 3, FLOWS = 400, RULES = 40, STEPS = 60000 };

struct twin_flow {
	struct packet_flow flow; /* source is here */
	uint8_t peer;
	int64_t until_ms;
	bool from_peer, shut, in, out, fin_in, fin_out, established, closing;
};

struct twin_rule {
	uint8_t peer, protocol;
	uint16_t port;
};

static struct twin {
	struct twin_flow flows[FLOWS];
	struct twin_rule rules[RULES];
	size_t flow_count, rule_count;
	int64_t now_ms;
} twin;

static void twin_forget(size_t i)
{
	twin.flows[i] = twin.flows[--twin.flow_count];
}

static void twin_expire(void)
{
	for (size_t i = 0; i < twin.flow_count;)
		if (twin.flows[i].until_ms <= twin.now_ms)
			twin_forget(i);
		else
			i++;
}

static struct twin_flow *twin_find(const struct packet_flow *f)
{
	for (size_t i = 0; i < twin.flow_count; i++)
		if (packet_flow_equal(&twin.flows[i].flow, f))
			return &twin.flows[i];
	return NULL;
}

static bool twin_allows(uint8_t peer, uint8_t protocol, uint16_t port)
{
	for (size_t i = 0; i < twin.rule_count; i++) {
		const struct twin_rule *r = &twin.rules[i];

		if (r->peer == peer && (r->protocol == 0 || r->protocol == protocol) &&
			(r->port == 0 || r->port == port))
			return true;
	}
	return false;
}

static void twin_hear(struct twin_flow *f, uint8_t flags, bool in)
{
	int64_t seconds = 600;

	*(in ? &f->in : &f->out) = true;
	if (flags & TCP_FIN)
		*(in ? &f->fin_in : &f->fin_out) = true;
	if (f->flow.protocol == PROTOCOL_TCP) {
		f->closing |= (flags & TCP_RST) || (f->fin_in && f->fin_out);
		f->established |= f->in && f->out && !(flags & TCP_SYN);
		seconds = f->closing ? 10 : f->established ? 7440 : 120;
	} else if (f->flow.protocol == PROTOCOL_UDP) {
		seconds = 120;
	} else if (f->flow.protocol == PROTOCOL_ICMPV6) {
		seconds = 30;
	}
	f->until_ms = twin.now_ms + seconds * 1000;
}

static struct twin_flow *twin_begin(
	const struct packet_flow *flow, uint8_t peer, bool from_peer)
{
	struct twin_flow *old = twin_find(flow);

	if (old != NULL)
		twin_forget((size_t)(old - twin.flows));
	EXPECT(twin.flow_count < FLOWS, "the twin has room");
	twin.flows[twin.flow_count] =
		(struct twin_flow){ .flow = *flow, .peer = peer, .from_peer = from_peer };
	return &twin.flows[twin.flow_count++];
}

static bool first_syn(const struct packet *p)
{
	return p->flow.protocol == PROTOCOL_TCP &&
	       (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static void twin_out(const struct packet *p, uint8_t peer)
{
	struct twin_flow *f = twin_find(&p->flow);
	bool opening = f != NULL && !f->established && !f->closing;

	if (p->icmp != PACKET_ICMP_NOT && p->icmp != PACKET_ICMP_ECHO)
		return;
	if (f == NULL && p->flow.protocol == PROTOCOL_TCP &&
		((p->tcp_flags & TCP_RST) || p->tcp_flags == (TCP_SYN | TCP_ACK)))
		return;
	if (f == NULL || (first_syn(p) && (f->shut || !opening)))
		f = twin_begin(&p->flow, peer, false);
	if (!f->shut)
		twin_hear(f, p->tcp_flags, false);
}

/* True: let in, or an echo request, whatever its rate. */
static bool twin_in(const struct packet *p, uint8_t peer)
{
	struct packet_flow ours = packet_flow_reverse(&p->flow);
	struct twin_flow *f = twin_find(&ours);
	const struct twin_flow *q = twin_find(&p->quoted);
	bool allowed = twin_allows(peer, p->flow.protocol, p->flow.destination_port);
	bool known = f != NULL && !f->shut && (!f->from_peer || f->peer == peer);

	if (p->icmp == PACKET_ICMP_ECHO)
		return true;
	if (p->icmp == PACKET_ICMP_ERROR)
		return (q != NULL && !q->shut) || allowed;
	if (p->icmp == PACKET_ICMP_OTHER || (p->icmp == PACKET_ICMP_ECHO_REPLY && !known))
		return allowed;
	if (known && first_syn(p) && (f->established || f->closing))
		known = false;
	if (!known && !allowed)
		return false;
	if (!known)
		f = twin_begin(&ours, peer, true);
	twin_hear(f, p->tcp_flags, true);
	return true;
}

static void twin_deny(uint8_t peer)
{
	for (size_t i = 0; i < twin.rule_count;)
		if (twin.rules[i].peer == peer)
			twin.rules[i] = twin.rules[--twin.rule_count];
		else
			i++;
	for (size_t i = 0; i < twin.flow_count; i++)
		if (twin.flows[i].peer == peer && twin.flows[i].from_peer)
			twin.flows[i].shut = true;
}

/* A packet from here to peer, or from peer to here, without what it quotes. */
static struct made random_made(const struct rng *rng, uint8_t peer, bool in)
{
	static const uint8_t flags[] = { TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK, TCP_ACK,
		TCP_ACK, TCP_FIN | TCP_ACK, TCP_RST, TCP_RST | TCP_ACK, TCP_FIN };
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_TCP, PROTOCOL_UDP,
		PROTOCOL_ICMPV6, PROTOCOL_ESP };
	static const uint8_t types[] = { 128, 128, 129, 129, 1, 2, 137 };
	struct made m = { .version = 6,
		.source = in ? peer : 0,
		.destination = in ? 0 : peer,
		.protocol = protocols[rng_below(rng, array_len(protocols))],
		.source_port = (uint16_t)(1 + rng_below(rng, PORTS)),
		.destination_port = (uint16_t)(1 + rng_below(rng, PORTS)),
		.flags = flags[rng_below(rng, array_len(flags))] };

	if (m.protocol == PROTOCOL_ICMPV6)
		m.source_port = (uint16_t)(types[rng_below(rng, array_len(types))] << 8);
	return m;
}

static size_t random_packet(const struct rng *rng, uint8_t peer, bool in, uint8_t *out)
{
	static uint8_t inner[PACKET_MAX];
	struct made m = random_made(rng, peer, in), about = random_made(rng, peer, !in);

	if (m.protocol == PROTOCOL_ICMPV6 && m.source_port < 0x8000)
		m.payload = bytes_of(inner, made_write(&about, inner));
	return made_write(&m, out);
}

static void step(const struct rng *rng, struct door *d)
{
	static uint8_t buffer[PACKET_MAX];
	uint8_t who = (uint8_t)(1 + rng_below(rng, PEERS));
	struct address peer = made_address(6, who);
	struct instant now = instant_ms(twin.now_ms);
	bool in = rng_below(rng, 2), passed;
	struct twin_rule r = { who, (uint8_t[]){ 0, 6, 17, 58 }[rng_below(rng, 4)], 0 };
	struct packet p;

	twin_expire();
	if (rng_below(rng, 100) == 0) {
		(void)door_deny(d, &peer);
		twin_deny(who);
	}
	if (rng_below(rng, 100) == 0 && twin.rule_count < RULES) {
		if (r.protocol == PROTOCOL_TCP || r.protocol == PROTOCOL_UDP)
			r.port = (uint16_t)rng_below(rng, PORTS);
		EXPECT(door_allow(d, &peer, r.protocol, r.port), "the rule fits");
		twin.rules[twin.rule_count++] = r;
	}
	EXPECT(packet_parse(&p, bytes_of(buffer, random_packet(rng, who, in, buffer))),
		"a good packet");
	if (in) {
		passed = door_in(d, now, &p, &peer) != DOOR_DENY;
		EXPECT(passed == twin_in(&p, who), "both say the same");
	} else {
		door_out(d, now, &p, &peer);
		twin_out(&p, who);
	}
	EXPECT_EQ(door_flow_count(d), twin.flow_count, "both know as many flows");
}

TEST(the_door_decides_as_a_naive_one_does)
{
	static const unsigned steps_ms[] = { 0, 0, 10, 1000, 20000, 200000 };
	struct rng rng = test_rng();
	struct door d;

	twin = (struct twin){ .now_ms = 1000 };
	door_init(&d, instant_ms(twin.now_ms));
	for (unsigned i = 0; i < STEPS; i++) {
		step(&rng, &d);
		twin.now_ms += (int64_t)rng_below(
			&rng, 1 + steps_ms[rng_below(&rng,
					  array_len(steps_ms) - (i / 2000 % 2 ? 0 : 2))]);
		if (i % 5000 == 0)
			twin.now_ms += 7440 * 1000 - 1;
	}
	EXPECT(d.verdicts[DOOR_PASS] > STEPS / 20 && d.verdicts[DOOR_DENY] > STEPS / 20,
		"both happened");
	for (const struct door_flow *f = door_flow_next(&d, NULL); f != NULL;
		f = door_flow_next(&d, f)) {
		const struct twin_flow *t = twin_find(&f->flow);

		EXPECT(t != NULL && t->shut == f->shut && t->from_peer == f->from_peer,
			"the same flows");
	}
	door_fini(&d);
}
