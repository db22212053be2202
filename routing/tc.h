/* SPDX-License-Identifier: ISC */
/*
 * TC (RFC 7181 section 13): the neighbours to which a router offers its links, and what
 * the way to each costs; and the networks behind it, of which all of IPv6 and all of IPv4 are
 * the ways out of the mesh. Hop limit and hop count change on the way and are covered by no
 * signature: nothing is decided by them but when a flood ends.
 */
#pragma once

#include "routing/announce.h"

enum {
	TC_WRITE_MAX = 50, /* neighbours that always fit into one message, beside ... */
	TC_HOPS_AT = 1 + RFC5444_MESSAGE_HEADER +
		     RFC5444_ADDRESS_SIZE, /* a packet without a number */
	TC_ATTACHED_WRITE_MAX = 2,         /* ... attached networks */
	TC_PARSE_MAX = 64,                 /* more are refused */
	TC_ATTACHED_MAX = 16,              /* these, too */
	TC_HOP_LIMIT = 255,
};

struct tc_neighbour {
	struct address node;
	uint32_t metric; /* of the way to it */
};

/* A network behind the router (RFC 7181 section 16.1, GATEWAY). */
struct tc_attached {
	struct address network;
	uint8_t prefix; /* bits */
	uint8_t hops;   /* from the router to it */
	uint32_t metric;
};

struct tc {
	struct announce announce;
	uint8_t hop_limit, hop_count;
	size_t hops_at; /* where hop limit and hop count lie in the body; TC_HOPS_AT in ours */
	uint16_t ansn;
	uint8_t uplink; /* ROUTING_UPLINK_*: what is parsed of these among the networks */
	unsigned count;
	struct tc_neighbour neighbours[TC_PARSE_MAX];
	unsigned attached_count;
	struct tc_attached attached[TC_ATTACHED_MAX];
};

must_use bool tc_parse(struct tc *t, struct bytes body);
/* Adds ::/0 and ::ffff:0:0/96 to the networks, as the flags ROUTING_UPLINK_* say. */
void tc_attach_uplinks(struct tc *t, uint8_t flags);
/* At most TC_WRITE_MAX neighbours and TC_ATTACHED_WRITE_MAX networks. */
void tc_write(struct writer *w, const struct tc *t);
