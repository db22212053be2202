/* SPDX-License-Identifier: ISC */
/*
 * The index. `tree` is what each folder's files looked like when they were last
 * scanned or applied, `intent` the same for what is about to be renamed into place,
 * `place` where in the user's own files an object lies (length 0: a manifest of that
 * file, whose bytes are in a pack), `object` where in the packs. Places are hints:
 * what is read there is checked.
 */
#include "sync/disk/sql.h"

#define ROW_COLUMNS                                                                      \
	"file, parent, name, kind, mode, size, ino, mtime_s, mtime_ns, ctime_s, "        \
	"ctime_ns, btime_s, btime_ns, version, depth, content, change, again"

#define ROW_TABLE                                                                        \
	"(folder INTEGER NOT NULL, file BLOB NOT NULL, parent BLOB NOT NULL, "           \
	"name TEXT NOT NULL, kind INTEGER, mode INTEGER, size INTEGER, ino INTEGER, "    \
	"mtime_s INTEGER, mtime_ns INTEGER, ctime_s INTEGER, ctime_ns INTEGER, "         \
	"btime_s INTEGER, btime_ns INTEGER, version BLOB, depth INTEGER, content BLOB, " \
	"change INTEGER, again INTEGER, PRIMARY KEY (folder, file)) WITHOUT ROWID;"

#define RECORD_TABLE                                                                     \
	"(folder BLOB NOT NULL, kind INTEGER NOT NULL, key BLOB NOT NULL, "              \
	"value BLOB NOT NULL, PRIMARY KEY (folder, kind, key));"

#define ROW_VALUES "VALUES (?, ?,?,?, ?,?,?,?, ?,?,?,?,?,?, ?,?,?, ?,?)"

/* Bytes of a record's head in a pack. */
#define HEAD "40"

const char *const sql_schema =
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
	"CREATE TABLE folder (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, "
	"path TEXT NOT NULL);"
	"CREATE TABLE record " RECORD_TABLE "CREATE TABLE tree " ROW_TABLE
	"CREATE INDEX tree_place ON tree (folder, parent, name);"
	"CREATE INDEX tree_inode ON tree (folder, ino);"
	"CREATE INDEX tree_file ON tree (file);"
	"CREATE TABLE intent " ROW_TABLE
	"CREATE TABLE place (object BLOB NOT NULL, folder INTEGER NOT NULL, "
	"file BLOB NOT NULL, offset INTEGER NOT NULL, fresh INTEGER NOT NULL, "
	"len INTEGER NOT NULL, PRIMARY KEY (object, folder, file, offset, fresh)) "
	"WITHOUT ROWID;"
	"CREATE INDEX place_file ON place (folder, file);"
	"CREATE TABLE pack (number INTEGER PRIMARY KEY, size INTEGER NOT NULL, "
	"live INTEGER NOT NULL);"
	"CREATE TABLE object (id BLOB PRIMARY KEY, pack INTEGER NOT NULL, "
	"offset INTEGER NOT NULL, len INTEGER NOT NULL, folder BLOB NOT NULL, "
	"kept INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX object_pack ON object (pack);"
	"CREATE TRIGGER object_in AFTER INSERT ON object BEGIN "
	"UPDATE pack SET live = live + new.len + " HEAD " WHERE number = new.pack; END;"
	"CREATE TRIGGER object_out AFTER DELETE ON object BEGIN "
	"UPDATE pack SET live = live - old.len - " HEAD " WHERE number = old.pack; END;"
	"CREATE TRIGGER object_over AFTER UPDATE OF pack ON object BEGIN "
	"UPDATE pack SET live = live - old.len - " HEAD " WHERE number = old.pack; "
	"UPDATE pack SET live = live + new.len + " HEAD " WHERE number = new.pack; END;";

const char *const sql_vault_schema =
	"CREATE TABLE IF NOT EXISTS vault.record " RECORD_TABLE;

