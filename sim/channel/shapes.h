/* SPDX-License-Identifier: ISC */
/* Ready-made topologies: nodes are called n0, n1, ... in the order in which they are
 * made. */
#pragma once

#include "sim/channel/scenario.h"

/* Reads the words of a shape: line N, ring N, grid W H, star N, full N, random N
 * [degree=D]. Sets *is_shape when the first word is one of these; false then says why
 * it fails. */
must_use bool shapes_parse(struct scenario *s, const struct words *w,
	const struct rng *rng, bool *is_shape, struct text *why);
