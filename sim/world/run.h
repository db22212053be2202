/* SPDX-License-Identifier: ISC */
/* One world from text to verdict, and many of them. */
#pragma once

#include "sim/files/source.h"
#include "sim/world/world.h"

/* What is asked for on the command line. */
struct wish {
	const char *name; /* of the scenario, as messages and repeat commands say it */
	const char *text; /* borrowed; NULL: made by chance from the seed */
	size_t len;
	const struct source *source; /* of the text; NULL: it is from no file */
	const char *settings; /* the options that a repeat command must have again */
	const char *extra;    /* lines of --set */
	uint32_t nodes;
	bool log;
	bool first; /* a campaign ends with the first broken world */
	enum log_level log_level;
	const char *trace_path, *html_path; /* NULL: none */
};

struct outcome {
	bool held;
	int kind; /* first broken verdict; -1: none, VERDICTS: the scenario is wrong */
	char text[240];
	uint32_t nodes;
	int64_t virtual_us;
	uint64_t events;
	struct hash digest;
};

/* Parses the scenario of a wish; false: said why in outcome.text. Both are the caller's. */
bool run_parse(const struct wish *wish, uint64_t seed, struct scenario *s, struct plan *p,
	struct outcome *out);
/* Runs one world quietly. */
void run_world(const struct wish *wish, uint64_t seed, struct outcome *out);
/* Runs one world and prints the report. */
bool run_reported(const struct wish *wish, uint64_t seed, struct outcome *out);
/* Exit code of a campaign over seeds first..last in `jobs` processes. */
int campaign_run(const struct wish *wish, uint64_t first, uint64_t last, unsigned jobs);
/* Adds up what campaigns printed into files. */
int campaign_merge(char **files, int count);
/* Looks for a smaller scenario that breaks the same verdict; prints it to out. */
int reduce_run(const struct wish *wish, uint64_t seed, const char *path);

/* random.c: a scenario made from a seed; caller frees. */
char *random_scenario(uint64_t seed, size_t *len);

/* report.c */
void report_print(struct world *w, const struct outcome *out, double cpu_s);
