/* SPDX-License-Identifier: ISC */
#include "node/inet/door.h"
#include "tests/test.h"
#include "tests/unit/node/inet/packets.h"

enum { SECOND = 1000, HERE = 1, THERE = 2 };

static struct door door;
static int64_t now_ms;

static struct instant now(void)
{
	return instant_ms(now_ms);
}

static void begin(void)
{
	now_ms = 1000000;
	door_init(&door, now());
}

static void end(void)
{
	door_fini(&door);
	EXPECT(door.flows == NULL && door.peers == NULL && door.rules == NULL,
		"all is given back");
}

static struct address peer_address(void)
{
	return made_address(6, THERE);
}

static struct made tcp(uint16_t here, uint16_t there, uint8_t flags)
{
	return (struct made){ .version = 6,
		.protocol = PROTOCOL_TCP,
		.source_port = here,
		.destination_port = there,
		.flags = flags };
}

static struct made udp(uint16_t here, uint16_t there)
{
	return (struct made){ .version = 6,
		.protocol = PROTOCOL_UDP,
		.source_port = here,
		.destination_port = there,
		.payload = BYTES("12345678") };
}

/* Type and code, and identifier. */
static struct made icmp(uint16_t type, uint16_t id)
{
	return (struct made){ .version = 6,
		.protocol = PROTOCOL_ICMPV6,
		.source_port = type,
		.destination_port = id };
}

/* m as it leaves: its ports are given as (here, there). */
static void out(struct made m)
{
	static uint8_t buffer[PACKET_MAX];
	struct address peer = peer_address();
	struct packet p;

	m.source = HERE;
	m.destination = THERE;
	EXPECT(packet_parse(&p, bytes_of(buffer, made_write(&m, buffer))),
		"a good packet");
	door_out(&door, now(), &p, &peer);
}

/* m as it comes from THERE, its ports given as (here, there) as well. */
static enum door_verdict in(struct made m)
{
	static uint8_t buffer[PACKET_MAX];
	struct address peer = peer_address();
	struct packet p;

	m.source = THERE;
	m.destination = HERE;
	if (m.protocol != PROTOCOL_ICMPV6) {
		uint16_t port = m.source_port;

		m.source_port = m.destination_port;
		m.destination_port = port;
	}
	EXPECT(packet_parse(&p, bytes_of(buffer, made_write(&m, buffer))),
		"a good packet");
	return door_in(&door, now(), &p, &peer);
}

TEST(door_denies_what_nobody_asked_for)
{
	begin();
	EXPECT_EQ(in(tcp(22, 5000, TCP_SYN)), DOOR_DENY, "TCP");
	EXPECT_EQ(in(tcp(22, 5000, TCP_ACK)), DOOR_DENY, "TCP in the middle");
	EXPECT_EQ(in(udp(53, 5000)), DOOR_DENY, "UDP");
	EXPECT_EQ(in(icmp(0x8100, 1)), DOOR_DENY, "an echo reply");
	EXPECT_EQ(in(icmp(0x0100, 1)), DOOR_DENY, "an error about nothing");
	EXPECT_EQ(in(icmp(137 << 8, 1)), DOOR_DENY, "a redirect");
	EXPECT_EQ(in(icmp(134 << 8, 1)), DOOR_DENY, "a router advertisement");
	EXPECT_EQ(door.verdicts[DOOR_DENY], 7, "all counted");
	EXPECT_EQ(door_flow_count(&door), 0, "none noted");
	end();
}

