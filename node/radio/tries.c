/* SPDX-License-Identifier: ISC */
#include "node/radio/tries.h"

enum {
	ALL = 1000000,
	TRIES_TOLD = 8,    /* fewer say nothing */
	TRIES_BEFORE = 32, /* what was before weighs as much as so many */
	/* OFDM: a slot in microseconds, the least window in slots, tries of a frame */
	SLOT_US = 9,
	WINDOW_MIN = 16,
	TRIES_MAX = 7,
	FRAME_BITS = 1200 * 8, /* of which minstrel tells a throughput */
};

void tries_count(struct tries *t, uint32_t packets, uint32_t retries)
{
	uint32_t sent = packets - t->packets, again = retries - t->retries;
	uint64_t tries = (uint64_t)sent + again;

	if (t->begun && packets >= t->packets && retries >= t->retries) {
		if (tries < TRIES_TOLD)
			return;
		t->lost_ppm = (uint32_t)(((uint64_t)t->lost_ppm * TRIES_BEFORE +
						 (uint64_t)again * ALL) /
					 (TRIES_BEFORE + tries));
	}
	t->begun = true;
	t->packets = packets;
	t->retries = retries;
}

/* How long a frame waits, in the mean, before its further tries. */
static uint64_t waits_us(uint64_t lost_ppm)
{
	uint64_t chance = ALL, slots_ppm = 0, window = WINDOW_MIN;

	for (unsigned i = 1; i < TRIES_MAX; i++) {
		chance = chance * lost_ppm / ALL;
		window *= 2;
		slots_ppm += chance * (window - 1) / 2;
	}
	return slots_ppm * SLOT_US / ALL;
}

static uint64_t least_of_looks(struct tries *t, uint64_t expected_bps)
{
	uint64_t least = expected_bps;

	for (size_t i = TRIES_LOOKS - 1; i > 0; i--)
		t->looks_bps[i] = t->looks_bps[i - 1];
	t->looks_bps[0] = expected_bps;
	for (size_t i = 1; i < TRIES_LOOKS; i++)
		if (t->looks_bps[i] != 0 && t->looks_bps[i] < least)
			least = t->looks_bps[i];
	return least;
}

uint64_t tries_rate(struct tries *t, uint64_t expected_bps)
{
	uint64_t least_bps = least_of_looks(t, expected_bps), takes_us;

	if (least_bps == 0)
		return 0;
	takes_us = (uint64_t)FRAME_BITS * ALL / least_bps;
	return least_bps * (takes_us + 1) / (takes_us + 1 + waits_us(t->lost_ppm));
}
