/* SPDX-License-Identifier: ISC */
/* The processes of one simulation, by MPI where ns-3 was built with it. */
#pragma once

#include <cstdint>

struct ranks {
	uint32_t own = 0, count = 1;
	bool open = false;
};

/* True when this build has MPI. */
bool ranks_possible();
void ranks_open(ranks *r, int *argc, char ***argv);
void ranks_close(ranks *r);
