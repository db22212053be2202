/* SPDX-License-Identifier: ISC */
/* Links and what is known of them; see nhdp.h. */
#include "routing/nhdp.h"

#include "node/base/mem.h"
#include "routing/metric.h"

enum {
	BEATS_EXTRA = 8,    /* HELLOs on change, which may be lost, between beats */
	DOUBT_LATE_MS = 80, /* a beat may be so late: others had the channel */
};

void nhdp_init(struct nhdp *all)
{
	memset(all, 0, sizeof(*all));
}

static void link_free(struct nhdp *all, struct nhdp_link *l)
{
	HASH_DEL(all->links, l);
	twohop_fini(&l->twohops);
	all->mpr_stale = true;
	all->count--;
	mem_free(l->repair.tcs);
	mem_free(l);
}

void nhdp_fini(struct nhdp *all)
{
	while (all->links != NULL)
		link_free(all, all->links);
}

struct nhdp_link *nhdp_find(const struct nhdp *all, uint32_t number)
{
	struct nhdp_link *l;

	HASH_FIND(hh, all->links, &number, sizeof(number), l);
	return l;
}

static bool goes_before(const struct nhdp_link *a, const struct nhdp_link *b)
{
	if (a->usable != b->usable)
		return b->usable;
	return instant_before(a->last_heard, b->last_heard);
}

static bool make_room(struct nhdp *all)
{
	struct nhdp_link *victim = NULL;

	if (all->count < ROUTING_LINKS_MAX)
		return true;
	for (struct nhdp_link *l = all->links; l != NULL; l = l->hh.next)
		if (!l->advertised && (victim == NULL || goes_before(l, victim)))
			victim = l;
	if (victim == NULL)
		return false;
	link_free(all, victim);
	return true;
}

static struct nhdp_link *link_new(struct nhdp *all, struct instant now, uint32_t number)
{
	struct nhdp_link *l;

	if (!make_room(all))
		return NULL;
	l = mem_new(sizeof(*l));
	l->number = number;
	l->made = l->last_heard = l->alive = now;
	l->heard_until = l->symmetric_until = l->lost_until = now;
	l->loss_out_ppm = NHDP_LOSS_UNKNOWN;
	l->status = HELLO_LOST;
	l->repair.ask_due = l->repair.tell_due = NEVER;
	l->repair.tcs_due = NEVER;
	l->left_out = NEVER;
	l->repair.differs_since = NEVER;
	l->repair.asked = instant_us(INT64_MIN / 2);
	l->repair.credit_at = instant_us(INT64_MIN / 2);
	HASH_ADD(hh, all->links, number, sizeof(l->number), l);
	all->count++;
	return l;
}

bool nhdp_is_news(const struct nhdp *all, uint32_t interface,
	const struct address *originator, uint64_t sequence)
{
	for (const struct nhdp_link *l = all->links; l != NULL; l = l->hh.next)
		if (l->interface == interface && id_equal(&l->node, originator) &&
			l->sequence >= sequence)
			return false;
	return true;
}

bool nhdp_is_owner(const struct nhdp_link *l, const struct address *originator)
{
	return l->interface == 0 || id_equal(&l->node, originator) ||
	       (l->status == HELLO_LOST && !l->usable);
}

/* A number ahead by d is d - 1 lost packets; one far off is a neighbour that restarted. */
static void count_packet(struct nhdp_link *l, uint16_t number)
{
	unsigned ahead = (uint16_t)(number - l->packet_number);

	l->packet_number = number;
	if (l->samples == 0 || ahead == 0 || ahead > NHDP_WINDOW) {
		l->window = 1;
		l->samples = 1;
		return;
	}
	l->window = (ahead < 64 ? l->window << ahead : 0) | 1;
	l->samples += ahead;
	if (l->samples > NHDP_WINDOW)
		l->samples = NHDP_WINDOW;
}

/* How many quarters of the announced validity a link gets: so many HELLOs in a row are
 * lost by mere chance once in some 10^5 to 10^6. */
static int64_t quarters_of_validity(uint32_t loss_ppm)
{
	static const struct {
		uint32_t loss_ppm;
		int64_t quarters;
	} rows[] = { { 20000, 4 }, { 80000, 5 }, { 150000, 6 }, { 250000, 8 } };

	if (loss_ppm == NHDP_LOSS_UNKNOWN)
		return 6;
	for (size_t i = 0; i < array_len(rows); i++)
		if (loss_ppm < rows[i].loss_ppm)
			return rows[i].quarters;
	return 11;
}

/* forgotten: it has no session either; else it may not have heard us often enough yet. */
static void deny(struct nhdp_link *l, struct instant now, bool forgotten)
{
	l->denied = true;
	l->forgotten = forgotten;
	if (l->status == HELLO_SYMMETRIC || (forgotten && l->usable))
		l->left_out = instant_add_us(now, 1); /* at the next tick */
}

