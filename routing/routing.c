/* SPDX-License-Identifier: ISC */
/*
 * The routing machine: what comes in, what time does, what goes out. Core calls
 * routing_take for each interface after every call that changes something and after every
 * tick, until there is nothing more or the interface has no airtime, and routing_take_link
 * for each link that has room.
 *
 * Timers: those of nhdp.h, lsdb.h and flood.h; each interface's next HELLO; our next TC;
 * the next search for paths.
 */
#include "routing/machine.h"

#include "node/base/mem.h"
#include "routing/beat.h"

struct routing *routing_new(const struct routing_config *config, struct instant now)
{
	struct routing *r = mem_new(sizeof(*r));
	struct lsdb_router *self;

	r->config = *config;
	r->config.name[ROUTING_NAME_MAX] = '\0';
	r->sequence = config->sequence;
	r->will_flooding = r->will_routing = WILL_DEFAULT;
	r->ticked = instant_us(INT64_MIN);
	r->tc_due = NEVER;
	r->tc_last = instant_us(INT64_MIN / 2);
	r->spf_last = instant_us(INT64_MIN / 2);
	r->digest_changed = now;
	nhdp_init(&r->nhdp);
	lsdb_init(&r->lsdb);
	flood_init(&r->flood, &r->lsdb, &r->nhdp, &r->config.rng);
	r->repairs = (struct repairs){ .db = &r->lsdb, .rng = &r->config.rng };
	spf_init(&r->spf);
	self = lsdb_router_add(&r->lsdb, &config->self);
	lsdb_own_set(&r->lsdb, self);
	origin_links_changed(r, now, false);
	return r;
}

void routing_free(struct routing *r)
{
	if (r == NULL)
		return;
	nhdp_fini(&r->nhdp);
	lsdb_fini(&r->lsdb);
	flood_fini(&r->flood);
	spf_fini(&r->spf);
	alternates_fini(&r->alternates);
	mem_free(r);
}

static struct interface *find_interface(struct routing *r, uint32_t number)
{
	for (unsigned i = 0; i < ROUTING_INTERFACES_MAX; i++)
		if (r->interfaces[i].number == number)
			return &r->interfaces[i];
	return NULL;
}

/* Lets what has changed have its effects. */
void routing_settle(struct routing *r, struct instant now)
{
	unsigned changes = nhdp_update(&r->nhdp, now);

	r->planned = false;
	mpr_update(&r->nhdp);
	if (changes & NHDP_STATUS)
		origin_hello_soon(r, now);
	if (changes & NHDP_TOPOLOGY) {
		r->links_dirty = true;
		origin_links_changed(r, now, changes & NHDP_GONE);
	}
	if (changes & NHDP_GONE)
		routes_search(r, now);
	routes_update(r, now);
}

void routing_interface_add(struct routing *r, struct instant now, uint32_t interface)
{
	struct interface *f = find_interface(r, interface);
	uint8_t number[2];

	check(interface != 0);
	if (f != NULL)
		return;
	f = find_interface(r, 0);
	if (f == NULL) {
		log_line(r->config.log, LOG_WARN_,
			"routing: interface left out: all places are taken", NULL);
		return;
	}
	rng_fill(&r->config.rng, number, sizeof(number));
	*f = (struct interface){ .number = interface,
		.hello_due = NEVER,
		.hello_last = instant_add_ms(now, -HELLO_GAP_MS),
		.hello_spent = now,
		.beat_due = NEVER,
		.strange_due = now,
		.packet_number = (uint16_t)(number[0] << 8 | number[1]) };
	r->planned = false;
	origin_hello_soon(r, now);
}

void routing_interface_remove(struct routing *r, struct instant now, uint32_t interface)
{
	struct interface *f = interface != 0 ? find_interface(r, interface) : NULL;

	if (f == NULL)
		return;
	flood_interface_gone(&r->flood, (unsigned)(f - r->interfaces));
	nhdp_interface_gone(&r->nhdp, interface);
	memset(f, 0, sizeof(*f));
	r->links_dirty = true;
	origin_links_changed(r, now, true);
	routing_settle(r, now);
}

bool routing_is_news(const struct routing *r, enum message_kind kind, uint32_t interface,
	const struct address *originator, uint64_t sequence)
{
	const struct lsdb_router *n;

	if (kind == MESSAGE_HELLO)
		return !id_equal(originator, &r->config.self) &&
		       nhdp_is_news(&r->nhdp, interface, originator, sequence);
	if (id_equal(originator, &r->config.self))
		return sequence >= r->sequence;
	n = lsdb_find(&r->lsdb, originator);
	return n == NULL || !n->known || sequence > n->sequence;
}

uint64_t routing_sequence_of(const struct routing *r, const struct address *router)
{
	const struct lsdb_router *n = lsdb_find(&r->lsdb, router);

	return n != NULL && n->known ? n->sequence : 0;
}

