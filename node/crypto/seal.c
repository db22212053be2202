/* SPDX-License-Identifier: ISC */
/* The two seals, on libsodium. */
#include "node/crypto/seal.h"

#include <sodium.h>

static void nonce_of_number(uint64_t number, uint8_t nonce[12])
{
	memset(nonce, 0, 4);
	for (unsigned i = 0; i < 8; i++)
		nonce[4 + i] = (uint8_t)(number >> (8 * i));
}

void seal_number(const uint8_t key[32], uint64_t number, struct bytes ad, uint8_t *text,
	size_t len)
{
	uint8_t nonce[12];

	nonce_of_number(number, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(
		text, NULL, text, len, ad.data, ad.len, NULL, nonce, key);
}

bool open_number(const uint8_t key[32], uint64_t number, struct bytes ad, uint8_t *text,
	size_t len)
{
	uint8_t nonce[12];

	if (len < SEAL_TAG_SIZE)
		return false;
	nonce_of_number(number, nonce);
	return crypto_aead_chacha20poly1305_ietf_decrypt(
		       text, NULL, NULL, text, len, ad.data, ad.len, nonce, key) == 0;
}

void seal_nonce(const uint8_t key[32], const uint8_t nonce[24], struct bytes ad,
	uint8_t *text, size_t len)
{
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		text, NULL, text, len, ad.data, ad.len, NULL, nonce, key);
}

bool open_nonce(const uint8_t key[32], const uint8_t nonce[24], struct bytes ad,
	uint8_t *text, size_t len)
{
	if (len < SEAL_TAG_SIZE)
		return false;
	return crypto_aead_xchacha20poly1305_ietf_decrypt(
		       text, NULL, NULL, text, len, ad.data, ad.len, nonce, key) == 0;
}
