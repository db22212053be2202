/* SPDX-License-Identifier: ISC */
/* What core tells of links, and what it asks about them. */
#include "routing/machine.h"

unsigned links_count(const struct routing *r)
{
	unsigned count = 0;

	for (const struct nhdp_link *l = r->nhdp.links; l != NULL; l = l->hh.next)
		count += l->advertised;
	return count;
}

void links_begin(struct routing *r, struct instant now, struct nhdp_link *l)
{
	repair_begin(&r->repairs, l, now, links_count(r) == 1);
}

static void begin_if_new(
	struct routing *r, struct instant now, uint32_t link, bool before)
{
	struct nhdp_link *l = nhdp_find(&r->nhdp, link);

	if (l != NULL && l->advertised && !before)
		links_begin(r, now, l);
}

void routing_link_usable(
	struct routing *r, struct instant now, uint32_t link, bool usable)
{
	const struct nhdp_link *l = nhdp_find(&r->nhdp, link);
	bool before = l != NULL && l->advertised;

	nhdp_usable(&r->nhdp, now, link, usable);
	routing_settle(r, now);
	begin_if_new(r, now, link, before);
}

/* What the metric of a link was before. */
static void metric_follow(
	struct routing *r, struct instant now, const struct nhdp_link *l, uint32_t before)
{
	if (l->advertised && l->metric_out != before) {
		r->nhdp.mpr_stale = true;
		r->links_dirty = true;
		origin_metric_changed(r, now);
	}
	routing_settle(r, now);
}

void routing_link_feedback(struct routing *r, struct instant now, uint32_t link,
	uint32_t sent, uint32_t acknowledged)
{
	struct nhdp_link *l = nhdp_find(&r->nhdp, link);

	if (l != NULL)
		metric_follow(r, now, l, nhdp_feedback(l, now, sent, acknowledged));
}

void routing_link_rate(struct routing *r, struct instant now, uint32_t link,
	uint64_t rate_bps, uint32_t lost_ppm)
{
	struct nhdp_link *l = nhdp_find(&r->nhdp, link);

	if (l != NULL)
		metric_follow(r, now, l, nhdp_rate(l, now, rate_bps, lost_ppm));
}

void routing_link_alive(
	struct routing *r, struct instant now, uint32_t link, bool acknowledged)
{
	struct nhdp_link *l = nhdp_find(&r->nhdp, link);

	if (l == NULL || l->interface == 0)
		return;
	nhdp_alive(l, now, acknowledged);
	r->planned = false;
}

bool routing_doubt_take(struct routing *r, struct instant now, uint32_t *link)
{
	r->planned = false;
	return nhdp_doubt_take(&r->nhdp, now, link);
}

void routing_link_suspect(struct routing *r, uint32_t link, bool suspect)
{
	struct nhdp_link *l = nhdp_find(&r->nhdp, link);

	if (l != NULL)
		l->suspect = suspect;
}

bool routing_link_was_busy(const struct routing *r, uint32_t link)
{
	const struct nhdp_link *l = nhdp_find(&r->nhdp, link);

	return l != NULL && l->was_busy;
}

bool routing_link_is_denied(const struct routing *r, uint32_t link)
{
	const struct nhdp_link *l = nhdp_find(&r->nhdp, link);

	return l != NULL && l->denied;
}

bool routing_link_is_forgotten(const struct routing *r, uint32_t link)
{
	const struct nhdp_link *l = nhdp_find(&r->nhdp, link);

	return l != NULL && l->denied && l->forgotten;
}

/* Silence is what is asked about: it does not count as loss. */
uint32_t routing_link_loss_ppm(const struct routing *r, uint32_t link)
{
	const struct nhdp_link *l = nhdp_find(&r->nhdp, link);
	uint32_t loss_in = l != NULL ? nhdp_loss_in_ppm(l, l->last_heard) : 0;
	uint32_t loss_out = l != NULL ? l->loss_out_ppm : 0;

	loss_in = loss_in == NHDP_LOSS_UNKNOWN ? 0 : loss_in;
	loss_out = loss_out == NHDP_LOSS_UNKNOWN ? 0 : loss_out;
	loss_in = loss_in > loss_out ? loss_in : loss_out;
	if (l != NULL && loss_in < nhdp_loss_presumed_ppm(l))
		return nhdp_loss_presumed_ppm(l);
	return loss_in;
}

void routing_link_failed(struct routing *r, struct instant now, uint32_t link)
{
	struct nhdp_link *l = nhdp_find(&r->nhdp, link);

	if (l == NULL || l->interface == 0)
		return;
	r->counters.links_failed++;
	nhdp_failed(l, now);
	routing_settle(r, now);
}

int64_t routing_link_pause_ms(const struct routing *r, uint32_t link)
{
	const struct nhdp_link *l = nhdp_find(&r->nhdp, link);

	return l != NULL ? l->beat_us / 1000 : 0;
}

void routing_answers(struct routing *r, int64_t us)
{
	r->flood.answer_us = us;
	r->repairs.answer_us = us;
}
