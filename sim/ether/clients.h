/* SPDX-License-Identifier: ISC */
/*
 * Nodes that attach by the Unix socket (SOCK_SEQPACKET), without any privilege. The first
 * packet is the hello: `node NAME` or `node NAME mac 02:00:00:00:00:01`. The answer is
 * `ok`, or `error: REASON` and the end. From then on each packet is one Ethernet frame,
 * both ways. Nothing of an Ethernet frame is as short as `ok`, so a client may skip what
 * is shorter than 14 bytes.
 */
#pragma once

#include "sim/ether/ether.h"
#include "sim/ether/listener.h"

enum {
	CLIENTS_WAITING_MAX = 64
}; /* connected, hello not yet said; one more is refused */

struct client;

struct clients {
	/* private */
	struct ether *ether;
	struct listener listener;
	ev_io io;
	struct client *waiting;
	unsigned waiting_count;
};

must_use int clients_open(struct clients *c, struct ether *e, const char *path);
void clients_close(struct clients *c);
