/* SPDX-License-Identifier: ISC */
/*
 * Objects that are in no file of the user's: append-only files
 * STATE/objects/NUMBER.pack of records = "QOB1" id:32 length:32 bytes. An object's id
 * is the hash of its bytes, so each read is checked; what fails the check is
 * forgotten, never served.
 */
#pragma once

#include "sync/disk/index.h"
#include "sync/store.h"

struct packs {
	int dir; /* STATE/objects; all fields are private */
	int fd;  /* the pack that grows, -1 until the first put */
	int read_fd;
	int64_t number, read_number;
	uint64_t size;
	bool unsynced;
};

/* Opens the directory and takes in what the index has not seen of it: all, after it was
 * begun anew. */
must_use int packs_open(struct packs *p, struct index *ix, const char *state_dir);
void packs_close(struct packs *p);
/* Inside a transaction of the index. -ENOSPC below the floor: 5 % of the file system, at
 * most 256 MB, at least 16 MB (a quarter of a tiny one). */
must_use int packs_put(struct packs *p, struct index *ix, const struct hash *folder,
	const struct hash *id, struct bytes sealed);
/* out has OBJECT_SIZE_MAX bytes. -ENOENT: not here, or damaged and forgotten. */
must_use int packs_get(struct packs *p, struct index *ix, const struct hash *id,
	uint8_t *out, size_t *len);
/* What was put is on the disk. */
must_use int packs_sync(struct packs *p);
/* Copies over what is alive in packs that hold little of it, and removes these. */
must_use int packs_reclaim(struct packs *p, struct index *ix);
/* The bytes are what the id says. */
bool object_verify(const struct hash *id, struct bytes sealed);
/* Bytes that must stay free on a file system of this size. */
uint64_t disk_floor(uint64_t total_bytes);
