/* SPDX-License-Identifier: ISC */
#include "node/core/ip.h"

#include "node/inet/checksum.h"
#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

/* A member, somebody in between, a gateway, and in one test another one. */
enum { MEMBER, BETWEEN, GATE, OTHER_GATE };

static struct medium m;
static const struct address outside = { { 0x20, 1, 0xd, 0xb8, [15] = 80 } };
static const struct address outside4 = { { [10] = 0xff, 0xff, 203, 0, 113, 80 } };
static const struct address first_guest = { { [10] = 0xff, 0xff, 100, 71, 1, 0 } };

static void wait(int64_t ms)
{
	medium_run(&m, instant_add_ms(m.now, ms));
}

static void begin(unsigned count)
{
	struct rng rng = test_rng();

	EXPECT(pair_init(&m, count, rng_u64(&rng)), "neighbours find each other");
	for (unsigned i = 0; i < count; i++) {
		EXPECT(medium_until_reached(&m, MEMBER, i, 20000) || i == MEMBER,
			"and all the others");
		node_ip_enable(m.nodes[i], m.now);
	}
}

static void offer(unsigned node, uint8_t flags)
{
	node_gateway_offer(m.nodes[node], m.now, flags);
	wait(1500);
}

/* A member that uses a gateway that offers both. */
static void begin_with_gateway(unsigned count)
{
	begin(count);
	node_gateway_use(m.nodes[MEMBER], m.now, true);
	offer(GATE, ROUTING_UPLINK_ALL);
}

static size_t header_write(struct writer *w, const struct address *from,
	const struct address *to, uint8_t protocol, size_t size)
{
	if (!packet_is_mapped(to)) {
		write_u32(w, 6u << 28);
		write_u16(w, (uint16_t)size);
		write_u8(w, protocol);
		write_u8(w, 64);
		write_id(w, from);
		write_id(w, to);
		return w->len;
	}
	write_u16(w, 0x4500);
	write_u16(w, (uint16_t)(size + 20));
	write_u32(w, 0x00074000);
	write_u8(w, 64);
	write_u8(w, protocol);
	write_u16(w, 0);
	write_bytes(w, bytes_of(from->b + 12, 4));
	write_bytes(w, bytes_of(to->b + 12, 4));
	checksum_store(
		w->at + 10, (uint16_t)~checksum_fold(checksum_add(0, writer_bytes(w))));
	return w->len;
}

/* A datagram of 100 bytes of either version, valid until the next one. */
static struct bytes udp(const struct address *from, const struct address *to,
	uint16_t from_port, uint16_t to_port)
{
	static uint8_t bytes[200];
	struct writer w = writer_of(bytes, sizeof(bytes));
	size_t at = header_write(&w, from, to, PROTOCOL_UDP, 60);
	uint64_t sum = checksum_add_pseudo(0, from, to, 60, PROTOCOL_UDP);

	write_u16(&w, from_port);
	write_u16(&w, to_port);
	write_u16(&w, 60);
	write_u16(&w, 0);
	while (w.len < at + 60)
		write_u8(&w, (uint8_t)w.len);
	sum = checksum_add(sum, bytes_of(bytes + at, 60));
	checksum_store(bytes + at + 6, (uint16_t)~checksum_fold(sum));
	return writer_bytes(&w);
}

static bool udp_sum_holds(const struct packet *p)
{
	struct bytes body =
		bytes_of(p->whole.data + p->transport_at, p->whole.len - p->transport_at);
	uint64_t sum = checksum_add_pseudo(0, &p->flow.source, &p->flow.destination,
		(uint32_t)body.len, PROTOCOL_UDP);

	return checksum_fold(checksum_add(sum, body)) == 0xffff;
}

static void send(unsigned node, struct bytes whole)
{
	static const struct offload none;
	struct packet p;

	EXPECT(packet_parse(&p, whole), "it is a packet");
	node_ip_send(m.nodes[node], m.now, &none, &p);
	wait(1000);
}

