/* SPDX-License-Identifier: ISC */
#include "sim/channel/rates.h"

enum {
	MCS_COUNT = 10,
	STREAMS_MAX = 8,
	DOUBLED_DB = 3,
	MARGIN_LEAST = -8,
	MARGIN_MOST = 7
};

bool rate_legacy(struct rate *r, unsigned index)
{
	static const struct rate rates[] = { { 1000, 1 }, { 2000, 3 }, { 5500, 5 },
		{ 11000, 8 }, { 6000, 4 }, { 9000, 5 }, { 12000, 7 }, { 18000, 9 },
		{ 24000, 12 }, { 36000, 16 }, { 48000, 20 }, { 54000, 22 } };

	if (index >= array_len(rates))
		return false;
	*r = rates[index];
	return true;
}

bool rate_mcs(struct rate *r, unsigned mcs, unsigned streams, enum rate_width width,
	bool short_guard)
{
	/* One stream of 20 MHz, which has 52 data subcarriers. */
	static const struct rate rates[MCS_COUNT] = { { 6500, 5 }, { 13000, 8 },
		{ 19500, 10 }, { 26000, 13 }, { 39000, 17 }, { 52000, 21 }, { 58500, 23 },
		{ 65000, 25 }, { 78000, 29 }, { 86667, 31 } };
	static const uint32_t subcarriers[] = { 52, 108, 234, 468 };
	uint64_t kbps;

	if (mcs >= MCS_COUNT || streams == 0 || streams > STREAMS_MAX)
		return false;
	kbps = (uint64_t)rates[mcs].kbps * streams * subcarriers[width] / subcarriers[0];
	if (short_guard)
		kbps = kbps * 10 / 9;
	r->kbps = (uint32_t)kbps;
	r->needs_db = rates[mcs].needs_db + DOUBLED_DB * (streams - 1 + (uint32_t)width);
	return true;
}

uint32_t rate_ber_e9(const struct rate *r, uint32_t signal_db)
{
	/* ln(1 + exp(-1.6 margin)) / 8000 for margins from MARGIN_LEAST dB on: of 1000 bytes
	 * 1 / (1 + exp(-1.6 margin)) come through. */
	static const uint32_t ber_e9[] = { 1600000, 1400002, 1200008, 1000042, 800208,
		601025, 404994, 222988, 86643, 22988, 4994, 1025, 208, 42, 8, 2 };
	int margin = NOISE_DB - (int)signal_db - (int)r->needs_db;

	_Static_assert(array_len(ber_e9) == MARGIN_MOST - MARGIN_LEAST + 1, "a row each");
	if (margin > MARGIN_MOST)
		return 0;
	return ber_e9[margin < MARGIN_LEAST ? 0 : margin - MARGIN_LEAST];
}

uint32_t rates_tries(const struct rates *r)
{
	uint32_t tries = 0;

	for (uint32_t i = 0; i < r->count; i++)
		tries += r->step[i].tries;
	return tries;
}

uint32_t rates_place(const struct rates *r, uint32_t number)
{
	uint32_t i = 0;

	for (; i + 1 < r->count && number > r->step[i].tries; i++)
		number -= r->step[i].tries;
	return i;
}
