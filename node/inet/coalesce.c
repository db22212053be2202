/* SPDX-License-Identifier: ISC */
#include "node/inet/coalesce.h"

#include "node/inet/checksum.h"
#include "node/inet/fields.h"

enum {
	JOINED_FLAGS = TCP_ACK | TCP_PSH | TCP_FIN | TCP_ECE,
	END_FLAGS = TCP_PSH | TCP_FIN
};

void coalesce_init(struct coalescer *c, uint8_t *buffers, unsigned count, bool datagrams)
{
	check(count > 0 && count <= COALESCE_SLOTS_MAX);
	*c = (struct coalescer){ .count = count, .datagrams = datagrams };
	for (unsigned i = 0; i < count; i++)
		c->slots[i].buffer = buffers + (size_t)i * COALESCE_BUFFER_SIZE;
}

static size_t payload_of(const struct packet *p)
{
	return p->whole.len - p->payload_at;
}

static bool checksum_right(const struct packet *p)
{
	struct bytes transport =
		bytes_of(p->whole.data + p->transport_at, p->whole.len - p->transport_at);
	uint64_t sum = checksum_add_pseudo(0, &p->flow.source, &p->flow.destination,
		(uint32_t)transport.len, p->flow.protocol);

	return checksum_fold(checksum_add(sum, transport)) == 0xffff;
}

/* Whether p may stand in a joined packet at all. */
static bool may_join(const struct coalescer *c, const struct packet *p)
{
	const uint8_t *transport = p->whole.data + p->transport_at;
	unsigned plain =
		p->version == 6 ? PACKET_IPV6_HEADER_SIZE : PACKET_IPV4_HEADER_SIZE;

	if (p->fragment || p->transport_at != plain || payload_of(p) == 0)
		return false;
	if (p->flow.protocol == PROTOCOL_TCP)
		return (p->tcp_flags & TCP_ACK) && !(p->tcp_flags & ~JOINED_FLAGS) &&
		       checksum_right(p);
	return p->flow.protocol == PROTOCOL_UDP && c->datagrams &&
	       field_u16(transport + UDP_LENGTH_AT) == p->whole.len - p->transport_at &&
	       field_u16(transport + UDP_CHECKSUM_AT) != 0 && checksum_right(p);
}

static struct coalesce_slot *slot_at(struct coalescer *c, unsigned i)
{
	return &c->slots[(c->first + i) % c->count];
}

/* The one slot to which packets of this flow may still be added, or NULL. */
static struct coalesce_slot *find_open(
	struct coalescer *c, const struct packet_flow *flow)
{
	for (unsigned i = c->used; i-- > 0;) {
		struct coalesce_slot *s = slot_at(c, i);

		if (s->open && s->flow.source_port == flow->source_port &&
			packet_flow_equal(&s->flow, flow))
			return s;
	}
	return NULL;
}

/* Everything of the IP header that is not lengths, addresses and checksum. */
static bool ip_goes_on(const struct coalesce_slot *s, const struct packet *p)
{
	const uint8_t *first = s->buffer + OFFLOAD_SIZE, *b = p->whole.data;
	uint16_t id;

	if (p->version == 6)
		return memcmp(first, b, IPV6_LENGTH_AT) == 0 &&
		       first[IPV6_HOPS_AT] == b[IPV6_HOPS_AT];
	if (first[IPV4_CLASS_AT] != b[IPV4_CLASS_AT] ||
		first[IPV4_TTL_AT] != b[IPV4_TTL_AT] ||
		field_u16(first + IPV4_FRAGMENT_AT) != field_u16(b + IPV4_FRAGMENT_AT))
		return false;
	/* An id counts where the packet may be cut (RFC 6864); either all count or none. */
	id = field_u16(b + IPV4_ID_AT);
	if (s->count == 1 && id == s->first_id)
		return (b[IPV4_FRAGMENT_AT] & 0x40) != 0;
	return id == (uint16_t)(s->first_id + (s->constant_id ? 0 : s->count));
}

static bool tcp_goes_on(const struct coalesce_slot *s, const struct packet *p)
{
	const uint8_t *first = s->buffer + OFFLOAD_SIZE + p->transport_at;
	const uint8_t *b = p->whole.data + p->transport_at;
	size_t options = s->header_size - p->transport_at - PACKET_TCP_HEADER_SIZE;

	return field_u32(b + TCP_SEQUENCE_AT) == s->next_sequence &&
	       field_u32(first + TCP_ACKNOWLEDGED_AT) ==
		       field_u32(b + TCP_ACKNOWLEDGED_AT) &&
	       !((first[TCP_FLAGS_AT] ^ b[TCP_FLAGS_AT]) & ~END_FLAGS) &&
	       field_u16(first + TCP_WINDOW_AT) == field_u16(b + TCP_WINDOW_AT) &&
	       memcmp(first + PACKET_TCP_HEADER_SIZE, b + PACKET_TCP_HEADER_SIZE,
		       options) == 0;
}

