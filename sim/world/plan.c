/* SPDX-License-Identifier: ISC */
/* The `world` lines. The rest of the file goes to the topology's parser, line by line, so
 * that its complaints keep their line numbers. */
#include "sim/world/plan.h"

#include "node/base/mem.h"
#include "sim/channel/quantity.h"

enum {
	RUN_DEFAULT_S = 300,
	FILES_MAX = 100000,
	/* lines without a time happen once the nodes have read what they had */
	SHARE_US = 100000,
	JOIN_US = 200000,
};

void plan_init(struct plan *p)
{
	memset(p, 0, sizeof(*p));
	p->run_us = (int64_t)RUN_DEFAULT_S * 1000000;
}

void plan_fini(struct plan *p)
{
	mem_free(p->events);
	plan_init(p);
}

static bool word_is(struct bytes word, const char *s)
{
	return bytes_equal(word, bytes_of_string(s));
}

static bool refuse(struct text *why, const char *what, struct bytes word)
{
	text_string(why, what);
	text_string(why, ": ");
	text_escaped(why, word);
	return false;
}

/* Keeps the order of time; equal times stay in the order of their lines. */
static bool event_add(struct plan *p, const struct plan_event *e, struct text *why)
{
	size_t at = p->count;

	if (p->count == PLAN_EVENTS_MAX) {
		text_string(why, "too many events");
		return false;
	}
	mem_grow(p->events, p->count, p->room);
	for (; at > 0 && p->events[at - 1].at_us > e->at_us; at--)
		p->events[at] = p->events[at - 1];
	p->events[at] = *e;
	p->count++;
	return true;
}

static bool read_counts(
	struct plan_event *e, const struct words *w, size_t first, struct text *why)
{
	for (size_t i = first; i < w->count; i++) {
		struct bytes word = w->word[i];
		bool files = word.len > 6 && memcmp(word.data, "files=", 6) == 0;
		bool bytes = word.len > 6 && memcmp(word.data, "bytes=", 6) == 0;

		if ((!files && !bytes) ||
			!quantity_parse(bytes_of(word.data + 6, word.len - 6),
				files ? QUANTITY_COUNT : QUANTITY_RATE_BPS,
				files ? &e->files : &e->bytes) ||
			e->files > FILES_MAX)
			return refuse(why, "expected files=N or bytes=N", word);
	}
	return true;
}

static bool read_node(const struct scenario *s, const struct words *w, size_t i,
	uint32_t *node, struct text *why)
{
	if (i >= w->count) {
		text_string(why, "a node's name is missing");
		return false;
	}
	if (!names_find(&s->names, w->word[i], node))
		return refuse(why, "no such node", w->word[i]);
	return true;
}

static bool read_join(struct plan *p, const struct scenario *s, const struct words *w,
	size_t i, struct plan_event *e, struct text *why)
{
	e->kind = PLAN_JOIN;
	if (i < w->count && !word_is(w->word[i], "all")) {
		if (!read_node(s, w, i, &e->node, why))
			return false;
		return event_add(p, e, why);
	}
	for (e->node = 0; e->node < s->names.count; e->node++)
		if (!event_add(p, e, why))
			return false;
	return true;
}

static bool read_action(struct plan *p, const struct scenario *s, const struct words *w,
	size_t i, struct plan_event *e, struct text *why)
{
	static const struct {
		const char *word;
		enum plan_kind kind;
	} rows[] = { { "share", PLAN_SHARE }, { "edit", PLAN_EDIT },
		{ "crash", PLAN_CRASH }, { "start", PLAN_START }, { "ping", PLAN_PING } };
	struct bytes verb = i < w->count ? w->word[i] : bytes_of(NULL, 0);

	if (word_is(verb, "join"))
		return read_join(p, s, w, i + 1, e, why);
	for (size_t k = 0; k < array_len(rows); k++) {
		if (!word_is(verb, rows[k].word))
			continue;
		e->kind = rows[k].kind;
		if (!read_node(s, w, i + 1, &e->node, why))
			return false;
		if (e->kind == PLAN_PING && !read_node(s, w, i + 2, &e->other, why))
			return false;
		if ((e->kind == PLAN_SHARE || e->kind == PLAN_EDIT) &&
			!read_counts(e, w, i + 2, why))
			return false;
		return event_add(p, e, why);
	}
	return refuse(why, "unknown word after world", verb);
}

