/* SPDX-License-Identifier: ISC */
/*
 * Who has to be told something. Asking every peer is dear when there are many, and is done
 * each time a frame could go out, so the answer is kept: until something happens to the
 * machine (ready_forget), until it is time to greet somebody, and while only one peer is
 * written to, which changes nothing for others (ready_again).
 */
#include "sync/machine.h"

static bool is_ready(const struct peer *p, struct instant now, enum sync_class class)
{
	if (p->hops == 0)
		return false;
	if (class == SYNC_CONTROL)
		return answers_count(p->answers) > 0 || gossip_has_control(p, now) ||
		       ask_pending(p);
	return push_pending(p) || serve_pending(p);
}

/* The first greeting that is still to come. */
static void await_greeting(struct ready *r, struct instant now, const struct peer *p)
{
	if (p->hops > 0 && instant_before(now, p->greet_at))
		r->until = instant_min(r->until, p->greet_at);
}

static void list_add(struct ready_list *l, unsigned at, struct peer *p)
{
	(void)mem_grow(l->items, l->count, l->room);
	l->items[l->count++] = (struct ready_item){ at, p };
}

static void look(struct sync *s, struct instant now)
{
	struct ready *r = &s->ready;
	struct peer *p, *next;
	unsigned at = 0;

	r->known = true;
	r->until = NEVER;
	r->lists[SYNC_CONTROL].count = r->lists[SYNC_BULK].count = 0;
	HASH_ITER (hh, s->peers, p, next) {
		await_greeting(r, now, p);
		for (unsigned c = 0; c < SYNC_CLASSES; c++)
			if (is_ready(p, now, (enum sync_class)c))
				list_add(&r->lists[c], at, p);
		at++;
	}
}

struct instant ready_greeting(struct sync *s, struct instant now)
{
	if (!s->ready.known || instant_due(s->ready.until, now))
		look(s, now);
	return s->ready.until;
}

static size_t place_of(const struct ready_list *l, const struct peer *p)
{
	size_t i = 0;

	while (i < l->count && l->items[i].peer != p)
		i++;
	return i;
}

void ready_again(struct sync *s, struct instant now, const struct peer *p)
{
	struct ready *r = &s->ready;

	if (!r->known)
		return;
	await_greeting(r, now, p);
	for (unsigned c = 0; c < SYNC_CLASSES; c++) {
		struct ready_list *l = &r->lists[c];
		size_t i = place_of(l, p);
		bool was = i < l->count, is = is_ready(p, now, (enum sync_class)c);

		if (is && !was) {
			ready_forget(s);
			return;
		}
		if (was && !is)
			memmove(&l->items[i], &l->items[i + 1],
				(--l->count - i) * sizeof(l->items[0]));
	}
}

bool sync_pending_at(struct sync *s, struct instant now, enum sync_class class, size_t i,
	struct sync_ready *peer)
{
	const struct ready_list *l = &s->ready.lists[class];
	const struct peer *p;
	size_t first = 0;
	uint64_t turn;

	(void)ready_greeting(s, now);
	if (i >= l->count)
		return false;
	check(s->peers != NULL);
	turn = s->rotate % HASH_COUNT(s->peers);
	while (first < l->count && l->items[first].at < turn)
		first++;
	p = l->items[(first + i) % l->count].peer;
	*peer = (struct sync_ready){ p->id, p->address };
	return true;
}

void ready_fini(struct sync *s)
{
	for (unsigned c = 0; c < SYNC_CLASSES; c++)
		mem_free(s->ready.lists[c].items);
}
