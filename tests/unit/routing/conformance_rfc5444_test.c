/* SPDX-License-Identifier: ISC */
/*
 * What RFC 5444 says MUST be, section by section; packets are octal of its grammar. Where we
 * are stricter on purpose the case says so.
 */
#include "routing/rfc5444.h"
#include "tests/test.h"

struct row {
	const char *why;
	bool fine;
	struct bytes packet;
};

static void judge(const struct row *rows, size_t count)
{
	struct rfc5444_packet p;

	for (size_t i = 0; i < count; i++)
		EXPECT(rfc5444_packet_parse(&p, rows[i].packet) == rows[i].fine,
			rows[i].why);
}

/* A packet of one message of type 9 with addresses of 4 bytes, size bytes long, in which these
 * blocks of addresses stand. */
#define BLOCKS(size, rest) BYTES("\0\11\3\0" size "\0\0" rest)

TEST(rfc5444_5_1_version_is_0_and_the_rest_follows_the_flags)
{
	static const struct row rows[] = {
		{ "version 0", true, BYTES("\0") },
		{ "version 1", false, BYTES("\20") },
		{ "version 15", false, BYTES("\360") },
		{ "a reserved flag is not looked at", true, BYTES("\3") },
		{ "a number", true, BYTES("\10\0\1") },
		{ "half a number", false, BYTES("\10\0") },
		{ "an empty TLV block", true, BYTES("\4\0\0") },
		{ "a TLV block that ends early", false, BYTES("\4\0\2\1") },
		{ "number before TLVs", true, BYTES("\14\0\1\0\2\1\0") },
	};

	judge(rows, array_len(rows));
}

TEST(rfc5444_5_1_a_packet_holds_any_number_of_messages)
{
	static const struct row rows[] = {
		{ "none", true, BYTES("\0") },
		{ "one", true, BYTES("\0\11\3\0\6\0\0") },
		{ "two of two families", true, BYTES("\0\11\3\0\6\0\0\12\17\0\6\0\0") },
		{ "a byte after the last", false, BYTES("\0\11\3\0\6\0\0\12") },
	};

	judge(rows, array_len(rows));
}

TEST(rfc5444_5_2_message_size_counts_the_header_and_all_that_follows)
{
	static const struct row rows[] = {
		{ "as long as it is", true, BYTES("\0\11\3\0\6\0\0") },
		{ "shorter than its header", false, BYTES("\0\11\3\0\3\0\0") },
		{ "without room for its TLV block", false, BYTES("\0\11\3\0\4") },
		{ "longer than the packet", false, BYTES("\0\11\3\0\7\0\0") },
		{ "not as long as its TLVs", false, BYTES("\0\11\3\0\6\0\2\1\0") },
	};

	judge(rows, array_len(rows));
}

TEST(rfc5444_5_2_header_fields_stand_in_their_order)
{
	struct rfc5444_packet p;
	struct rfc5444_message m;

	EXPECT(rfc5444_parse(&p, &m, BYTES("\0\11\363\0\16\12\0\0\1\5\2\1\3\0\0")),
		"all of them");
	EXPECT(m.originator.b[0] == 10 && m.originator.b[3] == 1, "the originator");
	EXPECT_EQ(m.hop_limit, 5, "then the hop limit");
	EXPECT_EQ(m.hop_count, 2, "then the hop count");
	EXPECT_EQ(m.number, 0x0103, "then the number");
	EXPECT(rfc5444_parse(&p, &m, BYTES("\0\11\123\0\11\5\1\3\0\0")), "two of them");
	EXPECT(!m.has_originator && m.hop_limit == 5 && !m.has_hop_count &&
			m.number == 0x0103,
		"those that the flags promise");
}

TEST(rfc5444_5_2_every_address_of_a_message_has_its_length)
{
	static const struct row rows[] = {
		{ "one byte", true, BYTES("\0\11\0\0\13\0\0\1\0\7\0\0") },
		{ "sixteen bytes", true,
			BYTES("\0\11\17\0\32\0\0\1\0aaaaaaaaaaaaaaaa\0\0") },
		{ "four where sixteen are told", false,
			BYTES("\0\11\17\0\16\0\0\1\0aaaa\0\0") },
	};

	judge(rows, array_len(rows));
}

