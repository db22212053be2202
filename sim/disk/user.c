/* SPDX-License-Identifier: ISC */
/*
 * A user's hand on the disk: the same calls, past every fault. What he writes is flushed
 * no more than what a program writes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/base/text.h"
#include "node/crypto/hash.h"
#include "node/wire/writer.h"
#include "sim/disk/calls.h"
#include "sync/entry.h"

/* As sync/disk calls it. */
#define OWN_DIRECTORY ".qanat"

/* Makes the directories above the last name. */
static void make_above(struct sim_disk *d, const char *path)
{
	char above[PATH_ROOM];

	for (const char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		int err;

		memcpy(above, path, (size_t)(p - path));
		above[p - path] = '\0';
		err = call_mkdir(d, AT_FDCWD, above, 0755);
		check(err == 0 || err == -EEXIST);
	}
}

void sim_disk_write(struct sim_disk *d, const char *path, struct bytes data,
	uint16_t mode, int64_t mtime_s)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = mtime_s } };
	struct description *p;
	int fd;

	d->user = true;
	make_above(d, path);
	fd = call_open(d, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644, 0);
	check(fd >= 0);
	if (data.len > 0)
		check(call_write(d, fd, data.data, data.len, -1) == (ssize_t)data.len);
	p = description_of(d, fd);
	check(call_chmod(d, p->inode, mode) == 0);
	check(call_times(d, p->inode, times) == 0);
	check(call_close(d, fd) == 0);
	d->user = false;
}

void sim_disk_mkdir(struct sim_disk *d, const char *path)
{
	int err;

	d->user = true;
	make_above(d, path);
	err = call_mkdir(d, AT_FDCWD, path, 0755);
	check(err == 0 || err == -EEXIST);
	d->user = false;
}

void sim_disk_symlink(struct sim_disk *d, const char *path, const char *target)
{
	d->user = true;
	make_above(d, path);
	(void)call_unlink(d, AT_FDCWD, path, 0);
	check(call_symlink(d, target, AT_FDCWD, path) == 0);
	d->user = false;
}

static struct inode *find(struct sim_disk *d, const char *path)
{
	struct place p;

	return place_find(d, AT_FDCWD, path, 0, &p) == 0 ? p.node : NULL;
}

static void remove_all(struct sim_disk *d, const char *path)
{
	struct inode *i = find(d, path);
	char below[PATH_ROOM];

	while (i->entries != NULL) {
		struct text t = text_of(below, sizeof(below));

		text_string(&t, path);
		text_char(&t, '/');
		text_string(&t, i->entries->name);
		remove_all(d, below);
	}
	check(call_unlink(d, AT_FDCWD, path, S_ISDIR(i->mode) ? AT_REMOVEDIR : 0) == 0);
}

bool sim_disk_remove(struct sim_disk *d, const char *path)
{
	d->user = true;
	if (find(d, path) == NULL) {
		d->user = false;
		return false;
	}
	remove_all(d, path);
	d->user = false;
	return true;
}

