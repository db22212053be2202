/* SPDX-License-Identifier: ISC */
/*
 * The door of the room: frames in, frames and events out, and the timers. Timers, each
 * in its struct of table.h: an attempt's repetition and end, a peer's renewal, the end of
 * its waiting and its turn to begin, the end of the session in use and of the one
 * replaced, the end of a pending handshake.
 * sessions_deadline is never later than the first of them.
 */
#include "node/session/sessions.h"

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "node/session/initiate.h"
#include "node/session/respond.h"

struct sessions *sessions_new(const struct session_config *config, struct instant now)
{
	struct sessions *s = mem_new(sizeof(*s));
	uint8_t secret[HANDSHAKE_KEY_SIZE];

	check(config->max_peers > 0 && config->max_peers <= SESSIONS_MAX);
	s->config = *config;
	s->self = address_of(&config->self->id);
	keys_secret_x25519(config->self, secret);
	handshake_key_of(&s->static_key, secret);
	wipe(secret, sizeof(secret));
	s->mesh = hash_tagged(
		"qanat mesh key 1", bytes_of(config->mesh_key, sizeof(config->mesh_key)));
	s->slots = mem_array(config->max_peers, sizeof(struct peer *));
	cookie_jar_init(&s->jar, &s->config.rng, now);
	bucket_init(&s->easy, now, LOAD_EASY_RATE, LOAD_EASY_RATE);
	bucket_init(&s->first, now, LOAD_RATE, LOAD_RATE);
	bucket_init(&s->later, now, LOAD_RATE, LOAD_RATE);
	s->deadline = NEVER;
	return s;
}

void sessions_free(struct sessions *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < s->slots_used; i++)
		if (s->slots[i] != NULL) {
			/* Nobody takes events any more. */
			s->outbox.event_count = 0;
			s->outbox.event_first = 0;
			peer_remove(s, s->slots[i]);
		}
	while (s->pendings != NULL)
		pending_remove(s, s->pendings);
	outbox_fini(&s->outbox);
	mem_free(s->slots);
	wipe(s, sizeof(*s));
	mem_free(s);
}

void sessions_payload_set(struct sessions *s, struct bytes payload)
{
	check(payload.len <= SESSION_PAYLOAD_MAX);
	if (payload.len > 0)
		memcpy(s->payload, payload.data, payload.len);
	s->payload_len = payload.len;
}

static bool receive_answer(struct sessions *s, struct instant now,
	const struct session_path *path, const struct frame_header *h, struct bytes frame)
{
	struct index *entry = index_find(s, h->receiver);
	struct peer *p = entry != NULL ? entry->peer : NULL;

	if (p == NULL || p->attempt == NULL || p->attempt->index != h->receiver ||
		!path_equal(&p->path, path))
		return drop(s->config.drops, DROP_HANDSHAKE);
	if (h->type == FRAME_COOKIE)
		return initiate_cookie(s, now, p, frame);
	return initiate_message_2(s, now, p, h, frame);
}

static bool receive_handshake(struct sessions *s, struct instant now,
	const struct session_path *path, const struct frame_header *h, struct bytes frame)
{
	struct envelope e = { s->config.mesh_key, &path->node, &s->self };
	uint32_t sender;

	if (!envelope_check(&e, frame))
		return drop(s->config.drops, DROP_MAC1);
	if (!envelope_parse(h, frame.len, &sender))
		return drop(s->config.drops, DROP_HANDSHAKE);
	if (h->type == FRAME_HANDSHAKE_1)
		return respond_message_1(s, now, path, h, frame);
	if (envelope_has_mac2(frame))
		return drop(s->config.drops, DROP_HANDSHAKE);
	if (h->type == FRAME_HANDSHAKE_3)
		return respond_message_3(s, now, path, h, frame);
	return receive_answer(s, now, path, h, frame);
}

