/* SPDX-License-Identifier: ISC */
/*
 * The port between replication, which is pure, and whatever keeps bytes: sync/disk in the
 * daemon, memory in the simulator. Work leaves as a job value and comes back filled in; the
 * loop never waits for it. Jobs are done in the order in which they were taken, except that
 * OBJECT_GET may overtake. Who holds a job owns everything it points to; job_free frees it.
 */
#pragma once

#include "node/base/ids.h"
#include "sync/content.h"
#include "sync/entry.h"

enum job_kind {
	JOB_LOAD,    /* at start: all records */
	JOB_RECORDS, /* make records durable, adopt what was published; one transaction */
	JOB_SCAN,    /* compare a folder with what the index knows */
	JOB_OBJECT_GET, /* sealed bytes of one object */
	JOB_OBJECT_PUT, /* keep one object, already checked against its id */
	JOB_CHECK,      /* which objects are already here */
	JOB_APPLY,      /* make files of the tree what these versions say */
	JOB_FORGET,     /* drop a folder from the index; the user's files stay */
};

/* A durable record of replication: small, keyed by (folder, kind, key). */
enum record_kind {
	RECORD_FOLDER = 1,      /* local settings, with secrets; key empty */
	RECORD_GENESIS = 2,     /* key empty */
	RECORD_CERTIFICATE = 3, /* key: certificate id */
	RECORD_COMMIT = 4,      /* key: author:32 incarnation:64 first_sequence:64 */
	RECORD_NODE = 5,        /* of no folder (zero): what the node itself keeps */
};

struct record {
	struct hash folder;
	enum record_kind kind;
	uint8_t key[48];
	uint8_t key_len;
	bool remove;    /* JOB_RECORDS: delete instead */
	uint8_t *value; /* owned */
	size_t value_len;
};

/* A published version now stands for what the scan saw (JOB_RECORDS). */
struct adopt {
	struct short_id file;
	struct hash version;
	bool deleted;
};

enum scan_change {
	SCAN_NEW,     /* a file id made by the scan */
	SCAN_CHANGED, /* content or metadata */
	SCAN_MOVED,   /* parent or name, perhaps content as well */
	SCAN_GONE,
};

/* One difference between the tree and the index. A directory comes before what is in it. */
struct scan_item {
	enum scan_change change;
	struct short_id file;
	struct short_id parent;
	struct hash base; /* version that was on disk before; zero for SCAN_NEW */
	enum entry_kind kind;
	uint8_t name[ENTRY_NAME_MAX];
	uint8_t name_len;
	uint16_t mode;
	int64_t mtime_s;
	uint32_t mtime_ns;
	uint64_t size;
	uint8_t content_depth;
	struct hash content;
};

/* What the index says stands in the tree now: so that a restarted machine knows what is
 * applied already (JOB_SCAN with want_standing). */
struct standing {
	struct short_id file;
	struct short_id parent; /* directory in which it stands */
	struct hash version;
	uint64_t
		name; /* siphash_table of the name under which it stands; 0: as the version says */
};

/* What could not be read or replicated, for `folders`. */
struct scan_error {
	char *path;   /* owned, escaped by whoever shows it */
	int error;    /* errno, or 0 with a reason */
	char *reason; /* owned, may be NULL */
};

/* One version to put into the tree. */
struct apply_item {
	struct short_id file;
	struct short_id parent;
	struct hash version;
	struct hash replaces; /* version expected on disk; zero: nothing */
	enum entry_kind kind;
	bool deleted;
	bool keep_old; /* the replaced version is still shown as a conflict: keep its objects */
	uint8_t name[ENTRY_NAME_MAX];
	uint8_t name_len;
	uint16_t mode;
	int64_t mtime_s;
	uint32_t mtime_ns;
	uint64_t size;
	uint8_t content_depth;
	struct hash content;
	int result; /* 0; -ESTALE the tree differs from `replaces`: scan first; -ENOENT an object
		     * or the parent is missing; else the errno of the disk; nothing changed */
};

struct job {
	enum job_kind kind;
	uint64_t serial;     /* set by sync, unique */
	struct hash folder;  /* zero where none */
	struct zone_key key; /* of the folder; SCAN, APPLY, OBJECT_GET, FORGET */
	char *path;          /* owned; the folder's directory: SCAN, APPLY, OBJECT_GET */
	int result;          /* out: 0 or a negative errno for the whole job */

	bool rebuilt; /* LOAD: out: the index was lost and begun anew; what was signed may be more
		       * than what is here, so a new incarnation is due */
	struct record *records; /* LOAD: out; RECORDS: in */
	size_t record_count;
	struct adopt *adopts; /* RECORDS: in */
	size_t adopt_count;

	struct scan_item *scan_items; /* SCAN: out, at most SCAN_ITEMS_MAX */
	size_t scan_count;
	bool scan_more; /* SCAN: out: more differences are left; scan again after adopting */
	bool want_standing; /* SCAN: in: fill standing with every row of the folder's index, as it
			     * is before the differences that the scan lists */
	struct standing *standing; /* SCAN: out */
	size_t standing_count;
	uint64_t scan_files,
		scan_bytes; /* SCAN: out: regular files and bytes in the tree */
	struct scan_error *errors;
	size_t error_count;

	struct hash object; /* OBJECT_GET, OBJECT_PUT */
	uint8_t *data;      /* owned; OBJECT_GET: out; OBJECT_PUT: in */
	size_t data_len;

	struct hash *check_ids; /* CHECK: in */
	bool *check_here;       /* CHECK: out, same count */
	size_t check_count;

	struct apply_item *apply_items; /* APPLY: in, results out */
	size_t apply_count;
};

enum { SCAN_ITEMS_MAX = 4096, SCAN_ERRORS_MAX = 256, APPLY_ITEMS_MAX = 256 };

struct job *job_new(enum job_kind kind);
/* NULL is fine; secrets are wiped. */
void job_free(struct job *j);