static bool goes_on(const struct coalesce_slot *s, const struct packet *p)
{
	if (p->payload_at != s->header_size || payload_of(p) > s->segment_size ||
		s->len + payload_of(p) > COALESCE_JOINED_MAX || !ip_goes_on(s, p))
		return false;
	if (p->flow.protocol == PROTOCOL_UDP)
		return s->count < COALESCE_DATAGRAMS_MAX;
	return tcp_goes_on(s, p);
}

/* What a packet just copied into s means for the next one. */
static void took(struct coalesce_slot *s, const struct packet *p)
{
	s->count++;
	s->next_sequence += (uint32_t)payload_of(p);
	s->open = payload_of(p) == s->segment_size && !(p->tcp_flags & END_FLAGS);
}

static void join(struct coalesce_slot *s, const struct packet *p)
{
	uint8_t *packet = s->buffer + OFFLOAD_SIZE;

	if (s->count == 1 && p->version == 4)
		s->constant_id = p->fragment_id == s->first_id;
	memcpy(packet + s->len, p->whole.data + p->payload_at, payload_of(p));
	s->len += payload_of(p);
	if (p->flow.protocol == PROTOCOL_TCP)
		packet[p->transport_at + TCP_FLAGS_AT] |= p->tcp_flags & END_FLAGS;
	took(s, p);
}

static void begin(struct coalesce_slot *s, const struct packet *p, bool joinable)
{
	*s = (struct coalesce_slot){
		.buffer = s->buffer,
		.flow = p->flow,
		.len = p->whole.len,
		.header_size = p->payload_at,
		.transport_at = p->transport_at,
		.segment_size = payload_of(p),
		.first_id = (uint16_t)p->fragment_id,
		.version = p->version,
		.verified = joinable,
	};
	memcpy(s->buffer + OFFLOAD_SIZE, p->whole.data, p->whole.len);
	if (!joinable)
		return;
	if (p->flow.protocol == PROTOCOL_TCP)
		s->next_sequence =
			field_u32(p->whole.data + p->transport_at + TCP_SEQUENCE_AT);
	took(s, p);
}

bool coalesce_add(struct coalescer *c, const struct packet *p)
{
	bool joinable = may_join(c, p);
	struct coalesce_slot *s = find_open(c, &p->flow);

	if (s != NULL && joinable && goes_on(s, p)) {
		join(s, p);
		c->packets++;
		c->joined++;
		return true;
	}
	if (s != NULL)
		s->open = false;
	if (c->used == c->count)
		return false;
	begin(slot_at(c, c->used++), p, joinable);
	c->packets++;
	return true;
}

/* The headers of a joined packet, as the kernel takes it: lengths of the whole, and of the
 * checksum the pseudo header only. Returns where the checksum stands in the transport
 * header. */
static uint16_t write_headers(const struct coalesce_slot *s, uint8_t *packet)
{
	uint8_t *transport = packet + s->transport_at;
	size_t len = s->len - s->transport_at;
	bool udp = s->flow.protocol == PROTOCOL_UDP;
	uint16_t sum_at = udp ? UDP_CHECKSUM_AT : TCP_CHECKSUM_AT;

	if (s->version == 6) {
		field_set_u16(packet + IPV6_LENGTH_AT, len);
	} else {
		field_set_u16(packet + IPV4_LENGTH_AT, s->len);
		field_set_u16(packet + IPV4_CHECKSUM_AT, 0);
		checksum_store(packet + IPV4_CHECKSUM_AT,
			(uint16_t)~checksum_fold(
				checksum_add(0, bytes_of(packet, s->transport_at))));
	}
	if (udp)
		field_set_u16(transport + UDP_LENGTH_AT, len);
	checksum_store(transport + sum_at,
		checksum_fold(checksum_add_pseudo(0, &s->flow.source,
			&s->flow.destination, (uint32_t)len, s->flow.protocol)));
	return sum_at;
}

static struct offload offload_of(const struct coalesce_slot *s, uint8_t *packet)
{
	struct offload o = { .flags = s->verified ? OFFLOAD_DATA_VALID : 0 };

	if (s->count <= 1)
		return o;
	o.flags = OFFLOAD_NEEDS_CSUM;
	o.type = s->flow.protocol == PROTOCOL_UDP ? OFFLOAD_UDP
		 : s->version == 6                ? OFFLOAD_TCPV6
						  : OFFLOAD_TCPV4;
	o.header_size = (uint16_t)s->header_size;
	o.segment_size = (uint16_t)s->segment_size;
	o.checksum_at = s->transport_at;
	o.checksum_offset = write_headers(s, packet);
	return o;
}

struct bytes coalesce_take(struct coalescer *c)
{
	struct coalesce_slot *s = slot_at(c, 0);
	struct writer w = writer_of(s->buffer, OFFLOAD_SIZE);
	struct offload o;

	if (c->used == 0)
		return bytes_of(NULL, 0);
	o = offload_of(s, s->buffer + OFFLOAD_SIZE);
	offload_write(&w, &o);
	c->first = (c->first + 1) % c->count;
	c->used--;
	return bytes_of(s->buffer, OFFLOAD_SIZE + s->len);
}
