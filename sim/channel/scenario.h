/* SPDX-License-Identifier: ISC */
/*
 * A topology file as a value: nodes, links, parameters, and what happens when. The format
 * stands in README.md. The text may come from anywhere; everything that it can make grow
 * has a limit below.
 */
#pragma once

#include "sim/channel/action.h"
#include "sim/channel/motion.h"

enum {
	SCENARIO_NODES_MAX = 10000,
	SCENARIO_LINKS_MAX = 400000,  /* directed */
	SCENARIO_EVENTS_MAX = 200000, /* a recorded trace has many */
	SCENARIO_FULL_MAX = 256,      /* nodes of `full` */
	SCENARIO_MOTIONS_MAX = 256,
	SCENARIO_RANGE_MM = 100000, /* of random and moving nodes, unless set before */
};

struct scenario_place {
	bool placed;
	int64_t x_mm, y_mm;
};

struct scenario_link { /* directed */
	uint32_t from, to;
	struct link_quality quality;
};

struct scenario_event {
	int64_t at_us; /* since the start */
	struct action action;
};

struct scenario {
	struct names names;
	struct scenario_place *places; /* one a node */
	struct scenario_link *links;
	size_t link_count;
	struct scenario_event *events; /* by rising time, then by line */
	size_t event_count;
	struct motion *motions; /* `mobility` lines */
	size_t motion_count;
	struct channel_params params;
	/* private */
	size_t names_room, places_room, links_room, events_room, motions_room;
};

void scenario_init(struct scenario *s);
void scenario_fini(struct scenario *s);

/* Adds what the text says to s. False: *line is the number of the line that is wrong,
 * from 1, and why says what; s may then only be finished. The luck places random
 * nodes. */
must_use bool scenario_parse(struct scenario *s, struct bytes text, const struct rng *rng,
	unsigned *line, struct text *why);

/* A channel with the nodes, places, links and parameters of s; it has at least one
 * node. What moves them is mobility.h. */
void scenario_build(const struct scenario *s, struct channel *ch, struct rng rng);

/* Building blocks of the shapes; false when a limit is reached. */
must_use bool scenario_node_add(struct scenario *s, struct bytes name);
must_use bool scenario_link_add(
	struct scenario *s, uint32_t from, uint32_t to, const struct link_quality *q);
