/* SPDX-License-Identifier: ISC */
/* One run of the program qanat: what was asked, and where it talks. */
#pragma once

#include "node/control/reply.h"
#include "node/control/request.h"

struct cli {
	struct request request;
	const char *state; /* --state; NULL: the usual places */
	bool json, quiet;
	bool is_screen_out, is_screen_err; /* stdout, stderr are terminals */
	bool colour;                       /* on stdout */
};

/* Set by SIGINT and SIGTERM: stop, and end with EXIT_INTERRUPTED. */
bool cli_interrupted(void);
