/* SPDX-License-Identifier: ISC */
#include "routing/time.h"

#include "tests/test.h"

TEST(time_codes_are_those_of_RFC_5497)
{
	EXPECT_EQ(time_code(1000), 0x50, "one second");
	EXPECT_EQ(time_code(2000), 0x58, "two seconds");
	EXPECT_EQ(time_code(3000), 0x5c, "three seconds");
	EXPECT_EQ(time_ms(0x50), 1000, "and back");
	EXPECT_EQ(time_ms(0), 0, "code 0 is no time");
}

TEST(time_rounds_up_and_clamps)
{
	EXPECT_EQ(time_code(0), 1, "no time becomes the shortest");
	EXPECT_EQ(time_code(UINT64_MAX), 255, "what is too long becomes the longest");
	for (uint64_t ms = 1; ms < 10000000; ms = ms * 9 / 8 + 1) {
		EXPECT(time_ms(time_code(ms)) >= ms, "a code is never shorter");
		EXPECT(time_ms(time_code(ms)) <= ms + ms / 8 + 2,
			"and at most an eighth longer");
	}
	for (unsigned code = 2; code < 256; code++)
		EXPECT(time_ms((uint8_t)code) >= time_ms((uint8_t)(code - 1)),
			"codes grow with time");
}

TEST(time_values_by_distance_give_the_one_for_the_hops)
{
	const uint8_t value[] = { 0x50, 2, 0x58, 5, 0x5c };
	uint64_t ms = 0;

	EXPECT(time_parse(bytes_of(value, 5), 1, &ms) && ms == 1000, "near");
	EXPECT(time_parse(bytes_of(value, 5), 2, &ms) && ms == 1000, "up to two hops");
	EXPECT(time_parse(bytes_of(value, 5), 3, &ms) && ms == 2000, "farther");
	EXPECT(time_parse(bytes_of(value, 5), 6, &ms) && ms == 3000, "beyond");
}

TEST(time_refuses_malformed_values)
{
	static const struct {
		const char *why;
		struct bytes value;
	} rows[] = {
		{ "no value", BYTES("") },
		{ "an even length", BYTES("\120\1") },
		{ "distances that do not grow", BYTES("\120\2\130\2\134") },
	};
	uint64_t ms;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!time_parse(rows[i].value, 1, &ms), rows[i].why);
}
