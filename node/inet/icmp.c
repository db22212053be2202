/* SPDX-License-Identifier: ISC */
#include "node/inet/icmp.h"

#include "node/inet/checksum.h"

enum {
	ICMP_HEADER_SIZE = 8,
	HOP_LIMIT = 64,
	CLASS_CONTROL = 0xc0, /* RFC 1812 section 4.3.2.5 */
	DONT_FRAGMENT = 0x4000,
	IPV4_CHECKSUM_AT = 10,
	ICMP_CHECKSUM_OFFSET = 2,
};

struct wire_error {
	uint8_t type, code;
};

static const struct wire_error v6_errors[ICMP_ERRORS] = {
	[ICMP_NO_ROUTE] = { 1, 0 },
	[ICMP_PROHIBITED] = { 1, 1 },
	[ICMP_ADDRESS] = { 1, 3 },
	[ICMP_PORT] = { 1, 4 },
	[ICMP_TOO_BIG] = { 2, 0 },
	[ICMP_TIME_EXCEEDED] = { 3, 0 },
};

static const struct wire_error v4_errors[ICMP_ERRORS] = {
	[ICMP_NO_ROUTE] = { 3, 0 },
	[ICMP_PROHIBITED] = { 3, 13 },
	[ICMP_ADDRESS] = { 3, 1 },
	[ICMP_PORT] = { 3, 3 },
	[ICMP_TOO_BIG] = { 3, 4 },
	[ICMP_TIME_EXCEEDED] = { 11, 0 },
};

void icmp_init(struct icmp *i, struct instant now)
{
	*i = (struct icmp){ 0 };
	bucket_init(&i->bucket, now, ICMP_PER_S, ICMP_BURST);
}

/* An address of one node that can be answered. */
static bool is_one_node(const struct address *a)
{
	static const struct address loopback = { { [15] = 1 } };

	if (packet_is_multicast(a))
		return false;
	if (packet_is_mapped(a))
		return a->b[12] != 127 && !id_is_zero(bytes_of(a->b + 12, 4));
	return !id_equal(a, &loopback) && !id_is_zero(id_bytes(a));
}

/* RFC 4443 section 2.4 (e), RFC 1122 section 3.2.2. Of ICMP only echoes are answered: what
 * nobody has defined may be an error. */
static bool may_be_answered(const struct packet *p)
{
	return (p->icmp == PACKET_ICMP_NOT || p->icmp == PACKET_ICMP_ECHO ||
		       p->icmp == PACKET_ICMP_ECHO_REPLY) &&
	       !p->fragment_later && !packet_is_multicast(&p->flow.destination) &&
	       is_one_node(&p->flow.source);
}

/* error = type:8 code:8 checksum:16 (mtu:32 | zero:32) quote, in IPv4 zero:16 mtu:16 */
static void write_error(struct writer *w, const struct icmp_problem *problem,
	const struct wire_error *e, struct bytes quote)
{
	write_u8(w, e->type);
	write_u8(w, e->code);
	write_u16(w, 0);
	write_u32(w, problem->error == ICMP_TOO_BIG ? problem->mtu : 0);
	write_bytes(w, quote);
}

/* Puts the checksum of what stands from `from` on at `at`. */
static void sum_up(struct writer *w, size_t from, size_t at, uint64_t sum)
{
	sum = checksum_add(sum, bytes_of(w->at + from, w->len - from));
	checksum_store(w->at + at, (uint16_t)~checksum_fold(sum));
}

static void write_v6(
	struct writer *w, const struct icmp_problem *problem, const struct packet *p)
{
	size_t room = ICMP_MAX - PACKET_IPV6_HEADER_SIZE - ICMP_HEADER_SIZE;
	size_t quoted = p->whole.len < room ? p->whole.len : room, begun;

	write_u32(w, (uint32_t)6 << 28);
	write_u16(w, (uint16_t)(ICMP_HEADER_SIZE + quoted));
	write_u8(w, PROTOCOL_ICMPV6);
	write_u8(w, HOP_LIMIT);
	write_id(w, &problem->from);
	write_id(w, &p->flow.source);
	begun = w->len;
	write_error(
		w, problem, &v6_errors[problem->error], bytes_of(p->whole.data, quoted));
	if (!w->overflow)
		sum_up(w, begun, begun + ICMP_CHECKSUM_OFFSET,
			checksum_add_pseudo(0, &problem->from, &p->flow.source,
				(uint32_t)(ICMP_HEADER_SIZE + quoted), PROTOCOL_ICMPV6));
}

static void write_v4(
	struct writer *w, const struct icmp_problem *problem, const struct packet *p)
{
	size_t room = ICMP_V4_MAX - PACKET_IPV4_HEADER_SIZE - ICMP_HEADER_SIZE;
	size_t quoted = p->whole.len < room ? p->whole.len : room, begun = w->len;
	struct icmp_problem narrow = *problem;

	if (narrow.mtu > UINT16_MAX)
		narrow.mtu = UINT16_MAX;
	write_u16(w, 0x4500 | CLASS_CONTROL);
	write_u16(w, (uint16_t)(PACKET_IPV4_HEADER_SIZE + ICMP_HEADER_SIZE + quoted));
	write_u16(w, 0);
	write_u16(w, DONT_FRAGMENT);
	write_u8(w, HOP_LIMIT);
	write_u8(w, PROTOCOL_ICMPV4);
	write_u16(w, 0);
	write_bytes(w, bytes_of(problem->from.b + 12, 4));
	write_bytes(w, bytes_of(p->flow.source.b + 12, 4));
	if (!w->overflow)
		sum_up(w, begun, begun + IPV4_CHECKSUM_AT, 0);
	begun = w->len;
	write_error(
		w, &narrow, &v4_errors[problem->error], bytes_of(p->whole.data, quoted));
	if (!w->overflow)
		sum_up(w, begun, begun + ICMP_CHECKSUM_OFFSET, 0);
}

bool icmp_answer(struct icmp *i, struct instant now, const struct icmp_problem *problem,
	const struct packet *p, struct writer *w)
{
	size_t begun = w->len;

	if (!may_be_answered(p))
		return false;
	if (!bucket_take(&i->bucket, now)) {
		i->limited++;
		return false;
	}
	if (p->version == 6)
		write_v6(w, problem, p);
	else
		write_v4(w, problem, p);
	if (w->overflow) {
		writer_cut(w, begun);
		return false;
	}
	i->sent[problem->error]++;
	return true;
}
