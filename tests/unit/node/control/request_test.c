/* SPDX-License-Identifier: ISC */
/* The request codec: what it refuses, and that parse(write(x)) = x. */
#include "node/control/request.h"

#include <errno.h>

#include "node/base/mem.h"
#include "tests/test.h"

TEST(requests_are_refused_for_every_reason)
{
	static const struct {
		const char *why;
		struct bytes in;
		int err;
	} rows[] = {
		{ "empty", BYTES(""), -EPROTO },
		{ "another magic", BYTES("QNC2\0\1\0\6status"), -EPROTO },
		{ "no strings", BYTES("QNC1\0\0"), -EPROTO },
		{ "too many strings", BYTES("QNC1\0\101\0\6status"), -EPROTO },
		{ "cut in the head", BYTES("QNC1\0"), -EPROTO },
		{ "cut in a length", BYTES("QNC1\0\1\0"), -EPROTO },
		{ "cut in a string", BYTES("QNC1\0\1\0\6statu"), -EPROTO },
		{ "a byte too many", BYTES("QNC1\0\1\0\6status!"), -EPROTO },
		{ "unknown command", BYTES("QNC1\0\1\0\4fool"), -ENOSYS },
		{ "a command without a name", BYTES("QNC1\0\1\0\0"), -ENOSYS },
		{ "a command that is not sent", BYTES("QNC1\0\1\0\3top"), -ENOSYS },
		{ "required field missing", BYTES("QNC1\0\1\0\4ping"), -EINVAL },
		{ "required field empty", BYTES("QNC1\0\2\0\4ping\0\5node="), -EINVAL },
		{ "no equals sign", BYTES("QNC1\0\2\0\4ping\0\4node"), -EINVAL },
		{ "an empty argument", BYTES("QNC1\0\2\0\6status\0\0"), -EINVAL },
		{ "unknown field", BYTES("QNC1\0\2\0\6status\0\3x=1"), -EINVAL },
		{ "a field of another command", BYTES("QNC1\0\2\0\6status\0\6node=a"),
			-EINVAL },
		{ "a field twice", BYTES("QNC1\0\3\0\4ping\0\6node=a\0\6node=b"),
			-EINVAL },
		{ "a field for the program only", BYTES("QNC1\0\2\0\6status\0\7check=1"),
			-EINVAL },
		{ "another node is asked to write", BYTES("QNC1\0\2\0\5pause\0\4at=b"),
			-EINVAL },
		{ "no node is asked", BYTES("QNC1\0\2\0\6status\0\3at="), -EINVAL },
		{ "two nodes are asked", BYTES("QNC1\0\3\0\6status\0\4at=b\0\4at=c"),
			-EINVAL },
		{ "a zero byte in a text", BYTES("QNC1\0\2\0\4ping\0\10node=a\0b"),
			-EINVAL },
		{ "a relative directory", BYTES("QNC1\0\2\0\5share\0\5dir=x"), -EINVAL },
		{ "a number with a sign",
			BYTES("QNC1\0\3\0\4ping\0\6node=a\0\10count=+1"), -EINVAL },
		{ "a number with a zero before",
			BYTES("QNC1\0\3\0\4ping\0\6node=a\0\10count=01"), -EINVAL },
		{ "a number without digits",
			BYTES("QNC1\0\3\0\4ping\0\6node=a\0\6count="), -EINVAL },
		{ "a number below its bounds",
			BYTES("QNC1\0\3\0\4ping\0\6node=a\0\7count=0"), -EINVAL },
		{ "a number above its bounds",
			BYTES("QNC1\0\3\0\4ping\0\6node=a\0\14count=100001"), -EINVAL },
		{ "a number of many digits",
			BYTES("QNC1\0\3\0\4ping\0\6node=a\0\32count="
			      "99999999999999999999"),
			-EINVAL },
		{ "a flag that is not 1",
			BYTES("QNC1\0\3\0\4ping\0\6node=a\0\12progress=2"), -EINVAL },
		{ "an unknown role",
			BYTES("QNC1\0\3\0\6invite\0\10folder=a\0\11role=king"), -EINVAL },
	};
	struct request *r = mem_new(sizeof(*r));

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(request_parse(r, rows[i].in), rows[i].err, rows[i].why);
	mem_free(r);
}

TEST(texts_are_refused_when_longer_than_their_bounds)
{
	static uint8_t name[200];
	struct request *r = mem_new(sizeof(*r));

	memset(name, 'a', sizeof(name));
	request_init(r, COMMAND_PING);
	EXPECT(request_set(r, FIELD_NODE, bytes_of(name, 127)), "127 bytes fit");
	EXPECT(!request_set(r, FIELD_NODE, bytes_of(name, 128)), "128 do not");
	EXPECT_EQ(strlen(r->node), 127, "and change nothing");
	mem_free(r);
}

TEST(defaults_are_those_of_the_table)
{
	struct request *r = mem_new(sizeof(*r));

	EXPECT_EQ(request_parse(r, BYTES("QNC1\0\2\0\4ping\0\10node=bob")), 0,
		"it is whole");
	EXPECT_STRING(r->node, "bob", "the node");
	EXPECT_EQ(r->count, 4, "four echoes");
	EXPECT_EQ(r->interval_ms, 1000, "a second apart");
	EXPECT(!r->progress, "no progress asked for");
	EXPECT_EQ(request_parse(r, BYTES("QNC1\0\2\0\6invite\0\10folder=f")), 0,
		"it is whole");
	EXPECT_STRING(r->role, "writer", "a writer");
	EXPECT_EQ(r->uses, 1, "once");
	EXPECT_EQ(r->expires_ms, 604800000, "for seven days");
	EXPECT_EQ(request_parse(r, BYTES("QNC1\0\2\0\4wait\0\10folder=f")), 0,
		"it is whole");
	EXPECT_EQ(r->timeout_ms, 0, "for ever");
	mem_free(r);
}

