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

TEST(time_values_by_distance_survive)
{
	const struct time_step steps[] = { { 1000, 1 }, { 2000, 4 }, { 7000, 9 },
		{ 60000, 0 } };
	static const struct {
		unsigned hops;
		uint64_t ms;
	} rows[] = { { 1, 1000 }, { 2, 2000 }, { 4, 2000 }, { 5, 7000 }, { 9, 7000 },
		{ 10, 60000 }, { 255, 60000 } };
	uint8_t value[2 * TIME_STEPS_MAX];
	struct writer w = writer_of(value, sizeof(value));
	uint64_t ms;

	time_write(&w, steps, array_len(steps));
	EXPECT_EQ(w.len, 7, "a time and a distance each, and the last time");
	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(time_parse(writer_bytes(&w), rows[i].hops, &ms), "it can be read");
		EXPECT_EQ(ms, time_ms(time_code(rows[i].ms)), "the time of its distance");
	}
	w = writer_of(value, sizeof(value));
	time_write(&w, &steps[3], 1);
	EXPECT(time_parse(writer_bytes(&w), 200, &ms), "one time for all distances");
	EXPECT_EQ(ms, time_ms(time_code(60000)), "is that");
}
