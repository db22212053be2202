/* SPDX-License-Identifier: ISC */
/*
 * The carrier of islands: frames to peers named in the settings and to those who connect to us,
 * over TCP or UDP, wherever IP reaches. For the node it is one interface like any other: a frame
 * for everybody goes to every peer in a copy, an endpoint is an address and port.
 */
#pragma once

#include "node/link/carrier.h"
#include "node/link/where.h"

enum {
	PEERS_DIALS_MAX = 64, /* in the settings */
	PEERS_INCOMING_MAX =
		64, /* victim: without a session longest; else the newcomer */
	PEERS_MAX = PEERS_DIALS_MAX + PEERS_INCOMING_MAX,
	PEERS_INCOMING_EACH = 8, /* of one address, IPv6: of one /64 */
	PEERS_MTU = 1452,        /* what relays are made for; see README.md */
};

/* An IPv4 address, mapped (RFC 4291 section 2.5.5.2); it stands in the last four bytes. */
static inline bool peers_is_ipv4(const uint8_t address[16])
{
	static const uint8_t before[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(address, before, sizeof(before)) == 0;
}

struct peers_told {
	const struct where *dials; /* borrowed for the call */
	size_t dial_count;
	const struct where *listen; /* NULL: nobody is let in */
};

/* Opens the carrier; peers_tell says what it is to do. rng is borrowed for life. */
must_use int peers_open(struct carrier *c, const struct rng *rng);

/* Follows the settings: what stays the same stays connected. 0, or a negative errno when the
 * port cannot be listened on; dials go on all the same. */
must_use int peers_tell(struct carrier *c, const struct peers_told *told);

/* Once a second: timers, and which endpoints have a session with us. Calls in between do
 * nothing. */
void peers_tick(struct carrier *c, struct instant now, const struct endpoint *proven,
	size_t count);

enum peer_state {
	PEER_RESOLVING,  /* its name is looked up */
	PEER_CONNECTING, /* no session yet */
	PEER_UP,         /* a session runs over it */
	PEER_MET,        /* another of the connections leads to the same node */
	PEER_WAITING,    /* until it is tried again */
};

struct peer_status {
	const char *name; /* as in the settings; NULL: it came to us */
	enum peer_state state;
	bool tcp;
	struct endpoint endpoint; /* zero: none now */
	unsigned since_s;         /* so long in this state */
	unsigned down_s;          /* without a session */
	uint64_t dropped;         /* frames that did not fit into its queue */
	const char *trouble;      /* why it failed last; NULL: it did not */
};
/* Those of the settings first; false: past the last. Valid until the next call. */
must_use bool peers_at(const struct carrier *c, size_t i, struct peer_status *out);
