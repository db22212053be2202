/* SPDX-License-Identifier: ISC */
/*
 * Names and what they lead to. There are two states: what programs see, and what lies on
 * the disk; both change only by operations, the second later, from the journal.
 */
#pragma once

#include <limits.h>
#include <sys/stat.h>

#include "node/base/siphash.h"
#include "sim/disk/pages.h"

enum { ROOT_INO = 2 };

struct name {
	char *name; /* owned */
	uint64_t ino;
	UT_hash_handle hh;
};

struct inode {
	uint64_t ino;
	mode_t mode; /* with the kind */
	unsigned links;
	uint64_t size;
	struct timespec mtime, ctime, btime;
	char *target;             /* owned; of a symbolic link */
	struct pages *content;    /* held; of a regular file */
	struct name *entries;     /* owned; of a directory, in the order of creation */
	uint64_t up;              /* of a directory: the one it is in */
	unsigned opens, writers;  /* descriptors; what is open is kept without a name */
	uint64_t last, last_size; /* the operations that changed it last */
	UT_hash_handle hh;
};

struct state {
	struct inode *all; /* owned, by number */
};

enum operation_kind {
	OPERATION_CREATE,   /* name in dir for a new inode */
	OPERATION_LINK,     /* name in dir for ino */
	OPERATION_UNLINK,   /* name in dir, a directory as well */
	OPERATION_RENAME,   /* name in dir to to_name in to_dir, replacing */
	OPERATION_EXCHANGE, /* these two */
	OPERATION_SIZE,     /* size and mtime of ino */
	OPERATION_CUT,   /* the same, with bytes lost: never joined with what follows */
	OPERATION_LOOKS, /* mode and mtime of ino */
};

struct operation {
	enum operation_kind kind;
	uint64_t number; /* in the order in which they were done, from 1 */
	uint64_t dir, to_dir, ino, size;
	uint64_t other;                /* what loses its name, or changes it as well; 0 */
	char *name, *to_name, *target; /* owned by the journal */
	mode_t mode;
	struct timespec mtime, now;
	struct pages *content; /* CREATE: held by the journal */
	bool due;              /* while a flush chooses */
	struct operation *next, *prev;
};

void state_init(struct state *s);
void state_fini(struct state *s);
/* The same inodes with the same contents (clone: with copies of them); s is empty. */
void state_copy(struct state *s, const struct state *from, bool clone);
struct inode *state_inode(const struct state *s, uint64_t ino);
/* NULL: no such name. */
struct inode *state_child(
	const struct state *s, const struct inode *dir, const char *name);
void state_apply(struct state *s, const struct operation *o);
/* Lets go of an inode without a name that nobody has open. */
void state_drop(struct state *s, struct inode *i);
