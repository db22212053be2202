/* SPDX-License-Identifier: ISC */
/* Folders against the ledger of what people wrote. */
#include "node/base/mem.h"
#include "node/base/siphash.h"
#include "sim/world/hostile.h"
#include "sim/world/verdicts.h"
#include "sim/world/world.h"

enum { DEPTH_MAX = 128 };

static const uint8_t tree_key[16] = "qanat tree sum";

static void broken_at(struct world *w, enum verdict_kind kind, uint32_t device,
	const char *what, const char *path)
{
	char text[128];
	struct text t = text_of(text, sizeof(text));

	text_string(&t, w->devices[device].name);
	text_string(&t, what);
	verdict_break(w, kind, text, path);
}

/* Bytes in a tree are those of a version, and of one that may be there. */
static uint32_t file_look(struct world *w, uint32_t device, const struct drive_cursor *c,
	const struct memory_item *item)
{
	uint32_t version = ledger_find(&w->ledger, item->data);
	char path[1024];

	if (item->data.len == 0)
		return LEDGER_NONE;
	if (version == LEDGER_NONE) {
		drive_path(c, path, sizeof(path));
		broken_at(w, VERDICT_HALF, device, " has what nobody wrote: ", path);
	} else if (!w->ledger.versions[version].authorised &&
		   w->ledger.versions[version].node != device) {
		drive_path(c, path, sizeof(path));
		broken_at(w, VERDICT_FORGED, device,
			" has what its maker might not write: ", path);
	}
	return version;
}

/* What one thing adds to the sum over a tree; `above` is what its directory added. */
static uint64_t thing_sum(
	const struct memory_item *item, uint64_t above, uint32_t version)
{
	uint8_t facts[64];
	struct writer w = writer_of(facts, sizeof(facts));

	write_u64(&w, above);
	write_u64(&w, siphash(tree_key, item->name, strlen(item->name)));
	write_u8(&w, (uint8_t)item->kind);
	write_u16(&w, item->mode);
	write_i64(&w, item->kind == ENTRY_FILE ? item->mtime_s : 0);
	write_u32(&w, version);
	if (item->kind == ENTRY_SYMLINK)
		write_u64(&w, siphash(tree_key, item->data.data, item->data.len));
	return siphash(tree_key, facts, w.len);
}

void verdict_folder(struct world *w, uint32_t device)
{
	struct world_device *d = &w->devices[device];
	uint64_t above[DEPTH_MAX + 1] = { 0 };
	struct drive_cursor c;
	struct memory_item item;

	if (!d->member || (d->tree != 0 && d->tree_changes == drive_changes(d->drive)))
		return;
	d->tree_changes = drive_changes(d->drive);
	d->tree = 1;
	drive_begin(d->drive, &c);
	while (drive_next(&c, &item)) {
		uint32_t version = LEDGER_NONE;

		if (item.kind == ENTRY_FILE)
			version = file_look(w, device, &c, &item);
		check(item.depth >= 1 && item.depth <= DEPTH_MAX);
		above[item.depth] = thing_sum(&item, above[item.depth - 1], version);
		d->tree += above[item.depth];
	}
}

/* A member whose tree counts: it runs, and its own node does what it should. */
static bool counts(const struct world *w, uint32_t i)
{
	return w->devices[i].member && device_on(&w->devices[i]) &&
	       (w->plan.nodes[i].hostile & HOSTILE_INSIDER) == 0;
}

static void not_synced(const struct world *w, uint32_t i, const struct folder_status *f,
	struct text *why)
{
	static const char *const states[] = { "synced", "syncing", "scanning", "waiting",
		"paused", "in error" };
	const char *path, *reason;
	int error;

	text_string(why, " is ");
	text_string(why, states[f->state]);
	text_string(why, ", lacks ");
	text_u64(why, f->need_files);
	text_string(why, " files");
	if (!sync_error_at(
		    node_sync(w->devices[i].node), &w->folder, 0, &path, &error, &reason))
		return;
	text_string(why, "; ");
	text_escaped(why, bytes_of_string(path));
	text_string(why, ": ");
	text_string(why, reason != NULL ? reason : "error ");
	text_i64(why, error);
}

static bool member_synced(struct world *w, uint32_t i, struct text *why)
{
	struct folder_status f = { .state = FOLDER_SCANNING };

	if (sync_folder_at(node_sync(w->devices[i].node), device_clock(w, &w->devices[i]),
		    0, &f) &&
		f.state == FOLDER_SYNCED)
		return true;
	text_string(why, w->devices[i].name);
	not_synced(w, i, &f, why);
	return false;
}

/* All members are on one island: what one wrote the others can have. */
static bool together(const struct world *w, const uint32_t *island)
{
	uint32_t first = UINT32_MAX;

	for (uint32_t i = 0; i < w->count; i++) {
		if (!w->devices[i].member)
			continue;
		if (first == UINT32_MAX)
			first = island[i];
		if (island[i] != first)
			return false;
	}
	return true;
}

static bool is_synced(const struct world *w, uint32_t i)
{
	struct folder_status f;

	return sync_folder_at(node_sync(w->devices[i].node),
		       device_clock(w, &w->devices[i]), 0, &f) &&
	       f.state == FOLDER_SYNCED;
}

