/* SPDX-License-Identifier: ISC */
/*
 * Sealed chunks. The nonce is a keyed hash of exactly what is sealed, after compression
 * (a synthetic nonce in the manner of RFC 5297): so one nonce never seals two texts, not
 * even when another version of the compressor answers otherwise. Opening makes the nonce
 * again, so each text has one sealed form. Keys of the hash and of the seal differ.
 */
#include "sync/content.h"

#include <zstd.h>

#include "node/crypto/hash.h"
#include "node/crypto/seal.h"

enum chunk_coding { CODING_PLAIN = 0, CODING_ZSTD = 1 };

enum {
	HEAD_SIZE = 1 + 4, /* coding, plain length */
	TEXT_AT = SEAL_NONCE_SIZE,
	BODY_AT = TEXT_AT + HEAD_SIZE,
	LEVEL = 1,
	COMPRESS_MIN = 64, /* bytes; below it a frame's own header eats the gain */
};

_Static_assert(
	BODY_AT + CHUNK_PLAIN_MAX + SEAL_TAG_SIZE == CHUNK_SEALED_MAX, "sealed size");

/* The most bytes a compressed body of plain_len may have, so that it saves a sixteenth;
 * 0: not compressed at all. */
static size_t compressed_max(size_t plain_len)
{
	return plain_len < COMPRESS_MIN ? 0 : plain_len - plain_len / 16;
}

static struct hash seal_key_of(const struct zone_key *key)
{
	return hash_keyed(key->key, "qanat chunk key 1", BYTES(""));
}

static struct hash nonce_of(const struct zone_key *key, const uint8_t *text, size_t len)
{
	return hash_keyed(key->key, "qanat chunk nonce 1", bytes_of(text, len));
}

/* Puts the body and says how it is coded. */
static enum chunk_coding body_put(struct bytes plain, uint8_t *body, size_t *len)
{
	size_t most = compressed_max(plain.len);
	size_t n;

	if (most > 0) {
		n = ZSTD_compress(body, most, plain.data, plain.len, LEVEL);
		if (!ZSTD_isError(n)) {
			*len = n;
			return CODING_ZSTD;
		}
	}
	memcpy(body, plain.data, plain.len);
	*len = plain.len;
	return CODING_PLAIN;
}

size_t chunk_seal(
	const struct zone_key *key, struct bytes plain, uint8_t *out, struct hash *id)
{
	struct writer w = writer_of(out + TEXT_AT, HEAD_SIZE);
	struct hash seal_key = seal_key_of(key);
	enum chunk_coding coding;
	struct hash nonce;
	size_t len;

	check(plain.len >= 1 && plain.len <= CHUNK_PLAIN_MAX);
	coding = body_put(plain, out + BODY_AT, &len);
	write_u8(&w, (uint8_t)coding);
	write_u32(&w, (uint32_t)plain.len);
	len += HEAD_SIZE;
	nonce = nonce_of(key, out + TEXT_AT, len);
	memcpy(out, nonce.b, SEAL_NONCE_SIZE);
	seal_nonce(seal_key.b, out, BYTES(""), out + TEXT_AT, len);
	wipe(&seal_key, sizeof(seal_key));
	len += TEXT_AT + SEAL_TAG_SIZE;
	*id = chunk_id(bytes_of(out, len));
	return len;
}

/* One frame, nothing after it, that says and yields exactly plain_len bytes. */
static bool decompress(struct bytes body, uint8_t *out, size_t plain_len)
{
	if (body.len > compressed_max(plain_len))
		return false;
	if (ZSTD_findFrameCompressedSize(body.data, body.len) != body.len)
		return false;
	if (ZSTD_getFrameContentSize(body.data, body.len) != plain_len)
		return false;
	return ZSTD_decompress(out, plain_len, body.data, body.len) == plain_len;
}

static bool body_take(struct bytes text, uint8_t *out, size_t *len)
{
	struct reader r = reader_of(text);
	uint8_t coding = read_u8(&r);
	size_t plain_len = read_u32(&r);
	struct bytes body = read_rest(&r);

	if (!read_ended(&r) || plain_len < 1 || plain_len > CHUNK_PLAIN_MAX)
		return false;
	*len = plain_len;
	if (coding == CODING_ZSTD)
		return decompress(body, out, plain_len);
	if (coding != CODING_PLAIN || body.len != plain_len)
		return false;
	memcpy(out, body.data, body.len);
	return true;
}

bool chunk_open(
	const struct zone_key *key, struct bytes sealed, uint8_t *out, size_t *len)
{
	uint8_t text[HEAD_SIZE + CHUNK_PLAIN_MAX + SEAL_TAG_SIZE];
	struct hash seal_key, nonce;
	size_t text_len;
	bool opened;

	*len = 0;
	if (sealed.len <= BODY_AT + SEAL_TAG_SIZE || sealed.len > CHUNK_SEALED_MAX)
		return false;
	text_len = sealed.len - TEXT_AT;
	memcpy(text, sealed.data + TEXT_AT, text_len);
	seal_key = seal_key_of(key);
	opened = open_nonce(seal_key.b, sealed.data, BYTES(""), text, text_len);
	wipe(&seal_key, sizeof(seal_key));
	if (!opened)
		return false;
	text_len -= SEAL_TAG_SIZE;
	nonce = nonce_of(key, text, text_len);
	if (!secret_equal(nonce.b, sealed.data, SEAL_NONCE_SIZE))
		return false;
	if (body_take(bytes_of(text, text_len), out, len))
		return true;
	*len = 0;
	return false;
}

struct hash chunk_id(struct bytes sealed)
{
	return hash_tagged("qanat chunk 1", sealed);
}
