/* SPDX-License-Identifier: ISC */
/*
 * Noise_XX_25519_ChaChaPoly_BLAKE2b, Noise revision 34, section 7.5: exactly that and
 * nothing of ours.
 *
 *   -> e
 *   <- e, ee, s, es
 *   -> s, se
 *
 * Ephemeral keys are handed in, so that a run can be repeated. A read that fails leaves
 * the state unusable: the caller reads into a copy, and a forged message costs nothing.
 */
#pragma once

#include "node/crypto/kdf.h"
#include "node/wire/writer.h"

enum {
	HANDSHAKE_KEY_SIZE = 32,
	HANDSHAKE_1_OVERHEAD = 32,           /* bytes of message 1 beside its payload */
	HANDSHAKE_2_OVERHEAD = 32 + 48 + 16, /* of message 2 */
	HANDSHAKE_3_OVERHEAD = 48 + 16,      /* of message 3 */
};

/* An X25519 key. */
struct handshake_key {
	uint8_t secret[HANDSHAKE_KEY_SIZE];
	uint8_t open[HANDSHAKE_KEY_SIZE]; /* the public form */
};

struct handshake {
	/* private, but for their_static once message 2 or 3 has been read */
	bool initiator;
	bool keyed;      /* the cipher has a key */
	unsigned next;   /* the message that comes next, 4 when all three are done */
	uint64_t number; /* the cipher's nonce */
	uint8_t key[HANDSHAKE_KEY_SIZE];
	uint8_t hash[KDF_HASH_SIZE];
	uint8_t chain[KDF_HASH_SIZE];
	struct handshake_key own_static, own_ephemeral;
	uint8_t their_static[HANDSHAKE_KEY_SIZE];
	uint8_t their_ephemeral[HANDSHAKE_KEY_SIZE];
};

/* Fills in the public form of a secret. */
void handshake_key_of(struct handshake_key *k, const uint8_t secret[HANDSHAKE_KEY_SIZE]);

void handshake_init(struct handshake *h, bool initiator,
	const struct handshake_key *own_static, const struct handshake_key *own_ephemeral,
	struct bytes prologue);

/* Appends the next message; it must be our turn. False when w is full or the peer's key
 * is of small order. */
must_use bool handshake_write(
	struct handshake *h, struct bytes payload, struct writer *w);

/* Reads the next message; it must be the peer's turn. payload has room for message.len
 * bytes. False when the message is short or forged. */
must_use bool handshake_read(
	struct handshake *h, struct bytes message, uint8_t *payload, size_t *payload_len);

/* After the third message: the keys of the two directions. */
void handshake_split(const struct handshake *h, uint8_t send_key[HANDSHAKE_KEY_SIZE],
	uint8_t receive_key[HANDSHAKE_KEY_SIZE]);

void handshake_wipe(struct handshake *h);