TEST(rfc5444_5_3_no_block_is_empty)
{
	static const struct row rows[] = {
		{ "an address", true, BLOCKS("\16", "\1\0aaaa\0\0") },
		{ "no address", false, BLOCKS("\12", "\0\0\0\0") },
		{ "no address, but a head", false, BLOCKS("\14", "\0\200\1a\0\0") },
	};

	judge(rows, array_len(rows));
}

TEST(rfc5444_5_3_a_tail_is_full_or_zero_and_prefixes_are_one_or_many)
{
	static const struct row rows[] = {
		{ "a full tail", true, BLOCKS("\17", "\1\100\1aaaa\0\0") },
		{ "a zero tail", true, BLOCKS("\16", "\1\40\1aaa\0\0") },
		{ "both", false, BLOCKS("\17", "\1\140\1aaaa\0\0") },
		{ "one prefix length", true, BLOCKS("\17", "\1\20aaaa\30\0\0") },
		{ "one for each", true, BLOCKS("\17", "\1\10aaaa\30\0\0") },
		{ "both", false, BLOCKS("\17", "\1\30aaaa\30\0\0") },
		{ "reserved flags are not looked at", true,
			BLOCKS("\16", "\1\7aaaa\0\0") },
	};

	judge(rows, array_len(rows));
}

TEST(rfc5444_5_3_head_and_tail_fit_into_an_address)
{
	static const struct row rows[] = {
		{ "together all of it", true, BLOCKS("\20", "\1\300\2aa\2aa\0\0") },
		{ "a head longer than an address", false,
			BLOCKS("\20", "\1\200\5aaaaa\0\0") },
		{ "together longer", false, BLOCKS("\21", "\1\300\3aaa\2aa\0\0") },
		{ "a zero tail longer", false, BLOCKS("\13", "\1\40\5\0\0") },
		{ "two addresses that can only be the same (stricter on purpose)", false,
			BLOCKS("\17", "\2\200\4aaaa\0\0") },
	};

	judge(rows, array_len(rows));
}

TEST(rfc5444_5_3_a_prefix_is_no_longer_than_an_address)
{
	static const struct row rows[] = {
		{ "of no bits", true, BLOCKS("\17", "\1\20aaaa\0\0\0") },
		{ "of 32 bits", true, BLOCKS("\17", "\1\20aaaa\40\0\0") },
		{ "of 33 bits", false, BLOCKS("\17", "\1\20aaaa\41\0\0") },
		{ "the second of 33 bits", false,
			BLOCKS("\23", "\2\210\3aaabc\40\41\0\0") },
	};

	judge(rows, array_len(rows));
}

TEST(rfc5444_5_3_without_prefix_lengths_all_bits_count)
{
	struct reader r = reader_of(BYTES("\1\0aaaa\0\0"));
	struct rfc5444_block b;
	struct address a;

	EXPECT(rfc5444_block_next(&r, 4, &b), "a block");
	EXPECT_EQ(rfc5444_block_address(&b, 0, &a), 32, "of 4 bytes");
	r = reader_of(BYTES("\1\0aaaaaaaaaaaaaaaa\0\0"));
	EXPECT(rfc5444_block_next(&r, 16, &b), "a block");
	EXPECT_EQ(rfc5444_block_address(&b, 0, &a), 128, "of 16 bytes");
}

/* Message TLVs, then TLVs of three addresses. */
static bool takes(unsigned addresses, struct bytes tlvs)
{
	struct reader r = reader_of(tlvs);
	struct rfc5444_tlv t;

	while (rfc5444_tlv_next(&r, addresses, &t))
		;
	return read_ended(&r);
}

