/* SPDX-License-Identifier: ISC */
#include "sim/channel/motion.h"

#include "tests/test.h"

static char four[4][NAME_MAX_CHARS + 1] = { "n0", "n1", "n2", "n3" };
static const struct names names = { four, 4 };

static bool parse(struct motion *m, const char *line, char out[120])
{
	struct text why = text_of(out, 120);
	struct words w;

	return words_split(&w, bytes_of_string(line)) &&
	       motion_parse(m, &w, &names, &why);
}

TEST(each_model_has_its_keys)
{
	struct motion m;
	char why[120];

	EXPECT(parse(&m,
		       "mobility waypoint n0..n2 area=600x400 speed=1..5 pause=10s "
		       "from=5s "
		       "until=1000",
		       why),
		why);
	EXPECT_EQ(m.model, MOTION_WAYPOINT, "the model");
	EXPECT_EQ(m.nodes.range[0].last, 2, "the nodes");
	EXPECT_EQ(m.width_mm, 600000, "the area");
	EXPECT_EQ(m.height_mm, 400000, "the area");
	EXPECT(m.slow_mm_s == 1000 && m.fast_mm_s == 5000, "the speeds");
	EXPECT_EQ(m.pause_us, 10000000, "the pause");
	EXPECT(m.from_us == 5000000 && m.until_us == 1000000000, "when");
	EXPECT(parse(&m, "mobility group all area=1kmx200 radius=30m speed=1.5m/s", why),
		why);
	EXPECT_EQ(m.radius_mm, 30000, "the radius");
	EXPECT(m.slow_mm_s == 1500 && m.fast_mm_s == 1500, "one speed");
	EXPECT_EQ(m.width_mm, 1000000, "a kilometre");
	EXPECT(parse(&m, "mobility convoy n0,n3 area=600x400 gap=25m speed=10..20m/s",
		       why),
		why);
	EXPECT_EQ(m.gap_mm, 25000, "the gap");
	EXPECT(m.slow_mm_s == 10000 && m.fast_mm_s == 20000, "speeds with their unit");
	EXPECT(parse(&m, "mobility city n1 area=600x400 block=50m turn=20%", why), why);
	EXPECT_EQ(m.block_mm, 50000, "the block");
	EXPECT_EQ(m.turn_ppm, 200000, "the turns");
}

TEST(what_is_no_mobility_is_refused_with_its_reason)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ "mobility", "wants: mobility MODEL NODES area=WxH" },
		{ "mobility city", "wants: mobility MODEL NODES area=WxH" },
		{ "mobility fly all", "not waypoint, group, convoy or city: fly" },
		{ "mobility city n4", "no such node: n4" },
		{ "mobility city all", "wants area=WxH" },
		{ "mobility city all area=600",
			"not a key and value of this model: area=600" },
		{ "mobility city all area=x5",
			"not a key and value of this model: area=x5" },
		{ "mobility city all area=600x0",
			"not a key and value of this model: area=600x0" },
		{ "mobility city all area=600x400x",
			"not a key and value of this model: area=600x400x" },
		{ "mobility city all area=600x400 speed=5..1",
			"not a key and value of this model: speed=5..1" },
		{ "mobility city all area=600x400 speed=0",
			"not a key and value of this model: speed=0" },
		{ "mobility city all area=600x400 speed=..5",
			"not a key and value of this model: speed=..5" },
		{ "mobility city all area=600x400 speed=2000",
			"not a key and value of this model: speed=2000" },
		{ "mobility city all area=600x400 radius=5m",
			"not a key and value of this model: radius=5m" },
		{ "mobility waypoint all area=600x400 gap=5m",
			"not a key and value of this model: gap=5m" },
		{ "mobility waypoint all area=600x400 pause",
			"not a key and value of this model: pause" },
		{ "mobility city all area=60x40", "no block fits into the area" },
		{ "mobility group all area=600x40",
			"the group's radius does not fit into the area" },
		{ "mobility city all area=600x400 from=5s until=5s",
			"until is not after from" },
	};
	struct motion m;
	char why[120];

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(!parse(&m, rows[i].line, why), rows[i].line);
		EXPECT_STRING(why, rows[i].why, rows[i].line);
	}
}
