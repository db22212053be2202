/* SPDX-License-Identifier: ISC */
/* Neighbours are nodes, of whom several links may lead to one; see listing.h. */
#include "routing/listing.h"

#include "routing/metric.h"

static struct hello_neighbour *find(struct hello *h, const struct address *node)
{
	for (unsigned i = 0; i < h->count; i++)
		if (id_equal(&h->neighbours[i].node, node))
			return &h->neighbours[i];
	return NULL;
}

/* The better of two links with the same node is the one that is told. */
static void list_one(struct hello *h, const struct nhdp_link *l, struct instant now)
{
	uint32_t loss = nhdp_loss_in_ppm(l, now);
	struct hello_neighbour n = { .node = l->node,
		.status = l->status,
		.metric_in = l->metric_in,
		.loss = HELLO_LOSS_UNKNOWN },
			       *listed = find(h, &l->node);

	if (loss != NHDP_LOSS_UNKNOWN)
		n.loss = (uint8_t)(loss / (PPM / HELLO_LOSS_ONE));
	if (listed != NULL) {
		if (listed->status == HELLO_LOST || n.status == HELLO_SYMMETRIC)
			*listed = n;
		return;
	}
	if (h->count < HELLO_WRITE_MAX)
		h->neighbours[h->count++] = n;
}

/* The links of an interface that are told: those with a session first. Returns how many, and
 * in *sure how many of them are told each time. */
static unsigned list_told(const struct nhdp *all, struct instant now, uint32_t interface,
	const struct nhdp_link **told, unsigned *sure)
{
	unsigned count = 0;

	for (unsigned usable = 2; usable-- > 0;) {
		for (const struct nhdp_link *l = all->links; l != NULL; l = l->hh.next)
			if (l->interface == interface && l->usable == (usable == 1) &&
				(l->status != HELLO_LOST ||
					instant_before(now, l->lost_until)))
				told[count++] = l;
		if (usable == 1)
			*sure = count;
	}
	/* when not even these fit, all take turns */
	if (*sure >= HELLO_WRITE_MAX && count > HELLO_WRITE_MAX)
		*sure = 0;
	return count;
}

void listing_links(const struct nhdp *all, struct instant now, uint32_t interface,
	unsigned *turn, struct hello *h)
{
	const struct nhdp_link *told[ROUTING_LINKS_MAX];
	unsigned sure = 0, count = list_told(all, now, interface, told, &sure);
	unsigned rest = count - sure, begin;

	h->partial = count > HELLO_WRITE_MAX;
	begin = h->partial ? *turn % rest : 0;
	for (unsigned i = 0; i < sure; i++)
		list_one(h, told[i], now);
	for (unsigned i = 0; i < rest && h->count < HELLO_WRITE_MAX; i++)
		list_one(h, told[sure + (begin + i) % rest], now);
	*turn = h->partial ? begin + HELLO_WRITE_MAX - sure : 0;
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
