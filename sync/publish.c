/* SPDX-License-Identifier: ISC */
/*
 * What changed on this disk becomes signed versions. A scan (at start, after a hint, every
 * hour) gives the differences; each becomes an entry upon the version that stood there;
 * entries go into commits of at most COMMIT_ENTRIES_MAX, and only when these are durable
 * do they enter the catalogue and are told to others. What we have no right to change is
 * listed and left alone.
 *
 * A directory that stands for others of its name, or a file with equal ones behind it, takes
 * them in when it changes: their children move over, they are deleted. So what a person
 * moves or deletes as one thing does not leave a shadow behind.
 */
#include <errno.h>

#include "sync/machine.h"

enum {
	QUIET_MS = 200,
	QUIET_MAX_MS = 2000,
	HOUR_MS = 3600 * 1000,
	RETRY_FIRST_MS = 1000,
	RETRY_MAX_MS = 30000,
	REREAD_MAX_MS = 600000,
};

/* Entries in the making. */
struct batch {
	struct folder *folder;
	struct job *job;
	struct instant now;
	uint8_t rights;
	uint8_t *buffer; /* the entries of the commit being filled */
	struct bytes encoded[COMMIT_ENTRIES_MAX];
	size_t count;
	uint64_t sequence;
	struct hash previous;
	uint64_t clock;
};

void publish_touched(struct folder *f, struct instant now)
{
	struct instant quiet = instant_add_ms(now, QUIET_MS);

	if (f->touched_at.us == NEVER.us)
		f->touched_at = now;
	quiet = instant_min(quiet, instant_add_ms(f->touched_at, QUIET_MAX_MS));
	f->scan_at = quiet;
	sync_due(f->sync, quiet);
}

void publish_pump(struct folder *f, struct instant now)
{
	struct job *j;

	if (f->key.epoch == 0) { /* a keeper has no tree */
		f->standing_known = f->scanned = true;
		f->scan_wanted = false;
		f->touched_at = NEVER;
		return;
	}
	if (f->scanning || f->publishing || f->applying || f->gone || f->paused)
		return;
	if (!f->scan_wanted && !instant_due(f->scan_at, now)) {
		sync_due(f->sync, f->scan_at);
		return;
	}
	j = sync_folder_job(f, JOB_SCAN);
	j->want_standing = !f->standing_known || f->relearn;
	f->scanning = true;
	f->scan_wanted = false;
	f->touched_at = NEVER;
	f->scan_at = instant_add_ms(now, HOUR_MS);
	sync_due(f->sync, f->scan_at);
	sync_submit(f->sync, j);
}

/* ---- entries ---- */

static void batch_flush(struct batch *b)
{
	struct folder *f = b->folder;
	struct sync *s = f->sync;
	struct commit c = { .folder = f->id,
		.author = s->config.self->id,
		.incarnation = s->incarnation,
		.first_sequence = b->sequence - b->count,
		.count = (uint16_t)b->count,
		.clock = b->clock };
	uint8_t key[48];
	struct writer k = writer_of(key, sizeof(key)), w;
	size_t room;
	uint8_t *blob;

	if (b->count == 0)
		return;
	room = commit_size(b->encoded, b->count);
	blob = mem_new(room);
	w = writer_of(blob, room);
	commit_write(&w, &c, b->encoded, s->config.self);
	check(!w.overflow);
	write_id(&k, &c.author);
	write_u64(&k, c.incarnation);
	write_u64(&k, c.first_sequence);
	folder_record(b->job, f, RECORD_COMMIT, writer_bytes(&k), writer_bytes(&w));
	mem_free(blob);
	b->count = 0;
}

/* Completes e as our next entry; returns its version. */
static struct hash batch_add(struct batch *b, struct entry *e)
{
	struct folder *f = b->folder;
	struct sync *s = f->sync;
	struct writer w =
		writer_of(b->buffer + b->count * ENTRY_SIZE_MAX, ENTRY_SIZE_MAX);

	e->folder = f->id;
	e->author = s->config.self->id;
	e->incarnation = s->incarnation;
	e->sequence = b->sequence++;
	e->previous = b->previous;
	e->clock = b->clock = clock_next(f, b->now);
	e->capability =
		f->rights == RIGHTS_OWNER ? (struct hash){ { 0 } } : f->capability;
	e->key_epoch = f->key.epoch;
	entry_write(&w, e);
	check(!w.overflow);
	b->encoded[b->count++] = writer_bytes(&w);
	b->previous = entry_version(writer_bytes(&w));
	if (b->count == COMMIT_ENTRIES_MAX)
		batch_flush(b);
	return b->previous;
}