static bool world_line(
	struct plan *p, const struct scenario *s, const struct words *w, struct text *why)
{
	struct plan_event e = { .files = 10, .bytes = 100000 };
	uint64_t us;

	if (w->count >= 3 && word_is(w->word[1], "run")) {
		if (!quantity_parse(w->word[2], QUANTITY_TIME_US, &us))
			return refuse(why, "not a time", w->word[2]);
		p->run_us = (int64_t)us;
		return true;
	}
	if (w->count >= 4 && word_is(w->word[1], "at")) {
		if (!quantity_parse(w->word[2], QUANTITY_TIME_US, &us))
			return refuse(why, "not a time", w->word[2]);
		e.at_us = (int64_t)us;
		return read_action(p, s, w, 3, &e, why);
	}
	e.at_us = w->count >= 2 && word_is(w->word[1], "join") ? JOIN_US : SHARE_US;
	return read_action(p, s, w, 1, &e, why);
}

static bool is_shape(struct bytes word)
{
	static const char *const shapes[] = { "line", "ring", "star", "full", "random" };

	for (size_t i = 0; i < array_len(shapes); i++)
		if (word_is(word, shapes[i]))
			return true;
	return false;
}

/* Appends the line, with its node count replaced where it is a shape and nodes is given. */
static void topology_line(
	struct text *out, struct bytes line, const struct words *w, uint32_t nodes)
{
	if (nodes == 0 || w->count < 2 || !is_shape(w->word[0])) {
		text_chars(out, (const char *)line.data, line.len);
		return;
	}
	text_chars(out, (const char *)w->word[0].data, w->word[0].len);
	text_char(out, ' ');
	text_u64(out, nodes);
	for (size_t i = 2; i < w->count; i++) {
		text_char(out, ' ');
		text_chars(out, (const char *)w->word[i].data, w->word[i].len);
	}
}

static struct bytes line_at(struct bytes text, size_t at)
{
	const uint8_t *end = memchr(text.data + at, '\n', text.len - at);

	return bytes_of(text.data + at,
		end != NULL ? (size_t)(end - text.data) - at : text.len - at);
}

static bool is_world(const struct words *w)
{
	return w->count > 0 && word_is(w->word[0], "world");
}

/* Topology first, with the lines of the plan left empty so that complaints keep their line
 * numbers; the plan's lines name its nodes. */
bool plan_parse(struct plan *p, struct scenario *s, struct bytes text, uint32_t nodes,
	const struct rng *rng, unsigned *line, struct text *why)
{
	size_t room = text.len * 2 + 64;
	char *topology = mem_new(room);
	struct text out = text_of(topology, room);
	struct bytes one;
	struct words w;
	bool good;

	for (size_t at = 0; at < text.len; at += one.len + 1) {
		one = line_at(text, at);
		if (words_split(&w, one) && !is_world(&w))
			topology_line(&out, one, &w, nodes);
		text_char(&out, '\n');
	}
	good = scenario_parse(s, bytes_of(topology, out.len), rng, line, why);
	mem_free(topology);
	*line = good ? 1 : *line;
	for (size_t at = 0; good && at < text.len; at += one.len + 1) {
		one = line_at(text, at);
		if (!words_split(&w, one)) {
			text_string(why, "too many words");
			return false;
		}
		if (is_world(&w) && !world_line(p, s, &w, why))
			return false;
		(*line)++;
	}
	return good;
}
