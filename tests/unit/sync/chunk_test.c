/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/samples.h"

#include <zstd.h>

#include "node/crypto/seal.h"

static uint8_t plain[CHUNK_PLAIN_MAX], sealed[CHUNK_SEALED_MAX + 1],
	opened[CHUNK_PLAIN_MAX];

static void fill_random(size_t len)
{
	struct rng rng = test_rng();

	rng_fill(&rng, plain, len);
}

static void fill_text(size_t len)
{
	for (size_t i = 0; i < len; i++)
		plain[i] = (uint8_t) "all work and no play "[i % 21];
}

/* Seals any text as a chunk would be, with the nonce that belongs to it. */
static struct bytes seal_text(const uint8_t *text, size_t len)
{
	struct zone_key key = sample_zone_key();
	struct hash seal_key = hash_keyed(key.key, "qanat chunk key 1", BYTES(""));
	struct hash nonce =
		hash_keyed(key.key, "qanat chunk nonce 1", bytes_of(text, len));

	memcpy(sealed, nonce.b, SEAL_NONCE_SIZE);
	memcpy(sealed + SEAL_NONCE_SIZE, text, len);
	seal_nonce(seal_key.b, sealed, BYTES(""), sealed + SEAL_NONCE_SIZE, len);
	return bytes_of(sealed, SEAL_NONCE_SIZE + len + SEAL_TAG_SIZE);
}

static bool opens(struct bytes b)
{
	struct zone_key key = sample_zone_key();
	size_t len;

	return chunk_open(&key, b, opened, &len);
}

/* A text with this coding and plain length over a body. */
static bool opens_text(uint8_t coding, uint32_t plain_len, struct bytes body)
{
	static uint8_t text[CHUNK_PLAIN_MAX + 5];
	struct writer w = writer_of(text, sizeof(text));

	write_u8(&w, coding);
	write_u32(&w, plain_len);
	write_bytes(&w, body);
	check(!w.overflow);
	return opens(seal_text(text, w.len));
}

TEST(chunk_opens_to_what_was_sealed)
{
	static const size_t sizes[] = { 1, 2, 63, 64, 65, 4096, 16384,
		CHUNK_PLAIN_MAX - 1, CHUNK_PLAIN_MAX };
	struct zone_key key = sample_zone_key();

	for (size_t i = 0; i < 2 * array_len(sizes); i++) {
		size_t n = sizes[i / 2], len;
		struct hash id, named;
		size_t sealed_len;

		if (i % 2)
			fill_random(n);
		else
			fill_text(n);
		sealed_len = chunk_seal(&key, bytes_of(plain, n), sealed, &id);
		EXPECT(sealed_len <= n + 45, "a chunk grows by its head and tag at most");
		named = chunk_id(bytes_of(sealed, sealed_len));
		EXPECT(id_equal(&id, &named), "it is named by its sealed bytes");
		EXPECT(chunk_open(&key, bytes_of(sealed, sealed_len), opened, &len),
			"it opens");
		EXPECT_BYTES(
			bytes_of(opened, len), bytes_of(plain, n), "to the same bytes");
	}
}

TEST(chunk_is_sealed_the_same_way_each_time_and_compressed_when_that_pays)
{
	struct zone_key key = sample_zone_key(), other = key;
	struct hash a, b;
	size_t len;

	fill_text(20000);
	len = chunk_seal(&key, bytes_of(plain, 20000), sealed, &a);
	EXPECT(len < 1000, "what repeats itself is compressed");
	EXPECT_EQ(chunk_seal(&key, bytes_of(plain, 20000), sealed, &b), len,
		"the same length");
	EXPECT(id_equal(&a, &b), "the same name");
	other.key[0] ^= 1;
	(void)chunk_seal(&other, bytes_of(plain, 20000), sealed, &b);
	EXPECT(!id_equal(&a, &b), "another name under another key");
	fill_random(20000);
	EXPECT_EQ(chunk_seal(&key, bytes_of(plain, 20000), sealed, &a), 20045,
		"noise is not");
}

TEST(chunk_refuses_every_cut_and_every_changed_byte)
{
	struct zone_key key = sample_zone_key(), other = key;
	struct hash id;
	size_t len, out;

	fill_text(300);
	len = chunk_seal(&key, bytes_of(plain, 300), sealed, &id);
	for (size_t n = 0; n < len; n++)
		EXPECT(!opens(bytes_of(sealed, n)), "cut short");
	for (size_t i = 0; i < len; i++) {
		sealed[i] ^= 1;
		EXPECT(!opens(bytes_of(sealed, len)), "a changed byte");
		sealed[i] ^= 1;
	}
	EXPECT(!opens(bytes_of(sealed, len + 1)), "a byte too many");
	EXPECT(!opens(bytes_of(sealed, CHUNK_SEALED_MAX + 1)), "longer than any chunk");
	other.key[31] ^= 1;
	EXPECT(!chunk_open(&other, bytes_of(sealed, len), opened, &out), "another key");
	EXPECT_EQ(out, 0, "and nothing comes out");
	EXPECT(opens(bytes_of(sealed, len)), "unchanged it opens");
}

