/* SPDX-License-Identifier: ISC */
/*
 * The tree as agreed: a function of the known versions alone, kept up to date file by file.
 *
 * - A file shows its newest head (clock, then version); an edit beats a deletion.
 * - A directory that is deleted and holds something live stays.
 * - Moves of directories that together would make a cycle: the older ones hold, the newest
 *   is ignored and the directory stays where it was before (Kleppmann et al., "A highly
 *   available move operation for replicated trees", 2021, on the shown versions).
 * - Who wants the same name in one directory shares a slot. Directories come before files
 *   and are merged: one stands for all, their children are its children. Which one is a
 *   matter of each disk (the one that stands there, else the lowest id); name, mode and
 *   path, which all can see, are those of the lowest id. Of files the newest wins.
 *
 * Consequences are worked off from a list, never by recursion, so that a deep tree from a
 * stranger costs no stack.
 */
#include "sync/machine.h"

uint64_t tree_name_hash(struct bytes name)
{
	return siphash_table(name.data, name.len);
}

uint32_t tree_slot(struct folder *f, uint32_t parent, uint64_t name)
{
	struct catalogue *c = &f->catalogue;
	uint64_t key[2] = { parent, name };
	uint32_t hash = table_hash(bytes_of(key, sizeof(key)));
	uint32_t n;

	for (uint32_t at = 0; table_next(&c->by_slot, hash, &at, &n);)
		if (c->slots[n].parent == parent && c->slots[n].name == name)
			return n;
	(void)mem_grow(c->slots, c->slot_count, c->slot_room);
	n = c->slot_count++;
	c->slots[n] = (struct slot){ parent, name, NONE, NONE, NONE };
	table_add(&c->by_slot, hash, n);
	return n;
}

void tree_dirty(struct folder *f, uint32_t file)
{
	struct file *x = &f->catalogue.files[file];

	if (file == 0 || f->key.epoch == 0 || (x->flags & FILE_DIRTY))
		return;
	x->flags |= FILE_DIRTY;
	(void)mem_grow(f->dirty, f->dirty_count, f->dirty_room);
	f->dirty[f->dirty_count++] = file;
}

static void work_add(struct folder *f, uint32_t file)
{
	struct catalogue *c = &f->catalogue;

	if (file == 0 || (c->files[file].flags & FILE_WORK))
		return;
	c->files[file].flags |= FILE_WORK;
	(void)mem_grow(c->work, c->work_count, c->work_room);
	c->work[c->work_count++] = file;
}

bool tree_name(const struct folder *f, uint32_t version, uint8_t *name, size_t *len)
{
	struct entry e;

	catalogue_entry(f, version, &e);
	if (f->key.epoch == 0 || e.key_epoch != f->key.epoch)
		return false;
	if (!name_open(&f->key, &e.file, &e.parent,
		    bytes_of(e.sealed_name, e.sealed_name_len), name, len))
		return false;
	return name_allowed(bytes_of(name, *len));
}

/* ---- which version is shown ---- */

static bool newer(const struct version *a, const struct version *b)
{
	if (a->clock != b->clock)
		return a->clock > b->clock;
	return id_compare(&a->hash, &b->hash) > 0;
}

static uint32_t head_to_show(const struct folder *f, uint32_t file)
{
	const struct catalogue *c = &f->catalogue;
	uint32_t best = NONE;

	for (uint32_t v = c->files[file].versions; v != NONE; v = c->versions[v].next) {
		const struct version *x = &c->versions[v];
		const struct version *y = best != NONE ? &c->versions[best] : NULL;
		unsigned x_deleted = x->flags & VERSION_DELETED;

		if (!version_is_head(x))
			continue;
		if (y == NULL || (!x_deleted && (y->flags & VERSION_DELETED)) ||
			(x_deleted == (y->flags & VERSION_DELETED) && newer(x, y)))
			best = v;
	}
	return best;
}

