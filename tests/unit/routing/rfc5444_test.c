/* SPDX-License-Identifier: ISC */
#include "routing/rfc5444.h"

#include "tests/unit/routing/golden.h"

/* A message of type 1 without originator, with these TLVs and blocks after its header. */
#define MESSAGE(flags, size, rest) BYTES("\1" flags "\0" size rest)

TEST(rfc5444_refuses_malformed_packets)
{
	static const struct {
		const char *why;
		struct bytes packet;
	} rows[] = {
		{ "empty", BYTES("") },
		{ "another version", BYTES("\20\1\17\0\6\0\0") },
		{ "promises a number, brings none", BYTES("\10\1") },
		{ "packet TLVs longer than the packet", BYTES("\4\0\11\1\0") },
		{ "a malformed packet TLV", BYTES("\4\0\1\1\1\17\0\6\0\0") },
		{ "a message smaller than its header", BYTES("\0\1\17\0\3") },
		{ "a second message cut off", BYTES("\0\1\17\0\6\0\0\1\17\0") },
		{ "a malformed second message", BYTES("\0\1\17\0\6\0\0\1\17\0\6\0\1") },
		{ "a message shorter than it says", BYTES("\0\1\17\0\7\0\0") },
		{ "a message longer than it says", BYTES("\0\1\17\0\6\0\0\0") },
		{ "an originator cut off", BYTES("\0\1\217\0\10\1\2\3\4") },
		{ "TLVs longer than the message", BYTES("\0\1\17\0\6\0\1") },
		{ "an originator of four bytes cut off", BYTES("\0\1\203\0\7\1\2\3") },
		{ "a prefix longer than addresses of four bytes",
			BYTES("\0\1\3\0\17\0\0\1\20\12\0\0\1\41\0\0") },
	};
	struct rfc5444_packet p;
	struct rfc5444_message m;

	EXPECT(rfc5444_packet_parse(&p, BYTES("\0")), "no message is fine");
	EXPECT(!rfc5444_parse(&p, &m, BYTES("\0")), "but not one");
	EXPECT(!rfc5444_parse(&p, &m, BYTES("\0\1\17\0\6\0\0\1\17\0\6\0\0")),
		"nor are two");
	EXPECT(rfc5444_packet_parse(&p, BYTES("\0\1\17\0\6\0\0")), "the least is fine");
	EXPECT(rfc5444_packet_parse(&p, BYTES("\4\0\2\7\0\1\17\0\6\0\0")),
		"packet TLVs, too");
	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!rfc5444_packet_parse(&p, rows[i].packet), rows[i].why);
}

TEST(rfc5444_refuses_malformed_message_TLVs)
{
	static const struct {
		const char *why;
		struct bytes tlvs;
	} rows[] = {
		{ "half a TLV", BYTES("\1") },
		{ "an index where there are no addresses", BYTES("\1\100\0") },
		{ "a range where there are no addresses", BYTES("\1\40\0\0") },
		{ "many values where there are no addresses", BYTES("\1\24\1\0") },
		{ "a long length without a value", BYTES("\1\10\0\0") },
		{ "an extension that is not there", BYTES("\1\200") },
		{ "a length that is not there", BYTES("\1\20") },
		{ "a value cut off", BYTES("\1\20\2\7") },
		{ "a long value cut off", BYTES("\1\30\1\0\7") },
	};
	struct rfc5444_tlv t;

	for (size_t i = 0; i < array_len(rows); i++) {
		struct reader r = reader_of(rows[i].tlvs);

		while (rfc5444_tlv_next(&r, 0, &t))
			;
		EXPECT(!read_ended(&r), rows[i].why);
	}
}

TEST(rfc5444_refuses_malformed_address_TLVs)
{
	static const struct {
		const char *why;
		struct bytes tlvs;
	} rows[] = {
		{ "index and range at once", BYTES("\3\140\0\1") },
		{ "an index past the end", BYTES("\3\100\3") },
		{ "a range past the end", BYTES("\3\40\0\3") },
		{ "a range that runs backwards", BYTES("\3\40\2\1") },
		{ "many values for one index", BYTES("\3\124\0\1\0") },
		{ "many values without a value", BYTES("\3\4") },
		{ "a length that the values do not share", BYTES("\3\24\4\1\1\1\1") },
	};
	struct rfc5444_tlv t;
	struct reader r = reader_of(BYTES("\3\64\1\2\2\7\10"));

	EXPECT(rfc5444_tlv_next(&r, 3, &t) && read_ended(&r), "a value each is fine");
	EXPECT_BYTES(rfc5444_tlv_value(&t, 2), BYTES("\10"), "the second's value");
	for (size_t i = 0; i < array_len(rows); i++) {
		r = reader_of(rows[i].tlvs);
		while (rfc5444_tlv_next(&r, 3, &t))
			;
		EXPECT(!read_ended(&r), rows[i].why);
	}
}

