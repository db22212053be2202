/* SPDX-License-Identifier: ISC */
/* Counting, looking and pinging; how it is said stands in figures_report.c. */
#include "sim/world/figures.h"

#include "node/base/mem.h"
#include "sim/world/world.h"

enum { PING_BYTES = 64, HEADERS = 14 + 48 /* Ethernet; IPv6 and UDP */ };

static bool is_settled(const struct world *w)
{
	const struct plan_measure *m = &w->plan.measure;

	return m->on && w->now.us - WORLD_START.us >= m->from_us;
}

/* ---- control on the air ---- */

static bool is_load(unsigned kind)
{
	return kind == MESSAGE_RELAY || kind == MESSAGE_ECHO ||
	       kind == MESSAGE_ECHO_REPLY || kind == MESSAGE_STREAM ||
	       kind == MESSAGE_SYNC || kind == MESSAGE_IP || kind == MESSAGE_CARE;
}

/* What a frame has of each row; returns its bytes of control. */
static uint64_t rows_of(const struct world_frame *f, uint32_t rows[FIGURES_ROWS])
{
	const uint32_t *kinds = seals_messages(bytes_of(f->bytes, f->len));
	uint64_t whole = f->len + HEADERS, control = 0, messages = 0;
	bool load = false;

	memset(rows, 0, FIGURES_ROWS * sizeof(*rows));
	if (kinds == NULL) {
		rows[FIGURES_HANDSHAKE] = (uint32_t)whole;
		return whole;
	}
	for (unsigned k = 0; k < MESSAGE_KINDS; k++) {
		messages += kinds[k];
		load = load || (is_load(k) && kinds[k] > 0);
		rows[k] = is_load(k) ? 0 : kinds[k];
		control += rows[k];
	}
	/* the frame is the load's where it carries any */
	if (!load) {
		rows[FIGURES_FRAME] = (uint32_t)(whole - messages);
		control += whole - messages;
	}
	return control;
}

static void count_in(struct world *w, uint32_t sender, unsigned window,
	const uint32_t rows[FIGURES_ROWS], uint64_t control)
{
	struct figures *f = &w->figures;
	/* what rides on a frame of the load is no frame of its own */
	bool frame = rows[FIGURES_FRAME] > 0 || rows[FIGURES_HANDSHAKE] > 0;

	for (unsigned k = 0; k < FIGURES_ROWS; k++)
		f->windows[window].bytes[k] += rows[k];
	f->windows[window].frames += frame;
	f->nodes[sender].bytes[window] += control;
	f->nodes[sender].frames[window] += frame;
}

void figures_frame(struct world *w, uint32_t sender, const struct world_frame *f)
{
	uint32_t rows[FIGURES_ROWS];
	uint64_t control = rows_of(f, rows);

	count_in(w, sender, FIGURES_ALL, rows, control);
	if (is_settled(w))
		count_in(w, sender, FIGURES_SETTLED, rows, control);
}

/* ---- ways ---- */

enum taken { TAKEN_WHOLE, TAKEN_NOWHERE, TAKEN_GONE, TAKEN_CIRCLES };

/* Where a walk came to, and what it cost. */
struct walk {
	enum taken taken;
	uint64_t cost_ns;
	int64_t gone_us; /* since when the link is gone on which it ended; 0: not known */
};

static struct walk lost_link(const struct world *w, uint32_t from, uint32_t to)
{
	const struct figures *f = &w->figures;
	struct walk walk = { TAKEN_GONE, 0, 0 };

	if (f->linked != NULL)
		walk.gone_us = instant_since_us(w->now, f->linked[from * w->count + to]);
	return walk;
}

/* Goes where frames go, hop by hop. */
static struct walk follow(const struct world *w, uint32_t from, uint32_t to)
{
	struct walk walk = { TAKEN_WHOLE, 0, 0 };
	uint32_t at = from;

	for (uint32_t steps = 0; steps <= w->count; steps++) {
		struct routing_route r;
		struct world_device *next;
		const struct way *e;

		if (at == to)
			return walk;
		if (!device_on(&w->devices[at]) ||
			!routing_route(node_routing(w->devices[at].node),
				&w->devices[to].address, &r))
			return (struct walk){ TAKEN_NOWHERE, 0, 0 };
		HASH_FIND(hh, w->by_address, &r.next_hop, sizeof(r.next_hop), next);
		if (next == NULL)
			return (struct walk){ TAKEN_NOWHERE, 0, 0 };
		e = ways_between(&w->figures.ways, at, (uint32_t)(next - w->devices));
		if (e == NULL)
			return lost_link(w, at, (uint32_t)(next - w->devices));
		walk.cost_ns += e->cost_ns;
		at = e->to;
	}
	return (struct walk){ TAKEN_CIRCLES, 0, 0 };
}

