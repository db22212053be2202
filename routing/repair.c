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

static struct instant soon(struct instant now, const struct rng *rng)
{
	int64_t span = (REPAIR_JITTER_MS - REPAIR_JITTER_LEAST_MS) * 1000;

	return instant_add_us(instant_add_ms(now, REPAIR_JITTER_LEAST_MS),
		(int64_t)rng_below(rng, (uint64_t)span));
}

static void turn_extend(struct repairs *t, struct instant now)
{
	struct instant until = instant_add_us(
		instant_add_ms(now, FLOOD_TURN_MS), FLOOD_TURN_ANSWERS * t->answer_us);

	t->until = instant_min(until, instant_add_ms(t->since, FLOOD_TURN_MAX_MS));
}

/* False: it is another's. */
static bool turn_take(struct repairs *t, struct instant now, uint32_t link)
{
	if (t->with != link && t->with != 0 && !instant_due(t->until, now))
		return false;
	if (t->with != link || instant_due(t->until, now))
		t->since = now;
	t->with = link;
	turn_extend(t, now);
	return true;
}

void repair_progress(struct repairs *t, struct instant now, uint32_t link)
{
	if (t->with == link && !instant_due(t->until, now))
		turn_extend(t, now);
}

void repair_begin(
	const struct repairs *all, struct nhdp_link *l, struct instant now, bool only)
{
	struct repair *p = &l->repair;
	struct instant begin = only ? now : instant_add_ms(now, FLOOD_DIFFERS_MS);

	p->differs_since = NEVER;
	p->backoff_ms = FLOOD_ASK_MS;
	l->digest = 0;
	p->ask_due = instant_min(p->ask_due, soon(begin, all->rng));
}

void repair_digest(struct repairs *all, struct nhdp_link *l, struct instant now,
	uint64_t digest, struct instant changed)
{
	struct repair *p = &l->repair;
	struct instant settled = instant_add_ms(changed, FLOOD_DIFFERS_MS);

	if (l->digest == digest || l->digest == 0) {
		p->differs_since = NEVER;
		p->backoff_ms = FLOOD_ASK_MS;
		if (all->with == l->number)
			all->with = 0;
		return;
	}
	if (p->differs_since.us == NEVER.us)
		p->differs_since = now;
	if (p->last_ours != digest || p->last_theirs != l->digest)
		p->backoff_ms = FLOOD_ASK_MS; /* there is progress */
	settled =
		instant_min(settled, instant_add_ms(p->differs_since, FLOOD_DIFFERS_MS));
	if (!instant_due(settled, now) || p->ask_due.us != NEVER.us)
		return;
	if (!instant_due(instant_add_ms(p->asked, p->backoff_ms), now))
		return;
	p->last_ours = digest;
	p->last_theirs = l->digest;
	p->ask_due = soon(now, all->rng);
	if (p->backoff_ms < FLOOD_ASK_MAX_MS)
		p->backoff_ms *= 2;
}

/* ---- what we hold ---- */

static unsigned part_of(uint64_t handle)
{
	return (unsigned)(handle >> SUMMARY_PART_SHIFT);
}

static uint64_t part_begin(unsigned part)
{
	return part * ((uint64_t)1 << SUMMARY_PART_SHIFT);
}

static uint64_t part_end(unsigned part)
{
	return part_begin(part) | (UINT64_MAX >> (64 - SUMMARY_PART_SHIFT));
}