TEST(door_lets_answers_in)
{
	struct made esp = { .version = 6, .protocol = PROTOCOL_ESP };
	struct made four = udp(4000, 53);

	four.version = 4;
	begin();
	out(tcp(4000, 80, TCP_SYN));
	EXPECT_EQ(in(tcp(4000, 80, TCP_SYN | TCP_ACK)), DOOR_PASS, "TCP");
	EXPECT_EQ(
		in(tcp(4001, 80, TCP_SYN | TCP_ACK)), DOOR_DENY, "not another port here");
	EXPECT_EQ(in(tcp(4000, 81, TCP_SYN | TCP_ACK)), DOOR_DENY, "nor there");
	EXPECT_EQ(in(udp(4000, 80)), DOOR_DENY, "nor another protocol");
	out(udp(4000, 53));
	EXPECT_EQ(in(udp(4000, 53)), DOOR_PASS, "UDP");
	EXPECT_EQ(in(four), DOOR_DENY, "not over the other version");
	out(four);
	EXPECT_EQ(in(four), DOOR_PASS, "IPv4");
	out(icmp(0x8000, 7));
	EXPECT_EQ(in(icmp(0x8100, 7)), DOOR_PASS, "an echo");
	EXPECT_EQ(in(icmp(0x8100, 8)), DOOR_DENY, "not another identifier");
	out(icmp(0x8000, 0));
	EXPECT_EQ(in(icmp(137 << 8, 0)), DOOR_DENY,
		"nor a redirect, whatever the identifier");
	out(esp);
	EXPECT_EQ(in(esp), DOOR_PASS, "any protocol");
	end();
}

TEST(door_flows_end_when_their_time_is_up)
{
	static const struct {
		const char *why;
		enum door_stage stage;
		int seconds;
	} rows[] = {
		{ "nobody answered the SYN", DOOR_TCP_OPENING, DOOR_TCP_OPENING_S },
		{ "established", DOOR_TCP_ESTABLISHED, DOOR_TCP_ESTABLISHED_S },
		{ "reset", DOOR_TCP_CLOSING, DOOR_TCP_CLOSING_S },
		{ "UDP", DOOR_UDP, DOOR_UDP_S },
		{ "echo", DOOR_ICMP, DOOR_ICMP_S },
		{ "another protocol", DOOR_OTHER, DOOR_OTHER_S },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct made m = tcp(4000, 80, TCP_SYN), answer;

		if (rows[i].stage == DOOR_UDP)
			m = udp(4000, 80);
		if (rows[i].stage == DOOR_ICMP)
			m = icmp(0x8000, 5);
		if (rows[i].stage == DOOR_OTHER)
			m.protocol = PROTOCOL_ESP;
		answer = m;
		answer.flags = TCP_ACK;
		if (rows[i].stage == DOOR_ICMP)
			answer.source_port = 0x8100;
		for (int late = 0; late < 2; late++) {
			begin();
			out(m);
			if (rows[i].stage == DOOR_TCP_ESTABLISHED)
				EXPECT_EQ(in(answer), DOOR_PASS, "it is answered");
			if (rows[i].stage == DOOR_TCP_CLOSING)
				EXPECT_EQ(in(tcp(4000, 80, TCP_RST)), DOOR_PASS,
					"it is refused");
			EXPECT_EQ(door_flow_next(&door, NULL)->stage, rows[i].stage,
				rows[i].why);
			now_ms += rows[i].seconds * SECOND - 1 + late;
			EXPECT_EQ(in(answer), late ? DOOR_DENY : DOOR_PASS, rows[i].why);
			EXPECT_EQ(door_flow_count(&door), 1 - late, "forgotten in time");
			end();
		}
	}
}

TEST(door_follows_tcp_to_its_end)
{
	begin();
	out(tcp(4000, 80, TCP_SYN));
	EXPECT_EQ(in(tcp(4000, 80, TCP_SYN | TCP_ACK)), DOOR_PASS, "accepted");
	EXPECT_EQ(door_flow_next(&door, NULL)->stage, DOOR_TCP_OPENING,
		"a SYN establishes nothing");
	out(tcp(4000, 80, TCP_ACK));
	EXPECT_EQ(
		door_flow_next(&door, NULL)->stage, DOOR_TCP_ESTABLISHED, "established");
	EXPECT_EQ(in(tcp(4000, 80, TCP_FIN | TCP_ACK)), DOOR_PASS, "half closed");
	now_ms += 3600 * SECOND;
	out(tcp(4000, 80, TCP_ACK));
	EXPECT_EQ(door_flow_next(&door, NULL)->stage, DOOR_TCP_ESTABLISHED,
		"which may last");
	out(tcp(4000, 80, TCP_FIN | TCP_ACK));
	EXPECT_EQ(door_flow_next(&door, NULL)->stage, DOOR_TCP_CLOSING, "closed");
	EXPECT_EQ(in(tcp(4000, 80, TCP_ACK)), DOOR_PASS, "the last acknowledgement");
	EXPECT_EQ(in(tcp(4000, 80, TCP_SYN)), DOOR_DENY,
		"nothing begins over it from there");
	out(tcp(4000, 80, TCP_SYN));
	EXPECT_EQ(door_flow_next(&door, NULL)->stage, DOOR_TCP_OPENING, "but from here");
	EXPECT_EQ(in(tcp(4000, 80, TCP_SYN)), DOOR_PASS, "a simultaneous open");
	EXPECT_EQ(door_flow_count(&door), 1, "all of it one flow");
	end();
}