static void heads_update(struct folder *f, uint32_t file)
{
	struct catalogue *c = &f->catalogue;
	struct file *x = &c->files[file];

	x->flags &= (uint16_t)~FILE_CONFLICT;
	for (uint32_t v = x->versions; v != NONE; v = c->versions[v].next) {
		if (!version_is_head(&c->versions[v]))
			continue;
		fetch_version(f, v);
		if (v != x->shown && !catalogue_alike(f, v, x->shown))
			x->flags |= FILE_CONFLICT;
	}
}

/* ---- slots ---- */

static bool wins(const struct folder *f, uint32_t a, uint32_t b)
{
	const struct catalogue *c = &f->catalogue;
	const struct file *x = &c->files[a], *y = &c->files[b];

	if ((x->flags & FILE_DIRECTORY) != (y->flags & FILE_DIRECTORY))
		return x->flags & FILE_DIRECTORY;
	if (x->flags & FILE_DIRECTORY)
		return id_compare(&x->id, &y->id) < 0;
	return newer(&c->versions[x->shown], &c->versions[y->shown]);
}

static void alias_set(struct folder *f, uint32_t directory, uint32_t alias)
{
	struct catalogue *c = &f->catalogue;

	if (c->files[directory].alias == alias)
		return;
	c->files[directory].alias = alias;
	for (uint32_t i = c->files[directory].first_child; i != NONE;
		i = c->files[i].next_sibling)
		work_add(f, i);
}

/* The directory that stands on this disk goes on standing for all directories of its name:
 * nothing has to be moved out of it and back. */
static bool stays(const struct folder *f, uint32_t slot)
{
	const struct catalogue *c = &f->catalogue;
	const struct slot *s = &c->slots[slot];

	if (s->standing == NONE || s->winner == NONE ||
		!(c->files[s->winner].flags & FILE_DIRECTORY))
		return false;
	return (c->files[s->standing].flags & FILE_DIRECTORY) &&
	       c->files[s->standing].slot == slot;
}

uint32_t tree_canonical(const struct folder *f, uint32_t slot)
{
	const struct catalogue *c = &f->catalogue;
	uint32_t best = NONE;

	for (uint32_t i = c->slots[slot].wanted; i != NONE; i = c->files[i].slot_next)
		if (best == NONE || wins(f, i, best))
			best = i;
	return best;
}

uint32_t tree_wants(const struct folder *f, uint32_t file)
{
	const struct catalogue *c = &f->catalogue;
	const struct file *x = &c->files[file];

	if (x->slot != NONE && c->slots[x->slot].winner == file)
		return x->slot;
	return NONE;
}

static void slot_update(struct folder *f, uint32_t slot)
{
	struct catalogue *c = &f->catalogue;
	struct slot *s = &c->slots[slot];

	s->winner = NONE;
	for (uint32_t i = s->wanted; i != NONE; i = c->files[i].slot_next)
		if (s->winner == NONE || wins(f, i, s->winner))
			s->winner = i;
	if (stays(f, slot))
		s->winner = s->standing;
	if (s->standing != NONE)
		tree_dirty(f, s->standing);
	for (uint32_t i = s->wanted; i != NONE; i = c->files[i].slot_next) {
		tree_dirty(f, i);
		if (c->files[i].flags & FILE_DIRECTORY)
			alias_set(f, i, s->winner);
	}
	c->serial++;
}

static void slot_leave(struct folder *f, uint32_t file)
{
	struct catalogue *c = &f->catalogue;
	uint32_t slot = c->files[file].slot, *link;

	if (slot == NONE)
		return;
	for (link = &c->slots[slot].wanted; *link != file;
		link = &c->files[*link].slot_next)
		check(*link != NONE);
	*link = c->files[file].slot_next;
	c->files[file].slot = NONE;
	c->files[file].slot_next = NONE;
	alias_set(f, file, file);
	slot_update(f, slot);
	tree_dirty(f, file);
}

static bool may_hold(const struct file *directory)
{
	return (directory->flags & FILE_DIRECTORY) != 0;
}