/* The one packet that has come for this machine; false: none has. */
static bool got(unsigned node, struct packet *p)
{
	static uint8_t bytes[NODE_IP_MTU];
	struct packet more;

	if (!node_ip_take(m.nodes[node], p))
		return false;
	memcpy(bytes, p->whole.data, p->whole.len);
	p->whole.data = bytes;
	EXPECT(!node_ip_take(m.nodes[node], &more), "no other one");
	return true;
}

static bool got_nothing(unsigned node)
{
	struct packet p;

	return !got(node, &p);
}

static uint64_t dropped(unsigned node, enum drop_reason reason)
{
	return node_drops(m.nodes[node])->count[reason];
}

/* Whether the member was told that it may not. */
static bool is_told(enum packet_icmp icmp, uint8_t type, uint8_t code)
{
	struct packet p;

	return got(MEMBER, &p) && p.icmp == icmp && p.icmp_type == type &&
	       p.icmp_code == code;
}

TEST(nobody_leads_out_of_the_mesh_who_was_not_told_to)
{
	struct node_gateway status;
	struct address a;

	begin(3);
	a = medium_address(&m, MEMBER);
	node_gateway_use(m.nodes[MEMBER], m.now, true);
	wait(1000);
	node_gateway_status(m.nodes[MEMBER], &status);
	EXPECT(id_is_zero(id_bytes(&status.via[NODE_IPV6])), "there is no gateway");
	send(MEMBER, udp(&a, &outside, 4000, 53));
	EXPECT_EQ(dropped(MEMBER, DROP_NO_ROUTE), 1, "nothing goes out");
	EXPECT(is_told(PACKET_ICMP_ERROR, 1, 0), "which is said");
	/* somebody who thinks that it were one */
	m.nodes[MEMBER]->ip->gateway.via[NODE_IPV6] = medium_address(&m, BETWEEN);
	send(MEMBER, udp(&a, &outside, 4000, 53));
	EXPECT_EQ(dropped(BETWEEN, DROP_NO_ROUTE), 1, "it passes nothing on");
	EXPECT(got_nothing(BETWEEN), "nothing at all");
	medium_fini(&m);
}

TEST(packets_go_out_by_the_gateway_and_only_answers_come_back)
{
	struct packet p;
	struct address a;

	begin_with_gateway(3);
	a = medium_address(&m, MEMBER);
	send(GATE, udp(&outside, &a, 53, 4000));
	EXPECT_EQ(dropped(GATE, DROP_UNASKED), 1, "nobody outside begins");
	send(MEMBER, udp(&a, &outside, 4000, 53));
	EXPECT(got(GATE, &p) && id_equal(&p.flow.source, &a), "it leaves as it was sent");
	send(GATE, udp(&outside, &a, 53, 4000));
	EXPECT(got(MEMBER, &p) && id_equal(&p.flow.source, &outside),
		"an answer returns");
	send(GATE, udp(&outside, &a, 54, 4000));
	EXPECT_EQ(dropped(GATE, DROP_UNASKED), 2, "from another port nothing does");
	medium_fini(&m);
}

TEST(ipv4_goes_out_under_an_address_of_the_members_own)
{
	struct address a, b;
	struct packet p;

	begin_with_gateway(3);
	a = nat4_source;
	node_gateway_use(m.nodes[BETWEEN], m.now, true);
	send(MEMBER, udp(&a, &outside4, 4000, 53));
	EXPECT(got(GATE, &p) && udp_sum_holds(&p), "it leaves whole");
	EXPECT(id_equal(&p.flow.source, &first_guest), "under its own address");
	send(BETWEEN, udp(&a, &outside4, 4000, 53));
	EXPECT(got(GATE, &p), "the same from another one");
	b = p.flow.source;
	EXPECT(!id_equal(&b, &first_guest), "has another address");
	send(GATE, udp(&outside4, &first_guest, 53, 4000));
	EXPECT(got(MEMBER, &p) && udp_sum_holds(&p), "an answer returns whole");
	EXPECT(id_equal(&p.flow.destination, &nat4_source), "to the address it has");
	EXPECT(got_nothing(BETWEEN), "and to nobody else");
	send(GATE, udp(&outside4, &b, 54, 4000));
	EXPECT_EQ(dropped(GATE, DROP_UNASKED), 1, "what is no answer does not");
	send(GATE, udp(&outside4, &outside4, 53, 4000));
	EXPECT_EQ(dropped(GATE, DROP_UNASKED), 2, "nor what is for nobody");
	medium_fini(&m);
}

