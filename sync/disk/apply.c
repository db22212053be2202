/* SPDX-License-Identifier: ISC */
/*
 * The order of things. Two transactions: one that says what is about to happen, one that
 * says what did; between them, the renames. Cut off anywhere, the next job of the folder
 * settles the rest from the intents (recover.c).
 */
#include "sync/disk/apply.h"

#include <errno.h>
#include <unistd.h>

#include "node/base/mem.h"

static bool may_wait(int err)
{
	return err == -ENOENT || err == -EEXIST || err == -ENOTEMPTY;
}

static int prepare_all(struct apply *a)
{
	int err = 0;

	for (size_t i = 0; i < a->count && !err; i++)
		err = step_prepare(a, &a->steps[i]);
	if (err)
		return err;
	steps_flush(a);
	for (size_t i = 0; i < a->count && !err; i++)
		if (!a->steps[i].done)
			err = row_put(&a->f.disk->index, a->f.number, TABLE_INTENT,
				&a->steps[i].want);
	if (!err)
		err = packs_sync(&a->f.disk->packs);
	return err;
}

/* The step that wants to move away what has s's place. */
static struct step *holder(struct apply *a, const struct step *s)
{
	for (size_t i = 0; i < a->count; i++) {
		struct step *o = &a->steps[i];

		if (!o->done && o != s && o->known && !o->item->deleted &&
			id_equal(&o->old.parent, &s->item->parent) &&
			strcmp(o->old.name, s->name) == 0)
			return o;
	}
	return NULL;
}

/* One pass over what is left. 1 something was done, 0 nothing, negative: the index
 * failed. */
static int pass(struct apply *a)
{
	struct index *ix = &a->f.disk->index;
	bool progress = false;

	for (size_t i = 0; i < a->count; i++) {
		struct step *s = &a->steps[i];

		if (s->done)
			continue;
		s->item->result = step_publish(a, s);
		s->done = !may_wait(s->item->result);
		progress |= s->item->result == 0;
		if (ix->failed)
			return ix->failed;
	}
	return progress;
}

/* Names that wait for each other in a circle. 1, 0, or negative. */
static int break_circle(struct apply *a)
{
	for (size_t i = 0; i < a->count; i++) {
		struct step *s = &a->steps[i];
		struct step *o = !s->done && s->known && s->item->result == -EEXIST
					 ? holder(a, s)
					 : NULL;

		if (o != NULL && step_swap(a, s, o) == 0)
			return 1;
	}
	return 0;
}

static int publish_all(struct apply *a)
{
	/* Each circle broken puts one more file where it belongs. */
	for (size_t rounds = 0; rounds <= 2 * a->count; rounds++) {
		int more = pass(a);

		if (more == 0)
			more = break_circle(a);
		if (more <= 0)
			return more;
	}
	return 0;
}

static int flush_directories(struct apply *a)
{
	if (a->touched_count > TOUCHED_MAX)
		return syncfs(a->f.tree.root) < 0 ? -errno : 0;
	for (size_t i = 0; i < a->touched_count; i++) {
		int dir = folder_directory(&a->f, &a->touched[i]);

		/* One that was removed after that has no names to keep. */
		if (dir >= 0 && fsync(dir) < 0)
			return -errno;
	}
	return 0;
}

static void discard_rest(struct apply *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->steps[i].item->result != 0)
			step_discard(a, &a->steps[i]);
}

static int apply_all(struct apply *a)
{
	struct index *ix = &a->f.disk->index;
	int err = folder_open(&a->f, a->f.disk, a->j);

	if (!err)
		err = folder_ready(&a->f);
	if (!err)
		err = prepare_all(a);
	if (!err)
		err = index_commit(ix);
	if (!err)
		err = index_begin(ix);
	if (!err)
		err = publish_all(a);
	if (!err)
		err = flush_directories(a);
	if (err)
		return err;
	discard_rest(a);
	err = index_run(ix, SQL_INTENTS_FORGET, "i", a->f.number);
	return err ? err : index_commit(ix);
}

static void count_files(struct apply *a)
{
	for (size_t i = 0; i < a->count; i++) {
		a->steps[i].item = &a->j->apply_items[i];
		a->files += !a->steps[i].item->deleted &&
			    a->steps[i].item->kind == ENTRY_FILE;
	}
}

void run_apply(struct disk *d, struct job *j)
{
	struct apply *a = mem_new(sizeof(*a));
	int err = index_begin(&d->index);

	a->j = j;
	a->count = j->apply_count;
	a->steps = mem_array(a->count + 1, sizeof(*a->steps));
	folder_init(&a->f, d);
	count_files(a);
	if (!err)
		err = apply_all(a);
	if (err) {
		disk_rollback(d);
		for (size_t i = 0; i < j->apply_count; i++)
			j->apply_items[i].result = err;
	}
	folder_close(&a->f);
	mem_free(a->steps);
	mem_free(a);
	if (!err)
		disk_reclaim(d);
	j->result = err;
}
