/* SPDX-License-Identifier: ISC */
/* Writing past the end writes nothing and marks the writer. */
#include "node/wire/writer.h"

#include "tests/test.h"

TEST(writer_never_passes_its_room)
{
	for (size_t room = 0; room < 64; room++) {
		uint8_t buf[65];
		struct writer w = writer_of(buf, room);

		memset(buf, 0xee, sizeof(buf));
		for (int i = 0; i < 10; i++) {
			write_u64(&w, 0);
			write_zeros(&w, 3);
		}
		EXPECT(w.overflow && w.len <= room, "it is full");
		EXPECT_EQ(buf[room], 0xee, "and nothing was written behind");
		EXPECT_EQ(writer_left(&w), room - w.len, "what is left is known");
		EXPECT_EQ(writer_bytes(&w).len, w.len, "and what is there");
	}
}

TEST(writer_writes_whole_values_or_nothing)
{
	uint8_t buf[12] = { 0 };
	struct writer w = writer_of(buf, 7);

	write_u64(&w, UINT64_MAX);
	EXPECT(w.overflow && w.len == 0 && buf[0] == 0, "half an integer is not written");
	write_u8(&w, 1);
	EXPECT(w.len == 0, "and after that nothing");
	writer_cut(&w, 0);
	write_u8(&w, 1);
	EXPECT(!w.overflow && w.len == 1, "until it is cut back");
}

TEST(writer_writes_big_endian)
{
	static const uint8_t want[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe };
	uint8_t buf[32];
	struct writer w = writer_of(buf, sizeof(buf));

	write_u8(&w, 1);
	write_u16(&w, 0x0203);
	write_u32(&w, 0x04050607);
	write_u64(&w, 0x08090a0b0c0d0e0f);
	write_i64(&w, -2);
	EXPECT_BYTES(
		writer_bytes(&w), bytes_of(want, sizeof(want)), "the large end first");
}

TEST(writer_sets_a_length_known_only_later)
{
	uint8_t buf[8];
	struct writer w = writer_of(buf, 4);

	write_zeros(&w, 4);
	write_u16_at(&w, 1, 0xabcd);
	EXPECT_BYTES(writer_bytes(&w), BYTES("\0\xab\xcd\0"), "in its place");
	EXPECT_CHECK(write_u16_at(&w, 3, 1), "but only over what was written");
	EXPECT_CHECK(writer_cut(&w, 5), "and cutting makes nothing longer");
	write_u8(&w, 1);
	write_u16_at(&w, 0, 0x1111);
	EXPECT_EQ(buf[0], 0, "a marked writer writes nothing");
}

TEST(writer_writes_many_zeros)
{
	for (size_t n = 0; n < 300; n++) {
		uint8_t buf[300];
		struct writer w = writer_of(buf, sizeof(buf));

		memset(buf, 1, sizeof(buf));
		write_zeros(&w, n);
		EXPECT(w.len == n && id_is_zero(writer_bytes(&w)),
			"as many as asked for");
		EXPECT(n == 300 || buf[n] == 1, "and not one more");
	}
}
