/* SPDX-License-Identifier: ISC */
/*
 * Nodes that mean harm. An insider is a node of ours in which one function is replaced while
 * it runs (insider.c): it drops what it should pass on, lies about links,
 * signs what it may not. The others speak on the radio themselves, with everything that an
 * outsider and a holder of the mesh key can make: replays, junk, forgeries under any source.
 */
#pragma once

#include "sim/world/insider.h"
#include "sim/world/world.h"

/* Somebody is hostile in one of these ways. */
bool hostile_anybody(const struct world *w, unsigned ways);

void hostile_init(struct world *w);
void hostile_fini(struct world *w);

/* The device whose code runs now; the replaced functions ask who it is. */
void hostile_enter(struct world *w, uint32_t device);
void hostile_leave(void);

void hostile_hears(struct world *w, uint32_t device, const struct world_frame *f);
/* Sends what is due. */
void hostile_acts(struct world *w, uint32_t device);
struct instant hostile_deadline(const struct world *w, uint32_t device);
