/* SPDX-License-Identifier: ISC */
/* What memory_disk.c and memory_store.c share: the nodes of the disk, the rows of the index. */
#pragma once

#include <utlist.h>

#include "node/base/mem.h"
#include "node/base/siphash.h"
#include "sync/memory/store.h"

struct memory_node {
	struct memory_node *parent; /* NULL: the root of the disk */
	char name[ENTRY_NAME_MAX + 1];
	enum entry_kind kind;
	uint16_t mode;
	int64_t mtime_s;
	uint8_t *data;
	size_t len;
	uint64_t number, generation;
	struct row *row; /* that says it stood, or NULL */
	struct memory_node *children, *prev, *next;
};

struct row {
	struct hash folder;
	struct short_id file, parent;
	struct hash version;
	uint64_t node, generation; /* of the node */
	struct memory_node *at;    /* NULL: gone */
	char name[ENTRY_NAME_MAX + 1];
	struct memory_node *in; /* directory in which it stood */
	enum entry_kind kind;
	uint8_t depth;
	struct hash content;
	bool pending; /* seen by a scan, not adopted yet; `base` is what was there before */
	UT_hash_handle hh;
};

struct kept_record {
	struct record r;
	struct kept_record *prev, *next;
};

struct kept_key {
	struct hash folder, id;
};

struct kept_object {
	struct kept_key key;
	uint8_t *data;
	size_t len;
	UT_hash_handle hh;
};

struct memory_store {
	struct rng_seeded luck;
	struct rng rng;
	struct memory_node root;
	uint64_t numbers;
	uint64_t changes;
	struct row *rows;    /* by (folder, file) */
	struct row *pending; /* likewise */
	struct kept_record *records;
	struct kept_object *objects;
	uint64_t object_bytes;
	unsigned fail_kinds;
	int fail_error;
	unsigned fail_late_kinds;
	bool rebuilt; /* the next LOAD tells that commits were lost */
};

/* The child of a directory by name; NULL: none. */
struct memory_node *memory_child(
	const struct memory_node *d, const char *name, size_t len);
struct memory_node *memory_child_add(struct memory_store *m, struct memory_node *d,
	const char *name, size_t len, enum entry_kind kind);
/* The node at path; make: missing directories are made. NULL: not there. */
struct memory_node *memory_walk(struct memory_store *m, const char *path, bool make);
/* With all below it. */
void memory_node_free(struct memory_store *m, struct memory_node *n);
void memory_place(
	struct memory_node *n, struct memory_node *d, const char *name, size_t len);

/* kept.c */
void memory_record_keep(struct memory_store *m, const struct record *r);
void memory_record_free(struct memory_store *m, struct kept_record *k);
/* Does a LOAD. */
void memory_load(struct memory_store *m, struct job *j);
struct kept_object *memory_object_find(
	const struct memory_store *m, const struct hash *folder, const struct hash *id);
/* Copies data; what is there already stays. */
void memory_object_keep(struct memory_store *m, const struct hash *folder,
	const struct hash *id, struct bytes data);
