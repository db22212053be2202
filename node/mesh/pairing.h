/* SPDX-License-Identifier: ISC */
/*
 * Pairing: a newcomer gets a token over one hop by a short code that a person reads on one
 * screen and types on the other. Frames of type 6 go in the clear, but what they say proves and
 * betrays nothing: CPace makes a key of the code, both ids and a fresh session, and the token
 * travels under that key.
 *
 * The code is good for PAIRING_WINDOW_MS, three wrong proofs and one right one, whatever comes
 * first. Nothing is answered when no window is open, PAIRING_RATE a second when one is, and no
 * answer is larger than what it answers: what asks is always PAIRING_ASK_SIZE long.
 *
 *   seek   = 1:8 session:16*8 newcomer:32*8 zero                       multicast
 *   offer  = 2:8 session:16*8 inviter:32*8
 *   share  = 3:8 session:16*8 newcomer:32*8 inviter:32*8 share:32*8 zero
 *   answer = 4:8 session:16*8 inviter:32*8 share:32*8
 *   ask    = 5:8 session:16*8 proof:32*8 offset:16 zero
 *   piece  = 6:8 session:16*8 total:16 offset:16 bytes
 *   no     = 7:8 session:16*8
 */
#pragma once

#include "node/base/bucket.h"
#include "node/base/rng.h"
#include "node/crypto/pake.h"
#include "node/mesh/token.h"
#include "node/wire/drops.h"
#include "node/wire/frame.h"

enum {
	PAIRING_CODE_DIGITS = 8,
	PAIRING_WINDOW_MS = 600000,
	PAIRING_SEEK_MS = 30000, /* a newcomer gives up after this */
	PAIRING_AGAIN_MS = 500,  /* what asks is repeated */
	PAIRING_STUCK_MS = 4000, /* and after this begun anew with whoever answers then */
	PAIRING_TRIES = 3,
	PAIRING_RUNS = 4, /* at a time, of an inviter; victim: the oldest without proof */
	PAIRING_RATE = 8,
	PAIRING_ASK_SIZE = 512, /* bytes of a frame that asks */
	PAIRING_PIECE_MAX = PAIRING_ASK_SIZE - FRAME_HEADER_SIZE - 1 - 16 - 4,
	PAIRING_SEALED_MAX = 24 + TOKEN_TEXT_MAX + 16,
};

enum pairing_state {
	PAIRING_IDLE,
	PAIRING_OPEN,    /* inviter: the code counts */
	PAIRING_SEEKING, /* newcomer */
	PAIRING_DONE,    /* newcomer: the token is here; inviter: it was fetched */
	PAIRING_WRONG,   /* newcomer: the code was refused; inviter: tries used up */
	PAIRING_SILENT,  /* newcomer: nobody answered in time */
};

struct pairing_run {
	bool used, proven;
	uint8_t session[16];
	struct node_id newcomer;
	uint8_t secret[PAKE_SCALAR_SIZE], share[PAKE_SHARE_SIZE];
	uint8_t their_share[PAKE_SHARE_SIZE];
	uint8_t key[32]; /* agreed */
	struct instant begun;
};

struct pairing {
	/* private, but for state */
	enum pairing_state state;
	struct node_id self;
	struct rng rng;
	struct drops *drops;
	char code[PAIRING_CODE_DIGITS + 1];
	struct instant until, again_at;
	unsigned tries;
	struct bucket answers;
	struct pairing_run runs[PAIRING_RUNS]; /* a newcomer has the first one */
	struct node_id inviter; /* newcomer: whom it talks to; zero: none yet */
	struct node_id refused[PAIRING_TRIES]; /* newcomer: who said no */
	unsigned refused_count;
	uint8_t sealed
		[PAIRING_SEALED_MAX]; /* inviter: for the proven run; newcomer: what came */
	size_t sealed_len, have;
	char token[TOKEN_TEXT_MAX];
};

void pairing_init(struct pairing *p, const struct node_id *self, const struct rng *rng,
	struct drops *drops);
void pairing_wipe(struct pairing *p); /* also ends it: PAIRING_IDLE */

/* Opens a window in which the token can be had by the code, which is made here. */
void pairing_open(struct pairing *p, struct instant now, const char *token,
	char code[PAIRING_CODE_DIGITS + 1]);
/* Looks for somebody with this code; false: it is none (eight digits, spaces and - between). */
must_use bool pairing_seek(struct pairing *p, struct instant now, const char *code);

/* A frame of type 6; true: reply has a frame for whoever sent it (of PAIRING_ASK_SIZE). */
must_use bool pairing_receive(
	struct pairing *p, struct instant now, struct bytes frame, struct writer *reply);
/* What is to be sent by itself: multicast, or to whom the last reply went. */
must_use bool pairing_send(
	struct pairing *p, struct instant now, bool *multicast, struct writer *frame);
void pairing_tick(struct pairing *p, struct instant now);
struct instant pairing_deadline(const struct pairing *p);
