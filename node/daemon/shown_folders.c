/* SPDX-License-Identifier: ISC */
/* What the folder commands show. */
#include "node/daemon/shown.h"

#include <string.h>

#include "node/base/mem.h"

enum { MEMBERS_SHOWN = SYNC_MEMBERS_MAX, ERRORS_SHOWN = 64, VERSIONS_SHOWN = 64 };

enum shown_folder_state shown_state(enum folder_state state)
{
	switch (state) {
	case FOLDER_SYNCED:
		return SHOWN_SYNCED;
	case FOLDER_SYNCING:
		return SHOWN_SYNCING;
	case FOLDER_SCANNING:
		return SHOWN_SCANNING;
	case FOLDER_WAITING:
		return SHOWN_WAITING;
	case FOLDER_PAUSED:
		return SHOWN_PAUSED;
	case FOLDER_ERROR:
		break;
	}
	return SHOWN_FAILED;
}

/* One folder's rows and the texts they borrow. */
struct folder_rows {
	struct folder_status status;
	char *path;
	struct member_status *member_status;
	struct shown_member *members;
	size_t member_count;
	struct shown_error errors[ERRORS_SHOWN];
	size_t error_count;
};

static void members_fill(struct daemon *d, struct instant now, struct folder_rows *f)
{
	size_t room = f->status.members;

	f->member_status = mem_array(room, sizeof(*f->member_status));
	f->members = mem_array(room, sizeof(*f->members));
	for (size_t i = 0; f->member_count < room &&
			   sync_member_at(node_sync(d->node), now, &f->status.id, i,
				   &f->member_status[f->member_count]);
		i++) {
		const struct member_status *m = &f->member_status[f->member_count];

		if (id_equal(&m->id, &d->self.id))
			continue;
		f->members[f->member_count++] = (struct shown_member){ .id = m->id,
			.name = bytes_of_string(m->name),
			.role = rights_role(m->rights),
			.last_seen_us = known_unless_negative(m->last_seen_us),
			.need_bytes = known_unless_negative(m->need_bytes) };
	}
}

static void errors_fill(struct daemon *d, struct folder_rows *f)
{
	const char *path, *reason;
	int error;

	while (f->error_count < ERRORS_SHOWN &&
		sync_error_at(node_sync(d->node), &f->status.id, f->error_count, &path,
			&error, &reason)) {
		if (reason == NULL)
			reason = strerror(error < 0 ? -error : error);
		f->errors[f->error_count++] =
			(struct shown_error){ bytes_of_string(path != NULL ? path : ""),
				bytes_of_string(reason) };
	}
}

static bool rows_fill(
	struct daemon *d, struct instant now, size_t i, struct folder_rows *f)
{
	memset(f, 0, sizeof(*f));
	if (!sync_folder_at(node_sync(d->node), now, i, &f->status))
		return false;
	f->path = mem_string(f->status.path);
	members_fill(d, now, f);
	errors_fill(d, f);
	return true;
}

static void rows_fini(struct folder_rows *f)
{
	mem_free(f->path);
	mem_free(f->members);
	mem_free(f->member_status);
}

static struct shown_folder folder_of(const struct folder_rows *f)
{
	const struct folder_status *s = &f->status;
	bool scanned = s->state != FOLDER_SCANNING;

	return (struct shown_folder){ .id = s->id,
		.name = bytes_of_string(s->name),
		.path = bytes_of_string(f->path),
		.role = rights_role(s->rights),
		.state = shown_state(s->state),
		.files = { scanned, (int64_t)s->files },
		.bytes = { scanned, (int64_t)s->bytes },
		.need_files = known((int64_t)s->need_files),
		.need_bytes = known((int64_t)s->need_bytes),
		.rate_bps = known((int64_t)s->rate_bps),
		.members = f->members,
		.member_count = f->member_count,
		.conflicts = s->conflicts,
		.errors = f->errors,
		.error_count = f->error_count };
}

void shown_folders(struct daemon *d, struct instant now, struct buffer *out)
{
	struct folder_rows *all = mem_array(SYNC_FOLDERS_MAX, sizeof(*all));
	struct shown_folder *rows = mem_array(SYNC_FOLDERS_MAX, sizeof(*rows));
	size_t count = 0;

	while (count < SYNC_FOLDERS_MAX && rows_fill(d, now, count, &all[count])) {
		rows[count] = folder_of(&all[count]);
		count++;
	}
	folders_json(out, rows, count);
	for (size_t i = 0; i < count; i++)
		rows_fini(&all[i]);
	mem_free(rows);
	mem_free(all);
}

