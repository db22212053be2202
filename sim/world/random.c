/* SPDX-License-Identifier: ISC */
/*
 * A short world made by chance from a seed: 5 to 30 nodes and a minute, with all faults that
 * there are. It is written as a scenario, so that it can be printed, changed and reduced.
 * Everything is mended again at QUIET_S; from then on it has to become well.
 */
#include "node/base/mem.h"
#include "node/control/buffer.h"
#include "sim/world/run.h"

enum {
	TEXT_MAX = 1 << 16,
	FIRST_S = 3,
	QUIET_S = 40,
	RUN_S = 240,
	MEMBERS_MAX = 5,
	EVENTS_MAX = 14,
};

struct making {
	struct rng rng;
	struct buffer out;
	uint32_t nodes;
	bool placed; /* they have places and may move */
	uint32_t members[MEMBERS_MAX];
	unsigned member_count;
};

static uint64_t below(const struct making *m, uint64_t n)
{
	return rng_below(&m->rng, n);
}

static bool once_in(const struct making *m, uint64_t n)
{
	return below(m, n) == 0;
}

static void say(struct making *m, const char *s)
{
	buffer_add_string(&m->out, s);
}

static void number(struct making *m, uint64_t n)
{
	buffer_add_u64(&m->out, n);
}

static void node(struct making *m, uint64_t n)
{
	say(m, "n");
	number(m, n);
}

static void at(struct making *m, uint64_t first_s, uint64_t end_s)
{
	say(m, "at ");
	number(m, first_s * 1000 + below(m, (end_s - first_s) * 1000));
	say(m, "ms ");
}

static void set_percent(struct making *m, const char *key, uint64_t percent)
{
	say(m, "set ");
	say(m, key);
	say(m, " ");
	number(m, percent);
	say(m, "%\n");
}

/* Few are large: most faults need no crowd. */
static void shape(struct making *m)
{
	static const char *const shapes[] = { "line ", "ring ", "star ", "random ",
		"random ", "random " };
	uint64_t kind = below(m, array_len(shapes) + 1);

	m->nodes = (uint32_t)(5 + below(m, once_in(m, 4) ? 26 : 8));
	if (kind == array_len(shapes)) {
		uint64_t width = 2 + below(m, m->nodes > 12 ? 4 : 2);

		m->nodes = (uint32_t)(m->nodes / width * width);
		say(m, "grid ");
		number(m, width);
		say(m, " ");
		number(m, m->nodes / width);
	} else {
		if (kind < 3 && m->nodes > 14)
			m->nodes = 14;
		say(m, shapes[kind]);
		number(m, m->nodes);
		if (kind >= 3) {
			m->placed = true;
			say(m, " degree=");
			number(m, 3 + below(m, 5));
		}
	}
	say(m, "\n");
}

/* Parts in a million, on a scale that reaches from rare to often. */
static void set_ppm(struct making *m, const char *key, uint64_t most)
{
	if (!once_in(m, 4))
		return;
	say(m, "set ");
	say(m, key);
	say(m, " ");
	number(m, below(m, most >> below(m, 6)) + 1);
	say(m, "ppm\n");
}

static void radio(struct making *m)
{
	uint64_t kind = below(m, 4);

	set_percent(m, "loss",
		kind == 0   ? 0
		: kind == 1 ? below(m, 8)
		: kind == 2 ? below(m, 20)
			    : below(m, 41));
	say(m, "set retries ");
	number(m, below(m, 5));
	say(m, "\n");
	set_ppm(m, "duplicate", 100000);
	set_ppm(m, "reorder", 200000);
	set_ppm(m, "corrupt", 20000);
	set_ppm(m, "asymmetry", 300000);
	if (once_in(m, 6)) {
		say(m, "set beacon 102400us\nat 0s doze ");
		node(m, below(m, m->nodes));
		say(m, "\n");
	}
	say(m, "world run ");
	number(m, RUN_S);
	say(m, "s\n");
}

static uint32_t member(const struct making *m)
{
	return m->members[below(m, m->member_count)];
}

