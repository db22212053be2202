/* SPDX-License-Identifier: ISC */
/* Tagged BLAKE2b and Merkle trees over it, on libsodium. */
#include "node/crypto/hash.h"

#include <errno.h>
#include <sodium.h>

_Static_assert(
	sizeof(crypto_generichash_state) <= sizeof(struct hash_state), "hash_state");

int crypto_start(void)
{
	return sodium_init() < 0 ? -EIO : 0;
}

static void begin(crypto_generichash_state *g, const uint8_t *key, const char *tag)
{
	uint8_t len = (uint8_t)strlen(tag);

	check(strlen(tag) <= UINT8_MAX);
	crypto_generichash_init(g, key, key != NULL ? 32 : 0, 32);
	crypto_generichash_update(g, &len, 1);
	crypto_generichash_update(g, (const uint8_t *)tag, len);
}

static struct hash whole(const uint8_t *key, const char *tag, struct bytes data)
{
	crypto_generichash_state g;
	struct hash h;

	begin(&g, key, tag);
	crypto_generichash_update(&g, data.data, data.len);
	crypto_generichash_final(&g, h.b, sizeof(h.b));
	return h;
}

struct hash hash_tagged(const char *tag, struct bytes data)
{
	return whole(NULL, tag, data);
}

struct hash hash_keyed(const uint8_t key[32], const char *tag, struct bytes data)
{
	return whole(key, tag, data);
}

void hash_begin(struct hash_state *s, const char *tag)
{
	begin((crypto_generichash_state *)(void *)s->opaque, NULL, tag);
}

void hash_add(struct hash_state *s, struct bytes data)
{
	crypto_generichash_update(
		(crypto_generichash_state *)(void *)s->opaque, data.data, data.len);
}

struct hash hash_end(struct hash_state *s)
{
	struct hash h;

	crypto_generichash_final(
		(crypto_generichash_state *)(void *)s->opaque, h.b, sizeof(h.b));
	return h;
}

static struct hash merkle_leaf(const struct hash *h)
{
	return hash_tagged("qanat merkle leaf", id_bytes(h));
}

static struct hash merkle_node(const struct hash *l, const struct hash *r)
{
	uint8_t both[64];

	memcpy(both, l->b, 32);
	memcpy(both + 32, r->b, 32);
	return hash_tagged("qanat merkle node", bytes_of(both, sizeof(both)));
}

/* The largest power of two below count (RFC 6962 section 2.1), count >= 2. */
static size_t split(size_t count)
{
	size_t k = 1;

	while (k * 2 < count)
		k *= 2;
	return k;
}

struct hash merkle_root(const struct hash *leaves, size_t count)
{
	struct hash l, r;
	size_t k;

	check(count >= 1);
	if (count == 1)
		return merkle_leaf(leaves);
	k = split(count);
	l = merkle_root(leaves, k);
	r = merkle_root(leaves + k, count - k);
	return merkle_node(&l, &r);
}

size_t merkle_path(
	const struct hash *leaves, size_t count, size_t index, struct hash path[16])
{
	size_t k, n;

	check(index < count);
	if (count == 1)
		return 0;
	k = split(count);
	if (index < k) {
		n = merkle_path(leaves, k, index, path);
		check(n < 16);
		path[n] = merkle_root(leaves + k, count - k);
	} else {
		n = merkle_path(leaves + k, count - k, index - k, path);
		check(n < 16);
		path[n] = merkle_root(leaves, k);
	}
	return n + 1;
}

/* The hash of the subtree of count leaves that holds index; *used siblings were needed. */
static bool climb(struct hash *h, size_t index, size_t count, const struct hash *path,
	size_t path_len, size_t *used)
{
	size_t k;
	bool left;

	if (count == 1)
		return true;
	k = split(count);
	left = index < k;
	if (!climb(h, left ? index : index - k, left ? k : count - k, path, path_len,
		    used))
		return false;
	if (*used >= path_len)
		return false;
	*h = left ? merkle_node(h, &path[*used]) : merkle_node(&path[*used], h);
	(*used)++;
	return true;
}

bool merkle_verify(const struct hash *root, const struct hash *leaf, size_t index,
	size_t count, const struct hash *path, size_t path_len)
{
	struct hash h = merkle_leaf(leaf);
	size_t used = 0;

	if (count == 0 || index >= count || count > 65536)
		return false;
	return climb(&h, index, count, path, path_len, &used) && used == path_len &&
	       id_equal(&h, root);
}

void wipe(void *p, size_t len)
{
	sodium_memzero(p, len);
}

bool secret_equal(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}
