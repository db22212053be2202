/* SPDX-License-Identifier: ISC */
#include "node/core/ip.h"

#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

static struct medium m;

static void begin(unsigned count)
{
	struct rng rng = test_rng();

	EXPECT(pair_init(&m, count, rng_u64(&rng)), "neighbours find each other");
	EXPECT(medium_until_reached(&m, 0, count - 1, 20000), "the ends too");
	for (unsigned i = 0; i < count; i++)
		node_ip_enable(m.nodes[i], m.now);
}

/* A UDP packet of len bytes in all from one address to another. */
static struct bytes udp(uint8_t *out, const struct address *from,
	const struct address *to, uint16_t port, size_t len)
{
	struct writer w = writer_of(out, len);
	uint16_t size = (uint16_t)(len - 40);

	write_u32(&w, 6u << 28);
	write_u16(&w, size);
	write_u8(&w, PROTOCOL_UDP);
	write_u8(&w, 64);
	write_id(&w, from);
	write_id(&w, to);
	write_u16(&w, 40000);
	write_u16(&w, port);
	write_u16(&w, size);
	write_u16(&w, 0xffff);
	while (w.len < len)
		write_u8(&w, (uint8_t)w.len);
	return writer_bytes(&w);
}

static void send(unsigned node, struct bytes whole)
{
	static const struct offload none;
	struct packet p;

	EXPECT(packet_parse(&p, whole), "it is a packet");
	node_ip_send(m.nodes[node], m.now, &none, &p);
}

/* How many packets have come for this machine; the last one's length in *len. */
static unsigned got(unsigned node, size_t *len)
{
	struct packet p;
	unsigned count = 0;

	*len = 0;
	while (node_ip_take(m.nodes[node], &p)) {
		count++;
		*len = p.whole.len;
	}
	return count;
}

static uint64_t dropped(unsigned node, enum drop_reason reason)
{
	return node_drops(m.nodes[node])->count[reason];
}

TEST(a_packet_crosses_three_hops_when_it_is_allowed_and_its_answer_comes_back)
{
	uint8_t bytes[NODE_IP_MTU];
	struct address a, d;
	size_t len;

	begin(4);
	a = medium_address(&m, 0);
	d = medium_address(&m, 3);
	send(0, udp(bytes, &a, &d, 53, NODE_IP_MTU));
	medium_run(&m, instant_add_ms(m.now, 2000));
	EXPECT_EQ(got(3, &len), 0, "by default nothing comes in");
	EXPECT_EQ(dropped(3, DROP_DENIED), 1, "it was denied");
	EXPECT_EQ(got(0, &len), 1, "and its sender is told so");

	EXPECT(door_allow(node_door(m.nodes[3]), &a, PROTOCOL_UDP, 53), "allowed");
	send(0, udp(bytes, &a, &d, 53, NODE_IP_MTU));
	medium_run(&m, instant_add_ms(m.now, 2000));
	EXPECT_EQ(got(3, &len), 1, "it arrives");
	EXPECT_EQ(len, NODE_IP_MTU, "whole");
	send(0, udp(bytes, &a, &d, 54, 100));
	medium_run(&m, instant_add_ms(m.now, 2000));
	EXPECT_EQ(got(3, &len), 0, "another port is not allowed");
	medium_fini(&m);
}

TEST(what_does_not_fit_a_frame_arrives_in_parts)
{
	struct rng rng = test_rng();
	uint8_t bytes[NODE_IP_MTU];
	struct address a, b;
	size_t len;

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	for (unsigned i = 0; i < 2; i++) {
		node_ip_enable(m.nodes[i], m.now);
		m.nodes[i]->interfaces[1].mtu = FRAME_MIN_MTU;
	}
	a = medium_address(&m, 0);
	b = medium_address(&m, 1);
	EXPECT(door_allow(node_door(m.nodes[1]), &a, 0, 0), "allowed");
	m.loss_ppm = 200000;
	for (unsigned i = 0; i < 20; i++) {
		size_t size = i % 2 == 0 ? NODE_IP_MTU : 600;

		/* a link that fails under way takes a packet with it, as IP allows */
		for (unsigned tries = 0; tries < 5 && m.nodes[1]->ip->ring_count == 0;
			tries++) {
			send(0, udp(bytes, &a, &b, 53, size));
			medium_run(&m, instant_add_ms(m.now, 1500));
		}
		EXPECT(got(1, &len) >= 1, "it arrives");
		EXPECT_EQ(len, size, "whole");
	}
	medium_fini(&m);
}