static void join_one(struct making *m, uint32_t i)
{
	for (unsigned k = 0; k < m->member_count; k++)
		if (m->members[k] == i)
			return;
	m->members[m->member_count++] = i;
	if (once_in(m, 4)) {
		say(m, "world disk ");
		node(m, i);
		say(m, " real\n");
	}
	if (m->member_count == 1)
		return;
	say(m, "world ");
	if (once_in(m, 4))
		at(m, FIRST_S, QUIET_S);
	say(m, "join ");
	node(m, i);
	say(m, "\n");
}

static void folder(struct making *m)
{
	unsigned want = 2 + (unsigned)below(m, MEMBERS_MAX - 1);

	join_one(m, (uint32_t)below(m, m->nodes));
	say(m, "world share ");
	node(m, m->members[0]);
	say(m, " files=");
	number(m, 1 + below(m, 8));
	say(m, " bytes=");
	number(m, 1000 + below(m, once_in(m, 5) ? 300000 : 20000));
	say(m, "\n");
	for (unsigned i = 1; i < want; i++)
		join_one(m, (uint32_t)below(m, m->nodes));
}

static void skew(struct making *m)
{
	if (!once_in(m, 3))
		return;
	say(m, once_in(m, 2) ? "world skew all within=3y\n"
			     : "world skew all within=5d\n");
}

static void hostile(struct making *m)
{
	static const char *const ways[] = { "drop", "lie", "replay", "flood", "forge",
		"write", "spoil", "replay forge flood" };
	uint64_t way = below(m, array_len(ways));
	uint32_t who = (uint32_t)below(m, m->nodes);

	if (!once_in(m, 3))
		return;
	if (strcmp(ways[way], "write") == 0) {
		for (unsigned k = 0; k < m->member_count; k++)
			if (m->members[k] == who)
				return;
		say(m, "world join ");
		node(m, who);
		say(m, " role=reader\n");
		for (unsigned i = 0; i < 3; i++) {
			say(m, "world ");
			at(m, FIRST_S, QUIET_S);
			say(m, "edit ");
			node(m, who);
			say(m, " files=3\n");
		}
	}
	if (strcmp(ways[way], "spoil") == 0)
		who = m->members[m->member_count - 1];
	if (who == m->members[0])
		return;
	/* what it has written itself nobody would ever get */
	m->member_count -= strcmp(ways[way], "spoil") == 0;
	say(m, "world hostile ");
	node(m, who);
	say(m, " ");
	say(m, ways[way]);
	say(m, "\n");
}

static void duration(struct making *m, uint64_t most_ms)
{
	say(m, " for=");
	number(m, 10 + below(m, most_ms));
	say(m, "ms\n");
}

static void act_of_person(struct making *m)
{
	static const char *const acts[] = { "edit ", "edit ", "write ", "rename ",
		"delete " };

	say(m, "world ");
	at(m, FIRST_S, QUIET_S);
	say(m, acts[below(m, array_len(acts))]);
	node(m, member(m));
	say(m, " files=");
	number(m, 1 + below(m, 5));
	say(m, "\n");
}

static void crash_or_sleep(struct making *m)
{
	bool someone = once_in(m, 2);

	say(m, "world ");
	at(m, 1, QUIET_S - 6);
	say(m, once_in(m, 3) ? "sleep " : "crash ");
	node(m, someone ? below(m, m->nodes) : member(m));
	duration(m, once_in(m, 2) ? 5000 : 500);
}

static void disk(struct making *m)
{
	static const char *const faults[] = { " full\n", " readonly\n", " broken\n" };
	uint32_t who = member(m);

	say(m, "world ");
	at(m, FIRST_S, QUIET_S - 5);
	say(m, "disk ");
	node(m, who);
	say(m, faults[below(m, array_len(faults))]);
	say(m, "world at ");
	number(m, QUIET_S - 5 + below(m, 5));
	say(m, "s disk ");
	node(m, who);
	say(m, " good\n");
}

static void ping_or_bulk(struct making *m)
{
	say(m, "world ");
	at(m, FIRST_S, QUIET_S);
	say(m, once_in(m, 3) ? "bulk " : "ping ");
	node(m, below(m, m->nodes));
	say(m, " ");
	node(m, below(m, m->nodes));
	say(m, "\n");
}

static void loss_changes(struct making *m)
{
	at(m, FIRST_S, QUIET_S);
	set_percent(m, "loss", below(m, 41));
}

