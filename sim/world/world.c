/* SPDX-License-Identifier: ISC */
/*
 * The clockwork of a world. The next thing to happen is the earliest of: a node's deadline,
 * the channel's, a finished job, a line of the scenario or of the plan. A node that was
 * touched is pumped at once: it ticks, sends what it has, hands out jobs.
 */
#include "sim/world/world.h"

#include "node/base/mem.h"
#include "node/base/siphash.h"

enum {
	ETHERNET_HEADER = 14,
	IP_AND_UDP = 48,
	MTU = 1500 - IP_AND_UDP,
	INTERFACE = 1,
	JOB_US = 200,           /* what a job costs at least */
	JOB_BYTES_PER_US = 200, /* and per byte that it moves: 200 MB/s */
	SEQUENCE_JUMP = 1 << 20,
	SETTLED_FOR_MS = 2000, /* verdicts must hold this long */
	JUDGE_EVERY_MS = 250,
	PING_AGAIN_MS = 1000,
	PING_TRIES = 10,
};

static const struct instant start = { 1000000 };

/* ---- the trace ---- */

static void trace(struct world *w, const char *what, uint64_t a, uint64_t b, uint64_t c)
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

/* ---- frames ---- */

static uint64_t frame_place(struct world *w)
{
	if (w->free_count > 0)
		return w->free_frames[--w->free_count];
	mem_grow(w->frames, w->frame_count, w->frame_room);
	memset(&w->frames[w->frame_count], 0, sizeof(w->frames[0]));
	return w->frame_count++;
}

static void frame_give_back(struct world *w, uint64_t place)
{
	w->frames[place].used = false;
	mem_grow(w->free_frames, w->free_count, w->free_room);
	w->free_frames[w->free_count++] = place;
}

static struct endpoint endpoint_of(uint32_t node)
{
	struct endpoint e = { { 0xfe, 0x80 }, 7117 };

	e.address[12] = (uint8_t)(node >> 24);
	e.address[13] = (uint8_t)(node >> 16);
	e.address[14] = (uint8_t)(node >> 8);
	e.address[15] = (uint8_t)node;
	return e;
}

static uint32_t node_of(const struct endpoint *e)
{
	return (uint32_t)e->address[12] << 24 | (uint32_t)e->address[13] << 16 |
	       (uint32_t)e->address[14] << 8 | e->address[15];
}

static void frame_send(struct world *w, uint32_t i, const struct node_frame *f)
{
	uint64_t place = frame_place(w);
	struct world_frame *out = &w->frames[place];
	struct channel_frame air = { .cookie = place,
		.to = f->multicast ? CHANNEL_BROADCAST : node_of(&f->to),
		.len = (uint32_t)(f->len + IP_AND_UDP + ETHERNET_HEADER) };

	*out = (struct world_frame){
		.used = true, .multicast = f->multicast, .from = i, .len = f->len
	};
	memcpy(out->bytes, f->bytes, f->len);
	trace(w, "send", i, air.to, siphash_table(out->bytes, out->len));
	w->nodes[i].frames_out++;
	if (channel_send(&w->channel, w->now, i, &air) != CHANNEL_QUEUED)
		frame_give_back(w, place);
}

/* ---- nodes ---- */

static void job_take(struct world *w, uint32_t i, struct job *job)
{
	int64_t cost_us = JOB_US;
	size_t place = 0;

	memory_store_run(w->nodes[i].store, job);
	cost_us += (int64_t)((job->data_len + job->scan_bytes) / JOB_BYTES_PER_US);
	while (place < w->job_count && w->jobs[place].used)
		place++;
	if (place == w->job_count) {
		mem_grow(w->jobs, w->job_count, w->job_room);
		w->job_count++;
	}
	w->jobs[place] = (struct world_job){ true, i, w->nodes[i].life, job };
	heap_add(&w->job_times, (uint64_t)instant_add_us(w->now, cost_us).us, place);
	w->nodes[i].jobs++;
}

static void pump(struct world *w, uint32_t i)
{
	struct world_node *n = &w->nodes[i];
	struct node_event event;
	struct node_frame f;
	struct job *job;

	if (n->node == NULL)
		return;
	if (instant_due(node_deadline(n->node), w->now))
		node_tick(n->node, w->now);
	while ((job = node_job_take(n->node, w->now)) != NULL)
		job_take(w, i, job);
	while (channel_has_room(&w->channel, i) &&
		node_transmit(n->node, w->now, INTERFACE, &f))
		frame_send(w, i, &f);
	while (node_event_take(n->node, &event))
		for (size_t k = 0; k < w->ping_count; k++)
			if (event.kind == NODE_EVENT_ECHO && w->pings[k].node == i &&
				w->pings[k].token == event.token)
				w->pings[k].answered = true;
	if (node_sequence(n->node) + SEQUENCE_JUMP / 2 > n->sequence)
		n->sequence = node_sequence(n->node) + SEQUENCE_JUMP;
	n->next = node_deadline(n->node);
	if (n->next.us <= w->now.us)
		n->next = instant_add_us(w->now, 1);
}

