/* SPDX-License-Identifier: ISC */
/* What a person sees of folders, members, conflicts and errors; whether all is settled. */
#include "sync/machine.h"

enum { SILENT_INTERVALS = 3 };

/* ---- counting ---- */

static void files_count(struct folder *f)
{
	const struct catalogue *c = &f->catalogue;

	if (f->files_serial == c->serial)
		return;
	f->files_serial = c->serial;
	f->files = f->bytes = 0;
	for (uint32_t i = 0; i < c->slot_count; i++) {
		const struct slot *s = &c->slots[i];
		const struct version *v;

		if (s->winner == NONE || s->wanted == NONE ||
			(c->files[s->winner].flags & FILE_DIRECTORY))
			continue;
		v = &c->versions[c->files[s->winner].shown];
		f->files++;
		f->bytes += v->kind == ENTRY_FILE ? v->size : 0;
	}
}

static bool loser_differs(const struct folder *f, uint32_t winner, uint32_t file)
{
	const struct catalogue *c = &f->catalogue;

	if (file == winner || (c->files[file].flags & FILE_DIRECTORY))
		return false;
	return !catalogue_alike(f, c->files[file].shown, c->files[winner].shown);
}

static bool slot_conflicts(const struct folder *f, const struct slot *s)
{
	const struct catalogue *c = &f->catalogue;

	for (uint32_t i = s->wanted; i != NONE; i = c->files[i].slot_next)
		if ((c->files[i].flags & FILE_CONFLICT) || loser_differs(f, s->winner, i))
			return true;
	return false;
}

static void conflicts_count(struct folder *f)
{
	const struct catalogue *c = &f->catalogue;

	if (f->conflicts_serial == c->serial)
		return;
	f->conflicts_serial = c->serial;
	f->conflict_count = 0;
	for (uint32_t i = 0; i < c->slot_count; i++) {
		if (c->slots[i].wanted == NONE || !slot_conflicts(f, &c->slots[i]))
			continue;
		(void)mem_grow(f->conflicts, f->conflict_count, f->conflict_room);
		f->conflicts[f->conflict_count++] = i;
	}
}

/* ---- settled ---- */

static bool partner_counts(const struct relation *r, struct instant now)
{
	int64_t silent_us = (int64_t)r->folder->sync->config.gossip_interval_ms * 1000 *
			    SILENT_INTERVALS;

	if (!r->partner || r->peer->hops == 0 || r->refused)
		return false;
	return r->shown || instant_since_us(now, r->peer->routed_at) < silent_us;
}

static bool partners_agree(const struct folder *f, struct instant now, size_t *partners)
{
	struct peer *p, *next;

	*partners = 0;
	HASH_ITER (hh, f->sync->peers, p, next)
		for (const struct relation *r = p->relations; r != NULL; r = r->next) {
			if (r->folder != f || !partner_counts(r, now))
				continue;
			++*partners;
			if (!gossip_agreed(r))
				return false;
		}
	return true;
}

static bool local_done(const struct folder *f)
{
	return f->standing_known && f->scanned && !f->scan_wanted && !f->scanning &&
	       !f->publishing && !f->applying && f->touched_at.us == NEVER.us &&
	       f->dirty_at == f->dirty_count && f->stores_running == 0 &&
	       f->need_files == 0 && f->failed_count == 0 && f->stranger_count == 0 &&
	       f->plans == NULL;
}

bool sync_folder_settled(
	const struct sync *s, struct instant now, const struct hash *folder)
{
	const struct folder *f = sync_folder(s, folder);
	size_t partners;

	if (!s->loaded || f == NULL || f->paused || !local_done(f))
		return false;
	return f->heard && partners_agree(f, now, &partners);
}

bool sync_folder_durable(const struct sync *s, const struct hash *folder)
{
	const struct folder *f = sync_folder(s, folder);

	return f != NULL && f->durable;
}

/* ---- folders ---- */

static bool being_fetched(const struct folder *f)
{
	struct want *n, *next;

	HASH_ITER (hh, f->wants, n, next)
		if (n->state != WANT_MISSING && !n->parked)
			return true;
	return f->plans == NULL;
}

static enum folder_state state_of(const struct folder *f, struct instant now)
{
	size_t partners;

