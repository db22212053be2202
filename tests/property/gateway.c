/* SPDX-License-Identifier: ISC */
/*
 * What a gateway's packets go through, against twins that think less: checksums that are
 * made anew, addresses looked up as text, a table that is searched from end to end.
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "node/inet/checksum.h"
#include "node/inet/nat4.h"
#include "node/inet/scope.h"
#include "tests/test.h"

enum { ROUNDS = 20000, SIZE_MAX_BYTES = 200 };

/* ---- packets ---- */

static uint16_t sum_of(uint64_t sum)
{
	return (uint16_t)~checksum_fold(sum);
}

/* Makes the checksums of an IPv4 packet anew; with_udp: of UDP as well. */
static void sums_make(uint8_t *b, size_t len, bool with_udp)
{
	size_t header = 4u * (b[0] & 15), at = b[9] == PROTOCOL_TCP ? 16 : 6;
	struct address from = { { [10] = 0xff, 0xff } }, to = from;
	uint16_t sum;

	memset(b + 10, 0, 2);
	checksum_store(b + 10, sum_of(checksum_add(0, bytes_of(b, header))));
	if (b[9] == PROTOCOL_ICMPV4) {
		memset(b + header + 2, 0, 2);
		sum = sum_of(checksum_add(0, bytes_of(b + header, len - header)));
		checksum_store(b + header + 2, sum);
		return;
	}
	if (b[9] != PROTOCOL_TCP && !(b[9] == PROTOCOL_UDP && with_udp))
		return;
	memcpy(from.b + 12, b + 12, 4);
	memcpy(to.b + 12, b + 16, 4);
	memset(b + header + at, 0, 2);
	sum = sum_of(checksum_add(
		checksum_add_pseudo(0, &from, &to, (uint32_t)(len - header), b[9]),
		bytes_of(b + header, len - header)));
	if (b[9] == PROTOCOL_UDP && sum == 0)
		sum = 0xffff;
	checksum_store(b + header + at, sum);
}

/* A random packet of a protocol with a header of so many words; returns its length. */
static size_t packet_make(struct rng *rng, uint8_t *b, uint8_t protocol, size_t words)
{
	size_t header = 4 * words, least = protocol == PROTOCOL_TCP ? 20 : 8;
	size_t len = header + least + rng_below(rng, 60);

	rng_fill(rng, b, len);
	memset(b + 20, 1, header - 20); /* options that mean nothing */
	b[0] = (uint8_t)(0x40 | words);
	b[2] = (uint8_t)(len >> 8);
	b[3] = (uint8_t)len;
	b[6] = 0x40;
	b[7] = 0;
	b[9] = protocol;
	if (protocol == PROTOCOL_TCP)
		b[header + 12] = 0x50;
	if (protocol == PROTOCOL_UDP) {
		b[header + 4] = 0;
		b[header + 5] = (uint8_t)(len - header);
	}
	if (protocol == PROTOCOL_ICMPV4)
		b[header] = 8;
	return len;
}

/* An ICMP error that quotes the first bytes of a packet. */
static size_t error_make(struct rng *rng, uint8_t *b, const uint8_t *quote, size_t len)
{
	rng_fill(rng, b, 28);
	memcpy(b, "\x45\0\0", 3);
	b[3] = (uint8_t)(28 + len);
	b[6] = 0x40;
	b[7] = 0;
	b[9] = PROTOCOL_ICMPV4;
	b[20] = 3;
	memcpy(b + 28, quote, len);
	sums_make(b, 28 + len, false);
	return 28 + len;
}

static void exchange_parsed(uint8_t *b, size_t len, enum nat4_side side, uint32_t fresh)
{
	struct address a = { { [10] = 0xff, 0xff } };
	struct packet p;

	memcpy(a.b + 12, &fresh, 4);
	EXPECT(packet_parse(&p, bytes_of(b, len)), "it is a packet");
	nat4_exchange(b, &p, side, &a);
	EXPECT(packet_parse(&p, bytes_of(b, len)), "and is one still");
	EXPECT(id_equal(side == NAT4_SOURCE ? &p.flow.source : &p.flow.destination, &a),
		"with the other address");
}

