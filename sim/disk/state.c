/* SPDX-License-Identifier: ISC */
#include "sim/disk/state.h"

#include <string.h>

#include "node/base/mem.h"

struct inode *state_inode(const struct state *s, uint64_t ino)
{
	struct inode *i;

	HASH_FIND(hh, s->all, &ino, sizeof(ino), i);
	return i;
}

static struct name *find_entry(const struct inode *dir, const char *name)
{
	struct name *e;

	HASH_FIND_STR(dir->entries, name, e);
	return e;
}

struct inode *state_child(
	const struct state *s, const struct inode *dir, const char *name)
{
	const struct name *e = find_entry(dir, name);

	return e != NULL ? state_inode(s, e->ino) : NULL;
}

static void add_inode(struct state *s, struct inode *i)
{
	HASH_ADD(hh, s->all, ino, sizeof(i->ino), i);
}

static void add_entry(struct inode *dir, const char *name, uint64_t ino)
{
	struct name *e = mem_new(sizeof(*e));

	e->name = mem_string(name);
	e->ino = ino;
	HASH_ADD_KEYPTR(hh, dir->entries, e->name, strlen(e->name), e);
}

static void remove_entry(struct inode *dir, struct name *e)
{
	HASH_DEL(dir->entries, e);
	mem_free(e->name);
	mem_free(e);
}

static void free_inode(struct state *s, struct inode *i)
{
	struct name *e, *next;

	HASH_ITER (hh, i->entries, e, next)
		remove_entry(i, e);
	HASH_DEL(s->all, i);
	pages_release(i->content);
	mem_free(i->target);
	mem_free(i);
}

void state_drop(struct state *s, struct inode *i)
{
	if (i->links == 0 && i->opens == 0)
		free_inode(s, i);
}

void state_init(struct state *s)
{
	struct inode *root = mem_new(sizeof(*root));

	*s = (struct state){ 0 };
	root->ino = ROOT_INO;
	root->up = ROOT_INO;
	root->links = 1;
	root->mode = S_IFDIR | 0755;
	add_inode(s, root);
}

void state_fini(struct state *s)
{
	struct inode *i, *next;

	HASH_ITER (hh, s->all, i, next)
		free_inode(s, i);
}

static void copy_inode(struct state *s, const struct inode *from, bool clone)
{
	struct inode *i = mem_new(sizeof(*i));
	struct name *e, *next;

	*i = *from;
	i->opens = i->writers = 0;
	i->entries = NULL;
	i->last = i->last_size = 0;
	i->target = from->target != NULL ? mem_string(from->target) : NULL;
	if (from->content != NULL)
		i->content =
			clone ? pages_clone(from->content) : pages_hold(from->content);
	HASH_ITER (hh, from->entries, e, next)
		add_entry(i, e->name, e->ino);
	add_inode(s, i);
}

void state_copy(struct state *s, const struct state *from, bool clone)
{
	struct inode *i, *next;

	HASH_ITER (hh, from->all, i, next)
		if (i->links > 0)
			copy_inode(s, i, clone);
}

/* ---- operations ---- */

static struct inode *changed(struct state *s, uint64_t ino, const struct operation *o)
{
	struct inode *i = state_inode(s, ino);

	check(i != NULL);
	i->last = o->number;
	i->ctime = o->now;
	return i;
}

static struct inode *changed_dir(struct state *s, uint64_t ino, const struct operation *o)
{
	struct inode *i = changed(s, ino, o);

	i->mtime = o->now;
	return i;
}

static void create(struct state *s, const struct operation *o)
{
	struct inode *i = mem_new(sizeof(*i));

	i->ino = o->ino;
	i->mode = o->mode;
	i->links = 1;
	i->mtime = i->ctime = o->now;
	i->btime = o->mtime;
	i->up = o->dir;
	i->last = i->last_size = o->number;
	i->target = o->target != NULL ? mem_string(o->target) : NULL;
	i->size = o->target != NULL ? strlen(o->target) : 0;
	i->content = pages_hold(o->content);
	add_inode(s, i);
	add_entry(changed_dir(s, o->dir, o), o->name, o->ino);
}

static void unname(
	struct state *s, struct inode *dir, struct name *e, const struct operation *o)
{
	struct inode *i = changed(s, e->ino, o);

	remove_entry(dir, e);
	i->links--;
	state_drop(s, i);
}

static void move(struct state *s, const struct operation *o)
{
	struct inode *from = changed_dir(s, o->dir, o),
		     *to = changed_dir(s, o->to_dir, o);
	struct name *e = find_entry(from, o->name), *old = find_entry(to, o->to_name);
	struct inode *i = changed(s, e->ino, o);

	if (old != NULL)
		unname(s, to, old, o);
	add_entry(to, o->to_name, i->ino);
	remove_entry(from, e);
	i->up = to->ino;
}

static void exchange(struct state *s, const struct operation *o)
{
	struct inode *a = changed_dir(s, o->dir, o), *b = changed_dir(s, o->to_dir, o);
	struct name *x = find_entry(a, o->name), *y = find_entry(b, o->to_name);
	uint64_t ino = x->ino;

	x->ino = y->ino;
	y->ino = ino;
	changed(s, x->ino, o)->up = a->ino;
	changed(s, y->ino, o)->up = b->ino;
}

static void resize(struct state *s, const struct operation *o)
{
	struct inode *i = state_inode(s, o->ino);

	/* A write through a descriptor of what has no name any more. */
	if (i == NULL)
		return;
	changed(s, o->ino, o);
	if (i->size != o->size)
		i->last_size = o->number;
	i->size = o->size;
	i->mtime = o->mtime;
}

void state_apply(struct state *s, const struct operation *o)
{
	struct inode *i;

	switch (o->kind) {
	case OPERATION_CREATE:
		create(s, o);
		break;
	case OPERATION_LINK:
		add_entry(changed_dir(s, o->dir, o), o->name, o->ino);
		changed(s, o->ino, o)->links++;
		break;
	case OPERATION_UNLINK:
		i = changed_dir(s, o->dir, o);
		unname(s, i, find_entry(i, o->name), o);
		break;
	case OPERATION_RENAME:
		move(s, o);
		break;
	case OPERATION_EXCHANGE:
		exchange(s, o);
		break;
	case OPERATION_SIZE:
	case OPERATION_CUT:
		resize(s, o);
		break;
	case OPERATION_LOOKS:
		i = state_inode(s, o->ino);
		if (i != NULL) {
			changed(s, o->ino, o);
			i->mode = o->mode;
			i->mtime = o->mtime;
		}
		break;
	}
}
