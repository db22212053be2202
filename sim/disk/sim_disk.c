/* SPDX-License-Identifier: ISC */
/*
 * The journal, crashes and faults. What programs see is changed at once; an operation
 * reaches the disk in its turn when something flushes it, or by luck in a crash.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <utlist.h>

#include "node/base/mem.h"
#include "sim/disk/inside.h"

enum { DEFAULT_CAPACITY = 1 << 30 };

struct timespec disk_time(const struct sim_disk *d)
{
	return (struct timespec){ .tv_sec = d->now_ns / 1000000000,
		.tv_nsec = d->now_ns % 1000000000 };
}

/* ---- the journal ---- */

static char *copy(const char *s)
{
	return s != NULL ? mem_string(s) : NULL;
}

static void free_operation(struct operation *o)
{
	mem_free(o->name);
	mem_free(o->to_name);
	mem_free(o->target);
	pages_release(o->content);
	mem_free(o);
}

/* Writing on and on is one operation. */
static bool joins(struct sim_disk *d, const struct operation *o)
{
	struct operation *e = d->journal != NULL ? d->journal->prev : NULL;

	if (e == NULL || o->kind != OPERATION_SIZE || e->kind != OPERATION_SIZE ||
		e->ino != o->ino || o->size < e->size)
		return false;
	e->size = o->size;
	e->mtime = o->mtime;
	e->now = o->now;
	state_apply(&d->seen, e);
	return true;
}

/* The inode i is about to go: its number and its room are free. */
static void count_out(struct sim_disk *d, const struct inode *i)
{
	if (i->content != NULL)
		d->taken -= i->content->allocated;
	if (i->ino < d->free_ino)
		d->free_ino = i->ino;
}

/* What an operation on names is about. */
static void find_inodes(const struct sim_disk *d, struct operation *o)
{
	const struct inode *a, *b;

	if (o->kind != OPERATION_UNLINK && o->kind != OPERATION_RENAME &&
		o->kind != OPERATION_EXCHANGE)
		return;
	a = state_child(&d->seen, state_inode(&d->seen, o->dir), o->name);
	o->ino = a->ino;
	if (o->kind == OPERATION_UNLINK)
		return;
	b = state_child(&d->seen, state_inode(&d->seen, o->to_dir), o->to_name);
	o->other = b != NULL ? b->ino : 0;
}

/* What loses its last name by o. */
static const struct inode *victim(const struct sim_disk *d, const struct operation *o)
{
	const struct inode *i = NULL;

	if (o->kind == OPERATION_UNLINK)
		i = state_inode(&d->seen, o->ino);
	if (o->kind == OPERATION_RENAME && o->other != 0)
		i = state_inode(&d->seen, o->other);
	return i != NULL && i->links == 1 && i->opens == 0 ? i : NULL;
}

void disk_change(struct sim_disk *d, struct operation o)
{
	const struct inode *gone;
	struct operation *new;

	find_inodes(d, &o);
	gone = victim(d, &o);
	if (gone != NULL)
		count_out(d, gone);

	o.now = disk_time(d);
	if (joins(d, &o))
		return;
	new = mem_new(sizeof(*new));
	*new = o;
	new->number = ++d->numbered;
	new->name = copy(o.name);
	new->to_name = copy(o.to_name);
	new->target = copy(o.target);
	pages_hold(o.content);
	DL_APPEND(d->journal, new);
	state_apply(&d->seen, new);
}

/* Takes o out of the journal to the disk. */
static void settle(struct sim_disk *d, struct operation *o)
{
	state_apply(&d->lying, o);
	DL_DELETE(d->journal, o);
	free_operation(o);
}

static void settle_until(struct sim_disk *d, uint64_t number)
{
	while (d->journal != NULL && d->journal->number <= number)
		settle(d, d->journal);
}

static bool names(const struct operation *o, uint64_t ino)
{
	return ino != 0 && (o->ino == ino || o->other == ino);
}

