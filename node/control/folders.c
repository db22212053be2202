/* SPDX-License-Identifier: ISC */
/* Shared folders as JSON objects: one function for each, one struct for one object. */
#include "node/control/folders.h"

static const char *state_name(enum shown_folder_state state)
{
	switch (state) {
	case SHOWN_SYNCED:
		return "synced";
	case SHOWN_SYNCING:
		return "syncing";
	case SHOWN_SCANNING:
		return "scanning";
	case SHOWN_WAITING:
		return "waiting";
	case SHOWN_PAUSED:
		return "paused";
	case SHOWN_FAILED:
		return "error";
	}
	return NULL;
}

/* Whole seconds, rounded up. */
static struct known eta_s(struct known need_bytes, struct known rate_bps)
{
	int64_t seconds;

	if (need_bytes.is && need_bytes.value == 0)
		return known(0);
	if (!need_bytes.is || need_bytes.value < 0 || !rate_bps.is || rate_bps.value <= 0)
		return (struct known){ false, 0 };
	if (need_bytes.value > (INT64_MAX - rate_bps.value) / 8)
		return (struct known){ false, 0 };
	seconds = (need_bytes.value * 8 + rate_bps.value - 1) / rate_bps.value;
	return known(seconds);
}

static void write_name(
	struct json_out *j, const char *key, const struct shown_folder_name *f)
{
	json_out_object(j, key);
	json_out_hex(j, "id", id_bytes(&f->id));
	json_out_text(j, "name", f->name);
	json_out_text(j, "path", f->path);
	json_out_close(j);
}

static void write_folder_members(struct json_out *j, const struct shown_folder *f)
{
	json_out_array(j, "members");
	for (size_t i = 0; i < f->member_count; i++) {
		const struct shown_member *m = &f->members[i];

		json_out_object(j, NULL);
		json_out_hex(j, "id", id_bytes(&m->id));
		json_out_text(j, "name", m->name);
		json_out_string(j, "role", m->role);
		json_out_seconds(j, "last_seen_s", m->last_seen_us);
		json_out_known(j, "need_bytes", m->need_bytes);
		json_out_close(j);
	}
	json_out_close(j);
}

static void write_folder(struct json_out *j, const struct shown_folder *f)
{
	json_out_object(j, NULL);
	json_out_hex(j, "id", id_bytes(&f->id));
	json_out_text(j, "name", f->name);
	json_out_text(j, "path", f->path);
	json_out_string(j, "role", f->role);
	json_out_string(j, "state", state_name(f->state));
	json_out_known(j, "files", f->files);
	json_out_known(j, "bytes", f->bytes);
	json_out_known(j, "need_files", f->need_files);
	json_out_known(j, "need_bytes", f->need_bytes);
	json_out_known(j, "rate_bps", f->rate_bps);
	json_out_known(j, "eta_s", eta_s(f->need_bytes, f->rate_bps));
	write_folder_members(j, f);
	json_out_u64(j, "conflicts", f->conflicts);
	json_out_array(j, "errors");
	for (size_t i = 0; i < f->error_count; i++)
		json_out_reason(j, NULL, f->errors[i].path, f->errors[i].why);
	json_out_close(j);
	json_out_close(j);
}

void folders_json(struct buffer *out, const struct shown_folder *folders, size_t count)
{
	struct json_out j = json_out_of(out, "folders");

	json_out_array(&j, "folders");
	for (size_t i = 0; i < count; i++)
		write_folder(&j, &folders[i]);
	json_out_close(&j);
	json_out_finish(&j);
}

void folders_json_members(struct buffer *out, const struct shown_folder_name *folder,
	const struct shown_member *members, size_t count)
{
	struct json_out j = json_out_of(out, "members");

	write_name(&j, "folder", folder);
	json_out_array(&j, "members");
	for (size_t i = 0; i < count; i++) {
		const struct shown_member *m = &members[i];

		json_out_object(&j, NULL);
		json_out_hex(&j, "id", id_bytes(&m->id));
		json_out_text(&j, "name", m->name);
		json_out_string(&j, "role", m->role);
		json_out_time(&j, "expires", m->expires_unix_s);
		json_out_seconds(&j, "last_seen_s", m->last_seen_us);
		json_out_known(&j, "need_bytes", m->need_bytes);
		json_out_close(&j);
	}
	json_out_close(&j);
	json_out_finish(&j);
}

static void write_version(struct json_out *j, const struct shown_version *v)
{
	json_out_object(j, NULL);
	json_out_hex(j, "version", id_bytes(&v->version));
	json_out_hex(j, "author", id_bytes(&v->author));
	json_out_text(j, "author_name", v->author_name);
	json_out_time(j, "time", v->unix_s);
	json_out_known(j, "size", v->size_bytes);
	json_out_bool(j, "deleted", v->deleted);
	json_out_bool(j, "shown", v->shown);
	json_out_close(j);
}

void folders_json_conflicts(
	struct buffer *out, const struct shown_conflict *conflicts, size_t count)
{
	struct json_out j = json_out_of(out, "conflicts");

	json_out_array(&j, "conflicts");
	for (size_t i = 0; i < count; i++) {
		const struct shown_conflict *c = &conflicts[i];

		json_out_object(&j, NULL);
		write_name(&j, "folder", &c->folder);
		json_out_text(&j, "path", c->path);
		json_out_array(&j, "versions");
		for (size_t k = 0; k < c->version_count; k++)
			write_version(&j, &c->versions[k]);
		json_out_close(&j);
		json_out_close(&j);
	}
	json_out_close(&j);
	json_out_finish(&j);
}

void folders_json_invite(
	struct buffer *out, const char *subject, const struct shown_invite *i)
{
	struct json_out j = json_out_of(out, subject);

	write_name(&j, "folder", &i->folder);
	json_out_text(&j, "invite", i->invite);
	json_out_string(&j, "role", i->role);
	json_out_known(&j, "uses", i->uses);
	json_out_time(&j, "expires", i->expires_unix_s);
	json_out_finish(&j);
}

void folders_json_join(
	struct buffer *out, const struct shown_folder_name *folder, const char *role)
{
	struct json_out j = json_out_of(out, "join");

	write_name(&j, "folder", folder);
	json_out_string(&j, "role", role);
	json_out_finish(&j);
}

void folders_json_wait(struct buffer *out, const struct shown_wait *w)
{
	struct json_out j = json_out_of(out, "wait");

	write_name(&j, "folder", &w->folder);
	json_out_string(&j, "state", state_name(w->state));
	json_out_known(&j, "files", w->files);
	json_out_known(&j, "bytes", w->bytes);
	json_out_known(&j, "need_files", w->need_files);
	json_out_known(&j, "need_bytes", w->need_bytes);
	json_out_known(&j, "rate_bps", w->rate_bps);
	json_out_known(&j, "eta_s", eta_s(w->need_bytes, w->rate_bps));
	json_out_seconds(&j, "waited_s", w->waited_us);
	json_out_finish(&j);
}

void folders_json_done(
	struct buffer *out, const char *subject, const struct shown_folder_name *folder)
{
	struct json_out j = json_out_of(out, subject);

	if (folder != NULL)
		write_name(&j, "folder", folder);
	else
		json_out_null(&j, "folder");
	json_out_finish(&j);
}
