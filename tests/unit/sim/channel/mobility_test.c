/* SPDX-License-Identifier: ISC */
#include "sim/channel/mobility.h"

#include "tests/test.h"

struct world {
	struct scenario scenario;
	struct channel ch;
	struct mobility m;
	struct rng_seeded luck, moves;
};

static const struct instant start = { 7000000 };

static void begin(struct world *w, const char *file, uint64_t seed)
{
	char buffer[120];
	struct text why = text_of(buffer, sizeof(buffer));
	struct rng rng = rng_seeded_init(&w->luck, seed);
	unsigned line;

	scenario_init(&w->scenario);
	EXPECT(scenario_parse(&w->scenario, bytes_of_string(file), &rng, &line, &why),
		buffer);
	scenario_build(&w->scenario, &w->ch, rng);
	mobility_init(
		&w->m, &w->scenario, &w->ch, start, rng_seeded_init(&w->moves, seed));
}

static void end(struct world *w)
{
	mobility_fini(&w->m);
	channel_fini(&w->ch);
	scenario_fini(&w->scenario);
}

static void act(struct world *w, struct instant now, const char *line)
{
	char buffer[120];
	struct text why = text_of(buffer, sizeof(buffer));
	struct action a;
	struct words words;

	EXPECT(words_split(&words, bytes_of_string(line)), line);
	EXPECT(action_parse(&a, &words, 0, &w->scenario.names, &why), buffer);
	mobility_tick(&w->m, now, &w->ch);
	EXPECT(mobility_action(&w->m, now, &a, &w->ch, &why), buffer);
}

static int64_t x_of(const struct world *w, uint32_t node)
{
	return w->ch.links.nodes[node].x_mm;
}

static struct instant at(int64_t ms)
{
	return instant_add_ms(start, ms);
}

TEST(without_anything_that_moves_there_is_no_deadline_and_no_luck_is_drawn)
{
	struct rng_seeded other;
	struct rng rng = rng_seeded_init(&other, 3);
	struct world w;

	begin(&w, "line 3", 3);
	EXPECT_EQ(mobility_deadline(&w.m).us, NEVER.us, "never");
	mobility_tick(&w.m, at(100000), &w.ch);
	EXPECT_EQ(rng_u64(&w.m.rng), rng_u64(&rng), "the first draw is still to come");
	end(&w);
}

TEST(nodes_without_a_place_get_one_and_walk_in_steps)
{
	struct world w;
	int64_t x;

	begin(&w, "line 3\nset step 250ms\nmobility waypoint n1..n2 area=500x500 speed=9",
		1);
	EXPECT(!w.ch.links.nodes[0].placed && w.ch.links.nodes[1].placed,
		"those who move");
	EXPECT_EQ(w.scenario.params.range_mm, SCENARIO_RANGE_MM, "distance counts");
	EXPECT_EQ(mobility_deadline(&w.m).us, at(250).us, "the first step");
	x = x_of(&w, 1);
	mobility_tick(&w.m, at(249), &w.ch);
	EXPECT_EQ(x_of(&w, 1), x, "not before it");
	mobility_tick(&w.m, at(1000), &w.ch);
	EXPECT(x_of(&w, 1) != x, "it walks");
	EXPECT_EQ(mobility_deadline(&w.m).us, at(1250).us, "and so on");
	end(&w);
}

TEST(a_line_holds_from_one_time_until_another)
{
	struct world w;
	int64_t x;

	begin(&w,
		"node a 10 10\nnode b 20 20\n"
		"mobility waypoint a area=900x900 speed=5 from=10s until=20s",
		1);
	EXPECT_EQ(mobility_deadline(&w.m).us, at(10000).us, "its first time");
	mobility_tick(&w.m, at(10000), &w.ch);
	EXPECT_EQ(x_of(&w, 0), 10000, "it sets out from its place");
	mobility_tick(&w.m, at(19000), &w.ch);
	EXPECT(x_of(&w, 0) != 10000, "it walks");
	mobility_tick(&w.m, at(30000), &w.ch);
	EXPECT_EQ(mobility_deadline(&w.m).us, NEVER.us, "then no more");
	x = x_of(&w, 0);
	mobility_tick(&w.m, at(40000), &w.ch);
	EXPECT_EQ(x_of(&w, 0), x, "it stands");
	end(&w);
}

