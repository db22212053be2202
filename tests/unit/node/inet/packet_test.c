/* SPDX-License-Identifier: ISC */
#include "node/inet/packet.h"
#include "tests/test.h"
#include "tests/unit/node/inet/packets.h"

static uint8_t buffer[PACKET_MAX + 1];

/* Parses what m makes. */
static bool parsed(struct packet *p, const struct made *m)
{
	return packet_parse(p, bytes_of(buffer, made_write(m, buffer)));
}

static void repair_ipv4(uint8_t *packet)
{
	put(packet + 10, 0, 2);
	put(packet + 10, 0xffffu & ~(unsigned)naive_sum(0, packet, 4 * (packet[0] & 15u)),
		2);
}

TEST(packet_reads_tcp_in_both_versions)
{
	for (uint8_t version = 4; version <= 6; version += 2) {
		struct made m = { .version = version,
			.protocol = PROTOCOL_TCP,
			.source = 1,
			.destination = 2,
			.source_port = 40000,
			.destination_port = 22,
			.flags = TCP_SYN | TCP_ECE,
			.traffic_class = 0xb9,
			.hop_limit = 7,
			.options = BYTES("\2\4\5\264"),
			.payload = BYTES("hi") };
		struct address source = made_address(version, 1);
		struct packet p;

		EXPECT(parsed(&p, &m), "it is a packet");
		EXPECT_EQ(p.version, version, "its version");
		EXPECT(id_equal(&p.flow.source, &source), "its source");
		EXPECT_EQ(p.flow.source_port, 40000, "its port");
		EXPECT_EQ(p.flow.destination_port, 22, "the other port");
		EXPECT_EQ(p.flow.protocol, PROTOCOL_TCP, "its protocol");
		EXPECT_EQ(p.tcp_flags, TCP_SYN | TCP_ECE, "its flags");
		EXPECT_EQ(p.traffic_class, 0xb9, "its class");
		EXPECT_EQ(p.hop_limit, 7, "its hops");
		EXPECT_EQ(p.transport_at, version == 6 ? 40 : 20, "where TCP begins");
		EXPECT_EQ(p.payload_at, p.transport_at + 24, "where the payload begins");
		EXPECT(!p.fragment && p.icmp == PACKET_ICMP_NOT, "nothing else");
	}
}

/* One IPv6 packet with UDP or TCP behind these extension headers. */
struct walk_row {
	const char *why;
	struct bytes extensions;
	uint8_t protocol;
	bool good;
	uint16_t port; /* destination port found */
};

#define HOP     "\0"
#define ROUTE   "\53"
#define FRAG    "\54"
#define DEST    "\74"
#define UDP     "\21"
#define TCP     "\6"
#define PAD     "\0\1\4\0\0\0\0" /* length 0 and an option that pads */
#define PART(o) "\0" o "\0\0\0\7"

