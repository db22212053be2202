/* SPDX-License-Identifier: ISC */
/*
 * A store of replication in memory: for each node its records, objects, index rows and the
 * trees of its "disk". It does whole jobs at once; what it has done is durable. A machine
 * that is started again on the same store finds what was done, as after a crash.
 */
#pragma once

#include "node/base/rng.h"
#include "sync/store.h"

struct memory_node; /* a file, directory or symbolic link of a tree */

struct memory_store;

struct memory_store *memory_store_new(uint64_t seed);
void memory_store_free(struct memory_store *m);

/* Does the job in place. */
void memory_store_run(struct memory_store *m, struct job *j);

/* Jobs of these kinds (1 << kind) fail with -error until set again with 0. */
void memory_store_fail(struct memory_store *m, unsigned kinds, int error);

/* The same, but what fails has been done. */
void memory_store_fail_late(struct memory_store *m, unsigned kinds, int error);

/* Forgets every commit, as when an index was lost (told: the next LOAD says so) or a state
 * directory was put back from an old copy (not told). What stands in the trees stays. */
void memory_store_lose_commits(struct memory_store *m, bool told);

/* Forgets every object: the index goes on saying what stands. For damage tests. */
void memory_store_lose_objects(struct memory_store *m);

/* ---- the disk as a user sees it; paths begin with the folder's directory ---- */

/* Makes or replaces a file; missing directories are made. mtime_s tells versions apart. */
void memory_write(struct memory_store *m, const char *path, struct bytes data,
	uint16_t mode, int64_t mtime_s);
void memory_mkdir(struct memory_store *m, const char *path);
void memory_symlink(struct memory_store *m, const char *path, const char *target);
/* A file, or a directory with all in it. False: not there. */
bool memory_remove(struct memory_store *m, const char *path);
/* False: from is not there, `to` is taken, or lies inside from. */
bool memory_rename(struct memory_store *m, const char *from, const char *to);
/* False: no regular file. data is borrowed until the next change. */
bool memory_read(const struct memory_store *m, const char *path, struct bytes *data);
bool memory_exists(const struct memory_store *m, const char *path);
/* Hash over all below path: names, kinds, modes, mtimes, bytes; the order of creation does
 * not matter. count: files and directories. */
struct hash memory_digest(const struct memory_store *m, const char *path, size_t *count);
/* The i-th path below `path`, for choosing one at random; false past the end. */
bool memory_path_at(const struct memory_store *m, const char *path, size_t i, char *out,
	size_t room, bool *directory);
/* All below a path, one after the other, directories before what is in them; the store must
 * not change meanwhile. */
struct memory_item {
	const char *name;
	enum entry_kind kind;
	uint16_t mode;
	int64_t mtime_s;
	struct bytes data; /* of a file; the target of a symbolic link */
	unsigned depth;    /* 1: lies in the path itself */
};
struct memory_cursor {
	/* private */
	const struct memory_node *top, *at;
	unsigned depth;
};
void memory_begin(
	const struct memory_store *m, const char *path, struct memory_cursor *c);
bool memory_next(struct memory_cursor *c, struct memory_item *out);
/* The path of what memory_next gave last, as memory_write takes it. */
void memory_path(const struct memory_cursor *c, char *out, size_t room);
/* Grows with every change of a tree. */
uint64_t memory_changes(const struct memory_store *m);
void memory_chmod(struct memory_store *m, const char *path, uint16_t mode);
/* Bytes of objects held. */
uint64_t memory_object_bytes(const struct memory_store *m);

/* ---- for worlds ---- */

/* The machine on this store has ended at once: what only a scan had seen is forgotten. */
void memory_store_crash(struct memory_store *m);