TEST(rfc5444_refuses_malformed_address_blocks)
{
	static const struct {
		const char *why;
		struct bytes block;
	} rows[] = {
		{ "no address", BYTES("\0\0\0\0") },
		{ "cut after the count", BYTES("\1") },
		{ "full and zero tail", BYTES("\1\340\17aaaaaaaaaaaaaaa\1\0\0") },
		{ "both kinds of prefix", BYTES("\1\230\20aaaaaaaaaaaaaaaa\200\0\0") },
		{ "a head longer than an address",
			BYTES("\1\200\21aaaaaaaaaaaaaaaaa\0\0") },
		{ "head and tail longer", BYTES("\1\240\20aaaaaaaaaaaaaaaa\1\0\0") },
		{ "two addresses that are one", BYTES("\2\200\20aaaaaaaaaaaaaaaa\0\0") },
		{ "addresses cut off", BYTES("\2\200\17aaaaaaaaaaaaaaa\1") },
		{ "a prefix of 129 bits", BYTES("\1\220\20aaaaaaaaaaaaaaaa\201\0\0") },
		{ "prefixes cut off", BYTES("\2\210\17aaaaaaaaaaaaaaa\1\2\100") },
		{ "no TLV block", BYTES("\1\200\20aaaaaaaaaaaaaaaa") },
		{ "a malformed TLV", BYTES("\1\200\20aaaaaaaaaaaaaaaa\0\1\1") },
	};
	struct rfc5444_block b;

	for (size_t i = 0; i < array_len(rows); i++) {
		struct reader r = reader_of(rows[i].block);

		while (rfc5444_block_next(&r, 16, &b))
			;
		EXPECT(!read_ended(&r), rows[i].why);
	}
}

TEST(rfc5444_reads_heads_tails_and_prefixes)
{
	struct reader r = reader_of(BYTES("\2\250\2\375\161\14\1\2\3\4\200\100\0\0"));
	struct rfc5444_block b;
	struct address a;

	EXPECT(rfc5444_block_next(&r, 16, &b) && read_ended(&r),
		"head, zero tail, prefixes");
	EXPECT_EQ(rfc5444_block_address(&b, 0, &a), 128, "the first prefix");
	EXPECT_BYTES(
		id_bytes(&a), BYTES("\375\161\1\2\0\0\0\0\0\0\0\0\0\0\0\0"), "first");
	EXPECT_EQ(rfc5444_block_address(&b, 1, &a), 64, "the second prefix");
	EXPECT_BYTES(
		id_bytes(&a), BYTES("\375\161\3\4\0\0\0\0\0\0\0\0\0\0\0\0"), "second");
	r = reader_of(BYTES("\2\100\17bbbbbbbbbbbbbbb\1\2\0\0"));
	EXPECT(rfc5444_block_next(&r, 16, &b) && read_ended(&r), "a full tail");
	rfc5444_block_address(&b, 1, &a);
	EXPECT_BYTES(id_bytes(&a), BYTES("\2bbbbbbbbbbbbbbb"), "the mid stands first");
}

TEST(rfc5444_addresses_survive)
{
	struct rng rng = test_rng();

	for (unsigned round = 0; round < 2000; round++) {
		struct address in[20], out;
		unsigned count = 1 + (unsigned)rng_below(&rng, 20);
		size_t shared = rng_below(&rng, 17);
		uint8_t buffer[512];
		struct writer w = writer_of(buffer, sizeof(buffer));
		struct rfc5444_block b;
		struct reader r;

		rng_fill(&rng, in, sizeof(in));
		for (unsigned i = 1; i < count; i++)
			memcpy(in[i].b, in[0].b, shared);
		rfc5444_addresses_write(
			&w, &(struct rfc5444_addresses){
				    .size = 16, .count = count, .list = in });
		rfc5444_tlvs_end(&w, rfc5444_tlvs_begin(&w));
		EXPECT(!w.overflow, "it fits");
		EXPECT(w.len <= 5 + 16 + (16 - (shared < 15 ? shared : 15)) * count,
			"what is shared is written once");
		r = reader_of(writer_bytes(&w));
		EXPECT(rfc5444_block_next(&r, 16, &b) && read_ended(&r),
			"it can be read");
		EXPECT_EQ(b.count, count, "all of them");
		for (unsigned i = 0; i < count; i++) {
			rfc5444_block_address(&b, i, &out);
			EXPECT(id_equal(&out, &in[i]), "each as it was");
		}
	}
}

