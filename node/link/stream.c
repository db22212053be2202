/* SPDX-License-Identifier: ISC */
/* One record at a time on the way in, a ring of bytes on the way out. */
#include "node/link/stream.h"

#include "node/base/mem.h"

static size_t length_of(const struct stream_in *s)
{
	return (size_t)s->bytes[0] << 8 | s->bytes[1];
}

size_t stream_want(struct stream_in *s, uint8_t **at)
{
	if (s->given)
		s->have = 0;
	s->given = false;
	*at = s->bytes + s->have;
	if (s->have < STREAM_HEADER_SIZE)
		return STREAM_HEADER_SIZE - s->have;
	return STREAM_HEADER_SIZE + length_of(s) - s->have;
}

enum stream_verdict stream_got(struct stream_in *s, size_t count, struct bytes *record)
{
	size_t len;

	s->have += count;
	check(s->have <= sizeof(s->bytes));
	if (s->have < STREAM_HEADER_SIZE)
		return STREAM_PARTIAL;
	len = length_of(s);
	if (len < FRAME_HEADER_SIZE || len > FRAME_MAX)
		return STREAM_BAD;
	if (s->have < STREAM_HEADER_SIZE + len)
		return STREAM_PARTIAL;
	s->given = true;
	*record = bytes_of(s->bytes + STREAM_HEADER_SIZE, len);
	return STREAM_GIVEN;
}

bool stream_is_partial(const struct stream_in *s)
{
	return s->have > 0 && !s->given;
}

void stream_out_fini(struct stream_out *s)
{
	mem_free(s->ring);
	*s = (struct stream_out){ 0 };
}

static void ring_add(struct stream_out *s, struct bytes b)
{
	size_t at = (s->first + s->len) % STREAM_OUT_MAX, run = STREAM_OUT_MAX - at;

	if (run > b.len)
		run = b.len;
	memcpy(s->ring + at, b.data, run);
	memcpy(s->ring, b.data + run, b.len - run);
	s->len += b.len;
}

bool stream_put(struct stream_out *s, struct bytes record, bool multicast)
{
	size_t room = multicast ? STREAM_OUT_MULTICAST : STREAM_OUT_MAX;
	uint8_t length[STREAM_HEADER_SIZE] = { (uint8_t)(record.len >> 8),
		(uint8_t)record.len };

	check(record.len >= FRAME_HEADER_SIZE && record.len <= FRAME_MAX);
	if (s->len + sizeof(length) + record.len > room)
		return false;
	if (s->ring == NULL)
		s->ring = mem_new(STREAM_OUT_MAX);
	ring_add(s, bytes_of(length, sizeof(length)));
	ring_add(s, record);
	return true;
}

struct bytes stream_next(const struct stream_out *s)
{
	size_t run = STREAM_OUT_MAX - s->first;

	return bytes_of(
		s->ring + (s->ring != NULL ? s->first : 0), run < s->len ? run : s->len);
}

void stream_sent(struct stream_out *s, size_t count)
{
	check(count <= s->len);
	s->first = (s->first + count) % STREAM_OUT_MAX;
	s->len -= count;
}
