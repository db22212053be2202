/* SPDX-License-Identifier: ISC */
#include "node/inet/dns.h"

#include "node/wire/reader.h"
#include "node/wire/writer.h"
#include "tests/test.h"

enum { A = 1, SOA = 6, PTR = 12, MX = 15, AAAA = 28, OPT = 41, HTTPS = 65 };
enum { IXFR = 251, AXFR = 252, ANY = 255, IN = 1, CHAOS = 3 };
enum { FLAG_AA = 0x0400, FLAG_TC = 0x0200, FLAG_RD = 0x0100, FLAG_CD = 0x0010 };

static const struct address ada_address = { { 0xfd, 0x71, 0xab, 0xcd, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0x12, 0x3f } };
static const char ada_reverse[] = "f.3.2.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c."
				  "b.a.1.7.d.f.ip6.arpa";

static uint8_t packet[2048], answer[2048];
static size_t answer_len;

static void write_name(struct writer *w, const char *name)
{
	while (*name != '\0') {
		const char *dot = strchr(name, '.');
		size_t len = dot != NULL ? (size_t)(dot - name) : strlen(name);

		write_u8(w, (uint8_t)len);
		write_bytes(w, bytes_of(name, len));
		name += len + (dot != NULL);
	}
	write_u8(w, 0);
}

static struct writer query_begin(const char *name, uint16_t type, uint16_t additionals)
{
	struct writer w = writer_of(packet, sizeof(packet));
	const uint16_t head[] = { 0xbeef, FLAG_RD, 1, 0, 0, additionals };

	for (size_t i = 0; i < array_len(head); i++)
		write_u16(&w, head[i]);
	write_name(&w, name);
	write_u16(&w, type);
	write_u16(&w, IN);
	return w;
}

static void write_opt(struct writer *w, uint16_t size, uint8_t version, struct bytes data)
{
	write_u8(w, 0);
	write_u16(w, OPT);
	write_u16(w, size);
	write_u8(w, 0);
	write_u8(w, version);
	write_u16(w, 0x8000);
	write_u16(w, (uint16_t)data.len);
	write_bytes(w, data);
}

/* Everything that stands in an answer of ours. */
struct answered {
	uint16_t id, flags, rcode, questions, answers, authorities;
	bool opt;
	uint16_t size;
	struct bytes question;
	/* of the one record */
	uint16_t type;
	uint32_t ttl_s;
	struct bytes data;
};

static void skip_name(struct reader *r)
{
	uint8_t len;

	while ((len = read_u8(r)) != 0) {
		if (len >= 0xc0) {
			(void)read_u8(r);
			return;
		}
		read_skip(r, len);
	}
}

static struct answered answer_of(struct bytes b)
{
	struct reader r = reader_of(b);
	struct answered a = { 0 };
	uint16_t additionals;

	a.id = read_u16(&r);
	a.flags = read_u16(&r);
	a.rcode = a.flags & 15;
	a.questions = read_u16(&r);
	a.answers = read_u16(&r);
	a.authorities = read_u16(&r);
	additionals = read_u16(&r);
	EXPECT((a.flags & 0x8000) != 0, "it is an answer");
	if (a.questions == 1) {
		const uint8_t *from = r.at;

		skip_name(&r);
		read_skip(&r, 4);
		a.question = bytes_of(from, (size_t)(r.at - from));
	}
	EXPECT(a.answers + a.authorities <= 1, "one record at most");
	if (a.answers + a.authorities == 1) {
		skip_name(&r);
		a.type = read_u16(&r);
		EXPECT_EQ(read_u16(&r), IN, "its class");
		a.ttl_s = read_u32(&r);
		a.data = read_bytes(&r, read_u16(&r));
	}
	if (additionals == 1) {
		a.opt = read_u8(&r) == 0 && read_u16(&r) == OPT;
		a.size = read_u16(&r);
		a.rcode |= (uint16_t)(read_u8(&r) << 4);
		EXPECT(a.opt && read_u8(&r) == 0 && read_u16(&r) == 0, "version 0");
		EXPECT_EQ(read_u16(&r), 0, "no options");
	}
	EXPECT(read_ended(&r), "nothing is missing and nothing left over");
	return a;
}

/* A resolver that knows one node, ada. */
static struct dns_found look_up(const struct dns_query *q)
{
	struct dns_found f = { .ttl_s = 30, .address = ada_address };

	memcpy(f.name, "ada", 4);
	f.found = (q->asked == DNS_ASKED_ADDRESS && strcmp(q->name, "ada") == 0) ||
		  (q->asked == DNS_ASKED_NAME && id_equal(&q->address, &ada_address));
	return f;
}

