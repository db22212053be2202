/* SPDX-License-Identifier: ISC */
/* Line by line; a later statement about the same link wins. */
#include "sim/channel/scenario.h"

#include "node/base/mem.h"
#include "sim/channel/quantity.h"
#include "sim/channel/shapes.h"

static bool is(struct bytes word, const char *s)
{
	return bytes_equal(word, bytes_of_string(s));
}

static bool refuse(struct text *why, const char *what, struct bytes word)
{
	text_string(why, what);
	text_escaped(why, word);
	return false;
}

static bool name_fits(struct bytes name)
{
	if (name.len == 0 || name.len > NAME_MAX_CHARS)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' &&
			c != '.')
			return false;
	}
	return true;
}

bool scenario_node_add(struct scenario *s, struct bytes name)
{
	uint32_t other;
	size_t i = s->names.count;

	if (i >= SCENARIO_NODES_MAX || !name_fits(name) ||
		names_find(&s->names, name, &other))
		return false;
	mem_grow(s->names.names, i, s->names_room);
	mem_grow(s->places, i, s->places_room);
	memset(s->names.names[i], 0, sizeof(s->names.names[i]));
	memcpy(s->names.names[i], name.data, name.len);
	s->places[i] = (struct scenario_place){ 0 };
	s->names.count++;
	return true;
}

bool scenario_link_add(
	struct scenario *s, uint32_t from, uint32_t to, const struct link_quality *q)
{
	if (s->link_count >= SCENARIO_LINKS_MAX)
		return false;
	mem_grow(s->links, s->link_count, s->links_room);
	s->links[s->link_count++] = (struct scenario_link){ from, to, *q };
	return true;
}

/* node NAME [X Y] */
static bool node_parse(struct scenario *s, const struct words *w, struct text *why)
{
	struct scenario_place *p;

	if (w->count != 2 && w->count != 4)
		return refuse(why, "wants: node NAME [X Y]", BYTES(""));
	if (!scenario_node_add(s, w->word[1]))
		return refuse(
			why, "not a name, taken, or one node too many: ", w->word[1]);
	if (w->count == 2)
		return true;
	p = &s->places[s->names.count - 1];
	p->placed = true;
	if (!quantity_parse_place(w->word[2], &p->x_mm))
		return refuse(why, "not a place: ", w->word[2]);
	if (!quantity_parse_place(w->word[3], &p->y_mm))
		return refuse(why, "not a place: ", w->word[3]);
	return true;
}

/* link A B [VALUE...] */
static bool link_parse(
	struct scenario *s, const struct words *w, bool both, struct text *why)
{
	struct link_quality q = link_quality_inherited();
	struct link_change change;
	uint32_t a, b;

	if (w->count < 3)
		return refuse(why, "wants two nodes", BYTES(""));
	if (!names_find(&s->names, w->word[1], &a))
		return refuse(why, "no such node: ", w->word[1]);
	if (!names_find(&s->names, w->word[2], &b))
		return refuse(why, "no such node: ", w->word[2]);
	if (a == b)
		return refuse(why, "a node has no link with itself: ", w->word[1]);
	if (!link_change_parse(&change, w, 3, why))
		return false;
	link_change_apply(&change, &q);
	if (!scenario_link_add(s, a, b, &q) || (both && !scenario_link_add(s, b, a, &q)))
		return refuse(why, "too many links", BYTES(""));
	return true;
}

/* By time; a merge keeps the order of lines at equal times. */
static void events_sort(struct scenario *s)
{
	size_t count = s->event_count;
	struct scenario_event *from = s->events;
	struct scenario_event *to = mem_array(count + 1, sizeof(*to));

	s->events_room = count;
	for (size_t run = 1; run < count; run *= 2) {
		struct scenario_event *done = from;

		for (size_t at = 0; at < count; at += 2 * run) {
			size_t a = at, a_end = at + run < count ? at + run : count;
			size_t b = a_end,
			       b_end = a_end + run < count ? a_end + run : count;

			for (size_t i = at; i < b_end; i++) {
				bool left = b == b_end ||
					    (a < a_end && from[a].at_us <= from[b].at_us);

				to[i] = from[left ? a++ : b++];
			}
		}
		from = to;
		to = done;
	}
	s->events = from;
	mem_free(to);
}

