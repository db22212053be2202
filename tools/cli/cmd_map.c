/* SPDX-License-Identifier: ISC */
/* map: the mesh as a graph, for Graphviz or as a picture with the nodes on a circle. */
#include "tools/cli/cmd.h"

#include <math.h>
#include <string.h>

enum { PICTURE_SIZE = 640, CIRCLE_RADIUS = 250, DOT_RADIUS = 8 };

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

static void show_dot(const json_t *answer)
{
	const json_t *o;
	size_t i;

	puts("digraph mesh {");
	for (i = 0; (o = json_array_get(json_object_get(answer, "nodes"), i)) != NULL;
		i++) {
		printf("\t\"%s\" [label=\"", print_text(o, "id"));
		print_quoted(print_name(o, "id", "name"), false);
		puts("\"];");
	}
	for (i = 0; (o = json_array_get(json_object_get(answer, "links"), i)) != NULL;
		i++)
		printf("\t\"%s\" -> \"%s\" [label=\"%s\"];\n", print_text(o, "from"),
			print_text(o, "to"), print_number(json_object_get(o, "metric")));
	puts("}");
}

static void place(size_t i, size_t count, double *x, double *y)
{
	double angle = 2 * M_PI * (double)i / (double)(count > 0 ? count : 1) - M_PI / 2;

	*x = PICTURE_SIZE / 2.0 + CIRCLE_RADIUS * cos(angle);
	*y = PICTURE_SIZE / 2.0 + CIRCLE_RADIUS * sin(angle);
}

static bool place_of(const json_t *nodes, const json_t *id, double *x, double *y)
{
	const json_t *o;
	size_t i;

	for (i = 0; (o = json_array_get(nodes, i)) != NULL; i++) {
		if (json_equal(json_object_get(o, "id"), id)) {
			place(i, json_array_size(nodes), x, y);
			return true;
		}
	}
	return false;
}

static void show_svg(const json_t *answer)
{
	const json_t *nodes = json_object_get(answer, "nodes");
	const json_t *o;
	size_t i;

	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
	       " font-family=\"sans-serif\" font-size=\"14\">\n",
		PICTURE_SIZE, PICTURE_SIZE);
	for (i = 0; (o = json_array_get(json_object_get(answer, "links"), i)) != NULL;
		i++) {
		double x1, y1, x2, y2;

		if (place_of(nodes, json_object_get(o, "from"), &x1, &y1) &&
			place_of(nodes, json_object_get(o, "to"), &x2, &y2))
			printf("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\""
			       " stroke=\"#888\"/>\n",
				x1, y1, x2, y2);
	}
	for (i = 0; (o = json_array_get(nodes, i)) != NULL; i++) {
		double x, y;

		place(i, json_array_size(nodes), &x, &y);
		printf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"#2a6\"/>\n"
		       "<text x=\"%.1f\" y=\"%.1f\">",
			x, y, DOT_RADIUS, x + DOT_RADIUS + 4, y + 5);
		print_quoted(print_name(o, "id", "name"), true);
		puts("</text>");
	}
	puts("</svg>");
}

int cmd_map(const struct cli *c, const json_t *answer)
{
	if (strcmp(c->request.format, "svg") == 0)
		show_svg(answer);
	else
		show_dot(answer);
	return EXIT_DONE;
}
