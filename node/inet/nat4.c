/* SPDX-License-Identifier: ISC */
/* Places are given out one after the other, then over again to whoever comes. */
#include "node/inet/nat4.h"

#include <utlist.h>

#include "node/inet/checksum.h"
#include "node/inet/fields.h"

enum {
	IPV4_PROTOCOL_AT = 9,
	IPV4_SOURCE_AT = 12,
	IPV4_DESTINATION_AT = 16,
	IPV4_OFFSET_MASK = 0x1fff,
	ICMP_CHECKSUM_AT = 2,
};

const struct address nat4_source = { { [10] = 0xff, 0xff, 192, 0, 0, 1 } };

/* ---- who has which address ---- */

void nat4_init(struct nat4 *t)
{
	*t = (struct nat4){ 0 };
}

void nat4_fini(struct nat4 *t)
{
	HASH_CLEAR(hh, t->by_member);
	for (size_t i = 0; i < t->count; i++)
		mem_free(t->places[i]);
	nat4_init(t);
}

bool nat4_is_guest(const struct address *a)
{
	return packet_is_mapped(a) && a->b[12] == 100 && a->b[13] == 71;
}

static void touch(struct nat4 *t, struct nat4_member *m)
{
	/* it stands in the list
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	DL_DELETE(t->by_use, m);
	DL_APPEND(t->by_use, m);
}

/* A place for a newcomer, its own or that of the one who was idle longest. */
static struct nat4_member *place_take(struct nat4 *t, struct address *gone)
{
	struct nat4_member *m = t->by_use;

	if (t->count == NAT4_MEMBERS_MAX) {
		*gone = m->member;
		HASH_DEL(t->by_member, m);
		DL_DELETE(t->by_use, m);
		return m;
	}
	m = mem_new(sizeof(*m));
	m->place = (uint16_t)t->count;
	t->places[t->count++] = m;
	return m;
}

struct address nat4_guest(
	struct nat4 *t, const struct address *member, struct address *gone)
{
	struct address guest = { { [10] = 0xff, 0xff, 100, 71 } };
	struct nat4_member *m;

	*gone = (struct address){ { 0 } };
	HASH_FIND(hh, t->by_member, member, sizeof(*member), m);
	if (m == NULL) {
		m = place_take(t, gone);
		m->member = *member;
		HASH_ADD(hh, t->by_member, member, sizeof(m->member), m);
		DL_APPEND(t->by_use, m);
	}
	touch(t, m);
	field_set_u16(guest.b + 14, NAT4_FIRST + m->place);
	return guest;
}

bool nat4_member(struct nat4 *t, const struct address *guest, struct address *member)
{
	size_t number = field_u16(guest->b + 14);

	if (!nat4_is_guest(guest) || number < NAT4_FIRST ||
		number - NAT4_FIRST >= t->count)
		return false;
	touch(t, t->places[number - NAT4_FIRST]);
	*member = t->places[number - NAT4_FIRST]->member;
	return true;
}

/* ---- packets ---- */

/* The checksum that covers the addresses of the packet at b, of which len bytes are there;
 * NULL: it has none, or it is not there. */
static uint8_t *transport_sum(uint8_t *b, size_t len)
{
	size_t at = 4u * (b[0] & 15);

	if (field_u16(b + IPV4_FRAGMENT_AT) & IPV4_OFFSET_MASK)
		return NULL;
	switch (b[IPV4_PROTOCOL_AT]) {
	case PROTOCOL_TCP:
		at += TCP_CHECKSUM_AT;
		return at + 2 <= len ? b + at : NULL;
	case PROTOCOL_UDP: /* all zero: the sender made none (RFC 768) */
		at += UDP_CHECKSUM_AT;
		return at + 2 <= len && field_u16(b + at) != 0 ? b + at : NULL;
	}
	return NULL;
}

static void exchange(uint8_t *b, size_t len, size_t at, const uint8_t fresh[4])
{
	uint8_t *sum = transport_sum(b, len);

	for (size_t i = 0; i < 4; i += 2) {
		uint16_t before = field_u16(b + at + i), after = field_u16(fresh + i);

		checksum_replace(b + IPV4_CHECKSUM_AT, before, after);
		if (sum != NULL)
			checksum_replace(sum, before, after);
		field_set_u16(b + at + i, after);
	}
	if (sum != NULL && b[IPV4_PROTOCOL_AT] == PROTOCOL_UDP && field_u16(sum) == 0)
		field_set_u16(sum, 0xffff);
}

static size_t where(enum nat4_side side)
{
	return side == NAT4_SOURCE ? IPV4_SOURCE_AT : IPV4_DESTINATION_AT;
}

/* The sum of all that is quoted, as one word in network order. */
static uint16_t summed(struct bytes b)
{
	uint8_t word[2];

	checksum_store(word, checksum_fold(checksum_add(0, b)));
	return field_u16(word);
}

void nat4_exchange(uint8_t *bytes, const struct packet *p, enum nat4_side side,
	const struct address *fresh)
{
	uint8_t *quote = bytes + p->payload_at;
	size_t len = p->whole.len - p->payload_at;
	uint16_t before;

	exchange(bytes, p->whole.len, where(side), fresh->b + 12);
	if (p->icmp != PACKET_ICMP_ERROR || p->quoted.protocol == 0)
		return;
	before = summed(bytes_of(quote, len));
	exchange(quote, len, where(side == NAT4_SOURCE ? NAT4_DESTINATION : NAT4_SOURCE),
		fresh->b + 12);
	checksum_replace(bytes + p->transport_at + ICMP_CHECKSUM_AT, before,
		summed(bytes_of(quote, len)));
}