/* Where a file belongs by its place, name and life. */
static uint32_t slot_wanted(struct folder *f, uint32_t file)
{
	struct catalogue *c = &f->catalogue;
	const struct file *x = &c->files[file];

	if (x->place == NONE || !(x->flags & FILE_LIVE) || (x->flags & FILE_NAMELESS) ||
		!may_hold(&c->files[x->place]))
		return NONE;
	return tree_slot(f, c->files[x->place].alias, x->name);
}

static void slot_find(struct folder *f, uint32_t file)
{
	struct catalogue *c = &f->catalogue;
	uint32_t slot = slot_wanted(f, file);

	if (slot != c->files[file].slot) {
		slot_leave(f, file);
		if (slot != NONE) {
			c->files[file].slot = slot;
			c->files[file].slot_next = c->slots[slot].wanted;
			c->slots[slot].wanted = file;
		}
	}
	if (slot != NONE)
		slot_update(f, slot);
}

/* Round by round: what stands for the directories of one depth is settled as soon as that of
 * those above is, and a file that is to be looked at is, in the round after. Without turns two of
 * them could push each other about for ever on the word of a third that waits. */
static void work_off(struct folder *f)
{
	struct catalogue *c = &f->catalogue;

	while (c->work_count > 0) {
		uint32_t round = c->work_count;

		for (uint32_t i = 0; i < round; i++) {
			c->files[c->work[i]].flags &= (uint16_t)~FILE_WORK;
			slot_find(f, c->work[i]);
		}
		c->work_count -= round;
		memmove(c->work, c->work + round, c->work_count * sizeof(c->work[0]));
	}
}

/* ---- places ---- */

/* Life goes up: a directory lives while something in it does. */
static void live_update(struct folder *f, uint32_t file)
{
	struct catalogue *c = &f->catalogue;

	while (file != NONE && file != 0) {
		struct file *x = &c->files[file];
		bool live = x->shown != NONE &&
			    (!(x->flags & FILE_DELETED) || ((x->flags & FILE_DIRECTORY) &&
								   x->live_children > 0));

		if (live == ((x->flags & FILE_LIVE) != 0))
			return;
		x->flags ^= FILE_LIVE;
		work_add(f, file);
		file = x->place;
		if (file != NONE)
			c->files[file].live_children += live ? 1 : UINT32_MAX;
	}
}

static void place_set(struct folder *f, uint32_t file, uint32_t place)
{
	struct catalogue *c = &f->catalogue;
	struct file *x = &c->files[file];
	uint32_t old = x->place;

	work_add(f, file);
	if (old == place)
		return;
	if (old != NONE) {
		if (x->previous_sibling != NONE)
			c->files[x->previous_sibling].next_sibling = x->next_sibling;
		else
			c->files[old].first_child = x->next_sibling;
		if (x->next_sibling != NONE)
			c->files[x->next_sibling].previous_sibling = x->previous_sibling;
		if (x->flags & FILE_LIVE)
			c->files[old].live_children--;
	}
	x->place = place;
	x->previous_sibling = NONE;
	x->next_sibling = NONE;
	if (place != NONE) {
		x->next_sibling = c->files[place].first_child;
		if (x->next_sibling != NONE)
			c->files[x->next_sibling].previous_sibling = file;
		c->files[place].first_child = file;
		if (x->flags & FILE_LIVE)
			c->files[place].live_children++;
	}
	live_update(f, old);
	live_update(f, place);
}

static bool raw_cycle(const struct folder *f, uint32_t file)
{
	const struct catalogue *c = &f->catalogue;
	uint32_t at = c->files[file].raw;

	for (uint32_t steps = 0; at != NONE && at != 0 && steps <= c->file_count;
		steps++) {
		if (at == file)
			return true;
		at = c->files[at].raw;
	}
	return false;
}

