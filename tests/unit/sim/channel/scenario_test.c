/* SPDX-License-Identifier: ISC */
#include "sim/channel/scenario.h"

#include "sim/channel/mobility.h"

#include "tests/test.h"

static bool parse(struct scenario *s, struct bytes text, unsigned *line, char out[160])
{
	struct text why = text_of(out, 160);
	struct rng rng = test_rng();

	scenario_init(s);
	return scenario_parse(s, text, &rng, line, &why);
}

TEST(a_scenario_is_read_and_built)
{
	static const char file[] = "# two houses\n"
				   "node left 0 0\n"
				   "node right 80m 0 # hill\n"
				   "\n"
				   "node far\r\n"
				   "range 100m\n"
				   "sense 3\n"
				   "set loss 5%\n"
				   "dlink right far rate=2M delay=1ms\n"
				   "at 10s cut left right\n"
				   "at 500ms set loss 1%\n"
				   "at 10s join left right";
	struct rng_seeded luck;
	struct scenario s;
	struct channel ch;
	unsigned line;
	char why[160];

	EXPECT(parse(&s, bytes_of_string(file), &line, why), "it is fine");
	EXPECT_EQ(s.names.count, 3, "three nodes");
	EXPECT_STRING(s.names.names[1], "right", "by name");
	EXPECT_EQ(s.event_count, 3, "three events");
	EXPECT_EQ(s.events[0].at_us, 500000, "by time");
	EXPECT_EQ(s.events[1].action.kind, ACTION_CUT, "at the same time by line");
	EXPECT_EQ(s.events[2].action.kind, ACTION_JOIN, "at the same time by line");
	scenario_build(&s, &ch, rng_seeded_init(&luck, 1));
	links_settle(&ch.links);
	EXPECT(links_hearer(&ch.links, 0, 1) && links_hearer(&ch.links, 1, 0),
		"by distance");
	EXPECT(links_hearer(&ch.links, 1, 2) && !links_hearer(&ch.links, 2, 1),
		"one way");
	EXPECT_EQ(links_hearer(&ch.links, 1, 2)->quality.rate_bps, 2000000,
		"with its rate");
	EXPECT_EQ(ch.params.sense_hops, 3, "parameters");
	EXPECT_EQ(ch.params.loss_ppm, 50000, "parameters");
	channel_fini(&ch);
	scenario_fini(&s);
}

TEST(events_are_sorted_by_time_and_then_by_line)
{
	struct rng rng = test_rng();
	char file[16384];
	struct text t = text_of(file, sizeof(file));
	struct scenario s;
	unsigned line;
	char why[160];

	text_string(&t, "line 2\n");
	for (unsigned i = 0; i < 300; i++) {
		text_string(&t, "at ");
		text_u64(&t, rng_below(&rng, 20));
		text_string(&t, " move n0 ");
		text_u64(&t, i);
		text_string(&t, "mm 0\n");
	}
	EXPECT(parse(&s, bytes_of(file, t.len), &line, why), "it is fine");
	EXPECT_EQ(s.event_count, 300, "all are there");
	for (size_t i = 1; i < s.event_count; i++) {
		const struct scenario_event *a = &s.events[i - 1], *b = &s.events[i];

		EXPECT(a->at_us < b->at_us ||
				(a->at_us == b->at_us && a->action.x_mm < b->action.x_mm),
			"in order");
	}
	scenario_fini(&s);
}

