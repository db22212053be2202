/* SPDX-License-Identifier: ISC */
#include "sim/world/drive.h"

#include <errno.h>

#include "node/base/mem.h"

struct drive {
	struct memory_store *memory; /* owned; NULL: a real one */
	struct sim_store *store;     /* owned */
	struct sim_disk *disk;       /* of store */
	bool open;
	struct sim_disk_list list; /* as of listed */
	uint64_t listed, changes;
	enum plan_disk fault;
	struct rng rng;
	struct rng_seeded luck;
};

enum {
	WRITING = 1u << JOB_RECORDS | 1u << JOB_SCAN | 1u << JOB_OBJECT_PUT |
		  1u << JOB_APPLY | 1u << JOB_FORGET,
	ANY = WRITING | 1u << JOB_OBJECT_GET | 1u << JOB_CHECK | 1u << JOB_LOAD,
	BROKEN_PPM = 100000,
	CUT_CALLS = 60, /* a job is cut at one of its first so many changes of the disk */
};

/* A disk on which an empty state directory was made, for all that begin so. */
static struct sim_disk *image(void)
{
	static struct sim_disk *made;

	if (made == NULL)
		made = sim_store_image();
	return made;
}

struct drive *drive_new(bool real, uint64_t seed, const struct log *log)
{
	struct drive *d = mem_new(sizeof(*d));

	d->rng = rng_seeded_init(&d->luck, seed);
	if (!real) {
		d->memory = memory_store_new(seed);
		return d;
	}
	d->store = sim_store_new(image(), seed, log);
	d->disk = sim_store_disk(d->store);
	sim_disk_mkdir(d->disk, DRIVE_FOLDER);
	sim_disk_sync(d->disk);
	drive_fault(d, PLAN_DISK_GOOD);
	d->listed = UINT64_MAX;
	return d;
}

void drive_free(struct drive *d)
{
	if (d == NULL)
		return;
	memory_store_free(d->memory);
	sim_disk_list_fini(&d->list);
	if (d->open)
		sim_store_kill(d->store);
	sim_store_free(d->store);
	mem_free(d);
}

bool drive_is_real(const struct drive *d)
{
	return d->memory == NULL;
}

bool drive_start(struct drive *d, int64_t now_ms)
{
	if (d->memory != NULL)
		return true;
	check(!d->open);
	d->open = sim_store_start(d->store, now_ms * 1000000) == 0;
	return d->open;
}

void drive_run(struct drive *d, int64_t now_ms, struct job *j)
{
	d->changes++;
	if (d->memory != NULL)
		memory_store_run(d->memory, j);
	else
		sim_store_run(d->store, now_ms * 1000000, j);
}

/* The power goes in the middle of what runs; or the program is killed, and what it wrote
 * stays; or the power goes between two jobs. */
void drive_crash(struct drive *d, int64_t now_ms, struct job *running)
{
	d->changes++;
	if (d->memory != NULL) {
		memory_store_crash(d->memory);
		return;
	}
	if (!d->open)
		return;
	d->open = false;
	if (running != NULL) {
		sim_disk_cut(d->disk, 1 + rng_below(&d->rng, CUT_CALLS));
		sim_store_run(d->store, now_ms * 1000000, running);
	}
	if (sim_disk_dead(d->disk) || rng_below(&d->rng, 2))
		sim_store_crash(d->store);
	else
		sim_store_kill(d->store);
	sim_disk_cut(d->disk, 0);
}

void drive_fault(struct drive *d, enum plan_disk fault)
{
	static const int errors[] = { 0, ENOSPC, EROFS, EIO };
	struct sim_disk_faults f = { .full = fault == PLAN_DISK_FULL,
		.read_only = fault == PLAN_DISK_READONLY };

	d->fault = fault;
	if (d->memory != NULL) {
		memory_store_fail(d->memory, fault == PLAN_DISK_BROKEN ? ANY : WRITING,
			errors[fault]);
		return;
	}
	f.loose = rng_below(&d->rng, 2);
	if (f.full)
		f.room = rng_below(&d->rng, 100000);
	if (fault == PLAN_DISK_BROKEN)
		f.read.ppm = f.write.ppm = f.sync.ppm = BROKEN_PPM;
	sim_disk_fault(d->disk, &f);
}

