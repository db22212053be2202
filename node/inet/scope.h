/* SPDX-License-Identifier: ISC */
/*
 * How far an address reaches: the special-purpose registries of RFC 6890, read as a gateway
 * has to read them. What is not known to be the Internet's is not: of IPv6 that is all but
 * 2000::/3 and 64:ff9b::/96. An IPv6 address that stands for an IPv4 one (64:ff9b::/96, RFC
 * 6052; 2002::/16, RFC 3056) reaches as far as that one. The blocks for documentation (RFC
 * 5737, RFC 3849) lead nowhere on the Internet and count as public: tests stand on them.
 */
#pragma once

#include "node/base/ids.h"

enum scope {
	SCOPE_LINK, /* goes to no other node: groups, link-local, loopback, unspecified */
	SCOPE_MESH, /* fd71::/16 */
	SCOPE_PRIVATE, /* somebody's own network, or of special use */
	SCOPE_PUBLIC,
};

/* IPv4 addresses are mapped, as in node/inet/packet.h. */
enum scope scope_of(const struct address *a);
