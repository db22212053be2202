/* SPDX-License-Identifier: ISC */
/*
 * hello = packet(number) message(type 0, originator, number)
 *         { VALIDITY_TIME INTERVAL_TIME TIMESTAMP KEY [NAME] MPR_WILLING
 *           [DIGEST] [BEATS] [PARTIAL] }
 *         addresses(self, neighbour...)
 *         { LOCAL_IF self, LINK_STATUS of links, OTHER_NEIGHB of others, LINK_METRIC in,
 *           [LINK_METRIC neighbour out] [LINK_METRIC neighbour in] where they differ, [MPR],
 *           LINK_LOSS of links }
 */
#include "routing/hello.h"

#include "routing/metric.h"
#include "routing/time.h"

enum { LOCAL_IF_THIS = 0, LOCAL_IF_MAX = 1, OTHER_NEIGHB_LOST = 0, NOT_SAID = 0xff };

static bool parse_willing(struct hello *h, struct reader value, unsigned *seen)
{
	uint8_t both = read_u8(&value);

	h->will_flooding = both >> 4;
	h->will_routing = both & 0x0f;
	return read_ended(&value) && (*seen)++ == 0;
}

static bool parse_message_tlvs(struct hello *h, struct bytes tlvs)
{
	struct reader r = reader_of(tlvs);
	unsigned willing = 0;
	struct rfc5444_tlv t;

	h->will_flooding = h->will_routing = WILL_DEFAULT;
	while (rfc5444_tlv_next(&r, 0, &t)) {
		struct reader value = reader_of(t.value);

		if (t.extension != 0)
			continue;
		if (t.type == TLV_PARTIAL)
			h->partial = true;
		if (t.type == TLV_BEATS && !time_parse(t.value, 1, &h->beat_ms))
			return false;
		if (t.type == TLV_MPR_WILLING && !parse_willing(h, value, &willing))
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
	uint8_t local, status, other; /* NOT_SAID, or the value of its TLV */
	uint8_t loss, mpr;
	uint32_t link_in, neighbour_in, neighbour_out;
};

/* A value that may be said once of an address, at most `max`. */
static bool find_once(uint8_t *found, struct reader value, uint8_t max)
{
	if (*found != NOT_SAID)
		return false;
	*found = read_u8(&value);
	return read_ended(&value) && *found <= max;
}

static bool find_metrics(struct found *f, struct reader value)
{
	const struct {
		uint16_t kind;
		uint32_t *metric;
	} rows[] = { { METRIC_LINK_IN, &f->link_in },
		{ METRIC_NEIGHBOUR_IN, &f->neighbour_in },
		{ METRIC_NEIGHBOUR_OUT, &f->neighbour_out } };
	uint16_t code = read_u16(&value);

	for (size_t i = 0; i < array_len(rows); i++) {
		if (!(code & rows[i].kind))
			continue;
		/* two of a kind that differ: RFC 7181 section 15.3.1 */
		if (*rows[i].metric != 0 && *rows[i].metric != metric_of_code(code))
			return false;
		*rows[i].metric = metric_of_code(code);
	}
	return read_ended(&value);
}

static bool find_tlv(struct found *f, const struct rfc5444_tlv *t, unsigned i)
{
	struct reader value = reader_of(rfc5444_tlv_value(t, i));

	switch (t->type) {
	case TLV_LOCAL_IF:
		return find_once(&f->local, value, LOCAL_IF_MAX);
	case TLV_LINK_STATUS:
		return find_once(&f->status, value, HELLO_HEARD);
	case TLV_OTHER_NEIGHB:
		return find_once(&f->other, value, HELLO_SYMMETRIC);
	case TLV_LINK_METRIC:
		return find_metrics(f, value);
	case TLV_MPR:
		f->mpr |= read_u8(&value) & HELLO_MPR_ALL;
		return read_ended(&value);
	case TLV_LINK_LOSS:
		f->loss = read_u8(&value);
		return read_ended(&value);
	default:
		return true;
	}
}

/* What contradicts itself: RFC 6130 section 12.1, RFC 7181 section 15.3.1. */
static bool makes_sense(const struct found *f)
{
	bool symmetric = f->status == HELLO_SYMMETRIC,
	     other = f->other == HELLO_SYMMETRIC;

	if (f->local != NOT_SAID && (f->status != NOT_SAID || f->other != NOT_SAID))
		return false;
	if ((f->mpr & HELLO_MPR_FLOODING) && !symmetric)
		return false;
	return f->mpr == 0 || symmetric || other;
}

/* All that the TLVs of a block say of its address i. */
static bool find(struct found *f, const struct rfc5444_block *b, unsigned i)
{
	struct reader r = reader_of(b->tlvs);
	struct rfc5444_tlv t;

	*f = (struct found){ .local = NOT_SAID,
		.status = NOT_SAID,
		.other = NOT_SAID,
		.loss = HELLO_LOSS_UNKNOWN };
	while (rfc5444_tlv_next(&r, b->count, &t))
		if (t.extension == 0 && t.first <= i && i <= t.last &&
			!find_tlv(f, &t, i))
			return false;
	return read_ended(&r) && makes_sense(f);
}

static struct hello_neighbour neighbour_of(const struct address *a, const struct found *f)
{
	return (struct hello_neighbour){ .node = *a,
		.status = f->status == NOT_SAID ? HELLO_NO_LINK
						: (enum hello_status)f->status,
		.metric_in = f->link_in,
		.loss = f->loss,
		.other = f->other == NOT_SAID            ? HELLO_OTHER_NONE
			 : f->other == OTHER_NEIGHB_LOST ? HELLO_OTHER_LOST
							 : HELLO_OTHER_SYMMETRIC,
		.mpr = f->mpr,
		.neighbour_in = f->neighbour_in,
		.neighbour_out = f->neighbour_out };
}

static bool parse_block(struct hello *h, const struct rfc5444_block *b)
{
	struct found f;

	for (unsigned i = 0; i < b->count; i++) {
		struct address a;
		unsigned prefix = rfc5444_block_address(b, i, &a);

		if (!find(&f, b, i))
			return false;
		if (f.status == NOT_SAID && f.other == NOT_SAID)
			continue;
		if (prefix != RFC5444_ADDRESS_BITS)
			continue;
		if (h->count == HELLO_PARSE_MAX)
			return false;
		h->neighbours[h->count++] = neighbour_of(&a, &f);
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
	const uint8_t willing = (uint8_t)(h->will_flooding << 4 | h->will_routing),
		      beats = time_code(h->beat_ms);
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

/* The neighbours as they are written: of this interface, of both, of others, lost there. */
struct listed {
	const struct hello_neighbour *all[HELLO_WRITE_MAX];
	unsigned count, both, others, lost; /* where these begin */
};

static unsigned group_of(const struct hello_neighbour *n)
{
	if (n->status != HELLO_NO_LINK)
		return n->other == HELLO_OTHER_NONE ? 0 : 1;
	return n->other == HELLO_OTHER_SYMMETRIC ? 2 : 3;
}

static struct listed list(const struct hello *h)
{
	unsigned begins[5] = { 0 };
	struct listed l = { .count = 0 };

	for (unsigned group = 0; group < 4; group++) {
		for (unsigned i = 0; i < h->count; i++)
			if (group_of(&h->neighbours[i]) == group)
				l.all[l.count++] = &h->neighbours[i];
		begins[group + 1] = l.count;
	}
	l.both = begins[1];
	l.others = begins[2];
	l.lost = begins[3];
	return l;
}

/* A TLV of addresses first + 1 and up: a value for each. */
static void write_each(struct writer *w, const struct listed *l, unsigned first,
	uint8_t type, const struct writer *values)
{
	unsigned size = type == TLV_LINK_METRIC ? 2 : 1;
	unsigned count = (unsigned)values->len / size;

	if (count == 0)
		return;
	rfc5444_tlv_write(w, l->count + 1,
		&(struct rfc5444_tlv){ .type = type,
			.first = (uint8_t)(first + 1),
			.last = (uint8_t)(first + count),
			.multi = count > 1,
			.value = writer_bytes(values) });
}

static void write_statuses(struct writer *w, const struct listed *l)
{
	uint8_t statuses[HELLO_WRITE_MAX], others[HELLO_WRITE_MAX];
	struct writer s = writer_of(statuses, sizeof(statuses));
	struct writer o = writer_of(others, sizeof(others));

	for (unsigned i = 0; i < l->others; i++)
		write_u8(&s, (uint8_t)l->all[i]->status);
	for (unsigned i = l->both; i < l->count; i++)
		write_u8(&o, l->all[i]->other == HELLO_OTHER_SYMMETRIC
				     ? HELLO_SYMMETRIC
				     : OTHER_NEIGHB_LOST);
	write_each(w, l, 0, TLV_LINK_STATUS, &s);
	write_each(w, l, l->both, TLV_OTHER_NEIGHB, &o);
}

static void write_losses(struct writer *w, const struct listed *l)
{
	uint8_t losses[HELLO_WRITE_MAX];
	struct writer lost = writer_of(losses, sizeof(losses));

	for (unsigned i = 0; i < l->others; i++)
		write_u8(&lost, l->all[i]->loss);
	write_each(w, l, 0, TLV_LINK_LOSS, &lost);
}

/* One metric of an address, and all that it is of. */
static uint16_t first_metric(const struct hello_neighbour *n)
{
	const struct {
		uint32_t metric;
		uint16_t kind;
	} rows[] = { { n->status != HELLO_NO_LINK ? n->metric_in : 0, METRIC_LINK_IN },
		{ n->neighbour_in, METRIC_NEIGHBOUR_IN },
		{ n->neighbour_out, METRIC_NEIGHBOUR_OUT } };
	uint16_t code = 0;
	bool found = false;

	for (size_t i = 0; i < array_len(rows); i++) {
		uint16_t own = rows[i].metric != 0 ? metric_code(rows[i].metric) : 0;

		if (rows[i].metric == 0)
			continue;
		if (!found)
			code = own;
		found = true;
		if (own == (code & METRIC_CODE_MAX))
			code |= rows[i].kind;
	}
	return code;
}

/* Those metrics of a kind that the first ones do not say; others in between get a value of no
 * kind, which says nothing. */
static void write_more_metrics(
	struct writer *w, const struct listed *l, enum metric_kind kind)
{
	uint8_t metrics[2 * HELLO_WRITE_MAX];
	struct writer m = writer_of(metrics, sizeof(metrics));
	unsigned first = 0;
	size_t useful = 0;

	for (unsigned i = 0; i < l->lost; i++) {
		const struct hello_neighbour *n = l->all[i];
		uint32_t metric =
			kind == METRIC_NEIGHBOUR_IN ? n->neighbour_in : n->neighbour_out;
		bool said = metric == 0 || (first_metric(n) & kind);

		if (useful == 0)
			first = i;
		if (said && useful == 0)
			continue;
		write_u16(&m, said ? 0 : (uint16_t)(kind | metric_code(metric)));
		useful = said ? useful : m.len;
	}
	writer_cut(&m, useful);
	write_each(w, l, first, TLV_LINK_METRIC, &m);
}

static void write_mprs(struct writer *w, const struct listed *l)
{
	uint8_t mprs[HELLO_WRITE_MAX];
	struct writer m = writer_of(mprs, sizeof(mprs));
	unsigned first = 0;
	size_t useful = 0;

	for (unsigned i = 0; i < l->count; i++) {
		if (useful == 0)
			first = i;
		if (useful == 0 && l->all[i]->mpr == 0)
			continue;
		write_u8(&m, l->all[i]->mpr);
		useful = l->all[i]->mpr != 0 ? m.len : useful;
	}
	writer_cut(&m, useful);
	write_each(w, l, first, TLV_MPR, &m);
}

static void write_address_tlvs(struct writer *w, const struct listed *l)
{
	uint8_t metrics[2 * HELLO_WRITE_MAX];
	struct writer m = writer_of(metrics, sizeof(metrics));
	const uint8_t this_interface = LOCAL_IF_THIS;
	size_t begun = rfc5444_tlvs_begin(w);

	for (unsigned i = 0; i < l->lost; i++)
		write_u16(&m, first_metric(l->all[i]));
	rfc5444_tlv_write(w, l->count + 1,
		&(struct rfc5444_tlv){
			.type = TLV_LOCAL_IF, .value = bytes_of(&this_interface, 1) });
	write_statuses(w, l);
	write_each(w, l, 0, TLV_LINK_METRIC, &m);
	write_more_metrics(w, l, METRIC_NEIGHBOUR_OUT);
	write_more_metrics(w, l, METRIC_NEIGHBOUR_IN);
	write_mprs(w, l);
	write_losses(w, l);
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
	struct listed l;
	size_t begun;

	check(h->count <= HELLO_WRITE_MAX);
	l = list(h);
	for (unsigned i = 0; i < l.count; i++)
		addresses[i + 1] = l.all[i]->node;
	rfc5444_packet_write(
		w, &(struct rfc5444_packet){ .numbered = true, .number = h->number });
	begun = rfc5444_message_begin(w, &m);
	write_message_tlvs(w, h);
	rfc5444_addresses_write(
		w, &(struct rfc5444_addresses){ .size = RFC5444_ADDRESS_SIZE,
			   .count = h->count + 1,
			   .list = addresses });
	write_address_tlvs(w, &l);
	rfc5444_message_end(w, begun);
}
