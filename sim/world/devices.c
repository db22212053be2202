/* SPDX-License-Identifier: ISC */
/*
 * Machines: a node, its disk and its clock. A job's effect comes to the disk when it begins
 * or when it ends, by chance; a crash in between finds one or the other.
 */
#include "node/base/mem.h"
#include "node/base/siphash.h"
#include "sim/world/hostile.h"
#include "sim/world/people.h"
#include "sim/world/world.h"

enum {
	MTU = 1500 - 48, /* less the headers of IPv6 and UDP */
	JOB_US = 200,    /* what a job costs at least */
	JOB_US_MORE = 1000,
	JOB_BYTES_PER_US = 200, /* 200 MB/s */
	SEQUENCE_JUMP = 1 << 20,
	CLOCK_TOLD_MS = 60000,
	START_AGAIN_US = 1000000,
};

struct instant device_clock(const struct world *w, const struct world_device *d)
{
	return instant_us(w->now.us - d->slept_us);
}

static struct instant world_time(const struct world_device *d, struct instant t)
{
	return instant_add_us(t, d->slept_us);
}

static int64_t time_of_day_ms(const struct world *w, const struct world_device *d)
{
	return WORLD_TIME_MS + w->now.us / 1000 + w->plan.nodes[d - w->devices].wall_ms;
}

/* ---- jobs ---- */

static int64_t job_run(struct world *w, struct world_device *d, struct job *job)
{
	drive_run(d->drive, time_of_day_ms(w, d), job);
	return (int64_t)((job->data_len + job->scan_bytes) / JOB_BYTES_PER_US);
}

static void jobs_next(struct world *w, uint32_t i)
{
	struct world_device *d = &w->devices[i];
	struct world_jobs *q = &d->jobs;
	int64_t cost_us = JOB_US;
	size_t k = 0;

	if (q->running != NULL || q->count == 0)
		return;
	while (k < q->count && q->waiting[k]->kind != JOB_OBJECT_GET)
		k++;
	if (k == q->count)
		k = 0;
	q->running = q->waiting[k];
	memmove(&q->waiting[k], &q->waiting[k + 1],
		(q->count - k - 1) * sizeof(q->waiting[0]));
	q->count--;
	q->begun = rng_below(&w->rng, 2);
	if (q->begun)
		cost_us += job_run(w, d, q->running);
	else
		cost_us += (int64_t)rng_below(&w->rng, JOB_US_MORE);
	q->ends = instant_add_us(w->now, cost_us);
	heap_add(&w->disks, (uint64_t)q->ends.us, i);
}

static void jobs_forget(struct world_jobs *q)
{
	for (size_t k = 0; k < q->count; k++)
		job_free(q->waiting[k]);
	job_free(q->running);
	q->running = NULL;
	q->count = 0;
}

void devices_jobs(struct world *w)
{
	while (heap_first(&w->disks) != NULL &&
		(int64_t)heap_first(&w->disks)->key <= w->now.us) {
		struct heap_item item = heap_take(&w->disks);
		uint32_t i = (uint32_t)item.value;
		struct world_device *d = &w->devices[i];
		struct job *job = d->jobs.running;

		/* of a machine that crashed or sleeps: this is not the end of what runs now */
		if (job == NULL || !device_on(d) || d->jobs.ends.us != (int64_t)item.key)
			continue;
		if (!d->jobs.begun)
			(void)job_run(w, d, job);
		d->jobs.running = NULL;
		d->jobs_done++;
		/* it has forgotten what it had applied: what lies there is a person's again */
		if (job->kind == JOB_APPLY && job->result != 0)
			d->doubtful = true;
		if (job->kind == JOB_SCAN && job->result == 0)
			d->doubtful = false;
		if (job->kind == JOB_LOAD && job->rebuilt) {
			w->index_lost = true;
			people_own_all(w, i);
		}
		world_trace(w, "job ", i, (uint64_t)job->kind,
			(uint64_t)(int64_t)job->result);
		hostile_enter(w, i);
		node_job_done(d->node, device_clock(w, d), job);
		hostile_leave();
		jobs_next(w, i);
		device_pump(w, i);
	}
}

/* ---- the node ---- */

static void jobs_take(struct world *w, uint32_t i)
{
	struct world_device *d = &w->devices[i];
	struct job *job;

	while ((job = node_job_take(d->node, device_clock(w, d))) != NULL) {
		mem_grow(d->jobs.waiting, d->jobs.count, d->jobs.room);
		d->jobs.waiting[d->jobs.count++] = job;
	}
	jobs_next(w, i);
}

static void clock_tell(struct world *w, struct world_device *d)
{
	struct instant now = device_clock(w, d);

	if (!instant_due(d->clock_at, w->now))
		return;
	d->clock_at = instant_add_ms(w->now, CLOCK_TOLD_MS);
	node_wall_clock(d->node, now, time_of_day_ms(w, d));
}

static void wake_at(struct world *w, uint32_t i)
{
	struct world_device *d = &w->devices[i];
	struct instant next = world_time(d, node_deadline(d->node));

	next = instant_min(next, d->clock_at);
	next = instant_min(next, hostile_deadline(w, i));
	if (next.us <= w->now.us)
		next = instant_add_us(w->now, 1);
	if (next.us == d->next.us)
		return;
	d->next = next;
	heap_add(&w->wakes, (uint64_t)next.us, i);
}

