/* SPDX-License-Identifier: ISC */
#include "routing/flood.h"

#include "tests/unit/routing/golden.h"

/* A router in a database, and two advertised links, on interfaces in places 0 and 1. */
struct scene {
	struct lsdb db;
	struct nhdp links;
	struct flood flood;
	struct rng rng;
	struct lsdb_router *n;
};

static void scene_init(struct scene *s)
{
	struct address self = golden_address(2);
	struct tc t = golden_tc();

	lsdb_init(&s->db);
	nhdp_init(&s->links);
	s->rng = test_rng();
	flood_init(&s->flood, &s->db, &s->links, &s->rng);
	s->n = lsdb_install(&s->db, instant_ms(1000), &t, BYTES("body"));
	for (uint32_t i = 0; i < 2; i++) {
		struct hello h = golden_hello();
		struct nhdp_link *l;

		h.announce.originator = golden_address(1 + 4 * i);
		l = nhdp_hello(&s->links, instant_ms(1000), i + 1, &h, &self);
		l->interface = i + 1;
		l->place = i;
		l->advertised = true;
	}
}

static void scene_fini(struct scene *s)
{
	flood_fini(&s->flood);
	nhdp_fini(&s->links);
	lsdb_fini(&s->db);
}

TEST(flood_goes_out_once_on_each_interface_but_not_back_to_the_only_sender)
{
	struct scene s;

	scene_init(&s);
	flood_add(&s.flood, instant_ms(1000), s.n, 1, false);
	EXPECT(flood_take(&s.flood, instant_ms(1000), 1) == NULL,
		"not before its jitter");
	EXPECT(flood_deadline(&s.flood).us <= 1030001, "which is short");
	EXPECT(flood_take(&s.flood, instant_ms(1031), 0) == NULL, "not back");
	EXPECT(flood_take(&s.flood, instant_ms(1031), 1) == s.n, "onward");
	EXPECT(flood_take(&s.flood, instant_ms(1031), 1) == NULL, "once");
	flood_add(&s.flood, instant_ms(2000), s.n, 0, false);
	EXPECT(flood_deadline(&s.flood).us == NEVER.us, "and never again");
	s.n->mark++;
	flood_add(&s.flood, instant_ms(2000), s.n, 0, false);
	flood_interface_gone(&s.flood, 0);
	flood_interface_gone(&s.flood, 1);
	EXPECT(flood_deadline(&s.flood).us == NEVER.us,
		"what waited for a gone interface is gone");
	scene_fini(&s);
}

TEST(flood_of_what_a_repair_brought_waits_for_what_is_news)
{
	enum { TOLD = FLOOD_TOLD_MAX + 50 };
	struct lsdb_router *told[TOLD];
	struct scene s;
	unsigned sent = 0;

	scene_init(&s);
	for (unsigned i = 0; i < TOLD; i++) {
		struct tc t = golden_tc();

		t.announce.originator.b[2] = (uint8_t)(1 + (i >> 8));
		t.announce.originator.b[3] = (uint8_t)(i + 1);
		told[i] = lsdb_install(&s.db, instant_ms(1000), &t, BYTES("body"));
		flood_add(&s.flood, instant_ms(1000), told[i], 1, true);
	}
	told[7]->mark++;
	flood_add(&s.flood, instant_ms(1100), told[7], 1, false);
	flood_add(&s.flood, instant_ms(1200), s.n, 1, false);
	EXPECT(flood_take(&s.flood, instant_ms(2000), 1) == told[7],
		"whose next one is flooded goes first");
	EXPECT(flood_take(&s.flood, instant_ms(2000), 1) == s.n, "then what is news");
	for (int64_t ms = 2000; flood_deadline(&s.flood).us != NEVER.us; ms++)
		sent += flood_take(&s.flood, instant_ms(ms), 1) != NULL;
	EXPECT_EQ(sent, FLOOD_TOLD_MAX - 1, "then the others; the digests do the rest");
	scene_fini(&s);
}

