/* SPDX-License-Identifier: ISC */
/*
 * Attacks on routing by those whose signatures hold: insiders who lie, and whoever plays
 * back what was signed once. What a signature alone refuses is tested in node/core.
 */
#include <stdio.h>

#include "routing/listing.h"
#include "routing/machine.h"
#include "routing/metric.h"
#include "tests/unit/routing/golden.h"
#include "tests/unit/routing/net.h"

enum {
	SYBILS_FROM = 1000,
	CHEAP = 1, /* the best metric there is */
	TC_VALIDITY_MS = 17500,
	TREE_TOP = 48, /* made-up routers on the insider, on each of the others */
	TREE_FAN = 40,
};

/* Above all that the liar's own machine will ever use, so that the lie stands. */
static uint64_t lie(uint64_t i)
{
	return UINT64_MAX / 2 + 1 + i;
}

static struct address address_number(unsigned i)
{
	struct address a = net_address(i);

	/* net_address tells 256 apart by the last byte alone */
	a.b[13] = (uint8_t)(i >> 8);
	a.b[14] = (uint8_t)i;
	return a;
}

static struct address address_at(unsigned i)
{
	return i < SYBILS_FROM ? net_address(i) : address_number(i);
}

static struct tc tc_by(unsigned originator, uint64_t sequence)
{
	struct tc t = { .hop_limit = TC_HOP_LIMIT };

	t.announce.originator = address_at(originator);
	t.announce.key = net_id(originator);
	t.announce.sequence = sequence;
	t.announce.interval_ms = 5000;
	t.announce.validity_ms = TC_VALIDITY_MS;
	return t;
}

static void claim(struct tc *t, unsigned to, uint32_t metric)
{
	t->neighbours[t->count++] = (struct tc_neighbour){ address_at(to), metric };
}

static void tc_message(const struct tc *t, struct routing_output *out)
{
	uint8_t body[ROUTING_MESSAGE_MAX];
	struct writer w = writer_of(body, sizeof(body));

	tc_write(&w, t);
	out->kind = MESSAGE_TC;
	out->len = net_sign(writer_bytes(&w), out->body, sizeof(out->body));
	check(out->len > 0);
}

/* Gives node `at` a message as if it came over its link to `from`; what core would do. */
static bool inject(struct net *n, unsigned at, unsigned from, struct routing_output *o)
{
	struct bytes body = bytes_of(o->body, o->len);
	struct routing *r = n->nodes[at].r;
	struct routing_signed s;

	check(routing_signed_peek(&s, o->kind, body));
	if (!routing_is_news(r, o->kind, 1, &s.originator, s.sequence)) {
		if (o->kind == MESSAGE_TC)
			routing_copy(r, n->now, from + 1, &s);
		return false;
	}
	return o->kind == MESSAGE_TC ? routing_tc(r, n->now, from + 1, false, body)
				     : routing_hello(r, n->now, 1, from + 1, body);
}

static bool inject_tc(struct net *n, unsigned at, unsigned from, const struct tc *t)
{
	struct routing_output o;

	tc_message(t, &o);
	return inject(n, at, from, &o);
}

static bool believes(struct net *n, unsigned at, unsigned from, unsigned to)
{
	struct address a = address_at(from), b = address_at(to);
	struct routing_edge e;

	for (size_t i = 0; routing_edge_at(n->nodes[at].r, i, &e); i++)
		if (id_equal(&e.from, &a) && id_equal(&e.to, &b))
			return true;
	return false;
}

/* ---- false links ---- */

TEST(a_link_that_only_an_insider_claims_is_none)
{
	struct net *n = net_line(6);
	struct tc t = tc_by(5, lie(0));

	claim(&t, 4, metric_dat(0, 0));
	claim(&t, 0, CHEAP);
	claim(&t, 1, CHEAP);
	EXPECT(inject_tc(n, 4, 5, &t), "what an insider signed is taken");
	net_run(n, 3000);
	for (unsigned i = 0; i < 5; i++)
		EXPECT(!believes(n, i, 5, 0) && !believes(n, i, 0, 5),
			"nobody believes in a link that its victim does not claim");
	EXPECT(net_is_right(n), "every way is as it was");
	net_free(n);
}

