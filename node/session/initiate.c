/* SPDX-License-Identifier: ISC */
/* Message 1, cookie, message 2, message 3, confirmation: as the initiator sees them. */
#include "node/session/initiate.h"

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "node/crypto/seal.h"

enum {
	RESEND_JITTER_PERCENT = 20,
	GRID_US =
		10000, /* timers of many attempts fall together, so that ticks are few */
	REKEY_AGAIN_MS = 5000,
};

static struct instant on_grid(struct instant t)
{
	return instant_us((t.us + GRID_US - 1) / GRID_US * GRID_US);
}

static struct envelope envelope_to(const struct sessions *s, const struct peer *p)
{
	return (struct envelope){ s->config.mesh_key, &s->self, &p->path.node };
}

static void send(struct sessions *s, struct instant now, struct peer *p)
{
	struct attempt *a = p->attempt;
	bool has_cookie =
		a->stage == STAGE_SENT_1 && instant_before(now, p->cookie_until);

	envelope_set_mac2(a->frame, a->len, has_cookie ? p->cookie : NULL);
	outbox_add(&s->outbox, now, &p->path, bytes_of(a->frame, a->len));
	a->cookie_open = a->stage == STAGE_SENT_1;
	a->sent = now;
}

static void arm(struct sessions *s, struct instant now, struct attempt *a)
{
	int64_t wait_us =
		rng_jitter(&s->config.rng, a->interval_us, RESEND_JITTER_PERCENT);

	a->resend_at = on_grid(instant_add_us(now, wait_us));
	a->interval_us = a->interval_us * 3 / 2;
	if (a->interval_us > RESEND_MAX_MS * 1000)
		a->interval_us = RESEND_MAX_MS * 1000;
	table_due(s, a->resend_at);
	table_due(s, a->ends_at);
}

void initiate(struct sessions *s, struct instant now, struct peer *p, int64_t interval_us)
{
	struct attempt *a = mem_new(sizeof(*a));
	struct envelope e = envelope_to(s, p);
	uint8_t room[96], text[ENVELOPE_1_PAYLOAD];
	struct writer prologue = table_prologue(s, &p->path, true, room);
	struct writer opening = writer_of(text, sizeof(text)), w;
	struct handshake_key ephemeral;

	check(p->attempt == NULL && stage_step(&a->stage, INPUT_WANT));
	p->attempt = a;
	a->index = index_add(s, p, NULL);
	table_ephemeral(s, &ephemeral);
	handshake_init(
		&a->noise, true, &s->static_key, &ephemeral, writer_bytes(&prologue));
	wipe(&ephemeral, sizeof(ephemeral));
	opening_write(&opening, a->index);
	w = envelope_begin(a->frame, FRAME_HANDSHAKE_1, 0, a->index);
	check(handshake_write(&a->noise, writer_bytes(&opening), &w));
	envelope_end(&w, &e);
	a->len = w.len;
	a->interval_us = interval_us;
	a->ends_at = instant_add_ms(now, ATTEMPT_LIFE_MS);
	send(s, now, p);
	arm(s, now, a);
}

void initiate_resend(struct sessions *s, struct instant now, struct peer *p)
{
	send(s, now, p);
	arm(s, now, p->attempt);
}

void initiate_hasten(struct sessions *s, struct instant now, struct peer *p)
{
	int64_t patience_us = path_patience_us(&p->path);

	if (instant_due(instant_add_us(p->attempt->sent, patience_us), now))
		send(s, now, p);
}

/* Reads message 2 and writes message 3 into w; the text of the greeting goes to room. */
static bool answer(struct sessions *s, struct peer *p, struct handshake *noise,
	struct bytes body, struct greeting *g, uint8_t room[ENVELOPE_MAX],
	struct writer *w)
{
	const struct attempt *a = p->attempt;
	uint8_t own[GREETING_MAX];
	size_t len;

	if (!handshake_read(noise, body, room, &len))
		return false;
	if (!table_greeting(g, bytes_of(room, len), noise->their_static, &p->path))
		return false;
	return handshake_write(noise, table_greet(s, a->index, g->sender, own), w);
}

