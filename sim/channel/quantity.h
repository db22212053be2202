/* SPDX-License-Identifier: ISC */
/* Numbers with a unit, as people write them in files and commands: 5%, 20M, 1.5ms,
 * 100m. */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"

enum quantity_unit {
	QUANTITY_COUNT,     /* 12 */
	QUANTITY_RATE_BPS,  /* 20M, 500k, 1.5G, 6000000: bit/s */
	QUANTITY_TIME_US,   /* 10s, 1ms, 34us; a bare number is seconds */
	QUANTITY_LENGTH_MM, /* 100m, 1.5km; a bare number is metres */
	QUANTITY_PART_PPM,  /* 5%, 300ppm; a bare number is a part of one: 0.05 */
	QUANTITY_PART_E9,   /* a part of one, in parts per 1e9: 1e-5, 0.00001 */
	QUANTITY_SIGNAL_DB, /* -80dBm, -80: as dB below one milliwatt, 80 */
};

/* Reads the whole of text; false when it is not such a number, is negative or does not
 * fit. Digits finer than the unit are cut off. */
must_use bool quantity_parse(struct bytes text, enum quantity_unit unit, uint64_t *out);

/* A coordinate in mm: like QUANTITY_LENGTH_MM with an optional minus, up to 1e12 mm. */
must_use bool quantity_parse_place(struct bytes text, int64_t *out);
