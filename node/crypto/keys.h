/* SPDX-License-Identifier: ISC */
/*
 * A node's identity: one Ed25519 key (RFC 8032) for life. Id = public key; address =
 * fd71::/16 and 112 bits of the tagged BLAKE2b-256 of the id. For Noise the same key is used
 * as an X25519 key (the birational map of RFC 7748 section 4.1).
 */
#pragma once

#include "node/base/rng.h"
#include "node/base/ids.h"

struct keypair {
	struct node_id id;
	uint8_t secret
		[64]; /* libsodium's form: seed and public key; wiped by keypair_wipe */
};

struct signature {
	uint8_t b[64];
};

void keypair_new(struct keypair *k, const struct rng *rng);
void keypair_from_seed(struct keypair *k, const uint8_t seed[32]);
void keypair_wipe(struct keypair *k);
/* The 32 bytes from which keypair_from_seed makes the pair again. */
void keypair_seed(const struct keypair *k, uint8_t seed[32]);

/* The address that belongs to an id; nobody else can hold it. */
struct address address_of(const struct node_id *id);

/* X25519 forms. False for a public key that is no point of the curve or of small order. */
must_use bool keys_public_x25519(const struct node_id *id, uint8_t out[32]);
void keys_secret_x25519(const struct keypair *k, uint8_t out[32]);
/* out = X25519(secret, point); false when the result is all zero (RFC 7748 section 6.1). */
must_use bool keys_x25519(
	const uint8_t secret[32], const uint8_t point[32], uint8_t out[32]);
void keys_x25519_public(const uint8_t secret[32], uint8_t out[32]);

/* Ed25519 over BLAKE2b-512 of (length of tag as one byte, tag, data). */
void sign(const struct keypair *k, const char *tag, struct bytes data,
	struct signature *out);
must_use bool sign_verify(const struct node_id *id, const char *tag, struct bytes data,
	const struct signature *sig);