	if (f->paused)
		return FOLDER_PAUSED;
	for (size_t i = 0; i < f->error_count; i++)
		if (f->errors[i].source == ERROR_STORE ||
			f->errors[i].source == ERROR_APPLY ||
			(f->errors[i].source == ERROR_SCAN &&
				f->errors[i].path[0] == '\0'))
			return FOLDER_ERROR;
	if (!f->scanned)
		return FOLDER_SCANNING;
	if (f->need_files > 0)
		return being_fetched(f) ? FOLDER_SYNCING : FOLDER_WAITING;
	if (!f->heard)
		return FOLDER_WAITING;
	if (!local_done(f) || !partners_agree(f, now, &partners))
		return FOLDER_SYNCING;
	return FOLDER_SYNCED;
}

bool sync_folder_at(
	const struct sync *s, struct instant now, size_t i, struct folder_status *out)
{
	struct folder *f;

	if (i >= s->folder_count)
		return false;
	f = s->folders[i];
	files_count(f);
	conflicts_count(f);
	*out = (struct folder_status){
		.id = f->id, .path = f->path, .rights = f->rights
	};
	memcpy(out->name, f->name, sizeof(out->name));
	out->state = state_of(f, now);
	out->files = f->files;
	out->bytes = f->bytes;
	out->need_files = f->need_files;
	out->need_bytes = f->need_bytes;
	out->rate_bps = f->rate_bps;
	out->received_bytes = f->received_bytes;
	out->members = HASH_COUNT(f->members);
	out->conflicts = f->conflict_count;
	out->errors = f->error_count;
	return true;
}

bool sync_member_at(const struct sync *s, struct instant now, const struct hash *folder,
	size_t i, struct member_status *out)
{
	const struct folder *f = sync_folder(s, folder);
	const struct member *m;
	const struct peer *p;

	if (f == NULL)
		return false;
	for (m = f->members; m != NULL && i > 0; i--)
		m = m->hh.next;
	if (m == NULL)
		return false;
	*out = (struct member_status){
		.id = m->id, .last_seen_us = -1, .need_bytes = -1
	};
	out->rights = members_rights(f, now, &m->id);
	if (m->cert != NULL)
		memcpy(out->name, m->cert->parsed.name, m->cert->parsed.name_len);
	if (m->seen_us >= 0)
		out->last_seen_us = now.us - m->seen_us;
	if (id_equal(&m->id, &s->config.self->id)) {
		memcpy(out->name, s->config.name, sizeof(out->name));
		out->last_seen_us = 0;
		out->need_bytes = (int64_t)f->need_bytes;
		out->reachable = out->agreed = true;
		return true;
	}
	p = peers_find(s, &m->id);
	if (p == NULL)
		return true;
	out->reachable = p->hops > 0;
	for (const struct relation *r = p->relations; r != NULL; r = r->next)
		if (r->folder == f && r->need != UINT64_MAX) {
			out->need_bytes = (int64_t)r->need;
			out->agreed = gossip_agreed(r);
		}
	return true;
}

/* ---- conflicts ---- */

/* The i-th version of a slot in conflict; NONE past the end. */
static uint32_t conflict_version(const struct folder *f, uint32_t slot, size_t i)
{
	const struct catalogue *c = &f->catalogue;
	const struct slot *s = &c->slots[slot];

	for (uint32_t k = s->wanted; k != NONE; k = c->files[k].slot_next) {
		if (k != s->winner && !(c->files[k].flags & FILE_CONFLICT) &&
			!loser_differs(f, s->winner, k))
			continue;
		for (uint32_t v = c->files[k].versions; v != NONE;
			v = c->versions[v].next) {
			if (!version_is_head(&c->versions[v]) ||
				(v != c->files[k].shown &&
					catalogue_alike(f, v, c->files[k].shown)))
				continue;
			if (i-- == 0)
				return v;
		}
	}
	return NONE;
}

