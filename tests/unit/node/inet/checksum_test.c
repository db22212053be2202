/* SPDX-License-Identifier: ISC */
#include "node/inet/checksum.h"
#include "tests/test.h"
#include "tests/unit/node/inet/packets.h"

static uint16_t as_wire(uint16_t v)
{
	uint8_t b[2];

	checksum_store(b, v);
	return (uint16_t)got(b, 2);
}

TEST(checksum_is_that_of_rfc_1071)
{
	const uint8_t data[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	EXPECT_EQ(as_wire(checksum_fold(checksum_add(0, bytes_of(data, sizeof(data))))),
		0xddf2, "the example of section 3");
	EXPECT_EQ(checksum_fold(0), 0, "nothing sums to nothing");
}

TEST(checksum_equals_the_naive_sum_for_all_lengths_and_places)
{
	struct rng rng = test_rng();
	uint8_t data[300];

	for (unsigned round = 0; round < 20000; round++) {
		size_t at = rng_below(&rng, 16), len = rng_below(&rng, sizeof(data) - 16);
		size_t cut = rng_below(&rng, len / 2 + 1) * 2;
		uint64_t sum;

		rng_fill(&rng, data, sizeof(data));
		if (round % 4 == 0)
			memset(data, 0xff, sizeof(data));
		sum = checksum_add(0, bytes_of(data + at, cut));
		sum = checksum_add(sum, bytes_of(data + at + cut, len - cut));
		EXPECT_EQ(as_wire(checksum_fold(sum)), naive_sum(0, data + at, len),
			"both sums are the same");
	}
}

TEST(checksum_over_a_packet_with_its_checksum_is_all_ones)
{
	static uint8_t packet[PACKET_MAX];
	static const uint8_t payload[1001] = { 1, 2, 3 };

	for (unsigned i = 0; i < 4; i++) {
		struct made m = { .version = i & 1 ? 4 : 6,
			.source = 1,
			.destination = 2,
			.protocol = i & 2 ? PROTOCOL_TCP : PROTOCOL_UDP,
			.payload = bytes_of(payload, sizeof(payload)) };
		size_t len = made_write(&m, packet);
		struct packet p;
		uint64_t sum;

		EXPECT(packet_parse(&p, bytes_of(packet, len)), "the packet is good");
		sum = checksum_add_pseudo(0, &p.flow.source, &p.flow.destination,
			(uint32_t)(len - p.transport_at), p.flow.protocol);
		sum = checksum_add(
			sum, bytes_of(packet + p.transport_at, len - p.transport_at));
		EXPECT_EQ(checksum_fold(sum), 0xffff, "right");
		EXPECT(naive_good(packet, len), "the naive code finds so too");
	}
}
