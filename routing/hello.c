/* SPDX-License-Identifier: ISC */
/*
 * hello = packet(number) message(type 0, originator, number)
 *         { VALIDITY_TIME INTERVAL_TIME TIMESTAMP KEY [NAME] MPR_WILLING
 *           [DIGEST] [BEATS] [PARTIAL] }
 *         addresses(self, neighbour...)
 *         { LOCAL_IF self, LINK_STATUS LINK_METRIC LINK_LOSS neighbours }
 */
#include "routing/hello.h"

#include "routing/metric.h"
#include "routing/time.h"

enum {
	LOCAL_IF_THIS = 0,
	WILLING_DEFAULT = 0x77, /* flooding in the high nibble, routing in the low one */
	STATUS_NONE = 0xff,
};

static bool parse_message_tlvs(struct hello *h, struct bytes tlvs)
{
	struct reader r = reader_of(tlvs);
	struct rfc5444_tlv t;

	while (rfc5444_tlv_next(&r, 0, &t)) {
		struct reader value = reader_of(t.value);

		if (t.extension != 0)
			continue;
		if (t.type == TLV_PARTIAL)
			h->partial = true;
		if (t.type == TLV_BEATS && !time_parse(t.value, 1, &h->beat_ms))
			return false;
		if (t.type != TLV_DIGEST)
			continue;
		h->digest = read_u64(&value);
		if (!read_ended(&value) || h->has_digest)
			return false;
		h->has_digest = true;
	}
	return read_ended(&r);
}

struct found {
	uint8_t status;
	uint32_t metric_in;
	uint8_t loss;
};

static bool find_tlv(struct found *f, const struct rfc5444_tlv *t, unsigned i)
{
	struct reader value = reader_of(rfc5444_tlv_value(t, i));
	uint16_t metric;

	switch (t->type) {
	case TLV_LINK_STATUS:
		if (f->status != STATUS_NONE)
			return false;
		f->status = read_u8(&value);
		return read_ended(&value) && f->status <= HELLO_HEARD;
	case TLV_LINK_METRIC:
		metric = read_u16(&value);
		if (metric & METRIC_LINK_IN)
			f->metric_in = metric_of_code(metric);
		return read_ended(&value);
	case TLV_LINK_LOSS:
		f->loss = read_u8(&value);
		return read_ended(&value);
	default:
		return true;
	}
}

/* All that the TLVs of a block say of its address i. */
static bool find(struct found *f, const struct rfc5444_block *b, unsigned i)
{
	struct reader r = reader_of(b->tlvs);
	struct rfc5444_tlv t;

	*f = (struct found){ STATUS_NONE, 0, HELLO_LOSS_UNKNOWN };
	while (rfc5444_tlv_next(&r, b->count, &t))
		if (t.extension == 0 && t.first <= i && i <= t.last &&
			!find_tlv(f, &t, i))
			return false;
	return read_ended(&r);
}

static bool parse_block(struct hello *h, const struct rfc5444_block *b)
{
	struct found f;

	for (unsigned i = 0; i < b->count; i++) {
		struct hello_neighbour *n = &h->neighbours[h->count];
		struct address a;
		unsigned prefix = rfc5444_block_address(b, i, &a);

		if (!find(&f, b, i))
			return false;
		if (f.status == STATUS_NONE || prefix != RFC5444_ADDRESS_BITS)
			continue;
		if (h->count == HELLO_PARSE_MAX)
			return false;
		*n = (struct hello_neighbour){ a, (enum hello_status)f.status,
			f.metric_in, f.loss };
		h->count++;
	}
	return true;
}

bool hello_parse(struct hello *h, struct bytes body)
{
	struct rfc5444_packet p;
	struct rfc5444_message m;
	struct rfc5444_block b;
	struct reader r;

	memset(h, 0, sizeof(*h));
	if (!rfc5444_parse(&p, &m, body))
		return false;
	if (m.type != RFC5444_HELLO || !m.numbered || m.has_hop_limit || m.has_hop_count)
		return false;
	if (!announce_parse(&h->announce, &m) || !parse_message_tlvs(h, m.tlvs))
		return false;
	h->number = m.number;
	r = reader_of(m.blocks);
	while (rfc5444_block_next(&r, m.address_size, &b))
		if (!parse_block(h, &b))
			return false;
	return read_ended(&r);
}

