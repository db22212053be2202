/* SPDX-License-Identifier: ISC */
#include "node/inet/icmp.h"
#include "tests/test.h"
#include "tests/unit/node/inet/packets.h"

static uint8_t about[PACKET_MAX], answer[PACKET_MAX], payload[3000];
static struct icmp icmp;

/* Answers what m makes; the length of the answer, 0: none. */
static size_t answered(const struct made *m, enum icmp_error error, size_t room)
{
	struct icmp_problem problem = { error, 70000, made_address(m->version, 9) };
	struct writer w = writer_of(answer, room);
	struct packet p;

	EXPECT(packet_parse(&p, bytes_of(about, made_write(m, about))), "a good packet");
	if (!icmp_answer(&icmp, instant_ms(1), &problem, &p, &w)) {
		EXPECT_EQ(w.len, 0, "no answer, no byte");
		return 0;
	}
	return w.len;
}

static struct made question(uint8_t version)
{
	return (struct made){ .version = version,
		.protocol = PROTOCOL_UDP,
		.source = 1,
		.destination = 2,
		.source_port = 4000,
		.destination_port = 53,
		.payload = BYTES("question") };
}

TEST(icmp_says_what_is_wrong)
{
	static const struct {
		enum icmp_error error;
		uint8_t v6_type, v6_code, v4_type, v4_code;
	} rows[ICMP_ERRORS] = {
		{ ICMP_NO_ROUTE, 1, 0, 3, 0 },
		{ ICMP_PROHIBITED, 1, 1, 3, 13 },
		{ ICMP_ADDRESS, 1, 3, 3, 1 },
		{ ICMP_PORT, 1, 4, 3, 3 },
		{ ICMP_TOO_BIG, 2, 0, 3, 4 },
		{ ICMP_TIME_EXCEEDED, 3, 0, 11, 0 },
	};

	icmp_init(&icmp, instant_ms(0));
	for (unsigned i = 0; i < 2 * array_len(rows); i++) {
		uint8_t version = i % 2 ? 4 : 6;
		struct made m = question(version);
		size_t len = answered(&m, rows[i / 2].error, ICMP_MAX);
		size_t header = version == 6 ? 40 : 20;
		struct address from = made_address(version, 9),
			       to = made_address(version, 1);
		struct packet p, q;

		EXPECT(packet_parse(&p, bytes_of(answer, len)), "a good packet");
		EXPECT(packet_parse(&q, bytes_of(about, p.whole.len - header - 8)),
			"which quotes all of a small one");
		EXPECT_EQ(p.icmp, PACKET_ICMP_ERROR, "an error");
		EXPECT_EQ(p.icmp_type,
			version == 6 ? rows[i / 2].v6_type : rows[i / 2].v4_type,
			"its type");
		EXPECT_EQ(p.icmp_code,
			version == 6 ? rows[i / 2].v6_code : rows[i / 2].v4_code,
			"its code");
		EXPECT(id_equal(&p.flow.source, &from) &&
				id_equal(&p.flow.destination, &to),
			"from us to who sent it");
		EXPECT(packet_flow_equal(&p.quoted, &q.flow), "about its flow");
		if (version == 6)
			EXPECT(naive_good(answer, len), "its checksum is right");
		else
			EXPECT(naive_sum(0, answer, 20) == 0xffff &&
					naive_sum(0, answer + 20, len - 20) == 0xffff,
				"its checksums are right");
		EXPECT_EQ(got(answer + header + 4, 4),
			rows[i / 2].error != ICMP_TOO_BIG ? 0u
			: version == 6                    ? 70000u
							  : 65535u,
			"the MTU, as far as it goes");
		EXPECT_EQ(icmp.sent[i / 2], 1 + i % 2, "counted");
	}
}

