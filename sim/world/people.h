/* SPDX-License-Identifier: ISC */
/* What people do with their files: every act is told to the ledger. */
#pragma once

#include "sim/world/world.h"

/* Makes `files` files of `bytes` bytes in all, in directories of 16. */
void people_fill(struct world *w, uint32_t device, uint64_t files, uint64_t bytes);
/* The index of the device was lost: what lies in its folder may come back from there. */
void people_own_all(struct world *w, uint32_t device);
/* About `files` acts of the kind: PLAN_EDIT (any), WRITE, RENAME or DELETE. */
void people_edit(struct world *w, uint32_t device, enum plan_kind kind, uint64_t files);
