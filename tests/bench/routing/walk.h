/* SPDX-License-Identifier: ISC */
/*
 * From each node to each other one, table by table. A pair is routed when next hops lead
 * from one to the other over links that exist; only pairs that links connect are counted.
 */
#pragma once

#include "tests/bench/routing/mesh.h"

struct walk {
	unsigned pairs, routed, looping;
};

struct walk walk_all(struct mesh *m);
/* Whether all pairs are routed. Reads the table that was at fault at the last walk first, so that
 * as long as they are not, a look costs next to nothing. */
bool walk_is_whole(struct mesh *m);