TEST(door_takes_up_what_is_older_than_its_table)
{
	begin();
	out(tcp(4000, 80, TCP_ACK));
	EXPECT_EQ(in(tcp(4000, 80, TCP_ACK)), DOOR_PASS, "begun before a restart");
	out(tcp(4001, 80, TCP_SYN | TCP_ACK));
	EXPECT_EQ(in(tcp(4001, 80, TCP_ACK)), DOOR_DENY, "an answer begins nothing");
	out(tcp(4002, 80, TCP_RST | TCP_ACK));
	EXPECT_EQ(in(tcp(4002, 80, TCP_ACK)), DOOR_DENY, "nor does a refusal");
	out(icmp(0x8100, 1));
	out(icmp(0x0100, 1));
	EXPECT_EQ(door_flow_count(&door), 1, "nor ICMP that answers");
	end();
}

TEST(door_lets_errors_in_that_quote_a_flow)
{
	static uint8_t inner[PACKET_MAX];
	struct made sent = udp(4000, 53), error = icmp(0x0104, 0);

	begin();
	out(sent);
	sent.source = HERE;
	sent.destination = THERE;
	error.payload = bytes_of(inner, made_write(&sent, inner));
	EXPECT_EQ(in(error), DOOR_PASS, "port unreachable, about what went out");
	error.source_port = 0x0200;
	EXPECT_EQ(in(error), DOOR_PASS, "packet too big");
	error.source_port = 101 << 8;
	EXPECT_EQ(in(error), DOOR_DENY, "an error that nobody has defined");
	error.source_port = 0x0104;
	sent.destination_port = 54;
	error.payload = bytes_of(inner, made_write(&sent, inner));
	EXPECT_EQ(in(error), DOOR_DENY, "about what nobody sent");
	sent = udp(53, 4000);
	sent.source = THERE;
	sent.destination = HERE;
	error.payload = bytes_of(inner, made_write(&sent, inner));
	EXPECT_EQ(in(error), DOOR_DENY, "about what came in");
	now_ms += DOOR_UDP_S * SECOND;
	EXPECT_EQ(door_flow_count(&door), 1, "still there");
	EXPECT_EQ(in(error), DOOR_DENY, "an error keeps no flow alive");
	EXPECT_EQ(door_flow_count(&door), 0, "it is gone");
	end();
}

TEST(door_limits_echo_requests_for_each_peer_and_for_all)
{
	static uint8_t buffer[PACKET_MAX];
	struct made m = icmp(0x8000, 3);
	struct packet p;
	unsigned passed = 0;

	begin();
	for (unsigned i = 0; i < 2 * DOOR_PEER_ECHO_BURST; i++)
		passed += in(m) == DOOR_PASS;
	EXPECT_EQ(passed, DOOR_PEER_ECHO_BURST, "one peer's burst");
	EXPECT_EQ(door.verdicts[DOOR_RATE], DOOR_PEER_ECHO_BURST, "the rest is counted");
	now_ms += SECOND;
	for (passed = 0; in(m) == DOOR_PASS;)
		passed++;
	EXPECT_EQ(passed, DOOR_PEER_ECHO_PER_S, "and its rate");

	EXPECT(packet_parse(&p, bytes_of(buffer, made_write(&m, buffer))), "an echo");
	now_ms += 10 * SECOND;
	passed = 0;
	for (unsigned i = 0; i < 2 * DOOR_ECHO_BURST; i++) {
		struct address peer = made_address(6, (uint8_t)i);

		passed += door_in(&door, now(), &p, &peer) == DOOR_PASS;
	}
	EXPECT_EQ(passed, DOOR_ECHO_BURST, "the burst of all together");
	EXPECT_EQ(door_flow_count(&door), 0, "echoes from outside are no flows");
	end();
}

