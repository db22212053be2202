/* SPDX-License-Identifier: ISC */
/*
 * The SQLite database, its statements, and its errors as negative errno values. Beside it
 * lies vault.sqlite with the records that no other member could bring back (settings,
 * secrets, certificates), from which a damaged index is begun anew, and the reverse.
 */
#pragma once

#include <sqlite3.h>

#include "node/base/ids.h"
#include "node/base/log.h"
#include "node/base/check.h"
#include "sync/disk/sql.h"

struct index {
	sqlite3 *db;
	const struct log *log; /* private, as the rest */
	sqlite3_stmt *statements[SQL_COUNT];
	/* No records were put into it since it was made: whatever happens before, the next start
	 * finds it so again, and takes the records of the vault, which tell of a loss. */
	bool is_new;
	bool rebuilt;
	bool damaged; /* found while it was used: checked whole at the next start */
	bool inside;  /* a transaction is open */
	int failed;   /* the first failure in it: it can only be rolled back */
};

/* state_dir exists. -EBUSY, -ENOTSUP, or another negative errno. */
must_use int index_open(struct index *ix, const char *state_dir, const struct log *log);
void index_close(struct index *ix);

/* The statement, reset and bound. types: i int64_t, h struct hash *, s struct
 * short_id *, b const void * and size_t, t const char *. What is bound is borrowed
 * until the reset. */
sqlite3_stmt *index_bind(struct index *ix, enum sql_id id, const char *types, ...);
/* 1 a row, 0 no more, else a negative errno (and the statement is reset). */
must_use int index_step(struct index *ix, sqlite3_stmt *st);
/* Binds, runs to the end, resets; a first row is 1. */
must_use int index_run(struct index *ix, enum sql_id id, const char *types, ...);

/* Transactions do not nest; begin inside one does nothing. */
must_use int index_begin(struct index *ix);
/* 0, or what kept it from being durable; then nothing of it is. */
must_use int index_commit(struct index *ix);
void index_rollback(struct index *ix);

struct hash column_hash(sqlite3_stmt *st, int column);
struct short_id column_short_id(sqlite3_stmt *st, int column);
struct bytes column_bytes(sqlite3_stmt *st, int column);
