/* SPDX-License-Identifier: ISC */
/* Two small machines: the one that has a code, and the one that looks for it. */
#include "node/mesh/pairing.h"

#include "node/crypto/hash.h"
#include "node/crypto/seal.h"

enum op { SEEK = 1, OFFER, SHARE, ANSWER, ASK, PIECE, NO };

enum { SESSION_SIZE = 16, PROOF_SIZE = 32, CHANNEL_SIZE = 15 + 32 + 32 };

void pairing_init(struct pairing *p, const struct node_id *self, const struct rng *rng,
	struct drops *drops)
{
	memset(p, 0, sizeof(*p));
	p->self = *self;
	p->rng = *rng;
	p->drops = drops;
	p->until = p->again_at = NEVER;
}

void pairing_wipe(struct pairing *p)
{
	struct node_id self = p->self;
	struct rng rng = p->rng;
	struct drops *drops = p->drops;

	wipe(p, sizeof(*p));
	pairing_init(p, &self, &rng, drops);
}

/* Ends it, and remembers how. */
static void end(struct pairing *p, enum pairing_state how)
{
	pairing_wipe(p);
	p->state = how;
}

/* ---- what both sides compute ---- */

static struct pake pake_of(const struct pairing *p, const struct pairing_run *r,
	const struct node_id *inviter, uint8_t channel[CHANNEL_SIZE])
{
	struct writer w = writer_of(channel, CHANNEL_SIZE);

	write_bytes(&w, BYTES("qanat pairing 1"));
	write_id(&w, &r->newcomer);
	write_id(&w, inviter);
	check(!w.overflow && w.len == CHANNEL_SIZE);
	return (struct pake){ bytes_of(p->code, PAIRING_CODE_DIGITS),
		bytes_of(channel, CHANNEL_SIZE), bytes_of(r->session, SESSION_SIZE) };
}

static void share_make(
	struct pairing *p, struct pairing_run *r, const struct node_id *inviter)
{
	uint8_t channel[CHANNEL_SIZE], random[64];
	struct pake pake = pake_of(p, r, inviter, channel);

	rng_fill(&p->rng, random, sizeof(random));
	pake_scalar(random, r->secret);
	pake_share(&pake, r->secret, r->share);
	wipe(random, sizeof(random));
}

/* The key of both shares; false: theirs is none. */
static bool key_make(const struct pairing *p, struct pairing_run *r,
	const struct node_id *inviter, bool is_newcomer)
{
	uint8_t channel[CHANNEL_SIZE], agreed[PAKE_KEY_SIZE];
	struct pake pake = pake_of(p, r, inviter, channel);
	struct bytes ours = bytes_of(r->share, sizeof(r->share)),
		     theirs = bytes_of(r->their_share, sizeof(r->their_share));
	struct pake_talk talk = { is_newcomer ? ours : theirs, BYTES(""),
		is_newcomer ? theirs : ours, BYTES("") };

	if (!pake_key(&pake, r->secret, r->their_share, &talk, agreed))
		return false;
	memcpy(r->key, agreed, sizeof(r->key));
	wipe(agreed, sizeof(agreed));
	return true;
}

/* By which the newcomer shows that it knows the code. */
static struct hash proof_of(const struct pairing_run *r)
{
	return hash_keyed(
		r->key, "qanat pairing proof 1", bytes_of(r->session, SESSION_SIZE));
}

static struct hash token_key_of(const struct pairing_run *r)
{
	return hash_keyed(r->key, "qanat pairing token 1", bytes_of(NULL, 0));
}

static void frame_begin(struct writer *w, enum op op, const struct pairing_run *r)
{
	frame_header_write(w, &(struct frame_header){ FRAME_PAIRING, 0, 0, 0 });
	write_u8(w, (uint8_t)op);
	write_bytes(w, bytes_of(r->session, SESSION_SIZE));
}

static void pad(struct writer *w)
{
	check(w->len <= PAIRING_ASK_SIZE);
	write_zeros(w, PAIRING_ASK_SIZE - w->len);
}

static bool refuse(struct pairing *p)
{
	return drop(p->drops, DROP_PAIRING);
}

/* ---- the inviter ---- */

void pairing_open(struct pairing *p, struct instant now, const char *token,
	char code[PAIRING_CODE_DIGITS + 1])
{
	pairing_wipe(p);
	check(strlen(token) < sizeof(p->token));
	memcpy(p->token, token, strlen(token) + 1);
	for (unsigned i = 0; i < PAIRING_CODE_DIGITS; i++)
		p->code[i] = (char)('0' + rng_below(&p->rng, 10));
	memcpy(code, p->code, sizeof(p->code));
	p->state = PAIRING_OPEN;
	p->until = instant_add_ms(now, PAIRING_WINDOW_MS);
	p->tries = PAIRING_TRIES;
	bucket_init(&p->answers, now, PAIRING_RATE, PAIRING_RATE);
}

