/* SPDX-License-Identifier: ISC */
/*
 * Frames in a stream of bytes (TCP), both ways.
 *
 *   stream = record*
 *   record = length:16 bytes       (length 16 to FRAME_MAX)
 *
 * A reader never reads beyond the record it is in, so nothing whole waits here unseen.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/wire/frame.h"

enum {
	STREAM_HEADER_SIZE = 2,
	STREAM_OUT_MAX =
		128 << 10, /* bytes that wait; beyond a window of frames in flight */
	STREAM_OUT_MULTICAST = STREAM_OUT_MAX / 2, /* multicast frames wait up to here */
};

struct stream_in {
	/* private */
	size_t have; /* bytes read of the record */
	bool given;  /* it was whole: the next read begins anew */
	uint8_t bytes[STREAM_HEADER_SIZE + FRAME_MAX];
};

enum stream_verdict {
	STREAM_GIVEN,
	STREAM_PARTIAL, /* read on */
	STREAM_BAD,     /* a length that no record of ours has: close it */
};

/* Where the next bytes go, and how many may be read there; at least one. */
size_t stream_want(struct stream_in *s, uint8_t **at);
/* So many bytes were read there; the record that they complete, borrowed until the next
 * stream_want. */
enum stream_verdict stream_got(struct stream_in *s, size_t count, struct bytes *record);
/* A record has begun and is not whole. */
must_use bool stream_is_partial(const struct stream_in *s);

struct stream_out {
	/* private */
	uint8_t *ring; /* owned, STREAM_OUT_MAX; NULL while nothing was ever put in */
	size_t first, len;
};

void stream_out_fini(struct stream_out *s);
/* Queues a whole record; false: there is no room for it. */
must_use bool stream_put(struct stream_out *s, struct bytes record, bool multicast);
/* What to send next, borrowed; empty: nothing waits. */
struct bytes stream_next(const struct stream_out *s);
void stream_sent(struct stream_out *s, size_t count);