/* The first thing that one has and the other has not, or has otherwise. */
static void trees_differ(struct world *w, uint32_t a, uint32_t b, struct text *why)
{
	struct drive_cursor c, k;
	struct memory_item one, two;
	char path[512], other[512];

	drive_begin(w->devices[a].drive, &c);
	while (drive_next(&c, &one)) {
		bool same = false;

		drive_path(&c, path, sizeof(path));
		drive_begin(w->devices[b].drive, &k);
		while (!same && drive_next(&k, &two)) {
			drive_path(&k, other, sizeof(other));
			same = strcmp(path, other) == 0 && one.kind == two.kind &&
			       one.mode == two.mode &&
			       (one.kind != ENTRY_FILE || one.mtime_s == two.mtime_s) &&
			       bytes_equal(one.data, two.data);
		}
		if (same)
			continue;
		text_string(why, ": ");
		text_escaped(why, bytes_of_string(path));
		return;
	}
}

/* Whose only holder is out of reach may wait for it, and is compared with nobody. */
static bool islands_alike(struct world *w, const uint32_t *island, struct text *why)
{
	bool all = together(w, island);

	for (uint32_t i = 0; i < w->count; i++) {
		uint32_t k = 0;

		if (!counts(w, i))
			continue;
		verdict_folder(w, i);
		if (!all && !is_synced(w, i))
			continue;
		while (k < i && (!counts(w, k) || island[k] != island[i] ||
					(!all && !is_synced(w, k))))
			k++;
		if (w->devices[i].tree != w->devices[k].tree) {
			text_string(why, w->devices[i].name);
			text_string(why, " differs from ");
			text_string(why, w->devices[k].name);
			trees_differ(w, i, k, why);
			trees_differ(w, k, i, why);
			return false;
		}
		if (all && !member_synced(w, i, why))
			return false;
	}
	return true;
}

/* What somebody has lost with his index may be with none but who spoils it. */
static bool may_be_gone(const struct world *w)
{
	return w->index_lost && hostile_anybody(w, HOSTILE_SPOIL);
}

bool verdict_trees_alike(struct world *w, struct text *why)
{
	uint32_t *island;
	bool alike;

	if (!w->shared || hostile_anybody(w, HOSTILE_DROP | HOSTILE_TUNNEL) ||
		may_be_gone(w))
		return true;
	island = verdict_islands(w);
	alike = islands_alike(w, island, why);
	mem_free(island);
	return alike;
}

/* ---- once all are alike ---- */

enum presence { ABSENT = 0, IN_TREE = 1, IN_CONFLICT = 2 };

static void versions_in_tree(const struct world *w, uint32_t device, uint8_t *where)
{
	struct drive_cursor c;
	struct memory_item item;

	drive_begin(w->devices[device].drive, &c);
	while (drive_next(&c, &item)) {
		uint32_t v = item.kind == ENTRY_FILE ? ledger_find(&w->ledger, item.data)
						     : LEDGER_NONE;

		if (v != LEDGER_NONE)
			where[v] |= IN_TREE;
	}
}

static void versions_in_conflict(const struct world *w, uint32_t device, uint8_t *where)
{
	const struct sync *s = node_sync(w->devices[device].node);
	struct conflict_status *c = mem_new(sizeof(*c));

	for (size_t k = 0; sync_conflict_at(s, &w->folder, k, 0, c); k++)
		for (size_t i = 0; sync_conflict_at(s, &w->folder, k, i, c); i++) {
			uint32_t v = ledger_by_length(&w->ledger, c->size);

			if (v != LEDGER_NONE && !c->deleted)
				where[v] |= IN_CONFLICT;
		}
	mem_free(c);
}

static void version_look(struct world *w, uint32_t device, uint32_t number, uint8_t where)
{
	const struct ledger_version *v = &w->ledger.versions[number];
	char text[96];
	struct text t = text_of(text, sizeof(text));

	text_string(&t, w->devices[device].name);
	text_string(&t, " has not version ");
	text_u64(&t, number);
	text_string(&t, " of ");
	text_string(&t, w->devices[v->node].name);
	if (v->authorised && !v->superseded && !v->lost && where == ABSENT)
		verdict_break(w, VERDICT_LOST, text, NULL);
	if (v->authorised && v->superseded && !v->spread && (where & IN_TREE)) {
		t = text_of(text, sizeof(text));
		text_string(&t, "version ");
		text_u64(&t, number);
		text_string(&t, " at ");
		text_string(&t, w->devices[device].name);
		verdict_break(w, VERDICT_BACK, text, NULL);
	}
}

void verdict_versions(struct world *w)
{
	uint8_t *where = mem_array((size_t)w->ledger.count + 1, 1);
	uint32_t *island = verdict_islands(w);
	bool judged = w->shared && !hostile_anybody(w, HOSTILE_DROP | HOSTILE_TUNNEL) &&
		      together(w, island);

	for (uint32_t i = 0; i < w->count && judged; i++) {
		if (!counts(w, i))
			continue;
		memset(where, 0, w->ledger.count);
		versions_in_tree(w, i, where);
		versions_in_conflict(w, i, where);
		for (uint32_t v = 0; v < w->ledger.count; v++)
			version_look(w, i, v, where[v]);
	}
	mem_free(where);
	mem_free(island);
}
