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
		{ "no message", BYTES("\0") },
		{ "promises a number, brings none", BYTES("\10\1") },
		{ "packet TLVs longer than the packet", BYTES("\4\0\11\1\0") },
		{ "a malformed packet TLV", BYTES("\4\0\1\1\1\17\0\6\0\0") },
		{ "addresses of four bytes", BYTES("\0\1\3\0\6\0\0") },
		{ "a message shorter than it says", BYTES("\0\1\17\0\7\0\0") },
		{ "a message longer than it says", BYTES("\0\1\17\0\6\0\0\0") },
		{ "an originator cut off", BYTES("\0\1\217\0\10\1\2\3\4") },
		{ "TLVs longer than the message", BYTES("\0\1\17\0\6\0\1") },
	};
	struct rfc5444_packet p;

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

		while (rfc5444_block_next(&r, &b))
			;
		EXPECT(!read_ended(&r), rows[i].why);
	}
}

TEST(rfc5444_reads_heads_tails_and_prefixes)
{
	struct reader r = reader_of(BYTES("\2\250\2\375\161\14\1\2\3\4\200\100\0\0"));
	struct rfc5444_block b;
	struct address a;

	EXPECT(rfc5444_block_next(&r, &b) && read_ended(&r), "head, zero tail, prefixes");
	EXPECT_EQ(rfc5444_block_address(&b, 0, &a), 128, "the first prefix");
	EXPECT_BYTES(
		id_bytes(&a), BYTES("\375\161\1\2\0\0\0\0\0\0\0\0\0\0\0\0"), "first");
	EXPECT_EQ(rfc5444_block_address(&b, 1, &a), 64, "the second prefix");
	EXPECT_BYTES(
		id_bytes(&a), BYTES("\375\161\3\4\0\0\0\0\0\0\0\0\0\0\0\0"), "second");
	r = reader_of(BYTES("\2\100\17bbbbbbbbbbbbbbb\1\2\0\0"));
	EXPECT(rfc5444_block_next(&r, &b) && read_ended(&r), "a full tail");
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
		rfc5444_addresses_write(&w, in, count);
		rfc5444_tlvs_end(&w, rfc5444_tlvs_begin(&w));
		EXPECT(!w.overflow, "it fits");
		EXPECT(w.len <= 5 + 16 + (16 - (shared < 15 ? shared : 15)) * count,
			"what is shared is written once");
		r = reader_of(writer_bytes(&w));
		EXPECT(rfc5444_block_next(&r, &b) && read_ended(&r), "it can be read");
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

	EXPECT(rfc5444_packet_parse(&p, golden_bytes(&g)), "the whole is fine");
	for (size_t len = 0; len < g.len; len++)
		EXPECT(!rfc5444_packet_parse(&p, bytes_of(g.data, len)), "a part is not");
}