TEST(packet_walks_extension_headers)
{
	static const struct walk_row rows[] = {
		{ "none", BYTES(""), 17, true, 53 },
		{ "hop by hop", BYTES(HOP UDP PAD), 17, true, 53 },
		{ "hop by hop, destination", BYTES(HOP DEST PAD UDP PAD), 17, true, 53 },
		{ "hop by hop that is not the first", BYTES(DEST HOP PAD UDP PAD), 17,
			false, 0 },
		{ "routing type 4", BYTES(ROUTE UDP "\0\4\0\0\0\0\0"), 17, true, 53 },
		{ "routing type 0", BYTES(ROUTE UDP "\0\0\0\0\0\0\0"), 17, false, 0 },
		{ "eight",
			BYTES(HOP DEST PAD DEST PAD DEST PAD DEST PAD DEST PAD DEST PAD
					DEST PAD UDP PAD),
			17, true, 53 },
		{ "nine",
			BYTES(HOP DEST PAD DEST PAD DEST PAD DEST PAD DEST PAD DEST PAD
					DEST PAD DEST PAD UDP PAD),
			17, false, 0 },
		{ "one longer than the packet", BYTES(DEST UDP "\377\1\4\0\0\0\0"), 17,
			false, 0 },
		{ "a first fragment", BYTES(FRAG UDP PART("\0\1")), 17, true, 53 },
		{ "a later one", BYTES(FRAG UDP PART("\0\10")), 17, true, 0 },
		{ "a whole one in a fragment header", BYTES(FRAG UDP PART("\0\0")), 17,
			true, 53 },
		{ "two fragment headers", BYTES(FRAG FRAG PART("\0\0") UDP PART("\0\0")),
			17, false, 0 },
		{ "a fragment past 64 KiB", BYTES(FRAG UDP PART("\377\370")), 17, false,
			0 },
		{ "a later fragment over a TCP header", BYTES(FRAG TCP PART("\0\20")), 17,
			false, 0 },
		{ "a later fragment behind a TCP header", BYTES(FRAG TCP PART("\0\30")),
			17, true, 0 },
		{ "authentication", BYTES("\63" UDP PAD), 17, true, 0 },
		{ "encryption",
			BYTES("\62"
			      "\0\0\0\1\0\0\0\1"),
			17, true, 0 },
		{ "nothing more", BYTES("\73"), 17, true, 0 },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct made m = { .version = 6,
			.protocol = rows[i].protocol,
			.extensions = rows[i].extensions,
			.destination_port = 53,
			.payload = BYTES("12345678") };
		struct packet p;

		EXPECT(parsed(&p, &m) == rows[i].good, rows[i].why);
		EXPECT(!rows[i].good || p.flow.destination_port == rows[i].port,
			rows[i].why);
	}
}

TEST(packet_tells_fragments)
{
	struct made m = { .version = 6,
		.protocol = PROTOCOL_UDP,
		.source_port = 4000,
		.destination_port = 53,
		.extensions = BYTES(FRAG UDP PART("\0\1")),
		.payload = BYTES("12345678") };
	struct packet p, first;

	EXPECT(parsed(&first, &m), "the first");
	EXPECT(first.fragment && !first.fragment_later, "is the first");
	EXPECT_EQ(first.fragment_id, 7, "its id");
	m.extensions = BYTES(FRAG UDP PART("\0\20"));
	EXPECT(parsed(&p, &m), "the second");
	EXPECT(p.fragment && p.fragment_later, "is a later one");
	EXPECT(packet_hash(&p) == packet_hash(&first), "both wait in one queue");
	m.extensions = BYTES(FRAG UDP PART("\0\0"));
	EXPECT(parsed(&p, &m) && !p.fragment, "RFC 6946: a packet in one part is whole");
	m.extensions = BYTES(FRAG UDP PART("\0\1"));
	m.payload = BYTES("1234567");
	EXPECT(!parsed(&p, &m), "only the last part has a length that is not of eights");

	m = (struct made){ .version = 4,
		.protocol = PROTOCOL_UDP,
		.id = 9,
		.fragment = 0x2000,
		.payload = BYTES("12345678") };
	EXPECT(parsed(&p, &m), "IPv4");
	EXPECT(p.fragment && !p.fragment_later && p.fragment_id == 9, "the first");
	m.fragment = 0x0003;
	EXPECT(parsed(&p, &m), "IPv4, the last");
	EXPECT(p.fragment && p.fragment_later, "is a later one");
	m.fragment = 0x4000;
	EXPECT(parsed(&p, &m) && !p.fragment, "DF is no fragment");
	m.fragment = 0x1fff;
	EXPECT(!parsed(&p, &m), "it would end past 64 KiB");
}

