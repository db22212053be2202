/* SPDX-License-Identifier: ISC */
/* Well-formed things of the replication formats, from a seed, for tests to keep or
 * spoil. */
#pragma once

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "node/crypto/keys.h"
#include "sync/content.h"
#include "sync/entry.h"
#include "sync/rights.h"
#include "tests/test.h"

enum { SAMPLE_NOW_S = 1700000000, SAMPLE_DAY_S = 86400 };

static inline struct keypair sample_keys(uint8_t number)
{
	uint8_t seed[32] = { 0x51, number };
	struct keypair k;

	check(crypto_start() == 0);
	keypair_from_seed(&k, seed);
	return k;
}

static inline struct hash sample_hash(uint8_t number)
{
	return hash_tagged("qanat sample", bytes_of(&number, 1));
}

static inline struct short_id sample_short_id(uint8_t number)
{
	struct hash h = sample_hash(number);
	struct short_id id;

	memcpy(id.b, h.b, sizeof(id.b));
	return id;
}

static inline struct zone_key sample_zone_key(void)
{
	struct zone_key k = { .epoch = 1 };
	struct hash h = sample_hash(250);

	memcpy(k.key, h.b, sizeof(k.key));
	return k;
}

/* A file of 123456 bytes, the author's seventh entry, replacing two versions. */
static inline struct entry sample_entry(const struct node_id *author)
{
	struct zone_key key = sample_zone_key();
	struct entry e = {
		.folder = sample_hash(1),
		.file = sample_short_id(2),
		.parent = sample_short_id(3),
		.kind = ENTRY_FILE,
		.mode = 0644,
		.mtime_s = SAMPLE_NOW_S,
		.mtime_ns = 123456789,
		.size = 123456,
		.content_depth = 2,
		.content = sample_hash(4),
		.author = *author,
		.incarnation = 0x1122334455667788,
		.sequence = 7,
		.previous = sample_hash(5),
		.clock = (uint64_t)SAMPLE_NOW_S * 1000 << 16,
		.capability = sample_hash(6),
		.parent_count = 2,
		.key_epoch = 1,
	};
	struct hash a = sample_hash(7), b = sample_hash(8);
	bool swap = id_compare(&a, &b) > 0;

	e.parents[0] = swap ? b : a;
	e.parents[1] = swap ? a : b;
	e.sealed_name_len = (uint16_t)name_seal(
		&key, &e.file, &e.parent, BYTES("hello.txt"), e.sealed_name);
	return e;
}

/* Field by field, because padding may differ. */
static inline bool sample_same_entry(const struct entry *a, const struct entry *b)
{
	return id_equal(&a->folder, &b->folder) && id_equal(&a->zone, &b->zone) &&
	       id_equal(&a->file, &b->file) && id_equal(&a->parent, &b->parent) &&
	       a->kind == b->kind && a->flags == b->flags && a->mode == b->mode &&
	       a->mtime_s == b->mtime_s && a->mtime_ns == b->mtime_ns &&
	       a->size == b->size && a->content_depth == b->content_depth &&
	       id_equal(&a->content, &b->content) && id_equal(&a->author, &b->author) &&
	       a->incarnation == b->incarnation && a->sequence == b->sequence &&
	       id_equal(&a->previous, &b->previous) && a->clock == b->clock &&
	       id_equal(&a->capability, &b->capability) &&
	       a->parent_count == b->parent_count &&
	       memcmp(a->parents, b->parents, sizeof(a->parents)) == 0 &&
	       a->key_epoch == b->key_epoch && a->sealed_name_len == b->sealed_name_len &&
	       memcmp(a->sealed_name, b->sealed_name, sizeof(a->sealed_name)) == 0;
}

static inline bool sample_same_certificate(
	const struct certificate *a, const struct certificate *b)
{
	return a->kind == b->kind && id_equal(&a->folder, &b->folder) &&
	       id_equal(&a->zone, &b->zone) && id_equal(&a->issuer, &b->issuer) &&
	       id_equal(&a->subject, &b->subject) && a->rights == b->rights &&
	       a->depth == b->depth && a->not_before_s == b->not_before_s &&
	       a->not_after_s == b->not_after_s && a->quota_bytes == b->quota_bytes &&
	       a->uses == b->uses && id_equal(&a->parent, &b->parent) &&
	       a->name_len == b->name_len && strcmp(a->name, b->name) == 0 &&
	       id_equal(&a->signature, &b->signature);
}

