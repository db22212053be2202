/* SPDX-License-Identifier: ISC */
/*
 * Asking for objects: each of one peer at a time (choose.c says of whom). What a peer may owe us at once is bounded by a window that
 * follows its measured rate (300 ms of it). A peer that has not got the object yet says so and
 * keeps the wish (it is parked there): a line of relays thus works chunk by chunk. What has
 * arrived of an object survives the loss of the contact.
 *
 * Timers, all in ask_tick: a peer that owes us and sends nothing for 2 s (doubled up to 30 s)
 * loses what was asked of it; a wish older than 15 s (parked: 20 s) is asked anew; peers that
 * said no are asked again every 2 s.
 */
#include <utlist.h>

#include "sync/machine.h"

enum {
	OVERHEAD_BYTES = 64,
	WINDOW_TIME_MS = 300,
	RATE_PERIOD_MS = 500,
	RATE_LEAST_BPS = 1000, /* the tail of an average is no rate */
	STALL_FIRST_MS = 2000,
	STALL_MAX_MS = 30000,
	ASKED_MAX_MS = 15000,
	PARKED_MAX_MS = 20000,
	TRIED_PAUSE_MS = 2000,
	STRIKES_MAX = 3,
	BAN_MS = 60000,
	MISSES_MAX = 64,
};

/* ---- leaving a peer ---- */

static uint64_t cost(const struct want *n)
{
	uint64_t len = n->depth == 1 ? n->len : OBJECT_SIZE_MAX / 4;

	return (len < OBJECT_SIZE_MAX ? len : OBJECT_SIZE_MAX) + OVERHEAD_BYTES;
}

static void leave_peer(struct want *n)
{
	struct peer *p = n->peer;

	if (n->parked) {
		DL_DELETE(p->parked, n);
		p->parked_count--;
	} else {
		DL_DELETE(p->asked, n);
		p->asked_bytes -= cost(n);
	}
	if (n->data != NULL)
		p->parts--;
	if (n->unsent)
		p->unsent--;
	HASH_DELETE(hh_number, p->sync->by_number, n);
	n->peer = NULL;
	n->parked = false;
	n->unsent = false;
}

static void mark_tried(struct want *n, uint32_t serial)
{
	if (n->tried_count == TRIED_MAX) {
		memmove(n->tried, n->tried + 1, (TRIED_MAX - 1) * sizeof(n->tried[0]));
		n->tried_count--;
	}
	n->tried[n->tried_count++] = serial;
}

