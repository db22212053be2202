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
	HOSTILE_TUNNEL =
		128,        /* claims a link with all others who claim it, and has none */
	HOSTILE_MUTE = 256, /* passes on no flood */
	HOSTILE_CROWD = 512, /* signs for routers that it made up, and vouches for them */
	HOSTILE_COPY =
		1024, /* says what others said, as its own, with other hop limits */
	HOSTILE_BEAT = 2048, /* beats in the name of others, ahead of theirs */
	/* by its own node */
	HOSTILE_INSIDER = HOSTILE_DROP | HOSTILE_LIE | HOSTILE_WRITE | HOSTILE_SPOIL |
			  HOSTILE_TUNNEL | HOSTILE_CROWD,
	/* whose links are not what he says */
	HOSTILE_FALSE = HOSTILE_LIE | HOSTILE_TUNNEL | HOSTILE_CROWD,
};

/* Bits of the device that runs now. */
unsigned hostile_now(void);
/* For liars: an address of the mesh by chance. */
struct address hostile_address(void);
/* What it claims beside its own links, at most `room`; returns how many. */
unsigned hostile_claims(struct address *out, unsigned room);
