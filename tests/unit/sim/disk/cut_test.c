/* SPDX-License-Identifier: ISC */
/*
 * The power goes at every single call that changes something, and comes back. Whatever
 * sync/disk was doing, each file that can be seen is one whole version, nothing it has
 * said yes to is lost, a scan takes nothing for an edit, and the same work once more
 * brings everything to its end.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "tests/unit/sim/disk/rig.h"

enum { MANY = 20, WHOLE_MAX = 4096, ROUNDS_MAX = 32 };

static struct rig source, base;      /* base is closed and has what source had before */
static struct plan earlier;          /* what both had before */
static struct plan work;             /* what source has now */
static struct hash whole[WHOLE_MAX]; /* bytes that a file may have */
static size_t whole_count;
static uint64_t cut; /* what is tried now, for whoever reads a failure */
static const char *how;

static void write_text(struct rig *r, const char *path, const char *text, size_t times)
{
	size_t len = strlen(text);
	uint8_t *data = mem_array(times, len);

	for (size_t i = 0; i < times; i++)
		memcpy(data + i * len, text, len);
	sim_disk_write(r->fs, path, bytes_of(data, times * len), 0644,
		1600000000 + (int64_t)times);
	mem_free(data);
}

static struct hash bytes_hash(struct sim_disk *fs, const char *path)
{
	uint8_t *data;
	size_t len;
	struct hash h;

	EXPECT(sim_disk_read(fs, path, &data, &len), "a file can be read");
	h = hash_tagged("test bytes", bytes_of(data, len));
	mem_free(data);
	return h;
}

static void remember_whole(struct sim_disk *fs)
{
	char path[4096];
	bool directory;

	for (size_t i = 0;
		sim_disk_path_at(fs, FOLDER, i, path, sizeof(path), &directory); i++) {
		uint8_t *data;
		size_t len;

		if (!sim_disk_read(fs, path, &data, &len))
			continue;
		mem_free(data);
		EXPECT(whole_count < WHOLE_MAX, "the test is small enough");
		whole[whole_count++] = bytes_hash(fs, path);
	}
}

static void expect_whole(struct sim_disk *fs)
{
	char path[4096];
	bool directory;

	for (size_t i = 0;
		sim_disk_path_at(fs, FOLDER, i, path, sizeof(path), &directory); i++) {
		struct hash h;
		uint8_t *data;
		bool found = false;
		size_t len;

		if (!sim_disk_read(fs, path, &data, &len))
			continue;
		mem_free(data);
		h = bytes_hash(fs, path);
		for (size_t k = 0; k < whole_count && !found; k++)
			found = id_equal(&whole[k], &h);
		EXPECT(found, path);
	}
}

/* ---- what is done ---- */

static struct job *records_job(void)
{
	struct job *j = rig_job(JOB_RECORDS);

	j->records = mem_array(2, sizeof(*j->records));
	j->record_count = 2;
	for (size_t i = 0; i < 2; i++) {
		struct record *r = &j->records[i];

		r->folder = j->folder;
		r->kind = i == 0 ? RECORD_COMMIT : RECORD_FOLDER;
		r->key_len = 8;
		r->value = mem_copy("a record", 8);
		r->value_len = 8;
	}
	return j;
}

struct outcome {
	bool applied, recorded; /* the job has said so */
	bool items[64];
};

static struct outcome do_work(struct rig *r)
{
	struct outcome o = { 0 };
	struct job *apply = plan_job(&work), *records = records_job();

	EXPECT(work.count <= array_len(o.items), "the plan is small enough");
	(void)plan_put(&work, r);
	rig_run(r, apply);
	rig_run(r, records);
	o.applied = apply->result == 0;
	for (size_t i = 0; i < work.count; i++)
		o.items[i] = o.applied && apply->apply_items[i].result == 0;
	o.recorded = records->result == 0;
	job_free(apply);
	job_free(records);
	return o;
}

/* ---- what is left ---- */

static void expect_records(struct rig *r, bool must)
{
	struct job *j = rig_job(JOB_LOAD);

	rig_run(r, j);
	EXPECT_EQ(j->result, 0, "records are loaded");
	EXPECT(j->record_count == 2 || (j->record_count == 0 && !must),
		"records are there, all or none");
	for (size_t i = 0; i < j->record_count; i++)
		EXPECT_BYTES(bytes_of(j->records[i].value, j->records[i].value_len),
			bytes_of_string("a record"), "and as they were");
	job_free(j);
}

static const struct standing *find_standing(
	const struct job *j, const struct apply_item *item)
{
	for (size_t i = 0; i < j->standing_count; i++)
		if (id_equal(&j->standing[i].file, &item->file))
			return &j->standing[i];
	return NULL;
}

