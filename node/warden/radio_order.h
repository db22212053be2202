/* SPDX-License-Identifier: ISC */
/*
 * What an order says of a radio, in the place of the names that others have:
 *
 *   name id:256 mode:8 flags:8 key:512, then zeros
 *     id, the mesh ID or the SSID, is filled up with zeros, of which it has none itself
 *     key, a password of 8 to 63 letters, digits and the like, no quotes; or none
 */
#pragma once

#include <net/if.h>

#include "node/wire/reader.h"

enum { RADIO_ID_MAX = 32, RADIO_KEY_MIN = 8, RADIO_KEY_MAX = 63 /* IEEE 802.11 */ };
enum radio_mode { RADIO_MESH = 1, RADIO_IBSS };
enum radio_flags {
	RADIO_TAKE = 1,    /* the interface itself, if no other can stand beside it */
	RADIO_HT = 2,      /* 802.11n; else the rates that every radio has */
	RADIO_MONITOR = 4, /* and hear who else is on the channel */
	RADIO_40_MHZ = 8,  /* so wide is its channel; neither: 20 MHz */
	RADIO_80_MHZ = 16,
	RADIO_FLAGS = 31
};

struct radio_order {
	char interface[IFNAMSIZ];
	char id[RADIO_ID_MAX + 1];
	uint8_t mode, flags;
	char key[RADIO_KEY_MAX + 1];
	uint16_t mhz; /* stands where others have an mtu */
};

/* Filled up with zeros where it is shorter than size; its length. */
size_t order_text_read(struct reader *r, char *out, size_t size);
/* size bytes in all. */
void radio_order_read(struct reader *r, struct radio_order *o, size_t size);
/* Of its channel, in MHz. */
unsigned radio_order_width(const struct radio_order *o);
/* No key at all, or one that wpa_supplicant reads as it is between quotes. */
must_use bool radio_key_is_good(const char *key);
/* on: everything is there; off: nothing is. */
must_use bool radio_order_is_sound(const struct radio_order *o, bool on);
