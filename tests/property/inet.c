/* SPDX-License-Identifier: ISC */
/*
 * Offload against naive twins: every segment is the packet that somebody would have written
 * who knew only its fields; what is joined, cut again, gives the packets that came, byte for
 * byte and in the order of each flow; nothing random is ever read past its end.
 */
#include "node/base/mem.h"
#include "node/inet/coalesce.h"
#include "node/inet/segment.h"
#include "tests/test.h"
#include "tests/unit/node/inet/packets.h"

enum { FLOWS = 6, SLOTS = 8, PACKETS = 400 };

static uint8_t payload[PACKET_MAX], big[PACKET_MAX], out[PACKET_MAX],
	expected[PACKET_MAX];

static struct made random_stream(const struct rng *rng, size_t len)
{
	static const uint8_t timestamps[12] = { 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct made m = { .version = rng_below(rng, 2) ? 4 : 6,
		.protocol = rng_below(rng, 3) ? PROTOCOL_TCP : PROTOCOL_UDP,
		.traffic_class = (uint8_t)rng_u64(rng),
		.hop_limit = (uint8_t)(1 + rng_below(rng, 255)),
		.label = (uint32_t)rng_below(rng, 1 << 20),
		.id = (uint16_t)rng_u64(rng),
		.fragment = rng_below(rng, 2) ? 0x4000 : 0,
		.source = (uint8_t)rng_u64(rng),
		.destination = (uint8_t)rng_u64(rng),
		.source_port = (uint16_t)rng_u64(rng),
		.destination_port = (uint16_t)rng_u64(rng),
		.sequence = (uint32_t)rng_u64(rng),
		.acknowledged = (uint32_t)rng_u64(rng),
		.window = (uint16_t)rng_u64(rng),
		.flags = (uint8_t)(rng_u64(rng) &
				   ~(uint64_t)(TCP_SYN | TCP_RST | TCP_URG)),
		.payload = bytes_of(payload, len) };

	if (rng_below(rng, 2))
		m.options = bytes_of(timestamps, sizeof(timestamps));
	return m;
}

/* The i-th segment of m, whose payload begins at `at`. */
static struct made naive_segment(const struct made *m, size_t size, size_t at, unsigned i)
{
	struct made s = *m;
	size_t left = m->payload.len - at;

