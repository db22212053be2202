/* SPDX-License-Identifier: ISC */
/*
 * The side that answers. A message 1 costs an ephemeral key and a place in a capped
 * table, and touches no session; message 3 proves who it is, and only then a new session
 * takes over and says so by an empty data frame. Messages 1 and 3 that come again get
 * the same answer.
 */
#pragma once

#include "node/session/table.h"

/* Frames whose mac1 and form are right. False: dropped and counted. */
must_use bool respond_message_1(struct sessions *s, struct instant now,
	const struct session_path *path, const struct frame_header *h,
	struct bytes frame);
must_use bool respond_message_3(struct sessions *s, struct instant now,
	const struct session_path *path, const struct frame_header *h,
	struct bytes frame);
