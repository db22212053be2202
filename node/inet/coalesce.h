/* SPDX-License-Identifier: ISC */
/*
 * Packets of one batch on their way into a TUN, joined where they are consecutive segments of
 * one TCP flow or datagrams of equal size, so that the kernel takes up to 64 KiB in one step.
 *
 * Everything goes through it, joined or not, and comes out in the order in which it began:
 * the order within each flow is kept. Two packets are joined under the rules of Linux's GRO:
 * same addresses, ports, traffic class, hop limit, flow label and, in IPv4, DF with
 * consecutive or constant ids; TCP with the next sequence number, same acknowledgement,
 * window, options and flags apart from PSH and FIN, which end a run; nothing with SYN, RST,
 * URG or CWR, no fragments, no extension headers or IPv4 options. A packet whose checksum is
 * wrong is passed alone and as it is.
 *
 *   for each packet of the batch:
 *           while (!coalesce_add(&c, packet))
 *                   write(tun, coalesce_take(&c));
 *   while ((b = coalesce_take(&c)).len > 0)
 *           write(tun, b);
 */
#pragma once

#include "node/inet/offload.h"
#include "node/inet/packet.h"

enum {
	COALESCE_JOINED_MAX = 65535, /* bytes of a joined packet */
	COALESCE_DATAGRAMS_MAX = 64, /* Linux: UDP_MAX_SEGMENTS */
	COALESCE_BUFFER_SIZE = OFFLOAD_SIZE + PACKET_MAX,
	COALESCE_SLOTS_MAX = 64,
};

/* A packet, or several joined, and what has to hold for one more. */
struct coalesce_slot {
	/* private */
	uint8_t *buffer; /* caller's, COALESCE_BUFFER_SIZE bytes */
	struct packet_flow flow;
	size_t len;          /* of the packet, which stands behind the offload header */
	size_t header_size;  /* IP and transport headers */
	size_t segment_size; /* payload of the first packet */
	uint32_t next_sequence; /* TCP */
	uint16_t transport_at;
	uint16_t count; /* packets joined; 0: one that may not be */
	uint16_t first_id;
	uint8_t version;
	bool constant_id; /* IPv4: from the second packet on */
	bool verified;    /* the checksum was right */
	bool open;        /* the flow's next packet may be added */
};

struct coalescer {
	uint64_t packets; /* taken in */
	uint64_t joined;  /* of them, joined to one before */
	/* private */
	struct coalesce_slot slots[COALESCE_SLOTS_MAX]; /* a ring */
	unsigned count, first, used;
	bool datagrams;
};

/* With count buffers, at most COALESCE_SLOTS_MAX, of COALESCE_BUFFER_SIZE bytes each, one
 * after the other, which stay the caller's. datagrams: UDP is joined too (the TUN has
 * TUN_F_USO4 and TUN_F_USO6). */
void coalesce_init(struct coalescer *c, uint8_t *buffers, unsigned count, bool datagrams);

/* Takes a copy of the packet. False when all slots are in use: take one and try again. */
must_use bool coalesce_add(struct coalescer *c, const struct packet *p);

/* The oldest slot, header and packet, ready for one write; len 0 when there is none. Valid
 * until the next coalesce_add. */
struct bytes coalesce_take(struct coalescer *c);
