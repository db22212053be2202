/* SPDX-License-Identifier: ISC */
/*
 * IPv4 through a gateway. In the mesh every member's IPv4 source is 192.0.0.1 (RFC 7335), and
 * whose it is the session says. Where the gateway hands packets to its kernel each member has
 * an address of its own, of 100.71.0.0/16 (RFC 6598), so that the kernel's translation tells
 * members apart; this is the table of these addresses, and the exchange of one for the other,
 * checksums by RFC 1624.
 */
#pragma once

#include "node/base/siphash.h"
#include "node/inet/packet.h"

enum {
	NAT4_MEMBERS_MAX = 4096, /* victim: who was idle longest */
	NAT4_FIRST = 256,        /* 100.71.1.0 is the first that is given */
};

struct nat4_member {
	struct address member;
	uint16_t place;
	struct nat4_member *prev, *next; /* in the order of use, idle longest first */
	UT_hash_handle hh;
};

struct nat4 {
	size_t count;
	/* private */
	struct nat4_member *places[NAT4_MEMBERS_MAX]; /* owned */
	struct nat4_member *by_member, *by_use;
};

/* In the caller's memory; fini frees what it came to hold. */
void nat4_init(struct nat4 *t);
void nat4_fini(struct nat4 *t);

/* 192.0.0.1, mapped. */
extern const struct address nat4_source;
/* Whether a is in 100.71.0.0/16. */
bool nat4_is_guest(const struct address *a);

/* The address under which the kernel knows a member. When that was somebody else's until now
 * he is named in *gone, else that is zero. */
struct address nat4_guest(
	struct nat4 *t, const struct address *member, struct address *gone);
/* The member that a guest's address stands for; false: nobody. */
must_use bool nat4_member(
	struct nat4 *t, const struct address *guest, struct address *member);

enum nat4_side { NAT4_SOURCE, NAT4_DESTINATION };

/* Exchanges the address on one side of the IPv4 packet at bytes, of which p was parsed; in an
 * ICMP error also that on the other side of the packet that it quotes, which once went the
 * opposite way. Checksums that were right stay right; p is not any more what stands there. */
void nat4_exchange(uint8_t *bytes, const struct packet *p, enum nat4_side side,
	const struct address *fresh);
