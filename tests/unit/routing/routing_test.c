/* SPDX-License-Identifier: ISC */
#include "routing/routing.h"

#include "routing/beat.h"
#include "routing/machine.h"
#include "tests/unit/routing/golden.h"
#include "tests/unit/routing/net.h"

/* We are node 2 of the golden packets. */
struct scene {
	struct routing *r;
	struct drops drops;
	struct instant now;
};

static void scene_init(struct scene *s)
{
	struct routing_config config = { .self = golden_address(2),
		.self_id = net_id(2),
		.name = "we",
		.rng = test_rng(),
		.drops = &s->drops,
		.sequence = 100 };

	memset(s, 0, sizeof(*s));
	s->now = instant_ms(1000);
	s->r = routing_new(&config, s->now);
	routing_interface_add(s->r, s->now, 1);
	routing_interface_add(s->r, s->now, 2);
}

static void scene_fini(struct scene *s)
{
	routing_free(s->r);
}

static bool hello(struct scene *s, uint32_t interface, uint32_t link, uint8_t from,
	uint64_t sequence)
{
	struct hello h = golden_hello();
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));

	h.announce.originator = golden_address(from);
	h.announce.sequence = sequence;
	h.number = (uint16_t)sequence;
	h.beat_ms = 562;
	hello_write(&w, &h);
	return routing_hello(s->r, s->now, interface, link, writer_bytes(&w));
}

static bool tc(
	struct scene *s, uint32_t link, uint8_t from, uint64_t sequence, uint8_t to)
{
	struct tc t = golden_tc();
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));

	t.announce.originator = golden_address(from);
	t.announce.sequence = sequence;
	t.count = 1;
	t.neighbours[0].node = golden_address(to);
	tc_write(&w, &t);
	return routing_tc(s->r, s->now, link, false, writer_bytes(&w));
}

/* Lets time pass; returns how many messages of a kind went out on an interface. */
static unsigned run(
	struct scene *s, int64_t ms, uint32_t interface, enum message_kind kind)
{
	struct instant end = instant_add_ms(s->now, ms);
	static struct routing_output out;
	unsigned count = 0;

	while (instant_before(s->now, end)) {
		s->now = instant_min(end, instant_max(s->now, routing_deadline(s->r)));
		routing_tick(s->r, s->now);
		for (uint32_t i = 1; i <= 2; i++)
			while (routing_take(s->r, s->now, i, &out))
				count += i == interface && out.kind == kind;
	}
	return count;
}

TEST(routing_refuses_and_counts_why)
{
	struct address self = golden_address(2);
	struct scene s;

	scene_init(&s);
	EXPECT(!routing_hello(s.r, s.now, 1, 7, BYTES("junk")), "junk is no HELLO");
	EXPECT(!routing_tc(s.r, s.now, 7, false, BYTES("junk")), "nor a TC");
	EXPECT(!routing_lsdb(s.r, s.now, 7, BYTES("junk")), "nor a summary");
	EXPECT_EQ(s.drops.count[DROP_MALFORMED], 3, "all malformed");
	EXPECT(!hello(&s, 3, 7, 1, 1) && !hello(&s, 1, 0, 1, 1),
		"no such interface, no link");
	EXPECT_EQ(s.drops.count[DROP_UNWANTED], 2, "nobody asked for these");
	EXPECT(!hello(&s, 1, 7, 2, 1), "our own HELLO");
	EXPECT_EQ(s.drops.count[DROP_OWN], 1, "is our own");
	EXPECT(hello(&s, 1, 7, 1, 5), "a HELLO");
	EXPECT(!hello(&s, 1, 7, 1, 5), "heard again");
	EXPECT_EQ(s.drops.count[DROP_STALE], 1, "is stale");
	EXPECT(!hello(&s, 1, 7, 9, 5), "another speaker on that link");
	EXPECT_EQ(s.drops.count[DROP_SOURCE], 1, "is not who it seems");
	EXPECT(!routing_is_news(s.r, MESSAGE_HELLO, 1, &self, 9),
		"our HELLO is never news");
	EXPECT(!routing_is_news(s.r, MESSAGE_TC, 1, &self, 9), "nor our old TC");
	EXPECT(routing_is_news(s.r, MESSAGE_TC, 1, &self, 100),
		"but one from our future is");
	scene_fini(&s);
}

TEST(routing_sends_HELLOs_at_their_interval_and_soon_on_news)
{
	struct scene s;
	unsigned count;

	scene_init(&s);
	EXPECT_EQ(run(&s, 110, 1, MESSAGE_HELLO), 1, "the first comes at once");
	count = run(&s, 10000, 1, MESSAGE_HELLO);
	EXPECT(count >= 4 && count <= 7, "a few more, as it may get lost");
	count = run(&s, 80000, 1, MESSAGE_HELLO);
	EXPECT(count >= 10 && count <= 14, "then each eighth second or sooner");
	EXPECT(hello(&s, 1, 7, 1, 5), "a new neighbour");
	EXPECT(run(&s, 300, 1, MESSAGE_HELLO) >= 1, "is answered soon");
	scene_fini(&s);
}

