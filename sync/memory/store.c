/* SPDX-License-Identifier: ISC */
/*
 * The disk is one list of nodes with parents; the index is one list of rows, each saying
 * which node stood in which state (generation) when it was adopted or applied. Scan and
 * apply compare rows with nodes just as the store on a real disk does with stat.
 */
#include <errno.h>

#include "node/crypto/hash.h"
#include "sync/memory/inside.h"

/* ---- scan ---- */

struct row_key {
	struct hash folder;
	struct short_id file;
};

static struct row *row_find(
	struct row *rows, const struct hash *folder, const struct short_id *file)
{
	struct row_key key = { *folder, *file };
	struct row *r;

	HASH_FIND(hh, rows, &key, sizeof(key), r);
	return r;
}

static void ingest_drain(
	struct memory_store *m, struct ingest *g, const struct hash *folder)
{
	struct ingest_object o;

	while (ingest_take(g, &o))
		memory_object_keep(m, folder, &o.id, o.sealed);
}

static void ingest_node(struct memory_store *m, const struct job *j,
	const struct memory_node *n, struct row *r)
{
	struct chunker c;
	struct ingest *g;
	uint64_t size;

	chunker_init(&c, j->key.key);
	g = ingest_new(&j->key, &c);
	for (size_t at = 0; at < n->len; at += CHUNK_PLAIN_MAX) {
		size_t len =
			n->len - at < CHUNK_PLAIN_MAX ? n->len - at : CHUNK_PLAIN_MAX;

		ingest_data(g, bytes_of(n->data + at, len));
		ingest_drain(m, g, &j->folder);
	}
	ingest_end(g);
	ingest_drain(m, g, &j->folder);
	ingest_root(g, &r->depth, &r->content, &size);
	ingest_free(g);
}

static struct scan_item *item_add(
	struct job *j, const struct row *r, enum scan_change change)
{
	struct scan_item *item = &j->scan_items[j->scan_count++];
	const struct memory_node *n = r->at;

	*item = (struct scan_item){
		.change = change, .file = r->file, .parent = r->parent
	};
	item->kind = r->kind;
	item->name_len = (uint8_t)strlen(r->name);
	memcpy(item->name, r->name, item->name_len);
	if (n == NULL)
		return item;
	item->mode = n->mode;
	item->mtime_s = n->kind == ENTRY_DIRECTORY ? 0 : n->mtime_s;
	item->size = n->kind == ENTRY_DIRECTORY ? 0 : n->len;
	item->content_depth = r->depth;
	item->content = r->content;
	return item;
}

static void pend(struct memory_store *m, const struct row *seen)
{
	struct row *p = row_find(m->pending, &seen->folder, &seen->file);

	if (p != NULL) {
		HASH_DEL(m->pending, p);
		mem_free(p);
	}
	p = mem_new(sizeof(*p));
	*p = *seen;
	memset(&p->hh, 0, sizeof(p->hh));
	HASH_ADD(hh, m->pending, folder, sizeof(struct row_key), p);
}

static void scan_node(struct memory_store *m, struct job *j, struct memory_node *n,
	const struct short_id *parent)
{
	struct row seen = { .folder = j->folder, .parent = *parent, .kind = n->kind };
	struct row *r = n->row;
	enum scan_change change = SCAN_NEW;
	struct hash base = { { 0 } };

	seen.at = n;
	seen.in = n->parent;
	seen.node = n->number;
	seen.generation = n->generation;
	memcpy(seen.name, n->name, sizeof(seen.name));
	if (r != NULL) {
		seen.file = r->file;
		base = r->version;
		change = SCAN_MOVED;
		if (id_equal(&r->parent, parent) && strcmp(r->name, n->name) == 0)
			change = SCAN_CHANGED;
		if (change == SCAN_CHANGED && r->generation == n->generation)
			return;
		if (r->generation == n->generation) {
			seen.depth = r->depth;
			seen.content = r->content;
		}
	} else {
		rng_fill(&m->rng, seen.file.b, sizeof(seen.file.b));
	}
	if (n->kind != ENTRY_DIRECTORY && (r == NULL || r->generation != n->generation))
		ingest_node(m, j, n, &seen);
	item_add(j, &seen, change)->base = base;
	pend(m, &seen);
}

