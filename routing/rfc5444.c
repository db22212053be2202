/* SPDX-License-Identifier: ISC */
/* RFC 5444 sections 5.1 to 5.4, with the checks of appendix B in between. */
#include "routing/rfc5444.h"

enum packet_flag { PACKET_NUMBERED = 0x8, PACKET_TLVS = 0x4 };

enum message_flag {
	HAS_ORIGINATOR = 0x80,
	HAS_HOP_LIMIT = 0x40,
	HAS_HOP_COUNT = 0x20,
	HAS_NUMBER = 0x10,
};

enum tlv_flag {
	TLV_EXTENDED = 0x80,
	TLV_ONE_INDEX = 0x40,
	TLV_RANGE = 0x20,
	TLV_VALUE = 0x10,
	TLV_LONG = 0x08,
	TLV_MULTI = 0x04,
};

enum block_flag {
	BLOCK_HEAD = 0x80,
	BLOCK_TAIL = 0x40,
	BLOCK_ZERO_TAIL = 0x20,
	BLOCK_ONE_PREFIX = 0x10,
	BLOCK_PREFIXES = 0x08,
};

static const uint8_t zeros[RFC5444_ADDRESS_SIZE];

static bool refuse(struct reader *r)
{
	read_refuse(r);
	return false;
}

static bool tlv_flags_allowed(uint8_t flags, unsigned addresses)
{
	if ((flags & TLV_ONE_INDEX) && (flags & TLV_RANGE))
		return false;
	if ((flags & (TLV_LONG | TLV_MULTI)) && !(flags & TLV_VALUE))
		return false;
	if ((flags & TLV_MULTI) && (flags & TLV_ONE_INDEX))
		return false;
	return addresses > 0 || !(flags & (TLV_ONE_INDEX | TLV_RANGE | TLV_MULTI));
}

static bool tlv_read_indices(
	struct reader *r, uint8_t flags, unsigned addresses, struct rfc5444_tlv *t)
{
	t->first = 0;
	t->last = (uint8_t)(addresses > 0 ? addresses - 1 : 0);
	if (flags & (TLV_ONE_INDEX | TLV_RANGE))
		t->first = t->last = read_u8(r);
	if (flags & TLV_RANGE)
		t->last = read_u8(r);
	return t->first <= t->last && (addresses == 0 || t->last < addresses);
}

bool rfc5444_tlv_next(struct reader *r, unsigned addresses, struct rfc5444_tlv *t)
{
	uint8_t flags;
	size_t size = 0;

	if (r->left == 0)
		return false;
	t->type = read_u8(r);
	flags = read_u8(r);
	if (!tlv_flags_allowed(flags, addresses))
		return refuse(r);
	t->extension = (flags & TLV_EXTENDED) ? read_u8(r) : 0;
	if (!tlv_read_indices(r, flags, addresses, t))
		return refuse(r);
	if (flags & TLV_VALUE)
		size = (flags & TLV_LONG) ? read_u16(r) : read_u8(r);
	t->value = read_bytes(r, size);
	t->multi = (flags & TLV_MULTI) != 0;
	if (t->multi && size % ((size_t)t->last - t->first + 1) != 0)
		return refuse(r);
	return read_good(r);
}

struct bytes rfc5444_tlv_value(const struct rfc5444_tlv *t, unsigned i)
{
	size_t each;

	check(i >= t->first && i <= t->last);
	if (!t->multi)
		return t->value;
	each = t->value.len / ((size_t)t->last - t->first + 1);
	return bytes_of(t->value.data + each * (i - t->first), each);
}

/* Reads a TLV block and walks it once. */
static bool tlvs_read(struct reader *r, unsigned addresses, struct bytes *tlvs)
{
	struct rfc5444_tlv t;
	struct reader inside;

	*tlvs = read_bytes(r, read_u16(r));
	inside = reader_of(*tlvs);
	while (rfc5444_tlv_next(&inside, addresses, &t))
		;
	if (!read_ended(&inside))
		return refuse(r);
	return read_good(r);
}

static bool block_flags_allowed(uint8_t flags)
{
	return !((flags & BLOCK_TAIL) && (flags & BLOCK_ZERO_TAIL)) &&
	       !((flags & BLOCK_ONE_PREFIX) && (flags & BLOCK_PREFIXES));
}

