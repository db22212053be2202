/* SPDX-License-Identifier: ISC */
/*
 * What people wrote: every version of a file that anybody in a world ever made, by number,
 * with its bytes. A version's bytes begin with its number and its length tells it from all
 * others, so that whatever lies in a tree can be traced to who wrote it, and bytes that
 * nobody wrote are found. It shares nothing with replication.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/instant.h"
#include "node/base/rng.h"

enum {
	LEDGER_NONE = UINT32_MAX,
	LEDGER_HEADER =
		8, /* bytes that name the version; no shorter file is made but empty ones */
};

struct ledger_version {
	uint8_t *bytes; /* owned */
	size_t len;     /* no two versions have the same */
	uint32_t node;  /* whose person wrote it */
	struct instant at;
	bool authorised; /* that node may write */
	bool superseded; /* somebody who had it wrote over it, or deleted it */
	bool spread; /* copied, moved or changed in its mode: it may stand in several places */
	bool lost; /* by a disk that broke its word before it was acknowledged */
};

struct ledger {
	struct ledger_version *versions; /* owned */
	uint32_t count;
	uint32_t room;         /* private */
	uint8_t *lengths_used; /* private: bits */
	size_t lengths_room;
};

void ledger_init(struct ledger *l);
void ledger_fini(struct ledger *l);

/* A new version of about `len` bytes; with `from` it is that one changed here and there, else
 * all new. Returns its number. */
uint32_t ledger_add(struct ledger *l, struct instant now, uint32_t node, uint32_t from,
	size_t len, const struct rng *rng);
/* The version that these bytes are; LEDGER_NONE: nobody wrote them. */
uint32_t ledger_find(const struct ledger *l, struct bytes bytes);
/* The version of this length, or LEDGER_NONE. */
uint32_t ledger_by_length(const struct ledger *l, uint64_t len);