void ask_return(struct want *n, bool tried)
{
	/* What is asked or parked has a peer.
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	uint32_t serial = n->peer->serial;

	leave_peer(n);
	if (tried)
		mark_tried(n, serial);
	n->state = WANT_MISSING;
	DL_PREPEND(n->folder->missing, n);
}

static void return_all(struct want *list, bool tried)
{
	struct want *n, *next;

	DL_FOREACH_SAFE (list, n, next)
		ask_return(n, tried);
}

void ask_peer_lost(struct peer *p)
{
	return_all(p->asked, false);
	return_all(p->parked, false);
	mem_free(p->answers);
	mem_free(p->cancels);
	p->answers = p->cancels = NULL;
}

static void cancel(struct peer *p, uint32_t number)
{
	struct answers *m = answers_for(&p->cancels);

	if (m->count < ANSWERS_MAX)
		m->numbers[m->count++] = number;
}

/* ---- asking ---- */

static void assign(struct want *n, struct peer *p, struct instant now)
{
	struct sync *s = p->sync;

	DL_DELETE(n->folder->missing, n);
	n->state = WANT_ASKED;
	n->peer = p;
	n->number = s->want_number++;
	n->asked_at = now;
	n->unsent = true;
	p->unsent++;
	if (p->asked == NULL)
		p->piece_at = now;
	DL_APPEND(p->asked, n);
	p->asked_bytes += cost(n);
	if (n->data != NULL) {
		p->parts++;
		n->mixed |= n->giver != p->serial;
	}
	HASH_ADD(hh_number, s->by_number, number, sizeof(n->number), n);
}

void ask_pump(struct folder *f, struct instant now)
{
	struct candidate c[CANDIDATES_MAX];
	struct want *n, *next;
	unsigned misses = 0;
	size_t count;

	if (f->missing == NULL || f->stores_failing > 0)
		return;
	count = choose_candidates(f, now, c);
	DL_FOREACH_SAFE (f->missing, n, next) {
		struct peer *p;

		if (fetch_want_dead(n)) {
			DL_DELETE(f->missing, n);
			fetch_want_drop(n);
			continue;
		}
		p = choose_peer(n, c, count);
		if (p != NULL)
			assign(n, p, now);
		else if (++misses > MISSES_MAX)
			break;
	}
}

/* Wishes that are parked with somebody who is worse off come back: they were asked when
 * nobody better was in sight, and whoever keeps them may be waiting for us. */
static void reclaim_parked(struct relation *better)
{
	struct folder *f = better->folder;
	struct peer *p, *next;

	HASH_ITER (hh, f->sync->peers, p, next) {
		const struct relation *r = p->relations;
		struct want *n, *after;

		while (r != NULL && r->folder != f)
			r = r->next;
		if (p == better->peer || r == NULL ||
			choose_rank(r) <= choose_rank(better))
			continue;
		DL_FOREACH_SAFE (p->parked, n, after) {
			if (n->folder != f)
				continue;
			cancel(p, n->number);
			ask_return(n, true);
		}
	}
}

void ask_progress(struct relation *r)
{
	struct want *n;

	if (r->partner && r->knows_us)
		reclaim_parked(r);

	DL_FOREACH (r->folder->missing, n) {
		unsigned kept = 0;

		for (unsigned i = 0; i < n->tried_count; i++)
			if (n->tried[i] != r->peer->serial)
				n->tried[kept++] = n->tried[i];
		n->tried_count = kept;
	}
}

/* ---- writing ---- */

bool ask_pending(const struct peer *p)
{
	return p->unsent > 0 || answers_count(p->cancels) > 0;
}

static size_t item_size(const struct want_item *item)
{
	return 32 + 4 + 1 + 6u * item->range_count;
}

static struct want_item item_of(const struct want *n)
{
	struct want_item item = { .object = n->object, .number = n->number };
	struct extent missing[EXTENTS_MAX + 1];
	unsigned count;

	if (n->data == NULL)
		return item;
	count = extents_missing(&n->have, n->total, missing, EXTENTS_MAX + 1);
	if (count > WANT_RANGES_MAX) {
		missing[WANT_RANGES_MAX - 1].to = missing[count - 1].to;
		count = WANT_RANGES_MAX;
	}
	memcpy(item.ranges, missing, count * sizeof(missing[0]));
	item.range_count = (uint8_t)count;
	return item;
}

static bool write_cancels(struct peer *p, struct writer *w)
{
	struct answers m = *p->cancels;
	size_t room = (writer_left(w) - 3) / 4;

	if (m.count > room)
		m.count = (uint16_t)room;
	cancel_write(w, &m);
	p->cancels->count = (uint16_t)(p->cancels->count - m.count);
	memmove(p->cancels->numbers, p->cancels->numbers + m.count,
		p->cancels->count * sizeof(p->cancels->numbers[0]));
	return true;
}

bool ask_write(struct peer *p, struct instant now, struct writer *w)
{
	struct wants m = { 0 };
	struct folder *f = NULL;
	size_t left = writer_left(w) - 10;
	struct want *n;

	if (answers_count(p->cancels) > 0)
		return write_cancels(p, w);
	DL_FOREACH (p->asked, n) {
		struct want_item item;

		if (!n->unsent || (f != NULL && n->folder != f))
			continue;
		item = item_of(n);
		if (m.count == WANT_ITEMS_MAX || item_size(&item) > left)
			break;
		f = n->folder;
		left -= item_size(&item);
		m.items[m.count++] = item;
		n->unsent = false;
		n->asked_at = now;
		p->unsent--;
	}
	if (f == NULL)
		return false;
	m.tag = f->tag;
	wants_write(w, &m);
	return true;
}

/* ---- receiving ---- */

static void rate_update(struct peer *p, struct instant now, size_t bytes)
{
	int64_t us = instant_since_us(now, p->rate_at);
	uint64_t window;

	p->rate_bytes += bytes;
	if (us < RATE_PERIOD_MS * 1000)
		return;
	window = p->rate_bytes * WINDOW_TIME_MS * 1000 / (uint64_t)us;
	if (us < 2 * RATE_PERIOD_MS * 1000)
		p->window = window > p->window ? window : (p->window * 3 + window) / 4;
	if (p->window < WINDOW_MIN)
		p->window = WINDOW_MIN;
	if (p->window > WINDOW_MAX)
		p->window = WINDOW_MAX;
	p->rate_at = now;
	p->rate_bytes = 0;
}

static void parts_drop(struct want *n)
{
	if (n->data != NULL && n->peer != NULL)
		n->peer->parts--;
	mem_free(n->data);
	n->data = NULL;
	n->total = 0;
	n->have = (struct extents){ 0 };
	n->mixed = false;
}

/* What is here is not what the name says. */
static void blame(struct want *n, struct instant now)
{
	struct peer *p = n->peer;
	bool mixed = n->mixed;

	(void)drop(p->sync->config.drops, DROP_HASH);
	parts_drop(n);
	if (!mixed && ++p->strikes >= STRIKES_MAX) {
		p->strikes = 0;
		p->banned_until = instant_add_ms(now, BAN_MS);
		p->sync->partners_at = now;
		sync_due(p->sync, now);
	}
	ask_return(n, !mixed);
}

static void finish(struct want *n, struct instant now)
{
	struct folder *f = n->folder;
	struct bytes data = bytes_of(n->data, n->total);
	struct hash id = n->depth == 1 ? chunk_id(data) : manifest_id(data);
	struct job *j;

	if (!id_equal(&id, &n->object)) {
		blame(n, now);
		return;
	}
	n->peer->strikes = 0;
	leave_peer(n);
	n->state = WANT_STORING;
	serve_arrived(f, objects_add(f->sync, f, &n->object, data));
	j = sync_folder_job(f, JOB_OBJECT_PUT);
	j->object = n->object;
	j->data = n->data;
	j->data_len = n->total;
	n->data = NULL;
	f->stores_running++;
	sync_submit(f->sync, j);
}

/* A parked wish that is being served is owed like any other. */
static void unpark(struct want *n)
{
	struct peer *p = n->peer;

	DL_DELETE(p->parked, n);
	p->parked_count--;
	n->parked = false;
	DL_APPEND(p->asked, n);
	p->asked_bytes += cost(n);
}

static void receive_piece(struct peer *p, struct instant now, const struct piece *m)
{
	struct sync *s = p->sync;
	struct want *n;
	uint32_t fresh;

	HASH_FIND(hh_number, s->by_number, &m->number, sizeof(m->number), n);
	if (n == NULL || n->peer != p || m->total > OBJECT_SIZE_MAX) {
		(void)drop(s->config.drops, DROP_UNWANTED);
		return;
	}
	if (n->parked)
		unpark(n);
	if (n->data != NULL && n->total != m->total)
		parts_drop(n);
	if (n->data == NULL) {
		if (p->parts >= PARTS_MAX) {
			(void)drop(s->config.drops, DROP_FULL);
			return;
		}
		n->data = mem_new(m->total);
		n->total = m->total;
		n->giver = p->serial;
		p->parts++;
	}
	fresh = extents_add(&n->have, m->offset, m->offset + (uint32_t)m->data.len);
	if (fresh > 0)
		memcpy(n->data + m->offset, m->data.data, m->data.len);
	n->asked_at = now;
	n->folder->received_bytes += m->data.len;
	n->folder->rate_bytes += m->data.len;
	if (extents_full(&n->have, n->total))
		finish(n, now);
}

void ask_receive_pieces(struct peer *p, struct instant now, const struct pieces *m)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < m->count; i++) {
		receive_piece(p, now, &m->items[i]);
		bytes += m->items[i].data.len;
	}
	p->piece_at = now;
	p->stalls = 0;
	rate_update(p, now, bytes);
	sync_due(p->sync, now);
}

