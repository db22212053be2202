/* SPDX-License-Identifier: ISC */
/*
 * Names under .qanat are asked of the node: by systemd-resolved where it runs, else by a
 * first nameserver line in /etc/resolv.conf. There the old file stays, as the same inode,
 * under a second name while ours stands in its place; that name is the restore record, and
 * works after a reboot as well.
 */
#pragma once

#include "node/base/check.h"

enum resolver_way { RESOLVER_NONE, RESOLVER_LINK, RESOLVER_FILE };

struct resolver {
	enum resolver_way way;
	int saved; /* RESOLVER_FILE: the old file, locked */
};

/* Where the sockets are bound. */
extern const uint8_t resolver_address[4];

/* Binds port 53 for UDP and TCP and points the system there; the caller closes fds.
 * -ELOOP: resolv.conf is a symbolic link, so somebody else makes it. -EBUSY: another node
 * is asked already. */
must_use int resolver_on(struct resolver *r, const char *device, int fds[2]);
void resolver_off(struct resolver *r, const char *device);

/* Puts back a resolv.conf that a killed warden had replaced. */
must_use int resolver_restore(void);
