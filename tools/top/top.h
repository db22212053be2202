/* SPDX-License-Identifier: ISC */
/* The status screen: neighbours and folders, anew every second, until q. */
#pragma once

#include "tools/cli/cli.h"

/* Returns the exit code. */
int top_run(const struct cli *c);
