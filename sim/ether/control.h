/* SPDX-License-Identifier: ISC */
/*
 * The control socket (Unix stream): a client writes a line, the answer is one line, or
 * several closed by a line with a single dot. Commands stand in README.md.
 */
#pragma once

#include "sim/ether/ether.h"
#include "sim/ether/listener.h"

enum {
	CONTROL_CLIENTS_MAX = 64,      /* one more is refused */
	CONTROL_LINE_MAX = 512,        /* a longer line ends the connection */
	CONTROL_OUTPUT_MAX = 32 << 20, /* unread answers; more ends the connection */
};

struct talker;

struct control {
	/* private */
	struct ether *ether;
	struct listener listener;
	ev_io io;
	struct talker *talkers;
	unsigned count;
};

must_use int control_open(struct control *c, struct ether *e, const char *path);
void control_close(struct control *c);
