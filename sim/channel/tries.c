/* SPDX-License-Identifier: ISC */
#include "sim/channel/tries.h"

/* The step of its own rates that a frame is at. */
static const struct rate *rate_of(const struct channel_node *n)
{
	const struct rates *r = tries_frame(n)->rates;

	return &r->step[rates_place(r, n->tries)].rate;
}

uint64_t tries_most(const struct channel *ch, const struct channel_node *n)
{
	const struct channel_frame *f = tries_frame(n);

	return f->rates ? rates_tries(f->rates) : ch->params.retries + 1;
}

/* The length of a frame with rates of its own has the MAC's header in it. */
uint64_t tries_bits(const struct channel *ch, const struct channel_frame *f)
{
	return 8 * (f->len + (f->rates ? RATES_CHECK_BYTES : ch->params.overhead_bytes));
}

uint64_t tries_rate_bps(
	const struct channel *ch, const struct channel_node *n, const struct hearer *to)
{
	if (tries_frame(n)->rates)
		return rate_of(n)->kbps * (uint64_t)1000;
	if (tries_frame(n)->to == CHANNEL_BROADCAST)
		return ch->params.broadcast_bps;
	return to && to->quality.rate_bps ? to->quality.rate_bps : ch->params.unicast_bps;
}

uint32_t tries_signal_db(const struct channel *ch, uint32_t from, uint32_t to,
	const struct link_quality *q)
{
	return links_signal_db(&ch->links, from, to, q, (uint32_t)ch->params.signal_db);
}

uint32_t tries_best_signal_db(const struct channel *ch, uint32_t node)
{
	const struct channel_frame *f = tries_frame(&ch->nodes[node]);
	const struct links_node *l = &ch->links.nodes[node];
	uint32_t best = 0;

	for (size_t i = 0; f->rates && i < l->hearer_count; i++) {
		const struct hearer *h = &l->hearers[i];
		uint32_t db = tries_signal_db(ch, node, h->node, &h->quality);

		if (f->to == CHANNEL_BROADCAST ? best == 0 || db < best
					       : h->node == f->to)
			best = db;
	}
	return best;
}

bool tries_survives(struct channel *ch, uint32_t node, const struct channel_reception *r)
{
	const struct channel_node *n = &ch->nodes[node];
	const struct channel_frame *f = tries_frame(n);
	uint64_t more = faults_asymmetry_ppm(&ch->params, ch->salt, node, r->node);
	struct link_quality q = r->quality;

	if (f->rates) {
		if (q.ber_e9 == LINK_INHERIT)
			q.ber_e9 = (uint32_t)ch->params.ber_e9;
		q.ber_e9 +=
			rate_ber_e9(rate_of(n), tries_signal_db(ch, node, r->node, &q));
	}
	return faults_survives(&ch->params, &ch->rng, &q, tries_bits(ch, f), more);
}
