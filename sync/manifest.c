/* SPDX-License-Identifier: ISC */
/*
 * Manifests: lists of references with one encoding. Holes stand only in the lowest kind
 * (depth 2), never two in a row, so equal content has equal manifests.
 */
#include "sync/content.h"

#include "node/crypto/hash.h"

enum { MANIFEST_FORMAT = 1, REF_HOLE = 1 };

static bool ref_fits(const struct ref *ref, const struct ref *before, uint8_t depth)
{
	if (ref->len == 0 || ref->hole != id_is_zero(id_bytes(&ref->id)))
		return false;
	if (depth > 2)
		return !ref->hole;
	if (ref->hole)
		return before == NULL || !before->hole;
	return ref->len <= CHUNK_PLAIN_MAX;
}

static bool is_canonical(const struct manifest *m)
{
	uint64_t sum = 0;

	if (m->depth < 2 || m->depth > CONTENT_DEPTH_MAX)
		return false;
	if (m->count < 1 || m->count > MANIFEST_REFS_MAX)
		return false;
	for (size_t i = 0; i < m->count; i++) {
		const struct ref *ref = &m->refs[i];

		if (!ref_fits(ref, i > 0 ? ref - 1 : NULL, m->depth))
			return false;
		if (ref->len > INT64_MAX - sum)
			return false;
		sum += ref->len;
	}
	return true;
}

bool manifest_parse(struct manifest *m, struct bytes body)
{
	struct reader r = reader_of(body);

	if (read_u8(&r) != MANIFEST_FORMAT)
		return false;
	m->depth = read_u8(&r);
	m->count = read_u16(&r);
	if (m->count > MANIFEST_REFS_MAX)
		return false;
	for (size_t i = 0; i < m->count; i++) {
		uint8_t flags = read_u8(&r);

		if (flags > REF_HOLE)
			return false;
		m->refs[i].hole = flags == REF_HOLE;
		m->refs[i].len = read_u64(&r);
		m->refs[i].id = read_hash(&r);
	}
	return read_ended(&r) && is_canonical(m);
}

void manifest_write(struct writer *w, const struct manifest *m)
{
	check(is_canonical(m));
	write_u8(w, MANIFEST_FORMAT);
	write_u8(w, m->depth);
	write_u16(w, m->count);
	for (size_t i = 0; i < m->count; i++) {
		write_u8(w, m->refs[i].hole ? REF_HOLE : 0);
		write_u64(w, m->refs[i].len);
		write_id(w, &m->refs[i].id);
	}
}

struct hash manifest_id(struct bytes body)
{
	return hash_tagged("qanat manifest 1", body);
}

uint64_t manifest_length(const struct manifest *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->count; i++)
		sum += m->refs[i].len;
	return sum;
}