static void scan_directory(struct memory_store *m, struct job *j, struct memory_node *d,
	const struct short_id *id)
{
	struct memory_node *n;

	DL_FOREACH (d->children, n) {
		struct row *r;

		if (j->scan_count == SCAN_ITEMS_MAX) {
			j->scan_more = true;
			return;
		}
		if (n->kind == ENTRY_FILE) {
			j->scan_files++;
			j->scan_bytes += n->len;
		}
		scan_node(m, j, n, id);
		if (n->kind != ENTRY_DIRECTORY)
			continue;
		r = n->row;
		if (r != NULL)
			scan_directory(m, j, n, &r->file);
		else
			scan_directory(m, j, n, &j->scan_items[j->scan_count - 1].file);
	}
}

static void scan(struct memory_store *m, struct job *j)
{
	struct memory_node *root = memory_walk(m, j->path, true);
	struct row *r, *next;
	size_t rows = HASH_COUNT(m->rows);

	if (j->want_standing)
		j->standing = mem_array(rows + 1, sizeof(*j->standing));
	j->scan_items = mem_array(SCAN_ITEMS_MAX, sizeof(*j->scan_items));
	HASH_ITER (hh, m->pending, r, next)
		if (id_equal(&r->folder, &j->folder)) {
			HASH_DEL(m->pending, r);
			mem_free(r);
		}
	HASH_ITER (hh, m->rows, r, next) {
		if (!id_equal(&r->folder, &j->folder))
			continue;
		if (j->want_standing)
			j->standing[j->standing_count++] =
				(struct standing){ r->file, r->parent, r->version,
					siphash_table(r->name, strlen(r->name)) };
		if (r->at != NULL)
			continue;
		if (j->scan_count == SCAN_ITEMS_MAX) {
			j->scan_more = true;
			continue;
		}
		item_add(j, r, SCAN_GONE)->base = r->version;
	}
	scan_directory(m, j, root, &ROOT_DIRECTORY);
}

static void row_drop(
	struct memory_store *m, const struct hash *folder, const struct short_id *file)
{
	struct row *r = row_find(m->rows, folder, file);

	if (r == NULL)
		return;
	if (r->at != NULL && r->at->row == r)
		r->at->row = NULL;
	check(m->rows != NULL);
	HASH_DEL(m->rows, r);
	mem_free(r);
}

static void row_put(struct memory_store *m, const struct row *value)
{
	struct row *r = row_find(m->rows, &value->folder, &value->file);

	if (r != NULL)
		row_drop(m, &value->folder, &value->file);
	r = mem_new(sizeof(*r));
	*r = *value;
	memset(&r->hh, 0, sizeof(r->hh));
	HASH_ADD(hh, m->rows, folder, sizeof(struct row_key), r);
	if (r->at != NULL)
		r->at->row = r;
}

static void adopt(
	struct memory_store *m, const struct hash *folder, const struct adopt *a)
{
	struct row *p = row_find(m->pending, folder, &a->file);

	if (a->deleted) {
		row_drop(m, folder, &a->file);
		return;
	}
	if (p == NULL)
		return;
	p->version = a->version;
	row_put(m, p);
	HASH_DEL(m->pending, p);
	mem_free(p);
}

static void records(struct memory_store *m, struct job *j)
{
	for (size_t i = 0; i < j->record_count; i++)
		memory_record_keep(m, &j->records[i]);
	for (size_t i = 0; i < j->adopt_count; i++)
		adopt(m, &j->folder, &j->adopts[i]);
}

/* ---- apply ---- */

struct built {
	uint8_t *data;
	size_t len, room;
};

