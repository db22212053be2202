/* SPDX-License-Identifier: ISC */
#include "sim/channel/params.h"

#include "tests/test.h"

static bool set(
	struct channel_params *p, const char *key, const char *value, char out[80])
{
	struct text why = text_of(out, 80);

	return params_set(p, bytes_of_string(key), bytes_of_string(value), &why);
}

TEST(parameters_are_set_by_their_words)
{
	struct channel_params p = params_default();
	char why[80];

	EXPECT(set(&p, "loss", "5%", why) && p.loss_ppm == 50000, "loss");
	EXPECT(set(&p, "retries", "0", why) && p.retries == 0, "retries");
	EXPECT(set(&p, "unicast", "54M", why) && p.unicast_bps == 54000000, "unicast");
	EXPECT(set(&p, "queue", "16", why) && p.queue_frames == 16, "queue");
	EXPECT(set(&p, "ber", "1e-5", why) && p.ber_e9 == 10000, "ber");
	EXPECT(set(&p, "range", "150m", why) && p.range_mm == 150000, "range");
	EXPECT(set(&p, "signal", "-70dBm", why) && p.signal_db == 70, "signal");
	EXPECT(set(&p, "asymmetry", "20%", why) && p.asymmetry_ppm == 200000,
		"asymmetry");
	EXPECT(set(&p, "duplicate", "1%", why) && p.duplicate_ppm == 10000, "duplicate");
	EXPECT(set(&p, "reorder", "2%", why) && p.reorder_ppm == 20000, "reorder");
	EXPECT(set(&p, "reorder-delay", "50ms", why) && p.reorder_delay_us == 50000,
		"reorder-delay");
	EXPECT(set(&p, "corrupt", "10ppm", why) && p.corrupt_ppm == 10, "corrupt");
	EXPECT(set(&p, "beacon", "102400us", why) && p.beacon_us == 102400, "beacon");
	EXPECT(set(&p, "step", "100ms", why) && p.step_us == 100000, "step");
}

TEST(what_does_not_fit_is_refused_with_its_reason_and_changes_nothing)
{
	static const struct {
		const char *key, *value, *why;
	} rows[] = {
		{ "los", "5%", "no such parameter: los" },
		{ "loss", "101%", "loss: not a fitting value: 101%" },
		{ "loss", "", "loss: not a fitting value: " },
		{ "retries", "8", "retries: not a fitting value: 8" },
		{ "queue", "0", "queue: not a fitting value: 0" },
		{ "slot", "0us", "slot: not a fitting value: 0us" },
		{ "sense", "17", "sense: not a fitting value: 17" },
		{ "unicast", "999", "unicast: not a fitting value: 999" },
		{ "corrupt", "101%", "corrupt: not a fitting value: 101%" },
		{ "reorder-delay", "0", "reorder-delay: not a fitting value: 0" },
		{ "signal", "-121", "signal: not a fitting value: -121" },
		{ "step", "1ms", "step: not a fitting value: 1ms" },
		{ "cwmin", "2000", "cwmin is above cwmax" },
		{ "cwmax", "3", "cwmin is above cwmax" },
		{ "\n\x1b", "1", "no such parameter: \\x0a\\x1b" },
	};
	char why[80];

	for (size_t i = 0; i < array_len(rows); i++) {
		struct channel_params p = params_default(), q = p;

		EXPECT(!set(&p, rows[i].key, rows[i].value, why), rows[i].why);
		EXPECT_STRING(why, rows[i].why, "it says why");
		EXPECT(memcmp(&p, &q, sizeof(p)) == 0, "nothing changed");
	}
}

TEST(every_parameter_can_be_listed)
{
	struct channel_params p = params_default();
	uint64_t value;
	size_t i = 0;

	while (params_word(&p, i, &value))
		i++;
	EXPECT_EQ(i * sizeof(uint64_t), sizeof(p), "each field has a word");
	EXPECT_STRING(params_word(&p, 0, &value), "unicast", "the first");
	EXPECT_EQ(value, 20000000, "and its value");
}
