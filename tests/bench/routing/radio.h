/* SPDX-License-Identifier: ISC */
/* What the simulated radio is told, and asked, by its control socket. Both end the program
 * when it refuses. */
#pragma once

#include "tests/bench/routing/mesh.h"

void radio_tell(struct mesh *m, const char *line);
/* Which links exist by now, who is connected by them, and where the nodes are. */
void radio_topology(struct mesh *m);
