/* SPDX-License-Identifier: ISC */
/*
 * From the tree as agreed to the tree on disk. The dirty queue holds every file for which
 * the two may differ; what cannot be done yet leaves the queue and comes back by the event
 * it waits for: content complete, directory there, name free, directory empty. One job of at
 * most APPLY_ITEMS_MAX items runs at a time; the catalogue takes its effect for granted and
 * takes back, in reverse order, what failed. Nothing is applied before the first scan, nor
 * while a scan or its publication runs: a local change comes first.
 */
#include <errno.h>

#include "sync/machine.h"

enum {
	RETRY_FIRST_MS = 1000,
	RETRY_MAX_MS = 30000,
	JOB_BYTES_MAX = 8 * 1024 * 1024,
	STALE_AT_ONCE = 3,
	/* scans without a pause when apply finds another tree */
};

static struct file *file_of(const struct folder *f, uint32_t file)
{
	return &f->catalogue.files[file];
}

static uint16_t mode_wanted(const struct folder *f, uint32_t file, uint32_t slot)
{
	uint32_t canonical = tree_canonical(f, slot);
	struct entry e;

	catalogue_entry(f, file_of(f, canonical != NONE ? canonical : file)->shown, &e);
	return e.mode;
}

static void item_add(
	struct folder *f, struct job *j, uint32_t file, const struct apply_item *item)
{
	const struct file *x = file_of(f, file);

	f->undo[f->undo_count++] = (struct applying){ file, x->applied, x->stand };
	j->apply_items[j->apply_count++] = *item;
}

static void item_fill(const struct folder *f, uint32_t file, struct apply_item *item)
{
	const struct catalogue *c = &f->catalogue;
	const struct file *x = file_of(f, file);
	size_t len = 0;
	struct entry e;

	*item = (struct apply_item){ .file = x->id, .kind = (enum entry_kind)ENTRY_FILE };
	if (x->applied != NONE)
		item->replaces = c->versions[x->applied].hash;
	if (x->shown == NONE)
		return;
	catalogue_entry(f, x->shown, &e);
	item->version = c->versions[x->shown].hash;
	item->parent = e.parent;
	item->kind = e.kind;
	item->mode = e.mode;
	item->mtime_s = e.mtime_s;
	item->mtime_ns = e.mtime_ns;
	item->size = e.size;
	item->content_depth = e.content_depth;
	item->content = e.content;
	if (tree_name(f, x->shown, item->name, &len))
		item->name_len = (uint8_t)len;
}

static bool keep_old(const struct folder *f, uint32_t file)
{
	const struct catalogue *c = &f->catalogue;
	const struct file *x = file_of(f, file);

	if (x->applied == NONE || (c->versions[x->applied].flags & VERSION_DELETED))
		return false;
	if (x->applied == x->shown) /* gives way to another file of its name */
		return true;
	return version_is_head(&c->versions[x->applied]) &&
	       !catalogue_alike(f, x->applied, x->shown);
}

/* It shall not stand anywhere. */
static void leave(struct folder *f, struct job *j, uint32_t file)
{
	struct apply_item item;
	const struct file *x = file_of(f, file);

	if (x->stand == NONE || x->disk_children > 0)
		return;
	item_fill(f, file, &item);
	item.kind = (enum entry_kind)f->catalogue.versions[x->applied].kind;
	item.parent = file_of(f, f->catalogue.slots[x->stand].parent)->id;
	item.deleted = true;
	item.keep_old = keep_old(f, file);
	item_add(f, j, file, &item);
	tree_stand(f, file, NONE, NONE);
}

/* Whether `file` waits, through any number of others, for itself. */
static bool waits_for_itself(const struct folder *f, uint32_t file, uint32_t occupant)
{
	const struct catalogue *c = &f->catalogue;

	for (unsigned steps = 0; steps < 256 && occupant != file; steps++) {
		uint32_t target = tree_wants(f, occupant), parent;

		if (target ==
			NONE) /* it goes away, with what has to move out of it first */
			return c->files[occupant].disk_children > 0 &&
			       (c->files[file].flags & FILE_DIRECTORY);
		parent = c->slots[target].parent;
		if (parent != 0 && c->files[parent].stand == NONE)
			occupant = parent;
		else if (c->slots[target].standing != NONE &&
			 c->slots[target].standing != occupant)
			occupant = c->slots[target].standing;
		else
			return false;
	}
	return occupant == file;
}

