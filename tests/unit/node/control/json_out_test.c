/* SPDX-License-Identifier: ISC */
/* The JSON writer, judged by its own text and by libjansson. */
#include "node/control/json_out.h"

#include <jansson.h>

#include "node/base/text.h"
#include "tests/test.h"

/* Writes one text as the member "t" and gives the whole object. */
static struct bytes object_with(struct buffer *b, struct bytes text)
{
	struct json_out j;

	buffer_init(b, 1 << 20);
	j = json_out_of(b, "test");
	json_out_text(&j, "t", text);
	json_out_finish(&j);
	return buffer_bytes(b);
}

TEST(strings_are_escaped_as_the_table_says)
{
	static const struct {
		const char *why;
		struct bytes in, out;
	} rows[] = {
		{ "plain text stays", BYTES("hello"), BYTES("\"hello\"") },
		{ "empty is null", BYTES(""), BYTES("null") },
		{ "quote and backslash", BYTES("a\"b\\c"), BYTES("\"a\\\"b\\\\c\"") },
		{ "newline", BYTES("a\nb"), BYTES("\"a\\nb\"") },
		{ "a zero byte", BYTES("a\0b"), BYTES("\"a\\u0000b\"") },
		{ "escape", BYTES("\x1b[31m"), BYTES("\"\\u001b[31m\"") },
		{ "DEL", BYTES("\x7f"), BYTES("\"\\u007f\"") },
		{ "a C1 control in UTF-8", BYTES("\xc2\x9b"), BYTES("\"\\u009b\"") },
		{ "a bidi override", BYTES("\xe2\x80\xae"), BYTES("\"\\u202e\"") },
		{ "valid UTF-8 stays", BYTES("\xc3\xa9\xf0\x9f\x98\x80"),
			BYTES("\"\xc3\xa9\xf0\x9f\x98\x80\"") },
		{ "a lone byte", BYTES("a\xff"), BYTES("\"a\xef\xbf\xbd\"") },
		{ "a cut sequence", BYTES("\xe2\x80"),
			BYTES("\"\xef\xbf\xbd\xef\xbf\xbd\"") },
		{ "an overlong slash", BYTES("\xc0\xaf"),
			BYTES("\"\xef\xbf\xbd\xef\xbf\xbd\"") },
		{ "a surrogate", BYTES("\xed\xa0\x80"),
			BYTES("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"") },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		char expected[256];
		struct text t = text_of(expected, sizeof(expected));
		struct buffer b;

		text_string(&t, "{\"schema\":\"qanat.test/1\",\"t\":");
		text_chars(&t, (const char *)rows[i].out.data, rows[i].out.len);
		text_char(&t, '}');
		EXPECT_BYTES(object_with(&b, rows[i].in), bytes_of(expected, t.len),
			rows[i].why);
		buffer_fini(&b);
	}
}

TEST(any_bytes_become_json_that_a_reader_takes_and_a_terminal_bears)
{
	struct rng rng = test_rng();

	for (unsigned round = 0; round < 3000; round++) {
		uint8_t bytes[64];
		size_t len = rng_below(&rng, sizeof(bytes));
		struct buffer b;
		struct bytes made;
		json_t *o;

		rng_fill(&rng, bytes, len);
		made = object_with(&b, bytes_of(bytes, len));
		o = json_loadb((const char *)made.data, made.len, JSON_ALLOW_NUL, NULL);
		EXPECT(o != NULL, "libjansson reads it");
		json_decref(o);
		for (size_t i = 0; i < made.len;) {
			uint32_t code = 0;
			size_t n = text_utf8_length(made.data + i, made.len - i, &code);

			EXPECT(n > 0, "it is UTF-8");
			EXPECT(code == '\\' || text_is_safe(code),
				"nothing in it is obeyed");
			i += n;
		}
		buffer_fini(&b);
	}
}

static void number(struct buffer *b, struct known v, unsigned digits)
{
	struct json_out j;

	buffer_init(b, 1000);
	j = json_out_of(b, "n");
	buffer_cut(b, 0);
	j.more[0] = false;
	json_out_decimal(&j, "v", v, digits);
}

TEST(decimals_are_exact_and_short)
{
	static const struct {
		struct known v;
		unsigned digits;
		const char *out;
	} rows[] = {
		{ { false, 5 }, 6, "\"v\":null" },
		{ { true, 0 }, 6, "\"v\":0" },
		{ { true, 1 }, 6, "\"v\":0.000001" },
		{ { true, 1500000 }, 6, "\"v\":1.5" },
		{ { true, 2000000 }, 6, "\"v\":2" },
		{ { true, -1 }, 6, "\"v\":-0.000001" },
		{ { true, -1200000 }, 6, "\"v\":-1.2" },
		{ { true, 1234567 }, 0, "\"v\":1234567" },
		{ { true, INT64_MAX }, 0, "\"v\":9223372036854775807" },
		{ { true, INT64_MIN }, 0, "\"v\":-9223372036854775808" },
		{ { true, INT64_MIN }, 9, "\"v\":-9223372036.854775808" },
		{ { true, 999999999 }, 9, "\"v\":0.999999999" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct buffer b;

		number(&b, rows[i].v, rows[i].digits);
		EXPECT_BYTES(buffer_bytes(&b), bytes_of_string(rows[i].out), rows[i].out);
		buffer_fini(&b);
	}
}

TEST(times_are_iso_8601_in_utc)
{
	static const struct {
		int64_t unix_s;
		const char *out;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 951782399, "2000-02-28T23:59:59Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 951868800, "2000-03-01T00:00:00Z" },
		{ 1790000000, "2026-09-21T14:13:20Z" },
		{ 1709210096, "2024-02-29T12:34:56Z" },
		{ 4107542400, "2100-03-01T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ 253402300800, NULL },
		{ -1, NULL },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct buffer b;
		struct json_out j;
		json_t *o;

		buffer_init(&b, 1000);
		j = json_out_of(&b, "time");
		json_out_time(&j, "t", known(rows[i].unix_s));
		json_out_finish(&j);
		o = json_loadb((const char *)b.data, b.len, 0, NULL);
		EXPECT(o != NULL, "libjansson reads it");
		if (rows[i].out != NULL)
			EXPECT_STRING(json_string_value(json_object_get(o, "t")),
				rows[i].out, "the date is right");
		else
			EXPECT(json_is_null(json_object_get(o, "t")),
				"past the calendar is null");
		json_decref(o);
		buffer_fini(&b);
	}
}

TEST(what_stands_for_nothing_is_null)
{
	static const struct address no_address;
	static const struct node_id no_id;
	static const uint8_t no_mac[6];
	struct buffer b;
	struct json_out j;

	buffer_init(&b, 1000);
	j = json_out_of(&b, "x");
	json_out_array(&j, "a");
	json_out_address(&j, NULL, &no_address);
	json_out_hex(&j, NULL, id_bytes(&no_id));
	json_out_mac(&j, NULL, no_mac);
	json_out_string(&j, NULL, NULL);
	json_out_string(&j, NULL, "");
	json_out_known(&j, NULL, known_unless_negative(-1));
	json_out_seconds(&j, NULL, (struct known){ 0 });
	json_out_time(&j, NULL, (struct known){ 0 });
	json_out_close(&j);
	json_out_finish(&j);
	EXPECT_BYTES(buffer_bytes(&b),
		BYTES("{\"schema\":\"qanat.x/"
		      "1\",\"a\":[null,null,null,null,null,null,null,null]}"),
		"null, never 0 or empty");
	buffer_fini(&b);
}

TEST(values_of_each_kind_have_their_form)
{
	static const struct address a = { { 0xfd, 0x71, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 1 } };
	static const uint8_t mac[6] = { 2, 0, 0xab, 0, 0, 1 };
	struct buffer b;
	struct json_out j;

	buffer_init(&b, 1000);
	j = json_out_of(&b, "x");
	json_out_bool(&j, "b", true);
	json_out_u64(&j, "big", UINT64_MAX);
	json_out_address(&j, "a", &a);
	json_out_mac(&j, "m", mac);
	json_out_reason(&j, "r", BYTES("a\n"), BYTES("b"));
	json_out_reason(&j, "s", BYTES("a"), BYTES(""));
	json_out_object(&j, "o");
	json_out_close(&j);
	json_out_finish(&j);
	EXPECT_BYTES(buffer_bytes(&b),
		BYTES("{\"schema\":\"qanat.x/1\",\"b\":true,\"big\":9223372036854775807,"
		      "\"a\":\"fd71::1\",\"m\":\"02:00:ab:00:00:01\",\"r\":\"a\\n: b\","
		      "\"s\":\"a\",\"o\":{}}"),
		"each in its form");
	buffer_fini(&b);
}

TEST(a_writer_used_wrongly_ends_the_program)
{
	struct buffer b;
	struct json_out j;

	buffer_init(&b, 1000);
	j = json_out_of(&b, "x");
	EXPECT_CHECK(json_out_bool(&j, NULL, true), "an object wants a key");
	json_out_array(&j, "a");
	EXPECT_CHECK(json_out_bool(&j, "k", true), "an array wants none");
	EXPECT_CHECK(json_out_finish(&j), "what was opened must be closed");
	buffer_fini(&b);
}