TEST(door_lets_in_what_a_rule_allows)
{
	struct address peer = peer_address(), other = made_address(6, 9);

	begin();
	EXPECT(door_allow(&door, &peer, PROTOCOL_TCP, 22), "a port");
	EXPECT(door_allow(&door, &other, PROTOCOL_UDP, 0), "somebody else's");
	EXPECT_EQ(in(tcp(22, 5000, TCP_SYN)), DOOR_PASS, "this port");
	EXPECT_EQ(in(tcp(23, 5000, TCP_SYN)), DOOR_DENY, "no other");
	EXPECT_EQ(in(udp(22, 5000)), DOOR_DENY, "no other protocol");
	out(tcp(22, 5000, TCP_SYN | TCP_ACK));
	EXPECT_EQ(in(tcp(22, 5000, TCP_ACK)), DOOR_PASS, "the flow is established");
	EXPECT_EQ(
		door_flow_next(&door, NULL)->stage, DOOR_TCP_ESTABLISHED, "in the table");
	EXPECT(door_flow_next(&door, NULL)->from_peer, "begun from there");

	EXPECT(door_allow(&door, &peer, PROTOCOL_UDP, 0), "a protocol");
	EXPECT_EQ(in(udp(1234, 5000)), DOOR_PASS, "any port of it");
	EXPECT_EQ(in(icmp(134 << 8, 0)), DOOR_DENY, "not ICMP");
	EXPECT(door_allow(&door, &peer, 0, 0), "everything");
	EXPECT_EQ(in(tcp(99, 5000, TCP_SYN)), DOOR_PASS, "everything");
	EXPECT_EQ(in(icmp(134 << 8, 0)), DOOR_PASS, "ICMP too");
	for (unsigned i = 0; i < 2 * DOOR_PEER_ECHO_BURST; i++)
		EXPECT_EQ(in(icmp(0x8000, 1)), DOOR_PASS, "echoes without a rate");
	EXPECT(!door_allow(&door, &peer, 0, 22), "a port needs a protocol");
	EXPECT_EQ(door_rule_count(&door), 4, "four rules");
	end();
}

TEST(door_denied_peers_lose_what_a_rule_let_them_begin)
{
	struct address peer = peer_address();

	begin();
	EXPECT(door_allow(&door, &peer, PROTOCOL_TCP, 22), "TCP");
	EXPECT(door_allow(&door, &peer, PROTOCOL_UDP, 53), "UDP");
	EXPECT_EQ(in(tcp(22, 5000, TCP_SYN)), DOOR_PASS, "theirs");
	out(tcp(22, 5000, TCP_SYN | TCP_ACK));
	EXPECT_EQ(in(tcp(22, 5000, TCP_ACK)), DOOR_PASS, "established");
	out(tcp(4000, 80, TCP_SYN));
	EXPECT_EQ(in(udp(53, 5000)), DOOR_PASS, "theirs too");
	EXPECT_EQ(door_deny(&door, &peer), 2, "two rules");
	EXPECT_EQ(door_rule_count(&door), 0, "are gone");
	EXPECT_EQ(in(tcp(22, 5000, TCP_ACK)), DOOR_DENY, "the flow is shut");
	out(tcp(22, 5000, TCP_ACK));
	EXPECT_EQ(in(tcp(22, 5000, TCP_ACK)), DOOR_DENY,
		"what we still send opens nothing");
	out(udp(53, 5000));
	EXPECT_EQ(in(udp(53, 5000)), DOOR_DENY, "nor in UDP");
	EXPECT_EQ(in(tcp(4000, 80, TCP_SYN | TCP_ACK)), DOOR_PASS,
		"ours is answered still");
	EXPECT_EQ(door_deny(&door, &peer), 0, "nothing more to take");
	EXPECT(door_allow(&door, &peer, PROTOCOL_UDP, 53), "allowed again");
	EXPECT_EQ(in(udp(53, 5000)), DOOR_PASS, "and in again");
	end();
}