static struct pairing_run *run_find(struct pairing *p, struct bytes session)
{
	for (unsigned i = 0; i < PAIRING_RUNS; i++)
		if (p->runs[i].used &&
			memcmp(p->runs[i].session, session.data, SESSION_SIZE) == 0)
			return &p->runs[i];
	return NULL;
}

static struct pairing_run *run_new(struct pairing *p, struct instant now)
{
	struct pairing_run *victim = NULL;

	for (unsigned i = 0; i < PAIRING_RUNS; i++) {
		struct pairing_run *r = &p->runs[i];

		if (!r->used) {
			victim = r;
			break;
		}
		if (!r->proven &&
			(victim == NULL || instant_before(r->begun, victim->begun)))
			victim = r;
	}
	check(victim != NULL);
	wipe(victim, sizeof(*victim));
	victim->used = true;
	victim->begun = now;
	return victim;
}

static bool seek_receive(
	struct pairing *p, struct bytes session, struct reader *r, struct writer *reply)
{
	struct pairing_run run = { .used = true };

	read_skip(r, 32);
	if (!id_is_zero(read_rest(r)) || !read_ended(r))
		return refuse(p);
	memcpy(run.session, session.data, SESSION_SIZE);
	frame_begin(reply, OFFER, &run);
	write_id(reply, &p->self);
	return true;
}

static bool share_receive(struct pairing *p, struct instant now, struct bytes session,
	struct reader *in, struct writer *reply)
{
	struct node_id newcomer = read_node_id(in), inviter = read_node_id(in);
	struct pairing_run *r;
	uint8_t share[PAKE_SHARE_SIZE];

	read_copy(in, share, sizeof(share));
	if (!id_is_zero(read_rest(in)) || !read_ended(in) ||
		!id_equal(&inviter, &p->self))
		return refuse(p);
	r = run_find(p, session);
	if (r == NULL) {
		r = run_new(p, now);
		memcpy(r->session, session.data, SESSION_SIZE);
		r->newcomer = newcomer;
		memcpy(r->their_share, share, sizeof(share));
		share_make(p, r, &p->self);
		if (!key_make(p, r, &p->self, false)) {
			wipe(r, sizeof(*r));
			return refuse(p);
		}
	}
	/* a session has one share of each side: who sends another one gets no second guess */
	if (!id_equal(&r->newcomer, &newcomer) ||
		memcmp(r->their_share, share, sizeof(share)) != 0)
		return refuse(p);
	frame_begin(reply, ANSWER, r);
	write_id(reply, &p->self);
	write_bytes(reply, bytes_of(r->share, sizeof(r->share)));
	return true;
}

/* Shuts the window for everybody but this run, in one step. */
static void consume(struct pairing *p, struct pairing_run *r)
{
	struct hash key = token_key_of(r);
	size_t len = strlen(p->token);

	for (unsigned i = 0; i < PAIRING_RUNS; i++)
		if (&p->runs[i] != r)
			wipe(&p->runs[i], sizeof(p->runs[i]));
	r->proven = true;
	rng_fill(&p->rng, p->sealed, 24);
	memcpy(p->sealed + 24, p->token, len);
	seal_nonce(key.b, p->sealed, bytes_of(r->session, SESSION_SIZE), p->sealed + 24,
		len);
	p->sealed_len = 24 + len + SEAL_TAG_SIZE;
	wipe(key.b, sizeof(key.b));
	wipe(p->code, sizeof(p->code));
	wipe(p->token, sizeof(p->token));
	p->state = PAIRING_DONE;
}

static bool ask_receive(
	struct pairing *p, struct bytes session, struct reader *in, struct writer *reply)
{
	struct bytes proof = read_bytes(in, PROOF_SIZE);
	size_t offset = read_u16(in), len;
	struct pairing_run *r = run_find(p, session);
	struct hash right;

	if (!id_is_zero(read_rest(in)) || !read_ended(in) || r == NULL)
		return refuse(p);
	right = proof_of(r);
	frame_begin(reply, PIECE, r);
	if (!secret_equal(right.b, proof.data, PROOF_SIZE)) {
		(void)refuse(p);
		writer_cut(reply, 0);
		frame_begin(reply, NO, r);
		wipe(r, sizeof(*r));
		if (--p->tries == 0)
			end(p, PAIRING_WRONG);
		return true;
	}
	if (!r->proven)
		consume(p, r);
	if (offset >= p->sealed_len)
		return refuse(p);
	len = p->sealed_len - offset;
	if (len > PAIRING_PIECE_MAX)
		len = PAIRING_PIECE_MAX;
	write_u16(reply, (uint16_t)p->sealed_len);
	write_u16(reply, (uint16_t)offset);
	write_bytes(reply, bytes_of(p->sealed + offset, len));
	return true;
}

