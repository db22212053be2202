/* SPDX-License-Identifier: ISC */
/*
 * What RFC 6130 says MUST be done with a HELLO, section by section, where a node has one
 * address on all of its interfaces. What we do otherwise on purpose: a link must also carry a
 * session before it is used; a HELLO that lists all links and not us ends symmetry at once;
 * one with hop fields is refused.
 */
#include "routing/listing.h"
#include "tests/unit/routing/golden.h"

enum { LINK = 7 };

static const struct address self = { { 0xfd, 0x71, [15] = 2 } };

/* A HELLO of node 1 that lists only us. */
static struct hello hello(uint64_t sequence, enum hello_status status)
{
	struct hello h = golden_hello();

	h.announce.sequence = sequence;
	h.number = (uint16_t)sequence;
	h.announce.validity_ms = 3000;
	h.count = 1;
	h.neighbours[0].status = status;
	h.neighbours[0].loss = 0;
	return h;
}

static void list(struct hello *h, uint8_t last, enum hello_status status)
{
	h->neighbours[h->count++] =
		(struct hello_neighbour){ .node = golden_address(last),
			.status = status };
}

static struct nhdp_link *take(struct nhdp *all, int64_t ms, const struct hello *h)
{
	struct nhdp_link *l = nhdp_hello(all, instant_ms(ms), LINK, h, &self);

	l->interface = 1;
	nhdp_update(all, instant_ms(ms));
	return l;
}

static struct nhdp_link *hear(struct nhdp *all, int64_t ms, enum hello_status status)
{
	struct hello h = hello((uint64_t)ms, status);

	return take(all, ms, &h);
}

static bool knows(const struct nhdp_link *l, uint8_t last)
{
	struct address a = golden_address(last);

	for (unsigned i = 0; i < l->twohops.count; i++)
		if (id_equal(&l->twohops.list[i].node, &a))
			return true;
	return false;
}

TEST(rfc6130_12_1_a_HELLO_has_its_originator_a_validity_and_no_hops)
{
	struct golden g = golden_read("hello");
	struct hello h;

	EXPECT(hello_parse(&h, golden_bytes(&g)), "as it should be");
	g.data[27] = 99; /* the type of VALIDITY_TIME */
	EXPECT(!hello_parse(&h, golden_bytes(&g)), "no validity time");
	g = golden_read("tc");
	g.data[1] = RFC5444_HELLO;
	EXPECT(!hello_parse(&h, golden_bytes(&g)), "hop limit and hop count");
}

TEST(rfc6130_12_5_a_link_is_heard_for_the_validity_time)
{
	struct nhdp all;
	struct nhdp_link *l;

	nhdp_init(&all);
	l = hear(&all, 1000, HELLO_LOST);
	EXPECT_EQ(l->status, HELLO_HEARD, "heard");
	EXPECT(!instant_before(l->heard_until, instant_ms(4000)),
		"for its validity at least");
	nhdp_update(&all, instant_add_ms(l->heard_until, -1));
	EXPECT_EQ(l->status, HELLO_HEARD, "until it is over");
	nhdp_update(&all, l->heard_until);
	EXPECT_EQ(l->status, HELLO_LOST, "then lost");
	nhdp_fini(&all);
}

TEST(rfc6130_12_5_a_link_is_symmetric_when_its_HELLO_says_heard_or_symmetric)
{
	struct nhdp all;

	nhdp_init(&all);
	EXPECT_EQ(hear(&all, 1000, HELLO_HEARD)->status, HELLO_SYMMETRIC, "it hears us");
	EXPECT_EQ(
		hear(&all, 2000, HELLO_SYMMETRIC)->status, HELLO_SYMMETRIC, "both ways");
	EXPECT_EQ(hear(&all, 3000, HELLO_LOST)->status, HELLO_HEARD, "it lost us");
	nhdp_fini(&all);
}

TEST(rfc6130_12_5_only_a_LINK_STATUS_of_this_interface_makes_a_link_symmetric)
{
	struct nhdp all;
	struct hello h = hello(1, HELLO_NO_LINK);

	nhdp_init(&all);
	h.neighbours[0].other = HELLO_OTHER_SYMMETRIC;
	EXPECT_EQ(take(&all, 1000, &h)->status, HELLO_HEARD, "a neighbour elsewhere");
	nhdp_fini(&all);
}

TEST(rfc6130_12_5_a_HELLO_that_does_not_list_us)
{
	struct hello h = hello(2000, HELLO_SYMMETRIC);
	struct nhdp all;

	nhdp_init(&all);
	hear(&all, 1000, HELLO_SYMMETRIC);
	h.count = 0;
	h.partial = true;
	EXPECT_EQ(take(&all, 2000, &h)->status, HELLO_SYMMETRIC,
		"one that lists only some");
	h.partial = false;
	EXPECT_EQ(take(&all, 2100, &h)->status, HELLO_HEARD,
		"one that lists all ends it (on purpose: RFC 6130 would wait)");
	nhdp_fini(&all);
}