TEST(an_address_that_is_given_on_takes_no_flow_along)
{
	struct nat4 *guests;
	struct packet p;

	begin_with_gateway(3);
	node_gateway_use(m.nodes[BETWEEN], m.now, true);
	guests = &m.nodes[GATE]->ip->gateway.guests;
	send(MEMBER, udp(&nat4_source, &outside4, 4000, 53));
	EXPECT(got(GATE, &p) && id_equal(&p.flow.source, &first_guest), "a flow begins");
	for (unsigned i = 1; i < NAT4_MEMBERS_MAX; i++) {
		struct address a = { { 0xfd, 0x71, 1, [14] = (uint8_t)(i >> 8),
				       (uint8_t)i } },
			       gone;

		(void)nat4_guest(guests, &a, &gone);
	}
	send(BETWEEN, udp(&nat4_source, &outside4, 5000, 53));
	EXPECT(got(GATE, &p) && id_equal(&p.flow.source, &first_guest),
		"somebody else gets the address");
	send(GATE, udp(&outside4, &first_guest, 53, 4000));
	EXPECT_EQ(dropped(GATE, DROP_UNASKED), 1,
		"what was asked by another is not for it");
	send(GATE, udp(&outside4, &first_guest, 53, 5000));
	EXPECT(got(BETWEEN, &p) && got_nothing(MEMBER), "its own answers are");
	medium_fini(&m);
}

/* A segment of TCP without checksum, valid until the next one: a SYN that offers an MSS of
 * 1460, or data. */
static struct bytes tcp(
	const struct address *from, const struct address *to, uint8_t flags, size_t data)
{
	static uint8_t bytes[8000];
	struct writer w = writer_of(bytes, sizeof(bytes));

	header_write(&w, from, to, PROTOCOL_TCP, 24 + data);
	write_u16(&w, flags & TCP_ACK ? 80 : 4000);
	write_u16(&w, flags & TCP_ACK ? 4000 : 80);
	write_u64(&w, 1);
	write_u16(&w, (uint16_t)(0x6000 | flags));
	write_u16(&w, 1000);
	write_u32(&w, 0);
	write_u32(&w, 0x020405b4);
	while (data-- > 0)
		write_u8(&w, (uint8_t)data);
	return writer_bytes(&w);
}

static bool tcp_sum_holds(const struct packet *p)
{
	struct bytes body =
		bytes_of(p->whole.data + p->transport_at, p->whole.len - p->transport_at);
	uint64_t sum = checksum_add_pseudo(0, &p->flow.source, &p->flow.destination,
		(uint32_t)body.len, PROTOCOL_TCP);

	return checksum_fold(checksum_add(sum, body)) == 0xffff;
}

TEST(a_connection_offers_outside_no_more_than_the_mesh_carries)
{
	struct packet p;
	struct address a;
	const uint8_t *mss;

	begin_with_gateway(3);
	a = medium_address(&m, MEMBER);
	send(MEMBER, tcp(&a, &outside, TCP_SYN, 0));
	EXPECT(got(GATE, &p), "a SYN of IPv6 leaves");
	mss = p.whole.data + p.transport_at + 22;
	EXPECT_EQ(mss[0] << 8 | mss[1], GATEWAY_PATH_MTU - 60, "with an MSS that fits");
	send(MEMBER, tcp(&nat4_source, &outside4, TCP_SYN, 0));
	EXPECT(got(GATE, &p), "and one of IPv4");
	mss = p.whole.data + p.transport_at + 22;
	EXPECT_EQ(mss[0] << 8 | mss[1], GATEWAY_PATH_MTU - 40, "as well");
	medium_fini(&m);
}

