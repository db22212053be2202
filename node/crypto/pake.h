/* SPDX-License-Identifier: ISC */
/*
 * CPace on ristretto255 with SHA-512 (draft-irtf-cfrg-cpace, CPACE-RISTR255-SHA512, in the
 * order initiator, responder): two sides that know the same short code agree on a key; who
 * does not know it learns nothing but whether one guess was right.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"

enum {
	PAKE_SHARE_SIZE = 32,
	PAKE_SCALAR_SIZE = 32,
	PAKE_KEY_SIZE = 64,
	PAKE_PART_MAX = 255
};

/* What both sides put in beforehand. */
struct pake {
	struct bytes code;    /* PRS: at most PAKE_PART_MAX bytes, as all of these */
	struct bytes channel; /* CI: who means to talk to whom */
	struct bytes session; /* sid: fresh for each run */
};

/* The point that code, channel and session stand for (section 7.1 of the draft). */
void pake_generator(const struct pake *p, uint8_t generator[PAKE_SHARE_SIZE]);
/* Makes secret a scalar out of 64 random bytes. */
void pake_scalar(const uint8_t random[64], uint8_t secret[PAKE_SCALAR_SIZE]);
/* What is sent to the other side. */
void pake_share(const struct pake *p, const uint8_t secret[PAKE_SCALAR_SIZE],
	uint8_t share[PAKE_SHARE_SIZE]);

/* Both shares with what each side said beside its own (AD). */
struct pake_talk {
	struct bytes first_share, first_said, second_share, second_said;
};

/* The agreed key (ISK) from our secret and the other side's share, which is one of the two
 * in talk. False: that share is no point, or none of ours to multiply. */
must_use bool pake_key(const struct pake *p, const uint8_t secret[PAKE_SCALAR_SIZE],
	const uint8_t theirs[PAKE_SHARE_SIZE], const struct pake_talk *talk,
	uint8_t key[PAKE_KEY_SIZE]);
