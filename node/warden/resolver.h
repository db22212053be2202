/* SPDX-License-Identifier: ISC */
/*
 * Names under .qanat are asked of the node: by systemd-resolved where it runs, else by a
 * first nameserver line in /etc/resolv.conf. There the old file stays, as the same inode,
 * under a second name while ours stands in its place; that name is the restore record, and
 * works after a reboot as well.
 */
#pragma once

#include "node/base/check.h"

#define RESOLVER_ADDRESS "127.0.0.71"

struct resolver {
	bool told;  /* systemd-resolved was */
	int record; /* else the old resolv.conf, locked; negative: it is in its place */
};

/* Port 53 of the address: a descriptor for SOCK_DGRAM, or for SOCK_STREAM, which listens. */
must_use int resolver_socket(int type);

/* Points the system there. -ELOOP: resolv.conf is a symbolic link, so somebody else makes
 * it. -EWOULDBLOCK, -EEXIST: another node is asked already. To be followed by off even if
 * it fails. */
must_use int resolver_on(struct resolver *r, const char *device);
void resolver_off(struct resolver *r, const char *device);

/* Puts back a resolv.conf that a killed warden had replaced. */
must_use int resolver_restore(void);
