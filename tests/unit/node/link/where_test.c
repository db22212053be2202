/* SPDX-License-Identifier: ISC */
#include "node/link/where.h"

#include <stdio.h>
#include <string.h>

#include "tests/test.h"

TEST(a_peer_is_read_as_people_write_it)
{
	static const struct {
		const char *text, *host;
		enum where_way way;
		uint16_t port;
	} rows[] = {
		{ "example.org:7117", "example.org", WHERE_ANY, 7117 },
		{ "tcp:example.org:1", "example.org", WHERE_TCP, 1 },
		{ "udp:192.0.2.1:65535", "192.0.2.1", WHERE_UDP, 65535 },
		{ "[2001:db8::1]:7117", "2001:db8::1", WHERE_ANY, 7117 },
		{ "tcp:[::ffff:192.0.2.1]:80", "::ffff:192.0.2.1", WHERE_TCP, 80 },
		{ "a_b-c.d:00080", "a_b-c.d", WHERE_ANY, 80 },
	};
	struct where w;

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(where_peer(&w, rows[i].text) == NULL, rows[i].text);
		EXPECT_STRING(w.host, rows[i].host, rows[i].text);
		EXPECT_STRING(w.text, rows[i].text, "as it was written");
		EXPECT_EQ(w.way, rows[i].way, rows[i].text);
		EXPECT_EQ(w.port, rows[i].port, rows[i].text);
	}
}

TEST(a_peer_that_is_none_is_refused_and_why)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "empty" },
		{ "example.org", "no port" },
		{ "example.org:", "port" },
		{ "example.org:0", "1 to 65535" },
		{ "example.org:65536", "1 to 65535" },
		{ "example.org:123456", "1 to 65535" },
		{ "example.org:7x", "1 to 65535" },
		{ "example.org:-1", "1 to 65535" },
		{ ":7117", "no host" },
		{ "tcp::7117", "no host" },
		{ "sctp:example.org:7117", "brackets" },
		{ "2001:db8::1:7117", "brackets" },
		{ "[2001:db8::1]7117", "no port" },
		{ "[2001:db8::1]", "no port" },
		{ "[]:7117", "no host" },
		{ "[example.org]:7117", "no IPv6 address" },
		{ "[fe80::1%eth0]:7117", "zone" },
		{ "[fe80::1]:7117", "link-local" },
		{ "[ff02::1]:7117", "multicast" },
		{ "exa mple.org:7117", "neither" },
		{ "-x:7117", "neither" },
		{ "http://x:7117", "brackets" },
	};
	char long_one[400];
	struct where w;

	for (size_t i = 0; i < array_len(rows); i++) {
		const char *why = where_peer(&w, rows[i].text);

		EXPECT(why != NULL && strstr(why, rows[i].why) != NULL, rows[i].text);
	}
	memset(long_one, 'a', sizeof(long_one));
	snprintf(long_one + 254, sizeof(long_one) - 254, ":7117");
	EXPECT(where_peer(&w, long_one) != NULL, "a host that is too long");
	memset(long_one, 'a', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	EXPECT(where_peer(&w, long_one) != NULL, "a text that is too long");
}

TEST(where_to_listen_is_a_port_and_an_address_of_ours)
{
	static const struct {
		const char *text, *why;
	} wrong[] = { { "7117", "port of links" }, { "127.0.0.1:7117", "port of links" },
		{ "", "empty" }, { "x", "[ADDRESS:]PORT" }, { "0", "[ADDRESS:]PORT" },
		{ "70000", "[ADDRESS:]PORT" }, { "example.org:7118", "not a name" },
		{ "tcp:7118", "not a name" }, { ":7117", "no host" } };
	struct where w;
	uint8_t a[16];

	EXPECT(where_listen(&w, "7118") == NULL && w.port == 7118 && w.host[0] == '\0',
		"a port alone");
	EXPECT(where_listen(&w, "127.0.0.1:80") == NULL && w.port == 80,
		"with an address");
	EXPECT(where_address(&w, a), "which is one");
	EXPECT_BYTES(bytes_of(a, 16), BYTES("\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1"),
		"mapped");
	EXPECT(where_listen(&w, "[::1]:80") == NULL && where_address(&w, a), "IPv6");
	EXPECT_EQ(a[15], 1, "the loopback");
	for (size_t i = 0; i < array_len(wrong); i++) {
		const char *why = where_listen(&w, wrong[i].text);

		EXPECT(why != NULL && strstr(why, wrong[i].why) != NULL, wrong[i].text);
	}
}
