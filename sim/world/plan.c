/* SPDX-License-Identifier: ISC */
/* The `world` lines. The rest of the file goes to the topology's parser, line by line, so
 * that its complaints keep their line numbers. */
#include "sim/world/plan.h"

#include "node/base/mem.h"
#include "sim/channel/quantity.h"
#include "sync/rights.h"

enum {
	RUN_DEFAULT_S = 300,
	FILES_MAX = 100000,
	/* lines without a time happen once the nodes have read what they had */
	SHARE_US = 100000,
	JOIN_US = 200000,
	MEASURE_US = 500000,
};

#define YEAR_S ((int64_t)31557600)

/* One line in the making. */
struct line {
	struct plan *plan;
	const struct scenario *scenario;
	const struct rng *rng;
	const struct words *words;
	size_t next; /* word to be read */
	struct plan_event event;
	uint32_t *nodes; /* owned; those that the line names */
	size_t count;
	struct text *why;
};

void plan_init(struct plan *p)
{
	memset(p, 0, sizeof(*p));
	p->run_us = (int64_t)RUN_DEFAULT_S * 1000000;
	p->measure = (struct plan_measure){ .every_us = MEASURE_US };
}

void plan_fini(struct plan *p)
{
	mem_free(p->events);
	mem_free(p->nodes);
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

static struct bytes word_next(struct line *l)
{
	if (l->next >= l->words->count)
		return bytes_of(NULL, 0);
	return l->words->word[l->next++];
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

/* ---- which nodes ---- */

static void nodes_add(struct line *l, uint32_t node)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->nodes[i] == node)
			return;
	l->nodes[l->count++] = node;
}

static bool nodes_read(struct line *l)
{
	struct bytes word = word_next(l);
	struct node_set set = { .count = 0 };

	if (word.len == 0) {
		text_string(l->why, "a node's name is missing");
		return false;
	}
	if (!node_set_add(&set, &l->scenario->names, word, l->why))
		return false;
	for (size_t r = 0; r < set.count; r++)
		for (uint32_t i = set.range[r].first; i <= set.range[r].last; i++)
			nodes_add(l, i);
	return true;
}

/* ---- KEY=VALUE ---- */

static bool time_read(struct bytes word, int64_t *us)
{
	uint64_t n;

	if (!quantity_parse(word, QUANTITY_TIME_US, &n) ||
		n > (uint64_t)INT32_MAX * 1000000)
		return false;
	*us = (int64_t)n;
	return true;
}

/* 3y, -2y, 40d, 10s. */
static bool skew_read(struct bytes word, int64_t *ms)
{
	bool minus = word.len > 0 && word.data[0] == '-';
	struct bytes number = bytes_of(word.data + minus, word.len - minus);
	int64_t scale_s = 0;
	uint64_t n;

	if (number.len > 1 && number.data[number.len - 1] == 'y')
		scale_s = YEAR_S;
	if (number.len > 1 && number.data[number.len - 1] == 'd')
		scale_s = 86400;
	if (scale_s != 0) {
		if (!quantity_parse(
			    bytes_of(number.data, number.len - 1), QUANTITY_COUNT, &n) ||
			n > 100000)
			return false;
		*ms = (int64_t)n * scale_s * 1000;
	} else {
		if (!quantity_parse(number, QUANTITY_TIME_US, &n) || n > INT64_MAX)
			return false;
		*ms = (int64_t)n / 1000;
	}
	if (minus)
		*ms = -*ms;
	return true;
}

static bool role_read(struct bytes word, uint8_t *rights)
{
	char role[16] = "";

	if (word.len >= sizeof(role))
		return false;
	memcpy(role, word.data, word.len);
	return rights_of_role(role, rights);
}

static bool value_read(struct plan_event *e, struct bytes key, struct bytes value)
{
	if (word_is(key, "files"))
		return quantity_parse(value, QUANTITY_COUNT, &e->files) &&
		       e->files <= FILES_MAX;
	if (word_is(key, "bytes"))
		return quantity_parse(value, QUANTITY_RATE_BPS, &e->bytes);
	if (word_is(key, "for") || word_is(key, "within"))
		return time_read(value, &e->for_us);
	if (word_is(key, "role"))
		return role_read(value, &e->rights);
	return false;
}

/* KEY=VALUE, both empty where it is none: then false. */
static bool setting_split(struct bytes word, struct bytes *key, struct bytes *value)
{
	const uint8_t *equals = memchr(word.data, '=', word.len);
	size_t at = equals != NULL ? (size_t)(equals - word.data) : 0;

	*key = bytes_of(word.data, at);
	*value = at > 0 ? bytes_of(equals + 1, word.len - at - 1) : *key;
	return at > 0;
}

