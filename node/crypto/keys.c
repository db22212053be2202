/* SPDX-License-Identifier: ISC */
/* Identities, their addresses and signatures, on libsodium. */
#include "node/crypto/keys.h"

#include <sodium.h>

#include "node/crypto/hash.h"

void keypair_from_seed(struct keypair *k, const uint8_t seed[32])
{
	crypto_sign_seed_keypair(k->id.b, k->secret, seed);
}

void keypair_new(struct keypair *k, const struct rng *rng)
{
	uint8_t seed[32];

	rng_fill(rng, seed, sizeof(seed));
	keypair_from_seed(k, seed);
	wipe(seed, sizeof(seed));
}

void keypair_wipe(struct keypair *k)
{
	wipe(k->secret, sizeof(k->secret));
}

void keypair_seed(const struct keypair *k, uint8_t seed[32])
{
	crypto_sign_ed25519_sk_to_seed(seed, k->secret);
}

struct address address_of(const struct node_id *id)
{
	struct hash h = hash_tagged("qanat address 1", id_bytes(id));
	struct address a = { { 0xfd, 0x71 } };

	memcpy(a.b + 2, h.b, sizeof(a.b) - 2);
	return a;
}

bool keys_public_x25519(const struct node_id *id, uint8_t out[32])
{
	return crypto_sign_ed25519_pk_to_curve25519(out, id->b) == 0;
}

void keys_secret_x25519(const struct keypair *k, uint8_t out[32])
{
	crypto_sign_ed25519_sk_to_curve25519(out, k->secret);
}

bool keys_x25519(const uint8_t secret[32], const uint8_t point[32], uint8_t out[32])
{
	return crypto_scalarmult(out, secret, point) == 0;
}

void keys_x25519_public(const uint8_t secret[32], uint8_t out[32])
{
	crypto_scalarmult_base(out, secret);
}

/* What is signed is the tagged BLAKE2b-512 of the data: the tag separates domains, and the
 * data need not be joined to it in memory. */
static void digest(const char *tag, struct bytes data, uint8_t out[64])
{
	crypto_generichash_state g;
	uint8_t len = (uint8_t)strlen(tag);

	check(strlen(tag) <= UINT8_MAX);
	crypto_generichash_init(&g, NULL, 0, 64);
	crypto_generichash_update(&g, &len, 1);
	crypto_generichash_update(&g, (const uint8_t *)tag, len);
	crypto_generichash_update(&g, data.data, data.len);
	crypto_generichash_final(&g, out, 64);
}

void sign(const struct keypair *k, const char *tag, struct bytes data,
	struct signature *out)
{
	uint8_t d[64];

	digest(tag, data, d);
	crypto_sign_detached(out->b, NULL, d, sizeof(d), k->secret);
}

bool sign_verify(const struct node_id *id, const char *tag, struct bytes data,
	const struct signature *sig)
{
	uint8_t d[64];

	digest(tag, data, d);
	return crypto_sign_verify_detached(sig->b, d, sizeof(d), id->b) == 0;
}
