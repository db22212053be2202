/* SPDX-License-Identifier: ISC */
/*
 * What a node knows of its mesh and passes on: co-founders, revocations, members with their
 * lineages; and which invites have been used by whom. Everything in it has been verified.
 * Records stand in two classes, the urgent ones (co-founders, revocations) and members; each
 * has a handle, the beginning of its hash, by which two nodes find what they lack.
 *
 * Caps and victims: co-founders 32 (refused), revocations 4096 (a delegate's goes for a
 * founder's, else refused: a revocation is for ever), members 4096 (the one that ends first),
 * invites that were used 4096 (the one that was used first).
 */
#pragma once

#include "node/base/siphash.h"
#include "node/mesh/lineage.h"

enum {
	ROSTER_COFOUNDERS_MAX = 32,
	ROSTER_REVOCATIONS_MAX = 4096,
	ROSTER_MEMBERS_MAX = 4096,
	ROSTER_SPENT_MAX = 4096,
	RECORD_BODY_MAX = 32 + LINEAGE_SIZE_MAX,
};

enum mesh_record_kind {
	RECORD_COFOUNDER = 1,
	RECORD_REVOCATION = 2,
	RECORD_MEMBER = 3, /* subject:32*8 lineage */
};

enum mesh_record_class { RECORDS_URGENT, RECORDS_MEMBERS, RECORD_CLASSES };

struct mesh_record_key {
	uint8_t kind;
	struct node_id subject, issuer; /* issuer zero for members */
};

struct mesh_record {
	struct mesh_record_key key;
	uint64_t handle;
	size_t len;
	uint8_t body[RECORD_BODY_MAX];
	uint32_t when_s; /* of a revocation */
	bool by_delegate;
	struct lineage lineage; /* of a member, and the founder behind it */
	struct node_id signer;
	UT_hash_handle hh;
};

struct mesh_records {
	struct mesh_record **at; /* owned array, by rising handle */
	size_t count, room;
	uint64_t sum; /* of the handles, mod 2^64 */
};

/* Who came by an invite key. */
struct spent {
	struct node_id invite; /* key */
	uint8_t count;
	struct node_id *by; /* owned: count of them */
	UT_hash_handle hh;
};

struct roster {
	struct node_id founder;
	struct hash mesh;
	struct mesh_record *all; /* owned */
	struct mesh_records sorted[RECORD_CLASSES];
	size_t cofounders;
	struct spent *spent; /* owned, in the order in which they were used first */
};

void roster_init(
	struct roster *r, const struct node_id *founder, const struct hash *mesh);
void roster_fini(struct roster *r);

must_use const struct mesh_record *roster_find(
	const struct roster *r, enum mesh_record_class class, uint64_t handle);
/* The member's record, NULL: not known. */
must_use const struct mesh_record *roster_member(
	const struct roster *r, const struct node_id *id);
must_use const struct mesh_record *roster_record(const struct roster *r,
	enum mesh_record_kind kind, const struct node_id *subject,
	const struct node_id *issuer);
/* The place of the first record with this handle or a larger one. */
size_t roster_place(
	const struct roster *r, enum mesh_record_class class, uint64_t handle);

/* Whether key is the founder or a co-founder, revoked or not. */
must_use bool roster_is_founder(const struct roster *r, const struct node_id *key);
/* The founder who signed the lineage's top, by trying those that its root may mean. NULL: none
 * that is known. *fault: why not. */
const struct node_id *roster_signer(
	const struct roster *r, const struct lineage *l, enum mesh_fault *fault);

/* Whether a founder signed this one certificate. */
must_use bool roster_signed_by_founder(
	const struct roster *r, const struct mesh_certificate *c);

/* A founder has revoked it. What a delegate revokes says nothing of the key itself, only of the
 * lineages below him: else he could shut out whom he never let in. */
must_use bool roster_revokes_key(const struct roster *r, const struct node_id *key);
/* One of the keys in the lineage of subject is revoked by who may. */
must_use bool roster_revokes(
	const struct roster *r, const struct lineage *l, const struct node_id *signer);

/* Whether subject may come by its invite: he did before, or there is room for one more. */
must_use bool roster_may_use(const struct roster *r, const struct lineage *l);
/* Notes that he came. */
void roster_use(struct roster *r, const struct lineage *l);
void roster_use_by(
	struct roster *r, const struct node_id *invite, const struct node_id *by);

/* Take a record that was verified by its own functions and whose issuer was asked about; false:
 * nothing new. A member whose lineage a revocation has ended is forgotten. */
must_use bool roster_add_cofounder(struct roster *r, const struct mesh_cofounder *c);
must_use bool roster_add_revocation(struct roster *r, const struct mesh_revocation *v);
must_use bool roster_add_member(
	struct roster *r, const struct lineage *l, const struct node_id *signer);

/* Members whose certificates are over for as long as they lasted. */
void roster_forget_members(struct roster *r, uint32_t now_s);