static bool beat(struct scene *s, uint32_t interface, uint32_t link, uint16_t number)
{
	uint8_t body[64];
	struct writer w = writer_of(body, sizeof(body));

	beat_write(&w, &(struct beat){ number, 5 });
	return routing_beat(s->r, s->now, interface, link, writer_bytes(&w));
}

TEST(routing_sends_beats_between_HELLOs)
{
	struct scene s;
	unsigned count;

	scene_init(&s);
	run(&s, 20000, 1, MESSAGE_HELLO);
	count = run(&s, 60000, 1, MESSAGE_BEAT);
	EXPECT(count >= 95 && count <= 120, "about two a second");
	scene_fini(&s);
}

TEST(routing_answers_a_strange_beat_with_a_HELLO_but_not_for_ever)
{
	struct scene s;
	unsigned count = 0;

	scene_init(&s);
	run(&s, 20000, 1, MESSAGE_HELLO);
	EXPECT(!beat(&s, 1, 0, 1), "nobody is known there");
	EXPECT_EQ(run(&s, 110, 1, MESSAGE_HELLO), 1, "so we say who we are");
	for (unsigned i = 0; i < 100; i++) {
		EXPECT(!beat(&s, 1, 0, (uint16_t)(2 + i)), "and again");
		count += run(&s, 500, 1, MESSAGE_HELLO);
	}
	EXPECT(count <= 20, "who does not hear us is not shouted at");
	EXPECT(!beat(&s, 3, 0, 1), "no such interface");
	EXPECT(!routing_beat(s.r, s.now, 1, 0, BYTES("junk")), "junk is no beat");
	EXPECT_EQ(s.drops.count[DROP_MALFORMED], 1, "but counted");
	scene_fini(&s);
}

TEST(routing_doubts_a_link_whose_beats_stay_away_once)
{
	struct scene s;
	uint32_t link = 0;

	scene_init(&s);
	EXPECT(hello(&s, 1, 7, 1, 5), "a neighbour");
	routing_link_usable(s.r, s.now, 7, true);
	for (uint16_t i = 1; i <= 5; i++) {
		run(&s, 500, 1, MESSAGE_BEAT);
		EXPECT(!routing_doubt_take(s.r, s.now, &link), "it beats");
		EXPECT(beat(&s, 1, 7, (uint16_t)(5 + i)), "still");
	}
	EXPECT(!beat(&s, 1, 7, 10), "heard again: not new");
	EXPECT_EQ(s.drops.count[DROP_STALE], 1, "counted");
	run(&s, 600, 1, MESSAGE_BEAT);
	EXPECT(!routing_doubt_take(s.r, s.now, &link), "late is not silent");
	run(&s, 200, 1, MESSAGE_BEAT);
	EXPECT(routing_doubt_take(s.r, s.now, &link) && link == 7, "silent is");
	EXPECT(!routing_doubt_take(s.r, s.now, &link), "doubted once");
	scene_fini(&s);
}

TEST(routing_doubts_at_once_a_link_that_its_neighbour_says_there_is_not)
{
	struct scene s;
	uint32_t link = 0;

	scene_init(&s);
	EXPECT(hello(&s, 1, 7, 1, 5), "a neighbour");
	routing_link_usable(s.r, s.now, 7, true);
	run(&s, 100, 1, MESSAGE_TC);
	EXPECT(tc(&s, 7, 1, 6, 9), "a TC of it from before it had a session with us");
	run(&s, 1, 1, MESSAGE_TC);
	EXPECT(!routing_doubt_take(s.r, s.now, &link), "says nothing");
	EXPECT(tc(&s, 7, 1, 7, 2), "its next TC lists us");
	EXPECT(!routing_doubt_take(s.r, s.now, &link), "all is well");
	EXPECT(tc(&s, 7, 1, 8, 9), "the one after that does not");
	EXPECT(routing_deadline(s.r).us <= s.now.us + 1, "that is not put off");
	run(&s, 1, 1, MESSAGE_TC);
	EXPECT(routing_doubt_take(s.r, s.now, &link) && link == 7, "it is asked");
	EXPECT(!routing_doubt_take(s.r, s.now, &link), "once");
	scene_fini(&s);
}

