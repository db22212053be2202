/* SPDX-License-Identifier: ISC */
/* The in-memory store of the simulator: pure, but its room lies above this one, and unit
 * tests link only the rooms below. */
#include "sim/world/memory_disk.c"
#include "sim/world/memory_store.c"