static bool leads_to(
	const struct folder *f, const uint32_t *parents, uint32_t from, uint32_t to)
{
	for (uint32_t steps = 0; from != NONE && from != 0; steps++) {
		if (from == to || steps > f->catalogue.file_count)
			return true;
		from = parents[from];
	}
	return false;
}

/* The newest version of a file older than `below` (NONE: any) that lives. */
static uint32_t version_before(const struct folder *f, uint32_t file, uint32_t below)
{
	const struct catalogue *c = &f->catalogue;
	uint32_t best = NONE;

	for (uint32_t v = c->files[file].versions; v != NONE; v = c->versions[v].next) {
		const struct version *x = &c->versions[v];

		if ((x->flags & VERSION_DELETED) ||
			(below != NONE && !newer(&c->versions[below], x)))
			continue;
		if (best == NONE || newer(x, &c->versions[best]))
			best = v;
	}
	return best;
}

static uint32_t place_without_cycle(
	struct folder *f, const uint32_t *parents, uint32_t file)
{
	uint32_t v = f->catalogue.files[file].shown, raw = f->catalogue.files[file].raw;

	while (leads_to(f, parents, raw, file)) {
		struct entry e;

		v = version_before(f, file, v);
		if (v == NONE)
			return 0;
		catalogue_entry(f, v, &e);
		raw = catalogue_file(f, &e.parent);
		if (raw == NONE)
			return 0;
	}
	return raw;
}

/* Directories on cycles, oldest shown version first. */
static uint32_t cycle_members(struct folder *f, uint32_t *out)
{
	struct catalogue *c = &f->catalogue;
	uint32_t n = 0;

	for (uint32_t i = 1; i < c->file_count; i++) {
		uint32_t at;

		if (c->files[i].raw == NONE || !raw_cycle(f, i))
			continue;
		for (at = n++; at > 0 && newer(&c->versions[c->files[out[at - 1]].shown],
						 &c->versions[c->files[i].shown]);
			at--)
			out[at] = out[at - 1];
		out[at] = i;
	}
	return n;
}

/* All places anew. Rare: only while moves of different authors contradict each other. */
static void cycles_resolve(struct folder *f)
{
	struct catalogue *c = &f->catalogue;
	uint32_t *parents = mem_array(c->file_count, sizeof(*parents));
	uint32_t *members = mem_array(c->file_count, sizeof(*members));
	uint32_t count = cycle_members(f, members);

	for (uint32_t i = 0; i < c->file_count; i++)
		parents[i] = c->files[i].raw;
	for (uint32_t i = 0; i < count; i++)
		parents[members[i]] = 0;
	for (uint32_t i = 0; i < count; i++)
		parents[members[i]] = place_without_cycle(f, parents, members[i]);
	for (uint32_t i = 1; i < c->file_count; i++)
		if (c->files[i].place != parents[i])
			place_set(f, i, 0);
	for (uint32_t i = 1; i < c->file_count; i++)
		if (c->files[i].place != parents[i])
			place_set(f, i, parents[i]);
	c->cycles = count > 0;
	mem_free(parents);
	mem_free(members);
}

static void shown_take_in(struct folder *f, uint32_t file, uint32_t shown)
{
	struct entry e;
	uint8_t name[ENTRY_NAME_MAX];
	size_t len = 0;
	bool named = tree_name(f, shown, name, &len);
	uint32_t raw;
	struct file *x;

	catalogue_entry(f, shown, &e);
	raw = catalogue_file_make(f, &e.parent);
	x = &f->catalogue.files[file];
	x->shown = shown;
	x->flags &= (uint16_t) ~(FILE_DIRECTORY | FILE_DELETED | FILE_NAMELESS);
	if (e.kind == ENTRY_DIRECTORY)
		x->flags |= FILE_DIRECTORY;
	if (e.flags & ENTRY_DELETED)
		x->flags |= FILE_DELETED;
	if (!named)
		x->flags |= FILE_NAMELESS;
	x->name = named ? tree_name_hash(bytes_of(name, len)) : 0;
	x->raw = raw;
}

