/* SPDX-License-Identifier: ISC */
/* Bounded text: always closed, cut when full, safe for a terminal. */
#include "node/base/text.h"

#include "tests/test.h"

TEST(text_is_always_closed_and_cut_when_full)
{
	for (size_t room = 1; room < 20; room++) {
		char buffer[21];
		struct text t;

		memset(buffer, 'X', sizeof(buffer));
		t = text_of(buffer, room);
		text_string(&t, "abc");
		text_char(&t, '-');
		text_u64(&t, 12345);
		EXPECT_EQ(strlen(buffer), room - 1 < 9 ? room - 1 : 9,
			"as much as there is room for");
		EXPECT(memcmp(buffer, "abc-12345", strlen(buffer)) == 0,
			"from the start");
		EXPECT_EQ(t.cut, room < 10, "cut is told");
		EXPECT_EQ(t.len, strlen(buffer), "the length is kept");
		EXPECT_EQ(buffer[room], 'X', "and nothing lies behind");
	}
	EXPECT_CHECK(text_of(NULL, 0), "no room at all is our mistake");
}

TEST(text_writes_numbers)
{
	char buffer[128];
	struct text t = text_of(buffer, sizeof(buffer));

	text_u64(&t, 0);
	text_char(&t, ' ');
	text_u64(&t, UINT64_MAX);
	text_char(&t, ' ');
	text_i64(&t, INT64_MIN);
	text_char(&t, ' ');
	text_i64(&t, INT64_MAX);
	text_char(&t, ' ');
	text_i64(&t, -1);
	EXPECT_STRING(buffer,
		"0 18446744073709551615 -9223372036854775808 9223372036854775807 -1",
		"from end to end");
}

TEST(text_writes_hex)
{
	char buffer[16];
	struct text t = text_of(buffer, sizeof(buffer));

	text_hex(&t, BYTES("\0\x0f\xf0\xff\x1a"));
	EXPECT_STRING(buffer, "000ff0ff1a", "two lower-case digits a byte");
}

/* 32 hex digits to 16 bytes. */
static void address_of_hex(const char *hex, uint8_t out[16])
{
	memset(out, 0, 16);
	for (unsigned i = 0; i < 32; i++)
		out[i / 2] =
			(uint8_t)(out[i / 2] << 4 |
				  (hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10));
}

TEST(text_writes_ipv6_addresses_as_rfc_5952_says)
{
	static const struct {
		const char *hex, *text;
	} rows[] = {
		/* section 1 and 2.1: leading zeros */
		{ "20010db8000000000001000000000001", "2001:db8::1:0:0:1" },
		{ "20010db8aaaabbbbccccddddeeee0001",
			"2001:db8:aaaa:bbbb:cccc:dddd:eeee:1" },
		/* section 4.2.1: as short as possible */
		{ "20010db8000000000000000000020001", "2001:db8::2:1" },
		/* section 4.2.2: one group is not shortened */
		{ "20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1" },
		/* section 4.2.3: the longest run, the first of equal ones */
		{ "20010000000000010000000000000001", "2001:0:0:1::1" },
		{ "20010db8000000000001000000000001", "2001:db8::1:0:0:1" },
		/* section 4.3: lower case */
		{ "20010db80000000000000000deadbeef", "2001:db8::dead:beef" },
		{ "00000000000000000000000000000000", "::" },
		{ "00000000000000000000000000000001", "::1" },
		{ "fe800000000000000000000000000000", "fe80::" },
		{ "00010002000300040005000600070000", "1:2:3:4:5:6:7:0" },
		{ "00000002000300040005000600070008", "0:2:3:4:5:6:7:8" },
		{ "00000000000300040005000600070008", "::3:4:5:6:7:8" },
		{ "00010002000300040005000600000000", "1:2:3:4:5:6::" },
		{ "fd71629362c02b92fc117e65bdae1431",
			"fd71:6293:62c0:2b92:fc11:7e65:bdae:1431" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t address[16];
		char buffer[48];
		struct text t = text_of(buffer, sizeof(buffer));

		address_of_hex(rows[i].hex, address);
		text_ipv6(&t, address);
		EXPECT_STRING(buffer, rows[i].text, "as the RFC writes it");
	}
}

TEST(text_escapes_what_could_harm_a_terminal)
{
	static const struct {
		const char *why;
		struct bytes in;
		const char *out;
	} rows[] = {
		{ "plain", BYTES("a b.c-9_~"), "a b.c-9_~" },
		{ "valid utf-8", BYTES("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
			"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "newline, tab, escape, nul", BYTES("\n\t\033[\0"),
			"\\x0a\\x09\\x1b[\\x00" },
		{ "DEL and backslash", BYTES("\x7f\\"), "\\x7f\\x5c" },
		{ "C1 control", BYTES("\xc2\x9b"), "\\xc2\\x9b" },
		{ "bidi override", BYTES("\xe2\x80\xae"), "\\xe2\\x80\\xae" },
		{ "bidi isolate", BYTES("\xe2\x81\xa6"), "\\xe2\\x81\\xa6" },
		{ "right-to-left mark", BYTES("\xe2\x80\x8f"), "\\xe2\\x80\\x8f" },
		{ "arabic letter mark", BYTES("\xd8\x9c"), "\\xd8\\x9c" },
		{ "line separator", BYTES("\xe2\x80\xa8"), "\\xe2\\x80\\xa8" },
		{ "continuation alone", BYTES("\x80z"), "\\x80z" },
		{ "sequence cut short", BYTES("\xe2\x82"), "\\xe2\\x82" },
		{ "sequence broken", BYTES("\xe2z\xac"), "\\xe2z\\xac" },
		{ "overlong slash", BYTES("\xc0\xaf"), "\\xc0\\xaf" },
		{ "overlong in three", BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf" },
		{ "a surrogate", BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80" },
		{ "beyond unicode", BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80" },
		{ "five bytes", BYTES("\xf8\x88\x80\x80\x80"),
			"\\xf8\\x88\\x80\\x80\\x80" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		char buffer[64];
		struct text t = text_of(buffer, sizeof(buffer));

		text_escaped(&t, rows[i].in);
		EXPECT_STRING(buffer, rows[i].out, rows[i].why);
	}
}

TEST(text_escaped_is_printable_for_any_bytes)
{
	struct rng rng = test_rng();

	for (int i = 0; i < 20000; i++) {
		uint8_t in[24];
		char buffer[128];
		struct text t = text_of(buffer, sizeof(buffer));
		size_t len = rng_below(&rng, sizeof(in) + 1), at = 0;

		rng_fill(&rng, in, len);
		text_escaped(&t, bytes_of(in, len));
		EXPECT(!t.cut, "four characters a byte are enough");
		while (at < t.len) {
			uint32_t code;
			size_t n = text_utf8_length(
				(const uint8_t *)buffer + at, t.len - at, &code);

			EXPECT(n > 0, "what comes out is valid UTF-8");
			EXPECT(code == '\\' || text_is_safe(code), "and harmless");
			at += n;
		}
	}
}
