/* SPDX-License-Identifier: ISC */
#include "node/inet/segment.h"
#include "tests/test.h"
#include "tests/unit/node/inet/packets.h"

static uint8_t big[PACKET_MAX], out[PACKET_MAX], expected[PACKET_MAX], payload[5000];
static struct segmenter s;

static enum segment_result begun(const struct made *m, struct offload o, size_t mtu)
{
	struct packet p;

	EXPECT(packet_parse(&p, bytes_of(big, made_write(m, big))), "a good packet");
	return segment_begin(&s, &o, &p, mtu);
}

static void expect_next(const struct made *m, const char *why)
{
	size_t len = segment_next(&s, out, sizeof(out));

	EXPECT_BYTES(
		bytes_of(out, len), bytes_of(expected, made_write(m, expected)), why);
}

static struct made stream(uint8_t version, uint8_t protocol, size_t len)
{
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7);
	return (struct made){ .version = version,
		.protocol = protocol,
		.source = 1,
		.destination = 2,
		.source_port = 22,
		.destination_port = 5000,
		.flags = TCP_ACK,
		.sequence = 0xffffff00,
		.id = 0xffff,
		.payload = bytes_of(payload, len) };
}

TEST(segment_cuts_tcp)
{
	for (uint8_t version = 4; version <= 6; version += 2) {
		struct made m = stream(version, PROTOCOL_TCP, 2500);
		struct offload o = { .type = version == 6 ? OFFLOAD_TCPV6 | OFFLOAD_ECN
							  : OFFLOAD_TCPV4 | OFFLOAD_ECN,
			.segment_size = 1000 };

		m.flags = TCP_ACK | TCP_CWR | TCP_PSH | TCP_FIN | TCP_ECE;
		m.options = BYTES("\1\1\10\12\0\0\0\1\0\0\0\2");
		EXPECT_EQ(begun(&m, o, 1400), SEGMENT_GOOD, "it may be cut");
		m.payload.len = 1000;
		m.flags = TCP_ACK | TCP_CWR | TCP_ECE;
		expect_next(&m, "the first has CWR");
		m.payload.data += 1000;
		m.sequence += 1000;
		m.flags = TCP_ACK | TCP_ECE;
		m.id++;
		expect_next(&m, "the next has its sequence number and id");
		m.payload = bytes_of(m.payload.data + 1000, 500);
		m.sequence += 1000;
		m.flags = TCP_ACK | TCP_ECE | TCP_PSH | TCP_FIN;
		m.id++;
		expect_next(&m, "the last has FIN and PSH");
		EXPECT_EQ(segment_next(&s, out, sizeof(out)), 0, "no more");
	}
}

TEST(segment_cuts_tcp_to_the_mtu)
{
	struct made m = stream(6, PROTOCOL_TCP, 2000);
	struct offload o = { .type = OFFLOAD_TCPV6, .segment_size = 1440 };

	EXPECT_EQ(begun(&m, o, 1060), SEGMENT_GOOD, "the kernel's segments are too long");
	EXPECT_EQ(segment_next(&s, out, 1060), 1060, "ours are not");
	EXPECT_EQ(segment_next(&s, out, 1060), 1060, "all of them");
	EXPECT_EQ(segment_next(&s, out, 1060), 0, "no more");
	EXPECT_EQ(begun(&m, o, 60), SEGMENT_TOO_BIG, "nothing fits an MTU of headers");
}

TEST(segment_cuts_datagrams_as_they_are)
{
	for (uint8_t version = 4; version <= 6; version += 2) {
		struct made m = stream(version, PROTOCOL_UDP, 2500);
		struct offload o = { .type = OFFLOAD_UDP, .segment_size = 1200 };
		size_t header = version == 6 ? 48 : 28;

		EXPECT_EQ(
			begun(&m, o, header + 1199), SEGMENT_TOO_BIG, "they do not fit");
		EXPECT_EQ(begun(&m, o, header + 1200), SEGMENT_GOOD, "they do");
		m.payload.len = 1200;
		expect_next(&m, "the first");
		m.payload.data += 1200;
		m.id++;
		expect_next(&m, "the second");
		m.payload = bytes_of(m.payload.data + 1200, 100);
		m.id++;
		expect_next(&m, "the last");
		EXPECT_EQ(segment_next(&s, out, sizeof(out)), 0, "no more");
	}
}

