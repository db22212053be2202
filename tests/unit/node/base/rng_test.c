/* SPDX-License-Identifier: ISC */
/* The seeded source is xoshiro256** behind splitmix64; what is drawn from it is
 * uniform. */
#include "node/base/rng.h"

#include "tests/test.h"

TEST(rng_seeded_is_xoshiro256_starstar_of_splitmix64)
{
	/* Made by an independent implementation in Python. */
	static const uint64_t want[] = { 0x15780b2e0c2ec716u, 0x6104d9866d113a7eu,
		0xae17533239e499a1u, 0xecb8ad4703b360a1u, 0xfde6dc7fe2ec5e64u,
		0xc50da53101795238u };
	struct rng_seeded state;
	struct rng r = rng_seeded_init(&state, 42);

	for (size_t i = 0; i < array_len(want); i++)
		EXPECT(rng_u64(&r) == want[i], "the sequence is the known one");
}

TEST(rng_repeats_itself_for_the_same_seed_only)
{
	struct rng_seeded s1, s2, s3;
	struct rng a = rng_seeded_init(&s1, 7), b = rng_seeded_init(&s2, 7);
	struct rng c = rng_seeded_init(&s3, 8);
	uint8_t x[37], y[37], z[37];

	rng_fill(&a, x, sizeof(x));
	rng_fill(&b, y, sizeof(y));
	rng_fill(&c, z, sizeof(z));
	EXPECT_BYTES(bytes_of(x, 37), bytes_of(y, 37), "the same seed, the same bytes");
	EXPECT(memcmp(x, z, 37) != 0, "another seed, other bytes");
}

TEST(rng_below_stays_below_and_is_even)
{
	struct rng r = test_rng();
	unsigned hits[7] = { 0 };

	EXPECT_EQ(rng_below(&r, 0), 0, "below nothing is zero");
	EXPECT_EQ(rng_below(&r, 1), 0, "below one too");
	for (int i = 0; i < 70000; i++)
		hits[rng_below(&r, 7)]++;
	for (int i = 0; i < 7; i++)
		EXPECT(hits[i] > 9400 && hits[i] < 10600, "every value comes as often");
	for (int i = 0; i < 1000; i++)
		EXPECT(rng_below(&r, UINT64_MAX / 2 + 2) < UINT64_MAX / 2 + 2,
			"large bounds hold");
}

static void all_ones(void *context, void *out, size_t len)
{
	unsigned *left = context;

	memset(out, *left > 0 ? 0xff : 0, len);
	if (*left > 0)
		(*left)--;
}

TEST(rng_below_throws_away_what_would_make_it_uneven)
{
	unsigned ones = 3;
	struct rng r = { all_ones, &ones };

	EXPECT_EQ(rng_below(&r, 10), 0, "the values at the very top are not used");
	EXPECT_EQ(ones, 0, "but drawn again");
}

TEST(rng_chance_holds_its_promise)
{
	struct rng r = test_rng();
	int hits = 0;

	for (int i = 0; i < 100000; i++) {
		hits += rng_chance_ppm(&r, 100000);
		EXPECT(!rng_chance_ppm(&r, 0), "never");
		EXPECT(rng_chance_ppm(&r, 1000000), "always");
	}
	EXPECT(hits > 9500 && hits < 10500, "one in ten");
}

TEST(rng_jitter_takes_away_up_to_its_share)
{
	struct rng r = test_rng();
	int64_t least = 1000, most = 0;

	for (int i = 0; i < 20000; i++) {
		int64_t v = rng_jitter(&r, 1000, 25);

		least = v < least ? v : least;
		most = v > most ? v : most;
	}
	EXPECT(least == 750 && most == 1000,
		"from the value less its share to the value");
	EXPECT_EQ(rng_jitter(&r, 1000, 0), 1000, "no jitter");
	EXPECT_EQ(rng_jitter(&r, 0, 50), 0, "of nothing nothing");
}