TEST(an_exchange_leaves_what_making_all_sums_anew_would_leave)
{
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_ICMPV4,
		47 };
	struct rng rng = test_rng();

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t got[SIZE_MAX_BYTES], twin[SIZE_MAX_BYTES];
		bool with_udp = rng_below(&rng, 4) > 0;
		uint8_t protocol = protocols[rng_below(&rng, 4)];
		size_t words = 5 + rng_below(&rng, 3);
		size_t len = packet_make(&rng, got, protocol, words);
		enum nat4_side side = i % 2 == 0 ? NAT4_SOURCE : NAT4_DESTINATION;
		uint32_t fresh = (uint32_t)rng_u64(&rng);

		if (protocol == PROTOCOL_UDP && !with_udp)
			memset(got + 4 * words + 6, 0, 2);
		sums_make(got, len, with_udp);
		memcpy(twin, got, len);
		exchange_parsed(got, len, side, fresh);
		memcpy(twin + (side == NAT4_SOURCE ? 12 : 16), &fresh, 4);
		sums_make(twin, len, with_udp);
		EXPECT_BYTES(bytes_of(got, len), bytes_of(twin, len), "byte for byte");
	}
}

TEST(an_exchange_in_an_error_is_one_in_what_it_quotes)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t inner[SIZE_MAX_BYTES], got[SIZE_MAX_BYTES], twin[SIZE_MAX_BYTES];
		uint8_t protocol = i % 2 == 0 ? PROTOCOL_TCP : PROTOCOL_UDP;
		size_t len = packet_make(&rng, inner, protocol, 5), quoted, whole;
		enum nat4_side side = i % 4 < 2 ? NAT4_SOURCE : NAT4_DESTINATION;
		uint32_t fresh = (uint32_t)rng_u64(&rng);

		sums_make(inner, len, true);
		quoted = 28 + rng_below(&rng, (uint32_t)len - 27);
		if (quoted == 37) /* half a TCP checksum is left as it is */
			quoted--;
		whole = error_make(&rng, got, inner, quoted);
		memcpy(twin, got, whole);
		exchange_parsed(got, whole, side, fresh);
		memcpy(twin + (side == NAT4_SOURCE ? 12 : 16), &fresh, 4);
		memcpy(inner + (side == NAT4_SOURCE ? 16 : 12), &fresh, 4);
		sums_make(inner, len, true);
		memcpy(twin + 28, inner, quoted);
		sums_make(twin, whole, false);
		EXPECT_BYTES(
			bytes_of(got, whole), bytes_of(twin, whole), "byte for byte");
	}
}

TEST(an_exchange_and_its_reverse_change_nothing)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t got[SIZE_MAX_BYTES], before[SIZE_MAX_BYTES];
		size_t len = packet_make(&rng, got, PROTOCOL_UDP, 5);
		uint32_t old;

		got[7] = (uint8_t)(i % 2 == 0 ? 0 : 9); /* a later fragment */
		got[6] = 0;
		sums_make(got, len, i % 2 == 0);
		memcpy(before, got, len);
		memcpy(&old, got + 12, 4);
		exchange_parsed(got, len, NAT4_SOURCE, (uint32_t)rng_u64(&rng));
		exchange_parsed(got, len, NAT4_SOURCE, old);
		EXPECT_BYTES(bytes_of(got, len), bytes_of(before, len), "as it was");
	}
}

/* ---- the table ---- */

enum { TWIN_PEOPLE = 3 * NAT4_MEMBERS_MAX };

static struct {
	uint64_t used[NAT4_MEMBERS_MAX];
	unsigned who[NAT4_MEMBERS_MAX];
	unsigned count;
} twin;

/* The place of somebody in the twin; *gone: who had to go, or TWIN_PEOPLE. */
static unsigned twin_place(unsigned who, uint64_t turn, unsigned *gone)
{
	unsigned place = 0;

	*gone = TWIN_PEOPLE;
	for (unsigned i = 0; i < twin.count; i++) {
		if (twin.who[i] == who) {
			twin.used[i] = turn;
			return i;
		}
		if (twin.used[i] < twin.used[place])
			place = i;
	}
	if (twin.count < NAT4_MEMBERS_MAX)
		place = twin.count++;
	else
		*gone = twin.who[place];
	twin.who[place] = who;
	twin.used[place] = turn;
	return place;
}

static struct address person(unsigned who)
{
	return (struct address){ { 0xfd, 0x71, [14] = (uint8_t)(who >> 8),
		(uint8_t)who } };
}