TEST(packet_refuses_what_is_not_one)
{
	static const struct {
		const char *why;
		uint8_t version, protocol;
		unsigned at; /* this byte is set to `byte` */
		uint8_t byte;
	} rows[] = {
		{ "version 5", 6, 17, 0, 0x50 },
		{ "version 4 with what is IPv6", 6, 17, 0, 0x45 },
		{ "IPv6 one byte longer than said", 6, 17, 5, 15 },
		{ "IPv6 one byte shorter than said", 6, 17, 5, 17 },
		{ "IPv4 header of 16 bytes", 4, 17, 0, 0x44 },
		{ "IPv4 header longer than the packet", 4, 17, 0, 0x4f },
		{ "IPv4 one byte longer than said", 4, 17, 3, 35 },
		{ "IPv4 one byte shorter than said", 4, 17, 3, 37 },
		{ "UDP length below its header", 6, 17, 45, 7 },
		{ "UDP length beyond the packet", 6, 17, 45, 17 },
		{ "TCP header of 16 bytes", 6, 6, 52, 0x40 },
		{ "TCP header longer than the packet", 6, 6, 52, 0x80 },
	};
	struct packet p;

	for (size_t i = 0; i < array_len(rows); i++) {
		struct made m = { .version = rows[i].version,
			.protocol = rows[i].protocol,
			.payload = BYTES("12345678") };
		size_t len = made_write(&m, buffer);

		EXPECT(packet_parse(&p, bytes_of(buffer, len)), "good before");
		buffer[rows[i].at] = rows[i].byte;
		if (rows[i].version == 4)
			repair_ipv4(buffer);
		EXPECT(!packet_parse(&p, bytes_of(buffer, len)), rows[i].why);
	}
	EXPECT(!packet_parse(&p, bytes_of(NULL, 0)), "nothing");
	EXPECT(!packet_parse(&p, bytes_of(buffer, PACKET_MAX + 1)),
		"more than any packet");
}

TEST(packet_refuses_a_wrong_ipv4_checksum_and_source_routes)
{
	static const struct {
		const char *why;
		const char options[5];
		bool good;
	} rows[] = {
		{ "nothing but the end", "\0\0\0\0", true },
		{ "router alert", "\224\4\0\0", true },
		{ "no operation four times", "\1\1\1\1", true },
		{ "loose source route", "\203\3\4\0", false },
		{ "strict source route", "\1\211\3\4", false },
		{ "an option without its length", "\1\1\1\7", false },
		{ "an option longer than the header", "\7\5\4\0", false },
		{ "an option of length 1", "\7\1\4\0", false },
	};
	struct made m = { .version = 4, .protocol = PROTOCOL_UDP };
	struct packet p;
	size_t len = made_write(&m, buffer);

	buffer[8]--;
	EXPECT(!packet_parse(&p, bytes_of(buffer, len)), "the checksum is wrong");
	for (size_t i = 0; i < array_len(rows); i++) {
		len = made_write(&m, buffer);
		memmove(buffer + 24, buffer + 20, len - 20);
		memcpy(buffer + 20, rows[i].options, 4);
		buffer[0] = 0x46;
		put(buffer + 2, len + 4, 2);
		repair_ipv4(buffer);
		EXPECT(packet_parse(&p, bytes_of(buffer, len + 4)) == rows[i].good,
			rows[i].why);
	}
}

TEST(packet_refuses_ipv4_addresses_in_ipv6)
{
	struct made m = { .version = 6, .protocol = PROTOCOL_UDP };
	struct address mapped = made_address(4, 1);
	size_t len;
	struct packet p;

	for (unsigned at = 8; at <= 24; at += 16) {
		len = made_write(&m, buffer);
		memcpy(buffer + at, mapped.b, 16);
		EXPECT(!packet_parse(&p, bytes_of(buffer, len)),
			"or an IPv6 packet could pass as a flow of IPv4");
	}
}

TEST(packet_cut_anywhere_is_refused)
{
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_ICMPV6,
		PROTOCOL_ICMPV4 };
	struct packet p;

	for (unsigned i = 0; i < 8; i++) {
		struct made m = { .version = i & 1 ? 4 : 6,
			.protocol = protocols[i / 2] };
		size_t len = made_write(&m, buffer), header = i & 1 ? 20 : 40;

		for (size_t cut = 0; cut < len; cut++)
			EXPECT(!packet_parse(&p, bytes_of(buffer, cut)),
				"its length is wrong");
		for (size_t cut = header; cut < len; cut++) {
			if (m.version == 6)
				put(buffer + 4, cut - 40, 2);
			else
				put(buffer + 2, cut, 2);
			if (m.version == 4)
				repair_ipv4(buffer);
			/* ICMP of the other version is any protocol. */
			if (m.protocol ==
				(m.version == 6 ? PROTOCOL_ICMPV4 : PROTOCOL_ICMPV6))
				continue;
			EXPECT(!packet_parse(&p, bytes_of(buffer, cut)),
				"its transport header is cut off");
		}
	}
}

