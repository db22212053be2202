/* SPDX-License-Identifier: ISC */
/*
 * The messages of care. An answer stands in pieces of CARE_PIECE_SIZE bytes, the last one may
 * have less.
 *
 *   care = op:8 token:64 rest
 *   rest = request                        (op 0 ask: 1 to 1024 bytes)
 *        =                                (op 1 working: ask again)
 *        = why:8                          (op 2 refused)
 *        = count:16 number:16 bytes       (op 3 piece, number < count)
 *        = number:16*                     (op 4 again: 1 to 12 pieces that are missing)
 *        =                                (op 5 done: all of it is here)
 */
#pragma once

#include "node/core/node.h"
#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	CARE_PIECE_SIZE = 1024,
	CARE_PIECES_MAX = NODE_CARE_REPLY_MAX / CARE_PIECE_SIZE,
	CARE_AGAIN_MAX = 12,
	CARE_SIZE_MAX = 1 + 8 + 2 + 2 + CARE_PIECE_SIZE,
};

enum care_op { CARE_ASK, CARE_WORKING, CARE_REFUSED, CARE_PIECE, CARE_AGAIN, CARE_DONE };

struct care_message {
	enum care_op op;
	uint64_t token;
	uint8_t why; /* REFUSED: enum node_care_refusal, or one we do not know */
	uint16_t count, number; /* PIECE */
	struct bytes bytes;     /* ASK, PIECE; borrowed */
	size_t again_count;     /* AGAIN */
	uint16_t again[CARE_AGAIN_MAX];
};

must_use bool care_parse(struct care_message *m, struct bytes body);
void care_write(struct writer *w, const struct care_message *m);
