/* SPDX-License-Identifier: ISC */
/* What a store keeps beside its trees: records in the order in which they came, and objects
 * by folder and id. */
#include "sync/memory/inside.h"

/* ---- records ---- */

static bool same_key(const struct record *a, const struct record *b)
{
	return a->kind == b->kind && a->key_len == b->key_len &&
	       id_equal(&a->folder, &b->folder) &&
	       memcmp(a->key, b->key, a->key_len) == 0;
}

void memory_record_free(struct memory_store *m, struct kept_record *k)
{
	DL_DELETE(m->records, k);
	mem_free(k->r.value);
	mem_free(k);
}

void memory_record_keep(struct memory_store *m, const struct record *r)
{
	struct kept_record *k, *next;

	DL_FOREACH_SAFE (m->records, k, next)
		if (r->kind != RECORD_COMMIT && same_key(&k->r, r))
			memory_record_free(m, k);
	if (r->remove)
		return;
	k = mem_new(sizeof(*k));
	k->r = *r;
	k->r.value = mem_copy(r->value, r->value_len);
	DL_APPEND(m->records, k);
}

void memory_load(struct memory_store *m, struct job *j)
{
	struct kept_record *k;
	size_t count = 0;

	DL_FOREACH (m->records, k)
		count++;
	j->rebuilt = m->rebuilt;
	m->rebuilt = false;
	j->records = mem_array(count + 1, sizeof(*j->records));
	DL_FOREACH (m->records, k) {
		struct record *r = &j->records[j->record_count++];

		*r = k->r;
		r->value = mem_copy(k->r.value, k->r.value_len);
	}
}

/* ---- objects ---- */

struct kept_object *memory_object_find(
	const struct memory_store *m, const struct hash *folder, const struct hash *id)
{
	struct kept_key key = { *folder, *id };
	struct kept_object *o;

	HASH_FIND(hh, m->objects, &key, sizeof(key), o);
	return o;
}

void memory_object_keep(struct memory_store *m, const struct hash *folder,
	const struct hash *id, struct bytes data)
{
	struct kept_object *o;

	if (memory_object_find(m, folder, id) != NULL)
		return;
	o = mem_new(sizeof(*o));
	o->key = (struct kept_key){ *folder, *id };
	o->data = mem_copy(data.data, data.len);
	o->len = data.len;
	m->object_bytes += data.len;
	HASH_ADD(hh, m->objects, key, sizeof(o->key), o);
}

void memory_store_lose_commits(struct memory_store *m, bool told)
{
	struct kept_record *k, *next;

	DL_FOREACH_SAFE (m->records, k, next)
		if (k->r.kind == RECORD_COMMIT)
			memory_record_free(m, k);
	m->rebuilt = told;
}

void memory_store_lose_objects(struct memory_store *m)
{
	struct kept_object *o, *next;

	HASH_ITER (hh, m->objects, o, next) {
		HASH_DEL(m->objects, o);
		mem_free(o->data);
		mem_free(o);
	}
	m->object_bytes = 0;
}

uint64_t memory_object_bytes(const struct memory_store *m)
{
	return m->object_bytes;
}
