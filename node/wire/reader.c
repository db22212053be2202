/* SPDX-License-Identifier: ISC */
/* The cursor reader. Every other read goes through read_bytes, which holds the one check. */
#include "node/wire/reader.h"

struct reader reader_of(struct bytes b)
{
	return (struct reader){ b.data, b.len, false };
}

struct bytes read_bytes(struct reader *r, size_t n)
{
	struct bytes b = { r->at, n };

	if (r->failed || n > r->left) {
		r->failed = true;
		r->left = 0;
		return bytes_of(NULL, 0);
	}
	if (n > 0)
		r->at += n;
	r->left -= n;
	return b;
}

uint8_t read_u8(struct reader *r)
{
	struct bytes b = read_bytes(r, 1);

	return b.len > 0 ? b.data[0] : 0;
}

uint16_t read_u16(struct reader *r)
{
	struct bytes b = read_bytes(r, 2);

	return (uint16_t)(b.len > 0 ? b.data[0] << 8 | b.data[1] : 0);
}

uint32_t read_u32(struct reader *r)
{
	struct bytes b = read_bytes(r, 4);

	if (b.len == 0)
		return 0;
	return (uint32_t)b.data[0] << 24 | (uint32_t)b.data[1] << 16 |
	       (uint32_t)b.data[2] << 8 | b.data[3];
}

uint64_t read_u64(struct reader *r)
{
	struct bytes b = read_bytes(r, 8);

	if (b.len == 0)
		return 0;
	return (uint64_t)b.data[0] << 56 | (uint64_t)b.data[1] << 48 |
	       (uint64_t)b.data[2] << 40 | (uint64_t)b.data[3] << 32 |
	       (uint64_t)b.data[4] << 24 | (uint64_t)b.data[5] << 16 |
	       (uint64_t)b.data[6] << 8 | b.data[7];
}

int64_t read_i64(struct reader *r)
{
	return (int64_t)read_u64(r);
}

struct bytes read_rest(struct reader *r)
{
	return read_bytes(r, r->left);
}

void read_copy(struct reader *r, void *out, size_t n)
{
	struct bytes b = read_bytes(r, n);

	memset(out, 0, n);
	if (b.len > 0)
		memcpy(out, b.data, b.len);
}

void read_skip(struct reader *r, size_t n)
{
	(void)read_bytes(r, n);
}

struct node_id read_node_id(struct reader *r)
{
	struct node_id id;

	read_copy(r, id.b, sizeof(id.b));
	return id;
}

struct address read_address(struct reader *r)
{
	struct address a;

	read_copy(r, a.b, sizeof(a.b));
	return a;
}

struct hash read_hash(struct reader *r)
{
	struct hash h;

	read_copy(r, h.b, sizeof(h.b));
	return h;
}

struct short_id read_short_id(struct reader *r)
{
	struct short_id id;

	read_copy(r, id.b, sizeof(id.b));
	return id;
}

void read_refuse(struct reader *r)
{
	r->failed = true;
	r->left = 0;
}

bool read_ended(const struct reader *r)
{
	return !r->failed && r->left == 0;
}

bool read_good(const struct reader *r)
{
	return !r->failed;
}
