/* SPDX-License-Identifier: ISC */
/* A file that went through ingest, its objects kept in memory, and read back from
 * them. */
#pragma once

#include "tests/unit/sync/samples.h"

struct kept_object {
	struct hash id;
	bool is_manifest;
	uint64_t offset;
	size_t plain_len;
	uint8_t *sealed;
	size_t len;
};

struct ingested {
	struct zone_key key;
	struct ingest *ingest;
	struct kept_object *objects;
	size_t count, room, manifests, holes;
	uint8_t depth;
	struct hash root;
	uint64_t size;
};

static inline void ingested_begin(struct ingested *in)
{
	struct chunker c;

	check(crypto_start() == 0);
	memset(in, 0, sizeof(*in));
	in->key = sample_zone_key();
	chunker_init(&c, in->key.key);
	in->ingest = ingest_new(&in->key, &c);
}

static inline void ingested_keep(struct ingested *in, const struct ingest_object *o)
{
	static struct manifest m;
	struct kept_object k = { .id = o->id, .is_manifest = o->is_manifest };

	k.offset = o->offset;
	k.plain_len = o->plain_len;
	k.sealed = mem_copy(o->sealed.data, o->sealed.len);
	k.len = o->sealed.len;
	(void)mem_grow(in->objects, in->count, in->room);
	in->objects[in->count++] = k;
	if (!o->is_manifest)
		return;
	in->manifests++;
	EXPECT(manifest_parse(&m, o->sealed), "a manifest that comes out parses");
	for (size_t i = 0; i < m.count; i++)
		in->holes += m.refs[i].hole;
}

static inline void ingested_take(struct ingested *in)
{
	struct ingest_object o;

	while (ingest_take(in->ingest, &o))
		ingested_keep(in, &o);
}

/* What is fed lies in a block of its own that is gone afterwards. */
static inline void ingested_data(struct ingested *in, const void *data, size_t len)
{
	uint8_t *copy = mem_copy(data, len);

	ingest_data(in->ingest, bytes_of(copy, len));
	mem_free(copy);
	ingested_take(in);
}

static inline void ingested_hole(struct ingested *in, uint64_t len)
{
	ingest_hole(in->ingest, len);
	ingested_take(in);
}

static inline void ingested_end(struct ingested *in)
{
	ingest_end(in->ingest);
	ingested_take(in);
	ingest_root(in->ingest, &in->depth, &in->root, &in->size);
}

static inline void ingested_free(struct ingested *in)
{
	for (size_t i = 0; i < in->count; i++)
		mem_free(in->objects[i].sealed);
	mem_free(in->objects);
	ingest_free(in->ingest);
}

static inline const struct kept_object *ingested_find(
	const struct ingested *in, const struct hash *id, bool is_manifest)
{
	for (size_t i = 0; i < in->count; i++)
		if (id_equal(&in->objects[i].id, id) &&
			in->objects[i].is_manifest == is_manifest)
			return &in->objects[i];
	return NULL;
}

/* Compares what an object of this depth stands for with data at offset; its length. */
static inline uint64_t ingested_read(const struct ingested *in, uint8_t depth,
	const struct hash *id, const uint8_t *data, uint64_t offset)
{
	const struct kept_object *k = ingested_find(in, id, depth > 1);
	static uint8_t plain[CHUNK_PLAIN_MAX];
	struct manifest *m;
	uint64_t at = offset;
	size_t len;

	EXPECT(k != NULL, "every object that is named came out");
	if (depth == 1) {
		EXPECT(chunk_open(&in->key, bytes_of(k->sealed, k->len), plain, &len),
			"opens");
		EXPECT_EQ(len, k->plain_len, "its length was told");
		EXPECT_BYTES(bytes_of(plain, len), bytes_of(data + at, len), "its bytes");
		return len;
	}
	m = mem_new(sizeof(*m));
	EXPECT(manifest_parse(m, bytes_of(k->sealed, k->len)), "a manifest parses");
	EXPECT_EQ(m->depth, depth, "and has the depth of its place");
	for (size_t i = 0; i < m->count; i++) {
		const struct ref *ref = &m->refs[i];

		if (ref->hole)
			EXPECT(id_is_zero(bytes_of(data + at, ref->len)),
				"a hole is zeros");
		else
			EXPECT_EQ(ingested_read(
					  in, (uint8_t)(depth - 1), &ref->id, data, at),
				ref->len, "a reference says how long it is");
		at += ref->len;
	}
	mem_free(m);
	return at - offset;
}

/* Reads the whole file back. Also: chunks came in file order. */
static inline void ingested_expect(
	const struct ingested *in, const void *data, size_t len)
{
	uint64_t at = 0;

	EXPECT_EQ(in->size, len, "the size is what was fed");
	EXPECT_EQ(ingested_read(in, in->depth, &in->root, data, 0), len,
		"it reads back whole");
	for (size_t i = 0; i < in->count; i++) {
		if (in->objects[i].is_manifest)
			continue;
		EXPECT(in->objects[i].offset >= at,
			"chunks come in the order of the file");
		at = in->objects[i].offset + in->objects[i].plain_len;
	}
}
