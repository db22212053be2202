/* SPDX-License-Identifier: ISC */
/*
 * The resolver's codec against any packet: no answer is larger than its bounds, each is whole
 * and gives the question back, and none is taken for a query again. Names and addresses that
 * are asked for come out as a naive twin spells them.
 */
#include "node/inet/dns.h"
#include "node/wire/reader.h"
#include "node/wire/writer.h"
#include "tests/test.h"

enum { ROUNDS = 200000, PACKET_ROOM = 700, IN = 1, AAAA = 28, PTR = 12, OPT = 41 };

static const char digits[] = "0123456789abcdef";
static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";

static void put_label(struct writer *w, const struct rng *rng, const char *s, size_t len)
{
	write_u8(w, (uint8_t)len);
	for (size_t i = 0; i < len; i++) {
		bool upper = s[i] >= 'a' && s[i] <= 'z' && rng_below(rng, 2) == 0;

		write_u8(w, (uint8_t)(upper ? s[i] - 'a' + 'A' : s[i]));
	}
}

static void put_zone(struct writer *w, const struct rng *rng, bool is_names)
{
	static const char *const labels[] = { "qanat", "1", "7", "d", "f", "ip6",
		"arpa" };

	for (size_t i = is_names ? 0 : 1; i < (is_names ? 1 : array_len(labels)); i++)
		put_label(w, rng, labels[i], strlen(labels[i]));
	write_u8(w, 0);
}

static void put_head(struct writer *w, const struct rng *rng, bool edns)
{
	write_u16(w, (uint16_t)rng_below(rng, 65536));
	write_u16(w, 0x0100);
	write_u16(w, 1);
	write_u16(w, 0);
	write_u16(w, 0);
	write_u16(w, edns);
}

/* NAME.qanat, or an address; name and address are what was meant. */
static void put_query(struct writer *w, const struct rng *rng, bool is_names, bool edns,
	char name[DNS_LABEL_MAX + 1], struct address *address)
{
	size_t len = 1 + rng_below(rng, DNS_LABEL_MAX);

	put_head(w, rng, edns);
	memset(name, 0, DNS_LABEL_MAX + 1);
	for (size_t i = 0; i < len; i++)
		name[i] = letters[rng_below(rng, sizeof(letters) - 1)];
	rng_fill(rng, address->b, sizeof(address->b));
	address->b[0] = 0xfd;
	address->b[1] = 0x71;
	if (is_names)
		put_label(w, rng, name, len);
	for (int i = 15; i >= 2 && !is_names; i--) {
		put_label(w, rng, &digits[address->b[i] & 15], 1);
		put_label(w, rng, &digits[address->b[i] >> 4], 1);
	}
	put_zone(w, rng, is_names);
	write_u16(w, is_names ? AAAA : PTR);
	write_u16(w, IN);
	if (!edns)
		return;
	write_u8(w, 0);
	write_u16(w, OPT);
	write_u16(w, (uint16_t)rng_below(rng, 3000));
	write_u32(w, 0);
	write_u16(w, 0);
}

TEST(what_is_asked_for_is_what_a_naive_twin_spells)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < ROUNDS / 10; i++) {
		uint8_t packet[PACKET_ROOM];
		struct writer w = writer_of(packet, sizeof(packet));
		bool is_names = rng_below(&rng, 2) == 0;
		char name[DNS_LABEL_MAX + 1];
		struct address address;
		struct dns_query q;

		put_query(&w, &rng, is_names, rng_below(&rng, 2) == 0, name, &address);
		EXPECT(!w.overflow && dns_parse(&q, writer_bytes(&w)), "a query");
		EXPECT_EQ(q.asked, is_names ? DNS_ASKED_ADDRESS : DNS_ASKED_NAME,
			"of its zone");
		if (is_names)
			EXPECT_STRING(q.name, name, "the name");
		else
			EXPECT_BYTES(
				id_bytes(&q.address), id_bytes(&address), "the address");
	}
}

/* Skips a name that may end in a pointer backwards. */
static void skip_name(struct reader *r)
{
	uint8_t len;

	while ((len = read_u8(r)) != 0) {
		read_skip(r, len >= 0xc0 ? 1 : len);
		if (len >= 0xc0)
			return;
	}
}

static bool is_whole(struct bytes answer)
{
	struct reader r = reader_of(answer);
	uint16_t questions, records = 0;

	read_skip(&r, 4);
	questions = read_u16(&r);
	for (int i = 0; i < 3; i++)
		records = (uint16_t)(records + read_u16(&r));
	for (; questions > 0; questions--) {
		skip_name(&r);
		read_skip(&r, 4);
	}
	for (; records > 0; records--) {
		skip_name(&r);
		read_skip(&r, 8);
		read_skip(&r, read_u16(&r));
	}
	return read_ended(&r);
}

TEST(no_answer_passes_its_bounds_whatever_is_asked)
{
	struct rng rng = test_rng();
	unsigned answered = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t packet[PACKET_ROOM], out[2048];
		struct writer w = writer_of(packet, sizeof(packet));
		struct dns_found found = { .found = rng_below(&rng, 2) == 0 };
		bool edns = rng_below(&rng, 2) == 0;
		size_t room = rng_below(&rng, sizeof(out) + 1), len;
		struct dns_query q, again;

		put_query(&w, &rng, rng_below(&rng, 2) == 0, edns, found.name,
			&found.address);
		for (size_t k = rng_below(&rng, 4); k > 0; k--)
			packet[rng_below(&rng, w.len)] = (uint8_t)rng_below(&rng, 256);
		if (rng_below(&rng, 4) == 0)
			w.len = rng_below(&rng, w.len);
		if (!dns_parse(&q, writer_bytes(&w)))
			continue;
		len = dns_answer(&q, &found, out, room);
		EXPECT(len <= room && len <= DNS_ANSWER_MAX, "in its room, and small");
		EXPECT_EQ(len == 0, room < 12, "a header is all it needs");
		if (len == 0)
			continue;
		answered++;
		EXPECT(memcmp(out, packet, 2) == 0, "the same id");
		EXPECT(is_whole(bytes_of(out, len)), "nothing missing or left over");
		EXPECT(out[5] == 0 || memcmp(out + 12, packet + 12, q.question.len) == 0,
			"the question as it was");
		EXPECT(!dns_parse(&again, bytes_of(out, len)), "never answered again");
	}
	EXPECT(answered > ROUNDS / 4, "most were answered");
}
