/* SPDX-License-Identifier: ISC */
/*
 * Commits on their way. Our own new ones go to partners at once; others when a frontier
 * shows that the peer lacks them. On the wire a commit is compressed and cut into pieces;
 * the receiver puts it together, checks everything, and only then takes it in. What comes
 * too early (a hole before it, an author not known yet) waits among a few.
 */
#include <zstd.h>

#include "sync/machine.h"

enum {
	WIRE_LEVEL = 3,
	BLOB_MAX = COMMIT_HEAD_SIZE + COMMIT_ENTRIES_MAX * (2 + ENTRY_SIZE_MAX)
};

void push_streams_sized(struct relation *r)
{
	uint32_t count = r->folder->catalogue.stream_count;

	if (r->stream_count >= count)
		return;
	r->streams = mem_resize(r->streams, count, sizeof(*r->streams));
	for (uint32_t i = r->stream_count; i < count; i++)
		r->streams[i] = (struct known_stream){ 0, 0, instant_us(INT64_MIN / 2) };
	r->stream_count = count;
}

void push_relation_fini(struct relation *r)
{
	mem_free(r->push.wire);
	r->push.wire = NULL;
}

static void assembly_fini(struct assembly *a)
{
	mem_free(a->data);
	*a = (struct assembly){ 0 };
}

void push_peer_fini(struct peer *p)
{
	for (unsigned i = 0; p->assemblies != NULL && i < ASSEMBLIES_MAX; i++)
		assembly_fini(&p->assemblies[i]);
	mem_free(p->assemblies);
	p->assemblies = NULL;
}

/* ---- sending ---- */

static bool own_stream(const struct folder *f, const struct stream *s)
{
	return s->incarnation == f->sync->incarnation &&
	       id_equal(&s->author, &f->sync->config.self->id);
}

/* The stream of which the peer lacks something that we may push; NONE: none. */
static uint32_t stream_to_push(const struct relation *r)
{
	const struct catalogue *c = &r->folder->catalogue;

	if (!r->known || r->folder->paused)
		return NONE;
	for (uint32_t i = 0; i < c->stream_count; i++) {
		struct known_stream none = { 0 };
		const struct known_stream *k =
			i < r->stream_count ? &r->streams[i] : &none;
		const struct stream *s = &c->streams[i];

		if (k->has < s->last &&
			(k->has < k->allow || (r->partner && own_stream(r->folder, s))))
			return i;
	}
	return NONE;
}