/* Room for so many bytes more; doubling, as a file has many chunks. */
static void built_grow(struct built *b, size_t more)
{
	if (b->len + more <= b->room)
		return;
	b->room = 2 * (b->len + more);
	b->data = mem_resize(b->data, b->room, 1);
}

static bool build(struct memory_store *m, const struct job *j, const struct hash *id,
	uint8_t depth, struct built *b)
{
	const struct kept_object *o = memory_object_find(m, &j->folder, id);
	struct manifest *f;
	bool good = true;

	if (o == NULL)
		return false;
	if (depth == 1) {
		size_t len;

		built_grow(b, CHUNK_PLAIN_MAX);
		if (!chunk_open(
			    &j->key, bytes_of(o->data, o->len), b->data + b->len, &len))
			return false;
		b->len += len;
		return true;
	}
	f = mem_new(sizeof(*f));
	good = manifest_parse(f, bytes_of(o->data, o->len));
	for (unsigned i = 0; good && i < f->count; i++) {
		if (!f->refs[i].hole) {
			good = build(m, j, &f->refs[i].id, (uint8_t)(depth - 1), b);
			continue;
		}
		built_grow(b, f->refs[i].len);
		memset(b->data + b->len, 0, f->refs[i].len);
		b->len += f->refs[i].len;
	}
	mem_free(f);
	return good;
}

static bool untouched(const struct row *r)
{
	const struct memory_node *n = r->at;

	return n != NULL && n->generation == r->generation && n->parent == r->in &&
	       strcmp(n->name, r->name) == 0;
}

static int apply_delete(struct memory_store *m, struct job *j, struct row *r)
{
	if (r->at->children != NULL)
		return -ESTALE;
	memory_node_free(m, r->at);
	row_drop(m, &j->folder, &r->file);
	return 0;
}

static void row_of_item(struct row *r, const struct job *j, const struct apply_item *item,
	struct memory_node *n)
{
	*r = (struct row){
		.folder = j->folder, .file = item->file, .parent = item->parent
	};
	r->version = item->version;
	r->node = n->number;
	r->generation = n->generation;
	r->at = n;
	r->in = n->parent;
	memcpy(r->name, n->name, sizeof(r->name));
	r->kind = item->kind;
	r->depth = item->content_depth;
	r->content = item->content;
}

static int apply_put(struct memory_store *m, struct job *j, struct apply_item *item,
	struct row *old, struct memory_node *d)
{
	struct memory_node *n = old != NULL ? old->at : NULL;
	struct built b = { 0 };
	struct row row;
	bool same = old != NULL && old->depth == item->content_depth &&
		    id_equal(&old->content, &item->content);

	if (item->kind != ENTRY_DIRECTORY && !same && item->content_depth > 0 &&
		!build(m, j, &item->content, item->content_depth, &b)) {
		mem_free(b.data);
		return -ENOENT;
	}
	if (n == NULL)
		n = memory_child_add(
			m, d, (const char *)item->name, item->name_len, item->kind);
	else
		memory_place(n, d, (const char *)item->name, item->name_len);
	m->changes++;
	n->mode = item->mode;
	n->mtime_s = item->mtime_s;
	n->kind = item->kind;
	if (!same) {
		mem_free(n->data);
		n->data = b.data;
		n->len = b.len;
		n->generation++;
	}
	row_of_item(&row, j, item, n);
	row_put(m, &row);
	return 0;
}

static int apply_one(struct memory_store *m, struct job *j, struct apply_item *item)
{
	struct row *old = row_find(m->rows, &j->folder, &item->file);
	struct memory_node *d = memory_walk(m, j->path, true), *there;

	if (old == NULL ? !id_is_zero(id_bytes(&item->replaces))
			: !id_equal(&old->version, &item->replaces))
		return -ESTALE;
	if (old != NULL && !untouched(old))
		return -ESTALE;
	if (item->deleted)
		return old == NULL ? 0 : apply_delete(m, j, old);
	if (!id_is_zero(id_bytes(&item->parent))) {
		struct row *p = row_find(m->rows, &j->folder, &item->parent);

		if (p == NULL || p->at == NULL || p->at->kind != ENTRY_DIRECTORY)
			return -ENOENT;
		d = p->at;
	}
	there = memory_child(d, (const char *)item->name, item->name_len);
	if (there != NULL && (old == NULL || there != old->at))
		return -ESTALE;
	return apply_put(m, j, item, old, d);
}