void nhdp_denied(struct nhdp_link *l, struct instant now)
{
	deny(l, now, true);
}

/* What a HELLO says of the way from us to its speaker. */
static void hear_of_ourselves(struct nhdp_link *l, struct instant now,
	const struct hello *h, const struct address *self)
{
	for (unsigned i = 0; i < h->count; i++) {
		const struct hello_neighbour *n = &h->neighbours[i];

		if (!id_equal(&n->node, self) || n->status == HELLO_NO_LINK)
			continue;
		l->mpr_selector = n->mpr;
		l->denied = false;
		if (n->status != HELLO_SYMMETRIC)
			deny(l, now, n->status == HELLO_LOST);
		l->symmetric_until = n->status == HELLO_LOST
					     ? now
					     : instant_add_us(now, l->validity_us);
		l->loss_out_ppm = n->loss > HELLO_LOSS_ONE
					  ? NHDP_LOSS_UNKNOWN
					  : n->loss * (uint32_t)(PPM / HELLO_LOSS_ONE);
		return;
	}
	if (h->partial)
		return;
	nhdp_denied(l, now);
	l->symmetric_until = now;
	l->mpr_selector = 0;
}

/* What a HELLO says for the choice of relays: only over a symmetric link (RFC 6130 section
 * 12.6). */
static void hear_of_others(struct nhdp *all, struct nhdp_link *l, struct instant now,
	const struct hello *h, const struct address *self)
{
	bool changed = l->will_flooding != h->will_flooding ||
		       l->will_routing != h->will_routing;

	l->will_flooding = h->will_flooding;
	l->will_routing = h->will_routing;
	if (instant_before(now, l->symmetric_until))
		changed = twohop_hello(&l->twohops, h, self,
				  instant_add_us(now, l->validity_us)) ||
			  changed;
	all->mpr_stale = all->mpr_stale || changed;
}

/* A link that was lost counts again after several HELLOs, or a handshake and one less; but not
 * before there is a session: the neighbour may still have the one that was given up here, and
 * only the neighbour may be able to begin another. So it has to be told. */
static void heard_again(struct nhdp_link *l)
{
	if (!l->lost || ++l->heard_again < NHDP_HEARD_AGAIN)
		return;
	if (l->usable)
		l->lost = false;
	else
		l->tell |= l->heard_again == NHDP_HEARD_AGAIN;
}

static void heard(struct nhdp_link *l, struct instant now)
{
	l->last_heard = now;
	l->doubted = false;
	heard_again(l);
}

/* The first of it since it was lost: whoever was cut off has spoken meanwhile. */
static void note_return(struct nhdp_link *l, uint16_t number)
{
	if (l->lost && l->heard_again == 0)
		l->was_busy = (uint16_t)(number - l->packet_number) <= 1;
}

/* Nobody signs a beat, so what it says must be possible after the last HELLO, by the time
 * since: else one beat would make a link seem lossy, and those that follow stale. */
static bool is_plausible(const struct nhdp_link *l, struct instant now, uint16_t number)
{
	int64_t shortest_us = l->beat_us * 3 / 4;
	unsigned ahead = (uint16_t)(number - l->signed_number);

	return shortest_us > 0 &&
	       ahead <= BEATS_EXTRA + instant_since_us(now, l->signed_at) / shortest_us;
}

/* The cost of a link changes by HELLOs only, which say how many beats there were. */
bool nhdp_beat(struct nhdp_link *l, struct instant now, uint16_t number)
{
	unsigned ahead = (uint16_t)(number - l->packet_number);
	unsigned place = (uint16_t)(number - l->signed_number) - 1u;

	if (l->interface == 0 || place >= NHDP_WINDOW || l->beats >> place & 1 ||
		!is_plausible(l, now, number))
		return false;
	note_return(l, number);
	l->beats |= 1ull << place;
	if (ahead > 0 && ahead <= NHDP_WINDOW)
		count_packet(l, number);
	heard(l, now);
	return true;
}

/* What was counted since the last HELLO, put right: the number in a HELLO is signed. */
static void count_hello(struct nhdp_link *l, struct instant now, uint16_t number)
{
	unsigned ahead = (uint16_t)(number - l->signed_number);

	note_return(l, number);
	l->window = l->signed_window;
	l->samples = l->signed_samples;
	/* what it said while it was away is no loss of a link that works */
	if (l->away)
		ahead = 1;
	l->packet_number = (uint16_t)(number - ahead);
	count_packet(l, number);
	l->away = false;
	for (unsigned i = 1; l->samples > 1 && i < ahead && ahead < NHDP_WINDOW; i++)
		l->window |= (l->beats >> (i - 1) & 1) << (ahead - i);
	l->signed_number = number;
	l->signed_at = now;
	l->signed_window = l->window;
	l->signed_samples = l->samples;
	l->beats = 0;
}

