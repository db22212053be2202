/* SPDX-License-Identifier: ISC */
#include "routing/flood.h"

#include "tests/unit/routing/golden.h"

/* A router in a database, and two advertised links, on interfaces in places 0 and 1. */
struct scene {
	struct lsdb db;
	struct nhdp links;
	struct rng rng;
	struct repairs repairs;
	struct lsdb_router *n;
};

static void scene_init(struct scene *s)
{
	struct address self = golden_address(2);
	struct tc t = golden_tc();

	lsdb_init(&s->db);
	nhdp_init(&s->links);
	s->rng = test_rng();
	s->repairs = (struct repairs){ .db = &s->db, .rng = &s->rng };
	s->n = lsdb_install(&s->db, instant_ms(1000), &t, BYTES("body"));
	for (uint32_t i = 0; i < 2; i++) {
		struct hello h = golden_hello();
		struct nhdp_link *l =
			nhdp_hello(&s->links, instant_ms(1000), i + 1, &h, &self);

		l->interface = i + 1;
		l->place = i;
		l->advertised = true;
	}
}

static void scene_fini(struct scene *s)
{
	nhdp_fini(&s->links);
	lsdb_fini(&s->db);
}

TEST(repair_sends_what_the_neighbour_lacks_and_asks_for_what_we_lack)
{
	struct scene s;
	struct nhdp_link *l;
	struct summary theirs = { .to = UINT64_MAX,
		.count = 1,
		.entries = { { 5, 77 } } },
		       ours;

	scene_init(&s);
	s.n->route.link = 1;
	l = nhdp_find(&s.links, 1);
	repair_summary(&s.repairs, l, instant_ms(5000), &theirs);
	EXPECT(repair_take_tc(&s.repairs, l, instant_ms(5001)) == s.n,
		"it lacks our router");
	EXPECT(repair_take_tc(&s.repairs, l, instant_ms(5001)) == NULL, "that is all");
	EXPECT(repair_take_summary(&s.repairs, l, instant_ms(5101), 1, &ours),
		"we lack theirs");
	EXPECT(ours.reply && ours.count == 1, "so we say what we hold");
	EXPECT(!repair_take_summary(&s.repairs, l, instant_ms(9000), 1, &ours), "once");
	theirs.reply = true;
	repair_summary(&s.repairs, l, instant_ms(20000), &theirs);
	EXPECT(!repair_take_summary(&s.repairs, l, instant_ms(30000), 1, &ours),
		"an answer wants no answer");
	scene_fini(&s);
}

TEST(repair_acts_on_digests_that_keep_differing_and_backs_off)
{
	struct scene s;
	struct nhdp_link *l;
	struct summary out;
	unsigned sent = 0;

	scene_init(&s);
	l = nhdp_find(&s.links, 1);
	l->digest = 42;
	repair_digest(&s.repairs, l, instant_ms(5000), 42, instant_ms(0));
	EXPECT(l->repair.ask_due.us == NEVER.us, "equal: nothing to do");
	repair_digest(&s.repairs, l, instant_ms(5000), 43, instant_ms(4900));
	EXPECT(l->repair.ask_due.us == NEVER.us, "just changed: wait");
	repair_digest(&s.repairs, l, instant_ms(5700), 43, instant_ms(5650));
	EXPECT(l->repair.ask_due.us != NEVER.us, "it keeps differing");
	EXPECT(!repair_take_summary(&s.repairs, l, instant_ms(5900), 42, &out),
		"equal again before it went out");
	for (int64_t ms = 10000; ms < 110000; ms += 1000) {
		repair_digest(&s.repairs, l, instant_ms(ms), 43, instant_ms(0));
		sent += repair_take_summary(
			&s.repairs, l, instant_ms(ms + 200), 43, &out);
	}
	EXPECT(sent >= 10 && sent <= 17, "what does not help is tried ever less");
	scene_fini(&s);
}

TEST(repair_tells_of_a_large_database_only_where_it_differs)
{
	struct scene s;
	struct nhdp_link *l;
	struct summary out, theirs;
	uint64_t next = 0;
	unsigned told = 0, pieces = 0;

	scene_init(&s);
	s.n->route.link = 1;
	for (unsigned i = 0; i < 200; i++) {
		struct tc t = golden_tc();

		t.announce.originator.b[3] = (uint8_t)(i + 1);
		lsdb_install(&s.db, instant_ms(1), &t, BYTES("b"))->route.link = 1;
	}
	l = nhdp_find(&s.links, 1);
	repair_begin(&s.repairs, l, instant_ms(5000), true);
	EXPECT(repair_take_summary(&s.repairs, l, instant_ms(5200), 1, &out) && out.sums,
		"sums first");
	EXPECT(!repair_take_summary(&s.repairs, l, instant_ms(5200), 1, &out),
		"and nothing else before they are answered");
	theirs = out;
	repair_summary(&s.repairs, l, instant_ms(5210), &theirs);
	EXPECT(!repair_take_summary(&s.repairs, l, instant_ms(5210), 1, &out),
		"equal sums want no answer");
	theirs.sum[63]++;
	theirs.sum[5]++;
	repair_summary(&s.repairs, l, instant_ms(5220), &theirs);
	EXPECT(repair_take_summary(&s.repairs, l, instant_ms(5220), 1, &out) &&
			out.from == 5ull << 58 && out.to == (6ull << 58) - 1,
		"one part that differs");
	EXPECT(repair_take_summary(&s.repairs, l, instant_ms(5220), 1, &out) &&
			out.from == 63ull << 58 && out.to == UINT64_MAX,
		"and another");
	for (unsigned i = 0; i < SUMMARY_PARTS; i++)
		theirs.sum[i]++;
	repair_summary(&s.repairs, l, instant_ms(5230), &theirs);
	while (repair_take_summary(&s.repairs, l, instant_ms(5230), 1, &out)) {
		EXPECT(out.from == next, "the pieces leave no gap");
		next = out.to + 1;
		told += out.count;
		pieces++;
	}
	EXPECT_EQ(told, 201, "all are told");
	EXPECT_EQ(pieces, 4, "in four pieces");
	EXPECT_EQ(next, 0, "up to the end");
	scene_fini(&s);
}

