/* SPDX-License-Identifier: ISC */
#include "node/flow/queue.h"
#include "tests/test.h"

static struct flow_item *item(enum flow_class class, uint32_t flow, uint32_t origin)
{
	struct flow_item *i =
		flow_item_new(MESSAGE_ECHO, class, BYTES("12345678"), instant_ms(0));

	i->flow = flow;
	i->origin = origin;
	return i;
}

static struct flow_item *next(struct flow_queue *q, enum flow_class class, bool transit)
{
	struct flow_item *i = flow_queue_first(q, class, transit);

	if (i != NULL)
		flow_queue_take(q, i);
	return i;
}

static void expect_counts(
	const struct flow_queue *q, enum flow_class class, size_t count, size_t own)
{
	EXPECT_EQ(q->count[class], count, "the class counts what stands in it");
	EXPECT_EQ(q->own[class], own, "of these it counts what was made here");
}

TEST(a_list_gives_in_order_and_takes_at_both_ends)
{
	struct flow_list l = { NULL, NULL, 0 };
	struct flow_item *a = item(FLOW_BULK, 1, 0), *b = item(FLOW_BULK, 2, 0);
	struct flow_item *c = item(FLOW_BULK, 3, 0);

	EXPECT(flow_list_take(&l) == NULL, "an empty list gives nothing");
	flow_list_push(&l, b);
	flow_list_add(&l, c);
	flow_list_push(&l, a);
	EXPECT_EQ(l.count, 3, "three were put in");
	EXPECT(flow_list_take(&l) == a, "what was pushed last comes first");
	EXPECT(flow_list_take(&l) == b && flow_list_take(&l) == c,
		"then the rest in order");
	EXPECT(l.head == NULL && l.tail == NULL && l.count == 0,
		"then it is empty again");
	flow_item_free(a);
	flow_item_free(b);
	flow_item_free(c);
}

TEST(a_full_class_refuses_and_the_others_do_not)
{
	struct flow_queue q = { 0 };
	struct flow_list all = { NULL, NULL, 0 };
	struct flow_item *more = item(FLOW_BULK, 7, 0), *other = item(FLOW_ROUTING, 0, 0);

	for (unsigned i = 0; i < FLOW_QUEUE_MAX; i++)
		EXPECT(flow_queue_add(&q, item(FLOW_BULK, i, i % 2)), "there is room");
	EXPECT(!flow_queue_add(&q, more), "the class is full");
	EXPECT(flow_queue_add(&q, other), "another class has room");
	expect_counts(&q, FLOW_BULK, FLOW_QUEUE_MAX, FLOW_QUEUE_MAX / 2);
	flow_queue_return(&q, more);
	expect_counts(&q, FLOW_BULK, FLOW_QUEUE_MAX + 1, FLOW_QUEUE_MAX / 2 + 1);
	flow_queue_empty(&q, &all);
	EXPECT_EQ(all.count, FLOW_QUEUE_MAX + 2, "everything comes out");
	EXPECT(all.head == other, "the most urgent first");
	EXPECT_EQ(flow_queue_count(&q), 0, "nothing is left");
	expect_counts(&q, FLOW_BULK, 0, 0);
	flow_list_fini(&all);
}

TEST(a_flow_with_one_message_does_not_wait_for_one_with_many)
{
	struct flow_queue q = { 0 };
	struct flow_list all = { NULL, NULL, 0 };

	for (unsigned i = 0; i < 50; i++)
		EXPECT(flow_queue_add(&q, item(FLOW_BULK, 1, 0)), "there is room");
	EXPECT(flow_queue_add(&q, item(FLOW_BULK, 2, 0)), "there is room");
	for (unsigned i = 0; i < 2; i++) {
		struct flow_item *got = next(&q, FLOW_BULK, true);

		EXPECT(got != NULL, "something waits");
		flow_list_add(&all, got);
	}
	EXPECT(all.head->flow == 2 || all.tail->flow == 2, "both flows were served");
	flow_queue_empty(&q, &all);
	flow_list_fini(&all);
}

TEST(what_was_lost_goes_before_what_is_fresh)
{
	struct flow_queue q = { 0 };
	struct flow_item *lost = item(FLOW_INTERACTIVE, 0, 0), *got;
	struct flow_item *fresh = item(FLOW_INTERACTIVE, 0, 0);

	EXPECT(flow_queue_add(&q, fresh), "there is room");
	lost->numbered = true;
	flow_queue_return(&q, lost);
	got = next(&q, FLOW_INTERACTIVE, true);
	EXPECT(got == lost, "the lost one first");
	EXPECT(next(&q, FLOW_INTERACTIVE, true) == fresh, "then the fresh one");
	expect_counts(&q, FLOW_INTERACTIVE, 0, 0);
	flow_item_free(lost);
	flow_item_free(fresh);
}

TEST(without_credit_transit_waits_unless_it_was_sent_before)
{
	struct flow_queue q = { 0 };
	struct flow_item *transit = item(FLOW_BULK, 1, 0), *plain = item(FLOW_BULK, 2, 0);
	struct flow_item *lost = item(FLOW_BULK, 3, 0);

	transit->transit = lost->transit = true;
	EXPECT(flow_queue_add(&q, transit), "there is room");
	EXPECT(flow_queue_first(&q, FLOW_BULK, false) == NULL, "it needs credit");
	EXPECT(flow_queue_add(&q, plain), "there is room");
	EXPECT(flow_queue_first(&q, FLOW_BULK, false) == plain, "who needs none passes");
	lost->numbered = true;
	flow_queue_return(&q, lost);
	EXPECT(next(&q, FLOW_BULK, false) == lost,
		"its credit was given when it was first sent");
	EXPECT(next(&q, FLOW_BULK, false) == plain, "who needs none passes");
	EXPECT(next(&q, FLOW_BULK, true) == transit, "with credit it goes");
	flow_item_free(transit);
	flow_item_free(plain);
	flow_item_free(lost);
}

TEST(what_waited_too_long_is_taken_out_and_urgent_classes_wait_less)
{
	struct flow_queue q = { 0 };
	struct flow_list late = { NULL, NULL, 0 };
	struct flow_item *lost = item(FLOW_BULK, 4, 9);

	lost->numbered = true;
	flow_queue_return(&q, lost);
	EXPECT(flow_queue_add(&q, item(FLOW_BULK, 1, 0)), "there is room");
	EXPECT(flow_queue_add(&q, item(FLOW_INTERACTIVE, 1, 0)), "there is room");
	flow_queue_expire(&q, instant_ms(FLOW_URGENT_EXPIRY_MS - 1), &late);
	EXPECT_EQ(late.count, 0, "nothing is late yet");
	flow_queue_expire(&q, instant_ms(FLOW_URGENT_EXPIRY_MS), &late);
	EXPECT_EQ(late.count, 1, "the urgent one is late");
	expect_counts(&q, FLOW_BULK, 2, 1);
	flow_queue_expire(&q, instant_ms(FLOW_EXPIRY_MS), &late);
	EXPECT_EQ(late.count, 3, "then the others, sent before or not");
	EXPECT_EQ(flow_queue_count(&q), 0, "nothing is left");
	expect_counts(&q, FLOW_BULK, 0, 0);
	flow_list_fini(&late);
}

TEST(an_item_of_no_bytes_is_an_item)
{
	struct flow_item *i = flow_item_new(
		MESSAGE_PROBE, FLOW_CONTROL, bytes_of(NULL, 0), instant_ms(5));

	EXPECT_EQ(i->len, 0, "it has no bytes");
	EXPECT_EQ(i->since.us, 5000, "it knows since when it waits");
	flow_item_free(i);
}
