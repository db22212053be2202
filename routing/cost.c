/* SPDX-License-Identifier: ISC */
/* What a link costs: by the HELLOs and frames that it loses, and by what its radio says. */
#include "routing/metric.h"
#include "routing/nhdp.h"

enum {
	SAMPLES_TRUSTED = 4,        /* fewer HELLOs say nothing of loss */
	LOSS_PRESUMED_PPM = 100000, /* of a link that was never heard */
	MISSED_MAX = 16,            /* packets counted as missed while a link is silent */
	FEEDBACK_WINDOW = 256,      /* frames; beyond, the old ones count half */
	/* so many say something, until they have faded to so few: a link that sends a few frames
	 * would else begin and end to be believed with each halving */
	FEEDBACK_TRUSTED = 32,
	FEEDBACK_FORGOTTEN = 16,
	FEEDBACK_HALVES_MS = 2000,
	DRIFTS_SETTLED = 3, /* looks */
};

/* The longest time between two packets that count. */
static int64_t packet_interval_us(const struct nhdp_link *l)
{
	return l->beat_us > 0 ? l->beat_us : l->interval_us;
}

uint32_t nhdp_loss_in_ppm(const struct nhdp_link *l, struct instant now)
{
	uint64_t heard = (uint64_t)__builtin_popcountll(l->window);
	uint64_t samples = l->samples, head_start = (NHDP_WINDOW - samples) / 8;
	int64_t silent = instant_since_us(now, l->last_heard);

	if (samples < SAMPLES_TRUSTED)
		return NHDP_LOSS_UNKNOWN;
	if (silent > packet_interval_us(l) * 3 / 2) {
		int64_t missed = silent / packet_interval_us(l);

		samples += (uint64_t)(missed < MISSED_MAX ? missed : MISSED_MAX);
	}
	return (uint32_t)((samples - heard) * PPM / (samples + head_start));
}

uint32_t nhdp_loss_presumed_ppm(const struct nhdp_link *l)
{
	return LOSS_PRESUMED_PPM / NHDP_WINDOW * (NHDP_WINDOW - l->samples);
}

/* What became of frames a while ago says little of now, the less the fewer were sent since. */
static void feedback_fade(struct nhdp_link *l, struct instant now)
{
	struct instant next = instant_add_ms(l->faded, FEEDBACK_HALVES_MS);

	while (l->sent > 0 && instant_due(next, now)) {
		l->sent /= 2;
		l->acknowledged /= 2;
		l->faded = next;
		next = instant_add_ms(next, FEEDBACK_HALVES_MS);
	}
	if (l->sent == 0)
		l->faded = now;
}

/* How many looks in a row found it dearer than is told, or cheaper. */
static int drift_count(struct nhdp_link *l, uint32_t metric)
{
	if (!metric_drifts(l->metric_out, metric))
		l->drifts = 0;
	else if (metric > l->metric_out)
		l->drifts = l->drifts > 0 ? l->drifts + 1 : 1;
	else
		l->drifts = l->drifts < 0 ? l->drifts - 1 : -1;
	return l->drifts < 0 ? -l->drifts : l->drifts;
}

static void metric_tell(uint32_t *told, uint32_t metric, bool settled)
{
	if (*told == 0 || settled || metric_differs(*told, metric))
		*told = metric;
}

void nhdp_cost(struct nhdp_link *l, struct instant now, bool look)
{
	uint32_t loss_in = nhdp_loss_in_ppm(l, now), loss_out = l->loss_out_ppm;
	uint32_t metric_in, metric_out;
	bool settled;

	if (loss_in == NHDP_LOSS_UNKNOWN)
		loss_in = 0;
	if (loss_out == NHDP_LOSS_UNKNOWN)
		loss_out = loss_in;
	loss_in = metric_loss_beyond(loss_in, l->rate_lost_ppm);
	loss_out = metric_loss_beyond(loss_out, l->rate_lost_ppm);
	feedback_fade(l, now);
	if (l->sent >= FEEDBACK_TRUSTED || l->sent < FEEDBACK_FORGOTTEN)
		l->fed = l->sent >= FEEDBACK_TRUSTED;
	if (l->fed) {
		uint64_t lost = l->sent - l->acknowledged;
		uint32_t loss = (uint32_t)(lost * PPM / l->sent);

		loss_out = loss > loss_out ? loss : loss_out;
	}
	metric_in = metric_dat(loss_in, l->rate_bps);
	metric_out = metric_dat(loss_out, l->rate_bps);
	settled = look && drift_count(l, metric_out) >= DRIFTS_SETTLED;
	if (settled || metric_differs(l->metric_out, metric_out))
		l->drifts = 0;
	metric_tell(&l->metric_in, metric_in, settled);
	metric_tell(&l->metric_out, metric_out, settled);
}

uint32_t nhdp_rate(
	struct nhdp_link *l, struct instant now, uint64_t rate_bps, uint32_t lost_ppm)
{
	uint32_t before = l->metric_out;

	l->rate_bps = rate_bps;
	l->rate_lost_ppm = lost_ppm < PPM ? lost_ppm : PPM;
	if (l->interface != 0)
		nhdp_cost(l, now, true);
	return before;
}

uint32_t nhdp_feedback(
	struct nhdp_link *l, struct instant now, uint32_t sent, uint32_t acknowledged)
{
	uint32_t before = l->metric_out;

	if (acknowledged > sent)
		acknowledged = sent;
	while (sent > FEEDBACK_WINDOW) {
		sent /= 2;
		acknowledged /= 2;
	}
	feedback_fade(l, now);
	l->sent += sent;
	l->acknowledged += acknowledged;
	while (l->sent > FEEDBACK_WINDOW) {
		l->sent /= 2;
		l->acknowledged /= 2;
	}
	if (l->interface != 0)
		nhdp_cost(l, now, false);
	return before;
}
