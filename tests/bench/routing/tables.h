/* SPDX-License-Identifier: ISC */
/* The routes of a node, from its kernel or from its qanatd; none when it does not answer. */
#pragma once

#include "tests/bench/routing/mesh.h"

void tables_read(struct mesh *m, unsigned node);
void tables_read_all(struct mesh *m);