TEST(routing_floods_a_TC_to_the_other_interface_and_finds_its_way)
{
	struct address far = golden_address(9);
	struct routing_neighbour n;
	struct address path[ROUTING_PATH_MAX];
	struct routing_route route;
	struct routing_edge edge;
	struct scene s;
	uint64_t generation;

	scene_init(&s);
	EXPECT(hello(&s, 1, 7, 1, 5) && hello(&s, 2, 8, 3, 5), "two neighbours");
	routing_link_usable(s.r, s.now, 7, true);
	routing_link_usable(s.r, s.now, 8, true);
	run(&s, 500, 1, MESSAGE_TC);
	EXPECT_EQ(routing_route_count(s.r), 2, "a route to each");
	generation = routing_generation(s.r);
	EXPECT(tc(&s, 7, 1, 6, 9), "one claims a third");
	EXPECT_EQ(run(&s, 30, 2, MESSAGE_TC), 1, "passed on to the other interface");
	EXPECT(!routing_route(s.r, &far, &route), "one claim is no link");
	EXPECT(tc(&s, 7, 9, 6, 1), "the third claims it, too");
	run(&s, 30, 1, MESSAGE_TC);
	EXPECT(routing_route(s.r, &far, &route), "now there is a way");
	EXPECT(route.link == 7 && route.hops == 2, "over the first, in two hops");
	EXPECT_EQ(route.metric, 116 + 104, "the lossy link and the one claimed");
	EXPECT(routing_generation(s.r) > generation, "callers can see that");
	EXPECT_EQ(routing_path(s.r, &far, path), 2, "a path of two");
	EXPECT(id_equal(&path[1], &far), "with the node itself last");
	EXPECT(routing_route_at(s.r, 2, &route) && id_equal(&route.node, &far),
		"farthest");
	EXPECT(!routing_route_at(s.r, 3, &route), "and no more");
	EXPECT(routing_edge_at(s.r, 0, &edge) && !routing_edge_at(s.r, 2, &edge),
		"a link of the map, seen from both ends");
	EXPECT(routing_neighbour_at(s.r, 1, &n) && n.link == 8 && n.symmetric && n.usable,
		"both neighbours are listed");
	EXPECT(!routing_neighbour_at(s.r, 2, &n), "and no more");
	routing_link_failed(s.r, s.now, 7);
	run(&s, 20, 1, MESSAGE_TC);
	EXPECT(!routing_route(s.r, &far, &route), "a failed link carries nothing");
	routing_interface_remove(s.r, s.now, 2);
	run(&s, 20, 1, MESSAGE_TC);
	EXPECT_EQ(routing_route_count(s.r), 0, "nor does an interface that is gone");
	scene_fini(&s);
}

TEST(routing_bears_a_flood_of_TCs_within_its_caps)
{
	struct address first = golden_address(1);
	struct routing_route route;
	struct scene s;

	scene_init(&s);
	EXPECT(hello(&s, 1, 7, 1, 5), "one neighbour");
	routing_link_usable(s.r, s.now, 7, true);
	run(&s, 100, 1, MESSAGE_TC);
	for (unsigned i = 0; i < 3 * ROUTING_NODES_MAX; i++) {
		struct tc t = golden_tc();
		uint8_t buffer[ANNOUNCE_BODY_MAX];
		struct writer w = writer_of(buffer, sizeof(buffer));

		t.announce.originator.b[5] = (uint8_t)(i >> 8);
		t.announce.originator.b[6] = (uint8_t)i;
		t.announce.originator.b[7] = 1;
		tc_write(&w, &t);
		(void)routing_tc(s.r, s.now, 7, false, writer_bytes(&w));
		if (i % 256 == 0)
			run(&s, 21, 1, MESSAGE_TC);
	}
	EXPECT(s.r->lsdb.count <= ROUTING_NODES_MAX, "the cap holds");
	EXPECT(routing_route(s.r, &first, &route), "the neighbour keeps its route");
	scene_fini(&s);
}

TEST(routing_knows_who_chose_it_and_tells_how_willing_it_is)
{
	struct routing_neighbour n;
	struct routing_output out;
	struct hello h = golden_hello();
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct scene s;

	scene_init(&s);
	h.will_routing = 9;
	h.neighbours[0].mpr = HELLO_MPR_FLOODING;
	h.neighbours[1].status = HELLO_SYMMETRIC;
	hello_write(&w, &h);
	EXPECT(routing_hello(s.r, s.now, 1, 7, writer_bytes(&w)), "a HELLO");
	EXPECT(routing_neighbour_at(s.r, 0, &n) && n.symmetric, "a neighbour");
	EXPECT(n.mpr_selector && !n.mpr, "it chose us, we did not choose it");
	EXPECT(n.will_flooding == WILL_DEFAULT && n.will_routing == 9, "its willingness");
	routing_link_usable(s.r, s.now, 7, true);
	EXPECT(routing_neighbour_at(s.r, 0, &n) && n.mpr, "a session, a relay");
	run(&s, 3000, 1, MESSAGE_HELLO);
	routing_willingness_set(s.r, s.now, WILL_NEVER, 3);
	for (unsigned i = 0; i < 4; i++) {
		s.now = instant_add_ms(s.now, 100);
		routing_tick(s.r, s.now);
		if (routing_take(s.r, s.now, 1, &out) && out.kind == MESSAGE_HELLO)
			break;
	}
	EXPECT(out.kind == MESSAGE_HELLO && hello_parse(&h, bytes_of(out.body, out.len)),
		"a HELLO soon");
	EXPECT(h.will_flooding == WILL_NEVER && h.will_routing == 3, "says so");
	scene_fini(&s);
}