static void way_count(struct figures_window *win, const struct ways *g, uint32_t to,
	const struct walk *walk)
{
	uint64_t stretch_e6, percent;

	if (g->sure_hops[to] == UINT32_MAX)
		return;
	win->pairs++;
	win->gone += walk->taken == TAKEN_GONE;
	win->gone_us += (uint64_t)walk->gone_us;
	win->circles += walk->taken == TAKEN_CIRCLES;
	if (walk->taken != TAKEN_WHOLE)
		return;
	stretch_e6 = walk->cost_ns * 1000000 / g->best_ns[to];
	percent = (stretch_e6 - 1000000 + 9999) / 10000;
	win->routed++;
	win->ways++;
	win->stretch_e6 += stretch_e6;
	win->stretch[percent < FIGURES_STRETCH_MAX ? percent : FIGURES_STRETCH_MAX]++;
	win->ours_ns += walk->cost_ns;
	win->least_hops_ns += g->hops_ns[to];
}

static void circle_count(struct world *w, struct instant *since, bool circles)
{
	int64_t lasts_us;

	if (!circles) {
		*since = NEVER;
		return;
	}
	*since = instant_min(*since, w->now);
	lasts_us = instant_since_us(w->now, *since);
	if (lasts_us > w->figures.longest_loop_us)
		w->figures.longest_loop_us = lasts_us;
}

static void graph_read(struct world *w)
{
	channel_tick(&w->channel, w->now); /* which keeps the lists of links */
	for (uint32_t i = 0; i < w->count; i++) {
		const struct world_device *d = &w->devices[i];
		bool in = device_on(d) && d->membership.revoked.us == NEVER.us;

		w->figures.group[i] = in ? w->plan.nodes[i].mesh + 1 : 0;
	}
	ways_look(&w->figures.ways, &w->channel, w->figures.group);
}

static void links_note(struct world *w)
{
	struct figures *f = &w->figures;

	for (uint32_t a = 0; f->linked != NULL && a < w->count; a++)
		for (uint32_t b = 0; b < w->count; b++)
			if (ways_between(&f->ways, a, b) != NULL)
				f->linked[a * w->count + b] = w->now;
}

static void look(struct world *w)
{
	struct figures *f = &w->figures;
	struct figures_window *all = &f->windows[FIGURES_ALL],
			      *settled = &f->windows[FIGURES_SETTLED];
	uint64_t pairs = all->pairs, routed = all->routed, circles = 0;

	graph_read(w);
	links_note(w);
	for (uint32_t s = 0; s < f->source_count; s++) {
		ways_from(&f->ways, f->sources[s]);
		for (uint32_t e = 0; e < f->end_count; e++) {
			struct walk walk;

			if (f->sources[s] == f->ends[e])
				continue;
			walk = follow(w, f->sources[s], f->ends[e]);
			way_count(all, &f->ways, f->ends[e], &walk);
			if (is_settled(w))
				way_count(settled, &f->ways, f->ends[e], &walk);
			circle_count(w, &f->circles[s * f->end_count + e],
				walk.taken == TAKEN_CIRCLES);
			circles += walk.taken == TAKEN_CIRCLES;
		}
	}
	all->looks++;
	settled->looks += is_settled(w);
	story_ways(w->story, w->now, all->pairs - pairs, all->routed - routed, circles);
}

/* ---- pings ---- */

/* Somebody whom the node must be able to reach; the node itself: nobody. */
static uint32_t somebody(struct world *w, uint32_t node)
{
	struct figures *f = &w->figures;
	uint32_t found = 0, wanted;

	ways_from(&f->ways, node);
	for (uint32_t i = 0; i < w->count; i++)
		found += i != node && f->ways.sure_hops[i] != UINT32_MAX;
	if (found == 0)
		return node;
	wanted = (uint32_t)rng_below(&f->rng, found);
	for (uint32_t i = 0; i < w->count; i++)
		if (i != node && f->ways.sure_hops[i] != UINT32_MAX && wanted-- == 0)
			return i;
	return node;
}

static void ping_send(struct world *w)
{
	struct figures *f = &w->figures;
	struct figures_ping p = { .node = (uint32_t)rng_below(&f->rng, w->count),
		.at = w->now };
	struct world_device *d = &w->devices[p.node];

	if (!device_on(d))
		return;
	graph_read(w);
	p.other = somebody(w, p.node);
	if (p.other == p.node)
		return;
	if (node_echo(d->node, device_clock(w, d), &w->devices[p.other].address,
		    PING_BYTES, &p.token) != 0)
		p.token = 0;
	mem_grow(f->pings, f->ping_count, f->ping_room);
	f->pings[f->ping_count++] = p;
	device_pump(w, p.node);
}

static void ping_count_in(
	struct figures_window *win, const struct world *w, const struct figures_ping *p)
{
	win->pings++;
	win->answered += p->answered;
	if (p->answered)
		win->rtt_us += (uint64_t)instant_since_us(w->now, p->at);
}

