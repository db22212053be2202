/* SPDX-License-Identifier: ISC */
/* Every stage with every input. */
#include "node/session/stage.h"

#include "tests/test.h"

TEST(stage_knows_each_step_and_refuses_all_others)
{
	static const struct {
		enum stage from;
		enum stage_input input;
		enum stage to;
	} rows[] = {
		{ STAGE_IDLE, INPUT_WANT, STAGE_SENT_1 },
		{ STAGE_IDLE, INPUT_1, STAGE_SENT_2 },
		{ STAGE_SENT_1, INPUT_COOKIE, STAGE_SENT_1 },
		{ STAGE_SENT_1, INPUT_2, STAGE_SENT_3 },
		{ STAGE_SENT_1, INPUT_END, STAGE_IDLE },
		{ STAGE_SENT_2, INPUT_1, STAGE_SENT_2 },
		{ STAGE_SENT_2, INPUT_3, STAGE_OPEN },
		{ STAGE_SENT_2, INPUT_END, STAGE_IDLE },
		{ STAGE_SENT_3, INPUT_DATA, STAGE_OPEN },
		{ STAGE_SENT_3, INPUT_END, STAGE_IDLE },
		{ STAGE_OPEN, INPUT_3, STAGE_OPEN },
		{ STAGE_OPEN, INPUT_DATA, STAGE_OPEN },
		{ STAGE_OPEN, INPUT_END, STAGE_IDLE },
	};
	size_t allowed = 0;

	for (int from = 0; from < STAGES; from++)
		for (int input = 0; input < STAGE_INPUTS; input++) {
			enum stage now = (enum stage)from;
			bool moved = stage_step(&now, (enum stage_input)input);

			EXPECT_EQ(moved,
				stage_allows((enum stage)from, (enum stage_input)input),
				"asking and doing agree");
			if (moved)
				allowed++;
			else
				EXPECT_EQ(now, from, "a refused input changes nothing");
		}
	EXPECT_EQ(allowed, array_len(rows), "only what is listed is allowed");
	for (size_t i = 0; i < array_len(rows); i++) {
		enum stage now = rows[i].from;

		EXPECT(stage_step(&now, rows[i].input), "a listed step is allowed");
		EXPECT_EQ(now, rows[i].to, "and leads where the list says");
	}
}

TEST(stage_takes_no_data_before_message_3)
{
	EXPECT(!stage_allows(STAGE_SENT_1, INPUT_DATA), "not after message 1");
	EXPECT(!stage_allows(STAGE_SENT_2, INPUT_DATA), "not after message 2");
	EXPECT(!stage_allows(STAGE_SENT_1, INPUT_3),
		"nor message 3 in place of message 2");
}
