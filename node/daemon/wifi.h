/* SPDX-License-Identifier: ISC */
/*
 * The radio that the node was told to set up: joined through the warden, looked at each second.
 * The kernel's station table says how fast each neighbour is reached, and whose frames are
 * given up.
 */
#pragma once

#include "node/base/instant.h"
#include "node/radio/events.h"
#include "node/radio/lesson.h"
#include "node/radio/radios.h"
#include "node/radio/tries.h"
#include "node/warden/warden.h"

struct daemon;
struct port;

enum wifi_alone {
	WIFI_NOBODY,    /* no station is there */
	WIFI_SILENT,    /* stations are listed, and none of them is a node */
	WIFI_SHUT_OUT,  /* and none of them lets this one in */
	WIFI_OTHER_CELL /* an IBSS has our name that is not ours */
};

struct wifi_station {
	struct station station; /* as of the last look */
	struct tries tries;
	struct lesson lesson;
};

struct wifi {
	struct nl80211 net; /* to ask; sock NULL: this kernel has none */
	struct nl80211 events;
	struct warden_radio told; /* what it joined, or tries to */
	unsigned index;           /* of the interface that joined; 0: none has */
	enum nl80211_iftype type;
	bool joined; /* it has been on a channel */
	char name[16];
	int64_t opened_ms;
	int64_t again_ms, wait_ms; /* when to try again, and how long was waited before */
	char trouble[200];         /* why it has not joined, in words */
	const char *fix;           /* what mends that */
	char thief[80];            /* the same, when another program has taken it */
	struct wifi_station seen[STATIONS_MAX]; /* a second ago */
	size_t seen_count;
	/* since when there was nobody but strangers; 0: that is not so */
	int64_t alone_since_ms;
	enum wifi_alone alone;
};

/* Before privileges go. */
void wifi_open(struct daemon *d);
/* Whether it does what the settings say. */
bool wifi_is_told(const struct daemon *d);
/* Joins when it is time to; opens the port, or leaves a word in `trouble`. */
void wifi_try(struct port *p, struct instant now);
/* Its packet socket gave an error. */
void wifi_failed(struct port *p, struct instant now, int err);
/* What the kernel knows of the stations goes to the node. */
void wifi_follow(struct port *p, struct instant now);
/* What the kernel has said of stations since: those are asked about at once. */
void wifi_events(struct daemon *d, struct instant now);
/* Leaves, and puts back what was. */
void wifi_leave(struct daemon *d);
/* Whether it is the radio's, by its number, and open. */
bool wifi_is_port(const struct daemon *d, uint32_t number);
/* How loud the kernel's station table says one is, in dBm; 0: unknown. */
int wifi_signal(const struct daemon *d, const uint8_t mac[6]);
/* Why there is no node to be heard, in words, with what mends it; false: there is nothing to
 * be said. */
must_use bool wifi_is_alone(
	const struct daemon *d, struct instant now, const char **why, const char **fix);