/* Who wants another's name while that one waits for it, or wants to lie in a directory that
 * comes to its own place: it steps aside under a name of its own for a moment. */
static void step_aside(struct folder *f, struct job *j, uint32_t file, uint32_t occupant)
{
	struct file *x = file_of(f, occupant);
	char name[48];
	struct text t = text_of(name, sizeof(name));
	struct apply_item item;
	struct entry e;

	if ((x->flags & (FILE_LOCAL | FILE_FAILED)) ||
		!waits_for_itself(f, file, occupant))
		return;
	text_string(&t, ".qanat-aside-");
	text_hex(&t, bytes_of(x->id.b, 8));
	catalogue_entry(f, x->applied, &e);
	item = (struct apply_item){ .file = x->id, .kind = e.kind, .mode = e.mode };
	item.parent = file_of(f, f->catalogue.slots[x->stand].parent)->id;
	item.version = item.replaces = f->catalogue.versions[x->applied].hash;
	item.mtime_s = e.mtime_s;
	item.mtime_ns = e.mtime_ns;
	item.size = e.size;
	item.content_depth = e.content_depth;
	item.content = e.content;
	item.name_len = (uint8_t)t.len;
	memcpy(item.name, name, t.len);
	item_add(f, j, occupant, &item);
	tree_stand(f, occupant,
		tree_slot(f, f->catalogue.slots[x->stand].parent,
			tree_name_hash(bytes_of(name, t.len))),
		x->applied);
	tree_dirty(f, file);
}

static void stand(struct folder *f, struct job *j, uint32_t file, uint32_t slot)
{
	struct catalogue *c = &f->catalogue;
	struct file *x = file_of(f, file);
	uint32_t parent = c->slots[slot].parent, occupant = c->slots[slot].standing;
	struct apply_item item;
	uint16_t mode = 0;

	if (x->flags & FILE_DIRECTORY)
		mode = mode_wanted(f, file, slot);
	if (x->applied == x->shown && x->stand == slot &&
		(!(x->flags & FILE_DIRECTORY) || x->applied_mode == mode))
		return;
	if (!(c->versions[x->shown].flags & VERSION_COMPLETE) &&
		!(x->flags & FILE_DELETED))
		return;
	if (parent != 0 && (c->files[parent].stand == NONE ||
				   !(c->files[parent].flags & FILE_DIRECTORY)))
		return;
	if (occupant != NONE && occupant != file) {
		step_aside(f, j, file, occupant);
		return;
	}
	item_fill(f, file, &item);
	item.parent = c->files[parent].id;
	item.keep_old = keep_old(f, file);
	if (x->flags & FILE_DIRECTORY)
		item.mode = mode;
	item_add(f, j, file, &item);
	tree_stand(f, file, slot, x->shown);
	x->applied_mode = mode;
}

static void decide(struct folder *f, struct job *j, uint32_t file)
{
	struct file *x = file_of(f, file);
	uint32_t slot;

	if (x->flags & (FILE_LOCAL | FILE_FAILED))
		return;
	slot = tree_wants(f, file);
	if (slot == NONE)
		leave(f, j, file);
	else
		stand(f, j, file, slot);
}

static void compact(struct folder *f)
{
	if (f->dirty_at < f->dirty_count / 2 && f->dirty_at < f->dirty_count)
		return;
	memmove(f->dirty, f->dirty + f->dirty_at,
		(f->dirty_count - f->dirty_at) * sizeof(*f->dirty));
	f->dirty_count -= f->dirty_at;
	f->dirty_at = 0;
}

static uint64_t large_bytes(const struct job *j)
{
	const struct apply_item *item = &j->apply_items[j->apply_count - 1];

	return item->deleted ? 0 : item->size;
}