static struct answered ask_bytes(struct bytes b, size_t room)
{
	struct dns_query q;
	struct dns_found f;

	EXPECT(dns_parse(&q, b), "it is a query");
	f = look_up(&q);
	answer_len = dns_answer(&q, &f, answer, room);
	EXPECT(answer_len >= 12 && answer_len <= room, "it fits");
	return answer_of(bytes_of(answer, answer_len));
}

static struct answered ask(const char *name, uint16_t type)
{
	struct writer w = query_begin(name, type, 0);

	return ask_bytes(writer_bytes(&w), sizeof(answer));
}

TEST(what_is_no_query_gets_no_answer)
{
	static const struct {
		const char *why;
		struct bytes in;
	} rows[] = {
		{ "nothing", BYTES("") },
		{ "a header that was cut", BYTES("\1\2\1\0\0\1\0\0\0\0\0") },
		{ "an answer", BYTES("\1\2\200\0\0\0\0\0\0\0\0\0") },
		{ "an answer with a question",
			BYTES("\1\2\201\0\0\1\0\0\0\0\0\0\3ada\5qanat\0\0\34\0\1") },
	};
	struct dns_query q;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!dns_parse(&q, rows[i].in), rows[i].why);
}

#define HEAD    "\1\2\1\0\0\1\0\0\0\0\0\0"
#define HEAD_AR "\1\2\1\0\0\1\0\0\0\0\0\1"
#define ADA     "\3ada\5qanat\0\0\34\0\1"

TEST(what_the_parser_refuses_is_said_with_its_reason)
{
	static const struct {
		const char *why;
		struct bytes in;
		int rcode, questions;
	} rows[] = {
		{ "an inverse query", BYTES("\1\2\11\0\0\1\0\0\0\0\0\0" ADA), DNS_NOTIMP,
			0 },
		{ "a status query", BYTES("\1\2\21\0\0\0\0\0\0\0\0\0"), DNS_NOTIMP, 0 },
		{ "a notification", BYTES("\1\2\41\0\0\1\0\0\0\0\0\0" ADA), DNS_NOTIMP,
			0 },
		{ "an update", BYTES("\1\2\51\0\0\1\0\0\0\0\0\0" ADA), DNS_NOTIMP, 0 },
		{ "no question", BYTES("\1\2\1\0\0\0\0\0\0\0\0\0"), DNS_FORMERR, 0 },
		{ "two questions", BYTES("\1\2\1\0\0\2\0\0\0\0\0\0" ADA ADA), DNS_FORMERR,
			0 },
		{ "an answer in it", BYTES("\1\2\1\0\0\1\0\1\0\0\0\0" ADA), DNS_FORMERR,
			0 },
		{ "an authority in it", BYTES("\1\2\1\0\0\1\0\0\0\1\0\0" ADA),
			DNS_FORMERR, 0 },
		{ "two additionals", BYTES("\1\2\1\0\0\1\0\0\0\0\0\2" ADA), DNS_FORMERR,
			0 },
		{ "65535 additionals", BYTES("\1\2\1\0\0\1\0\0\0\0\377\377" ADA),
			DNS_FORMERR, 0 },
		{ "a name that is missing", BYTES(HEAD), DNS_FORMERR, 0 },
		{ "a label that was cut", BYTES(HEAD "\3ad"), DNS_FORMERR, 0 },
		{ "a name without end", BYTES(HEAD "\3ada\5qanat"), DNS_FORMERR, 0 },
		{ "a type that was cut", BYTES(HEAD "\3ada\5qanat\0\0"), DNS_FORMERR, 0 },
		{ "a class that was cut", BYTES(HEAD "\3ada\5qanat\0\0\34\0"),
			DNS_FORMERR, 0 },
		{ "a pointer to itself", BYTES(HEAD "\300\14\0\34\0\1"), DNS_FORMERR, 0 },
		{ "a pointer into the header", BYTES(HEAD "\3ada\300\0\0\34\0\1"),
			DNS_FORMERR, 0 },
		{ "a label of the kind 01", BYTES(HEAD "\101ada\0\0\34\0\1"), DNS_FORMERR,
			0 },
		{ "a label of the kind 10", BYTES(HEAD "\201ada\0\0\34\0\1"), DNS_FORMERR,
			0 },
		{ "a byte left over", BYTES(HEAD ADA "x"), DNS_FORMERR, 1 },
		{ "an additional that is missing", BYTES(HEAD_AR ADA), DNS_FORMERR, 1 },
		{ "an additional that is no OPT",
			BYTES(HEAD_AR ADA "\0\0\372\0\377\0\0\0\0\0\0"), DNS_FORMERR, 1 },
		{ "an OPT with a name", BYTES(HEAD_AR ADA "\1x\0\0\51\20\0\0\0\0\0\0\0"),
			DNS_FORMERR, 1 },
		{ "an OPT under a label", BYTES(HEAD_AR ADA "\1\0\51\20\0\0\0\0\0\0\0"),
			DNS_FORMERR, 1 },
		{ "an OPT that was cut", BYTES(HEAD_AR ADA "\0\0\51\20\0\0\0\0\0\0"),
			DNS_FORMERR, 1 },
		{ "options that were cut",
			BYTES(HEAD_AR ADA "\0\0\51\20\0\0\0\0\0\0\4\0"), DNS_FORMERR, 1 },
		{ "an option that was cut",
			BYTES(HEAD_AR ADA "\0\0\51\20\0\0\0\0\0\0\5\0\12\0\2x"),
			DNS_FORMERR, 1 },
		{ "half an option", BYTES(HEAD_AR ADA "\0\0\51\20\0\0\0\0\0\0\2\0\12"),
			DNS_FORMERR, 1 },
		{ "a byte behind the OPT", BYTES(HEAD_AR ADA "\0\0\51\20\0\0\0\0\0\0\0x"),
			DNS_FORMERR, 1 },
		{ "another version", BYTES(HEAD_AR ADA "\0\0\51\20\0\0\1\0\0\0\0"),
			DNS_BADVERS, 1 },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct answered a = ask_bytes(rows[i].in, sizeof(answer));

		EXPECT_EQ(a.rcode, rows[i].rcode, rows[i].why);
		EXPECT_EQ(a.questions, rows[i].questions, rows[i].why);
		EXPECT_EQ(a.id, 0x0102, rows[i].why);
		EXPECT_EQ(a.answers + a.authorities, 0, rows[i].why);
		EXPECT_EQ(a.opt, rows[i].rcode == DNS_BADVERS, rows[i].why);
	}
}

