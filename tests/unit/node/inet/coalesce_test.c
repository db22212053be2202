/* SPDX-License-Identifier: ISC */
#include "node/inet/coalesce.h"
#include "node/base/mem.h"
#include "tests/test.h"
#include "tests/unit/node/inet/packets.h"

enum { SLOTS = 4 };

static uint8_t packet[PACKET_MAX], payload[5000];
static struct coalescer c;
static uint8_t *buffers;

static void begin(bool datagrams)
{
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 11);
	buffers = mem_new((size_t)SLOTS * COALESCE_BUFFER_SIZE);
	coalesce_init(&c, buffers, SLOTS, datagrams);
}

static struct made stream(uint8_t version, uint8_t protocol)
{
	return (struct made){ .version = version,
		.protocol = protocol,
		.source = 1,
		.destination = 2,
		.source_port = 22,
		.destination_port = 5000,
		.flags = TCP_ACK,
		.sequence = 0xfffffff0,
		.window = 500,
		.id = 0xffff,
		.payload = bytes_of(payload, 1000) };
}

/* The packet behind m in the same stream. */
static struct made after(struct made m)
{
	m.sequence += (uint32_t)m.payload.len;
	m.id++;
	m.payload.data += m.payload.len;
	return m;
}

static bool added(const struct made *m)
{
	struct packet p;

	EXPECT(packet_parse(&p, bytes_of(packet, made_write(m, packet))),
		"a good packet");
	return coalesce_add(&c, &p);
}

/* How many packets come out. */
static unsigned end(void)
{
	unsigned count = 0;

	while (coalesce_take(&c).len > 0)
		count++;
	mem_free(buffers);
	return count;
}

TEST(coalesce_joins_tcp_segments)
{
	static uint8_t whole[PACKET_MAX];

	for (uint8_t version = 4; version <= 6; version += 2) {
		struct made m = stream(version, PROTOCOL_TCP), first = m;
		size_t header = version == 6 ? 60 : 40, len;
		struct offload o;
		struct bytes b;

		begin(false);
		EXPECT(added(&m), "the first");
		m = after(m);
		EXPECT(added(&m), "the second");
		m = after(m);
		m.payload.len = 300;
		m.flags |= TCP_PSH;
		EXPECT(added(&m), "the last");
		b = coalesce_take(&c);
		EXPECT(offload_parse(&o, b), "the header");
		EXPECT_EQ(
			o.type, version == 6 ? OFFLOAD_TCPV6 : OFFLOAD_TCPV4, "its type");
		EXPECT_EQ(o.flags, OFFLOAD_NEEDS_CSUM, "to be summed when it is cut");
		EXPECT_EQ(o.segment_size, 1000, "as it was cut");
		EXPECT_EQ(o.header_size, header, "headers");
		EXPECT_EQ(o.checksum_at, header - 20, "where TCP begins");
		EXPECT_EQ(o.checksum_offset, 16, "where its checksum is");
		first.payload.len = 2300;
		first.flags |= TCP_PSH;
		len = made_write(&first, whole);
		/* Of the checksum the pseudo header is there. */
		put(whole + header - 4,
			naive_sum((uint32_t)(len - header + 20) + PROTOCOL_TCP,
				whole + (version == 6 ? 8 : 12), version == 6 ? 32 : 8),
			2);
		EXPECT_BYTES(bytes_of(b.data + OFFLOAD_SIZE, b.len - OFFLOAD_SIZE),
			bytes_of(whole, len), "the packet that was cut");
		EXPECT_EQ(c.joined, 2, "counted");
		EXPECT_EQ(c.packets, 3, "all of them");
		EXPECT_EQ(end(), 0, "nothing else");
	}
}

