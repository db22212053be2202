/* SPDX-License-Identifier: ISC */
/*
 * Shared folders as plain values and as JSON objects. Ownership, strangers' texts and what
 * becomes null: as in status.h. Roles are "reader", "writer", "admin", "keeper", "owner".
 */
#pragma once

#include "node/control/json_out.h"

enum shown_folder_state {
	SHOWN_SYNCED,
	SHOWN_SYNCING,
	SHOWN_SCANNING,
	SHOWN_WAITING, /* something is missing and nobody reachable has it */
	SHOWN_PAUSED,
	SHOWN_FAILED, /* "error" */
};

struct shown_member {
	struct node_id id;
	struct bytes name;
	const char *role;
	struct known expires_unix_s;
	struct known last_seen_us; /* ago */
	struct known need_bytes;
};

struct shown_error {
	struct bytes path;
	struct bytes why;
};

struct shown_folder {
	struct hash id;
	struct bytes name;
	struct bytes path; /* of its directory here */
	const char *role;  /* ours */
	enum shown_folder_state state;
	struct known files,
		bytes; /* in the tree as agreed; unknown while it is first scanned */
	struct known need_files, need_bytes;
	struct known rate_bps;
	const struct shown_member *members; /* without this node */
	size_t member_count;
	size_t conflicts;
	const struct shown_error *errors;
	size_t error_count;
};

/* Which folder an answer is about. */
struct shown_folder_name {
	struct hash id;
	struct bytes name;
	struct bytes path;
};

struct shown_version {
	struct hash version;
	struct node_id author;
	struct bytes author_name;
	struct known unix_s;
	struct known size_bytes;
	bool deleted;
	bool shown; /* the one that stands in the tree under the file's own name */
};

struct shown_conflict {
	struct shown_folder_name folder;
	struct bytes path;
	const struct shown_version *versions;
	size_t version_count;
};

/* share, invite */
struct shown_invite {
	struct shown_folder_name folder;
	struct bytes invite; /* one line of text */
	const char *role;
	struct known uses; /* 0: any number */
	struct known expires_unix_s;
};

/* wait: how far it is, and how it ended. */
struct shown_wait {
	struct shown_folder_name folder;
	enum shown_folder_state state;
	struct known files, bytes;
	struct known need_files, need_bytes;
	struct known rate_bps;
	struct known waited_us;
};

/* eta_s is made here: what is needed by the rate, null when nothing comes in. */
void folders_json(struct buffer *out, const struct shown_folder *folders, size_t count);
void folders_json_members(struct buffer *out, const struct shown_folder_name *folder,
	const struct shown_member *members, size_t count);
void folders_json_conflicts(
	struct buffer *out, const struct shown_conflict *conflicts, size_t count);
/* subject: "share" or "invite". */
void folders_json_invite(
	struct buffer *out, const char *subject, const struct shown_invite *i);
void folders_json_join(
	struct buffer *out, const struct shown_folder_name *folder, const char *role);
/* The result, and each progress record before it. */
void folders_json_wait(struct buffer *out, const struct shown_wait *w);
/* subject: "leave", "pause" or "resume"; folder NULL: all of them. */
void folders_json_done(
	struct buffer *out, const char *subject, const struct shown_folder_name *folder);
