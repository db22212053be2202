/* SPDX-License-Identifier: ISC */
/* When what is looked at, and what came of it. */
#include "sim/world/verdicts.h"

#include "node/base/mem.h"
#include "sim/world/hostile.h"

enum {
	JUDGE_MS = 250, /* for up to JUDGE_NODES nodes; more, and it is done less often */
	JUDGE_NODES = 50,
	SETTLED_MS = 2000,   /* liveness must hold so long */
	PAIRS_MAX = 64 * 64, /* loops are followed for each pair of up to 64 nodes */
};

const char *const verdict_names[VERDICTS] = {
	[VERDICT_FORGED] = "nothing forged",
	[VERDICT_LOST] = "no version lost",
	[VERDICT_BACK] = "nothing comes back",
	[VERDICT_HALF] = "no half file",
	[VERDICT_LOOP] = "no lasting loop",
	[VERDICT_TABLE] = "tables in their caps",
	[VERDICT_NONCE] = "no nonce twice",
	[VERDICT_TWICE] = "no frame taken twice",
	[VERDICT_HOPS] = "hop limits fall",
	[VERDICT_MIXED] = "meshes apart",
	[VERDICT_MEMBERS] = "members as signed",
	[VERDICT_ROUTES] = "routes as the graph",
	[VERDICT_TREES] = "trees alike",
	[VERDICT_PINGS] = "pings answered",
};

void verdicts_init(struct world *w)
{
	struct verdicts *v = &w->verdicts;
	size_t pairs = (size_t)w->count * w->count;

	w->judge_luck = (struct rng_seeded){ { 0 } };
	(void)rng_seeded_init(&w->judge_luck, w->seed ^ 0x6a75646765);
	for (unsigned i = 0; i < VERDICTS; i++)
		v->rows[i].at = NEVER;
	v->judge_at = WORLD_START;
	if (pairs <= PAIRS_MAX) {
		v->loops_since = mem_array(pairs, sizeof(*v->loops_since));
		v->known = mem_array(pairs, sizeof(*v->known));
	}
	v->ever = mem_array(pairs / 64 + 1, sizeof(*v->ever));
	verdicts_links(w);
}

void verdicts_fini(struct world *w)
{
	mem_free(w->verdicts.loops_since);
	mem_free(w->verdicts.known);
	mem_free(w->verdicts.ever);
}

void verdict_break(
	struct world *w, enum verdict_kind kind, const char *text, const char *more)
{
	struct verdict *v = &w->verdicts.rows[kind];
	struct text t;

	if (v->broken)
		return;
	t = text_of(v->text, sizeof(v->text));
	v->broken = true;
	v->at = w->now;
	text_string(&t, text);
	if (more != NULL)
		text_escaped(&t, bytes_of_string(more));
	w->verdicts.unsafe = w->verdicts.unsafe || kind < VERDICT_LIVENESS;
	world_trace(w, "brok", (uint64_t)kind, 0, 0);
}

/* ---- tables: the caps that the rooms' READMEs promise ---- */

static void table_within(
	struct world *w, uint32_t i, const char *table, size_t count, size_t cap)
{
	char more[96];
	struct text t = text_of(more, sizeof(more));

	if (count <= cap)
		return;
	text_string(&t, w->devices[i].name);
	text_string(&t, ": ");
	text_string(&t, table);
	text_char(&t, ' ');
	text_u64(&t, count);
	text_string(&t, ", cap ");
	text_u64(&t, cap);
	verdict_break(w, VERDICT_TABLE, "", more);
}

static void tables_look(struct world *w, uint32_t i)
{
	static const struct {
		const char *name;
		size_t cap;
	} rows[] = { { "links", 128 }, { "remotes", 1024 }, { "events", 256 },
		{ "outbox", 32 }, { "waiting", 32 }, { "sessions", 1024 + 128 },
		{ "routers", 4096 }, { "routing links", 128 }, { "members", 1024 },
		{ "certificates", 4096 }, { "streams", 8192 }, { "wants", 4096 },
		{ "errors", 256 }, { "folders", 256 }, { "peers", 1024 },
		{ "serving", 4096 }, { "mesh members", 4096 },
		{ "mesh records", 4096 + 32 }, { "mesh neighbours", 128 } };
	struct fill f;

	for (size_t k = 0; node_fill_at(w->devices[i].node, k, &f); k++) {
		size_t r = 0;

		while (r < array_len(rows) && strcmp(rows[r].name, f.table) != 0)
			r++;
		table_within(
			w, i, f.table, f.count, r < array_len(rows) ? rows[r].cap : 0);
	}
}

