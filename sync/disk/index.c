/* SPDX-License-Identifier: ISC */
/*
 * Opening, and everything about SQLite that the rest of the room need not know. After
 * an unclean end the whole database is checked before it is believed. No error of
 * SQLite ends the program.
 */
#include "sync/disk/index.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x716e7431, CORRUPT_KEPT = 1000 };

#define INDEX "index.sqlite"
#define VAULT "vault.sqlite"

static int error_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_CANTOPEN:
		return -ENOENT;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	}
	return -EIO;
}

/* ---- statements ---- */

static void bind_all(sqlite3_stmt *st, const char *types, va_list list)
{
	for (int i = 1; types[i - 1] != '\0'; i++) {
		const void *p;

		switch (types[i - 1]) {
		case 'i':
			sqlite3_bind_int64(st, i, va_arg(list, int64_t));
			break;
		case 'h':
			p = va_arg(list, const struct hash *);
			sqlite3_bind_blob(st, i, p, sizeof(struct hash), SQLITE_STATIC);
			break;
		case 's':
			p = va_arg(list, const struct short_id *);
			sqlite3_bind_blob(
				st, i, p, sizeof(struct short_id), SQLITE_STATIC);
			break;
		case 'b':
			p = va_arg(list, const void *);
			sqlite3_bind_blob64(st, i, p != NULL ? p : "",
				va_arg(list, size_t), SQLITE_STATIC);
			break;
		case 't':
			p = va_arg(list, const char *);
			sqlite3_bind_text(st, i, p, -1, SQLITE_STATIC);
			break;
		default:
			check(false);
		}
	}
}

sqlite3_stmt *index_bind(struct index *ix, enum sql_id id, const char *types, ...)
{
	sqlite3_stmt *st = ix->statements[id];
	va_list list;

	sqlite3_reset(st);
	va_start(list, types);
	bind_all(st, types, list);
	va_end(list);
	return st;
}

int index_step(struct index *ix, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	sqlite3_reset(st);
	if (rc == SQLITE_DONE)
		return 0;
	log_line(ix->log, LOG_WARN_, "index: ", sqlite3_errmsg(ix->db), NULL);
	ix->damaged |= error_of(rc) == -EUCLEAN;
	if (!ix->failed)
		ix->failed = error_of(rc);
	return error_of(rc);
}

int index_run(struct index *ix, enum sql_id id, const char *types, ...)
{
	sqlite3_stmt *st = ix->statements[id];
	va_list list;
	int result;

	sqlite3_reset(st);
	va_start(list, types);
	bind_all(st, types, list);
	va_end(list);
	result = index_step(ix, st);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return result;
}

int index_begin(struct index *ix)
{
	int err;

	if (ix->inside)
		return 0;
	err = index_run(ix, SQL_BEGIN, "");
	ix->failed = err;
	ix->inside = !err;
	return err;
}

void index_rollback(struct index *ix)
{
	/* SQLite may have rolled back by itself already. */
	if (ix->inside && !sqlite3_get_autocommit(ix->db) &&
		index_run(ix, SQL_ROLLBACK, "") < 0)
		log_line(ix->log, LOG_WARN_, "index: a transaction did not roll back",
			NULL);
	ix->inside = false;
}

int index_commit(struct index *ix)
{
	int err;

	if (!ix->inside)
		return 0;
	err = ix->failed;
	if (!err)
		err = sqlite3_get_autocommit(ix->db) ? -EIO
						     : index_run(ix, SQL_COMMIT, "");
	if (err)
		index_rollback(ix);
	ix->inside = false;
	return err;
}

struct bytes column_bytes(sqlite3_stmt *st, int column)
{
	const void *p = sqlite3_column_blob(st, column);

	return bytes_of(p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(st, column));
}

struct hash column_hash(sqlite3_stmt *st, int column)
{
	struct bytes b = column_bytes(st, column);
	struct hash h = { { 0 } };

	if (b.len == sizeof(h))
		memcpy(&h, b.data, sizeof(h));
	return h;
}

