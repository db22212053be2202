/* SPDX-License-Identifier: ISC */
/* One walk over the message TLVs; what it does not know it leaves alone. */
#include "routing/announce.h"

#include "routing/time.h"

enum seen {
	SEEN_KEY = 1,
	SEEN_NAME = 2,
	SEEN_SEQUENCE = 4,
	SEEN_VALIDITY = 8,
	SEEN_INTERVAL = 16,
	SEEN_SIGNATURE = 32,
	SEEN_NEEDED = SEEN_KEY | SEEN_SEQUENCE | SEEN_VALIDITY,
};

static bool parse_name(struct announce *a, struct bytes value)
{
	if (value.len > ROUTING_NAME_MAX || memchr(value.data, 0, value.len) != NULL)
		return false;
	memcpy(a->name, value.data, value.len);
	a->name[value.len] = '\0';
	return true;
}

static bool parse_sequence(struct announce *a, struct bytes value)
{
	struct reader r = reader_of(value);

	a->sequence = read_u64(&r);
	return read_ended(&r);
}

static bool parse_signature(struct announce *a, struct bytes value)
{
	struct reader r = reader_of(value);

	if (read_u8(&r) != ANNOUNCE_ICV_HASH || read_u8(&r) != ANNOUNCE_ICV_CRYPTO ||
		read_u8(&r) != ANNOUNCE_ICV_KEY_SIZE)
		return false;
	read_skip(&r, ANNOUNCE_ICV_KEY_SIZE);
	a->signature = read_bytes(&r, 64);
	return read_ended(&r);
}

static bool once(unsigned *seen, unsigned what)
{
	if (*seen & what)
		return false;
	*seen |= what;
	return true;
}

static bool parse_tlv(
	struct announce *a, const struct rfc5444_tlv *t, unsigned hops, unsigned *seen)
{
	if (t->type == TLV_ICV && t->extension == ANNOUNCE_ICV_EXTENSION)
		return once(seen, SEEN_SIGNATURE) && parse_signature(a, t->value);
	if (t->extension != 0)
		return true;
	switch (t->type) {
	case TLV_KEY:
		if (t->value.len != sizeof(a->key.b))
			return false;
		memcpy(a->key.b, t->value.data, sizeof(a->key.b));
		return once(seen, SEEN_KEY);
	case TLV_NAME:
		return once(seen, SEEN_NAME) && t->value.len > 0 &&
		       parse_name(a, t->value);
	case TLV_TIMESTAMP:
		return once(seen, SEEN_SEQUENCE) && parse_sequence(a, t->value);
	case TLV_VALIDITY_TIME:
		return once(seen, SEEN_VALIDITY) &&
		       time_parse(t->value, hops, &a->validity_ms);
	case TLV_INTERVAL_TIME:
		return once(seen, SEEN_INTERVAL) &&
		       time_parse(t->value, hops, &a->interval_ms);
	default:
		return true;
	}
}

/* The key id of the signature is the beginning of the key. */
static bool key_id_fits(const struct announce *a)
{
	return a->signature.len == 0 || memcmp(a->signature.data - ANNOUNCE_ICV_KEY_SIZE,
						a->key.b, ANNOUNCE_ICV_KEY_SIZE) == 0;
}

bool announce_parse(struct announce *a, const struct rfc5444_message *m)
{
	struct reader r = reader_of(m->tlvs);
	struct rfc5444_tlv t;
	unsigned seen = 0;

	memset(a, 0, sizeof(*a));
	if (!m->has_originator || m->address_size != RFC5444_ADDRESS_SIZE)
		return false;
	a->originator = m->originator;
	while (rfc5444_tlv_next(&r, 0, &t))
		if (!parse_tlv(a, &t, m->hop_count + 1u, &seen))
			return false;
	if (!read_ended(&r) || (seen & SEEN_NEEDED) != SEEN_NEEDED || !key_id_fits(a))
		return false;
	if (a->validity_ms > ANNOUNCE_VALIDITY_MAX_MS)
		a->validity_ms = ANNOUNCE_VALIDITY_MAX_MS;
	if (a->interval_ms == 0 || a->interval_ms > a->validity_ms)
		a->interval_ms = a->validity_ms;
	return a->validity_ms > 0;
}

static void write_tlv(struct writer *w, uint8_t type, struct bytes value)
{
	rfc5444_tlv_write(w, 0, &(struct rfc5444_tlv){ .type = type, .value = value });
}

void announce_write(struct writer *w, const struct announce *a)
{
	uint8_t validity = time_code(a->validity_ms),
		interval = time_code(a->interval_ms);
	uint8_t sequence[8];
	struct writer s = writer_of(sequence, sizeof(sequence));

	write_u64(&s, a->sequence);
	write_tlv(w, TLV_VALIDITY_TIME, bytes_of(&validity, 1));
	write_tlv(w, TLV_INTERVAL_TIME, bytes_of(&interval, 1));
	write_tlv(w, TLV_TIMESTAMP, writer_bytes(&s));
	write_tlv(w, TLV_KEY, id_bytes(&a->key));
	if (a->name[0] != '\0')
		write_tlv(w, TLV_NAME, bytes_of_string(a->name));
}