static bool better_elsewhere(struct want *n, struct instant now)
{
	struct candidate c[CANDIDATES_MAX];
	size_t count = choose_candidates(n->folder, now, c);

	for (size_t i = 0; i < count && c[i].rank == 0; i++)
		if (c[i].relation->peer != n->peer &&
			!choose_was_tried(n, c[i].relation->peer))
			return true;
	return false;
}

/* Who promises to send later lacks it: it is no longer one that lacks nothing, whatever it
 * has greeted with. */
static void lacks_something(struct peer *p, const struct folder *f)
{
	for (struct relation *r = p->relations; r != NULL; r = r->next)
		if (r->folder == f && r->need == 0)
			r->need = 1;
}

static void park(struct want *n, struct instant now)
{
	struct peer *p = n->peer;

	lacks_something(p, n->folder);
	if (n->parked)
		return;
	if (better_elsewhere(n, now)) {
		cancel(p, n->number);
		ask_return(n, true);
		return;
	}
	DL_DELETE(p->asked, n);
	p->asked_bytes -= cost(n);
	n->parked = true;
	n->asked_at = now;
	DL_APPEND(p->parked, n);
	p->parked_count++;
}

void ask_receive_answers(struct peer *p, struct instant now, const struct answers *m)
{
	struct sync *s = p->sync;

	for (unsigned i = 0; i < m->count; i++) {
		struct want *n;

		HASH_FIND(hh_number, s->by_number, &m->numbers[i], sizeof(m->numbers[i]),
			n);
		if (n == NULL || n->peer != p)
			continue;
		if (m->status[i] == ANSWER_LATER)
			park(n, now);
		else
			ask_return(n, true);
	}
	p->piece_at = now;
	sync_due(s, now);
}