TEST(coalesce_joins_datagrams_where_the_kernel_can)
{
	for (uint8_t version = 4; version <= 6; version += 2) {
		struct made m = stream(version, PROTOCOL_UDP), next = after(m);
		struct offload o;
		struct bytes b;

		next.payload.len = 999;
		begin(true);
		EXPECT(added(&m) && added(&next) && added(&next), "three");
		b = coalesce_take(&c);
		EXPECT(offload_parse(&o, b), "the header");
		EXPECT_EQ(o.type, OFFLOAD_UDP, "its type");
		EXPECT_EQ(o.segment_size, 1000, "the size of the first");
		EXPECT_EQ(got(b.data + OFFLOAD_SIZE + (version == 6 ? 44 : 24), 2), 2007,
			"UDP's length");
		EXPECT_EQ(end(), 1, "a smaller one ends a run");

		begin(false);
		EXPECT(added(&m) && added(&next), "two");
		EXPECT_EQ(end(), 2, "not when it cannot");
	}
}

/* What the second packet changes so that it is not joined. */
static void change(struct made *m, unsigned what)
{
	switch (what) {
	case 0:
		m->sequence++;
		break;
	case 1:
		m->acknowledged++;
		break;
	case 2:
		m->window++;
		break;
	case 3:
		m->flags |= TCP_ECE;
		break;
	case 4:
		m->flags |= TCP_CWR;
		break;
	case 5:
		m->flags |= TCP_URG;
		break;
	case 6:
		m->flags |= TCP_RST;
		break;
	case 7:
		m->options = BYTES("\1\1\1\1");
		break;
	case 8:
		m->traffic_class = 3;
		break;
	case 9:
		m->hop_limit = 9;
		break;
	case 10:
		m->payload.len++;
		break;
	case 11:
		m->payload.len = 0;
		break;
	case 12:
		m->source_port++;
		break;
	case 13:
		m->label = 1;
		m->id++;
		break;
	case 14:
		m->fragment = 0x4000;
		m->extensions = BYTES("\74\6\0\1\4\0\0\0\0");
		break;
	}
}

TEST(coalesce_joins_nothing_else)
{
	for (unsigned i = 0; i < 2 * 15; i++) {
		struct made m = stream(i % 2 ? 4 : 6, PROTOCOL_TCP), next = after(m);

		change(&next, i / 2);
		begin(false);
		EXPECT(added(&m) && added(&next), "both are taken");
		EXPECT_EQ(c.joined, 0, "one by one");
		EXPECT_EQ(end(), 2, "and come out so");
	}
}

TEST(coalesce_joins_nothing_with_more_headers_or_in_parts)
{
	struct made m = stream(6, PROTOCOL_TCP), next;

	m.extensions = BYTES("\74\6\0\1\4\0\0\0\0");
	next = after(m);
	begin(false);
	EXPECT(added(&m) && added(&next), "both with an extension header");
	EXPECT_EQ(end(), 2, "one by one");
	m = stream(4, PROTOCOL_TCP);
	m.fragment = 0x2000;
	m.payload.len = 1004;
	next = after(m);
	begin(false);
	EXPECT(added(&m) && added(&next), "both first fragments");
	EXPECT_EQ(end(), 2, "one by one");
}

TEST(coalesce_joins_no_datagram_that_says_something_else)
{
	struct packet p;
	size_t len;

	begin(true);
	for (unsigned i = 0; i < 2; i++) {
		struct made m = stream(6, PROTOCOL_UDP);

		len = made_write(&m, packet);
		put(packet + 44, got(packet + 44, 2) - 1, 2);
		put(packet + 46, got(packet + 46, 2) + 1, 2);
		EXPECT(packet_parse(&p, bytes_of(packet, len)), "a packet");
		EXPECT(coalesce_add(&c, &p), "whose length is not all there is");
	}
	EXPECT_EQ(end(), 2, "one by one");

	begin(true);
	for (unsigned i = 0; i < 2; i++) {
		struct made m = stream(4, PROTOCOL_UDP);

		m.id = (uint16_t)i;
		payload[0] = payload[1] = 0;
		(void)made_write(&m, packet);
		put(payload, got(packet + 26, 2), 2);
		len = made_write(&m, packet);
		EXPECT_EQ(got(packet + 26, 2), 0xffff, "the sum of it is nothing");
		put(packet + 26, 0, 2);
		EXPECT(packet_parse(&p, bytes_of(packet, len)), "a packet");
		EXPECT(coalesce_add(&c, &p), "without a checksum");
	}
	EXPECT_EQ(end(), 2, "one by one");
}