/* ---- judging ---- */

static bool since(struct world *w, enum verdict_kind kind, bool holds)
{
	struct verdict *v = &w->verdicts.rows[kind];

	if (!holds)
		v->at = NEVER;
	else if (v->at.us == NEVER.us)
		v->at = w->now;
	return holds && instant_due(instant_add_ms(v->at, SETTLED_MS), w->now);
}

static bool pings_answered(
	const struct world *w, const uint32_t *island, struct text *why)
{
	for (size_t i = 0; i < w->ping_count; i++) {
		const struct world_ping *p = &w->pings[i];

		if (p->answered || island[p->node] != island[p->other])
			continue;
		text_string(why, w->devices[p->node].name);
		text_string(why, " has no answer from ");
		text_string(why, w->devices[p->other].name);
		return false;
	}
	return true;
}

static bool bulks_ended(const struct world *w, struct text *why)
{
	for (size_t i = 0; i < w->bulk_count; i++)
		if (!w->bulks[i].done &&
			w->devices[w->bulks[i].node].life == w->bulks[i].life) {
			text_string(why, w->devices[w->bulks[i].node].name);
			text_string(why, " does not end its transfer to ");
			text_string(why, w->devices[w->bulks[i].other].name);
			return false;
		}
	return true;
}

static bool pings_done(struct world *w, struct text *why)
{
	uint32_t *island;
	bool done;

	/* what somebody on the way swallows nobody can answer */
	if (hostile_anybody(w, HOSTILE_DROP | HOSTILE_TUNNEL))
		return bulks_ended(w, why);
	island = verdict_islands(w);
	done = pings_answered(w, island, why) && bulks_ended(w, why);
	mem_free(island);
	return done;
}

static bool members_known(struct world *w, struct text *why)
{
	uint32_t *island = verdict_islands(w);
	bool known = meshes_as_signed(w, island, why);

	mem_free(island);
	return known;
}

static bool liveness(struct world *w, enum verdict_kind kind)
{
	struct verdict *v = &w->verdicts.rows[kind];
	struct text why = text_of(v->text, sizeof(v->text));

	v->text[0] = '\0';
	if (kind == VERDICT_ROUTES)
		return since(w, kind, verdict_routes_whole(w, &why));
	if (kind == VERDICT_MEMBERS)
		return since(w, kind, members_known(w, &why));
	if (kind == VERDICT_TREES)
		return since(w, kind, verdict_trees_alike(w, &why));
	return since(w, kind, pings_done(w, &why));
}

/* What is measured goes on to the end. */
static bool all_has_happened(const struct world *w)
{
	return !w->plan.measure.on && w->next_event == w->plan.count &&
	       w->next_action == w->scenario.event_count && heap_first(&w->later) == NULL;
}

bool verdicts_judge(struct world *w)
{
	unsigned slower = w->count / JUDGE_NODES + 1;
	bool settled = true;

	w->verdicts.judge_at = instant_add_ms(w->now, (int64_t)JUDGE_MS * slower);
	if (seals_verdict() != VERDICTS)
		verdict_break(w, seals_verdict(), "seen at a seal", NULL);
	for (uint32_t i = 0; i < w->count; i++) {
		verdict_folder(w, i);
		if (w->devices[i].node != NULL)
			tables_look(w, i);
	}
	verdict_loops(w);
	verdict_links_believed(w);
	meshes_judge(w);
	for (unsigned k = VERDICT_LIVENESS; k < VERDICTS; k++)
		settled = liveness(w, (enum verdict_kind)k) && settled;
	if (!settled || !all_has_happened(w) || w->verdicts.unsafe)
		return false;
	verdict_versions(w);
	return true;
}

bool verdicts_end(struct world *w)
{
	bool held = true;

	for (unsigned k = 0; k < VERDICTS; k++) {
		struct verdict *v = &w->verdicts.rows[k];

		if (k >= VERDICT_LIVENESS && v->at.us == NEVER.us && !w->verdicts.unsafe)
			v->broken = true;
		held = held && !v->broken;
	}
	return held;
}
