/* SPDX-License-Identifier: ISC */
/* Tagged hashes against values made with Python's hashlib; Merkle trees against a
 * twin. */
#include "node/crypto/hash.h"

#include "tests/test.h"
#include "tests/unit/node/crypto/hex.h"

enum { LEAVES = 70 };

TEST(hash_tagged_and_keyed_agree_with_python)
{
	uint8_t key[32];
	struct hash h;

	EXPECT(crypto_start() == 0 && crypto_start() == 0, "starting twice is fine");
	h = hash_tagged("qanat test 1", BYTES("data"));
	expect_hex(h.b, 32,
		"aca67128249e8c6cd5a25012d013301a2d17b27a9125f1e55fbb6c11e640be04");
	for (unsigned i = 0; i < 32; i++)
		key[i] = (uint8_t)i;
	h = hash_keyed(key, "qanat test 1", BYTES("data"));
	expect_hex(h.b, 32,
		"cbbae50f9d855ec3e415dffad21c5d780b0541c8484377d8746903f6dbb26375");
}

TEST(hash_of_pieces_is_the_hash_of_the_whole)
{
	uint8_t data[300];
	struct rng rng = test_rng();

	rng_fill(&rng, data, sizeof(data));
	for (size_t cut = 0; cut <= sizeof(data); cut += 7) {
		struct hash whole = hash_tagged("t", bytes_of(data, sizeof(data)));
		struct hash_state s;
		struct hash h;

		hash_begin(&s, "t");
		hash_add(&s, bytes_of(data, cut));
		hash_add(&s, bytes_of(NULL, 0));
		hash_add(&s, bytes_of(data + cut, sizeof(data) - cut));
		h = hash_end(&s);
		EXPECT_BYTES(id_bytes(&h), id_bytes(&whole), "pieces and whole agree");
	}
}

TEST(hash_tags_separate_domains)
{
	struct hash a = hash_tagged("ab", BYTES("c")), b = hash_tagged("a", BYTES("bc"));
	static char long_tag[257];

	EXPECT(!id_equal(&a, &b), "a tag does not run into the data");
	memset(long_tag, 'x', 256);
	EXPECT_CHECK(
		hash_tagged(long_tag, BYTES("")), "a tag of 256 bytes is our mistake");
}

TEST(merkle_root_agrees_with_python_for_one_and_three_leaves)
{
	struct hash leaves[3], root;

	for (unsigned i = 0; i < 3; i++)
		memset(leaves[i].b, (int)i, 32);
	root = merkle_root(leaves, 1);
	expect_hex(root.b, 32,
		"7e58a3db38da519124eb2416223b4185f4292de60f7712a173ed0f0c527782d7");
	root = merkle_root(leaves, 3);
	expect_hex(root.b, 32,
		"27faeec609e5d23286b4851fb170c11ba76b396d4ebd9f204edaa0f57b1ea3c0");
	EXPECT_CHECK(merkle_root(leaves, 0), "a tree has leaves");
}

TEST(merkle_paths_prove_every_leaf_of_every_count_and_nothing_else)
{
	struct hash leaves[LEAVES], path[16];
	struct rng rng = test_rng();

	rng_fill(&rng, leaves, sizeof(leaves));
	for (size_t count = 1; count <= LEAVES; count++) {
		struct hash root = merkle_root(leaves, count);

		for (size_t i = 0; i < count; i++) {
			size_t len = merkle_path(leaves, count, i, path);
			size_t other = (i + 1) % LEAVES, part = rng_below(&rng, 32);

			EXPECT(merkle_verify(&root, &leaves[i], i, count, path, len),
				"a leaf is proved by its path");
			EXPECT(!merkle_verify(&root, &leaves[other], i, count, path, len),
				"another leaf is not");
			EXPECT(!merkle_verify(&root, &leaves[i], i, count, path, len + 1),
				"nor with a sibling too many");
			EXPECT(len == 0 || !merkle_verify(&root, &leaves[i], i, count,
						   path, len - 1),
				"nor with one too few");
			EXPECT(count == 1 || !merkle_verify(&root, &leaves[i],
						     (i + 1) % count, count, path, len),
				"nor at another place");
			EXPECT(!merkle_verify(&root, &leaves[i], count, count, path, len),
				"nor behind the end");
			if (len == 0)
				continue;
			path[rng_below(&rng, len)].b[part] ^= 1;
			EXPECT(!merkle_verify(&root, &leaves[i], i, count, path, len),
				"nor with a sibling altered");
		}
	}
}

TEST(merkle_verify_refuses_counts_that_no_tree_has)
{
	struct hash leaf = { { 1 } }, root = merkle_root(&leaf, 1), path[16];

	EXPECT(merkle_verify(&root, &leaf, 0, 1, NULL, 0), "one leaf needs no path");
	EXPECT(!merkle_verify(&root, &leaf, 0, 0, NULL, 0), "no leaf at all");
	EXPECT(!merkle_verify(&root, &leaf, 0, 65537, NULL, 0), "more than 65536 leaves");
	EXPECT(!merkle_verify(&root, &leaf, 0, SIZE_MAX, NULL, 0), "an absurd count");
	EXPECT_CHECK(
		merkle_path(&leaf, 1, 1, path), "a path to a leaf that is not there");
}

TEST(secrets_are_compared_and_wiped)
{
	uint8_t a[40], b[40], zero[40] = { 0 };

	memset(a, 7, sizeof(a));
	memcpy(b, a, sizeof(a));
	EXPECT(secret_equal(a, b, sizeof(a)), "equal secrets are equal");
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] ^= 0x80;
		EXPECT(!secret_equal(a, b, sizeof(a)), "one bit makes a difference");
		b[i] ^= 0x80;
	}
	wipe(a, sizeof(a));
	EXPECT(memcmp(a, zero, sizeof(a)) == 0, "a wiped secret is zero");
}
