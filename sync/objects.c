/* SPDX-License-Identifier: ISC */
/*
 * Objects lately got or put, so that a relay serves what it has just received without
 * asking the store. At most OBJECT_CACHE_BYTES; victim: the one used longest ago that is not
 * being sent. What is being sent is bounded by the read-ahead of each peer.
 */
#include <utlist.h>

#include "sync/machine.h"

static struct object_key key_of(const struct folder *f, const struct hash *id)
{
	struct object_key k;

	memset(&k, 0, sizeof(k));
	k.folder = f->tag;
	k.id = *id;
	return k;
}

static void drop_object(struct sync *s, struct object *o)
{
	/* The table is there: it holds o.
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	HASH_DEL(s->objects, o);
	DL_DELETE(s->objects_used, o);
	s->objects_bytes -= o->len;
	mem_free(o->data);
	mem_free(o);
}

static void shrink(struct sync *s)
{
	struct object *o, *next;

	DL_FOREACH_SAFE (s->objects_used, o, next) {
		if (s->objects_bytes <= OBJECT_CACHE_BYTES)
			return;
		if (o->uses == 0)
			drop_object(s, o);
	}
}

struct object *objects_find(struct sync *s, const struct folder *f, const struct hash *id)
{
	struct object_key key = key_of(f, id);
	struct object *o;

	HASH_FIND(hh, s->objects, &key, sizeof(key), o);
	if (o != NULL) {
		DL_DELETE(s->objects_used, o);
		DL_APPEND(s->objects_used, o);
	}
	return o;
}

struct object *objects_add(
	struct sync *s, const struct folder *f, const struct hash *id, struct bytes data)
{
	struct object *o = objects_find(s, f, id);

	if (o != NULL)
		return o;
	o = mem_new(sizeof(*o));
	o->key = key_of(f, id);
	o->data = mem_copy(data.data, data.len);
	o->len = (uint32_t)data.len;
	s->objects_bytes += o->len;
	HASH_ADD(hh, s->objects, key, sizeof(o->key), o);
	DL_APPEND(s->objects_used, o);
	o->uses++;
	shrink(s);
	o->uses--;
	return o;
}

void objects_release(struct sync *s, struct object *o)
{
	check(o->uses > 0);
	o->uses--;
	shrink(s);
}

void objects_fini(struct sync *s)
{
	struct object *o, *next;
	struct reading *r, *next_reading;

	DL_FOREACH_SAFE (s->objects_used, o, next)
		drop_object(s, o);
	HASH_ITER (hh, s->readings, r, next_reading) {
		HASH_DEL(s->readings, r);
		mem_free(r);
	}
}

void objects_read(struct sync *s, const struct folder *f, const struct hash *id)
{
	struct object_key key = key_of(f, id);
	struct reading *r;
	struct job *j;

	HASH_FIND(hh, s->readings, &key, sizeof(key), r);
	if (r != NULL)
		return;
	r = mem_new(sizeof(*r));
	r->key = key;
	HASH_ADD(hh, s->readings, key, sizeof(r->key), r);
	j = sync_folder_job(f, JOB_OBJECT_GET);
	j->object = *id;
	sync_submit(s, j);
}

void objects_read_done(struct sync *s, const struct folder *f, const struct hash *id)
{
	struct object_key key = key_of(f, id);
	struct reading *r;

	HASH_FIND(hh, s->readings, &key, sizeof(key), r);
	if (r == NULL)
		return;
	HASH_DEL(s->readings, r);
	mem_free(r);
}
