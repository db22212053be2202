/* SPDX-License-Identifier: ISC */
/*
 * Who is heard on the channel of the radio that the node has set up (`wifi-monitor`): frames of
 * the warden's monitor interface, cut to their transmitter, go into the table of node/radio.
 * Only shown: neither metric nor routes know of it.
 */
#pragma once

#include <ev.h>

#include "node/radio/overheard.h"

struct daemon;

struct monitor {
	/* private */
	bool open;
	int fd; /* owned while open */
	ev_io io;
	struct overheard heard;
	const char *trouble,
		*fix; /* why it is not there, and what mends that; NULL: nothing */
};

/* How busy the channel was in the last seconds, in thousandths of the time: all that was
 * overheard, and of this what this node sent, other nodes that it has links to, and strangers. */
struct monitor_busy {
	uint32_t all, own, nodes, strangers;
};

/* The radio has joined: take is the packet socket that came along; -1: none did, and if it was
 * asked for the log says why. The table begins anew. */
void monitor_open(struct daemon *d, int take);
/* The radio is left. One that is not open is fine. */
void monitor_close(struct daemon *d);
/* Of a station by its hardware address; NULL: it is not heard, or nobody listens. */
const struct overheard_sender *monitor_of(const struct daemon *d, const uint8_t mac[6]);
/* False: nobody listens. */
must_use bool monitor_busy(
	struct daemon *d, struct instant now, struct monitor_busy *out);
/* Why nobody listens though the settings want it, in words; false: there is nothing to be said. */
must_use bool monitor_trouble(const struct daemon *d, const char **why, const char **fix);
