/* SPDX-License-Identifier: ISC */
/* The channel here never gets a frame: it holds the graph and its parameters. */
#include "sim/ns3/air.h"

#include <inttypes.h>
#include <errno.h>
#include <stdlib.h>

#include "node/base/mem.h"
#include "sim/channel/mobility.h"
#include "sim/files/source.h"

enum {
	EXIT_USAGE = 2,
	WHY_CHARS = 512,
	MOVES = 0x6d6f7665, /* keeps the moves' luck apart from that of the tries */
	TRIES = 0x74726965,
};

struct air {
	struct scenario scenario;
	struct channel channel;
	struct mobility mobility;
	struct rng_seeded luck, moves, tries;
	struct rng rng;
	uint64_t salt; /* of the links' asymmetry */
	size_t next_event;
	struct instant now;
	int64_t origin_us; /* of the scenario on the caller's clock */
	bool paused;
};

static int complain(const char *place, const char *why)
{
	fprintf(stderr, "qanat-ns3: %s: %s\n", place, why);
	return EXIT_FAILURE;
}

static int scenario_read(struct scenario *s, const char *path, struct rng rng)
{
	char buffer[SOURCE_WHY_CHARS];
	struct text why = text_of(buffer, sizeof(buffer));
	int err = source_scenario(s, path, &rng, &why);

	if (err == 0)
		return 0;
	fprintf(stderr, "qanat-ns3: %s\n", buffer);
	return err == -EINVAL || err == -ELOOP ? EXIT_USAGE : EXIT_FAILURE;
}

static int params_read(struct scenario *s, char *const *set, unsigned count)
{
	char buffer[WHY_CHARS];
	struct text why = text_of(buffer, sizeof(buffer));
	struct bytes key, value;

	for (unsigned i = 0; i < count; i++) {
		if (!pair_split(bytes_of_string(set[i]), &key, &value))
			text_string(&why, "wants KEY=VALUE");
		else if (params_set(&s->params, key, value, &why))
			continue;
		complain("--set", buffer);
		return EXIT_USAGE;
	}
	return 0;
}

/* ------------------------------------------------------------------ what is left out */

/* Why a parameter changes nothing here; NULL: it does. */
static const char *left_out(const char *key)
{
	static const struct {
		const char *keys, *why;
	} rows[] = {
		{ " preamble ack difs slot cwmin cwmax overhead ",
			"802.11 has its own; left out" },
		{ " delay duplicate reorder reorder-delay corrupt beacon ",
			"only qanat-ether and qanat-world do this; left out" },
	};
	char word[32];

	snprintf(word, sizeof(word), " %s ", key);
	for (size_t i = 0; i < array_len(rows); i++)
		if (strstr(rows[i].keys, word))
			return rows[i].why;
	return NULL;
}

static bool is_set_once(const char *key)
{
	return strcmp(key, "unicast") == 0 || strcmp(key, "broadcast") == 0 ||
	       strcmp(key, "retries") == 0 || strcmp(key, "queue") == 0;
}

static void params_left_out(const struct scenario *s)
{
	struct channel_params usual = params_default();
	uint64_t value, other;
	const char *word;

	for (size_t i = 0; (word = params_word(&s->params, i, &value)); i++) {
		params_word(&usual, i, &other);
		if (value != other && left_out(word))
			complain(word, left_out(word));
	}
}

/* An action that does nothing here, or not all that it says: why. */
static const char *action_left_out(const struct action *a)
{
	if (a->kind == ACTION_DOZE || a->kind == ACTION_WAKE)
		return "doze: only qanat-ether and qanat-world do this; left out";
	if (a->kind == ACTION_SET_LINK && (a->change.rate || a->change.delay))
		return "rate= and delay= of a link: left out";
	if (a->kind == ACTION_SET_PARAM && is_set_once(a->key))
		return "unicast, broadcast, retries, queue: set once, changes are left "
		       "out";
	if (a->kind == ACTION_SET_PARAM)
		return left_out(a->key);
	return NULL;
}

