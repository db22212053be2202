/* SPDX-License-Identifier: ISC */
/* map: the mesh as a graph, for Graphviz or as a picture. A link both ways is one line. */
#include "tools/cli/cmd.h"

#include <math.h>
#include <string.h>

#include "node/base/mem.h"
#include "tools/cli/graph.h"

enum {
	SPACING = 110, /* of two nodes a link apart, in the picture's units */
	MARGIN = 60,
	DOT_RADIUS = 8,
	LABELS_MAX = 80, /* of more links the metrics are only shown when pointed at */
};

/* Safe text without what ends a quoted string in dot, or a text in XML. */
static void print_quoted(const char *safe, bool is_xml)
{
	for (const char *p = safe; *p != '\0'; p++) {
		if (is_xml && (*p == '<' || *p == '>' || *p == '&' || *p == '"'))
			printf("&#%d;", *p);
		else if (!is_xml && (*p == '"' || *p == '\\'))
			printf("\\%c", *p);
		else
			putchar(*p);
	}
}

static const json_t *metric_of(const json_t *link)
{
	return json_object_get(link, "metric");
}

/* "1024", or "1024 / 1536" where the ways differ. */
static const char *metrics_text(const struct graph_edge *e)
{
	const json_t *there = metric_of(e->ab), *back = metric_of(e->ba);

	if (e->ab == NULL || e->ba == NULL || json_equal(there, back))
		return print_number(e->ab != NULL ? there : back);
	return print_format("%s / %s", print_number(there), print_number(back));
}

static const char *id_at(const struct graph *g, size_t i)
{
	return print_text(json_array_get(g->nodes, i), "id");
}

static const char *name_at(const struct graph *g, size_t i)
{
	return print_name(json_array_get(g->nodes, i), "id", "name");
}

static void show_dot(const struct graph *g)
{
	puts("digraph mesh {");
	puts("\tgraph [layout=neato, overlap=false, splines=true];");
	puts("\tnode [shape=ellipse];");
	for (size_t i = 0; i < g->node_count; i++) {
		printf("\t\"%s\" [label=\"", id_at(g, i));
		print_quoted(name_at(g, i), false);
		printf("\"%s];\n", i == 0 ? ", style=bold" : "");
	}
	for (size_t i = 0; i < g->edge_count; i++) {
		const struct graph_edge *e = &g->edges[i];
		bool both = e->ab != NULL && e->ba != NULL;

		printf("\t\"%s\" -> \"%s\" [label=\"%s\"%s];\n",
			id_at(g, e->ab != NULL ? e->a : e->b),
			id_at(g, e->ab != NULL ? e->b : e->a), metrics_text(e),
			both ? ", dir=both" : "");
	}
	puts("}");
}

/* ---- the picture ---- */

struct picture {
	struct graph_place *places; /* owned, in the picture's units */
	double width, height;
	double best; /* the least metric */
};

static double cheaper(double metric, const json_t *link)
{
	const json_t *m = metric_of(link);

	return json_is_number(m) && json_number_value(m) < metric ? json_number_value(m)
								  : metric;
}

static void picture_init(struct picture *p, const struct graph *g)
{
	double left = 0, top = 0;

	*p = (struct picture){ .places = graph_places(g), .best = INFINITY };
	for (size_t i = 0; i < g->node_count; i++) {
		p->places[i].x *= SPACING;
		p->places[i].y *= SPACING;
		left = fmin(left, p->places[i].x);
		top = fmin(top, p->places[i].y);
	}
	for (size_t i = 0; i < g->node_count; i++) {
		p->places[i].x += MARGIN - left;
		p->places[i].y += MARGIN - top;
		p->width = fmax(p->width, p->places[i].x + 2 * MARGIN);
		p->height = fmax(p->height, p->places[i].y + MARGIN);
	}
	for (size_t i = 0; i < g->edge_count; i++)
		p->best = cheaper(cheaper(p->best, g->edges[i].ab), g->edges[i].ba);
}

/* The cheapest links are drawn thick and green, those eight times as dear thin and red. */
static double quality(const struct picture *p, const struct graph_edge *e)
{
	double metric = cheaper(cheaper(INFINITY, e->ab), e->ba);

	return isinf(metric) || p->best <= 0 ? 0
					     : fmax(0, 1 - log2(metric / p->best) / 3);
}

static void show_way(const struct graph *g, size_t from, size_t to, const json_t *link)
{
	if (link == NULL)
		return;
	print_quoted(name_at(g, from), true);
	printf(" &#8594; ");
	print_quoted(name_at(g, to), true);
	printf(": metric %s", print_number(metric_of(link)));
	if (json_is_number(json_object_get(link, "loss")))
		printf(", loss %s", print_percent(json_object_get(link, "loss")));
	if (json_is_number(json_object_get(link, "rate_bps")))
		printf(", %s", print_rate(json_object_get(link, "rate_bps")));
	putchar('\n');
}

static void show_edge(
	const struct graph *g, const struct picture *p, const struct graph_edge *e)
{
	const struct graph_place *a = &p->places[e->a], *b = &p->places[e->b];
	double good = quality(p, e);

	printf("<g><title>");
	show_way(g, e->a, e->b, e->ab);
	show_way(g, e->b, e->a, e->ba);
	printf("</title><line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\""
	       " stroke=\"hsl(%.0f,60%%,45%%)\" stroke-width=\"%.1f\"%s/>",
		a->x, a->y, b->x, b->y, 130 * good, 1 + 2 * good,
		e->ab == NULL || e->ba == NULL ? " stroke-dasharray=\"5 4\"" : "");
	if (g->edge_count <= LABELS_MAX)
		printf("<text x=\"%.1f\" y=\"%.1f\" font-size=\"10\" fill=\"#555\""
		       " text-anchor=\"middle\">%s</text>",
			(a->x + b->x) / 2, (a->y + b->y) / 2 + 3, metrics_text(e));
	puts("</g>");
}

static void show_svg(const struct graph *g)
{
	struct picture p;

	picture_init(&p, g);
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\""
	       " font-family=\"sans-serif\" font-size=\"14\">\n"
	       "<style>text{paint-order:stroke;stroke:#fff;stroke-width:3px}</style>\n",
		p.width, p.height);
	for (size_t i = 0; i < g->edge_count; i++)
		show_edge(g, &p, &g->edges[i]);
	for (size_t i = 0; i < g->node_count; i++) {
		printf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\"/>\n"
		       "<text x=\"%.1f\" y=\"%.1f\">",
			p.places[i].x, p.places[i].y, DOT_RADIUS,
			i == 0 ? "#26c" : "#2a6", p.places[i].x + DOT_RADIUS + 4,
			p.places[i].y + 5);
		print_quoted(name_at(g, i), true);
		puts("</text>");
	}
	puts("</svg>");
	mem_free(p.places);
}

int cmd_map(const struct cli *c, const json_t *answer)
{
	struct graph g;

	graph_init(&g, answer);
	if (strcmp(c->request.format, "svg") == 0)
		show_svg(&g);
	else
		show_dot(&g);
	graph_fini(&g);
	return EXIT_DONE;
}