struct short_id column_short_id(sqlite3_stmt *st, int column)
{
	struct bytes b = column_bytes(st, column);
	struct short_id id = { { 0 } };

	if (b.len == sizeof(id))
		memcpy(&id, b.data, sizeof(id));
	return id;
}

/* ---- opening ---- */

static int run_script(struct index *ix, const char *script)
{
	int rc = sqlite3_exec(ix->db, script, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : error_of(rc);
}

/* A one-line, one-column answer; text is cut to room. */
static int ask(struct index *ix, const char *question, char *text, size_t room)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(ix->db, question, -1, &st, NULL);

	text[0] = '\0';
	if (rc != SQLITE_OK)
		return error_of(rc);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		snprintf(text, room, "%s", (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : error_of(rc);
}

static int prepare_all(struct index *ix)
{
	for (unsigned i = 0; i < SQL_COUNT; i++) {
		int rc;

		if (sql_text[i] == NULL)
			continue;
		rc = sqlite3_prepare_v3(ix->db, sql_text[i], -1,
			SQLITE_PREPARE_PERSISTENT, &ix->statements[i], NULL);
		if (rc != SQLITE_OK) {
			log_line(ix->log, LOG_ERROR_, "index: ", sqlite3_errmsg(ix->db),
				NULL);
			return error_of(rc);
		}
	}
	return 0;
}

static int harden(struct index *ix)
{
	sqlite3_db_config(ix->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(ix->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_busy_timeout(ix->db, 1000);
	return run_script(ix,
		"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON;"
		"PRAGMA cache_size = -16384; PRAGMA mmap_size = 0;"
		"PRAGMA temp_store = MEMORY;");
}

static int make_schema(struct index *ix)
{
	char script[128];
	int err = run_script(ix, "BEGIN IMMEDIATE");

	if (!err)
		err = run_script(ix, sql_schema);
	snprintf(script, sizeof(script),
		"PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION_ID,
		INDEX_FORMAT);
	if (!err)
		err = run_script(ix, script);
	if (!err)
		err = run_script(ix, "INSERT INTO meta VALUES ('new', 1)");
	return err ? err : run_script(ix, "COMMIT");
}

static int is_sound(struct index *ix)
{
	char text[64];
	int err = ask(
		ix, "SELECT value FROM meta WHERE name = 'clean'", text, sizeof(text));

	if (err || strcmp(text, "1") == 0)
		return err;
	err = ask(ix, "PRAGMA main.quick_check(1)", text, sizeof(text));
	return err ? err : (strcmp(text, "ok") == 0 ? 0 : -EUCLEAN);
}

/* 0 good; 1 new: nothing has been put into it yet, or an empty one was made; -EUCLEAN
 * damaged; -ENOTSUP newer than we are. */
static int inspect(struct index *ix)
{
	char text[64];
	int err = ask(ix, "PRAGMA user_version", text, sizeof(text));
	long format = strtol(text, NULL, 10);

	if (err)
		return err;
	if (format > INDEX_FORMAT)
		return -ENOTSUP;
	if (format == 0) {
		err = ask(ix, "SELECT count(*) FROM sqlite_schema", text, sizeof(text));
		if (err || strcmp(text, "0") != 0)
			return err ? err : -EUCLEAN;
		err = make_schema(ix);
		return err ? err : 1;
	}
	err = is_sound(ix);
	if (!err)
		err = ask(ix, "SELECT value FROM meta WHERE name = 'new'", text,
			sizeof(text));
	return err ? err : strcmp(text, "1") == 0;
}

static int open_database(struct index *ix, const char *path)
{
	int rc = sqlite3_open_v2(path, &ix->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
			SQLITE_OPEN_NOFOLLOW,
		NULL);
	int err = rc == SQLITE_OK ? harden(ix) : error_of(rc);

	if (!err)
		err = inspect(ix);
	if (err >= 0)
		return err;
	sqlite3_close(ix->db);
	ix->db = NULL;
	return err;
}

/* path becomes path.corrupt-N, with its log. */
static int move_aside(struct index *ix, const char *path)
{
	static const char *const ends[] = { "", "-wal" };
	char from[4096], to[4096];

	for (unsigned n = 1; n < CORRUPT_KEPT; n++) {
		snprintf(to, sizeof(to), "%s.corrupt-%u", path, n);
		if (access(to, F_OK) == 0)
			continue;
		for (size_t i = 0; i < array_len(ends); i++) {
			snprintf(from, sizeof(from), "%s%s", path, ends[i]);
			snprintf(to, sizeof(to), "%s.corrupt-%u%s", path, n, ends[i]);
			if (rename(from, to) < 0 && errno != ENOENT)
				return -errno;
		}
		log_line(ix->log, LOG_WARN_, path,
			": damaged, moved aside and begun anew", NULL);
		return 0;
	}
	return -EEXIST;
}

static int attach(struct index *ix, const char *path)
{
	char *script =
		sqlite3_mprintf("ATTACH %Q AS vault; PRAGMA vault.journal_mode = WAL;"
				"PRAGMA vault.synchronous = FULL;",
			path);
	char text[64];
	int err;

	if (script == NULL)
		return -ENOMEM;
	err = run_script(ix, script);
	sqlite3_free(script);
	if (!err)
		err = ask(ix, "PRAGMA vault.quick_check(1)", text, sizeof(text));
	if (!err && strcmp(text, "ok") != 0)
		err = -EUCLEAN;
	return err ? err : run_script(ix, sql_vault_schema);
}

/* The vault is small and is checked each time; a damaged one is filled from the index. */
static int open_vault(struct index *ix, const char *path)
{
	int err = attach(ix, path);

	if (err == -EUCLEAN) {
		run_script(ix, "DETACH vault");
		err = move_aside(ix, path);
		if (!err)
			err = attach(ix, path);
	}
	if (err)
		return err;
	/* Kind 4 is commits, which other members have. */
	return run_script(ix, "INSERT OR IGNORE INTO vault.record "
			      "SELECT * FROM main.record WHERE kind <> 4");
}

static int restore_records(struct index *ix)
{
	char text[64];
	int err = ask(ix, "SELECT count(*) FROM vault.record", text, sizeof(text));

	if (err || strcmp(text, "0") == 0)
		return err;
	ix->rebuilt = true;
	return run_script(
		ix, "INSERT OR IGNORE INTO main.record SELECT * FROM vault.record");
}

int index_open(struct index *ix, const char *state_dir, const struct log *log)
{
	char path[4000], vault[4000];
	int made;
	int err;

	*ix = (struct index){ .log = log };
	if (snprintf(path, sizeof(path), "%s/" INDEX, state_dir) >=
		(int)sizeof(path) - 32)
		return -ENAMETOOLONG;
	snprintf(vault, sizeof(vault), "%s/" VAULT, state_dir);
	made = open_database(ix, path);
	if (made == -EUCLEAN) {
		err = move_aside(ix, path);
		made = err ? err : open_database(ix, path);
	}
	if (made < 0)
		return made;
	ix->is_new = made == 1;
	err = open_vault(ix, vault);
	if (!err && ix->is_new)
		err = restore_records(ix);
	if (!err)
		err = prepare_all(ix);
	if (!err)
		err = index_run(ix, SQL_META_PUT, "ti", "clean", (int64_t)0);
	if (err)
		index_close(ix);
	return err;
}

void index_close(struct index *ix)
{
	if (ix->db == NULL)
		return;
	index_rollback(ix);
	if (ix->statements[SQL_META_PUT] != NULL && !ix->damaged &&
		index_run(ix, SQL_META_PUT, "ti", "clean", (int64_t)1) < 0)
		log_line(ix->log, LOG_WARN_, "index: not closed cleanly", NULL);
	for (unsigned i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(ix->statements[i]);
	sqlite3_close(ix->db);
	ix->db = NULL;
}