TEST(two_insiders_who_claim_a_tunnel_draw_what_it_would_shorten_and_no_more)
{
	struct net *n = net_line(8);
	struct tc a = tc_by(1, lie(0)), b = tc_by(6, lie(0));
	struct address far = net_address(7), near = net_address(3);
	struct routing_route route;

	claim(&a, 0, metric_dat(0, 0));
	claim(&a, 2, metric_dat(0, 0));
	claim(&a, 6, CHEAP);
	claim(&b, 5, metric_dat(0, 0));
	claim(&b, 7, metric_dat(0, 0));
	claim(&b, 1, CHEAP);
	(void)inject_tc(n, 2, 1, &a);
	(void)inject_tc(n, 5, 6, &b);
	net_run(n, 3000);
	EXPECT(routing_route(n->nodes[2].r, &far, &route) && route.link == 2,
		"who is nearer to one end goes in there to the other end");
	EXPECT(routing_route(n->nodes[2].r, &near, &route) && route.link == 4 &&
			route.hops == 1,
		"a neighbour stays one");
	EXPECT(routing_route(n->nodes[4].r, &near, &route) && route.hops == 1,
		"between others nothing changes");
	net_free(n);
}

/* ---- hop limit and hop count ---- */

/* Makes node 0 say something new that its neighbour does not hear; the TC. */
static struct routing_output unheard(struct net *n)
{
	n->capture = 0;
	n->up[0][1] = false;
	routing_uplink_set(n->nodes[0].r, n->now, ROUTING_UPLINK_IPV6);
	net_run(n, 500);
	n->up[0][1] = true;
	return n->captured;
}

static bool heard_of(struct net *n, unsigned at, unsigned originator)
{
	struct address a = net_address(originator);
	const struct lsdb_router *router = lsdb_find(&n->nodes[at].r->lsdb, &a);

	return router != NULL && router->uplink != 0;
}

static void set_hops(struct routing_output *o, uint8_t limit, uint8_t count)
{
	struct tc t;

	check(tc_parse(&t, bytes_of(o->body, o->len)));
	o->body[t.hops_at] = limit;
	o->body[t.hops_at + 1] = count;
}

TEST(a_hop_limit_that_was_cut_down_on_the_way_stops_no_flood)
{
	static const struct {
		const char *why;
		uint8_t limit, count;
	} rows[] = {
		{ "nothing left", 0, 0 },
		{ "one left", 1, 254 },
		{ "nothing left, after many", 0, 255 },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct net *n = net_line(4);
		struct routing_output good = unheard(n), bad = good;

		set_hops(&bad, rows[i].limit, rows[i].count);
		EXPECT(inject(n, 1, 0, &bad), rows[i].why);
		net_run(n, 2);
		EXPECT(!inject(n, 1, 0, &good), "the good copy comes second");
		net_run(n, 150);
		EXPECT(heard_of(n, 3, 0), rows[i].why);
		net_free(n);
	}
}

TEST(a_hop_limit_that_was_cut_down_and_no_other_copy_is_made_good_by_digests)
{
	struct net *n = net_line(4);
	struct routing_output bad = unheard(n);

	set_hops(&bad, 0, 255);
	EXPECT(inject(n, 1, 0, &bad), "it is taken");
	net_run(n, 8000);
	EXPECT(heard_of(n, 3, 0), "all have it in the end");
	net_free(n);
}

TEST(a_TC_sent_round_with_ever_new_hop_limits_is_passed_on_once)
{
	struct net *n = net_line(5);
	struct routing_output o = unheard(n);
	uint64_t broadcasts;

	set_hops(&o, 255, 0);
	EXPECT(inject(n, 1, 0, &o), "it is new once");
	net_run(n, 1000);
	net_count_anew(n);
	net_run(n, 10000);
	broadcasts = n->nodes[1].broadcasts + n->nodes[2].broadcasts;
	net_count_anew(n);
	for (unsigned i = 0; i < 1000; i++) {
		set_hops(&o, (uint8_t)(255 - i % 3), (uint8_t)i);
		EXPECT(!inject(n, 1 + i % 2, i % 2 ? 3 : 0, &o), "never again");
		net_run(n, 10);
	}
	EXPECT(n->nodes[1].broadcasts + n->nodes[2].broadcasts <= broadcasts * 5 / 4 + 4,
		"nobody says more than without");
	EXPECT(net_is_right(n), "ways stay");
	net_free(n);
}

/* ---- replay ---- */

