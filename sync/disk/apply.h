/* SPDX-License-Identifier: ISC */
/*
 * Versions into the tree: everything new is written beside and flushed (apply_prepare.c),
 * what is about to happen stands in the index, then names change hands one by one
 * (apply_publish.c), directories are flushed, and the index learns the result (apply.c).
 */
#pragma once

#include "sync/disk/folder.h"

void run_apply(struct disk *d, struct job *j);

/* ---- between the three files ---- */

enum { TOUCHED_MAX = 16 };

struct step {
	struct apply_item *item;
	char name[NAME_ROOM];
	struct row old; /* what the index has of the file */
	bool known;     /* old is there */
	struct row want;
	bool fresh; /* the temporary holds the new content */
	bool done;  /* item->result stands */
};

struct apply {
	struct folder f;
	struct job *j;
	struct step *steps;
	size_t count, files;                  /* files: content to be written */
	struct short_id touched[TOUCHED_MAX]; /* directories to be flushed */
	size_t touched_count;                 /* beyond the limit: everything */
};

/* Checks the item against the index and writes its content beside. Sets item->result, and
 * done when nothing is left to do. Negative: the index failed. */
must_use int step_prepare(struct apply *a, struct step *s);
/* What was written beside is on the disk; steps whose bytes may be lost fail. */
void steps_flush(struct apply *a);
void step_discard(struct apply *a, struct step *s);

/* Puts one step into the tree. -ENOENT no parent yet, -EEXIST a known file has the place,
 * -ENOTEMPTY: perhaps later in this job. */
must_use int step_publish(struct apply *a, struct step *s);
/* Both are known and each wants to move: swaps s with what has its place. */
must_use int step_swap(struct apply *a, struct step *s, struct step *other);