static struct session *session_of(const struct peer *p, uint32_t index)
{
	if (p->current != NULL && p->current->index == index)
		return p->current;
	if (p->previous != NULL && p->previous->index == index)
		return p->previous;
	if (p->attempt != NULL && p->attempt->next != NULL && p->attempt->index == index)
		return p->attempt->next;
	return NULL;
}

/* The first frame under new keys: the keys before them are not needed for long. */
static void heard_first(struct sessions *s, struct instant now, struct peer *p,
	const struct session *session)
{
	if (session->stage == STAGE_SENT_3) {
		initiate_confirmed(s, now, p);
	} else if (session == p->current && p->previous != NULL) {
		p->previous->until = instant_min(
			p->previous->until, instant_add_ms(now, REPLACED_LIFE_MS));
		table_due(s, p->previous->until);
	}
}

static bool receive_data(struct sessions *s, struct instant now,
	const struct frame_header *h, uint8_t *frame, size_t len,
	struct session_opened *out)
{
	struct index *entry = index_find(s, h->receiver);
	struct peer *p = entry != NULL ? entry->peer : NULL;
	struct session *session = p != NULL ? session_of(p, h->receiver) : NULL;
	bool is_first;

	if (session == NULL || !session_can_open(session, now) ||
		!stage_allows(session->stage, INPUT_DATA))
		return drop(s->config.drops, DROP_NO_SESSION);
	is_first = !session->heard;
	if (!session_open(session, h, frame, len, s->config.drops))
		return false;
	if (is_first)
		heard_first(s, now, p, session);
	p->unanswered = false;
	peer_used(s, p, now);
	out->peer = p->slot;
	out->epoch = session->epoch;
	out->id = p->id;
	out->number = h->number;
	out->messages = bytes_of(
		frame + FRAME_HEADER_SIZE, len - FRAME_HEADER_SIZE - FRAME_TAG_SIZE);
	return true;
}

enum session_verdict sessions_receive(struct sessions *s, struct instant now,
	const struct session_path *path, uint8_t *frame, size_t len,
	struct session_opened *out)
{
	struct frame_header h;

	if (!frame_header_parse(&h, bytes_of(frame, len))) {
		drop(s->config.drops, DROP_HEADER);
		return SESSION_DROPPED;
	}
	switch (h.type) {
	case FRAME_HANDSHAKE_1:
	case FRAME_HANDSHAKE_2:
	case FRAME_HANDSHAKE_3:
	case FRAME_COOKIE:
		return receive_handshake(s, now, path, &h, bytes_of(frame, len))
			       ? SESSION_HANDLED
			       : SESSION_DROPPED;
	case FRAME_DATA:
		return receive_data(s, now, &h, frame, len, out) ? SESSION_OPENED
								 : SESSION_DROPPED;
	case FRAME_MULTICAST:
	case FRAME_PAIRING:
	case FRAME_TYPES:
		break;
	}
	drop(s->config.drops, DROP_TYPE);
	return SESSION_DROPPED;
}

/* It waits for its turn to begin. */
static bool is_waiting(const struct sessions *s, const struct peer *p, struct instant now)
{
	return p->path.link != 0 && p->attempt == NULL && p->current == NULL &&
	       instant_before(now, p->wanted_until) && path_may_initiate(s, &p->path);
}

/* Where many are within reach, all who begin with all at once fill the channel, for ever: what
 * is late is repeated. So few begin at once, and who has a few sessions pauses after each for
 * as long as that many answers take, which is little while the channel is free. */
static struct instant begins_at(const struct sessions *s, struct instant now)
{
	struct instant free_at = NEVER;
	unsigned begun = 0, up = 0;
	int64_t pause_us;

