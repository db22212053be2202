/* SPDX-License-Identifier: ISC */
/*
 * Private meshes of a world: who is in which, who was revoked when, and whether everybody
 * believes just that. All have joined, at the true time, before the world begins; what a node
 * keeps of its mesh is kept here.
 */
#pragma once

#include "node/base/instant.h"
#include "node/base/text.h"

enum { MESHES_MAX = 2 }; /* 1 and 2; 0 is the open mesh */

struct world;
struct world_device;

/* What a node's state directory holds of its mesh. */
struct world_membership {
	uint8_t *kept; /* owned; NULL: in the open mesh */
	size_t len;
	uint64_t pressing;      /* of the node, as kept */
	struct instant revoked; /* NEVER: not */
};

void meshes_init(struct world *w);
void meshes_fini(struct world *w);
/* A node begins: gives it what was kept. */
void meshes_start(struct world *w, uint32_t device);
/* Keeps what cannot wait, as the daemon does. */
void meshes_keep(struct world *w, uint32_t device);
/* The key of the device's mesh, for who means harm in it. */
void meshes_key(const struct world *w, uint32_t device, uint8_t key[32]);
/* The founder of the device's mesh revokes it; false: not now. */
bool meshes_revoke(struct world *w, uint32_t device);
/* Breaks a verdict unless everybody whom the founder can reach has shut the device out. */
void meshes_shut_out(struct world *w, uint32_t device);
/* Whether two devices must, or may, have a link by their memberships. Who has heard of no
 * revocation, because the only way to him leads over who was revoked, may go on with him. */
bool meshes_together(const struct world *w, uint32_t a, uint32_t b, bool must);

/* Safety: nobody sees a node of another mesh, and who knows of a revocation uses no link of
 * who was revoked. */
void meshes_judge(struct world *w);
/* Liveness: who can be reached from the founder knows who was revoked, and all members. */
bool meshes_as_signed(struct world *w, const uint32_t *island, struct text *why);
