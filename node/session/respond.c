/* SPDX-License-Identifier: ISC */
/* Message 1, message 2 or a cookie, message 3, confirmation: as the responder sees
 * them. */
#include "node/session/respond.h"

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "node/crypto/seal.h"

static bool refuse(struct sessions *s)
{
	return drop(s->config.drops, DROP_HANDSHAKE);
}

static void send_cookie(struct sessions *s, struct instant now,
	const struct session_path *path, uint32_t initiator, struct bytes frame)
{
	struct bytes ad = bytes_of(frame.data + frame.len - ENVELOPE_MACS, MAC_SIZE);
	struct envelope e = { s->config.mesh_key, &s->self, &path->node };
	uint8_t buf[ENVELOPE_MAX], key[32], nonce[COOKIE_NONCE_SIZE];
	uint8_t sealed[COOKIE_SIZE + SEAL_TAG_SIZE];
	struct writer w = envelope_begin(buf, FRAME_COOKIE, initiator, 0);

	rng_fill(&s->config.rng, nonce, sizeof(nonce));
	cookie_of(&s->jar, path, sealed);
	cookie_key(s->config.mesh_key, &s->self, &path->node, key);
	seal_nonce(key, nonce, ad, sealed, COOKIE_SIZE);
	wipe(key, sizeof(key));
	write_bytes(&w, bytes_of(nonce, sizeof(nonce)));
	write_bytes(&w, bytes_of(sealed, sizeof(sealed)));
	envelope_end(&w, &e);
	outbox_add(&s->outbox, now, path, writer_bytes(&w));
}

/* Whether there is time for this message 1. A wrong mac2 is answered like a missing one:
 * our secrets may have changed since. */
static bool load_admits(struct sessions *s, struct instant now,
	const struct session_path *path, uint32_t sender, struct bytes frame)
{
	struct bytes covered = bytes_of(frame.data, frame.len - MAC_SIZE);
	bool is_busy = HASH_COUNT(s->pendings) > PENDING_MAX / 8;
	bool admits;

	cookie_jar_turn(&s->jar, &s->config.rng, now);
	if (envelope_has_mac2(frame))
		admits = cookie_jar_accepts(
			&s->jar, path, covered, frame.data + covered.len);
	else
		admits = !is_busy && bucket_take(&s->easy, now);
	if (admits && bucket_take(&s->first, now))
		return true;
	if (!admits)
		send_cookie(s, now, path, sender, frame);
	return drop(s->config.drops, DROP_LOAD);
}

/* On a routed path both may begin at once: the lower address then insists on its own. */
static bool insists(const struct sessions *s, const struct session_path *path)
{
	const struct peer *p = peer_find(s, path);

	return p != NULL && p->attempt != NULL && path_is_lower(s, path);
}

static bool may_respond(const struct sessions *s, const struct session_path *path)
{
	if (id_equal(&s->self, &path->node))
		return false;
	if (path->link != 0 && path_is_lower(s, path))
		return false;
	return !insists(s, path);
}

/* Reads message 1 and writes message 2. */
static bool answer(struct sessions *s, struct pending *p, struct bytes body)
{
	struct envelope e = { s->config.mesh_key, &s->self, &p->path.node };
	struct writer w =
		envelope_begin(p->frame, FRAME_HANDSHAKE_2, p->remote, p->index);
	uint8_t opening[ENVELOPE_MAX], own[GREETING_MAX];
	size_t len;

	if (!handshake_read(&p->noise, body, opening, &len))
		return false;
	if (!handshake_write(&p->noise, table_greet(s, p->index, p->remote, own), &w))
		return false;
	envelope_end(&w, &e);
	p->len = w.len;
	return true;
}

static bool begin(struct sessions *s, struct instant now, const struct session_path *path,
	uint32_t sender, struct bytes body)
{
	struct pending *p = mem_new(sizeof(*p));
	struct handshake_key ephemeral;
	uint8_t room[96];
	struct writer prologue = table_prologue(s, path, false, room);

	p->path = *path;
	p->remote = sender;
	memcpy(p->ephemeral, body.data, sizeof(p->ephemeral));
	p->ends_at = instant_add_ms(now, PENDING_LIFE_MS);
	p->index = index_add(s, NULL, p);
	pending_take(s, p);
	table_ephemeral(s, &ephemeral);
	handshake_init(
		&p->noise, false, &s->static_key, &ephemeral, writer_bytes(&prologue));
	wipe(&ephemeral, sizeof(ephemeral));
	if (!stage_step(&p->stage, INPUT_1) || !answer(s, p, body)) {
		pending_remove(s, p);
		return refuse(s);
	}
	outbox_add(&s->outbox, now, path, bytes_of(p->frame, p->len));
	return true;
}

