/* SPDX-License-Identifier: ISC */
/* Which interfaces exist and can carry us, and which lead to the Internet, asked of the kernel
 * through rtnetlink. */
#pragma once

#include "node/base/check.h"

enum interface_kind { INTERFACE_ETHERNET, INTERFACE_TAP, INTERFACE_WIRELESS };

struct interface_state {
	bool exists;
	bool set_up;     /* by somebody */
	bool up;         /* and has carrier */
	bool link_local; /* has a link-local address that is no longer tentative */
	bool routed; /* has other addresses too: it belongs to another network as well */
	unsigned index;
	size_t mtu;
	uint8_t mac[6];
	enum interface_kind kind;
};

struct interfaces;

/* 0 or a negative errno; caller closes. */
must_use int interfaces_open(struct interfaces **out);
void interfaces_close(struct interfaces *i); /* NULL is fine */
/* Readable when something about interfaces or addresses changed. */
int interfaces_fd(const struct interfaces *i);
/* Takes the news off the descriptor. True: look again at what you use. */
bool interfaces_changed(struct interfaces *i);
/* What the kernel says of an interface now. 0 or a negative errno. */
must_use int interfaces_state(
	struct interfaces *i, const char *name, struct interface_state *out);

/* Names of those that are up with carrier and a link-local address: cards, and one end of a
 * pair, no tunnels and no bridges. At most room; how many. */
size_t interfaces_usable(struct interfaces *i, char names[][16], size_t room);

/* From here on changes of routes are news, too. 0 or a negative errno. */
must_use int interfaces_watch_routes(struct interfaces *i);

enum { UPLINK_MAX = 32 }; /* interfaces in such a list */

struct uplinks {
	bool ipv6, ipv4;
};
/* For which families the main table has a default route over an interface that is up with
 * carrier, and is none of these (at most UPLINK_MAX). 0 or a negative errno. */
must_use int interfaces_uplinks(struct interfaces *i, const char *const besides[],
	size_t count, struct uplinks *out);