TEST(a_move_over_time_is_a_straight_line)
{
	struct world w;

	begin(&w, "node a 0 0\nnode b 5 5\nrange 100m", 1);
	act(&w, at(1000), "move a 100 -200 over=10s");
	EXPECT_EQ(mobility_deadline(&w.m).us, at(1500).us, "steps begin");
	mobility_tick(&w.m, at(6000), &w.ch);
	EXPECT_EQ(x_of(&w, 0), 50000, "half of the way after half of the time");
	EXPECT_EQ(w.ch.links.nodes[0].y_mm, -100000, "in both directions");
	mobility_tick(&w.m, at(60000), &w.ch);
	EXPECT_EQ(x_of(&w, 0), 100000, "there in the end");
	EXPECT_EQ(w.ch.links.nodes[0].y_mm, -200000, "exactly");
	EXPECT_EQ(mobility_deadline(&w.m).us, NEVER.us, "and at rest");
	end(&w);
}

TEST(a_later_move_takes_the_place_of_an_earlier_one)
{
	struct world w;

	begin(&w, "node a 0 0\nnode b\nrange 100m", 1);
	act(&w, at(0), "move a 100 0 over=10s");
	act(&w, at(5100), "move a 0 0 over=5s");
	EXPECT_EQ(x_of(&w, 0), 51000, "it turns where it is, between two steps too");
	mobility_tick(&w.m, at(7600), &w.ch);
	EXPECT_EQ(x_of(&w, 0), 26520, "on its way back, by the step at 7.5 s");
	act(&w, at(8000), "move a 7 0");
	mobility_tick(&w.m, at(20000), &w.ch);
	EXPECT_EQ(x_of(&w, 0), 7000, "a plain move ends it");
	act(&w, at(21000), "move b 3 0 over=5s");
	EXPECT_EQ(x_of(&w, 1), 3000, "from nowhere it is there at once");
	EXPECT_EQ(mobility_deadline(&w.m).us, NEVER.us, "nothing is on its way");
	act(&w, at(22000), "part 1 b");
	EXPECT_EQ(w.ch.links.nodes[1].group, 1, "other actions are as ever");
	end(&w);
}

static uint64_t digest(uint64_t seed, int64_t tick_ms)
{
	struct world w;
	uint64_t sum = 0;

	begin(&w,
		"random 40\n"
		"mobility waypoint n0..n9 area=300x300 pause=3s\n"
		"mobility group n10..n19 area=400x300 radius=40m\n"
		"mobility convoy n20..n29 area=400x300 gap=15m speed=5..20\n"
		"mobility city n30..n39 area=400x300 from=3s\n",
		seed);
	for (int64_t t = 0; t <= 60000; t += tick_ms)
		mobility_tick(&w.m, at(t), &w.ch);
	for (uint32_t i = 0; i < w.ch.node_count; i++) {
		sum = (sum ^ (uint64_t)x_of(&w, i)) * 0x100000001b3u;
		sum = (sum ^ (uint64_t)w.ch.links.nodes[i].y_mm) * 0x100000001b3u;
	}
	end(&w);
	return sum;
}

TEST(one_seed_moves_alike_whenever_it_is_ticked_and_with_every_compiler)
{
	EXPECT_EQ(digest(5, 500), digest(5, 20000), "early or late");
	EXPECT(digest(5, 500) != digest(6, 500), "another seed, other ways");
	EXPECT_EQ(digest(5, 500) % 1000000007, 659241712, "the digest stands here");
}
