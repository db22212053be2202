/* SPDX-License-Identifier: ISC */
#include "sim/channel/crew.h"

#include "tests/test.h"

enum { NODES = 8, STEP_US = 500000 };

static char eight[NODES][NAME_MAX_CHARS + 1] = { "a", "b", "c", "d", "e", "f", "g", "h" };
static const struct names names = { eight, NODES };

/* A crew that has set out. */
static void begin(
	struct crew *c, struct links *l, const struct rng *rng, const char *line)
{
	char buffer[120];
	struct text why = text_of(buffer, sizeof(buffer));
	struct motion m;
	struct words w;

	EXPECT(words_split(&w, bytes_of_string(line)), line);
	EXPECT(motion_parse(&m, &w, &names, &why), buffer);
	links_init(l, NODES);
	crew_init(c, &m);
	crew_place(c, l, rng);
	crew_begin(c, l, rng, 0);
}

static void end(struct crew *c, struct links *l)
{
	crew_fini(c);
	links_fini(l);
}

static int64_t distance2(const struct links_node *a, const struct links_node *b)
{
	int64_t dx = a->x_mm - b->x_mm, dy = a->y_mm - b->y_mm;

	return dx * dx + dy * dy;
}

TEST(whatever_the_model_nobody_leaves_the_area_or_is_too_fast)
{
	static const char *const lines[] = {
		"mobility waypoint all area=300x200 speed=1..30",
		"mobility waypoint all area=1x1 speed=1000",
		"mobility group all area=300x200 speed=1..10 radius=80m",
		"mobility group all area=300x200 speed=1..10 radius=100m",
		"mobility convoy all area=300x200 speed=1..30 gap=70m",
		"mobility convoy all area=1x1 speed=1000 gap=1000km",
		"mobility city all area=310x220 speed=1..30 block=40m",
		"mobility city all area=310x20 speed=1..30 block=40m turn=100%",
	};
	struct rng rng = test_rng();

	for (size_t i = 0; i < array_len(lines); i++) {
		struct links_node before[NODES];
		struct links l;
		struct crew c;
		int64_t most;

		begin(&c, &l, &rng, lines[i]);
		/* a member of a group has its own speed and its centre's */
		most = (c.motion.fast_mm_s + c.motion.slow_mm_s) * STEP_US / 1000000 + 3;
		for (int64_t t = 1; t <= 2000; t++) {
			memcpy(before, l.nodes, sizeof(before));
			crew_walk(&c, &l, &rng, t * STEP_US);
			for (uint32_t k = 0; k < NODES; k++) {
				const struct links_node *n = &l.nodes[k];

				EXPECT(n->x_mm >= 0 && n->x_mm <= c.motion.width_mm,
					lines[i]);
				EXPECT(n->y_mm >= 0 && n->y_mm <= c.motion.height_mm,
					lines[i]);
				EXPECT(distance2(n, &before[k]) <= most * most, lines[i]);
			}
		}
		end(&c, &l);
	}
}

TEST(a_walker_is_as_fast_as_it_is_said_to_be)
{
	struct rng rng = test_rng();
	struct links l;
	struct crew c;
	int64_t moved = 0;

	begin(&c, &l, &rng,
		"mobility city a area=100kmx100km block=50km speed=3 turn=0%");
	for (int64_t t = 1; t <= 1000; t++) {
		struct links_node before = l.nodes[0];

		crew_walk(&c, &l, &rng, t * 10000);
		moved += l.nodes[0].x_mm - before.x_mm + l.nodes[0].y_mm - before.y_mm;
	}
	moved = moved < 0 ? -moved : moved;
	EXPECT(moved >= 29999 && moved <= 30001, "30 m in 10 s, however short the steps");
	end(&c, &l);
}

TEST(a_walker_pauses_where_it_arrives)
{
	struct rng rng = test_rng();
	struct links l;
	struct crew c;
	unsigned still = 0, steps = 2000;

	begin(&c, &l, &rng, "mobility waypoint a area=10x10 speed=10 pause=10s");
	for (int64_t t = 1; t <= steps; t++) {
		struct links_node before = l.nodes[0];

		crew_walk(&c, &l, &rng, t * STEP_US);
		still += distance2(&before, &l.nodes[0]) == 0;
	}
	EXPECT(still > steps * 8 / 10 && still < steps, "most of the time it stands");
	end(&c, &l);
}

