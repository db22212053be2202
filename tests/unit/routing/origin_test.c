/* SPDX-License-Identifier: ISC */
#include "routing/machine.h"

#include "tests/unit/routing/golden.h"
#include "tests/unit/routing/net.h"

TEST(origin_spreads_changes_out_and_refreshes_seldom)
{
	struct net *n = net_new(3, 0, test_rng());
	const struct lsdb_router *self;
	struct address a = net_address(0);
	uint64_t before, sequence;
	struct routing *r = n->nodes[0].r;

	net_join(n, 0, 1);
	net_join(n, 1, 2);
	net_run(n, 60000);
	self = lsdb_find(&r->lsdb, &a);
	EXPECT(self->own && r->lsdb.nodes[self->slot].count + self->claim_count == 1,
		"our TC is in our database");
	before = self->ansn;
	sequence = self->sequence;
	net_run(n, 6000);
	EXPECT(self->sequence > sequence, "it is told again after its interval");
	EXPECT_EQ(self->ansn, before, "a refresh keeps the ANSN");
	sequence = self->sequence;
	for (unsigned i = 0; i < 20; i++) {
		origin_links_changed(r, n->now, false);
		net_run(n, 100);
	}
	EXPECT(self->sequence > sequence, "changes go out");
	EXPECT(self->ansn - before <= 6, "but not each on its own");
	net_free(n);
}

/* Node 0 hears 2, and after a while 3, both of which are its neighbour 1's, too, or nobody's:
 * milliseconds between the TCs by which it says so. */
static int64_t between_tcs_ms(bool spare)
{
	struct net *n = net_new(4, 0, test_rng());
	struct routing *r = n->nodes[0].r;
	struct instant told[2] = { { 0 }, { 0 } };
	unsigned count = 0;
	bool joined = false;

	net_join(n, 0, 1);
	if (spare) {
		net_join(n, 1, 2);
		net_join(n, 1, 3);
	}
	net_run(n, 60000);
	net_join(n, 0, 2);
	for (unsigned i = 0; i < 400 && count < 2; i++) {
		struct instant before = r->tc_last;

		if (count == 1 && !joined &&
			instant_due(instant_add_ms(told[0], 100), n->now)) {
			net_join(n, 0, 3);
			joined = true;
		}
		net_run(n, 10);
		if (r->tc_last.us != before.us)
			told[count++] = r->tc_last;
	}
	EXPECT_EQ(count, 2, "both are told");
	net_run(n, 1000);
	EXPECT(net_is_right(n), "all ways are found");
	net_free(n);
	return instant_since_us(told[1], told[0]) / 1000;
}

TEST(links_that_bring_nobody_nearer_are_told_later)
{
	EXPECT(between_tcs_ms(true) >= 1000, "one TC a second");
	EXPECT(between_tcs_ms(false) < 1000, "but who was out of reach is told at once");
}

TEST(who_comes_into_reach_is_told_of_however_much_changes)
{
	struct net *n = net_new(3, 0, test_rng());
	struct address newcomer = net_address(2);
	struct routing *r = n->nodes[0].r;
	struct routing_route route;

	net_join(n, 0, 1);
	net_run(n, 60000);
	r->tc_last = n->now;
	r->tc_backoff_ms = 60000;
	net_join(n, 0, 2);
	net_run(n, 2000);
	EXPECT(routing_route(n->nodes[1].r, &newcomer, &route),
		"it is known two hops away");
	net_free(n);
}

TEST(what_a_neighbour_lost_is_known_before_its_TC_says_so)
{
	struct net *n = net_line(3);
	struct address gone = net_address(2);
	struct routing *r = n->nodes[1].r;
	struct routing_route route;

	r->tc_last = n->now;
	r->tc_backoff_ms = 60000;
	r->tc_due = instant_add_ms(n->now, 60000);
	net_cut(n, 1, 2);
	net_run(n, 5000);
	EXPECT(r->tc_changed, "its TC waits");
	EXPECT(!routing_route(n->nodes[0].r, &gone, &route), "its HELLO was enough");
	net_join(n, 1, 2);
	net_run(n, 5000);
	EXPECT(routing_route(n->nodes[0].r, &gone, &route),
		"and back it is told at once");
	net_free(n);
}

TEST(while_changes_go_on_HELLOs_keep_their_pace)
{
	struct net *n = net_new(2, 0, test_rng());
	struct routing_counters before, after;

	net_join(n, 0, 1);
	net_run(n, 60000);
	routing_counters(n->nodes[1].r, &before);
	for (unsigned i = 0; i < 200; i++) {
		origin_hello_soon(n->nodes[0].r, n->now);
		net_run(n, 100);
	}
	routing_counters(n->nodes[1].r, &after);
	EXPECT(after.hellos_taken - before.hellos_taken <=
			20000 / HELLO_EACH_MS + HELLO_BURST + 1,
		"those that tell again do not come on top");
	net_free(n);
}