static void name_of(const struct world *w, uint32_t i, char *out, size_t room)
{
	struct text t = text_of(out, room);

	text_string(&t, w->scenario.names.names[i]);
}

static void node_start(struct world *w, uint32_t i)
{
	struct world_node *n = &w->nodes[i];
	struct node_config config = { .self = &n->self,
		.open_mesh = true,
		.sequence = n->sequence + 1,
		.rng = { NULL, NULL },
		.log = w->log };

	if (n->node != NULL)
		return;
	config.rng = rng_seeded_init(
		&n->luck, w->seed * 1000003 + i + ((uint64_t)n->life << 40));
	name_of(w, i, config.name, sizeof(config.name));
	n->life++;
	n->sequence += SEQUENCE_JUMP;
	n->node = node_new(&config, w->now);
	sync_wall_clock(node_sync(n->node), w->now, 1700000000000 + w->now.us / 1000);
	node_interface_add(n->node, w->now, INTERFACE, MTU);
	trace(w, "born", i, n->life, 0);
	pump(w, i);
}

static void node_crash(struct world *w, uint32_t i)
{
	struct world_node *n = &w->nodes[i];

	if (n->node == NULL)
		return;
	node_free(n->node);
	n->node = NULL;
	n->next = NEVER;
	memory_store_crash(n->store);
	trace(w, "died", i, n->life, 0);
}

/* ---- the plan ---- */

static void plan_share(struct world *w, const struct plan_event *e)
{
	struct world_node *n = &w->nodes[e->node];
	int64_t expires_s;

	memory_store_fill(n->store, "/folder", &w->rng, e->files, e->bytes);
	check(sync_share(node_sync(n->node), w->now, "/folder", "world", &w->folder) ==
		0);
	check(sync_invite(node_sync(n->node), w->now, &w->folder, RIGHTS_WRITER, 0, 86400,
		      w->invite, &expires_s) == 0);
	w->shared = true;
}

static void ping_try(struct world *w, struct world_ping *p)
{
	struct world_node *n = &w->nodes[p->node];
	struct address to = address_of(&w->nodes[p->other].self.id);

	p->next = instant_add_ms(w->now, PING_AGAIN_MS);
	p->tries++;
	if (n->node == NULL || node_echo(n->node, w->now, &to, 64, &p->token) != 0)
		p->token = 0;
	pump(w, p->node);
}

static void pings_repeat(struct world *w)
{
	for (size_t i = 0; i < w->ping_count; i++) {
		struct world_ping *p = &w->pings[i];

		if (!p->answered && p->tries < PING_TRIES && instant_due(p->next, w->now))
			ping_try(w, p);
	}
}

static void plan_ping(struct world *w, const struct plan_event *e)
{
	mem_grow(w->pings, w->ping_count, w->ping_room);
	w->pings[w->ping_count] =
		(struct world_ping){ .node = e->node, .other = e->other };
	ping_try(w, &w->pings[w->ping_count++]);
}

static void plan_do(struct world *w, const struct plan_event *e)
{
	struct world_node *n = &w->nodes[e->node];
	struct hash folder;

	trace(w, "plan", (uint64_t)e->kind, e->node, e->files);
	if (e->kind == PLAN_START) {
		node_start(w, e->node);
	} else if (n->node == NULL) {
		return;
	} else if (e->kind == PLAN_CRASH) {
		node_crash(w, e->node);
	} else if (e->kind == PLAN_SHARE) {
		plan_share(w, e);
	} else if (e->kind == PLAN_JOIN) {
		if (w->shared)
			(void)!sync_join(node_sync(n->node), w->now, w->invite, "/folder",
				&folder);
	} else if (e->kind == PLAN_EDIT) {
		memory_store_edit(n->store, "/folder", &w->rng, e->files);
		sync_folder_touched(node_sync(n->node), w->now, &w->folder);
	} else if (e->kind == PLAN_PING) {
		plan_ping(w, e);
	}
	pump(w, e->node);
}

/* ---- time ---- */

static int64_t plan_next_us(const struct world *w)
{
	int64_t t = INT64_MAX;

	if (w->next_event < w->plan.count)
		t = start.us + w->plan.events[w->next_event].at_us;
	if (w->next_action < w->scenario.event_count &&
		start.us + w->scenario.events[w->next_action].at_us < t)
		t = start.us + w->scenario.events[w->next_action].at_us;
	return t;
}

static struct instant next_instant(struct world *w, uint32_t *node)
{
	struct instant t = channel_deadline(&w->channel);

	*node = UINT32_MAX;
	t = instant_min(t, instant_us(plan_next_us(w)));
	if (heap_first(&w->job_times) != NULL)
		t = instant_min(t, instant_us((int64_t)heap_first(&w->job_times)->key));
	for (uint32_t i = 0; i < w->count; i++)
		if (instant_before(w->nodes[i].next, t)) {
			t = w->nodes[i].next;
			*node = i;
		}
	return t;
}

