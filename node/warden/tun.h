/* SPDX-License-Identifier: ISC */
/*
 * The TUN device of one connection, with its address and its routes. It lasts as long as
 * somebody holds the descriptor; tun_close takes it away from whoever still does.
 */
#pragma once

#include <net/if.h>
#include <netlink/netlink.h>

#include "node/base/check.h"
#include "node/base/ids.h"

struct tun {
	struct nl_sock *ask; /* private; owned */
	char name[IFNAMSIZ]; /* empty: there is none */
	int index;
	uint8_t features; /* TUN_VNET and so on, order.h */
	struct address self;
};

/* The descriptor, which the caller hands over and closes, or a negative errno. */
must_use int tun_open(struct tun *t, const struct address *self, unsigned mtu);
/* Default routes on and off, with 192.0.0.1 for IPv4 (RFC 7335). */
must_use int tun_uplink(struct tun *t, bool on);
/* 100.71.0.0/16, where a gateway finds the nodes that have no IPv4 address, on and off. */
must_use int tun_gateway(struct tun *t, bool on);
void tun_close(struct tun *t);
