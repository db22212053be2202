/* SPDX-License-Identifier: ISC */
/*
 * IP over the mesh. A packet goes to the node that owns its destination address, end to end
 * in that node's session, so that its source is proven by the key: what claims another one
 * is dropped. What is for outside the mesh goes by a gateway (gateway.h). Between the mesh and
 * the interface stands the door (node/inet/door.h).
 *
 *   ip   = packet | part              the first four bits of a packet are 6 or 4, of a part 0
 *   part = zero:8 id:16 total:16 index:8 count:8 bytes
 *
 * A packet that does not fit into a frame to the next hop is cut into parts, all of one size
 * but the last. Applications see one large MTU: its headers and its acknowledgements are paid
 * once for several frames, and since links are reliable no part is lost alone.
 */
#pragma once

#include "node/core/core.h"
#include "node/core/gateway.h"
#include "node/inet/door.h"
#include "node/inet/icmp.h"
#include "node/inet/queue.h"

enum {
	IP_RING = 256,     /* packets for the interface; the newest is refused */
	IP_PARTS_MAX = 16, /* of one packet */
	IP_PART_HEADER = 7,
	IP_PARTIALS_MAX = 32, /* packets not whole yet; victim: the oldest */
	IP_PARTIAL_MS = 2000,
	IP_ACK_MAX = 40 + 60, /* IPv6 and the largest TCP header */
};

struct ip_part {
	uint16_t id, total;   /* total: bytes of the packet, at most NODE_IP_MTU */
	uint8_t index, count; /* index < count, count 2..IP_PARTS_MAX */
	struct bytes bytes;   /* borrowed; not empty */
};
must_use bool ip_part_parse(struct ip_part *p, struct bytes body);
void ip_part_write(struct writer *w, const struct ip_part *p);

struct ip_partial {
	bool used;
	struct address from;
	uint16_t id, total;
	uint8_t count;
	uint32_t here; /* a bit for each part */
	struct instant since;
	uint8_t bytes[NODE_IP_MTU];
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
	struct ip_partial *partials; /* owned: IP_PARTIALS_MAX */
	uint16_t part_id;
	struct node_ip_counters counters;
};

void ip_free(struct ip *ip); /* NULL is fine */
/* A message of kind ip in the session with `from`. */
void ip_receive(struct node *n, struct instant now, const struct address *from,
	struct bytes body);
/* One packet of a class that can go now; false: none. */
must_use bool ip_feed(struct node *n, struct instant now, enum queue_class class);
void ip_tick(struct node *n, struct instant now);

/* Puts a copy of p before this machine's interface. */
void ip_deliver(struct node *n, const struct packet *p);
/* Tells the sender of p why it does not go on: in the mesh at node `to`, or, NULL, here. */
void ip_answer(struct node *n, struct instant now, const struct packet *p,
	enum icmp_error error, const struct address *to);
