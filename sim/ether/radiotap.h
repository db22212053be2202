/* SPDX-License-Identifier: ISC */
/* What a capture says of a try of a real radio in front of the frame (radiotap.org): rate or
 * MCS, channel, signal where it is meant to be heard. */
#pragma once

#include "node/base/bytes.h"
#include "sim/ether/radio.h"

enum { RADIOTAP_BYTES_MAX = 24 };

/* Writes header and frame to out, which has room for both; try number `number`, from 1. A
 * signal of 0 is heard by nobody and left out. */
struct bytes radiotap_add(uint8_t *out, struct bytes frame,
	const struct radio_frame *told, uint32_t number, uint32_t signal_db);
