/* SPDX-License-Identifier: ISC */
#include "sim/disk/sim_store.h"

#include <errno.h>

#include "node/base/mem.h"
#include "sync/disk/disk.h"

#define STATE "/state"

struct sim_store {
	struct sim_disk *fs;
	struct disk *disk; /* NULL: closed */
	const struct log *log;
};

static void mute(void *context, enum log_level level, const char *line)
{
	(void)context;
	(void)level;
	(void)line;
}

struct sim_disk *sim_store_image(void)
{
	static const struct log silent = { mute, NULL, LOG_ERROR_ };
	struct sim_store s = { .fs = sim_disk_new(1), .log = &silent };

	sim_disk_mkdir(s.fs, STATE);
	check(sim_store_start(&s, 0) == 0);
	sim_store_stop(&s, 0);
	return s.fs;
}

struct sim_store *sim_store_new(
	struct sim_disk *image, uint64_t seed, const struct log *log)
{
	struct sim_store *s = mem_new(sizeof(*s));

	s->fs = sim_disk_clone(image, seed);
	s->log = log;
	return s;
}

struct sim_disk *sim_store_disk(struct sim_store *s)
{
	return s->fs;
}

int sim_store_start(struct sim_store *s, int64_t now_ns)
{
	int err;

	check(s->disk == NULL);
	sim_disk_now(s->fs, now_ns);
	sim_disk_enter(s->fs);
	err = disk_open(&s->disk, STATE, s->log);
	sim_disk_leave();
	if (err)
		s->disk = NULL;
	return err;
}

void sim_store_run(struct sim_store *s, int64_t now_ns, struct job *j)
{
	if (s->disk == NULL) {
		j->result = -EIO;
		return;
	}
	sim_disk_now(s->fs, now_ns);
	sim_disk_enter(s->fs);
	disk_run(s->disk, j);
	sim_disk_leave();
}

void sim_store_idle(struct sim_store *s, int64_t now_ns)
{
	if (s->disk == NULL)
		return;
	sim_disk_now(s->fs, now_ns);
	sim_disk_enter(s->fs);
	disk_idle(s->disk);
	sim_disk_leave();
}

void sim_store_stop(struct sim_store *s, int64_t now_ns)
{
	sim_disk_now(s->fs, now_ns);
	sim_disk_enter(s->fs);
	disk_close(s->disk);
	sim_disk_leave();
	s->disk = NULL;
}

/* A disk that is dead lets a store be closed without a trace. */
static void end(struct sim_store *s)
{
	sim_disk_kill(s->fs);
	sim_disk_enter(s->fs);
	disk_close(s->disk);
	sim_disk_leave();
	s->disk = NULL;
}

void sim_store_kill(struct sim_store *s)
{
	end(s);
	sim_disk_end(s->fs);
}

void sim_store_crash(struct sim_store *s)
{
	end(s);
	sim_disk_crash(s->fs);
}

void sim_store_free(struct sim_store *s)
{
	if (s == NULL)
		return;
	sim_store_kill(s);
	sim_disk_free(s->fs);
	mem_free(s);
}
