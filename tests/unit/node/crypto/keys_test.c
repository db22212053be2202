/* SPDX-License-Identifier: ISC */
/* Keys of RFC 8032 section 7.1, X25519 of RFC 7748 section 6.1; what is tagged against
 * values made with Python's cryptography and hashlib. */
#include "node/crypto/keys.h"

#include "node/crypto/hash.h"
#include "tests/test.h"
#include "tests/unit/node/crypto/hex.h"

static void keypair_of(struct keypair *k, const char *seed_hex)
{
	uint8_t seed[32] = { 0 };

	EXPECT(crypto_start() == 0, "libsodium starts");
	EXPECT_EQ(from_hex(seed_hex, seed), 32, "a seed has 32 bytes");
	keypair_from_seed(k, seed);
}

TEST(keypairs_are_those_of_rfc_8032)
{
	static const struct {
		const char *seed, *id;
	} rows[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
			"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511"
			"a" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
			"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660"
			"c" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
			"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb91154890802"
			"5" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t seed[32];
		struct keypair k;

		keypair_of(&k, rows[i].seed);
		expect_hex(k.id.b, 32, rows[i].id);
		keypair_seed(&k, seed);
		expect_hex(seed, 32, rows[i].seed);
	}
}

TEST(keys_sign_as_python_does_and_refuse_every_other_signature)
{
	struct signature sig;
	struct keypair k, other;
	struct rng rng = test_rng();

	keypair_of(
		&k, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
	keypair_new(&other, &rng);
	sign(&k, "qanat test 1", BYTES("data"), &sig);
	expect_hex(sig.b, 64,
		"fecc35aa178bfb94db0c27c261e26997d17244fa940f16158e4e5e7b8e3c95b8"
		"965b7662e8df73a6af482fb2937e06d0b48f5e0bb0a832e79e3c4a9f4a4bba05");
	EXPECT(sign_verify(&k.id, "qanat test 1", BYTES("data"), &sig), "it holds");
	EXPECT(!sign_verify(&k.id, "qanat test 2", BYTES("data"), &sig),
		"another purpose");
	EXPECT(!sign_verify(&k.id, "qanat test 1", BYTES("date"), &sig), "other data");
	EXPECT(!sign_verify(&other.id, "qanat test 1", BYTES("data"), &sig),
		"another signer");
	for (size_t i = 0; i < 8 * sizeof(sig.b); i++) {
		sig.b[i / 8] ^= (uint8_t)(1 << i % 8);
		EXPECT(!sign_verify(&k.id, "qanat test 1", BYTES("data"), &sig),
			"a bit turned");
		sig.b[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

TEST(keys_agree_as_in_rfc_7748)
{
	uint8_t bob[32], alice_open[32], bob_open[32], shared[32], zero[32] = { 0 };

	EXPECT(crypto_start() == 0, "libsodium starts");
	from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", bob);
	from_hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
		alice_open);
	keys_x25519_public(bob, bob_open);
	expect_hex(bob_open, 32,
		"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
	EXPECT(keys_x25519(bob, alice_open, shared), "they agree");
	expect_hex(shared, 32,
		"4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
	EXPECT(!keys_x25519(bob, zero, shared), "a point of small order gives no secret");
}

TEST(keys_have_one_x25519_form_for_both_halves)
{
	struct rng rng = test_rng();
	struct keypair k;
	uint8_t open[32], secret[32], again[32];

	keypair_of(
		&k, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
	EXPECT(keys_public_x25519(&k.id, open), "a true key has an X25519 form");
	expect_hex(open, 32,
		"d85e07ec22b0ad881537c2f44d662d1a143cf830c57aca4305d85c7a90f6b62e");
	for (int i = 0; i < 50; i++) {
		keypair_new(&k, &rng);
		EXPECT(keys_public_x25519(&k.id, open), "it has");
		keys_secret_x25519(&k, secret);
		keys_x25519_public(secret, again);
		EXPECT_BYTES(bytes_of(open, 32), bytes_of(again, 32), "the halves fit");
	}
}

TEST(keys_refuse_ids_that_are_no_keys)
{
	struct node_id id = { { 0 } };
	uint8_t open[32];

	EXPECT(!keys_public_x25519(&id, open), "zero is of small order");
	id.b[0] = 1;
	EXPECT(!keys_public_x25519(&id, open), "so is the neutral point");
	memset(id.b, 0xff, sizeof(id.b));
	EXPECT(!keys_public_x25519(&id, open), "this is no point");
}

TEST(keys_give_the_address_that_python_computes)
{
	struct address a;
	struct keypair k;

	keypair_of(
		&k, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
	a = address_of(&k.id);
	expect_hex(a.b, 16, "fd71629362c02b92fc117e65bdae1431");
}

TEST(keys_are_wiped)
{
	static const uint8_t zero[64];
	struct rng rng = test_rng();
	struct keypair k;

	keypair_new(&k, &rng);
	keypair_wipe(&k);
	EXPECT(memcmp(k.secret, zero, sizeof(k.secret)) == 0, "no secret is left");
}
