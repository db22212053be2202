/* SPDX-License-Identifier: ISC */
#include "sim/channel/quantity.h"

#include "tests/test.h"

TEST(numbers_with_units_are_read)
{
	static const struct {
		const char *text;
		enum quantity_unit unit;
		uint64_t wanted;
	} rows[] = {
		{ "0", QUANTITY_COUNT, 0 },
		{ "256", QUANTITY_COUNT, 256 },
		{ "999999999999999999", QUANTITY_COUNT, 999999999999999999 },
		{ "20M", QUANTITY_RATE_BPS, 20000000 },
		{ "1.5M", QUANTITY_RATE_BPS, 1500000 },
		{ "500k", QUANTITY_RATE_BPS, 500000 },
		{ "1G", QUANTITY_RATE_BPS, 1000000000 },
		{ "6000000", QUANTITY_RATE_BPS, 6000000 },
		{ "10s", QUANTITY_TIME_US, 10000000 },
		{ "2", QUANTITY_TIME_US, 2000000 },
		{ "1.5ms", QUANTITY_TIME_US, 1500 },
		{ "34us", QUANTITY_TIME_US, 34 },
		{ "100m", QUANTITY_LENGTH_MM, 100000 },
		{ "1.25km", QUANTITY_LENGTH_MM, 1250000 },
		{ "3", QUANTITY_LENGTH_MM, 3000 },
		{ "7mm", QUANTITY_LENGTH_MM, 7 },
		{ "5%", QUANTITY_PART_PPM, 50000 },
		{ "0.5%", QUANTITY_PART_PPM, 5000 },
		{ "0.05", QUANTITY_PART_PPM, 50000 },
		{ "300ppm", QUANTITY_PART_PPM, 300 },
		{ "1e-5", QUANTITY_PART_E9, 10000 },
		{ "0.00002", QUANTITY_PART_E9, 20000 },
		{ "2.5e-6", QUANTITY_PART_E9, 2500 },
		{ "-80", QUANTITY_SIGNAL_DB, 80 },
		{ "-65dBm", QUANTITY_SIGNAL_DB, 65 },
	};
	uint64_t v;

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(quantity_parse(bytes_of_string(rows[i].text), rows[i].unit, &v),
			rows[i].text);
		EXPECT_EQ(v, rows[i].wanted, rows[i].text);
	}
}

TEST(what_is_no_number_with_this_unit_is_refused)
{
	static const struct {
		const char *text;
		enum quantity_unit unit;
	} rows[] = {
		{ "", QUANTITY_COUNT },
		{ "x", QUANTITY_COUNT },
		{ "-1", QUANTITY_COUNT },
		{ "+1", QUANTITY_COUNT },
		{ " 1", QUANTITY_COUNT },
		{ "80", QUANTITY_SIGNAL_DB },
		{ "", QUANTITY_SIGNAL_DB },
		{ "-", QUANTITY_SIGNAL_DB },
		{ "--80", QUANTITY_SIGNAL_DB },
		{ "-80dB", QUANTITY_SIGNAL_DB },
		{ "1 ", QUANTITY_COUNT },
		{ ".5", QUANTITY_PART_PPM },
		{ "5.", QUANTITY_PART_PPM },
		{ "5.%", QUANTITY_PART_PPM },
		{ "1.2.3", QUANTITY_PART_PPM },
		{ "5%%", QUANTITY_PART_PPM },
		{ "5M", QUANTITY_COUNT },
		{ "5%", QUANTITY_RATE_BPS },
		{ "1e", QUANTITY_PART_E9 },
		{ "1e-", QUANTITY_PART_E9 },
		{ "1e-31", QUANTITY_PART_E9 },
		{ "1e30", QUANTITY_PART_E9 },
		{ "1234567890123456789", QUANTITY_COUNT },
		{ "999999999999999999G", QUANTITY_RATE_BPS },
		{ "10m", QUANTITY_TIME_US },
	};
	uint64_t v;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!quantity_parse(bytes_of_string(rows[i].text), rows[i].unit, &v),
			rows[i].text);
}

TEST(places_may_be_negative_but_not_beyond_a_million_km)
{
	int64_t v;

	EXPECT(quantity_parse_place(BYTES("-12.5m"), &v) && v == -12500, "negative");
	EXPECT(quantity_parse_place(BYTES("1km"), &v) && v == 1000000, "positive");
	EXPECT(!quantity_parse_place(BYTES("--1"), &v), "one minus is enough");
	EXPECT(!quantity_parse_place(BYTES("-"), &v), "a minus alone");
	EXPECT(!quantity_parse_place(BYTES(""), &v), "nothing");
	EXPECT(!quantity_parse_place(BYTES("1000001km"), &v), "too far");
}
