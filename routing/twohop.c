/* SPDX-License-Identifier: ISC */
/* RFC 6130 section 12.6: what is listed as symmetric comes, what is listed otherwise goes,
 * what is not listed stays as long as it was promised. */
#include "routing/twohop.h"

#include "node/base/mem.h"

void twohop_fini(struct twohops *all)
{
	mem_free(all->list);
	*all = (struct twohops){ .list = NULL };
}

bool twohop_clear(struct twohops *all)
{
	bool any = all->count > 0;

	twohop_fini(all);
	return any;
}

static struct twohop *find(const struct twohops *all, const struct address *node)
{
	for (unsigned i = 0; i < all->count; i++)
		if (id_equal(&all->list[i].node, node))
			return &all->list[i];
	return NULL;
}

const struct twohop *twohop_find(const struct twohops *all, const struct address *node)
{
	return find(all, node);
}

static void forget(struct twohops *all, struct twohop *t)
{
	*t = all->list[--all->count];
}

static struct twohop *add(struct twohops *all)
{
	struct twohop *victim;

	if (all->count < TWOHOP_MAX) {
		mem_grow(all->list, all->count, all->room);
		return &all->list[all->count++];
	}
	victim = &all->list[0];
	for (unsigned i = 1; i < all->count; i++)
		if (instant_before(all->list[i].until, victim->until))
			victim = &all->list[i];
	return victim;
}

static bool take(
	struct twohops *all, const struct hello_neighbour *n, struct instant until)
{
	struct twohop *t = find(all, &n->node);
	bool changed = t == NULL || t->metric_in != n->neighbour_in ||
		       t->metric_out != n->neighbour_out;

	if (t == NULL)
		t = add(all);
	*t = (struct twohop){ n->node, until, n->neighbour_in, n->neighbour_out };
	all->first_until = all->count > 1 ? instant_min(all->first_until, until) : until;
	return changed;
}

bool twohop_hello(struct twohops *all, const struct hello *h, const struct address *self,
	struct instant until)
{
	bool changed = false;

	for (unsigned i = 0; i < h->count; i++) {
		const struct hello_neighbour *n = &h->neighbours[i];
		struct twohop *t;

		if (id_equal(&n->node, self) ||
			id_equal(&n->node, &h->announce.originator))
			continue;
		if (hello_is_symmetric(n)) {
			changed = take(all, n, until) || changed;
			continue;
		}
		t = find(all, &n->node);
		if (t != NULL)
			forget(all, t);
		changed = changed || t != NULL;
	}
	return changed;
}

bool twohop_expire(struct twohops *all, struct instant now)
{
	struct instant first = NEVER;
	unsigned before = all->count;

	if (all->count == 0 || instant_before(now, all->first_until))
		return false;
	for (unsigned i = all->count; i-- > 0;) {
		if (instant_due(all->list[i].until, now))
			forget(all, &all->list[i]);
		else
			first = instant_min(first, all->list[i].until);
	}
	all->first_until = first;
	return all->count < before;
}