bool initiate_message_2(struct sessions *s, struct instant now, struct peer *p,
	const struct frame_header *h, struct bytes frame)
{
	struct attempt *a = p->attempt;
	struct envelope e = envelope_to(s, p);
	uint8_t room[ENVELOPE_MAX], buf[ENVELOPE_MAX];
	uint32_t sender = (uint32_t)h->number;
	struct writer w = envelope_begin(buf, FRAME_HANDSHAKE_3, sender, a->index);
	struct handshake noise;
	struct greeting g;
	bool good;

	if (!stage_allows(a->stage, INPUT_2))
		return drop(s->config.drops, DROP_HANDSHAKE);
	if (!bucket_take(&s->later, now))
		return drop(s->config.drops, DROP_LOAD);
	noise = a->noise;
	good = answer(s, p, &noise, envelope_body(frame), &g, room, &w) &&
	       g.sender == sender && g.receiver == a->index;
	if (!good) {
		handshake_wipe(&noise);
		return drop(s->config.drops, DROP_HANDSHAKE);
	}
	check(stage_step(&a->stage, INPUT_2));
	if (p->path.link != 0 && p->current == NULL)
		s->answer_us = instant_since_us(now, p->begun);
	envelope_end(&w, &e);
	memcpy(a->frame, buf, w.len);
	a->len = w.len;
	a->id = g.id;
	memcpy(a->payload, g.payload.data, g.payload.len);
	a->payload_len = g.payload.len;
	a->next = session_new(&noise, now);
	a->next->stage = a->stage;
	a->next->index = a->index;
	a->next->remote = sender;
	handshake_wipe(&noise);
	handshake_wipe(&a->noise);
	a->interval_us = path_patience_us(&p->path);
	a->ends_at = instant_add_ms(
		now, p->path.link != 0 ? CONFIRM_LIFE_MS : CONFIRM_ROUTED_MS);
	send(s, now, p);
	arm(s, now, a);
	return true;
}

bool initiate_cookie(
	struct sessions *s, struct instant now, struct peer *p, struct bytes frame)
{
	struct attempt *a = p->attempt;
	struct bytes ad = bytes_of(a->frame + a->len - ENVELOPE_MACS, MAC_SIZE);
	struct reader r = reader_of(envelope_body(frame));
	uint8_t key[32], nonce[COOKIE_NONCE_SIZE], sealed[COOKIE_SIZE + SEAL_TAG_SIZE];
	bool good;

	if (!stage_allows(a->stage, INPUT_COOKIE) || !a->cookie_open)
		return drop(s->config.drops, DROP_HANDSHAKE);
	read_copy(&r, nonce, sizeof(nonce));
	read_copy(&r, sealed, sizeof(sealed));
	cookie_key(s->config.mesh_key, &p->path.node, &s->self, key);
	good = read_ended(&r) && open_nonce(key, nonce, ad, sealed, sizeof(sealed));
	wipe(key, sizeof(key));
	if (!good)
		return drop(s->config.drops, DROP_HANDSHAKE);
	check(stage_step(&a->stage, INPUT_COOKIE));
	memcpy(p->cookie, sealed, sizeof(p->cookie));
	p->cookie_until = instant_add_ms(now, COOKIE_LIFE_MS);
	a->cookie_open = false;
	/* Once at once, then by the timer: two nodes must not play ball. */
	if (!a->hurried) {
		a->hurried = true;
		send(s, now, p);
	}
	return true;
}

void initiate_confirmed(struct sessions *s, struct instant now, struct peer *p)
{
	struct attempt *a = p->attempt;
	struct session *session = a->next;

	check(session != NULL && stage_step(&a->stage, INPUT_DATA));
	session->stage = a->stage;
	a->next = NULL;
	a->index = 0;
	if (p->path.link != 0 && p->current == NULL) {
		s->finished = now;
		table_due(s, now); /* others may wait for it */
	}
	/* What the other side had begun it has given up, and its message 3 may still be on the
	 * way. */
	pending_forget(s, &p->path);
	p->id = a->id;
	peer_replace(s, p, session, instant_add_ms(now, REPLACED_LIFE_MS));
	peer_say(s, p, SESSION_UP, session->epoch, bytes_of(a->payload, a->payload_len));
	peer_drop_attempt(s, p);
}

void initiate_end(struct sessions *s, struct instant now, struct peer *p)
{
	bool wanted = instant_before(now, p->wanted_until);
	int64_t interval_us = p->attempt->interval_us;

	check(stage_step(&p->attempt->stage, INPUT_END));
	peer_drop_attempt(s, p);
	if (wanted && p->current == NULL) {
		initiate(s, now, p, interval_us);
		return;
	}
	p->rekey_at = instant_add_us(now,
		rng_jitter(&s->config.rng, REKEY_AGAIN_MS * 1000, RESEND_JITTER_PERCENT));
	table_due(s, p->rekey_at);
}
