/* SPDX-License-Identifier: ISC */
/*
 * The page of a story: the viewer (viewer.html, viewer.js), the records as JSON lines, and
 * in the end all frames as numbers. A page stays small enough to be opened: of more frames
 * than STORY_FRAMES_MAX it holds every second one, then every fourth, and so on; the counts
 * over time stay whole.
 */
#pragma once

#include <stdio.h>

#include "node/base/bytes.h"
#include "node/base/check.h"

enum {
	STORY_FRAMES_MAX = 300000,
	STORY_BUCKETS_MAX = 2000, /* of counts; then two become one */
	STORY_CLASSES_MAX = 16,   /* more have the last one's name */
	STORY_CLASS_NAME_MAX = 23,
};

struct story_dot {
	int64_t t_us;
	uint32_t from, to, bytes;
	uint8_t fate, class;
};

struct story_bucket {
	uint32_t count[3]; /* by fate */
};

struct story_page {
	/* private */
	FILE *out;              /* NULL: no page */
	struct story_dot *dots; /* owned */
	size_t dot_count, dot_room;
	uint64_t told, stride;        /* frames so far; every which one is kept */
	struct story_bucket *buckets; /* owned */
	int64_t bucket_us;
	char classes[STORY_CLASSES_MAX][STORY_CLASS_NAME_MAX + 1];
	size_t class_count;
};

/* Takes the stream; the page up to the records is written. */
void story_page_init(struct story_page *p, FILE *take_out);
/* One record, a whole JSON object without a newline. */
void story_page_line(struct story_page *p, struct bytes json);
/* t_us since the start, not negative; fate: enum story_fate. */
void story_page_frame(
	struct story_page *p, const struct story_dot *dot, const char *class);
/* Writes the frames and closes the page: 0, or a negative errno. */
must_use int story_page_fini(struct story_page *p);
