/* SPDX-License-Identifier: ISC */
#include "sim/world/people.h"

#include "node/base/mem.h"

enum {
	FILES_A_DIRECTORY = 16,
	PATH_MAX_CHARS = 1024,
	SMALL_BYTES = 3000,
	LARGE_BYTES = 200000,
	NAMES = 40, /* few, so that people meet under the same name */
	DEPTH_MAX = 5,
};

/* One thing in a folder, as a person sees it. */
struct thing {
	char path[PATH_MAX_CHARS];
	enum entry_kind kind;
	uint16_t mode;
	unsigned depth;
	uint32_t version; /* LEDGER_NONE: none */
};

/* The i-th thing below; false past the end. */
static bool thing_at(
	const struct world *w, uint32_t device, uint64_t i, struct thing *out)
{
	struct drive_cursor c;
	struct memory_item item;

	drive_begin(w->devices[device].drive, &c);
	while (drive_next(&c, &item)) {
		if (i-- > 0)
			continue;
		drive_path(&c, out->path, sizeof(out->path));
		out->kind = item.kind;
		out->mode = item.mode;
		out->depth = item.depth;
		out->version = item.kind == ENTRY_FILE
				       ? ledger_find(&w->ledger, item.data)
				       : LEDGER_NONE;
		return true;
	}
	return false;
}

static uint64_t things_count(const struct world *w, uint32_t device)
{
	struct drive_cursor c;
	struct memory_item item;
	uint64_t n = 0;

	drive_begin(w->devices[device].drive, &c);
	while (drive_next(&c, &item))
		n++;
	return n;
}

static bool thing_any(const struct world *w, uint32_t device, struct thing *out)
{
	return thing_at(w, device, rng_below(&w->rng, things_count(w, device)), out);
}

/* Everything at path and below it: what has been in the way of an act. Where an APPLY failed
 * and a file stands all the same, a node cannot know whether it ever stood there when it
 * is gone before the next scan: it brings it again rather than to delete it everywhere. */
static void each_version(struct world *w, uint32_t device, const char *path, bool gone)
{
	struct drive_cursor c;
	struct memory_item item;
	char at[PATH_MAX_CHARS];
	size_t len = strlen(path);

	drive_begin(w->devices[device].drive, &c);
	while (drive_next(&c, &item)) {
		uint32_t v;

		if (item.kind != ENTRY_FILE)
			continue;
		drive_path(&c, at, sizeof(at));
		if (strncmp(at, path, len) != 0 || (at[len] != '\0' && at[len] != '/'))
			continue;
		v = ledger_find(&w->ledger, item.data);
		if (v == LEDGER_NONE)
			continue;
		if (gone && w->devices[device].writer)
			w->ledger.versions[v].superseded = true;
		if (!gone || w->devices[device].doubtful)
			w->ledger.versions[v].spread = true;
	}
}

static uint16_t mode_any(const struct world *w)
{
	static const uint16_t modes[] = { 0644, 0600, 0755, 0640, 0444 };

	return modes[rng_below(
		&w->rng, rng_below(&w->rng, 4) == 0 ? array_len(modes) : 1)];
}

/* Versions have times of their own, so that each is seen as a change. */
static int64_t time_new(struct world *w)
{
	return 1000000 + (int64_t)w->acts++;
}

/* Writes a new version at path; `from` is what the person had before him. */
static void write_version(
	struct world *w, uint32_t device, const char *path, uint32_t from, size_t len)
{
	struct world_device *d = &w->devices[device];
	uint32_t v;

	each_version(w, device, path, true);
	v = ledger_add(&w->ledger, w->now, device, from, len, &w->rng);
	w->ledger.versions[v].authorised = d->writer;
	drive_write(d->drive, path,
		bytes_of(w->ledger.versions[v].bytes, w->ledger.versions[v].len),
		mode_any(w), time_new(w));
}

static void name_any(struct world *w, struct text *t)
{
	static const char *const odd[] = { "a b", "-x", "\xc3\xbc", "tab\there",
		".hidden", "'quote", "new\nline", "\xf0\x9f\x90\x9f" };

	text_char(t, '/');
	if (rng_below(&w->rng, 20) == 0) {
		text_string(t, odd[rng_below(&w->rng, array_len(odd))]);
		return;
	}
	text_char(t, 'p');
	text_u64(t, rng_below(&w->rng, NAMES));
}

/* A path in some directory of the folder. */
static void path_any(struct world *w, uint32_t device, struct text *t)
{
	struct thing d;

	t->len = 0;
	if (rng_below(&w->rng, 3) > 0 && thing_any(w, device, &d) &&
		d.kind == ENTRY_DIRECTORY && d.depth < DEPTH_MAX)
		text_string(t, d.path);
	else
		text_string(t, DRIVE_FOLDER);
	name_any(w, t);
}

