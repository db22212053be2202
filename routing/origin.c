/* SPDX-License-Identifier: ISC */
/*
 * HELLOs at their interval, less a jitter, and soon when a neighbour should hear of a change,
 * then a few times more; beats between them; TCs at once when a link is lost or somebody comes
 * into reach, later when there are only more ways, damped; else refreshed seldom. All number
 * themselves from one sequence that only grows.
 */
#include "routing/beat.h"
#include "routing/listing.h"
#include "routing/machine.h"

static unsigned hello_interval(const struct routing *r)
{
	unsigned ms = r->config.hello_interval_ms > 0 ? r->config.hello_interval_ms
						      : HELLO_INTERVAL_MS;

	return r->saving ? ms * SAVING_HELLOS : ms;
}

static int64_t beat_interval(const struct routing *r)
{
	int64_t half = hello_interval(r) / 2;
	int64_t ms = r->saving ? BEAT_INTERVAL_MS * SAVING_BEATS : BEAT_INTERVAL_MS;

	return half < ms ? half : ms;
}

/* Everybody's TCs are everybody's load: the more routers there are, the less often one of
 * them speaks, so that all together say no more. Those that can be reached count: whoever
 * makes up others slows nobody down. */
static int64_t of_size(const struct routing *r, int64_t least_ms, int64_t router_ms)
{
	int64_t ms = ((int64_t)r->spf.sorted_count + 1) * router_ms;

	return ms > least_ms ? ms : least_ms;
}

static int64_t tc_interval(const struct routing *r)
{
	return r->config.tc_interval_ms > 0
		       ? (int64_t)r->config.tc_interval_ms
		       : of_size(r, TC_INTERVAL_MS, TC_INTERVAL_ROUTER_MS);
}

/* While changes go on, what tells of them again waits like what tells of them first. */
static struct instant hello_allowed(const struct interface *f)
{
	return instant_add_ms(f->hello_spent, -HELLO_BURST * HELLO_EACH_MS);
}

static void hello_soon(struct routing *r, struct instant now, struct interface *f)
{
	int64_t jitter = (int64_t)rng_below(&r->config.rng, HELLO_SOON_JITTER_MS * 1000);
	struct instant due = instant_add_us(instant_add_ms(now, HELLO_SOON_MS), jitter);

	r->planned = false;
	due = instant_max(due, instant_add_ms(f->hello_last, HELLO_GAP_MS));
	due = instant_max(due, hello_allowed(f));
	f->hello_due = instant_min(f->hello_due, due);
}

void origin_hello_soon(struct routing *r, struct instant now)
{
	for (unsigned i = 0; i < ROUTING_INTERFACES_MAX; i++) {
		struct interface *f = &r->interfaces[i];

		if (f->number == 0)
			continue;
		f->hello_pause_ms = HELLO_AGAIN_MS;
		f->strange_pause_ms = HELLO_STRANGE_MS;
		hello_soon(r, now, f);
	}
}

/* Who does not hear us would make us speak for ever: the pause doubles until something
 * changes. */
void origin_strange_beat(struct routing *r, struct instant now, unsigned place)
{
	struct interface *f = &r->interfaces[place];

	if (!instant_due(f->strange_due, now))
		return;
	f->strange_due = instant_add_ms(now, f->strange_pause_ms);
	if (f->strange_pause_ms < hello_interval(r))
		f->strange_pause_ms *= 2;
	hello_soon(r, now, f);
}

static void fill_announce(struct routing *r, struct announce *a, int64_t interval_ms)
{
	a->originator = r->config.self;
	a->key = r->config.self_id;
	memcpy(a->name, r->config.name, sizeof(a->name));
	a->sequence = r->sequence++;
	a->interval_ms = (uint64_t)interval_ms;
	a->validity_ms = (uint64_t)interval_ms * VALIDITY_HALVES / 2;
}

static void beat_plan(struct routing *r, struct instant now, struct interface *f)
{
	f->beat_due = instant_add_us(now,
		rng_jitter(&r->config.rng, beat_interval(r) * 1000, BEAT_JITTER_PERCENT));
}

