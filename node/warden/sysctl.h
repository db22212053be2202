/* SPDX-License-Identifier: ISC */
/* Single values under /proc/sys/net. */
#pragma once

#include "node/base/check.h"

enum { SYSCTL_PATH_MAX = 64, SYSCTL_VALUE_MAX = 11 };

#define SYSCTL_ROOT "/proc/sys/net/"

struct sysctl_path {
	char s[sizeof(SYSCTL_ROOT) + SYSCTL_PATH_MAX];
};

/* Three parts of a path under SYSCTL_ROOT, joined. */
struct sysctl_path sysctl_path(const char *a, const char *b, const char *c);
/* The first line of any file; empty if it cannot be read or is longer than room. */
void sysctl_line(const char *path, char *out, size_t room);
/* Writes what differs. What is not there any more is no failure. */
must_use int sysctl_write(const char *path, const char *value);
