/* SPDX-License-Identifier: ISC */
/*
 * A carrier takes frames to and from one interface. UDP over link-local IPv6 is the default;
 * a simulated radio's Unix socket needs no privilege at all. Descriptors do not block.
 */
#pragma once

#include "node/core/node.h"

enum {
	CARRIER_BATCH = 64,
	CARRIER_RECEIVE = 128,
	CARRIER_NAME_MAX = 108,
	CARRIER_PORT = 7117,
	/* Ethernet frames, where there is no IP: IEEE 802 leaves the type to local experiments */
	CARRIER_ETHERNET_HEADER = 14,
	CARRIER_ETHERTYPE = 0x88b5,
};

/* The group of hardware addresses to which frames for everybody go: that of ff02::7175. */
extern const uint8_t carrier_group[6];

/* The 14 bytes before a frame; from is our hardware address. */
void carrier_ethernet_head(uint8_t head[CARRIER_ETHERNET_HEADER],
	const struct node_frame *f, const uint8_t from[6]);
/* Whether they stand before a frame of a node. */
must_use bool carrier_ethernet_is_ours(const uint8_t head[CARRIER_ETHERNET_HEADER]);

struct datagram {
	struct endpoint from;
	size_t len;
	uint8_t bytes[FRAME_MAX];
};

struct carrier;

struct link_ops {
	/* Up to max datagrams into batch; their number, 0 when none of a turn's was for us (the
	 * descriptor stays readable when more wait), or a negative errno: the interface is
	 * gone. */
	int (*receive)(struct carrier *c, struct datagram *batch, size_t max);
	/* Sends count frames; how many went, or a negative errno: none. -EAGAIN: not now. */
	int (*send)(struct carrier *c, const struct node_frame *frames, size_t count);
	void (*close)(struct carrier *c);
};

struct carrier {
	const struct link_ops *ops;
	int fd;
	size_t mtu;     /* largest frame */
	unsigned index; /* of the interface, 0 if it has none */
	uint8_t mac[6];
	uint64_t refused; /* datagrams that did not come from the link itself */
	bool joins;       /* private: frames of one size may go as one message */
	void *own;        /* of the kind of carrier; owned by it */
};

/* UDP on an interface that is up and has a link-local address (fe80::/10). Received are only
 * datagrams with hop limit 255, which no router can have passed on (RFC 5082). */
must_use int udp_open(
	struct carrier *c, const char *interface, unsigned index, size_t mtu);

/* The Unix socket of a simulated radio, attached as `node`. */
must_use int ether_open(struct carrier *c, const char *socket_path, const char *node,
	const uint8_t mac[6]);

/* A packet socket on an interface, bound and filtered; the carrier owns it from here. Frames are
 * those of our EtherType (IEEE 802: local experiments), from and to hardware addresses. */
void raw_open(
	struct carrier *c, int take, unsigned index, const uint8_t mac[6], size_t mtu);