/* at TIME ACTION */
static bool event_parse(struct scenario *s, const struct words *w, struct text *why)
{
	struct scenario_event e;
	uint64_t at_us;

	if (w->count < 3 || !quantity_parse(w->word[1], QUANTITY_TIME_US, &at_us) ||
		at_us > (uint64_t)INT32_MAX * 1000000)
		return refuse(why, "wants: at TIME ACTION", BYTES(""));
	if (s->event_count >= SCENARIO_EVENTS_MAX)
		return refuse(why, "too many events", BYTES(""));
	e.at_us = (int64_t)at_us;
	if (!action_parse(&e.action, w, 2, &s->names, why))
		return false;
	mem_grow(s->events, s->event_count, s->events_room);
	s->events[s->event_count++] = e;
	return true;
}

/* mobility MODEL NODES KEY=VALUE... */
static bool mobility_parse(struct scenario *s, const struct words *w, struct text *why)
{
	struct motion m;

	if (s->motion_count == SCENARIO_MOTIONS_MAX)
		return refuse(why, "too many mobility lines", BYTES(""));
	if (!motion_parse(&m, w, &s->names, why))
		return false;
	if (s->params.range_mm == 0)
		s->params.range_mm = SCENARIO_RANGE_MM;
	mem_grow(s->motions, s->motion_count, s->motions_room);
	s->motions[s->motion_count++] = m;
	return true;
}

static bool statement_parse(struct scenario *s, const struct words *w,
	const struct rng *rng, struct text *why)
{
	bool is_shape;

	if (is(w->word[0], "node"))
		return node_parse(s, w, why);
	if (is(w->word[0], "link"))
		return link_parse(s, w, true, why);
	if (is(w->word[0], "dlink"))
		return link_parse(s, w, false, why);
	if (is(w->word[0], "at"))
		return event_parse(s, w, why);
	if (is(w->word[0], "mobility"))
		return mobility_parse(s, w, why);
	if (is(w->word[0], "set") && w->count == 3)
		return params_set(&s->params, w->word[1], w->word[2], why);
	if ((is(w->word[0], "range") || is(w->word[0], "sense")) && w->count == 2)
		return params_set(&s->params, w->word[0], w->word[1], why);
	if (shapes_parse(s, w, rng, &is_shape, why))
		return true;
	if (is_shape)
		return false;
	if (is(w->word[0], "include"))
		return refuse(why, "a file can be included by a file only: ", w->word[0]);
	return refuse(why, "not a statement: ", w->word[0]);
}

/* Lines about the programs behind the aerials, of any length, are others' to read. */
static bool is_for_others(struct bytes line)
{
	static const struct bytes word = BYTES("world");
	size_t i = 0;

	while (i < line.len && (line.data[i] == ' ' || line.data[i] == '\t'))
		i++;
	line = bytes_of(line.data + i, line.len - i);
	if (line.len < word.len || memcmp(line.data, word.data, word.len) != 0)
		return false;
	return line.len == word.len || strchr(" \t\r#", line.data[word.len]);
}

static bool line_parse(
	struct scenario *s, struct bytes line, const struct rng *rng, struct text *why)
{
	struct words w;

	if (is_for_others(line))
		return true;
	if (!words_split(&w, line))
		return refuse(why, "too many words", BYTES(""));
	return w.count == 0 || statement_parse(s, &w, rng, why);
}

void scenario_init(struct scenario *s)
{
	*s = (struct scenario){ .params = params_default() };
}

void scenario_fini(struct scenario *s)
{
	mem_free(s->names.names);
	mem_free(s->places);
	mem_free(s->links);
	mem_free(s->events);
	mem_free(s->motions);
	*s = (struct scenario){ 0 };
}

bool scenario_parse(struct scenario *s, struct bytes text, const struct rng *rng,
	unsigned *line, struct text *why)
{
	size_t start = 0;

	for (*line = 1; start < text.len; ++*line) {
		size_t end = start;

		while (end < text.len && text.data[end] != '\n')
			end++;
		if (!line_parse(s, bytes_of(text.data + start, end - start), rng, why))
			return false;
		start = end + 1;
	}
	if (s->names.count == 0)
		return refuse(why, "no node in it", BYTES(""));
	events_sort(s);
	return true;
}

void scenario_build(const struct scenario *s, struct channel *ch, struct rng rng)
{
	channel_init(ch, &s->params, s->names.count, rng);
	for (uint32_t i = 0; i < s->names.count; i++)
		if (s->places[i].placed)
			links_place(&ch->links, i, s->places[i].x_mm, s->places[i].y_mm);
	for (size_t i = 0; i < s->link_count; i++) {
		const struct scenario_link *l = &s->links[i];

		links_join(&ch->links, l->from, l->to);
		*links_quality(&ch->links, l->from, l->to) = l->quality;
	}
}