static bool inviter_receive(struct pairing *p, struct instant now, struct bytes frame,
	enum op op, struct reader *in, struct writer *reply)
{
	struct bytes session = read_bytes(in, SESSION_SIZE);

	if (!read_good(in) || frame.len != PAIRING_ASK_SIZE ||
		(p->state == PAIRING_DONE && op != ASK))
		return refuse(p);
	if (!bucket_take(&p->answers, now))
		return drop(p->drops, DROP_LOAD);
	if (op == SEEK)
		return seek_receive(p, session, in, reply);
	if (op == SHARE)
		return share_receive(p, now, session, in, reply);
	return op == ASK ? ask_receive(p, session, in, reply) : refuse(p);
}

/* ---- the newcomer ---- */

static void seek_begin(struct pairing *p)
{
	struct pairing_run *r = &p->runs[0];

	wipe(r, sizeof(*r));
	r->used = true;
	r->newcomer = p->self;
	rng_fill(&p->rng, r->session, SESSION_SIZE);
	memset(&p->inviter, 0, sizeof(p->inviter));
	p->sealed_len = p->have = 0;
}

bool pairing_seek(struct pairing *p, struct instant now, const char *code)
{
	size_t digits = 0;

	pairing_wipe(p);
	for (; *code != '\0'; code++) {
		if (*code == ' ' || *code == '-')
			continue;
		if (*code < '0' || *code > '9' || digits == PAIRING_CODE_DIGITS)
			return false;
		p->code[digits++] = *code;
	}
	if (digits != PAIRING_CODE_DIGITS)
		return false;
	p->state = PAIRING_SEEKING;
	p->until = instant_add_ms(now, PAIRING_SEEK_MS);
	p->again_at = now;
	bucket_init(&p->answers, now, PAIRING_RATE, PAIRING_RATE);
	seek_begin(p);
	return true;
}

static bool is_refused(const struct pairing *p, const struct node_id *inviter)
{
	for (unsigned i = 0; i < p->refused_count; i++)
		if (id_equal(&p->refused[i], inviter))
			return true;
	return false;
}

static void ask_write(struct pairing *p, struct writer *w)
{
	struct hash proof = proof_of(&p->runs[0]);

	frame_begin(w, ASK, &p->runs[0]);
	write_id(w, &proof);
	write_u16(w, (uint16_t)p->have);
	pad(w);
}

static void share_write(struct pairing *p, struct writer *w)
{
	frame_begin(w, SHARE, &p->runs[0]);
	write_id(w, &p->self);
	write_id(w, &p->inviter);
	write_bytes(w, bytes_of(p->runs[0].share, PAKE_SHARE_SIZE));
	pad(w);
}

static bool offer_receive(struct pairing *p, struct reader *in, struct writer *reply)
{
	struct node_id inviter = read_node_id(in);

	if (!read_ended(in) || !id_is_zero(id_bytes(&p->inviter)) ||
		is_refused(p, &inviter) || id_equal(&inviter, &p->self))
		return refuse(p);
	p->inviter = inviter;
	share_make(p, &p->runs[0], &inviter);
	share_write(p, reply);
	return true;
}

static bool answer_receive(struct pairing *p, struct reader *in, struct writer *reply)
{
	struct pairing_run *r = &p->runs[0];
	struct node_id inviter = read_node_id(in);
	uint8_t share[PAKE_SHARE_SIZE];

	read_copy(in, share, sizeof(share));
	if (!read_ended(in) || id_is_zero(id_bytes(&p->inviter)) ||
		!id_equal(&inviter, &p->inviter) || r->proven)
		return refuse(p);
	memcpy(r->their_share, share, sizeof(share));
	if (!key_make(p, r, &inviter, true))
		return refuse(p);
	r->proven = true;
	ask_write(p, reply);
	return true;
}

/* Whoever got a proof of ours had one guess at the code: three of them at most. */
static void leave(struct pairing *p)
{
	p->refused[p->refused_count++] = p->inviter;
	if (p->refused_count == PAIRING_TRIES)
		end(p, PAIRING_WRONG);
	else
		seek_begin(p);
}