TEST(chunk_refuses_a_nonce_that_is_not_its_own)
{
	struct zone_key key = sample_zone_key();
	struct hash seal_key = hash_keyed(key.key, "qanat chunk key 1", BYTES(""));
	uint8_t text[] = { 0, 0, 0, 0, 3, 'a', 'b', 'c' };

	EXPECT(opens(seal_text(text, sizeof(text))), "with its own nonce it opens");
	memset(sealed, 7, SEAL_NONCE_SIZE);
	memcpy(sealed + SEAL_NONCE_SIZE, text, sizeof(text));
	seal_nonce(seal_key.b, sealed, BYTES(""), sealed + SEAL_NONCE_SIZE, sizeof(text));
	EXPECT(!opens(bytes_of(sealed, SEAL_NONCE_SIZE + sizeof(text) + SEAL_TAG_SIZE)),
		"a second form by whoever has the key");
}

static size_t unsized_frame(uint8_t *out, size_t room)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t n;

	ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0);
	n = ZSTD_compress2(c, out, room, plain, 4096);
	ZSTD_freeCCtx(c);
	return n;
}

TEST(chunk_refuses_texts_that_no_chunk_has)
{
	uint8_t frame[2048], two[2048];
	size_t n;

	fill_text(4096);
	n = ZSTD_compress(frame, sizeof(frame), plain, 4096, 1);
	EXPECT(opens_text(1, 4096, bytes_of(frame, n)), "a good frame opens");
	EXPECT(!opens_text(2, 4096, bytes_of(frame, n)), "another coding");
	EXPECT(!opens_text(1, 4095, bytes_of(frame, n)),
		"it yields a byte more than said");
	EXPECT(!opens_text(1, 4097, bytes_of(frame, n)),
		"it yields a byte less than said");
	EXPECT(!opens_text(1, CHUNK_PLAIN_MAX + 1, bytes_of(frame, n)), "too long");
	EXPECT(!opens_text(1, 4096, bytes_of(frame, n - 1)), "a frame cut short");
	EXPECT(!opens_text(1, 4096, bytes_of(two, unsized_frame(two, sizeof(two)))),
		"a frame that does not say how much it holds");
	frame[n] = 0;
	EXPECT(!opens_text(1, 4096, bytes_of(frame, n + 1)), "a byte behind the frame");
	memcpy(two, frame, n);
	memcpy(two + n, "\x50\x2a\x4d\x18\0\0\0\0", 8);
	EXPECT(!opens_text(1, 4096, bytes_of(two, n + 8)),
		"a second frame, to be skipped");
	memcpy(two, "\x50\x2a\x4d\x18\0\0\0\0", 8);
	memcpy(two + 8, frame, n);
	EXPECT(!opens_text(1, 4096, bytes_of(two, n + 8)),
		"a frame to be skipped before");
	EXPECT(opens_text(0, 3, BYTES("abc")), "a plain body opens");
	EXPECT(!opens_text(0, 3, BYTES("abcd")), "a plain body too long");
	EXPECT(!opens_text(0, 4, BYTES("abc")), "a plain body too short");
	EXPECT(!opens_text(0, 0, BYTES("")), "a chunk of nothing");
}

TEST(chunk_refuses_a_compressed_body_that_does_not_pay)
{
	static uint8_t frame[8192];
	size_t n;

	fill_random(4096);
	n = ZSTD_compress(frame, sizeof(frame), plain, 4096, 1);
	EXPECT(!opens_text(1, 4096, bytes_of(frame, n)), "it saves nothing");
	fill_text(60);
	memset(plain, 0, 60);
	n = ZSTD_compress(frame, sizeof(frame), plain, 60, 1);
	EXPECT(!opens_text(1, 60, bytes_of(frame, n)), "so little is never compressed");
}

TEST(chunk_refuses_a_bomb_without_yielding_it)
{
	static uint8_t zeros[1 << 20], frame[4096];
	size_t n = ZSTD_compress(frame, sizeof(frame), zeros, sizeof(zeros), 19);

	EXPECT(!opens_text(1, CHUNK_PLAIN_MAX, bytes_of(frame, n)),
		"a megabyte of zeros");
	EXPECT(!opens_text(1, 1 << 20, bytes_of(frame, n)), "and when it says so");
}

TEST(chunk_seal_ends_the_program_for_nothing_and_for_too_much)
{
	struct zone_key key = sample_zone_key();
	struct hash id;

	EXPECT_CHECK(
		(void)chunk_seal(&key, BYTES(""), sealed, &id), "nothing is no chunk");
	EXPECT_CHECK(
		(void)chunk_seal(&key, bytes_of(plain, CHUNK_PLAIN_MAX + 1), sealed, &id),
		"too much is no chunk");
}