TEST(flood_of_one_originator_is_slowed)
{
	struct scene s;
	unsigned sent = 0;

	scene_init(&s);
	for (int64_t ms = 1000; ms < 2000; ms++) {
		s.n->mark++;
		flood_add(&s.flood, instant_ms(ms), s.n, 1, false);
		sent += flood_take(&s.flood, instant_ms(ms), 1) != NULL;
	}
	EXPECT(sent >= 5 && sent <= 11, "a thousand TCs a second become ten");
	while (flood_deadline(&s.flood).us != NEVER.us)
		flood_take(&s.flood, instant_ms(9000), 1);
	scene_fini(&s);
}

/* A third link, on the first interface, to a node whose address ends in `who`. */
static void neighbour(struct scene *s, uint32_t number, unsigned who)
{
	struct address self = golden_address(2);
	struct hello h = golden_hello();
	struct nhdp_link *l;

	h.announce.originator = golden_address(who);
	l = nhdp_hello(&s->links, instant_ms(1000), number, &h, &self);
	l->interface = 1;
	l->advertised = true;
}

static void claims(struct scene *s, unsigned who, unsigned whom, uint32_t metric)
{
	struct tc t = golden_tc();

	t.announce.originator = golden_address(who);
	t.count = 1;
	t.neighbours[0] = (struct tc_neighbour){ golden_address(whom), metric };
	check(lsdb_install(&s->db, instant_ms(1000), &t, BYTES("body")) != NULL);
}

/* Link 1 goes to node 1, link 3 on the same interface to node 3; a TC comes over link 1. */
static bool goes_out(struct scene *s, bool copy)
{
	static int64_t ms = 10000;

	ms += 1000;
	s->n->mark = (uint64_t)ms;
	flood_add(&s->flood, instant_ms(ms), s->n, 1, false);
	if (copy)
		flood_heard(s->n, 3);
	(void)flood_take(&s->flood, instant_ms(ms + 100), 1);
	return flood_take(&s->flood, instant_ms(ms + 100), 0) != NULL;
}

TEST(flood_is_left_to_others_where_they_reach_everybody)
{
	struct scene s;

	scene_init(&s);
	neighbour(&s, 3, 3);
	EXPECT(goes_out(&s, false), "a neighbour that the sender does not reach");
	EXPECT(!goes_out(&s, true), "it sent a copy: it has it");
	claims(&s, 1, 3, 105);
	EXPECT(goes_out(&s, false), "what only one end claims is no link");
	claims(&s, 3, 1, 105);
	EXPECT(!goes_out(&s, false), "the sender reaches it");
	claims(&s, 1, 3, 150);
	EXPECT(goes_out(&s, false), "but not when a third gets lost on that way");
	scene_fini(&s);
}

/* The neighbour on link 3 says in a HELLO that it has a link with node 1, which costs this. */
static void hears_node_1(struct scene *s, enum hello_status status, uint32_t metric_in)
{
	struct address self = golden_address(2);
	struct hello h = golden_hello();
	struct nhdp_link *l;

	h.announce.originator = golden_address(3);
	h.count = 2;
	h.neighbours[0] =
		(struct hello_neighbour){ .node = self, .status = HELLO_SYMMETRIC };
	h.neighbours[1] = (struct hello_neighbour){
		.node = golden_address(1), .status = status, .neighbour_in = metric_in
	};
	l = nhdp_hello(&s->links, instant_ms(1000), 3, &h, &self);
	check(l != NULL && l->advertised);
}

TEST(flood_is_left_to_others_whom_HELLOs_call_heard)
{
	struct scene s;

	scene_init(&s);
	neighbour(&s, 3, 3);
	hears_node_1(&s, HELLO_HEARD, 105);
	EXPECT(goes_out(&s, false), "who hears the sender now and then");
	hears_node_1(&s, HELLO_SYMMETRIC, 105);
	EXPECT(!goes_out(&s, false), "who hears it well, with or without a session");
	hears_node_1(&s, HELLO_SYMMETRIC, 150);
	EXPECT(goes_out(&s, false), "who misses a third of it");
	claims(&s, 1, 3, 105);
	claims(&s, 3, 1, 105);
	EXPECT(!goes_out(&s, false), "what the sender's TC says goes before that");
	scene_fini(&s);
}