void origin_beat(
	struct routing *r, struct instant now, unsigned place, struct routing_output *out)
{
	struct interface *f = &r->interfaces[place];
	struct writer w = writer_of(out->body, ANNOUNCE_BODY_MAX);

	beat_write(&w, &(struct beat){ ++f->packet_number, r->digest });
	check(!w.overflow);
	beat_plan(r, now, f);
	out->kind = MESSAGE_BEAT;
	out->sign = false;
	out->len = w.len;
}

void origin_hello(
	struct routing *r, struct instant now, unsigned place, struct routing_output *out)
{
	struct interface *f = &r->interfaces[place];
	struct writer w = writer_of(out->body, ANNOUNCE_BODY_MAX);
	int64_t longest_ms = hello_interval(r);
	struct hello h = { .number = ++f->packet_number,
		.beat_ms = (uint64_t)beat_interval(r),
		.digest = r->digest,
		.has_digest = true,
		.will_flooding = r->will_flooding,
		.will_routing = r->will_routing };

	fill_announce(r, &h.announce, hello_interval(r));
	listing_links(&r->nhdp, now, f->number, &f->turn, &h);
	listing_complete(&r->nhdp, now, f->number, &h);
	hello_write(&w, &h);
	check(!w.overflow);
	f->hello_spent = instant_add_ms(instant_max(f->hello_spent, now), HELLO_EACH_MS);
	f->hello_last = now;
	f->hello_pause_ms =
		f->hello_pause_ms < longest_ms ? f->hello_pause_ms : longest_ms;
	f->hello_due =
		instant_add_us(now, rng_jitter(&r->config.rng, f->hello_pause_ms * 1000,
					    HELLO_JITTER_PERCENT));
	f->hello_due = instant_max(f->hello_due, hello_allowed(f));
	f->hello_pause_ms *= 2;
	beat_plan(r, now, f);
	out->kind = MESSAGE_HELLO;
	out->sign = true;
	out->len = w.len;
}

static void tc_changed(struct routing *r, struct instant now, int64_t wait_ms)
{
	struct instant due = instant_add_ms(now, wait_ms);

	r->planned = false;
	r->tc_changed = true;
	due = instant_max(due, instant_add_ms(r->tc_last, r->tc_backoff_ms));
	r->tc_due = instant_min(r->tc_due, due);
}

/* What a link that is there now waits for: others that are about to come. */
static int64_t first_wait_ms(const struct routing *r, struct instant now)
{
	return nhdp_expects(&r->nhdp, now) ? TC_EXPECTS_MS : TC_FIRST_MS;
}

/* What does not wait until changes of links have come to rest. */
static void tc_hurries(struct routing *r, struct instant now, int64_t wait_ms)
{
	struct instant due = instant_add_ms(r->tc_last, TC_BACKOFF_MS);

	due = instant_max(due, instant_add_ms(now, wait_ms));
	r->tc_due = instant_min(r->tc_due, due);
}

/* Whether who is on the other end is there for everybody without this link, by another one
 * that we have told of. */
static bool is_spare(const struct routing *r, const struct nhdp_link *l)
{
	const struct lsdb_router *end = lsdb_find(&r->lsdb, &l->node);
	const struct graph_node *g = end != NULL ? &r->lsdb.nodes[end->slot] : NULL;

	for (unsigned i = 0; g != NULL && i < g->count; i++) {
		const struct lsdb_router *n = r->lsdb.slots[g->edges[i].peer];
		const struct nhdp_link *first =
			n->own ? NULL : nhdp_find(&r->nhdp, n->route.link);

		if (first != NULL && first->told && !id_equal(&first->node, &l->node))
			return true;
	}
	return false;
}

/* A link that we have not told of leads to somebody who is not there without it. */
static bool brings_somebody(const struct routing *r)
{
	for (const struct nhdp_link *l = r->nhdp.links; l != NULL; l = l->hh.next)
		if (l->advertised && !l->told && !is_spare(r, l))
			return true;
	return false;
}

