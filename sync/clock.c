/* SPDX-License-Identifier: ISC */
/*
 * What time it is. A folder has a time of its own, by which the dates of certificates are
 * judged: the lower median of our clock and of those that its members met have told in
 * their greetings, newest of each, but never earlier than the last thing that the owner
 * signed with a date. So one wrong clock among three changes nothing, and two members judge
 * alike. A clock that was never set (it shows a year before this program) counts as none.
 *
 * The hybrid clock of versions follows that time too, and foreign versions at most
 * CLOCK_AHEAD_MS beyond it: order between changes that did not know of each other, never more.
 */
#include "node/base/heap.h"
#include "sync/machine.h"

#define WALL_SET_MS INT64_C(1672531200000) /* the year 2023 */

enum {
	STEP_MS = 1000,      /* a change of our clock that is worth a new median */
	JUMP_MS = 60 * 1000, /* it was set, or the machine slept */
	TURN_S = 600,        /* a change of a folder's time that may free what is held */
};

/* What a clock shows, as what it showed at instant 0. */
static int64_t base_of(int64_t wall_ms, struct instant at)
{
	return wall_ms - at.us / 1000;
}

static bool is_set(int64_t wall_ms)
{
	return wall_ms >= WALL_SET_MS;
}

int64_t sync_wall_now_ms(const struct sync *s, struct instant now)
{
	if (!is_set(s->wall_ms))
		return 0;
	return s->wall_ms + instant_since_us(now, s->wall_at) / 1000;
}

/* ---- a folder's time ---- */

static int64_t now_ms(const struct folder *f, struct instant now)
{
	int64_t told_ms = f->clocks > 0 ? f->clock_base_ms + now.us / 1000 : 0;

	return told_ms > f->floor_s * 1000 ? told_ms : f->floor_s * 1000;
}

int64_t clock_now_s(const struct folder *f, struct instant now)
{
	return now_ms(f, now) / 1000;
}

static uint64_t heap_key(int64_t base_ms)
{
	return (uint64_t)base_ms ^ UINT64_C(1) << 63;
}

/* Counts the clocks again. */
static void median(struct folder *f)
{
	const struct sync *s = f->sync;
	struct member *m, *next;
	struct heap bases;

	heap_init(&bases);
	if (is_set(s->wall_ms))
		heap_add(&bases, heap_key(base_of(s->wall_ms, s->wall_at)), 0);
	HASH_ITER (hh, f->members, m, next)
		if (m->clock_told)
			heap_add(&bases, heap_key(m->clock_base_ms), 0);
	f->clocks = bases.count;
	for (size_t left = (bases.count + 1) / 2; left > 0; left--)
		f->clock_base_ms = (int64_t)heap_key((int64_t)heap_take(&bases).key);
	heap_fini(&bases);
}

void clock_begin(struct folder *f)
{
	median(f);
}

/* What was outside the dates may be inside now: what others wrote, and what a person did. */
static void turned(struct folder *f, struct instant now)
{
	f->scan_wanted = true;
	folder_errors_drop_dates(f);
	peers_partners(f->sync, now);
	push_retry_held(f, now);
	sync_due(f->sync, now);
}

static void count_again(struct folder *f, struct instant now)
{
	int64_t before_s = clock_now_s(f, now), moved_s;

	median(f);
	moved_s = clock_now_s(f, now) - before_s;
	if (f->sync->loaded && (moved_s > TURN_S || moved_s < -TURN_S))
		turned(f, now);
}

void clock_floor(struct folder *f, int64_t signed_s)
{
	if (signed_s > f->floor_s && signed_s <= DATE_NEVER_S)
		f->floor_s = signed_s;
}

void clock_told(
	struct folder *f, struct instant now, const struct node_id *id, int64_t wall_s)
{
	struct member *m = members_find(f, id);
	int64_t at_s = wall_s > f->floor_s ? wall_s : f->floor_s;
	uint8_t rights = members_rights(f, now, id) | members_rights_at(f, id, at_s);

	/* who is a member by its own clock may tell us that ours is the wrong one */
	if (m == NULL || !(rights & RIGHT_READ) ||
		id_equal(id, &f->sync->config.self->id))
		return;
	m->clock_told = is_set(wall_s * 1000);
	m->clock_base_ms = base_of(wall_s * 1000, now);
	count_again(f, now);
}

static void forget_told(struct folder *f)
{
	struct member *m, *next;

	HASH_ITER (hh, f->members, m, next)
		m->clock_told = false;
}

/* A clock that jumps against the instants was set, or the machine slept: then what others
 * told before says nothing any more. They tell it again with their next greeting. */
void sync_wall_clock(struct sync *s, struct instant now, int64_t wall_ms)
{
	int64_t moved_ms = base_of(wall_ms, now) - base_of(s->wall_ms, s->wall_at);
	bool known = is_set(s->wall_ms);

	if (known && is_set(wall_ms) && moved_ms > -STEP_MS && moved_ms < STEP_MS)
		return;
	s->wall_ms = wall_ms;
	s->wall_at = now;
	for (size_t i = 0; i < s->folder_count; i++) {
		if (moved_ms > JUMP_MS || moved_ms < -JUMP_MS)
			forget_told(s->folders[i]);
		count_again(s->folders[i], now);
	}
}

int64_t sync_clock_off_s(const struct sync *s, struct instant now)
{
	int64_t wall_ms = s->wall_ms + instant_since_us(now, s->wall_at) / 1000, most = 0;

	for (size_t i = 0; i < s->folder_count; i++) {
		int64_t time_ms = now_ms(s->folders[i], now);
		int64_t off_s = time_ms != 0 ? (wall_ms - time_ms) / 1000 : 0;

		if ((off_s < 0 ? -off_s : off_s) > (most < 0 ? -most : most))
			most = off_s;
	}
	return most;
}

/* ---- the hybrid clock ---- */

static uint64_t hybrid(int64_t ms)
{
	return (uint64_t)ms << 16;
}

uint64_t clock_next(struct folder *f, struct instant now)
{
	struct sync *s = f->sync;
	int64_t ms = now_ms(f, now);

	/* given when our clock was ahead: those versions keep it, we need not */
	if (ms != 0 && s->clock > hybrid(ms + 2 * CLOCK_AHEAD_MS))
		s->clock = 0;
	s->clock = hybrid(ms) > s->clock ? hybrid(ms) : s->clock + 1;
	return s->clock;
}

void clock_seen(struct folder *f, struct instant now, uint64_t clock)
{
	struct sync *s = f->sync;
	int64_t ms = now_ms(f, now);

	if (ms != 0 && clock > hybrid(ms + CLOCK_AHEAD_MS))
		clock = hybrid(ms + CLOCK_AHEAD_MS);
	if (clock > s->clock && clock < UINT64_MAX / 2)
		s->clock = clock;
}
