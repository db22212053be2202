/* SPDX-License-Identifier: ISC */
/*
 * A radio in a mesh of 802.11s or in an IBSS: on an interface of our own beside the user's,
 * which the kernel removes when we are gone, or on the user's. In this case what is to be put
 * back stands in a record before the first thing is changed: mode, flags, addresses, routes,
 * and whether NetworkManager had it.
 */
#pragma once

#include "node/radio/nl80211.h"
#include "node/warden/radio_order.h"

struct radio_port {
	/* private */
	struct nl80211 net; /* what came by it lasts as long as it is open */
	unsigned index;     /* 0: nothing is joined */
	char name[IFNAMSIZ];
	bool ours;   /* the interface is */
	int record;  /* of one that is not, locked; negative: none */
	int secured; /* the process of wpa_supplicant; 0: none */
};

/* Leaves what was joined before; joins again unless o is NULL. Then *fd is a packet socket for
 * frames of ours to the interface, its filter locked, and *why the interface's name; if it
 * failed, at which step. */
must_use int radio_act(
	struct radio_port *r, const struct radio_order *o, int *fd, const char **why);
void radio_off(struct radio_port *r);

/* Puts back what a killed warden has left in this network namespace. */
must_use int radio_restore(void);

/* Has wpa_supplicant join, which has the key; it takes its time. secured.c. -ENOENT: it is not
 * installed. */
must_use int secured_join(struct radio_port *r, const struct radio_order *o);
void secured_leave(struct radio_port *r);

/* The packet socket alone; packet.c. */
must_use int radio_socket(const struct radio_port *r);
