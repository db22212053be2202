/* SPDX-License-Identifier: ISC */
/*
 * Who has what. A greeting names every folder by its tag, and to members tells digest and
 * need; equal digests are silence. Digests that differ lead to frontiers, and those to pushed
 * commits (push.c). Strangers who show a tag of ours are sent our certificate chain and
 * nothing else until theirs verifies.
 *
 * Timers: greet_at of a peer (every gossip interval, sooner after a change; nodes of which
 * nothing is known at a growing pace, and not more of them than SEARCH_GAP_MS allows: each
 * costs a session over many hops), frontier_at of a relation (repeats while digests
 * differ, 300 ms to 60 s), chain_at (2 s to 60 s), certs_at (2 s).
 */
#include "sync/machine.h"

enum {
	SOON_MIN_MS = 5,
	SOON_MAX_MS = 60,
	PROBE_MAX_MS = 600000,
	SEARCH_BURST = 32, /* strangers that are greeted at once, and then one each ... */
	SEARCH_GAP_MS = 250,
	BACKOFF_FIRST_MS = 300,
	BACKOFF_MAX_MS = 60000,
	CHAIN_PAUSE_MS = 2000,
	CERTS_PAUSE_MS = 2000,
	CERTS_TO_SEND_MAX = CERTS_MAX,
	JITTER_PERCENT = 25,
};

struct relation *gossip_relation(struct peer *p, struct folder *f)
{
	struct relation *r;

	for (r = p->relations; r != NULL; r = r->next)
		if (r->folder == f)
			return r;
	r = mem_new(sizeof(*r));
	r->folder = f;
	r->peer = p;
	r->need = UINT64_MAX;
	r->greeted_at = instant_us(INT64_MIN / 2);
	r->shown_at = r->greeted_at;
	r->backoff_ms = BACKOFF_FIRST_MS;
	r->next = p->relations;
	p->relations = r;
	return r;
}

static bool greeted(const struct relation *r)
{
	return r->greeted_at.us > INT64_MIN / 2;
}

bool gossip_agreed(const struct relation *r)
{
	return greeted(r) && r->digest == folder_digest(r->folder);
}

static bool is_member(const struct relation *r, struct instant now)
{
	return (members_rights(r->folder, now, &r->peer->id) &
		       (RIGHT_READ | RIGHT_CARRY)) != 0;
}

void gossip_greet_soon(struct sync *s, struct instant now, struct peer *p)
{
	uint64_t ms = SOON_MIN_MS + rng_below(rng_of(s), SOON_MAX_MS - SOON_MIN_MS + 1);

	p->greet_at = instant_min(p->greet_at, instant_add_ms(now, (int64_t)ms));
	sync_due(s, p->greet_at);
}

void gossip_search(struct sync *s, struct instant now, struct peer *p)
{
	struct instant earliest = instant_add_ms(now, -SEARCH_BURST * SEARCH_GAP_MS);
	struct instant turn = instant_max(s->search_at, earliest);

	s->search_at = instant_add_ms(turn, SEARCH_GAP_MS);
	gossip_greet_soon(s, now, p);
	p->greet_at = instant_max(p->greet_at, turn);
	sync_due(s, p->greet_at);
}

/* How long to wait at least before somebody is greeted again who has shown no folder of ours:
 * there may be many of these. */
static unsigned search_ms(const struct peer *p)
{
	unsigned count = HASH_COUNT(p->sync->peers);

	for (const struct relation *r = p->relations; r != NULL; r = r->next)
		if (r->shown)
			return 0;
	return count > SEARCH_BURST ? (count - SEARCH_BURST) * SEARCH_GAP_MS : 0;
}

/* ---- receiving ---- */

static void all_known(struct relation *r)
{
	const struct catalogue *c = &r->folder->catalogue;

	push_streams_sized(r);
	for (uint32_t i = 0; i < c->stream_count; i++)
		r->streams[i] = (struct known_stream){ c->streams[i].last,
			c->streams[i].last, r->streams[i].sent_at };
	r->known = true;
}

/* Digests differ: ask how far the other is, unless that was done a moment ago. */
static void disagree(struct relation *r, struct instant now)
{
	uint64_t both = r->digest * 31 + folder_digest(r->folder);

	if (both != r->backoff_digest) {
		r->backoff_digest = both;
		r->backoff_ms = BACKOFF_FIRST_MS;
	}
	if (!instant_due(r->frontier_at, now)) {
		sync_due(r->folder->sync, r->frontier_at);
		return;
	}
	r->send_frontier = true;
	r->ask = true;
	r->frontier_from = 0;
	r->frontier_at = instant_add_ms(
		now, rng_jitter(rng_of(r->folder->sync), r->backoff_ms, JITTER_PERCENT));
	if (r->backoff_ms < BACKOFF_MAX_MS)
		r->backoff_ms *= 2;
	sync_due(r->folder->sync, r->frontier_at);
}

