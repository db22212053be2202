/* SPDX-License-Identifier: ISC */
/*
 * Fixed-size names of things, as values. A node's id is its Ed25519 public key; its address
 * is derived from the id (node/crypto/keys.h); a hash is BLAKE2b-256 with a domain tag.
 */
#pragma once

#include "node/base/bytes.h"

struct node_id {
	uint8_t b[32];
};

struct address {
	uint8_t b[16];
};

struct hash {
	uint8_t b[32];
};

/* A random 16-byte name: files, directories, zones, meshes. */
struct short_id {
	uint8_t b[16];
};

#define id_equal(x, y)   (memcmp((x)->b, (y)->b, sizeof((x)->b)) == 0)
#define id_compare(x, y) (memcmp((x)->b, (y)->b, sizeof((x)->b)))
#define id_bytes(x)      (bytes_of((x)->b, sizeof((x)->b)))

static inline bool id_is_zero(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] != 0)
			return false;
	return true;
}
