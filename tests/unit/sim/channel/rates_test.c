/* SPDX-License-Identifier: ISC */
#include "sim/channel/rates.h"

#include "sim/channel/chance.h"
#include "tests/test.h"

TEST(legacy_rates_stand_in_the_order_of_the_band)
{
	static const uint32_t kbps[] = { 1000, 2000, 5500, 11000, 6000, 9000, 12000,
		18000, 24000, 36000, 48000, 54000 };
	struct rate r;

	for (unsigned i = 0; i < array_len(kbps); i++) {
		EXPECT(rate_legacy(&r, i), "there are twelve");
		EXPECT_EQ(r.kbps, kbps[i], "its rate");
	}
	EXPECT(!rate_legacy(&r, array_len(kbps)), "and no thirteenth");
}

TEST(rates_of_streams_and_widths_are_those_of_the_standard)
{
	static const struct {
		unsigned mcs, streams;
		enum rate_width width;
		bool short_guard;
		uint32_t kbps, needs_db;
	} rows[] = {
		{ 0, 1, RATE_20_MHZ, false, 6500, 5 },
		{ 7, 1, RATE_20_MHZ, false, 65000, 25 },
		{ 7, 2, RATE_40_MHZ, false, 270000, 31 },
		{ 7, 4, RATE_40_MHZ, true, 600000, 37 },
		{ 9, 1, RATE_80_MHZ, true, 433334, 37 },
	};
	struct rate r;

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(rate_mcs(&r, rows[i].mcs, rows[i].streams, rows[i].width,
			       rows[i].short_guard),
			"it exists");
		EXPECT_EQ(r.kbps, rows[i].kbps, "its rate");
		EXPECT_EQ(r.needs_db, rows[i].needs_db, "what it needs");
	}
	EXPECT(!rate_mcs(&r, 10, 1, RATE_20_MHZ, false), "no MCS 10");
	EXPECT(!rate_mcs(&r, 0, 0, RATE_20_MHZ, false), "no stream");
	EXPECT(!rate_mcs(&r, 0, 9, RATE_20_MHZ, false), "too many streams");
}

/* Percent of frames of 1000 bytes that come through. */
static uint64_t through(const struct rate *r, uint32_t signal_db)
{
	return (chance_survives(0, rate_ber_e9(r, signal_db), 8000) >> 32) * 100 >> 31;
}

TEST(what_comes_through_falls_with_the_signal_and_half_at_what_the_rate_needs)
{
	struct rate r;

	for (unsigned i = 0; rate_legacy(&r, i); i++) {
		uint32_t half_db = NOISE_DB - r.needs_db;

		EXPECT(through(&r, half_db) == 49 || through(&r, half_db) == 50, "half");
		EXPECT(through(&r, half_db - 3) == 99, "nearly all 3 dB above");
		EXPECT(through(&r, half_db + 3) == 0, "nothing 3 dB below");
		EXPECT_EQ(rate_ber_e9(&r, 10), 0, "loud enough for anything");
		for (uint32_t db = 1; db < 120; db++)
			EXPECT(rate_ber_e9(&r, db + 1) >= rate_ber_e9(&r, db),
				"never better by less signal");
	}
}

TEST(tries_are_counted_through_the_steps)
{
	const struct rates r = {
		{ { { 54000, 22 }, 2 }, { { 24000, 12 }, 0 }, { { 6000, 4 }, 3 } }, 3
	};
	static const uint32_t places[] = { 0, 0, 2, 2, 2, 2 };

	EXPECT_EQ(rates_tries(&r), 5, "two and three");
	for (uint32_t i = 0; i < array_len(places); i++)
		EXPECT_EQ(rates_place(&r, i + 1), places[i],
			"an empty step is passed over");
}