TEST(a_group_stays_together_and_wanders)
{
	struct rng rng = test_rng();
	struct links l;
	struct crew c;

	begin(&c, &l, &rng, "mobility group all area=5kmx5km radius=30m speed=5");
	for (int64_t t = 1; t <= 2000; t++) {
		crew_walk(&c, &l, &rng, t * STEP_US);
		for (uint32_t k = 1; k < NODES; k++)
			EXPECT(distance2(&l.nodes[0], &l.nodes[k]) <=
					(int64_t)60010 * 60010,
				"no two are further apart than the disc is wide");
	}
	EXPECT(distance2(&l.nodes[0], &l.nodes[1]) > 0, "each has a place of its own");
	end(&c, &l);
}

TEST(a_convoy_keeps_its_gap_on_one_line)
{
	struct rng rng = test_rng();
	struct links l;
	struct crew c;

	begin(&c, &l, &rng, "mobility convoy a..d area=2kmx100 gap=40m speed=10");
	for (int64_t t = 1; t <= 20; t++) {
		crew_walk(&c, &l, &rng, t * STEP_US);
		for (uint32_t k = 1; k < 4; k++) {
			int64_t dx = l.nodes[k - 1].x_mm - l.nodes[k].x_mm;

			EXPECT_EQ(l.nodes[k].y_mm, l.nodes[0].y_mm, "one line");
			EXPECT(dx >= -40000 && dx <= 40000, "no gap is wider");
		}
	}
	end(&c, &l);
}

TEST(in_a_city_one_coordinate_is_always_on_a_street)
{
	struct rng rng = test_rng();
	struct links l;
	struct crew c;
	unsigned turns = 0;

	begin(&c, &l, &rng, "mobility city all area=350x250 block=50m speed=7..9");
	for (int64_t t = 1; t <= 3000; t++) {
		int64_t x = l.nodes[0].x_mm, y = l.nodes[0].y_mm;

		crew_walk(&c, &l, &rng, t * STEP_US);
		for (uint32_t k = 0; k < NODES; k++)
			EXPECT(l.nodes[k].x_mm % 50000 == 0 ||
					l.nodes[k].y_mm % 50000 == 0,
				"nobody walks through houses");
		turns += x != l.nodes[0].x_mm && y != l.nodes[0].y_mm;
	}
	EXPECT(turns > 50, "it turns at crossings");
	end(&c, &l);
}

TEST(who_has_a_place_sets_out_from_there_and_stops_at_the_end)
{
	struct rng rng = test_rng();
	struct text why = text_of((char[80]){ 0 }, 80);
	struct motion m;
	struct links l;
	struct words w;
	struct crew c;

	links_init(&l, NODES);
	links_place(&l, 0, 5000, 6000);
	links_place(&l, 1, -5000, 999999);
	EXPECT(words_split(&w, BYTES("mobility waypoint a,b area=100x100 until=10s")) &&
			motion_parse(&m, &w, &names, &why),
		"it is fine");
	crew_init(&c, &m);
	crew_place(&c, &l, &rng);
	crew_begin(&c, &l, &rng, 0);
	EXPECT(l.nodes[0].x_mm == 5000 && l.nodes[0].y_mm == 6000, "where it was");
	EXPECT(l.nodes[1].x_mm == 0 && l.nodes[1].y_mm == 100000, "brought inside");
	EXPECT(!l.nodes[2].placed, "others are left alone");
	crew_walk(&c, &l, &rng, 9 * 1000000);
	crew_walk(&c, &l, &rng, 20 * 1000000);
	EXPECT_EQ(c.at_us, 10 * 1000000, "until then");
	links_place(&l, 0, 1, 1);
	crew_walk(&c, &l, &rng, 30 * 1000000);
	EXPECT_EQ(l.nodes[0].x_mm, 1, "and no longer");
	crew_fini(&c);
	links_fini(&l);
}
