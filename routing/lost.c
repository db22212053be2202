/* SPDX-License-Identifier: ISC */
/* The Lost Neighbor Set; see lost.h. */
#include "routing/lost.h"

static void remove_at(struct lost *all, unsigned i)
{
	all->list[i] = all->list[--all->count];
}

void lost_remove(struct lost *all, const struct address *node)
{
	for (unsigned i = 0; i < all->count; i++)
		if (id_equal(&all->list[i].node, node)) {
			remove_at(all, i);
			return;
		}
}

static void make_room(struct lost *all, struct instant now)
{
	unsigned first = 0;

	for (unsigned i = all->count; i-- > 0;)
		if (instant_due(all->list[i].until, now))
			remove_at(all, i);
	if (all->count < LOST_MAX)
		return;
	for (unsigned i = 1; i < all->count; i++)
		if (instant_before(all->list[i].until, all->list[first].until))
			first = i;
	remove_at(all, first);
}

void lost_add(struct lost *all, struct instant now, const struct address *node,
	struct instant until)
{
	lost_remove(all, node);
	make_room(all, now);
	all->list[all->count++] = (struct lost_neighbour){ *node, until };
}