/* ---- the port ---- */

static void forget(struct memory_store *m, const struct hash *folder)
{
	struct row *r, *next;
	struct kept_record *k, *next_record;

	HASH_ITER (hh, m->rows, r, next)
		if (id_equal(&r->folder, folder))
			row_drop(m, folder, &r->file);
	DL_FOREACH_SAFE (m->records, k, next_record)
		if (id_equal(&k->r.folder, folder))
			memory_record_free(m, k);
}

static void get(struct memory_store *m, struct job *j)
{
	const struct kept_object *o = memory_object_find(m, &j->folder, &j->object);

	if (o == NULL) {
		j->result = -ENOENT;
		return;
	}
	j->data = mem_copy(o->data, o->len);
	j->data_len = o->len;
}

static void run(struct memory_store *m, struct job *j)
{
	switch (j->kind) {
	case JOB_LOAD:
		memory_load(m, j);
		break;
	case JOB_RECORDS:
		records(m, j);
		break;
	case JOB_SCAN:
		scan(m, j);
		break;
	case JOB_OBJECT_GET:
		get(m, j);
		break;
	case JOB_OBJECT_PUT:
		memory_object_keep(
			m, &j->folder, &j->object, bytes_of(j->data, j->data_len));
		break;
	case JOB_CHECK:
		for (size_t i = 0; i < j->check_count; i++)
			j->check_here[i] = memory_object_find(m, &j->folder,
						   &j->check_ids[i]) != NULL;
		break;
	case JOB_APPLY:
		for (size_t i = 0; i < j->apply_count; i++)
			j->apply_items[i].result = apply_one(m, j, &j->apply_items[i]);
		break;
	case JOB_FORGET:
		forget(m, &j->folder);
		break;
	}
}

void memory_store_run(struct memory_store *m, struct job *j)
{
	if (m->fail_kinds & (1u << j->kind)) {
		j->result = -m->fail_error;
		return;
	}
	run(m, j);
	if (m->fail_late_kinds & (1u << j->kind))
		j->result = -m->fail_error;
}

void memory_store_fail_late(struct memory_store *m, unsigned kinds, int error)
{
	m->fail_late_kinds = error != 0 ? kinds : 0;
	m->fail_error = error;
}

void memory_store_fail(struct memory_store *m, unsigned kinds, int error)
{
	m->fail_kinds = error != 0 ? kinds : 0;
	m->fail_error = error;
}

struct memory_store *memory_store_new(uint64_t seed)
{
	struct memory_store *m = mem_new(sizeof(*m));

	m->rng = rng_seeded_init(&m->luck, seed);
	m->root.kind = ENTRY_DIRECTORY;
	return m;
}

void memory_store_free(struct memory_store *m)
{
	struct memory_node *n, *next;
	struct row *r, *next_row;
	struct kept_record *k, *next_record;

	if (m == NULL)
		return;
	HASH_ITER (hh, m->rows, r, next_row) {
		HASH_DEL(m->rows, r);
		mem_free(r);
	}
	HASH_ITER (hh, m->pending, r, next_row) {
		HASH_DEL(m->pending, r);
		mem_free(r);
	}
	DL_FOREACH_SAFE (m->root.children, n, next)
		memory_node_free(m, n);
	DL_FOREACH_SAFE (m->records, k, next_record)
		memory_record_free(m, k);
	memory_store_lose_objects(m);
	mem_free(m);
}

void memory_store_crash(struct memory_store *m)
{
	struct row *r, *next;

	HASH_ITER (hh, m->pending, r, next) {
		HASH_DEL(m->pending, r);
		mem_free(r);
	}
}
