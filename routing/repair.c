/* SPDX-License-Identifier: ISC */
/* Two neighbours making their databases alike; see flood.h. */
#include "routing/flood.h"

#include "node/base/mem.h"
#include "routing/order.h"

enum { REPAIR_JITTER_MS = 100, REPAIR_JITTER_LEAST_MS = 20 };

/* What is told in summaries, and counted in digests. */
static bool is_told(const struct lsdb_router *n)
{
	return n != NULL && n->known && (n->own || lsdb_reachable(n));
}

static void summary_plan(struct repair *p, struct instant due, uint64_t from, uint64_t to)
{
	if (p->summary_due.us == NEVER.us) {
		p->from = from;
		p->to = to;
	}
	p->from = from < p->from ? from : p->from;
	p->to = to > p->to ? to : p->to;
	p->summary_due = instant_min(p->summary_due, due);
}

static struct instant soon(struct instant now, const struct rng *rng)
{
	int64_t span = (REPAIR_JITTER_MS - REPAIR_JITTER_LEAST_MS) * 1000;

	return instant_add_us(instant_add_ms(now, REPAIR_JITTER_LEAST_MS),
		(int64_t)rng_below(rng, (uint64_t)span));
}

void repair_begin(struct nhdp_link *l, struct instant now, const struct rng *rng)
{
	struct repair *p = &l->repair;

	p->reply = false;
	p->differs_since = NEVER;
	p->backoff_ms = FLOOD_SUMMARY_MS;
	l->digest = 0;
	summary_plan(p, soon(now, rng), 0, UINT64_MAX);
}

void repair_digest(struct nhdp_link *l, struct instant now, const struct rng *rng,
	uint64_t digest, struct instant changed)
{
	struct repair *p = &l->repair;
	struct instant settled = instant_add_ms(changed, FLOOD_DIFFERS_MS);

	if (l->digest == digest || l->digest == 0) {
		p->differs_since = NEVER;
		p->backoff_ms = FLOOD_SUMMARY_MS;
		return;
	}
	if (p->differs_since.us == NEVER.us)
		p->differs_since = now;
	if (p->last_ours != digest || p->last_theirs != l->digest)
		p->backoff_ms = FLOOD_SUMMARY_MS; /* there is progress */
	settled =
		instant_min(settled, instant_add_ms(p->differs_since, FLOOD_DIFFERS_MS));
	if (!instant_due(settled, now) || p->summary_due.us != NEVER.us)
		return;
	if (!instant_due(instant_add_ms(p->summary_sent, p->backoff_ms), now))
		return;
	p->reply = false;
	p->last_ours = digest;
	p->last_theirs = l->digest;
	summary_plan(p, soon(now, rng), 0, UINT64_MAX);
	if (p->backoff_ms < FLOOD_SUMMARY_MAX_MS)
		p->backoff_ms *= 2;
}

/* The routers told of within from..to, ascending by handle; caller frees. */
static struct ordered *collect(
	const struct lsdb *db, uint64_t from, uint64_t to, size_t *count)
{
	struct ordered *items = mem_array(db->count, sizeof(*items));

	*count = 0;
	for (uint32_t i = 0; i < db->slot_count; i++) {
		uint64_t handle;

		if (!is_told(db->slots[i]))
			continue;
		handle = summary_handle(&db->slots[i]->address);
		if (handle >= from && handle <= to)
			items[(*count)++] = (struct ordered){ handle, 0, i };
	}
	order_sort(items, *count);
	return items;
}

bool repair_take_summary(struct nhdp_link *l, const struct lsdb *db, struct instant now,
	uint64_t digest, struct summary *out)
{
	struct repair *p = &l->repair;
	struct ordered *items;
	size_t count;

	if (!instant_due(p->summary_due, now))
		return false;
	if (!p->reply && l->digest == digest) {
		p->summary_due = NEVER;
		return false;
	}
	items = collect(db, p->from, p->to, &count);
	*out = (struct summary){ .reply = p->reply, .from = p->from, .to = p->to };
	for (; out->count < count && out->count < SUMMARY_MAX; out->count++)
		out->entries[out->count] =
			(struct summary_entry){ items[out->count].major,
				db->slots[items[out->count].slot]->sequence };
	if (count > SUMMARY_MAX && items[SUMMARY_MAX - 1].major < p->to) {
		out->to = items[SUMMARY_MAX - 1].major;
		p->from = out->to + 1;
	} else {
		p->summary_due = NEVER;
	}
	p->summary_sent = now;
	mem_free(items);
	return true;
}

