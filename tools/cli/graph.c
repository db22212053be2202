/* SPDX-License-Identifier: ISC */
/*
 * Places by stress majorization: each node is drawn to where the others, weighted by the square
 * of their distance in hops, would like it to be. Nodes begin on a circle, so there is no luck
 * in it.
 */
#include "tools/cli/graph.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "node/base/check.h"
#include "node/base/mem.h"

enum {
	ROUNDS = 200,
	LAID_OUT_MAX = 600, /* nodes; more stand on the circle: every pair is looked at */
};

static int by_ends(const void *x, const void *y)
{
	const struct graph_edge *p = x, *q = y;

	if (p->a != q->a)
		return p->a < q->a ? -1 : 1;
	return p->b < q->b ? -1 : p->b > q->b;
}

/* The place of each id; owned by the caller. */
static json_t *places_of_ids(const json_t *nodes)
{
	json_t *places = json_object();
	const json_t *node;
	size_t i;

	json_array_foreach(nodes, i, node)
	{
		const char *id = json_string_value(json_object_get(node, "id"));

		if (id != NULL)
			json_object_set_new(places, id, json_integer((json_int_t)i));
	}
	return places;
}

static const json_t *place_of(const json_t *places, const json_t *link, const char *end)
{
	const char *id = json_string_value(json_object_get(link, end));

	return id != NULL ? json_object_get(places, id) : NULL;
}

static void merge(struct graph *g)
{
	size_t count = 0;

	if (g->edge_count > 0)
		qsort(g->edges, g->edge_count, sizeof(*g->edges), by_ends);
	for (size_t i = 0; i < g->edge_count; i++) {
		struct graph_edge *e = &g->edges[i], *last = &g->edges[count];

		if (count > 0 && by_ends(last - 1, e) == 0) {
			last[-1].ab = last[-1].ab != NULL ? last[-1].ab : e->ab;
			last[-1].ba = last[-1].ba != NULL ? last[-1].ba : e->ba;
		} else {
			*last = *e;
			count++;
		}
	}
	g->edge_count = count;
}

void graph_init(struct graph *g, const json_t *answer)
{
	const json_t *links = json_object_get(answer, "links"), *link;
	json_t *places;
	size_t i;

	*g = (struct graph){ .nodes = json_object_get(answer, "nodes") };
	g->node_count = json_array_size(g->nodes);
	g->edges = mem_array(json_array_size(links) + 1, sizeof(*g->edges));
	places = places_of_ids(g->nodes);
	json_array_foreach(links, i, link)
	{
		const json_t *from = place_of(places, link, "from"),
			     *to = place_of(places, link, "to");
		size_t a = (size_t)json_integer_value(from),
		       b = (size_t)json_integer_value(to);

		if (from == NULL || to == NULL || a == b)
			continue;
		g->edges[g->edge_count++] =
			a < b ? (struct graph_edge){ a, b, link, NULL }
			      : (struct graph_edge){ b, a, NULL, link };
	}
	json_decref(places);
	merge(g);
}

void graph_fini(struct graph *g)
{
	mem_free(g->edges);
	g->edges = NULL;
}

/* ---- places ---- */

/* Hops from a node to each; those out of reach stand a little beyond the farthest. */
static void hops_from(const struct graph *g, size_t from, double *hops)
{
	double farthest = 0;
	bool grew = true;

	for (size_t i = 0; i < g->node_count; i++)
		hops[i] = i == from ? 0 : INFINITY;
	while (grew) {
		grew = false;
		for (size_t i = 0; i < g->edge_count; i++) {
			double *a = &hops[g->edges[i].a], *b = &hops[g->edges[i].b];

			if (*a + 1 < *b || *b + 1 < *a) {
				*b = fmin(*b, *a + 1);
				*a = fmin(*a, *b + 1);
				grew = true;
			}
		}
	}
	for (size_t i = 0; i < g->node_count; i++)
		if (hops[i] > farthest && hops[i] < INFINITY)
			farthest = hops[i];
	for (size_t i = 0; i < g->node_count; i++)
		if (hops[i] == INFINITY)
			hops[i] = farthest + 2;
}

/* Where the others would like node i to be. */
static struct graph_place wanted(
	const struct graph_place *p, const double *hops, size_t count, size_t i)
{
	struct graph_place sum = { 0, 0 };
	double weight = 0;

	for (size_t k = 0; k < count; k++) {
		double x = p[i].x - p[k].x, y = p[i].y - p[k].y, d = hypot(x, y), w;

		if (k == i)
			continue;
		w = 1 / (hops[k] * hops[k]);
		d = d > 1e-9 ? hops[k] / d : 0;
		sum.x += w * (p[k].x + d * x);
		sum.y += w * (p[k].y + d * y);
		weight += w;
	}
	return (struct graph_place){ sum.x / weight, sum.y / weight };
}

static void lay_out(const struct graph *g, struct graph_place *p)
{
	size_t n = g->node_count;
	double *hops = mem_array(n * n, sizeof(*hops));

	for (size_t i = 0; i < n; i++)
		hops_from(g, i, hops + i * n);
	for (unsigned round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < n; i++)
			p[i] = wanted(p, hops + i * n, n, i);
	mem_free(hops);
}

struct graph_place *graph_places(const struct graph *g)
{
	size_t n = g->node_count;
	struct graph_place *p = mem_array(n + 1, sizeof(*p));
	double radius = fmax(1, (double)n / (2 * M_PI));

	for (size_t i = 0; i < n; i++) {
		double angle = 2 * M_PI * (double)i / (double)n - M_PI / 2;

		p[i].x = radius * cos(angle);
		p[i].y = radius * sin(angle);
	}
	if (n > 1 && n <= LAID_OUT_MAX)
		lay_out(g, p);
	return p;
}