static bool in(const struct operation *o, uint64_t ino)
{
	return ino != 0 && (o->dir == ino || o->to_dir == ino);
}

static bool same_place(uint64_t dir, const char *name, uint64_t dir2, const char *name2)
{
	return name != NULL && name2 != NULL && dir == dir2 && strcmp(name, name2) == 0;
}

/* `later` cannot be done without o. */
static bool needs(const struct operation *later, const struct operation *o)
{
	return names(o, later->ino) || names(o, later->other) || names(o, later->dir) ||
	       names(o, later->to_dir) || in(o, later->ino) || in(o, later->other) ||
	       same_place(later->dir, later->name, o->dir, o->name) ||
	       same_place(later->dir, later->name, o->to_dir, o->to_name) ||
	       same_place(later->to_dir, later->to_name, o->dir, o->name) ||
	       same_place(later->to_dir, later->to_name, o->to_dir, o->to_name);
}

/* What names the inode, or a name in it, with all that this needs. */
static void settle_of(struct sim_disk *d, uint64_t ino)
{
	struct operation *o, *later, *next;

	DL_FOREACH (d->journal, o)
		o->due = names(o, ino) || in(o, ino);
	for (o = d->journal != NULL ? d->journal->prev : NULL; o != NULL;
		o = o == d->journal ? NULL : o->prev)
		for (later = o->next; later != NULL && !o->due; later = later->next)
			o->due = later->due && needs(later, o);
	DL_FOREACH_SAFE (d->journal, o, next)
		if (o->due)
			settle(d, o);
}

void disk_flush(struct sim_disk *d, const struct inode *i, bool size_only)
{
	if (d->faults.loose)
		settle_of(d, i->ino);
	else
		settle_until(d, size_only ? i->last_size : i->last);
}

void disk_flush_all(struct sim_disk *d)
{
	settle_until(d, d->numbered);
}

static void forget_journal(struct sim_disk *d)
{
	while (d->journal != NULL) {
		struct operation *o = d->journal;

		DL_DELETE(d->journal, o);
		free_operation(o);
	}
}

uint64_t disk_free_ino(struct sim_disk *d)
{
	while (state_inode(&d->seen, d->free_ino) != NULL)
		d->free_ino++;
	return d->free_ino;
}

void disk_let_go(struct sim_disk *d, struct description *p)
{
	struct inode *i = p->inode;

	if (--p->refs > 0)
		return;
	i->opens--;
	i->writers -= (p->flags & O_ACCMODE) != O_RDONLY;
	if (i->links == 0 && i->opens == 0)
		count_out(d, i);
	state_drop(&d->seen, i);
	mem_free(p);
}

/* ---- luck ---- */

int disk_may_look(const struct sim_disk *d)
{
	return d->dead && !d->user ? -EIO : 0;
}

int disk_may_change(struct sim_disk *d)
{
	if (d->user)
		return 0;
	if (d->dead)
		return -EIO;
	if (d->faults.read_only)
		return -EROFS;
	d->calls++;
	d->dead = d->calls == d->cut_at;
	return d->dead ? -EIO : 0;
}

bool disk_unlucky(struct sim_disk *d, struct sim_disk_luck *l)
{
	if (d->user)
		return false;
	if (l->at > 0 && --l->at == 0)
		return true;
	return l->ppm > 0 && rng_chance_ppm(&d->rng, l->ppm);
}

int disk_take_room(struct sim_disk *d, uint64_t bytes)
{
	if (d->user)
		return 0;
	if (d->taken * PAGE + bytes > d->capacity)
		return -ENOSPC;
	if (!d->faults.full)
		return 0;
	if (bytes > d->faults.room)
		return -ENOSPC;
	d->faults.room -= bytes;
	return 0;
}

/* ---- crashes ---- */

static void close_all(struct sim_disk *d)
{
	for (size_t i = 0; i < DESCRIPTORS; i++) {
		if (d->descriptors[i].description != NULL)
			disk_let_go(d, d->descriptors[i].description);
		d->descriptors[i].description = NULL;
	}
}

