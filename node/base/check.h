/* SPDX-License-Identifier: ISC */
/*
 * What a program may assume of itself. check() is for our own mistakes only: what came
 * from a stranger or from the world is refused by value, never by check().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define must_use     __attribute__((warn_unused_result))
#define array_len(a) (sizeof(a) / sizeof((a)[0]))

/* Ends the program when x does not hold, naming the place. */
#define check(x)                                                                         \
	do {                                                                             \
		if (__builtin_expect(!(x), 0))                                           \
			check_failed(#x, __FILE__, __LINE__);                            \
	} while (0)

_Noreturn void check_failed(const char *what, const char *file, int line);

/* Called once before the program ends by check_failed, so that it can say why; NULL is
 * the default: nothing is said, abort() follows. */
void check_sink_set(void (*sink)(const char *what, const char *file, int line));
