/* SPDX-License-Identifier: ISC */
/* Peers, pending handshakes and indices: who is there, and who has to go. */
#include "node/session/table.h"

#include "node/base/mem.h"
#include "node/crypto/hash.h"

bool path_equal(const struct session_path *a, const struct session_path *b)
{
	return a->link == b->link && id_equal(&a->node, &b->node);
}

bool path_is_lower(const struct sessions *s, const struct session_path *path)
{
	return id_compare(&s->self, &path->node) < 0;
}

bool path_may_initiate(const struct sessions *s, const struct session_path *path)
{
	if (path->link == 0)
		return !id_equal(&s->self, &path->node);
	return path_is_lower(s, path);
}

void table_due(struct sessions *s, struct instant t)
{
	s->deadline = instant_min(s->deadline, t);
}

struct index *index_find(struct sessions *s, uint32_t index)
{
	struct index *found;

	HASH_FIND(hh, s->indices, &index, sizeof(index), found);
	return found;
}

uint32_t index_add(struct sessions *s, struct peer *peer, struct pending *pending)
{
	struct index *entry = mem_new(sizeof(*entry));

	check((peer == NULL) != (pending == NULL));
	do
		entry->index = (uint32_t)rng_u64(&s->config.rng);
	while (entry->index == 0 || index_find(s, entry->index) != NULL);
	entry->peer = peer;
	entry->pending = pending;
	HASH_ADD(hh, s->indices, index, sizeof(entry->index), entry);
	return entry->index;
}

void index_remove(struct sessions *s, uint32_t index)
{
	struct index *entry = index_find(s, index);

	check(entry != NULL);
	HASH_DELETE(hh, s->indices, entry);
	mem_free(entry);
}

void index_give(struct sessions *s, uint32_t index, struct peer *peer)
{
	struct index *entry = index_find(s, index);

	check(entry != NULL && entry->pending != NULL);
	entry->pending = NULL;
	entry->peer = peer;
}

struct peer *peer_find(const struct sessions *s, const struct session_path *path)
{
	struct peer *found;

	HASH_FIND(hh, s->peers, path, sizeof(*path), found);
	return found;
}

void peer_say(struct sessions *s, const struct peer *p, enum session_event_kind kind,
	uint32_t epoch, struct bytes payload)
{
	struct session_event e = { .kind = kind, .peer = p->slot, .epoch = epoch };
	char line[64];
	struct text t = text_of(line, sizeof(line));

	e.path = p->path;
	e.id = p->id;
	check(payload.len <= sizeof(e.payload));
	if (payload.len > 0)
		memcpy(e.payload, payload.data, payload.len);
	e.payload_len = payload.len;
	outbox_event_add(&s->outbox, &e);
	text_ipv6(&t, p->path.node.b);
	log_line(s->config.log, LOG_DEBUG_, "peer ", line,
		p->path.link != 0 ? " on a link" : " by routes",
		kind == SESSION_UP ? ": new session" : ": session ended", NULL);
}

void peer_drop_session(struct sessions *s, struct session **session)
{
	if (*session == NULL)
		return;
	index_remove(s, (*session)->index);
	session_free(*session);
	*session = NULL;
}

void peer_drop_attempt(struct sessions *s, struct peer *p)
{
	struct attempt *a = p->attempt;

	if (a == NULL)
		return;
	if (a->index != 0)
		index_remove(s, a->index);
	session_free(a->next);
	wipe(a, sizeof(*a));
	mem_free(a);
	p->attempt = NULL;
}

void peer_remove(struct sessions *s, struct peer *p)
{
	if (p->current != NULL)
		peer_say(s, p, SESSION_DOWN, p->current->epoch, bytes_of(NULL, 0));
	peer_drop_attempt(s, p);
	peer_drop_session(s, &p->current);
	peer_drop_session(s, &p->previous);
	outbox_forget(&s->outbox, &p->path);
	HASH_DELETE(hh, s->peers, p);
	s->slots[p->slot] = NULL;
	s->peer_count--;
	wipe(p, sizeof(*p));
	mem_free(p);
}

static bool goes_before(const struct peer *a, const struct peer *b)
{
	if ((a->current == NULL) != (b->current == NULL))
		return a->current == NULL;
	return instant_before(a->used, b->used);
}

static struct peer *victim(const struct sessions *s)
{
	struct peer *worst = NULL;

	for (uint32_t i = 0; i < s->slots_used; i++)
		if (s->slots[i] != NULL &&
			(worst == NULL || goes_before(s->slots[i], worst)))
			worst = s->slots[i];
	return worst;
}

static uint32_t free_slot(struct sessions *s)
{
	if (s->peer_count == s->slots_used)
		return s->slots_used++;
	for (uint32_t i = 0;; i++)
		if (s->slots[i] == NULL)
			return i;
}

