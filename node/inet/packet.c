/* SPDX-License-Identifier: ISC */
/*
 * A packet is walked once from its first byte on. A packet quoted by an ICMP error is walked
 * by the same functions, but may be cut off anywhere behind its addresses and quotes nothing
 * itself.
 */
#include "node/inet/packet.h"

#include "node/base/siphash.h"
#include "node/inet/checksum.h"
#include "node/wire/reader.h"

enum {
	EXTENSION_HOP_BY_HOP = 0,
	EXTENSION_ROUTING = 43,
	EXTENSION_FRAGMENT = 44,
	EXTENSION_DESTINATION = 60,

	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_LOOSE_ROUTE = 131,
	OPTION_STRICT_ROUTE = 137,

	FRAGMENT_UNIT = 8,
	FRAGMENT_END_MAX = 65535,
};

/* A walk: where it stands, and whether the packet is one that an error quotes. */
struct walk {
	struct reader r;
	bool quoted;
	bool fragment_header; /* IPv6: passed one */
};

/* units is the offset in eights, more: another one follows. An offset of 0 without more is a
 * whole packet (RFC 6946). What could lay itself over the TCP header of a first fragment is
 * refused (RFC 1858, RFC 3128). */
static bool take_fragment(
	struct packet *p, const struct walk *w, unsigned units, bool more)
{
	size_t offset = (size_t)units * FRAGMENT_UNIT;

	p->fragment = units > 0 || more;
	p->fragment_later = units > 0;
	if (!p->fragment || w->quoted)
		return true;
	if (w->r.left == 0 || offset + w->r.left > FRAGMENT_END_MAX)
		return false;
	if (more && w->r.left % FRAGMENT_UNIT != 0)
		return false;
	return !p->fragment_later || p->flow.protocol != PROTOCOL_TCP ||
	       offset >= 3 * FRAGMENT_UNIT;
}

/* fragment = next:8 zero:8 offset:13 zero:2 more:1 id:32 */
static bool walk_fragment(struct packet *p, struct walk *w)
{
	uint16_t where;

	if (w->fragment_header)
		return false;
	w->fragment_header = true;
	p->flow.protocol = read_u8(&w->r);
	read_skip(&w->r, 1);
	where = read_u16(&w->r);
	p->fragment_id = read_u32(&w->r);
	return take_fragment(p, w, where >> 3, where & 1);
}

/* extension = next:8 length:8 data:(48 + 64 * length); a routing header's first byte of data
 * is its type, and nobody may say again what type 0 says. */
static bool walk_extension(struct packet *p, struct walk *w)
{
	bool routing = p->flow.protocol == EXTENSION_ROUTING;
	uint8_t type;
	size_t length;

	p->flow.protocol = read_u8(&w->r);
	length = read_u8(&w->r);
	type = read_u8(&w->r);
	read_skip(&w->r, 5 + 8 * length);
	return read_good(&w->r) && !(routing && type == 0);
}

/* From flow.protocol, which is the first next header, to the transport header. */
static bool walk_extensions(struct packet *p, struct walk *w)
{
	for (unsigned i = 0; i <= PACKET_EXTENSIONS_MAX; i++) {
		uint8_t kind = p->flow.protocol;

		if (kind != EXTENSION_HOP_BY_HOP && kind != EXTENSION_ROUTING &&
			kind != EXTENSION_FRAGMENT && kind != EXTENSION_DESTINATION)
			return true;
		if (kind == EXTENSION_HOP_BY_HOP && i > 0)
			return false;
		if (kind == EXTENSION_FRAGMENT ? !walk_fragment(p, w)
					       : !walk_extension(p, w))
			return false;
		if (p->fragment_later)
			return true;
	}
	return false;
}