static bool prefixes_allowed(struct bytes prefixes, unsigned address_size)
{
	for (size_t i = 0; i < prefixes.len; i++)
		if (prefixes.data[i] > 8 * address_size)
			return false;
	return true;
}

static bool block_read_addresses(struct reader *r, struct rfc5444_block *b, uint8_t flags)
{
	size_t tail_size = 0;

	b->head = read_bytes(r, (flags & BLOCK_HEAD) ? read_u8(r) : 0);
	if (flags & (BLOCK_TAIL | BLOCK_ZERO_TAIL))
		tail_size = read_u8(r);
	if (b->head.len + tail_size > b->address_size)
		return refuse(r);
	b->tail = (flags & BLOCK_ZERO_TAIL) ? bytes_of(zeros, tail_size)
					    : read_bytes(r, tail_size);
	b->mid_size = b->address_size - b->head.len - tail_size;
	if (b->mid_size == 0 && b->count > 1)
		return refuse(r);
	b->mids = read_bytes(r, b->mid_size * b->count);
	return read_good(r);
}

bool rfc5444_block_next(struct reader *r, unsigned address_size, struct rfc5444_block *b)
{
	uint8_t flags;

	if (r->left == 0)
		return false;
	b->address_size = address_size;
	b->count = read_u8(r);
	flags = read_u8(r);
	if (b->count == 0 || !block_flags_allowed(flags))
		return refuse(r);
	if (!block_read_addresses(r, b, flags))
		return false;
	b->prefixes = read_bytes(r, (flags & BLOCK_ONE_PREFIX) ? 1
				    : (flags & BLOCK_PREFIXES) ? b->count
							       : 0);
	if (!prefixes_allowed(b->prefixes, address_size))
		return refuse(r);
	return tlvs_read(r, b->count, &b->tlvs);
}

unsigned rfc5444_block_address(
	const struct rfc5444_block *b, unsigned i, struct address *out)
{
	check(i < b->count);
	*out = (struct address){ { 0 } };
	if (b->head.len > 0)
		memcpy(out->b, b->head.data, b->head.len);
	if (b->mid_size > 0)
		memcpy(out->b + b->head.len, b->mids.data + i * b->mid_size, b->mid_size);
	if (b->tail.len > 0)
		memcpy(out->b + b->head.len + b->mid_size, b->tail.data, b->tail.len);
	if (b->prefixes.len == 0)
		return 8 * b->address_size;
	return b->prefixes.data[b->prefixes.len > 1 ? i : 0];
}

/* A packet up to its messages. */
static bool packet_begin(struct reader *r, struct rfc5444_packet *p)
{
	uint8_t first = read_u8(r);

	memset(p, 0, sizeof(*p));
	if (first >> 4 != 0)
		return refuse(r);
	p->numbered = (first & PACKET_NUMBERED) != 0;
	p->has_tlvs = (first & PACKET_TLVS) != 0;
	if (p->numbered)
		p->number = read_u16(r);
	if (p->has_tlvs && !tlvs_read(r, 0, &p->tlvs))
		return false;
	p->messages = bytes_of(r->at, r->left);
	return read_good(r);
}

bool rfc5444_packet_parse(struct rfc5444_packet *p, struct bytes body)
{
	struct reader r = reader_of(body);
	struct rfc5444_message m;

	if (!packet_begin(&r, p))
		return false;
	while (rfc5444_message_next(&r, &m))
		;
	return read_ended(&r);
}

bool rfc5444_parse(struct rfc5444_packet *p, struct rfc5444_message *m, struct bytes body)
{
	struct reader r = reader_of(body);

	return packet_begin(&r, p) && rfc5444_message_parse(m, p->messages);
}

bool rfc5444_message_next(struct reader *r, struct rfc5444_message *m)
{
	struct reader header = *r;
	struct bytes message;

	if (r->left == 0)
		return false;
	read_skip(&header, RFC5444_MESSAGE_HEADER - 2);
	message = read_bytes(r, read_u16(&header));
	if (!read_good(&header) || !read_good(r) || !rfc5444_message_parse(m, message))
		return refuse(r);
	return true;
}