static void device_drive(struct world *w, uint32_t i)
{
	struct world_device *d = &w->devices[i];
	struct instant now = device_clock(w, d);
	struct node_event event;
	struct node_frame f;

	clock_tell(w, d);
	if (instant_due(node_deadline(d->node), now))
		node_tick(d->node, now);
	jobs_take(w, i);
	while (channel_has_room(&w->channel, i) &&
		node_transmit(d->node, now, WORLD_INTERFACE, &f))
		air_send(w, i, i, &f);
	while (node_event_take(d->node, &event))
		doing_node_event(w, i, &event);
	if (node_sequence(d->node) + SEQUENCE_JUMP / 2 > d->sequence)
		d->sequence = node_sequence(d->node) + SEQUENCE_JUMP;
	meshes_keep(w, i);
}

void device_pump(struct world *w, uint32_t i)
{
	if (!device_on(&w->devices[i]))
		return;
	hostile_enter(w, i);
	device_drive(w, i);
	hostile_leave();
	hostile_acts(w, i);
	wake_at(w, i);
}

void device_frame(
	struct world *w, uint32_t i, uint32_t claimed, uint8_t *bytes, size_t len)
{
	struct world_device *d = &w->devices[i];
	struct endpoint from = air_endpoint(claimed);

	d->frames_in++;
	hostile_enter(w, i);
	node_receive(d->node, device_clock(w, d), WORLD_INTERFACE, &from, bytes, len);
	hostile_leave();
	device_pump(w, i);
}

void device_start(struct world *w, uint32_t i)
{
	struct world_device *d = &w->devices[i];
	struct node_config config = { .self = &d->self,
		.open_mesh = w->plan.nodes[i].mesh == 0,
		.sequence = d->sequence + 1,
		.rng = { NULL, NULL },
		.log = w->log };
	struct text name = text_of(config.name, sizeof(config.name));

	if (d->node != NULL)
		return;
	if (!drive_start(d->drive, time_of_day_ms(w, d))) {
		/* whoever looks after the daemon starts it again */
		world_later(w,
			&(struct plan_event){ .kind = PLAN_START,
				.node = i,
				.at_us = w->now.us - WORLD_START.us + START_AGAIN_US });
		return;
	}
	text_string(&name, d->name);
	config.rng = rng_seeded_init(
		&d->luck, w->seed * 1000003 + i + ((uint64_t)d->life << 40));
	d->life++;
	d->sequence += SEQUENCE_JUMP;
	hostile_enter(w, i);
	d->node = node_new(&config, device_clock(w, d));
	meshes_start(w, i);
	d->clock_at = w->now;
	node_interface_add(d->node, device_clock(w, d), WORLD_INTERFACE, MTU);
	hostile_leave();
	world_trace(w, "born", i, d->life, 0);
	story_life(w->story, w->now, i, STORY_BORN);
	device_pump(w, i);
}

void device_crash(struct world *w, uint32_t i)
{
	struct world_device *d = &w->devices[i];

	if (d->node == NULL)
		return;
	device_wake(w, i);
	node_free(d->node);
	d->node = NULL;
	d->next = NEVER;
	drive_crash(
		d->drive, time_of_day_ms(w, d), d->jobs.begun ? NULL : d->jobs.running);
	jobs_forget(&d->jobs);
	world_trace(w, "died", i, d->life, 0);
	story_life(w->story, w->now, i, STORY_DIED);
}

void device_sleep(struct world *w, uint32_t i)
{
	struct world_device *d = &w->devices[i];

	if (d->asleep)
		return;
	d->asleep = true;
	d->sleeps_since = w->now;
	d->next = NEVER;
	world_trace(w, "slep", i, d->life, 0);
	story_life(w->story, w->now, i, STORY_ASLEEP);
}

void device_wake(struct world *w, uint32_t i)
{
	struct world_device *d = &w->devices[i];

	if (!d->asleep)
		return;
	d->asleep = false;
	d->slept_us += instant_since_us(w->now, d->sleeps_since);
	d->clock_at = w->now;
	world_trace(w, "wake", i, d->life, 0);
	story_life(w->story, w->now, i, STORY_AWAKE);
	if (d->jobs.running != NULL) {
		d->jobs.ends = instant_add_us(w->now, JOB_US);
		heap_add(&w->disks, (uint64_t)d->jobs.ends.us, i);
	}
	device_pump(w, i);
}

void device_init(struct world *w, uint32_t i)
{
	struct world_device *d = &w->devices[i];
	struct rng luck = rng_seeded_init(&d->luck, w->seed * 1000003 + i);
	struct text name = text_of(d->name, sizeof(d->name));

	keypair_new(&d->self, &luck);
	d->address = address_of(&d->self.id);
	HASH_ADD(hh, w->by_address, address, sizeof(d->address), d);
	text_string(&name, w->scenario.names.names[i]);
	d->drive = drive_new(w->plan.nodes[i].real_disk, rng_u64(&luck), w->log);
	d->next = NEVER;
}

void device_fini(struct world_device *d)
{
	node_free(d->node);
	jobs_forget(&d->jobs);
	mem_free(d->jobs.waiting);
	drive_free(d->drive);
}
