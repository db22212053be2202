/* SPDX-License-Identifier: ISC */
/* Stores as a world uses them. */
#include <errno.h>

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "sim/disk/sim_store.h"
#include "tests/test.h"

#define FOLDER "/folder"

static const int64_t start_ns = 1700000000000000000;

static void quiet(void *context, enum log_level level, const char *line)
{
	(void)context;
	(void)level;
	(void)line;
}

static const struct log no_log = { quiet, NULL, LOG_ERROR_ };

static struct job *new_job(enum job_kind kind)
{
	struct job *j = job_new(kind);

	j->folder = (struct hash){ { 1 } };
	j->key = (struct zone_key){ .epoch = 1, .key = { 1 } };
	j->path = mem_string(FOLDER);
	return j;
}

static int put_record(struct sim_store *s, uint8_t key)
{
	struct job *j = new_job(JOB_RECORDS);
	int result;

	j->records = mem_array(1, sizeof(*j->records));
	j->record_count = 1;
	j->records[0].folder = j->folder;
	j->records[0].kind = RECORD_CERTIFICATE;
	j->records[0].key[0] = key;
	j->records[0].key_len = 1;
	j->records[0].value = mem_copy("value", 5);
	j->records[0].value_len = 5;
	sim_store_run(s, start_ns, j);
	result = j->result;
	job_free(j);
	return result;
}

static size_t count_records(struct sim_store *s)
{
	struct job *j = new_job(JOB_LOAD);
	size_t count;

	sim_store_run(s, start_ns, j);
	EXPECT_EQ(j->result, 0, "records are loaded");
	count = j->record_count;
	job_free(j);
	return count;
}

static size_t scan(struct sim_store *s, int64_t now_ns)
{
	struct job *j = new_job(JOB_SCAN);
	size_t count;

	sim_store_run(s, now_ns, j);
	EXPECT_EQ(j->result, 0, "the folder is scanned");
	count = j->scan_count;
	job_free(j);
	return count;
}

TEST(a_store_comes_back_with_what_it_said_yes_to)
{
	struct sim_disk *image;
	struct sim_store *s;

	EXPECT_EQ(crypto_start(), 0, "crypto starts");
	image = sim_store_image();
	s = sim_store_new(image, test_seed(), &no_log);
	EXPECT_EQ(put_record(s, 1), -EIO, "a closed store does nothing");
	EXPECT_EQ(sim_store_start(s, start_ns), 0, "it starts");
	EXPECT_EQ(put_record(s, 1), 0, "a record");
	sim_store_crash(s);
	EXPECT_EQ(sim_store_start(s, start_ns), 0, "it starts after a crash");
	EXPECT_EQ(put_record(s, 2), 0, "a second");
	sim_store_kill(s);
	EXPECT_EQ(sim_store_start(s, start_ns), 0, "it starts after its end");
	EXPECT_EQ(put_record(s, 3), 0, "a third");
	sim_store_stop(s, start_ns);
	EXPECT_EQ(sim_store_start(s, start_ns), 0, "it starts after a stop");
	EXPECT_EQ(count_records(s), 3, "all are there");
	sim_disk_kill(sim_store_disk(s));
	EXPECT_EQ(put_record(s, 4), -EIO, "without power nothing is done");
	sim_store_free(s);
	sim_disk_free(image);
}

/* All bytes of a store after some work, with another one at work between. */
static struct hash work(struct sim_disk *image, uint64_t noise)
{
	struct sim_store *s = sim_store_new(image, test_seed(), &no_log);
	struct sim_store *other = sim_store_new(image, noise, &no_log);
	struct rng_seeded state;
	struct rng rng = rng_seeded_init(&state, 7);
	struct hash h;
	size_t count;

	sim_disk_mkdir(sim_store_disk(s), FOLDER);
	EXPECT_EQ(sim_store_start(s, start_ns), 0, "it starts");
	EXPECT_EQ(sim_store_start(other, start_ns), 0, "the other starts");
	for (unsigned i = 0; i < 5; i++) {
		sim_disk_fill(sim_store_disk(s), FOLDER, &rng, 20, 100000);
		EXPECT(scan(s, start_ns + i * 1000000000ll) > 0, "something is new");
		for (uint64_t k = 0; k < noise; k++)
			EXPECT_EQ(put_record(other, (uint8_t)k), 0, "the other works");
		sim_store_crash(s);
		EXPECT_EQ(sim_store_start(s, start_ns + i * 1000000000ll), 0, "again");
	}
	sim_store_stop(s, start_ns);
	h = sim_disk_digest(sim_store_disk(s), "/", &count);
	sim_store_free(s);
	sim_store_free(other);
	return h;
}

TEST(a_seed_gives_the_same_bytes_whatever_others_do)
{
	struct sim_disk *image;
	struct hash a, b;

	EXPECT_EQ(crypto_start(), 0, "crypto starts");
	image = sim_store_image();
	a = work(image, 1);
	b = work(image, 3);
	EXPECT(id_equal(&a, &b), "index, logs and files are the same bytes");
	sim_disk_free(image);
}
