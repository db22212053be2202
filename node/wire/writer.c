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

static void write_big_endian(struct writer *w, uint64_t v, size_t n)
{
	uint8_t b[8];

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	write_bytes(w, bytes_of(b, n));
}

void write_u8(struct writer *w, uint8_t v)
{
	write_big_endian(w, v, 1);
}

void write_u16(struct writer *w, uint16_t v)
{
	write_big_endian(w, v, 2);
}

void write_u32(struct writer *w, uint32_t v)
{
	write_big_endian(w, v, 4);
}

void write_u64(struct writer *w, uint64_t v)
{
	write_big_endian(w, v, 8);
}

void write_i64(struct writer *w, int64_t v)
{
	write_big_endian(w, (uint64_t)v, 8);
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
