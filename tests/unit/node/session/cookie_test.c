/* SPDX-License-Identifier: ISC */
/* The codes over handshake frames: what they bind, and for how long. */
#include "node/session/cookie.h"

#include "node/crypto/hash.h"
#include "tests/test.h"

static const struct address alice = { { 0xfd, 0x71, 1 } }, bob = { { 0xfd, 0x71, 2 } };
static const uint8_t mesh_key[32] = { 1, 2, 3 }, other_key[32] = { 1, 2, 4 };

static bool same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, MAC_SIZE) == 0;
}

TEST(cookie_mac1_binds_mesh_sender_receiver_and_every_byte)
{
	uint8_t mac[MAC_SIZE], other[MAC_SIZE], frame[40] = { 7 };
	struct bytes b = bytes_of(frame, sizeof(frame));

	EXPECT(crypto_start() == 0, "libsodium starts");
	cookie_mac1(mesh_key, &alice, &bob, b, mac);
	cookie_mac1(mesh_key, &alice, &bob, b, other);
	EXPECT(same(mac, other), "the same frame has the same mac1");
	cookie_mac1(other_key, &alice, &bob, b, other);
	EXPECT(!same(mac, other), "another mesh, another mac1");
	cookie_mac1(mesh_key, &bob, &alice, b, other);
	EXPECT(!same(mac, other), "the way back has another mac1");
	cookie_mac1(mesh_key, &alice, &alice, b, other);
	EXPECT(!same(mac, other), "another receiver, another mac1");
	for (size_t i = 0; i < sizeof(frame); i++) {
		frame[i] ^= 0x80;
		cookie_mac1(mesh_key, &alice, &bob, b, other);
		EXPECT(!same(mac, other), "another byte, another mac1");
		frame[i] ^= 0x80;
	}
}

TEST(cookie_is_good_for_its_own_path_only)
{
	struct session_path path = { 1, alice }, link2 = { 2, alice }, peer2 = { 1, bob };
	struct rng rng = test_rng();
	uint8_t cookie[COOKIE_SIZE], mac2[MAC_SIZE];
	struct cookie_jar jar;

	cookie_jar_init(&jar, &rng, instant_ms(0));
	cookie_of(&jar, &path, cookie);
	cookie_mac2(cookie, BYTES("frame"), mac2);
	EXPECT(cookie_jar_accepts(&jar, &path, BYTES("frame"), mac2), "it is accepted");
	EXPECT(!cookie_jar_accepts(&jar, &link2, BYTES("frame"), mac2),
		"not on another link");
	EXPECT(!cookie_jar_accepts(&jar, &peer2, BYTES("frame"), mac2),
		"not for another node");
	EXPECT(!cookie_jar_accepts(&jar, &path, BYTES("Frame"), mac2),
		"not for another frame");
	for (unsigned i = 0; i < 8 * MAC_SIZE; i++) {
		mac2[i / 8] ^= (uint8_t)(1 << i % 8);
		EXPECT(!cookie_jar_accepts(&jar, &path, BYTES("frame"), mac2),
			"not with a bit turned");
		mac2[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

TEST(cookie_lives_two_to_four_minutes)
{
	static const struct {
		int64_t made_ms, used_ms;
		bool good;
	} rows[] = {
		{ 0, 119999, true },
		{ 0, 120000, true },
		{ 0, 239999, true },
		{ 0, 240000, false },
		{ 119999, 239999, true },
		{ 119999, 361000, false },
		{ 0, 100000000, false },
	};
	struct session_path path = { 1, alice };
	struct rng rng = test_rng();

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t cookie[COOKIE_SIZE], mac2[MAC_SIZE];
		struct cookie_jar jar;

		cookie_jar_init(&jar, &rng, instant_ms(0));
		cookie_jar_turn(&jar, &rng, instant_ms(rows[i].made_ms));
		cookie_of(&jar, &path, cookie);
		cookie_mac2(cookie, BYTES("f"), mac2);
		for (int64_t ms = rows[i].made_ms; ms < rows[i].used_ms && i < 6;
			ms += 1000)
			cookie_jar_turn(&jar, &rng, instant_ms(ms));
		cookie_jar_turn(&jar, &rng, instant_ms(rows[i].used_ms));
		EXPECT_EQ(cookie_jar_accepts(&jar, &path, BYTES("f"), mac2), rows[i].good,
			"a cookie lives as long as its secret and the next");
	}
}

TEST(cookie_key_belongs_to_one_direction)
{
	uint8_t a[32], b[32];

	cookie_key(mesh_key, &alice, &bob, a);
	cookie_key(mesh_key, &bob, &alice, b);
	EXPECT(memcmp(a, b, 32) != 0, "the two directions have their own keys");
	cookie_key(other_key, &alice, &bob, b);
	EXPECT(memcmp(a, b, 32) != 0, "so have two meshes");
}

TEST(cookie_jar_is_wiped)
{
	static const uint8_t zero[64];
	struct rng rng = test_rng();
	struct cookie_jar jar;

	cookie_jar_init(&jar, &rng, instant_ms(0));
	cookie_jar_wipe(&jar);
	EXPECT(memcmp(jar.secret, zero, sizeof(jar.secret)) == 0, "no secret is left");
}
