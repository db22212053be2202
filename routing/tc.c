/* SPDX-License-Identifier: ISC */
/*
 * tc = packet message(type 1, originator, hop limit, hop count, number)
 *      { VALIDITY_TIME INTERVAL_TIME TIMESTAMP KEY [NAME] CONT_SEQ_NUM }
 *      [addresses(neighbour...) { NBR_ADDR_TYPE, LINK_METRIC out }]
 *      [addresses(network... with prefix lengths) { GATEWAY, LINK_METRIC out }]
 */
#include "routing/tc.h"

#include "routing/metric.h"

enum { NBR_ORIGINATOR = 1 };

/* The networks that are ways out of the mesh. */
static const struct {
	struct address network;
	uint8_t prefix, flag;
} uplinks[] = { { { { 0 } }, 0, ROUTING_UPLINK_IPV6 },
	{ { { [10] = 0xff, [11] = 0xff } }, 96, ROUTING_UPLINK_IPV4 } };

/* What a TC says beyond every announcement: the ANSN, once. */
static bool parse_message_tlvs(struct tc *out, struct bytes tlvs)
{
	struct reader r = reader_of(tlvs);
	unsigned ansns = 0;
	struct rfc5444_tlv t;

	while (rfc5444_tlv_next(&r, 0, &t)) {
		struct reader value = reader_of(t.value);

		if (t.extension != 0 || t.type != TLV_CONT_SEQ_NUM)
			continue;
		out->ansn = read_u16(&value);
		ansns++;
		if (!read_ended(&value))
			return false;
	}
	return ansns == 1 && read_ended(&r);
}

struct found {
	bool neighbour, originator, gateway;
	uint8_t hops;
	uint32_t metric; /* 0: none */
};

static bool find_tlv(struct found *f, const struct rfc5444_tlv *t, unsigned i)
{
	struct reader value = reader_of(rfc5444_tlv_value(t, i));
	uint16_t metric;

	switch (t->type) {
	case TLV_NBR_ADDR_TYPE:
		f->neighbour = true;
		f->originator = (read_u8(&value) & NBR_ORIGINATOR) != 0;
		return read_ended(&value);
	case TLV_GATEWAY:
		f->gateway = true;
		f->hops = read_u8(&value);
		return read_ended(&value);
	case TLV_LINK_METRIC:
		metric = read_u16(&value);
		if (metric & METRIC_NEIGHBOUR_OUT)
			f->metric = metric_of_code(metric);
		return read_ended(&value);
	default:
		return true;
	}
}

static bool find(struct found *f, const struct rfc5444_block *b, unsigned i)
{
	struct reader r = reader_of(b->tlvs);
	struct rfc5444_tlv t;

	*f = (struct found){ .metric = 0 };
	while (rfc5444_tlv_next(&r, b->count, &t))
		if (t.extension == 0 && t.first <= i && i <= t.last &&
			!find_tlv(f, &t, i))
			return false;
	return read_ended(&r);
}

static bool is_listed(const struct tc *t, const struct address *a)
{
	for (unsigned i = 0; i < t->count; i++)
		if (id_equal(&t->neighbours[i].node, a))
			return true;
	return false;
}

static bool take_neighbour(struct tc *t, const struct address *a, const struct found *f)
{
	if (t->count == TC_PARSE_MAX || is_listed(t, a))
		return false;
	t->neighbours[t->count++] = (struct tc_neighbour){ *a, f->metric };
	return true;
}

static bool is_network(
	const struct tc_attached *n, const struct address *a, unsigned prefix)
{
	return n->prefix == prefix && id_equal(&n->network, a);
}

static bool take_network(
	struct tc *t, const struct address *a, unsigned prefix, const struct found *f)
{
	if (t->attached_count == TC_ATTACHED_MAX)
		return false;
	for (unsigned i = 0; i < t->attached_count; i++)
		if (is_network(&t->attached[i], a, prefix))
			return false;
	t->attached[t->attached_count++] =
		(struct tc_attached){ *a, (uint8_t)prefix, f->hops, f->metric };
	for (size_t i = 0; i < array_len(uplinks); i++)
		if (uplinks[i].prefix == prefix && id_equal(&uplinks[i].network, a))
			t->uplink |= uplinks[i].flag;
	return true;
}

static bool parse_block(struct tc *t, const struct rfc5444_block *b)
{
	struct found f;

	for (unsigned i = 0; i < b->count; i++) {
		struct address a;
		unsigned prefix = rfc5444_block_address(b, i, &a);

		/* a neighbour or a network: RFC 7181 section 16.3.1 */
		if (!find(&f, b, i) || (f.neighbour && f.gateway))
			return false;
		if (f.metric == 0)
			continue;
		if (f.gateway && !take_network(t, &a, prefix, &f))
			return false;
		if (f.originator && prefix == RFC5444_ADDRESS_BITS &&
			!take_neighbour(t, &a, &f))
			return false;
	}
	return true;
}