TEST(repair_lets_one_neighbour_at_a_time_bring_what_is_lacking)
{
	struct summary theirs = { .to = UINT64_MAX,
		.count = 1,
		.entries = { { 5, 77 } } },
		       out;
	struct nhdp_link *first, *second;
	struct scene s;

	scene_init(&s);
	s.n->route.link = 1;
	first = nhdp_find(&s.links, 1);
	second = nhdp_find(&s.links, 2);
	repair_summary(&s.repairs, first, instant_ms(5000), &theirs);
	repair_summary(&s.repairs, second, instant_ms(5001), &theirs);
	EXPECT(repair_take_summary(&s.repairs, first, instant_ms(5002), 1, &out),
		"the first is told what we hold");
	EXPECT(!repair_take_summary(&s.repairs, second, instant_ms(5002), 1, &out),
		"the second would bring the same");
	repair_progress(&s.repairs, instant_ms(5400), 1);
	repair_summary(&s.repairs, second, instant_ms(5800), &theirs);
	EXPECT(!repair_take_summary(&s.repairs, second, instant_ms(5802), 1, &out),
		"as long as the first brings some");
	repair_summary(&s.repairs, second, instant_ms(5901), &theirs);
	EXPECT(repair_take_summary(&s.repairs, second, instant_ms(5902), 1, &out),
		"then it is its turn");
	scene_fini(&s);
}

TEST(repair_waits_as_long_as_answers_take)
{
	struct summary theirs = { .to = UINT64_MAX,
		.count = 1,
		.entries = { { 5, 77 } } },
		       out;
	struct nhdp_link *second;
	struct scene s;

	scene_init(&s);
	s.n->route.link = 1;
	s.repairs.answer_us = 300000;
	second = nhdp_find(&s.links, 2);
	repair_summary(&s.repairs, nhdp_find(&s.links, 1), instant_ms(5000), &theirs);
	repair_summary(&s.repairs, second, instant_ms(6000), &theirs);
	EXPECT(!repair_take_summary(&s.repairs, second, instant_ms(6002), 1, &out),
		"what the first brings is still on its way");
	repair_summary(&s.repairs, second,
		instant_ms(5001 + FLOOD_TURN_MS + FLOOD_TURN_ANSWERS * 300), &theirs);
	EXPECT(repair_take_summary(&s.repairs, second, instant_ms(9000), 1, &out),
		"by now it is not");
	scene_fini(&s);
}

TEST(repair_leaves_the_second_neighbour_to_floods_at_first)
{
	struct nhdp_link *l;
	struct summary out;
	struct scene s;

	scene_init(&s);
	s.n->route.link = 1;
	l = nhdp_find(&s.links, 1);
	repair_begin(&s.repairs, l, instant_ms(5000), false);
	EXPECT(!repair_take_summary(&s.repairs, l, instant_ms(5500), 1, &out),
		"others are there who may bring what is lacking");
	EXPECT(repair_take_summary(&s.repairs, l, instant_ms(5800), 1, &out),
		"then it is asked");
	repair_begin(&s.repairs, l, instant_ms(20000), true);
	EXPECT(repair_take_summary(&s.repairs, l, instant_ms(20200), 1, &out),
		"the only one is asked at once");
	scene_fini(&s);
}

TEST(repair_can_be_asked_for_only_so_much)
{
	struct summary nothing = { .to = UINT64_MAX };
	struct scene s;
	struct nhdp_link *l;
	unsigned sent = 0;

	scene_init(&s);
	s.n->route.link = 1;
	l = nhdp_find(&s.links, 1);
	for (unsigned i = 0; i < 20000; i++) {
		struct instant now = instant_us(5000000 + i * 100);

		repair_summary(&s.repairs, l, now, &nothing);
		sent += repair_take_tc(&s.repairs, l, instant_add_us(now, 1)) != NULL;
	}
	EXPECT(sent >= FLOOD_REPAIR_BURST, "a large database goes out at once");
	EXPECT(sent <= FLOOD_REPAIR_BURST + 2000 / FLOOD_REPAIR_MS + 1,
		"who asks again and again gets it slowly");
	scene_fini(&s);
}
