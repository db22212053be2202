/* SPDX-License-Identifier: ISC */
/*
 * Out of the mesh and back. A member gives what is for the Internet to the session of its
 * gateway; the gateway judges it and hands it to its kernel, which translates it. What comes
 * back from there goes to a member only as an answer to what it sent.
 *
 * As a member: the gateway is the nearest that routing knows, for each family; who was it
 * within GATEWAY_PAST_MS may still bring answers. As a gateway: only when it is told to be.
 */
#pragma once

#include "node/core/core.h"
#include "node/inet/door.h"
#include "node/inet/nat4.h"

enum {
	GATEWAY_PAST_MS = 60000,
	GATEWAY_PAST_MAX = 8,    /* gateways remembered; victim: the one left first */
	GATEWAY_PATH_MTU = 1400, /* what TCP is told that the way outside carries */
};

struct gateway_past {
	struct address node;
	struct instant until;
};

struct gateway {
	/* as a member */
	bool uses;
	struct address via[NODE_FAMILIES]; /* zero: none known */
	struct gateway_past past[GATEWAY_PAST_MAX];
	/* as a gateway */
	uint8_t offers; /* ROUTING_UPLINK_* */
	struct address refused[NODE_REFUSED_MAX];
	size_t refused_count;
	struct door flows; /* that members began; nothing else comes back */
	struct nat4 guests;
	uint64_t packets_out, packets_in;
};

/* Where a packet of this machine goes. */
struct gateway_way {
	struct address to; /* the node */
	bool is_guest;     /* the IPv4 destination stands for the node's nat4_source */
};

void gateway_init(struct gateway *g, struct instant now);
void gateway_fini(struct gateway *g);
void gateway_tick(struct node *n, struct instant now);

/* As a member: whether p, which comes in from's session and is from outside the mesh, may come
 * in; false: counted. */
must_use bool gateway_answers(struct node *n, struct instant now,
	const struct address *from, const struct packet *p);
/* Our gateway for p's family, or NULL. */
const struct address *gateway_via(const struct node *n, const struct packet *p);

/* As a gateway: a packet of a member for outside the mesh; refused: counted and answered. */
void gateway_take(struct node *n, struct instant now, const struct address *from,
	const struct packet *p);
/* The way to the member that p, which this machine passes on, answers; false: counted. */
must_use bool gateway_back(struct node *n, struct instant now, const struct packet *p,
	struct gateway_way *way);
