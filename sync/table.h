/* SPDX-License-Identifier: ISC */
/*
 * A hash index from keys that live elsewhere to their numbers in an array: 8 bytes a slot,
 * open addressing, at most three quarters full. Nothing is ever taken out. A search walks
 * the slots of one hash and compares the keys itself:
 *
 *   for (uint32_t at = 0; table_next(&t, hash, &at, &number);)
 *           if (key of number equals) ...
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"

struct table_slot {
	uint32_t hash;
	uint32_t number; /* plus one; 0: empty */
};

struct table {
	struct table_slot *slots; /* private */
	uint32_t room, used;      /* private; room is a power of two or 0 */
};

void table_fini(struct table *t);
/* Keyed hash of a key's bytes. */
uint32_t table_hash(struct bytes key);
void table_add(struct table *t, uint32_t hash, uint32_t number);
/* The next number filed under hash; *at starts at 0 and is the search's own. */
must_use bool table_next(
	const struct table *t, uint32_t hash, uint32_t *at, uint32_t *number);
