/* SPDX-License-Identifier: ISC */
/*
 * Which versions exist. Commits are kept as they were signed; a version points into one.
 * Sequences of a stream have no holes, so the frontier (stream, last) says everything. What
 * always holds: every entry here was signed by its author, who had the right to it, as far
 * as our certificates say; two replicas with equal frontiers hold equal versions, but for
 * forks, which are told.
 */
#include "sync/machine.h"

static uint32_t hash_of(struct bytes id)
{
	return table_hash(id);
}

uint32_t catalogue_find(const struct folder *f, const struct hash *version)
{
	const struct catalogue *c = &f->catalogue;

	for (uint32_t at = 0, n;
		table_next(&c->by_version, hash_of(id_bytes(version)), &at, &n);)
		if (id_equal(&c->versions[n].hash, version))
			return n;
	return NONE;
}

uint32_t catalogue_file(const struct folder *f, const struct short_id *id)
{
	const struct catalogue *c = &f->catalogue;

	for (uint32_t at = 0, n; table_next(&c->by_file, hash_of(id_bytes(id)), &at, &n);)
		if (id_equal(&c->files[n].id, id))
			return n;
	return NONE;
}

uint32_t catalogue_file_make(struct folder *f, const struct short_id *id)
{
	struct catalogue *c = &f->catalogue;
	uint32_t n = catalogue_file(f, id);

	if (n != NONE)
		return n;
	(void)mem_grow(c->files, c->file_count, c->file_room);
	n = c->file_count++;
	c->files[n] = (struct file){
		.id = *id,
		.versions = NONE,
		.shown = NONE,
		.raw = NONE,
		.place = NONE,
		.first_child = NONE,
		.next_sibling = NONE,
		.previous_sibling = NONE,
		.alias = n,
		.slot = NONE,
		.slot_next = NONE,
		.applied = NONE,
		.stand = NONE,
	};
	table_add(&c->by_file, hash_of(id_bytes(id)), n);
	return n;
}

uint64_t catalogue_stream_tag(
	const struct folder *f, const struct node_id *author, uint64_t incarnation)
{
	uint8_t name[32 + 32 + 8];
	struct writer w = writer_of(name, sizeof(name));
	struct hash h;

	write_id(&w, &f->id);
	write_id(&w, author);
	write_u64(&w, incarnation);
	h = hash_tagged("qanat stream tag 1", writer_bytes(&w));
	return prefix_of(id_bytes(&h));
}

uint32_t catalogue_stream(const struct folder *f, uint64_t tag)
{
	const struct catalogue *c = &f->catalogue;
	uint32_t hash = hash_of(bytes_of(&tag, sizeof(tag)));

	for (uint32_t at = 0, n; table_next(&c->by_stream, hash, &at, &n);)
		if (c->streams[n].tag == tag)
			return n;
	return NONE;
}

static void order_insert(struct catalogue *c, uint32_t stream)
{
	uint32_t low = 0, high = c->stream_count - 1;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (c->streams[c->order[middle]].tag < c->streams[stream].tag)
			low = middle + 1;
		else
			high = middle;
	}
	memmove(&c->order[low + 1], &c->order[low],
		(c->stream_count - 1 - low) * sizeof(*c->order));
	c->order[low] = stream;
}

static uint32_t stream_make(struct folder *f, const struct commit *commit)
{
	struct catalogue *c = &f->catalogue;
	uint64_t tag = catalogue_stream_tag(f, &commit->author, commit->incarnation);
	uint32_t n = catalogue_stream(f, tag);

	if (n != NONE)
		return n;
	if (c->stream_count >= STREAMS_MAX)
		return NONE;
	(void)mem_grow(c->order, c->stream_count, c->order_room);
	(void)mem_grow(c->streams, c->stream_count, c->stream_room);
	n = c->stream_count++;
	c->streams[n] = (struct stream){
		.author = commit->author, .incarnation = commit->incarnation, .tag = tag
	};
	table_add(&c->by_stream, hash_of(bytes_of(&tag, sizeof(tag))), n);
	order_insert(c, n);
	return n;
}

