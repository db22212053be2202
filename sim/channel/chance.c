/* SPDX-License-Identifier: ISC */
/* Fixed-point probabilities with 63 bits after the point. */
#include "sim/channel/chance.h"

enum { PPM_ONE = 1000000, E9_ONE = 1000000000 };

static uint64_t times(uint64_t a, uint64_t b)
{
	return (uint64_t)(((unsigned __int128)a * b) >> 63);
}

/* (whole - part) / whole; whole is at most 1e9. */
static uint64_t remainder_of(uint64_t part, uint64_t whole)
{
	uint64_t rest = whole - part;

	if (part >= whole)
		return 0;
	return CHANCE_ONE / whole * rest + CHANCE_ONE % whole * rest / whole;
}

uint64_t chance_survives(uint64_t loss_ppm, uint64_t ber_e9, uint64_t bits)
{
	uint64_t chance = remainder_of(loss_ppm, PPM_ONE);
	uint64_t square;

	if (ber_e9 == 0)
		return chance;
	for (square = remainder_of(ber_e9, E9_ONE); bits > 0; bits >>= 1) {
		if (bits & 1)
			chance = times(chance, square);
		square = times(square, square);
	}
	return chance;
}

bool chance_draw(const struct rng *rng, uint64_t chance)
{
	if (chance == 0)
		return false;
	if (chance >= CHANCE_ONE)
		return true;
	return rng_u64(rng) >> 1 < chance;
}