static bool values_read(struct line *l)
{
	while (l->next < l->words->count) {
		struct bytes word = word_next(l), key, value;

		if (!setting_split(word, &key, &value) ||
			!value_read(&l->event, key, value))
			return refuse(l->why, "not understood", word);
	}
	return true;
}

/* ---- verbs ---- */

static bool disk_read(struct line *l)
{
	static const char *const words[] = { "good", "full", "readonly", "broken" };
	struct bytes word = word_next(l);

	if (word_is(word, "real")) {
		for (size_t i = 0; i < l->count; i++)
			l->plan->nodes[l->nodes[i]].real_disk = true;
		l->count = 0;
		return true;
	}
	for (size_t i = 0; i < array_len(words); i++)
		if (word_is(word, words[i])) {
			l->event.disk = (enum plan_disk)i;
			return true;
		}
	return refuse(l->why, "expected real, good, full, readonly or broken", word);
}

static bool other_read(struct line *l)
{
	struct bytes word = word_next(l);

	if (names_find(&l->scenario->names, word, &l->event.other))
		return true;
	return refuse(l->why, "no such node", word);
}

static bool events_add(struct line *l)
{
	for (size_t i = 0; i < l->count; i++) {
		l->event.node = l->nodes[i];
		if (!event_add(l->plan, &l->event, l->why))
			return false;
	}
	return true;
}

static bool verb_read(struct line *l, struct bytes verb)
{
	static const struct {
		const char *word;
		enum plan_kind kind;
	} rows[] = { { "share", PLAN_SHARE }, { "join", PLAN_JOIN },
		{ "edit", PLAN_EDIT }, { "write", PLAN_WRITE }, { "rename", PLAN_RENAME },
		{ "delete", PLAN_DELETE }, { "crash", PLAN_CRASH },
		{ "start", PLAN_START }, { "sleep", PLAN_SLEEP }, { "disk", PLAN_DISK },
		{ "ping", PLAN_PING }, { "bulk", PLAN_BULK }, { "revoke", PLAN_REVOKE } };

	for (size_t k = 0; k < array_len(rows); k++) {
		if (!word_is(verb, rows[k].word))
			continue;
		l->event.kind = rows[k].kind;
		if (l->event.at_us == INT64_MAX)
			l->event.at_us = rows[k].kind == PLAN_JOIN ? JOIN_US : SHARE_US;
		if (!nodes_read(l))
			return false;
		if (rows[k].kind == PLAN_DISK && !disk_read(l))
			return false;
		if ((rows[k].kind == PLAN_PING || rows[k].kind == PLAN_BULK) &&
			!other_read(l))
			return false;
		return values_read(l) && events_add(l);
	}
	return refuse(l->why, "unknown word after world", verb);
}

/* world skew NODES by=T | within=T: by chance, to either side */
static bool skew_line(struct line *l)
{
	struct bytes word;
	int64_t ms;

	if (!nodes_read(l))
		return false;
	word = word_next(l);
	if (word.len > 3 && memcmp(word.data, "by=", 3) == 0 &&
		skew_read(bytes_of(word.data + 3, word.len - 3), &ms)) {
		for (size_t i = 0; i < l->count; i++)
			l->plan->nodes[l->nodes[i]].wall_ms = ms;
		return true;
	}
	if (word.len > 7 && memcmp(word.data, "within=", 7) == 0 &&
		skew_read(bytes_of(word.data + 7, word.len - 7), &ms) && ms >= 0) {
		for (size_t i = 0; i < l->count; i++)
			l->plan->nodes[l->nodes[i]].wall_ms =
				(int64_t)rng_below(l->rng, (uint64_t)ms * 2 + 1) - ms;
		return true;
	}
	return refuse(l->why, "expected by=TIME or within=TIME", word);
}

static bool has_founder(const struct plan *p, size_t count, unsigned mesh)
{
	for (size_t i = 0; i < count; i++)
		if (p->nodes[i].founds && p->nodes[i].mesh == mesh)
			return true;
	return false;
}

/* world mesh NODES [in=1|2]: members of a private mesh, which the first one founds */
static bool mesh_line(struct line *l)
{
	struct bytes word;
	unsigned mesh = 1;

	if (!nodes_read(l))
		return false;
	word = word_next(l);
	if (word_is(word, "in=2"))
		mesh = 2;
	else if (word.len > 0 && !word_is(word, "in=1"))
		return refuse(l->why, "expected in=1 or in=2", word);
	for (size_t i = 0; i < l->count; i++) {
		struct plan_node *n = &l->plan->nodes[l->nodes[i]];

		if (n->mesh != 0)
			return refuse(l->why, "a node is in one mesh", word);
		n->founds = !has_founder(l->plan, l->scenario->names.count, mesh);
		n->mesh = mesh;
	}
	return true;
}

