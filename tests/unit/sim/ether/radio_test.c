/* SPDX-License-Identifier: ISC */
#include "sim/ether/radio.h"

#include "tests/test.h"

TEST(rates_are_read_by_number_band_and_flags)
{
	static const struct {
		uint32_t freq_mhz;
		struct radio_try told;
		uint32_t kbps;
		const char *why;
	} rows[] = {
		{ 2412, { 0, 1, 0 }, 1000, "the first of 2.4 GHz" },
		{ 2412, { 11, 1, 0 }, 54000, "the last of it" },
		{ 5180, { 0, 1, 0 }, 6000, "the first of 5 GHz" },
		{ 5180, { 7, 1, 0 }, 54000, "the last of it" },
		{ 2412, { 0, 1, RADIO_RATE_MCS }, 6500, "MCS 0" },
		{ 2412, { 15, 1, RADIO_RATE_MCS }, 130000, "MCS 15 has two streams" },
		{ 2412, { 15, 1, RADIO_RATE_MCS | RADIO_RATE_40_MHZ }, 270000, "40 MHz" },
		{ 2412,
			{ 15, 1,
				RADIO_RATE_MCS | RADIO_RATE_40_MHZ |
					RADIO_RATE_SHORT_GUARD },
			300000, "short guard" },
		{ 5180, { 0x17, 1, RADIO_RATE_VHT | RADIO_RATE_80_MHZ }, 585000,
			"VHT: two streams of MCS 7 at 80 MHz" },
		{ 2412, { 12, 1, 0 }, 1000, "a number that no rate has" },
		{ 5180, { 8, 1, 0 }, 6000, "nor here" },
		{ 5180, { 0x7f, 1, RADIO_RATE_VHT }, 6000, "no MCS 15 of VHT" },
		{ 2412, { -1, 0, 0 }, 1000, "none at all" },
		{ 2412, { 11, 0, 0 }, 54000, "never, which is once" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct radio_frame f = { .freq_mhz = rows[i].freq_mhz,
			.tries = { rows[i].told, { -1, 0, 0 } } };

		radio_rates(&f);
		EXPECT_EQ(f.rates.count, 1, rows[i].why);
		EXPECT_EQ(f.rates.step[0].rate.kbps, rows[i].kbps, rows[i].why);
		EXPECT_EQ(rates_tries(&f.rates), 1, rows[i].why);
	}
}

TEST(what_was_really_tried_is_told_back)
{
	static const struct {
		uint32_t tries;
		int index[RATES_STEPS_MAX], count[RATES_STEPS_MAX];
	} rows[] = {
		{ 0, { -1, -1, -1, -1 }, { 0, 0, 0, 0 } },
		{ 1, { 11, -1, -1, -1 }, { 1, 0, 0, 0 } },
		{ 2, { 11, -1, -1, -1 }, { 2, 0, 0, 0 } },
		{ 3, { 11, 8, -1, -1 }, { 2, 1, 0, 0 } },
		{ 6, { 11, 8, 4, -1 }, { 2, 3, 1, 0 } },
	};
	struct radio_frame f = { .freq_mhz = 2412,
		.tries = { { 11, 2, 0 }, { 8, 3, 0 }, { 4, 1, 0 }, { -1, 0, 0 } } };
	struct radio_try made[RATES_STEPS_MAX];

	radio_rates(&f);
	EXPECT_EQ(rates_tries(&f.rates), 6, "two, three and one");
	for (size_t i = 0; i < array_len(rows); i++) {
		radio_tries_made(&f, rows[i].tries, made);
		for (unsigned k = 0; k < RATES_STEPS_MAX; k++) {
			EXPECT_EQ(made[k].index, rows[i].index[k], "the rate");
			EXPECT_EQ(made[k].count, rows[i].count[k], "how often");
		}
	}
}

TEST(who_wants_no_acknowledgement_gets_one_try)
{
	struct radio_frame f = { .freq_mhz = 2412,
		.flags = RADIO_NO_ACK,
		.tries = { { 11, 2, 0 }, { 8, 3, 0 }, { -1, 0, 0 }, { -1, 0, 0 } } };

	radio_rates(&f);
	EXPECT_EQ(rates_tries(&f.rates), 1, "one");
	EXPECT_EQ(f.rates.step[0].rate.kbps, 54000, "at the first rate");
}