bool shown_folder_name(struct daemon *d, struct instant now, const struct hash *folder,
	struct shown_folder_name *out)
{
	static struct folder_status f;

	for (size_t i = 0; sync_folder_at(node_sync(d->node), now, i, &f); i++) {
		if (!id_equal(&f.id, folder))
			continue;
		*out = (struct shown_folder_name){ f.id, bytes_of_string(f.name),
			bytes_of_string(f.path) };
		return true;
	}
	return false;
}

void shown_members(struct daemon *d, struct instant now, const struct hash *folder,
	struct buffer *out)
{
	struct folder_rows *f = mem_new(sizeof(*f));
	struct shown_folder_name name;

	for (size_t i = 0; rows_fill(d, now, i, f); i++) {
		if (id_equal(&f->status.id, folder)) {
			name = (struct shown_folder_name){ f->status.id,
				bytes_of_string(f->status.name),
				bytes_of_string(f->path) };
			folders_json_members(out, &name, f->members, f->member_count);
			rows_fini(f);
			break;
		}
		rows_fini(f);
	}
	mem_free(f);
}

/* One conflict: its versions and the texts they borrow. */
struct conflict_rows {
	char path[4096];
	struct shown_version versions[VERSIONS_SHOWN];
	size_t count;
};

static bool conflict_fill(struct daemon *d, const struct hash *folder, size_t conflict,
	struct conflict_rows *c)
{
	struct conflict_status *s = mem_new(sizeof(*s));

	memset(c, 0, sizeof(*c));
	while (c->count < VERSIONS_SHOWN &&
		sync_conflict_at(node_sync(d->node), folder, conflict, c->count, s)) {
		memcpy(c->path, s->path, sizeof(c->path));
		c->versions[c->count++] = (struct shown_version){ .version = s->version,
			.author = s->author,
			.unix_s = known((int64_t)(s->clock >> 16) / 1000),
			.size_bytes = known((int64_t)s->size),
			.deleted = s->deleted,
			.shown = s->shown };
	}
	mem_free(s);
	return c->count > 0;
}

static void conflicts_of(struct daemon *d, const struct folder_status *f,
	struct conflict_rows **rows, struct shown_conflict **shown, size_t *count,
	size_t *room)
{
	for (size_t i = 0;; i++) {
		struct conflict_rows *c;

		if (*count == *room) {
			*room = *room * 2 + 8;
			*rows = mem_resize(*rows, *room, sizeof(**rows));
			*shown = mem_resize(*shown, *room, sizeof(**shown));
		}
		c = &(*rows)[*count];
		if (!conflict_fill(d, &f->id, i, c))
			return;
		(*shown)[*count] = (struct shown_conflict){ .folder = { .id = f->id },
			.version_count = c->count };
		(*count)++;
	}
}

void shown_conflicts(struct daemon *d, struct instant now, const struct hash *folder,
	struct buffer *out)
{
	struct folder_status *all = mem_array(SYNC_FOLDERS_MAX, sizeof(*all));
	struct conflict_rows *rows = NULL;
	struct shown_conflict *shown = NULL;
	size_t count = 0, room = 0, folders = 0, done = 0;

	while (folders < SYNC_FOLDERS_MAX &&
		sync_folder_at(node_sync(d->node), now, folders, &all[folders]))
		folders++;
	for (size_t i = 0; i < folders; i++) {
		if (folder != NULL && !id_equal(folder, &all[i].id))
			continue;
		conflicts_of(d, &all[i], &rows, &shown, &count, &room);
		for (; done < count; done++)
			shown[done].folder.name = bytes_of_string(all[i].name);
	}
	/* rows do not move any more: now they can be borrowed from */
	for (size_t i = 0; i < count; i++) {
		shown[i].path = bytes_of_string(rows[i].path);
		shown[i].versions = rows[i].versions;
	}
	folders_json_conflicts(out, shown, count);
	mem_free(shown);
	mem_free(rows);
	mem_free(all);
}