void gossip_tell_all(struct folder *f, struct instant now)
{
	struct peer *p, *next;

	HASH_ITER (hh, f->sync->peers, p, next)
		for (const struct relation *r = p->relations; r != NULL; r = r->next)
			if (r->folder == f && r->partner)
				gossip_greet_soon(f->sync, now, p);
}

static void greet_known(
	struct relation *r, struct instant now, const struct greet_item *item)
{
	struct folder *f = r->folder;
	bool progressed = item->need != r->need || item->digest != r->digest;

	r->digest = item->digest;
	r->need = item->need;
	r->greeted_at = now;
	if (!f->heard && (item->flags & GREET_HEARD) && gossip_agreed(r)) {
		struct job *j = sync_folder_job(f, JOB_RECORDS);

		f->heard = true;
		gossip_tell_all(f, now);
		folder_record_settings(j, f);
		f->stores_running++;
		sync_submit(f->sync, j);
	}
	if (gossip_agreed(r)) {
		all_known(r);
		r->backoff_ms = BACKOFF_FIRST_MS;
	} else if (r->partner) {
		disagree(r, now);
	}
	if (progressed) {
		ask_progress(r);
		sync_due(f->sync, now);
	}
}

/* It may count on us, also when from here others stand between: it hears of us within an
 * interval, however long it was a stranger. */
static void greeted_by_member(struct peer *p, struct instant now)
{
	struct sync *s = p->sync;

	p->probe_ms = 0;
	if (p->greet_at.us == NEVER.us)
		return;
	p->greet_at = instant_min(
		p->greet_at, instant_add_ms(now, s->config.gossip_interval_ms));
	sync_due(s, p->greet_at);
}

void gossip_receive_greet(struct peer *p, struct instant now, const struct greet *g)
{
	struct sync *s = p->sync;

	for (unsigned i = 0; i < g->count; i++) {
		const struct greet_item *item = &g->items[i];
		struct folder *f = sync_folder_tagged(s, item->tag);
		struct relation *r;

		if (f == NULL || f->paused)
			continue;
		r = gossip_relation(p, f);
		if (!r->shown)
			gossip_greet_soon(s, now, p);
		r->shown = true;
		r->shown_at = now;
		r->knows_us = item->flags & GREET_KNOWN;
		clock_told(f, now, &p->id, g->wall_s);
		if (!r->knows_us && instant_due(r->chain_at, now)) {
			r->send_chain = true;
			r->chain_at = instant_add_ms(now, CHAIN_PAUSE_MS);
		}
		if (!is_member(r, now))
			continue;
		greeted_by_member(p, now);
		if (r->knows_us)
			greet_known(r, now, item);
	}
}

static struct relation *relation_tagged(struct peer *p, uint64_t tag)
{
	struct relation *r;

	for (r = p->relations; r != NULL && r->folder->tag != tag; r = r->next)
		;
	return r;
}

void gossip_receive_cert(
	struct peer *p, struct instant now, uint64_t tag, struct bytes body)
{
	struct relation *r = relation_tagged(p, tag);
	bool was_member;

	if (r == NULL)
		return;
	was_member = is_member(r, now);
	if (members_add(r->folder, now, body) == CERT_NEW && !was_member &&
		is_member(r, now))
		gossip_greet_soon(r->folder->sync, now, p);
}

static void queue_cert(struct relation *r, const struct cert *c)
{
	for (size_t i = 0; i < r->cert_count; i++)
		if (r->certs[i] == c)
			return;
	if (r->cert_count >= CERTS_TO_SEND_MAX)
		return;
	(void)mem_grow(r->certs, r->cert_count, r->cert_room);
	r->certs[r->cert_count++] = c;
}

/* Those above first, so that the other can verify at once. */
static void queue_chain(struct relation *r, const struct cert *c)
{
	const struct cert *chain[CHAIN_MAX];
	size_t n = 0;

	for (; c != NULL && n < CHAIN_MAX; c = c->parent)
		chain[n++] = c;
	while (n > 0)
		queue_cert(r, chain[--n]);
}

static bool certs_ask_ours(const struct folder *f, const struct certs *m)
{
	const struct cert *c = f->certs;

	for (unsigned i = 0; i < m->count; i++) {
		while (c != NULL && c->prefix < m->ids[i])
			c = c->hh.next;
		if (c == NULL || c->prefix != m->ids[i])
			return true;
	}
	return false;
}

