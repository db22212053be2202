/* SPDX-License-Identifier: ISC */
/*
 * Who has to go when the database is full. Whom no way leads to, the stalest first. Else the
 * farthest of the branch of our tree of shortest paths that takes too much of the table: keys
 * cost nothing, so one insider can hang any number of routers on himself, and near ones; but
 * all of them hang on him, for a link counts only if both ends claim it.
 */
#include "routing/victim.h"

#include "node/base/mem.h"

enum { BRANCH_SHARE = 16 }; /* the part of the table that may hang on one router */

/* The tree of shortest paths, by slot; `root` stands for ourselves. */
struct tree {
	const struct lsdb *db;
	uint32_t root;
	uint32_t *parents, *order; /* order: reachable ones by rising hops; owned */
	uint32_t *weights,
		*heaviest; /* routers hanging on each; the child with most; owned */
	size_t count;
};

static uint32_t distance(const struct lsdb_router *n)
{
	return lsdb_reachable(n) ? n->route.metric : UINT32_MAX;
}

/* Whether a goes before b: the farther, then the staler. */
static bool is_worse(const struct lsdb_router *a, const struct lsdb_router *b)
{
	if (distance(a) != distance(b))
		return distance(a) > distance(b);
	return instant_before(a->updated, b->updated);
}

static bool may_go(const struct lsdb_router *n)
{
	return !n->own && !n->near && n->flood_interfaces == 0;
}

static bool in_tree(const struct lsdb_router *n)
{
	return n != NULL && lsdb_reachable(n) && n->route.hops <= ROUTING_PATH_MAX;
}

/* The router that it hangs on; routes are as of the last search, so it may be gone, and its
 * slot another's. */
static uint32_t parent_of(const struct tree *t, const struct lsdb_router *n)
{
	const struct lsdb_router *p = NULL;

	if (n->route.parent < t->db->slot_count)
		p = t->db->slots[n->route.parent];
	return p != NULL && lsdb_reachable(p) && p->route.hops < n->route.hops ? p->slot
									       : t->root;
}

static void tree_sort(struct tree *t)
{
	uint32_t begin[ROUTING_PATH_MAX + 2] = { 0 };

	for (uint32_t i = 0; i < t->db->slot_count; i++)
		if (in_tree(t->db->slots[i]))
			begin[t->db->slots[i]->route.hops + 1]++;
	for (size_t i = 1; i < array_len(begin); i++)
		begin[i] += begin[i - 1];
	t->count = begin[ROUTING_PATH_MAX + 1];
	for (uint32_t i = 0; i < t->db->slot_count; i++) {
		const struct lsdb_router *n = t->db->slots[i];

		if (!in_tree(n))
			continue;
		t->order[begin[n->route.hops]++] = i;
		t->parents[i] = parent_of(t, n);
	}
}

static void tree_weigh(struct tree *t)
{
	for (uint32_t i = 0; i <= t->root; i++)
		t->heaviest[i] = LSDB_NONE;
	for (size_t i = t->count; i-- > 0;) {
		uint32_t at = t->order[i], up = t->parents[at];

		t->weights[up] += ++t->weights[at];
		if (t->heaviest[up] == LSDB_NONE ||
			t->weights[t->heaviest[up]] < t->weights[at])
			t->heaviest[up] = at;
	}
}

static void tree_init(struct tree *t, const struct lsdb *db)
{
	size_t room = (size_t)db->slot_count + 1;

	*t = (struct tree){ .db = db, .root = db->slot_count };
	t->parents = mem_array(room, sizeof(*t->parents));
	t->order = mem_array(room, sizeof(*t->order));
	t->weights = mem_array(room, sizeof(*t->weights));
	t->heaviest = mem_array(room, sizeof(*t->heaviest));
	tree_sort(t);
	tree_weigh(t);
}

static void tree_fini(struct tree *t)
{
	mem_free(t->parents);
	mem_free(t->order);
	mem_free(t->weights);
	mem_free(t->heaviest);
}

/* The farthest branch that takes too much of the table; the root if none does. */
static uint32_t branch_too_large(const struct tree *t)
{
	uint32_t at = t->root;

	while (t->heaviest[at] != LSDB_NONE &&
		t->weights[t->heaviest[at]] > t->db->most / BRANCH_SHARE)
		at = t->heaviest[at];
	return at;
}

static bool hangs_on(const struct tree *t, uint32_t slot, uint32_t branch)
{
	while (slot != branch && slot != t->root)
		slot = t->parents[slot];
	return slot == branch;
}

static struct lsdb_router *farthest_of(const struct tree *t, uint32_t branch)
{
	struct lsdb_router *worst = NULL;

	for (size_t i = 0; i < t->count; i++) {
		struct lsdb_router *n = t->db->slots[t->order[i]];

		if (n->slot == branch || !may_go(n) ||
			(worst != NULL && !is_worse(n, worst)))
			continue;
		if (hangs_on(t, n->slot, branch))
			worst = n;
	}
	return worst;
}

static struct lsdb_router *stalest_unreachable(const struct lsdb *db)
{
	struct lsdb_router *worst = NULL;

	for (uint32_t i = 0; i < db->slot_count; i++) {
		struct lsdb_router *n = db->slots[i];

		if (n != NULL && !lsdb_reachable(n) && may_go(n) &&
			(worst == NULL || is_worse(n, worst)))
			worst = n;
	}
	return worst;
}

/* Whether a newcomer will hang on another branch: of its own it pushes out nobody who is
 * nearer. */
static bool comes_elsewhere(
	const struct tree *t, const struct lsdb_router *by, uint32_t branch)
{
	if (by == NULL || branch == t->root)
		return false;
	return by->own || (in_tree(by) && !hangs_on(t, by->slot, branch));
}

struct lsdb_router *victim_find(
	const struct lsdb *db, const struct lsdb_router *by, uint32_t least)
{
	struct lsdb_router *victim = stalest_unreachable(db);
	struct tree t;
	uint32_t branch;

	if (victim != NULL)
		return victim;
	tree_init(&t, db);
	branch = branch_too_large(&t);
	victim = farthest_of(&t, branch);
	if (victim != NULL && distance(victim) <= least &&
		!comes_elsewhere(&t, by, branch))
		victim = NULL;
	tree_fini(&t);
	return victim;
}
