/* SPDX-License-Identifier: ISC */
/* Small files: values of the kernel, and files that say what is to be put back. */
#pragma once

#include "node/base/check.h"

#include <sys/types.h>

#define SYSCTL_ROOT "/proc/sys/net/"

/* The first line of a file; empty if it cannot be read, cut if longer than room. */
void file_line(const char *path, char *out, size_t room);
/* Writes a value that differs. One that is not there any more is no failure. */
must_use int file_value(const char *path, const char *value);

/* A file of ours for this network namespace, which is named by a number that the kernel never
 * uses twice. */
enum { FILE_PATH_ROOM = 128 };
void file_of_namespace(char path[FILE_PATH_ROOM], const char *kind);
/* This start of the machine: what was set before it is gone. */
enum { FILE_BOOT_ROOM = 64 };
void file_boot(char boot[FILE_BOOT_ROOM]);

/* Runs a program of the system without environment, so many seconds at most. Its exit status, -1
 * if it did not end by itself; out is what it said, as a text cut to room. */
must_use int tool_run(char *const argv[], unsigned seconds, char *out, size_t room);

/* For an act that has just failed: closes fd if there is one, and returns -errno of the act. */
must_use int file_failed(int fd);

/* A new file, flushed and locked; whatever had the name goes. Its descriptor. */
must_use int file_new(const char *path, const char *text, size_t len, mode_t mode);
/* A file that is there, locked. -EWOULDBLOCK: a warden that lives holds it. -ELOOP: it is a
 * symbolic link. */
must_use int file_lock(const char *path);
