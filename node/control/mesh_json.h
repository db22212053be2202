/* SPDX-License-Identifier: ISC */
/* The private mesh as plain values and as JSON objects. Ownership, strangers' texts and what
 * becomes null: as in status.h. Roles are "founder", "delegate" and "member". */
#pragma once

#include "node/control/json_out.h"

struct shown_mesh {
	struct hash id; /* zero: in no private mesh */
	struct bytes name;
	struct node_id founder;
	const char *role;
	bool open, revoked;
	struct known from_unix_s, until_unix_s, now_unix_s; /* as the mesh has the time */
	struct known members, revocations;
};

struct shown_mesh_member {
	struct node_id id, issuer;
	struct bytes name;
	const char *role;
	struct known from_unix_s, until_unix_s;
	bool expired, reachable, self;
};

struct shown_mesh_revoked {
	struct node_id id;
	struct known unix_s;
};

/* What mesh new and mesh invite answer: token or code is empty. */
struct shown_mesh_token {
	struct bytes token, code;
	bool delegate;
	struct known uses; /* 0: any number */
	struct known expires_unix_s;
};

void mesh_json(struct buffer *out, const struct shown_mesh *m);
/* subject: "mesh-new" or "mesh-invite". */
void mesh_json_token(struct buffer *out, const char *subject, const struct shown_mesh *m,
	const struct shown_mesh_token *t);
void mesh_json_members(struct buffer *out, const struct shown_mesh_member *members,
	size_t member_count, const struct shown_mesh_revoked *revoked,
	size_t revoked_count);
/* subject: "mesh-join", "mesh-revoke" or "mesh-cofounder"; node NULL: none is meant. */
void mesh_json_done(struct buffer *out, const char *subject, const struct shown_mesh *m,
	const struct node_id *node, struct bytes name);
