/* SPDX-License-Identifier: ISC */
/* The parser takes packets with other TLVs beside the digest, and leaves these alone. */
#include "routing/beat.h"

enum { FLAG_NUMBERED = 0x08, FLAG_TLVS = 0x04 }; /* version 0 (RFC 5444 section 5.1) */

bool beat_parse(struct beat *b, struct bytes body)
{
	struct reader r = reader_of(body);
	bool whole = read_u8(&r) == (FLAG_NUMBERED | FLAG_TLVS), found = false;
	struct rfc5444_tlv t;
	struct reader tlvs;

	b->number = read_u16(&r);
	tlvs = reader_of(read_bytes(&r, read_u16(&r)));
	if (!whole || !read_ended(&r))
		return false;
	while (rfc5444_tlv_next(&tlvs, 0, &t)) {
		struct reader value = reader_of(t.value);

		if (t.type != TLV_DIGEST || t.extension != 0)
			continue;
		b->digest = read_u64(&value);
		if (found || !read_ended(&value))
			return false;
		found = true;
	}
	return found && read_ended(&tlvs);
}

void beat_write(struct writer *w, const struct beat *b)
{
	uint8_t digest[8];
	struct writer d = writer_of(digest, sizeof(digest));
	size_t begun;

	write_u64(&d, b->digest);
	write_u8(w, FLAG_NUMBERED | FLAG_TLVS);
	write_u16(w, b->number);
	begun = rfc5444_tlvs_begin(w);
	rfc5444_tlv_write(w, 0,
		&(struct rfc5444_tlv){ .type = TLV_DIGEST, .value = writer_bytes(&d) });
	rfc5444_tlvs_end(w, begun);
}
