/* SPDX-License-Identifier: ISC */
/*
 * The power goes while a person's files are scanned and published: his bytes stay as they
 * are, a file id that was told stays, and what was adopted is not told again.
 */
#include <stdio.h>

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "tests/unit/sim/disk/rig.h"

static struct rig base; /* closed; the person has been at it since the last scan */

static void begin(bool fresh)
{
	struct rng_seeded state;
	struct rng rng = rng_seeded_init(&state, test_seed());
	uint8_t big[300000];

	rig_init(&base, test_seed());
	sim_disk_fill(base.fs, FOLDER, &rng, 12, 60000);
	rng_fill(&rng, big, sizeof(big));
	sim_disk_write(base.fs, FOLDER "/big", bytes_of(big, sizeof(big)), 0644, 5);
	if (!fresh)
		(void)rig_settle(&base);
	sim_disk_edit(base.fs, FOLDER, &rng, 8);
	big[100000] ^= 1;
	sim_disk_write(base.fs, FOLDER "/big", bytes_of(big, sizeof(big)), 0600, 6);
	sim_disk_write(base.fs, FOLDER "/new", bytes_of(big, 200000), 0600, 6);
	rig_close(&base);
	sim_disk_sync(base.fs);
}

static struct job *scan(struct rig *r)
{
	struct job *j = rig_job(JOB_SCAN);

	rig_run(r, j);
	return j;
}

static struct job *adoption(struct rig *r, const struct job *scanned)
{
	struct job *j = rig_job(JOB_RECORDS);

	j->adopts = mem_array(scanned->scan_count + 1, sizeof(*j->adopts));
	j->adopt_count = scanned->scan_count;
	for (size_t i = 0; i < j->adopt_count; i++) {
		uint64_t n = ++r->versions;

		j->adopts[i] = (struct adopt){ scanned->scan_items[i].file,
			hash_tagged("test version", bytes_of(&n, sizeof(n))),
			scanned->scan_items[i].change == SCAN_GONE };
	}
	return j;
}

static void expect_same_items(const struct job *before, const struct job *after)
{
	EXPECT_EQ(after->scan_count, before->scan_count, "as much is told again");
	for (size_t i = 0; i < before->scan_count; i++) {
		bool found = false;

		for (size_t k = 0; k < after->scan_count && !found; k++)
			found = id_equal(&before->scan_items[i].file,
					&after->scan_items[k].file) &&
				before->scan_items[i].change ==
					after->scan_items[k].change &&
				id_equal(&before->scan_items[i].content,
					&after->scan_items[k].content);
		EXPECT(found, "each under the id that it had");
	}
}

/* What was told can be served. */
static void expect_content(struct rig *r, const struct job *told)
{
	for (size_t i = 0; i < told->scan_count; i++) {
		struct job *j;

		if (told->scan_items[i].content_depth == 0 ||
			told->scan_items[i].change == SCAN_GONE)
			continue;
		j = rig_job(JOB_OBJECT_GET);
		j->object = told->scan_items[i].content;
		rig_run(r, j);
		EXPECT_EQ(j->result, 0, "the root of a content that was told is here");
		job_free(j);
	}
}

/* False: the k-th change was never reached. */
static bool one_cut(uint64_t k, uint64_t seed, bool power)
{
	size_t count;
	struct hash before = sim_disk_digest(base.fs, FOLDER, &count), after;
	struct job *first, *adopt, *again;
	struct rig r;
	bool reached;

	rig_clone(&r, &base, seed);
	EXPECT_EQ(rig_open(&r), 0, "the disk opens");
	sim_disk_fault(r.fs, &(struct sim_disk_faults){ .loose = seed % 2 });
	sim_disk_cut(r.fs, k);
	first = scan(&r);
	adopt = adoption(&r, first);
	if (first->result == 0)
		rig_run(&r, adopt);
	else
		adopt->result = first->result;
	reached = sim_disk_dead(r.fs);
	if (power)
		rig_crash(&r);
	else
		rig_kill(&r);
	EXPECT_EQ(rig_open(&r), 0, "the disk opens again");
	again = scan(&r);
	EXPECT_EQ(again->result, 0, "it is scanned");
	EXPECT_EQ(again->error_count, 0, "everything can be read");
	if (adopt->result == 0)
		EXPECT_EQ(again->scan_count, 0, "what was adopted is not told again");
	else if (first->result == 0 && again->scan_count > 0)
		expect_same_items(first, again);
	if (first->result == 0)
		expect_content(&r, first);
	(void)rig_settle(&r);
	after = sim_disk_digest(r.fs, FOLDER, &count);
	EXPECT(id_equal(&before, &after), "the person's files are as they were");
	job_free(first);
	job_free(adopt);
	job_free(again);
	rig_fini(&r);
	return reached;
}

static void every_cut(void)
{
	uint64_t k = 1;

	for (bool reached = true; reached; k++) {
		reached = one_cut(k, test_seed() + k, false);
		for (unsigned i = 0; i < 2; i++)
			reached |= one_cut(k, test_seed() + k + 1001 * i, true);
	}
	printf("# %llu changes\n", (unsigned long long)(k - 1));
}

TEST(the_power_may_go_while_edits_are_published)
{
	begin(false);
	every_cut();
	rig_fini(&base);
}

TEST(the_power_may_go_while_a_new_folder_is_published)
{
	begin(true);
	every_cut();
	rig_fini(&base);
}
