/* SPDX-License-Identifier: ISC */
/*
 * What RFC 7181 says MUST be done with HELLOs and TCs, section by section. What we do
 * otherwise on purpose: every node originates TCs, whether or not anybody chose it; a link
 * counts only when both its ends tell it; a TC is known by its 64-bit sequence, which is
 * signed, not by its 16-bit message number; and every node may pass a TC on, flooding MPRs
 * first, where somebody may still lack it.
 */
#include "routing/machine.h"
#include "tests/unit/routing/golden.h"

/* We are node 2 and hear node 1 on interface 1. */
struct scene {
	struct routing *r;
	struct drops drops;
	struct instant now;
	uint64_t sequence;
};

static bool hear_hello(struct scene *s, uint8_t mpr)
{
	struct hello h = golden_hello();
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));

	h.announce.sequence = ++s->sequence;
	h.number = (uint16_t)h.announce.sequence;
	h.count = 1;
	h.neighbours[0].mpr = mpr;
	hello_write(&w, &h);
	return routing_hello(s->r, s->now, 1, 7, writer_bytes(&w));
}

static void scene_init(struct scene *s)
{
	struct routing_config config = { .self = golden_address(2),
		.rng = test_rng(),
		.drops = &s->drops,
		.sequence = 100 };

	memset(s, 0, sizeof(*s));
	s->now = instant_ms(1000);
	s->r = routing_new(&config, s->now);
	routing_interface_add(s->r, s->now, 1);
	routing_link_usable(s->r, s->now, 7, true);
	EXPECT(hear_hello(s, 0), "a neighbour");
}

/* A TC of this node that lists another. */
static struct bytes make_tc(
	uint8_t *buffer, uint8_t from, uint8_t to, uint64_t sequence, uint8_t hop_limit)
{
	struct tc t = golden_tc();
	struct writer w = writer_of(buffer, ANNOUNCE_BODY_MAX);

	t.announce.originator = golden_address(from);
	t.announce.sequence = sequence;
	t.hop_limit = hop_limit;
	t.count = 1;
	t.neighbours[0].node = golden_address(to);
	tc_write(&w, &t);
	return writer_bytes(&w);
}

static bool hear_tc(struct scene *s, uint8_t from, uint8_t to, uint64_t sequence)
{
	uint8_t buffer[ANNOUNCE_BODY_MAX];

	return routing_tc(
		s->r, s->now, 7, false, make_tc(buffer, from, to, sequence, 255));
}

static bool reaches(struct scene *s, uint8_t last)
{
	struct address a = golden_address(last);
	struct routing_route route;

	return routing_route(s->r, &a, &route);
}

static void run(struct scene *s, int64_t ms)
{
	struct instant end = instant_add_ms(s->now, ms);
	static struct routing_output out;

	while (instant_before(s->now, end)) {
		s->now = instant_min(end, instant_max(s->now, routing_deadline(s->r)));
		routing_tick(s->r, s->now);
		while (routing_take(s->r, s->now, 1, &out) ||
			routing_take_link(s->r, s->now, 7, &out))
			;
	}
}

/* The next message of a kind that goes out within a second; false: none. */
static bool next(struct scene *s, enum message_kind kind, struct routing_output *out)
{
	struct instant end = instant_add_ms(s->now, 1000);

	while (instant_before(s->now, end)) {
		s->now = instant_min(end, instant_max(s->now, routing_deadline(s->r)));
		routing_tick(s->r, s->now);
		while (routing_take(s->r, s->now, 1, out))
			if (out->kind == kind)
				return true;
	}
	return false;
}