static void name_into(const struct folder *f, struct entry *e, struct bytes name)
{
	memset(e->sealed_name, 0, sizeof(e->sealed_name));
	e->sealed_name_len =
		(uint16_t)name_seal(&f->key, &e->file, &e->parent, name, e->sealed_name);
}

static void parents_add(struct entry *e, const struct hash *version)
{
	unsigned at = e->parent_count;

	for (unsigned i = 0; i < e->parent_count; i++)
		if (id_equal(&e->parents[i], version))
			return;
	if (e->parent_count == ENTRY_PARENTS_MAX)
		return;
	for (; at > 0 && id_compare(&e->parents[at - 1], version) > 0; at--)
		e->parents[at] = e->parents[at - 1];
	e->parents[at] = *version;
	e->parent_count++;
}

/* The version it builds on, and heads that say the same. */
static void parents_of(const struct folder *f, struct entry *e, const struct hash *base)
{
	const struct catalogue *c = &f->catalogue;
	uint32_t known = catalogue_find(f, base);

	e->parent_count = 0;
	memset(e->parents, 0, sizeof(e->parents));
	parents_add(e, base);
	if (known == NONE)
		return;
	for (uint32_t v = c->files[c->versions[known].file].versions; v != NONE;
		v = c->versions[v].next)
		if (version_is_head(&c->versions[v]) && catalogue_alike(f, v, known))
			parents_add(e, &c->versions[v].hash);
}

static void adopt_add(struct batch *b, const struct short_id *file,
	const struct hash *version, bool deleted)
{
	struct job *j = b->job;

	j->adopts = mem_resize(j->adopts, j->adopt_count + 1, sizeof(*j->adopts));
	j->adopts[j->adopt_count++] = (struct adopt){ *file, *version, deleted };
}

static void make_deleted(struct entry *e)
{
	e->flags = ENTRY_DELETED;
	e->size = 0;
	e->content_depth = 0;
	e->content = (struct hash){ { 0 } };
}

/* ---- taking in what stood behind ---- */

static void delete_shadow(struct batch *b, uint32_t file)
{
	struct folder *f = b->folder;
	const struct file *x = &f->catalogue.files[file];
	struct entry e;

	catalogue_entry(f, x->shown, &e);
	parents_of(f, &e, &f->catalogue.versions[x->shown].hash);
	make_deleted(&e);
	(void)batch_add(b, &e);
}

static void move_over(struct batch *b, uint32_t file, const struct short_id *directory)
{
	struct folder *f = b->folder;
	const struct file *x = &f->catalogue.files[file];
	uint8_t name[ENTRY_NAME_MAX];
	size_t len;
	struct entry e;

	if (!tree_name(f, x->shown, name, &len))
		return;
	catalogue_entry(f, x->shown, &e);
	if (e.flags & ENTRY_DELETED)
		return;
	parents_of(f, &e, &f->catalogue.versions[x->shown].hash);
	e.parent = *directory;
	name_into(f, &e, bytes_of(name, len));
	(void)batch_add(b, &e);
}

static void absorb(struct batch *b, uint32_t file, bool gone)
{
	struct folder *f = b->folder;
	const struct catalogue *c = &f->catalogue;
	uint32_t slot = file != NONE ? tree_wants(f, file) : NONE;

	if (slot == NONE || !(b->rights & RIGHT_DELETE))
		return;
	for (uint32_t i = c->slots[slot].wanted; i != NONE; i = c->files[i].slot_next) {
		if (i == file ||
			((c->files[i].flags ^ c->files[file].flags) & FILE_DIRECTORY))
			continue;
		if (c->files[i].flags & FILE_DIRECTORY) {
			for (uint32_t k = c->files[i].first_child; k != NONE && !gone;
				k = c->files[k].next_sibling)
				if (c->files[k].flags & FILE_LIVE)
					move_over(b, k, &c->files[file].id);
			if (!(c->files[i].flags & FILE_DELETED))
				delete_shadow(b, i);
		} else if (catalogue_alike(f, c->files[i].shown, c->files[file].shown)) {
			delete_shadow(b, i);
		}
	}
}

/* ---- scan items ---- */

static void entry_of_item(
	const struct folder *f, const struct scan_item *item, struct entry *e)
{
	*e = (struct entry){
		.file = item->file, .parent = item->parent, .kind = item->kind
	};
	e->mode = item->mode & 07777;
	e->mtime_s = item->mtime_s;
	e->mtime_ns = item->mtime_ns;
	e->size = item->kind == ENTRY_DIRECTORY ? 0 : item->size;
	e->content_depth = item->content_depth;
	e->content = item->content;
	name_into(f, e, bytes_of(item->name, item->name_len));
}