static void random_value(const struct rng *rng, struct request *r, const struct param *p)
{
	char text[64];
	size_t len = 1 + rng_below(rng, p->max < 40 ? p->max : 40), choices = 0;
	struct bytes value = bytes_of(text, len);
	uint64_t v = p->min + rng_below(rng, p->max - p->min + 1);

	switch (p->kind) {
	case PARAM_TEXT:
		for (size_t i = 0; i < len; i++)
			text[i] = (char)(1 + rng_below(rng, 255));
		text[0] = '/';
		break;
	case PARAM_CHOICE:
		while (p->choices[choices] != NULL)
			choices++;
		value = bytes_of_string(p->choices[rng_below(rng, choices)]);
		break;
	case PARAM_FLAG:
		value = BYTES("1");
		break;
	case PARAM_NUMBER:
	case PARAM_DURATION:
		len = sizeof(text);
		do
			text[--len] = (char)('0' + v % 10);
		while ((v /= 10) > 0);
		value = bytes_of(text + len, sizeof(text) - len);
		break;
	}
	EXPECT(request_set(r, p->field, value), "a value within its bounds is taken");
}

static void expect_same(const struct request *a, const struct request *b)
{
	EXPECT_EQ(a->command, b->command, "the command");
	EXPECT_STRING(a->node, b->node, "the node");
	EXPECT_STRING(a->folder, b->folder, "the folder");
	EXPECT_STRING(a->dir, b->dir, "the directory");
	EXPECT_STRING(a->name, b->name, "the name");
	EXPECT_STRING(a->invite, b->invite, "the invite");
	EXPECT(a->role == b->role, "the role");
	EXPECT_EQ(a->uses, b->uses, "the uses");
	EXPECT_EQ(a->expires_ms, b->expires_ms, "how long it is valid");
	EXPECT_EQ(a->count, b->count, "the count");
	EXPECT_EQ(a->interval_ms, b->interval_ms, "the interval");
	EXPECT_EQ(a->duration_ms, b->duration_ms, "the duration");
	EXPECT_EQ(a->timeout_ms, b->timeout_ms, "the timeout");
	EXPECT_EQ(a->forget, b->forget, "forget");
	EXPECT_EQ(a->remove, b->remove, "remove");
	EXPECT_STRING(a->token, b->token, "the token");
	EXPECT_STRING(a->code, b->code, "the code");
	EXPECT_EQ(a->delegate, b->delegate, "delegate");
	EXPECT_EQ(a->pair, b->pair, "pair");
	EXPECT_EQ(a->progress, b->progress, "progress");
}

TEST(parse_of_write_is_the_same_request)
{
	struct rng rng = test_rng();
	struct request *a = mem_new(sizeof(*a)), *b = mem_new(sizeof(*b));
	uint8_t *bytes = mem_new(REQUEST_SIZE_MAX);

	for (unsigned round = 0; round < 2000; round++) {
		enum command c = (enum command)rng_below(&rng, COMMANDS);
		struct writer w = writer_of(bytes, REQUEST_SIZE_MAX);
		size_t size = 0;

		if ((command_rows[c].flags & COMMAND_LOCAL) != 0)
			continue;
		request_init(a, c);
		for (size_t i = 0; i < command_rows[c].param_count; i++) {
			const struct param *p = &command_rows[c].params[i];

			if (!command_field_is_local(p->field) &&
				(p->required || rng_chance_ppm(&rng, 500000)))
				random_value(&rng, a, p);
		}
		request_write(&w, a);
		EXPECT(!w.overflow, "it fits");
		EXPECT_EQ(request_measure(writer_bytes(&w), &size), REQUEST_WHOLE,
			"it is whole");
		EXPECT_EQ(size, w.len, "and just as long");
		EXPECT_EQ(request_parse(b, writer_bytes(&w)), 0, "it is understood");
		expect_same(a, b);
	}
	mem_free(a);
	mem_free(b);
	mem_free(bytes);
}

TEST(every_beginning_of_a_request_is_partial)
{
	static const uint8_t whole[] = "QNC1\0\2\0\4ping\0\10node=bob";
	size_t len = sizeof(whole) - 1, size = 0;

	for (size_t i = 0; i < len; i++)
		EXPECT_EQ(request_measure(bytes_of(whole, i), &size), REQUEST_PARTIAL,
			"more is waited for");
	EXPECT_EQ(request_measure(bytes_of(whole, len + 1), &size), REQUEST_WHOLE,
		"then whole");
	EXPECT_EQ(size, len, "whatever follows");
}

TEST(what_cannot_become_a_request_is_refused_at_once)
{
	static uint8_t large[REQUEST_SIZE_MAX + 8] = "QNC1\0\2\377\377";
	size_t size;

	EXPECT_EQ(request_measure(BYTES("G"), &size), REQUEST_BAD, "by its first byte");
	EXPECT_EQ(request_measure(BYTES("QNC1\377\377"), &size), REQUEST_BAD,
		"by its count");
	EXPECT_EQ(
		request_measure(BYTES("QNC1\0\0"), &size), REQUEST_BAD, "by no strings");
	EXPECT_EQ(request_measure(bytes_of(large, REQUEST_SIZE_MAX), &size), REQUEST_BAD,
		"by its size");
	large[6] = 0;
	large[7] = 1;
	EXPECT_EQ(request_measure(bytes_of(large, sizeof(large)), &size), REQUEST_WHOLE,
		"a small one with much behind it is whole");
}
