/* SPDX-License-Identifier: ISC */
/* Help, made from the table of commands. */
#pragma once

#include <stdio.h>

#include "node/control/command.h"

void help_all(FILE *out);
void help_command(FILE *out, enum command command);
/* "qanat ping NODE [-c N] [-i TIME]" */
void help_usage(FILE *out, enum command command);
