/* SPDX-License-Identifier: ISC */
/*
 * What it costs that a radio has to try frames to a neighbour again. An expected throughput, as
 * minstrel tells it, counts the tries that are lost, but not that the radio waits longer before
 * each further one: its contention window doubles (IEEE 802.11 section 10.3.3). And it is that of
 * the rate which had the best luck of late: where most are lost, some rate always has, so the least
 * of a few looks is nearer to what gets across.
 */
#pragma once

#include "node/base/check.h"

enum { TRIES_LOOKS = 3 };

struct tries {
	uint32_t lost_ppm; /* of tries, of late */
	/* private: the kernel's counters a while ago */
	uint32_t packets, retries;
	bool begun;
	uint64_t looks_bps[TRIES_LOOKS]; /* newest first; 0: none */
};

/* Counters of a station, of packets and of further tries of them; they may begin anew. */
void tries_count(struct tries *t, uint32_t packets, uint32_t retries);
/* What is left of an expected throughput in bit/s, told at each look; 0: unknown. */
must_use uint64_t tries_rate(struct tries *t, uint64_t expected_bps);
