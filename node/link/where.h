/* SPDX-License-Identifier: ISC */
/*
 * Where a static peer is, and where we listen, as people write it:
 *
 *   peer   = ["tcp:" | "udp:"] host ":" port
 *   listen = [address ":"] port
 *   host   = name | IPv4 address | "[" IPv6 address "]"
 *
 * Links have port 7117 of every interface to themselves, so peers listen on another one.
 */
#pragma once

#include "node/base/check.h"

enum { WHERE_TEXT_MAX = 271, WHERE_HOST_MAX = 253 };

enum where_way {
	WHERE_ANY, /* UDP first, and TCP where that does not get through */
	WHERE_UDP,
	WHERE_TCP,
};

struct where {
	char text[WHERE_TEXT_MAX + 1]; /* as it was written */
	enum where_way way;
	char host[WHERE_HOST_MAX +
		  1];  /* without brackets; empty: every address of ours */
	uint16_t port; /* not 0 */
};

/* NULL, or what is wrong with the text: "has no port". */
must_use const char *where_peer(struct where *w, const char *text);
must_use const char *where_listen(struct where *w, const char *text);

/* The host as an address, IPv4 ones mapped (RFC 4291 section 2.5.5.2); false: it is a name. */
must_use bool where_address(const struct where *w, uint8_t address[16]);
