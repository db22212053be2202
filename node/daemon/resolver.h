/* SPDX-License-Identifier: ISC */
/*
 * Answers DNS for NAME.qanat on loopback, UDP and TCP, at once and from the loop: what is asked
 * is in memory. Asked from anywhere but loopback it says nothing.
 *
 * Bounds: 64 packets a socket and wakeup; 16 TCP connections (the one that asked longest ago
 * makes room), each for 5 s after its last question.
 */
#pragma once

#include "node/daemon/daemon.h"

enum {
	RESOLVER_SOCKETS_MAX = 8,
	RESOLVER_STREAMS_MAX = 16,
	RESOLVER_STREAM_MS = 5000,
};

/* Answers at the port of the settings (0: not at all); where it was before is closed. What
 * stands in the way is kept as trouble, and tried again by resolver_tick. */
void resolver_open(struct daemon *d, struct instant now);
/* Takes a UDP socket, or a listening TCP socket, that is bound to a loopback address: 0, or a
 * negative errno and the descriptor is closed. */
must_use int resolver_take(struct daemon *d, int fd);
void resolver_close(struct daemon *d);
/* Once a second. */
void resolver_tick(struct daemon *d, struct instant now);

struct resolver_status {
	uint16_t port; /* 0: off */
	bool up;
	const char *trouble; /* NULL: none */
	uint64_t queries, answered, malformed;
};
void resolver_status(const struct daemon *d, struct resolver_status *out);
