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

struct radio_events {
	/* private */
	struct nl_sock *sock; /* owned; NULL: there are none */
};

/* A negative errno where there is no Wi-Fi; then there are no events. */
must_use int radio_events_open(struct radio_events *e);
void radio_events_close(struct radio_events *e);
int radio_events_fd(const struct radio_events *e);
/* The next one that came; false: none is left. Never waits. */
must_use bool radio_events_take(struct radio_events *e, struct radio_event *out);

/* One message, from its attributes; false: it is about something else. */
must_use bool radio_event_parse(
	struct radio_event *out, uint8_t command, struct nlattr *at, int len);