TEST(coalesce_ends_a_run_at_push_and_fin)
{
	static const uint8_t flags[] = { TCP_PSH, TCP_FIN };

	for (unsigned i = 0; i < array_len(flags); i++) {
		struct made m = stream(6, PROTOCOL_TCP), next = after(m),
			    last = after(next);

		next.flags |= flags[i];
		begin(false);
		EXPECT(added(&m) && added(&next) && added(&last), "three");
		EXPECT_EQ(c.joined, 1, "it is the last of its run");
		EXPECT_EQ(end(), 2, "then a new one");
	}
}

TEST(coalesce_knows_the_ids_of_ipv4)
{
	struct made m = stream(4, PROTOCOL_TCP), next = after(m), last = after(next);

	next.id = last.id = m.id;
	begin(false);
	EXPECT(added(&m) && added(&next), "constant ids");
	EXPECT_EQ(c.joined, 0, "are not joined where a router may fragment");
	EXPECT_EQ(end(), 2, "two");
	m.fragment = next.fragment = last.fragment = 0x4000;
	begin(false);
	EXPECT(added(&m) && added(&next) && added(&last), "but with DF");
	EXPECT_EQ(end(), 1, "they are");
	last.id = m.id + 2;
	begin(false);
	EXPECT(added(&m) && added(&next) && added(&last), "unless they count later");
	EXPECT_EQ(end(), 2, "then not");
}

TEST(coalesce_passes_a_wrong_checksum_alone_and_as_it_is)
{
	struct made m = stream(6, PROTOCOL_TCP), next = after(m);
	struct offload o;
	struct packet p;
	struct bytes b;
	size_t len;

	begin(false);
	EXPECT(added(&m), "a right one");
	len = made_write(&next, packet);
	packet[len - 1] ^= 1;
	EXPECT(packet_parse(&p, bytes_of(packet, len)) && coalesce_add(&c, &p),
		"a wrong one");
	b = coalesce_take(&c);
	EXPECT(offload_parse(&o, b), "a header");
	EXPECT_EQ(o.flags, OFFLOAD_DATA_VALID, "the right one was verified");
	b = coalesce_take(&c);
	EXPECT(offload_parse(&o, b), "a header");
	EXPECT(o.flags == 0 && o.type == OFFLOAD_NONE,
		"nothing is said of the wrong one");
	EXPECT_BYTES(bytes_of(b.data + OFFLOAD_SIZE, b.len - OFFLOAD_SIZE),
		bytes_of(packet, len), "which is as it came");
	EXPECT_EQ(end(), 0, "no more");
}

TEST(coalesce_asks_for_a_slot_when_all_are_used)
{
	struct made m = stream(6, PROTOCOL_TCP), other = m;

	begin(false);
	for (unsigned i = 0; i < SLOTS; i++) {
		other.source_port = (uint16_t)(100 + i);
		EXPECT(added(&other), "a slot each");
	}
	other.source_port = 100;
	other = after(other);
	EXPECT(added(&other), "joined without one");
	EXPECT(!added(&m), "no slot for another flow");
	EXPECT_EQ(got(coalesce_take(&c).data + OFFLOAD_SIZE + 40, 2), 100,
		"the oldest first");
	EXPECT(added(&m), "now there is one");
	EXPECT_EQ(end(), SLOTS, "all come out");
}

TEST(coalesce_joins_no_more_than_a_packet_holds)
{
	struct made m = stream(6, PROTOCOL_TCP);
	struct bytes b;

	begin(true);
	for (unsigned i = 0; i < 100; i++) {
		EXPECT(added(&m), "taken");
		m = after(m);
		m.payload.data = payload;
	}
	b = coalesce_take(&c);
	EXPECT_EQ(b.len, OFFLOAD_SIZE + 60 + 65000, "65 segments of 1000 bytes");
	EXPECT_EQ(end(), 1, "the rest");

	m = stream(6, PROTOCOL_UDP);
	m.payload.len = 10;
	begin(true);
	for (unsigned i = 0; i < 100; i++)
		EXPECT(added(&m), "taken");
	b = coalesce_take(&c);
	EXPECT_EQ(b.len, OFFLOAD_SIZE + 48 + 64 * 10, "64 datagrams");
	EXPECT_EQ(end(), 1, "the rest");
}