TEST(door_shut_flows_are_kept_alive_by_nothing)
{
	static uint8_t inner[PACKET_MAX];
	struct address peer = peer_address();
	struct made sent = udp(53, 5000), error = icmp(0x0104, 0);

	begin();
	EXPECT(door_allow(&door, &peer, PROTOCOL_UDP, 53), "UDP");
	EXPECT_EQ(in(udp(53, 5000)), DOOR_PASS, "theirs");
	EXPECT_EQ(door_deny(&door, &peer), 1, "denied");
	sent.source = HERE;
	sent.destination = THERE;
	error.payload = bytes_of(inner, made_write(&sent, inner));
	EXPECT_EQ(in(error), DOOR_DENY, "errors about it stay out too");
	now_ms += (DOOR_UDP_S - 1) * SECOND;
	out(udp(53, 5000));
	EXPECT_EQ(in(udp(53, 5000)), DOOR_DENY, "still shut");
	now_ms += SECOND;
	door_expire(&door, now());
	EXPECT_EQ(door_flow_count(&door), 0, "its time is up");

	EXPECT(door_allow(&door, &peer, PROTOCOL_TCP, 22), "TCP");
	EXPECT_EQ(in(tcp(22, 5000, TCP_SYN)), DOOR_PASS, "theirs");
	EXPECT_EQ(door_deny(&door, &peer), 1, "denied");
	out(tcp(22, 5000, TCP_SYN));
	EXPECT_EQ(in(tcp(22, 5000, TCP_SYN | TCP_ACK)), DOOR_PASS,
		"what begins here is ours, over the same ports as well");
	end();
}

TEST(door_notes_no_flow_to_a_group)
{
	static uint8_t buffer[PACKET_MAX];
	struct address peer = peer_address();
	struct made m = udp(5353, 5353);
	size_t len = made_write(&m, buffer);
	struct packet p;

	begin();
	buffer[24] = 0xff;
	EXPECT(packet_parse(&p, bytes_of(buffer, len)), "a good packet");
	door_out(&door, now(), &p, &peer);
	EXPECT_EQ(door_flow_count(&door), 0, "nobody answers from a group's address");
	end();
}

TEST(door_rules_have_a_cap_and_an_order)
{
	struct address peer = peer_address();
	const struct door_rule *r = NULL;

	begin();
	for (unsigned i = 0; i < DOOR_RULES_MAX; i++)
		EXPECT(door_allow(&door, &peer, PROTOCOL_TCP, (uint16_t)(i + 1)), "fits");
	EXPECT(!door_allow(&door, &peer, PROTOCOL_UDP, 1), "one too many");
	EXPECT(door_allow(&door, &peer, PROTOCOL_TCP, 7), "twice is once");
	for (unsigned i = 0; i < DOOR_RULES_MAX; i++) {
		r = door_rule_next(&door, r);
		EXPECT_EQ(r->key.port, i + 1, "in the order in which they were added");
	}
	EXPECT(door_rule_next(&door, r) == NULL, "no more");
	EXPECT_EQ(door_deny(&door, &peer), DOOR_RULES_MAX, "all taken back");
	end();
}

/* An outgoing flow to one of many peers. */
static void out_to(uint16_t peer, uint16_t port)
{
	static uint8_t buffer[PACKET_MAX];
	struct made m = udp(port, 53);
	struct packet p;
	size_t len = made_write(&m, buffer);

	put(buffer + 36, peer, 2);
	EXPECT(packet_parse(&p, bytes_of(buffer, len)), "a good packet");
	door_out(&door, now(), &p, &p.flow.destination);
}

static bool knows(uint16_t peer, uint16_t port)
{
	for (const struct door_flow *f = door_flow_next(&door, NULL); f != NULL;
		f = door_flow_next(&door, f))
		if (f->flow.source_port == port &&
			got(f->flow.destination.b + 12, 2) == peer)
			return true;
	return false;
}

