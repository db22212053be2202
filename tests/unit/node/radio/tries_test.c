/* SPDX-License-Identifier: ISC */
#include "node/radio/tries.h"

#include "tests/test.h"

static struct tries after(uint32_t packets, uint32_t retries)
{
	struct tries t = { 0 };

	tries_count(&t, 1000, 500);
	for (uint32_t i = 1; i <= 10; i++)
		tries_count(&t, 1000 + i * packets, 500 + i * retries);
	return t;
}

TEST(what_a_radio_tries_again_is_counted_from_when_it_is_known)
{
	struct tries t = { 0 };

	tries_count(&t, 1000, 500);
	EXPECT_EQ(t.lost_ppm, 0, "what was before says nothing of now");
	tries_count(&t, 1004, 503);
	EXPECT_EQ(t.lost_ppm, 0, "nor does a handful");
	tries_count(&t, 1050, 550);
	EXPECT_EQ(t.lost_ppm, 378787, "half of 97, beside 32 of before");
	tries_count(&t, 1066, 566);
	EXPECT_EQ(t.lost_ppm, 439393, "half of as many as those weigh");
	tries_count(&t, 10, 1);
	EXPECT_EQ(t.lost_ppm, 439393, "counters that begin anew say nothing");
	tries_count(&t, 978, 1);
	EXPECT_EQ(t.lost_ppm, 14060, "and then count on: what many say is taken at once");
}

/* Of a rate, at one look at a radio that has tried so many of so many packets again. */
static uint64_t left_of(uint64_t rate_bps, uint32_t packets, uint32_t retries)
{
	struct tries t = after(packets, retries);

	return tries_rate(&t, rate_bps);
}

TEST(a_rate_is_worth_less_the_more_is_tried_again)
{
	static const uint64_t rates[] = { 1000000, 6000000, 20000000, 300000000 };

	for (size_t i = 0; i < array_len(rates); i++) {
		uint64_t some = left_of(rates[i], 900, 100),
			 half = left_of(rates[i], 100, 100),
			 most = left_of(rates[i], 10, 90);

		EXPECT_EQ(left_of(rates[i], 100, 0), rates[i], "nothing lost, all of it");
		EXPECT(some < rates[i] && half < some && most < half, "less and less");
		EXPECT(most > 0, "but never nothing");
	}
	EXPECT_EQ(left_of(0, 100, 100), 0, "what is not known stays so");
	/* six windows that double while the chance halves: 47 slots of 9 us beside 800 us */
	EXPECT(left_of(12000000, 100, 100) > 7600000 &&
			left_of(12000000, 100, 100) < 8000000,
		"by what the window's doubling takes");
}

TEST(the_least_of_three_looks_counts)
{
	static const struct {
		uint64_t told, taken;
	} rows[] = { { 9000, 9000 }, { 14000, 9000 }, { 13000, 9000 }, { 16000, 13000 },
		{ 0, 0 }, { 8000, 8000 }, { 20000, 8000 }, { 20000, 8000 },
		{ 20000, 20000 } };
	struct tries t = { 0 };

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(tries_rate(&t, rows[i].told * 1000), rows[i].taken * 1000,
			"of those that are known");
}