TEST(rfc7181_15_1_HELLO_tells_originator_willingness_metrics_and_MPRs)
{
	struct routing_output out;
	struct scene s;
	struct hello h;

	scene_init(&s);
	EXPECT(next(&s, MESSAGE_HELLO, &out) &&
			hello_parse(&h, bytes_of(out.body, out.len)),
		"a HELLO");
	EXPECT(h.announce.originator.b[15] == 2, "its originator");
	EXPECT(h.will_flooding == WILL_DEFAULT && h.will_routing == WILL_DEFAULT,
		"its willingness");
	EXPECT(h.count == 1 && h.neighbours[0].status == HELLO_SYMMETRIC, "a neighbour");
	EXPECT(h.neighbours[0].metric_in > 0 && h.neighbours[0].neighbour_in > 0 &&
			h.neighbours[0].neighbour_out > 0,
		"the metrics of link and neighbour");
	EXPECT_EQ(h.neighbours[0].mpr, 0, "no MPR where nobody is two hops away");
	routing_free(s.r);
}

TEST(rfc7181_15_3_2_MPR_selectors_are_whom_HELLOs_name)
{
	struct routing_neighbour n;
	struct scene s;

	scene_init(&s);
	EXPECT(routing_neighbour_at(s.r, 0, &n) && !n.mpr_selector, "nobody chose us");
	hear_hello(&s, HELLO_MPR_ROUTING);
	EXPECT(routing_neighbour_at(s.r, 0, &n) && n.mpr_selector, "now it did");
	hear_hello(&s, 0);
	EXPECT(routing_neighbour_at(s.r, 0, &n) && !n.mpr_selector, "and no more");
	hear_hello(&s, HELLO_MPR_FLOODING);
	routing_link_failed(s.r, s.now, 7);
	EXPECT(routing_neighbour_at(s.r, 0, &n) && !n.mpr_selector,
		"nor over a lost link");
	routing_free(s.r);
}

TEST(rfc7181_16_1_TC_tells_originator_ANSN_and_neighbours_with_their_metric)
{
	struct routing_output out;
	struct scene s;
	struct tc t;

	scene_init(&s);
	EXPECT(next(&s, MESSAGE_TC, &out) && tc_parse(&t, bytes_of(out.body, out.len)),
		"a TC");
	EXPECT(t.announce.originator.b[15] == 2, "its originator");
	EXPECT(t.hop_limit == 255 && t.hop_count == 0, "hop limit and hop count");
	EXPECT(t.count == 1 && t.neighbours[0].node.b[15] == 1 &&
			t.neighbours[0].metric > 0,
		"a neighbour, though it did not choose us (on purpose)");
	routing_free(s.r);
}

TEST(rfc7181_16_1_ANSN_grows_when_what_is_told_changes)
{
	struct routing_output out;
	struct scene s;
	struct tc before, after;

	scene_init(&s);
	EXPECT(next(&s, MESSAGE_TC, &out) &&
			tc_parse(&before, bytes_of(out.body, out.len)),
		"a TC");
	run(&s, 2000);
	hear_hello(&s, 0);
	routing_link_failed(s.r, s.now, 7);
	routing_link_usable(s.r, s.now, 8, true);
	EXPECT(!next(&s, MESSAGE_TC, &out), "nobody is there to be told");
	hear_hello(&s, 0);
	hear_hello(&s, 0);
	EXPECT(next(&s, MESSAGE_TC, &out) &&
			tc_parse(&after, bytes_of(out.body, out.len)),
		"one more");
	EXPECT((uint16_t)(after.ansn - before.ansn) > 0 &&
			(uint16_t)(after.ansn - before.ansn) < 100,
		"with a higher ANSN");
	routing_free(s.r);
}

/* The golden TC with one byte changed. */
TEST(rfc7181_16_3_1_TC_without_originator_hops_or_one_ANSN_is_discarded)
{
	static const struct {
		const char *why;
		size_t at;
		uint8_t value;
	} rows[] = {
		{ "of another type", 1, 0 },
		{ "a TLV of another type in place of CONT_SEQ_NUM", 81, 200 },
		{ "an ANSN in place of the interval", 31, TLV_CONT_SEQ_NUM },
		{ "addresses of four bytes", 2, 0xf3 },
		{ "no hop limit told", 2, 0xbf },
		{ "no originator told", 2, 0x7f },
	};
	struct golden g = golden_read("tc");
	struct tc t;

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t kept = g.data[rows[i].at];

		g.data[rows[i].at] = rows[i].value;
		EXPECT(!tc_parse(&t, golden_bytes(&g)), rows[i].why);
		g.data[rows[i].at] = kept;
	}
	EXPECT(tc_parse(&t, golden_bytes(&g)), "as it was");
}

