/* SPDX-License-Identifier: ISC */
/* The table. What is not in it has no next stage. */
#include "node/session/stage.h"

struct step {
	bool allowed;
	enum stage next;
};

static const struct step steps[STAGES][STAGE_INPUTS] = {
	[STAGE_IDLE] = {
		[INPUT_WANT] = { true, STAGE_SENT_1 },
		[INPUT_1] = { true, STAGE_SENT_2 },
	},
	[STAGE_SENT_1] = {
		[INPUT_COOKIE] = { true, STAGE_SENT_1 },
		[INPUT_2] = { true, STAGE_SENT_3 },
		[INPUT_END] = { true, STAGE_IDLE },
	},
	[STAGE_SENT_2] = {
		[INPUT_1] = { true, STAGE_SENT_2 },
		[INPUT_3] = { true, STAGE_OPEN },
		[INPUT_END] = { true, STAGE_IDLE },
	},
	[STAGE_SENT_3] = {
		[INPUT_DATA] = { true, STAGE_OPEN },
		[INPUT_END] = { true, STAGE_IDLE },
	},
	[STAGE_OPEN] = {
		[INPUT_3] = { true, STAGE_OPEN },
		[INPUT_DATA] = { true, STAGE_OPEN },
		[INPUT_END] = { true, STAGE_IDLE },
	},
};

bool stage_allows(enum stage stage, enum stage_input input)
{
	check(stage < STAGES && input < STAGE_INPUTS);
	return steps[stage][input].allowed;
}

bool stage_step(enum stage *stage, enum stage_input input)
{
	if (!stage_allows(*stage, input))
		return false;
	*stage = steps[*stage][input].next;
	return true;
}
