/* SPDX-License-Identifier: ISC */
/*
 * How nodes move by themselves, as one line of a scenario:
 *
 *	mobility MODEL NODES area=600x400 [KEY=VALUE]...
 *
 * README.md has the models and their keys. Distances are in mm, the area begins at 0, 0.
 */
#pragma once

#include "sim/channel/names.h"

enum motion_model { MOTION_WAYPOINT, MOTION_GROUP, MOTION_CONVOY, MOTION_CITY };

struct motion {
	enum motion_model model;
	struct node_set nodes;
	int64_t width_mm, height_mm;
	int64_t slow_mm_s, fast_mm_s; /* speeds are drawn from here, both included */
	int64_t pause_us;             /* at the end of a way */
	int64_t radius_mm;            /* group: from its centre to a member, at most */
	int64_t gap_mm;               /* convoy: from one to the next */
	int64_t block_mm;             /* city: from one crossing to the next */
	uint64_t turn_ppm;            /* city: who turns at a crossing */
	int64_t from_us, until_us;    /* since the start; until: INT64_MAX is for ever */
};

/* Reads the words behind `mobility`. False says why. */
must_use bool motion_parse(struct motion *m, const struct words *w,
	const struct names *names, struct text *why);
