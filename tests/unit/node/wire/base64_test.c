/* SPDX-License-Identifier: ISC */
#include "node/wire/base64.h"
#include "tests/test.h"

TEST(base64_matches_rfc_4648_without_padding)
{
	static const struct {
		const char *plain, *text;
	} rows[] = {
		{ "", "" },
		{ "f", "Zg" },
		{ "fo", "Zm8" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg" },
		{ "fooba", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "-_-_" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct bytes plain = bytes_of_string(rows[i].plain);
		struct bytes text = bytes_of_string(rows[i].text);
		char written[16];
		uint8_t read[16];
		size_t len;

		EXPECT_EQ(
			base64_length(plain.len), text.len, "the length is known before");
		base64_write(written, plain);
		EXPECT_BYTES(bytes_of(written, text.len), text, "it writes the vector");
		EXPECT(base64_parse(read, plain.len, &len, text),
			"it reads into exact room");
		EXPECT_BYTES(bytes_of(read, len), plain, "it reads the vector");
	}
}

TEST(base64_refuses_all_but_the_canonical_form)
{
	static const struct {
		const char *why, *text;
	} rows[] = {
		{ "one character alone", "Z" },
		{ "five characters", "Zm9vY" },
		{ "padding", "Zg==" },
		{ "the other alphabet's plus", "Zm+v" },
		{ "the other alphabet's slash", "Zm/v" },
		{ "white space", "Zm 9" },
		{ "bits that stand for nothing, of four", "Zh" },
		{ "bits that stand for nothing, of two", "Zm9" },
		{ "more than there is room for", "Zm9vZm9vZm9v" },
	};
	uint8_t out[8];
	size_t len;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!base64_parse(
			       out, sizeof(out), &len, bytes_of_string(rows[i].text)),
			rows[i].why);
	EXPECT(!base64_parse(out, sizeof(out), &len, BYTES("Zm\0v")), "a zero character");
}
