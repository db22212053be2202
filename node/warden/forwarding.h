/* SPDX-License-Identifier: ISC */
/*
 * The sysctls of a gateway. What they were stands in a record before the first is changed,
 * and from there alone they are put back: when the gateway is switched off, or by whoever
 * comes next when this process was killed. One gateway a network namespace.
 *
 *   record = "boot BOOT-ID\n" *( path " " value "\n" )
 *            path under /proc/sys/net, in the order in which they are to be put back
 */
#pragma once

#include "node/base/check.h"

enum { FORWARDING_PATH_MAX = 64, FORWARDING_VALUE_MAX = 11 };

/* Writes down what is and keeps it locked. The record's descriptor, or a negative errno;
 * -EEXIST: another node is the gateway here. alone: nothing was forwarded before. */
must_use int forwarding_record(bool *alone);
must_use int forwarding_on(int record);
/* Puts back what the record says and closes it; negative is none, then and before. */
void forwarding_off(int *record);
/* The same for the record of a warden that was killed in this network namespace. */
must_use int forwarding_restore(void);

struct forwarding_line {
	char path[FORWARDING_PATH_MAX + 1];
	char value[FORWARDING_VALUE_MAX + 1];
};

/* Takes one line off *text. False: there is none, or one that no record of ours has. */
must_use bool forwarding_line_take(const char **text, struct forwarding_line *line);