/* What the work still lacks, as items; each file is at its old or its new version. */
static struct job *what_is_left(struct rig *r, const struct outcome *o)
{
	struct job *scan = rig_job(JOB_SCAN), *left = plan_job(&work);
	static const struct hash none;
	size_t count = 0;

	scan->want_standing = true;
	rig_run(r, scan);
	EXPECT_EQ(scan->result, 0, "a scan succeeds");
	for (size_t i = 0; i < scan->scan_count; i++)
		printf("# cut %llu (%s): the scan tells %d of %.*s\n",
			(unsigned long long)cut, how, (int)scan->scan_items[i].change,
			scan->scan_items[i].name_len, scan->scan_items[i].name);
	EXPECT_EQ(scan->scan_count, 0, "nothing is taken for an edit");
	EXPECT_EQ(scan->error_count, 0, "everything can be read");
	for (size_t i = 0; i < work.count; i++) {
		const struct apply_item *item = &work.items[i];
		const struct standing *s = find_standing(scan, item);
		const struct hash *version = s != NULL ? &s->version : &none;
		bool new = item->deleted ? s == NULL : id_equal(version, &item->version);

		EXPECT(new || id_equal(version, &item->replaces), "old or new");
		EXPECT(new || !o->items[i], "what was said to be done is done");
		if (!new)
			left->apply_items[count++] = *item;
	}
	left->apply_count = count;
	job_free(scan);
	return left;
}

/* Objects that were lost with the power are noticed one by one, and kept again. */
static void finish(struct rig *r, struct job *left)
{
	for (unsigned round = 0; left->apply_count > 0; round++) {
		size_t count = 0;

		EXPECT(round < ROUNDS_MAX, "it comes to an end");
		EXPECT_EQ(plan_put(&work, r), 0, "objects are kept");
		rig_run(r, left);
		EXPECT_EQ(left->result, 0, "the rest is applied");
		for (size_t i = 0; i < left->apply_count; i++) {
			int result = left->apply_items[i].result;

			EXPECT(result == 0 || result == -ENOENT, "but for lost objects");
			if (result != 0)
				left->apply_items[count++] = left->apply_items[i];
		}
		left->apply_count = count;
	}
	job_free(left);
}

static void expect_object(struct rig *r, const struct hash *id, const char *why)
{
	struct job *j = rig_job(JOB_OBJECT_GET);

	j->object = *id;
	rig_run(r, j);
	EXPECT_EQ(j->result, 0, why);
	job_free(j);
}

/* What was applied can be served, and what was kept for a conflict as well. */
static void expect_objects(struct rig *r, const struct outcome *o)
{
	for (size_t i = 0; i < work.count; i++)
		if (o->items[i] && !work.items[i].deleted &&
			work.items[i].content_depth > 0)
			expect_object(r, &work.items[i].content, "what was applied");
	for (size_t i = 0; i < earlier.object_count; i++)
		if (o->applied && work.items[0].keep_old)
			expect_object(r, &earlier.objects[i].id, "what was kept");
}

static void expect_good(struct rig *r, const struct outcome *o)
{
	struct hash want, got;
	size_t n, m;

	EXPECT(!disk_rebuilt(r->disk), "the index is as it was");
	expect_records(r, o->recorded);
	expect_whole(r->fs);
	expect_objects(r, o);
	finish(r, what_is_left(r, o));
	want = sim_disk_digest(source.fs, FOLDER, &n);
	got = sim_disk_digest(r->fs, FOLDER, &m);
	EXPECT_EQ(m, n, "as many files");
	EXPECT(id_equal(&want, &got), "the trees are alike");
	EXPECT_EQ(rig_settle(r), 0, "and a scan finds nothing");
}

/* False: the k-th change was never reached. */
static bool one_cut(uint64_t k, uint64_t seed, bool power)
{
	struct outcome o;
	struct rig r;
	bool reached;

	cut = k;
	how = !power ? "program" : seed % 2 ? "power, loose" : "power";
	rig_clone(&r, &base, seed);
	EXPECT_EQ(rig_open(&r), 0, "the disk opens");
	sim_disk_fault(r.fs, &(struct sim_disk_faults){ .loose = seed % 2 });
	sim_disk_cut(r.fs, k);
	o = do_work(&r);
	reached = sim_disk_dead(r.fs);
	if (power)
		rig_crash(&r);
	else
		rig_kill(&r);
	EXPECT_EQ(rig_open(&r), 0, "the disk opens again");
	expect_good(&r, &o);
	rig_fini(&r);
	return reached;
}