TEST(rfc5444_5_4_1_flags_of_a_TLV_contradict_nothing)
{
	static const struct {
		const char *why;
		unsigned addresses;
		bool fine;
		struct bytes tlvs;
	} rows[] = {
		{ "one index and a range", 3, false, BYTES("\1\140\0\1") },
		{ "a two-octet length without a value", 3, false, BYTES("\1\10") },
		{ "many values without a value", 3, false, BYTES("\1\4") },
		{ "many values for one index", 3, false, BYTES("\1\124\0\2\1\1") },
		{ "an index in a message TLV", 0, false, BYTES("\1\100\0") },
		{ "a range in a message TLV", 0, false, BYTES("\1\40\0\0") },
		{ "many values in a message TLV", 0, false, BYTES("\1\24\1\1") },
		{ "reserved flags are not looked at", 0, true, BYTES("\1\3") },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(takes(rows[i].addresses, rows[i].tlvs) == rows[i].fine,
			rows[i].why);
}

TEST(rfc5444_5_4_1_indices_run_forwards_and_stay_in_the_block)
{
	static const struct {
		const char *why;
		bool fine;
		struct bytes tlvs;
	} rows[] = {
		{ "the last", true, BYTES("\1\100\2") },
		{ "one past the last", false, BYTES("\1\100\3") },
		{ "a range of one", true, BYTES("\1\40\1\1") },
		{ "all", true, BYTES("\1\40\0\2") },
		{ "backwards", false, BYTES("\1\40\2\1") },
		{ "past the last", false, BYTES("\1\40\0\3") },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(takes(3, rows[i].tlvs) == rows[i].fine, rows[i].why);
}

TEST(rfc5444_5_4_1_without_indices_a_TLV_is_about_all_addresses)
{
	struct reader r = reader_of(BYTES("\1\20\1\7"));
	struct rfc5444_tlv t;

	EXPECT(rfc5444_tlv_next(&r, 3, &t) && t.first == 0 && t.last == 2, "all three");
	EXPECT_BYTES(rfc5444_tlv_value(&t, 2), BYTES("\7"), "the same value for each");
}

TEST(rfc5444_5_4_1_many_values_share_the_length)
{
	struct reader r = reader_of(BYTES("\1\64\0\2\6\1\2\3\4\5\6"));
	struct rfc5444_tlv t;

	EXPECT(rfc5444_tlv_next(&r, 3, &t) && t.multi, "six bytes for three");
	EXPECT_BYTES(rfc5444_tlv_value(&t, 1), BYTES("\3\4"), "are two for each");
	EXPECT(!takes(3, BYTES("\1\64\0\2\5\1\2\3\4\5")), "five cannot be shared");
	EXPECT(takes(3, BYTES("\1\64\0\2\0")), "nothing can");
}

TEST(rfc5444_5_4_1_a_type_extension_that_is_not_there_is_0)
{
	struct reader r = reader_of(BYTES("\1\0\1\200\5"));
	struct rfc5444_tlv t;

	EXPECT(rfc5444_tlv_next(&r, 0, &t) && t.extension == 0, "none");
	EXPECT(rfc5444_tlv_next(&r, 0, &t) && t.extension == 5, "one");
}

TEST(rfc5444_5_4_1_two_octets_tell_long_values)
{
	static uint8_t tlv[4 + 300] = { 1, 0x18, 1, 44 };
	struct reader r = reader_of(bytes_of(tlv, sizeof(tlv)));
	struct rfc5444_tlv t;

	EXPECT(rfc5444_tlv_next(&r, 0, &t) && t.value.len == 300, "300 bytes");
	EXPECT(!takes(0, bytes_of(tlv, sizeof(tlv) - 1)), "and not one less");
}

TEST(rfc5444_5_5_what_is_malformed_anywhere_makes_the_packet_so)
{
	static const struct row rows[] = {
		{ "the second block", false, BLOCKS("\24", "\1\0aaaa\0\0\1\0bbb\0\0") },
		{ "the TLV of a second message", false,
			BYTES("\0\11\3\0\6\0\0\11\3\0\7\0\1\1") },
		{ "a packet TLV", false, BYTES("\4\0\2\1\20\11\3\0\6\0\0") },
	};

	judge(rows, array_len(rows));
}