TEST(what_was_recorded_is_stale_at_once_and_after_a_minute)
{
	struct net *n = net_new(5, 0, test_rng());
	struct routing_output first;
	uint64_t changes;

	net_join_line(n);
	n->capture = 2;
	for (unsigned i = 0; i < 100 && n->captured.len == 0; i++)
		net_run(n, 20);
	first = n->captured;
	EXPECT(first.len > 0 && net_run_until_right(n, 10000) >= 0, "a TC is recorded");
	net_run(n, 8000);
	net_count_anew(n);
	for (unsigned i = 0; i < 60; i++) {
		for (unsigned k = 0; k < 5; k++)
			EXPECT(k == 2 || !inject(n, k, k == 0 ? 1 : k - 1, &first),
				"it is no news to anybody");
		net_run(n, 1000);
	}
	changes = net_route_changes(n);
	EXPECT_EQ(changes, 0, "no way changes in a minute of it");
	EXPECT(net_is_right(n), "all ways are right");
	net_free(n);
}

TEST(what_was_recorded_misleads_nobody_who_restarts)
{
	struct net *n = net_new(5, 0, test_rng());
	struct routing_output old;
	double back;

	net_join_line(n);
	net_join(n, 0, 4);
	n->capture = 4;
	EXPECT(net_run_until_right(n, 10000) >= 0, "a ring");
	net_run(n, 5000);
	old = n->captured; /* says that 4 has links to 0 and 3 */
	net_cut(n, 0, 4);
	net_run(n, 10000);
	net_restart(n, 1, 1u << 20);
	(void)inject(n, 1, 0, &old);
	back = net_run_until_right(n, 10000);
	EXPECT(back >= 0 && back < 3, "the news wins");
	EXPECT(!inject(n, 1, 0, &old), "then the old is stale");
	net_free(n);
}

TEST(the_dead_do_not_come_back_when_their_words_are_played_again)
{
	struct net *n = net_new(6, 0, test_rng());
	struct routing_output dead[2];
	struct address a = net_address(5);
	struct routing_route route;

	net_join_line(n);
	n->capture = 5;
	net_run(n, 4000);
	dead[0] = n->captured;
	n->capture = 4;
	net_run(n, 20000);
	dead[1] = n->captured;
	net_cut(n, 3, 4);
	net_run(n, 150000); /* their TCs have long expired */
	EXPECT(lsdb_find(&n->nodes[2].r->lsdb, &a) == NULL, "they are forgotten");
	for (unsigned i = 0; i < 20; i++) {
		for (unsigned k = 0; k < 2; k++)
			(void)inject(n, 1, 0, &dead[k]);
		net_run(n, 1000);
		for (unsigned k = 0; k < 4; k++)
			EXPECT(!routing_route(n->nodes[k].r, &a, &route),
				"nobody has a way to a dead node");
	}
	EXPECT(net_is_right(n), "the others have theirs");
	net_free(n);
}

/* HELLOs that node i signs while only an attacker hears it; the last ones of its life. */
static unsigned last_hellos(
	struct net *n, unsigned i, struct routing_output *out, unsigned room)
{
	struct routing_output o;
	unsigned count = 0;

	while (count < room) {
		n->now = instant_add_ms(n->now, HELLO_INTERVAL_MS);
		routing_tick(n->nodes[i].r, n->now);
		while (routing_take(n->nodes[i].r, n->now, 1, &o)) {
			if (o.kind != MESSAGE_HELLO || count == room)
				continue;
			out[count] = o;
			out[count].len = net_sign(
				bytes_of(o.body, o.len), out[count].body, sizeof(o.body));
			count++;
		}
	}
	return count;
}

TEST(a_node_restored_from_a_backup_is_back_though_its_past_is_played_to_others)
{
	static struct routing_output hellos[30];
	struct net *n = net_line(4);
	unsigned count, played;
	double plain, back;

	net_restart(n, 1, 1);
	plain = net_run_until_right(n, 60000);
	net_run(n, 10000);
	count = last_hellos(n, 1, hellos, array_len(hellos));
	net_restart(n, 1, 1);
	/* to its neighbours, as if from where it is */
	played = 0;
	for (unsigned i = 0; i < count; i++)
		played += inject(n, 0, 1, &hellos[i]) + inject(n, 2, 1, &hellos[i]);
	back = net_run_until_right(n, 60000);
	printf("# restored from a backup: back after %.2f s, with %u HELLOs played after "
	       "%.2f "
	       "s\n",
		plain, played, back);
	EXPECT(plain >= 0 && back >= 0 && back < 35,
		"it is back when its neighbours have missed it, at the latest");
	net_free(n);
}

/* ---- floods of what is signed ---- */

struct crowd {
	struct net *n;
	unsigned at, insider; /* who hears it, from whom */
	uint64_t next;
	unsigned made, refused;
};

/* One more TC of a key made for it: of as many neighbours as fit, made up, or in a tree that
 * hangs on the insider so that all of it can be reached. */
