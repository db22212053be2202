/* SPDX-License-Identifier: ISC */
#include "tests/unit/node/flow/link_end.h"

TEST(what_arrived_is_told_and_every_gap_with_it)
{
	struct arq a;
	struct arq_ack ack;

	begin(&a);
	arq_arrived(&a, at, 3, true, false);
	ack = told(&a, 0);
	EXPECT_EQ(ack.high, 3, "the highest");
	EXPECT_BYTES(ack.missing, BYTES("\7"), "nothing below it was heard");
	EXPECT_EQ(ack.credit, ARQ_HELD_MAX, "nothing is held");
	arq_arrived(&a, at, 1, true, false);
	ack = told(&a, ARQ_HELD_MAX + 5);
	EXPECT_BYTES(ack.missing, BYTES("\5"), "a late one fills its gap");
	EXPECT_EQ(ack.credit, 0, "more is held than may be");
	arq_arrived(&a, at, 3 + 64, true, false);
	ack = told(&a, 0);
	EXPECT_EQ(ack.missing.len, 9, "it reaches down to the lowest that is missing");
	EXPECT_EQ(ack.missing.data[8], 5, "2 and 0, not 1");
	arq_arrived(&a, at, UINT64_MAX, true, false);
	ack = told(&a, 0);
	EXPECT_EQ(
		ack.missing.len, ARQ_BITMAP_BITS / 8, "a jump leaves everything missing");
	arq_arrived(&a, at, 3, true, false);
	ack = told(&a, 0);
	EXPECT_EQ(ack.high, UINT64_MAX, "an old number changes nothing");
	end(&a);
}

TEST(an_acknowledgement_is_due_at_once_only_when_it_is_urgent)
{
	struct arq a;

	begin(&a);
	arq_arrived(&a, at, 0, false, false);
	EXPECT(!arq_ack_wanted(&a) &&
			arq_deadline(&a, instant_us(INT64_MIN)).us == NEVER.us,
		"an acknowledgement is not acknowledged");
	arq_arrived(&a, at, 1, true, false);
	EXPECT(arq_ack_wanted(&a) && !arq_ack_due(&a, at), "a message can wait a moment");
	EXPECT_EQ(arq_deadline(&a, instant_us(INT64_MIN)).us, at.us + ARQ_ACK_DELAY_US,
		"but not long");
	arq_arrived(&a, instant_add_us(at, 1), 3, true, false);
	EXPECT_EQ(arq_deadline(&a, instant_us(INT64_MIN)).us, at.us + ARQ_ACK_DELAY_US,
		"and a gap is told no sooner");
	arq_arrived(&a, at, 4, true, true);
	EXPECT(arq_ack_due(&a, at), "a probe is answered at once");
	(void)told(&a, 0);
	EXPECT(!arq_ack_due(&a, at) && !arq_ack_wanted(&a),
		"then nothing is left to tell");
	for (uint64_t i = 0; i < ARQ_ACK_FRAMES; i++)
		arq_arrived(&a, at, 5 + i, true, false);
	EXPECT(!arq_ack_due(&a, at), "many frames that come in a burst wait for more");
	EXPECT(arq_ack_due(&a, instant_add_us(at, ARQ_ACK_REST_US)), "for a moment");
	for (uint64_t i = ARQ_ACK_FRAMES; i < ARQ_ACK_FRAMES_MAX; i++)
		arq_arrived(&a, at, 5 + i, true, false);
	EXPECT(arq_ack_due(&a, at), "very many are told at once");
	(void)told(&a, 0);
	for (uint64_t i = 0; i < ARQ_ACK_FRAMES; i++)
		arq_arrived(
			&a, instant_add_us(at, (int64_t)i * 500), 100 + i, true, false);
	EXPECT(arq_ack_due(&a, instant_add_us(at, (ARQ_ACK_FRAMES - 1) * 500)),
		"on a slow link it is told with the last of them");
	end(&a);
}

TEST(a_sequence_is_new_once)
{
	struct arq a;

	begin(&a);
	EXPECT(arq_sequence_new(&a, UINT32_MAX), "the first, whatever it is");
	EXPECT(!arq_sequence_new(&a, UINT32_MAX), "again");
	EXPECT(arq_sequence_new(&a, 1), "it goes on over the end of numbers");
	EXPECT(arq_sequence_new(&a, 0) && !arq_sequence_new(&a, 0), "one in between");
	EXPECT(arq_sequence_new(&a, 64) && arq_sequence_new(&a, 63),
		"over a word of the window");
	EXPECT(!arq_sequence_new(&a, 1) && !arq_sequence_new(&a, 0),
		"the old ones stay known");
	EXPECT(arq_sequence_new(&a, ARQ_SEQUENCE_BITS + 1), "far ahead");
	EXPECT(arq_sequence_new(&a, 2), "the oldest of the window");
	EXPECT(!arq_sequence_new(&a, 2), "once");
	EXPECT(!arq_sequence_new(&a, 1), "what is older than the window counts as known");
	end(&a);
}

TEST(a_link_that_was_made_anew_on_one_side_is_not_taken_for_duplicates)
{
	static const uint32_t firsts[] = { 1u << 20, 3u << 30, 500 + ARQ_SEQUENCE_BITS };

	for (size_t i = 0; i < array_len(firsts); i++) {
		struct arq a;

		begin(&a);
		for (uint32_t s = 500 + 100000; s < 500 + 100100; s++)
			EXPECT(arq_sequence_new(&a, s), "an earlier life of the link");
		arq_restart(&a, at, true);
		EXPECT(arq_sequence_new(&a, firsts[i]),
			"a number far from them begins anew");
		EXPECT(!arq_sequence_new(&a, firsts[i]), "and is known from then on");
		EXPECT(arq_sequence_new(&a, firsts[i] + 1), "the next one too");
		end(&a);
	}
}

TEST(a_new_session_of_the_same_life_knows_its_duplicates)
{
	struct arq a;

	begin(&a);
	for (uint32_t s = 0; s < 100; s++)
		EXPECT(arq_sequence_new(&a, s), "new");
	arq_restart(&a, at, true);
	EXPECT(!arq_sequence_new(&a, 98), "sent again under the new session");
	EXPECT(arq_sequence_new(&a, 100), "new");
	arq_restart(&a, at, false);
	EXPECT(arq_sequence_new(&a, 98), "another process counts for itself");
	end(&a);
}

TEST(credit_that_has_come_back_is_told)
{
	struct arq a;

	begin(&a);
	arq_credit_changed(&a, at, 0);
	EXPECT(!arq_ack_due(&a, at), "nobody has heard of any credit yet");
	arq_arrived(&a, at, 0, true, false);
	(void)told(&a, ARQ_HELD_MAX);
	arq_credit_changed(&a, at, ARQ_HELD_MAX - 1);
	EXPECT(!arq_ack_due(&a, at), "a little is not worth a frame");
	arq_credit_changed(&a, at, ARQ_HELD_MAX / 2);
	EXPECT(arq_ack_due(&a, at), "half of it is");
	end(&a);
}
