/* SPDX-License-Identifier: ISC */
/*
 * Luck, handed in. A program fills `struct rng` with the kernel's random source; tests and
 * simulators use the seeded one, so that the same seed gives the same run.
 */
#pragma once

#include "node/base/check.h"

struct rng {
	void (*fill)(void *context, void *out, size_t len);
	void *context;
};

/* State of the seeded source: xoshiro256** (Blackman, Vigna). Never for secrets outside a
 * simulation. */
struct rng_seeded {
	uint64_t s[4]; /* private */
};

/* A source over state, which must outlive it. */
struct rng rng_seeded_init(struct rng_seeded *state, uint64_t seed);

uint64_t rng_u64(const struct rng *r);

/* Uniform in [0, bound); bound 0 gives 0. */
uint64_t rng_below(const struct rng *r, uint64_t bound);

void rng_fill(const struct rng *r, void *out, size_t len);

/* True with probability ppm / 1,000,000. */
bool rng_chance_ppm(const struct rng *r, uint32_t ppm);

/* value less a uniform jitter of up to percent of it (RFC 5148 section 5.1). */
int64_t rng_jitter(const struct rng *r, int64_t value, unsigned percent);
