/* SPDX-License-Identifier: ISC */
/*
 * The coordinator: hands messages, jobs and time to the files that know what to do with
 * them, and afterwards lets every folder do what has become possible.
 *
 * Timers of the machine: those listed in gossip.c and ask.c; scan_at (publish.c) and
 * failed_at (apply.c) of a folder; `at` of a job that failed and is tried again.
 */
#include <errno.h>
#include <utlist.h>

#include "sync/machine.h"

enum {
	NODE_FORMAT = 1,
	INTERVAL_MS = 10000,
	RETRY_FIRST_MS = 1000,
	RETRY_MAX_MS = 30000
};

/* ---- finding ---- */

struct folder *sync_folder(const struct sync *s, const struct hash *id)
{
	for (size_t i = 0; i < s->folder_count; i++)
		if (id_equal(&s->folders[i]->id, id))
			return s->folders[i];
	return NULL;
}

struct folder *sync_folder_tagged(const struct sync *s, uint64_t tag)
{
	for (size_t i = 0; i < s->folder_count; i++)
		if (s->folders[i]->tag == tag && !s->folders[i]->gone)
			return s->folders[i];
	return NULL;
}

/* ---- jobs ---- */

struct job *sync_folder_job(const struct folder *f, enum job_kind kind)
{
	struct job *j = job_new(kind);

	j->folder = f->id;
	j->key = f->key;
	if (f->path != NULL)
		j->path = mem_string(f->path);
	return j;
}

static void queue_add(struct queued_job **list, struct job *take, struct instant at)
{
	struct queued_job *q = mem_new(sizeof(*q));

	q->job = take;
	q->at = at;
	DL_APPEND(*list, q);
}

void sync_submit(struct sync *s, struct job *take)
{
	take->serial = ++s->job_serial;
	queue_add(&s->jobs, take, instant_us(0));
}

void sync_retry(struct sync *s, struct instant now, struct job *take)
{
	struct folder *f = sync_folder(s, &take->folder);
	unsigned ms = RETRY_FIRST_MS;

	if (f != NULL) {
		f->store_ms = f->store_ms == 0 ? RETRY_FIRST_MS : f->store_ms * 2;
		if (f->store_ms > RETRY_MAX_MS)
			f->store_ms = RETRY_MAX_MS;
		ms = f->store_ms;
		f->stores_failing++;
		folder_error_add(f, ERROR_STORE, 0, "", -take->result,
			"the store cannot keep what arrives");
	}
	take->result = 0;
	queue_add(&s->retries, take, instant_add_ms(now, ms));
	sync_due(s, instant_add_ms(now, ms));
}

static void jobs_free(struct queued_job **list, const struct hash *folder)
{
	struct queued_job *q, *next;

	DL_FOREACH_SAFE (*list, q, next) {
		if (folder != NULL && !id_equal(&q->job->folder, folder))
			continue;
		DL_DELETE(*list, q);
		job_free(q->job);
		mem_free(q);
	}
}

struct job *sync_job_take(struct sync *s, struct instant now)
{
	struct queued_job *q = s->jobs;
	struct job *j;

	(void)now;
	if (q == NULL)
		return NULL;
	DL_DELETE(s->jobs, q);
	j = q->job;
	mem_free(q);
	return j;
}

/* ---- what has become possible ---- */

static void pump(struct sync *s, struct instant now)
{
	if (!s->loaded)
		return;
	for (size_t i = 0; i < s->folder_count; i++) {
		publish_pump(s->folders[i], now);
		apply_pump(s->folders[i], now);
	}
	fetch_pump(s, now);
	for (size_t i = 0; i < s->folder_count; i++)
		apply_pump(s->folders[i], now);
}

/* ---- finished jobs ---- */

static void loaded(struct sync *s, struct instant now, struct job *j)
{
	if (j->result == 0) {
		load_done(s, now, j);
		return;
	}
	log_line(s->config.log, LOG_ERROR_, "index: cannot be read; tried again", NULL);
	queue_add(&s->retries, job_new(JOB_LOAD), instant_add_ms(now, RETRY_FIRST_MS));
	sync_due(s, instant_add_ms(now, RETRY_FIRST_MS));
}

/* The store did something for the folder: what it could not do before is no trouble now. */
static void store_works(struct folder *f)
{
	f->store_ms = 0;
	if (f->stores_failing == 0)
		folder_errors_drop(f, ERROR_STORE);
}

static void stored(struct folder *f, struct instant now, struct job *j)
{
	struct want *n;

	f->stores_running--;
	store_works(f);
	f->durable = f->durable || f->stores_running == 0;
	if (j->kind == JOB_RECORDS) {
		if (f->publishing && j->serial == f->publish_serial)
			publish_recorded(f, now, j);
		return;
	}
	n = fetch_want(f, &j->object);
	if (n != NULL && n->state == WANT_STORING)
		fetch_arrived(f, now, n, bytes_of(j->data, j->data_len));
}