TEST(rfc6130_12_6_two_hop_neighbours_come_over_symmetric_links_only)
{
	struct hello h = hello(1, HELLO_LOST);
	struct nhdp all;

	nhdp_init(&all);
	list(&h, 9, HELLO_SYMMETRIC);
	EXPECT(!knows(take(&all, 1000, &h), 9), "it does not hear us");
	h.neighbours[0].status = HELLO_HEARD;
	EXPECT(knows(take(&all, 2000, &h), 9), "it does");
	nhdp_fini(&all);
}

TEST(rfc6130_12_6_two_hop_neighbours_go_when_told_as_lost_or_heard_only)
{
	static const enum hello_status gone[] = { HELLO_LOST, HELLO_HEARD };
	struct nhdp all;

	nhdp_init(&all);
	for (unsigned i = 0; i < 2; i++) {
		struct hello h = hello(10 * i + 1, HELLO_SYMMETRIC);

		list(&h, 9, HELLO_SYMMETRIC);
		list(&h, 8, HELLO_SYMMETRIC);
		EXPECT(knows(take(&all, 1000, &h), 9), "symmetric");
		h.neighbours[1].status = gone[i];
		EXPECT(!knows(take(&all, 1001, &h), 9), "not any more");
		h.count = 1;
		EXPECT(knows(take(&all, 1002, &h), 8), "not listed: still valid");
	}
	nhdp_fini(&all);
}

TEST(rfc6130_13_1_a_link_that_is_no_more_symmetric_takes_its_two_hop_neighbours_along)
{
	struct hello h = hello(1, HELLO_SYMMETRIC);
	struct nhdp all;

	nhdp_init(&all);
	list(&h, 9, HELLO_SYMMETRIC);
	EXPECT(knows(take(&all, 1000, &h), 9), "symmetric");
	EXPECT(!knows(hear(&all, 2000, HELLO_LOST), 9), "heard only");
	nhdp_fini(&all);
}

TEST(rfc6130_13_a_neighbour_without_symmetric_links_is_a_lost_neighbour)
{
	struct nhdp all;

	nhdp_init(&all);
	hear(&all, 1000, HELLO_SYMMETRIC);
	EXPECT_EQ(all.lost.count, 0, "a neighbour");
	hear(&all, 2000, HELLO_LOST);
	EXPECT_EQ(all.lost.count, 1, "lost");
	EXPECT(all.lost.list[0].until.us == 1000 * (2000 + NHDP_LOST_HOLD_MS),
		"for a while");
	hear(&all, 3000, HELLO_SYMMETRIC);
	EXPECT_EQ(all.lost.count, 0, "and a neighbour again");
	nhdp_fini(&all);
}

TEST(rfc6130_11_1_HELLOs_list_links_of_the_interface_with_their_status)
{
	struct hello h = { .count = 0 };
	unsigned turn = 0;
	struct nhdp all;

	nhdp_init(&all);
	hear(&all, 1000, HELLO_SYMMETRIC);
	listing_links(&all, instant_ms(1000), 1, &turn, &h);
	listing_complete(&all, instant_ms(1000), 1, &h);
	EXPECT(h.count == 1 && h.neighbours[0].status == HELLO_SYMMETRIC, "symmetric");
	hear(&all, 2000, HELLO_LOST);
	h.count = 0;
	listing_links(&all, instant_ms(2000), 1, &turn, &h);
	EXPECT(h.count == 1 && h.neighbours[0].status == HELLO_HEARD, "heard");
	nhdp_failed(nhdp_find(&all, LINK), instant_ms(3000));
	nhdp_update(&all, instant_ms(3000));
	h.count = 0;
	listing_links(&all, instant_ms(3000), 1, &turn, &h);
	EXPECT(h.count == 1 && h.neighbours[0].status == HELLO_LOST, "lost");
	nhdp_fini(&all);
}

TEST(rfc6130_14_3_a_link_that_failed_must_be_heard_again_before_it_counts)
{
	struct nhdp all;

	nhdp_init(&all);
	hear(&all, 1000, HELLO_SYMMETRIC);
	nhdp_usable(&all, instant_ms(1000), LINK, true);
	nhdp_failed(nhdp_find(&all, LINK), instant_ms(1500));
	EXPECT_EQ(hear(&all, 2000, HELLO_SYMMETRIC)->status, HELLO_LOST,
		"one HELLO is not enough");
	EXPECT_EQ(hear(&all, 3000, HELLO_SYMMETRIC)->status, HELLO_SYMMETRIC, "two are");
	nhdp_fini(&all);
}
