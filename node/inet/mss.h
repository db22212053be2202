/* SPDX-License-Identifier: ISC */
/*
 * TCP's maximum segment size, held down to what a path carries. Our own hosts need no such
 * thing: their route's MTU is the interface's, and TCP offers what fits it. A gateway does:
 * behind it are hosts with an MTU of 1500 and networks that swallow "packet too big" (RFC
 * 4459 section 3.2, RFC 2923 section 2.1).
 */
#pragma once

#include "node/inet/packet.h"

/* Lowers the MSS that the SYN at bytes (what p was parsed of) offers to what fits into mtu
 * bytes and corrects the checksum (RFC 1624). False when nothing had to change. */
bool mss_clamp(uint8_t *bytes, const struct packet *p, size_t mtu);