TEST(rfc5444_TLVs_survive)
{
	struct rng rng = test_rng();

	for (unsigned round = 0; round < 5000; round++) {
		uint8_t value[600], buffer[700];
		struct writer w = writer_of(buffer, sizeof(buffer));
		unsigned addresses = (unsigned)rng_below(&rng, 6);
		struct rfc5444_tlv in = { .type = (uint8_t)rng_below(&rng, 256),
			.extension = (uint8_t)rng_below(&rng, 2) },
				   out;
		struct reader r;

		if (addresses > 0)
			in.last = (uint8_t)rng_below(&rng, addresses);
		in.first = (uint8_t)rng_below(&rng, in.last + 1u);
		in.multi = in.first < in.last && rng_below(&rng, 2);
		rng_fill(&rng, value, sizeof(value));
		in.value = bytes_of(value, in.multi ? 50u * (in.last - in.first + 1u)
						    : rng_below(&rng, 600));
		rfc5444_tlv_write(&w, addresses, &in);
		r = reader_of(writer_bytes(&w));
		EXPECT(rfc5444_tlv_next(&r, addresses, &out) && read_ended(&r),
			"it can be read");
		EXPECT(out.type == in.type && out.extension == in.extension &&
				out.first == in.first && out.last == in.last &&
				out.multi == in.multi,
			"all of it as it was");
		EXPECT_BYTES(out.value, in.value, "the value, too");
	}
}

TEST(rfc5444_refuses_every_beginning_of_a_packet)
{
	struct golden g = golden_read("tc-signed");
	struct rfc5444_packet p;
	struct rfc5444_message m;

	EXPECT(rfc5444_parse(&p, &m, golden_bytes(&g)), "the whole is fine");
	for (size_t len = 0; len < g.len; len++)
		EXPECT(!rfc5444_parse(&p, &m, bytes_of(g.data, len)), "a part is not");
}

/* Addresses as an address block is made of, and what it is to look like. */
TEST(rfc5444_cuts_heads_and_tails_only_where_it_gets_shorter)
{
	static const uint8_t halves[] = { 16, 16 }, mixed[] = { 32, 24 };
	static const struct {
		const char *why;
		unsigned size, count;
		struct address list[3];
		const uint8_t *prefixes;
		struct bytes block;
	} rows[] = {
		{ "one address stands as it is", 4, 1, { { { 10, 0, 0, 1 } } }, NULL,
			BYTES("\1\0\12\0\0\1") },
		{ "its zeros at the end do not", 4, 1, { { { 10 } } }, NULL,
			BYTES("\1\40\3\12") },
		{ "a head", 4, 2, { { { 10, 0, 0, 1 } }, { { 10, 0, 0, 2 } } }, NULL,
			BYTES("\2\200\3\12\0\0\1\2") },
		{ "a full tail", 4, 2, { { { 10, 7, 7, 9 } }, { { 11, 7, 7, 9 } } }, NULL,
			BYTES("\2\100\3\7\7\11\12\13") },
		{ "no full tail of one byte for two", 4, 2,
			{ { { 1, 2, 3, 9 } }, { { 4, 5, 6, 9 } } }, NULL,
			BYTES("\2\0\1\2\3\11\4\5\6\11") },
		{ "a zero tail", 4, 2, { { { 10, 1 } }, { { 10, 2 } } }, NULL,
			BYTES("\2\240\1\12\2\1\2") },
		{ "a longer full tail than zeros", 4, 3,
			{ { { 1, 8, 8, 0 } }, { { 2, 8, 8, 0 } }, { { 3, 8, 8, 0 } } },
			NULL, BYTES("\3\100\3\10\10\0\1\2\3") },
		{ "the same address twice", 4, 2,
			{ { { 1, 2, 3, 4 } }, { { 1, 2, 3, 4 } } }, NULL,
			BYTES("\2\200\3\1\2\3\4\4") },
		{ "one prefix length", 4, 2, { { { 10, 1 } }, { { 10, 2 } } }, halves,
			BYTES("\2\260\1\12\2\1\2\20") },
		{ "one each", 4, 2, { { { 10, 1 } }, { { 10, 2 } } }, mixed,
			BYTES("\2\250\1\12\2\1\2\40\30") },
		{ "addresses of one byte", 1, 2, { { { 5 } }, { { 6 } } }, NULL,
			BYTES("\2\0\5\6") },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t out[64];
		struct writer w = writer_of(out, sizeof(out));

		rfc5444_addresses_write(
			&w, &(struct rfc5444_addresses){ rows[i].size, rows[i].count,
				    rows[i].list, rows[i].prefixes });
		EXPECT_BYTES(writer_bytes(&w), rows[i].block, rows[i].why);
	}
}