struct bytes catalogue_encoded(const struct folder *f, uint32_t version)
{
	const struct version *v = &f->catalogue.versions[version];

	return bytes_of(f->catalogue.commits[v->commit].blob + v->offset, v->length);
}

void catalogue_entry(const struct folder *f, uint32_t version, struct entry *e)
{
	check(entry_parse(e, catalogue_encoded(f, version)));
}

/* The last version is in it: each entry names the one before, so that it stands for the whole
 * stream, and two histories of equal length do not look alike. */
static uint64_t frontier_part(const struct stream *s)
{
	uint8_t name[8 + 8 + sizeof(s->last_version.b)];
	struct writer w = writer_of(name, sizeof(name));
	struct hash h;

	if (s->last == 0)
		return 0;
	write_u64(&w, s->tag);
	write_u64(&w, s->last);
	write_id(&w, &s->last_version);
	h = hash_tagged("qanat frontier sum 1", writer_bytes(&w));
	return prefix_of(id_bytes(&h));
}

/* A naming counts only among versions of one file, whichever comes first. */
static struct hash naming_key(
	const struct folder *f, const struct hash *version, uint32_t file)
{
	struct hash key = *version;

	for (size_t i = 0; i < sizeof(struct short_id); i++)
		key.b[i] ^= f->catalogue.files[file].id.b[i];
	return key;
}

static bool named_before(
	const struct folder *f, const struct hash *version, uint32_t file)
{
	const struct catalogue *c = &f->catalogue;
	struct hash key = naming_key(f, version, file);

	for (uint32_t at = 0, n;
		table_next(&c->by_naming, hash_of(id_bytes(&key)), &at, &n);)
		if (c->namings[n].file == file &&
			id_equal(&c->namings[n].version, version))
			return true;
	return false;
}

static void name_parents(struct folder *f, uint32_t file, const struct entry *e)
{
	struct catalogue *c = &f->catalogue;

	for (unsigned i = 0; i < e->parent_count; i++) {
		uint32_t parent = catalogue_find(f, &e->parents[i]);
		struct hash key;

		if (parent != NONE) {
			if (c->versions[parent].file == file)
				c->versions[parent].flags |= VERSION_NAMED;
			continue;
		}
		if (named_before(f, &e->parents[i], file))
			continue;
		key = naming_key(f, &e->parents[i], file);
		(void)mem_grow(c->namings, c->naming_count, c->naming_room);
		c->namings[c->naming_count] = (struct naming){ e->parents[i], file };
		table_add(&c->by_naming, hash_of(id_bytes(&key)), c->naming_count++);
	}
}

static void version_add(struct folder *f, uint32_t commit, struct bytes encoded,
	const struct hash *hash, const struct entry *e)
{
	struct catalogue *c = &f->catalogue;
	uint32_t file = catalogue_file_make(f, &e->file), n;
	struct version *v;

	(void)mem_grow(c->versions, c->version_count, c->version_room);
	n = c->version_count++;
	v = &c->versions[n];
	*v = (struct version){ .hash = *hash, .clock = e->clock, .size = e->size };
	v->commit = commit;
	v->offset = (uint32_t)(encoded.data - c->commits[commit].blob);
	v->length = (uint16_t)encoded.len;
	v->file = file;
	v->kind = (uint8_t)e->kind;
	if (e->flags & ENTRY_DELETED)
		v->flags |= VERSION_DELETED;
	if (e->content_depth == 0)
		v->flags |= VERSION_EMPTY | VERSION_COMPLETE;
	if (named_before(f, hash, file))
		v->flags |= VERSION_NAMED;
	v->next = c->files[file].versions;
	c->files[file].versions = n;
	table_add(&c->by_version, hash_of(id_bytes(hash)), n);
	name_parents(f, file, e);
}

static enum commit_verdict refuse(struct folder *f, enum drop_reason reason)
{
	(void)drop(f->sync->config.drops, reason);
	return COMMIT_REFUSED;
}

