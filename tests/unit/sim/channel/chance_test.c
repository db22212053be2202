/* SPDX-License-Identifier: ISC */
#include "sim/channel/chance.h"

#include "tests/test.h"

static uint64_t ppm(uint64_t chance)
{
	return (uint64_t)(((unsigned __int128)chance * 1000000) >> 63);
}

TEST(chance_of_surviving_follows_loss_and_bits)
{
	static const struct {
		uint64_t loss_ppm, ber_e9, bits, wanted_ppm;
		const char *why;
	} rows[] = {
		{ 0, 0, 12000, 1000000, "nothing is lost" },
		{ 1000000, 0, 1, 0, "everything is lost" },
		{ 2000000, 0, 1, 0, "more than everything is everything" },
		{ 50000, 0, 12000, 949999, "95 %, rounded down" },
		{ 0, 20000, 12288, 782107, "(1 - 2e-5)^12288" },
		{ 0, 1000000000, 1, 0, "each bit is wrong" },
		{ 0, 1000000000, 0, 1000000, "no bit, no error" },
		{ 0, 1, 1000000000, 367879, "1/e" },
		{ 500000, 20000, 12288, 391053, "both together" },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(ppm(chance_survives(
				  rows[i].loss_ppm, rows[i].ber_e9, rows[i].bits)),
			rows[i].wanted_ppm, rows[i].why);
}

TEST(draws_come_true_as_often_as_they_should)
{
	struct rng rng = test_rng();
	unsigned hits = 0;

	for (unsigned i = 0; i < 100000; i++)
		hits += chance_draw(&rng, CHANCE_ONE / 10 * 3);
	EXPECT(hits > 29000 && hits < 31000, "three of ten");
}

static void must_not_fill(void *context, void *out, size_t len)
{
	(void)context;
	memset(out, 0, len);
	check(len == 0);
}

TEST(certain_draws_use_no_luck)
{
	struct rng none = { must_not_fill, NULL };

	EXPECT(chance_draw(&none, CHANCE_ONE), "always");
	EXPECT(!chance_draw(&none, 0), "never");
}