static void say_left_out(const struct scenario *s)
{
	const char *said = NULL;
	bool links = false;

	params_left_out(s);
	for (size_t i = 0; i < s->link_count && !links; i++)
		links = s->links[i].quality.rate_bps ||
			s->links[i].quality.delay_us != LINK_INHERIT;
	if (links)
		complain("link", "rate= and delay= of a link: left out");
	for (size_t i = 0; i < s->event_count; i++) {
		const char *why = action_left_out(&s->events[i].action);

		if (why && why != said)
			complain("at", why);
		said = why ? why : said;
	}
}

/* ------------------------------------------------------------------------------ time */

static void happen(struct air *a, const struct scenario_event *event)
{
	char buffer[WHY_CHARS];
	struct text why = text_of(buffer, sizeof(buffer));
	struct instant at = instant_us(event->at_us);

	mobility_tick(&a->mobility, at, &a->channel);
	channel_tick(&a->channel, at);
	if (!mobility_action(&a->mobility, at, &event->action, &a->channel, &why))
		complain("at", buffer);
}

static struct instant next_event_at(const struct air *a)
{
	if (a->next_event >= a->scenario.event_count)
		return NEVER;
	return instant_us(a->scenario.events[a->next_event].at_us);
}

int64_t air_advance(struct air *a, int64_t now_us)
{
	struct instant next;

	if (a->paused)
		return INT64_MAX;
	a->now = instant_us(now_us - a->origin_us);
	while (instant_due(next_event_at(a), a->now))
		happen(a, &a->scenario.events[a->next_event++]);
	mobility_tick(&a->mobility, a->now, &a->channel);
	/* Brings the lists of links up to the last change. */
	channel_tick(&a->channel, a->now);
	next = instant_min(next_event_at(a), mobility_deadline(&a->mobility));
	return instant_add_us(next, a->origin_us).us;
}

void air_pause(struct air *a, int64_t now_us)
{
	air_advance(a, now_us);
	a->paused = true;
}

void air_resume(struct air *a, int64_t now_us)
{
	if (!a->paused)
		return;
	a->paused = false;
	a->origin_us = now_us - a->now.us;
}

bool air_is_paused(const struct air *a)
{
	return a->paused;
}

/* ---------------------------------------------------------------------- who and what */

int air_open(struct air **out, const char *path, uint64_t seed, char *const *set,
	unsigned count)
{
	struct air *a = mem_new(sizeof(*a));
	int status;

	scenario_init(&a->scenario);
	status = scenario_read(&a->scenario, path, rng_seeded_init(&a->luck, seed));
	if (!status)
		status = params_read(&a->scenario, set, count);
	if (status) {
		scenario_fini(&a->scenario);
		mem_free(a);
		return status;
	}
	say_left_out(&a->scenario);
	scenario_build(&a->scenario, &a->channel, rng_seeded_init(&a->luck, seed));
	mobility_init(&a->mobility, &a->scenario, &a->channel, instant_us(0),
		rng_seeded_init(&a->moves, seed ^ MOVES));
	a->rng = rng_seeded_init(&a->tries, seed ^ TRIES);
	a->salt = rng_u64(&a->rng);
	air_advance(a, 0);
	*out = a;
	return 0;
}

void air_close(struct air *a)
{
	if (!a)
		return;
	mobility_fini(&a->mobility);
	channel_fini(&a->channel);
	scenario_fini(&a->scenario);
	mem_free(a);
}

uint32_t air_count(const struct air *a)
{
	return a->channel.node_count;
}

const char *air_name(const struct air *a, uint32_t node)
{
	return a->scenario.names.names[node];
}

bool air_find(const struct air *a, const char *name, uint32_t *node)
{
	return names_find(&a->scenario.names, bytes_of_string(name), node);
}

struct air_radio air_radio_of(const struct air *a)
{
	const struct channel_params *p = &a->scenario.params;

	return (struct air_radio){ p->unicast_bps, p->broadcast_bps, (unsigned)p->retries,
		(unsigned)p->queue_frames };
}

enum air_reach air_reach(const struct air *a, uint32_t from, uint32_t to)
{
	const struct links_node *n = &a->channel.links.nodes[from];

