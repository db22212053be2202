/* SPDX-License-Identifier: ISC */
/*
 * Watches the routes of a whole mesh from one process: the kernel's tables of all network
 * namespaces by netlink, or those of qanatd by its control sockets. Which links exist is
 * asked of the radio. A pair is routed when next hops lead from one node to the other, table
 * by table, over links that exist; only pairs that links connect are counted.
 *
 *   routing_probe KIND DIR whole SINCE_US LIMIT_S      until all pairs are routed
 *   routing_probe KIND DIR event FROM TO LEAD_MS LIMIT_S LINE...
 *       a stream of 100 packets/s; LEAD_MS after its start (0: as its start) the radio is
 *       told the LINEs, of which "cut path" is the link in the middle of the stream's way
 *   routing_probe KIND DIR watch SECONDS EVERY_MS [STEP_M STEP_S AREA_M SEED]
 *       samples; with a step each node goes that far in a drawn direction every STEP_S
 *
 * ROUTING_TRACE=1 tells on stderr how the number of routed pairs goes.
 * KIND is kernel or qanat, DIR a mesh of sim/netns/mesh.sh; runs in the mesh's namespaces.
 * In the kernel node N is fd99::N+1, its interface fe80::N+1. One JSON object is printed.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/routing/radio.h"
#include "tests/bench/routing/stream.h"
#include "tests/bench/routing/tables.h"
#include "tests/bench/routing/walk.h"

enum {
	PAUSE_MS = 20,     /* between two looks at the table at fault */
	LOOK_MS = 80,      /* between two looks at all tables */
	WATCH_US = 3000000 /* an event at the least */
};

/* "cut A B" for the link in the middle of the way. */
static void path_cut(struct mesh *m, unsigned from, unsigned to, char *line, size_t room)
{
	unsigned way[MESH_NODES_MAX], len = 0;

	tables_read_all(m);
	for (unsigned at = from; at != MESH_NONE && len < m->count;
		at = m->next[at][to]) {
		way[len++] = at;
		if (at == to)
			break;
	}
	if (len < 2 || way[len - 1] != to) {
		fprintf(stderr, "routing_probe: no way that could be cut\n");
		exit(EXIT_FAILURE);
	}
	snprintf(line, room, "cut %s %s", m->names[way[(len - 1) / 2]],
		m->names[way[(len - 1) / 2 + 1]]);
}

/* What is seen of an event from the outside. */
struct seen {
	int64_t whole_us; /* first time that all pairs were routed; 0: never */
	int64_t looped_us, look_us;
	unsigned looping_max;
	struct walk last;
};

/* Reads all tables. A loop counts when it is there at two looks in a row: one alone may be
 * two tables that were not read in the same moment. */
static void seen_look(struct mesh *m, struct seen *s, int64_t event_us)
{
	struct walk was = s->last;
	int64_t now = mesh_now_us();

	tables_read_all(m);
	s->last = walk_all(m);
	if (s->whole_us == 0 && s->last.routed == s->last.pairs)
		s->whole_us = mesh_now_us();
	if (was.looping > 0 && s->last.looping > 0) {
		unsigned both =
			was.looping < s->last.looping ? was.looping : s->last.looping;

		s->looped_us += now - s->look_us;
		s->looping_max = both > s->looping_max ? both : s->looping_max;
	}
	s->look_us = now;
	if (getenv("ROUTING_TRACE") != NULL &&
		(was.routed != s->last.routed || was.looping != s->last.looping))
		fprintf(stderr,
			"# %.3f s: %u of %u pairs routed, %u loop, at fault: %s\n",
			(double)(mesh_now_us() - event_us) / 1e6, s->last.routed,
			s->last.pairs, s->last.looping,
			s->last.routed < s->last.pairs ? m->names[m->blamed] : "nobody");
}