static void write_message_tlvs(struct writer *w, const struct hello *h)
{
	const uint8_t willing = WILLING_DEFAULT, beats = time_code(h->beat_ms);
	uint8_t digest[8];
	struct writer d = writer_of(digest, sizeof(digest));
	size_t begun = rfc5444_tlvs_begin(w);

	write_u64(&d, h->digest);
	announce_write(w, &h->announce);
	rfc5444_tlv_write(w, 0,
		&(struct rfc5444_tlv){
			.type = TLV_MPR_WILLING, .value = bytes_of(&willing, 1) });
	if (h->has_digest)
		rfc5444_tlv_write(w, 0,
			&(struct rfc5444_tlv){
				.type = TLV_DIGEST, .value = writer_bytes(&d) });
	if (h->beat_ms > 0)
		rfc5444_tlv_write(w, 0,
			&(struct rfc5444_tlv){
				.type = TLV_BEATS, .value = bytes_of(&beats, 1) });
	if (h->partial)
		rfc5444_tlv_write(w, 0, &(struct rfc5444_tlv){ .type = TLV_PARTIAL });
	rfc5444_tlvs_end(w, begun);
}

/* A value for each neighbour: addresses 1 and up of the block. */
static void write_each(
	struct writer *w, unsigned addresses, uint8_t type, const struct writer *values)
{
	rfc5444_tlv_write(w, addresses,
		&(struct rfc5444_tlv){ .type = type,
			.first = 1,
			.last = (uint8_t)(addresses - 1),
			.multi = addresses > 2,
			.value = writer_bytes(values) });
}

static void write_address_tlvs(struct writer *w, const struct hello *h)
{
	uint8_t statuses[HELLO_WRITE_MAX], losses[HELLO_WRITE_MAX];
	uint8_t metrics[2 * HELLO_WRITE_MAX];
	struct writer s = writer_of(statuses, sizeof(statuses));
	struct writer l = writer_of(losses, sizeof(losses));
	struct writer m = writer_of(metrics, sizeof(metrics));
	const uint8_t this_interface = LOCAL_IF_THIS;
	size_t begun = rfc5444_tlvs_begin(w);

	for (unsigned i = 0; i < h->count; i++) {
		write_u8(&s, (uint8_t)h->neighbours[i].status);
		write_u8(&l, h->neighbours[i].loss);
		write_u16(&m, (uint16_t)(METRIC_LINK_IN |
					 metric_code(h->neighbours[i].metric_in)));
	}
	rfc5444_tlv_write(w, h->count + 1,
		&(struct rfc5444_tlv){
			.type = TLV_LOCAL_IF, .value = bytes_of(&this_interface, 1) });
	if (h->count > 0) {
		write_each(w, h->count + 1, TLV_LINK_STATUS, &s);
		write_each(w, h->count + 1, TLV_LINK_METRIC, &m);
		write_each(w, h->count + 1, TLV_LINK_LOSS, &l);
	}
	rfc5444_tlvs_end(w, begun);
}

void hello_write(struct writer *w, const struct hello *h)
{
	struct address addresses[HELLO_WRITE_MAX + 1] = { h->announce.originator };
	struct rfc5444_message m = {
		.type = RFC5444_HELLO,
		.address_size = RFC5444_ADDRESS_SIZE,
		.has_originator = true,
		.originator = h->announce.originator,
		.numbered = true,
		.number = h->number,
	};
	size_t begun;

	check(h->count <= HELLO_WRITE_MAX);
	for (unsigned i = 0; i < h->count; i++)
		addresses[i + 1] = h->neighbours[i].node;
	rfc5444_packet_write(
		w, &(struct rfc5444_packet){ .numbered = true, .number = h->number });
	begun = rfc5444_message_begin(w, &m);
	write_message_tlvs(w, h);
	rfc5444_addresses_write(
		w, &(struct rfc5444_addresses){ .size = RFC5444_ADDRESS_SIZE,
			   .count = h->count + 1,
			   .list = addresses });
	write_address_tlvs(w, h);
	rfc5444_message_end(w, begun);
}
