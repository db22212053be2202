/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "node/base/mem.h"
#include "sim/world/run.h"

static void log_write(void *context, enum log_level level, const char *line)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	const struct world *w = context;

	fprintf(stderr, "%.6f %s: %s\n", (double)w->now.us / 1e6, names[level], line);
}

/* The whole text of a scenario; caller frees. */
static char *text_of_wish(const struct wish *wish, uint64_t seed, size_t *len)
{
	char *made = wish->text == NULL ? random_scenario(seed, len) : NULL;
	const char *text = made != NULL ? made : wish->text;
	size_t base = made != NULL ? *len : wish->len;
	size_t extra = wish->extra != NULL ? strlen(wish->extra) : 0;
	char *whole = mem_new(base + extra + 1);

	check(text != NULL);
	memcpy(whole, text, base);
	if (extra > 0)
		memcpy(whole + base, wish->extra, extra);
	*len = base + extra;
	mem_free(made);
	return whole;
}

static void where_of(const struct wish *wish, unsigned line, char *out, size_t room)
{
	struct text t = text_of(out, room);

	if (wish->source != NULL) {
		source_where(wish->source, line, &t);
		return;
	}
	text_string(&t, wish->name);
	text_char(&t, ':');
	text_u64(&t, line);
}

bool run_parse(const struct wish *wish, uint64_t seed, struct scenario *s, struct plan *p,
	struct outcome *out)
{
	struct rng_seeded luck;
	struct rng rng = rng_seeded_init(&luck, seed);
	char reason[130] = "", place[200];
	struct text why = text_of(reason, sizeof(reason));
	unsigned line = 0;
	size_t len;
	char *text = text_of_wish(wish, seed, &len);
	bool good;

	*out = (struct outcome){ .kind = -1 };
	scenario_init(s);
	plan_init(p);
	good = plan_parse(p, s, bytes_of(text, len), wish->nodes, &rng, &line, &why);
	mem_free(text);
	if (good)
		return true;
	out->kind = VERDICTS;
	where_of(wish, line, place, sizeof(place));
	snprintf(out->text, sizeof(out->text), "%.100s: %s", place, reason);
	scenario_fini(s);
	plan_fini(p);
	return false;
}

static void conclude(struct world *w, struct outcome *out)
{
	out->held = verdicts_end(w);
	for (int k = VERDICTS - 1; k >= 0; k--)
		if (w->verdicts.rows[k].broken) {
			out->kind = k;
			snprintf(out->text, sizeof(out->text), "%s: %s", verdict_names[k],
				w->verdicts.rows[k].text);
		}
	out->nodes = w->count;
	out->virtual_us = w->now.us - WORLD_START.us;
	out->events = w->events;
	out->digest = hash_end(&w->trace);
}

/* NULL: nobody asked, or *err says what is wrong. */
static struct story *story_of(const struct wish *wish, int *err)
{
	struct story *s;

	*err = 0;
	if (wish->trace_path == NULL && wish->html_path == NULL)
		return NULL;
	s = story_new(WORLD_START);
	if (wish->trace_path != NULL)
		*err = story_lines_open(s, wish->trace_path);
	if (*err == 0 && wish->html_path != NULL)
		*err = story_page_open(s, wish->html_path);
	if (*err == 0)
		return s;
	(void)!story_free(s);
	return NULL;
}

static void story_trouble(struct outcome *out, int err)
{
	out->held = false;
	out->kind = VERDICTS;
	snprintf(out->text, sizeof(out->text), "the story cannot be written: %s",
		strerror(-err));
}

static void run(const struct wish *wish, uint64_t seed, struct outcome *out, bool report)
{
	static struct world w;
	struct log log = { wish->log ? log_write : NULL, &w, wish->log_level };
	struct scenario scenario;
	struct plan plan;
	struct story *story;
	clock_t began = clock();
	int err;

	if (!run_parse(wish, seed, &scenario, &plan, out))
		return;
	story = story_of(wish, &err);
	world_init(&w, &scenario, &plan, seed, &log);
	w.story = story;
	story_begin(story, w.now, wish->name, seed);
	if (err == 0)
		world_run(&w);
	conclude(&w, out);
	story_end(story, w.now, out->held, out->text);
	if (err == 0)
		err = story_free(story);
	if (err < 0)
		story_trouble(out, err);
	else if (report)
		report_print(&w, out, (double)(clock() - began) / CLOCKS_PER_SEC);
	world_fini(&w);
}

void run_world(const struct wish *wish, uint64_t seed, struct outcome *out)
{
	run(wish, seed, out, false);
}

bool run_reported(const struct wish *wish, uint64_t seed, struct outcome *out)
{
	run(wish, seed, out, true);
	return out->held;
}