TEST(the_table_of_guests_is_that_of_its_twin)
{
	static struct nat4 t;
	struct rng rng = test_rng();

	nat4_init(&t);
	for (uint64_t turn = 1; turn <= 4 * ROUNDS; turn += 2) {
		unsigned who = (unsigned)rng_below(&rng, TWIN_PEOPLE), gone;
		struct address a = person(who), guest, out, expected, found;
		unsigned place = twin_place(who, turn, &gone);

		guest = nat4_guest(&t, &a, &out);
		EXPECT_EQ(
			guest.b[14] << 8 | guest.b[15], NAT4_FIRST + place, "its place");
		expected = gone < TWIN_PEOPLE ? person(gone) : (struct address){ { 0 } };
		EXPECT(id_equal(&out, &expected), "and who had to go for it");
		place = (unsigned)rng_below(&rng, twin.count);
		guest.b[14] = (uint8_t)((NAT4_FIRST + place) >> 8);
		guest.b[15] = (uint8_t)(NAT4_FIRST + place);
		expected = person(twin.who[place]);
		EXPECT(nat4_member(&t, &guest, &found) && id_equal(&found, &expected),
			"whose an address is");
		twin.used[place] = turn + 1;
	}
	nat4_fini(&t);
}

/* ---- scopes ---- */

/* RFC 6890 and the registries that came of it; the first that fits. */
static const struct {
	const char *prefix;
	unsigned bits;
	enum scope scope;
} registry[] = {
	{ "::ffff:0.0.0.0", 104, SCOPE_LINK },
	{ "::ffff:10.0.0.0", 104, SCOPE_PRIVATE },
	{ "::ffff:100.64.0.0", 106, SCOPE_PRIVATE },
	{ "::ffff:127.0.0.0", 104, SCOPE_LINK },
	{ "::ffff:169.254.0.0", 112, SCOPE_LINK },
	{ "::ffff:172.16.0.0", 108, SCOPE_PRIVATE },
	{ "::ffff:192.0.0.0", 120, SCOPE_PRIVATE },
	{ "::ffff:192.168.0.0", 112, SCOPE_PRIVATE },
	{ "::ffff:198.18.0.0", 111, SCOPE_PRIVATE },
	{ "::ffff:224.0.0.0", 100, SCOPE_LINK },
	{ "::ffff:240.0.0.0", 100, SCOPE_LINK },
	{ "::ffff:0.0.0.0", 96, SCOPE_PUBLIC },
	{ "::", 128, SCOPE_LINK },
	{ "::1", 128, SCOPE_LINK },
	{ "2001::", 23, SCOPE_PRIVATE },
	{ "2000::", 3, SCOPE_PUBLIC },
	{ "fe80::", 10, SCOPE_LINK },
	{ "ff00::", 8, SCOPE_LINK },
	{ "fd71::", 16, SCOPE_MESH },
	{ "::", 0, SCOPE_PRIVATE },
};

static bool has_bits(const struct address *a, const struct address *b, unsigned bits)
{
	for (unsigned i = 0; i < bits; i++)
		if ((a->b[i / 8] ^ b->b[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

static enum scope twin_scope(const struct address *a)
{
	struct address mapped = { { [10] = 0xff, 0xff } }, p;

	if (a->b[0] == 0x20 && a->b[1] == 2)
		memcpy(mapped.b + 12, a->b + 2, 4);
	else if (memcmp(a->b, "\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12) == 0)
		memcpy(mapped.b + 12, a->b + 12, 4);
	else
		mapped = *a;
	for (size_t i = 0;; i++) {
		EXPECT(inet_pton(AF_INET6, registry[i].prefix, p.b) == 1, "a prefix");
		if (has_bits(&mapped, &p, registry[i].bits))
			return registry[i].scope;
	}
}

TEST(scopes_are_those_of_the_registry)
{
	static const char *const begins[] = { "::", "::ffff:0:0",
		"64:ff9b::", "2002::", "2001::", "fd71::", "fe80::", "fc00::" };
	struct rng rng = test_rng();

	for (unsigned i = 0; i < ROUNDS; i++) {
		size_t which = rng_below(&rng, array_len(begins) + 1);
		unsigned bit = (unsigned)rng_below(&rng, 128);
		struct address a;

		rng_fill(&rng, a.b, sizeof(a.b));
		if (which < array_len(begins)) {
			struct address begin;

			EXPECT(inet_pton(AF_INET6, begins[which], begin.b) == 1, "one");
			memcpy(a.b, begin.b, which < 3 ? 12 : 2);
		}
		if (rng_below(&rng, 3) == 0) /* one bit beside a block is another */
			a.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		for (size_t k = 0; rng_below(&rng, 4) == 0 && k < array_len(registry);
			k++)
			if (rng_below(&rng, 20) == 0)
				EXPECT(inet_pton(AF_INET6, registry[k].prefix, a.b) == 1,
					"the first of a block");
		EXPECT_EQ(scope_of(&a), twin_scope(&a), "the same");
	}
}
