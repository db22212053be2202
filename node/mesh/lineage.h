/* SPDX-License-Identifier: ISC */
/*
 * A lineage: the chain of certificates from a key up to the founder who stands behind it, at
 * most three, each narrower than the one above. Only form and signatures are judged here;
 * dates, revocations and uses need what a node knows (roster.h, clocks.h).
 */
#pragma once

#include "node/mesh/record.h"

enum {
	LINEAGE_MAX = 3,
	LINEAGE_SIZE_MAX = 4 + 1 + LINEAGE_MAX * CERTIFICATE_SIZE - 32,
	MESH_MEMBER_S = 30 * 86400, /* how long a member's certificate lasts at most */
};

/* Why somebody is not let in. */
enum mesh_fault {
	MESH_FINE,
	MESH_BAD,      /* malformed, or a signature does not hold */
	MESH_STRANGER, /* no certificate, or none of a founder of this mesh */
	MESH_DEPTH,    /* more than three certificates */
	MESH_WIDER,    /* a certificate gives what its issuer has not */
	MESH_FUTURE,   /* not valid yet */
	MESH_EXPIRED,
	MESH_REVOKED,
	MESH_USED, /* by an invite that was used up before */
	MESH_FAULTS
};

struct lineage {
	uint32_t
		root; /* the first four bytes of the founder's key: which one signed the top */
	unsigned count;
	struct mesh_certificate at[LINEAGE_MAX]; /* the key's own first */
};

/* lineage = root:32 count:8 count*{ certificate }, the first without its subject. */
enum mesh_fault lineage_read(
	struct lineage *l, struct reader *r, const struct node_id *subject);
void lineage_write(struct writer *w, const struct lineage *l);

uint32_t lineage_root_of(const struct node_id *founder);

/* Whether each is narrower than the one above it: rights, dates, who may sign what. */
enum mesh_fault lineage_narrows(const struct lineage *l);
/* Whether they are signed, the top one by founder. */
must_use bool lineage_verify(
	const struct lineage *l, const struct hash *mesh, const struct node_id *founder);

/* From when to when all of it holds; an invite key's own end bounds when it was used only. */
void lineage_dates(const struct lineage *l, uint32_t *from_s, uint32_t *until_s);
/* The one that came by an invite: its invite key's certificate; NULL: none. */
const struct mesh_certificate *lineage_invite(const struct lineage *l);
/* Whether key stands above the lineage's own. */
must_use bool lineage_has_above(const struct lineage *l, const struct node_id *key);
