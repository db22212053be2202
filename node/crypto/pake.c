/* SPDX-License-Identifier: ISC */
/* The strings of CPace (section A.1 of the draft), hashed as they are made. */
#include "node/crypto/pake.h"

#include <sodium.h>

enum { SHA512_BLOCK = 128 };

static const char suite[] = "CPaceRistretto255";
static const char suite_key[] = "CPaceRistretto255_ISK";

/* prepend_len: all lengths here are below 128 or below 16384, two bytes of LEB128 at most. */
static size_t length_size(size_t len)
{
	return len < 128 ? 1 : 2;
}

static void add(crypto_hash_sha512_state *s, struct bytes part)
{
	uint8_t len[2] = { (uint8_t)part.len, 0 };

	check(part.len <= PAKE_PART_MAX);
	if (part.len >= 128) {
		len[0] = (uint8_t)(part.len | 0x80);
		len[1] = (uint8_t)(part.len >> 7);
	}
	crypto_hash_sha512_update(s, len, length_size(part.len));
	if (part.len > 0)
		crypto_hash_sha512_update(s, part.data, part.len);
}

void pake_generator(const struct pake *p, uint8_t generator[PAKE_SHARE_SIZE])
{
	static const uint8_t zeros[SHA512_BLOCK];
	size_t before = 1 + sizeof(suite) - 1 + length_size(p->code.len) + p->code.len;
	size_t padding = before + 1 < SHA512_BLOCK ? SHA512_BLOCK - 1 - before : 0;
	crypto_hash_sha512_state s;
	uint8_t hash[crypto_hash_sha512_BYTES];

	crypto_hash_sha512_init(&s);
	add(&s, BYTES(suite));
	add(&s, p->code);
	add(&s, bytes_of(zeros, padding));
	add(&s, p->channel);
	add(&s, p->session);
	crypto_hash_sha512_final(&s, hash);
	check(crypto_core_ristretto255_from_hash(generator, hash) == 0);
	sodium_memzero(&s, sizeof(s));
	sodium_memzero(hash, sizeof(hash));
}

void pake_scalar(const uint8_t random[64], uint8_t secret[PAKE_SCALAR_SIZE])
{
	crypto_core_ristretto255_scalar_reduce(secret, random);
}

void pake_share(const struct pake *p, const uint8_t secret[PAKE_SCALAR_SIZE],
	uint8_t share[PAKE_SHARE_SIZE])
{
	uint8_t generator[PAKE_SHARE_SIZE];

	pake_generator(p, generator);
	check(crypto_scalarmult_ristretto255(share, secret, generator) == 0);
	sodium_memzero(generator, sizeof(generator));
}

bool pake_key(const struct pake *p, const uint8_t secret[PAKE_SCALAR_SIZE],
	const uint8_t theirs[PAKE_SHARE_SIZE], const struct pake_talk *talk,
	uint8_t key[PAKE_KEY_SIZE])
{
	crypto_hash_sha512_state s;
	uint8_t shared[PAKE_SHARE_SIZE];

	/* refuses what is no canonical point, and the neutral element as result */
	if (crypto_scalarmult_ristretto255(shared, secret, theirs) != 0)
		return false;
	crypto_hash_sha512_init(&s);
	add(&s, BYTES(suite_key));
	add(&s, p->session);
	add(&s, bytes_of(shared, sizeof(shared)));
	add(&s, talk->first_share);
	add(&s, talk->first_said);
	add(&s, talk->second_share);
	add(&s, talk->second_said);
	crypto_hash_sha512_final(&s, key);
	sodium_memzero(&s, sizeof(s));
	sodium_memzero(shared, sizeof(shared));
	return true;
}
