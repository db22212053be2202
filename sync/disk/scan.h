/* SPDX-License-Identifier: ISC */
/* Compares a tree with the index: the truth behind every hint. */
#pragma once

#include "sync/disk/folder.h"

void run_scan(struct disk *d, struct job *j);

/* ---- between scan.c and scan_item.c ---- */

/* A directory to be walked; all of them live until the scan ends. */
struct visit {
	struct visit *next; /* on the stack */
	struct visit *all;  /* in the list of all */
	struct visit *up;   /* NULL: the root */
	struct short_id id;
	char name[NAME_ROOM];
};

/* A row whose place was empty or taken by something else. */
struct missing {
	struct short_id file, parent;
	char name[NAME_ROOM];
};

struct scan {
	struct folder f;
	struct job *j;
	struct chunker chunker;
	struct visit *stack, *all;
	struct missing *missing;
	size_t missing_count, missing_room;
	struct short_id *held; /* moved, but not readable: not gone */
	size_t held_count, held_room;
	size_t item_room, error_room;
	uint64_t read_bytes; /* since the last commit */
	unsigned written;
	bool full;
};

/* One name of a directory that was opened as dir. rows: what the index knows below it;
 * used[i] is set for the row that stands for the name. Negative: the index failed. */
must_use int scan_item_see(struct scan *s, const struct visit *v, int dir,
	const char *name, const struct rows *rows, bool *used);
/* Adds what a row tells to the job. */
void scan_report(struct scan *s, const struct row *r);
/* name NULL: the directory itself. reason may be NULL. */
void scan_error(struct scan *s, const struct visit *v, const char *name, int error,
	const char *reason);