/* Sums of all parts; returns how many routers they are of. */
static size_t sum_up(const struct lsdb *db, uint64_t sum[SUMMARY_PARTS])
{
	size_t count = 0;

	memset(sum, 0, SUMMARY_PARTS * sizeof(*sum));
	for (uint32_t i = 0; i < db->slot_count; i++) {
		if (!is_told(db->slots[i]))
			continue;
		sum[part_of(summary_handle(&db->slots[i]->address))] +=
			db->slots[i]->mark;
		count++;
	}
	return count;
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

static void tell(struct repair *p, struct instant now, uint64_t parts, bool reply)
{
	p->parts |= parts;
	p->replies = reply ? p->replies | parts : p->replies & ~parts;
	p->tell_due = instant_min(p->tell_due, now);
}

/* The parts that one message can speak of: neighbours, from the first one on. */
static unsigned last_of_run(const struct repair *p, unsigned first)
{
	unsigned last = first;

	while (last + 1 < SUMMARY_PARTS && p->parts >> (last + 1) & 1 &&
		(p->replies >> (last + 1) & 1) == (p->replies >> first & 1))
		last++;
	return last;
}

/* The next message of what is to be told; some part is. */
static void write_told(struct repair *p, const struct lsdb *db, struct summary *out)
{
	unsigned first = (unsigned)__builtin_ctzll(p->parts),
		 last = last_of_run(p, first);
	struct ordered *items;
	size_t count;

	*out = (struct summary){ .reply = p->replies >> first & 1,
		.from = part_begin(first),
		.to = part_end(last) };
	if (part_of(p->from) == first)
		out->from = p->from;
	items = collect(db, out->from, out->to, &count);
	for (; out->count < count && out->count < SUMMARY_MAX; out->count++)
		out->entries[out->count] =
			(struct summary_entry){ items[out->count].major,
				db->slots[items[out->count].slot]->sequence };
	p->from = 0;
	if (count > SUMMARY_MAX && items[SUMMARY_MAX - 1].major < out->to) {
		out->to = items[SUMMARY_MAX - 1].major;
		p->from = out->to + 1;
		last = part_of(p->from);
	} else {
		last++;
	}
	for (unsigned i = first; i < last; i++)
		p->parts &= ~(1ull << i);
	mem_free(items);
}

/* ---- asking and answering ---- */

/* Takes the right to send one message, or says when there will be one. */
static bool credit_take(struct repair *p, struct instant now, struct instant *due)
{
	int64_t gained = instant_since_us(now, p->credit_at) / (FLOOD_REPAIR_MS * 1000);

	if (gained >= FLOOD_REPAIR_BURST - (int64_t)p->credit) {
		p->credit = FLOOD_REPAIR_BURST;
		p->credit_at = now;
	} else {
		p->credit += (uint32_t)gained;
		p->credit_at = instant_add_ms(p->credit_at, gained * FLOOD_REPAIR_MS);
	}
	if (p->credit == 0) {
		*due = instant_add_ms(p->credit_at, FLOOD_REPAIR_MS);
		return false;
	}
	p->credit--;
	return true;
}

/* A small database is told at once, of a large one the sums. True: out is to be sent. */
static bool ask(struct repairs *all, struct nhdp_link *l, struct instant now,
	uint64_t digest, struct summary *out)
{
	struct repair *p = &l->repair;

	if (!instant_due(p->ask_due, now))
		return false;
	if (l->digest != digest && !turn_take(all, now, l->number)) {
		p->ask_due = instant_add_us(all->until, 1);
		return false;
	}
	p->ask_due = NEVER;
	if (l->digest == digest)
		return false;
	p->asked = now;
	*out = (struct summary){ .sums = true };
	if (sum_up(all->db, out->sum) > SUMMARY_MAX)
		return true;
	tell(p, now, UINT64_MAX, false);
	return false;
}

bool repair_take_summary(struct repairs *all, struct nhdp_link *l, struct instant now,
	uint64_t digest, struct summary *out)
{
	struct repair *p = &l->repair;

	if (ask(all, l, now, digest, out))
		return true;
	if (!instant_due(p->tell_due, now) || !credit_take(p, now, &p->tell_due))
		return false;
	write_told(p, all->db, out);
	if (p->parts == 0)
		p->tell_due = NEVER;
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

/* The bits are there only while some are set: most links need none, most of the time. */
static void lack_add(struct repair *p, uint32_t slot)
{
	uint32_t words = slot / 64 + 1;

	if (words > p->tcs_words) {
		p->tcs = mem_resize(p->tcs, words, sizeof(*p->tcs));
		memset(p->tcs + p->tcs_words, 0,
			(words - p->tcs_words) * sizeof(*p->tcs));
		p->tcs_words = words;
	}
	p->tcs[slot / 64] |= 1ull << (slot % 64);
}

static void lack_nothing(struct repair *p)
{
	mem_free(p->tcs);
	p->tcs = NULL;
	p->tcs_words = 0;
	p->tcs_due = NEVER;
}

/* Marks what the neighbour lacks; returns whether we lack anything. */
static bool compare_all(struct repair *p, const struct lsdb *db, struct instant now,
	const struct summary *s)
{
	bool held[SUMMARY_MAX] = { false };

	for (uint32_t i = 0; i < db->slot_count; i++) {
		const struct lsdb_router *n = db->slots[i];

		if (n == NULL || !n->known || !compare(n, s, held))
			continue;
		lack_add(p, i);
		p->tcs_due = instant_min(p->tcs_due, instant_add_us(now, 1));
	}
	for (unsigned i = 0; i < s->count; i++)
		if (!held[i])
			return true;
	return false;
}

static uint64_t parts_within(uint64_t from, uint64_t to)
{
	uint64_t parts = UINT64_MAX >> (SUMMARY_PARTS - 1 - part_of(to));

	return parts & UINT64_MAX << part_of(from);
}

static uint64_t parts_that_differ(const struct lsdb *db, const struct summary *s)
{
	uint64_t ours[SUMMARY_PARTS], parts = 0;

	(void)sum_up(db, ours);
	for (unsigned i = 0; i < SUMMARY_PARTS; i++)
		if (ours[i] != s->sum[i])
			parts |= 1ull << i;
	return parts;
}

void repair_summary(struct repairs *all, struct nhdp_link *l, struct instant now,
	const struct summary *s)
{
	struct repair *p = &l->repair;
	uint64_t parts;
	bool we_lack;

	if (s->sums) {
		parts = parts_that_differ(all->db, s);
		if (parts != 0 && turn_take(all, now, l->number))
			tell(p, now, parts, false);
		return;
	}
	we_lack = compare_all(p, all->db, now, s);
	if (s->reply)
		return;
	parts = parts_within(s->from, s->to);
	p->parts &=
		~(parts & ~p->replies); /* theirs came first: ours would say it again */
	if (p->parts == 0)
		p->tell_due = NEVER;
	if (we_lack && turn_take(all, now, l->number))
		tell(p, now, parts, true);
}

const struct lsdb_router *repair_take_tc(
	const struct repairs *all, struct nhdp_link *l, struct instant now)
{
	struct repair *p = &l->repair;

	if (!instant_due(p->tcs_due, now) || !credit_take(p, now, &p->tcs_due))
		return NULL;
	for (unsigned i = 0; i < p->tcs_words; i++) {
		while (p->tcs[i] != 0) {
			unsigned bit = (unsigned)__builtin_ctzll(p->tcs[i]);
			uint32_t slot = i * 64 + bit;

			p->tcs[i] &= p->tcs[i] - 1;
			if (slot < all->db->slot_count && is_told(all->db->slots[slot]))
				return all->db->slots[slot];
		}
	}
	lack_nothing(p);
	return NULL;
}

struct instant repair_deadline(const struct nhdp_link *l)
{
	const struct repair *p = &l->repair;

	return instant_min(p->ask_due, instant_min(p->tell_due, p->tcs_due));
}
