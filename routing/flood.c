/* SPDX-License-Identifier: ISC */
/* The queue of TCs to be passed on; see flood.h. */
#include "routing/flood.h"

#include <utlist.h>

#include "routing/metric.h"

void flood_init(struct flood *f, const struct lsdb *db, const struct nhdp *links,
	const struct rng *rng)
{
	*f = (struct flood){ .db = db, .links = links, .rng = rng };
	heap_init(&f->waiting);
}

void flood_fini(struct flood *f)
{
	heap_fini(&f->waiting);
}

/* True when a mark was there already; else it is now, in place of the oldest of its set.
 * Sequences never come again, so marks need not expire. */
static bool passed_before(struct flood *f, uint64_t mark)
{
	uint64_t *set = f->passed[mark % FLOOD_SETS];

	for (unsigned i = 0; i < FLOOD_WAYS; i++)
		if (set[i] == mark)
			return true;
	memmove(&set[1], &set[0], sizeof(set[0]) * (FLOOD_WAYS - 1));
	set[0] = mark;
	return false;
}

/* Interfaces with an advertised link to somebody who did not send it to us. */
static uint32_t worthwhile(const struct nhdp *links, uint32_t from)
{
	uint32_t places = 0;

	for (const struct nhdp_link *l = links->links; l != NULL; l = l->hh.next)
		if (l->advertised && l->number != from)
			places |= 1u << l->place;
	return places;
}

void flood_heard(struct lsdb_router *n, uint32_t from)
{
	for (unsigned i = 0; i < n->flood_heard_count; i++)
		if (n->flood_heard[i] == from)
			return;
	if (n->flood_interfaces != 0 && n->flood_heard_count < FLOOD_HEARD_MAX)
		n->flood_heard[n->flood_heard_count++] = from;
}

/* Of what the sender says, how much the end of a link does not hear, in ppm: as the sender's own
 * TC says, or else the HELLOs from there, which tell of links before they have sessions. */
static uint64_t missed_of(const struct lsdb *db, const struct lsdb_router *sender,
	const struct address *who, const struct nhdp_link *to)
{
	const struct twohop *t;

	if (id_equal(&to->node, who))
		return 0;
	for (unsigned i = 0; sender != NULL && i < db->nodes[sender->slot].count; i++) {
		const struct graph_edge *e = &db->nodes[sender->slot].edges[i];

		if (id_equal(&db->slots[e->peer]->address, &to->node))
			return metric_loss_ppm(e->out);
	}
	t = twohop_find(&to->twohops, who);
	if (t == NULL)
		return PPM;
	return t->metric_in != 0 ? metric_loss_ppm(t->metric_in) : 0;
}

/* How many on the interface may still lack it, by who was heard with it. */
static unsigned lacking(
	const struct flood *f, const struct lsdb_router *n, unsigned place)
{
	const struct nhdp_link *to[ROUTING_LINKS_MAX];
	uint64_t missed[ROUTING_LINKS_MAX];
	unsigned count = 0, lack = 0;

	for (const struct nhdp_link *l = f->links->links; l != NULL; l = l->hh.next) {
		if (!l->advertised || l->place != place)
			continue;
		missed[count] = PPM;
		to[count++] = l;
	}
	for (unsigned i = 0; i < n->flood_heard_count; i++) {
		const struct nhdp_link *from = nhdp_find(f->links, n->flood_heard[i]);
		const struct lsdb_router *sender =
			from != NULL ? lsdb_find(f->db, &from->node) : NULL;

		for (unsigned k = 0; from != NULL && k < count; k++)
			missed[k] = missed[k] *
				    missed_of(f->db, sender, &from->node, to[k]) / PPM;
	}
	for (unsigned i = 0; i < count; i++)
		lack += missed[i] > FLOOD_MISSED_PPM;
	return lack;
}

/* A moment of chance, the shorter the more neighbours on the first of these places lack it. */
static int64_t jitter_us(
	const struct flood *f, const struct lsdb_router *n, uint32_t places)
{
	int64_t span_us = FLOOD_JITTER_MS * 1000;
	unsigned lack = lacking(f, n, (unsigned)__builtin_ctz(places));

	return 1 + (int64_t)rng_below(f->rng, (uint64_t)span_us) * 3 / (2 + lack);
}

static struct flood_source *source_of(struct flood *f, const struct lsdb_router *n)
{
	struct nhdp_link *l =
		n->flood_from != 0 ? nhdp_find(f->links, n->flood_from) : NULL;

	if (n->own)
		return &f->ours;
	return l != NULL ? &l->flood : &f->others;
}

/* Lets a router wait whose TC came from there; false: too many do. */
static bool source_takes(struct flood *f, struct lsdb_router *n, uint32_t from, bool told)
{
	unsigned most = told ? FLOOD_TOLD_MAX : FLOOD_EACH_MAX;
	struct flood_source *s;

	n->flood_from = from;
	s = source_of(f, n);
	if (s->waiting >= (s == &f->others ? FLOOD_STRANGERS_MAX : most))
		return false;
	s->waiting++;
	return true;
}

/* Whether the sender counts on us (RFC 7181 section 14.4); on our own TC we do ourselves. */
static bool is_relay(const struct flood *f, uint32_t from)
{
	const struct nhdp_link *l = nhdp_find(f->links, from);

	return l == NULL || (l->mpr_selector & HELLO_MPR_FLOODING);
}

/* TCs that are ready, to go out on these interfaces as well. */
static void pace_count(struct flood *f, uint32_t places)
{
	for (; places != 0; places &= places - 1)
		f->paces[__builtin_ctz(places)].waiting++;
}

