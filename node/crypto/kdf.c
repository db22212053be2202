/* SPDX-License-Identifier: ISC */
/* Bare BLAKE2b, HMAC and HKDF over it, on libsodium. */
#include "node/crypto/kdf.h"

#include <sodium.h>

#include "node/crypto/hash.h"

void kdf_hash(struct bytes a, struct bytes b, uint8_t out[KDF_HASH_SIZE])
{
	crypto_generichash_state g;

	crypto_generichash_init(&g, NULL, 0, KDF_HASH_SIZE);
	crypto_generichash_update(&g, a.data, a.len);
	crypto_generichash_update(&g, b.data, b.len);
	crypto_generichash_final(&g, out, KDF_HASH_SIZE);
	wipe(&g, sizeof(g));
}

void kdf_hmac(
	struct bytes key, struct bytes a, struct bytes b, uint8_t out[KDF_HASH_SIZE])
{
	uint8_t block[KDF_BLOCK_SIZE] = { 0 }, inner[KDF_HASH_SIZE];
	crypto_generichash_state g;

	check(key.len <= sizeof(block));
	memcpy(block, key.data, key.len);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36;
	crypto_generichash_init(&g, NULL, 0, KDF_HASH_SIZE);
	crypto_generichash_update(&g, block, sizeof(block));
	crypto_generichash_update(&g, a.data, a.len);
	crypto_generichash_update(&g, b.data, b.len);
	crypto_generichash_final(&g, inner, sizeof(inner));
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36 ^ 0x5c;
	kdf_hash(bytes_of(block, sizeof(block)), bytes_of(inner, sizeof(inner)), out);
	wipe(&g, sizeof(g));
	wipe(block, sizeof(block));
	wipe(inner, sizeof(inner));
}

void kdf_two(const uint8_t chain[KDF_HASH_SIZE], struct bytes input,
	uint8_t first[KDF_HASH_SIZE], uint8_t second[KDF_HASH_SIZE])
{
	uint8_t key[KDF_HASH_SIZE];
	struct bytes temporary = bytes_of(key, sizeof(key));

	kdf_hmac(bytes_of(chain, KDF_HASH_SIZE), input, bytes_of(NULL, 0), key);
	kdf_hmac(temporary, BYTES("\1"), bytes_of(NULL, 0), first);
	kdf_hmac(temporary, bytes_of(first, KDF_HASH_SIZE), BYTES("\2"), second);
	wipe(key, sizeof(key));
}

void kdf_mac(struct bytes key, struct bytes data, uint8_t out[KDF_MAC_SIZE])
{
	int err = crypto_generichash(
		out, KDF_MAC_SIZE, data.data, data.len, key.data, key.len);

	check(err == 0);
}
