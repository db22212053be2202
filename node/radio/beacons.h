/* SPDX-License-Identifier: ISC */
/*
 * The networks whose beacons a radio has heard of late. An element of a beacon is what a
 * stranger said; it is read through the cursor.
 */
#pragma once

#include "node/radio/nl80211.h"
#include "node/wire/reader.h"

enum { BEACONS_MAX = 64 };

struct beacon {
	uint8_t bssid[6];
	char ssid[33]; /* without zeros; empty: hidden */
	bool ibss;
	bool secret; /* it is encrypted */
	uint32_t ago_ms;
};

/* As many as there is room for; how many, or a negative errno. */
must_use int beacons_heard(
	struct nl80211 *n, unsigned index, struct beacon *out, size_t room);

/* One message, from its attributes; false: it says too little to mean anything. */
must_use bool beacon_parse(struct beacon *out, struct nlattr *at, int len);
/* The SSID among the elements of a beacon (IEEE 802.11: id:8 length:8 value, each). */
void beacon_elements(struct beacon *out, struct bytes elements);