TEST(segment_passes_packets_that_are_whole)
{
	struct made m = stream(6, PROTOCOL_TCP, 100);
	struct offload plain = { 0 };
	struct offload sum = {
		.flags = OFFLOAD_NEEDS_CSUM, .checksum_at = 40, .checksum_offset = 16
	};
	struct packet p;
	size_t len;

	EXPECT_EQ(begun(&m, plain, 160), SEGMENT_GOOD, "as it is");
	expect_next(&m, "unchanged");
	EXPECT_EQ(segment_next(&s, out, sizeof(out)), 0, "no more");
	EXPECT_EQ(begun(&m, plain, 159), SEGMENT_TOO_BIG, "longer than the MTU");

	/* As the kernel leaves it: the sum over the pseudo header alone. */
	len = made_write(&m, big);
	put(big + 56, naive_sum((uint32_t)(len - 40) + PROTOCOL_TCP, big + 8, 32), 2);
	EXPECT(packet_parse(&p, bytes_of(big, len)), "a good packet");
	EXPECT_EQ(segment_begin(&s, &sum, &p, 1280), SEGMENT_GOOD, "to be completed");
	expect_next(&m, "with its checksum");
	sum.checksum_offset = (uint16_t)(len - 41);
	EXPECT_EQ(segment_begin(&s, &sum, &p, 1280), SEGMENT_BAD, "a checksum outside");
}

/* A datagram whose checksum comes out as 0, which would say that it has none. */
TEST(segment_stores_no_checksum_of_zero)
{
	struct made m = stream(6, PROTOCOL_UDP, 100);
	struct offload o = {
		.flags = OFFLOAD_NEEDS_CSUM, .checksum_at = 40, .checksum_offset = 6
	};
	struct packet p;
	size_t len;

	payload[0] = payload[1] = 0;
	(void)made_write(&m, big);
	put(payload, got(big + 46, 2), 2);
	len = made_write(&m, big);
	put(big + 46, naive_sum((uint32_t)(len - 40) + PROTOCOL_UDP, big + 8, 32), 2);
	EXPECT(packet_parse(&p, bytes_of(big, len)), "a good packet");
	EXPECT_EQ(segment_begin(&s, &o, &p, 1280), SEGMENT_GOOD, "to be completed");
	EXPECT_EQ(segment_next(&s, out, sizeof(out)), len, "whole");
	EXPECT_EQ(got(out + 46, 2), 0xffff, "all ones instead");
	EXPECT(naive_good(out, len), "which is right");
}

TEST(segment_cuts_no_fragment)
{
	struct made m = stream(4, PROTOCOL_TCP, 2000);
	struct offload o = { .type = OFFLOAD_TCPV4, .segment_size = 1000 };

	m.fragment = 0x2000;
	m.payload.len = 2004; /* with the header a multiple of 8 */
	EXPECT_EQ(begun(&m, o, 1400), SEGMENT_BAD, "its rest is elsewhere");
}

TEST(segment_refuses_what_does_not_fit_together)
{
	static const struct {
		const char *why;
		uint8_t version, protocol, type, flags;
		uint16_t size;
	} rows[] = {
		{ "TCPv4 in IPv6", 6, 6, OFFLOAD_TCPV4, TCP_ACK, 1000 },
		{ "TCPv6 in IPv4", 4, 6, OFFLOAD_TCPV6, TCP_ACK, 1000 },
		{ "TCP that is UDP", 6, 17, OFFLOAD_TCPV6, 0, 1000 },
		{ "UDP that is TCP", 6, 6, OFFLOAD_UDP, TCP_ACK, 1000 },
		{ "UDP with ECN", 6, 17, OFFLOAD_UDP | OFFLOAD_ECN, 0, 1000 },
		{ "UDP fragmentation offload", 6, 17, 3, 0, 1000 },
		{ "segments of nothing", 6, 6, OFFLOAD_TCPV6, TCP_ACK, 0 },
		{ "a SYN", 6, 6, OFFLOAD_TCPV6, TCP_SYN, 1000 },
		{ "a reset", 6, 6, OFFLOAD_TCPV6, TCP_RST, 1000 },
		{ "urgent data", 6, 6, OFFLOAD_TCPV6, TCP_URG | TCP_ACK, 1000 },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct made m = stream(rows[i].version, rows[i].protocol, 2000);
		struct offload o = { .type = rows[i].type, .segment_size = rows[i].size };

		m.flags = rows[i].flags;
		EXPECT_EQ(begun(&m, o, 1400), SEGMENT_BAD, rows[i].why);
	}
}
