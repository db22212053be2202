/* SPDX-License-Identifier: ISC */
/* Many routing machines together: they find all ways, lose lost ones, and keep calm. */
#include "tests/unit/routing/net.h"

#include <stdio.h>

static void line(struct net *n)
{
	for (unsigned i = 0; i + 1 < n->count; i++)
		net_join(n, i, i + 1);
}

static void grid(struct net *n, unsigned side)
{
	for (unsigned i = 0; i < side * side; i++) {
		if (i % side + 1 < side)
			net_join(n, i, i + 1);
		if (i + side < side * side)
			net_join(n, i, i + side);
	}
}

/* A random tree, and links on top, so that it is connected. */
static void random_graph(struct net *n, unsigned links)
{
	for (unsigned i = 1; i < n->count; i++)
		net_join(n, i, (unsigned)rng_below(&n->rng, i));
	for (unsigned i = 0; i < links; i++) {
		unsigned a = (unsigned)rng_below(&n->rng, n->count);
		unsigned b = (unsigned)rng_below(&n->rng, n->count);

		if (a != b)
			net_join(n, a, b);
	}
}

TEST(a_line_of_ten_finds_all_ways_and_loses_what_is_cut)
{
	struct net *n = net_new(10, 0, test_rng());
	double cold, cut, heal;

	line(n);
	cold = net_run_until_right(n, 10000);
	EXPECT(cold >= 0, "all pairs have their shortest way soon");
	net_run(n, 20000);
	net_cut(n, 4, 5);
	cut = net_run_until_right(n, 10000);
	EXPECT(cut >= 0, "nobody keeps a way over a cut link");
	net_run(n, 20000);
	EXPECT(net_is_right(n), "it stays so");
	net_join(n, 4, 5);
	heal = net_run_until_right(n, 10000);
	EXPECT(heal >= 0, "all ways come back when the link does");
	printf("# line of 10: cold %.2f s, cut %.2f s, heal %.2f s\n", cold, cut, heal);
	net_free(n);
}

TEST(a_lossy_line_of_ten_finds_all_ways)
{
	struct net *n = net_new(10, 300000, test_rng());
	double cold;

	line(n);
	cold = net_run_until_right(n, 60000);
	EXPECT(cold >= 0, "also where three broadcasts of ten are lost");
	printf("# line of 10 at 30 %% loss: cold %.2f s\n", cold);
	net_free(n);
}

TEST(a_grid_survives_a_cut_a_restart_and_its_cost_is_known)
{
	struct net *n = net_new(25, 0, test_rng());
	double cold, cut, restart;
	uint64_t bytes = 0, sent = 0;

	grid(n, 5);
	cold = net_run_until_right(n, 10000);
	EXPECT(cold >= 0, "all pairs have a shortest way");
	net_run(n, 20000);
	net_cut(n, 7, 12);
	cut = net_run_until_right(n, 10000);
	EXPECT(cut >= 0, "they go round a cut");
	net_join(n, 7, 12);
	EXPECT(net_run_until_right(n, 10000) >= 0, "and back");
	net_restart(n, 12, 1000000);
	restart = net_run_until_right(n, 20000);
	EXPECT(restart >= 0, "a restarted node is found again");
	net_run(n, 30000);
	net_count_anew(n);
	net_run(n, 60000);
	EXPECT_EQ(net_route_changes(n), 0, "without loss no route ever changes");
	for (unsigned i = 0; i < n->count; i++) {
		bytes += n->nodes[i].bytes;
		sent += n->nodes[i].broadcasts + n->nodes[i].unicasts;
	}
	printf("# grid 5x5: cold %.2f s, cut %.2f s, restart %.2f s; %.0f B/s, %.2f "
	       "messages/s "
	       "a node\n",
		cold, cut, restart, (double)bytes / 60 / 25, (double)sent / 60 / 25);
	net_free(n);
}

TEST(a_lossy_grid_keeps_calm)
{
	struct net *n = net_new(25, 100000, test_rng());
	double cold;
	uint64_t bytes = 0;

	grid(n, 5);
	cold = net_run_until_right(n, 30000);
	EXPECT(cold >= 0, "all pairs have a way");
	net_run(n, 120000);
	net_count_anew(n);
	net_run(n, 120000);
	EXPECT(net_is_right(n), "all pairs still have a way");
	for (unsigned i = 0; i < n->count; i++)
		bytes += n->nodes[i].bytes;
	printf("# grid 5x5 at 10 %% loss: cold %.2f s; %.2f route changes a node and "
	       "minute; "
	       "%.0f B/s a node\n",
		cold, (double)net_route_changes(n) / 25 / 2, (double)bytes / 120 / 25);
	EXPECT(net_route_changes(n) <= 15 * 25 * 2,
		"routes change rarely under steady loss");
	net_free(n);
}