/* Where in s the entries of this handle begin. */
static unsigned summary_find(const struct summary *s, uint64_t handle)
{
	unsigned low = 0, high = s->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (s->entries[middle].handle < handle)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Compares one router of ours with s; marks in `held` what it covers. Returns whether the
 * neighbour lacks our TC. */
static bool compare(
	const struct lsdb_router *n, const struct summary *s, bool held[SUMMARY_MAX])
{
	uint64_t handle = summary_handle(&n->address);
	bool lacks = true;

	if (handle < s->from || handle > s->to)
		return false;
	for (unsigned i = summary_find(s, handle);
		i < s->count && s->entries[i].handle == handle; i++) {
		if (s->entries[i].sequence <= n->sequence)
			held[i] = true;
		if (s->entries[i].sequence >= n->sequence)
			lacks = false;
	}
	return lacks && is_told(n);
}

void repair_summary(struct nhdp_link *l, const struct lsdb *db, struct instant now,
	const struct rng *rng, const struct summary *s)
{
	struct repair *p = &l->repair;
	bool held[SUMMARY_MAX] = { false }, we_lack = false;

	for (uint32_t i = 0; i < db->slot_count; i++) {
		const struct lsdb_router *n = db->slots[i];

		if (n == NULL || !n->known || !compare(n, s, held))
			continue;
		p->tcs[i / 64] |= 1ull << (i % 64);
		p->tcs_due = instant_min(p->tcs_due, instant_add_us(now, 1));
	}
	for (unsigned i = 0; i < s->count; i++)
		if (!held[i])
			we_lack = true;
	if (s->reply)
		return;
	if (!p->reply && p->from == 0 && p->summary_due.us != NEVER.us)
		p->summary_due = NEVER; /* theirs came first: ours would say it again */
	if (!we_lack ||
		!instant_due(instant_add_ms(p->summary_sent, FLOOD_SUMMARY_MS), now))
		return;
	p->reply = true;
	summary_plan(p, soon(now, rng), s->from, s->to);
}

/* Takes the right to send one TC, or says when there will be one. */
static bool credit_take(struct repair *p, struct instant now)
{
	int64_t gained = instant_since_us(now, p->credit_at) / (FLOOD_REPAIR_MS * 1000);

	if (gained >= FLOOD_REPAIR_BURST - (int64_t)p->tcs_credit) {
		p->tcs_credit = FLOOD_REPAIR_BURST;
		p->credit_at = now;
	} else {
		p->tcs_credit += (uint32_t)gained;
		p->credit_at = instant_add_ms(p->credit_at, gained * FLOOD_REPAIR_MS);
	}
	if (p->tcs_credit == 0) {
		p->tcs_due = instant_add_ms(p->credit_at, FLOOD_REPAIR_MS);
		return false;
	}
	p->tcs_credit--;
	return true;
}

const struct lsdb_router *repair_take_tc(
	struct nhdp_link *l, const struct lsdb *db, struct instant now)
{
	struct repair *p = &l->repair;

	if (!instant_due(p->tcs_due, now) || !credit_take(p, now))
		return NULL;
	for (unsigned i = 0; i < array_len(p->tcs); i++) {
		while (p->tcs[i] != 0) {
			unsigned bit = (unsigned)__builtin_ctzll(p->tcs[i]);
			uint32_t slot = i * 64 + bit;

			p->tcs[i] &= p->tcs[i] - 1;
			if (slot < db->slot_count && is_told(db->slots[slot]))
				return db->slots[slot];
		}
	}
	p->tcs_due = NEVER;
	return NULL;
}
