/* SPDX-License-Identifier: ISC */
/*
 * BLAKE2b (RFC 7693) with a domain tag first, so that a hash made for one purpose never
 * stands for another. A tag is a string literal such as "qanat entry 1".
 */
#pragma once

#include "node/base/ids.h"
#include "node/base/check.h"

/* Must be called once before anything else of this room; 0, or -EIO. */
must_use int crypto_start(void);

/* BLAKE2b-256 of (length of tag as one byte, tag, data). */
struct hash hash_tagged(const char *tag, struct bytes data);

/* The same under a secret key of 32 bytes. */
struct hash hash_keyed(const uint8_t key[32], const char *tag, struct bytes data);

/* In pieces: the same result as hash_tagged over the pieces joined. */
struct hash_state {
	uint8_t opaque[384] __attribute__((aligned(64))); /* private */
};
void hash_begin(struct hash_state *s, const char *tag);
void hash_add(struct hash_state *s, struct bytes data);
struct hash hash_end(struct hash_state *s);

/* Root of a binary Merkle tree over leaves[count], count >= 1 (RFC 6962 section 2.1 shape,
 * BLAKE2b-256, leaf and node tags). */
struct hash merkle_root(const struct hash *leaves, size_t count);

/* The siblings from leaf to root; returns how many were written to path (at most 16). */
size_t merkle_path(
	const struct hash *leaves, size_t count, size_t index, struct hash path[16]);

/* Whether leaf stands at index of count leaves under root. */
must_use bool merkle_verify(const struct hash *root, const struct hash *leaf,
	size_t index, size_t count, const struct hash *path, size_t path_len);

/* Wipes secrets in a way the compiler keeps. */
void wipe(void *p, size_t len);

/* Compares secrets in constant time. */
must_use bool secret_equal(const void *a, const void *b, size_t len);