static bool exists(const struct world *w, uint32_t device, const char *path)
{
	struct thing t;

	for (uint64_t i = 0; thing_at(w, device, i, &t); i++)
		if (strcmp(t.path, path) == 0)
			return true;
	return false;
}

static size_t size_any(const struct world *w)
{
	return LEDGER_HEADER + rng_below(&w->rng, rng_below(&w->rng, 12) == 0
							  ? LARGE_BYTES
							  : SMALL_BYTES);
}

static void act_write(struct world *w, uint32_t device)
{
	char path[PATH_MAX_CHARS];
	struct text t = text_of(path, sizeof(path));
	struct thing old;

	if (rng_below(&w->rng, 2) == 0 && thing_any(w, device, &old) &&
		old.kind == ENTRY_FILE) {
		size_t len = old.version != LEDGER_NONE
				     ? w->ledger.versions[old.version].len +
					       rng_below(&w->rng, 200)
				     : size_any(w);

		write_version(w, device, old.path, old.version, len);
		return;
	}
	path_any(w, device, &t);
	if (!exists(w, device, path))
		write_version(w, device, path, LEDGER_NONE, size_any(w));
}

static void act_rename(struct world *w, uint32_t device)
{
	char path[PATH_MAX_CHARS];
	struct text t = text_of(path, sizeof(path));
	struct thing old;

	if (!thing_any(w, device, &old))
		return;
	path_any(w, device, &t);
	if (!exists(w, device, path) &&
		drive_rename(w->devices[device].drive, old.path, path))
		each_version(w, device, path, false);
}

static void act_delete(struct world *w, uint32_t device)
{
	struct thing old;

	if (!thing_any(w, device, &old) ||
		(old.kind == ENTRY_DIRECTORY && rng_below(&w->rng, 4) > 0))
		return;
	each_version(w, device, old.path, true);
	drive_remove(w->devices[device].drive, old.path);
}

/* A copy, a directory, a symbolic link, an empty file, another mode. */
static void act_other(struct world *w, uint32_t device)
{
	struct world_device *d = &w->devices[device];
	char path[PATH_MAX_CHARS];
	struct text t = text_of(path, sizeof(path));
	struct thing old;

	if (!thing_any(w, device, &old))
		old.kind = ENTRY_DIRECTORY;
	if (rng_below(&w->rng, 3) == 0) {
		if (old.kind != ENTRY_FILE)
			return;
		drive_chmod(d->drive, old.path, mode_any(w));
		each_version(w, device, old.path, false);
		return;
	}
	path_any(w, device, &t);
	if (exists(w, device, path))
		return;
	if (old.kind == ENTRY_FILE && old.version != LEDGER_NONE &&
		rng_below(&w->rng, 2)) {
		const struct ledger_version *v = &w->ledger.versions[old.version];

		drive_write(d->drive, path, bytes_of(v->bytes, v->len), old.mode,
			time_new(w));
		each_version(w, device, path, false);
	} else if (rng_below(&w->rng, 3) == 0) {
		drive_symlink(d->drive, path, "../some where");
	} else if (rng_below(&w->rng, 2) == 0) {
		drive_mkdir(d->drive, path);
	} else {
		drive_write(d->drive, path, bytes_of(NULL, 0), 0644, time_new(w));
	}
}

void people_fill(struct world *w, uint32_t device, uint64_t files, uint64_t bytes)
{
	for (uint64_t i = 0; i < files; i++) {
		char path[PATH_MAX_CHARS];
		struct text t = text_of(path, sizeof(path));

		text_string(&t, DRIVE_FOLDER "/d");
		text_u64(&t, i / FILES_A_DIRECTORY);
		text_string(&t, "/f");
		text_u64(&t, i);
		write_version(w, device, path, LEDGER_NONE, bytes / files);
	}
}

void people_own_all(struct world *w, uint32_t device)
{
	each_version(w, device, DRIVE_FOLDER, false);
}

void people_edit(struct world *w, uint32_t device, enum plan_kind kind, uint64_t files)
{
	if (!drive_writable(w->devices[device].drive))
		return;
	for (uint64_t i = 0; i < files; i++) {
		uint64_t what = rng_below(&w->rng, 10);

		if (kind == PLAN_WRITE || (kind == PLAN_EDIT && what < 5))
			act_write(w, device);
		else if (kind == PLAN_RENAME || (kind == PLAN_EDIT && what < 7))
			act_rename(w, device);
		else if (kind == PLAN_DELETE || (kind == PLAN_EDIT && what < 8))
			act_delete(w, device);
		else
			act_other(w, device);
	}
}
