/* SPDX-License-Identifier: ISC */
#include "tests/bench/routing/radio.h"

#include <stdlib.h>
#include <string.h>

static void radio_say(struct mesh *m, const char *line)
{
	if (dprintf(fileno(m->radio), "%s\n", line) < 0)
		mesh_fail("the radio");
}

void radio_tell(struct mesh *m, const char *line)
{
	char answer[512];

	radio_say(m, line);
	if (fgets(answer, sizeof(answer), m->radio) == NULL ||
		strcmp(answer, "ok\n") != 0) {
		fprintf(stderr, "routing_probe: %s: the radio refuses\n", line);
		exit(EXIT_FAILURE);
	}
}

static void parts_find(struct mesh *m)
{
	for (unsigned i = 0; i < m->count; i++)
		m->part[i] = i;
	for (bool more = true; more;) {
		more = false;
		for (unsigned i = 0; i < m->count; i++)
			for (unsigned k = 0; k < m->count; k++)
				if (m->linked[i][k] && m->linked[k][i] &&
					m->part[i] < m->part[k]) {
					m->part[k] = m->part[i];
					more = true;
				}
	}
}

/* place = X "mm" Y "mm", or nothing */
static void place_read(struct mesh *m, unsigned node, const char *place)
{
	char *end;
	double x_mm = strtod(place, &end);

	if (end == place)
		return;
	m->x_m[node] = x_mm / 1000;
	m->y_m[node] = strtod(end + strlen("mm"), NULL) / 1000;
}

static void topology_line(struct mesh *m, const char *line)
{
	char a[32], b[32];
	int place;

	if (sscanf(line, "node %31s%n", a, &place) == 1) {
		place_read(m, mesh_node(m, a), line + place);
	} else if (sscanf(line, "link %31s %31s", a, b) == 2) {
		m->linked[mesh_node(m, a)][mesh_node(m, b)] = true;
		m->linked[mesh_node(m, b)][mesh_node(m, a)] = true;
	} else if (sscanf(line, "dlink %31s %31s", a, b) == 2) {
		m->linked[mesh_node(m, a)][mesh_node(m, b)] = true;
	}
}

void radio_topology(struct mesh *m)
{
	char line[512];

	memset(m->linked, 0, sizeof(m->linked));
	radio_say(m, "topology");
	do {
		if (fgets(line, sizeof(line), m->radio) == NULL)
			mesh_fail("the radio's topology");
		topology_line(m, line);
	} while (strcmp(line, ".\n") != 0);
	parts_find(m);
}
