/* SPDX-License-Identifier: ISC */
/* SipHash-2-4, from the paper; checked against its published vectors. */
#include "node/base/siphash.h"

#include <string.h>

static uint8_t table_key[16];

static inline uint64_t load_le(const uint8_t *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)p[i] << (8 * i);
	return x;
}

/* Eight bytes at once: compilers make one load of it. */
static inline uint64_t load_le64(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	       (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
	       (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static inline uint64_t rotl(uint64_t x, unsigned k)
{
	return (x << k) | (x >> (64 - k));
}

/* By value, so that it stays in registers. */
struct state {
	uint64_t v0, v1, v2, v3;
};

static inline struct state round_once(struct state s)
{
	s.v0 += s.v1;
	s.v1 = rotl(s.v1, 13) ^ s.v0;
	s.v0 = rotl(s.v0, 32);
	s.v2 += s.v3;
	s.v3 = rotl(s.v3, 16) ^ s.v2;
	s.v0 += s.v3;
	s.v3 = rotl(s.v3, 21) ^ s.v0;
	s.v2 += s.v1;
	s.v1 = rotl(s.v1, 17) ^ s.v2;
	s.v2 = rotl(s.v2, 32);
	return s;
}

static inline struct state take_in(struct state s, uint64_t m)
{
	s.v3 ^= m;
	s = round_once(round_once(s));
	s.v0 ^= m;
	return s;
}

uint64_t siphash(const uint8_t key[16], const void *data, size_t len)
{
	uint64_t k0 = load_le64(key), k1 = load_le64(key + 8);
	struct state s = { k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
		k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u };
	const uint8_t *p = data;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8)
		s = take_in(s, load_le64(p));
	s = take_in(s, ((uint64_t)len << 56) | load_le(p, left));
	s.v2 ^= 0xff;
	s = round_once(round_once(round_once(round_once(s))));
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

void siphash_key_set(const uint8_t key[16])
{
	memcpy(table_key, key, sizeof(table_key));
}

uint64_t siphash_table(const void *data, size_t len)
{
	return siphash(table_key, data, len);
}
