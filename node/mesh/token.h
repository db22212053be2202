/* SPDX-License-Identifier: ISC */
/*
 * A token: everything that a newcomer needs to join a mesh, as one line of text. It holds the
 * mesh key and the secret half of an invite key: who has it can come in.
 *
 * blob  = format:8 genesis_length:8 genesis mesh_key:32*8 invite_seed:32*8
 *         count:8 count*{ cofounder } lineage of the invite key
 * token = "qanatmesh1:" base64url(blob, and the first 8 bytes of its hash)
 */
#pragma once

#include "node/mesh/roster.h"

enum {
	TOKEN_COFOUNDERS_MAX = 4, /* those that stand above the inviter: his own line */
	TOKEN_BLOB_MAX = 2 + GENESIS_MAX + 32 + 32 + 1 +
			 TOKEN_COFOUNDERS_MAX * COFOUNDER_SIZE + LINEAGE_SIZE_MAX + 8,
	TOKEN_TEXT_MAX = 11 + TOKEN_BLOB_MAX / 3 * 4 + 5, /* characters, and the zero */
};

struct token {
	struct mesh_genesis genesis;
	uint8_t key[32];
	uint8_t seed[32];
	unsigned count;
	struct mesh_cofounder cofounders[TOKEN_COFOUNDERS_MAX];
	struct lineage invite; /* its own certificate first */
};

enum token_fault {
	TOKEN_FINE,
	TOKEN_NONE,    /* no token at all */
	TOKEN_FOLDER,  /* an invite to a folder */
	TOKEN_DAMAGED, /* cut or changed on the way: the checksum does not fit */
	TOKEN_WRONG,   /* of another format, or what it says does not hold */
	TOKEN_FAULTS
};

/* Verified but for dates, revocations and uses. White space around it is ignored. */
enum token_fault token_parse(struct token *t, const char *text);
/* text has TOKEN_TEXT_MAX bytes. */
void token_write(char *text, const struct token *t);
void token_wipe(struct token *t);

/* The certificate that the invite key makes for self; now_s is forced into the invite's dates. */
void token_redeem(const struct token *t, const struct node_id *self, uint32_t now_s,
	uint32_t serial, struct lineage *out);
