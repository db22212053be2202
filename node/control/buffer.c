/* SPDX-License-Identifier: ISC */
/* The growing buffer. Its room doubles, so adding costs the same however long it is. */
#include "node/control/buffer.h"

#include "node/base/mem.h"
#include "node/base/text.h"

enum { FIRST_ROOM_BYTES = 512 };

void buffer_init(struct buffer *b, size_t limit_bytes)
{
	*b = (struct buffer){ .limit_bytes = limit_bytes };
}

void buffer_fini(struct buffer *b)
{
	mem_free(b->data);
	buffer_init(b, b->limit_bytes);
}

static void make_room(struct buffer *b, size_t needed)
{
	size_t room = b->room > 0 ? b->room : FIRST_ROOM_BYTES;

	if (needed <= b->room)
		return;
	while (room < needed)
		room = room > b->limit_bytes / 2 ? b->limit_bytes : room * 2;
	b->data = mem_resize(b->data, room, 1);
	b->room = room;
}

void buffer_add(struct buffer *b, struct bytes bytes)
{
	if (b->overflow || bytes.len > b->limit_bytes - b->len) {
		b->overflow = true;
		return;
	}
	if (bytes.len == 0)
		return;
	make_room(b, b->len + bytes.len);
	memcpy(b->data + b->len, bytes.data, bytes.len);
	b->len += bytes.len;
}

void buffer_add_string(struct buffer *b, const char *s)
{
	buffer_add(b, bytes_of_string(s));
}

void buffer_add_u64(struct buffer *b, uint64_t v)
{
	char digits[24];
	struct text t = text_of(digits, sizeof(digits));

	text_u64(&t, v);
	buffer_add(b, bytes_of(digits, t.len));
}

void buffer_cut(struct buffer *b, size_t len)
{
	check(len <= b->len);
	b->len = len;
	b->overflow = false;
}

void buffer_drop(struct buffer *b, size_t n)
{
	check(n <= b->len);
	if (n > 0 && n < b->len)
		memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
}
