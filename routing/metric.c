/* SPDX-License-Identifier: ISC */
/* Integers only, so that every machine computes the same. */
#include "routing/metric.h"

enum { RATE_MIN = 1000, DAT_ONE = 1 << 21 };

uint32_t metric_of_code(uint16_t code)
{
	unsigned a = (code >> 8) & 0x0f, b = code & 0xff;

	return ((uint32_t)(257 + b) << a) - 256;
}

uint16_t metric_code(uint32_t metric)
{
	unsigned a = 0;
	uint32_t b;

	if (metric < METRIC_MIN)
		metric = METRIC_MIN;
	if (metric > METRIC_MAX)
		metric = METRIC_MAX;
	while (metric > metric_of_code((uint16_t)(a << 8 | 0xff)))
		a++;
	b = (metric + 256 + (1u << a) - 1) >> a;
	return (uint16_t)(a << 8 | (b > 257 ? b - 257 : 0));
}

uint32_t metric_dat(uint32_t loss_ppm, uint64_t rate_bps)
{
	uint64_t rate = rate_bps > 0 ? rate_bps : METRIC_RATE_DEFAULT;
	uint64_t arrives = loss_ppm < PPM ? PPM - loss_ppm : 0;
	uint64_t metric;

	if (arrives < PPM / METRIC_LOSS_MAX)
		arrives = PPM / METRIC_LOSS_MAX;
	if (rate < RATE_MIN)
		rate = RATE_MIN;
	if (rate > (uint64_t)DAT_ONE * RATE_MIN)
		rate = (uint64_t)DAT_ONE * RATE_MIN;
	metric = (uint64_t)DAT_ONE * RATE_MIN * PPM / arrives / rate;
	if (metric < METRIC_MIN)
		return METRIC_MIN;
	return metric > METRIC_MAX ? METRIC_MAX : (uint32_t)metric;
}

uint32_t metric_loss_beyond(uint32_t loss_ppm, uint32_t counted_ppm)
{
	uint64_t arrives = loss_ppm < PPM ? PPM - loss_ppm : 0;

	if (loss_ppm <= counted_ppm)
		return 0;
	return (uint32_t)(PPM - arrives * PPM / (PPM - counted_ppm));
}

uint32_t metric_loss_ppm(uint32_t metric)
{
	uint64_t least = metric > METRIC_MIN ? metric : METRIC_MIN;
	uint64_t arrives = (uint64_t)metric_dat(0, 0) * PPM / least;

	return arrives < PPM ? (uint32_t)(PPM - arrives) : 0;
}

/* By the part of what was, and by no less than so much. */
static bool is_apart(uint32_t before, uint32_t now, unsigned part, unsigned least)
{
	uint64_t apart = before > now ? before - now : now - before;

	return apart * part >= before && apart >= least;
}

bool metric_differs(uint32_t before, uint32_t now)
{
	return is_apart(before, now, 4, 1);
}

bool metric_drifts(uint32_t before, uint32_t now)
{
	return is_apart(before, now, 8, 2);
}