static struct address read_short_address(struct reader *r, size_t size)
{
	struct address a = { { 0 } };

	read_copy(r, a.b, size);
	return a;
}

bool rfc5444_message_parse(struct rfc5444_message *m, struct bytes message)
{
	struct reader r = reader_of(message);
	struct rfc5444_block b;
	uint8_t flags;

	memset(m, 0, sizeof(*m));
	m->type = read_u8(&r);
	flags = read_u8(&r);
	if (read_u16(&r) != message.len)
		return false;
	m->address_size = (uint8_t)((flags & 0x0f) + 1);
	m->has_originator = (flags & HAS_ORIGINATOR) != 0;
	m->has_hop_limit = (flags & HAS_HOP_LIMIT) != 0;
	m->has_hop_count = (flags & HAS_HOP_COUNT) != 0;
	m->numbered = (flags & HAS_NUMBER) != 0;
	if (m->has_originator)
		m->originator = read_short_address(&r, m->address_size);
	if (m->has_hop_limit)
		m->hop_limit = read_u8(&r);
	if (m->has_hop_count)
		m->hop_count = read_u8(&r);
	if (m->numbered)
		m->number = read_u16(&r);
	if (!tlvs_read(&r, 0, &m->tlvs))
		return false;
	m->blocks = read_rest(&r);
	r = reader_of(m->blocks);
	while (rfc5444_block_next(&r, m->address_size, &b))
		;
	return read_ended(&r);
}

void rfc5444_packet_write(struct writer *w, const struct rfc5444_packet *p)
{
	write_u8(w, (uint8_t)((p->numbered ? PACKET_NUMBERED : 0) |
			      (p->has_tlvs ? PACKET_TLVS : 0)));
	if (p->numbered)
		write_u16(w, p->number);
	if (!p->has_tlvs)
		return;
	check(p->tlvs.len <= UINT16_MAX);
	write_u16(w, (uint16_t)p->tlvs.len);
	write_bytes(w, p->tlvs);
}

size_t rfc5444_message_begin(struct writer *w, const struct rfc5444_message *m)
{
	size_t begun = w->len;
	unsigned flags = m->address_size - 1u;

	check(m->address_size >= 1 && m->address_size <= RFC5444_ADDRESS_SIZE);
	flags |= m->has_originator ? HAS_ORIGINATOR : 0u;
	flags |= m->has_hop_limit ? HAS_HOP_LIMIT : 0u;
	flags |= m->has_hop_count ? HAS_HOP_COUNT : 0u;
	flags |= m->numbered ? HAS_NUMBER : 0u;
	write_u8(w, m->type);
	write_u8(w, (uint8_t)flags);
	write_u16(w, 0);
	if (m->has_originator)
		write_bytes(w, bytes_of(m->originator.b, m->address_size));
	if (m->has_hop_limit)
		write_u8(w, m->hop_limit);
	if (m->has_hop_count)
		write_u8(w, m->hop_count);
	if (m->numbered)
		write_u16(w, m->number);
	return begun;
}

void rfc5444_message_end(struct writer *w, size_t begun)
{
	check(w->len - begun <= UINT16_MAX);
	write_u16_at(w, begun + 2, (uint16_t)(w->len - begun));
}

size_t rfc5444_tlvs_begin(struct writer *w)
{
	size_t begun = w->len;

	write_u16(w, 0);
	return begun;
}

void rfc5444_tlvs_end(struct writer *w, size_t begun)
{
	if (w->overflow)
		return;
	check(w->len - begun - 2 <= UINT16_MAX);
	write_u16_at(w, begun, (uint16_t)(w->len - begun - 2));
}

void rfc5444_tlv_write(struct writer *w, unsigned addresses, const struct rfc5444_tlv *t)
{
	bool one = addresses > 1 && t->first == t->last;
	bool range = addresses > 1 && !one && (t->first > 0 || t->last + 1u < addresses);
	unsigned flags = 0;

	check(t->value.len <= UINT16_MAX);
	flags |= t->extension != 0 ? TLV_EXTENDED : 0u;
	flags |= one ? TLV_ONE_INDEX : 0u;
	flags |= range ? TLV_RANGE : 0u;
	flags |= t->value.len > 0 ? TLV_VALUE : 0u;
	flags |= t->value.len > UINT8_MAX ? TLV_LONG : 0u;
	flags |= t->multi && t->first < t->last ? TLV_MULTI : 0u;
	write_u8(w, t->type);
	write_u8(w, (uint8_t)flags);
	if (flags & TLV_EXTENDED)
		write_u8(w, t->extension);
	if (one || range)
		write_u8(w, t->first);
	if (range)
		write_u8(w, t->last);
	if (flags & TLV_LONG)
		write_u16(w, (uint16_t)t->value.len);
	else if (flags & TLV_VALUE)
		write_u8(w, (uint8_t)t->value.len);
	write_bytes(w, t->value);
}

