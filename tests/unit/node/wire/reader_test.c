/* SPDX-License-Identifier: ISC */
/* Reading past the end gives zeros and marks the reader for good. */
#include "node/wire/reader.h"

#include "node/wire/writer.h"
#include "tests/test.h"

TEST(reader_gives_back_what_the_writer_wrote)
{
	struct rng rng = test_rng();

	for (int i = 0; i < 2000; i++) {
		uint8_t buf[256], copy[7], raw[7];
		struct writer w = writer_of(buf, sizeof(buf));
		uint64_t v = rng_u64(&rng);
		struct node_id id, id2;
		struct short_id sid, sid2;
		struct address a, a2;
		struct hash h, h2;
		struct reader r;

		rng_fill(&rng, &id, sizeof(id));
		rng_fill(&rng, &sid, sizeof(sid));
		rng_fill(&rng, &a, sizeof(a));
		rng_fill(&rng, &h, sizeof(h));
		rng_fill(&rng, raw, sizeof(raw));
		write_u8(&w, (uint8_t)v);
		write_u16(&w, (uint16_t)v);
		write_u32(&w, (uint32_t)v);
		write_u64(&w, v);
		write_i64(&w, (int64_t)v);
		write_id(&w, &id);
		write_id(&w, &a);
		write_id(&w, &h);
		write_id(&w, &sid);
		write_bytes(&w, bytes_of(raw, sizeof(raw)));
		write_zeros(&w, 3);
		write_bytes(&w, BYTES("end"));
		r = reader_of(writer_bytes(&w));
		EXPECT_EQ(read_u8(&r), (uint8_t)v, "8 bits");
		EXPECT_EQ(read_u16(&r), (uint16_t)v, "16 bits");
		EXPECT_EQ(read_u32(&r), (uint32_t)v, "32 bits");
		EXPECT_EQ(read_u64(&r), v, "64 bits");
		EXPECT_EQ(read_i64(&r), (int64_t)v, "64 bits with a sign");
		id2 = read_node_id(&r);
		a2 = read_address(&r);
		h2 = read_hash(&r);
		sid2 = read_short_id(&r);
		EXPECT(id_equal(&id, &id2) && id_equal(&a, &a2), "an id and an address");
		EXPECT(id_equal(&h, &h2) && id_equal(&sid, &sid2),
			"a hash and a short id");
		read_copy(&r, copy, sizeof(copy));
		EXPECT_BYTES(bytes_of(copy, 7), bytes_of(raw, 7), "bytes");
		read_skip(&r, 3);
		EXPECT(!read_ended(&r) && read_good(&r), "not at the end yet");
		EXPECT_BYTES(read_rest(&r), BYTES("end"), "the rest");
		EXPECT(read_ended(&r), "and then the end");
	}
}

TEST(reader_gives_zeros_past_the_end_and_stays_marked)
{
	static const uint8_t full[40] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff };

	for (size_t len = 0; len < 40; len++) {
		uint8_t copy[41];
		struct node_id id;
		struct reader r = reader_of(bytes_of(full, len));

		memset(copy, 1, sizeof(copy));
		read_copy(&r, copy, len + 1);
		EXPECT(id_is_zero(bytes_of(copy, len + 1)),
			"a copy that is not there is zero");
		EXPECT(!read_good(&r) && !read_ended(&r), "and the reader is marked");
		EXPECT(read_u8(&r) == 0 && read_u64(&r) == 0, "for good");
		EXPECT(read_bytes(&r, 0).len == 0 && read_rest(&r).len == 0,
			"with nothing left");
		id = read_node_id(&r);
		EXPECT(id_is_zero(id_bytes(&id)), "not even an id");
		EXPECT(!read_good(&r), "still marked");
	}
}

TEST(reader_refuses_half_an_integer)
{
	for (size_t len = 0; len < 8; len++) {
		struct reader r =
			reader_of(bytes_of("\xff\xff\xff\xff\xff\xff\xff", len));

		EXPECT_EQ(read_u64(&r), 0, "part of an integer is none");
		EXPECT(!read_good(&r), "and marks the reader");
	}
}

TEST(reader_bears_absurd_lengths_and_empty_bytes)
{
	struct reader r = reader_of(BYTES("abc")), none = reader_of(bytes_of(NULL, 0));

	EXPECT(read_ended(&none) && read_rest(&none).len == 0, "nothing is at its end");
	read_skip(&r, SIZE_MAX);
	EXPECT(!read_good(&r), "more than there can be");
	r = reader_of(BYTES("abc"));
	read_refuse(&r);
	EXPECT(!read_good(&r) && !read_ended(&r) && r.left == 0,
		"a refused reader is done");
}
