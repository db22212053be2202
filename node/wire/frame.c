/* SPDX-License-Identifier: ISC */
/* The fixed header, the only thing that is parsed before a seal has been opened. */
#include "node/wire/frame.h"

bool frame_header_parse(struct frame_header *h, struct bytes frame)
{
	struct reader r = reader_of(frame);
	unsigned first = read_u8(&r);
	unsigned reserved;

	h->flags = read_u8(&r);
	reserved = read_u16(&r);
	h->receiver = read_u32(&r);
	h->number = read_u64(&r);
	if (!read_good(&r) || first >> 4 != FRAME_VERSION || (first & 15) >= FRAME_TYPES)
		return false;
	h->type = (enum frame_type)(first & 15);
	return h->flags == 0 && reserved == 0;
}

void frame_header_write(struct writer *w, const struct frame_header *h)
{
	write_u8(w, (uint8_t)(FRAME_VERSION << 4 | (int)h->type));
	write_u8(w, h->flags);
	write_u16(w, 0);
	write_u32(w, h->receiver);
	write_u64(w, h->number);
}
