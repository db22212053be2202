/* SPDX-License-Identifier: ISC */
#include "node/link/call.h"

#include "node/wire/frame.h"
#include "tests/test.h"

TEST(a_call_is_read_as_it_was_written)
{
	static const struct call rows[] = { { CALL_GREETING, 1, 0, false },
		{ CALL_KNOCK, UINT64_MAX, 0, false }, { CALL_KNOCK, 1, 0, true },
		{ CALL_TOKEN, 7, 1, false }, { CALL_TOKEN, 7, 1, true },
		{ CALL_SHOWN, 7, UINT64_MAX, true } };

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t room[CALL_FULL_SIZE];
		struct writer w = writer_of(room, sizeof(room));
		struct frame_header h;
		struct call c;

		call_write(&w, &rows[i]);
		EXPECT(!w.overflow, "it has its size");
		EXPECT(call_is(writer_bytes(&w)), "it is known by its first byte");
		EXPECT(!frame_header_parse(&h, writer_bytes(&w)), "and is no frame");
		EXPECT(call_parse(&c, writer_bytes(&w)), "it is read");
		EXPECT(c.kind == rows[i].kind && c.instance == rows[i].instance &&
				c.token == rows[i].token && c.full == rows[i].full,
			"and says the same");
	}
}

TEST(no_answer_to_a_stranger_is_larger_than_its_question)
{
	for (unsigned full = 0; full < 2; full++) {
		uint8_t room[2][CALL_FULL_SIZE];
		struct writer knock = writer_of(room[0], sizeof(room[0]));
		struct writer token = writer_of(room[1], sizeof(room[1]));
		struct call c;

		call_write(&knock, &(struct call){ CALL_KNOCK, 1, 0, full == 1 });
		call_write(&token, &(struct call){ CALL_TOKEN, 1, 2, full == 1 });
		EXPECT_EQ(token.len, knock.len, "a token is as long as a knock");
		EXPECT_EQ(knock.len, full ? CALL_FULL_SIZE : CALL_SIZE,
			"which has its size");
		knock.at[knock.len - 1] = 1;
		EXPECT(!call_parse(&c, writer_bytes(&knock)), "what fills it up is zero");
	}
}

TEST(what_is_no_call_is_refused)
{
#define HEAD(kind) kind "\0\0\0\0\0\0\0"
#define ONE        "\0\0\0\0\0\0\0\1"
#define NIL        "\0\0\0\0\0\0\0\0"
	static const struct {
		const char *why;
		struct bytes body;
	} rows[] = {
		{ "nothing", BYTES("") },
		{ "a frame", BYTES("\x15\0\0\0\0\0\0\0" ONE) },
		{ "a kind below", BYTES(HEAD("\xef") ONE) },
		{ "a kind above", BYTES(HEAD("\xf4") ONE ONE) },
		{ "something where zeros are", BYTES("\xf0\0\0\0\0\0\0\1" ONE) },
		{ "no instance", BYTES(HEAD("\xf0") NIL) },
		{ "a greeting with a token", BYTES(HEAD("\xf0") ONE ONE) },
		{ "a greeting cut short", BYTES(HEAD("\xf0") "\0\0\0") },
		{ "a knock without room for the answer", BYTES(HEAD("\xf1") ONE) },
		{ "a knock with a token", BYTES(HEAD("\xf1") ONE ONE) },
		{ "a token of zero", BYTES(HEAD("\xf2") ONE NIL) },
		{ "nothing shown", BYTES(HEAD("\xf3") ONE NIL) },
		{ "a byte too many", BYTES(HEAD("\xf3") ONE ONE "!") },
	};
	struct call c;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!call_parse(&c, rows[i].body), rows[i].why);
	EXPECT(!call_is(BYTES("")), "nothing is no call");
	EXPECT(!call_is(BYTES("\x15")), "nor is a frame");
}