static void item_path(
	const struct folder *f, const struct scan_item *item, struct text *t)
{
	uint32_t parent = catalogue_file(f, &item->parent);

	if (parent != NONE && parent != 0) {
		(void)tree_path(f, parent, t);
		text_char(t, '/');
	}
	text_chars(t, (const char *)item->name, item->name_len);
}

static void not_allowed(struct folder *f, const struct scan_item *item)
{
	char path[1024];
	struct text t = text_of(path, sizeof(path));
	uint32_t file = catalogue_file(f, &item->file);

	item_path(f, item, &t);
	folder_error_add(f, ERROR_SCAN, 0, path, 0,
		item->change == SCAN_GONE ? "deleted here without the right to delete"
					  : "changed here without the right to write");
	if (file != NONE)
		f->catalogue.files[file].flags |= FILE_LOCAL;
}

static void publish_gone(struct batch *b, const struct scan_item *item)
{
	struct folder *f = b->folder;
	uint32_t base = catalogue_find(f, &item->base);
	uint32_t file = catalogue_file(f, &item->file);
	struct hash version;
	struct entry e;

	if (base == NONE)
		return;
	absorb(b, file, true);
	catalogue_entry(f, base, &e);
	make_deleted(&e);
	parents_of(f, &e, &item->base);
	version = batch_add(b, &e);
	adopt_add(b, &item->file, &version, true);
}

static void publish_item(struct batch *b, const struct scan_item *item)
{
	struct folder *f = b->folder;
	struct hash version;
	struct entry e;

	if (!(b->rights & (item->change == SCAN_GONE ? RIGHT_DELETE : RIGHT_WRITE))) {
		not_allowed(f, item);
		return;
	}
	if (item->change == SCAN_GONE) {
		publish_gone(b, item);
		return;
	}
	if (!name_allowed(bytes_of(item->name, item->name_len)))
		return;
	if (item->change != SCAN_NEW)
		absorb(b, catalogue_file(f, &item->file), false);
	entry_of_item(f, item, &e);
	if (!id_is_zero(id_bytes(&item->base)))
		parents_of(f, &e, &item->base);
	version = batch_add(b, &e);
	adopt_add(b, &item->file, &version, false);
}

/* ---- what stands ---- */

static bool stand_one(struct folder *f, const struct standing *s)
{
	uint32_t version = catalogue_find(f, &s->version), file, parent;
	uint8_t name[ENTRY_NAME_MAX];
	size_t len;

	if (version == NONE)
		return false;
	file = catalogue_file_make(f, &s->file);
	parent = catalogue_file_make(f, &s->parent);
	if (!tree_name(f, version, name, &len))
		return false;
	tree_stand(f, file,
		tree_slot(f, parent,
			s->name != 0 ? s->name : tree_name_hash(bytes_of(name, len))),
		version);
	return true;
}

void publish_strangers(struct folder *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->stranger_count; i++) {
		struct stranger *x = &f->strangers[i];
		struct standing s = { x->file, x->parent, x->version, x->name };
		uint32_t file = catalogue_file_make(f, &x->file);

		if (stand_one(f, &s)) {
			f->catalogue.files[file].flags &= (uint16_t)~FILE_LOCAL;
			tree_dirty(f, file);
			continue;
		}
		f->catalogue.files[file].flags |= FILE_LOCAL;
		f->strangers[kept++] = *x;
	}
	f->stranger_count = kept;
}

static void take_standing(struct folder *f, const struct job *j)
{
	for (uint32_t i = 1; f->standing_known && i < f->catalogue.file_count; i++)
		tree_stand(f, i, NONE, NONE);
	f->stranger_count = 0;
	f->relearn = false;
	for (size_t i = 0; i < j->standing_count; i++) {
		const struct standing *s = &j->standing[i];

		if (stand_one(f, s))
			continue;
		(void)mem_grow(f->strangers, f->stranger_count, f->stranger_room);
		f->strangers[f->stranger_count++] =
			(struct stranger){ s->file, s->parent, s->version, s->name };
	}
	f->standing_known = true;
	for (uint32_t i = 1; i < f->catalogue.file_count; i++)
		tree_dirty(f, i);
}

/* ---- the scan's end ---- */

static void scan_failed(struct folder *f, struct instant now, int result)
{
	f->scan_ms = f->scan_ms == 0 ? RETRY_FIRST_MS : f->scan_ms * 2;
	if (f->scan_ms > RETRY_MAX_MS)
		f->scan_ms = RETRY_MAX_MS;
	f->scan_at = instant_add_ms(now, f->scan_ms);
	sync_due(f->sync, f->scan_at);
	folder_error_add(f, ERROR_SCAN, 0, "", -result, "the folder cannot be read");
}

