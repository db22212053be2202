/* SPDX-License-Identifier: ISC */
/* Which router of a full database has to go for another. */
#pragma once

#include "routing/lsdb.h"

/* by: the router that the newcomer will hang on, ourselves or another, and how far that makes
 * it; NULL and UINT32_MAX: nobody knows a way to it. NULL: all are worth more. */
struct lsdb_router *victim_find(
	const struct lsdb *db, const struct lsdb_router *by, uint32_t least);
