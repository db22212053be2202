/* SPDX-License-Identifier: ISC */
/*
 * The sysctls of a gateway. What they were stands in a record before the first is changed,
 * and from there alone they are put back: when the gateway is switched off, or by whoever
 * comes next when this process was killed. One gateway a network namespace.
 *
 *   record = "qanat-warden 1\nboot BOOT-ID\n" *( path " " value "\n" )
 *            path under /proc/sys/net, in the order in which they are to be put back
 */
#pragma once

#include "node/base/check.h"
#include "node/warden/sysctl.h"

struct forwarding {
	int record; /* locked while the gateway is on; -1: it is off */
};

/* Writes down what is, after forwarding_restore. -EBUSY: another node is the gateway here.
 * alone: nothing was forwarded before. */
must_use int forwarding_record(struct forwarding *f, const char *directory, bool *alone);
/* After the record. */
must_use int forwarding_on(void);
/* Puts back what the record says, if there is one. */
void forwarding_off(struct forwarding *f, const char *directory);

/* Puts back what a killed warden had changed in this network namespace. */
must_use int forwarding_restore(const char *directory);

struct forwarding_line {
	char path[SYSCTL_PATH_MAX + 1];
	char value[SYSCTL_VALUE_MAX + 1];
};

/* Takes one line off *text. False: there is none, or one that no record of ours has. */
must_use bool forwarding_line_take(const char **text, struct forwarding_line *line);