	s.payload = bytes_of(m->payload.data + at, left < size ? left : size);
	s.sequence += (uint32_t)at;
	s.id = (uint16_t)(m->id + i);
	if (left > size)
		s.flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	if (i > 0)
		s.flags &= (uint8_t)~TCP_CWR;
	return s;
}

TEST(segments_are_what_somebody_would_have_written)
{
	struct rng rng = test_rng();

	rng_fill(&rng, payload, sizeof(payload));
	for (unsigned round = 0; round < 2000; round++) {
		struct made m = random_stream(&rng, 1 + rng_below(&rng, 65000));
		size_t mtu = 100 + rng_below(&rng, 9000), header, size, at = 0, len;
		struct offload o = { .segment_size =
					     (uint16_t)(1 + rng_below(&rng, 3000)) };
		struct segmenter s;
		struct packet p;

		o.type = m.protocol == PROTOCOL_UDP ? OFFLOAD_UDP
			 : m.version == 6           ? OFFLOAD_TCPV6
						    : OFFLOAD_TCPV4;
		EXPECT(packet_parse(&p, bytes_of(big, made_write(&m, big))), "a packet");
		header = p.payload_at;
		size = o.segment_size;
		if (m.protocol == PROTOCOL_TCP && size > mtu - header)
			size = mtu - header;
		/* Sums are made anew whatever the kernel left. */
		put(big + p.transport_at + made_checksum_at(m.protocol), rng_u64(&rng),
			2);
		if (segment_begin(&s, &o, &p, mtu) == SEGMENT_TOO_BIG) {
			EXPECT(m.protocol == PROTOCOL_UDP &&
					header + (size < m.payload.len ? size
								       : m.payload.len) >
						mtu,
				"only datagrams are ever too big");
			continue;
		}
		for (unsigned i = 0; (len = segment_next(&s, out, mtu)) > 0; i++) {
			struct made twin = naive_segment(&m, size, at, i);

			EXPECT(naive_good(out, len), "every checksum is right");
			EXPECT_BYTES(bytes_of(out, len),
				bytes_of(expected, made_write(&twin, expected)),
				"as written by hand");
			at += twin.payload.len;
		}
		EXPECT_EQ(at, m.payload.len, "the whole of it");
	}
}

/* What a flow sent, and how much of it came out. */
struct sent {
	struct bytes packets[PACKETS];
	struct packet_flow flow;
	size_t count, out;
};

static void expect_out(struct sent *flows, struct bytes packet)
{
	struct packet p;

	EXPECT(packet_parse(&p, packet), "what comes out is a packet");
	for (unsigned i = 0; i < FLOWS; i++) {
		struct sent *f = &flows[i];

		if (!packet_flow_equal(&f->flow, &p.flow))
			continue;
		EXPECT(f->out < f->count, "no more comes out than went in");
		EXPECT_BYTES(packet, f->packets[f->out], "in order, byte for byte");
		f->out++;
		return;
	}
	EXPECT(false, "nothing comes out that did not go in");
}

/* Cuts what was joined again, as the kernel would. */
static void cut(struct sent *flows, struct bytes b)
{
	struct bytes whole = bytes_of(b.data + OFFLOAD_SIZE, b.len - OFFLOAD_SIZE);
	struct segmenter s;
	struct offload o;
	struct packet p;
	size_t len;

	EXPECT(offload_parse(&o, b), "a header");
	EXPECT(packet_parse(&p, whole), "a packet");
	EXPECT_EQ(segment_begin(&s, &o, &p, PACKET_MAX), SEGMENT_GOOD,
		"header and packet belong together");
	while ((len = segment_next(&s, out, PACKET_MAX)) > 0)
		expect_out(flows, bytes_of(out, len));
}

/* The next packet of a stream, which now and then does something that ends a run. */
static struct made random_next(const struct rng *rng, struct made *stream)
{
	struct made m = *stream;

