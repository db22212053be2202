/* SPDX-License-Identifier: ISC */
/* Neighbours are nodes, of whom several links may lead to one; see listing.h. */
#include "routing/listing.h"

static struct hello_neighbour *find(struct hello *h, const struct address *node)
{
	for (unsigned i = 0; i < h->count; i++)
		if (id_equal(&h->neighbours[i].node, node))
			return &h->neighbours[i];
	return NULL;
}

static void take_least(uint32_t *least, uint32_t metric)
{
	if (*least == 0 || metric < *least)
		*least = metric;
}

/* Adds what one more symmetric link with the same node makes of it. */
static void take_link(
	struct hello_neighbour *n, const struct nhdp_link *l, uint32_t interface)
{
	take_least(&n->neighbour_in, l->metric_in);
	take_least(&n->neighbour_out, l->metric_out);
	n->mpr |= l->mpr & HELLO_MPR_ROUTING;
	if (l->interface == interface && n->status == HELLO_SYMMETRIC)
		n->mpr |= l->mpr;
	if (n->status != HELLO_SYMMETRIC)
		n->other = HELLO_OTHER_SYMMETRIC;
}

static struct hello_neighbour *add(struct hello *h, const struct address *node)
{
	struct hello_neighbour *n;

	if (h->count == HELLO_WRITE_MAX)
		return NULL;
	n = &h->neighbours[h->count++];
	*n = (struct hello_neighbour){
		.node = *node, .status = HELLO_NO_LINK, .loss = HELLO_LOSS_UNKNOWN
	};
	return n;
}

/* A HELLO that lists only some links has no room for others. */
void listing_complete(
	const struct nhdp *all, struct instant now, uint32_t interface, struct hello *h)
{
	struct hello_neighbour *n;

	for (const struct nhdp_link *l = all->links; l != NULL; l = l->hh.next) {
		if (l->status != HELLO_SYMMETRIC)
			continue;
		n = find(h, &l->node);
		if (n == NULL && !h->partial)
			n = add(h, &l->node);
		if (n != NULL)
			take_link(n, l, interface);
	}
	for (unsigned i = 0; i < all->lost.count && !h->partial; i++) {
		const struct lost_neighbour *gone = &all->lost.list[i];

		if (instant_due(gone->until, now) || find(h, &gone->node) != NULL)
			continue;
		n = add(h, &gone->node);
		if (n != NULL)
			n->other = HELLO_OTHER_LOST;
	}
}
