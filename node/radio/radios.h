/* SPDX-License-Identifier: ISC */
/*
 * What the kernel says of radios, of interfaces on them, and of the stations that these hear.
 * Needs no privilege. Attributes that are missing, of another length, or unknown are as if the
 * kernel had not said them.
 */
#pragma once

#include "node/radio/nl80211.h"

enum {
	RADIOS_MAX = 8,
	RADIO_INTERFACES_MAX = 32,
	RADIO_CHANNELS_MAX = 128,
	STATIONS_MAX = 128
};

struct radio_channel {
	uint16_t mhz;
	bool off;    /* the regulatory domain forbids it, or the radio cannot */
	bool silent; /* to be listened to only: nobody may begin a network there */
};

struct radio {
	uint32_t number; /* of phyN */
	char name[16];
	bool mesh, ibss, monitor; /* modes that the driver lists */
	size_t channel_count;
	struct radio_channel channels[RADIO_CHANNELS_MAX];
};

struct radio_interface {
	unsigned index;
	char name[16];
	uint32_t radio; /* of phyN */
	enum nl80211_iftype type;
	uint16_t mhz; /* 0: on no channel now */
	uint8_t mac[6];
	char ssid
		[33]; /* of the network that it is in, as far as the kernel says; else empty */
};

struct station {
	uint8_t mac[6];
	uint64_t rate_bps;       /* expected throughput; 0: unknown */
	bool rate_counts_losses; /* else it was made of the last frame's rate */
	int8_t signal_dbm;       /* 0: unknown */
	/* since it is there: frames, further tries of them, frames given up */
	uint32_t packets, retries, failed;
	uint32_t inactive_ms; /* since a frame of it was heard */
	/* frames go both ways: peered in a mesh, let in by its key; in an IBSS without a key
	 * every station is one */
	bool peer;
};

/* All, or as many as there is room for; how many, or a negative errno. */
must_use int radios_list(struct nl80211 *n, struct radio *out, size_t room);
must_use int radios_stations(
	struct nl80211 *n, unsigned index, struct station *out, size_t room);
must_use int radios_interfaces(
	struct nl80211 *n, struct radio_interface *out, size_t room);
/* -ENODEV: there is no such Wi-Fi interface. */
must_use int radios_interface(
	struct nl80211 *n, unsigned index, struct radio_interface *out);

/* As iw calls it: "managed", "mesh point". */
const char *radio_mode_name(enum nl80211_iftype type);

/* The address of the cell of an IBSS, made of its name: cells that begin far from each other have
 * the same, so they are one when they meet. */
void radio_bssid(uint8_t bssid[6], const char *ssid);

/* One message each, from its attributes; false: it says too little to mean anything. A radio's
 * comes in parts: the first begins a new row of *out, others go on with it. */
must_use bool radio_parse(struct radio *out, bool *is_new, struct nlattr *at, int len);
must_use bool radio_interface_parse(
	struct radio_interface *out, struct nlattr *at, int len);
must_use bool station_parse(struct station *out, struct nlattr *at, int len);
