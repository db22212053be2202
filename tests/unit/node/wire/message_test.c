/* SPDX-License-Identifier: ISC */
/* The envelope of messages: sizes by kind, lists, and all that is malformed. */
#include "node/wire/message.h"

#include "node/wire/frame.h"
#include "tests/test.h"

TEST(message_rules_are_complete)
{
	for (int k = 0; k < MESSAGE_KINDS; k++) {
		const struct message_rule *rule = &message_rules[k];

		EXPECT(rule->name != NULL && rule->name[0] != '\0', "a kind has a name");
		EXPECT(rule->min <= rule->max && rule->max <= FRAME_MAX,
			"and limits that can be");
		EXPECT(k == MESSAGE_PAD || rule->trust != 0,
			"and a place where it may arrive");
	}
}

TEST(message_lists_survive_writing_and_reading)
{
	struct rng rng = test_rng();

	for (int round = 0; round < 2000; round++) {
		static uint8_t body[FRAME_MAX], buf[FRAME_MAX];
		struct writer w =
			writer_of(buf, 100 + rng_below(&rng, sizeof(buf) - 100));
		struct {
			enum message_kind kind;
			size_t len;
		} put[64];
		size_t count = 0;
		struct message m;
		struct reader r;

		while (count < 64) {
			size_t before = w.len, len;
			enum message_kind k = (enum message_kind)(
				1 + rng_below(&rng, MESSAGE_KINDS - 1));
			const struct message_rule *rule = &message_rules[k];

			len = rule->min +
			      rng_below(&rng, (uint64_t)(rule->max - rule->min) + 1);
			if (rng_chance_ppm(&rng, 800000))
				len = rule->min;
			memset(body, (int)count, len);
			if (!message_write(&w, k, bytes_of(body, len))) {
				EXPECT(w.len == before && !w.overflow,
					"what does not fit leaves no trace");
				EXPECT(before + MESSAGE_HEADER_SIZE + len > w.room,
					"only what does not fit is refused");
				break;
			}
			put[count].kind = k;
			put[count].len = len;
			count++;
		}
		r = reader_of(writer_bytes(&w));
		for (size_t i = 0; i < count; i++) {
			EXPECT_EQ(message_read(&r, &m), MESSAGE_GIVEN, "each is read");
			EXPECT(m.kind == put[i].kind && m.body.len == put[i].len,
				"as it was");
			EXPECT(m.body.len == 0 || m.body.data[0] == (uint8_t)i,
				"in its order");
		}
		EXPECT_EQ(message_read(&r, &m), MESSAGE_NONE, "and then there is none");
		EXPECT_EQ(message_read(&r, &m), MESSAGE_NONE, "and none for good");
	}
}

TEST(message_sizes_are_held_by_kind)
{
	static uint8_t buf[FRAME_MAX + 16];

	for (int k = 1; k < MESSAGE_KINDS; k++)
		for (size_t len = 0; len <= FRAME_MAX + 1; len++) {
			bool allowed = len >= message_rules[k].min &&
				       len <= message_rules[k].max;
			struct writer w = writer_of(buf, sizeof(buf));
			struct message m;
			struct reader r;

			if (len > message_rules[k].min + 3u &&
				len + 3 < message_rules[k].max)
				continue;
			write_u8(&w, (uint8_t)k);
			write_u16(&w, (uint16_t)len);
			write_zeros(&w, len);
			r = reader_of(writer_bytes(&w));
			EXPECT_EQ(message_read(&r, &m),
				allowed ? MESSAGE_GIVEN : MESSAGE_BAD,
				"a kind has its sizes");
		}
}

TEST(message_read_refuses_what_is_malformed)
{
	static const struct {
		const char *why;
		struct bytes b;
		enum message_next next;
	} rows[] = {
		{ "nothing", BYTES(""), MESSAGE_NONE },
		{ "padding", BYTES("\0\1\2\3"), MESSAGE_NONE },
		{ "a kind alone", BYTES("\6"), MESSAGE_BAD },
		{ "half a length", BYTES("\6\0"), MESSAGE_BAD },
		{ "a probe", BYTES("\6\0\0"), MESSAGE_GIVEN },
		{ "a probe with a body", BYTES("\6\0\1x"), MESSAGE_BAD },
		{ "a body cut short", BYTES("\3\0\2x"), MESSAGE_BAD },
		{ "an unknown kind", BYTES("\20\0\1x"), MESSAGE_BAD },
		{ "the largest kind", BYTES("\377\0\1x"), MESSAGE_BAD },
		{ "the largest length", BYTES("\3\377\377x"), MESSAGE_BAD },
	};

	EXPECT_EQ(MESSAGE_KINDS, 16, "the rows know the kinds");
	for (size_t i = 0; i < array_len(rows); i++) {
		struct reader r = reader_of(rows[i].b);
		struct message m;

		EXPECT_EQ(message_read(&r, &m), rows[i].next, rows[i].why);
		if (rows[i].next == MESSAGE_BAD && !read_good(&r))
			EXPECT_EQ(message_read(&r, &m), MESSAGE_BAD, "and it stays bad");
	}
}

TEST(message_end_refuses_a_body_of_more_than_16_bits)
{
	static uint8_t buf[70000];
	struct writer w = writer_of(buf, sizeof(buf));
	size_t begun = message_begin(&w, MESSAGE_SYNC);

	write_zeros(&w, 65536);
	EXPECT(!message_end(&w, begun), "65536 bytes");
	EXPECT(w.len == 0 && !w.overflow, "leave no trace");
	begun = message_begin(&w, MESSAGE_SYNC);
	write_zeros(&w, 65535);
	EXPECT(message_end(&w, begun), "65535 bytes fit");
}
