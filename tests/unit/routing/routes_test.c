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

TEST(a_router_that_must_not_be_one_is_forgotten_with_all_that_hangs_on_it)
{
	struct net *n = net_line(4);
	struct routing *r = n->nodes[0].r;
	struct address own = net_address(0), near = net_address(1), far = net_address(2),
		       farther = net_address(3);
	struct routing_route route;

	routing_forget(r, n->now, &own);
	routing_forget(r, n->now, &(struct address){ { 9 } });
	routing_forget(r, n->now, &far);
	n->now = instant_add_ms(n->now, 100);
	routing_tick(r, n->now);
	EXPECT(routing_route(r, &near, &route), "the one before it stays");
	EXPECT(!routing_route(r, &far, &route), "it is gone");
	EXPECT(!routing_route(r, &farther, &route), "and so is what is behind it");
	EXPECT_EQ(routing_sequence_of(r, &far), 0, "nothing is known of it");
	EXPECT(routing_sequence_of(r, &farther) != 0, "of those behind it there is");
	net_free(n);
}

static bool gateway_is(struct net *n, uint8_t flags, struct address *gateway, unsigned i)
{
	struct address a = net_address(i);

	return routing_gateway(n->nodes[0].r, flags, gateway) && id_equal(gateway, &a);
}

/* A line 0 - 1 - 2 - 3. */
static struct net *line_of_four(void)
{
	struct net *n = net_new(4, 0, test_rng());

	for (unsigned i = 0; i < 3; i++)
		net_join(n, i, i + 1);
	EXPECT(net_run_until_right(n, 20000) >= 0, "a line finds all ways");
	return n;
}

TEST(the_nearest_router_that_offers_what_is_asked_is_the_gateway)
{
	struct net *n = line_of_four();
	struct address gateway = { { 0 } };

	EXPECT(!routing_gateway(n->nodes[0].r, ROUTING_UPLINK_IPV6, &gateway),
		"nobody is one by accident");
	EXPECT(id_is_zero(id_bytes(&gateway)), "and nobody is named");
	routing_uplink_set(n->nodes[0].r, n->now, ROUTING_UPLINK_ALL);
	net_run(n, 500);
	EXPECT(!routing_gateway(n->nodes[0].r, ROUTING_UPLINK_IPV6, &gateway),
		"nor is one its own");
	routing_uplink_set(n->nodes[0].r, n->now, 0);
	routing_uplink_set(n->nodes[3].r, n->now, ROUTING_UPLINK_ALL);
	routing_uplink_set(n->nodes[2].r, n->now, ROUTING_UPLINK_IPV4);
	net_run(n, 500);
	EXPECT(gateway_is(n, ROUTING_UPLINK_IPV6, &gateway, 3), "the only one with IPv6");
	gateway = (struct address){ { 0 } };
	EXPECT(gateway_is(n, ROUTING_UPLINK_IPV4, &gateway, 2), "of two the nearer");
	routing_uplink_set(n->nodes[2].r, n->now, 0);
	net_run(n, 500);
	EXPECT(gateway_is(n, ROUTING_UPLINK_IPV4, &gateway, 3),
		"what is taken back, goes");
	net_cut(n, 2, 3);
	EXPECT(net_run_until_right(n, 20000) >= 0, "the line breaks");
	EXPECT(!routing_gateway(n->nodes[0].r, ROUTING_UPLINK_IPV4, &gateway),
		"who is out of reach is no gateway");
	net_free(n);
}

TEST(a_gateway_stays_until_another_is_nearer_by_a_fifth)
{
	struct net *n = line_of_four();
	struct address gateway = { { 0 } }, near = net_address(1), far = net_address(2);
	struct lsdb *db = &n->nodes[0].r->lsdb;

	routing_uplink_set(n->nodes[1].r, n->now, ROUTING_UPLINK_IPV6);
	routing_uplink_set(n->nodes[2].r, n->now, ROUTING_UPLINK_IPV6);
	net_run(n, 500);
	gateway = far;
	lsdb_find(db, &near)->route.metric = 800;
	lsdb_find(db, &far)->route.metric = 1000;
	EXPECT(gateway_is(n, ROUTING_UPLINK_IPV6, &gateway, 2), "a fifth is not enough");
	lsdb_find(db, &near)->route.metric = 799;
	EXPECT(gateway_is(n, ROUTING_UPLINK_IPV6, &gateway, 1), "more is");
	gateway = net_address(3);
	EXPECT(gateway_is(n, ROUTING_UPLINK_IPV6, &gateway, 1),
		"one that is none is left");
	net_free(n);
}

/* Until its links, changing all the time, are told only once a second, and just were. */
static void keep_changing(struct net *n, struct routing *r)
{
	uint64_t sequence;

	for (unsigned i = 0; i < 100 && r->tc_backoff_ms < TC_BACKOFF_MAX_MS; i++) {
		origin_links_changed(r, n->now, false);
		net_run(n, 100);
	}
	EXPECT(r->tc_backoff_ms >= TC_BACKOFF_MAX_MS, "changes are damped");
	sequence = r->lsdb.slots[0]->sequence;
	for (unsigned i = 0; i < 200 && r->lsdb.slots[0]->sequence == sequence; i++) {
		origin_links_changed(r, n->now, false);
		net_run(n, 10);
	}
}

TEST(a_change_of_uplinks_is_told_at_once_whatever_came_before)
{
	struct net *n = line_of_four();
	struct routing *r = n->nodes[3].r;
	struct address gateway = { { 0 } };

	keep_changing(n, r);
	routing_uplink_set(r, n->now, ROUTING_UPLINK_IPV6);
	net_run(n, TC_BACKOFF_MS + 200);
	EXPECT(gateway_is(n, ROUTING_UPLINK_IPV6, &gateway, 3), "it is known");
	keep_changing(n, r);
	routing_uplink_set(r, n->now, 0);
	net_run(n, TC_BACKOFF_MS + 200);
	EXPECT(!routing_gateway(n->nodes[0].r, ROUTING_UPLINK_IPV6, &gateway),
		"and so is that it is gone");
	net_free(n);
}