static void crowd_says(struct crowd *c, bool reachable)
{
	unsigned i = (unsigned)c->next++;
	struct tc t = tc_by(SYBILS_FROM + i, 1);

	if (reachable) {
		claim(&t,
			i < TREE_TOP ? c->insider
				     : SYBILS_FROM + (i - TREE_TOP) / TREE_FAN,
			CHEAP);
		for (unsigned k = 0; k < TREE_FAN; k++)
			claim(&t, SYBILS_FROM + TREE_TOP + i * TREE_FAN + k, CHEAP);
	} else {
		while (t.count < TC_WRITE_MAX)
			claim(&t, 100000 + i * TC_WRITE_MAX + t.count, CHEAP);
	}
	if (inject_tc(c->n, c->at, c->insider, &t))
		c->made++;
	else
		c->refused++;
}

static bool routes_among(struct net *n, const unsigned *nodes, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		for (unsigned k = 0; k < count; k++) {
			struct address a = net_address(nodes[k]);
			struct routing_route route;

			if (i != k && !routing_route(n->nodes[nodes[i]].r, &a, &route))
				return false;
		}
	return true;
}

enum { TABLE = 4096 }; /* routers: sooner full than a larger one */

static const unsigned honest[] = { 0, 1, 2, 3, 4 }, newcomer[] = { 0, 6 };

/* 200 TCs a second for a while, from an insider in the middle; afterwards, under the same,
 * honest news. Returns how long it took over four hops, in ms. */
static int64_t news_in_a_crowd(struct crowd *c, bool reachable, unsigned for_ms)
{
	struct net *n = c->n;
	int64_t waited_ms = 0;

	for (unsigned i = 0; i < n->count; i++)
		n->nodes[i].r->lsdb.most = TABLE;
	net_cut(n, 4, 5);
	net_cut(n, 5, 6);
	net_join(n, 2, 5);
	EXPECT(net_run_until_right(n, 10000) >= 0, "the insider sits in the middle");
	net_run(n, 3000);
	n->hurried = true;
	if (reachable) {
		struct tc t = tc_by(5, lie(0));

		claim(&t, 2, metric_dat(0, 0));
		for (unsigned i = 0; i < TREE_TOP; i++)
			claim(&t, SYBILS_FROM + i, CHEAP);
		EXPECT(inject_tc(n, 2, 5, &t), "the insider vouches for them");
	}
	for (unsigned ms = 0; ms < for_ms; ms += 50) {
		for (unsigned k = 0; k < 10; k++)
			crowd_says(c, reachable);
		net_run(n, 50);
	}
	for (unsigned i = 0; i < n->count; i++)
		EXPECT(n->nodes[i].r->lsdb.count <= TABLE, "the cap holds");
	EXPECT(routes_among(n, honest, array_len(honest)), "all honest ways stand");
	routing_uplink_set(n->nodes[0].r, n->now, ROUTING_UPLINK_IPV6);
	for (; !heard_of(n, 4, 0) && waited_ms < 60000; waited_ms += 50) {
		for (unsigned k = 0; k < 10; k++)
			crowd_says(c, reachable);
		net_run(n, 50);
	}
	net_join(n, 4, 6);
	for (unsigned ms = 0; !routes_among(n, newcomer, 2); ms += 50) {
		for (unsigned k = 0; k < 10; k++)
			crowd_says(c, reachable);
		net_run(n, 50);
		EXPECT(ms < 20000, "who comes anew, and far away, finds a place");
	}
	return waited_ms;
}

TEST(made_up_routers_push_out_nobody_and_hold_up_no_news)
{
	struct net *n = net_line(7);
	struct crowd c = { .n = n, .at = 2, .insider = 5 };
	int64_t ms = news_in_a_crowd(&c, false, 25000);

	printf("# news under 200 made-up TCs/s: %.2f s over 4 hops\n", (double)ms / 1e3);
	EXPECT(c.made > TABLE, "there were more than any table holds");
	EXPECT(ms < 2000, "honest news is there soon");
	net_free(n);
}

TEST(made_up_routers_that_an_insider_vouches_for_push_out_nobody_and_hold_up_no_news)
{
	struct net *n = net_line(7);
	struct crowd c = { .n = n, .at = 2, .insider = 5 };
	int64_t ms = news_in_a_crowd(&c, true, 25000);

	printf("# news under 200 vouched-for TCs/s: %.2f s over 4 hops, %zu routes\n",
		(double)ms / 1e3, routing_route_count(n->nodes[2].r));
	EXPECT(c.made > TABLE, "there were more than any table holds");
	EXPECT(routing_route_count(n->nodes[2].r) > TABLE / 2,
		"and ways to them: they count as reachable");
	EXPECT(ms < 8000, "honest news comes through");
	net_free(n);
}

