/* SPDX-License-Identifier: ISC */
#include "routing/twohop.h"

#include "tests/unit/routing/golden.h"

static const struct twohop *find(const struct twohops *all, uint8_t last)
{
	struct address a = golden_address(last);

	for (unsigned i = 0; i < all->count; i++)
		if (id_equal(&all->list[i].node, &a))
			return &all->list[i];
	return NULL;
}

/* A HELLO of node 1 that lists one neighbour. */
static bool hear(struct twohops *all, uint8_t last, enum hello_status status,
	enum hello_other other, int64_t until_ms)
{
	struct hello h = golden_hello();
	struct address self = golden_address(2);

	h.count = 1;
	h.neighbours[0] = (struct hello_neighbour){ .node = golden_address(last),
		.status = status,
		.other = other,
		.neighbour_in = 104,
		.neighbour_out = 208 };
	return twohop_hello(all, &h, &self, instant_ms(until_ms));
}

TEST(twohop_takes_symmetric_neighbours_of_neighbours)
{
	static const struct {
		const char *why;
		enum hello_status status;
		enum hello_other other;
		bool there;
	} rows[] = {
		{ "symmetric", HELLO_SYMMETRIC, HELLO_OTHER_NONE, true },
		{ "heard", HELLO_HEARD, HELLO_OTHER_NONE, false },
		{ "lost", HELLO_LOST, HELLO_OTHER_NONE, false },
		{ "lost here, symmetric elsewhere", HELLO_LOST, HELLO_OTHER_SYMMETRIC,
			true },
		{ "symmetric elsewhere", HELLO_NO_LINK, HELLO_OTHER_SYMMETRIC, true },
		{ "lost elsewhere", HELLO_NO_LINK, HELLO_OTHER_LOST, false },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct twohops all = { .list = NULL };

		EXPECT(hear(&all, 7, rows[i].status, rows[i].other, 3000) ==
				rows[i].there,
			rows[i].why);
		EXPECT((find(&all, 7) != NULL) == rows[i].there, rows[i].why);
		hear(&all, 7, HELLO_SYMMETRIC, HELLO_OTHER_NONE, 3000);
		EXPECT(hear(&all, 7, rows[i].status, rows[i].other, 4000) ==
				!rows[i].there,
			"a change only where it goes");
		EXPECT((find(&all, 7) != NULL) == rows[i].there, rows[i].why);
		twohop_fini(&all);
	}
}

TEST(twohop_leaves_out_us_and_the_speaker)
{
	struct twohops all = { .list = NULL };

	EXPECT(!hear(&all, 1, HELLO_SYMMETRIC, HELLO_OTHER_NONE, 3000), "the speaker");
	EXPECT(!hear(&all, 2, HELLO_SYMMETRIC, HELLO_OTHER_NONE, 3000), "us");
	EXPECT_EQ(all.count, 0, "neither is two hops away");
}

TEST(twohop_keeps_what_was_promised_and_no_longer)
{
	struct twohops all = { .list = NULL };

	hear(&all, 7, HELLO_SYMMETRIC, HELLO_OTHER_NONE, 3000);
	hear(&all, 8, HELLO_SYMMETRIC, HELLO_OTHER_NONE, 5000);
	EXPECT_EQ(find(&all, 7)->metric_out, 208, "with its metrics");
	EXPECT(!twohop_expire(&all, instant_ms(2999)), "not before its time");
	EXPECT(twohop_expire(&all, instant_ms(3000)), "then");
	EXPECT(find(&all, 7) == NULL && find(&all, 8) != NULL, "and no other");
	EXPECT(!hear(&all, 8, HELLO_SYMMETRIC, HELLO_OTHER_NONE, 9000), "promised anew");
	EXPECT(!twohop_expire(&all, instant_ms(8999)), "it stays");
	EXPECT(twohop_clear(&all) && all.count == 0, "until the link is gone");
	EXPECT(!twohop_clear(&all), "once");
}

TEST(twohop_has_a_cap_and_the_first_to_be_over_is_the_victim)
{
	struct twohops all = { .list = NULL };

	for (unsigned i = 0; i < TWOHOP_MAX; i++)
		hear(&all, (uint8_t)(10 + i), HELLO_SYMMETRIC, HELLO_OTHER_NONE,
			i == 9 ? 1000 : 2000 + i);
	EXPECT_EQ(all.count, TWOHOP_MAX, "full");
	for (unsigned i = 0; i < 100; i++)
		hear(&all, (uint8_t)(10 + TWOHOP_MAX + i), HELLO_SYMMETRIC,
			HELLO_OTHER_NONE, 9000);
	EXPECT_EQ(all.count, TWOHOP_MAX, "never more, whatever a liar lists");
	EXPECT(find(&all, 19) == NULL, "the first to be over went");
	EXPECT(find(&all, 10 + TWOHOP_MAX) != NULL, "for one that came");
	twohop_fini(&all);
}