void routing_forget(struct routing *r, struct instant now, const struct address *router)
{
	struct lsdb_router *n = lsdb_find(&r->lsdb, router);

	if (n != NULL && !n->own)
		lsdb_forget(&r->lsdb, now, n);
}

void routing_copy(struct routing *r, struct instant now, uint32_t link,
	const struct routing_signed *copy)
{
	struct lsdb_router *n = lsdb_find(&r->lsdb, &copy->originator);

	if (n == NULL || !n->known || n->own || n->sequence != copy->sequence)
		return;
	if (n->body[n->hops_at] > 0 || copy->hop_limit <= 1) {
		flood_heard(n, link);
		return;
	}
	n->body[n->hops_at] = (uint8_t)(copy->hop_limit - 1);
	flood_add(&r->flood, now, n, link, false);
	r->planned = false;
}

static bool refuse(struct routing *r, enum drop_reason reason)
{
	return drop(r->config.drops, reason);
}

/* What a HELLO or a beat says of its speaker's database. */
static void compare_digest(struct routing *r, struct instant now, struct nhdp_link *l)
{
	if (l->advertised)
		repair_digest(&r->repairs, l, now, r->digest, r->digest_changed);
}

/* A neighbour says in its HELLO that a link is lost; its TC, which says so to all, may come much
 * later, and until then it and we would send back to each other what is for there. Links are only
 * taken away: a HELLO proves no session. Who contradicts himself for long wants what those send who
 * hear his TC only to go round. */
static void take_losses(struct routing *r, struct instant now, const struct nhdp_link *l,
	const struct hello *h)
{
	struct lsdb_router *n = lsdb_find(&r->lsdb, &l->node);
	struct tc t;

	if (!l->advertised || n == NULL || !n->known ||
		h->announce.sequence < n->sequence)
		return;
	if (n->contradicted.us != NEVER.us &&
		instant_due(instant_add_ms(n->contradicted, TC_CONTRADICTED_MS), now)) {
		if (tc_parse(&t, bytes_of(n->body, n->body_len)))
			graph_links_set(&r->lsdb, n, &t);
		return;
	}
	for (unsigned i = 0; i < h->count; i++)
		if (!hello_is_symmetric(&h->neighbours[i]) &&
			graph_link_gone(&r->lsdb, n, &h->neighbours[i].node))
			n->contradicted = instant_min(n->contradicted, now);
}

bool routing_hello(struct routing *r, struct instant now, uint32_t interface,
	uint32_t link, struct bytes body)
{
	struct interface *f = interface != 0 ? find_interface(r, interface) : NULL;
	struct nhdp_link *l = nhdp_find(&r->nhdp, link);
	struct hello h;
	bool was_advertised = l != NULL && l->advertised;
	uint32_t metric_out = l != NULL ? l->metric_out : 0;

	if (f == NULL || link == 0)
		return refuse(r, DROP_UNWANTED);
	if (!hello_parse(&h, body))
		return refuse(r, DROP_MALFORMED);
	if (id_equal(&h.announce.originator, &r->config.self))
		return refuse(r, DROP_OWN);
	if (!routing_is_news(r, MESSAGE_HELLO, interface, &h.announce.originator,
		    h.announce.sequence))
		return refuse(r, DROP_STALE);
	if (l != NULL && !nhdp_is_owner(l, &h.announce.originator))
		return refuse(r, DROP_SOURCE);
	l = nhdp_hello(&r->nhdp, now, link, &h, &r->config.self);
	if (l == NULL)
		return refuse(r, DROP_FULL);
	r->counters.hellos_taken++;
	l->interface = interface;
	l->place = (unsigned)(f - r->interfaces);
	if (was_advertised && l->metric_out != metric_out) {
		r->links_dirty = true;
		origin_metric_changed(r, now);
	}
	take_losses(r, now, l, &h);
	routing_settle(r, now);
	r->planned = false;
	l = nhdp_find(&r->nhdp, link);
	if (l != NULL && was_advertised)
		compare_digest(r, now, l);
	else if (l != NULL && l->advertised)
		links_begin(r, now, l);
	return true;
}

bool routing_beat(struct routing *r, struct instant now, uint32_t interface,
	uint32_t link, struct bytes body)
{
	struct interface *f = interface != 0 ? find_interface(r, interface) : NULL;
	struct nhdp_link *l = nhdp_find(&r->nhdp, link);
	bool lost = l == NULL || l->interface != interface || l->status == HELLO_LOST;
	struct beat b;

	if (f == NULL)
		return refuse(r, DROP_UNWANTED);
	if (!beat_parse(&b, body))
		return refuse(r, DROP_MALFORMED);
	r->planned = false;
	if (lost)
		origin_strange_beat(r, now, (unsigned)(f - r->interfaces));
	if (l == NULL || l->interface != interface)
		return false;
	if (!nhdp_beat(l, now, b.number))
		return refuse(r, DROP_STALE);
	l->digest = b.digest;
	compare_digest(r, now, l);
	routing_settle(r, now);
	return !lost;
}

