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

static uint64_t read_big_endian(struct reader *r, size_t n)
{
	struct bytes b = read_bytes(r, n);
	uint64_t v = 0;

	for (size_t i = 0; i < b.len; i++)
		v = v << 8 | b.data[i];
	return v;
}

uint8_t read_u8(struct reader *r)
{
	return (uint8_t)read_big_endian(r, 1);
}

uint16_t read_u16(struct reader *r)
{
	return (uint16_t)read_big_endian(r, 2);
}

uint32_t read_u32(struct reader *r)
{
	return (uint32_t)read_big_endian(r, 4);
}

uint64_t read_u64(struct reader *r)
{
	return read_big_endian(r, 8);
}

int64_t read_i64(struct reader *r)
{
	return (int64_t)read_big_endian(r, 8);
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
