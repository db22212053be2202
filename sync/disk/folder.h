/* SPDX-License-Identifier: ISC */
/*
 * One folder while one job works on it: its tree, its number in the index, its key,
 * and the way from a directory's id to its descriptor.
 */
#pragma once

#include "sync/disk/disk.h"
#include "sync/disk/packs.h"
#include "sync/disk/rows.h"
#include "sync/disk/tree.h"

struct disk {
	struct index index;
	struct packs packs;
	const struct log *log;
	struct rng rng;
	char *state;
	unsigned puts;  /* in the open transaction */
	bool said_weak; /* that a file system cannot swap names */
};

enum { DIRECTORIES_KEPT = 16, DIRECTORY_DEPTH_MAX = 4096 };

struct folder {
	struct disk *disk;
	struct hash id;
	const struct zone_key *key; /* borrowed from the job */
	int64_t number;
	struct tree tree;
	/* private */
	struct {
		struct short_id id;
		int fd; /* -1: free */
	} kept[DIRECTORIES_KEPT];
	unsigned next;
};

/* Nothing is open: folder_close is fine from here on. */
void folder_init(struct folder *f, struct disk *d);
/* Finds or makes the folder's number and opens its tree. */
must_use int folder_open(struct folder *f, struct disk *d, const struct job *j);
/* The same for reading only, of a folder that the index knows by number; -ENOENT. */
must_use int folder_open_number(
	struct folder *f, struct disk *d, int64_t number, const struct zone_key *key);
void folder_close(struct folder *f);

/* Checks or makes the marker: -ENOTCONN it is gone though files are known, -EEXIST the
 * directory is another folder's; then settles what a crash has left behind. Inside a
 * transaction of the index, which it may leave changed. */
must_use int folder_ready(struct folder *f);

/* The descriptor of a directory, borrowed until the next call of this file. -ENOENT. */
must_use int folder_directory(struct folder *f, const struct short_id *id);
/* The same; the caller closes it, and it stays open whatever happens to what is kept. */
must_use int folder_own_directory(struct folder *f, const struct short_id *id);
/* Directories have moved: forgets what was kept. */
void folder_shuffled(struct folder *f);
/* How an item looks now, at the place that its row names. */
must_use int folder_stamp(struct folder *f, const struct row *r, struct stamp *out);

/* After a failure inside a transaction: index and packs as they were before it. */
void disk_rollback(struct disk *d);
/* Wins back room, after a commit. It counts for the next job, and a failure loses nothing. */
void disk_reclaim(struct disk *d);
