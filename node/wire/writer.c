/* SPDX-License-Identifier: ISC */
/* The cursor writer. Every other write goes through write_bytes, which holds the one check. */
#include "node/wire/writer.h"

struct writer writer_of(void *buffer, size_t room)
{
	return (struct writer){ buffer, 0, room, false };
}

void write_bytes(struct writer *w, struct bytes b)
{
	if (w->overflow || b.len > w->room - w->len) {
		w->overflow = true;
		return;
	}
	if (b.len > 0)
		memcpy(w->at + w->len, b.data, b.len);
	w->len += b.len;
}

void write_u8(struct writer *w, uint8_t v)
{
	write_bytes(w, bytes_of(&v, 1));
}

void write_u16(struct writer *w, uint16_t v)
{
	const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	write_bytes(w, bytes_of(b, sizeof(b)));
}

void write_u32(struct writer *w, uint32_t v)
{
	const uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
		(uint8_t)v };

	write_bytes(w, bytes_of(b, sizeof(b)));
}

void write_u64(struct writer *w, uint64_t v)
{
	const uint8_t b[8] = { (uint8_t)(v >> 56), (uint8_t)(v >> 48), (uint8_t)(v >> 40),
		(uint8_t)(v >> 32), (uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v };

	write_bytes(w, bytes_of(b, sizeof(b)));
}

void write_i64(struct writer *w, int64_t v)
{
	write_u64(w, (uint64_t)v);
}

void write_zeros(struct writer *w, size_t n)
{
	static const uint8_t zeros[64];

	for (; n > sizeof(zeros); n -= sizeof(zeros))
		write_bytes(w, bytes_of(zeros, sizeof(zeros)));
	write_bytes(w, bytes_of(zeros, n));
}

void write_u16_at(struct writer *w, size_t at, uint16_t v)
{
	if (w->overflow)
		return;
	check(at + 2 <= w->len);
	w->at[at] = (uint8_t)(v >> 8);
	w->at[at + 1] = (uint8_t)v;
}

void writer_cut(struct writer *w, size_t len)
{
	check(len <= w->len);
	w->len = len;
	w->overflow = false;
}
