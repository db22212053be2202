/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/samples.h"

enum { DATA_SIZE = 4 << 20 };

static uint8_t data[DATA_SIZE];
static struct chunker chunker;

static void prepare(void)
{
	struct zone_key key = sample_zone_key();
	struct rng rng = test_rng();

	chunker_init(&chunker, key.key);
	rng_fill(&rng, data, sizeof(data));
}

TEST(chunker_cuts_within_its_limits_near_the_normal_size)
{
	size_t count = 0, at = 0, n;

	prepare();
	while (at < DATA_SIZE) {
		n = chunker_cut(&chunker, bytes_of(data + at, DATA_SIZE - at), true);
		EXPECT(n > 0 && n <= CHUNK_PLAIN_MAX, "never none, never too much");
		EXPECT(n > CHUNK_PLAIN_MIN || at + n == DATA_SIZE,
			"only the last is small");
		at += n;
		count++;
	}
	EXPECT_EQ(at, DATA_SIZE, "nothing is left over");
	EXPECT(DATA_SIZE / count > 12 * 1024, "not much below 16 KiB on average");
	EXPECT(DATA_SIZE / count < 24 * 1024, "not much above it");
}

TEST(chunker_does_not_look_behind_its_cut)
{
	size_t whole, n;

	prepare();
	whole = chunker_cut(&chunker, bytes_of(data, DATA_SIZE), true);
	EXPECT_EQ(chunker_cut(&chunker, bytes_of(data, whole), false), whole,
		"the bytes up to the cut suffice");
	for (n = 0; n < whole; n += 501)
		EXPECT_EQ(chunker_cut(&chunker, bytes_of(data, n), false), 0,
			"with fewer it asks for more");
	data[whole] ^= 0xff;
	EXPECT_EQ(chunker_cut(&chunker, bytes_of(data, DATA_SIZE), true), whole,
		"the byte behind it does not matter");
}

TEST(chunker_ends_with_the_data)
{
	static const size_t sizes[] = { 1, CHUNK_PLAIN_MIN - 1, CHUNK_PLAIN_MIN };

	prepare();
	for (size_t i = 0; i < array_len(sizes); i++) {
		struct bytes b = bytes_of(data, sizes[i]);

		EXPECT_EQ(
			chunker_cut(&chunker, b, true), sizes[i], "the rest is a chunk");
		EXPECT_EQ(chunker_cut(&chunker, b, false), 0, "unless more follows");
	}
	EXPECT_EQ(chunker_cut(&chunker, BYTES(""), true), 0, "nothing is no chunk");
}

TEST(chunker_takes_the_most_where_nothing_says_cut)
{
	prepare();
	memset(data, 0, CHUNK_PLAIN_MAX + 1);
	EXPECT_EQ(chunker_cut(&chunker, bytes_of(data, CHUNK_PLAIN_MAX), false),
		CHUNK_PLAIN_MAX, "one byte over and over never cuts, under this key");
	EXPECT_EQ(chunker_cut(&chunker, bytes_of(data, CHUNK_PLAIN_MAX - 1), false), 0,
		"below the most it asks for more");
}

TEST(chunker_cuts_elsewhere_under_another_key)
{
	struct zone_key key = sample_zone_key();
	struct chunker other;

	prepare();
	key.key[0] ^= 1;
	chunker_init(&other, key.key);
	EXPECT(memcmp(&other, &chunker, sizeof(other)) != 0, "another table");
	EXPECT(chunker_cut(&other, bytes_of(data, DATA_SIZE), true) !=
			chunker_cut(&chunker, bytes_of(data, DATA_SIZE), true),
		"another first cut");
}
