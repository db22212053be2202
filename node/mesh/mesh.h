/* SPDX-License-Identifier: ISC */
/*
 * Membership of one private mesh: who is let in, who signs whom in, what spreads. A pure
 * machine: handshake payloads and messages in, messages and verdicts out; what must be kept on
 * disk is one run of bytes. Without a mesh (mesh_joined false) it does nothing.
 */
#pragma once

#include "node/base/fill.h"
#include "node/base/log.h"
#include "node/base/rng.h"
#include "node/mesh/clocks.h"
#include "node/mesh/roster.h"
#include "node/mesh/token.h"
#include "node/wire/drops.h"

enum {
	MESH_NEIGHBOURS_MAX = 128,
	MESH_RENEW_S = 7 * 86400, /* a certificate is renewed so long before its end */
	MESH_LIST_MAX = 64,
	MESH_MESSAGE_MAX =
		20 + MESH_LIST_MAX * 8, /* bytes of the largest message, a list */
	MESH_DIGEST_MS = 10000,         /* to each neighbour, less up to a quarter */
	MESH_PAYLOAD_MAX = 4 + LINEAGE_SIZE_MAX,
};

struct mesh_config {
	const struct keypair *self; /* borrowed for life */
	struct rng rng;
	const struct log *log; /* borrowed for life */
	struct drops *drops;   /* borrowed for life */
};

struct mesh;

struct mesh *mesh_new(const struct mesh_config *config, struct instant now);
void mesh_free(struct mesh *m); /* wipes the keys; NULL is fine */

must_use bool mesh_joined(const struct mesh *m);
/* The key under which the mesh's multicast frames are sealed; it must be joined. */
void mesh_key(const struct mesh *m, uint8_t key[32]);
/* The time of day as this machine has it, told about once a second. */
void mesh_wall_clock(struct mesh *m, struct instant now, int64_t wall_ms);

/* ---- what people do ---- */

/* Makes a mesh of this node; -EEXIST: it is in one. */
must_use int mesh_found(struct mesh *m, struct instant now, const char *name);

/* 0; -EINVAL no token, -EISDIR an invite to a folder, -EBADMSG damaged, -EPROTO not understood
 * or not holding, -ETIME expired, -EEXIST in another mesh, -EKEYREJECTED revoked here. In the
 * same mesh it is a new certificate. */
must_use int mesh_join(struct mesh *m, struct instant now, const char *token);

/* Writes a token of TOKEN_TEXT_MAX bytes; 0, -ENOENT no mesh, -EACCES may not, -EXFULL our own
 * certificate came by an invite and has not been renewed by a founder yet. */
must_use int mesh_invite(struct mesh *m, struct instant now, bool delegate, uint8_t uses,
	int64_t valid_s, char *text, int64_t *expires_s);

/* 0, -ENOENT no mesh, -EINVAL this node itself, -EACCES may not revoke that one, -EXFULL as
 * above, -EALREADY is revoked, -ENOSPC the table is full. */
must_use int mesh_revoke(struct mesh *m, struct instant now, const struct node_id *key);

/* Makes a node a founder beside us; as mesh_revoke. */
must_use int mesh_cofound(struct mesh *m, struct instant now, const struct node_id *key);

/* ---- who is let in ---- */

/* What this node shows in handshakes: wall:32 lineage. Changes with mesh_shown. */
void mesh_show(const struct mesh *m, struct instant now, struct writer *w);
/* Grows when mesh_show says something else but for the time. */
uint64_t mesh_shown(const struct mesh *m);
/* Whether the node that has proved id and showed this is a member, now; counted when not. */
must_use bool mesh_admits(
	struct mesh *m, struct instant now, const struct node_id *id, struct bytes shown);
/* Why the last one was not; MESH_FINE: nobody was refused yet. */
enum mesh_fault mesh_refusal(const struct mesh *m);
/* Under which reason a fault is counted. */
enum drop_reason mesh_fault_reason(enum mesh_fault fault);
/* By a founder. */
must_use bool mesh_revokes(const struct mesh *m, const struct node_id *id);
/* Of somebody who was let in: still a member. */
must_use bool mesh_holds(const struct mesh *m, const struct node_id *id);
/* Grows when somebody may have to be shut out. */
uint64_t mesh_revocations(const struct mesh *m);

/* ---- talk with neighbours, over their links ---- */

void mesh_neighbour_up(struct mesh *m, struct instant now, uint32_t link);
void mesh_neighbour_down(struct mesh *m, uint32_t link);
/* A message from the neighbour on a link, or, link 0, in a multicast frame: then only co-founders
 * and revocations count. */
void mesh_receive(struct mesh *m, struct instant now, uint32_t link, struct bytes body);
/* Whether a message costs signatures, and so a part of the neighbour's budget. */
must_use bool mesh_message_is_costly(struct bytes body);
/* The next message for a neighbour, w has MESH_LIST_MAX * 8 + 20 bytes at least; false: nothing.
 * urgent: only what is. */
must_use bool mesh_write(struct mesh *m, uint32_t link, bool urgent, struct writer *w);
/* Whether something that is not urgent waits for a neighbour. */
must_use bool mesh_waits(struct mesh *m, uint32_t link);
/* What strangers of our mesh may need before they know us: the co-founders in our own line,
 * one after the other, i counts them; false: no more. */
must_use bool mesh_write_line(const struct mesh *m, unsigned i, struct writer *w);
/* A node is reachable: renews its certificate when that is due and ours to do. */
void mesh_meet(struct mesh *m, struct instant now, const struct node_id *id);
/* Whether meeting anybody can make a difference. */
must_use bool mesh_may_renew(const struct mesh *m);

void mesh_tick(struct mesh *m, struct instant now);
struct instant mesh_deadline(const struct mesh *m);

/* ---- keeping ---- */

/* Grows when what must be kept has changed. */
uint64_t mesh_generation(const struct mesh *m);
/* Everything to keep, in memory that the caller wipes and frees. */
uint8_t *mesh_save(const struct mesh *m, size_t *len);
/* Before anything else is done with it. False: damaged; nothing changed. */
must_use bool mesh_load(struct mesh *m, struct bytes saved);

/* ---- status ---- */

enum { MESH_FILLS = 3 };
/* How full each table is, by number below MESH_FILLS. */
struct fill mesh_fill(const struct mesh *m, size_t i);

struct mesh_status {
	bool joined;
	struct hash id;
	char name[MESH_NAME_MAX + 1];
	struct node_id founder;
	bool is_founder, is_delegate, revoked;
	uint32_t from_s, until_s, now_s;
	size_t members, revocations, cofounders;
};
void mesh_status(const struct mesh *m, struct instant now, struct mesh_status *out);

struct mesh_member {
	struct node_id id, issuer;
	bool is_founder, is_delegate, expired;
	uint32_t from_s, until_s;
};
must_use bool mesh_member_at(
	const struct mesh *m, struct instant now, size_t i, struct mesh_member *out);
/* The i-th revoked key; false past the last. */
must_use bool mesh_revoked_at(
	const struct mesh *m, size_t i, struct node_id *id, uint32_t *when_s);
