/* SPDX-License-Identifier: ISC */
/*
 * What happened in a world, for people: JSON lines, and a page that draws the mesh and opens
 * in any browser, without a network. STORY.md has the records. Everything is told with the
 * time at which it happened, which never runs backwards. What is told again unchanged is
 * not written again, so a caller may tell the state of all nodes as often as it likes. A
 * NULL story hears nothing and costs nothing.
 */
#pragma once

#include <stdio.h>

#include "node/base/instant.h"
#include "node/base/siphash.h"
#include "node/control/buffer.h"
#include "sim/channel/links.h"
#include "sim/world/story_page.h"

enum {
	STORY_ALL = UINT32_MAX, /* a frame for everyone in reach */
	STORY_HOPS_MAX = 64,    /* next hops in a record of routes; more are left out */
};

enum story_fate { STORY_SENT, STORY_RECEIVED, STORY_LOST };
enum story_life { STORY_BORN, STORY_DIED, STORY_ASLEEP, STORY_AWAKE };

struct story_frame {
	uint32_t from, to; /* to: the receiver; of a frame sent also STORY_ALL */
	uint32_t bytes;
	const char *class;
};

struct story_place {
	bool placed;
	int64_t x_mm, y_mm;
};

struct story_folder {
	uint32_t number;   /* which of the world's folders */
	const char *state; /* NULL: the node has no such folder */
	uint64_t files, need_files, need_bytes;
	struct bytes tree; /* digest of what lies there; the first four bytes are told */
};

struct story_hop {
	uint32_t to, next, hops;
};

struct story_said; /* the last record of its kind about a node */

struct story_links { /* from a node */
	/* private */
	uint32_t *hearers; /* by rising number */
	size_t count, room;
};

struct story { /* owned by whoever made it */
	/* private */
	struct instant start;
	FILE *lines; /* NULL: none */
	struct story_page page;
	struct buffer line;
	size_t opened, body;     /* where in it the first member and the record begin */
	struct story_said *said; /* a table */
	struct story_links *links;
	uint32_t node_count;
};

/* Times are told from start on. */
must_use struct story *story_new(struct instant start);
/* Where to write, one of them or both, before anything is told. 0, or a negative errno. */
must_use int story_lines_open(struct story *s, const char *path);
must_use int story_page_open(struct story *s, const char *path);
/* Closes what was opened. 0, or -EIO: something could not be written. NULL is fine. */
must_use int story_free(struct story *s);

/* What the inlines below stand on. */
void story_tell_begin(
	struct story *s, struct instant now, const char *title, uint64_t seed);
void story_tell_node(struct story *s, struct instant now, uint32_t node, const char *name,
	const struct story_place *place);
void story_tell_life(
	struct story *s, struct instant now, uint32_t node, enum story_life life);
void story_tell_hearers(struct story *s, struct instant now, uint32_t from,
	const struct hearer *hearers, size_t count);
void story_tell_frame(struct story *s, struct instant now, enum story_fate fate,
	const struct story_frame *f);
void story_tell_folder(
	struct story *s, struct instant now, uint32_t node, const struct story_folder *f);
void story_tell_routes(struct story *s, struct instant now, uint32_t node, size_t count,
	const struct story_hop *hops);
void story_tell_event(struct story *s, struct instant now, const char *text);
void story_tell_verdict(struct story *s, struct instant now, const char *name, bool held,
	const char *text);
void story_tell_ways(struct story *s, struct instant now, uint64_t pairs, uint64_t routed,
	uint64_t circles);
void story_tell_end(struct story *s, struct instant now, bool held, const char *text);

/* The first record: what is played here. */
static inline void story_begin(
	struct story *s, struct instant now, const char *title, uint64_t seed)
{
	if (s != NULL)
		story_tell_begin(s, now, title, seed);
}

/* A node, once before anything else about it, and again when it has moved. Nodes are
 * numbered from 0. */
static inline void story_node(struct story *s, struct instant now, uint32_t node,
	const char *name, const struct story_place *place)
{
	if (s != NULL)
		story_tell_node(s, now, node, name, place);
}

static inline void story_life(
	struct story *s, struct instant now, uint32_t node, enum story_life life)
{
	if (s != NULL)
		story_tell_life(s, now, node, life);
}

/* All who hear a node now, by rising number; links that came or went since are told. */
static inline void story_hearers(struct story *s, struct instant now, uint32_t from,
	const struct hearer *hearers, size_t count)
{
	if (s != NULL)
		story_tell_hearers(s, now, from, hearers, count);
}

static inline void story_frame(struct story *s, struct instant now, enum story_fate fate,
	const struct story_frame *f)
{
	if (s != NULL)
		story_tell_frame(s, now, fate, f);
}

static inline void story_folder(
	struct story *s, struct instant now, uint32_t node, const struct story_folder *f)
{
	if (s != NULL)
		story_tell_folder(s, now, node, f);
}

/* The number of routes, and count next hops, or NULL when only the number is told. */
static inline void story_routes(struct story *s, struct instant now, uint32_t node,
	size_t count, const struct story_hop *hops)
{
	if (s != NULL)
		story_tell_routes(s, now, node, count, hops);
}

/* A line of the scenario, or whatever else a reader should find in the list. */
static inline void story_event(struct story *s, struct instant now, const char *text)
{
	if (s != NULL)
		story_tell_event(s, now, text);
}

/* text may be NULL. */
static inline void story_verdict(struct story *s, struct instant now, const char *name,
	bool held, const char *text)
{
	if (s != NULL)
		story_tell_verdict(s, now, name, held, text);
}

/* Of the pairs that are looked at: those in reach of each other, those of them whose ways
 * arrive, and all whose ways go round in circles. */
static inline void story_ways(struct story *s, struct instant now, uint64_t pairs,
	uint64_t routed, uint64_t circles)
{
	if (s != NULL)
		story_tell_ways(s, now, pairs, routed, circles);
}

/* The last record. */
static inline void story_end(
	struct story *s, struct instant now, bool held, const char *text)
{
	if (s != NULL)
		story_tell_end(s, now, held, text);
}
