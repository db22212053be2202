/* SPDX-License-Identifier: ISC */
#include "node/radio/channel.h"

#include <stddef.h>

enum { BAND_5_GHZ = 5000 }; /* MHz, from which on */

uint16_t radio_center(uint16_t mhz, unsigned width_mhz)
{
	static const struct {
		uint16_t first, last; /* of 20 MHz each, side by side */
	} rows[] = { { 5180, 5320 }, { 5500, 5720 }, { 5745, 5885 }, { 5955, 7115 } };

	if (width_mhz == 20)
		return mhz;
	/* in 2.4 GHz they lie in each other; upwards where there is room */
	if (width_mhz == 40 && mhz >= 2412 && mhz <= 2472)
		return mhz <= 2442 ? mhz + 10 : mhz - 10;
	for (size_t i = 0; i < array_len(rows); i++) {
		unsigned from = rows[i].first;

		if (mhz < from || mhz > rows[i].last || (mhz - from) % 20 != 0)
			continue;
		from += (mhz - from) / width_mhz * width_mhz;
		return from + width_mhz - 20 <= rows[i].last
			       ? (uint16_t)(from + width_mhz / 2 - 10)
			       : 0;
	}
	return 0;
}

bool radio_width_is_there(uint16_t mhz, unsigned width_mhz, bool key)
{
	return radio_center(mhz, width_mhz) != 0 &&
	       (!key || width_mhz == 20 || mhz >= BAND_5_GHZ);
}
