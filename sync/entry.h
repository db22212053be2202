/* SPDX-License-Identifier: ISC */
/*
 * What is signed about files. An entry is one version of one file, directory or symbolic
 * link; a commit is one signature over the Merkle root of up to 256 entries of one author,
 * so that each entry can be checked alone. One encoding only: what parses writes back the
 * same bytes. All integers big-endian; PROTOCOL.md has the bytes.
 */
#pragma once

#include "node/base/ids.h"
#include "node/crypto/hash.h"
#include "node/crypto/keys.h"
#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	ENTRY_FORMAT = 1,
	ENTRY_NAME_MAX = 255,                  /* bytes of a name */
	ENTRY_SEALED_NAME_MAX = 255 + 24 + 16, /* nonce, name, tag */
	ENTRY_PARENTS_MAX = 4,
	ENTRY_SIZE_MAX = 1024, /* bytes of one encoded entry */
	COMMIT_ENTRIES_MAX = 256,
	COMMIT_HEAD_SIZE = 1 + 32 + 32 + 8 + 8 + 2 + 32 + 8 + 64,
};

enum entry_kind { ENTRY_FILE = 1, ENTRY_DIRECTORY = 2, ENTRY_SYMLINK = 3 };

enum { ENTRY_DELETED = 1 }; /* flags */

/* The root of a folder, as a parent directory. */
#define ROOT_DIRECTORY ((struct short_id){ { 0 } })

struct entry {
	struct hash folder;
	struct short_id zone;   /* zero: the folder itself */
	struct short_id file;   /* random, for life, also across moves */
	struct short_id parent; /* file id of the directory it lies in */
	enum entry_kind kind;
	uint8_t flags;
	uint16_t mode; /* permission bits, 07777 */
	int64_t mtime_s;
	uint32_t mtime_ns;
	uint64_t size;         /* bytes; 0 for directories */
	uint8_t content_depth; /* 0: nothing; 1: content is a chunk; n: a manifest over n-1 */
	struct hash content; /* zero at depth 0 */
	struct node_id author;
	uint64_t incarnation; /* one for each state directory, random */
	uint64_t sequence;    /* of (author, incarnation), from 1, without holes */
	struct hash
		previous; /* version of the author's entry before; zero for the first */
	uint64_t clock;   /* hybrid: ms since 1970 << 16 | counter; order, never trust */
	struct hash capability; /* of the author's certificate; zero: the owner */
	uint8_t parent_count;   /* versions of this file that this one replaces */
	struct hash parents[ENTRY_PARENTS_MAX]; /* strictly ascending */
	uint32_t key_epoch; /* of the zone key that seals the name and the content */
	uint16_t sealed_name_len;
	uint8_t sealed_name[ENTRY_SEALED_NAME_MAX];
};

/* False: not one canonical entry, or anything left over. */
must_use bool entry_parse(struct entry *e, struct bytes body);
void entry_write(struct writer *w, const struct entry *e);
/* The version: tagged hash of the encoded entry. */
struct hash entry_version(struct bytes encoded);

struct commit {
	struct hash folder;
	struct node_id author;
	uint64_t incarnation;
	uint64_t first_sequence;
	uint16_t count;
	struct hash root; /* merkle_root over the versions of its entries */
	uint64_t clock;   /* of the last entry */
	struct signature signature;
};

/* commit blob = head count*{ length:16 entry }. Parsing checks form, that head and entries
 * agree (folder, author, incarnation, sequences without holes, previous hashes inside the
 * commit) and the Merkle root, but not the signature. entries are borrowed from blob. */
struct commit_entries {
	struct bytes encoded[COMMIT_ENTRIES_MAX];
	struct hash version[COMMIT_ENTRIES_MAX];
};
must_use bool commit_parse(
	struct commit *c, struct commit_entries *entries, struct bytes blob);
/* Makes head and signature over `encoded[count]` and appends the whole blob. */
void commit_write(struct writer *w, struct commit *c, const struct bytes *encoded,
	const struct keypair *author);
must_use bool commit_verify(const struct commit *c);
/* Upper bound of the blob's size for entries of these lengths. */
size_t commit_size(const struct bytes *encoded, size_t count);
