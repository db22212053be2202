/* SPDX-License-Identifier: ISC */
/*
 * What a radio of mac80211_hwsim says with a frame that it sends: which rates to try how
 * often, by the numbers of IEEE 802.11, and what it wants to hear back.
 */
#pragma once

#include <stdint.h>

#include "sim/channel/rates.h"

enum { RADIO_HEADER_BYTES = 24, RADIO_ADDRESS_BYTES = 6 };

/* Flags of a frame, as the kernel has them. */
enum { RADIO_WANTS_STATUS = 1, RADIO_NO_ACK = 2, RADIO_ACKED = 4 };

/* Flags of a rate, likewise. */
enum {
	RADIO_RATE_MCS = 1 << 3,
	RADIO_RATE_40_MHZ = 1 << 5,
	RADIO_RATE_SHORT_GUARD = 1 << 7,
	RADIO_RATE_VHT = 1 << 8,
	RADIO_RATE_80_MHZ = 1 << 9,
	RADIO_RATE_160_MHZ = 1 << 10,
};

struct radio_try {
	int8_t index; /* below 0: this one and those behind it are not used */
	uint8_t count;
	uint16_t flags;
};

struct radio_frame {
	uint64_t cookie;
	uint32_t flags;
	uint32_t freq_mhz;
	struct radio_try tries[RATES_STEPS_MAX];
	struct rates rates; /* the same for the channel; radio_rates fills it */
};

/* A rate that makes no sense, and those behind it, are left out; without any it is one try
 * at the lowest one of the band. */
void radio_rates(struct radio_frame *f);

/* What is told back after `tries` of them: how often each rate was really tried. */
void radio_tries_made(const struct radio_frame *f, uint32_t tries,
	struct radio_try made[RATES_STEPS_MAX]);

/* The frame was meant for many, who acknowledge nothing. */
static inline bool radio_is_group(const uint8_t *frame)
{
	return frame[4] & 1;
}
