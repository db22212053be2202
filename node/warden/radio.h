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
	bool ours;        /* the interface is */
	unsigned monitor; /* hears the channel; always ours; 0: none */
	int record;       /* of one that is not, locked; negative: none */
	int secured;      /* the process of wpa_supplicant; 0: none */
};

struct radio_sockets {
	int frames; /* of ours to the interface */
	int monitor; /* heads of all that is heard, as below; negative: that is not to be had */
};

/* Leaves what was joined before; joins again unless o is NULL. Then *out has packet sockets,
 * their filters locked, and *why is the interface's name; if it failed, at which step. */
must_use int radio_act(struct radio_port *r, const struct radio_order *o,
	struct radio_sockets *out, const char **why);
void radio_off(struct radio_port *r);

/* Puts back what a killed warden has left in this network namespace. */
must_use int radio_restore(void);

/* Has wpa_supplicant join, which has the key; it takes its time. secured.c. -ENOENT: it is not
 * installed. */
must_use int secured_join(struct radio_port *r, const struct radio_order *o);
void secured_leave(struct radio_port *r);

/* The packet sockets alone; packet.c. */
must_use int radio_socket(const struct radio_port *r);
must_use int radio_monitor_socket(unsigned index);
/* Lets in, for good, frames of IEEE 802.11 behind a radiotap header whose transmitter is said
 * (management, data): what stands up to there (section 9.2.4.1.1, 16 bytes of the frame), and
 * nothing that follows. */
must_use int radio_monitor_filter(int fd);
