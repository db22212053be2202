/* SPDX-License-Identifier: ISC */
/* The command line, read by the table of commands. */
#pragma once

#include "tools/cli/cli.h"

enum options_verdict {
	OPTIONS_RUN,   /* the request is complete */
	OPTIONS_DONE,  /* help or the version was asked for and printed */
	OPTIONS_WRONG, /* said why on stderr: EXIT_USAGE */
};

enum options_verdict options_parse(struct cli *c, int argc, char **argv);
/* What people write for a duration, in milliseconds: 5, 0.2, 90s, 15m, 8h, 7d, 2w. */
must_use bool options_duration(const char *s, uint64_t *ms);