struct peer *peer_get(
	struct sessions *s, struct instant now, const struct session_path *path)
{
	struct peer *p = peer_find(s, path);

	if (p != NULL)
		return p;
	if (s->peer_count == s->config.max_peers)
		peer_remove(s, victim(s));
	p = mem_new(sizeof(*p));
	p->slot = free_slot(s);
	p->path = *path;
	p->used = now;
	p->cookie_until = now;
	p->wanted_until = now;
	p->rekey_at = NEVER;
	s->slots[p->slot] = p;
	s->peer_count++;
	HASH_ADD(hh, s->peers, path, sizeof(p->path), p);
	return p;
}

static struct instant rekey_time(
	struct sessions *s, const struct peer *p, const struct session *session)
{
	int64_t wait_us = rng_jitter(
		&s->config.rng, (int64_t)SESSION_REKEY_MS * 1000, REKEY_JITTER_PERCENT);

	if (!path_may_initiate(s, &p->path))
		return NEVER;
	if (!path_is_lower(s, &p->path))
		wait_us += REKEY_YIELD_MS * 1000;
	return instant_add_us(session->born, wait_us);
}

void peer_replace(
	struct sessions *s, struct peer *p, struct session *session, struct instant until)
{
	peer_drop_session(s, &p->previous);
	p->previous = p->current;
	p->current = session;
	p->unanswered = false;
	p->rekey_at = rekey_time(s, p, session);
	session->epoch = ++s->epoch;
	if (p->previous != NULL) {
		p->previous->until = until;
		table_due(s, until);
	}
	table_due(s, p->rekey_at);
	table_due(s, instant_add_ms(session->born, SESSION_DEAD_MS));
}

void peer_used(struct sessions *s, struct peer *p, struct instant now)
{
	const struct session *c = p->current;

	p->used = now;
	if (c == NULL || !path_may_initiate(s, &p->path) || p->attempt != NULL)
		return;
	if (c->sent >= SESSION_REKEY_NUMBER || c->window.end >= SESSION_REKEY_NUMBER)
		p->rekey_at = instant_min(p->rekey_at, now);
	if (instant_due(p->rekey_at, now))
		table_due(s, now);
}

struct pending *pending_find(
	const struct sessions *s, const uint8_t ephemeral[HANDSHAKE_KEY_SIZE])
{
	struct pending *found;

	HASH_FIND(hh, s->pendings, ephemeral, HANDSHAKE_KEY_SIZE, found);
	return found;
}

void pending_take(struct sessions *s, struct pending *p)
{
	if (HASH_COUNT(s->pendings) >= PENDING_MAX)
		pending_remove(s, s->pendings);
	HASH_ADD(hh, s->pendings, ephemeral, HANDSHAKE_KEY_SIZE, p);
	table_due(s, p->ends_at);
}

void pending_remove(struct sessions *s, struct pending *p)
{
	HASH_DELETE(hh, s->pendings, p);
	if (p->index != 0)
		index_remove(s, p->index);
	wipe(p, sizeof(*p));
	mem_free(p);
}

void pending_forget(struct sessions *s, const struct session_path *path)
{
	struct pending *p, *next;

	HASH_ITER (hh, s->pendings, p, next)
		if (path_equal(&p->path, path))
			pending_remove(s, p);
}

struct writer table_prologue(const struct sessions *s, const struct session_path *path,
	bool initiator, uint8_t room[96])
{
	struct writer w = writer_of(room, 96);

	write_bytes(&w, BYTES("qanat session 1"));
	write_id(&w, &s->mesh);
	write_id(&w, initiator ? &s->self : &path->node);
	write_id(&w, initiator ? &path->node : &s->self);
	check(!w.overflow);
	return w;
}

void table_ephemeral(struct sessions *s, struct handshake_key *key)
{
	uint8_t secret[HANDSHAKE_KEY_SIZE];

	rng_fill(&s->config.rng, secret, sizeof(secret));
	handshake_key_of(key, secret);
	wipe(secret, sizeof(secret));
}

struct bytes table_greet(const struct sessions *s, uint32_t sender, uint32_t receiver,
	uint8_t room[GREETING_MAX])
{
	struct greeting g = {
		.id = s->config.self->id, .sender = sender, .receiver = receiver
	};
	struct writer w = writer_of(room, GREETING_MAX);

	g.payload = bytes_of(s->payload, s->payload_len);
	greeting_write(&w, &g);
	check(!w.overflow);
	return writer_bytes(&w);
}

bool table_greeting(struct greeting *g, struct bytes text, const uint8_t proved[32],
	const struct session_path *path)
{
	uint8_t static_key[HANDSHAKE_KEY_SIZE];
	struct address a;

	if (!greeting_parse(g, text) || !keys_public_x25519(&g->id, static_key))
		return false;
	a = address_of(&g->id);
	return memcmp(static_key, proved, sizeof(static_key)) == 0 &&
	       id_equal(&a, &path->node);
}
