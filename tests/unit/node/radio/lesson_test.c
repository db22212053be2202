/* SPDX-License-Identifier: ISC */
#include "node/radio/lesson.h"

#include "tests/test.h"

/* How many of so many looks want frames, of which each brings some. */
static unsigned wanted(struct lesson *l, unsigned looks, uint32_t *packets, uint32_t each,
	int8_t signal_dbm)
{
	unsigned count = 0;

	for (unsigned i = 0; i < looks; i++) {
		if (lesson_wanted(l, *packets, false, signal_dbm)) {
			lesson_given(l);
			count++;
		}
		*packets += each;
	}
	return count;
}

TEST(a_new_link_wants_frames_until_rate_control_had_forty)
{
	struct lesson l = { 0 };
	uint32_t packets = 8;

	EXPECT_EQ(wanted(&l, 4, &packets, 8, -60), 4, "8, 16, 24, 32");
	EXPECT(!l.learned, "which do not suffice");
	EXPECT_EQ(wanted(&l, 100, &packets, 0, -60), 0, "40 do");
	EXPECT(l.learned, "and then it has learned");
	packets = 3;
	EXPECT_EQ(wanted(&l, 1, &packets, 0, -60), 1, "a station that is there anew");
	EXPECT(!l.learned, "has taught nothing yet");
}

TEST(a_burst_teaches_no_more_than_a_few_frames)
{
	struct lesson l = { 0 };
	uint32_t packets = 500;

	EXPECT_EQ(wanted(&l, 10, &packets, 0, -60), 10, "500 within a second");
	packets = 0;
	l = (struct lesson){ 0 };
	EXPECT_EQ(wanted(&l, 10, &packets, 1000, -60), 4, "in each of some seconds");
}

TEST(a_signal_that_has_changed_is_a_lesson_of_its_own)
{
	struct lesson l = { 0 };
	uint32_t packets = 40;
	unsigned again;

	EXPECT_EQ(wanted(&l, 20, &packets, 10, -80), 3, "known");
	for (int8_t i = 0; i < 100; i++)
		EXPECT_EQ(wanted(&l, 1, &packets, 0, i % 2 == 0 ? -70 : -90), 0,
			"a frame that is louder than the one before says nothing");
	again = wanted(&l, 40, &packets, 10, -60);
	EXPECT(again >= 3 && again <= 9, "one that stays so does");
	EXPECT(l.learned, "what was known is taken until then");
	again = wanted(&l, 40, &packets, 10, -80);
	EXPECT(again >= 3 && again <= 9, "the same when it falls");
}

TEST(frames_that_fail_make_a_signal_that_fell_a_lesson_at_once)
{
	struct lesson l = { 0 };
	uint32_t packets = 40;

	EXPECT_EQ(wanted(&l, 20, &packets, 10, -60), 3, "known");
	EXPECT(!lesson_wanted(&l, packets, true, -63), "frames fail where it is as loud");
	EXPECT(!lesson_wanted(&l, packets, true, 0), "or nobody says how loud");
	EXPECT(!lesson_wanted(&l, packets, false, -80), "one that is less loud");
	EXPECT(lesson_wanted(&l, packets, true, -80), "both");
	EXPECT(wanted(&l, 20, &packets, 10, -80) <= 4, "which is one lesson");
	EXPECT_EQ(wanted(&l, 20, &packets, 10, -80), 0, "and no other follows");
}

TEST(a_signal_that_is_not_known_has_not_changed)
{
	struct lesson l = { 0 };
	uint32_t packets = 0;

	EXPECT_EQ(wanted(&l, 10, &packets, 10, 0), 4, "nobody says how loud it is");
	EXPECT_EQ(wanted(&l, 10, &packets, 0, -60), 0, "now it is said");
	EXPECT_EQ(wanted(&l, 10, &packets, 0, 0), 0, "and not any more");
	EXPECT_EQ(wanted(&l, 10, &packets, 0, -60), 0, "and again");
}

TEST(where_frames_are_not_counted_a_lesson_ends_all_the_same)
{
	struct lesson l = { 0 };
	uint32_t packets = 0;

	EXPECT_EQ(wanted(&l, 100, &packets, 0, 0), 15, "after so many looks");
	EXPECT(l.learned, "with what it is worth");
}