TEST(a_wrong_line_is_named_with_its_reason)
{
	static const struct {
		const char *file;
		unsigned line;
		const char *why;
	} rows[] = {
		{ "", 1, "no node in it" },
		{ "# nothing\n", 2, "no node in it" },
		{ "node a\nnod b\n", 2, "not a statement: nod" },
		{ "node", 1, "wants: node NAME [X Y]" },
		{ "node a 1", 1, "wants: node NAME [X Y]" },
		{ "node a x 1", 1, "not a place: x" },
		{ "node a 1 y", 1, "not a place: y" },
		{ "node a\nnode a", 2, "not a name, taken, or one node too many: a" },
		{ "node a/b", 1, "not a name, taken, or one node too many: a/b" },
		{ "node \"", 1, "not a name, taken, or one node too many: \"" },
		{ "node 0123456789012345678901234567890x", 1, "not a name" },
		{ "node a\nlink a", 2, "wants two nodes" },
		{ "node a\nlink a b", 2, "no such node: b" },
		{ "node a\nlink b a", 2, "no such node: b" },
		{ "node a\nlink a a", 2, "a node has no link with itself: a" },
		{ "line 2\nlink n0 n1 x=1", 2,
			"not loss=, ber=, rate=, delay= or signal=" },
		{ "line 2\nset loss", 2, "not a statement: set" },
		{ "line 2\nset loss 500%", 2, "loss: not a fitting value: 500%" },
		{ "line 2\nrange -5", 2, "range: not a fitting value: -5" },
		{ "line 2\nat", 2, "wants: at TIME ACTION" },
		{ "line 2\nat x cut n0 n1", 2, "wants: at TIME ACTION" },
		{ "line 2\nat 99999999999s cut n0 n1", 2, "wants: at TIME ACTION" },
		{ "line 2\nat 1s cut n0 n9", 2, "no such node: n9" },
		{ "line 2\nat 1s fly n0", 2,
			"not cut, join, set, move, part, heal, doze or wake: fly" },
		{ "line 2\n\n1 2 3 4 5 6 7 8 9 10 11 12 13", 3, "too many words" },
		{ "include a", 1, "a file can be included by a file only" },
		{ "line", 1, "wants a number of nodes that fits" },
		{ "line 2\nline 2", 2, "too many nodes, or one of these names is taken" },
	};
	struct scenario s;
	unsigned line;
	char why[160];

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(!parse(&s, bytes_of_string(rows[i].file), &line, why),
			rows[i].file);
		EXPECT_EQ(line, rows[i].line, rows[i].file);
		EXPECT(strncmp(why, rows[i].why, strlen(rows[i].why)) == 0, rows[i].why);
		scenario_fini(&s);
	}
}

TEST(lines_that_begin_with_world_are_left_to_others)
{
	static const char file[] = "world run 5s\n"
				   "line 2\n"
				   " \tworld at 1s 1 2 3 4 5 6 7 8 9 10 11 12 13\n"
				   "world\n"
				   "world# so\n"
				   "worlds\n";
	struct scenario s;
	unsigned line;
	char why[160];

	EXPECT(!parse(&s, bytes_of_string(file), &line, why), "all but the last");
	EXPECT_EQ(line, 6, "which is another word");
	EXPECT_STRING(why, "not a statement: worlds", "and refused");
	EXPECT_EQ(s.names.count, 2, "what stood between was read");
	scenario_fini(&s);
}

/* All of its events and ten seconds of moves. */
static void run(const struct scenario *s)
{
	struct rng_seeded luck, moves;
	struct channel ch;
	struct mobility m;
	char why[160];

	scenario_build(s, &ch, rng_seeded_init(&luck, 1));
	mobility_init(&m, s, &ch, instant_us(0), rng_seeded_init(&moves, 1));
	for (size_t i = 0; i < s->event_count; i++) {
		struct text t = text_of(why, sizeof(why));

		(void)!mobility_action(&m, instant_us(0), &s->events[i].action, &ch, &t);
	}
	mobility_tick(&m, instant_ms(10000), &ch);
	channel_tick(&ch, instant_ms(10000));
	mobility_fini(&m);
	channel_fini(&ch);
}

TEST(random_text_is_refused_or_read_but_never_harms)
{
	static const char *const parts[] = { "node", "link", "a", "b", "n0", "n1", "line",
		"2", "random", "30", "grid", "set", "loss=5%", "at", "1s", "cut", "\n",
		"\n", " ", "#", "\xff", "degree=6", "range", "move", "=", "9999999999",
		"part", "heal", "doze", "wake", "n0..n1", "all", "over=1s", "world",
		"mobility", "waypoint", "city", "group", "convoy", "area=90x80",
		"speed=9", "radius=5", "block=9" };
	struct rng rng = test_rng();

	for (unsigned i = 0; i < 3000; i++) {
		char file[512];
		struct text t = text_of(file, sizeof(file));
		struct scenario s;
		unsigned line;
		char why[160];

		for (uint64_t k = rng_below(&rng, 40); k > 0; k--) {
			text_string(&t, parts[rng_below(&rng, array_len(parts))]);
			text_char(&t, ' ');
		}
		if (parse(&s, bytes_of(file, t.len), &line, why)) {
			run(&s);
		}
		scenario_fini(&s);
	}
}