/* Any block: parse(write(x)) = x. */
TEST(rfc5444_blocks_of_every_size_survive)
{
	static struct address in[255];
	static uint8_t buffer[255 * 17 + 40];
	struct rng rng = test_rng();

	for (unsigned round = 0; round < 3000; round++) {
		unsigned size = 1 + (unsigned)rng_below(&rng, 16);
		unsigned most = round % 10 == 0 ? 255 : 12;
		unsigned count = 1 + (unsigned)rng_below(&rng, most);
		size_t head = rng_below(&rng, size + 1), tail = rng_below(&rng, size + 1);
		bool zero = rng_below(&rng, 2), same = rng_below(&rng, 2);
		struct writer w = writer_of(buffer, sizeof(buffer));
		uint8_t prefixes[255];
		struct rfc5444_addresses a = { size, count, in,
			rng_below(&rng, 3) ? prefixes : NULL };
		struct rfc5444_block b;
		struct address out;
		struct reader r;

		memset(in, 0, sizeof(in));
		for (unsigned i = 0; i < count; i++) {
			rng_fill(&rng, in[i].b, size);
			memcpy(in[i].b, in[0].b, head);
			if (zero)
				memset(in[i].b + size - tail, 0, tail);
			else
				memcpy(in[i].b + size - tail, in[0].b + size - tail,
					tail);
			prefixes[i] =
				(uint8_t)(same && i > 0 ? prefixes[0]
							: rng_below(&rng, 8 * size + 1));
		}
		rfc5444_addresses_write(&w, &a);
		rfc5444_tlvs_end(&w, rfc5444_tlvs_begin(&w));
		EXPECT(!w.overflow && w.len <= 4 + count * (size + 1),
			"never longer than uncut");
		r = reader_of(writer_bytes(&w));
		EXPECT(rfc5444_block_next(&r, size, &b) && read_ended(&r),
			"it can be read");
		EXPECT_EQ(b.count, count, "all of them");
		for (unsigned i = 0; i < count; i++) {
			unsigned bits = rfc5444_block_address(&b, i, &out);

			EXPECT(id_equal(&out, &in[i]), "each as it was");
			EXPECT_EQ(
				bits, a.prefixes ? prefixes[i] : 8 * size, "its prefix");
		}
	}
}

static void write_message(
	struct writer *w, const struct rfc5444_message *m, const struct address *a)
{
	size_t begun = rfc5444_message_begin(w, m), tlvs = rfc5444_tlvs_begin(w);

	rfc5444_tlv_write(w, 0, &(struct rfc5444_tlv){ .type = 7 });
	rfc5444_tlvs_end(w, tlvs);
	rfc5444_addresses_write(
		w, &(struct rfc5444_addresses){ .size = m->address_size, 1, a });
	rfc5444_tlvs_end(w, rfc5444_tlvs_begin(w));
	rfc5444_message_end(w, begun);
}

