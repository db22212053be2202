/* SPDX-License-Identifier: ISC */
#include "routing/routing.h"

#include "tests/unit/routing/net.h"

TEST(attached_networks_are_those_of_all_TCs)
{
	struct net *n = net_new(3, 0, test_rng());
	const struct routing *r = n->nodes[0].r;
	struct address far = net_address(2);
	struct routing_attached a;

	net_join(n, 0, 1);
	net_join(n, 1, 2);
	EXPECT(net_run_until_right(n, 30000) >= 0, "a line of three");
	EXPECT(!routing_attached_at(r, 0, &a), "nobody leads out");
	routing_uplink_set(n->nodes[2].r, n->now, ROUTING_UPLINK_ALL);
	routing_uplink_set(n->nodes[0].r, n->now, ROUTING_UPLINK_IPV4);
	net_run(n, 2000);
	EXPECT(routing_attached_at(r, 0, &a) && a.prefix == 96 && a.reachable,
		"our own way out");
	EXPECT(routing_attached_at(r, 1, &a) && a.prefix == 0 && a.reachable, "its IPv6");
	EXPECT(id_equal(&a.router, &far), "by whom");
	EXPECT(routing_attached_at(r, 2, &a) && a.prefix == 96, "its IPv4");
	EXPECT(!routing_attached_at(r, 3, &a), "and no more");
	net_cut(n, 1, 2);
	EXPECT(net_run_until_right(n, 60000) >= 0, "it is gone");
	EXPECT(!routing_attached_at(r, 1, &a) || !a.reachable, "so it is no way out");
	net_free(n);
}