bool sim_disk_rename(struct sim_disk *d, const char *from, const char *to)
{
	bool no_swap = d->faults.no_swap;
	int err;

	d->user = true;
	d->faults.no_swap = false;
	make_above(d, to);
	err = call_rename(d, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
	d->faults.no_swap = no_swap;
	d->user = false;
	return err == 0;
}

bool sim_disk_read(struct sim_disk *d, const char *path, uint8_t **data, size_t *len)
{
	struct inode *i = find(d, path);

	if (i == NULL || !S_ISREG(i->mode))
		return false;
	*len = i->size;
	*data = NULL;
	if (i->size == 0)
		return true;
	*data = mem_new(i->size);
	pages_read(i->content, 0, *data, i->size);
	return true;
}

bool sim_disk_exists(struct sim_disk *d, const char *path)
{
	return find(d, path) != NULL;
}

void sim_disk_sync(struct sim_disk *d)
{
	d->user = true;
	check(call_sync_all(d, -1) == 0);
	d->user = false;
}

/* ---- digest ---- */

static enum entry_kind kind_of(const struct inode *i)
{
	if (S_ISDIR(i->mode))
		return ENTRY_DIRECTORY;
	return S_ISLNK(i->mode) ? ENTRY_SYMLINK : ENTRY_FILE;
}

static void add_bytes(struct hash_state *h, const struct inode *i)
{
	uint8_t page[PAGE];

	if (S_ISLNK(i->mode))
		hash_add(h, bytes_of_string(i->target));
	for (uint64_t at = 0; S_ISREG(i->mode) && at < i->size; at += PAGE) {
		size_t n = i->size - at < PAGE ? i->size - at : PAGE;

		pages_read(i->content, at, page, n);
		hash_add(h, bytes_of(page, n));
	}
}

/* A sum, so that the order among names does not matter. */
static void add_up(struct hash *sum, const struct hash *one)
{
	unsigned carry = 0;

	for (size_t i = 0; i < sizeof(sum->b); i++) {
		carry += (unsigned)sum->b[i] + one->b[i];
		sum->b[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

static struct hash hash_one(
	const struct inode *i, const char *name, const struct hash *above)
{
	char padded[ENTRY_NAME_MAX + 1] = { 0 };
	uint8_t facts[11];
	struct writer w = writer_of(facts, sizeof(facts));
	struct hash_state h;

	memcpy(padded, name, strlen(name) + 1);
	write_u8(&w, (uint8_t)kind_of(i));
	write_u16(&w, i->mode & 0777);
	write_i64(&w, S_ISREG(i->mode) ? i->mtime.tv_sec : 0);
	hash_begin(&h, "memory tree");
	hash_add(&h, id_bytes(above));
	hash_add(&h, writer_bytes(&w));
	hash_add(&h, bytes_of(padded, sizeof(padded)));
	add_bytes(&h, i);
	return hash_end(&h);
}

static void hash_below(struct sim_disk *d, const struct inode *dir,
	const struct hash *above, struct hash *sum, size_t *count)
{
	struct name *e, *next;

	HASH_ITER (hh, dir->entries, e, next) {
		const struct inode *i = state_inode(&d->seen, e->ino);
		struct hash one;

		if (strcmp(e->name, OWN_DIRECTORY) == 0)
			continue;
		one = hash_one(i, e->name, above);
		add_up(sum, &one);
		++*count;
		hash_below(d, i, &one, sum, count);
	}
}

struct hash sim_disk_digest(struct sim_disk *d, const char *path, size_t *count)
{
	struct hash sum = { { 0 } }, above = { { 0 } };
	const struct inode *dir = find(d, path);

	*count = 0;
	if (dir != NULL)
		hash_below(d, dir, &above, &sum, count);
	return sum;
}

/* ---- for worlds ---- */

static void list_below(struct sim_disk *d, const struct inode *dir, const char *path,
	unsigned depth, struct sim_disk_list *out)
{
	struct name *e, *next;

	HASH_ITER (hh, dir->entries, e, next) {
		const struct inode *c = state_inode(&d->seen, e->ino);
		size_t room = strlen(path) + strlen(e->name) + 2;
		struct sim_disk_item *item;
		struct text t;

		if (strcmp(e->name, OWN_DIRECTORY) == 0)
			continue;
		mem_grow(out->items, out->count, out->room);
		item = &out->items[out->count++];
		*item = (struct sim_disk_item){ .depth = depth,
			.mode = (uint16_t)(c->mode & 07777),
			.mtime_s = c->mtime.tv_sec };
		item->path = mem_new(room);
		t = text_of(item->path, room);
		text_string(&t, path);
		text_char(&t, '/');
		text_string(&t, e->name);
		if (S_ISDIR(c->mode)) {
			item->kind = SIM_DISK_DIRECTORY;
			list_below(d, c, out->items[out->count - 1].path, depth + 1, out);
		} else if (S_ISLNK(c->mode)) {
			item->kind = SIM_DISK_SYMLINK;
			item->len = strlen(c->target);
			item->data = mem_copy(c->target, item->len);
		} else {
			item->kind = SIM_DISK_FILE;
			item->len = c->size;
			item->data = mem_new(c->size + 1);
			pages_read(c->content, 0, item->data, c->size);
		}
	}
}

void sim_disk_list(struct sim_disk *d, const char *path, struct sim_disk_list *out)
{
	const struct inode *dir = find(d, path);

	*out = (struct sim_disk_list){ NULL, 0, 0 };
	if (dir != NULL && S_ISDIR(dir->mode))
		list_below(d, dir, path, 1, out);
}

void sim_disk_list_fini(struct sim_disk_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		mem_free(l->items[i].path);
		mem_free(l->items[i].data);
	}
	mem_free(l->items);
	*l = (struct sim_disk_list){ NULL, 0, 0 };
}

void sim_disk_flush(struct sim_disk *d, const char *path)
{
	struct inode *i = find(d, path);

	if (i == NULL)
		return;
	if (i->content != NULL)
		pages_flush(i->content);
	disk_flush(d, i, false);
}

bool sim_disk_chmod(struct sim_disk *d, const char *path, uint16_t mode)
{
	struct inode *i = find(d, path);
	int err;

	if (i == NULL)
		return false;
	d->user = true;
	err = call_chmod(d, i, mode);
	d->user = false;
	return err == 0;
}

static const struct inode *nth(
	struct sim_disk *d, const struct inode *dir, size_t *i, struct text *t)
{
	struct name *e, *next;

	HASH_ITER (hh, dir->entries, e, next) {
		const struct inode *c = state_inode(&d->seen, e->ino), *found;
		struct text before = *t;

		if (strcmp(e->name, OWN_DIRECTORY) == 0)
			continue;
		text_char(t, '/');
		text_string(t, e->name);
		if ((*i)-- == 0)
			return c;
		found = nth(d, c, i, t);
		if (found != NULL)
			return found;
		*t = before;
		t->at[t->len] = '\0';
	}
	return NULL;
}

bool sim_disk_path_at(struct sim_disk *d, const char *path, size_t i, char *out,
	size_t room, bool *directory)
{
	const struct inode *dir = find(d, path), *found;
	struct text t = text_of(out, room);

	text_string(&t, path);
	found = dir != NULL ? nth(d, dir, &i, &t) : NULL;
	if (found != NULL)
		*directory = S_ISDIR(found->mode);
	return found != NULL;
}

enum { FILES_A_DIRECTORY = 16 };

void sim_disk_fill(struct sim_disk *d, const char *path, const struct rng *rng,
	size_t files, size_t bytes)
{
	uint8_t *data;

	bytes = files > 0 ? bytes / files : 0;
	data = mem_new(bytes + 1);
	for (size_t i = 0; i < files; i++) {
		char name[PATH_ROOM];
		struct text t = text_of(name, sizeof(name));

		text_string(&t, path);
		text_string(&t, "/d");
		text_u64(&t, i / FILES_A_DIRECTORY);
		text_string(&t, "/f");
		text_u64(&t, i);
		rng_fill(rng, data, bytes);
		sim_disk_write(d, name, bytes_of(data, bytes), 0644, 1000 + (int64_t)i);
	}
	mem_free(data);
}

static void flip(struct sim_disk *d, const char *name, uint64_t at)
{
	struct inode *i = find(d, name);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, i->mtime };
	uint8_t byte;
	int fd;

	pages_read(i->content, at, &byte, 1);
	byte ^= 1;
	times[1].tv_sec++;
	d->user = true;
	fd = call_open(d, AT_FDCWD, name, O_WRONLY, 0, 0);
	check(fd >= 0 && call_write(d, fd, &byte, 1, (off_t)at) == 1);
	check(call_times(d, i, times) == 0 && call_close(d, fd) == 0);
	d->user = false;
}

static void copy_file(struct sim_disk *d, const char *name, const char *to)
{
	const struct inode *i = find(d, name);
	uint8_t *data;
	size_t len;

	if (!sim_disk_read(d, name, &data, &len))
		return;
	sim_disk_write(d, to, bytes_of(data, len), i->mode & 0777, i->mtime.tv_sec + 1);
	mem_free(data);
}

static void edit_one(struct sim_disk *d, const char *path, const struct rng *rng)
{
	char name[PATH_ROOM], to[PATH_ROOM + 24];
	struct text t = text_of(to, sizeof(to));
	bool directory;
	size_t count;

	(void)sim_disk_digest(d, path, &count);
	if (!sim_disk_path_at(
		    d, path, rng_below(rng, count), name, sizeof(name), &directory) ||
		directory)
		return;
	text_string(&t, name);
	text_string(&t, "-");
	text_u64(&t, rng_below(rng, 1000));
	switch (rng_below(rng, 5)) {
	case 0:
		(void)sim_disk_rename(d, name, to);
		return;
	case 1:
		copy_file(d, name, to);
		return;
	case 2:
		(void)sim_disk_remove(d, name);
		return;
	}
	if (S_ISREG(find(d, name)->mode) && find(d, name)->size > 0)
		flip(d, name, rng_below(rng, find(d, name)->size));
}

void sim_disk_edit(
	struct sim_disk *d, const char *path, const struct rng *rng, size_t files)
{
	for (size_t i = 0; i < files; i++)
		edit_one(d, path, rng);
}