static void air_deliver(struct world *w)
{
	struct channel_event e;

	channel_tick(&w->channel, w->now);
	while (channel_take(&w->channel, &e)) {
		struct world_frame *f = &w->frames[e.cookie];
		struct endpoint from = endpoint_of(e.node);
		uint8_t copy[FRAME_MAX];

		if (e.kind == CHANNEL_DELIVERY && w->nodes[e.to].node != NULL) {
			memcpy(copy, f->bytes, f->len);
			trace(w, "recv", e.node, e.to, f->len);
			w->nodes[e.to].frames_in++;
			node_receive(w->nodes[e.to].node, w->now, INTERFACE, &from, copy,
				f->len);
			pump(w, e.to);
		} else if (e.kind == CHANNEL_DONE) {
			frame_give_back(w, e.cookie);
			pump(w, e.node);
		}
	}
}

static void jobs_finish(struct world *w)
{
	while (heap_first(&w->job_times) != NULL &&
		(int64_t)heap_first(&w->job_times)->key <= w->now.us) {
		struct world_job *j = &w->jobs[heap_take(&w->job_times).value];
		struct world_node *n = &w->nodes[j->node];
		struct job *job = j->job;
		uint32_t i = j->node;
		bool alive = n->node != NULL && n->life == j->life;

		j->used = false;
		if (!alive) {
			job_free(job);
			continue;
		}
		trace(w, "job ", i, (uint64_t)job->kind, (uint64_t)(int64_t)job->result);
		node_job_done(n->node, w->now, job);
		pump(w, i);
	}
}

static void lines_do(struct world *w)
{
	char reason[128];
	struct text why = text_of(reason, sizeof(reason));

	while (w->next_action < w->scenario.event_count &&
		start.us + w->scenario.events[w->next_action].at_us <= w->now.us)
		if (!action_apply(&w->scenario.events[w->next_action++].action,
			    &w->channel, &why))
			log_line(w->log, LOG_WARN_, "scenario: ", reason, NULL);
	while (w->next_event < w->plan.count &&
		start.us + w->plan.events[w->next_event].at_us <= w->now.us)
		plan_do(w, &w->plan.events[w->next_event++]);
}

/* True when all has happened and the verdicts have held for a while. */
static bool judge(struct world *w)
{
	bool routes = world_routes_whole(w), alike = world_trees_alike(w);

	if (!routes)
		w->routes_at = NEVER;
	else if (w->routes_at.us == NEVER.us)
		w->routes_at = w->now;
	if (!alike)
		w->alike_at = NEVER;
	else if (w->alike_at.us == NEVER.us)
		w->alike_at = w->now;
	return routes && alike && world_pings_lost(w) == 0 &&
	       plan_next_us(w) == INT64_MAX &&
	       instant_due(instant_add_ms(instant_max(w->routes_at, w->alike_at),
				   SETTLED_FOR_MS),
		       w->now);
}

void world_run(struct world *w)
{
	struct instant end = instant_add_us(start, w->plan.run_us);
	struct instant judge_at = start;
	uint32_t node;

	for (uint32_t i = 0; i < w->count; i++)
		node_start(w, i);
	while (!instant_due(end, w->now)) {
		w->now = instant_max(w->now, next_instant(w, &node));
		if (w->now.us >= end.us)
			w->now = end;
		lines_do(w);
		air_deliver(w);
		jobs_finish(w);
		for (uint32_t i = 0; i < w->count; i++)
			if (instant_due(w->nodes[i].next, w->now))
				pump(w, i);
		pings_repeat(w);
		if (instant_due(judge_at, w->now)) {
			judge_at = instant_add_ms(w->now, JUDGE_EVERY_MS);
			if (judge(w))
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
	w->now = start;
	w->routes_at = w->alike_at = NEVER;
	w->rng = rng_seeded_init(&w->luck, seed);
	w->count = w->scenario.names.count;
	scenario_build(&w->scenario, &w->channel, w->rng);
	heap_init(&w->job_times);
	hash_begin(&w->trace, "qanat world 1");
	w->nodes = mem_array(w->count, sizeof(*w->nodes));
	for (uint32_t i = 0; i < w->count; i++) {
		struct world_node *n = &w->nodes[i];
		struct rng luck = rng_seeded_init(&n->luck, seed * 1000003 + i);

		keypair_new(&n->self, &luck);
		n->store = memory_store_new(rng_u64(&luck));
		n->next = NEVER;
	}
}

void world_fini(struct world *w)
{
	for (uint32_t i = 0; i < w->count; i++) {
		node_free(w->nodes[i].node);
		memory_store_free(w->nodes[i].store);
	}
	for (size_t i = 0; i < w->job_count; i++)
		if (w->jobs[i].used)
			job_free(w->jobs[i].job);
	heap_fini(&w->job_times);
	channel_fini(&w->channel);
	scenario_fini(&w->scenario);
	plan_fini(&w->plan);
	mem_free(w->nodes);
	mem_free(w->frames);
	mem_free(w->free_frames);
	mem_free(w->jobs);
	mem_free(w->pings);
}