/* A commit of count entries of one author; *blob is the caller's to free. */
static inline struct bytes sample_commit(const struct keypair *author, size_t count)
{
	uint8_t *encoded = mem_array(count, ENTRY_SIZE_MAX);
	struct bytes entries[COMMIT_ENTRIES_MAX];
	struct entry e = sample_entry(&author->id);
	struct commit c = { .count = (uint16_t)count };
	struct writer w;
	uint8_t *blob;

	e.sequence = 1;
	e.previous = (struct hash){ { 0 } };
	for (size_t i = 0; i < count; i++) {
		w = writer_of(encoded + i * ENTRY_SIZE_MAX, ENTRY_SIZE_MAX);
		e.file.b[0] = (uint8_t)i;
		entry_write(&w, &e);
		entries[i] = writer_bytes(&w);
		e.previous = entry_version(entries[i]);
		e.sequence++;
		e.clock++;
	}
	blob = mem_new(commit_size(entries, count));
	w = writer_of(blob, commit_size(entries, count));
	commit_write(&w, &c, entries, author);
	check(!w.overflow && w.len == commit_size(entries, count));
	mem_free(encoded);
	return writer_bytes(&w);
}

static inline struct bytes sample_genesis(const struct keypair *owner, uint8_t *out)
{
	struct zone_key key = sample_zone_key();
	struct short_id none = { { 0 } };
	uint8_t name[ENTRY_SEALED_NAME_MAX];
	struct genesis g = {
		.owner = owner->id,
		.nonce = sample_short_id(20),
		.created_s = SAMPLE_NOW_S,
	};
	struct writer w = writer_of(out, GENESIS_SIZE_MAX);

	g.sealed_name =
		bytes_of(name, name_seal(&key, &g.nonce, &none, BYTES("photos"), name));
	genesis_write(&w, &g, owner);
	return writer_bytes(&w);
}

/* Certificates from the owner down, kept from the last made to the first, as chains
 * are. */
struct sample_chain {
	struct hash folder;
	struct keypair
		keys[CHAIN_MAX + 2]; /* 0: the owner; n: subject of certificate n */
	struct certificate made[CHAIN_MAX + 2];
	uint8_t bytes[CHAIN_MAX + 2][CERTIFICATE_SIZE_MAX];
	struct bytes chain[CHAIN_MAX + 2];
	size_t count;
};

static inline void sample_chain_begin(struct sample_chain *s, const struct hash *folder)
{
	memset(s, 0, sizeof(*s));
	s->folder = *folder;
	for (size_t i = 0; i < array_len(s->keys); i++)
		s->keys[i] = sample_keys((uint8_t)(100 + i));
}

/* What the next certificate would be without surprises. */
static inline struct certificate sample_next(
	const struct sample_chain *s, enum certificate_kind kind)
{
	const struct certificate *above = s->count > 0 ? &s->made[s->count] : NULL;
	struct certificate c = {
		.kind = kind,
		.folder = s->folder,
		.issuer = s->keys[s->count].id,
		.subject = s->keys[s->count + 1].id,
		.rights = RIGHTS_ADMIN,
		.depth = CHAIN_DEPTH - 1,
		.not_before_s = SAMPLE_NOW_S,
		.not_after_s = SAMPLE_NOW_S + 30 * SAMPLE_DAY_S,
	};

	if (above == NULL)
		return c;
	c.rights = above->rights;
	c.quota_bytes = above->quota_bytes;
	c.zone = above->zone;
	c.depth = above->depth;
	if (above->kind == CERTIFICATE_MEMBER && c.depth > 0)
		c.depth--;
	c.parent = certificate_id(s->chain[0]);
	return c;
}

static inline void sample_add(struct sample_chain *s, struct certificate c)
{
	size_t n = s->count + 1;
	struct writer w = writer_of(s->bytes[n], CERTIFICATE_SIZE_MAX);

	certificate_write(&w, &c, &s->keys[s->count]);
	s->made[n] = c;
	memmove(&s->chain[1], &s->chain[0], s->count * sizeof(s->chain[0]));
	s->chain[0] = writer_bytes(&w);
	s->count = n;
}

static inline bool sample_holds(const struct sample_chain *s)
{
	return chain_verify(&s->folder, &s->keys[0].id, s->chain, s->count);
}