/* ipv6 = version:4 class:8 label:20 length:16 next:8 hops:8 source:128 destination:128 */
static bool walk_ipv6(struct packet *p, struct walk *w)
{
	uint32_t first = read_u32(&w->r);
	uint16_t length = read_u16(&w->r);

	p->traffic_class = (uint8_t)(first >> 20);
	p->flow.protocol = read_u8(&w->r);
	p->hop_limit = read_u8(&w->r);
	p->flow.source = read_address(&w->r);
	p->flow.destination = read_address(&w->r);
	if (!read_good(&w->r) || (!w->quoted && length != w->r.left))
		return false;
	if (packet_is_mapped(&p->flow.source) || packet_is_mapped(&p->flow.destination))
		return false;
	return walk_extensions(p, w);
}

static struct address read_mapped(struct reader *r)
{
	struct address a = { .b = { [10] = 0xff, 0xff } };

	read_copy(r, a.b + 12, 4);
	return a;
}

/* option = 0 | 1 | kind:8 length:8 data; a way laid down by the sender is refused. */
static bool options_good(struct bytes options)
{
	struct reader r = reader_of(options);

	while (r.left > 0) {
		uint8_t kind = read_u8(&r);
		uint8_t length;

		if (kind == OPTION_END)
			return true;
		if (kind == OPTION_NOP)
			continue;
		length = read_u8(&r);
		if (length < 2 || kind == OPTION_LOOSE_ROUTE ||
			kind == OPTION_STRICT_ROUTE)
			return false;
		read_skip(&r, length - 2u);
	}
	return read_good(&r);
}

/* ipv4 = version:4 words:4 class:8 length:16 id:16 zero:1 whole:1 more:1 offset:13 hops:8
 *        protocol:8 checksum:16 source:32 destination:32 options */
static bool walk_ipv4(struct packet *p, struct walk *w)
{
	struct bytes whole = bytes_of(w->r.at, w->r.left), options;
	size_t header = 4u * (read_u8(&w->r) & 15);
	uint16_t length, where;

	p->traffic_class = read_u8(&w->r);
	length = read_u16(&w->r);
	p->fragment_id = read_u16(&w->r);
	where = read_u16(&w->r);
	p->hop_limit = read_u8(&w->r);
	p->flow.protocol = read_u8(&w->r);
	read_skip(&w->r, 2);
	p->flow.source = read_mapped(&w->r);
	p->flow.destination = read_mapped(&w->r);
	if (header < PACKET_IPV4_HEADER_SIZE)
		return false;
	options = read_bytes(&w->r, header - PACKET_IPV4_HEADER_SIZE);
	if (!read_good(&w->r))
		return false;
	if (!w->quoted && (length != whole.len || !options_good(options) ||
				  checksum_fold(checksum_add(
					  0, bytes_of(whole.data, header))) != 0xffff))
		return false;
	return take_fragment(p, w, where & 0x1fff, where & 0x2000);
}

/* tcp = ports:32 sequence:32 acknowledged:32 words:4 zero:4 flags:8 window:16 checksum:16
 *       urgent:16 options; all of it has to be in a first fragment (RFC 7112). */
static bool walk_tcp(struct packet *p, struct walk *w)
{
	size_t header;

	p->flow.source_port = read_u16(&w->r);
	p->flow.destination_port = read_u16(&w->r);
	if (w->quoted)
		return read_good(&w->r);
	read_skip(&w->r, 8);
	header = 4u * (read_u8(&w->r) >> 4);
	p->tcp_flags = read_u8(&w->r);
	read_skip(&w->r, 6);
	if (header < PACKET_TCP_HEADER_SIZE)
		return false;
	read_skip(&w->r, header - PACKET_TCP_HEADER_SIZE);
	p->payload_at = (uint16_t)(p->transport_at + header);
	return read_good(&w->r);
}

/* udp = ports:32 length:16 checksum:16 */
static bool walk_udp(struct packet *p, struct walk *w)
{
	size_t length, there = w->r.left;

	p->flow.source_port = read_u16(&w->r);
	p->flow.destination_port = read_u16(&w->r);
	length = read_u16(&w->r);
	read_skip(&w->r, 2);
	p->payload_at = (uint16_t)(p->transport_at + PACKET_UDP_HEADER_SIZE);
	if (w->quoted)
		return read_good(&w->r);
	return read_good(&w->r) && length >= PACKET_UDP_HEADER_SIZE &&
	       (length <= there || p->fragment);
}