/* Our own TC came back with a sequence that we have not used: this node was restored from
 * an older state. Only our key can have signed it, so go on above it, and above the HELLOs
 * that followed it, which somebody may play to our neighbours. */
static bool take_own(struct routing *r, struct instant now, uint64_t sequence)
{
	if (sequence >= r->sequence && sequence < UINT64_MAX / 2) {
		r->planned = false;
		r->sequence = sequence + OWN_AHEAD;
		origin_links_changed(r, now, false);
	}
	return refuse(r, DROP_OWN);
}

/* Whether the TC that we have of a router lists us. */
static bool lists_us(const struct routing *r, const struct address *router)
{
	const struct lsdb_router *n = lsdb_find(&r->lsdb, router);

	for (unsigned i = 0; n != NULL && i < r->lsdb.nodes[n->slot].count; i++)
		if (r->lsdb.nodes[n->slot].edges[i].peer == r->lsdb.own)
			return true;
	for (unsigned i = 0; n != NULL && i < n->claim_count; i++)
		if (id_equal(&n->claims[i].to, &r->config.self))
			return true;
	return false;
}

/* A neighbour that lists us no more has found out sooner that the link carries nothing. One
 * that did not list us before may have sent this TC before it had a session with us, but not when
 * it is known for long. */
static void look_for_us(
	struct routing *r, struct instant now, const struct tc *t, bool listed)
{
	for (unsigned i = 0; i < t->count; i++)
		if (id_equal(&t->neighbours[i].node, &r->config.self))
			return;
	if (t->count >= TC_WRITE_MAX)
		return; /* not all links may have had room */
	for (struct nhdp_link *l = r->nhdp.links; l != NULL; l = l->hh.next)
		if (l->advertised && id_equal(&l->node, &t->announce.originator) &&
			t->announce.sequence > l->sequence &&
			(listed || instant_due(instant_add_ms(l->made, LISTED_MS), now)))
			nhdp_denied(l, now);
}

bool routing_tc(struct routing *r, struct instant now, uint32_t link, bool told,
	struct bytes body)
{
	uint8_t onward[ROUTING_MESSAGE_MAX];
	struct lsdb_router *n;
	bool listed;
	struct tc t;

	if (body.len > sizeof(onward) || !tc_parse(&t, body))
		return refuse(r, DROP_MALFORMED);
	if (id_equal(&t.announce.originator, &r->config.self))
		return take_own(r, now, t.announce.sequence);
	if (!routing_is_news(
		    r, MESSAGE_TC, 0, &t.announce.originator, t.announce.sequence))
		return refuse(r, DROP_STALE);
	memcpy(onward, body.data, body.len);
	onward[t.hops_at] = (uint8_t)(t.hop_limit > 0 ? t.hop_limit - 1 : 0);
	onward[t.hops_at + 1] =
		(uint8_t)(t.hop_count < UINT8_MAX ? t.hop_count + 1 : UINT8_MAX);
	listed = lists_us(r, &t.announce.originator);
	n = lsdb_install(&r->lsdb, now, &t, bytes_of(onward, body.len));
	if (n == NULL)
		return refuse(r, DROP_FULL);
	r->counters.tcs_taken++;
	if (onward[t.hops_at] > 0)
		flood_add(&r->flood, now, n, link, told);
	repair_progress(&r->repairs, now, link);
	look_for_us(r, now, &t, listed);
	routing_settle(r, now);
	return true;
}

bool routing_lsdb(struct routing *r, struct instant now, uint32_t link, struct bytes body)
{
	struct nhdp_link *l = nhdp_find(&r->nhdp, link);
	struct summary s;

	if (!summary_parse(&s, body))
		return refuse(r, DROP_MALFORMED);
	if (l == NULL || !l->usable || l->interface == 0)
		return refuse(r, DROP_UNWANTED);
	r->planned = false;
	repair_summary(&r->repairs, l, now, &s);
	return true;
}

static void put_tc(
	const struct routing *r, const struct lsdb_router *n, struct routing_output *out)
{
	memcpy(out->body, n->body, n->body_len);
	out->len = n->body_len;
	out->kind = MESSAGE_TC;
	out->sign = id_equal(&n->address, &r->config.self);
	if (out->body[n->hops_at] == 0)
		out->body[n->hops_at] = 1;
}

void routing_tick(struct routing *r, struct instant now)
{
	r->ticked = now;
	r->planned = false;
	routing_settle(r, now);
	origin_tc(r, now);
	if (lsdb_expire(&r->lsdb, now))
		r->links_dirty = true;
	routes_update(r, now);
}

