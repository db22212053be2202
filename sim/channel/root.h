/* SPDX-License-Identifier: ISC */
/* The integer square root, rounded down: the same with every compiler. */
#pragma once

#include <stdint.h>

static inline uint64_t root(uint64_t x)
{
	uint64_t r = 0;

	for (uint64_t bit = (uint64_t)1 << 31; bit > 0; bit >>= 1)
		if ((r + bit) * (r + bit) <= x)
			r += bit;
	return r;
}
