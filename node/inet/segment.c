/* SPDX-License-Identifier: ISC */
#include "node/inet/segment.h"

#include "node/inet/checksum.h"
#include "node/inet/fields.h"

/* A packet that goes as it is, but for a checksum that may have to be completed. */
static enum segment_result begin_whole(
	const struct offload *o, const struct packet *p, size_t mtu)
{
	if ((o->flags & OFFLOAD_NEEDS_CSUM) &&
		(size_t)o->checksum_at + o->checksum_offset + 2 > p->whole.len)
		return SEGMENT_BAD;
	return p->whole.len > mtu ? SEGMENT_TOO_BIG : SEGMENT_GOOD;
}

static enum segment_result begin_tcp(struct segmenter *s, size_t mtu)
{
	size_t header = s->packet.payload_at;

	if (s->packet.flow.protocol != PROTOCOL_TCP ||
		(s->packet.tcp_flags & (TCP_SYN | TCP_RST | TCP_URG)))
		return SEGMENT_BAD;
	if (mtu <= header)
		return SEGMENT_TOO_BIG;
	s->size = s->offload.segment_size;
	if (s->size > mtu - header)
		s->size = mtu - header;
	return SEGMENT_GOOD;
}

static enum segment_result begin_udp(struct segmenter *s, size_t mtu)
{
	size_t header = s->packet.payload_at, payload = s->packet.whole.len - header;

	if (s->packet.flow.protocol != PROTOCOL_UDP)
		return SEGMENT_BAD;
	s->size = s->offload.segment_size;
	return header + (payload < s->size ? payload : s->size) > mtu ? SEGMENT_TOO_BIG
								      : SEGMENT_GOOD;
}

enum segment_result segment_begin(
	struct segmenter *s, const struct offload *o, const struct packet *p, size_t mtu)
{
	uint8_t type = o->type & (uint8_t)~OFFLOAD_ECN;

	*s = (struct segmenter){ .packet = *p, .offload = *o };
	if (o->type == OFFLOAD_NONE)
		return begin_whole(o, p, mtu);
	if (p->fragment || o->segment_size == 0)
		return SEGMENT_BAD;
	if (type == (p->version == 6 ? OFFLOAD_TCPV6 : OFFLOAD_TCPV4))
		return begin_tcp(s, mtu);
	if (o->type == OFFLOAD_UDP)
		return begin_udp(s, mtu);
	return SEGMENT_BAD;
}

/* A checksum of 0 would mean "none" in UDP; 0xffff is the same to all (RFC 768). */
static void store_sum(uint8_t at[2], uint64_t sum)
{
	uint16_t value = (uint16_t)~checksum_fold(sum);

	checksum_store(at, value != 0 ? value : 0xffff);
}

static size_t give_whole(struct segmenter *s, uint8_t *out)
{
	const struct offload *o = &s->offload;
	size_t len = s->packet.whole.len, at = o->checksum_at;

	memcpy(out, s->packet.whole.data, len);
	if (o->flags & OFFLOAD_NEEDS_CSUM)
		store_sum(out + at + o->checksum_offset,
			checksum_add(0, bytes_of(out + at, len - at)));
	s->ended = true;
	return len;
}

static void write_ip(const struct segmenter *s, uint8_t *out, size_t len)
{
	size_t header = s->packet.transport_at;

	if (s->packet.version == 6) {
		field_set_u16(out + IPV6_LENGTH_AT, len - PACKET_IPV6_HEADER_SIZE);
		return;
	}
	field_set_u16(out + IPV4_LENGTH_AT, len);
	field_set_u16(out + IPV4_ID_AT, s->packet.fragment_id + s->count);
	field_set_u16(out + IPV4_CHECKSUM_AT, 0);
	checksum_store(out + IPV4_CHECKSUM_AT,
		(uint16_t)~checksum_fold(checksum_add(0, bytes_of(out, header))));
}

/* Returns where the checksum stands. FIN and PSH belong to the last segment, CWR to the
 * first (RFC 3168 section 6.1.2: once a window). */
static uint8_t *write_transport(
	const struct segmenter *s, uint8_t *transport, size_t len, bool last)
{
	uint8_t flags = s->packet.tcp_flags;

	if (s->packet.flow.protocol == PROTOCOL_UDP) {
		field_set_u16(transport + UDP_LENGTH_AT, len);
		return transport + UDP_CHECKSUM_AT;
	}
	if (!last)
		flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	if (s->count > 0)
		flags &= (uint8_t)~TCP_CWR;
	field_set_u32(transport + TCP_SEQUENCE_AT,
		field_u32(transport + TCP_SEQUENCE_AT) + (uint32_t)s->at);
	transport[TCP_FLAGS_AT] = flags;
	return transport + TCP_CHECKSUM_AT;
}

size_t segment_next(struct segmenter *s, uint8_t *out, size_t room)
{
	const struct packet *p = &s->packet;
	size_t header = p->payload_at, left = p->whole.len - header - s->at;
	size_t n = left < s->size ? left : s->size, len;
	uint8_t *sum_at;

	if (s->ended)
		return 0;
	check(room >= (s->size == 0 ? p->whole.len : header + n));
	if (s->size == 0)
		return give_whole(s, out);
	memcpy(out, p->whole.data, header);
	memcpy(out + header, p->whole.data + header + s->at, n);
	s->ended = n == left;
	len = header + n - p->transport_at;
	write_ip(s, out, header + n);
	sum_at = write_transport(s, out + p->transport_at, len, s->ended);
	field_set_u16(sum_at, 0);
	store_sum(sum_at,
		checksum_add(checksum_add_pseudo(0, &p->flow.source, &p->flow.destination,
				     (uint32_t)len, p->flow.protocol),
			bytes_of(out + p->transport_at, len)));
	s->at += n;
	s->count++;
	return header + n;
}
