/* SPDX-License-Identifier: ISC */
/*
 * Probabilities as fixed-point numbers, so that every compiler and machine draws the same
 * luck: 0 is never, CHANCE_ONE is always.
 */
#pragma once

#include "node/base/rng.h"

#define CHANCE_ONE ((uint64_t)1 << 63)

/* Chance that a frame of bits bits survives one try: (1 - loss) * (1 - ber)^bits, with
 * the loss in parts per million and the bit error rate in parts per 1e9. */
uint64_t chance_survives(uint64_t loss_ppm, uint64_t ber_e9, uint64_t bits);

/* True with the given chance; certain outcomes draw nothing. */
bool chance_draw(const struct rng *rng, uint64_t chance);
