/* SPDX-License-Identifier: ISC */
/* A listening Unix socket at a path that is ours from open to close. */
#pragma once

#include <sys/stat.h>

#include "node/base/check.h"

struct listener {
	int fd;
	/* private */
	const char *path;
	dev_t device;
	ino_t inode;
};

/* type: SOCK_STREAM or SOCK_SEQPACKET. A socket at path that nobody listens to is
 * replaced; one that is in use is -EADDRINUSE, anything else there -EEXIST. path must
 * outlive l. */
must_use int listener_open(struct listener *l, const char *path, int type, mode_t mode);
/* Removes the path if it still is the socket that was made. */
void listener_close(struct listener *l);
/* A connection, or a negative errno. */
must_use int listener_accept(const struct listener *l);