	m.flags = rng_below(rng, 20) ? TCP_ACK
				     : (uint8_t)(rng_u64(rng) & ~(uint64_t)TCP_URG);
	m.payload = bytes_of(payload + rng_below(rng, 60000),
		rng_below(rng, 10) ? 1000 : rng_below(rng, 1400));
	if (rng_below(rng, 40) == 0)
		m.acknowledged = ++stream->acknowledged;
	if (rng_below(rng, 40) == 0)
		m.window = ++stream->window;
	if (rng_below(rng, 40) == 0)
		m.traffic_class = stream->traffic_class ^= 3;
	if (rng_below(rng, 40) == 0)
		m.sequence += (uint32_t)rng_below(rng, 2000);
	stream->sequence = m.sequence + (uint32_t)m.payload.len;
	stream->id++;
	return m;
}

TEST(what_is_joined_is_cut_into_what_came)
{
	struct rng rng = test_rng();
	uint8_t *buffers = mem_new((size_t)SLOTS * COALESCE_BUFFER_SIZE);
	struct sent *flows = mem_array(FLOWS, sizeof(*flows));
	uint64_t joined = 0;

	rng_fill(&rng, payload, sizeof(payload));
	for (unsigned round = 0; round < 60; round++) {
		struct made streams[FLOWS];
		struct coalescer c;
		struct bytes b;

		memset(flows, 0, FLOWS * sizeof(*flows));
		coalesce_init(&c, buffers, 1 + (unsigned)rng_below(&rng, SLOTS),
			rng_below(&rng, 2));
		for (unsigned i = 0; i < FLOWS; i++) {
			streams[i] = random_stream(&rng, 0);
			streams[i].source_port = (uint16_t)i;
		}
		for (unsigned i = 0; i < PACKETS; i++) {
			unsigned which = (unsigned)rng_below(&rng, FLOWS);
			struct sent *f = &flows[which];
			struct made m = random_next(&rng, &streams[which]);
			size_t len = made_write(&m, big);
			struct packet p;

			if (rng_below(&rng, 50) == 0)
				big[len - 1] ^= 1;
			EXPECT(packet_parse(&p, bytes_of(big, len)), "a packet");
			f->flow = p.flow;
			f->packets[f->count++] = bytes_of(mem_copy(big, len), len);
			while (!coalesce_add(&c, &p))
				cut(flows, coalesce_take(&c));
			if (rng_below(&rng, 64) > 0)
				continue;
			while ((b = coalesce_take(&c)).len > 0)
				cut(flows, b);
		}
		while ((b = coalesce_take(&c)).len > 0)
			cut(flows, b);
		joined += c.joined;
		for (unsigned i = 0; i < FLOWS; i++) {
			EXPECT_EQ(flows[i].out, flows[i].count, "all of it");
			for (size_t k = 0; k < flows[i].count; k++)
				mem_free((void *)(uintptr_t)flows[i].packets[k].data);
		}
	}
	EXPECT(joined > 60 * PACKETS / 20, "a good part is joined");
	mem_free(flows);
	mem_free(buffers);
}

TEST(what_is_cut_is_joined_into_what_it_was)
{
	struct rng rng = test_rng();
	uint8_t *buffers = mem_new(COALESCE_BUFFER_SIZE);

	rng_fill(&rng, payload, sizeof(payload));
	for (unsigned round = 0; round < 500; round++) {
		struct made m = random_stream(&rng, 2000 + rng_below(&rng, 63000));
		struct offload o = { .segment_size = 1271 }, joined;
		struct coalescer c;
		struct segmenter s;
		struct packet p;
		struct bytes b;
		size_t len;

		m.flags = (uint8_t)(TCP_ACK | (m.flags & (TCP_PSH | TCP_FIN | TCP_ECE)));
		o.type = m.protocol == PROTOCOL_UDP ? OFFLOAD_UDP
			 : m.version == 6           ? OFFLOAD_TCPV6
						    : OFFLOAD_TCPV4;
		coalesce_init(&c, buffers, 1, true);
		EXPECT(packet_parse(&p, bytes_of(big, made_write(&m, big))), "a packet");
		EXPECT_EQ(segment_begin(&s, &o, &p, 1343), SEGMENT_GOOD, "to be cut");
		while ((len = segment_next(&s, out, 1343)) > 0) {
			struct packet part;

			EXPECT(packet_parse(&part, bytes_of(out, len)), "a segment");
			EXPECT(coalesce_add(&c, &part), "joined to the one before");
		}
		b = coalesce_take(&c);
		EXPECT(offload_parse(&joined, b), "a header");
		EXPECT_EQ(joined.type, o.type, "of the same type");
		EXPECT_EQ(joined.segment_size, o.segment_size, "cut as before");
		/* The checksum is left to the kernel. */
		put(big + p.transport_at + made_checksum_at(m.protocol),
			got(b.data + OFFLOAD_SIZE + p.transport_at +
					made_checksum_at(m.protocol),
				2),
			2);
		EXPECT_BYTES(bytes_of(b.data + OFFLOAD_SIZE, b.len - OFFLOAD_SIZE),
			p.whole, "the same packet");
	}
	mem_free(buffers);
}

TEST(packets_of_any_bytes_are_never_read_past_their_end)
{
	struct rng rng = test_rng();
	unsigned good = 0;

	for (unsigned round = 0; round < 200000; round++) {
		size_t len = rng_below(&rng, 120);
		uint8_t *b = mem_new(len + 1);
		struct packet p;

		rng_fill(&rng, b, len);
		b[0] = rng_below(&rng, 2) ? 0x60 : 0x45;
		if (len > 40) {
			static const uint8_t kinds[] = { 0, 6, 17, 43, 44, 58, 60 };

			b[6] = kinds[rng_below(&rng, array_len(kinds))];
			b[40] = kinds[rng_below(&rng, array_len(kinds))];
			b[41] = (uint8_t)rng_below(&rng, 3);
			put(b + 4, len - 40, 2);
		}
		if (packet_parse(&p, bytes_of(b, len))) {
			good++;
			EXPECT(p.transport_at <= p.payload_at && p.payload_at <= len,
				"offsets lie inside");
		}
		mem_free(b);
	}
	EXPECT(good > 1000, "some of them are packets");
}