void apply_pump(struct folder *f, struct instant now)
{
	struct job *j;
	size_t before;
	uint64_t bytes = 0;

	(void)now;
	if (!f->scanned || f->scanning || f->publishing || f->applying || f->paused ||
		f->gone || f->key.epoch == 0 || f->stores_failing > 0 ||
		f->dirty_at == f->dirty_count)
		return;
	j = sync_folder_job(f, JOB_APPLY);
	j->apply_items = mem_array(APPLY_ITEMS_MAX, sizeof(*j->apply_items));
	if (f->undo == NULL)
		f->undo = mem_array(APPLY_ITEMS_MAX, sizeof(*f->undo));
	f->undo_count = 0;
	while (f->dirty_at < f->dirty_count && j->apply_count < APPLY_ITEMS_MAX &&
		bytes < JOB_BYTES_MAX) {
		uint32_t file = f->dirty[f->dirty_at++];

		file_of(f, file)->flags &= (uint16_t)~FILE_DIRTY;
		before = j->apply_count;
		decide(f, j, file);
		if (j->apply_count > before)
			bytes += large_bytes(j);
		else if (f->error_count > 0 && !(file_of(f, file)->flags & FILE_FAILED))
			folder_error_drop_file(f, file); /* nothing is left to fail */
	}
	compact(f);
	if (j->apply_count == 0) {
		job_free(j);
		return;
	}
	f->applying = true;
	sync_submit(f->sync, j);
}

/* The tree is not what we know of it, or a directory holds what we do not know to be gone. */
static bool needs_scan(int error)
{
	return error == -ESTALE || error == -ENOTEMPTY;
}

static void fail(struct folder *f, struct instant now, uint32_t file, int error)
{
	char path[512];
	struct text t = text_of(path, sizeof(path));
	struct file *x = file_of(f, file);

	if (!(x->flags & FILE_FAILED))
		f->failed_count++;
	x->flags |= FILE_FAILED;
	if (f->failed_ms == 0)
		f->failed_ms = RETRY_FIRST_MS;
	if (f->failed_at.us == NEVER.us)
		f->failed_at = instant_add_ms(now,
			f->failed_ms +
				(int64_t)rng_below(rng_of(f->sync), f->failed_ms / 4));
	sync_due(f->sync, f->failed_at);
	/* a change here, which a scan finds */
	if (needs_scan(error))
		f->scan_wanted = f->stale_jobs < STALE_AT_ONCE;
	if (error == -ESTALE)
		return;
	if (error == -ENOENT && x->shown != NONE)
		fetch_again(f, x->shown);
	(void)tree_path(f, file, &t);
	folder_error_add(f, ERROR_APPLY, file, path, error < 0 ? -error : error, NULL);
}

void apply_retry(struct folder *f)
{
	struct catalogue *c = &f->catalogue;

	f->failed_at = NEVER;
	if (f->failed_count == 0)
		return;
	for (uint32_t i = 1; i < c->file_count; i++)
		if (c->files[i].flags & FILE_FAILED) {
			c->files[i].flags &= (uint16_t)~FILE_FAILED;
			tree_dirty(f, i);
		}
	f->failed_count = 0;
	f->failed_ms = f->failed_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : f->failed_ms * 2;
}

void apply_done(struct folder *f, struct instant now, struct job *j)
{
	bool any = false, stale = false;

	f->applying = false;
	for (size_t i = j->apply_count; i-- > 0;) {
		struct applying u = f->undo[i];
		int result = j->result != 0 ? j->result : j->apply_items[i].result;

		if (result == 0) {
			any = true;
			folder_error_drop_file(f, u.file);
			continue;
		}
		tree_stand(f, u.file, u.stand, u.applied);
		stale = stale || needs_scan(result);
		fail(f, now, u.file, result);
	}
	/* it may have been done all the same: what stands is asked with the next try */
	if (j->result != 0) {
		f->relearn = true;
		f->scan_at = instant_min(f->scan_at, f->failed_at);
	}
	f->stale_jobs = stale ? f->stale_jobs + 1 : any ? 0 : f->stale_jobs;
	if (any && f->failed_count == 0)
		f->failed_ms = 0;
	sync_due(f->sync, now);
}
