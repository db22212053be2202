/* SPDX-License-Identifier: ISC */
/*
 * The only way to make bytes for outside. Integers are big-endian. Writing past the end
 * writes nothing and marks the writer; a caller that appends whole messages remembers
 * writer.len before and cuts back to it when the message did not fit.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"
#include "node/base/ids.h"

struct writer {
	uint8_t *at;   /* caller's buffer */
	size_t len;    /* bytes so far */
	size_t room;   /* size of the buffer */
	bool overflow; /* something did not fit */
};

struct writer writer_of(void *buffer, size_t room);
void write_u8(struct writer *w, uint8_t v);
void write_u16(struct writer *w, uint16_t v);
void write_u32(struct writer *w, uint32_t v);
void write_u64(struct writer *w, uint64_t v);
void write_i64(struct writer *w, int64_t v);
void write_bytes(struct writer *w, struct bytes b);
void write_zeros(struct writer *w, size_t n);
#define write_id(w, x) write_bytes((w), id_bytes(x))
/* Overwrites two bytes written before, at offset `at`: a length known only now. */
void write_u16_at(struct writer *w, size_t at, uint16_t v);
/* Forgets everything after len and the overflow that came with it. */
void writer_cut(struct writer *w, size_t len);
static inline size_t writer_left(const struct writer *w)
{
	return w->room - w->len;
}
static inline struct bytes writer_bytes(const struct writer *w)
{
	return bytes_of(w->at, w->len);
}
