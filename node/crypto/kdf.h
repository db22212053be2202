/* SPDX-License-Identifier: ISC */
/*
 * BLAKE2b in the bare forms that a published protocol prescribes: unkeyed 512 bits, HMAC
 * and HKDF over it (RFC 2104, RFC 5869, Noise revision 34 section 4.3), and keyed 128
 * bits as a short code over a frame. What is our own to choose uses the tagged forms of
 * hash.h.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"

enum { KDF_HASH_SIZE = 64, KDF_BLOCK_SIZE = 128, KDF_MAC_SIZE = 16 };

/* BLAKE2b-512 of a and b joined. */
void kdf_hash(struct bytes a, struct bytes b, uint8_t out[KDF_HASH_SIZE]);

/* HMAC-BLAKE2b-512 of a and b joined; the key has at most 128 bytes. */
void kdf_hmac(
	struct bytes key, struct bytes a, struct bytes b, uint8_t out[KDF_HASH_SIZE]);

/* HKDF with two outputs (Noise section 4.3): chain is the salt, input the secret. The
 * outputs may be where chain was. */
void kdf_two(const uint8_t chain[KDF_HASH_SIZE], struct bytes input,
	uint8_t first[KDF_HASH_SIZE], uint8_t second[KDF_HASH_SIZE]);

/* Keyed BLAKE2b-128 of data (RFC 7693 section 2.9); the key has 16 to 64 bytes. */
void kdf_mac(struct bytes key, struct bytes data, uint8_t out[KDF_MAC_SIZE]);