/* Nothing is new but links that can wait for more of their kind. */
static bool can_wait(const struct routing *r)
{
	return r->tc_changed && !r->tc_urgent && !brings_somebody(r);
}

void origin_links_changed(struct routing *r, struct instant now, bool lost)
{
	r->tc_urgent |= lost;
	/* our HELLOs tell the neighbours of what is lost, before any TC does */
	for (struct nhdp_link *l = r->nhdp.links; l != NULL; l = l->hh.next)
		l->told = l->told && l->advertised;
	tc_changed(r, now, lost ? TC_LOSS_MS : first_wait_ms(r, now));
	if (brings_somebody(r))
		tc_hurries(r, now, first_wait_ms(r, now));
}

void origin_metric_changed(struct routing *r, struct instant now)
{
	int64_t links_ms = (int64_t)links_count(r) * TC_METRIC_LINK_MS;

	tc_changed(r, now,
		of_size(r, links_ms > TC_METRIC_MS ? links_ms : TC_METRIC_MS,
			TC_METRIC_ROUTER_MS));
}

/* Packets that leave the mesh are lost until all know. */
void origin_uplink_changed(struct routing *r, struct instant now)
{
	r->tc_urgent = true;
	tc_changed(r, now, 0);
	tc_hurries(r, now, TC_FIRST_MS);
}

/* Adds a link, in the place of a costlier one when the TC is full. */
static void offer_link(struct tc *t, const struct nhdp_link *l)
{
	unsigned at = t->count, worst = 0;

	for (unsigned i = 0; i < t->count; i++) {
		if (t->neighbours[i].metric > t->neighbours[worst].metric)
			worst = i;
		if (id_equal(&t->neighbours[i].node, &l->node))
			at = i;
	}
	if (at == TC_WRITE_MAX)
		at = worst;
	if (at < t->count && t->neighbours[at].metric <= l->metric_out)
		return;
	t->neighbours[at] = (struct tc_neighbour){ l->node, l->metric_out };
	if (at == t->count)
		t->count++;
}

static void plan_next(struct routing *r, struct instant now)
{
	int64_t longest = of_size(r, TC_BACKOFF_MAX_MS, TC_BACKOFF_ROUTER_MS);
	bool calm = instant_since_us(now, r->tc_last) > 2000 * longest;

	if (r->tc_changed) {
		r->tc_backoff_ms = calm ? TC_BACKOFF_MS : r->tc_backoff_ms * 2;
		if (r->tc_backoff_ms > longest)
			r->tc_backoff_ms = longest;
		r->ansn++;
	}
	r->tc_changed = r->tc_urgent = false;
	r->tc_last = now;
	r->tc_due = instant_add_us(now,
		rng_jitter(&r->config.rng, tc_interval(r) * 1000, TC_JITTER_PERCENT));
}

void origin_tc(struct routing *r, struct instant now)
{
	uint8_t body[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(body, sizeof(body));
	struct tc t = { .hop_limit = TC_HOP_LIMIT, .hops_at = TC_HOPS_AT };
	struct lsdb_router *self;

	if (!instant_due(r->tc_due, now))
		return;
	if (can_wait(r)) {
		r->tc_due = instant_add_ms(
			r->tc_last, of_size(r, TC_SPARE_MS, TC_SPARE_ROUTER_MS));
		if (!instant_due(r->tc_due, now))
			return;
	}
	plan_next(r, now);
	fill_announce(r, &t.announce, tc_interval(r));
	t.ansn = r->ansn;
	tc_attach_uplinks(&t, r->uplink & ROUTING_UPLINK_ALL);
	for (struct nhdp_link *l = r->nhdp.links; l != NULL; l = l->hh.next) {
		l->told = l->advertised;
		if (l->advertised)
			offer_link(&t, l);
	}
	tc_write(&w, &t);
	check(!w.overflow);
	self = lsdb_install(&r->lsdb, now, &t, writer_bytes(&w));
	check(self != NULL && self->own);
	flood_add(&r->flood, now, self, 0, false);
}