/* ---- time ---- */

static void return_old(
	struct peer *p, struct want *list, struct instant now, int64_t max_ms)
{
	struct want *n, *next;

	DL_FOREACH_SAFE (list, n, next)
		if (instant_due(instant_add_ms(n->asked_at, max_ms), now)) {
			cancel(p, n->number);
			ask_return(n, true);
		}
}

/* A promise that is not kept soon is worth less than somebody who has it. */
static void reconsider_parked(struct peer *p, struct instant now)
{
	struct want *n, *next;

	DL_FOREACH_SAFE (p->parked, n, next)
		if (instant_due(instant_add_ms(n->asked_at, STALL_FIRST_MS), now) &&
			better_elsewhere(n, now)) {
			cancel(p, n->number);
			ask_return(n, true);
		}
}

static void peer_tick(struct peer *p, struct instant now)
{
	int64_t stall_ms = (int64_t)STALL_FIRST_MS << (p->stalls > 4 ? 4 : p->stalls);
	struct instant stalled;

	if (p->asked == NULL && p->parked == NULL)
		return;
	if (stall_ms > STALL_MAX_MS)
		stall_ms = STALL_MAX_MS;
	stalled = instant_add_ms(p->piece_at, stall_ms);
	if (p->asked != NULL && instant_due(stalled, now)) {
		return_all(p->asked, true);
		p->stalls++;
		sync_due(p->sync, now);
	}
	return_old(p, p->asked, now, ASKED_MAX_MS);
	return_old(p, p->parked, now, PARKED_MAX_MS);
	reconsider_parked(p, now);
	if (p->asked != NULL)
		sync_due(p->sync, instant_max(stalled, instant_add_ms(now, 1)));
	else
		sync_due(p->sync, instant_add_ms(now, STALL_FIRST_MS));
}

static void folder_tick(struct folder *f, struct instant now)
{
	struct want *n;
	int64_t us = instant_since_us(now, f->rate_at);

	if (us >= 1000000) {
		f->rate_bps = (f->rate_bps + f->rate_bytes * 8000000 / (uint64_t)us) / 2;
		if (f->rate_bytes == 0 && f->rate_bps < RATE_LEAST_BPS)
			f->rate_bps = 0;
		f->rate_bytes = 0;
		f->rate_at = now;
	}
	/* who was tried is tried again only after the others had their turn */
	if (f->missing == NULL) {
		f->tried_at = instant_add_ms(now, TRIED_PAUSE_MS);
		return;
	}
	if (instant_due(f->tried_at, now)) {
		DL_FOREACH (f->missing, n)
			n->tried_count = 0;
		f->tried_at = instant_add_ms(
			now, rng_jitter(rng_of(f->sync), TRIED_PAUSE_MS, 25));
	}
	sync_due(f->sync, f->tried_at);
}

void ask_tick(struct sync *s, struct instant now)
{
	struct peer *p, *next;

	if (s->folder_count == 0)
		return;
	HASH_ITER (hh, s->peers, p, next)
		peer_tick(p, now);
	for (size_t i = 0; i < s->folder_count; i++)
		folder_tick(s->folders[i], now);
}
