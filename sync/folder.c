/* SPDX-License-Identifier: ISC */
/*
 * One folder as a value: its settings, its errors, its digest. The record of the settings:
 *
 *   folder = format:8 flags:8 epoch:32 key:32*8 capability:32*8 name:8 name path:16 path
 *
 * flags 1: paused, 2: it began here or has heard a member once.
 */
#include "sync/machine.h"

enum {
	SETTINGS_FORMAT = 1,
	SETTINGS_PAUSED = 1,
	SETTINGS_HEARD = 2,
	PATH_BYTES_MAX = 4096
};
enum { DAMP_MIN_MS = 50, DAMP_MAX_MS = 200 };

struct folder *folder_new(struct sync *s, const struct hash *id)
{
	struct folder *f = mem_new(sizeof(*f));
	struct hash tag = hash_tagged("qanat folder tag 1", id_bytes(id));

	f->sync = s;
	f->id = *id;
	f->tag = prefix_of(id_bytes(&tag));
	f->scan_at = NEVER;
	f->touched_at = NEVER;
	f->failed_at = NEVER;
	f->changed_at = NEVER;
	f->scan_wanted = true;
	f->conflicts_serial = UINT64_MAX;
	f->files_serial = UINT64_MAX;
	catalogue_init(f);
	clock_begin(f);
	return f;
}

static void error_fini(struct folder_error *e)
{
	mem_free(e->path);
	mem_free(e->reason);
}

void folder_free(struct folder *f)
{
	fetch_folder_fini(f);
	members_fini(f);
	catalogue_fini(f);
	for (size_t i = 0; i < f->error_count; i++)
		error_fini(&f->errors[i]);
	for (unsigned i = 0; i < COMMITS_HELD_MAX; i++)
		mem_free(f->held_commits[i].data);
	mem_free(f->errors);
	mem_free(f->conflicts);
	mem_free(f->strangers);
	mem_free(f->dirty);
	mem_free(f->undo);
	mem_free(f->genesis);
	mem_free(f->path);
	wipe(&f->key, sizeof(f->key));
	mem_free(f);
}

uint64_t folder_digest(struct folder *f)
{
	struct digest_of of = { f->cert_sum, f->catalogue.frontier_sum,
		f->catalogue.stream_count };
	struct hash_state h;
	struct hash out;
	uint8_t sums[24];
	struct writer w = writer_of(sums, sizeof(sums));

	if (f->digest_known && memcmp(&of, &f->digest_of, sizeof(of)) == 0)
		return f->digest;
	write_u64(&w, of.certs);
	write_u64(&w, of.frontier);
	write_u64(&w, of.streams);
	hash_begin(&h, "qanat folder digest 1");
	hash_add(&h, id_bytes(&f->id));
	hash_add(&h, writer_bytes(&w));
	out = hash_end(&h);
	f->digest = prefix_of(id_bytes(&out));
	f->digest_of = of;
	f->digest_known = true;
	return f->digest;
}

void folder_changed(struct folder *f, struct instant now)
{
	struct sync *s = f->sync;
	struct peer *p, *next;

	ready_forget(s);
	f->changed_at = now;
	HASH_ITER (hh, s->peers, p, next)
		for (struct relation *r = p->relations; r != NULL; r = r->next)
			if (r->folder == f && r->partner && p->greet_at.us != NEVER.us) {
				uint64_t ms = DAMP_MIN_MS +
					      rng_below(rng_of(s),
						      DAMP_MAX_MS - DAMP_MIN_MS + 1);

				p->greet_at = instant_min(
					p->greet_at, instant_add_ms(now, (int64_t)ms));
				sync_due(s, p->greet_at);
			}
}

void folder_record(struct job *j, const struct folder *f, enum record_kind kind,
	struct bytes key, struct bytes value)
{
	struct record *r;

	j->records = mem_resize(j->records, j->record_count + 1, sizeof(*j->records));
	r = &j->records[j->record_count++];
	*r = (struct record){ .folder = f->id, .kind = kind };
	check(key.len <= sizeof(r->key));
	if (key.len > 0)
		memcpy(r->key, key.data, key.len);
	r->key_len = (uint8_t)key.len;
	r->value = mem_copy(value.data, value.len);
	r->value_len = value.len;
}