void gossip_receive_certs(struct peer *p, struct instant now, const struct certs *m)
{
	struct relation *r = relation_tagged(p, m->tag);
	unsigned i = 0;

	if (r == NULL || !is_member(r, now)) {
		if (r != NULL)
			(void)drop(r->folder->sync->config.drops, DROP_RIGHTS);
		return;
	}
	for (const struct cert *c = r->folder->certs; c != NULL; c = c->hh.next) {
		if (c->prefix < m->from || c->prefix > m->to)
			continue;
		while (i < m->count && m->ids[i] < c->prefix)
			i++;
		if (i == m->count || m->ids[i] != c->prefix)
			queue_cert(r, c);
	}
	if (certs_ask_ours(r->folder, m) && instant_due(r->certs_at, now)) {
		r->send_certs = true;
		r->certs_from = 0;
		r->certs_at = instant_add_ms(now, CERTS_PAUSE_MS);
	}
}

/* What the peer says of one stream; returns whether it has more than we. */
static bool stream_told(
	struct relation *r, struct instant now, uint32_t stream, uint64_t last)
{
	const struct stream *s = &r->folder->catalogue.streams[stream];
	struct known_stream *k = &r->streams[stream];

	if (last >= k->has || instant_since_us(now, k->sent_at) > CHAIN_PAUSE_MS * 1000)
		k->has = last;
	k->allow = s->last;
	return last > s->last;
}

void gossip_receive_frontier(struct peer *p, struct instant now, const struct frontier *m)
{
	struct relation *r = relation_tagged(p, m->tag);
	const struct catalogue *c;
	bool more = false;
	unsigned i = 0;

	if (r == NULL || !is_member(r, now)) {
		if (r != NULL)
			(void)drop(r->folder->sync->config.drops, DROP_RIGHTS);
		return;
	}
	push_streams_sized(r);
	c = &r->folder->catalogue;
	for (uint32_t k = 0; k < c->stream_count; k++) {
		const struct stream *s = &c->streams[c->order[k]];

		if (s->tag < m->from || s->tag > m->to)
			continue;
		for (; i < m->count && m->items[i].stream < s->tag; i++)
			more |= m->items[i].last > 0;
		if (i < m->count && m->items[i].stream == s->tag)
			more |= stream_told(r, now, c->order[k], m->items[i++].last);
		else
			(void)stream_told(r, now, c->order[k], 0);
	}
	for (; i < m->count; i++)
		more |= m->items[i].last > 0;
	r->known = true;
	if (m->cert_sum != r->folder->cert_sum && instant_due(r->certs_at, now)) {
		r->send_certs = true;
		r->certs_from = 0;
		r->certs_at = instant_add_ms(now, CERTS_PAUSE_MS);
	}
	if (more && (m->flags & FRONTIER_ASK) && !r->send_frontier) {
		r->send_frontier = true;
		r->ask = false;
		r->frontier_from = 0;
		r->frontier_at = instant_max(
			r->frontier_at, instant_add_ms(now, BACKOFF_FIRST_MS));
	}
}

/* ---- writing ---- */

static bool greet_due(const struct peer *p, struct instant now)
{
	return p->hops > 0 && instant_due(p->greet_at, now);
}

static bool regular(const struct peer *p)
{
	if (p->hops == 1)
		return true;
	for (const struct relation *r = p->relations; r != NULL; r = r->next)
		if (r->partner)
			return true;
	return false;
}

static void greet_next(struct sync *s, struct instant now, struct peer *p)
{
	int64_t ms = s->config.gossip_interval_ms;

	if (!regular(p)) {
		if (p->probe_ms == 0)
			p->probe_ms = s->config.gossip_interval_ms;
		if (p->probe_ms < search_ms(p))
			p->probe_ms = search_ms(p);
		ms = p->probe_ms;
		p->probe_ms =
			p->probe_ms * 2 > PROBE_MAX_MS ? PROBE_MAX_MS : p->probe_ms * 2;
	}
	p->greet_at = instant_add_ms(now, rng_jitter(rng_of(s), ms, JITTER_PERCENT));
	p->greet_cursor = 0;
	sync_due(s, p->greet_at);
}

static void greet_folder(struct relation *r, struct instant now, struct greet_item *item)
{
	*item = (struct greet_item){ .tag = r->folder->tag };
	if (!is_member(r, now))
		return;
	item->flags = GREET_KNOWN;
	/* before the first scan is published there is nothing to have heard of yet */
	if (r->folder->heard && r->folder->scanned && !r->folder->publishing)
		item->flags |= GREET_HEARD;
	item->digest = folder_digest(r->folder);
	item->need = r->folder->need_bytes;
}

