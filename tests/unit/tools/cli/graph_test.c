/* SPDX-License-Identifier: ISC */
/* The mesh on paper: links both ways are one, and hops are distances. */
#include "tools/cli/graph.h"

#include <math.h>
#include <string.h>

#include "node/base/mem.h"
#include "tests/test.h"

static double apart(const struct graph_place *p, size_t a, size_t b)
{
	return hypot(p[a].x - p[b].x, p[a].y - p[b].y);
}

TEST(a_link_both_ways_is_one_and_strangers_are_left_out)
{
	static const char text[] =
		"{\"nodes\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"}],\"links\":["
		"{\"from\":\"b\",\"to\":\"a\",\"metric\":2},"
		"{\"from\":\"c\",\"to\":\"b\",\"metric\":3},"
		"{\"from\":\"a\",\"to\":\"b\",\"metric\":1},"
		"{\"from\":\"a\",\"to\":\"nobody\",\"metric\":1},"
		"{\"from\":\"a\",\"to\":\"a\",\"metric\":1},{\"from\":7}]}";
	json_t *o = json_loads(text, 0, NULL);
	struct graph g;

	graph_init(&g, o);
	EXPECT_EQ(g.node_count, 3, "three nodes");
	EXPECT_EQ(g.edge_count, 2, "two links");
	EXPECT(g.edges[0].a == 0 && g.edges[0].b == 1 && g.edges[0].ab != NULL &&
			g.edges[0].ba != NULL,
		"one both ways");
	EXPECT_EQ(json_integer_value(json_object_get(g.edges[0].ba, "metric")), 2,
		"each way with its own metric");
	EXPECT(g.edges[1].ab == NULL && g.edges[1].ba != NULL, "one the other way only");
	graph_fini(&g);
	json_decref(o);
}

/* A line of nodes, or a grid of width columns; width 0: no link at all. */
static json_t *mesh(size_t count, size_t width)
{
	json_t *nodes = json_array(), *links = json_array();
	char from[24], to[24];

	for (size_t i = 0; i < count; i++) {
		snprintf(from, sizeof(from), "%zu", i);
		json_array_append_new(nodes, json_pack("{s:s}", "id", from));
		for (size_t k = 0; k < 2 && width > 0; k++) {
			size_t next = k == 0 ? i + 1 : i + width;

			if (next >= count || (k == 0 && next % width == 0))
				continue;
			snprintf(to, sizeof(to), "%zu", next);
			json_array_append_new(
				links, json_pack("{s:s,s:s}", "from", from, "to", to));
		}
	}
	return json_pack("{s:o,s:o}", "nodes", nodes, "links", links);
}

TEST(neighbours_stand_near_and_others_far)
{
	json_t *o = mesh(16, 4);
	struct graph_place *p, *again;
	struct graph g;

	graph_init(&g, o);
	p = graph_places(&g);
	again = graph_places(&g);
	for (size_t i = 0; i < g.edge_count; i++) {
		double d = apart(p, g.edges[i].a, g.edges[i].b);

		EXPECT(d > 0.5 && d < 1.5, "a link is about as long as any other");
	}
	EXPECT(apart(p, 0, 15) > 3.5, "the corners of a grid are far apart");
	EXPECT(memcmp(p, again, 16 * sizeof(*p)) == 0, "the same each time");
	mem_free(again);
	mem_free(p);
	graph_fini(&g);
	json_decref(o);
}

TEST(every_mesh_has_finite_places)
{
	static const struct {
		size_t count, width;
	} rows[] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 5, 0 }, { 700, 30 } };

	for (size_t i = 0; i < array_len(rows); i++) {
		json_t *o = mesh(rows[i].count, rows[i].width);
		struct graph_place *p;
		struct graph g;

		graph_init(&g, o);
		p = graph_places(&g);
		for (size_t k = 0; k < g.node_count; k++) {
			EXPECT(isfinite(p[k].x) && isfinite(p[k].y), "a place on paper");
			for (size_t j = 0; j < k; j++)
				EXPECT(apart(p, j, k) > 0.1, "of its own");
		}
		mem_free(p);
		graph_fini(&g);
		json_decref(o);
	}
}
