/* SPDX-License-Identifier: ISC */
/*
 * ICMP errors in answer to a packet that cannot go on: RFC 4443 for IPv6, RFC 792, 1122 and
 * 1191 for IPv4. Never about an ICMP error or a redirect, nor to or from a group, nor about a
 * later fragment; at most ICMP_PER_S a second.
 */
#pragma once

#include "node/base/bucket.h"
#include "node/inet/packet.h"
#include "node/wire/writer.h"

enum {
	ICMP_PER_S = 10,
	ICMP_BURST = 20,
	ICMP_MAX = PACKET_MTU_MIN, /* the whole error, RFC 4443 section 2.4 (c) */
	ICMP_V4_MAX = 576,         /* RFC 1812 section 4.3.2.3 */
};

enum icmp_error {
	ICMP_NO_ROUTE,      /* v6 1/0, v4 3/0 (net unreachable) */
	ICMP_PROHIBITED,    /* v6 1/1, v4 3/13 */
	ICMP_ADDRESS,       /* v6 1/3, v4 3/1 (host unreachable) */
	ICMP_PORT,          /* v6 1/4, v4 3/3 */
	ICMP_TOO_BIG,       /* v6 2/0, v4 3/4 (fragmentation needed) */
	ICMP_TIME_EXCEEDED, /* v6 3/0, v4 11/0 */
	ICMP_ERRORS
};

struct icmp {
	uint64_t sent[ICMP_ERRORS];
	uint64_t limited;     /* not sent for the rate */
	struct bucket bucket; /* private */
};

void icmp_init(struct icmp *i, struct instant now);

struct icmp_problem {
	enum icmp_error error;
	uint32_t mtu;        /* ICMP_TOO_BIG only; in bytes */
	struct address from; /* this node's, of the same version as the packet */
};

/* Writes the error about p, a whole packet for p's source, to w, which has room for
 * ICMP_MAX bytes. False when there must be none. */
must_use bool icmp_answer(struct icmp *i, struct instant now,
	const struct icmp_problem *problem, const struct packet *p, struct writer *w);
