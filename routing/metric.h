/* SPDX-License-Identifier: ISC */
/*
 * What a link costs: the directional airtime metric (RFC 7779), and metrics as 12 bits on
 * the wire: (257 + b) * 2^a - 256 for exponent a (4 bits) and mantissa b (8 bits), 1 to
 * 16,776,960 (RFC 7181 section 6.2). Wire values are input: nothing here divides by one.
 */
#pragma once

#include "node/base/check.h"

enum {
	PPM = 1000000, /* all of it */
	METRIC_MIN = 1,
	METRIC_MAX = 16776960,
	METRIC_CODE_MAX = 0x0fff,
	METRIC_RATE_DEFAULT = 20000000, /* bit/s, where nobody knows better */
	METRIC_LOSS_MAX = 8,            /* tries a frame; more is as bad */
};

/* Kinds of link metric, the upper four bits of a LINK_METRIC value. */
enum metric_kind {
	METRIC_LINK_IN = 0x8000,
	METRIC_LINK_OUT = 0x4000,
	METRIC_NEIGHBOUR_IN = 0x2000,
	METRIC_NEIGHBOUR_OUT = 0x1000,
};

/* The least code that is not below metric, which is clamped to METRIC_MIN..METRIC_MAX. */
uint16_t metric_code(uint32_t metric);
uint32_t metric_of_code(uint16_t code); /* the lower 12 bits count */

/* RFC 7779 section 9: 2^24 / 8 * tries / (rate / 1 kbit/s), where tries = 1 / (1 - loss),
 * at most 8. rate_bps 0: not known. */
uint32_t metric_dat(uint32_t loss_ppm, uint64_t rate_bps);

/* What is left of a loss when so much of it is counted elsewhere. */
uint32_t metric_loss_beyond(uint32_t loss_ppm, uint32_t counted_ppm);

/* The loss of which metric_dat makes this metric at the default rate; 0 for lower metrics. Of
 * a slower link it says more than gets lost. */
uint32_t metric_loss_ppm(uint32_t metric);

/* Whether now differs from before by a quarter or more: less is not worth telling. */
bool metric_differs(uint32_t before, uint32_t now);
/* By an eighth or more: worth telling when it stays so. */
bool metric_drifts(uint32_t before, uint32_t now);
