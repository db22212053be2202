/* SPDX-License-Identifier: ISC */
/* RFC 8439 appendix A.5 and the XChaCha20 draft, appendix A.3.1; and all that must not
 * open. */
#include "node/crypto/seal.h"

#include "tests/test.h"
#include "tests/unit/node/crypto/hex.h"

TEST(seal_number_opens_the_frame_of_rfc_8439)
{
	static const char text[] =
		"Internet-Drafts are draft documents valid for a maximum of six "
		"months and may be updated, replaced, or obsoleted by other "
		"documents at any time. It is inappropriate to use "
		"Internet-Drafts as reference material or to cite them other "
		"than as /\xe2\x80\x9cwork in progress./\xe2\x80\x9d";
	uint8_t key[32], ad[12], buf[sizeof(text) - 1 + 16];
	size_t len = sizeof(text) - 1;

	from_hex("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0", key);
	from_hex("f33388860000000000004e91", ad);
	memcpy(buf, text, len);
	seal_number(key, 0x0807060504030201, bytes_of(ad, 12), buf, len);
	expect_hex(buf, 16, "64a0861575861af460f062c79be643bd");
	expect_hex(buf + len, 16, "eead9d67890cbb22392336fea1851f38");
	EXPECT(open_number(key, 0x0807060504030201, bytes_of(ad, 12), buf, sizeof(buf)),
		"opens");
	EXPECT_BYTES(bytes_of(buf, len), bytes_of(text, len), "to the text");
}

TEST(seal_nonce_makes_the_frame_of_the_xchacha_draft)
{
	static const char text[] =
		"Ladies and Gentlemen of the class of '99: If I could offer you "
		"only one tip for the future, sunscreen would be it.";
	uint8_t key[32], nonce[24], ad[12], buf[sizeof(text) - 1 + 16];
	size_t len = sizeof(text) - 1;

	from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", key);
	from_hex("404142434445464748494a4b4c4d4e4f5051525354555657", nonce);
	from_hex("50515253c0c1c2c3c4c5c6c7", ad);
	memcpy(buf, text, len);
	seal_nonce(key, nonce, bytes_of(ad, 12), buf, len);
	expect_hex(buf, 16, "bd6d179d3e83d43b9576579493c0e939");
	expect_hex(buf + len, 16, "c0875924c1c7987947deafd8780acf49");
	EXPECT(open_nonce(key, nonce, bytes_of(ad, 12), buf, sizeof(buf)), "it opens");
	EXPECT_BYTES(bytes_of(buf, len), bytes_of(text, len), "to the text");
}

TEST(seals_open_only_with_everything_as_it_was)
{
	struct rng rng = test_rng();
	uint8_t key[32], nonce[24], ad[16], plain[100], sealed[116], buf[116];

	rng_fill(&rng, key, sizeof(key));
	rng_fill(&rng, nonce, sizeof(nonce));
	rng_fill(&rng, ad, sizeof(ad));
	rng_fill(&rng, plain, sizeof(plain));
	for (size_t len = 0; len <= sizeof(plain); len++) {
		struct bytes a = bytes_of(ad, sizeof(ad));
		size_t i = rng_below(&rng, len + 16);

		memcpy(sealed, plain, len);
		seal_number(key, len, a, sealed, len);
		memcpy(buf, sealed, len + 16);
		EXPECT(open_number(key, len, a, buf, len + 16), "the true one opens");
		EXPECT_BYTES(
			bytes_of(buf, len), bytes_of(plain, len), "to what was sealed");
		memcpy(buf, sealed, len + 16);
		EXPECT(!open_number(key, len + 1, a, buf, len + 16),
			"not under another number");
		memcpy(buf, sealed, len + 16);
		EXPECT(!open_number(key, len, bytes_of(ad, 15), buf, len + 16),
			"not with other data");
		memcpy(buf, sealed, len + 16);
		buf[i] ^= 1;
		EXPECT(!open_number(key, len, a, buf, len + 16), "not with a bit turned");
		memcpy(buf, sealed, len + 16);
		EXPECT(!open_number(key, len, a, buf, len + 15), "not cut short");
		memcpy(buf, plain, len);
		seal_nonce(key, nonce, a, buf, len);
		buf[i] ^= 1;
		EXPECT(!open_nonce(key, nonce, a, buf, len + 16),
			"nor so with a long nonce");
	}
	for (size_t len = 0; len < 16; len++)
		EXPECT(!open_number(key, 0, bytes_of(ad, 16), buf, len) &&
				!open_nonce(key, nonce, bytes_of(ad, 16), buf, len),
			"less than a tag is never opened");
}

TEST(seals_leave_no_text_when_they_do_not_open)
{
	uint8_t key[32] = { 1 }, nonce[24] = { 2 }, buf[56], zero[40] = { 0 };

	memset(buf, 'x', 40);
	seal_number(key, 1, BYTES("ad"), buf, 40);
	EXPECT(!open_number(key, 2, BYTES("ad"), buf, 56), "another number");
	EXPECT(memcmp(buf, zero, 40) == 0, "the text is wiped");
	memset(buf, 'x', 40);
	seal_nonce(key, nonce, BYTES("ad"), buf, 40);
	EXPECT(!open_nonce(key, nonce, BYTES("da"), buf, 56), "other data");
	EXPECT(memcmp(buf, zero, 40) == 0, "the text is wiped");
}