static const struct stored_commit *commit_with(
	const struct catalogue *c, const struct stream *s, uint64_t sequence)
{
	uint32_t low = 0, high = s->commit_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct stored_commit *m = &c->commits[s->commits[middle]];

		if (m->first + m->count <= sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->commit_count ? &c->commits[s->commits[low]] : NULL;
}

static void begin_push(struct relation *r, uint32_t stream)
{
	const struct catalogue *c = &r->folder->catalogue;
	const struct stored_commit *m;
	size_t room, len;

	push_streams_sized(r);
	m = commit_with(c, &c->streams[stream], r->streams[stream].has + 1);
	check(m != NULL);
	room = ZSTD_compressBound(m->len);
	r->push.wire = mem_new(room);
	len = ZSTD_compress(r->push.wire, room, m->blob, m->len, WIRE_LEVEL);
	check(!ZSTD_isError(len) && len <= COMMIT_WIRE_MAX);
	r->push.len = (uint32_t)len;
	r->push.offset = 0;
	r->push.stream = stream;
	r->push.first = m->first;
	r->push.last = m->first + m->count - 1;
}

static bool relation_pending(const struct relation *r)
{
	return r->push.wire != NULL || stream_to_push(r) != NONE;
}

bool push_pending(const struct peer *p)
{
	for (const struct relation *r = p->relations; r != NULL; r = r->next)
		if (relation_pending(r))
			return true;
	return false;
}

bool push_write(struct peer *p, struct instant now, struct writer *w)
{
	struct relation *r;
	struct commit_piece m;
	size_t room = writer_left(w) - COMMIT_HEADER_SIZE;

	for (r = p->relations; r != NULL && !relation_pending(r); r = r->next)
		;
	if (r == NULL)
		return false;
	if (r->push.wire == NULL)
		begin_push(r, stream_to_push(r));
	if (room > r->push.len - r->push.offset)
		room = r->push.len - r->push.offset;
	m = (struct commit_piece){ .tag = r->folder->tag,
		.stream = r->folder->catalogue.streams[r->push.stream].tag,
		.first = r->push.first,
		.total = r->push.len,
		.offset = r->push.offset,
		.data = bytes_of(r->push.wire + r->push.offset, room) };
	commit_piece_write(w, &m);
	r->push.offset += (uint32_t)room;
	if (r->push.offset == r->push.len) {
		struct known_stream *k = &r->streams[r->push.stream];

		if (k->has < r->push.last)
			k->has = r->push.last;
		k->sent_at = now;
		push_relation_fini(r);
	}
	return true;
}

/* ---- receiving ---- */

static void hold_commit(struct folder *f, struct bytes blob, const struct node_id *from)
{
	struct held_bytes *h;

	for (unsigned i = 0; i < COMMITS_HELD_MAX; i++)
		if (bytes_equal(blob,
			    bytes_of(f->held_commits[i].data, f->held_commits[i].len)))
			return;
	for (unsigned i = 0; i < COMMITS_HELD_MAX; i++, f->held_commit_at++)
		if (f->held_commits[f->held_commit_at % COMMITS_HELD_MAX].data == NULL)
			break;
	h = &f->held_commits[f->held_commit_at++ % COMMITS_HELD_MAX];
	mem_free(h->data);
	*h = (struct held_bytes){ mem_copy(blob.data, blob.len), blob.len, *from };
}

static void record_commit(struct folder *f, struct bytes blob)
{
	struct job *j = sync_folder_job(f, JOB_RECORDS);
	struct commit c;
	struct commit_entries entries;
	uint8_t key[48];
	struct writer w = writer_of(key, sizeof(key));

	check(commit_parse(&c, &entries, blob));
	write_id(&w, &c.author);
	write_u64(&w, c.incarnation);
	write_u64(&w, c.first_sequence);
	folder_record(j, f, RECORD_COMMIT, writer_bytes(&w), blob);
	f->stores_running++;
	sync_submit(f->sync, j);
}

static void told_by(struct folder *f, const struct node_id *from, bool refused)
{
	struct peer *p = peers_find(f->sync, from), *other, *next;

	if (p == NULL)
		return;
	if (refused) {
		gossip_relation(p, f)->refused = true;
		return;
	}
	HASH_ITER (hh, f->sync->peers, other, next)
		for (struct relation *r = other->relations; r != NULL; r = r->next)
			if (r->folder == f)
				r->source = other == p;
}

/* The sender has it as well. */
static void sender_has(struct folder *f, struct bytes blob, const struct node_id *from)
{
	struct peer *p = peers_find(f->sync, from);
	struct relation *r;
	struct commit c;
	struct commit_entries entries;
	uint32_t stream;
	uint64_t last;

	if (p == NULL || !commit_parse(&c, &entries, blob))
		return;
	r = gossip_relation(p, f);
	stream = catalogue_stream(f, catalogue_stream_tag(f, &c.author, c.incarnation));
	if (stream == NONE)
		return;
	push_streams_sized(r);
	last = c.first_sequence + c.count - 1;
	if (r->streams[stream].has < last)
		r->streams[stream].has = last;
}

static enum commit_verdict integrate_one(struct folder *f, struct instant now,
	struct bytes blob, const struct node_id *from)
{
	enum commit_verdict v = catalogue_add(f, now, blob, false);

	switch (v) {
	case COMMIT_NEW:
		record_commit(f, blob);
		told_by(f, from, false);
		sender_has(f, blob, from);
		publish_strangers(f);
		break;
	case COMMIT_OLD:
		sender_has(f, blob, from);
		break;
	case COMMIT_HELD:
		hold_commit(f, blob, from);
		break;
	case COMMIT_REFUSED:
	case COMMIT_FULL:
		told_by(f, from, true);
		break;
	}
	return v;
}

void push_retry_held(struct folder *f, struct instant now)
{
	bool again = true, any = false;

	while (again) {
		again = false;
		for (unsigned i = 0; i < COMMITS_HELD_MAX; i++) {
			struct held_bytes h = f->held_commits[i];

			if (h.data == NULL)
				continue;
			f->held_commits[i] = (struct held_bytes){ 0 };
			if (integrate_one(f, now, bytes_of(h.data, h.len), &h.from) ==
				COMMIT_NEW)
				again = any = true;
			mem_free(h.data);
		}
	}
	if (any)
		folder_changed(f, now);
}

void push_integrate(struct folder *f, struct instant now, struct bytes blob,
	const struct node_id *from)
{
	if (integrate_one(f, now, blob, from) != COMMIT_NEW)
		return;
	folder_changed(f, now);
	push_retry_held(f, now);
}

static struct assembly *assembly_for(struct peer *p, const struct commit_piece *m)
{
	struct assembly *a;

	if (p->assemblies == NULL)
		p->assemblies = mem_array(ASSEMBLIES_MAX, sizeof(*p->assemblies));
	a = &p->assemblies[ASSEMBLIES_MAX - 1];
	for (unsigned i = 0; i < ASSEMBLIES_MAX; i++) {
		struct assembly *x = &p->assemblies[i];

		if (x->data != NULL && x->tag == m->tag && x->stream == m->stream &&
			x->first == m->first && x->total == m->total)
			return x;
	}
	assembly_fini(a);
	memmove(&p->assemblies[1], &p->assemblies[0],
		(ASSEMBLIES_MAX - 1) * sizeof(p->assemblies[0]));
	a = &p->assemblies[0];
	*a = (struct assembly){ .tag = m->tag, .stream = m->stream, .first = m->first };
	a->total = m->total;
	a->data = mem_new(m->total);
	return a;
}

static void unpack(
	struct folder *f, struct instant now, struct peer *p, const struct assembly *a)
{
	unsigned long long size = ZSTD_getFrameContentSize(a->data, a->total);
	uint8_t *blob;
	size_t len;

	if (size == 0 || size > BLOB_MAX) { /* also covers unknown and error */
		(void)drop(p->sync->config.drops, DROP_SYNC);
		return;
	}
	blob = mem_new((size_t)size);
	len = ZSTD_decompress(blob, (size_t)size, a->data, a->total);
	if (ZSTD_isError(len) || len != size)
		(void)drop(p->sync->config.drops, DROP_SYNC);
	else
		push_integrate(f, now, bytes_of(blob, len), &p->id);
	mem_free(blob);
}

void push_receive(struct peer *p, struct instant now, const struct commit_piece *m)
{
	struct folder *f = sync_folder_tagged(p->sync, m->tag);
	struct assembly *a;

	if (f == NULL || f->paused)
		return;
	if ((members_rights(f, now, &p->id) & (RIGHT_READ | RIGHT_CARRY)) == 0) {
		(void)drop(p->sync->config.drops, DROP_RIGHTS);
		return;
	}
	a = assembly_for(p, m);
	memcpy(a->data + m->offset, m->data.data, m->data.len);
	(void)extents_add(&a->have, m->offset, m->offset + (uint32_t)m->data.len);
	if (!extents_full(&a->have, a->total))
		return;
	unpack(f, now, p, a);
	assembly_fini(a);
}
