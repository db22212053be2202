/* SPDX-License-Identifier: ISC */
/*
 * The clockwork of a world. The next thing to happen is the earliest of: a device's
 * deadline, the channel's, a finished job, a line of the scenario or of the plan. A node
 * that was touched is pumped at once: it ticks, sends what it has, hands out jobs.
 */
#include "sim/world/world.h"

#include "node/base/mem.h"
#include "sim/world/hostile.h"

void world_trace(struct world *w, const char *what, uint64_t a, uint64_t b, uint64_t c)
{
	uint8_t record[40];
	struct writer out = writer_of(record, sizeof(record));

	write_bytes(&out, bytes_of(what, 4));
	write_i64(&out, w->now.us);
	write_u64(&out, a);
	write_u64(&out, b);
	write_u64(&out, c);
	hash_add(&w->trace, writer_bytes(&out));
	w->events++;
}

void world_later(struct world *w, const struct plan_event *e)
{
	mem_grow(w->made, w->made_count, w->made_room);
	w->made[w->made_count] = *e;
	heap_add(&w->later, (uint64_t)(WORLD_START.us + e->at_us), w->made_count++);
}

static struct instant plan_next(const struct world *w)
{
	struct instant t = NEVER;

	if (w->next_event < w->plan.count)
		t.us = WORLD_START.us + w->plan.events[w->next_event].at_us;
	if (w->next_action < w->scenario.event_count)
		t = instant_min(t, instant_us(WORLD_START.us +
					      w->scenario.events[w->next_action].at_us));
	if (heap_first(&w->later) != NULL)
		t = instant_min(t, instant_us((int64_t)heap_first(&w->later)->key));
	return t;
}

/* Takes wakes away that stand for nothing any more. */
static struct instant wakes_next(struct world *w)
{
	const struct heap_item *first;

	while ((first = heap_first(&w->wakes)) != NULL &&
		w->devices[first->value].next.us != (int64_t)first->key)
		(void)heap_take(&w->wakes);
	return first != NULL ? instant_us((int64_t)first->key) : NEVER;
}

static struct instant next_instant(struct world *w)
{
	struct instant t = instant_min(channel_deadline(&w->channel), plan_next(w));

	t = instant_min(t, mobility_deadline(&w->mobility));
	if (heap_first(&w->disks) != NULL)
		t = instant_min(t, instant_us((int64_t)heap_first(&w->disks)->key));
	t = instant_min(t, w->verdicts.judge_at);
	t = instant_min(t, figures_deadline(w));
	return instant_min(t, wakes_next(w));
}

static void wakes_do(struct world *w)
{
	while (instant_due(wakes_next(w), w->now)) {
		uint32_t i = (uint32_t)heap_take(&w->wakes).value;

		w->devices[i].next = NEVER;
		device_pump(w, i);
	}
}

/* What moves, and the lines about the radio. */
static void actions_do(struct world *w)
{
	char reason[128];
	struct text why = text_of(reason, sizeof(reason));
	bool any = instant_due(mobility_deadline(&w->mobility), w->now);

	if (any)
		mobility_tick(&w->mobility, w->now, &w->channel);
	while (w->next_action < w->scenario.event_count &&
		WORLD_START.us + w->scenario.events[w->next_action].at_us <= w->now.us) {
		any = true;
		channel_tick(&w->channel, w->now);
		if (!mobility_action(&w->mobility, w->now,
			    &w->scenario.events[w->next_action++].action, &w->channel,
			    &why))
			log_line(w->log, LOG_WARN_, "scenario: ", reason, NULL);
	}
	if (!any)
		return;
	verdicts_links(w);
	world_tell(w);
}

static void plan_do(struct world *w)
{
	while (w->next_event < w->plan.count &&
		WORLD_START.us + w->plan.events[w->next_event].at_us <= w->now.us)
		doing_event(w, &w->plan.events[w->next_event++]);
	while (heap_first(&w->later) != NULL &&
		(int64_t)heap_first(&w->later)->key <= w->now.us) {
		struct plan_event e = w->made[heap_take(&w->later).value];

		doing_event(w, &e);
	}
}

/* What radios know of the rates to their neighbours, where a link has one of its own. */
static void rates_tell(struct world *w)
{
	for (uint32_t i = 0; i < w->count; i++) {
		const struct world_device *d = &w->devices[i];
		const struct links_node *n = &w->channel.links.nodes[i];

		for (size_t k = 0; k < n->hearer_count && device_on(d); k++) {
			const struct hearer *h = &n->hearers[k];
			struct endpoint e = air_endpoint(h->node);

			if (h->quality.rate_bps == 0)
				continue;
			node_neighbour_rate(d->node, device_clock(w, d), WORLD_INTERFACE,
				&e, h->quality.rate_bps, 0);
			device_pump(w, i);
		}
	}
}

void world_run(struct world *w)
{
	struct instant end = instant_add_us(WORLD_START, w->plan.run_us);

	world_tell(w);
	for (uint32_t i = 0; i < w->count; i++)
		device_start(w, i);
	while (!instant_due(end, w->now) && !w->verdicts.unsafe) {
		w->now = instant_max(w->now, next_instant(w));
		w->now = instant_min(w->now, end);
		actions_do(w);
		plan_do(w);
		air_deliver(w);
		devices_jobs(w);
		wakes_do(w);
		figures_do(w);
		if (instant_due(w->verdicts.judge_at, w->now)) {
			bool done;

			rates_tell(w);
			doing_pings(w);
			done = verdicts_judge(w);
			world_tell(w);
			if (done)
				return;
		}
	}
}

void world_init(struct world *w, struct scenario *take_scenario, struct plan *take_plan,
	uint64_t seed, const struct log *log)
{
	memset(w, 0, sizeof(*w));
	w->scenario = *take_scenario;
	w->plan = *take_plan;
	w->seed = seed;
	w->log = log;
	w->now = WORLD_START;
	w->rng = rng_seeded_init(&w->luck, seed);
	w->count = w->scenario.names.count;
	seals_reset();
	scenario_build(&w->scenario, &w->channel, w->rng);
	mobility_init(&w->mobility, &w->scenario, &w->channel, WORLD_START,
		rng_seeded_init(&w->move_luck, seed ^ 0x6d6f7665));
	heap_init(&w->wakes);
	heap_init(&w->disks);
	heap_init(&w->later);
	ledger_init(&w->ledger);
	hash_begin(&w->trace, "qanat world 2");
	w->devices = mem_array(w->count, sizeof(*w->devices));
	for (uint32_t i = 0; i < w->count; i++)
		device_init(w, i);
	meshes_init(w);
	hostile_init(w);
	verdicts_init(w);
	figures_init(w);
}

void world_fini(struct world *w)
{
	for (uint32_t i = 0; i < w->count; i++)
		device_fini(&w->devices[i]);
	HASH_CLEAR(hh, w->by_address);
	for (size_t i = 0; i < w->frame_count; i++)
		mem_free(w->frames[i]);
	hostile_fini(w);
	meshes_fini(w);
	verdicts_fini(w);
	figures_fini(w);
	ledger_fini(&w->ledger);
	heap_fini(&w->wakes);
	heap_fini(&w->disks);
	heap_fini(&w->later);
	mobility_fini(&w->mobility);
	channel_fini(&w->channel);
	scenario_fini(&w->scenario);
	plan_fini(&w->plan);
	mem_free(w->devices);
	mem_free(w->frames);
	mem_free(w->free_frames);
	mem_free(w->made);
	mem_free(w->pings);
	mem_free(w->bulks);
}