static size_t shared_head(const struct rfc5444_addresses *a)
{
	size_t head = a->count > 1 ? a->size - 1 : 0;

	for (unsigned i = 1; i < a->count; i++)
		while (head > 0 && memcmp(a->list[0].b, a->list[i].b, head) != 0)
			head--;
	return head;
}

/* At least one byte stays in the middle. */
static size_t shared_tail(const struct rfc5444_addresses *a, size_t head)
{
	size_t tail = a->size - head - 1;

	for (unsigned i = 1; i < a->count; i++)
		while (tail > 0 && memcmp(a->list[0].b + a->size - tail,
					   a->list[i].b + a->size - tail, tail) != 0)
			tail--;
	return tail;
}

/* How the addresses of a block are cut up. */
struct cut {
	size_t head, tail;
	uint8_t flags; /* enum block_flag */
};

static uint8_t prefix_flag(const struct rfc5444_addresses *a)
{
	for (unsigned i = 1; a->prefixes != NULL && i < a->count; i++)
		if (a->prefixes[i] != a->prefixes[0])
			return BLOCK_PREFIXES;
	return a->prefixes != NULL && a->prefixes[0] != 8 * a->size ? BLOCK_ONE_PREFIX
								    : 0;
}

/* How many of the last `tail` bytes, which all addresses share, are zeros at the end. */
static size_t zero_tail(const struct rfc5444_addresses *a, size_t tail)
{
	while (tail > 0 && memcmp(a->list[0].b + a->size - tail, zeros, tail) != 0)
		tail--;
	return tail;
}

/* Zeros at the end cost one byte, whatever else is shared there one more than itself; nothing
 * is cut off that does not get shorter by it. */
static struct cut cut_up(const struct rfc5444_addresses *a)
{
	struct cut c = { .head = shared_head(a), .flags = prefix_flag(a) };
	size_t tail = shared_tail(a, c.head), zero = zero_tail(a, tail);

	if (c.head > 0)
		c.flags |= BLOCK_HEAD;
	if (zero * a->count > 1 && zero * a->count >= tail * (a->count - 1)) {
		c.tail = zero;
		c.flags |= BLOCK_ZERO_TAIL;
	} else if (tail * (a->count - 1) > 1) {
		c.tail = tail;
		c.flags |= BLOCK_TAIL;
	}
	return c;
}

void rfc5444_addresses_write(struct writer *w, const struct rfc5444_addresses *a)
{
	struct cut c;

	check(a->count >= 1 && a->count <= UINT8_MAX);
	check(a->size >= 1 && a->size <= RFC5444_ADDRESS_SIZE);
	c = cut_up(a);
	write_u8(w, (uint8_t)a->count);
	write_u8(w, c.flags);
	if (c.flags & BLOCK_HEAD) {
		write_u8(w, (uint8_t)c.head);
		write_bytes(w, bytes_of(a->list[0].b, c.head));
	}
	if (c.flags & (BLOCK_TAIL | BLOCK_ZERO_TAIL))
		write_u8(w, (uint8_t)c.tail);
	if (c.flags & BLOCK_TAIL)
		write_bytes(w, bytes_of(a->list[0].b + a->size - c.tail, c.tail));
	for (unsigned i = 0; i < a->count; i++)
		write_bytes(
			w, bytes_of(a->list[i].b + c.head, a->size - c.head - c.tail));
	if (c.flags & BLOCK_ONE_PREFIX)
		write_u8(w, a->prefixes[0]);
	if (c.flags & BLOCK_PREFIXES)
		write_bytes(w, bytes_of(a->prefixes, a->count));
}
