/* SPDX-License-Identifier: ISC */
/*
 * A scenario file with everything it includes, as one text: a line `include FILE` is
 * replaced by the lines of FILE, which is looked for beside the file that says so. Each
 * line of the text knows file and line that it came from.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"
#include "node/base/text.h"
#include "sim/channel/scenario.h"

enum {
	SOURCE_DEPTH_MAX = 4, /* includes within includes */
	SOURCE_FILES_MAX = 64,
	SOURCE_BYTES_MAX = 16 << 20, /* all files together */
	SOURCE_WHY_CHARS = 600,      /* for a path and a reason */
};

struct source_line {
	uint32_t file, line;
};

struct source {
	char *text; /* len characters, each line closed by a newline */
	size_t len;
	/* private */
	size_t room;
	struct source_line *lines;
	size_t line_count, lines_room;
	char *files[SOURCE_FILES_MAX]; /* as they were asked for */
	uint32_t file_count;
	uint32_t first_lines; /* of the first file */
};

/* Reads path ("-": standard input) and what it includes. 0 or a negative errno, with why
 * saying which file, or which line, is wrong; -ELOOP, -EMFILE, -EFBIG and -EINVAL are limits
 * and mistakes of the scenario itself. s is to be finished in any case. */
must_use int source_read(struct source *s, const char *path, struct text *why);
void source_fini(struct source *s);

/* Writes "FILE:LINE" of line number `line` of the text, from 1; a line behind the end is
 * taken for the one behind the end of the first file. */
void source_where(const struct source *s, unsigned line, struct text *out);

/* Both, and scenario_parse between them: the scenario of a file. As source_read, and -EINVAL
 * with why saying "FILE:LINE: " and what is wrong there. */
must_use int source_scenario(
	struct scenario *s, const char *path, const struct rng *rng, struct text *why);
