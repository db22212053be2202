/* SPDX-License-Identifier: ISC */
#include "node/core/care_wire.h"

#include "tests/test.h"

#define TOKEN "\0\0\0\0\0\0\0\7"

TEST(what_is_written_is_read_again)
{
	static uint8_t bytes[CARE_PIECE_SIZE];
	static const struct care_message rows[] = {
		{ .op = CARE_ASK, .token = 1, .bytes = { bytes, 1 } },
		{ .op = CARE_ASK, .token = 1, .bytes = { bytes, NODE_CARE_REQUEST_MAX } },
		{ .op = CARE_WORKING, .token = UINT64_MAX },
		{ .op = CARE_REFUSED, .token = 0, .why = 255 },
		{ .op = CARE_PIECE, .count = 1, .number = 0, .bytes = { bytes, 1 } },
		{ .op = CARE_PIECE,
			.count = CARE_PIECES_MAX,
			.number = 3,
			.bytes = { bytes, CARE_PIECE_SIZE } },
		{ .op = CARE_AGAIN, .again_count = 1, .again = { CARE_PIECES_MAX - 1 } },
		{ .op = CARE_AGAIN, .again_count = CARE_AGAIN_MAX, .again = { 5, 4, 3 } },
		{ .op = CARE_DONE, .token = 9 },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t room[CARE_SIZE_MAX];
		struct writer w = writer_of(room, sizeof(room));
		struct care_message m;

		care_write(&w, &rows[i]);
		EXPECT(!w.overflow && care_parse(&m, writer_bytes(&w)), "it is read");
		EXPECT(m.op == rows[i].op && m.token == rows[i].token &&
				m.why == rows[i].why && m.count == rows[i].count &&
				m.number == rows[i].number &&
				m.again_count == rows[i].again_count &&
				memcmp(m.again, rows[i].again, sizeof(m.again)) == 0,
			"and says the same");
		EXPECT_BYTES(m.bytes, rows[i].bytes, "byte for byte");
	}
}

TEST(what_is_no_message_of_care_is_refused)
{
	static const struct {
		const char *why;
		struct bytes body;
	} rows[] = {
		{ "nothing", BYTES("") },
		{ "half a token", BYTES("\1\0\0\0") },
		{ "no such op", BYTES("\6" TOKEN) },
		{ "an empty request", BYTES("\0" TOKEN) },
		{ "working, and more", BYTES("\1" TOKEN "x") },
		{ "refused without why", BYTES("\2" TOKEN) },
		{ "refused twice", BYTES("\2" TOKEN "\1\1") },
		{ "a piece without its numbers", BYTES("\3" TOKEN "\0\1\0") },
		{ "of no pieces", BYTES("\3" TOKEN "\0\0\0\0x") },
		{ "of more than an answer has", BYTES("\3" TOKEN "\4\1\0\0x") },
		{ "beyond the last", BYTES("\3" TOKEN "\0\1\0\1x") },
		{ "an empty one", BYTES("\3" TOKEN "\0\1\0\0") },
		{ "a short one in the middle", BYTES("\3" TOKEN "\0\2\0\0x") },
		{ "again of none", BYTES("\4" TOKEN) },
		{ "again of one and a half", BYTES("\4" TOKEN "\0\0\0") },
		{ "again of what no answer has", BYTES("\4" TOKEN "\4\0") },
		{ "done, and more", BYTES("\5" TOKEN "x") },
	};
	uint8_t long_one[CARE_SIZE_MAX + 1] = { CARE_ASK };
	struct care_message m;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!care_parse(&m, rows[i].body), rows[i].why);
	EXPECT(!care_parse(&m, bytes_of(long_one, 9 + NODE_CARE_REQUEST_MAX + 1)),
		"a request that is too long");
	long_one[0] = CARE_PIECE;
	long_one[10] = 1;
	EXPECT(!care_parse(&m, bytes_of(long_one, CARE_SIZE_MAX + 1)), "a piece as well");
	long_one[0] = CARE_AGAIN;
	EXPECT(!care_parse(&m, bytes_of(long_one, 9 + 2 * CARE_AGAIN_MAX + 2)),
		"again of too many");
}