void folder_record_settings(struct job *j, const struct folder *f)
{
	uint8_t value[1 + 1 + 4 + 32 + 32 + 1 + FOLDER_NAME_MAX + 2 + PATH_BYTES_MAX];
	struct writer w = writer_of(value, sizeof(value));
	struct bytes name = bytes_of_string(f->name), path = bytes_of_string(f->path);

	write_u8(&w, SETTINGS_FORMAT);
	write_u8(&w, (uint8_t)((f->paused ? SETTINGS_PAUSED : 0) |
			       (f->heard ? SETTINGS_HEARD : 0)));
	write_u32(&w, f->key.epoch);
	write_bytes(&w, bytes_of(f->key.key, sizeof(f->key.key)));
	write_id(&w, &f->capability);
	write_u8(&w, (uint8_t)name.len);
	write_bytes(&w, name);
	write_u16(&w, (uint16_t)path.len);
	write_bytes(&w, path);
	check(!w.overflow);
	folder_record(j, f, RECORD_FOLDER, BYTES(""), writer_bytes(&w));
	wipe(value, sizeof(value));
}

bool folder_settings_parse(struct folder *f, struct bytes value)
{
	struct reader r = reader_of(value);
	unsigned format = read_u8(&r), flags = read_u8(&r);
	struct zone_key key;
	struct hash capability;
	struct bytes name, path;

	key.epoch = read_u32(&r);
	read_copy(&r, key.key, sizeof(key.key));
	capability = read_hash(&r);
	name = read_bytes(&r, read_u8(&r));
	path = read_bytes(&r, read_u16(&r));
	if (!read_ended(&r) || format != SETTINGS_FORMAT || name.len > FOLDER_NAME_MAX ||
		path.len == 0 || path.len > PATH_BYTES_MAX)
		return false;
	f->paused = flags & SETTINGS_PAUSED;
	f->heard = flags & SETTINGS_HEARD;
	f->key = key;
	f->capability = capability;
	memset(f->name, 0, sizeof(f->name));
	if (name.len > 0)
		memcpy(f->name, name.data, name.len);
	mem_free(f->path);
	f->path = mem_new(path.len + 1);
	memcpy(f->path, path.data, path.len);
	return true;
}

void folder_genesis_set(struct folder *f, struct bytes body)
{
	struct genesis g;

	mem_free(f->genesis);
	f->genesis = mem_copy(body.data, body.len);
	f->genesis_len = body.len;
	if (genesis_parse(&g, body))
		clock_floor(f, g.created_s);
}

static struct folder_error *error_find(
	struct folder *f, enum error_source source, uint32_t file, const char *path)
{
	for (size_t i = 0; i < f->error_count; i++) {
		struct folder_error *e = &f->errors[i];

		if (e->source == source && e->file == file && strcmp(e->path, path) == 0)
			return e;
	}
	return NULL;
}

void folder_error_add(struct folder *f, enum error_source source, uint32_t file,
	const char *path, int error, const char *reason)
{
	struct folder_error *e = error_find(f, source, file, path);

	if (e == NULL) {
		if (f->error_count >= ERRORS_MAX)
			return;
		(void)mem_grow(f->errors, f->error_count, f->error_room);
		e = &f->errors[f->error_count++];
	} else {
		error_fini(e);
	}
	*e = (struct folder_error){ .error = error, .source = source, .file = file };
	e->path = mem_string(path);
	e->reason = reason != NULL ? mem_string(reason) : NULL;
}

static void errors_keep(
	struct folder *f, enum error_source source, uint32_t file, bool any)
{
	size_t n = 0;

	for (size_t i = 0; i < f->error_count; i++) {
		struct folder_error *e = &f->errors[i];

		if (e->source == source && (any || e->file == file))
			error_fini(e);
		else
			f->errors[n++] = *e;
	}
	f->error_count = n;
}

void folder_errors_drop(struct folder *f, enum error_source source)
{
	errors_keep(f, source, 0, true);
}

void folder_errors_drop_dates(struct folder *f)
{
	errors_keep(f, ERROR_RIGHTS, 0, false);
}

void folder_error_drop_file(struct folder *f, uint32_t file)
{
	errors_keep(f, ERROR_APPLY, file, false);
}