TEST(door_peers_at_their_cap_push_out_their_own)
{
	begin();
	out_to(1, 1);
	now_ms++;
	for (unsigned i = 0; i < DOOR_PEER_FLOWS_MAX; i++)
		out_to(2, (uint16_t)(i + 1));
	EXPECT_EQ(door_flow_count(&door), DOOR_PEER_FLOWS_MAX + 1, "all fit");
	out_to(2, 1); /* heard again: the next one is the idle one */
	out_to(2, 60000);
	EXPECT_EQ(
		door_flow_count(&door), DOOR_PEER_FLOWS_MAX + 1, "no more of this peer");
	EXPECT(knows(1, 1), "the other peer's is there");
	EXPECT(knows(2, 1) && !knows(2, 2) && knows(2, 60000), "the idle one went");
	EXPECT_EQ(door.flows_pushed_out, 1, "counted");
	end();
}

TEST(door_at_its_cap_forgets_what_was_idle_longest)
{
	begin();
	for (unsigned i = 0; i < DOOR_FLOWS_MAX; i++) {
		out_to((uint16_t)(i / 256), (uint16_t)i);
		now_ms++;
	}
	out_to(0, 0);
	out_to(900, 1);
	EXPECT_EQ(door_flow_count(&door), DOOR_FLOWS_MAX, "the cap holds");
	EXPECT(knows(0, 0) && !knows(0, 1) && knows(900, 1), "the idle one went");
	end();
}

TEST(door_later_fragments_follow_the_first)
{
	struct made first = udp(53, 5000), later = udp(53, 5000);
	struct address peer = peer_address();

	first.extensions = BYTES("\54\21\0\0\1\0\0\0\7");
	later.extensions = BYTES("\54\21\0\0\20\0\0\0\7");
	begin();
	EXPECT_EQ(in(later), DOOR_DENY, "nothing known");
	EXPECT_EQ(in(first), DOOR_DENY, "not allowed");
	EXPECT_EQ(in(later), DOOR_DENY, "nor is the rest");
	EXPECT(door_allow(&door, &peer, PROTOCOL_UDP, 53), "a rule");
	EXPECT_EQ(in(first), DOOR_PASS, "allowed");
	EXPECT_EQ(in(later), DOOR_PASS, "and the rest");
	later.extensions = BYTES("\54\21\0\0\20\0\0\0\10");
	EXPECT_EQ(in(later), DOOR_DENY, "not of another packet");
	later.extensions = BYTES("\54\21\0\0\20\0\0\0\7");
	now_ms += DOOR_FRAGMENTS_S * SECOND;
	EXPECT_EQ(in(later), DOOR_DENY, "nor when nobody waits for it any more");
	end();
}

/* What lies behind two gateways may come over either. */
TEST(door_rules_let_their_own_peer_in_and_no_other)
{
	static uint8_t buffer[PACKET_MAX];
	struct address one = made_address(6, 50), other = made_address(6, 51);
	struct made m = udp(5000, 53);
	struct packet p;

	m.source = THERE;
	m.destination = HERE;
	begin();
	EXPECT(packet_parse(&p, bytes_of(buffer, made_write(&m, buffer))),
		"a good packet");
	EXPECT(door_allow(&door, &one, PROTOCOL_UDP, 53), "a rule for one");
	EXPECT_EQ(door_in(&door, now(), &p, &one), DOOR_PASS, "it is let in");
	EXPECT_EQ(door_in(&door, now(), &p, &other), DOOR_DENY, "the other is not");
	EXPECT(door_allow(&door, &other, PROTOCOL_UDP, 53), "but by a rule of its own");
	EXPECT_EQ(door_in(&door, now(), &p, &other), DOOR_PASS, "it is");
	EXPECT_EQ(door_deny(&door, &one), 1, "which stands when the first goes");
	EXPECT_EQ(door_in(&door, now(), &p, &other), DOOR_PASS, "and so does its flow");
	EXPECT_EQ(door_deny(&door, &other), 1, "until it goes");
	EXPECT_EQ(door_in(&door, now(), &p, &other), DOOR_DENY, "too");
	EXPECT_EQ(door_flow_count(&door), 1, "all of it one flow");
	end();
}

TEST(door_names_are_there)
{
	EXPECT_STRING(door_verdict_name(DOOR_RATE), "rate", "a verdict");
	for (unsigned s = 0; s < DOOR_STAGES; s++)
		EXPECT(door_stage_name((enum door_stage)s) != NULL, "every stage");
}