static void got(struct sync *s, struct folder *f, struct instant now, struct job *j)
{
	struct want *n = fetch_want(f, &j->object);

	serve_got(s, now, j);
	if (n == NULL || n->state != WANT_READING)
		return;
	if (j->result == 0 && j->data_len > 0) {
		fetch_arrived(f, now, n, bytes_of(j->data, j->data_len));
		return;
	}
	n->state = WANT_MISSING;
	DL_APPEND(f->missing, n);
}

/* Returns whether the job was moved on. */
static bool dispatch(struct sync *s, struct folder *f, struct instant now, struct job *j)
{
	switch (j->kind) {
	case JOB_RECORDS:
	case JOB_OBJECT_PUT:
		if (j->result != 0) {
			sync_retry(s, now, j);
			return true;
		}
		stored(f, now, j);
		break;
	case JOB_CHECK:
		if (j->result != 0) {
			sync_retry(s, now, j);
			return true;
		}
		store_works(f);
		fetch_checked(f, now, j);
		break;
	case JOB_SCAN:
		publish_scanned(f, now, j);
		break;
	case JOB_OBJECT_GET:
		got(s, f, now, j);
		break;
	case JOB_APPLY:
		apply_done(f, now, j);
		break;
	case JOB_LOAD:
	case JOB_FORGET:
		break;
	}
	return false;
}

void sync_job_done(struct sync *s, struct instant now, struct job *take)
{
	struct folder *f = sync_folder(s, &take->folder);
	bool moved = false;

	ready_forget(s);
	if (take->kind == JOB_LOAD)
		loaded(s, now, take);
	else if (f != NULL && take->serial >= f->first_serial)
		moved = dispatch(s, f, now, take);
	if (!moved)
		job_free(take);
	pump(s, now);
	sync_due(s, now);
}

void sync_folder_touched(struct sync *s, struct instant now, const struct hash *folder)
{
	struct folder *f = sync_folder(s, folder);

	ready_forget(s);
	if (f != NULL)
		publish_touched(f, now);
}

/* ---- messages ---- */

static bool receive_cert(struct peer *p, struct instant now, struct bytes body)
{
	uint64_t tag;
	struct bytes certificate;

	if (!cert_parse(&tag, &certificate, body))
		return false;
	gossip_receive_cert(p, now, tag, certificate);
	return true;
}

static bool receive_gossip(
	struct peer *p, struct instant now, uint8_t type, struct bytes body)
{
	union {
		struct greet greet;
		struct certs certs;
		struct frontier frontier;
		struct commit_piece commit;
	} m;

	if (type == SYNC_GREET && greet_parse(&m.greet, body))
		gossip_receive_greet(p, now, &m.greet);
	else if (type == SYNC_CERTS && certs_parse(&m.certs, body))
		gossip_receive_certs(p, now, &m.certs);
	else if (type == SYNC_FRONTIER && frontier_parse(&m.frontier, body))
		gossip_receive_frontier(p, now, &m.frontier);
	else if (type == SYNC_COMMIT && commit_piece_parse(&m.commit, body))
		push_receive(p, now, &m.commit);
	else
		return type == SYNC_CERT && receive_cert(p, now, body);
	return true;
}

static bool receive_objects(
	struct peer *p, struct instant now, uint8_t type, struct bytes body)
{
	union {
		struct wants wants;
		struct pieces pieces;
		struct answers answers;
	} m;

	if (type == SYNC_WANT && wants_parse(&m.wants, body))
		serve_receive_wants(p, now, &m.wants);
	else if (type == SYNC_PIECE && pieces_parse(&m.pieces, body))
		ask_receive_pieces(p, now, &m.pieces);
	else if (type == SYNC_ANSWER && answers_parse(&m.answers, body))
		ask_receive_answers(p, now, &m.answers);
	else if (type == SYNC_CANCEL && cancel_parse(&m.answers, body))
		serve_receive_cancel(p, &m.answers);
	else
		return false;
	return true;
}

static void seen(struct sync *s, struct peer *p, struct instant now)
{
	p->heard_at = now;
	for (size_t i = 0; i < s->folder_count; i++) {
		struct member *m = members_find(s->folders[i], &p->id);

		if (m != NULL)
			m->seen_us = now.us;
	}
}

void sync_receive(
	struct sync *s, struct instant now, const struct node_id *from, struct bytes body)
{
	struct peer *p;
	uint8_t type;