TEST(packet_knows_echoes_and_what_errors_quote)
{
	static uint8_t inner[PACKET_MAX];

	for (uint8_t version = 4; version <= 6; version += 2) {
		uint8_t icmp = version == 6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMPV4;
		struct made quoted = { .version = version,
			.protocol = PROTOCOL_UDP,
			.source = 1,
			.destination = 2,
			.source_port = 4000,
			.destination_port = 53,
			.payload = BYTES("question") };
		size_t len = made_write(&quoted, inner);
		struct made m = { .version = version,
			.protocol = icmp,
			.source = 2,
			.destination = 1,
			.source_port = version == 6 ? 0x8000 : 0x0800,
			.destination_port = 77 };
		struct packet p, q;

		EXPECT(parsed(&p, &m) && p.icmp == PACKET_ICMP_ECHO, "an echo");
		EXPECT(p.flow.source_port == 77 && p.flow.destination_port == 77,
			"its identifier");
		m.source_port = version == 6 ? 0x8100 : 0x0000;
		EXPECT(parsed(&p, &m) && p.icmp == PACKET_ICMP_ECHO_REPLY, "a reply");

		EXPECT(packet_parse(&q, bytes_of(inner, len)), "what is quoted");
		m.source_port = version == 6 ? 0x0104 : 0x0303;
		for (size_t cut = 0; cut <= len; cut++) {
			m.payload = bytes_of(inner, cut);
			EXPECT(parsed(&p, &m) && p.icmp == PACKET_ICMP_ERROR, "an error");
			if (cut >= (version == 6 ? 48 : 28))
				EXPECT(packet_flow_equal(&p.quoted, &q.flow),
					"quotes it");
			else
				EXPECT_EQ(p.quoted.protocol, 0, "too short to tell");
		}
		m.source_port = version == 6 ? 137 << 8 : 5 << 8;
		EXPECT(parsed(&p, &m) && p.icmp == PACKET_ICMP_OTHER,
			"a redirect is no error");
		EXPECT_EQ(p.quoted.protocol, 0, "and quotes nothing");

		/* An error about an error, or about the other version. */
		m.source_port = version == 6 ? 0x0104 : 0x0303;
		m.payload = bytes_of(NULL, 0);
		len = made_write(&m, inner);
		m.payload = bytes_of(inner, len);
		EXPECT(parsed(&p, &m) && p.quoted.protocol == 0, "errors are not quoted");
		quoted.version = 10 - version;
		len = made_write(&quoted, inner);
		m.payload = bytes_of(inner, len);
		EXPECT(parsed(&p, &m) && p.quoted.protocol == 0, "nor the other version");
	}
}

TEST(packet_flow_has_a_reverse)
{
	struct made m = { .version = 6,
		.protocol = PROTOCOL_UDP,
		.source = 1,
		.destination = 2,
		.source_port = 3,
		.destination_port = 4 };
	struct made answer = { .version = 6,
		.protocol = PROTOCOL_UDP,
		.source = 2,
		.destination = 1,
		.source_port = 4,
		.destination_port = 3 };
	struct packet p, a;
	struct packet_flow back;

	EXPECT(parsed(&p, &m) && parsed(&a, &answer), "both are good");
	back = packet_flow_reverse(&p.flow);
	EXPECT(packet_flow_equal(&back, &a.flow), "the answer's flow");
	EXPECT(!packet_flow_equal(&p.flow, &a.flow), "is another");
	EXPECT(packet_hash(&p) != packet_hash(&a), "with another hash");
}

TEST(packet_multicast_is_known)
{
	struct address a = { { 0xff, 0x02 } }, b = { { 0xfe, 0x80 } };
	struct address four = made_address(4, 1);

	EXPECT(packet_is_multicast(&a) && !packet_is_multicast(&b), "IPv6");
	EXPECT(!packet_is_multicast(&four), "10.1.2.1");
	four.b[12] = 239;
	EXPECT(packet_is_multicast(&four), "239.1.2.1");
	memset(four.b + 12, 255, 4);
	EXPECT(packet_is_multicast(&four), "255.255.255.255");
}
