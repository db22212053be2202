/* SPDX-License-Identifier: ISC */
/*
 * A message split for whoever signs or checks it (RFC 7182 section 8.1): the ICV TLV is
 * taken out, sizes are as without it, hop limit and hop count are zero. The packet header
 * is covered by nothing and believed in nothing.
 */
#include "routing/announce.h"

static bool is_signature(const struct rfc5444_tlv *t)
{
	return t->type == TLV_ICV && t->extension == ANNOUNCE_ICV_EXTENSION;
}

/* The TLV block of m without signatures, each TLV byte for byte. */
static void write_covered_tlvs(struct writer *w, const struct rfc5444_message *m)
{
	struct reader r = reader_of(m->tlvs);
	struct rfc5444_tlv t;
	size_t begun = rfc5444_tlvs_begin(w);

	for (;;) {
		const uint8_t *at = r.at;

		if (!rfc5444_tlv_next(&r, 0, &t))
			break;
		if (!is_signature(&t))
			write_bytes(w, bytes_of(at, (size_t)(r.at - at)));
	}
	rfc5444_tlvs_end(w, begun);
}

static size_t write_covered(const struct rfc5444_message *m, uint8_t *out, size_t room)
{
	struct writer w = writer_of(out, room);
	struct rfc5444_message still = *m;
	size_t begun;

	still.hop_limit = 0;
	still.hop_count = 0;
	begun = rfc5444_message_begin(&w, &still);
	write_covered_tlvs(&w, m);
	write_bytes(&w, m->blocks);
	rfc5444_message_end(&w, begun);
	return w.overflow ? 0 : w.len;
}

bool routing_signed_peek(
	struct routing_signed *s, enum message_kind kind, struct bytes body)
{
	unsigned type = kind == MESSAGE_HELLO ? RFC5444_HELLO : RFC5444_TC;
	struct rfc5444_packet p;
	struct rfc5444_message m;
	struct announce a;

	if (kind != MESSAGE_HELLO && kind != MESSAGE_TC)
		return false;
	if (body.len > ROUTING_MESSAGE_MAX || !rfc5444_parse(&p, &m, body))
		return false;
	if (m.type != type || !announce_parse(&a, &m) || a.signature.len == 0)
		return false;
	s->originator = a.originator;
	s->key = a.key;
	s->sequence = a.sequence;
	s->hop_limit = m.has_hop_limit ? m.hop_limit : 0;
	memcpy(s->signature, a.signature.data, sizeof(s->signature));
	s->covered_len = 0;
	return true;
}

size_t routing_covered(struct bytes body, uint8_t *out, size_t room)
{
	struct rfc5444_packet p;
	struct rfc5444_message m;

	if (!rfc5444_parse(&p, &m, body))
		return 0;
	return write_covered(&m, out, room);
}

bool routing_signed_parse(
	struct routing_signed *s, enum message_kind kind, struct bytes body)
{
	if (!routing_signed_peek(s, kind, body))
		return false;
	s->covered_len = routing_covered(body, s->covered, sizeof(s->covered));
	return s->covered_len > 0;
}

static void write_signature(
	struct writer *w, const struct node_id *key, const uint8_t signature[64])
{
	uint8_t value[ANNOUNCE_ICV_VALUE];
	struct writer v = writer_of(value, sizeof(value));

	write_u8(&v, ANNOUNCE_ICV_HASH);
	write_u8(&v, ANNOUNCE_ICV_CRYPTO);
	write_u8(&v, ANNOUNCE_ICV_KEY_SIZE);
	write_bytes(&v, bytes_of(key->b, ANNOUNCE_ICV_KEY_SIZE));
	write_bytes(&v, bytes_of(signature, 64));
	rfc5444_tlv_write(w, 0,
		&(struct rfc5444_tlv){ .type = TLV_ICV,
			.extension = ANNOUNCE_ICV_EXTENSION,
			.value = writer_bytes(&v) });
}

size_t routing_signature_attach(
	struct bytes body, const uint8_t signature[64], uint8_t *out, size_t room)
{
	struct writer w = writer_of(out, room);
	struct rfc5444_packet p;
	struct rfc5444_message m;
	struct announce a;
	size_t begun, tlvs;

	if (!rfc5444_parse(&p, &m, body) || !announce_parse(&a, &m) ||
		a.signature.len > 0)
		return 0;
	write_bytes(&w, bytes_of(body.data, body.len - p.messages.len));
	begun = rfc5444_message_begin(&w, &m);
	tlvs = rfc5444_tlvs_begin(&w);
	write_bytes(&w, m.tlvs);
	write_signature(&w, &a.key, signature);
	rfc5444_tlvs_end(&w, tlvs);
	write_bytes(&w, m.blocks);
	rfc5444_message_end(&w, begun);
	return w.overflow ? 0 : w.len;
}
