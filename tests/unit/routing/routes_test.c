/* SPDX-License-Identifier: ISC */
#include "routing/machine.h"

#include "tests/unit/routing/net.h"

TEST(routes_are_told_in_order_of_metric_then_address)
{
	struct net *n = net_new(30, 0, test_rng());
	struct routing_route last = { .metric = 0 }, route;

	for (unsigned i = 1; i < n->count; i++)
		net_join(n, i, (i - 1) / 3);
	EXPECT(net_run_until_right(n, 20000) >= 0, "a tree finds all ways");
	for (size_t i = 0; i < routing_route_count(n->nodes[0].r); i++) {
		EXPECT(routing_route_at(n->nodes[0].r, i, &route), "each can be had");
		EXPECT(route.metric > last.metric ||
				(route.metric == last.metric &&
					id_compare(&route.node, &last.node) > 0),
			"in order");
		last = route;
	}
	net_free(n);
}

TEST(routes_are_searched_for_at_most_each_ten_milliseconds)
{
	struct net *n = net_new(2, 0, test_rng());
	struct routing *r = n->nodes[0].r;

	net_join(n, 0, 1);
	EXPECT(net_run_until_right(n, 5000) >= 0, "two find each other");
	net_run(n, 1000);
	r->links_dirty = true;
	routes_update(r, n->now);
	EXPECT(!r->links_dirty, "after a calm time at once");
	r->links_dirty = true;
	routes_update(r, instant_add_ms(n->now, 9));
	EXPECT(r->links_dirty, "but not again so soon");
	EXPECT_EQ(routes_deadline(r).us, instant_add_ms(n->now, 10).us, "it says when");
	routes_update(r, instant_add_ms(n->now, 10));
	EXPECT(!r->links_dirty, "and then it does");
	net_free(n);
}