void tree_update(struct folder *f, uint32_t file)
{
	struct catalogue *c = &f->catalogue;
	uint32_t shown = head_to_show(f, file);
	unsigned was_directory = c->files[file].flags & FILE_DIRECTORY;

	if (shown == NONE)
		return;
	if (shown == c->files[file].shown) {
		heads_update(f, file);
		c->serial++;
		return;
	}
	shown_take_in(f, file, shown);
	heads_update(f, file);
	tree_dirty(f, file);
	if (c->cycles || raw_cycle(f, file))
		cycles_resolve(f);
	else
		place_set(f, file, c->files[file].raw);
	work_add(f, file);
	live_update(f, file);
	if (was_directory != (c->files[file].flags & FILE_DIRECTORY))
		for (uint32_t i = c->files[file].first_child; i != NONE;
			i = c->files[i].next_sibling)
			work_add(f, i);
	if (was_directory && !(c->files[file].flags & FILE_DIRECTORY))
		alias_set(f, file, file);
	work_off(f);
	c->serial++;
}

/* ---- the tree on disk ---- */

static void children_dirty(struct folder *f, uint32_t directory)
{
	struct catalogue *c = &f->catalogue;

	for (uint32_t i = c->files[directory].first_child; i != NONE;
		i = c->files[i].next_sibling)
		tree_dirty(f, i);
}

static void stand_leave(struct folder *f, uint32_t file)
{
	struct catalogue *c = &f->catalogue;
	uint32_t slot = c->files[file].stand, parent;

	if (slot == NONE)
		return;
	parent = c->slots[slot].parent;
	if (--c->files[parent].disk_children == 0)
		tree_dirty(f, parent);
	c->files[file].stand = NONE;
	if (c->slots[slot].standing != file)
		return;
	c->slots[slot].standing = NONE;
	slot_update(f, slot);
}

void tree_stand(struct folder *f, uint32_t file, uint32_t slot, uint32_t version)
{
	struct catalogue *c = &f->catalogue;
	bool appeared = c->files[file].stand == NONE && slot != NONE;

	if (c->files[file].stand != slot)
		stand_leave(f, file);
	if (c->files[file].stand != slot) {
		c->files[file].stand = slot;
		c->files[c->slots[slot].parent].disk_children++;
	}
	if (slot != NONE) {
		c->slots[slot].standing = file;
		slot_update(f, slot);
	}
	work_off(f);
	c->files[file].applied = version;
	if (version != NONE) {
		struct entry e;

		catalogue_entry(f, version, &e);
		c->files[file].applied_mode = e.mode;
		c->versions[version].flags |= VERSION_COMPLETE;
	}
	tree_dirty(f, file);
	if (appeared && (c->files[file].flags & FILE_DIRECTORY)) {
		children_dirty(f, file);
		for (uint32_t i = c->slots[slot].wanted; i != NONE;
			i = c->files[i].slot_next)
			if (c->files[i].flags & FILE_DIRECTORY)
				children_dirty(f, i);
	}
}

/* ---- paths ---- */

enum { DEPTH_MAX = 4096 };

bool tree_path(const struct folder *f, uint32_t file, struct text *out)
{
	const struct catalogue *c = &f->catalogue;
	uint32_t *chain = mem_array(DEPTH_MAX, sizeof(*chain));
	unsigned depth = 0;
	bool whole;

	while (file != 0 && file != NONE && depth < DEPTH_MAX) {
		const struct file *x = &c->files[file];

		if (x->shown == NONE || x->place == NONE || (x->flags & FILE_NAMELESS))
			break;
		chain[depth++] = file;
		file = x->place;
	}
	whole = file == 0;
	while (depth-- > 0) {
		uint8_t name[ENTRY_NAME_MAX];
		size_t len;

		if (out->len > 0)
			text_char(out, '/');
		if (tree_name(f, c->files[chain[depth]].shown, name, &len))
			text_chars(out, (const char *)name, len);
	}
	mem_free(chain);
	return whole;
}
