/* SPDX-License-Identifier: ISC */
/* The codes over handshake frames, each under a key with its own domain tag. */
#include "node/session/cookie.h"

#include "node/crypto/hash.h"
#include "node/crypto/kdf.h"
#include "node/wire/writer.h"

static struct hash pair_key(const uint8_t mesh_key[32], const char *tag,
	const struct address *from, const struct address *to)
{
	uint8_t pair[2 * sizeof(struct address)];

	memcpy(pair, from->b, sizeof(from->b));
	memcpy(pair + sizeof(from->b), to->b, sizeof(to->b));
	return hash_keyed(mesh_key, tag, bytes_of(pair, sizeof(pair)));
}

void cookie_mac1(const uint8_t mesh_key[32], const struct address *sender,
	const struct address *receiver, struct bytes covered, uint8_t out[MAC_SIZE])
{
	struct hash key = pair_key(mesh_key, "qanat mac1 1", sender, receiver);

	kdf_mac(id_bytes(&key), covered, out);
	wipe(&key, sizeof(key));
}

void cookie_mac2(
	const uint8_t cookie[COOKIE_SIZE], struct bytes covered, uint8_t out[MAC_SIZE])
{
	kdf_mac(bytes_of(cookie, COOKIE_SIZE), covered, out);
}

void cookie_jar_init(struct cookie_jar *jar, const struct rng *rng, struct instant now)
{
	rng_fill(rng, jar->secret, sizeof(jar->secret));
	jar->turned = now;
}

void cookie_jar_wipe(struct cookie_jar *jar)
{
	wipe(jar->secret, sizeof(jar->secret));
}

void cookie_jar_turn(struct cookie_jar *jar, const struct rng *rng, struct instant now)
{
	int64_t age_us = instant_since_us(now, jar->turned);

	if (age_us < COOKIE_LIFE_MS * 1000)
		return;
	memcpy(jar->secret[1], jar->secret[0], sizeof(jar->secret[1]));
	rng_fill(rng, jar->secret[0], sizeof(jar->secret[0]));
	if (age_us >= 2 * COOKIE_LIFE_MS * 1000)
		rng_fill(rng, jar->secret[1], sizeof(jar->secret[1]));
	jar->turned = now;
}

static void cookie_under(const uint8_t secret[32], const struct session_path *path,
	uint8_t out[COOKIE_SIZE])
{
	uint8_t named[4 + sizeof(struct address)];
	struct writer w = writer_of(named, sizeof(named));

	write_u32(&w, path->link);
	write_id(&w, &path->node);
	kdf_mac(bytes_of(secret, 32), writer_bytes(&w), out);
}

void cookie_of(const struct cookie_jar *jar, const struct session_path *path,
	uint8_t out[COOKIE_SIZE])
{
	cookie_under(jar->secret[0], path, out);
}

bool cookie_jar_accepts(const struct cookie_jar *jar, const struct session_path *path,
	struct bytes covered, const uint8_t mac2[MAC_SIZE])
{
	for (unsigned i = 0; i < 2; i++) {
		uint8_t cookie[COOKIE_SIZE], mac[MAC_SIZE];

		cookie_under(jar->secret[i], path, cookie);
		cookie_mac2(cookie, covered, mac);
		if (secret_equal(mac, mac2, sizeof(mac)))
			return true;
	}
	return false;
}

void cookie_key(const uint8_t mesh_key[32], const struct address *responder,
	const struct address *initiator, uint8_t out[32])
{
	struct hash key = pair_key(mesh_key, "qanat cookie 1", responder, initiator);

	memcpy(out, key.b, sizeof(key.b));
	wipe(&key, sizeof(key));
}
