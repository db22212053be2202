/* SPDX-License-Identifier: ISC */
/* The seeded source and what is drawn from any source. */
#include "node/base/rng.h"

#include <string.h>

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, unsigned k)
{
	return (x << k) | (x >> (64 - k));
}

static uint64_t seeded_next(struct rng_seeded *g)
{
	uint64_t *s = g->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

static void seeded_fill(void *context, void *out, size_t len)
{
	uint8_t *p = out;

	while (len > 0) {
		uint64_t x = seeded_next(context);
		uint8_t little[8];
		size_t n = len < 8 ? len : 8;

		for (unsigned i = 0; i < 8; i++)
			little[i] = (uint8_t)(x >> (8 * i));
		memcpy(p, little, n);
		p += n;
		len -= n;
	}
}

struct rng rng_seeded_init(struct rng_seeded *state, uint64_t seed)
{
	for (unsigned i = 0; i < 4; i++)
		state->s[i] = splitmix(&seed);
	return (struct rng){ seeded_fill, state };
}

void rng_fill(const struct rng *r, void *out, size_t len)
{
	r->fill(r->context, out, len);
}

uint64_t rng_u64(const struct rng *r)
{
	uint8_t b[8];
	uint64_t x = 0;

	rng_fill(r, b, sizeof(b));
	for (unsigned i = 0; i < 8; i++)
		x |= (uint64_t)b[i] << (8 * i);
	return x;
}

uint64_t rng_below(const struct rng *r, uint64_t bound)
{
	uint64_t limit, x;

	if (bound == 0)
		return 0;
	limit = UINT64_MAX - UINT64_MAX % bound;
	do
		x = rng_u64(r);
	while (x >= limit);
	return x % bound;
}

bool rng_chance_ppm(const struct rng *r, uint32_t ppm)
{
	if (ppm == 0)
		return false;
	return rng_below(r, 1000000) < ppm;
}

int64_t rng_jitter(const struct rng *r, int64_t value, unsigned percent)
{
	int64_t span = value * (int64_t)percent / 100;

	if (span <= 0)
		return value;
	return value - (int64_t)rng_below(r, (uint64_t)span + 1);
}
