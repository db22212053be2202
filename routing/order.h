/* SPDX-License-Identifier: ISC */
/* Routers put in order, without libc's sort: it would want a callback. */
#pragma once

#include "node/base/check.h"

struct ordered {
	uint64_t major, minor; /* compared in this order */
	uint32_t slot;         /* then by this one */
};

/* Ascending; n log n at worst, in place. */
void order_sort(struct ordered *items, size_t count);