	for (uint32_t i = 0; i < s->slots_used; i++) {
		const struct peer *p = s->slots[i];
		struct instant yields;

		if (p == NULL || p->path.link == 0)
			continue;
		up += p->current != NULL;
		if (p->current != NULL || p->attempt == NULL)
			continue;
		yields = instant_add_ms(p->begun, LINKS_ALONE_MS);
		if (instant_due(yields, now))
			continue;
		begun++;
		free_at = instant_min(free_at, yields);
	}
	if (begun >= (up < LINKS_FEW ? LINKS_AT_ONCE : 1))
		return free_at;
	if (up < LINKS_FEW)
		return now;
	pause_us = s->answer_us < LINKS_PAUSE_MAX_MS * 1000 / up
			   ? s->answer_us * up
			   : LINKS_PAUSE_MAX_MS * 1000;
	return instant_add_us(s->finished, pause_us);
}

/* Who comes anew each time must not hold up anybody for ever. NULL: nobody waits. */
static struct peer *waiting_longest(const struct sessions *s, struct instant now)
{
	struct peer *longest = NULL;

	for (uint32_t i = 0; i < s->slots_used; i++) {
		struct peer *p = s->slots[i];

		if (p != NULL && is_waiting(s, p, now) &&
			(longest == NULL || instant_before(p->used, longest->used)))
			longest = p;
	}
	return longest;
}

static void begin_next(struct sessions *s, struct instant now)
{
	struct peer *p;

	while ((p = waiting_longest(s, now)) != NULL) {
		struct instant at = begins_at(s, now);

		if (!instant_due(at, now)) {
			table_due(s, at);
			return;
		}
		p->begun = now;
		initiate(s, now, p, path_patience_us(&p->path));
	}
}

void sessions_want(
	struct sessions *s, struct instant now, const struct session_path *path)
{
	struct peer *p = peer_find(s, path);

	/* On a link the other side begins, and needs no wish of ours to do it. */
	if (!path_may_initiate(s, path))
		return;
	if (p != NULL && p->current != NULL && session_can_seal(p->current, now))
		return;
	p = peer_get(s, now, path);
	p->wanted_until = instant_add_ms(now, ATTEMPT_LIFE_MS);
	if (p->attempt != NULL && path->link != 0)
		initiate_hasten(s, now, p);
	else if (path->link != 0)
		begin_next(s, now);
	else if (p->attempt == NULL)
		initiate(s, now, p, path_patience_us(&p->path));
}

void sessions_restarted(struct sessions *s, const struct session_path *path)
{
	struct peer *p = peer_find(s, path);

	if (p != NULL)
		peer_remove(s, p);
}

void sessions_forget(struct sessions *s, const struct session_path *path)
{
	sessions_restarted(s, path);
	pending_forget(s, path);
	outbox_forget(&s->outbox, path);
}

bool sessions_find(
	const struct sessions *s, const struct session_path *path, uint32_t *peer)
{
	const struct peer *p = peer_find(s, path);

	if (p == NULL || p->current == NULL || p->current->sent >= SESSION_NUMBER_END)
		return false;
	*peer = p->slot;
	return true;
}

static struct peer *at_slot(const struct sessions *s, uint32_t slot)
{
	return slot < s->slots_used ? s->slots[slot] : NULL;
}

/* Over several hops nobody else notices that a peer has lost its session, so one that is
 * spoken to for long without a word back is renewed. Links have their acknowledgements. */
static void note_unanswered(struct peer *p, struct instant now)
{
	if (p->path.link != 0)
		return;
	/* the last word before a silence needs no answer */
	if (!p->unanswered ||
		instant_due(instant_add_ms(p->used, UNANSWERED_MS / 2), now)) {
		p->unanswered = true;
		p->unanswered_since = now;
	} else if (instant_due(instant_add_ms(p->unanswered_since, UNANSWERED_MS), now)) {
		p->rekey_at = instant_min(p->rekey_at, now);
		p->unanswered_since = now;
	}
}

