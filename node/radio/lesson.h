/* SPDX-License-Identifier: ISC */
/*
 * How much rate control knows of a neighbour. It learns by frames that are sent to one station,
 * of which a mesh at rest has next to none: HELLOs go to all. So a new link, and one whose signal
 * has changed, are given some.
 */
#pragma once

#include <stdint.h>

#include "node/base/check.h"

struct lesson {
	bool learned; /* once at least */
	/* private */
	bool begun, over;
	unsigned frames, given;
	uint32_t packets; /* the counter at the last look */
	int32_t signal,
		known; /* 256th of a dB: smoothed, and at the end of a lesson; 0: unknown */
};

/* Told once a second: the counter of frames sent to a station, which may begin anew, and its signal
 * in dBm, 0: unknown. failing: it has given up several since. True: some are to be sent. */
must_use bool lesson_wanted(
	struct lesson *l, uint32_t packets, bool failing, int8_t signal_dbm);
/* They are: so often, even where the kernel does not count them, and no more. */
void lesson_given(struct lesson *l);
