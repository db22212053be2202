/* SPDX-License-Identifier: ISC */
#include "sim/channel/shapes.h"

#include "node/base/mem.h"
#include "tests/test.h"
#include "tests/unit/sim/channel/drive.h"

static bool parse(struct scenario *s, const char *line, uint64_t seed)
{
	char buffer[120];
	struct text why = text_of(buffer, sizeof(buffer));
	struct rng_seeded luck;
	struct rng rng = rng_seeded_init(&luck, seed);
	struct words w;
	bool is_shape, fine;

	scenario_init(s);
	EXPECT(words_split(&w, bytes_of_string(line)), "few words");
	fine = shapes_parse(s, &w, &rng, &is_shape, &why);
	EXPECT(is_shape, "the first word is a shape");
	EXPECT(fine || why.len > 0, "a refusal has a reason");
	return fine;
}

static bool linked(const struct scenario *s, uint32_t a, uint32_t b)
{
	for (size_t i = 0; i < s->link_count; i++)
		if (s->links[i].from == a && s->links[i].to == b)
			return true;
	return false;
}

TEST(shapes_have_the_nodes_and_links_they_should)
{
	static const struct {
		const char *line;
		uint32_t nodes;
		size_t links;  /* directed */
		uint32_t a, b; /* one of them */
	} rows[] = {
		{ "line 1", 1, 0, 0, 0 },
		{ "line 6", 6, 10, 4, 5 },
		{ "ring 5", 5, 10, 4, 0 },
		{ "star 7", 7, 12, 6, 0 },
		{ "full 6", 6, 30, 2, 5 },
		{ "grid 3 4", 12, 34, 4, 7 },
		{ "grid 1 5", 5, 8, 3, 4 },
	};
	struct scenario s;

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(parse(&s, rows[i].line, 1), rows[i].line);
		EXPECT_EQ(s.names.count, rows[i].nodes, rows[i].line);
		EXPECT_EQ(s.link_count, rows[i].links, rows[i].line);
		EXPECT(rows[i].links == 0 || linked(&s, rows[i].a, rows[i].b),
			rows[i].line);
		EXPECT(rows[i].links == 0 || linked(&s, rows[i].b, rows[i].a),
			rows[i].line);
		EXPECT_STRING(s.names.names[0], "n0", "they are called n0, n1, ...");
		scenario_fini(&s);
	}
}

TEST(shapes_that_make_no_sense_are_refused)
{
	static const char *const rows[] = { "line", "line 0", "line x", "line 2 3",
		"ring 2", "full 257", "line 10001", "grid 3", "grid 0 3", "grid 101 1",
		"random", "random 0", "random 5 degree=1",
		"random 5 degree=", "random 5 6", "star -1" };
	struct scenario s;

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(!parse(&s, rows[i], 1), rows[i]);
		scenario_fini(&s);
	}
}

/* How many nodes the links reach from node 0. */
static uint32_t reached(struct links *l)
{
	bool *seen = mem_array(l->count, sizeof(*seen));
	uint32_t *queue = mem_array(l->count, sizeof(*queue));
	uint32_t count = 1;

	seen[0] = true;
	for (uint32_t i = 0; i < count; i++) {
		const struct links_node *n = &l->nodes[queue[i]];

		for (size_t k = 0; k < n->hearer_count; k++) {
			uint32_t to = n->hearers[k].node;

			if (!seen[to])
				queue[count++] = to;
			seen[to] = true;
		}
	}
	mem_free(seen);
	mem_free(queue);
	return count;
}

TEST(random_topologies_are_connected_and_as_dense_as_asked)
{
	static const struct {
		const char *line;
		uint64_t degree,
			percent; /* few nodes have few last ones to make up with */
	} rows[] = { { "random 50", 6, 9 }, { "random 300 degree=4", 4, 5 },
		{ "random 400 degree=12", 12, 5 }, { "random 1", 0, 0 },
		{ "random 2 degree=2", 1, 0 } };

	for (size_t i = 0; i < array_len(rows); i++) {
		uint64_t links = 0;
		struct rng_seeded luck;
		struct scenario s;
		struct channel ch;

		EXPECT(parse(&s, rows[i].line, test_seed()), rows[i].line);
		scenario_build(&s, &ch, rng_seeded_init(&luck, 1));
		links_settle(&ch.links);
		for (uint32_t k = 0; k < ch.node_count; k++)
			links += ch.links.nodes[k].hearer_count;
		EXPECT_EQ(reached(&ch.links), s.names.count, "every node is reached");
		EXPECT(near_percent(
			       links, rows[i].degree * s.names.count, rows[i].percent),
			"near the degree asked for");
		channel_fini(&ch);
		scenario_fini(&s);
	}
}

TEST(the_same_seed_places_nodes_alike)
{
	struct scenario a, b;

	EXPECT(parse(&a, "random 40", 5) && parse(&b, "random 40", 5), "fine");
	for (uint32_t i = 0; i < 40; i++)
		EXPECT(a.places[i].x_mm == b.places[i].x_mm &&
				a.places[i].y_mm == b.places[i].y_mm,
			"the same place");
	scenario_fini(&a);
	scenario_fini(&b);
}