size_t sessions_seal(struct sessions *s, struct instant now, uint32_t peer, uint8_t *buf,
	size_t len, uint64_t *number, uint32_t *epoch)
{
	struct peer *p = at_slot(s, peer);
	size_t sealed;

	if (p == NULL || p->current == NULL || !session_can_seal(p->current, now))
		return 0;
	*epoch = p->current->epoch;
	sealed = session_seal(p->current, buf, len, number);
	note_unanswered(p, now);
	peer_used(s, p, now);
	return sealed;
}

bool sessions_take_frame(struct sessions *s, struct instant now,
	struct session_path *path, uint8_t *buf, size_t *len)
{
	return outbox_take(&s->outbox, now, path, buf, len);
}

bool sessions_take_event(struct sessions *s, struct session_event *event)
{
	return outbox_event_take(&s->outbox, event);
}

/* A routed peer that nobody uses is let go instead of renewed. */
static bool is_idle(const struct peer *p, struct instant now)
{
	return p->path.link == 0 && instant_since_us(now, p->used) >= IDLE_MS * 1000;
}

static void end_sessions(struct sessions *s, struct instant now, struct peer *p)
{
	if (p->previous != NULL && !session_can_open(p->previous, now))
		peer_drop_session(s, &p->previous);
	if (p->current != NULL && !session_can_open(p->current, now)) {
		peer_say(s, p, SESSION_DOWN, p->current->epoch, bytes_of(NULL, 0));
		peer_drop_session(s, &p->current);
	}
}

static struct instant peer_deadline(const struct peer *p, struct instant now)
{
	struct instant t = NEVER;

	if (p->attempt != NULL)
		t = instant_min(p->attempt->resend_at, p->attempt->ends_at);
	else if (p->current == NULL)
		t = p->wanted_until;
	else if (instant_before(now, p->rekey_at))
		t = p->rekey_at;
	if (p->current != NULL)
		t = instant_min(t, instant_add_ms(p->current->born, SESSION_DEAD_MS));
	if (p->previous != NULL)
		t = instant_min(t, p->previous->until);
	if (p->previous != NULL)
		t = instant_min(t, instant_add_ms(p->previous->born, SESSION_DEAD_MS));
	return t;
}

static void peer_tick(struct sessions *s, struct instant now, struct peer *p)
{
	end_sessions(s, now, p);
	if (p->attempt != NULL && instant_due(p->attempt->ends_at, now))
		initiate_end(s, now, p);
	else if (p->attempt != NULL && instant_due(p->attempt->resend_at, now))
		initiate_resend(s, now, p);
	else if (p->attempt == NULL && p->current != NULL &&
		 instant_due(p->rekey_at, now) && !is_idle(p, now))
		initiate(s, now, p, path_patience_us(&p->path));
	if (p->attempt == NULL && p->current == NULL && !is_waiting(s, p, now))
		peer_remove(s, p);
	else
		table_due(s, peer_deadline(p, now));
}

void sessions_tick(struct sessions *s, struct instant now)
{
	if (!instant_due(s->deadline, now))
		return;
	while (s->pendings != NULL && instant_due(s->pendings->ends_at, now)) {
		check(stage_step(&s->pendings->stage, INPUT_END));
		pending_remove(s, s->pendings);
	}
	s->deadline = s->pendings != NULL ? s->pendings->ends_at : NEVER;
	for (uint32_t i = 0; i < s->slots_used; i++)
		if (s->slots[i] != NULL)
			peer_tick(s, now, s->slots[i]);
	begin_next(s, now);
}

struct instant sessions_deadline(const struct sessions *s)
{
	return s->deadline;
}

size_t sessions_count(const struct sessions *s)
{
	size_t count = 0;

	for (uint32_t i = 0; i < s->slots_used; i++)
		if (s->slots[i] != NULL && s->slots[i]->current != NULL)
			count++;
	return count;
}

int64_t sessions_age_us(const struct sessions *s, struct instant now, uint32_t peer)
{
	const struct peer *p = at_slot(s, peer);

	return p != NULL && p->current != NULL ? instant_since_us(now, p->current->born)
					       : -1;
}
