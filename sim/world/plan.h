/* SPDX-License-Identifier: ISC */
/*
 * What happens in a world besides the radio. The same file describes both: lines that begin
 * with `world` are read here, all others are a topology (sim/channel/scenario.h).
 *
 *	world run TIME                       how long at most; default 300s
 *	world share NODE files=N bytes=B     NODE shares a folder with N files, B bytes in all
 *	world join NODE|all                  joins it by the invite
 *	world at TIME edit NODE files=N      changes, makes, moves and deletes about N files
 *	world at TIME crash NODE             the node ends at once; what was not durable is gone
 *	world at TIME start NODE             and begins again with what was
 *	world at TIME ping A B               one of ten tries must be answered
 *
 * share and join happen at the beginning unless they too stand after `at TIME`.
 */
#pragma once

#include "sim/channel/scenario.h"

enum { PLAN_EVENTS_MAX = 10000 };

enum plan_kind { PLAN_SHARE, PLAN_JOIN, PLAN_EDIT, PLAN_CRASH, PLAN_START, PLAN_PING };

struct plan_event {
	enum plan_kind kind;
	int64_t at_us;
	uint32_t node, other;
	uint64_t files, bytes;
};

struct plan {
	int64_t run_us;
	struct plan_event *events; /* owned; by rising time, then by line */
	size_t count;
	size_t room; /* private */
};

void plan_init(struct plan *p);
void plan_fini(struct plan *p);

/* Splits text into the plan's lines and the topology, parses both. nodes > 0 replaces the
 * number after the last shape word (line, ring, star, full, random). False: *line is wrong
 * and why says what. */
must_use bool plan_parse(struct plan *p, struct scenario *s, struct bytes text,
	uint32_t nodes, const struct rng *rng, unsigned *line, struct text *why);
