/* SPDX-License-Identifier: ISC */
/*
 * Names: sealed deterministically for one file in one directory, and judged before they
 * may become files. Bytes are kept as they are: nothing is normalised.
 */
#include "sync/content.h"

#include <utf8proc.h>

#include "node/crypto/hash.h"
#include "node/crypto/seal.h"
#include "sync/entry.h"

enum { PLACE_SIZE = 16 + 16, OVERHEAD = SEAL_NONCE_SIZE + SEAL_TAG_SIZE };

static void place_of(const struct short_id *file, const struct short_id *parent,
	uint8_t out[PLACE_SIZE])
{
	memcpy(out, file->b, sizeof(file->b));
	memcpy(out + sizeof(file->b), parent->b, sizeof(parent->b));
}

static struct hash seal_key_of(const struct zone_key *key)
{
	return hash_keyed(key->key, "qanat name key 1", BYTES(""));
}

/* The place has a fixed size, so place and name together read in one way only. */
static struct hash nonce_of(
	const struct zone_key *key, const uint8_t place[PLACE_SIZE], struct bytes name)
{
	uint8_t text[PLACE_SIZE + ENTRY_NAME_MAX];

	memcpy(text, place, PLACE_SIZE);
	memcpy(text + PLACE_SIZE, name.data, name.len);
	return hash_keyed(
		key->key, "qanat name nonce 1", bytes_of(text, PLACE_SIZE + name.len));
}

size_t name_seal(const struct zone_key *key, const struct short_id *file,
	const struct short_id *parent, struct bytes name, uint8_t *out)
{
	struct hash seal_key = seal_key_of(key);
	uint8_t place[PLACE_SIZE];
	struct hash nonce;

	check(name.len >= 1 && name.len <= ENTRY_NAME_MAX);
	place_of(file, parent, place);
	nonce = nonce_of(key, place, name);
	memcpy(out, nonce.b, SEAL_NONCE_SIZE);
	memcpy(out + SEAL_NONCE_SIZE, name.data, name.len);
	seal_nonce(seal_key.b, nonce.b, bytes_of(place, sizeof(place)),
		out + SEAL_NONCE_SIZE, name.len);
	wipe(&seal_key, sizeof(seal_key));
	return name.len + OVERHEAD;
}

bool name_open(const struct zone_key *key, const struct short_id *file,
	const struct short_id *parent, struct bytes sealed, uint8_t *out, size_t *len)
{
	uint8_t text[ENTRY_NAME_MAX + SEAL_TAG_SIZE];
	uint8_t place[PLACE_SIZE];
	struct hash seal_key, nonce;
	bool opened;

	*len = 0;
	if (sealed.len <= OVERHEAD || sealed.len > ENTRY_SEALED_NAME_MAX)
		return false;
	place_of(file, parent, place);
	memcpy(text, sealed.data + SEAL_NONCE_SIZE, sealed.len - SEAL_NONCE_SIZE);
	seal_key = seal_key_of(key);
	opened = open_nonce(seal_key.b, sealed.data, bytes_of(place, sizeof(place)), text,
		sealed.len - SEAL_NONCE_SIZE);
	wipe(&seal_key, sizeof(seal_key));
	if (!opened)
		return false;
	nonce = nonce_of(key, place, bytes_of(text, sealed.len - OVERHEAD));
	if (!secret_equal(nonce.b, sealed.data, SEAL_NONCE_SIZE))
		return false;
	*len = sealed.len - OVERHEAD;
	memcpy(out, text, *len);
	return true;
}

static bool is_utf8(struct bytes name)
{
	size_t at = 0;

	while (at < name.len) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate(
			name.data + at, (utf8proc_ssize_t)(name.len - at), &c);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* What some file system may take for our own directory: case, compatibility forms and
 * ignorable characters do not count (the lesson of CVE-2014-9390). */
static bool looks_like_ours(struct bytes name)
{
	static const char ours[] = ".qanat";
	enum { LEN = sizeof(ours) - 1 };
	utf8proc_int32_t folded[ENTRY_NAME_MAX * 18];
	utf8proc_ssize_t n = utf8proc_decompose(name.data, (utf8proc_ssize_t)name.len,
		folded, (utf8proc_ssize_t)array_len(folded),
		UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
			UTF8PROC_IGNORE);

	if (n != LEN)
		return false;
	for (size_t i = 0; i < LEN; i++)
		if (folded[i] != ours[i])
			return false;
	return true;
}

bool name_allowed(struct bytes name)
{
	if (name.len < 1 || name.len > ENTRY_NAME_MAX)
		return false;
	if (memchr(name.data, '/', name.len) != NULL ||
		memchr(name.data, 0, name.len) != NULL)
		return false;
	if (bytes_equal(name, BYTES(".")) || bytes_equal(name, BYTES("..")))
		return false;
	return is_utf8(name) && !looks_like_ours(name);
}