static void command_whole(struct mesh *m, int64_t since_us, int64_t limit_us)
{
	bool whole, trace = getenv("ROUTING_TRACE") != NULL;
	struct seen seen = { 0 };
	struct walk w;

	tables_read_all(m);
	walk_all(m);
	while (!(whole = walk_is_whole(m)) && mesh_now_us() < since_us + limit_us) {
		if (trace)
			seen_look(m, &seen, since_us);
		mesh_pause_ms(PAUSE_MS);
	}
	printf("{\"seconds\":%.3f,", (double)(mesh_now_us() - since_us) / 1e6);
	tables_read_all(m);
	w = walk_all(m);
	printf("\"whole\":%s,\"missing_pairs\":%u,\"pairs\":%u}\n",
		whole ? "true" : "false", w.pairs - w.routed, w.pairs);
}

static void event_print(
	const struct seen *seen, const char *event, int64_t outage_us, int64_t event_us)
{
	printf("{\"event\":\"%s\",\"outage_s\":%.3f,\"all_pairs_s\":", event,
		(double)outage_us / 1e6);
	printf(seen->whole_us ? "%.3f" : "null",
		(double)(seen->whole_us - event_us) / 1e6);
	printf(",\"looping_pairs_max\":%u,\"looped_s\":%.2f,\"stuck_pairs\":%u,",
		seen->looping_max, (double)seen->looped_us / 1e6,
		seen->last.pairs - seen->last.routed);
}

static void command_event(
	struct mesh *m, struct stream *s, int64_t lead_ms, int64_t limit_us, char **lines)
{
	char cut[128] = "";
	int64_t event_us;
	struct seen seen = { 0 };
	unsigned lost;

	tables_read_all(m); /* qanat: learns the addresses, too */
	if (lead_ms > 0)
		stream_start(s, (unsigned)((limit_us + lead_ms * 1000) / 1000000 + 2));
	mesh_pause_ms(lead_ms);
	if (strcmp(lines[0], "cut path") == 0) {
		path_cut(m, s->from, s->to, cut, sizeof(cut));
		lines[0] = cut;
	}
	event_us = mesh_now_us();
	for (unsigned i = 0; lines[i] != NULL; i++)
		radio_tell(m, lines[i]);
	if (lead_ms == 0)
		stream_start(s, (unsigned)(limit_us / 1000000 + 2));
	radio_topology(m);
	while (mesh_now_us() < event_us + limit_us &&
		(seen.whole_us == 0 || mesh_now_us() < event_us + WATCH_US ||
			!stream_is_calm(s))) {
		seen_look(m, &seen, event_us);
		mesh_pause_ms(LOOK_MS);
	}
	lost = stream_end(s);
	seen_look(m, &seen, event_us);
	event_print(
		&seen, lines[0], stream_outage_us(s, event_us, lead_ms > 0), event_us);
	printf("\"lost_packets\":%u}\n", lost);
}

struct steps {
	double step_m, area_m;
	int64_t every_us;
};

static double inside(double at, double area)
{
	at = fabs(at);
	return at > area ? 2 * area - at : at;
}

static void everybody_steps(struct mesh *m, const struct steps *s)
{
	for (unsigned i = 0; i < m->count; i++) {
		double way = drand48() * 2 * M_PI;
		char line[128];

		snprintf(line, sizeof(line), "move %s %.0fmm %.0fmm", m->names[i],
			inside(m->x_m[i] + s->step_m * cos(way), s->area_m) * 1000,
			inside(m->y_m[i] + s->step_m * sin(way), s->area_m) * 1000);
		radio_tell(m, line);
	}
}

static unsigned changes_count(const struct mesh *m, const uint8_t (*was)[MESH_NODES_MAX])
{
	unsigned changes = 0;

	for (unsigned i = 0; i < m->count; i++)
		for (unsigned k = 0; k < m->count; k++)
			changes += was[i][k] != m->next[i][k];
	return changes;
}

struct watched {
	double share_sum, share_least, share_last, end_sum; /* end: of a step */
	unsigned samples, ends, changes, looping_max;
	int64_t loop_since_us, loop_longest_us, look_us;
};

