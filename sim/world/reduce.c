/* SPDX-License-Identifier: ISC */
/*
 * From a failing scenario to a smaller one: lines are left out as long as the same verdict
 * breaks, in halves, quarters and so on (ddmin; Zeller, Hildebrandt 2002); then nodes are.
 * Each try is a process of its own, since a failure may be a crash.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/control/buffer.h"
#include "node/control/reply.h"
#include "sim/world/run.h"

enum {
	LINES_MAX = 20000,
	SECONDS_MAX = 240,
	TRY_SECONDS_MAX = 60,
	DIED = VERDICTS + 1,
	TEXT_MAX = 4 << 20
};

struct lines {
	char **at; /* owned, and what they point to */
	size_t count;
};

struct reduction {
	const struct wish *wish;
	uint64_t seed;
	struct lines lines;
	int kind; /* that must break again */
	time_t until;
	unsigned tries;
};

static void lines_cut(struct lines *l, const char *text, size_t len)
{
	size_t from = 0;

	l->at = mem_array(LINES_MAX, sizeof(*l->at));
	l->count = 0;
	for (size_t i = 0; i <= len && l->count < LINES_MAX; i++) {
		if (i < len && text[i] != '\n')
			continue;
		if (i > from) {
			char *line = mem_new(i - from + 1);

			memcpy(line, text + from, i - from);
			l->at[l->count++] = line;
		}
		from = i + 1;
	}
}

static void lines_fini(struct lines *l)
{
	for (size_t i = 0; i < l->count; i++)
		mem_free(l->at[i]);
	mem_free(l->at);
}

static void lines_join(struct buffer *b, char *const *at, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buffer_add_string(b, at[i]);
		buffer_add_string(b, "\n");
	}
}

/* What breaks when these lines run: a verdict, DIED, or -1. */
static int run_lines(struct reduction *r, char *const *at, size_t count)
{
	struct buffer text;
	struct wish wish = *r->wish;
	struct outcome out;
	int status;
	pid_t child;

	buffer_init(&text, TEXT_MAX);
	lines_join(&text, at, count);
	wish.text = (const char *)text.data;
	wish.len = text.len;
	wish.extra = NULL;
	wish.source = NULL;
	wish.trace_path = wish.html_path = NULL;
	r->tries++;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		alarm(TRY_SECONDS_MAX);
		run_world(&wish, r->seed, &out);
		_exit(out.kind == VERDICTS || out.held ? 255 : out.kind);
	}
	buffer_fini(&text);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGALRM ? -1 : DIED;
	return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

static bool still_breaks(struct reduction *r, char *const *at, size_t count)
{
	return time(NULL) < r->until && run_lines(r, at, count) == r->kind;
}

/* Takes lines [from, to) away if it still breaks without. */
static bool leave_out(struct reduction *r, size_t from, size_t to)
{
	struct lines *l = &r->lines;
	size_t rest = l->count - (to - from);
	char **tried = mem_array(rest + 1, sizeof(*tried));
	bool good;

	memcpy(tried, l->at, from * sizeof(*tried));
	memcpy(tried + from, l->at + to, (l->count - to) * sizeof(*tried));
	good = still_breaks(r, tried, rest);
	if (good) {
		for (size_t i = from; i < to; i++)
			mem_free(l->at[i]);
		memcpy(l->at, tried, rest * sizeof(*tried));
		l->count = rest;
	}
	mem_free(tried);
	return good;
}

static void fewer_lines(struct reduction *r)
{
	for (size_t step = r->lines.count / 2; step > 0; step /= 2)
		for (size_t from = 0; from < r->lines.count;) {
			size_t to = from + step < r->lines.count ? from + step
								 : r->lines.count;

			if (!leave_out(r, from, to))
				from = to;
		}
}

/* A line that begins with a shape and a number of nodes; *count is the number. */
static bool is_shape(const char *line, unsigned *count, const char **rest)
{
	static const char *const words[] = { "line ", "ring ", "star ", "full ",
		"random " };

	for (size_t i = 0; i < array_len(words); i++) {
		size_t n = strlen(words[i]);
		char *end;

		if (strncmp(line, words[i], n) != 0)
			continue;
		*count = (unsigned)strtoul(line + n, &end, 10);
		*rest = end;
		return *count > 0;
	}
	return false;
}

static bool fewer_nodes_at(
	struct reduction *r, size_t i, unsigned count, const char *rest)
{
	char *old = r->lines.at[i];
	size_t word = strcspn(old, " ");
	char *line = mem_new(strlen(old) + 16);
	bool good;

	snprintf(line, strlen(old) + 16, "%.*s %u%s", (int)word, old, count, rest);
	r->lines.at[i] = line;
	good = still_breaks(r, r->lines.at, r->lines.count);
	r->lines.at[i] = good ? line : old;
	mem_free(good ? old : line);
	return good;
}

static void fewer_nodes(struct reduction *r)
{
	unsigned count;
	const char *rest;

	for (size_t i = 0; i < r->lines.count; i++)
		while (is_shape(r->lines.at[i], &count, &rest) && count > 2)
			if (!fewer_nodes_at(r, i, count / 2, rest) &&
				!fewer_nodes_at(r, i, count - 1, rest))
				break;
}

static int result_write(const struct reduction *r, const char *path)
{
	FILE *out = path != NULL ? fopen(path, "we") : stdout;

	if (out == NULL) {
		fprintf(stderr, "qanat-world: %s: %s\n", path, strerror(errno));
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < r->lines.count; i++)
		fprintf(out, "%s\n", r->lines.at[i]);
	if (path != NULL && fclose(out) != 0) {
		fprintf(stderr, "qanat-world: %s: %s\n", path, strerror(errno));
		return EXIT_FAILED;
	}
	fprintf(stderr, "again: qanat-world %s --seed %" PRIu64 "\n",
		path != NULL ? path : "-", r->seed);
	return EXIT_DONE;
}

int reduce_run(const struct wish *wish, uint64_t seed, const char *path)
{
	struct reduction r = {
		.wish = wish, .seed = seed, .until = time(NULL) + SECONDS_MAX
	};
	struct buffer text;
	size_t len, before;
	char *made = wish->text == NULL ? random_scenario(seed, &len) : NULL;
	int end = EXIT_FAILED;

	buffer_init(&text, TEXT_MAX);
	buffer_add(&text,
		made != NULL ? bytes_of(made, len) : bytes_of(wish->text, wish->len));
	buffer_add_string(&text, "\n");
	buffer_add_string(&text, wish->extra);
	mem_free(made);
	lines_cut(&r.lines, (const char *)text.data, text.len);
	buffer_fini(&text);
	before = r.lines.count;
	r.kind = run_lines(&r, r.lines.at, r.lines.count);
	if (r.kind < 0) {
		fputs("qanat-world: no verdict is broken, there is nothing to reduce\n",
			stderr);
		goto out;
	}
	fewer_lines(&r);
	fewer_nodes(&r);
	fewer_lines(&r);
	fprintf(stderr, "%s: %zu of %zu lines, after %u tries\n",
		r.kind == DIED ? "the program dies" : verdict_names[r.kind],
		r.lines.count, before, r.tries);
	end = result_write(&r, path);
out:
	lines_fini(&r.lines);
	return end;
}
