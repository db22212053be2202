/* SPDX-License-Identifier: ISC */
/*
 * Giving objects to members. What a peer wants is served in the order in which it asked,
 * read ahead by at most SERVE_AHEAD objects; what is on its way here is promised and sent
 * when it arrives; anything else is declined. Only verified members (read or carry) get
 * anything, by the identity of their session.
 */
#include <utlist.h>

#include "sync/machine.h"

void serve_answer(struct peer *p, uint32_t number, enum answer_status status)
{
	struct answers *m = answers_for(&p->answers);

	if (m->count == ANSWERS_MAX)
		return; /* the peer asks again after a while */
	m->numbers[m->count] = number;
	m->status[m->count++] = (uint8_t)status;
}

static void unload(struct peer *p, struct serving *v)
{
	if (v->loaded != NULL)
		objects_release(p->sync, v->loaded);
	v->loaded = NULL;
}

static void serving_end(struct peer *p, struct serving *v)
{
	unload(p, v);
	DL_DELETE(p->serving, v);
	p->serving_count--;
	mem_free(v);
}

static void waiting_end(struct peer *p, struct serving *v)
{
	DL_DELETE(p->waiting, v);
	p->waiting_count--;
	mem_free(v);
}

static void keep_those_of_others(struct peer *p, const struct folder *f)
{
	struct serving *v, *next;

	DL_FOREACH_SAFE (p->serving, v, next)
		if (f == NULL || v->folder == f)
			serving_end(p, v);
	DL_FOREACH_SAFE (p->waiting, v, next)
		if (f == NULL || v->folder == f)
			waiting_end(p, v);
}

void serve_peer_fini(struct peer *p)
{
	keep_those_of_others(p, NULL);
}

void serve_forget_folder(struct peer *p, const struct folder *f)
{
	keep_those_of_others(p, f);
}

/* ---- what is asked ---- */

/* Not here: promise it if it is coming, but never to whom we ask for it ourselves. */
static bool coming(
	const struct peer *p, const struct folder *f, const struct hash *object)
{
	const struct want *n = fetch_want(f, object);

	if (n != NULL)
		return n->peer != p;
	return f->need_files > 0;
}

static void put_waiting(struct peer *p, struct serving *v)
{
	if (p->waiting_count + p->serving_count >= SERVING_MAX && p->waiting != NULL) {
		serve_answer(p, p->waiting->number, ANSWER_NO);
		waiting_end(p, p->waiting);
	}
	DL_APPEND(p->waiting, v);
	p->waiting_count++;
	serve_answer(p, v->number, ANSWER_LATER);
}

static void decline(struct peer *p, struct serving *v)
{
	serve_answer(p, v->number, ANSWER_NO);
	mem_free(v);
}

static void add(struct peer *p, struct serving *v)
{
	const struct want *n = fetch_want(v->folder, &v->object);
	struct object *o = objects_find(p->sync, v->folder, &v->object);

	if (o == NULL && n != NULL && n->state != WANT_CHECK &&
		n->state != WANT_READING && n->state != WANT_STORING) {
		if (n->peer == p)
			decline(p, v);
		else
			put_waiting(p, v);
		return;
	}
	if (p->serving_count >= SERVING_MAX) {
		decline(p, v);
		return;
	}
	DL_APPEND(p->serving, v);
	p->serving_count++;
}

/* Asked again: the former wish gives way. */
static void forget_same(struct peer *p, const struct folder *f, const struct hash *object)
{
	struct serving *v, *next;

	DL_FOREACH_SAFE (p->waiting, v, next)
		if (v->folder == f && id_equal(&v->object, object))
			waiting_end(p, v);
	DL_FOREACH_SAFE (p->serving, v, next)
		if (v->folder == f && id_equal(&v->object, object))
			serving_end(p, v);
}

void serve_receive_wants(struct peer *p, struct instant now, const struct wants *m)
{
	struct folder *f = sync_folder_tagged(p->sync, m->tag);

	if (f == NULL || f->paused)
		return;
	if ((members_rights(f, now, &p->id) & (RIGHT_READ | RIGHT_CARRY)) == 0) {
		(void)drop(p->sync->config.drops, DROP_RIGHTS);
		return;
	}
	for (unsigned i = 0; i < m->count; i++) {
		const struct want_item *item = &m->items[i];
		struct serving *v = mem_new(sizeof(*v));

		forget_same(p, f, &item->object);
		v->folder = f;
		v->object = item->object;
		v->number = item->number;
		v->range_count = item->range_count;
		memcpy(v->ranges, item->ranges, sizeof(v->ranges));
		add(p, v);
	}
	sync_due(p->sync, now);
}

void serve_receive_cancel(struct peer *p, const struct answers *m)
{
	for (unsigned i = 0; i < m->count; i++) {
		struct serving *v, *next;

		DL_FOREACH_SAFE (p->waiting, v, next)
			if (v->number == m->numbers[i])
				waiting_end(p, v);
		DL_FOREACH_SAFE (p->serving, v, next)
			if (v->number == m->numbers[i])
				serving_end(p, v);
	}
}