static void tell_fork(struct folder *f, struct stream *s)
{
	char line[80];
	struct text t = text_of(line, sizeof(line));

	if (s->forked)
		return;
	s->forked = true;
	text_hex(&t, bytes_of(s->author.b, 8));
	folder_error_add(f, ERROR_RIGHTS, s->tag & 0x7fffffff, line, 0,
		"this author signed one sequence number twice; the first is kept");
	log_line(f->sync->config.log, LOG_WARN_, "folder ", f->name, ": author ", line,
		" signed one sequence number twice: the first is kept", NULL);
}

/* A commit at or below the frontier: the one we hold, or proof of a fork. */
static enum commit_verdict compare_old(struct folder *f, struct stream *s,
	const struct commit *c, const struct hash *first)
{
	uint32_t version = catalogue_find(f, first);

	if (version != NONE && c->first_sequence + c->count - 1 <= s->last)
		return COMMIT_OLD;
	if (!commit_verify(c))
		return refuse(f, DROP_SIGNATURE);
	tell_fork(f, s);
	return COMMIT_OLD;
}

static enum commit_verdict judge_dates(struct folder *f, const struct node_id *author)
{
	char line[80];
	struct text t = text_of(line, sizeof(line));

	text_hex(&t, bytes_of(author->b, 8));
	folder_error_add(f, ERROR_RIGHTS, 0, line, 0,
		"changes of this author are held: outside the dates of its certificate");
	return COMMIT_HELD;
}

static enum commit_verdict judge_entries(struct folder *f, struct instant now,
	const struct commit *c, const struct commit_entries *entries)
{
	for (unsigned i = 0; i < c->count; i++) {
		struct entry e;

		if (!entry_parse(&e, entries->encoded[i]))
			return refuse(f, DROP_SYNC);
		if (!id_is_zero(id_bytes(&e.zone)))
			return refuse(f, DROP_RIGHTS);
		switch (members_judge(f, now, &e)) {
		case AUTHOR_GOOD:
			break;
		case AUTHOR_UNKNOWN:
			return COMMIT_HELD;
		case AUTHOR_DATES:
			return judge_dates(f, &c->author);
		case AUTHOR_REFUSED:
			return refuse(f, DROP_RIGHTS);
		}
	}
	return COMMIT_NEW;
}

/* Follows the stream without a hole, and upon what is there. */
static enum commit_verdict judge_place(struct folder *f, const struct commit *c,
	const struct commit_entries *entries, uint32_t stream)
{
	struct stream *s = &f->catalogue.streams[stream];
	struct entry e;

	if (c->first_sequence <= s->last)
		return compare_old(f, s, c, &entries->version[0]);
	if (c->first_sequence > s->last + 1)
		return COMMIT_HELD;
	if (!entry_parse(&e, entries->encoded[0]))
		return refuse(f, DROP_SYNC);
	if (!id_equal(&e.previous, &s->last_version)) {
		if (!commit_verify(c))
			return refuse(f, DROP_SIGNATURE);
		tell_fork(f, s);
		return COMMIT_OLD;
	}
	return COMMIT_NEW;
}

static void integrate(struct folder *f, struct instant now, struct bytes blob,
	const struct commit *commit, uint32_t stream)
{
	struct catalogue *c = &f->catalogue;
	struct commit again;
	struct commit_entries entries;
	struct stored_commit *stored;
	struct stream *s;
	uint32_t n, first = c->version_count;

	(void)mem_grow(c->commits, c->commit_count, c->commit_room);
	n = c->commit_count++;
	stored = &c->commits[n];
	*stored = (struct stored_commit){ .stream = stream,
		.first = commit->first_sequence };
	stored->blob = mem_copy(blob.data, blob.len);
	stored->len = (uint32_t)blob.len;
	stored->first_version = first;
	stored->count = commit->count;
	check(commit_parse(&again, &entries, bytes_of(stored->blob, stored->len)));
	for (unsigned i = 0; i < commit->count; i++) {
		struct entry e;

		check(entry_parse(&e, entries.encoded[i]));
		version_add(f, n, entries.encoded[i], &entries.version[i], &e);
		clock_seen(f, now, e.clock);
	}
	s = &c->streams[stream];
	c->frontier_sum -= frontier_part(s);
	s->last = commit->first_sequence + commit->count - 1;
	s->last_version = entries.version[commit->count - 1];
	c->frontier_sum += frontier_part(s);
	(void)mem_grow(s->commits, s->commit_count, s->commit_room);
	s->commits[s->commit_count++] = n;
	for (uint32_t i = first; i < c->version_count; i++)
		tree_update(f, c->versions[i].file);
}