bool drive_writable(const struct drive *d)
{
	return d->fault == PLAN_DISK_GOOD;
}

/* ---- a person's hand ---- */

static void flush_above(struct drive *d, const char *path)
{
	char above[4096];
	struct text t = text_of(above, sizeof(above));
	const char *slash = strrchr(path, '/');

	text_chars(&t, path, (size_t)(slash - path));
	sim_disk_flush(d->disk, above);
}

void drive_write(struct drive *d, const char *path, struct bytes data, uint16_t mode,
	int64_t mtime_s)
{
	d->changes++;
	if (d->memory != NULL) {
		memory_write(d->memory, path, data, mode, mtime_s);
		return;
	}
	sim_disk_write(d->disk, path, data, mode, mtime_s);
	sim_disk_flush(d->disk, path);
	flush_above(d, path);
}

void drive_mkdir(struct drive *d, const char *path)
{
	d->changes++;
	if (d->memory != NULL) {
		memory_mkdir(d->memory, path);
		return;
	}
	sim_disk_mkdir(d->disk, path);
	flush_above(d, path);
}

void drive_symlink(struct drive *d, const char *path, const char *target)
{
	d->changes++;
	if (d->memory != NULL) {
		memory_symlink(d->memory, path, target);
		return;
	}
	sim_disk_symlink(d->disk, path, target);
	flush_above(d, path);
}

bool drive_remove(struct drive *d, const char *path)
{
	bool done;

	d->changes++;
	if (d->memory != NULL)
		return memory_remove(d->memory, path);
	done = sim_disk_remove(d->disk, path);
	flush_above(d, path);
	return done;
}

bool drive_rename(struct drive *d, const char *from, const char *to)
{
	bool done;

	d->changes++;
	if (d->memory != NULL)
		return memory_rename(d->memory, from, to);
	done = sim_disk_rename(d->disk, from, to);
	flush_above(d, from);
	flush_above(d, to);
	return done;
}

void drive_chmod(struct drive *d, const char *path, uint16_t mode)
{
	d->changes++;
	if (d->memory != NULL) {
		memory_chmod(d->memory, path, mode);
		return;
	}
	(void)sim_disk_chmod(d->disk, path, mode);
	sim_disk_flush(d->disk, path);
}

/* ---- looking ---- */

uint64_t drive_changes(const struct drive *d)
{
	return d->memory != NULL ? memory_changes(d->memory) : d->changes;
}

void drive_begin(struct drive *d, struct drive_cursor *c)
{
	*c = (struct drive_cursor){ .list = NULL };
	if (d->memory != NULL) {
		memory_begin(d->memory, DRIVE_FOLDER, &c->memory);
		return;
	}
	if (d->listed != d->changes) {
		sim_disk_list_fini(&d->list);
		sim_disk_list(d->disk, DRIVE_FOLDER, &d->list);
		d->listed = d->changes;
	}
	c->list = &d->list;
}

bool drive_next(struct drive_cursor *c, struct memory_item *out)
{
	static const enum entry_kind kinds[] = { [SIM_DISK_FILE] = ENTRY_FILE,
		[SIM_DISK_DIRECTORY] = ENTRY_DIRECTORY,
		[SIM_DISK_SYMLINK] = ENTRY_SYMLINK };
	const struct sim_disk_item *i;

	if (c->list == NULL)
		return memory_next(&c->memory, out);
	if (c->next == c->list->count)
		return false;
	i = &c->list->items[c->next++];
	*out = (struct memory_item){ strrchr(i->path, '/') + 1, kinds[i->kind], i->mode,
		i->mtime_s, bytes_of(i->data, i->len), i->depth };
	return true;
}

void drive_path(const struct drive_cursor *c, char *out, size_t room)
{
	struct text t;

	if (c->list == NULL) {
		memory_path(&c->memory, out, room);
		return;
	}
	t = text_of(out, room);
	text_string(&t, c->list->items[c->next - 1].path);
}