/* What the disk could not give this time is looked at again, at growing intervals. */
static void scan_again_later(struct folder *f, struct instant now, const struct job *j)
{
	bool trouble = false;

	for (size_t i = 0; i < j->error_count; i++)
		trouble = trouble || j->errors[i].error != 0;
	if (!trouble) {
		f->reread_ms = 0;
		return;
	}
	f->reread_ms = f->reread_ms == 0 ? RETRY_FIRST_MS : f->reread_ms * 2;
	if (f->reread_ms > REREAD_MAX_MS)
		f->reread_ms = REREAD_MAX_MS;
	f->scan_at = instant_min(f->scan_at, instant_add_ms(now, f->reread_ms));
	sync_due(f->sync, f->scan_at);
}

static void errors_take(struct folder *f, const struct job *j)
{
	folder_errors_drop(f, ERROR_SCAN);
	for (uint32_t i = 1; i < f->catalogue.file_count; i++)
		if (f->catalogue.files[i].flags & FILE_LOCAL) {
			f->catalogue.files[i].flags &= (uint16_t)~FILE_LOCAL;
			tree_dirty(f, i);
		}
	for (size_t i = 0; i < j->error_count; i++)
		folder_error_add(f, ERROR_SCAN, 0, j->errors[i].path, j->errors[i].error,
			j->errors[i].reason);
}

static void round_done(struct folder *f, struct instant now)
{
	if (f->scan_again) {
		f->scan_wanted = true;
	} else {
		if (!f->scanned)
			gossip_tell_all(f, now);
		f->scanned = true;
	}
	apply_retry(f);
	sync_due(f->sync, now);
}

static struct batch *batch_new(struct folder *f, struct instant now)
{
	struct batch *b = mem_new(sizeof(*b));
	uint32_t stream = catalogue_stream(f,
		catalogue_stream_tag(f, &f->sync->config.self->id, f->sync->incarnation));

	b->folder = f;
	b->now = now;
	b->job = sync_folder_job(f, JOB_RECORDS);
	b->rights = members_rights(f, now, &f->sync->config.self->id);
	b->buffer = mem_array(COMMIT_ENTRIES_MAX, ENTRY_SIZE_MAX);
	b->sequence = 1;
	if (stream != NONE) {
		b->sequence = f->catalogue.streams[stream].last + 1;
		b->previous = f->catalogue.streams[stream].last_version;
	}
	return b;
}

void publish_scanned(struct folder *f, struct instant now, struct job *j)
{
	struct batch *b;

	f->scanning = false;
	if (j->result != 0) {
		scan_failed(f, now, j->result);
		f->scan_wanted = false;
		return;
	}
	f->scan_ms = 0;
	if (j->want_standing)
		take_standing(f, j);
	errors_take(f, j);
	scan_again_later(f, now, j);
	publish_strangers(f);
	b = batch_new(f, now);
	for (size_t i = 0; i < j->scan_count; i++)
		publish_item(b, &j->scan_items[i]);
	batch_flush(b);
	f->scan_again = j->scan_more && b->job->record_count > 0;
	if (b->job->record_count > 0) {
		f->publishing = true;
		f->stores_running++;
		sync_submit(f->sync, b->job);
		f->publish_serial = b->job->serial;
	} else {
		job_free(b->job);
		round_done(f, now);
	}
	mem_free(b->buffer);
	mem_free(b);
}

static void adopt_take(struct folder *f, const struct adopt *a)
{
	uint32_t file = catalogue_file(f, &a->file),
		 version = catalogue_find(f, &a->version);
	struct standing s = { .file = a->file, .version = a->version };
	struct entry e;

	if (file == NONE || version == NONE)
		return;
	if (a->deleted) {
		tree_stand(f, file, NONE, NONE);
		return;
	}
	catalogue_entry(f, version, &e);
	s.parent = e.parent;
	(void)!stand_one(f, &s);
}

void publish_recorded(struct folder *f, struct instant now, struct job *j)
{
	f->publishing = false;
	for (size_t i = 0; i < j->record_count; i++) {
		struct bytes blob =
			bytes_of(j->records[i].value, j->records[i].value_len);

		if (catalogue_add(f, now, blob, true) != COMMIT_NEW) {
			f->scan_wanted =
				true; /* our stream went on elsewhere meanwhile */
			log_line(f->sync->config.log, LOG_ERROR_, "folder ", f->name,
				": own changes collide with older ones of this node: "
				"scanned again",
				NULL);
		}
	}
	for (size_t i = 0; i < j->adopt_count; i++)
		adopt_take(f, &j->adopts[i]);
	folder_changed(f, now);
	round_done(f, now);
}
