/* SPDX-License-Identifier: ISC */
/* SipHash-2-4, from the paper; checked against its published vectors. */
#include "node/base/siphash.h"

#include <string.h>

static uint8_t table_key[16];

static uint64_t load_le(const uint8_t *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)p[i] << (8 * i);
	return x;
}

static uint64_t rotl(uint64_t x, unsigned k)
{
	return (x << k) | (x >> (64 - k));
}

static void round_once(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static void take_in(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	round_once(v);
	round_once(v);
	v[0] ^= m;
}

uint64_t siphash(const uint8_t key[16], const void *data, size_t len)
{
	uint64_t k0 = load_le(key, 8), k1 = load_le(key + 8, 8);
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
		k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u };
	const uint8_t *p = data;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8)
		take_in(v, load_le(p, 8));
	take_in(v, ((uint64_t)len << 56) | load_le(p, left));
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		round_once(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void siphash_key_set(const uint8_t key[16])
{
	memcpy(table_key, key, sizeof(table_key));
}

uint64_t siphash_table(const void *data, size_t len)
{
	return siphash(table_key, data, len);
}
