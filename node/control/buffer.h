/* SPDX-License-Identifier: ISC */
/*
 * Bytes that grow up to a limit. What would pass the limit is left out and marks the buffer,
 * so that a writer writes straight down and asks once. It owns its memory.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"

struct buffer {
	uint8_t *data; /* NULL while empty */
	size_t len;
	bool overflow; /* something did not fit */
	/* private */
	size_t room;
	size_t limit_bytes;
};

void buffer_init(struct buffer *b, size_t limit_bytes);
void buffer_fini(struct buffer *b);
/* Copies; all of it or, past the limit, nothing. */
void buffer_add(struct buffer *b, struct bytes bytes);
void buffer_add_string(struct buffer *b, const char *s);
void buffer_add_u64(struct buffer *b, uint64_t v);
/* Forgets everything after len and the overflow that came with it. */
void buffer_cut(struct buffer *b, size_t len);
/* Forgets the first n bytes: they were sent, or read. */
void buffer_drop(struct buffer *b, size_t n);

static inline struct bytes buffer_bytes(const struct buffer *b)
{
	return bytes_of(b->data, b->len);
}
