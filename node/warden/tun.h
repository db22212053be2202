/* SPDX-License-Identifier: ISC */
/*
 * The TUN device of one connection, with its address and its routes. It lasts as long as
 * somebody holds the descriptor, and all that hangs on it goes with it.
 */
#pragma once

#include <net/if.h>

#include "node/base/check.h"
#include "node/base/ids.h"

struct tun {
	char name[IFNAMSIZ];
	int index; /* 0: there is none */
	struct address self;
};

/* The descriptor, which the caller hands over and closes, or a negative errno. */
must_use int tun_open(struct tun *t, const struct address *self, unsigned mtu);
/* Default routes, with 192.0.0.1 for IPv4 (RFC 7335). */
must_use int tun_uplink_on(const struct tun *t);
void tun_uplink_off(const struct tun *t);
/* 100.71.0.0/16, where a gateway finds nodes that speak IPv4, on or off. */
must_use int tun_gateway(const struct tun *t, bool on);
/* Takes it down, if somebody still holds it. */
void tun_close(struct tun *t);
