/* SPDX-License-Identifier: ISC */
/* The vectors of draft-irtf-cfrg-cpace, appendix B.3 (ristretto255, initiator and
 * responder); invalid points of the same. */
#include "node/crypto/pake.h"

#include "node/crypto/hash.h"
#include "tests/test.h"
#include "tests/unit/node/crypto/hex.h"

static uint8_t session[16], channel[26];

static struct pake draft(void)
{
	check(crypto_start() == 0);
	from_hex("7e4b4791d6a8ef019b936c79fb7f2c57", session);
	from_hex("6f630b425f726573706f6e6465720b415f696e69746961746f72", channel);
	return (struct pake){ BYTES("Password"), bytes_of(channel, sizeof(channel)),
		bytes_of(session, sizeof(session)) };
}

TEST(pake_makes_generator_shares_and_key_of_the_draft)
{
	struct pake p = draft();
	uint8_t out[32], ya[32], yb[32], first[32], second[32], key[64];
	struct pake_talk talk = { bytes_of(first, 32), BYTES("ADa"), bytes_of(second, 32),
		BYTES("ADb") };

	pake_generator(&p, out);
	expect_hex(out, 32,
		"a6fc82c3b8968fbb2e06fee81ca858586dea50d248f0c7ca6a18b0902a30b36b");
	from_hex("da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08", ya);
	from_hex("d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d", yb);
	pake_share(&p, ya, first);
	expect_hex(first, 32,
		"d40fb265a7abeaee7939d91a585fe59f7053f982c296ec413c624c669308f87a");
	pake_share(&p, yb, second);
	expect_hex(second, 32,
		"08bcf6e9777a9c313a3db6daa510f2d398403319c2341bd506a92e672eb7e307");
	EXPECT(pake_key(&p, ya, second, &talk, key), "the initiator agrees");
	expect_hex(key, 64,
		"4c5469a16b2364c4b944ebc1a79e51d1674ad47db26e8718154f59faebfaa52d"
		"8346f30aa58377117eb20d527f2cbc5c76381f7fd372e89df8239f87f2e02ed1");
	memset(key, 0, sizeof(key));
	EXPECT(pake_key(&p, yb, first, &talk, key), "so does the responder");
	expect_hex(key, 8, "4c5469a16b2364c4");
}

TEST(pake_takes_no_point_that_is_none)
{
	static const struct {
		const char *why, *point;
	} rows[] = {
		{ "the neutral element", "00000000000000000000000000000000000000000000000"
					 "00000000000000000" },
		{ "no canonical encoding", "2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c"
					   "41bd47d93d654b4a51c" },
		{ "the prime of the field itself", "edfffffffffffffffffffffffffffffffffff"
						   "fffffffffffffffffffffffff7f" },
		{ "all ones", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
			      "ffffff" },
	};
	struct pake p = draft();
	uint8_t secret[32] = { 7 }, point[32], key[64];
	struct pake_talk talk = { bytes_of(point, 32), BYTES(""), bytes_of(point, 32),
		BYTES("") };

	for (size_t i = 0; i < array_len(rows); i++) {
		from_hex(rows[i].point, point);
		EXPECT(!pake_key(&p, secret, point, &talk, key), rows[i].why);
	}
}

TEST(pake_agrees_only_with_the_same_code_channel_and_session)
{
	struct pake p = draft(), other[3] = { p, p, p };
	struct rng rng = test_rng();
	uint8_t random[64], a[32], b[32], ours[32], theirs[32], key[64], their_key[64];

	other[0].code = BYTES("passworD");
	other[1].channel = BYTES("somebody else");
	other[2].session = BYTES("another time");
	rng_fill(&rng, random, sizeof(random));
	pake_scalar(random, a);
	rng_fill(&rng, random, sizeof(random));
	pake_scalar(random, b);
	pake_share(&p, a, ours);
	for (size_t i = 0; i < 3; i++) {
		struct pake_talk talk = { bytes_of(ours, 32), BYTES(""),
			bytes_of(theirs, 32), BYTES("") };

		pake_share(&other[i], b, theirs);
		EXPECT(pake_key(&p, a, theirs, &talk, key) &&
				pake_key(&other[i], b, ours, &talk, their_key),
			"nobody notices yet");
		EXPECT(memcmp(key, their_key, sizeof(key)) != 0, "but the keys differ");
	}
}

TEST(pake_pads_whatever_the_length_of_the_code)
{
	static const uint8_t text[255];
	struct pake p = draft();
	uint8_t out[32], before[32] = { 0 };

	for (size_t len = 0; len <= sizeof(text); len++) {
		p.code = bytes_of(text, len);
		pake_generator(&p, out);
		EXPECT(memcmp(out, before, sizeof(out)) != 0, "each has its own point");
		memcpy(before, out, sizeof(out));
	}
}
