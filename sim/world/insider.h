/* SPDX-License-Identifier: ISC */
/* Who is hostile, for the functions of the node that are replaced in insider.c. */
#pragma once

#include "node/base/ids.h"

/* How a node is hostile; bits. */
enum hostile_way {
	HOSTILE_DROP = 1,   /* takes what it should pass on, and does not */
	HOSTILE_LIE = 2,    /* tells of links that it has not */
	HOSTILE_REPLAY = 4, /* sends again what it has heard, from anybody */
	HOSTILE_FLOOD = 8,  /* junk, well-formed nonsense, signed by keys made for it */
	HOSTILE_FORGE = 16, /* what others signed, changed */
	HOSTILE_WRITE = 32, /* signs versions without the right to */
	HOSTILE_SPOIL = 64, /* sends other content than it was asked for */
	/* by its own node */
	HOSTILE_INSIDER = HOSTILE_DROP | HOSTILE_LIE | HOSTILE_WRITE | HOSTILE_SPOIL,
};

/* Bits of the device that runs now. */
unsigned hostile_now(void);
/* For liars: an address of the mesh by chance. */
struct address hostile_address(void);
