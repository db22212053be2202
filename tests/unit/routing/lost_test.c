/* SPDX-License-Identifier: ISC */
#include "routing/lost.h"

#include "tests/unit/routing/golden.h"

static const struct lost_neighbour *find(const struct lost *all, uint8_t last)
{
	struct address a = golden_address(last);

	for (unsigned i = 0; i < all->count; i++)
		if (id_equal(&all->list[i].node, &a))
			return &all->list[i];
	return NULL;
}

static void add(struct lost *all, int64_t now_ms, uint8_t last, int64_t until_ms)
{
	struct address a = golden_address(last);

	lost_add(all, instant_ms(now_ms), &a, instant_ms(until_ms));
}

TEST(lost_neighbours_come_and_go)
{
	struct lost all = { .count = 0 };
	struct address one = golden_address(1);

	add(&all, 0, 1, 6000);
	add(&all, 0, 2, 6000);
	add(&all, 1000, 1, 7000);
	EXPECT_EQ(all.count, 2, "each once");
	EXPECT_EQ(find(&all, 1)->until.us, 7000000, "the later time counts");
	lost_remove(&all, &one);
	EXPECT(find(&all, 1) == NULL && find(&all, 2) != NULL, "who is back is not lost");
	lost_remove(&all, &one);
	EXPECT_EQ(all.count, 1, "nor is anybody else then");
	add(&all, 6000, 3, 12000);
	EXPECT(find(&all, 2) == NULL && find(&all, 3) != NULL, "what is over makes room");
}

TEST(lost_neighbours_are_few_and_the_first_to_be_over_is_the_victim)
{
	struct lost all = { .count = 0 };

	for (unsigned i = 0; i < LOST_MAX; i++)
		add(&all, 0, (uint8_t)i, 1000 + (i == 5 ? 0 : 1 + i));
	EXPECT_EQ(all.count, LOST_MAX, "full");
	add(&all, 0, 200, 9000);
	EXPECT_EQ(all.count, LOST_MAX, "never more");
	EXPECT(find(&all, 5) == NULL && find(&all, 200) != NULL,
		"in the first one's place");
}
