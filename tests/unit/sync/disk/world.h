/* SPDX-License-Identifier: ISC */
/* A disk with one folder in a directory under /tmp, and short ways to give it jobs. */
#pragma once

#include "sync/disk/disk.h"
#include "tests/test.h"

struct world {
	char base[64], state[80], dir[80]; /* dir: the folder */
	struct disk *disk;
	struct hash folder;
	struct zone_key key;
	uint64_t versions; /* given out */
	char last_log[512];
	struct log log;
};

/* All worlds share one folder and one key. Removed by world_fini or at the program's
 * end. */
void world_init(struct world *w);
/* base exists already and is not removed with the world. */
void world_init_at(struct world *w, const char *base);
void world_fini(struct world *w);
/* As after the end of the program. */
void world_reopen(struct world *w);

/* path is inside the folder. */
void write_file(const struct world *w, const char *path, const void *data, size_t len);
void write_text(const struct world *w, const char *path, const char *text);
void make_directory(const struct world *w, const char *path);
void make_link(const struct world *w, const char *path, const char *target);
void rename_path(const struct world *w, const char *from, const char *to);
void remove_path(const struct world *w, const char *path);
char *full_path(const struct world *w, const char *path); /* static, four at a time */
bool has_text(const struct world *w, const char *path, const char *text);
bool exists(const struct world *w, const char *path);

struct job *new_job(const struct world *w, enum job_kind kind);
struct job *scan(struct world *w);
/* Each item gets a version, which the disk adopts. */
void adopt_items(struct world *w, const struct job *scanned);
/* scan, adopt, until nothing is new; the number of items. */
size_t settle(struct world *w);
const struct scan_item *find_item(const struct job *j, const char *name);
struct hash version_of(uint64_t n);

/* Objects of a content, from one disk to another; false: one is missing. */
bool copy_objects(
	struct world *from, struct world *to, uint8_t depth, const struct hash *id);
struct apply_item apply_of(const struct scan_item *i, const struct hash *version);
int apply_one(struct world *w, const struct apply_item *item);
/* All differences of `from` into `to`, which had the same versions before. The number of
 * items; every result must be 0. */
size_t replicate(struct world *from, struct world *to);
/* Kind, mode, time to the nanosecond, content; ends the case where they differ. */
void expect_same_trees(const struct world *a, const struct world *b);