/* A link is cut in one direction or both, and mended at the end at the latest. */
static void cut(struct making *m)
{
	uint64_t a = below(m, m->nodes), b = (a + 1 + below(m, m->nodes - 1)) % m->nodes;
	bool one = once_in(m, 2);
	uint64_t from = FIRST_S + below(m, QUIET_S - FIRST_S - 10);

	for (unsigned end = 0; end < 2; end++) {
		say(m, "at ");
		number(m, end == 0 ? from : from + 1 + below(m, QUIET_S - from));
		say(m, end == 0 ? (one ? "s dcut " : "s cut ")
				: (one ? "s djoin " : "s join "));
		node(m, a);
		say(m, " ");
		node(m, b);
		say(m, "\n");
	}
}

static void partition(struct making *m)
{
	uint64_t edge = 1 + below(m, m->nodes - 1);

	at(m, FIRST_S, QUIET_S - 10);
	say(m, "part 1 n0..");
	node(m, edge - 1);
	say(m, "\n");
	at(m, QUIET_S - 10, QUIET_S);
	say(m, "heal\n");
}

static void moves(struct making *m)
{
	at(m, FIRST_S, QUIET_S - 12);
	say(m, "move ");
	node(m, below(m, m->nodes));
	say(m, " ");
	number(m, below(m, 300));
	say(m, " ");
	number(m, below(m, 300));
	say(m, " over=10s\n");
}

static void events(struct making *m)
{
	unsigned count = 3 + (unsigned)below(m, EVENTS_MAX - 2);

	for (unsigned i = 0; i < count; i++) {
		uint64_t kind = below(m, 22);

		if (kind < 6)
			act_of_person(m);
		else if (kind < 10)
			crash_or_sleep(m);
		else if (kind < 11)
			disk(m);
		else if (kind < 13)
			ping_or_bulk(m);
		else if (kind < 16)
			loss_changes(m);
		else if (kind < 19)
			cut(m);
		else if (kind < 20)
			partition(m);
		else if (m->placed)
			moves(m);
	}
}

/* From luck of its own, so that all else of a seed stays as it is. */
static void mesh(struct making *m, uint64_t seed)
{
	struct rng_seeded luck;
	struct rng before = m->rng;
	uint64_t edge;

	m->rng = rng_seeded_init(&luck, seed ^ 0x6d657368);
	if (once_in(m, 3)) {
		edge = once_in(m, 3) ? 1 + below(m, m->nodes - 1) : m->nodes;
		say(m, "world mesh n0..");
		node(m, edge - 1);
		say(m, "\n");
		if (edge < m->nodes) {
			say(m, "world mesh ");
			node(m, edge);
			say(m, "..");
			node(m, m->nodes - 1);
			say(m, " in=2\n");
		}
		for (unsigned i = (unsigned)below(m, 3); i > 0; i--) {
			say(m, "world ");
			at(m, FIRST_S, QUIET_S);
			say(m, "revoke ");
			node(m, below(m, m->nodes));
			say(m, "\n");
		}
	}
	m->rng = before;
}

static void quiet(struct making *m)
{
	static const char *const faults[] = { "duplicate", "reorder", "corrupt",
		"asymmetry" };

	say(m, "at ");
	number(m, QUIET_S);
	say(m, "s ");
	set_percent(m, "loss", below(m, 11));
	for (size_t i = 0; i < array_len(faults); i++) {
		say(m, "at ");
		number(m, QUIET_S);
		say(m, "s set ");
		say(m, faults[i]);
		say(m, " 0\n");
	}
	say(m, "at ");
	number(m, QUIET_S);
	say(m, "s heal\nat ");
	number(m, QUIET_S);
	say(m, "s set retries 4\nworld at ");
	number(m, QUIET_S + 5);
	say(m, "s ping n0 ");
	node(m, m->nodes - 1);
	say(m, "\n");
}

char *random_scenario(uint64_t seed, size_t *len)
{
	struct rng_seeded luck;
	struct making m = { .rng = rng_seeded_init(&luck, seed ^ 0x776f726c64) };

	buffer_init(&m.out, TEXT_MAX);
	shape(&m);
	radio(&m);
	folder(&m);
	skew(&m);
	hostile(&m);
	events(&m);
	mesh(&m, seed);
	quiet(&m);
	*len = m.out.len;
	return (char *)m.out.data;
}
