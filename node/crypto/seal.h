/* SPDX-License-Identifier: ISC */
/*
 * Authenticated encryption. Data frames: ChaCha20-Poly1305 (RFC 8439) with the frame number
 * as nonce. Multicast frames and chunks: XChaCha20-Poly1305 with 24 nonce bytes. Sealing
 * and opening work in place; the 16-byte tag follows the text.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"

enum { SEAL_TAG_SIZE = 16, SEAL_NONCE_SIZE = 24, SEAL_KEY_SIZE = 32 };

/* text[len] is replaced by its cipher text, and len + 16 bytes are written. The nonce is 4
 * zero bytes and the number, little-endian (Noise section 12). */
void seal_number(const uint8_t key[32], uint64_t number, struct bytes ad, uint8_t *text,
	size_t len);
/* text[len], tag included, is opened in place; false, and text wiped, when forged. */
must_use bool open_number(const uint8_t key[32], uint64_t number, struct bytes ad,
	uint8_t *text, size_t len);

void seal_nonce(const uint8_t key[32], const uint8_t nonce[24], struct bytes ad,
	uint8_t *text, size_t len);
must_use bool open_nonce(const uint8_t key[32], const uint8_t nonce[24], struct bytes ad,
	uint8_t *text, size_t len);