TEST(rfc5444_packets_of_any_number_of_messages_survive)
{
	struct rng rng = test_rng();

	for (unsigned round = 0; round < 500; round++) {
		unsigned count = (unsigned)rng_below(&rng, 5);
		struct rfc5444_packet in = { .numbered = rng_below(&rng, 2),
			.has_tlvs = rng_below(&rng, 2) },
				      out;
		struct rfc5444_message ms[5], m;
		struct address a[5] = { 0 };
		uint8_t buffer[600];
		struct writer w = writer_of(buffer, sizeof(buffer));
		struct rfc5444_block b;
		struct reader r;

		memset(ms, 0, sizeof(ms));
		in.number = in.numbered ? (uint16_t)rng_below(&rng, 65536) : 0;
		in.tlvs = in.has_tlvs ? BYTES("\10\20\1\2") : BYTES("");
		rfc5444_packet_write(&w, &in);
		for (unsigned i = 0; i < count; i++) {
			ms[i].type = (uint8_t)rng_below(&rng, 256);
			ms[i].address_size = (uint8_t)(1 + rng_below(&rng, 16));
			ms[i].has_originator = rng_below(&rng, 2);
			ms[i].has_hop_limit = rng_below(&rng, 2);
			ms[i].has_hop_count = rng_below(&rng, 2);
			ms[i].numbered = rng_below(&rng, 2);
			rng_fill(&rng, a[i].b, ms[i].address_size);
			if (ms[i].has_originator)
				ms[i].originator = a[i];
			write_message(&w, &ms[i], &a[i]);
		}
		EXPECT(rfc5444_packet_parse(&out, writer_bytes(&w)), "it can be read");
		EXPECT(out.numbered == in.numbered && out.number == in.number &&
				out.has_tlvs == in.has_tlvs,
			"the packet as it was");
		EXPECT_BYTES(out.tlvs, in.tlvs, "its TLVs, too");
		r = reader_of(out.messages);
		for (unsigned i = 0; i < count; i++) {
			struct address got;

			EXPECT(rfc5444_message_next(&r, &m), "a message more");
			EXPECT(m.type == ms[i].type &&
					m.address_size == ms[i].address_size &&
					m.has_originator == ms[i].has_originator &&
					m.has_hop_limit == ms[i].has_hop_limit &&
					m.has_hop_count == ms[i].has_hop_count &&
					m.numbered == ms[i].numbered,
				"as it was");
			EXPECT(id_equal(&m.originator, &ms[i].originator), "by whom");
			struct reader blocks = reader_of(m.blocks);

			EXPECT(rfc5444_block_next(&blocks, m.address_size, &b),
				"its block");
			rfc5444_block_address(&b, 0, &got);
			EXPECT(id_equal(&got, &a[i]), "and address");
		}
		EXPECT(!rfc5444_message_next(&r, &m) && read_ended(&r), "and no more");
	}
}

/* tests/golden/packetbb/ipv4.hex: two messages of IPv4 and packet TLVs, all kinds of TLVs. */
TEST(rfc5444_reads_a_packet_of_IPv4_that_was_written_by_hand)
{
	struct golden g = golden_read("ipv4");
	struct rfc5444_packet p;
	struct rfc5444_message m;
	struct rfc5444_block b;
	struct rfc5444_tlv t;
	struct reader r, inside;
	struct address a;

	EXPECT(rfc5444_packet_parse(&p, golden_bytes(&g)), "it is well-formed");
	EXPECT_EQ(p.number, 0x1234, "its number");
	EXPECT_EQ(p.tlvs.len, 5, "its TLV");
	r = reader_of(p.messages);
	EXPECT(rfc5444_message_next(&r, &m) && m.type == RFC5444_HELLO, "a HELLO");
	EXPECT_EQ(m.address_size, 4, "of IPv4");
	EXPECT(m.originator.b[0] == 10 && m.originator.b[3] == 1, "its originator");
	inside = reader_of(m.blocks);
	EXPECT(rfc5444_block_next(&inside, 4, &b) && b.count == 3, "three addresses");
	EXPECT_EQ(rfc5444_block_address(&b, 2, &a), 32, "whole ones");
	EXPECT(a.b[0] == 10 && a.b[3] == 3, "the last of them");
	inside = reader_of(b.tlvs);
	EXPECT(rfc5444_tlv_next(&inside, 3, &t) && t.type == TLV_LOCAL_IF &&
			t.first == 0 && t.last == 0,
		"one index");
	EXPECT(rfc5444_tlv_next(&inside, 3, &t) && t.first == 1 && t.last == 2 && t.multi,
		"a range with a value each");
	EXPECT_BYTES(rfc5444_tlv_value(&t, 2), BYTES("\2"), "heard");
	EXPECT(rfc5444_message_next(&r, &m) && m.type == RFC5444_TC, "and a TC");
	EXPECT(m.hop_limit == 255 && m.hop_count == 0, "with hops");
	inside = reader_of(m.blocks);
	EXPECT(rfc5444_block_next(&inside, 4, &b) && b.count == 1, "a neighbour");
	EXPECT(rfc5444_block_next(&inside, 4, &b) && b.count == 2, "and networks");
	EXPECT_EQ(rfc5444_block_address(&b, 0, &a), 0, "all of IPv4");
	EXPECT_EQ(rfc5444_block_address(&b, 1, &a), 24, "and a part");
	EXPECT(!rfc5444_message_next(&r, &m) && read_ended(&r), "and no more");
}