/* Output that was due at the last tick waits for routing_take, not for another tick. */
static void plan_output(struct routing *r, struct instant due)
{
	r->output_due = instant_min(r->output_due, due);
	if (instant_before(r->ticked, due))
		r->deadline = instant_min(r->deadline, due);
}

/* When there is something to do and something to say, remembered until the next call that
 * can change it: every one that hands in `now` sets planned to false, or calls settle. */
static void plan(struct routing *r)
{
	struct instant doubt_at;

	if (r->planned)
		return;
	r->planned = true;
	r->output_due = r->repair_due = NEVER;
	r->deadline = instant_min(routes_deadline(r), r->tc_due);
	r->deadline = instant_min(r->deadline, nhdp_deadline(&r->nhdp));
	r->deadline = instant_min(r->deadline, lsdb_deadline(&r->lsdb));
	plan_output(r, flood_deadline(&r->flood));
	doubt_at = nhdp_doubt_at(&r->nhdp); /* taken by core right after the tick */
	if (instant_before(r->ticked, doubt_at))
		r->deadline = instant_min(r->deadline, doubt_at);
	for (unsigned i = 0; i < ROUTING_INTERFACES_MAX; i++)
		if (r->interfaces[i].number != 0)
			plan_output(r, instant_min(r->interfaces[i].hello_due,
					       r->interfaces[i].beat_due));
	for (const struct nhdp_link *l = r->nhdp.links; l != NULL; l = l->hh.next)
		if (l->advertised)
			r->repair_due = instant_min(r->repair_due, repair_deadline(l));
	if (instant_before(r->ticked, r->repair_due))
		r->deadline = instant_min(r->deadline, r->repair_due);
}

struct instant routing_deadline(struct routing *r)
{
	plan(r);
	return r->deadline;
}

bool routing_take(struct routing *r, struct instant now, uint32_t interface,
	struct routing_output *out)
{
	struct interface *f = interface != 0 ? find_interface(r, interface) : NULL;
	struct lsdb_router *n;
	unsigned place;

	plan(r);
	if (f == NULL)
		return false;
	place = (unsigned)(f - r->interfaces);
	if (instant_before(now, r->output_due) && !flood_goes_on(&r->flood, now, place))
		return false;
	r->planned = false;
	if (instant_due(f->hello_due, now)) {
		origin_hello(r, now, place, out);
		return true;
	}
	if (instant_due(f->beat_due, now)) {
		origin_beat(r, now, place, out);
		return true;
	}
	n = flood_take(&r->flood, now, place);
	if (n == NULL)
		return false;
	put_tc(r, n, out);
	return true;
}

bool routing_take_link(
	struct routing *r, struct instant now, uint32_t link, struct routing_output *out)
{
	struct writer w = writer_of(out->body, sizeof(out->body));
	const struct lsdb_router *n;
	struct nhdp_link *l;
	struct summary s;

	plan(r);
	if (instant_before(now, r->repair_due))
		return false;
	l = nhdp_find(&r->nhdp, link);
	if (l == NULL || !l->advertised || instant_before(now, repair_deadline(l)))
		return false;
	r->planned = false;
	if (repair_take_summary(&r->repairs, l, now, r->digest, &s)) {
		summary_write(&w, &s);
		check(!w.overflow);
		out->kind = MESSAGE_LSDB;
		out->sign = false;
		out->len = w.len;
		return true;
	}
	n = repair_take_tc(&r->repairs, l, now);
	if (n == NULL)
		return false;
	put_tc(r, n, out);
	return true;
}

uint64_t routing_sequence(const struct routing *r)
{
	return r->sequence;
}

void routing_uplink_set(struct routing *r, struct instant now, uint8_t flags)
{
	if (r->uplink == flags)
		return;
	r->uplink = flags;
	origin_uplink_changed(r, now);
}

void routing_willingness_set(
	struct routing *r, struct instant now, unsigned flooding, unsigned routing)
{
	check(flooding <= WILL_ALWAYS && routing <= WILL_ALWAYS);
	if (r->will_flooding == flooding && r->will_routing == routing)
		return;
	r->will_flooding = (uint8_t)flooding;
	r->will_routing = (uint8_t)routing;
	origin_hello_soon(r, now);
}

void routing_saving_set(struct routing *r, struct instant now, bool saving)
{
	if (r->saving == saving)
		return;
	r->saving = saving;
	origin_hello_soon(r, now);
}

bool routing_fill_at(const struct routing *r, size_t i, struct fill *out)
{
	if (i == 0)
		*out = (struct fill){ "routers", r->lsdb.count };
	else if (i == 1)
		*out = (struct fill){ "routing links", r->nhdp.count };
	return i < ROUTING_FILLS;
}
