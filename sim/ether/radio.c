/* SPDX-License-Identifier: ISC */
#include "sim/ether/radio.h"

enum {
	BAND_5_GHZ_FROM = 4000,
	LOWEST_OF_5_GHZ = 4, /* its rates begin with 6 Mbit/s */
	MCS_A_STREAM = 8,    /* of HT: the number tells the streams as well */
};

static enum rate_width width_of(uint16_t flags)
{
	if (flags & RADIO_RATE_160_MHZ)
		return RATE_160_MHZ;
	if (flags & RADIO_RATE_80_MHZ)
		return RATE_80_MHZ;
	return flags & RADIO_RATE_40_MHZ ? RATE_40_MHZ : RATE_20_MHZ;
}

static bool rate_of(struct rate *r, const struct radio_try *t, uint32_t freq_mhz)
{
	bool short_guard = t->flags & RADIO_RATE_SHORT_GUARD;
	unsigned i = (uint8_t)t->index;

	if (t->index < 0)
		return false;
	if (t->flags & RADIO_RATE_VHT)
		return rate_mcs(r, i & 15, (i >> 4) + 1, width_of(t->flags), short_guard);
	if (t->flags & RADIO_RATE_MCS)
		return rate_mcs(r, i % MCS_A_STREAM, i / MCS_A_STREAM + 1,
			width_of(t->flags), short_guard);
	return rate_legacy(r, freq_mhz > BAND_5_GHZ_FROM ? i + LOWEST_OF_5_GHZ : i);
}

void radio_rates(struct radio_frame *f)
{
	struct rates *r = &f->rates;

	r->count = 0;
	for (unsigned i = 0; i < RATES_STEPS_MAX; i++) {
		if (!rate_of(&r->step[i].rate, &f->tries[i], f->freq_mhz))
			break;
		r->step[i].tries = f->tries[i].count;
		r->count++;
	}
	if (r->count > 0 && rates_tries(r) > 0 && !(f->flags & RADIO_NO_ACK))
		return;
	if (r->count == 0)
		check(rate_legacy(&r->step[0].rate,
			f->freq_mhz > BAND_5_GHZ_FROM ? LOWEST_OF_5_GHZ : 0));
	r->step[0].tries = 1;
	r->count = 1;
}

void radio_tries_made(const struct radio_frame *f, uint32_t tries,
	struct radio_try made[RATES_STEPS_MAX])
{
	for (unsigned i = 0; i < RATES_STEPS_MAX; i++) {
		uint32_t most = i < f->rates.count ? f->rates.step[i].tries : 0;
		uint32_t count = tries < most ? tries : most;

		made[i] = (struct radio_try){ .index = -1 };
		if (tries == 0)
			continue;
		made[i] = f->tries[i];
		made[i].count = (uint8_t)count;
		tries -= count;
	}
}
