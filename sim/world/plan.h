/* SPDX-License-Identifier: ISC */
/*
 * What happens in a world besides the radio. The same file describes both: lines that begin
 * with `world` are read here, all others are a topology (sim/channel/scenario.h). README.md
 * has the list of the lines; a line is
 *
 *	world [at TIME] VERB NODES [NODE] [KEY=VALUE]...
 *
 * with NODES as in the topology.
 */
#pragma once

#include "sim/channel/scenario.h"
#include "sim/world/insider.h"

enum { PLAN_EVENTS_MAX = 100000 };

enum plan_kind {
	PLAN_SHARE,
	PLAN_JOIN,
	PLAN_EDIT, /* of every kind */
	PLAN_WRITE,
	PLAN_RENAME,
	PLAN_DELETE,
	PLAN_CRASH,
	PLAN_START,
	PLAN_SLEEP,
	PLAN_DISK,
	PLAN_PING,
	PLAN_BULK,
	PLAN_REVOKE,
	PLAN_SHUT_OUT, /* made by REVOKE with within=: it must be true by now */
	PLAN_KINDS
};

/* What is wrong with a disk. */
enum plan_disk {
	PLAN_DISK_GOOD,
	PLAN_DISK_FULL,     /* ENOSPC */
	PLAN_DISK_READONLY, /* EROFS */
	PLAN_DISK_BROKEN,   /* EIO */
};

struct plan_event {
	enum plan_kind kind;
	int64_t at_us;
	uint32_t node, other;
	uint64_t files, bytes;
	int64_t for_us; /* CRASH: until it starts again, 0: not by itself; SLEEP, BULK: how long;
			* REVOKE: within which everybody has to know, 0: some time */
	enum plan_disk disk;
	uint8_t rights; /* JOIN */
};

/* What a node is from the beginning. */
struct plan_node {
	int64_t wall_ms;  /* its wall clock less the true time */
	unsigned hostile; /* enum hostile_way bits */
	unsigned mesh;    /* the private mesh it is in; 0: the open one */
	bool founds;      /* that mesh */
	bool real_disk; /* sync/disk on a simulated file system, else a store in memory */
};

/* What is measured, beside what control costs (figures.h). */
struct plan_measure {
	bool on;
	int64_t from_us;  /* since when things are settled */
	int64_t every_us; /* how often ways are looked at */
	int64_t ping_us;  /* between two echoes of somebody to somebody; 0: none */
};

struct plan {
	int64_t run_us;
	struct plan_measure measure;
	struct plan_event *events; /* owned; by rising time, then by line */
	size_t count;
	struct plan_node *nodes; /* owned; as many as the scenario has */
	size_t room;             /* private */
};

void plan_init(struct plan *p);
void plan_fini(struct plan *p);

/* Splits text into the plan's lines and the topology, parses both. nodes > 0 replaces the
 * number after the last shape word (line, ring, star, full, random). The luck decides where
 * the text leaves something to chance. False: *line is wrong and why says what. */
must_use bool plan_parse(struct plan *p, struct scenario *s, struct bytes text,
	uint32_t nodes, const struct rng *rng, unsigned *line, struct text *why);
