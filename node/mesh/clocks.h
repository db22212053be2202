/* SPDX-License-Identifier: ISC */
/*
 * What time it is in the mesh. One wrong clock among three changes nothing, and a node never
 * believes its own clock alone:
 *
 * - The time is the lower median of our clock and of those that members have told in their
 *   handshakes, newest of each, carried on by the steady clock; but never before the date of
 *   the newest certificate above our own that a founder signed (the floor). A clock that shows
 *   a year before this program was never set and counts as none.
 * - Who is judged counts too, when his certificates hold by his own clock. So of two nodes
 *   neither keeps the other out by a clock that is wrong; a third one's word decides.
 * - What a founder dates is never too early: his word is the time. A node whose clocks are proven
 *   behind by the floor refuses nothing else as too early either; one that
 *   finds its own certificate at its end refuses nothing as expired, nor for a day after it
 *   got a new one: then the clocks jumped, and everybody is renewed on the way.
 */
#pragma once

#include "node/base/ids.h"
#include "node/base/instant.h"
#include "node/base/check.h"

enum {
	CLOCKS_MAX = 64,        /* told; victim: the one told longest ago */
	CLOCKS_SLACK_S = 86400, /* no rule here needs better than a day */
};

struct clocks_told {
	struct node_id id;
	int64_t base_s; /* what it showed at instant 0 */
	struct instant at;
};

struct clocks {
	/* private */
	bool set;
	int64_t own_s;            /* as base_s */
	struct clocks_told *told; /* owned; CLOCKS_MAX once somebody has told his */
	size_t count;
	uint32_t floor_s;
};

void clocks_fini(struct clocks *c);

/* The clock of this machine, seconds since 1970; one that jumped forgets what was told. */
void clocks_own(struct clocks *c, struct instant now, int64_t wall_s);
void clocks_tell(
	struct clocks *c, struct instant now, const struct node_id *id, int64_t wall_s);
/* A founder signed at this time: it is not earlier. */
void clocks_floor(struct clocks *c, uint32_t signed_s);

/* The time, seconds since 1970. also: one more clock, 0: none. */
uint32_t clocks_now_s(const struct clocks *c, struct instant now, int64_t also_s);
/* The same by the upper median: the latest that it may be. */
uint32_t clocks_latest_s(const struct clocks *c, struct instant now, int64_t also_s);
/* Whether anybody else has told his. */
must_use bool clocks_others(const struct clocks *c);
/* This machine's clock as it is told to others, 0: not set. */
uint32_t clocks_own_s(const struct clocks *c, struct instant now);
/* Whether the clocks themselves are a day or more behind what a founder signed, or none is set. */
must_use bool clocks_are_behind(
	const struct clocks *c, struct instant now, int64_t also_s);