TEST(a_name_may_have_255_bytes_and_no_more)
{
	char name[300];
	struct answered a;

	/* 63 + 1, three times, and what is left for 255 with the byte that closes it */
	memset(name, 'a', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	name[253] = '\0';
	a = ask(name, AAAA);
	EXPECT_EQ(a.rcode, DNS_REFUSED, "255 bytes are read, and not ours");
	EXPECT_EQ(a.question.len, 259, "and given back");
	name[253] = 'a';
	name[254] = '\0';
	EXPECT_EQ(ask(name, AAAA).rcode, DNS_FORMERR, "256 are not");
	for (size_t i = 0; i < 254; i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	name[253] = '\0';
	EXPECT_EQ(ask(name, AAAA).rcode, DNS_REFUSED, "127 labels are read");
}

TEST(a_label_has_at_most_63_bytes_whatever_follows)
{
	static const char head[] = "\1\2\1\0\0\1\0\0\0\0\0\0";

	for (size_t len = 63; len < 254; len++) {
		struct writer w = writer_of(packet, sizeof(packet));

		write_bytes(&w, bytes_of(head, sizeof(head) - 1));
		write_u8(&w, (uint8_t)len);
		for (size_t i = 0; i < len; i++)
			write_u8(&w, 'a');
		write_bytes(&w, BYTES("\0\0\34\0\1"));
		EXPECT_EQ(ask_bytes(writer_bytes(&w), sizeof(answer)).rcode,
			len == 63 ? DNS_REFUSED : DNS_FORMERR, "pointers and all others");
	}
}

TEST(names_are_answered_by_zone_and_type)
{
	static const struct {
		const char *name;
		uint16_t type;
		int rcode, answers, authorities;
		uint16_t record;
	} rows[] = {
		{ "ada.qanat", AAAA, DNS_NOERROR, 1, 0, AAAA },
		{ "ada.qanat", ANY, DNS_NOERROR, 1, 0, AAAA },
		{ "ada.qanat", A, DNS_NOERROR, 0, 1, SOA },
		{ "ada.qanat", HTTPS, DNS_NOERROR, 0, 1, SOA },
		{ "ada.qanat", MX, DNS_NOERROR, 0, 1, SOA },
		{ "ada.qanat", PTR, DNS_NOERROR, 0, 1, SOA },
		{ "ADA.QaNaT", AAAA, DNS_NOERROR, 1, 0, AAAA },
		{ "bob.qanat", AAAA, DNS_NXDOMAIN, 0, 1, SOA },
		{ "bob.qanat", A, DNS_NXDOMAIN, 0, 1, SOA },
		{ "_sip.qanat", AAAA, DNS_NXDOMAIN, 0, 1, SOA },
		{ "-ada.qanat", AAAA, DNS_NXDOMAIN, 0, 1, SOA },
		{ "ada-.qanat", AAAA, DNS_NXDOMAIN, 0, 1, SOA },
		{ "ad a.qanat", AAAA, DNS_NXDOMAIN, 0, 1, SOA },
		{ "ad\xc3\xa4.qanat", AAAA, DNS_NXDOMAIN, 0, 1, SOA },
		{ "www.ada.qanat", AAAA, DNS_NXDOMAIN, 0, 1, SOA },
		{ "ada.www.qanat", AAAA, DNS_NXDOMAIN, 0, 1, SOA },
		{ "qanat", SOA, DNS_NOERROR, 1, 0, SOA },
		{ "qanat", ANY, DNS_NOERROR, 1, 0, SOA },
		{ "qanat", AAAA, DNS_NOERROR, 0, 1, SOA },
		{ ada_reverse, PTR, DNS_NOERROR, 1, 0, PTR },
		{ ada_reverse, ANY, DNS_NOERROR, 1, 0, PTR },
		{ ada_reverse, AAAA, DNS_NOERROR, 0, 1, SOA },
		{ "0.3.2.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.1.7.d.f.ip6."
		  "arpa",
			PTR, DNS_NXDOMAIN, 0, 1, SOA },
		{ "0.f.3.2.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.1.7.d.f."
		  "ip6.arpa",
			PTR, DNS_NXDOMAIN, 0, 1, SOA },
		{ "d.c.b.a.1.7.d.f.ip6.arpa", PTR, DNS_NOERROR, 0, 1, SOA },
		{ "g.c.b.a.1.7.d.f.ip6.arpa", PTR, DNS_NXDOMAIN, 0, 1, SOA },
		{ "dc.b.a.1.7.d.f.ip6.arpa", PTR, DNS_NXDOMAIN, 0, 1, SOA },
		{ "1.7.D.F.IP6.ARPA", SOA, DNS_NOERROR, 1, 0, SOA },
		{ "1.7.d.f.ip6.arpa", PTR, DNS_NOERROR, 0, 1, SOA },
		{ "", AAAA, DNS_REFUSED, 0, 0, 0 },
		{ "example.org", AAAA, DNS_REFUSED, 0, 0, 0 },
		{ "ada", AAAA, DNS_REFUSED, 0, 0, 0 },
		{ "ada.qanats", AAAA, DNS_REFUSED, 0, 0, 0 },
		{ "ada.qana", AAAA, DNS_REFUSED, 0, 0, 0 },
		{ "qanat.org", AAAA, DNS_REFUSED, 0, 0, 0 },
		{ "adaqanat", AAAA, DNS_REFUSED, 0, 0, 0 },
		{ "7.d.f.ip6.arpa", PTR, DNS_REFUSED, 0, 0, 0 },
		{ "2.7.d.f.ip6.arpa", PTR, DNS_REFUSED, 0, 0, 0 },
		{ "1.0.0.127.in-addr.arpa", PTR, DNS_REFUSED, 0, 0, 0 },
		{ "ada.qanat", AXFR, DNS_REFUSED, 0, 0, 0 },
		{ "qanat", IXFR, DNS_REFUSED, 0, 0, 0 },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct answered a = ask(rows[i].name, rows[i].type);

		EXPECT_EQ(a.rcode, rows[i].rcode, rows[i].name);
		EXPECT_EQ(a.answers, rows[i].answers, rows[i].name);
		EXPECT_EQ(a.authorities, rows[i].authorities, rows[i].name);
		EXPECT_EQ(a.type, rows[i].record, rows[i].name);
		EXPECT_EQ((a.flags & FLAG_AA) != 0, rows[i].rcode != DNS_REFUSED,
			"who is the authority says so, and nobody else");
		EXPECT_EQ(a.flags & FLAG_RD, FLAG_RD, "the flag is given back");
		EXPECT(a.id == 0xbeef && !a.opt, "its id, and no EDNS unasked");
	}
}

TEST(another_class_is_refused)
{
	struct writer w = query_begin("ada.qanat", AAAA, 0);

	write_u16_at(&w, w.len - 2, CHAOS);
	EXPECT_EQ(ask_bytes(writer_bytes(&w), sizeof(answer)).rcode, DNS_REFUSED, "CH");
}

TEST(the_data_is_right)
{
	struct answered a = ask("ada.qanat", AAAA);

	EXPECT_BYTES(a.data, id_bytes(&ada_address), "the address");
	EXPECT_EQ(a.ttl_s, 30, "for so long");
	a = ask(ada_reverse, PTR);
	EXPECT_BYTES(a.data, bytes_of("\3ada\5qanat", 11), "the name");
	a = ask("bob.qanat", AAAA);
	EXPECT_EQ(a.ttl_s, DNS_TTL_MIN_S, "no is remembered shortly");
	EXPECT_BYTES(bytes_of(a.data.data, 2), BYTES("\300\20"),
		"the zone is said by the end of the question");
	EXPECT_EQ(a.data.len, 2 + sizeof("\6nobody\7invalid") + 20, "all of the SOA");
	a = ask("0.1.7.d.f.ip6.arpa", PTR);
	EXPECT_BYTES(bytes_of(a.data.data, 2), BYTES("\300\16"), "the other zone too");
}

TEST(the_question_goes_back_byte_by_byte)
{
	struct writer w = query_begin("aDa.QanAT", AAAA, 0);
	struct answered a = ask_bytes(writer_bytes(&w), sizeof(answer));

	EXPECT_BYTES(a.question, bytes_of(packet + 12, w.len - 12), "in its own case");
	EXPECT_EQ(a.answers, 1, "and is answered");
}

TEST(ttls_stay_in_their_bounds)
{
	static const uint32_t rows[][2] = { { 0, 5 }, { 5, 5 }, { 17, 17 }, { 30, 30 },
		{ 31, 30 }, { UINT32_MAX, 30 } };

	for (size_t i = 0; i < array_len(rows); i++) {
		struct writer w = query_begin("ada.qanat", AAAA, 0);
		struct dns_query q;
		struct dns_found f;

		EXPECT(dns_parse(&q, writer_bytes(&w)), "a query");
		f = look_up(&q);
		f.ttl_s = rows[i][0];
		answer_len = dns_answer(&q, &f, answer, sizeof(answer));
		EXPECT_EQ(answer_of(bytes_of(answer, answer_len)).ttl_s, rows[i][1],
			"held");
	}
}

TEST(the_largest_answer_is_small_enough_for_everybody)
{
	char name[256];

	memset(name, 'a', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	memcpy(name + 247, ".qanat", 7);
	{
		struct writer w = query_begin(name, AAAA, 1);
		struct answered a;

		write_opt(&w, 1232, 0, BYTES(""));
		a = ask_bytes(writer_bytes(&w), sizeof(answer));
		EXPECT(a.question.len == 259 && a.authorities == 1 && a.opt,
			"all is in it");
		EXPECT(answer_len <= DNS_ANSWER_MAX, "and it is small");
	}
}

TEST(edns_is_answered_with_edns_and_options_are_skipped)
{
	static const uint16_t sizes[] = { 0, 511, 512, 1232, 4096, 65535 };

	for (size_t i = 0; i < array_len(sizes); i++) {
		struct writer w = query_begin("ada.qanat", AAAA, 1);
		struct answered a;

		write_opt(&w, sizes[i], 0, BYTES("\0\12\0\10clientid\0\3\0\0"));
		a = ask_bytes(writer_bytes(&w), sizeof(answer));
		EXPECT(a.opt && a.answers == 1, "both are there");
		EXPECT_EQ(a.size, DNS_QUERY_MAX, "what we take ourselves");
	}
}

TEST(what_does_not_fit_is_left_out_and_marked)
{
	struct writer w = query_begin("ada.qanat", AAAA, 1);
	size_t whole;

	write_opt(&w, 1232, 0, BYTES(""));
	(void)ask_bytes(writer_bytes(&w), sizeof(answer));
	whole = answer_len;
	for (size_t room = 12; room <= whole; room++) {
		struct answered a = ask_bytes(writer_bytes(&w), room);

		EXPECT_EQ((a.flags & FLAG_TC) != 0, room < whole, "marked");
		EXPECT_EQ(a.answers, room == whole, "whole or not at all");
		EXPECT_EQ(a.questions, room >= 12 + 11 + 15, "the question if it fits");
		EXPECT_EQ(a.opt, room >= 12 + 11, "EDNS if it fits");
		EXPECT_EQ(a.rcode, DNS_NOERROR, "and what became of it");
	}
	for (size_t room = 0; room < 12; room++) {
		struct dns_query q;
		struct dns_found f = { 0 };

		EXPECT(dns_parse(&q, writer_bytes(&w)), "a query");
		EXPECT_EQ(dns_answer(&q, &f, answer, room), 0, "no room for a header");
	}
}
