/* SPDX-License-Identifier: ISC */
/* The door before what lies behind a gateway: nothing but answers. */
#include "node/inet/door.h"

#include "tests/test.h"

static const struct address here = { { 0xfd, 0x71, [15] = 1 } };
static const struct address gateway = { { 0xfd, 0x71, [15] = 9 } };
static const struct address outside = { { 0x20, 1, 0xd, 0xb8, [15] = 80 } };
static const struct instant now = { 1000000 };
static struct door d;

static struct packet packet_of(const struct address *from, const struct address *to,
	uint8_t protocol, uint16_t from_port, uint16_t to_port)
{
	return (struct packet){ .version = 6,
		.flow = { *from, *to, from_port, to_port, protocol, { 0 } } };
}

static struct packet out_udp(void)
{
	return packet_of(&here, &outside, PROTOCOL_UDP, 4000, 53);
}

static struct packet in_udp(void)
{
	return packet_of(&outside, &here, PROTOCOL_UDP, 53, 4000);
}

static bool comes_in(const struct packet *p)
{
	return door_in_answer(&d, now, p) == DOOR_PASS;
}

TEST(only_answers_come_in_whatever_is_allowed)
{
	struct packet out = out_udp(), in = in_udp(), echo = in;

	door_init(&d, now);
	EXPECT(door_allow(&d, &gateway, 0, 0) && door_allow(&d, &outside, 0, 0),
		"both are allowed everything");
	EXPECT(!comes_in(&in), "unasked it stays out");
	echo.flow = packet_of(&outside, &here, PROTOCOL_ICMPV6, 7, 7).flow;
	echo.icmp = PACKET_ICMP_ECHO;
	EXPECT(!comes_in(&echo), "so does an echo request");
	door_out(&d, now, &out, &gateway);
	EXPECT(comes_in(&in), "an answer comes in");
	in.flow.source_port = 54;
	EXPECT(!comes_in(&in), "from another port it does not");
	EXPECT_EQ(d.verdicts[DOOR_DENY], 3, "which is counted");
	door_fini(&d);
}

TEST(errors_come_in_about_what_went_out)
{
	struct packet out = out_udp(), error = in_udp();

	door_init(&d, now);
	error.flow = packet_of(&outside, &here, PROTOCOL_ICMPV6, 0, 0).flow;
	error.icmp = PACKET_ICMP_ERROR;
	error.quoted = out.flow;
	EXPECT(!comes_in(&error), "about nothing");
	door_out(&d, now, &out, &gateway);
	EXPECT(comes_in(&error), "about a flow");
	error.quoted.destination_port = 54;
	EXPECT(!comes_in(&error), "about another flow");
	door_fini(&d);
}

TEST(a_flow_that_a_rule_let_begin_is_no_way_in_from_outside)
{
	struct packet in = in_udp();

	door_init(&d, now);
	EXPECT(door_allow(&d, &outside, 0, 0), "allowed");
	EXPECT(door_in(&d, now, &in, &outside) == DOOR_PASS, "it began by a rule");
	EXPECT(!comes_in(&in), "and goes on only that way");
	door_fini(&d);
}

TEST(later_parts_follow_the_first_one)
{
	struct packet out = out_udp(), first = in_udp(), later = first;

	door_init(&d, now);
	first.fragment = later.fragment = later.fragment_later = true;
	first.fragment_id = later.fragment_id = 77;
	EXPECT(!comes_in(&later), "alone it stays out");
	door_out(&d, now, &out, &gateway);
	EXPECT(comes_in(&first) && comes_in(&later), "behind an answer's first part");
	later.fragment_id = 78;
	EXPECT(!comes_in(&later), "but no other packet's");
	door_fini(&d);
}

TEST(what_is_forgotten_is_answered_no_more)
{
	struct address other = { { 0xfd, 0x71, [15] = 8 } };
	struct packet in = in_udp(), others = in_udp();

	door_init(&d, now);
	for (uint16_t port = 4000; port < 4010; port++) {
		struct packet out = out_udp();

		out.flow.source_port = port;
		door_out(&d, now, &out, port < 4009 ? &gateway : &other);
	}
	others.flow.destination_port = 4009;
	door_forget(&d, &gateway);
	EXPECT_EQ(door_flow_count(&d), 1, "one flow is left");
	EXPECT(!comes_in(&in), "the others are gone");
	EXPECT(comes_in(&others), "and it is another peer's");
	door_forget(&d, &gateway);
	EXPECT_EQ(door_flow_count(&d), 1, "twice is once");
	door_fini(&d);
}
