/* SPDX-License-Identifier: ISC */
#include "node/inet/offload.h"

#include "node/wire/reader.h"

static uint16_t read_native(struct reader *r)
{
	uint16_t v;

	read_copy(r, &v, sizeof(v));
	return v;
}

static void write_native(struct writer *w, uint16_t v)
{
	write_bytes(w, bytes_of(&v, sizeof(v)));
}

bool offload_parse(struct offload *o, struct bytes b)
{
	struct reader r = reader_of(b);

	o->flags = read_u8(&r);
	o->type = read_u8(&r);
	o->header_size = read_native(&r);
	o->segment_size = read_native(&r);
	o->checksum_at = read_native(&r);
	o->checksum_offset = read_native(&r);
	return read_good(&r);
}

void offload_write(struct writer *w, const struct offload *o)
{
	write_u8(w, o->flags);
	write_u8(w, o->type);
	write_native(w, o->header_size);
	write_native(w, o->segment_size);
	write_native(w, o->checksum_at);
	write_native(w, o->checksum_offset);
}
