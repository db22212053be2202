/* SPDX-License-Identifier: ISC */
/*
 * Content: chunks cut where the bytes say so (FastCDC, Xia et al. 2016, gear hash keyed by
 * folder), compressed when that pays, sealed deterministically under the zone key, named by
 * the hash of the sealed bytes. Larger files have a manifest: a tree of references, cut by
 * content as well, so that only changed branches travel. Holes stay holes.
 */
#pragma once

#include "node/base/ids.h"
#include "node/wire/reader.h"
#include "node/wire/writer.h"
#include "sync/rights.h"

enum {
	CHUNK_PLAIN_MAX = 80 * 1024,
	CHUNK_PLAIN_MIN = 4 * 1024,
	CHUNK_SEALED_MAX = CHUNK_PLAIN_MAX + 24 + 5 + 16,
	MANIFEST_REFS_MAX = 1024,
	MANIFEST_REF_SIZE = 1 + 8 + 32,
	OBJECT_SIZE_MAX = CHUNK_SEALED_MAX, /* of chunks and manifests */
	CONTENT_DEPTH_MAX = 4,
};

/* sealed = nonce:24 seal(coding:8 plain_length:32 body) tag:16; coding 0 as is, 1 zstd.
 * The nonce is the keyed hash of what is sealed, so equal plain text under one key gives
 * equal bytes. plain has 1 to CHUNK_PLAIN_MAX bytes, out has CHUNK_SEALED_MAX; returns the
 * sealed length. Safe to call from several threads at once. */
size_t chunk_seal(
	const struct zone_key *key, struct bytes plain, uint8_t *out, struct hash *id);
/* out has CHUNK_PLAIN_MAX bytes. False: forged, or not canonical. */
must_use bool chunk_open(
	const struct zone_key *key, struct bytes sealed, uint8_t *out, size_t *len);
struct hash chunk_id(struct bytes sealed);

/* Names are sealed the same way: deterministic, nonce:24 text tag:16. */
size_t name_seal(const struct zone_key *key, const struct short_id *file,
	const struct short_id *parent, struct bytes name, uint8_t *out);
/* out has ENTRY_NAME_MAX bytes. False: forged, or not of this file in this directory. */
must_use bool name_open(const struct zone_key *key, const struct short_id *file,
	const struct short_id *parent, struct bytes sealed, uint8_t *out, size_t *len);
/* A name that may become a file: 1..255 bytes of UTF-8, no '/', no NUL, not "." or "..",
 * not ".qanat" nor what a file system may take for it. */
must_use bool name_allowed(struct bytes name);

struct ref {
	bool hole;
	uint64_t len;   /* plain bytes it stands for */
	struct hash id; /* of a chunk or a manifest; zero for a hole */
};

/* manifest = format:8 depth:8 count:16 count*{ flags:8 length:64 id:32*8 }, not sealed, so
 * that a keeper can walk it; named by its tagged hash. */
struct manifest {
	uint8_t depth; /* 2: refs are chunks; n: refs are manifests of depth n-1 */
	uint16_t count;
	struct ref refs[MANIFEST_REFS_MAX];
};
must_use bool manifest_parse(struct manifest *m, struct bytes body);
void manifest_write(struct writer *w, const struct manifest *m);
struct hash manifest_id(struct bytes body);
/* Plain bytes that a parsed manifest stands for; what refers to it must say the same. */
uint64_t manifest_length(const struct manifest *m);

/* Length of the first chunk of data (at most CHUNK_PLAIN_MAX), where `last` says that no
 * data follows. 0: give more data. */
struct chunker {
	uint64_t gear[256]; /* private */
};
void chunker_init(struct chunker *c, const uint8_t key[32]);
size_t chunker_cut(const struct chunker *c, struct bytes data, bool last);

/* Turns a file, given in pieces, into objects. Each finished object is handed out by
 * ingest_take: chunks as they are cut (with their place in the file), manifests as they are
 * full and at the end. Every longest run of 16 KiB or more of zero bytes is a hole, whether
 * told or fed as data; a shorter hole is data. So equal content has an equal root. */
struct ingest;
struct ingest_object {
	struct hash id;
	bool is_manifest;
	uint64_t offset;     /* chunks: where in the file */
	size_t plain_len;    /* chunks */
	struct bytes sealed; /* valid until the next call */
};
struct ingest *ingest_new(const struct zone_key *key, const struct chunker *c);
void ingest_free(struct ingest *g);
/* Data in file order; afterwards call ingest_take until it says false. */
void ingest_data(struct ingest *g, struct bytes data);
void ingest_hole(struct ingest *g, uint64_t len);
/* No more data: manifests follow from ingest_take. */
void ingest_end(struct ingest *g);
must_use bool ingest_take(struct ingest *g, struct ingest_object *out);
/* After ingest_end and the last ingest_take: the file's root. Depth 0 with a size above 0:
 * the file is too large for CONTENT_DEPTH_MAX (about 1 TiB of data). */
void ingest_root(
	const struct ingest *g, uint8_t *depth, struct hash *root, uint64_t *size);
