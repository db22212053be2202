/* SPDX-License-Identifier: ISC */
/*
 * What it costs that a radio has to try frames to a neighbour again. An expected throughput, as
 * minstrel tells it, counts the tries that are lost, but not that the radio waits longer before
 * each further one: its contention window doubles (IEEE 802.11 section 10.3.3).
 */
#pragma once

#include "node/base/check.h"

struct tries {
	uint32_t lost_ppm; /* of tries, of late */
	/* private: the kernel's counters a while ago */
	uint32_t packets, retries;
	bool begun;
};

/* Counters of a station, of packets and of further tries of them; they may begin anew. */
void tries_count(struct tries *t, uint32_t packets, uint32_t retries);
/* What is left of an expected throughput in bit/s. */
must_use uint64_t tries_rate(const struct tries *t, uint64_t expected_bps);