static enum packet_icmp icmp_meaning(uint8_t version, uint8_t type)
{
	switch (version == 6 ? type : type | 0x100) {
	case 128:
	case 0x100 | 8:
		return PACKET_ICMP_ECHO;
	case 129:
	case 0x100 | 0:
		return PACKET_ICMP_ECHO_REPLY;
	case 1: /* unreachable, too big, time exceeded, parameter problem */
	case 2:
	case 3:
	case 4:
	case 0x100 | 3: /* unreachable and too big, time exceeded, parameter problem */
	case 0x100 | 11:
	case 0x100 | 12:
		return PACKET_ICMP_ERROR;
	}
	return PACKET_ICMP_OTHER;
}

/* icmp = type:8 code:8 checksum:16 (identifier:16 sequence:16 | rest:32) */
static bool walk_icmp(struct packet *p, struct walk *w)
{
	p->icmp_type = read_u8(&w->r);
	p->icmp_code = read_u8(&w->r);
	p->icmp = icmp_meaning(p->version, p->icmp_type);
	read_skip(&w->r, 2);
	if (p->icmp == PACKET_ICMP_ECHO || p->icmp == PACKET_ICMP_ECHO_REPLY) {
		p->flow.source_port = p->flow.destination_port = read_u16(&w->r);
		read_skip(&w->r, 2);
	} else {
		read_skip(&w->r, 4);
	}
	p->payload_at = (uint16_t)(p->transport_at + 8);
	return read_good(&w->r);
}

static bool walk_transport(struct packet *p, struct walk *w)
{
	if (p->fragment_later)
		return true;
	if (p->flow.protocol == PROTOCOL_TCP)
		return walk_tcp(p, w);
	if (p->flow.protocol == PROTOCOL_UDP)
		return walk_udp(p, w);
	if (p->flow.protocol == (p->version == 6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMPV4))
		return walk_icmp(p, w);
	return true;
}

static bool walk(struct packet *p, struct walk *w, struct bytes whole)
{
	struct reader first = reader_of(whole);

	*p = (struct packet){ .whole = whole, .version = read_u8(&first) >> 4 };
	w->r = reader_of(whole);
	if (p->version == 6 ? !walk_ipv6(p, w) : p->version != 4 || !walk_ipv4(p, w))
		return false;
	p->transport_at = p->payload_at = (uint16_t)(whole.len - w->r.left);
	return walk_transport(p, w);
}

static void read_quote(struct packet *p, struct bytes quote)
{
	struct walk w = { .quoted = true };
	struct packet inner;

	if (walk(&inner, &w, quote) && inner.version == p->version &&
		!inner.fragment_later &&
		(inner.icmp == PACKET_ICMP_NOT || inner.icmp == PACKET_ICMP_ECHO ||
			inner.icmp == PACKET_ICMP_ECHO_REPLY))
		p->quoted = inner.flow;
}

bool packet_parse(struct packet *p, struct bytes whole)
{
	struct walk w = { .quoted = false };

	if (whole.len > PACKET_MAX || !walk(p, &w, whole))
		return false;
	if (p->icmp == PACKET_ICMP_ERROR)
		read_quote(p, read_rest(&w.r));
	return true;
}

uint64_t packet_hash(const struct packet *p)
{
	struct packet_flow f = p->flow;

	if (p->fragment)
		f.source_port = f.destination_port = 0;
	return siphash_table(&f, sizeof(f));
}

struct packet_flow packet_flow_reverse(const struct packet_flow *f)
{
	return (struct packet_flow){ f->destination, f->source, f->destination_port,
		f->source_port, f->protocol, { 0 } };
}

bool packet_is_multicast(const struct address *a)
{
	if (!packet_is_mapped(a))
		return a->b[0] == 0xff;
	return a->b[12] >> 4 == 14 || memcmp(a->b + 12, "\377\377\377\377", 4) == 0;
}