TEST(icmp_quotes_no_more_than_fits)
{
	struct made m = question(6);

	icmp_init(&icmp, instant_ms(0));
	m.payload = bytes_of(payload, sizeof(payload));
	EXPECT_EQ(
		answered(&m, ICMP_TOO_BIG, PACKET_MAX), 1280, "RFC 4443 section 2.4 (c)");
	EXPECT(naive_good(answer, 1280), "its checksum is right");
	m.version = 4;
	EXPECT_EQ(
		answered(&m, ICMP_TOO_BIG, PACKET_MAX), 576, "RFC 1812 section 4.3.2.3");
	m = question(6);
	EXPECT_EQ(answered(&m, ICMP_PORT, 60), 0, "no room, no answer");
	m.version = 4;
	EXPECT_EQ(answered(&m, ICMP_PORT, 40), 0, "nor in IPv4");
	EXPECT_EQ(answered(&m, ICMP_PORT, 10), 0, "nor a part of a header");
}

TEST(icmp_is_silent_where_it_must_be)
{
	struct made m;

	icmp_init(&icmp, instant_ms(0));
	for (uint8_t version = 4; version <= 6; version += 2) {
		uint8_t protocol = version == 6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMPV4;

		m = question(version);
		m.protocol = protocol;
		m.source_port = version == 6 ? 0x0100 : 0x0300;
		EXPECT_EQ(answered(&m, ICMP_PORT, ICMP_MAX), 0, "about an error");
		m.source_port = version == 6 ? 100 << 8 : 4 << 8;
		EXPECT_EQ(answered(&m, ICMP_PORT, ICMP_MAX), 0, "about what may be one");
		m.source_port = version == 6 ? 137 << 8 : 5 << 8;
		EXPECT_EQ(answered(&m, ICMP_PORT, ICMP_MAX), 0, "about a redirect");
		m.source_port = version == 6 ? 128 << 8 : 8 << 8;
		EXPECT(answered(&m, ICMP_PORT, ICMP_MAX) > 0, "but about an echo");
	}
	m = question(6);
	m.extensions = BYTES("\54\21\0\0\10\0\0\0\7");
	EXPECT_EQ(answered(&m, ICMP_ADDRESS, ICMP_MAX), 0, "about a later fragment");
	m.extensions = BYTES("\54\21\0\0\1\0\0\0\7");
	EXPECT(answered(&m, ICMP_ADDRESS, ICMP_MAX) > 0, "but about the first");
}

TEST(icmp_answers_one_node_about_one_node)
{
	static const struct {
		const char *why;
		uint8_t version;
		unsigned at;
		const char *address;
	} rows[] = {
		{ "to a group", 6, 24, "\377\2\0\0\0\0\0\0\0\0\0\0\0\0\0\1" },
		{ "from a group", 6, 8, "\377\2\0\0\0\0\0\0\0\0\0\0\0\0\0\1" },
		{ "from nobody", 6, 8, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" },
		{ "from a loop", 6, 8, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1" },
		{ "to a group of IPv4", 4, 16, "\340\0\0\1" },
		{ "to all", 4, 16, "\377\377\377\377" },
		{ "from nobody of IPv4", 4, 12, "\0\0\0\0" },
		{ "from a loop of IPv4", 4, 12, "\177\0\0\1" },
	};

	icmp_init(&icmp, instant_ms(0));
	for (size_t i = 0; i < array_len(rows); i++) {
		struct made m = question(rows[i].version);
		size_t len = made_write(&m, about);
		struct icmp_problem problem = { ICMP_ADDRESS, 0,
			made_address(m.version, 9) };
		struct writer w = writer_of(answer, ICMP_MAX);
		struct packet p;

		memcpy(about + rows[i].at, rows[i].address, m.version == 6 ? 16 : 4);
		if (m.version == 4) {
			put(about + 10, 0, 2);
			put(about + 10, 0xffffu & ~(unsigned)naive_sum(0, about, 20), 2);
		}
		EXPECT(packet_parse(&p, bytes_of(about, len)), "a good packet");
		EXPECT(!icmp_answer(&icmp, instant_ms(1), &problem, &p, &w), rows[i].why);
	}
}

TEST(icmp_keeps_its_rate)
{
	struct made m = question(6);
	unsigned count = 0;

	icmp_init(&icmp, instant_ms(0));
	for (unsigned i = 0; i < 100; i++)
		count += answered(&m, ICMP_PORT, ICMP_MAX) > 0;
	EXPECT_EQ(count, ICMP_BURST, "a burst and no more");
	EXPECT_EQ(icmp.limited, 100 - ICMP_BURST, "the rest is counted");
}
