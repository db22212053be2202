/* SPDX-License-Identifier: ISC */
/*
 * The IP interface of the node: asked of the warden at the start, before privileges go, then
 * read and written from the loop.
 */
#pragma once

#include <ev.h>

#include "node/base/instant.h"
#include "node/link/iptun.h"
#include "node/warden/warden.h"

struct daemon;
struct port;

struct ip_port {
	bool open;
	char name[16];       /* of the interface */
	const char *trouble; /* why it is not open; NULL: it is, or was not wanted */
	/* the ports whose interfaces are shut to everything but us, a bit each; and those for
	 * which the warden could not do it, not asked for again as long as they are the same */
	uint32_t guarded, guard_failed;
	const char *guard_trouble;
	const char *
		dns_trouble; /* why the machine does not ask us for names; NULL: nothing */
	int dns[2];          /* sockets at port 53, for the resolver; -1: none */
	struct warden *warden; /* owned; NULL: none */
	struct iptun tun;
	ev_io io, warden_io;
};

/* Before privileges go; without a warden the node runs without the interface and says so. */
void ip_open(struct daemon *d);
/* Reads from then on; call when the loop is there. */
void ip_start(struct daemon *d);
/* Interfaces that carry the mesh have changed: the guard follows. */
void ip_guard(struct daemon *d);
/* Whether the guard is to stand on a port's interface. */
bool ip_guard_wants(const struct daemon *d, const struct port *p);
/* Takes over what has come for this machine, so that there is room for more. */
void ip_drain(struct daemon *d);
/* Gives it to this machine. */
void ip_flush(struct daemon *d);
void ip_close(struct daemon *d);
