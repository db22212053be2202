/* SPDX-License-Identifier: ISC */
/* A connection to the node's control socket: one request, then its replies. */
#pragma once

#include "node/control/reply.h"
#include "node/control/request.h"

struct client {
	int fd; /* -1: closed */
	/* private */
	struct buffer in;
	size_t taken; /* bytes of in that the last reply stands in */
};

/* Where the control socket is looked for without --state, as text for people. */
const char *client_place(const char *state);
/* Connects; 0 or a negative errno. state NULL: the usual places. */
must_use int client_open(struct client *c, const char *state);
void client_close(struct client *c);
/* Sends the request; 0 or a negative errno. */
must_use int client_ask(struct client *c, const struct request *r);
/* The next reply, borrowed until the next call. 0, -EINTR: a signal came, -EAGAIN: the
 * socket does not block and nothing whole is there, -EPIPE: closed before the exit code,
 * -EPROTO: not a reply; or another negative errno. */
must_use int client_next(struct client *c, struct reply *r);
