/* SPDX-License-Identifier: ISC */
/*
 * What an order says of a radio, in the place of the names that others have:
 *
 *   name id:256 mode:8 flags:8, then zeros
 *     id, the mesh ID or the SSID, is filled up with zeros, of which it has none itself
 */
#pragma once

#include <net/if.h>

#include "node/wire/reader.h"

enum { RADIO_ID_MAX = 32 /* IEEE 802.11 */ };
enum radio_mode { RADIO_MESH = 1, RADIO_IBSS };
enum radio_flags {
	RADIO_TAKE = 1, /* the interface itself, if no other can stand beside it */
	RADIO_HT = 2    /* 802.11n; else the rates that every radio has */
};

struct radio_order {
	char interface[IFNAMSIZ];
	char id[RADIO_ID_MAX + 1];
	uint8_t mode, flags;
	uint16_t mhz; /* stands where others have an mtu */
};

/* Filled up with zeros where it is shorter than size; its length. */
size_t order_text_read(struct reader *r, char *out, size_t size);
/* size bytes in all. */
void radio_order_read(struct reader *r, struct radio_order *o, size_t size);
/* on: everything is there; off: nothing is. */
must_use bool radio_order_is_sound(const struct radio_order *o, bool on);
