/* SPDX-License-Identifier: ISC */
/* The header: every field survives, everything reserved is refused. */
#include "node/wire/frame.h"

#include "tests/test.h"

TEST(frame_header_survives_writing_and_parsing)
{
	struct rng rng = test_rng();

	for (int i = 0; i < 10000; i++) {
		struct frame_header h = { (enum frame_type)rng_below(&rng, FRAME_TYPES),
			0, (uint32_t)rng_u64(&rng), rng_u64(&rng) };
		struct frame_header back;
		uint8_t buf[FRAME_HEADER_SIZE];
		struct writer w = writer_of(buf, sizeof(buf));

		frame_header_write(&w, &h);
		EXPECT(!w.overflow && w.len == FRAME_HEADER_SIZE,
			"a header has 16 bytes");
		EXPECT(frame_header_parse(&back, writer_bytes(&w)), "it is parsed");
		EXPECT(back.type == h.type && back.flags == 0 &&
				back.receiver == h.receiver && back.number == h.number,
			"what was written is read");
	}
}

TEST(frame_header_stands_as_the_protocol_says)
{
	static const uint8_t want[16] = { 0x15, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
		11, 12 };
	struct frame_header h = { FRAME_DATA, 0, 0x01020304, 0x05060708090a0b0c };
	uint8_t buf[16];
	struct writer w = writer_of(buf, sizeof(buf));

	frame_header_write(&w, &h);
	EXPECT_BYTES(writer_bytes(&w), bytes_of(want, 16),
		"big-endian, version and type first");
}

TEST(frame_header_refuses_what_is_not_ours)
{
	static const uint8_t good[16] = { 0x10 };
	struct frame_header h;
	uint8_t b[16];

	EXPECT(frame_header_parse(&h, bytes_of(good, 16)), "the least header is good");
	for (size_t len = 0; len < 16; len++)
		EXPECT(!frame_header_parse(&h, bytes_of(good, len)), "cut short");
	for (unsigned first = 0; first < 256; first++) {
		memcpy(b, good, 16);
		b[0] = (uint8_t)first;
		EXPECT_EQ(frame_header_parse(&h, bytes_of(b, 16)),
			first >> 4 == FRAME_VERSION && (first & 15) < FRAME_TYPES,
			"only our version and our types");
	}
	for (unsigned at = 1; at < 4; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(b, good, 16);
			b[at] = (uint8_t)(1u << bit);
			EXPECT(!frame_header_parse(&h, bytes_of(b, 16)),
				"a reserved bit");
		}
}