static void count_pages(struct sim_disk *d)
{
	struct inode *i, *next;

	d->taken = 0;
	HASH_ITER (hh, d->seen.all, i, next)
		if (i->content != NULL)
			d->taken += i->content->allocated;
}

static void revive(struct sim_disk *d)
{
	d->dead = false;
	d->cut_at = 0;
	d->free_ino = ROOT_INO;
	count_pages(d);
}

/* The last operation that a crash keeps: as many of the journal as luck says. */
static uint64_t choose(struct sim_disk *d)
{
	struct operation *o;
	uint64_t count = 0, keep;

	DL_COUNT(d->journal, o, count);
	keep = rng_below(&d->rng, count + 1);
	DL_FOREACH (d->journal, o)
		if (keep-- == 0)
			return o->number - 1;
	return d->numbered;
}

void sim_disk_crash(struct sim_disk *d)
{
	struct inode *i, *next;
	uint64_t survived = choose(d);

	close_all(d);
	settle_until(d, survived);
	forget_journal(d);
	HASH_ITER (hh, d->lying.all, i, next) {
		if (i->content == NULL)
			continue;
		pages_crash(i->content, survived, &d->rng);
		pages_cut(i->content, i->size, survived);
		pages_flush(i->content);
	}
	state_fini(&d->seen);
	state_copy(&d->seen, &d->lying, false);
	revive(d);
}

void sim_disk_end(struct sim_disk *d)
{
	close_all(d);
	revive(d);
}

/* ---- made and unmade ---- */

static struct sim_disk *new_disk(uint64_t seed)
{
	struct sim_disk *d = mem_new(sizeof(*d));

	d->rng = rng_seeded_init(&d->luck, seed);
	d->capacity = DEFAULT_CAPACITY;
	d->free_ino = ROOT_INO;
	return d;
}

struct sim_disk *sim_disk_new(uint64_t seed)
{
	struct sim_disk *d = new_disk(seed);

	state_init(&d->seen);
	state_init(&d->lying);
	return d;
}

struct sim_disk *sim_disk_clone(struct sim_disk *from, uint64_t seed)
{
	struct sim_disk *d = new_disk(seed);

	sim_disk_sync(from);
	state_copy(&d->lying, &from->seen, true);
	state_copy(&d->seen, &d->lying, false);
	d->births = from->births;
	d->now_ns = from->now_ns;
	d->capacity = from->capacity;
	count_pages(d);
	return d;
}

void sim_disk_free(struct sim_disk *d)
{
	if (d == NULL)
		return;
	check(sim_disk_current != d);
	close_all(d);
	forget_journal(d);
	state_fini(&d->seen);
	state_fini(&d->lying);
	mem_free(d);
}

/* ---- what the caller sets and sees ---- */

void sim_disk_now(struct sim_disk *d, int64_t now_ns)
{
	d->now_ns = now_ns;
}

void sim_disk_fault(struct sim_disk *d, const struct sim_disk_faults *f)
{
	d->faults = *f;
}

struct sim_disk_faults sim_disk_faults_left(const struct sim_disk *d)
{
	return d->faults;
}

void sim_disk_capacity(struct sim_disk *d, uint64_t bytes)
{
	d->capacity = bytes;
}

void sim_disk_cut(struct sim_disk *d, uint64_t k)
{
	d->cut_at = k > 0 ? d->calls + k : 0;
}

void sim_disk_kill(struct sim_disk *d)
{
	d->dead = true;
}

bool sim_disk_dead(const struct sim_disk *d)
{
	return d->dead;
}

uint64_t sim_disk_calls(const struct sim_disk *d)
{
	return d->calls;
}

size_t sim_disk_open_count(const struct sim_disk *d)
{
	size_t count = 0;

	for (size_t i = 0; i < DESCRIPTORS; i++)
		count += d->descriptors[i].description != NULL;
	return count;
}

uint64_t sim_disk_used(const struct sim_disk *d)
{
	return d->taken * PAGE;
}
