/* SPDX-License-Identifier: ISC */
/* The heap against a twin that searches an array. */
#include "node/base/heap.h"

#include "tests/test.h"

enum { TWIN_ROOM = 4096 };

struct twin {
	struct heap_item items[TWIN_ROOM];
	size_t count;
};

/* The least key; of equal ones the first that went in: the array keeps that order. */
static struct heap_item twin_take(struct twin *t)
{
	struct heap_item item;
	size_t least = 0;

	for (size_t i = 1; i < t->count; i++)
		if (t->items[i].key < t->items[least].key)
			least = i;
	item = t->items[least];
	t->count--;
	memmove(&t->items[least], &t->items[least + 1],
		(t->count - least) * sizeof(item));
	return item;
}

TEST(heap_agrees_with_a_twin_that_searches)
{
	static struct twin t;
	struct rng rng = test_rng();

	for (int round = 0; round < 30; round++) {
		struct heap h;

		heap_init(&h);
		t.count = 0;
		for (uint64_t i = 0; i < 3000; i++) {
			struct heap_item a, b;

			if (t.count == 0 ||
				(t.count < 500 && rng_chance_ppm(&rng, 550000))) {
				uint64_t key =
					rng_below(&rng, round % 2 ? 10 : UINT64_MAX);

				heap_add(&h, key, i);
				t.items[t.count++] = (struct heap_item){ key, 0, i };
				continue;
			}
			b = twin_take(&t);
			EXPECT(heap_first(&h)->key == b.key, "the first is the least");
			a = heap_take(&h);
			EXPECT(a.key == b.key && a.value == b.value,
				"heap and twin agree");
			EXPECT_EQ(h.count, t.count, "on the count too");
		}
		heap_fini(&h);
	}
}

TEST(heap_gives_equal_keys_in_the_order_in_which_they_came)
{
	struct heap h;

	heap_init(&h);
	EXPECT(heap_first(&h) == NULL, "an empty heap has no first");
	for (uint64_t i = 0; i < 1000; i++)
		heap_add(&h, 5, i);
	for (uint64_t i = 0; i < 1000; i++)
		EXPECT_EQ(heap_take(&h).value, i, "first in, first out");
	EXPECT(heap_first(&h) == NULL, "then it is empty");
	EXPECT_CHECK(heap_take(&h), "taking from an empty heap is our mistake");
	heap_fini(&h);
	heap_add(&h, 1, 2);
	EXPECT_EQ(heap_first(&h)->value, 2, "it may be used again");
	heap_fini(&h);
}
