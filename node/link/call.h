/* SPDX-License-Identifier: ISC */
/*
 * What two carriers say to each other before frames go between them. The first byte is that of
 * no frame. An instance is a random number of the running process, by which both ends know that
 * two ways lead to the same one; a token shows that datagrams reach whom they claim to come from.
 *
 *   call = kind:8 zero:56=0 instance:64                (kind f0, over TCP: the first record)
 *        = kind:8 zero:56=0 instance:64 token:64 [zero:1428*8=0]   (f1, f2, f3, over UDP)
 *
 * A call over UDP that is filled up with zeros is as long as a whole frame: it arrives only where
 * those do.
 */
#pragma once

#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum call_kind {
	CALL_GREETING = 0xf0, /* TCP, each side's first record */
	CALL_KNOCK =
		0xf1, /* UDP: who is there? token 0, for an answer of the same size */
	CALL_TOKEN = 0xf2, /* the answer: show this */
	CALL_SHOWN = 0xf3, /* from now on send me what is for everybody */
};

enum { CALL_GREETING_SIZE = 16, CALL_SIZE = 24, CALL_FULL_SIZE = 1452 };

struct call {
	enum call_kind kind;
	uint64_t instance; /* not 0 */
	uint64_t token;
	bool full;
};

/* Whether bytes are no frame but a call, by their first one. */
must_use bool call_is(struct bytes b);
must_use bool call_parse(struct call *c, struct bytes b);
void call_write(struct writer *w, const struct call *c);
