/* SPDX-License-Identifier: ISC */
/*
 * The rates of IEEE 802.11 (clauses 15 to 21), and a frame's own list of them: what a real
 * radio asks for each frame, so many tries at this rate, then so many at that. How many
 * bits a try at a rate loses follows from the signal: the fewer dB it has above what the
 * rate needs, the more. The noise is always NOISE_DB.
 *
 * Signals are dB below one milliwatt: 80 is -80 dBm.
 */
#pragma once

#include "node/base/check.h"

enum {
	RATES_STEPS_MAX = 4,
	RATES_CHECK_BYTES = 4, /* of a frame whose own header is in its length */
	RATES_TRIES_MAX = 255, /* of a step */
	NOISE_DB = 91,
};

struct rate {
	uint32_t kbps;
	/* Signal over noise at which half of the frames of 1000 bytes come through. */
	uint32_t needs_db;
};

enum rate_width { RATE_20_MHZ, RATE_40_MHZ, RATE_80_MHZ, RATE_160_MHZ };

/* Number `index` of the rates before HT, 1 to 54 Mbit/s in the order of the 2.4 GHz band;
 * false: there is none. */
must_use bool rate_legacy(struct rate *r, unsigned index);
/* MCS 0 to 9 with `streams` of 1 to 8; false: there is none. */
must_use bool rate_mcs(struct rate *r, unsigned mcs, unsigned streams,
	enum rate_width width, bool short_guard);

/* Errors per 1e9 bits at a signal of signal_db. */
uint32_t rate_ber_e9(const struct rate *r, uint32_t signal_db);

struct rates_step {
	struct rate rate;
	uint32_t tries;
};

/* At least one step; the tries of all of them are what a unicast frame gets. */
struct rates {
	struct rates_step step[RATES_STEPS_MAX];
	uint32_t count;
};

uint32_t rates_tries(const struct rates *r);
/* The place of the step that makes the try of this number, counted from 1. */
uint32_t rates_place(const struct rates *r, uint32_t number);
