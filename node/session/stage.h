/* SPDX-License-Identifier: ISC */
/*
 * The state machine of a handshake, both sides, as one table: what may come when.
 * Anything that the table does not name is refused, and refusing changes nothing.
 */
#pragma once

#include "node/base/check.h"

enum stage {
	STAGE_IDLE,
	STAGE_SENT_1, /* initiator: waits for message 2 */
	STAGE_SENT_2, /* responder: waits for message 3 */
	STAGE_SENT_3, /* initiator: waits for the first data frame */
	STAGE_OPEN,   /* the session carries data */
	STAGES
};

enum stage_input {
	INPUT_WANT,   /* we want a session, or renew one */
	INPUT_1,      /* message 1; again, the very same one, in STAGE_SENT_2 */
	INPUT_COOKIE, /* the responder is under load */
	INPUT_2,
	INPUT_3,    /* again, the very same one, in STAGE_OPEN */
	INPUT_DATA, /* a data frame that opens under the new keys */
	INPUT_END,  /* too late, or the other side's handshake was faster */
	STAGE_INPUTS
};

must_use bool stage_allows(enum stage stage, enum stage_input input);

/* Moves on. False, and nothing changed, when input may not come now. */
must_use bool stage_step(enum stage *stage, enum stage_input input);
