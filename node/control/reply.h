/* SPDX-License-Identifier: ISC */
/*
 * What the node answers: a stream of records, of which the exit code is the last.
 *
 *   record = type:8 length:32 body
 *   type   = 'J' one JSON object: the answer, or one event of watch
 *          | 'P' one JSON object about progress; only when the request asked for it
 *          | 'D' text for stdout as it is
 *          | 'F' a packet of `capture` (capture.h)
 *          | 'E' what:16+ why:16+ fix:16+     (each length:16 and that many bytes)
 *          | 'X' exit_code:8
 */
#pragma once

#include "node/control/buffer.h"
#include "node/wire/reader.h"

enum {
	REPLY_HEADER_SIZE = 5,
	REPLY_JSON_MAX = 16 << 20, /* bytes of J */
	REPLY_OTHER_MAX = 1 << 20, /* bytes of P, D and F */
	REPLY_PART_MAX = 8192,     /* bytes of one part of E; longer ones are cut */
	REPLY_BUFFER_MAX =
		40 << 20 /* a limit for the buffer that replies are written into */
};

enum reply_kind {
	REPLY_ANSWER = 'J',
	REPLY_PROGRESS = 'P',
	REPLY_TEXT = 'D',
	REPLY_PACKET = 'F',
	REPLY_ERROR = 'E',
	REPLY_EXIT = 'X',
};

/* How the program ends, by CONTRACT. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NO_NODE = 3,
	EXIT_FORBIDDEN = 4,
	EXIT_NOT_FOUND = 5, /* or ambiguous */
	EXIT_TIMEOUT = 6,   /* or unreachable */
	EXIT_CHOICE = 7,
	EXIT_DEGRADED = 8,
	EXIT_INTERRUPTED = 130,
};

/* ---- the node's side ---- */

/* Appends an ANSWER, PROGRESS, TEXT or PACKET record. False, and out as before, when body is larger
 * than its kind may be or the buffer is full. */
must_use bool reply_write(struct buffer *out, enum reply_kind kind, struct bytes body);
/* Appends what failed, why, and what to do (each may be NULL); parts may hold strangers'
 * text, the program escapes them. Ends with the exit code. */
void reply_fail(struct buffer *out, enum exit_code code, const char *what,
	const char *why, const char *fix);
/* The exit code; nothing follows it. */
void reply_exit(struct buffer *out, enum exit_code code);
/* The answer to a request that request_parse refused with this negative errno. */
void reply_refuse(struct buffer *out, int err);
/* An answer and exit 0; an answer that is too large becomes a failure. */
void reply_answer(struct buffer *out, struct bytes json);

/* ---- the program's side ---- */

struct reply {
	enum reply_kind kind;
	struct bytes body;           /* ANSWER, PROGRESS, TEXT, PACKET; borrowed */
	struct bytes what, why, fix; /* ERROR; borrowed */
	uint8_t code;                /* EXIT */
};

enum reply_verdict {
	REPLY_WHOLE,
	REPLY_PARTIAL, /* read on */
	REPLY_BAD,     /* not a reply, or larger than allowed */
};

/* The first record of got; size is its length in bytes. */
enum reply_verdict reply_parse(struct reply *r, struct bytes got, size_t *size);
