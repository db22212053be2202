/* SPDX-License-Identifier: ISC */
/*
 * The side that begins. Message 1 is sent again, the same bytes but for mac2, until
 * message 2 comes; then message 3 until the first data frame opens under the new keys.
 * Only then does the new session seal. What fails to be read leaves the attempt as it
 * was.
 */
#pragma once

#include "node/session/table.h"

/* Begins an attempt; p has none. interval_us: until the first repetition. */
void initiate(
	struct sessions *s, struct instant now, struct peer *p, int64_t interval_us);

/* The neighbour was heard: what waits for long for an answer is sent again at once. */
void initiate_hasten(struct sessions *s, struct instant now, struct peer *p);
/* Sends the attempt's frame again. */
void initiate_resend(struct sessions *s, struct instant now, struct peer *p);

/* A frame for the attempt of p whose mac1 and form are right. False: dropped and
 * counted. */
must_use bool initiate_message_2(struct sessions *s, struct instant now, struct peer *p,
	const struct frame_header *h, struct bytes frame);
must_use bool initiate_cookie(
	struct sessions *s, struct instant now, struct peer *p, struct bytes frame);

/* A frame has opened under the keys of the attempt: its session takes over. */
void initiate_confirmed(struct sessions *s, struct instant now, struct peer *p);

/* The attempt's time is over: once more if somebody still wants it. */
void initiate_end(struct sessions *s, struct instant now, struct peer *p);