bool respond_message_1(struct sessions *s, struct instant now,
	const struct session_path *path, const struct frame_header *h, struct bytes frame)
{
	struct bytes body = envelope_body(frame);
	uint32_t sender = (uint32_t)h->number, opened;
	struct reader r = reader_of(body);
	struct pending *p;

	read_skip(&r, HANDSHAKE_KEY_SIZE);
	if (!may_respond(s, path) || !opening_parse(&opened, read_rest(&r)) ||
		opened != sender)
		return refuse(s);
	if (!load_admits(s, now, path, sender, frame))
		return false;
	p = pending_find(s, body.data);
	if (p == NULL)
		return begin(s, now, path, sender, body);
	if (!path_equal(&p->path, path) || p->remote != sender ||
		!stage_step(&p->stage, INPUT_1))
		return refuse(s);
	outbox_add(&s->outbox, now, path, bytes_of(p->frame, p->len));
	return true;
}

/* An empty data frame: the new keys work. */
static void confirm(struct sessions *s, struct instant now, struct peer *p)
{
	uint8_t buf[FRAME_HEADER_SIZE + FRAME_TAG_SIZE];
	uint64_t number;
	size_t len;

	if (!session_can_seal(p->current, now))
		return;
	len = session_seal(p->current, buf, 0, &number);
	outbox_add(&s->outbox, now, &p->path, bytes_of(buf, len));
}

static void install(struct sessions *s, struct instant now, struct pending *pending,
	const struct handshake *noise, const struct greeting *g, struct bytes frame)
{
	struct session *session = session_new(noise, now);
	struct session_path path = pending->path;
	struct peer *p = peer_get(s, now, &path);

	check(stage_step(&pending->stage, INPUT_3));
	peer_drop_attempt(s, p);
	session->stage = pending->stage;
	session->index = pending->index;
	session->remote = pending->remote;
	memcpy(session->mac1, frame.data + frame.len - ENVELOPE_MACS,
		sizeof(session->mac1));
	index_give(s, pending->index, p);
	pending->index = 0;
	/* Older handshakes of the path must not come in late and undo this one. */
	pending_forget(s, &path);
	p->id = g->id;
	p->used = now;
	peer_replace(s, p, session, NEVER);
	peer_say(s, p, SESSION_UP, session->epoch, g->payload);
	confirm(s, now, p);
}

static bool finish(struct sessions *s, struct instant now, struct pending *p,
	uint32_t sender, struct bytes frame)
{
	struct handshake noise;
	uint8_t text[ENVELOPE_MAX];
	struct greeting g;
	size_t len;
	bool good;

	if (p->remote != sender || !stage_allows(p->stage, INPUT_3) ||
		!may_respond(s, &p->path))
		return refuse(s);
	if (!bucket_take(&s->later, now))
		return drop(s->config.drops, DROP_LOAD);
	noise = p->noise;
	good = handshake_read(&noise, envelope_body(frame), text, &len) &&
	       table_greeting(&g, bytes_of(text, len), noise.their_static, &p->path) &&
	       g.sender == sender && g.receiver == p->index;
	if (good)
		install(s, now, p, &noise, &g, frame);
	handshake_wipe(&noise);
	return good || refuse(s);
}

/* The very message 3 that made the session, again: our confirmation was lost. */
static bool finish_again(struct sessions *s, struct instant now, struct peer *p,
	uint32_t index, struct bytes frame)
{
	struct session *c = p->current;

	if (c == NULL || c->index != index || c->initiator || c->heard ||
		!stage_allows(c->stage, INPUT_3))
		return refuse(s);
	if (memcmp(c->mac1, frame.data + frame.len - ENVELOPE_MACS, sizeof(c->mac1)) !=
			0 ||
		instant_due(instant_add_ms(c->born, ATTEMPT_LIFE_MS), now))
		return refuse(s);
	if (!bucket_take(&s->later, now))
		return drop(s->config.drops, DROP_LOAD);
	confirm(s, now, p);
	return true;
}

bool respond_message_3(struct sessions *s, struct instant now,
	const struct session_path *path, const struct frame_header *h, struct bytes frame)
{
	struct index *entry = index_find(s, h->receiver);

	if (entry == NULL)
		return refuse(s);
	if (entry->pending != NULL) {
		if (!path_equal(&entry->pending->path, path))
			return refuse(s);
		return finish(s, now, entry->pending, (uint32_t)h->number, frame);
	}
	if (!path_equal(&entry->peer->path, path))
		return refuse(s);
	return finish_again(s, now, entry->peer, h->receiver, frame);
}