/* Objects of a file that nothing else names. */
#define LONELY                                                                           \
	"SELECT p.object FROM place p WHERE p.folder = ?1 AND p.file = ?2 AND "          \
	"p.fresh = 0 AND p.len = 0 AND NOT EXISTS (SELECT 1 FROM place q WHERE "         \
	"q.object = p.object AND (q.folder <> ?1 OR q.file <> ?2 OR q.fresh = 1))"

const char *const sql_text[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_META_GET] = "SELECT value FROM meta WHERE name = ?",
	[SQL_META_PUT] = "INSERT OR REPLACE INTO meta VALUES (?, ?)",

	[SQL_FOLDER_FIND] = "SELECT number, path FROM folder WHERE id = ?",
	[SQL_FOLDER_ADD] = "INSERT INTO folder (id, path) VALUES (?, ?)",
	[SQL_FOLDER_MOVE] = "UPDATE folder SET path = ?2 WHERE number = ?1",
	[SQL_FOLDER_PATH] = "SELECT id, path FROM folder WHERE number = ?",
	[SQL_FOLDER_FORGET] = "DELETE FROM folder WHERE number = ?",

	[SQL_RECORDS] = "SELECT folder, kind, key, value FROM main.record "
			"ORDER BY folder, kind, key",
	[SQL_RECORD_PUT] = "INSERT OR REPLACE INTO main.record VALUES (?, ?, ?, ?)",
	[SQL_RECORD_REMOVE] = "DELETE FROM main.record WHERE folder = ? AND kind = ? "
			      "AND key = ?",
	[SQL_RECORDS_FORGET] = "DELETE FROM main.record WHERE folder = ?",
	[SQL_VAULT_PUT] = "INSERT OR REPLACE INTO vault.record VALUES (?, ?, ?, ?)",
	[SQL_VAULT_REMOVE] = "DELETE FROM vault.record WHERE folder = ? AND kind = ? "
			     "AND key = ?",
	[SQL_VAULT_FORGET] = "DELETE FROM vault.record WHERE folder = ?",

	[SQL_ROW_GET] = "SELECT " ROW_COLUMNS " FROM tree WHERE folder = ? AND file = ?",
	[SQL_ROW_AT_INODE] =
		"SELECT " ROW_COLUMNS " FROM tree WHERE folder = ? AND ino = ?",
	[SQL_ROWS_AT_PLACE] = "SELECT " ROW_COLUMNS " FROM tree WHERE folder = ? AND "
			      "parent = ? AND name = ?",
	[SQL_ROWS_BELOW] = "SELECT " ROW_COLUMNS " FROM tree WHERE folder = ? AND "
			   "parent = ? ORDER BY name",
	[SQL_ROW_PUT] = "INSERT OR REPLACE INTO tree " ROW_VALUES,
	[SQL_ROW_REMOVE] = "DELETE FROM tree WHERE folder = ? AND file = ?",
	[SQL_ROW_DIRTY] = "UPDATE tree SET ctime_s = 0, ctime_ns = 0 WHERE folder = ? "
			  "AND file = ?",
	[SQL_ROW_ANY] = "SELECT 1 FROM tree WHERE folder = ? LIMIT 1",
	[SQL_ROWS_OF_FILE] = "SELECT folder FROM tree WHERE file = ?",
	[SQL_ROWS_DROP_GHOSTS] =
		"DELETE FROM tree WHERE change = 3 AND version = zeroblob(32)",
	[SQL_ROWS_FORGET] = "DELETE FROM tree WHERE folder = ?",
	[SQL_ROWS_DIRTY_CONTENT] =
		"UPDATE tree SET ctime_s = 0, ctime_ns = 0 WHERE EXISTS "
		"(SELECT 1 FROM place p WHERE p.object = ? AND p.len = 0 "
		"AND p.folder = tree.folder AND p.file = tree.file)",
	[SQL_ROWS_ADOPT_CHILDREN] = "UPDATE tree SET parent = ?3, again = 1 WHERE "
				    "folder = ?1 AND parent = ?2",
	[SQL_VERSIONS] =
		"SELECT file, parent, version, name FROM tree WHERE folder = ? AND "
		"version <> zeroblob(32)",

	[SQL_INTENTS] = "SELECT " ROW_COLUMNS " FROM intent WHERE folder = ?",
	[SQL_INTENT_PUT] = "INSERT OR REPLACE INTO intent " ROW_VALUES,
	[SQL_INTENTS_FORGET] = "DELETE FROM intent WHERE folder = ?",

	[SQL_PLACE_ADD] = "INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?, 1, ?)",
	[SQL_PLACES_OF] =
		"SELECT folder, file, offset, len FROM place WHERE object = ? AND "
		"fresh = 0 AND len > 0 LIMIT 16",
	[SQL_PLACE_REMOVE] =
		"DELETE FROM place WHERE object = ? AND folder = ? AND file = ? "
		"AND offset = ? AND fresh = 0",
	[SQL_PLACES_FILE] =
		"SELECT DISTINCT object, offset, len FROM place WHERE folder = ? "
		"AND file = ? AND fresh = 0",
	[SQL_PLACES_FRESH_DROP] = "DELETE FROM place WHERE folder = ? AND file = ? AND "
				  "fresh = 1",
	[SQL_PLACES_OLD_DROP] = "DELETE FROM place WHERE folder = ? AND file = ? AND "
				"fresh = 0",
	[SQL_PLACES_PROMOTE] =
		"UPDATE place SET fresh = 0 WHERE folder = ? AND file = ? AND "
		"fresh = 1",
	[SQL_PLACES_REFILE] =
		"UPDATE OR REPLACE place SET file = ?3 WHERE folder = ?1 AND "
		"file = ?2",
	[SQL_PLACES_FORGET] = "DELETE FROM place WHERE folder = ?",

	[SQL_OBJECT_GET] = "SELECT pack, offset, len FROM object WHERE id = ?",
	[SQL_OBJECT_PUT] = "INSERT OR IGNORE INTO object VALUES (?, ?, ?, ?, ?, 0)",
	[SQL_OBJECT_MOVE] = "UPDATE object SET pack = ?2, offset = ?3 WHERE id = ?1",
	[SQL_OBJECT_KEEP] = "UPDATE object SET kept = 1 WHERE id = ?",
	[SQL_OBJECT_REMOVE] = "DELETE FROM object WHERE id = ?",
	[SQL_OBJECT_HERE] =
		"SELECT 1 WHERE EXISTS (SELECT 1 FROM object WHERE id = ?1) OR "
		"EXISTS (SELECT 1 FROM place WHERE object = ?1 AND fresh = 0 "
		"AND len > 0)",
	[SQL_OBJECTS_IN_PACK] = "SELECT id, offset, len FROM object WHERE pack = ?",
	[SQL_OBJECTS_IN_FILE_DROP] =
		"DELETE FROM object WHERE kept = 0 AND id IN (SELECT "
		"object FROM place WHERE folder = ? AND file = ? AND "
		"fresh = 0 AND len > 0)",
	[SQL_OBJECTS_UNUSED_DROP] =
		"DELETE FROM object WHERE kept = 0 AND id IN (" LONELY ")",
	[SQL_OBJECTS_FORGET] =
		"DELETE FROM object WHERE folder = ?1 AND NOT EXISTS (SELECT 1 "
		"FROM place WHERE object = object.id)",

	[SQL_PACKS] = "SELECT number, size FROM pack ORDER BY number",
	[SQL_PACK_PUT] = "INSERT INTO pack VALUES (?, ?, 0)",
	[SQL_PACK_GROW] = "UPDATE pack SET size = ?2 WHERE number = ?1",
	[SQL_PACK_REMOVE] = "DELETE FROM pack WHERE number = ?",
	[SQL_PACKS_SPARSE] =
		"SELECT number FROM pack WHERE number <> ? AND live * 4 < size",
};