/* Every step-th change, and so many crashes at each. */
static void every_cut(unsigned step, unsigned crashes)
{
	uint64_t seed = test_seed(), k = 1 + seed % step;

	for (bool reached = true; reached; k += step) {
		reached = one_cut(k, seed + k, false);
		for (unsigned i = 0; i < crashes; i++)
			reached |= one_cut(k, seed + k + 1001 * i, true);
	}
	printf("# %llu changes\n", (unsigned long long)(k - step));
}

/* ---- the work ---- */

/* first NULL: the folder is new. */
static void begin(void (*first)(struct rig *))
{
	whole_count = 0;
	rig_init(&source, test_seed());
	rig_init(&base, test_seed() + 1);
	earlier = (struct plan){ 0 };
	if (first != NULL) {
		first(&source);
		plan_make(&earlier, &source);
		plan_apply(&earlier, &base);
		EXPECT_EQ(rig_settle(&base), 0, "both have the same");
		remember_whole(source.fs);
	}
	rig_close(&base);
}

static void end(void)
{
	plan_free(&work);
	plan_free(&earlier);
	rig_fini(&source);
	rig_fini(&base);
}

static void a_few_files(struct rig *r)
{
	write_text(r, FOLDER "/edited", "before ", 900);
	write_text(r, FOLDER "/moved", "stays the same ", 3);
	write_text(r, FOLDER "/gone", "is to go ", 700);
	write_text(r, FOLDER "/d/inside", "lies in d ", 5);
	write_text(r, FOLDER "/x", "was x ", 10);
	write_text(r, FOLDER "/y", "was y ", 11);
	sim_disk_symlink(r->fs, FOLDER "/link", "edited");
}

static void swap(struct rig *r, const char *a, const char *b)
{
	EXPECT(sim_disk_rename(r->fs, a, FOLDER "/between"), "a");
	EXPECT(sim_disk_rename(r->fs, b, a), "b");
	EXPECT(sim_disk_rename(r->fs, FOLDER "/between", b), "c");
}

static void change_a_few(struct rig *r)
{
	write_text(r, FOLDER "/edited", "after the edit ", 800);
	EXPECT(sim_disk_rename(r->fs, FOLDER "/moved", FOLDER "/d/moved"), "it moves");
	EXPECT(sim_disk_remove(r->fs, FOLDER "/gone"), "it goes");
	write_text(r, FOLDER "/new/file", "was not there ", 600);
	EXPECT(sim_disk_rename(r->fs, FOLDER "/d", FOLDER "/e"), "a directory moves");
	swap(r, FOLDER "/x", FOLDER "/y");
	sim_disk_symlink(r->fs, FOLDER "/link", "new/file");
}

static void work_make(void)
{
	plan_make(&work, &source);
	remember_whole(source.fs);
}

TEST(the_power_may_go_at_any_change_of_an_apply)
{
	begin(a_few_files);
	change_a_few(&source);
	work_make();
	every_cut(1, 3);
	end();
}

TEST(the_power_may_go_in_a_new_folder)
{
	begin(NULL);
	a_few_files(&source);
	work_make();
	every_cut(1, 2);
	end();
}

TEST(the_power_may_go_while_old_versions_are_kept)
{
	begin(a_few_files);
	change_a_few(&source);
	work_make();
	for (size_t i = 0; i < work.count; i++)
		work.items[i].keep_old = true;
	every_cut(2, 3);
	end();
}

static void change_a_large_one(struct rig *r)
{
	write_text(r, FOLDER "/edited", "has a manifest", 40000);
}

TEST(the_power_may_go_while_a_large_file_changes)
{
	begin(a_few_files);
	change_a_large_one(&source);
	work_make();
	every_cut(1, 4);
	end();
}

static void many_files(struct rig *r)
{
	char path[64];

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), FOLDER "/d%u/file", i);
		write_text(r, path, path, 100 + i);
	}
}

static void change_many(struct rig *r)
{
	char path[64], to[64];

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), FOLDER "/d%u/file", i);
		snprintf(to, sizeof(to), FOLDER "/d%u/other", i);
		write_text(r, i % 2 ? path : to, to, 200 + i);
	}
}

TEST(the_power_may_go_while_many_directories_change)
{
	begin(many_files);
	change_many(&source);
	work_make();
	every_cut(5, 2);
	end();
}

TEST(the_vault_has_what_was_recorded)
{
	begin(a_few_files);
	change_a_few(&source);
	work_make();
	for (unsigned i = 0; i < 10; i++) {
		struct outcome o;
		struct job *j = rig_job(JOB_LOAD);
		struct rig r;

		rig_clone(&r, &base, test_seed() + i);
		EXPECT_EQ(rig_open(&r), 0, "the disk opens");
		sim_disk_fault(r.fs, &(struct sim_disk_faults){ .loose = i % 2 });
		o = do_work(&r);
		EXPECT(o.recorded, "records are kept");
		rig_crash(&r);
		EXPECT(sim_disk_remove(r.fs, STATE "/index.sqlite"), "the index is lost");
		(void)sim_disk_remove(r.fs, STATE "/index.sqlite-wal");
		EXPECT_EQ(rig_open(&r), 0, "the disk opens again");
		EXPECT(disk_rebuilt(r.disk), "and says so");
		rig_run(&r, j);
		EXPECT_EQ(j->record_count, 1, "the one that nobody else has is there");
		job_free(j);
		rig_fini(&r);
	}
	end();
}