static void write_greet(struct peer *p, struct instant now, struct writer *w)
{
	struct sync *s = p->sync;
	struct greet g = { .wall_s = sync_wall_now_ms(s, now) / 1000 };
	size_t i = p->greet_cursor;

	for (; i < s->folder_count && g.count < GREET_ITEMS_MAX; i++) {
		struct folder *f = s->folders[i];

		if (!f->paused && !f->gone)
			greet_folder(gossip_relation(p, f), now, &g.items[g.count++]);
	}
	greet_write(w, &g);
	if (i < s->folder_count)
		p->greet_cursor = (unsigned)i;
	else
		greet_next(s, now, p);
}

static bool write_cert(struct relation *r, struct writer *w)
{
	const struct cert *c = r->certs[0];

	cert_write(w, r->folder->tag, bytes_of(c->data, c->len));
	memmove(r->certs, r->certs + 1, --r->cert_count * sizeof(struct cert *));
	return true;
}

static bool write_certs(struct relation *r, struct writer *w)
{
	struct certs m = {
		.tag = r->folder->tag, .from = r->certs_from, .to = UINT64_MAX
	};
	size_t room = (writer_left(w) - 27) / 8;

	if (room > CERTS_ITEMS_MAX)
		room = CERTS_ITEMS_MAX;
	r->send_certs = false;
	for (const struct cert *c = r->folder->certs; c != NULL; c = c->hh.next) {
		if (c->prefix < m.from ||
			(m.count > 0 && c->prefix == m.ids[m.count - 1]))
			continue;
		if (m.count == room) {
			m.to = m.ids[m.count - 1];
			r->certs_from = m.to + 1;
			r->send_certs = true;
			break;
		}
		m.ids[m.count++] = c->prefix;
	}
	certs_write(w, &m);
	return true;
}

static bool write_frontier(struct relation *r, struct writer *w)
{
	const struct folder *f = r->folder;
	const struct catalogue *c = &f->catalogue;
	struct frontier m = { .tag = f->tag, .from = r->frontier_from, .to = UINT64_MAX };
	size_t room = (writer_left(w) - 38) / 16;

	if (room > FRONTIER_ITEMS_MAX)
		room = FRONTIER_ITEMS_MAX;
	m.flags = r->ask ? FRONTIER_ASK : 0;
	m.cert_count = (uint16_t)HASH_COUNT(f->certs);
	m.cert_sum = f->cert_sum;
	r->send_frontier = false;
	for (uint32_t k = 0; k < c->stream_count; k++) {
		const struct stream *s = &c->streams[c->order[k]];

		if (s->tag < m.from)
			continue;
		if (m.count == room) {
			m.to = m.items[m.count - 1].stream;
			r->frontier_from = m.to + 1;
			r->send_frontier = true;
			break;
		}
		m.items[m.count++] = (struct frontier_item){ s->tag, s->last };
	}
	frontier_write(w, &m);
	return true;
}

bool gossip_has_control(const struct peer *p, struct instant now)
{
	if (greet_due(p, now))
		return true;
	for (const struct relation *r = p->relations; r != NULL; r = r->next)
		if (!r->folder->paused && (r->send_chain || r->cert_count > 0 ||
						  r->send_certs || r->send_frontier))
			return true;
	return false;
}

bool gossip_write_control(struct peer *p, struct instant now, struct writer *w)
{
	struct relation *r;

	if (greet_due(p, now)) {
		write_greet(p, now, w);
		return true;
	}
	for (r = p->relations; r != NULL; r = r->next) {
		if (r->folder->paused)
			continue;
		if (r->send_chain) {
			r->send_chain = false;
			queue_chain(r, members_cert(r->folder, &r->folder->capability));
		}
		if (r->cert_count > 0)
			return write_cert(r, w);
		if (r->send_certs)
			return write_certs(r, w);
		if (r->send_frontier)
			return write_frontier(r, w);
	}
	return false;
}

/* ---- time ---- */

void gossip_tick(struct sync *s, struct instant now)
{
	struct peer *p, *next;

	if (instant_due(s->partners_at, now)) {
		peers_partners(s, now);
		s->partners_at = instant_add_ms(now, s->config.gossip_interval_ms);
	}
	sync_due(s, s->partners_at);
	if (s->folder_count == 0) { /* then there is nothing to compare */
		sync_due(s, ready_greeting(s, now));
		return;
	}
	HASH_ITER (hh, s->peers, p, next) {
		if (p->hops == 0)
			continue;
		if (instant_before(now, p->greet_at))
			sync_due(s, p->greet_at);
		for (struct relation *r = p->relations; r != NULL; r = r->next) {
			if (!r->partner || !greeted(r) || r->folder->paused)
				continue;
			if (!gossip_agreed(r))
				disagree(r, now);
		}
	}
}