	if (!s->loaded || s->folder_count == 0 || id_equal(from, &s->config.self->id))
		return;
	ready_forget(s);
	type = body.len > 0 ? body.data[0] : 0;
	p = peers_make(s, now, from);
	if (p->hops == 0 && p->greet_at.us == NEVER.us)
		p->hops =
			1; /* heard before its route was told; the next routes say more */
	seen(s, p, now);
	if (type <= SYNC_COMMIT ? !receive_gossip(p, now, type, body)
				: !receive_objects(p, now, type, body)) {
		(void)drop(s->config.drops, DROP_SYNC);
		return;
	}
	pump(s, now);
	sync_due(s, now);
}

static bool write_answers(struct peer *p, struct writer *w)
{
	struct answers m = *p->answers;
	size_t room = (writer_left(w) - 3) / 5;

	if (m.count > room)
		m.count = (uint16_t)room;
	answers_write(w, &m);
	p->answers->count = (uint16_t)(p->answers->count - m.count);
	memmove(p->answers->numbers, p->answers->numbers + m.count,
		p->answers->count * sizeof(p->answers->numbers[0]));
	memmove(p->answers->status, p->answers->status + m.count, p->answers->count);
	return true;
}

static bool peer_write(
	struct peer *p, struct instant now, enum sync_class class, struct writer *w)
{
	if (class == SYNC_CONTROL) {
		if (gossip_write_control(p, now, w))
			return true;
		if (answers_count(p->answers) > 0)
			return write_answers(p, w);
		return ask_pending(p) && ask_write(p, now, w);
	}
	if (push_pending(p))
		return push_write(p, now, w);
	return serve_pending(p) && serve_write(p, now, w);
}

bool sync_write(struct sync *s, struct instant now, const struct node_id *peer,
	enum sync_class class, struct writer *w)
{
	struct peer *p = peers_find(s, peer);
	bool written;

	if (p == NULL || writer_left(w) < SYNC_ROOM_MIN || !s->loaded)
		return false;
	s->rotate++;
	written = peer_write(p, now, class, w);
	ready_again(s, now, p);
	return written;
}

/* ---- time ---- */

static void retries_due(struct sync *s, struct instant now)
{
	struct queued_job *q, *next;

	DL_FOREACH_SAFE (s->retries, q, next) {
		struct folder *f = sync_folder(s, &q->job->folder);

		if (!instant_due(q->at, now)) {
			sync_due(s, q->at);
			continue;
		}
		DL_DELETE(s->retries, q);
		if (f != NULL)
			f->stores_failing--;
		DL_APPEND(s->jobs, q);
	}
}

void sync_tick(struct sync *s, struct instant now)
{
	if (s->folder_count > 0)
		ready_forget(s); /* without folders time says nothing to anybody */
	s->next = NEVER;
	retries_due(s, now);
	if (!s->loaded)
		return;
	gossip_tick(s, now);
	ask_tick(s, now);
	for (size_t i = 0; i < s->folder_count; i++) {
		struct folder *f = s->folders[i];

		if (instant_due(f->failed_at, now))
			apply_retry(f);
		if (f->failed_at.us != NEVER.us)
			sync_due(s, f->failed_at);
	}
	pump(s, now);
	s->next = instant_max(s->next, instant_add_ms(now, 1));
}

struct instant sync_deadline(const struct sync *s)
{
	return s->next;
}

/* ---- life ---- */

struct sync *sync_new(const struct sync_config *config, struct instant now)
{
	struct sync *s = mem_new(sizeof(*s));

	s->config = *config;
	if (s->config.gossip_interval_ms == 0)
		s->config.gossip_interval_ms = INTERVAL_MS;
	s->want_number = (uint32_t)rng_u64(rng_of(s));
	s->next = now;
	s->partners_at = now;
	s->search_at = instant_us(INT64_MIN / 2);
	sync_submit(s, job_new(JOB_LOAD));
	return s;
}

bool sync_loaded(const struct sync *s)
{
	return s->loaded;
}

void sync_free(struct sync *s)
{
	if (s == NULL)
		return;
	ready_fini(s);
	peers_free_all(s);
	for (size_t i = 0; i < s->folder_count; i++)
		folder_free(s->folders[i]);
	objects_fini(s);
	jobs_free(&s->jobs, NULL);
	jobs_free(&s->retries, NULL);
	mem_free(s);
}

void sync_folder_remove(struct sync *s, struct folder *f)
{
	size_t at = 0;

	while (s->folders[at] != f)
		at++;
	memmove(&s->folders[at], &s->folders[at + 1],
		(--s->folder_count - at) * sizeof(s->folders[0]));
	ready_forget(s);
	fetch_folder_fini(f);
	peers_forget_folder(s, f);
	jobs_free(&s->jobs, &f->id);
	jobs_free(&s->retries, &f->id);
	folder_free(f);
}
