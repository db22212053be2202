/* SPDX-License-Identifier: ISC */
/*
 * After a restart: the records of the index become folders again. They are our own and were
 * checked when they came, so commits are parsed strictly and not verified again; what is
 * damaged is left out and fetched from others. The record of the node itself:
 *
 *   node = format:8 incarnation:64
 */
#include "node/base/heap.h"
#include "sync/machine.h"

enum { NODE_FORMAT = 1 };

static void load_node(struct sync *s, const struct record *r)
{
	struct reader in = reader_of(bytes_of(r->value, r->value_len));
	unsigned format = read_u8(&in);
	uint64_t incarnation = read_u64(&in);

	if (read_ended(&in) && format == NODE_FORMAT)
		s->incarnation = incarnation;
}

static void make_incarnation(struct sync *s)
{
	struct job *j = job_new(JOB_RECORDS);
	uint8_t value[9];
	struct writer w = writer_of(value, sizeof(value));
	struct record *r;

	s->incarnation = rng_u64(rng_of(s));
	write_u8(&w, NODE_FORMAT);
	write_u64(&w, s->incarnation);
	j->records = mem_new(sizeof(*j->records));
	j->record_count = 1;
	r = j->records;
	r->kind = RECORD_NODE;
	r->value = mem_copy(value, w.len);
	r->value_len = w.len;
	sync_submit(s, j);
}

static void load_folder(struct sync *s, const struct record *r)
{
	struct folder *f;

	if (s->folder_count == SYNC_FOLDERS_MAX)
		return;
	f = folder_new(s, &r->folder);
	if (!folder_settings_parse(f, bytes_of(r->value, r->value_len))) {
		log_line(s->config.log, LOG_ERROR_,
			"folder: its settings in the index are damaged: not started",
			NULL);
		folder_free(f);
		return;
	}
	s->folders[s->folder_count++] = f;
}

static void load_genesis(struct sync *s, const struct record *r)
{
	struct folder *f = sync_folder(s, &r->folder);
	struct bytes body = bytes_of(r->value, r->value_len);
	struct hash id = genesis_folder(body);
	struct genesis g;

	if (f == NULL || !id_equal(&id, &f->id) || !genesis_parse(&g, body) ||
		!genesis_verify(&g, body))
		return;
	folder_genesis_set(f, body);
	f->owner = g.owner;
}

static void load_certs(struct sync *s, struct instant now, const struct job *j)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < j->record_count; i++) {
			const struct record *r = &j->records[i];
			struct folder *f = sync_folder(s, &r->folder);

			if (r->kind == RECORD_CERTIFICATE && f != NULL)
				again |= members_add(f, now,
						 bytes_of(r->value, r->value_len)) ==
					 CERT_NEW;
		}
	}
}

/* Streams grow in order when commits come by their first sequence. */
static void load_commits(struct sync *s, struct instant now, const struct job *j)
{
	struct heap order;

	heap_init(&order);
	for (size_t i = 0; i < j->record_count; i++) {
		const struct record *r = &j->records[i];
		struct reader key = reader_of(bytes_of(r->key, r->key_len));

		if (r->kind != RECORD_COMMIT)
			continue;
		read_skip(&key, 32 + 8);
		heap_add(&order, read_u64(&key), i);
	}
	while (order.count > 0) {
		const struct record *r = &j->records[heap_take(&order).value];
		struct folder *f = sync_folder(s, &r->folder);

		if (f != NULL && catalogue_add(f, now, bytes_of(r->value, r->value_len),
					 true) != COMMIT_NEW)
			log_line(s->config.log, LOG_WARN_, "folder ", f->name,
				": a commit in the index is damaged: fetched again",
				NULL);
	}
	heap_fini(&order);
}

static void drop_incomplete(struct sync *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->folder_count; i++) {
		struct folder *f = s->folders[i];

		if (f->genesis == NULL) {
			log_line(s->config.log, LOG_ERROR_, "folder ", f->name,
				": its genesis in the index is damaged: not started",
				NULL);
			folder_free(f);
		} else {
			s->folders[kept++] = f;
		}
	}
	s->folder_count = kept;
}

void load_done(struct sync *s, struct instant now, const struct job *j)
{
	for (size_t i = 0; i < j->record_count; i++)
		if (j->records[i].kind == RECORD_FOLDER)
			load_folder(s, &j->records[i]);
	for (size_t i = 0; i < j->record_count; i++)
		if (j->records[i].kind == RECORD_GENESIS)
			load_genesis(s, &j->records[i]);
		else if (j->records[i].kind == RECORD_NODE)
			load_node(s, &j->records[i]);
	drop_incomplete(s);
	load_certs(s, now, j);
	load_commits(s, now, j);
	for (size_t i = 0; i < s->folder_count; i++) {
		s->folders[i]->durable = true;
		members_own_rights(s->folders[i]);
	}
	if (s->incarnation == 0 || j->rebuilt)
		make_incarnation(s);
	s->loaded = true;
	peers_partners(s, now);
}