/* ---- what else an insider can try ---- */

TEST(strangers_without_a_session_crowd_no_neighbour_out_of_a_HELLO)
{
	struct net *n = net_line(2);
	struct address other = net_address(1);
	struct hello h = { .announce = tc_by(1, 1).announce };
	unsigned turn = 0;

	for (uint32_t i = 0; i < 2 * ROUTING_LINKS_MAX; i++) {
		uint8_t body[ROUTING_MESSAGE_MAX];
		struct writer w = writer_of(body, sizeof(body));

		h.announce.originator = address_number(SYBILS_FROM + i);
		hello_write(&w, &h);
		EXPECT(routing_hello(
			       n->nodes[0].r, n->now, 1, 1000 + i, writer_bytes(&w)),
			"one more stranger");
	}
	EXPECT(n->nodes[0].r->nhdp.count <= ROUTING_LINKS_MAX, "the cap holds");
	for (unsigned k = 0; k < 6; k++) {
		bool listed = false;

		h.count = 0;
		listing_links(&n->nodes[0].r->nhdp, n->now, 1, &turn, &h);
		for (unsigned i = 0; i < h.count; i++)
			listed = listed || id_equal(&h.neighbours[i].node, &other);
		EXPECT(listed, "the neighbour is told each time");
		EXPECT_EQ(h.count, HELLO_WRITE_MAX, "and as many strangers as fit");
	}
	EXPECT(net_is_right(n), "and its link is in use");
	net_free(n);
}

TEST(who_always_has_something_new_does_not_keep_the_others_from_telling_theirs)
{
	struct net *n = net_line(4);
	struct routing_output lost;
	uint64_t next = 0;

	/* node 3 is the insider, a neighbour of 1 as is 2; what 0 says, 1 misses */
	net_cut(n, 2, 3);
	net_join(n, 1, 3);
	net_join(n, 0, 2);
	net_run(n, 5000);
	/* it is his turn, as it was when the insider came last */
	n->nodes[1].r->repairs.with = 4;
	n->nodes[1].r->repairs.until = instant_add_ms(n->now, FLOOD_TURN_MS);
	n->capture = 0;
	n->up[0][1] = n->up[2][1] = false;
	routing_uplink_set(n->nodes[0].r, n->now, ROUTING_UPLINK_IPV6);
	net_run(n, 200);
	lost = n->captured;
	n->up[0][1] = n->up[2][1] = true;
	for (unsigned ms = 0; ms < 12000; ms += 200) {
		struct tc t = tc_by(3, lie(next++));

		claim(&t, 1, metric_dat(0, 0));
		(void)inject_tc(n, 1, 3, &t);
		net_run(n, 200);
	}
	EXPECT(lost.len > 0 && heard_of(n, 1, 0), "what it missed comes all the same");
	net_free(n);
}

TEST(who_claims_to_reach_everybody_and_passes_nothing_on_stops_no_flood)
{
	struct net *n = net_new(6, 0, test_rng());
	struct tc t = tc_by(5, lie(0));
	struct routing_output o;
	int64_t waited_ms = 0;

	/* 5 is a neighbour of all others, on a line of their own */
	for (unsigned i = 0; i + 2 < n->count; i++)
		net_join(n, i, i + 1);
	for (unsigned i = 0; i < 5; i++)
		net_join(n, i, 5);
	EXPECT(net_run_until_right(n, 10000) >= 0, "all find their ways");
	net_run(n, 8000);
	for (unsigned i = 0; i < 5; i++)
		claim(&t, i, CHEAP);
	for (unsigned i = 0; i < 5; i++)
		(void)inject_tc(n, i, 5, &t);
	net_run(n, 3000);
	/* from now on 5 hears everything, says it to the first alone, and else nothing */
	n->up[0][5] = false;
	o = unheard(n);
	for (unsigned i = 1; i < 5; i++)
		n->up[5][i] = false;
	EXPECT(inject(n, 1, 0, &o), "the first hears of it");
	for (unsigned i = 0; i < 20; i++)
		(void)inject(n, 1, 5, &o);
	for (; waited_ms < 20000 && !(heard_of(n, 2, 0) && heard_of(n, 4, 0));
		waited_ms += 20)
		net_run(n, 20);
	printf("# a flood past one who swallows it: %.2f s over 4 hops\n",
		(double)waited_ms / 1e3);
	EXPECT(heard_of(n, 2, 0) && heard_of(n, 4, 0), "all have it in the end");
	net_free(n);
}
