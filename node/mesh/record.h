/* SPDX-License-Identifier: ISC */
/*
 * What a mesh signs: its genesis, certificates of members, co-founders and revocations. Each
 * has one encoding; a struct stands for exactly one run of bytes, so signatures are checked
 * over what the struct is written as. All but the genesis are signed for one mesh: its id
 * stands first in what is signed. PROTOCOL.md, "Membership".
 */
#pragma once

#include "node/crypto/keys.h"
#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	MESH_NAME_MAX = 31,
	GENESIS_MAX = 1 + 32 + 16 + 1 + MESH_NAME_MAX + 64,
	CERTIFICATE_SIZE = 1 + 32 + 4 + 4 + 4 + 1 + 64,
	COFOUNDER_SIZE = 1 + 32 + 32 + 4 + 64,
	REVOCATION_MAX = 1 + 32 + 32 + 4 + 1 + CERTIFICATE_SIZE + 64,
};

/* What a certificate gives. An invite key signs newcomers in and nothing else. */
enum mesh_right { MESH_MEMBER = 1, MESH_INVITE = 2, MESH_DELEGATE = 4 };

struct mesh_genesis {
	struct node_id founder;
	struct short_id random;
	char name[MESH_NAME_MAX + 1];
	struct signature signature;
};

/* Dates are seconds since 1970, both included. */
struct mesh_certificate {
	uint8_t rights; /* MESH_MEMBER, with MESH_INVITE or MESH_DELEGATE or both */
	struct node_id subject;
	uint32_t from_s, until_s;
	uint32_t
		serial; /* the issuer's count, so that no two of its certificates are alike */
	uint8_t uses; /* of an invite key: how many may come by it; 0: any number, or no invite */
	struct signature signature;
};

struct mesh_cofounder {
	struct node_id subject, issuer;
	uint32_t when_s;
	struct signature signature;
};

struct mesh_revocation {
	struct node_id subject, issuer;
	uint32_t when_s;
	bool by_delegate; /* then its certificate, signed by a founder, is here */
	struct mesh_certificate delegate;
	struct signature signature;
};

must_use bool record_genesis_parse(struct mesh_genesis *g, struct bytes body);
void record_genesis_write(struct writer *w, const struct mesh_genesis *g);
void record_genesis_sign(struct mesh_genesis *g, const struct keypair *founder);
/* Whether the founder signed it. */
must_use bool record_genesis_verify(const struct mesh_genesis *g);
/* The mesh's id. */
struct hash record_mesh(const struct mesh_genesis *g);

/* Reads one; with subject given, the encoding that leaves the subject out. */
must_use bool record_certificate_read(
	struct mesh_certificate *c, struct reader *r, const struct node_id *subject);
void record_certificate_write(
	struct writer *w, const struct mesh_certificate *c, bool with_subject);
void record_certificate_sign(struct mesh_certificate *c, const struct hash *mesh,
	const struct keypair *issuer);
must_use bool record_certificate_verify(const struct mesh_certificate *c,
	const struct hash *mesh, const struct node_id *issuer);

must_use bool record_cofounder_parse(struct mesh_cofounder *c, struct bytes body);
void record_cofounder_write(struct writer *w, const struct mesh_cofounder *c);
void record_cofounder_sign(
	struct mesh_cofounder *c, const struct hash *mesh, const struct keypair *issuer);
must_use bool record_cofounder_verify(
	const struct mesh_cofounder *c, const struct hash *mesh);

must_use bool record_revocation_parse(struct mesh_revocation *r, struct bytes body);
void record_revocation_write(struct writer *w, const struct mesh_revocation *r);
void record_revocation_sign(
	struct mesh_revocation *r, const struct hash *mesh, const struct keypair *issuer);
/* The signature of the issuer; that the issuer may is another question (roster.h). */
must_use bool record_revocation_verify(
	const struct mesh_revocation *r, const struct hash *mesh);