/* A beat may be missed by chance as often as its loss says; then only probes can tell. So do
 * they when the HELLOs that a link stands on are about to be over, though beats come: somebody
 * may keep HELLOs from being heard. */
static struct instant doubt_at(const struct nhdp_link *l)
{
	static const struct {
		uint32_t loss_ppm;
		int64_t beats;
	} rows[] = { { 80000, 1 }, { 180000, 2 }, { 280000, 3 }, { PPM + 1, 4 } };
	struct instant sign = instant_max(l->last_heard, l->alive);
	struct instant over = instant_add_us(
		instant_min(l->heard_until, l->symmetric_until), -l->validity_us / 4);
	uint32_t loss_ppm = nhdp_loss_in_ppm(l, l->last_heard);
	size_t i = 0;

	if (l->left_out.us != NEVER.us || l->doubted || !l->advertised)
		return l->left_out;
	if (l->beat_us == 0)
		return over;
	if (loss_ppm == NHDP_LOSS_UNKNOWN)
		loss_ppm = 0;
	while (loss_ppm >= rows[i].loss_ppm)
		i++;
	return instant_min(
		over, instant_add_ms(instant_add_us(sign, l->beat_us * rows[i].beats),
			      DOUBT_LATE_MS));
}

bool nhdp_doubt_take(struct nhdp *all, struct instant now, uint32_t *number)
{
	for (struct nhdp_link *l = all->links; l != NULL; l = l->hh.next) {
		if (!instant_due(doubt_at(l), now))
			continue;
		l->doubted = true;
		l->left_out = NEVER;
		*number = l->number;
		return true;
	}
	return false;
}

struct instant nhdp_doubt_at(const struct nhdp *all)
{
	struct instant first = NEVER;

	for (const struct nhdp_link *l = all->links; l != NULL; l = l->hh.next)
		first = instant_min(first, doubt_at(l));
	return first;
}

struct nhdp_link *nhdp_hello(struct nhdp *all, struct instant now, uint32_t number,
	const struct hello *h, const struct address *self)
{
	const struct announce *a = &h->announce;
	struct nhdp_link *l = nhdp_find(all, number);
	uint32_t metric_in, metric_out;

	if (l == NULL)
		l = link_new(all, now, number);
	if (l == NULL)
		return NULL;
	if (l->interface != 0 && !id_equal(&l->node, &a->originator)) {
		l->samples = l->signed_samples = 0;
		l->loss_out_ppm = NHDP_LOSS_UNKNOWN;
		l->metric_in = l->metric_out = 0;
	}
	l->node = a->originator;
	l->id = a->key;
	memcpy(l->name, a->name, sizeof(l->name));
	l->sequence = a->sequence;
	l->digest = h->has_digest ? h->digest : 0;
	l->interval_us = (int64_t)a->interval_ms * 1000;
	l->beat_us = (int64_t)h->beat_ms * 1000;
	heard(l, now);
	count_hello(l, now, h->number);
	l->validity_us = (int64_t)a->validity_ms * 250 *
			 quarters_of_validity(nhdp_loss_in_ppm(l, now));
	l->heard_until = instant_add_us(now, l->validity_us);
	hear_of_ourselves(l, now, h, self);
	hear_of_others(all, l, now, h, self);
	metric_in = l->metric_in;
	metric_out = l->metric_out;
	nhdp_cost(l, now, false);
	if (l->metric_in != metric_in || l->metric_out != metric_out)
		all->mpr_stale = true;
	return l;
}

void nhdp_usable(struct nhdp *all, struct instant now, uint32_t number, bool usable)
{
	struct nhdp_link *l = nhdp_find(all, number);
	bool begun;

	if (l == NULL && usable)
		l = link_new(all, now, number);
	if (l == NULL)
		return;
	begun = usable && !l->usable;
	l->usable = usable;
	if (begun) {
		l->denied = false;
		l->left_out = NEVER;
		heard_again(l);
		/* a handshake has gone both ways over it: no HELLO could say more */
		if (l->interface != 0)
			l->symmetric_until = instant_max(
				l->symmetric_until, instant_add_us(now, l->validity_us));
	}
	if (l->interface == 0 && !usable)
		link_free(all, l);
}

/* Its past binds nobody any more: a neighbour who was restored from an older state, and whose
 * HELLOs are therefore stale, gets in again, to be told of his own last TC. */
static void lose(struct nhdp_link *l, struct instant now)
{
	l->lost = l->away = true;
	l->was_busy = l->suspect = false;
	l->sequence = 0;
	l->heard_again = 0;
	l->lost_until = instant_add_ms(now, NHDP_LOST_HOLD_MS);
}

