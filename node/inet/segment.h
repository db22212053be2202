/* SPDX-License-Identifier: ISC */
/*
 * What came out of a TUN, cut into packets that a path carries: an iterator over the caller's
 * bytes that allocates nothing. Every packet it gives is complete, checksums and all.
 */
#pragma once

#include "node/inet/offload.h"
#include "node/inet/packet.h"

enum segment_result {
	SEGMENT_GOOD,
	SEGMENT_BAD, /* header and packet do not fit each other, or the packet is none */
	SEGMENT_TOO_BIG, /* longer than the MTU and nothing that may be cut: answer it with
			  * "packet too big" */
};

struct segmenter {
	/* private */
	struct packet packet;
	struct offload offload;
	size_t size; /* payload of one segment; 0: the packet goes as it is */
	size_t at;   /* payload given so far */
	uint16_t count;
	bool ended;
};

/* Begins with a packet of at most PACKET_MAX bytes and what stood before it; whole must live
 * as long as s. p is whole's packet_parse. TCP is cut to fit mtu even when the kernel's
 * segments were longer; datagrams are not. */
must_use enum segment_result segment_begin(
	struct segmenter *s, const struct offload *o, const struct packet *p, size_t mtu);

/* Writes the next packet to out, which has room for mtu bytes (segment_begin's), and returns
 * its length; 0: that was all. */
size_t segment_next(struct segmenter *s, uint8_t *out, size_t room);
