/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>

#include "node/inet/scope.h"
#include "tests/test.h"

static struct address address_read(const char *text)
{
	struct address a = { { [10] = 0xff, 0xff } };

	if (inet_pton(AF_INET, text, a.b + 12) != 1)
		EXPECT(inet_pton(AF_INET6, text, a.b) == 1, text);
	return a;
}

TEST(every_address_reaches_as_far_as_its_block)
{
	static const struct {
		const char *address;
		enum scope scope;
	} rows[] = {
		{ "0.1.2.3", SCOPE_LINK },
		{ "9.255.255.255", SCOPE_PUBLIC },
		{ "10.0.0.0", SCOPE_PRIVATE },
		{ "10.255.255.255", SCOPE_PRIVATE },
		{ "11.0.0.0", SCOPE_PUBLIC },
		{ "100.63.255.255", SCOPE_PUBLIC },
		{ "100.64.0.0", SCOPE_PRIVATE },
		{ "100.71.1.0", SCOPE_PRIVATE },
		{ "100.127.255.255", SCOPE_PRIVATE },
		{ "100.128.0.0", SCOPE_PUBLIC },
		{ "127.0.0.1", SCOPE_LINK },
		{ "169.254.1.1", SCOPE_LINK },
		{ "172.15.255.255", SCOPE_PUBLIC },
		{ "172.16.0.1", SCOPE_PRIVATE },
		{ "172.31.255.255", SCOPE_PRIVATE },
		{ "172.32.0.0", SCOPE_PUBLIC },
		{ "192.0.0.1", SCOPE_PRIVATE },
		{ "192.0.1.0", SCOPE_PUBLIC },
		{ "192.168.0.1", SCOPE_PRIVATE },
		{ "192.169.0.0", SCOPE_PUBLIC },
		{ "198.19.255.255", SCOPE_PRIVATE },
		{ "203.0.113.5", SCOPE_PUBLIC },
		{ "224.0.0.1", SCOPE_LINK },
		{ "255.255.255.255", SCOPE_LINK },
		{ "::", SCOPE_LINK },
		{ "::1", SCOPE_LINK },
		{ "::2", SCOPE_PRIVATE },
		{ "::10.0.0.1", SCOPE_PRIVATE },
		{ "64:ff9b::8.8.8.8", SCOPE_PUBLIC },
		{ "64:ff9b::192.168.1.1", SCOPE_PRIVATE },
		{ "64:ff9b::127.0.0.1", SCOPE_LINK },
		{ "64:ff9b:1::8.8.8.8", SCOPE_PRIVATE },
		{ "100::1", SCOPE_PRIVATE },
		{ "2001::1", SCOPE_PRIVATE },
		{ "2001:1ff:ffff::1", SCOPE_PRIVATE },
		{ "2001:200::1", SCOPE_PUBLIC },
		{ "2001:db8::1", SCOPE_PUBLIC },
		{ "2002:808:808::1", SCOPE_PUBLIC },
		{ "2002:a00:1::1", SCOPE_PRIVATE },
		{ "3fff:ffff::", SCOPE_PUBLIC },
		{ "4000::", SCOPE_PRIVATE },
		{ "fd71::1", SCOPE_MESH },
		{ "fd71:ffff::1", SCOPE_MESH },
		{ "fd70::1", SCOPE_PRIVATE },
		{ "fd72::1", SCOPE_PRIVATE },
		{ "fc00::1", SCOPE_PRIVATE },
		{ "fe80::1", SCOPE_LINK },
		{ "febf::1", SCOPE_LINK },
		{ "fec0::1", SCOPE_PRIVATE },
		{ "ff02::1", SCOPE_LINK },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct address a = address_read(rows[i].address);

		EXPECT(scope_of(&a) == rows[i].scope, rows[i].address);
	}
}
