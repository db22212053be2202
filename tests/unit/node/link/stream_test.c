/* SPDX-License-Identifier: ISC */
#include "node/link/stream.h"

#include "node/base/rng.h"
#include "tests/test.h"

enum { RECORDS = 200, ALL_MAX = RECORDS * (2 + FRAME_MAX) };

static uint8_t all[ALL_MAX];

static void fill(uint8_t *at, size_t len, size_t number)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(number * 31 + i * 7);
}

/* Records of luck's lengths one behind the other. */
static size_t make(const struct rng *rng, size_t lengths[RECORDS])
{
	size_t len = 0;

	for (size_t i = 0; i < RECORDS; i++) {
		lengths[i] = i == 0 ? FRAME_HEADER_SIZE
			     : i == 1
				     ? FRAME_MAX
				     : FRAME_HEADER_SIZE +
					       rng_below(rng,
						       FRAME_MAX - FRAME_HEADER_SIZE + 1);
		all[len++] = (uint8_t)(lengths[i] >> 8);
		all[len++] = (uint8_t)lengths[i];
		fill(all + len, lengths[i], i);
		len += lengths[i];
	}
	return len;
}

TEST(records_come_out_as_they_went_in_however_they_were_cut)
{
	struct rng rng = test_rng();
	size_t lengths[RECORDS], len = make(&rng, lengths), at = 0, given = 0;
	static struct stream_in s;
	uint8_t expected[FRAME_MAX];

	memset(&s, 0, sizeof(s));
	while (at < len) {
		struct bytes record;
		uint8_t *to;
		size_t want = stream_want(&s, &to), n = 1 + rng_below(&rng, want);

		EXPECT(want > 0, "something is always wanted");
		n = n < len - at ? n : len - at;
		memcpy(to, all + at, n);
		at += n;
		if (stream_got(&s, n, &record) != STREAM_GIVEN)
			continue;
		EXPECT(given < RECORDS && record.len == lengths[given], "its length");
		fill(expected, record.len, given++);
		EXPECT_BYTES(record, bytes_of(expected, record.len), "its bytes");
	}
	EXPECT_EQ(given, RECORDS, "all of them");
	EXPECT(!stream_is_partial(&s), "and nothing is left");
}

TEST(a_length_that_no_record_has_is_refused_at_once)
{
	static const struct {
		const char *why;
		uint8_t length[2];
	} rows[] = { { "none", { 0, 0 } }, { "less than a header", { 0, 15 } },
		{ "more than a frame", { FRAME_MAX >> 8, (FRAME_MAX & 0xff) + 1 } },
		{ "as much as can be", { 255, 255 } }, { "text", { 'G', 'E' } } };
	static struct stream_in s;
	struct bytes record;
	uint8_t *to;

	for (size_t i = 0; i < array_len(rows); i++) {
		memset(&s, 0, sizeof(s));
		EXPECT_EQ(stream_want(&s, &to), 2, "first the length alone");
		*to = rows[i].length[0];
		EXPECT_EQ(stream_got(&s, 1, &record), STREAM_PARTIAL, "half of it");
		EXPECT(stream_is_partial(&s), "something has begun");
		EXPECT_EQ(stream_want(&s, &to), 1, "the other half");
		*to = rows[i].length[1];
		EXPECT_EQ(stream_got(&s, 1, &record), STREAM_BAD, rows[i].why);
	}
}

TEST(what_goes_out_is_what_was_put_in)
{
	struct rng rng = test_rng();
	size_t lengths[RECORDS], len = make(&rng, lengths), at = 0, put = 0, sent = 0;
	struct stream_out out = { 0 };
	uint8_t record[FRAME_MAX];

	EXPECT_EQ(stream_next(&out).len, 0, "nothing waits at first");
	while (sent < len) {
		struct bytes next;
		size_t n;

		while (put < RECORDS && rng_below(&rng, 4) != 0) {
			fill(record, lengths[put], put);
			if (!stream_put(&out, bytes_of(record, lengths[put]), false))
				break;
			put++;
		}
		next = stream_next(&out);
		n = next.len > 0 ? 1 + rng_below(&rng, next.len) : 0;
		EXPECT_BYTES(bytes_of(next.data, n), bytes_of(all + at, n), "the bytes");
		stream_sent(&out, n);
		at += n;
		sent += n;
	}
	stream_out_fini(&out);
}

TEST(a_full_queue_refuses_what_is_for_everybody_first)
{
	struct stream_out out = { 0 };
	uint8_t record[FRAME_MAX] = { 0 };
	size_t multicast = 0, unicast = 0;

	while (stream_put(&out, bytes_of(record, sizeof(record)), true))
		multicast++;
	EXPECT_EQ(multicast, STREAM_OUT_MULTICAST / (FRAME_MAX + 2), "half of it");
	while (stream_put(&out, bytes_of(record, sizeof(record)), false))
		unicast++;
	EXPECT_EQ(
		multicast + unicast, STREAM_OUT_MAX / (FRAME_MAX + 2), "then all of it");
	EXPECT(!stream_put(&out, bytes_of(record, FRAME_MAX), true), "and no more");
	stream_sent(&out, stream_next(&out).len);
	EXPECT(stream_put(&out, bytes_of(record, FRAME_MAX), true),
		"until some went out");
	stream_out_fini(&out);
}