	if (a->paused)
		return AIR_NOTHING;
	if (links_hearer(&a->channel.links, from, to))
		return AIR_HEARD;
	for (size_t i = 0; i < n->senser_count; i++)
		if (n->sensers[i] == to)
			return AIR_SENSED;
	return AIR_NOTHING;
}

bool air_loses(struct air *a, uint32_t from, uint32_t to, uint64_t len)
{
	const struct hearer *h = links_hearer(&a->channel.links, from, to);
	const struct channel_params *p = &a->channel.params;

	return !h || !faults_survives(p, &a->rng, &h->quality, len,
			     faults_asymmetry_ppm(p, a->salt, from, to));
}

/* --------------------------------------------------------------------------- commands */

static void topology(const struct air *a, FILE *out)
{
	const struct links *l = &a->channel.links;

	for (uint32_t i = 0; i < a->channel.node_count; i++) {
		fprintf(out, "node %s", air_name(a, i));
		if (l->nodes[i].placed)
			fprintf(out, " %" PRId64 "mm %" PRId64 "mm", l->nodes[i].x_mm,
				l->nodes[i].y_mm);
		fputc('\n', out);
	}
	for (uint32_t i = 0; i < a->channel.node_count; i++)
		for (size_t k = 0; k < l->nodes[i].hearer_count; k++)
			fprintf(out, "dlink %s %s\n", air_name(a, i),
				air_name(a, l->nodes[i].hearers[k].node));
	fputs(".\n", out);
}

static void act(struct air *a, int64_t now_us, const struct words *w, FILE *out)
{
	char buffer[WHY_CHARS];
	struct text why = text_of(buffer, sizeof(buffer));
	struct action action;

	air_advance(a, now_us);
	if (!action_parse(&action, w, 0, &a->scenario.names, &why)) {
		fprintf(out, "error: %s\n", buffer);
	} else if (action_left_out(&action)) {
		fprintf(out, "error: %s\n", action_left_out(&action));
	} else if (!mobility_action(&a->mobility, a->now, &action, &a->channel, &why)) {
		fprintf(out, "error: %s\n", buffer);
	} else {
		channel_tick(&a->channel, a->now);
		fputs("ok\n", out);
	}
}

bool air_answer(struct air *a, int64_t now_us, const char *line, FILE *out)
{
	struct words w;

	if (!words_split(&w, bytes_of_string(line)) || w.count == 0)
		return false;
	if (w.count > 1) {
		act(a, now_us, &w, out);
	} else if (bytes_equal(w.word[0], BYTES("topology"))) {
		air_advance(a, now_us);
		topology(a, out);
	} else if (bytes_equal(w.word[0], BYTES("pause"))) {
		air_pause(a, now_us);
		fputs("ok\n", out);
	} else if (bytes_equal(w.word[0], BYTES("resume"))) {
		air_resume(a, now_us);
		fputs("ok\n", out);
	} else if (bytes_equal(w.word[0], BYTES("heal"))) {
		act(a, now_us, &w, out);
	} else {
		return false;
	}
	return true;
}

/* ------------------------------------------------------------------------------ ranks */

void air_split(const struct air *a, uint32_t ranks, uint32_t *rank)
{
	uint32_t count = air_count(a), islands = 0;
	bool changed = true;

	for (uint32_t i = 0; i < count; i++)
		rank[i] = i;
	while (changed) {
		changed = false;
		for (uint32_t i = 0; i < count; i++)
			for (uint32_t k = 0; k < count; k++)
				if (rank[k] < rank[i] &&
					(air_reach(a, i, k) || air_reach(a, k, i))) {
					rank[i] = rank[k];
					changed = true;
				}
	}
	/* rank[i] is the first node of its island, which stands before i. */
	for (uint32_t i = 0; i < count; i++)
		rank[i] = rank[i] == i ? islands++ % ranks : rank[rank[i]];
}

bool air_crosses(const struct air *a, const uint32_t *rank, uint32_t *x, uint32_t *y)
{
	for (*x = 0; *x < air_count(a); ++*x)
		for (*y = 0; *y < air_count(a); ++*y)
			if (rank[*x] != rank[*y] && air_reach(a, *x, *y))
				return true;
	return false;
}