void nhdp_failed(struct nhdp_link *l, struct instant now)
{
	lose(l, now);
	l->symmetric_until = now;
}

/* A frame of the link's session proves its direction as well as a HELLO does, one that was
 * acknowledged both. */
void nhdp_alive(struct nhdp_link *l, struct instant now, bool acknowledged)
{
	l->alive = now;
	l->doubted = false;
	if (l->status != HELLO_SYMMETRIC || l->lost)
		return;
	l->heard_until = instant_max(l->heard_until, instant_add_us(now, l->validity_us));
	if (acknowledged)
		l->symmetric_until = instant_max(l->symmetric_until, l->heard_until);
}

void nhdp_interface_gone(struct nhdp *all, uint32_t interface)
{
	struct nhdp_link *l, *next;

	for (l = all->links; l != NULL; l = next) {
		next = l->hh.next;
		if (l->interface == interface)
			link_free(all, l);
	}
}

static enum hello_status status_now(const struct nhdp_link *l, struct instant now)
{
	if (l->interface == 0 || l->lost || instant_due(l->heard_until, now))
		return HELLO_LOST;
	return instant_due(l->symmetric_until, now) ? HELLO_HEARD : HELLO_SYMMETRIC;
}

static bool is_over(const struct nhdp_link *l, struct instant now)
{
	return l->lost && !l->usable && instant_due(l->lost_until, now) &&
	       instant_due(l->heard_until, now);
}

static unsigned link_update(struct nhdp_link *l, struct instant now)
{
	enum hello_status status;
	unsigned changes = 0;
	bool advertised;

	if (l->interface != 0 && !l->lost && instant_due(l->heard_until, now))
		lose(l, now);
	status = status_now(l, now);
	advertised = status == HELLO_SYMMETRIC && l->usable;
	if (status != l->status || l->tell)
		changes |= NHDP_STATUS;
	l->tell = false;
	if (advertised != l->advertised)
		changes |= advertised ? NHDP_TOPOLOGY : NHDP_TOPOLOGY | NHDP_GONE;
	l->status = status;
	l->advertised = advertised;
	return changes;
}

static bool has_symmetric_link(const struct nhdp *all, const struct address *node)
{
	for (const struct nhdp_link *l = all->links; l != NULL; l = l->hh.next)
		if (l->status == HELLO_SYMMETRIC && id_equal(&l->node, node))
			return true;
	return false;
}

/* The sets that hang on a link (RFC 6130 section 13). */
static void follow_status(struct nhdp *all, struct nhdp_link *l, struct instant now)
{
	all->mpr_stale = true;
	if (l->status == HELLO_SYMMETRIC) {
		lost_remove(&all->lost, &l->node);
		return;
	}
	twohop_clear(&l->twohops);
	l->mpr_selector = 0;
	if (!has_symmetric_link(all, &l->node))
		lost_add(&all->lost, now, &l->node,
			instant_add_ms(now, NHDP_LOST_HOLD_MS));
}

bool nhdp_expects(const struct nhdp *all, struct instant now)
{
	for (const struct nhdp_link *l = all->links; l != NULL; l = l->hh.next)
		if (!l->advertised && !l->lost && l->interface != 0 &&
			!instant_due(instant_add_ms(l->made, NHDP_EXPECTS_MS), now))
			return true;
	return false;
}

unsigned nhdp_update(struct nhdp *all, struct instant now)
{
	struct nhdp_link *l, *next;
	enum hello_status was;
	unsigned changes = 0;

	for (l = all->links; l != NULL; l = next) {
		next = l->hh.next;
		was = l->status;
		changes |= link_update(l, now);
		if (was != l->status &&
			(was == HELLO_SYMMETRIC || l->status == HELLO_SYMMETRIC))
			follow_status(all, l, now);
		if (twohop_expire(&l->twohops, now) || (changes & NHDP_TOPOLOGY))
			all->mpr_stale = true;
		if (is_over(l, now))
			link_free(all, l);
	}
	return changes;
}

static struct instant link_deadline(const struct nhdp_link *l)
{
	if (l->interface == 0)
		return NEVER;
	if (l->lost)
		return l->usable ? NEVER : instant_max(l->lost_until, l->heard_until);
	if (l->status == HELLO_SYMMETRIC)
		return instant_min(l->heard_until, l->symmetric_until);
	return l->heard_until;
}

struct instant nhdp_deadline(const struct nhdp *all)
{
	struct instant first = NEVER;

	for (const struct nhdp_link *l = all->links; l != NULL; l = l->hh.next)
		first = instant_min(first, link_deadline(l));
	return first;
}