TEST(what_the_kernel_joined_comes_back_in_packets_that_are_each_right)
{
	struct offload o = { .flags = OFFLOAD_NEEDS_CSUM,
		.type = OFFLOAD_TCPV4,
		.segment_size = 1200,
		.checksum_at = 20,
		.checksum_offset = 16 };
	size_t data = 0;
	struct packet p;

	begin_with_gateway(3);
	send(MEMBER, tcp(&nat4_source, &outside4, TCP_SYN, 0));
	EXPECT(got(GATE, &p), "a connection begins");
	EXPECT(packet_parse(&p, tcp(&outside4, &first_guest, TCP_ACK, 6000)),
		"an answer");
	node_ip_send(m.nodes[GATE], m.now, &o, &p);
	wait(1000);
	while (node_ip_take(m.nodes[MEMBER], &p)) {
		EXPECT(id_equal(&p.flow.destination, &nat4_source), "to the member");
		EXPECT(tcp_sum_holds(&p), "with a checksum that holds");
		data += p.whole.len - p.payload_at;
	}
	EXPECT_EQ(data, 6000, "all of it");
	medium_fini(&m);
}

/* An ICMP error of IPv4 from outside that quotes a whole packet. */
static struct bytes error_about(struct bytes quote, const struct address *to)
{
	static uint8_t bytes[400];
	struct writer w = writer_of(bytes, sizeof(bytes));
	size_t at = header_write(&w, &outside4, to, PROTOCOL_ICMPV4, quote.len + 8);

	write_u64(&w, 0x0303000000000000);
	write_bytes(&w, quote);
	checksum_store(bytes + at + 2, (uint16_t)~checksum_fold(checksum_add(
					       0, bytes_of(bytes + at, quote.len + 8))));
	return writer_bytes(&w);
}

TEST(errors_from_outside_reach_who_sent_what_they_quote)
{
	struct packet p, quoted;

	begin_with_gateway(3);
	send(MEMBER, udp(&nat4_source, &outside4, 4000, 53));
	EXPECT(got(GATE, &p), "it leaves");
	send(GATE, error_about(p.whole, &first_guest));
	EXPECT(got(MEMBER, &p) && p.icmp == PACKET_ICMP_ERROR, "the error arrives");
	EXPECT(packet_parse(&quoted,
		       bytes_of(p.whole.data + p.payload_at, p.whole.len - p.payload_at)),
		"and quotes a packet");
	EXPECT(id_equal(&quoted.flow.source, &nat4_source) && udp_sum_holds(&quoted),
		"as it was sent");
	EXPECT(checksum_fold(checksum_add(0, bytes_of(p.whole.data + p.transport_at,
						     p.whole.len - p.transport_at))) ==
			0xffff,
		"the error's own sum holds");
	medium_fini(&m);
}

TEST(a_gateway_leads_to_the_internet_and_nowhere_else)
{
	static const struct address lan = { { [10] = 0xff, 0xff, 192, 168, 1, 1 } };
	static const struct address ula = { { 0xfd, 0, [15] = 1 } };
	struct address a;

	begin_with_gateway(3);
	a = medium_address(&m, MEMBER);
	send(MEMBER, udp(&a, &ula, 4000, 53));
	EXPECT_EQ(dropped(GATE, DROP_PRIVATE), 1, "a private network");
	EXPECT(is_told(PACKET_ICMP_ERROR, 1, 1), "which is said");
	send(MEMBER, udp(&nat4_source, &lan, 4000, 53));
	EXPECT_EQ(dropped(GATE, DROP_PRIVATE), 2, "and of IPv4");
	EXPECT(is_told(PACKET_ICMP_ERROR, 3, 13), "which is said as well");
	EXPECT(got_nothing(GATE), "none of it went out");
	medium_fini(&m);
}