static void ping_end(struct world *w, const struct figures_ping *p)
{
	struct figures *f = &w->figures;
	char line[100];
	struct text t = text_of(line, sizeof(line));

	ping_count_in(&f->windows[FIGURES_ALL], w, p);
	if (w->plan.measure.from_us <= p->at.us - WORLD_START.us)
		ping_count_in(&f->windows[FIGURES_SETTLED], w, p);
	if (p->answered)
		return;
	text_string(&t, w->devices[p->node].name);
	text_string(&t, p->token != 0 ? " gets no answer from " : " knows no way to ");
	text_string(&t, w->devices[p->other].name);
	story_event(w->story, w->now, line);
}

static void ping_forget(struct figures *f, size_t i)
{
	memmove(&f->pings[i], &f->pings[i + 1],
		(f->ping_count - i - 1) * sizeof(f->pings[0]));
	f->ping_count--;
}

/* Who has been parted meanwhile owes no answer. */
static void ping_give_up(struct world *w)
{
	struct figures *f = &w->figures;
	const struct figures_ping *p = &f->pings[0];

	graph_read(w);
	ways_from(&f->ways, p->node);
	if (f->group[p->node] != 0 && f->ways.sure_hops[p->other] != UINT32_MAX)
		ping_end(w, p);
	ping_forget(f, 0);
}

void figures_answer(struct world *w, uint32_t device, uint64_t token)
{
	struct figures *f = &w->figures;

	for (size_t i = 0; i < f->ping_count; i++) {
		struct figures_ping *p = &f->pings[i];

		if (p->node != device || p->token != token)
			continue;
		p->answered = true;
		ping_end(w, p);
		ping_forget(f, i);
		return;
	}
}

/* ---- when ---- */

static struct instant given_up(const struct figures *f)
{
	return f->ping_count > 0 ? instant_add_ms(f->pings[0].at, FIGURES_PING_MS)
				 : NEVER;
}

struct instant figures_deadline(const struct world *w)
{
	const struct figures *f = &w->figures;

	return instant_min(given_up(f), instant_min(f->look_at, f->ping_at));
}

void figures_do(struct world *w)
{
	struct figures *f = &w->figures;
	const struct plan_measure *m = &w->plan.measure;

	while (instant_due(given_up(f), w->now))
		ping_give_up(w);
	if (instant_due(f->ping_at, w->now)) {
		f->ping_at = instant_add_us(w->now, m->ping_us);
		ping_send(w);
	}
	if (instant_due(f->look_at, w->now)) {
		f->look_at = instant_add_us(w->now, m->every_us);
		look(w);
	}
}

/* ---- its life ---- */

/* All nodes, or so many by chance; caller frees. */
static uint32_t *chosen(struct world *w, uint32_t most, uint32_t *count)
{
	uint32_t *all = mem_array(w->count, sizeof(*all));

	for (uint32_t i = 0; i < w->count; i++)
		all[i] = i;
	*count = w->count < most ? w->count : most;
	for (uint32_t i = 0; i < *count && w->count > most; i++) {
		uint32_t k = i + (uint32_t)rng_below(&w->figures.rng, w->count - i);
		uint32_t node = all[k];

		all[k] = all[i];
		all[i] = node;
	}
	return all;
}

void figures_init(struct world *w)
{
	struct figures *f = &w->figures;
	const struct plan_measure *m = &w->plan.measure;
	size_t pairs;

	f->nodes = mem_array(w->count, sizeof(*f->nodes));
	f->look_at = f->ping_at = NEVER;
	f->windows[FIGURES_ALL].since = WORLD_START;
	if (!m->on)
		return;
	f->rng = rng_seeded_init(&f->luck, w->seed ^ 0x66696775726573);
	f->windows[FIGURES_SETTLED].since = instant_add_us(WORLD_START, m->from_us);
	ways_init(&f->ways, w->count);
	f->group = mem_array(w->count, sizeof(*f->group));
	f->sources = chosen(w, FIGURES_SOURCES, &f->source_count);
	f->ends = chosen(w, FIGURES_ENDS, &f->end_count);
	pairs = (size_t)f->source_count * f->end_count;
	f->circles = mem_array(pairs, sizeof(*f->circles));
	for (size_t i = 0; i < pairs; i++)
		f->circles[i] = NEVER;
	if (w->count <= FIGURES_LINKS)
		f->linked = mem_array((size_t)w->count * w->count, sizeof(*f->linked));
	f->look_at = instant_add_us(WORLD_START, m->every_us);
	if (m->ping_us > 0)
		f->ping_at = instant_add_us(WORLD_START, m->ping_us);
}

void figures_fini(struct world *w)
{
	struct figures *f = &w->figures;

	if (w->plan.measure.on)
		ways_fini(&f->ways);
	mem_free(f->nodes);
	mem_free(f->group);
	mem_free(f->sources);
	mem_free(f->ends);
	mem_free(f->circles);
	mem_free(f->linked);
	mem_free(f->pings);
}
