/* SPDX-License-Identifier: ISC */
/*
 * FastCDC (Xia et al., USENIX ATC 2016) with normalised chunking: a gear hash over the
 * last 64 bytes, a strict condition before the normal size and a lax one after it. The
 * gear table comes from a secret key, so that lengths of chunks betray no known file.
 */
#include "sync/content.h"

#include "node/crypto/hash.h"

enum {
	NORMAL = 16 * 1024,
	STRICT_BITS = 16, /* log2(NORMAL) + 2 */
	LAX_BITS = 12,    /* log2(NORMAL) - 2 */
	WORDS_PER_HASH = 4,
};

void chunker_init(struct chunker *c, const uint8_t key[32])
{
	for (size_t i = 0; i < array_len(c->gear); i += WORDS_PER_HASH) {
		uint8_t number = (uint8_t)(i / WORDS_PER_HASH);
		struct hash h = hash_keyed(key, "qanat gear 1", bytes_of(&number, 1));
		struct reader r = reader_of(id_bytes(&h));

		for (size_t j = 0; j < WORDS_PER_HASH; j++)
			c->gear[i + j] = read_u64(&r);
	}
}

/* First place in [at, end) after whose byte the top `bits` of the hash are zero, plus
 * one; or 0. The hash goes on where it stood. */
static size_t scan(const uint64_t gear[256], const uint8_t *data, size_t at, size_t end,
	unsigned bits, uint64_t *hash)
{
	const uint64_t below = UINT64_C(1) << (64 - bits);
	uint64_t h = *hash;

	for (; at < end; at++) {
		h = (h << 1) + gear[data[at]];
		if (__builtin_expect(h < below, 0))
			return at + 1;
	}
	*hash = h;
	return 0;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t chunker_cut(const struct chunker *c, struct bytes data, bool last)
{
	uint64_t hash = 0;
	size_t cut;

	cut = scan(c->gear, data.data, CHUNK_PLAIN_MIN, smaller(data.len, NORMAL),
		STRICT_BITS, &hash);
	if (cut == 0)
		cut = scan(c->gear, data.data, NORMAL, smaller(data.len, CHUNK_PLAIN_MAX),
			LAX_BITS, &hash);
	if (cut > 0)
		return cut;
	if (data.len >= CHUNK_PLAIN_MAX)
		return CHUNK_PLAIN_MAX;
	return last ? data.len : 0;
}