/* ---- faults ---- */

enum after { GO_ON, CLOSE, CRASH, AFTERS };

/* Something goes wrong while the work is done, and then no more. False: it did not. */
static bool one_fault(const struct sim_disk_faults *f, uint64_t seed, enum after after)
{
	struct sim_disk_faults left;
	struct outcome o;
	struct rig r;

	how = (const char *[]){ "going on", "closing", "crashing" }[after];
	rig_clone(&r, &base, seed);
	EXPECT_EQ(rig_open(&r), 0, "the disk opens");
	sim_disk_fault(r.fs, f);
	o = do_work(&r);
	expect_whole(r.fs);
	left = sim_disk_faults_left(r.fs);
	sim_disk_fault(r.fs, &(struct sim_disk_faults){ 0 });
	if (after == CLOSE)
		rig_close(&r);
	if (after == CRASH)
		rig_crash(&r);
	if (after != GO_ON)
		EXPECT_EQ(rig_open(&r), 0, "the disk opens again");
	expect_good(&r, &o);
	rig_fini(&r);
	return left.read.at + left.write.at + left.sync.at == 0;
}

enum { READS, WRITES, FLUSHES, KINDS };

TEST(any_call_may_fail_once)
{
	begin(a_few_files);
	change_a_few(&source);
	work_make();
	for (unsigned kind = 0; kind < KINDS; kind++) {
		bool met = true;

		for (cut = 1; met; cut++) {
			struct sim_disk_luck at = { .at = cut };
			struct sim_disk_faults f = { 0 };

			*(struct sim_disk_luck *[]){ &f.read, &f.write, &f.sync }[kind] =
				at;
			for (unsigned after = 0; after < AFTERS; after++)
				met &= one_fault(&f, test_seed() + cut, after);
		}
		printf("# %llu calls of kind %u\n", (unsigned long long)cut, kind);
	}
	end();
}

static int put_object(struct rig *r, const char *text)
{
	struct job *j = rig_job(JOB_OBJECT_PUT);
	int result;

	j->data = mem_copy(text, strlen(text));
	j->data_len = strlen(text);
	j->object = chunk_id(bytes_of(j->data, j->data_len));
	rig_run(r, j);
	result = j->result;
	job_free(j);
	return result;
}

/* The first put of all begins a pack, and the next ones need to know of it. */
TEST(a_disk_that_opens_knows_its_packs_whatever_failed_before)
{
	bool met = true;

	rig_init(&base, test_seed());
	EXPECT_EQ(put_object(&base, "first"), 0, "there is a pack");
	rig_close(&base);
	EXPECT(sim_disk_remove(base.fs, STATE "/index.sqlite"), "the index is lost");
	for (cut = 1; met; cut++) {
		struct rig r;

		rig_clone(&r, &base, test_seed() + cut);
		sim_disk_fault(r.fs, &(struct sim_disk_faults){ .read = { .at = cut } });
		if (rig_open(&r) == 0)
			EXPECT(put_object(&r, "second") != -EEXIST, "it knows them");
		met = sim_disk_faults_left(r.fs).read.at == 0;
		sim_disk_fault(r.fs, &(struct sim_disk_faults){ 0 });
		if (r.disk == NULL)
			EXPECT_EQ(rig_open(&r), 0, "the disk opens");
		EXPECT_EQ(put_object(&r, "third"), 0, "an object can be kept");
		rig_fini(&r);
	}
	printf("# %llu reads\n", (unsigned long long)cut);
	rig_fini(&base);
}

TEST(the_disk_may_be_full_at_any_moment)
{
	begin(a_few_files);
	change_a_few(&source);
	work_make();
	for (cut = 0; cut < 300000; cut += 4000)
		for (unsigned after = 0; after < AFTERS; after++) {
			struct sim_disk_faults f = { .full = true, .room = cut };

			one_fault(&f, test_seed() + cut, after);
		}
	end();
}

TEST(a_disk_may_be_read_only)
{
	static const struct sim_disk_faults f = { .read_only = true };

	begin(a_few_files);
	change_a_few(&source);
	work_make();
	for (unsigned after = 0; after < AFTERS; after++)
		one_fault(&f, test_seed(), after);
	end();
}