void flood_add(struct flood *f, struct instant now, struct lsdb_router *n, uint32_t from,
	bool told)
{
	uint32_t places = worthwhile(f->links, from);
	struct instant due;

	n->flood_heard[0] = from;
	n->flood_heard_count = from != 0;
	if (places == 0 || passed_before(f, n->mark))
		return;
	if (n->flood_interfaces == 0) {
		if (!source_takes(f, n, from, told))
			return;
		n->flood_told = told;
		due = instant_add_us(now, jitter_us(f, n, places));
		if (!is_relay(f, from))
			due = instant_add_ms(due, FLOOD_OTHERS_MS);
		due = instant_max(due, instant_add_ms(n->flooded, FLOOD_GAP_MS));
		heap_add(&f->waiting, (uint64_t)due.us, n->slot);
	}
	if (!told)
		n->flood_told = false;
	if (n->flood_ready)
		pace_count(f, places & ~n->flood_interfaces);
	n->flood_interfaces |= places;
}

/* ---- what may go out ---- */

/* What is taken at one time makes one frame; the next may begin at free_at. */
static bool pace_allows(const struct flood_pace *p, struct instant now, size_t bytes)
{
	return p->at.us == now.us ? p->bytes + bytes <= FLOOD_FRAME_BYTES
				  : instant_due(p->free_at, now);
}

/* Neighbours share the channel, and speak at the same pace: the more they are, the slower. */
static int64_t crowd(const struct flood *f, unsigned place)
{
	int64_t count = 0;

	for (const struct nhdp_link *l = f->links->links; l != NULL; l = l->hh.next)
		count += l->advertised && l->place == place;
	return count > FLOOD_CROWD ? count : FLOOD_CROWD;
}

/* How many thousandths of its time a byte takes, as the channel is full. */
static int64_t slowness(const struct flood *f)
{
	int64_t slow = f->answer_us / FLOOD_ANSWER_MS;

	if (slow < 1000)
		return 1000;
	return slow < FLOOD_SLOWEST * 1000 ? slow : FLOOD_SLOWEST * 1000;
}

static void pace_spend(struct flood *f, unsigned place, struct instant now, size_t bytes)
{
	struct flood_pace *p = &f->paces[place];

	p->bytes = p->at.us == now.us ? p->bytes + bytes : bytes;
	p->at = now;
	p->free_at =
		instant_add_us(now, (int64_t)p->bytes * slowness(f) * crowd(f, place) /
					    FLOOD_CROWD / FLOOD_BYTES_MS);
}

static void went_out(struct flood *f, struct lsdb_router *n, unsigned place)
{
	struct flood_source *s = source_of(f, n);

	n->flood_interfaces &= ~(1u << place);
	f->paces[place].waiting--;
	if (n->flood_interfaces != 0)
		return;
	/* of a link that is gone by now the others were not told */
	if (s->waiting > 0)
		s->waiting--;
	n->flood_ready = false;
	DL_DELETE2(f->ready, n, flood_prev, flood_next);
}

static void ripen(struct flood *f, struct instant now)
{
	while (heap_first(&f->waiting) != NULL &&
		(int64_t)heap_first(&f->waiting)->key <= now.us) {
		struct lsdb_router *n = f->db->slots[heap_take(&f->waiting).value];

		n->flood_ready = true;
		pace_count(f, n->flood_interfaces);
		DL_APPEND2(f->ready, n, flood_prev, flood_next);
	}
}

void flood_interface_gone(struct flood *f, unsigned place)
{
	struct lsdb_router *n, *next;

	ripen(f, NEVER);
	for (n = f->ready; n != NULL; n = next) {
		next = n->flood_next;
		if (n->flood_interfaces & 1u << place)
			went_out(f, n, place);
	}
	memset(&f->paces[place], 0, sizeof(f->paces[place]));
}

/* Of those that are ready for this interface, the first of whom went out longest ago; what was told
 * by repairs after all others. */
static struct lsdb_router *fairest(struct flood *f, unsigned place)
{
	struct lsdb_router *best = NULL;
	uint64_t served = UINT64_MAX;

	for (struct lsdb_router *n = f->ready; n != NULL; n = n->flood_next) {
		const struct flood_source *s = source_of(f, n);

		if (!(n->flood_interfaces & 1u << place))
			continue;
		if (best != NULL && n->flood_told != best->flood_told
				? n->flood_told
				: s->served >= served)
			continue;
		best = n;
		served = s->served;
		if (served == 0 && !n->flood_told)
			break;
	}
	return best;
}

struct lsdb_router *flood_take(struct flood *f, struct instant now, unsigned place)
{
	struct flood_pace *pace = &f->paces[place];
	struct lsdb_router *n;

	ripen(f, now);
	while ((n = fairest(f, place)) != NULL && pace_allows(pace, now, n->body_len)) {
		struct flood_source *s = source_of(f, n);

		went_out(f, n, place);
		if (n->flood_heard_count > 0 && lacking(f, n, place) == 0)
			continue;
		if (s != &f->ours)
			s->served = ++f->turns;
		n->flooded = now;
		pace_spend(f, place, now, n->body_len);
		return n;
	}
	return NULL;
}

bool flood_goes_on(const struct flood *f, struct instant now, unsigned place)
{
	const struct flood_pace *p = &f->paces[place];

	return p->waiting > 0 && p->at.us == now.us;
}

struct instant flood_deadline(const struct flood *f)
{
	const struct heap_item *first = heap_first(&f->waiting);
	struct instant due = first != NULL ? instant_us((int64_t)first->key) : NEVER;

	for (unsigned i = 0; i < ROUTING_INTERFACES_MAX && f->ready != NULL; i++)
		if (f->paces[i].waiting > 0)
			due = instant_min(due, f->paces[i].free_at);
	return due;
}