bool tc_parse(struct tc *t, struct bytes body)
{
	struct rfc5444_packet p;
	struct rfc5444_message m;
	struct rfc5444_block b;
	struct reader r;

	memset(t, 0, sizeof(*t));
	if (!rfc5444_parse(&p, &m, body))
		return false;
	if (m.type != RFC5444_TC || !m.has_hop_limit || !m.has_hop_count)
		return false;
	if (!announce_parse(&t->announce, &m) || !parse_message_tlvs(t, m.tlvs))
		return false;
	t->hop_limit = m.hop_limit;
	t->hop_count = m.hop_count;
	t->hops_at =
		body.len - p.messages.len + RFC5444_MESSAGE_HEADER + RFC5444_ADDRESS_SIZE;
	r = reader_of(m.blocks);
	while (rfc5444_block_next(&r, m.address_size, &b))
		if (!parse_block(t, &b))
			return false;
	return read_ended(&r);
}

static void write_message_tlvs(struct writer *w, const struct tc *t)
{
	const uint8_t ansn[2] = { (uint8_t)(t->ansn >> 8), (uint8_t)t->ansn };
	size_t begun = rfc5444_tlvs_begin(w);

	announce_write(w, &t->announce);
	rfc5444_tlv_write(w, 0,
		&(struct rfc5444_tlv){ .type = TLV_CONT_SEQ_NUM,
			.value = bytes_of(ansn, sizeof(ansn)) });
	rfc5444_tlvs_end(w, begun);
}

static void write_neighbours(struct writer *w, const struct tc *t)
{
	const uint8_t originator = NBR_ORIGINATOR;
	struct address addresses[TC_WRITE_MAX];
	uint8_t metrics[2 * TC_WRITE_MAX];
	struct writer m = writer_of(metrics, sizeof(metrics));
	uint8_t last = (uint8_t)(t->count - 1);
	size_t begun;

	for (unsigned i = 0; i < t->count; i++) {
		addresses[i] = t->neighbours[i].node;
		write_u16(&m, (uint16_t)(METRIC_NEIGHBOUR_OUT |
					 metric_code(t->neighbours[i].metric)));
	}
	rfc5444_addresses_write(
		w, &(struct rfc5444_addresses){ .size = RFC5444_ADDRESS_SIZE,
			   .count = t->count,
			   .list = addresses });
	begun = rfc5444_tlvs_begin(w);
	rfc5444_tlv_write(w, t->count,
		&(struct rfc5444_tlv){ .type = TLV_NBR_ADDR_TYPE,
			.last = last,
			.value = bytes_of(&originator, 1) });
	rfc5444_tlv_write(w, t->count,
		&(struct rfc5444_tlv){ .type = TLV_LINK_METRIC,
			.last = last,
			.multi = true,
			.value = writer_bytes(&m) });
	rfc5444_tlvs_end(w, begun);
}

static void write_networks(struct writer *w, const struct tc *t)
{
	struct address networks[TC_ATTACHED_WRITE_MAX];
	uint8_t prefixes[TC_ATTACHED_WRITE_MAX], hops[TC_ATTACHED_WRITE_MAX];
	uint8_t metrics[2 * TC_ATTACHED_WRITE_MAX];
	struct writer m = writer_of(metrics, sizeof(metrics));
	uint8_t last = (uint8_t)(t->attached_count - 1);
	size_t begun;

	for (unsigned i = 0; i < t->attached_count; i++) {
		networks[i] = t->attached[i].network;
		prefixes[i] = t->attached[i].prefix;
		hops[i] = t->attached[i].hops;
		write_u16(&m, (uint16_t)(METRIC_NEIGHBOUR_OUT |
					 metric_code(t->attached[i].metric)));
	}
	rfc5444_addresses_write(w, &(struct rfc5444_addresses){ RFC5444_ADDRESS_SIZE,
					   t->attached_count, networks, prefixes });
	begun = rfc5444_tlvs_begin(w);
	rfc5444_tlv_write(w, t->attached_count,
		&(struct rfc5444_tlv){ .type = TLV_LINK_METRIC,
			.last = last,
			.multi = true,
			.value = writer_bytes(&m) });
	rfc5444_tlv_write(w, t->attached_count,
		&(struct rfc5444_tlv){ .type = TLV_GATEWAY,
			.last = last,
			.multi = true,
			.value = bytes_of(hops, t->attached_count) });
	rfc5444_tlvs_end(w, begun);
}

void tc_attach_uplinks(struct tc *t, uint8_t flags)
{
	for (size_t i = 0; i < array_len(uplinks); i++) {
		if (!(flags & uplinks[i].flag))
			continue;
		check(t->attached_count < TC_ATTACHED_MAX);
		t->attached[t->attached_count++] =
			(struct tc_attached){ uplinks[i].network, uplinks[i].prefix, 1,
				METRIC_MIN };
	}
	t->uplink |= flags;
}

void tc_write(struct writer *w, const struct tc *t)
{
	struct rfc5444_message m = {
		.type = RFC5444_TC,
		.address_size = RFC5444_ADDRESS_SIZE,
		.has_originator = true,
		.originator = t->announce.originator,
		.has_hop_limit = true,
		.hop_limit = t->hop_limit,
		.has_hop_count = true,
		.hop_count = t->hop_count,
		.numbered = true,
		.number = (uint16_t)t->announce.sequence,
	};
	size_t begun;

	check(t->count <= TC_WRITE_MAX && t->attached_count <= TC_ATTACHED_WRITE_MAX);
	rfc5444_packet_write(w, &(struct rfc5444_packet){ .numbered = false });
	begun = rfc5444_message_begin(w, &m);
	write_message_tlvs(w, t);
	if (t->count > 0)
		write_neighbours(w, t);
	if (t->attached_count > 0)
		write_networks(w, t);
	rfc5444_message_end(w, begun);
}
