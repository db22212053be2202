/* SPDX-License-Identifier: ISC */
/*
 * Memory for fixed needs. Every call gives zeroed memory or ends the program; sizes that a
 * stranger influences are bounded by the caller before they come here.
 */
#pragma once

#include "node/base/check.h"

/* size zeroed bytes; caller frees with mem_free. */
must_use void *mem_new(size_t size);

/* count * size zeroed bytes; an overflow of the product ends the program. */
must_use void *mem_array(size_t count, size_t size);

/* Like realloc for count * size bytes; new bytes are not zeroed. */
must_use void *mem_resize(void *p, size_t count, size_t size);

/* A copy of len bytes; NULL for len 0. */
must_use void *mem_copy(const void *p, size_t len);

/* A copy of a string. */
must_use char *mem_string(const char *s);

/* NULL is fine. */
void mem_free(void *p);

/* A statement: grows array so that it holds count + 1 elements; room is its capacity. */
#define mem_grow(array, count, room)                                                     \
	((void)((count) < (room) ||                                                      \
		((room) = (room) ? (room)*2 : 8,                                         \
			(array) = mem_resize((array), (room), sizeof(*(array))), true)))
