/* SPDX-License-Identifier: ISC */
#include "routing/order.h"

#include "tests/test.h"

TEST(order_sorts_by_major_then_minor_then_slot)
{
	struct ordered items[300];
	struct rng rng = test_rng();
	uint64_t sum = 0, after = 0;

	for (uint32_t i = 0; i < 300; i++) {
		items[i] = (struct ordered){ rng_below(&rng, 9), rng_below(&rng, 9), i };
		sum += items[i].major * 31 + items[i].minor * 7 + i;
	}
	order_sort(items, 300);
	for (size_t i = 0; i < 300; i++) {
		const struct ordered *a = &items[i], *b = &items[i + 1];

		after += a->major * 31 + a->minor * 7 + a->slot;
		if (i == 299)
			break;
		EXPECT(a->major < b->major ||
				(a->major == b->major && a->minor < b->minor) ||
				(a->major == b->major && a->minor == b->minor &&
					a->slot < b->slot),
			"ascending");
	}
	EXPECT_EQ(sum, after, "nothing is lost");
}

TEST(order_sorts_nothing_and_one)
{
	struct ordered one = { 1, 2, 3 };

	order_sort(NULL, 0);
	order_sort(&one, 1);
	EXPECT_EQ(one.slot, 3, "one stays as it is");
}
