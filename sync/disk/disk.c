/* SPDX-License-Identifier: ISC */
/* Opening, closing, and the table of jobs. */
#include "sync/disk/disk.h"

#include <errno.h>
#include <sys/random.h>

#include "node/base/mem.h"
#include "sync/disk/apply.h"
#include "sync/disk/objects.h"
#include "sync/disk/records.h"
#include "sync/disk/scan.h"

static void kernel_fill(void *context, void *out, size_t len)
{
	size_t done = 0;

	(void)context;
	while (done < len) {
		ssize_t n = getrandom((char *)out + done, len - done, 0);

		check(n > 0 || errno == EINTR);
		done += n > 0 ? (size_t)n : 0;
	}
}

int disk_open(struct disk **out, const char *state_dir, const struct log *log)
{
	struct disk *d = mem_new(sizeof(*d));
	int err;

	d->log = log;
	d->rng = (struct rng){ .fill = kernel_fill };
	d->state = mem_string(state_dir);
	err = index_open(&d->index, state_dir, log);
	if (err)
		goto free_disk;
	err = packs_open(&d->packs, &d->index, state_dir);
	if (err)
		goto close_index;
	/* Ids that no published version uses, of files that are not there any more. */
	err = index_run(&d->index, SQL_ROWS_DROP_GHOSTS, "");
	if (err)
		goto close_packs;
	*out = d;
	return 0;

close_packs:
	packs_close(&d->packs);
close_index:
	index_close(&d->index);
free_disk:
	mem_free(d->state);
	mem_free(d);
	return err;
}

void disk_close(struct disk *d)
{
	if (d == NULL)
		return;
	disk_idle(d);
	packs_close(&d->packs);
	index_close(&d->index);
	mem_free(d->state);
	mem_free(d);
}

void disk_idle(struct disk *d)
{
	d->puts = 0;
	if (index_commit(&d->index) != 0)
		disk_rollback(d);
}

bool disk_rebuilt(const struct disk *d)
{
	return d->index.rebuilt;
}

void disk_rng_set(struct disk *d, struct rng rng)
{
	d->rng = rng;
}

void disk_run(struct disk *d, struct job *j)
{
	if (d->packs.dir < 0) {
		/* Could not be opened again after a failure: try once more. */
		j->result = packs_open(&d->packs, &d->index, d->state);
		if (j->result)
			return;
	}
	if (j->kind != JOB_OBJECT_GET && j->kind != JOB_OBJECT_PUT &&
		j->kind != JOB_CHECK)
		disk_idle(d);
	switch (j->kind) {
	case JOB_LOAD:
		run_load(d, j);
		break;
	case JOB_RECORDS:
		run_records(d, j);
		break;
	case JOB_SCAN:
		run_scan(d, j);
		break;
	case JOB_OBJECT_GET:
		run_object_get(d, j);
		break;
	case JOB_OBJECT_PUT:
		run_object_put(d, j);
		break;
	case JOB_CHECK:
		run_check(d, j);
		break;
	case JOB_APPLY:
		run_apply(d, j);
		break;
	case JOB_FORGET:
		run_forget(d, j);
		break;
	}
}
