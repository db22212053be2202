/* SPDX-License-Identifier: ISC */
#include "routing/listing.h"

#include "tests/unit/routing/golden.h"

/* Node `last` on an interface, hearing us or not. */
static struct nhdp_link *hear(
	struct nhdp *all, uint8_t last, unsigned place, bool hears, uint8_t loss)
{
	struct address self = golden_address(100);
	struct hello h = golden_hello();
	struct nhdp_link *l;

	h.announce.originator = golden_address(last);
	h.count = hears;
	h.neighbours[0] = (struct hello_neighbour){
		.node = self, .status = HELLO_SYMMETRIC, .metric_in = 104, .loss = loss
	};
	l = nhdp_hello(all, instant_ms(1000), last + 100 * place, &h, &self);
	l->interface = place + 1;
	l->place = place;
	nhdp_update(all, instant_ms(1000));
	return l;
}

static struct hello list(const struct nhdp *all, int64_t ms, uint32_t interface)
{
	struct hello h = { .count = 0 };
	unsigned turn = 0;

	listing_links(all, instant_ms(ms), interface, &turn, &h);
	listing_complete(all, instant_ms(ms), interface, &h);
	return h;
}

static const struct hello_neighbour *find(const struct hello *h, uint8_t last)
{
	struct address a = golden_address(last);

	for (unsigned i = 0; i < h->count; i++)
		if (id_equal(&h->neighbours[i].node, &a))
			return &h->neighbours[i];
	return NULL;
}

TEST(listing_tells_neighbours_of_other_interfaces)
{
	struct nhdp all;
	struct nhdp_link *better;
	const struct hello_neighbour *n;
	struct hello h;

	nhdp_init(&all);
	hear(&all, 1, 0, true, 100);
	better = hear(&all, 1, 1, true, 0);
	hear(&all, 2, 1, true, 0);
	hear(&all, 3, 1, false, 0);
	hear(&all, 4, 0, false, 0);
	hear(&all, 4, 1, true, 0);
	h = list(&all, 1000, 1);
	EXPECT_EQ(h.count, 3, "who is heard, there or symmetric elsewhere");
	n = find(&h, 1);
	EXPECT(n->status == HELLO_SYMMETRIC && n->other == HELLO_OTHER_NONE,
		"symmetric here is enough");
	EXPECT_EQ(n->neighbour_out, better->metric_out, "the better link's metric");
	n = find(&h, 2);
	EXPECT(n->status == HELLO_NO_LINK && n->other == HELLO_OTHER_SYMMETRIC,
		"a neighbour elsewhere only");
	n = find(&h, 4);
	EXPECT(n->status == HELLO_HEARD && n->other == HELLO_OTHER_SYMMETRIC,
		"heard here, symmetric elsewhere");
	nhdp_fini(&all);
}

TEST(listing_tells_for_a_while_who_was_lost)
{
	struct nhdp all;
	struct nhdp_link *l;
	struct hello h;

	nhdp_init(&all);
	l = hear(&all, 1, 0, true, 0);
	nhdp_failed(l, instant_ms(1000));
	nhdp_update(&all, instant_ms(1000));
	h = list(&all, 1000, 2);
	EXPECT(h.count == 1 && h.neighbours[0].status == HELLO_NO_LINK &&
			h.neighbours[0].other == HELLO_OTHER_LOST,
		"on other interfaces, too");
	h = list(&all, 1000, 1);
	EXPECT(h.count == 1 && h.neighbours[0].status == HELLO_LOST &&
			h.neighbours[0].other == HELLO_OTHER_NONE,
		"on its own by its link");
	h = list(&all, 1000 + NHDP_LOST_HOLD_MS, 2);
	EXPECT_EQ(h.count, 0, "and then no more");
	nhdp_fini(&all);
}

TEST(listing_tells_no_loss_of_who_is_back)
{
	struct nhdp all;
	struct hello h;

	nhdp_init(&all);
	nhdp_failed(hear(&all, 1, 0, true, 0), instant_ms(1000));
	nhdp_update(&all, instant_ms(1000));
	hear(&all, 1, 1, true, 0);
	h = list(&all, 1000, 3);
	EXPECT(h.count == 1 && h.neighbours[0].other == HELLO_OTHER_SYMMETRIC,
		"another link makes it a neighbour");
	nhdp_fini(&all);
}

TEST(listing_tells_flooding_MPRs_where_they_were_chosen)
{
	struct nhdp all;
	struct nhdp_link *here, *there;
	struct hello h;

	nhdp_init(&all);
	here = hear(&all, 1, 0, true, 0);
	there = hear(&all, 1, 1, true, 0);
	here->mpr = HELLO_MPR_ROUTING;
	there->mpr = HELLO_MPR_ALL;
	h = list(&all, 1000, 1);
	EXPECT_EQ(find(&h, 1)->mpr, HELLO_MPR_ROUTING, "not on this interface");
	h = list(&all, 1000, 2);
	EXPECT_EQ(find(&h, 1)->mpr, HELLO_MPR_ALL, "on that one");
	h = list(&all, 1000, 3);
	EXPECT_EQ(find(&h, 1)->mpr, HELLO_MPR_ROUTING, "elsewhere as next hop only");
	nhdp_fini(&all);
}

TEST(listing_stays_within_a_message)
{
	struct nhdp all;
	struct hello h;

	nhdp_init(&all);
	for (uint8_t i = 1; i <= 60; i++)
		hear(&all, i, i % 2, true, 0);
	h = list(&all, 1000, 1);
	EXPECT(h.count == HELLO_WRITE_MAX && !h.partial, "links first, then others");
	for (unsigned i = 0; i < 30; i++)
		EXPECT_EQ(h.neighbours[i].status, HELLO_SYMMETRIC, "all links");
	nhdp_fini(&all);
}

TEST(listing_tells_all_links_in_turns_when_they_do_not_fit)
{
	unsigned turn = 0, told = 0;
	struct nhdp all;

	nhdp_init(&all);
	for (unsigned i = 0; i < 100; i++)
		hear(&all, (uint8_t)(i + 110), 0, false, 0);
	for (unsigned i = 0; i < 3; i++) {
		struct hello h = { .count = 0 };

		listing_links(&all, instant_ms(1000), 1, &turn, &h);
		EXPECT(h.partial && h.count == HELLO_WRITE_MAX, "a part of them");
		told += h.count;
	}
	EXPECT(told >= 100, "three HELLOs tell of all");
	nhdp_fini(&all);
}