static void watch_sample(struct watched *s, const struct walk *w)
{
	double share = w->pairs ? (double)w->routed / w->pairs : 1;
	int64_t now = mesh_now_us();

	if (getenv("ROUTING_TRACE") != NULL)
		fprintf(stderr, "# sample %u: %u of %u pairs routed, %u loop\n",
			s->samples, w->routed, w->pairs, w->looping);
	s->samples++;
	s->share_sum += share;
	s->share_least = share < s->share_least ? share : s->share_least;
	s->share_last = share;
	s->looping_max = w->looping > s->looping_max ? w->looping : s->looping_max;
	if (w->looping == 0)
		s->loop_since_us = 0;
	else if (s->loop_since_us == 0)
		s->loop_since_us = now;
	else if (now - s->loop_since_us > s->loop_longest_us)
		s->loop_longest_us = now - s->loop_since_us;
}

static void watch_print(const struct mesh *m, const struct watched *s, double minutes)
{
	printf("{\"pairs_share_mean\":%.6f,\"pairs_share_min\":%.4f,",
		s->share_sum / s->samples, s->share_least);
	printf("\"pairs_share_step_end\":%.4f,",
		s->ends ? s->end_sum / s->ends : s->share_last);
	printf("\"route_changes_per_node_minute\":%.2f,",
		s->changes / minutes / (double)m->count);
	printf("\"looping_pairs_max\":%u,\"loop_longest_s\":%.1f,", s->looping_max,
		(double)s->loop_longest_us / 1e6);
	printf("\"samples\":%u,\"sample_ms\":%.1f}\n", s->samples,
		(double)s->look_us / 1e3 / s->samples);
}

static void command_watch(
	struct mesh *m, int64_t last_us, int64_t every_us, const struct steps *steps)
{
	uint8_t was[MESH_NODES_MAX][MESH_NODES_MAX];
	struct watched s = { .share_least = 1 };
	int64_t begun_us = mesh_now_us(), step_us = begun_us;

	tables_read_all(m);
	for (int64_t at_us = begun_us; at_us < begun_us + last_us; at_us += every_us) {
		int64_t look_us;
		struct walk w;

		mesh_pause_ms((at_us - mesh_now_us()) / 1000);
		if (steps->every_us > 0 && mesh_now_us() >= step_us) {
			s.ends += step_us > begun_us;
			s.end_sum += step_us > begun_us ? s.share_last : 0;
			step_us += steps->every_us;
			everybody_steps(m, steps);
		}
		look_us = mesh_now_us();
		radio_topology(m);
		memcpy(was, m->next, sizeof(was));
		tables_read_all(m);
		s.changes += changes_count(m, was);
		w = walk_all(m);
		s.look_us += mesh_now_us() - look_us;
		watch_sample(&s, &w);
	}
	watch_print(m, &s, (double)last_us / 60e6);
}

/* Ends the program when it is no number. */
static double number(const char *text)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end != 0) {
		fprintf(stderr, "routing_probe: %s: not a number\n", text);
		exit(2);
	}
	return v;
}

static int64_t seconds_us(const char *text)
{
	return (int64_t)(number(text) * 1e6);
}

int main(int argc, char **argv)
{
	static struct mesh m;
	const char *what = argc > 3 ? argv[3] : "";

	if (argc > 3) {
		mesh_open(&m, argv[2], strcmp(argv[1], "kernel") == 0);
		radio_topology(&m);
	}
	if (strcmp(what, "whole") == 0 && argc == 6) {
		command_whole(&m, (int64_t)number(argv[4]), seconds_us(argv[5]));
	} else if (strcmp(what, "event") == 0 && argc > 8) {
		struct stream s = { .m = &m,
			.from = mesh_node(&m, argv[4]),
			.to = mesh_node(&m, argv[5]) };

		command_event(
			&m, &s, (int64_t)number(argv[6]), seconds_us(argv[7]), argv + 8);
	} else if (strcmp(what, "watch") == 0 && (argc == 6 || argc == 10)) {
		struct steps steps = { 0 };

		if (argc == 10) {
			steps = (struct steps){ .step_m = number(argv[6]),
				.every_us = seconds_us(argv[7]),
				.area_m = number(argv[8]) };
			srand48((long)number(argv[9]));
		}
		command_watch(
			&m, seconds_us(argv[4]), (int64_t)number(argv[5]) * 1000, &steps);
	} else {
		fprintf(stderr, "routing_probe: see its head for what it takes\n");
		return 2;
	}
	return EXIT_SUCCESS;
}