/* ---- reading ahead ---- */

static bool load(struct peer *p, struct serving *v)
{
	struct object *o = objects_find(p->sync, v->folder, &v->object);

	if (o == NULL) {
		if (!v->reading) {
			v->reading = true;
			objects_read(p->sync, v->folder, &v->object);
		}
		return false;
	}
	v->loaded = o;
	o->uses++;
	if (v->range_count == 0) {
		v->range_count = 1;
		v->ranges[0] = (struct extent){ 0, o->len };
	}
	v->range = 0;
	v->at = v->ranges[0].from;
	return true;
}

static void read_ahead(struct peer *p)
{
	struct serving *v;
	size_t count = 0, bytes = 0;

	DL_FOREACH (p->serving, v) {
		if (++count > SERVE_AHEAD || bytes > SERVE_AHEAD_BYTES)
			return;
		if (v->loaded == NULL)
			(void)!load(p, v);
		bytes += v->loaded != NULL ? v->loaded->len : OBJECT_SIZE_MAX / 4;
	}
}

void serve_arrived(struct folder *f, const struct object *o)
{
	struct peer *p, *next_peer;
	struct serving *v, *next;

	HASH_ITER (hh, f->sync->peers, p, next_peer)
		DL_FOREACH_SAFE (p->waiting, v, next) {
			if (v->folder != f || !id_equal(&v->object, &o->key.id))
				continue;
			DL_DELETE(p->waiting, v);
			p->waiting_count--;
			DL_APPEND(p->serving, v);
			p->serving_count++;
		}
}

static void not_there(struct peer *p, struct serving *v)
{
	DL_DELETE(p->serving, v);
	p->serving_count--;
	v->reading = false;
	if (coming(p, v->folder, &v->object))
		put_waiting(p, v);
	else
		decline(p, v);
}

void serve_got(struct sync *s, struct instant now, struct job *j)
{
	struct folder *f = sync_folder(s, &j->folder);
	struct peer *p, *next_peer;
	struct serving *v, *next;

	if (f == NULL)
		return;
	objects_read_done(s, f, &j->object);
	if (j->result == 0 && j->data_len > 0)
		(void)objects_add(s, f, &j->object, bytes_of(j->data, j->data_len));
	HASH_ITER (hh, s->peers, p, next_peer)
		DL_FOREACH_SAFE (p->serving, v, next) {
			if (v->folder != f || !v->reading || v->loaded != NULL ||
				!id_equal(&v->object, &j->object))
				continue;
			v->reading = false;
			if (j->result != 0 || j->data_len == 0)
				not_there(p, v);
			else
				(void)!load(p, v);
		}
	sync_due(s, now);
}

void serve_folder_done(struct folder *f)
{
	struct peer *p, *next_peer;
	struct serving *v, *next;

	HASH_ITER (hh, f->sync->peers, p, next_peer)
		DL_FOREACH_SAFE (p->waiting, v, next)
			if (v->folder == f) {
				serve_answer(p, v->number, ANSWER_NO);
				waiting_end(p, v);
			}
}

/* ---- writing ---- */

bool serve_pending(const struct peer *p)
{
	const struct serving *v;
	unsigned count = 0;

	DL_FOREACH (p->serving, v) {
		if (v->loaded != NULL || !v->reading)
			return true;
		if (++count == SERVE_AHEAD)
			break;
	}
	return false;
}

/* Writes what fits of the ranges; true when the object is through. */
static bool write_ranges(struct serving *v, struct writer *w)
{
	const struct object *o = v->loaded;

	while (v->range < v->range_count) {
		uint32_t end = v->ranges[v->range].to;
		size_t room = writer_left(w);
		struct piece m = {
			.number = v->number, .total = o->len, .offset = v->at
		};

		if (end > o->len)
			end = o->len;
		if (v->at < end) {
			size_t len = end - v->at;

			if (room < PIECE_HEADER_SIZE + 16)
				return false;
			if (len > room - PIECE_HEADER_SIZE)
				len = room - PIECE_HEADER_SIZE;
			m.data = bytes_of(o->data + v->at, len);
			piece_write(w, &m);
			v->at += (uint32_t)len;
			if (v->at < end)
				return false;
		}
		if (++v->range < v->range_count)
			v->at = v->ranges[v->range].from;
	}
	return true;
}

bool serve_write(struct peer *p, struct instant now, struct writer *w)
{
	struct serving *v, *next;
	size_t begun = w->len, count = 0;

	(void)now;
	read_ahead(p);
	pieces_begin(w);
	DL_FOREACH_SAFE (p->serving, v, next) {
		bool through;

		if (++count > SERVE_AHEAD)
			break;
		if (v->loaded == NULL)
			continue;
		through = write_ranges(v, w);
		if (through)
			serving_end(p, v);
		if (!through || writer_left(w) < PIECE_HEADER_SIZE + 16 ||
			count == PIECES_MAX / 4)
			break;
	}
	read_ahead(p);
	if (w->len > begun + 1)
		return true;
	writer_cut(w, begun);
	return false;
}
