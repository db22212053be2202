/* SPDX-License-Identifier: ISC */
#include "routing/metric.h"

#include "tests/test.h"

TEST(metric_codes_are_those_of_RFC_7181)
{
	EXPECT_EQ(metric_of_code(0), 1, "the least");
	EXPECT_EQ(metric_of_code(0x0fff), METRIC_MAX, "the greatest");
	EXPECT_EQ(metric_of_code(0xf067), 104, "kinds do not count");
	EXPECT_EQ(metric_code(0), 0, "clamped below");
	EXPECT_EQ(metric_code(UINT32_MAX), 0x0fff, "clamped above");
}

TEST(metric_codes_survive_and_round_up)
{
	for (unsigned code = 0; code <= METRIC_CODE_MAX; code++)
		EXPECT_EQ(metric_code(metric_of_code((uint16_t)code)), code,
			"every code is its own");
	for (uint32_t m = 1; m < METRIC_MAX; m += 1 + m / 50) {
		EXPECT(metric_of_code(metric_code(m)) >= m, "never cheaper");
		EXPECT(metric_of_code(metric_code(m)) <= m + m / 100 + 2,
			"and hardly dearer");
	}
}

TEST(metric_prefers_two_good_hops_to_one_bad)
{
	uint32_t good = metric_dat(0, 20000000), bad = metric_dat(700000, 20000000);

	EXPECT_EQ(good, 104, "20 Mbit/s without loss: 2^21 / 20000");
	EXPECT(2 * good < bad, "70 percent loss cost more than two good hops");
	EXPECT(2 * good > metric_dat(300000, 20000000), "30 percent do not");
	EXPECT_EQ(metric_dat(0, 0), good, "an unknown rate is taken for 20 Mbit/s");
	EXPECT(metric_dat(0, 1000000) > 10 * good, "a slow link costs more");
}

TEST(metric_bears_every_input)
{
	static const uint64_t rates[] = { 0, 1, 999, 1000, 1000000000, UINT64_MAX };
	static const uint32_t losses[] = { 0, 1, 999999, 1000000, UINT32_MAX };

	for (size_t i = 0; i < array_len(rates); i++)
		for (size_t k = 0; k < array_len(losses); k++) {
			uint32_t m = metric_dat(losses[k], rates[i]);

			EXPECT(m >= METRIC_MIN && m <= METRIC_MAX, "always in range");
		}
	EXPECT_EQ(metric_dat(1000000, 20000000), 8 * 104 + 6, "loss costs at most eight");
}

TEST(metric_differs_by_a_quarter_or_not_at_all)
{
	EXPECT(!metric_differs(100, 100), "the same");
	EXPECT(!metric_differs(100, 124), "less than a quarter");
	EXPECT(metric_differs(100, 125), "a quarter up");
	EXPECT(metric_differs(100, 75), "a quarter down");
	EXPECT(!metric_differs(UINT32_MAX, UINT32_MAX - 1), "no wrap");
	EXPECT(metric_differs(1, UINT32_MAX), "no wrap the other way");
}

TEST(metric_loss_is_what_the_metric_was_made_of)
{
	for (uint32_t loss = 0; loss <= 500000; loss += 1000) {
		uint32_t found = metric_loss_ppm(metric_dat(loss, 0));

		EXPECT(found < loss + 12000 && found + 12000 > loss, "within one step");
	}
	EXPECT_EQ(metric_loss_ppm(0), 0, "no metric is no loss");
	EXPECT(metric_loss_ppm(METRIC_MAX) > 999000, "the dearest loses all");
}