enum commit_verdict catalogue_add(
	struct folder *f, struct instant now, struct bytes blob, bool own_index)
{
	struct commit c;
	struct commit_entries entries;
	enum commit_verdict v;
	uint32_t stream;

	if (!commit_parse(&c, &entries, blob) || !id_equal(&c.folder, &f->id))
		return refuse(f, DROP_SYNC);
	if (f->catalogue.version_count + c.count > SYNC_ENTRIES_MAX) {
		folder_error_add(f, ERROR_RIGHTS, 1, "", 0,
			"too many entries: further changes are refused");
		return COMMIT_FULL;
	}
	if (!own_index) {
		v = judge_entries(f, now, &c, &entries);
		if (v != COMMIT_NEW)
			return v;
	}
	for (unsigned i = 0; i < c.count; i++) {
		struct entry e;

		if (!entry_parse(&e, entries.encoded[i]) || id_is_zero(id_bytes(&e.file)))
			return refuse(f, DROP_SYNC);
	}
	stream = catalogue_stream(f, catalogue_stream_tag(f, &c.author, c.incarnation));
	if (stream != NONE) {
		v = judge_place(f, &c, &entries, stream);
		if (v != COMMIT_NEW)
			return v;
	} else if (c.first_sequence != 1) {
		return COMMIT_HELD;
	}
	if (!own_index && !commit_verify(&c))
		return refuse(f, DROP_SIGNATURE);
	stream = stream_make(f, &c);
	if (stream == NONE)
		return COMMIT_FULL;
	integrate(f, now, blob, &c, stream);
	return COMMIT_NEW;
}

static bool names_alike(const struct folder *f, uint32_t a, uint32_t b)
{
	uint8_t x[ENTRY_NAME_MAX], y[ENTRY_NAME_MAX];
	size_t x_len, y_len;

	if (!tree_name(f, a, x, &x_len) || !tree_name(f, b, y, &y_len))
		return false;
	return bytes_equal(bytes_of(x, x_len), bytes_of(y, y_len));
}

bool catalogue_alike(const struct folder *f, uint32_t a, uint32_t b)
{
	struct entry x, y;

	if (a == b)
		return true;
	catalogue_entry(f, a, &x);
	catalogue_entry(f, b, &y);
	if ((x.flags & ENTRY_DELETED) != (y.flags & ENTRY_DELETED))
		return false;
	if (x.flags & ENTRY_DELETED)
		return true;
	if (x.kind != y.kind || x.mode != y.mode || x.content_depth != y.content_depth ||
		!id_equal(&x.content, &y.content) || x.size != y.size)
		return false;
	if (!id_equal(&x.file, &y.file)) /* two files in one slot: the name is the same */
		return true;
	return id_equal(&x.parent, &y.parent) && names_alike(f, a, b);
}

void catalogue_init(struct folder *f)
{
	uint32_t root = catalogue_file_make(f, &ROOT_DIRECTORY);

	check(root == 0);
	f->catalogue.files[root].flags = FILE_DIRECTORY | FILE_LIVE;
}

void catalogue_fini(struct folder *f)
{
	struct catalogue *c = &f->catalogue;

	for (uint32_t i = 0; i < c->stream_count; i++)
		mem_free(c->streams[i].commits);
	for (uint32_t i = 0; i < c->commit_count; i++)
		mem_free(c->commits[i].blob);
	mem_free(c->versions);
	mem_free(c->files);
	mem_free(c->slots);
	mem_free(c->streams);
	mem_free(c->order);
	mem_free(c->commits);
	mem_free(c->namings);
	mem_free(c->work);
	table_fini(&c->by_version);
	table_fini(&c->by_file);
	table_fini(&c->by_slot);
	table_fini(&c->by_stream);
	table_fini(&c->by_naming);
}
