/* SPDX-License-Identifier: ISC */
/*
 * IP over the mesh. A packet goes to the node that owns its destination address, end to end
 * in that node's session, so that its source is proven by the key: what claims another one
 * is dropped. What is for outside the mesh goes by a gateway (gateway.h). Between the mesh and
 * the interface stands the door (node/inet/door.h).
 *
 *   ip   = packet | part              the first four bits of a packet are 6 or 4, of a part 0
 *
 * A packet that does not fit into a frame to the next hop is cut into parts (parts.h).
 * Applications see one large MTU: its headers and its acknowledgements are paid once for
 * several frames, and since links are reliable no part is lost alone.
 */
#pragma once

#include "node/core/core.h"
#include "node/core/gateway.h"
#include "node/core/parts.h"
#include "node/inet/door.h"
#include "node/inet/icmp.h"
#include "node/inet/queue.h"

enum {
	IP_RING = 256,        /* packets for the interface; the newest is refused */
	IP_ACK_MAX = 40 + 60, /* IPv6 and the largest TCP header */
};

struct ip_slot {
	struct packet packet; /* of bytes */
	uint8_t bytes[NODE_IP_MTU];
};

struct ip {
	struct inet_queue queue; /* for the mesh */
	struct door door;
	struct icmp icmp;
	struct gateway gateway;
	struct ip_slot *ring; /* owned: IP_RING, for the interface */
	size_t ring_first, ring_count;
	struct parts parts;
	uint16_t part_ids[PARTS_FLOWS]; /* of what goes out */
	struct node_ip_counters counters;
};

void ip_free(struct ip *ip); /* NULL is fine */
/* A message of kind ip in the session with `from`. */
void ip_receive(struct node *n, struct instant now, const struct address *from,
	struct bytes body);
/* One packet of a class that can go now; false: none. */
must_use bool ip_feed(struct node *n, struct instant now, enum queue_class class);
void ip_tick(struct node *n, struct instant now);
/* Gives on what has waited for parts of others long enough. */
void ip_due(struct node *n, struct instant now);
struct instant ip_deadline(const struct node *n);

/* Puts a copy of p before this machine's interface. */
void ip_deliver(struct node *n, const struct packet *p);
/* Tells the sender of p why it does not go on: in the mesh at node `to`, or, NULL, here. */
void ip_answer(struct node *n, struct instant now, const struct packet *p,
	enum icmp_error error, const struct address *to);
