/* SPDX-License-Identifier: ISC */
#include "tests/unit/sim/disk/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "sync/content.h"

static void say(void *context, enum log_level level, const char *line)
{
	(void)context;
	(void)level;
	if (getenv("TEST_LOG") != NULL)
		fprintf(stderr, "\t%s\n", line);
}

struct job *rig_job(enum job_kind kind)
{
	struct job *j = job_new(kind);

	j->folder = (struct hash){ { 0xf0, 0x1d } };
	j->key = (struct zone_key){ .epoch = 1, .key = { 1, 2, 3 } };
	j->path = mem_string(FOLDER);
	return j;
}

void rig_run(struct rig *r, struct job *j)
{
	r->now_ns += 1000000;
	sim_disk_now(r->fs, r->now_ns);
	sim_disk_enter(r->fs);
	disk_run(r->disk, j);
	sim_disk_leave();
}

int rig_open(struct rig *r)
{
	int err;

	sim_disk_now(r->fs, r->now_ns);
	sim_disk_enter(r->fs);
	err = disk_open(&r->disk, STATE, &r->log);
	sim_disk_leave();
	if (err)
		r->disk = NULL;
	return err;
}

void rig_close(struct rig *r)
{
	sim_disk_enter(r->fs);
	disk_close(r->disk);
	sim_disk_leave();
	r->disk = NULL;
	EXPECT_EQ(sim_disk_open_count(r->fs), 0, "a closed disk has nothing open");
}

void rig_init(struct rig *r, uint64_t seed)
{
	*r = (struct rig){ .log = { say, NULL, LOG_DEBUG_ },
		.now_ns = 1700000000000000000 };
	EXPECT_EQ(crypto_start(), 0, "crypto starts");
	r->fs = sim_disk_new(seed);
	sim_disk_now(r->fs, r->now_ns);
	sim_disk_mkdir(r->fs, STATE);
	sim_disk_mkdir(r->fs, FOLDER);
	sim_disk_sync(r->fs);
	EXPECT_EQ(rig_open(r), 0, "a new disk opens");
}

void rig_clone(struct rig *r, struct rig *from, uint64_t seed)
{
	*r = *from;
	r->disk = NULL;
	r->fs = sim_disk_clone(from->fs, seed);
}

void rig_fini(struct rig *r)
{
	if (r->disk != NULL)
		rig_close(r);
	sim_disk_free(r->fs);
}

static void stop(struct rig *r)
{
	sim_disk_kill(r->fs);
	if (r->disk != NULL)
		rig_close(r);
}

void rig_crash(struct rig *r)
{
	stop(r);
	sim_disk_crash(r->fs);
}

void rig_kill(struct rig *r)
{
	stop(r);
	sim_disk_end(r->fs);
}

/* ---- jobs ---- */

static void adopt(struct rig *r, const struct job *scanned)
{
	struct job *j = rig_job(JOB_RECORDS);

	j->adopts = mem_array(scanned->scan_count + 1, sizeof(*j->adopts));
	for (size_t i = 0; i < scanned->scan_count; i++) {
		const struct scan_item *s = &scanned->scan_items[i];
		uint64_t n = ++r->versions;

		j->adopts[j->adopt_count++] = (struct adopt){ s->file,
			hash_tagged("test version", bytes_of(&n, sizeof(n))),
			s->change == SCAN_GONE };
	}
	rig_run(r, j);
	EXPECT_EQ(j->result, 0, "versions are adopted");
	job_free(j);
}

size_t rig_settle(struct rig *r)
{
	size_t total = 0, count;

	do {
		struct job *j = rig_job(JOB_SCAN);

		rig_run(r, j);
		EXPECT_EQ(j->result, 0, "a scan succeeds");
		adopt(r, j);
		count = j->scan_count;
		total += count;
		job_free(j);
	} while (count > 0);
	return total;
}

static void add_objects(
	struct plan *p, struct rig *from, uint8_t depth, const struct hash *id)
{
	struct job *j;
	struct manifest *m;

	if (depth == 0)
		return;
	j = rig_job(JOB_OBJECT_GET);
	j->object = *id;
	rig_run(from, j);
	EXPECT_EQ(j->result, 0, "every object can be had");
	mem_grow(p->objects, p->object_count, p->object_room);
	p->objects[p->object_count].id = *id;
	p->objects[p->object_count].data = mem_copy(j->data, j->data_len);
	p->objects[p->object_count++].len = j->data_len;
	if (depth > 1) {
		m = mem_new(sizeof(*m));
		EXPECT(manifest_parse(m, bytes_of(j->data, j->data_len)), "a manifest");
		for (unsigned i = 0; i < m->count; i++)
			if (!m->refs[i].hole)
				add_objects(
					p, from, (uint8_t)(depth - 1), &m->refs[i].id);
		mem_free(m);
	}
	job_free(j);
}

static struct apply_item item_of(const struct scan_item *s, uint64_t version)
{
	struct apply_item a = { .file = s->file,
		.parent = s->parent,
		.version =
			hash_tagged("test version", bytes_of(&version, sizeof(version))),
		.replaces = s->base,
		.kind = s->kind,
		.deleted = s->change == SCAN_GONE,
		.name_len = s->name_len,
		.mode = s->mode,
		.mtime_s = s->mtime_s,
		.mtime_ns = s->mtime_ns,
		.size = s->size,
		.content_depth = s->content_depth,
		.content = s->content };

	memcpy(a.name, s->name, s->name_len);
	return a;
}

void plan_make(struct plan *p, struct rig *from)
{
	struct job *j = rig_job(JOB_SCAN);
	uint64_t first = from->versions + 1;

	*p = (struct plan){ 0 };
	rig_run(from, j);
	EXPECT_EQ(j->result, 0, "the source is scanned");
	EXPECT(!j->scan_more && j->scan_count > 0, "in one piece");
	adopt(from, j);
	p->count = j->scan_count;
	p->items = mem_array(p->count, sizeof(*p->items));
	for (size_t i = 0; i < p->count; i++) {
		p->items[i] = item_of(&j->scan_items[i], first + i);
		if (!p->items[i].deleted)
			add_objects(
				p, from, p->items[i].content_depth, &p->items[i].content);
	}
	job_free(j);
	EXPECT_EQ(rig_settle(from), 0, "a second scan finds nothing");
}

void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->object_count; i++)
		mem_free(p->objects[i].data);
	mem_free(p->objects);
	mem_free(p->items);
}

int plan_put(const struct plan *p, struct rig *to)
{
	int err = 0;

	for (size_t i = 0; i < p->object_count; i++) {
		struct job *j = rig_job(JOB_OBJECT_PUT);

		j->object = p->objects[i].id;
		j->data = mem_copy(p->objects[i].data, p->objects[i].len);
		j->data_len = p->objects[i].len;
		rig_run(to, j);
		err = err ? err : j->result;
		job_free(j);
	}
	return err;
}

struct job *plan_job(const struct plan *p)
{
	struct job *j = rig_job(JOB_APPLY);

	j->apply_items = mem_copy(p->items, p->count * sizeof(*p->items));
	j->apply_count = p->count;
	return j;
}

void plan_apply(const struct plan *p, struct rig *to)
{
	struct job *j = plan_job(p);

	EXPECT_EQ(plan_put(p, to), 0, "objects are kept");
	rig_run(to, j);
	EXPECT_EQ(j->result, 0, "the plan is applied");
	for (size_t i = 0; i < j->apply_count; i++)
		EXPECT_EQ(j->apply_items[i].result, 0, "every item is applied");
	job_free(j);
}