TEST(what_this_machine_may_not_send_is_kept_back)
{
	uint8_t bytes[200];
	struct address a, b, other = { { 0xfd, 0x71, 1 } }, group = { { 0xff, 2, 1 } };
	size_t len;

	begin(2);
	a = medium_address(&m, 0);
	b = medium_address(&m, 1);
	send(0, udp(bytes, &other, &b, 53, 100));
	EXPECT_EQ(dropped(0, DROP_SOURCE), 1, "a source that is not ours");
	send(0, udp(bytes, &a, &other, 53, 100));
	EXPECT_EQ(dropped(0, DROP_NO_ROUTE), 1, "to nobody");
	EXPECT_EQ(got(0, &len), 1, "which is said");
	send(0, udp(bytes, &a, &group, 53, 100));
	send(0, udp(bytes, &a, &a, 53, 100));
	EXPECT_EQ(got(0, &len), 0, "what is for no other node is left alone");
	EXPECT_EQ(m.nodes[0]->ip->queue.packets, 0, "and nothing waits");
	medium_fini(&m);
}

/* The rogue says a packet, whole, in its session with the victim. */
static void claim(struct bytes packet)
{
	pair_say_data(&m, MESSAGE_IP, packet);
}

TEST(what_a_neighbour_claims_is_bound_to_its_key)
{
	uint8_t bytes[200];
	struct address victim, rogue, other = { { 0xfd, 0x71, 1 } };
	size_t len;

	begin(2);
	victim = medium_address(&m, PAIR_VICTIM);
	rogue = medium_address(&m, PAIR_ROGUE);
	EXPECT(door_allow(node_door(m.nodes[PAIR_VICTIM]), &rogue, 0, 0), "allowed");
	EXPECT(door_allow(node_door(m.nodes[PAIR_VICTIM]), &other, 0, 0), "as well");
	claim(udp(bytes, &other, &victim, 53, 100));
	EXPECT_EQ(dropped(PAIR_VICTIM, DROP_SOURCE), 1, "somebody else's address");
	claim(udp(bytes, &victim, &victim, 53, 100));
	EXPECT_EQ(dropped(PAIR_VICTIM, DROP_SOURCE), 2, "the victim's own");
	claim(udp(bytes, &rogue, &other, 53, 100));
	EXPECT_EQ(dropped(PAIR_VICTIM, DROP_NO_ROUTE), 1, "nothing is passed on as IP");
	claim(bytes_of(udp(bytes, &rogue, &victim, 53, 100).data, 99));
	EXPECT_EQ(dropped(PAIR_VICTIM, DROP_MALFORMED), 1, "a byte is missing");
	EXPECT_EQ(got(PAIR_VICTIM, &len), 0, "none of it came in");
	claim(udp(bytes, &rogue, &victim, 53, 100));
	EXPECT_EQ(got(PAIR_VICTIM, &len), 1, "but what is its own");
	medium_fini(&m);
}

TEST(without_an_interface_nothing_is_taken)
{
	struct rng rng = test_rng();
	uint8_t bytes[200];
	struct address victim, rogue;

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	victim = medium_address(&m, PAIR_VICTIM);
	rogue = medium_address(&m, PAIR_ROGUE);
	claim(udp(bytes, &rogue, &victim, 53, 100));
	EXPECT_EQ(dropped(PAIR_VICTIM, DROP_UNWANTED), 1, "it is counted");
	medium_fini(&m);
}
