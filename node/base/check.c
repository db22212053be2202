/* SPDX-License-Identifier: ISC */
/* Where a broken assumption ends the program. The program may hang its own voice in. */
#include "node/base/check.h"

#include <stdlib.h>

static void (*check_sink)(const char *what, const char *file, int line);

void check_sink_set(void (*sink)(const char *what, const char *file, int line))
{
	check_sink = sink;
}

_Noreturn void check_failed(const char *what, const char *file, int line)
{
	if (check_sink != NULL)
		check_sink(what, file, line);
	abort();
}
