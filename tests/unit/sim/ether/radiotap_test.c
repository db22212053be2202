/* SPDX-License-Identifier: ISC */
#include "sim/ether/radiotap.h"

#include "tests/test.h"

static const uint8_t body[] = { 0x08, 0x00, 0xaa, 0xbb };

TEST(headers_are_as_radiotap_has_them)
{
	static const struct {
		const char *why;
		uint32_t freq_mhz;
		struct radio_try told;
		uint32_t number, signal_db;
		struct bytes wanted;
	} rows[] = {
		{ "54 Mbit/s at -60 dBm", 2412, { 11, 2, 0 }, 1, 60,
			BYTES("\0\0\17\0\56\0\0\0"
			      "\0\154\154\11\200\4\304"
			      "\10\0\252\273") },
		{ "the second try, and nobody hears it", 5180, { 0, 2, 0 }, 2, 0,
			BYTES("\0\0\16\0\16\0\0\0"
			      "\0\14\74\24\100\1"
			      "\10\10\252\273") },
		{ "MCS 15, 40 MHz, short guard", 2437,
			{ 15, 1,
				RADIO_RATE_MCS | RADIO_RATE_40_MHZ |
					RADIO_RATE_SHORT_GUARD },
			1, 80,
			BYTES("\0\0\22\0\52\0\10\0"
			      "\0\0\205\11\200\4\260\7\5\17"
			      "\10\0\252\273") },
		{ "VHT, whose rate is left out", 5180, { 0x17, 1, RADIO_RATE_VHT }, 1, 50,
			BYTES("\0\0\17\0\52\0\0\0"
			      "\0\0\74\24\100\1\316"
			      "\10\0\252\273") },
	};
	uint8_t out[RADIOTAP_BYTES_MAX + sizeof(body)];

	for (size_t i = 0; i < array_len(rows); i++) {
		struct radio_frame f = { .freq_mhz = rows[i].freq_mhz,
			.tries = { rows[i].told, { -1, 0, 0 } } };

		radio_rates(&f);
		EXPECT_BYTES(radiotap_add(out, bytes_of(body, sizeof(body)), &f,
				     rows[i].number, rows[i].signal_db),
			rows[i].wanted, rows[i].why);
	}
}