bool sync_conflict_at(const struct sync *s, const struct hash *folder, size_t conflict,
	size_t i, struct conflict_status *out)
{
	struct folder *f = sync_folder(s, folder);
	const struct slot *slot;
	const struct version *v;
	struct entry e;
	struct text t;
	uint32_t version;

	if (f == NULL)
		return false;
	conflicts_count(f);
	if (conflict >= f->conflict_count)
		return false;
	slot = &f->catalogue.slots[f->conflicts[conflict]];
	version = conflict_version(f, f->conflicts[conflict], i);
	if (version == NONE)
		return false;
	v = &f->catalogue.versions[version];
	catalogue_entry(f, version, &e);
	memset(out, 0, sizeof(*out));
	t = text_of(out->path, sizeof(out->path));
	(void)tree_path(f, slot->winner, &t);
	out->version = v->hash;
	out->author = e.author;
	out->clock = v->clock;
	out->size = v->size;
	out->deleted = v->flags & VERSION_DELETED;
	out->shown = f->catalogue.files[slot->winner].shown == version;
	return true;
}

bool sync_error_at(const struct sync *s, const struct hash *folder, size_t i,
	const char **path, int *error, const char **reason)
{
	const struct folder *f = sync_folder(s, folder);

	if (f == NULL || i >= f->error_count)
		return false;
	*path = f->errors[i].path;
	*error = f->errors[i].error;
	*reason = f->errors[i].reason;
	return true;
}

/* ---- the digest of the tree ---- */

enum { PATH_ROOM = 70000 };

static struct hash visible_hash(const struct folder *f, uint32_t slot, char *path)
{
	const struct catalogue *c = &f->catalogue;
	uint32_t file = tree_canonical(f, slot);
	uint8_t facts[1 + 2 + 8 + 4 + 8 + 1 + 32];
	struct writer w = writer_of(facts, sizeof(facts));
	struct text t = text_of(path, PATH_ROOM);
	struct hash_state h;
	struct entry e;

	catalogue_entry(f, c->files[file].shown, &e);
	write_u8(&w, (uint8_t)e.kind);
	write_u16(&w, e.mode);
	if (e.kind != ENTRY_DIRECTORY) {
		write_i64(&w, e.mtime_s);
		write_u32(&w, e.mtime_ns);
		write_u64(&w, e.size);
		write_u8(&w, e.content_depth);
		write_id(&w, &e.content);
	}
	if (!tree_path(f, file, &t))
		return (struct hash){ { 0 } };
	hash_begin(&h, "qanat tree entry 1");
	hash_add(&h, writer_bytes(&w));
	hash_add(&h, bytes_of(path, t.len));
	return hash_end(&h);
}

struct hash sync_folder_digest(const struct sync *s, const struct hash *folder)
{
	const struct folder *f = sync_folder(s, folder);
	struct hash sum = { { 0 } };
	char *path;

	if (f == NULL)
		return sum;
	path = mem_new(PATH_ROOM);
	for (uint32_t i = 0; i < f->catalogue.slot_count; i++) {
		struct hash one;
		unsigned carry = 0;

		if (f->catalogue.slots[i].wanted == NONE)
			continue;
		one = visible_hash(f, i, path);
		for (size_t k = 0; k < sizeof(sum.b); k++) {
			carry += (unsigned)sum.b[k] + one.b[k];
			sum.b[k] = (uint8_t)carry;
			carry >>= 8;
		}
	}
	mem_free(path);
	return hash_tagged("qanat tree digest 1", id_bytes(&sum));
}

/* ---- tables ---- */

static size_t fullest(const struct sync *s, size_t i)
{
	size_t most = 0;

	for (size_t k = 0; k < s->folder_count; k++) {
		const struct folder *f = s->folders[k];
		size_t count = i == 0   ? HASH_COUNT(f->members)
			       : i == 1 ? HASH_COUNT(f->certs)
			       : i == 2 ? f->catalogue.stream_count
			       : i == 3 ? f->want_count
					: f->error_count;

		if (count > most)
			most = count;
	}
	return most;
}

static size_t serving_fullest(const struct sync *s)
{
	size_t most = 0;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next)
		if (p->serving_count > most)
			most = p->serving_count;
	return most;
}

bool sync_fill_at(const struct sync *s, size_t i, struct fill *out)
{
	static const char *const of_folders[] = { "members", "certificates", "streams",
		"wants", "errors" };

	if (i < array_len(of_folders))
		*out = (struct fill){ of_folders[i], fullest(s, i) };
	else if (i == array_len(of_folders))
		*out = (struct fill){ "folders", s->folder_count };
	else if (i == array_len(of_folders) + 1)
		*out = (struct fill){ "peers", HASH_COUNT(s->peers) };
	else
		*out = (struct fill){ "serving", serving_fullest(s) };
	return i < array_len(of_folders) + 3;
}