TEST(fifty_nodes_find_all_ways_in_spite_of_loss)
{
	static const uint32_t losses_ppm[] = { 0, 100000, 300000 };

	for (size_t k = 0; k < array_len(losses_ppm); k++) {
		struct net *n = net_new(50, losses_ppm[k], test_rng());
		double cold;

		random_graph(n, 100);
		cold = net_run_until_right(n, 60000);
		EXPECT(cold >= 0, "all pairs have a way");
		printf("# random 50 at %u %% loss: cold %.2f s\n", losses_ppm[k] / 10000,
			cold);
		net_free(n);
	}
}

TEST(halves_that_were_apart_for_long_become_one)
{
	struct net *n = net_new(20, 100000, test_rng());
	double merged;

	for (unsigned i = 0; i < 9; i++) {
		net_join(n, i, i + 1);
		net_join(n, 10 + i, 11 + i);
	}
	EXPECT(net_run_until_right(n, 60000) >= 0, "each half knows itself");
	net_join(n, 3, 14);
	EXPECT(net_run_until_right(n, 60000) >= 0, "they meet");
	net_cut(n, 3, 14);
	EXPECT(net_run_until_right(n, 60000) >= 0, "they part");
	net_run(n, 300000);
	EXPECT(net_is_right(n), "each half is well after five minutes");
	net_join(n, 8, 11);
	merged = net_run_until_right(n, 60000);
	EXPECT(merged >= 0, "they meet again elsewhere");
	printf("# two lines of 10 at 10 %% loss: merged %.2f s\n", merged);
	net_free(n);
}

TEST(a_liar_gets_no_route)
{
	struct net *n = net_new(4, 0, test_rng());
	struct address victim = net_address(3);
	struct routing_route route;

	line(n);
	net_cut(n, 2, 3);
	n->capture = 3;
	net_run(n, 5000);
	net_join(n, 2, 3);
	EXPECT(net_run_until_right(n, 10000) >= 0, "node 3 is found over node 2");
	EXPECT(n->captured.len > 0, "its TC, which claims node 2, is caught");
	net_cut(n, 2, 3);
	net_run(n, 20000);
	EXPECT(!routing_route(n->nodes[0].r, &victim, &route), "it is gone");
	net_run(n, 60000);
	EXPECT(routing_tc(n->nodes[0].r, n->now, 2, false,
		       bytes_of(n->captured.body, n->captured.len)),
		"the old TC is news again after everybody forgot it");
	net_run(n, 1000);
	EXPECT(!routing_route(n->nodes[0].r, &victim, &route),
		"a link that only one end claims carries no route");
	net_free(n);
}

TEST(a_replayed_TC_is_stale)
{
	struct net *n = net_new(3, 0, test_rng());
	struct routing_output old;
	uint64_t stale;

	line(n);
	n->capture = 2;
	EXPECT(net_run_until_right(n, 10000) >= 0, "all is well");
	old = n->captured;
	net_run(n, 30000);
	stale = n->nodes[0].drops.count[DROP_STALE];
	EXPECT(!routing_tc(n->nodes[0].r, n->now, 2, false, bytes_of(old.body, old.len)),
		"an older TC changes nothing");
	EXPECT_EQ(n->nodes[0].drops.count[DROP_STALE], stale + 1,
		"and is counted as stale");
	net_free(n);
}

TEST(a_node_restored_from_an_older_state_jumps_above_its_own_past)
{
	struct net *n = net_new(5, 0, test_rng());
	double back;

	line(n);
	net_restart(n, 2, 5000);
	EXPECT(net_run_until_right(n, 20000) >= 0, "all is well");
	net_run(n, 5000);
	net_restart(n, 2, 17);
	back = net_run_until_right(n, 20000);
	EXPECT(back >= 0, "it is back");
	/* its routes may be right before its own TC comes back to it */
	for (unsigned i = 0; i < 100 && routing_sequence(n->nodes[2].r) < 5000; i++)
		net_run(n, 20);
	EXPECT(routing_sequence(n->nodes[2].r) > 5000,
		"its neighbours tell it of its past, and it goes on above");
	EXPECT(net_run_until_right(n, 2000) >= 0, "all is well again");
	printf("# line of 5: node restored from a backup is back after %.2f s\n", back);
	net_free(n);
}
