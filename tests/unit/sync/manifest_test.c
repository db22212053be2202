/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/samples.h"

static struct manifest m, parsed;
static uint8_t bytes[OBJECT_SIZE_MAX], more[OBJECT_SIZE_MAX];

static void fill(uint8_t depth, uint16_t count)
{
	memset(&m, 0, sizeof(m));
	m.depth = depth;
	m.count = count;
	for (size_t i = 0; i < count && i < MANIFEST_REFS_MAX; i++) {
		m.refs[i].len = 1000 + i;
		m.refs[i].id = sample_hash((uint8_t)i);
	}
}

/* The encoding without any of its rules. */
static struct bytes encode(uint8_t format)
{
	struct writer w = writer_of(bytes, sizeof(bytes));

	write_u8(&w, format);
	write_u8(&w, m.depth);
	write_u16(&w, m.count);
	for (size_t i = 0; i < m.count && i < MANIFEST_REFS_MAX; i++) {
		write_u8(&w, m.refs[i].hole);
		write_u64(&w, m.refs[i].len);
		write_id(&w, &m.refs[i].id);
	}
	return writer_bytes(&w);
}

static bool accepts(void)
{
	return manifest_parse(&parsed, encode(1));
}

static void make_hole(size_t i)
{
	m.refs[i].hole = true;
	memset(&m.refs[i].id, 0, 32);
}

TEST(manifest_parses_to_what_was_written)
{
	static const uint16_t counts[] = { 1, 2, 300, MANIFEST_REFS_MAX };

	for (unsigned depth = 2; depth <= CONTENT_DEPTH_MAX; depth++) {
		for (size_t i = 0; i < array_len(counts); i++) {
			struct writer w = writer_of(more, sizeof(more));

			fill((uint8_t)depth, counts[i]);
			if (depth == 2)
				make_hole(0);
			manifest_write(&w, &m);
			EXPECT_BYTES(
				writer_bytes(&w), encode(1), "it writes its grammar");
			memset(&parsed, 0, sizeof(parsed));
			EXPECT(manifest_parse(&parsed, writer_bytes(&w)), "it parses");
			EXPECT(memcmp(&m, &parsed, sizeof(m)) == 0,
				"every field survives");
		}
	}
}

TEST(manifest_refuses_what_it_never_writes)
{
	struct bytes b;

#define REFUSE(depth_, change, why)                                                      \
	fill((depth_), 3);                                                               \
	EXPECT(accepts(), "the base of the rows is accepted");                           \
	change;                                                                          \
	EXPECT(!accepts(), why)
	fill(2, 3);
	m.refs[1].len = CHUNK_PLAIN_MAX;
	EXPECT(accepts(), "the longest chunk");
	REFUSE(2, m.depth = 1, "a manifest over nothing");
	REFUSE(2, m.depth = CONTENT_DEPTH_MAX + 1, "too deep");
	REFUSE(2, m.count = 0, "empty");
	REFUSE(2, m.count = MANIFEST_REFS_MAX + 1, "too many");
	REFUSE(2, m.refs[1].len = 0, "a reference to nothing");
	REFUSE(2, m.refs[1].len = CHUNK_PLAIN_MAX + 1, "a chunk too long");
	REFUSE(2, m.refs[1].hole = true, "a hole with a name");
	REFUSE(2, memset(&m.refs[1].id, 0, 32), "a chunk without a name");
	REFUSE(2, make_hole(0); make_hole(1), "two holes in a row");
	REFUSE(3, make_hole(1), "a hole above the lowest manifests");
	REFUSE(3, m.refs[1].len = UINT64_C(1) << 63, "a length with its sign set");
	REFUSE(3, m.refs[1].len = m.refs[2].len = INT64_MAX, "a sum that overflows");
#undef REFUSE
	fill(2, 3);
	b = encode(1);
	for (size_t n = 0; n < b.len; n++)
		EXPECT(!manifest_parse(&parsed, bytes_of(bytes, n)), "cut short");
	bytes[b.len] = 0;
	EXPECT(!manifest_parse(&parsed, bytes_of(bytes, b.len + 1)), "a byte too many");
	bytes[4] = 2;
	EXPECT(!manifest_parse(&parsed, b), "a reserved flag");
	b = encode(2);
	EXPECT(!manifest_parse(&parsed, b), "a format of the future");
}

TEST(manifest_length_is_the_sum_of_its_references)
{
	fill(2, 3);
	EXPECT_EQ(manifest_length(&m), 3003, "1000, 1001 and 1002");
}

TEST(manifest_write_ends_the_program_rather_than_write_what_nobody_parses)
{
	struct writer w = writer_of(more, sizeof(more));

	fill(2, 3);
	m.refs[0].len = 0;
	EXPECT_CHECK(manifest_write(&w, &m), "a reference to nothing");
}