/* All of it is here: opened, it is a token, or was not sent by who knows the code. */
static bool sealed_open(struct pairing *p)
{
	struct hash key = token_key_of(&p->runs[0]);
	size_t len = p->sealed_len - 24;
	bool good = open_nonce(key.b, p->sealed,
		bytes_of(p->runs[0].session, SESSION_SIZE), p->sealed + 24, len);
	char token[TOKEN_TEXT_MAX] = "";

	wipe(key.b, sizeof(key.b));
	if (!good || len - SEAL_TAG_SIZE >= sizeof(token)) {
		leave(p);
		return refuse(p);
	}
	memcpy(token, p->sealed + 24, len - SEAL_TAG_SIZE);
	end(p, PAIRING_DONE);
	memcpy(p->token, token, sizeof(token));
	wipe(token, sizeof(token));
	return true;
}

static bool piece_receive(struct pairing *p, struct reader *in, struct writer *reply)
{
	size_t total = read_u16(in), offset = read_u16(in);
	struct bytes part = read_rest(in);

	if (!read_ended(in) || !p->runs[0].proven || total > PAIRING_SEALED_MAX ||
		total <= 24 + SEAL_TAG_SIZE || part.len == 0 || part.len > total ||
		offset > total - part.len || offset != p->have ||
		(p->have > 0 && total != p->sealed_len))
		return refuse(p);
	memcpy(p->sealed + offset, part.data, part.len);
	p->sealed_len = total;
	p->have += part.len;
	if (p->have == total) {
		(void)sealed_open(p);
		return false;
	}
	ask_write(p, reply);
	return true;
}

static bool no_receive(struct pairing *p, struct reader *in)
{
	if (!read_ended(in) || !p->runs[0].proven)
		return refuse(p);
	leave(p);
	return false;
}

static bool newcomer_receive(
	struct pairing *p, enum op op, struct reader *in, struct writer *reply)
{
	struct bytes session = read_bytes(in, SESSION_SIZE);

	if (!read_good(in) || memcmp(session.data, p->runs[0].session, SESSION_SIZE) != 0)
		return refuse(p);
	if (op == OFFER)
		return offer_receive(p, in, reply);
	if (op == ANSWER)
		return answer_receive(p, in, reply);
	if (op == PIECE)
		return piece_receive(p, in, reply);
	return op == NO ? no_receive(p, in) : refuse(p);
}

/* ---- the door and the timers ---- */

bool pairing_receive(
	struct pairing *p, struct instant now, struct bytes frame, struct writer *reply)
{
	struct reader in = reader_of(frame);
	struct frame_header h;
	enum op op;

	if (!frame_header_parse(&h, frame) || h.type != FRAME_PAIRING ||
		h.receiver != 0 || h.number != 0)
		return refuse(p);
	read_skip(&in, FRAME_HEADER_SIZE);
	op = (enum op)read_u8(&in);
	pairing_tick(p, now);
	switch (p->state) {
	case PAIRING_OPEN:
		return inviter_receive(p, now, frame, op, &in, reply);
	case PAIRING_SEEKING:
		if (!newcomer_receive(p, op, &in, reply))
			return false;
		p->runs[0].begun = now;
		return true;
	case PAIRING_DONE:
		/* an inviter repeats what it gave to the run that proved itself */
		if (p->sealed_len > 0)
			return inviter_receive(p, now, frame, op, &in, reply);
		break;
	case PAIRING_IDLE:
	case PAIRING_WRONG:
	case PAIRING_SILENT:
		break;
	}
	return refuse(p);
}

bool pairing_send(
	struct pairing *p, struct instant now, bool *multicast, struct writer *frame)
{
	if (p->state != PAIRING_SEEKING || !instant_due(p->again_at, now))
		return false;
	p->again_at = instant_add_us(
		now, rng_jitter(&p->rng, (int64_t)PAIRING_AGAIN_MS * 1000, 20));
	/* who does not go on may have been no inviter at all */
	if (!id_is_zero(id_bytes(&p->inviter)) &&
		instant_due(instant_add_ms(p->runs[0].begun, PAIRING_STUCK_MS), now)) {
		if (p->runs[0].proven)
			leave(p);
		else
			seek_begin(p);
		if (p->state != PAIRING_SEEKING)
			return false;
	}
	*multicast = id_is_zero(id_bytes(&p->inviter));
	if (*multicast) {
		frame_begin(frame, SEEK, &p->runs[0]);
		write_id(frame, &p->self);
		pad(frame);
	} else if (p->runs[0].proven) {
		ask_write(p, frame);
	} else {
		share_write(p, frame);
	}
	return true;
}

void pairing_tick(struct pairing *p, struct instant now)
{
	if (!instant_due(p->until, now))
		return;
	if (p->state == PAIRING_SEEKING)
		end(p, p->refused_count > 0 ? PAIRING_WRONG : PAIRING_SILENT);
	else
		pairing_wipe(p);
}

struct instant pairing_deadline(const struct pairing *p)
{
	return p->state == PAIRING_SEEKING ? instant_min(p->until, p->again_at)
					   : p->until;
}