/* A hundred TCs in a second, among so many more neighbours on the interface, who take so long to
 * answer; how many went. */
static unsigned paced(unsigned neighbours, int64_t answer_us)
{
	struct lsdb_router *routers[100];
	unsigned sent = 0, frames = 0;
	struct scene s;

	scene_init(&s);
	s.flood.answer_us = answer_us;
	for (unsigned i = 0; i < neighbours; i++) {
		neighbour(&s, 10 + i, 100 + i);
		nhdp_find(&s.links, 10 + i)->place = 1;
	}
	for (unsigned i = 0; i < 100; i++) {
		struct tc t = golden_tc();
		uint8_t body[300] = { 0 };

		t.announce.originator.b[3] = (uint8_t)(i + 1);
		routers[i] = lsdb_install(
			&s.db, instant_ms(1000), &t, bytes_of(body, sizeof(body)));
		flood_add(&s.flood, instant_ms(1000), routers[i], 1, false);
	}
	for (int64_t us = 1100000; us < 2100000; us += 100) {
		unsigned before = sent;

		while (flood_take(&s.flood, instant_us(us), 1) != NULL)
			sent++;
		frames += sent > before;
		EXPECT(sent == before || sent - before <= 4,
			"no more than a frame holds");
	}
	EXPECT(frames <= sent / 4 + 2, "and full frames");
	while (flood_deadline(&s.flood).us != NEVER.us) {
		struct instant at =
			instant_max(flood_deadline(&s.flood), instant_ms(3000));

		(void)flood_take(&s.flood, at, 1);
	}
	scene_fini(&s);
	return sent;
}

TEST(flood_fills_frames_and_keeps_a_pace)
{
	unsigned alone = paced(0, 1000 * FLOOD_ANSWER_MS),
		 crowded = paced(3 * FLOOD_CROWD - 1, 0),
		 full = paced(0, 3000 * FLOOD_ANSWER_MS), jammed = paced(0, 10000000);

	EXPECT(alone >= 1000 * FLOOD_BYTES_MS / 300 - 4 &&
			alone <= 1000 * FLOOD_BYTES_MS / 300 + 4,
		"so many bytes a second");
	EXPECT(crowded >= alone / 3 - 4 && crowded <= alone / 3 + 4,
		"a third of it where three times as many share the channel");
	EXPECT(full >= alone / 3 - 4 && full <= alone / 3 + 4,
		"or where answers take three times as long");
	EXPECT(jammed >= alone / FLOOD_SLOWEST - 4, "but never nothing");
}

/* The shortest time that a new TC from this link waits, of many. */
static int64_t least_wait_us(struct scene *s, uint32_t from)
{
	static int64_t ms = 100000;
	int64_t least = INT64_MAX;

	for (unsigned i = 0; i < 200; i++) {
		int64_t wait;

		ms += 1000;
		s->n->mark = (uint64_t)ms;
		flood_add(&s->flood, instant_ms(ms), s->n, from, false);
		wait = flood_deadline(&s->flood).us - 1000 * ms;
		least = wait < least ? wait : least;
		for (unsigned place = 0; place < 2; place++)
			(void)flood_take(&s->flood, instant_ms(ms + 500), place);
	}
	return least;
}

TEST(flood_is_left_first_to_whom_the_sender_chose)
{
	struct scene s;

	scene_init(&s);
	EXPECT(least_wait_us(&s, 1) > 1000 * FLOOD_OTHERS_MS, "it chose others");
	nhdp_find(&s.links, 1)->mpr_selector = HELLO_MPR_ROUTING;
	EXPECT(least_wait_us(&s, 1) > 1000 * FLOOD_OTHERS_MS, "us for routing only");
	nhdp_find(&s.links, 1)->mpr_selector = HELLO_MPR_FLOODING;
	EXPECT(least_wait_us(&s, 1) < 1000 * FLOOD_OTHERS_MS, "us");
	EXPECT(least_wait_us(&s, 0) < 1000 * FLOOD_OTHERS_MS, "our own waits for nobody");
	scene_fini(&s);
}