TEST(a_member_that_is_refused_gets_nothing_until_it_is_no_more)
{
	struct packet p;
	struct address a;

	begin_with_gateway(3);
	a = medium_address(&m, MEMBER);
	node_gateway_refuse(m.nodes[GATE], &a, 1);
	send(MEMBER, udp(&a, &outside, 4000, 53));
	EXPECT_EQ(dropped(GATE, DROP_REFUSED), 1, "it is refused");
	EXPECT(got_nothing(GATE), "nothing goes out");
	EXPECT(is_told(PACKET_ICMP_ERROR, 1, 1), "and it is told");
	node_gateway_refuse(m.nodes[GATE], NULL, 0);
	send(MEMBER, udp(&a, &outside, 4000, 53));
	EXPECT(got(GATE, &p), "now it goes");
	medium_fini(&m);
}

TEST(when_a_gateway_goes_the_next_takes_over)
{
	struct address a, next;
	struct node_gateway status;
	struct packet p;

	begin_with_gateway(4);
	a = medium_address(&m, MEMBER);
	next = medium_address(&m, OTHER_GATE);
	offer(OTHER_GATE, ROUTING_UPLINK_ALL);
	send(MEMBER, udp(&a, &outside, 4000, 53));
	EXPECT(got(GATE, &p), "the nearer one is used");
	offer(GATE, 0);
	node_gateway_status(m.nodes[MEMBER], &status);
	EXPECT(id_equal(&status.via[NODE_IPV6], &next), "then the other");
	send(MEMBER, udp(&a, &outside, 4000, 53));
	EXPECT(got(OTHER_GATE, &p) && got_nothing(GATE), "by which packets go");
	send(OTHER_GATE, udp(&outside, &a, 53, 4000));
	EXPECT(got(MEMBER, &p), "and come back");
	medium_fini(&m);
}

/* The neighbour says a packet, whole, in its session with the member. */
static void claim(struct bytes packet)
{
	pair_say_data(&m, MESSAGE_IP, packet);
}

TEST(answers_are_taken_from_our_gateway_and_for_a_minute_from_one_that_was)
{
	struct address a, rogue;
	struct packet p;

	begin(3);
	a = medium_address(&m, MEMBER);
	rogue = medium_address(&m, PAIR_ROGUE);
	door_out(node_door(m.nodes[MEMBER]), m.now,
		&(struct packet){ .version = 6,
			.flow = { a, outside, 4000, 53, PROTOCOL_UDP, { 0 } } },
		&rogue);
	claim(udp(&outside, &a, 53, 4000));
	EXPECT_EQ(dropped(MEMBER, DROP_SOURCE), 1, "anybody's");
	node_gateway_use(m.nodes[MEMBER], m.now, true);
	offer(PAIR_ROGUE, ROUTING_UPLINK_IPV6);
	claim(udp(&outside, &a, 53, 4000));
	EXPECT(got(MEMBER, &p), "our gateway's");
	EXPECT(door_allow(node_door(m.nodes[MEMBER]), &rogue, 0, 0), "it is allowed all");
	claim(udp(&outside, &a, 54, 4000));
	EXPECT_EQ(dropped(MEMBER, DROP_UNASKED), 1, "but nothing unasked from outside");
	claim(udp(&nat4_source, &nat4_source, 53, 4000));
	EXPECT_EQ(dropped(MEMBER, DROP_UNASKED), 2, "nor of IPv4");
	a = medium_address(&m, GATE);
	rogue = medium_address(&m, MEMBER);
	claim(udp(&a, &rogue, 53, 4000));
	EXPECT_EQ(dropped(MEMBER, DROP_SOURCE), 2, "nor a member's address");
	offer(PAIR_ROGUE, 0);
	claim(udp(&outside, &rogue, 53, 4000));
	EXPECT(got(MEMBER, &p), "a moment after it was one");
	wait(GATEWAY_PAST_MS);
	claim(udp(&outside, &rogue, 53, 4000));
	EXPECT_EQ(dropped(MEMBER, DROP_SOURCE), 3, "but not a minute");
	medium_fini(&m);
}