TEST(rfc7181_16_3_1_our_own_TC_is_discarded)
{
	struct scene s;

	scene_init(&s);
	EXPECT(!hear_tc(&s, 2, 1, 5), "it came back");
	EXPECT_EQ(s.drops.count[DROP_OWN], 1, "as our own");
	routing_free(s.r);
}

TEST(rfc7181_16_3_3_1_older_and_known_TCs_change_nothing)
{
	struct scene s;

	scene_init(&s);
	EXPECT(hear_tc(&s, 3, 1, 10), "a TC");
	EXPECT(!hear_tc(&s, 3, 1, 10), "the same");
	EXPECT(!hear_tc(&s, 3, 4, 9), "an older one");
	EXPECT(hear_tc(&s, 3, 4, 11), "a newer one");
	EXPECT_EQ(s.drops.count[DROP_STALE], 2, "two were stale");
	routing_free(s.r);
}

TEST(rfc7181_16_3_3_2_links_come_with_a_TC_and_go_with_the_next_that_lacks_them)
{
	struct scene s;

	scene_init(&s);
	hear_tc(&s, 1, 3, 10);
	hear_tc(&s, 3, 1, 10);
	run(&s, 500);
	EXPECT(reaches(&s, 3), "both ends tell it");
	hear_tc(&s, 3, 4, 11);
	run(&s, 500);
	EXPECT(!reaches(&s, 3), "one end tells it no more (on purpose both have to)");
	routing_free(s.r);
}

TEST(rfc7181_14_4_a_TC_is_passed_on_with_its_hops_counted_and_only_while_it_has_some)
{
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct routing_output out;
	struct tc t;
	static const struct {
		const char *why;
		uint8_t hop_limit;
		bool goes;
	} rows[] = { { "many hops", 255, true }, { "one more", 2, true },
		{ "the last", 1, false }, { "none", 0, false } };

	for (size_t i = 0; i < array_len(rows); i++) {
		struct scene s;
		bool went = false;

		scene_init(&s);
		run(&s, 3000);
		routing_link_usable(s.r, s.now, 7, true);
		EXPECT(routing_tc(s.r, s.now, 9, false,
			       make_tc(buffer, 3, 1, 10, rows[i].hop_limit)),
			"it is taken");
		while (!went && next(&s, MESSAGE_TC, &out))
			went = tc_parse(&t, bytes_of(out.body, out.len)) &&
			       t.announce.originator.b[15] == 3;
		EXPECT(went == rows[i].goes, rows[i].why);
		if (went)
			EXPECT(t.hop_limit == rows[i].hop_limit - 1 && t.hop_count == 1,
				"its hops are counted");
		routing_free(s.r);
	}
}

TEST(rfc7181_17_5_what_a_router_told_goes_when_its_validity_is_over)
{
	struct scene s;

	scene_init(&s);
	hear_tc(&s, 3, 4, 10);
	EXPECT(lsdb_find(&s.r->lsdb, &(struct address){ { 0xfd, 0x71, [15] = 3 } }) !=
			NULL,
		"it is known");
	run(&s, 16000);
	EXPECT(lsdb_find(&s.r->lsdb, &(struct address){ { 0xfd, 0x71, [15] = 3 } }) !=
			NULL,
		"for its validity");
	run(&s, 4000);
	EXPECT(lsdb_find(&s.r->lsdb, &(struct address){ { 0xfd, 0x71, [15] = 3 } }) ==
			NULL,
		"and then no more");
	routing_free(s.r);
}