static bool hostile_line(struct line *l)
{
	static const char *const words[] = { "drop", "lie", "replay", "flood", "forge",
		"write", "spoil", "tunnel", "mute", "crowd", "copy", "beat" };

	if (!nodes_read(l))
		return false;
	while (l->next < l->words->count) {
		struct bytes word = word_next(l);
		size_t k = 0;

		while (k < array_len(words) && !word_is(word, words[k]))
			k++;
		if (k == array_len(words))
			return refuse(l->why, "no way to be hostile", word);
		for (size_t i = 0; i < l->count; i++)
			l->plan->nodes[l->nodes[i]].hostile |= 1u << k;
	}
	return true;
}

/* world measure [from=T] [every=T] [ping=T] */
static bool measure_line(struct line *l)
{
	struct plan_measure *m = &l->plan->measure;

	m->on = true;
	while (l->next < l->words->count) {
		struct bytes word = word_next(l), key, value;
		bool split = setting_split(word, &key, &value);
		int64_t *us = word_is(key, "from")    ? &m->from_us
			      : word_is(key, "every") ? &m->every_us
			      : word_is(key, "ping")  ? &m->ping_us
						      : NULL;

		if (!split || us == NULL || !time_read(value, us))
			return refuse(l->why, "expected from=, every= or ping=", word);
	}
	if (m->every_us < 1000 || (m->ping_us != 0 && m->ping_us < 1000))
		return refuse(
			l->why, "every and ping are at least 1ms", BYTES("measure"));
	return true;
}

/* world churn NODES every=T down=T until=T: each of them again and again, by chance */
static bool churn_line(struct line *l)
{
	int64_t every_us = 30000000, down_us = 5000000, until_us = l->plan->run_us / 2;

	if (!nodes_read(l))
		return false;
	while (l->next < l->words->count) {
		struct bytes word = word_next(l), key, value;

		if (!setting_split(word, &key, &value) ||
			!time_read(value, word_is(key, "every")   ? &every_us
					  : word_is(key, "down")  ? &down_us
					  : word_is(key, "until") ? &until_us
								  : &(int64_t){ 0 }) ||
			!(word_is(key, "every") || word_is(key, "down") ||
				word_is(key, "until")))
			return refuse(l->why, "expected every=, down= or until=", word);
	}
	if (every_us < 1000000 || down_us < 1000)
		return refuse(l->why, "every is at least 1s, down at least 1ms",
			BYTES("churn"));
	l->event.kind = PLAN_CRASH;
	for (size_t i = 0; i < l->count; i++) {
		int64_t t = 1000000;

		l->event.node = l->nodes[i];
		while ((t += (int64_t)rng_below(l->rng, (uint64_t)every_us * 2)) <
			until_us) {
			l->event.at_us = t;
			l->event.for_us = down_us / 2 +
					  (int64_t)rng_below(l->rng, (uint64_t)down_us);
			t += l->event.for_us;
			if (!event_add(l->plan, &l->event, l->why))
				return false;
		}
	}
	return true;
}

static bool line_read(struct line *l)
{
	struct bytes verb;
	int64_t *time = NULL;

	l->next = 1;
	verb = word_next(l);
	l->event = (struct plan_event){
		.at_us = INT64_MAX, .files = 10, .bytes = 100000, .rights = RIGHTS_WRITER
	};
	if (word_is(verb, "run"))
		time = &l->plan->run_us;

	if (word_is(verb, "at"))
		time = &l->event.at_us;
	if (time != NULL) {
		struct bytes word = word_next(l);

		if (!time_read(word, time))
			return refuse(l->why, "not a time", word);
		if (time != &l->event.at_us)
			return l->next == l->words->count ||
			       refuse(l->why, "too much", word_next(l));
		return verb_read(l, word_next(l));
	}
	if (word_is(verb, "skew"))
		return skew_line(l);
	if (word_is(verb, "mesh"))
		return mesh_line(l);
	if (word_is(verb, "hostile"))
		return hostile_line(l);
	if (word_is(verb, "measure"))
		return measure_line(l);
	if (word_is(verb, "churn"))
		return churn_line(l);
	return verb_read(l, verb);
}

static bool world_line(struct plan *p, const struct scenario *s, const struct words *w,
	const struct rng *rng, struct text *why)
{
	struct line l = { .plan = p, .scenario = s, .rng = rng, .words = w, .why = why };
	bool good;

	l.nodes = mem_array(s->names.count + 1, sizeof(*l.nodes));
	good = line_read(&l);
	mem_free(l.nodes);
	return good;
}

/* ---- the file ---- */

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
	p->nodes = mem_array(s->names.count + 1, sizeof(*p->nodes));
	for (size_t at = 0; good && at < text.len; at += one.len + 1) {
		one = line_at(text, at);
		if (!words_split(&w, one)) {
			text_string(why, "too many words");
			return false;
		}
		if (is_world(&w) && !world_line(p, s, &w, rng, why))
			return false;
		(*line)++;
	}
	return good;
}
