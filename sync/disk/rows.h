/* SPDX-License-Identifier: ISC */
/*
 * Rows of the index: what a file looked like when it was last scanned or applied, and
 * where in it which objects lie.
 */
#pragma once

#include "sync/disk/index.h"
#include "sync/disk/tree.h"
#include "sync/store.h"

/* A row's state towards replication. What is pending was told by a scan and waits until a
 * version of it is adopted; it keeps its file id. */
enum row_change { ROW_SETTLED, ROW_CHANGED, ROW_MOVED, ROW_GONE };

struct row {
	struct short_id file;
	struct short_id parent;
	char name[NAME_ROOM];
	struct stamp seen;   /* ctime 0: to be read again */
	struct hash version; /* zero: never published */
	uint8_t depth;
	struct hash content;
	enum row_change change;
	bool again; /* changed once more since a scan told it first */
};

enum row_table { TABLE_TREE, TABLE_INTENT };

/* All return a negative errno when the index fails; found: 1, not there: 0. */
must_use int row_get(
	struct index *ix, int64_t folder, const struct short_id *file, struct row *out);
must_use int row_put(
	struct index *ix, int64_t folder, enum row_table table, const struct row *r);
/* With its places. */
must_use int row_remove(struct index *ix, int64_t folder, const struct short_id *file);
/* The row of the inode that `seen` shows. */
must_use int row_at_inode(
	struct index *ix, int64_t folder, const struct stamp *seen, struct row *out);

/* The row at a place, what is gone last. */
must_use int row_at_place(struct index *ix, int64_t folder, const struct short_id *parent,
	const char *name, struct row *out);

struct rows {
	struct row *row; /* owned */
	size_t count, room;
};
void rows_free(struct rows *all);
/* Rows of one directory, by name in the order of bytes. */
must_use int rows_below(struct index *ix, int64_t folder, const struct short_id *parent,
	struct rows *out);
must_use int rows_of_intents(struct index *ix, int64_t folder, struct rows *out);
/* The row that stands for `name` among rows of one directory, NULL if none: the
 * inode that is there now before any other, what is gone last. */
const struct row *rows_find(
	const struct rows *all, const char *name, const struct stamp *seen);

/* Places begin as fresh ones beside the old; then they replace them, or are dropped. */
must_use int place_add(struct index *ix, int64_t folder, const struct short_id *file,
	const struct hash *object, uint64_t offset, size_t len);
must_use int places_promote(
	struct index *ix, int64_t folder, const struct short_id *file);
must_use int places_discard(
	struct index *ix, int64_t folder, const struct short_id *file);

bool id_zero(const struct hash *h);
