/* SPDX-License-Identifier: ISC */
/*
 * What nl80211 says of stations unasked (its multicast group "mlme"). Only a hint, which may get
 * lost: the truth is in radios_stations. Needs no privilege.
 */
#pragma once

#include "node/radio/nl80211.h"

/* The kernel took the station for gone, or gave up many frames to it one after the other. */
struct radio_event {
	unsigned index; /* of the interface */
	uint8_t mac[6];
};

/* Opens it for events and nothing else. A negative errno as nl80211_open, or -ENOTSUP: this
 * kernel tells none. */
must_use int radio_events_open(struct nl80211 *n);
int radio_events_fd(const struct nl80211 *n);
/* The next one that came; false: none is left. Never waits. */
must_use bool radio_events_take(struct nl80211 *n, struct radio_event *out);

/* One message, from its attributes; false: it is about something else. */
must_use bool radio_event_parse(
	struct radio_event *out, uint8_t command, struct nlattr *at, int len);
