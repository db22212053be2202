/* SPDX-License-Identifier: ISC */
/* The replay window against a twin that remembers every number. */
#include "node/session/window.h"

#include <string.h>

#include "tests/test.h"

enum { TWIN_NUMBERS = 1 << 17 };

struct twin {
	bool seen[TWIN_NUMBERS];
	uint64_t end;
};

static bool twin_fresh(const struct twin *t, uint64_t number)
{
	return (number >= t->end || t->end - number <= WINDOW_SIZE) && !t->seen[number];
}

static void twin_mark(struct twin *t, uint64_t number)
{
	t->seen[number] = true;
	if (number >= t->end)
		t->end = number + 1;
}

TEST(window_agrees_with_a_twin_that_remembers_everything)
{
	static struct twin t;
	struct rng rng = test_rng();

	for (int round = 0; round < 20; round++) {
		struct window w;

		memset(&t, 0, sizeof(t));
		window_init(&w);
		for (int i = 0; i < 20000; i++) {
			uint64_t reach = rng_chance_ppm(&rng, 20000) ? 5000 : 4;
			uint64_t back = rng_chance_ppm(&rng, 500000) ? 0 : 2200;
			uint64_t high = t.end + rng_below(&rng, reach + 1);
			uint64_t number =
				high - rng_below(&rng, (back < high ? back : high) + 1);

			if (number >= TWIN_NUMBERS)
				break;
			EXPECT_EQ(window_fresh(&w, number), twin_fresh(&t, number),
				"window and twin agree on a number");
			if (!twin_fresh(&t, number) || rng_chance_ppm(&rng, 300000))
				continue;
			window_mark(&w, number);
			twin_mark(&t, number);
			EXPECT(!window_fresh(&w, number), "a number is taken once");
		}
	}
}

TEST(window_reaches_2048_numbers_back_and_no_further)
{
	for (uint64_t top = 2047; top < 2047 + 200; top++) {
		struct window w;

		window_init(&w);
		window_mark(&w, top);
		EXPECT(window_fresh(&w, top - 2047), "the oldest in the window is fresh");
		EXPECT(top < 2048 || !window_fresh(&w, top - 2048),
			"the next one is too old");
	}
}

TEST(window_forgets_all_when_it_leaps)
{
	static const uint64_t leaps[] = { 64, 2047, 2048, 2049, 2112, 4224, 1u << 20 };

	for (size_t i = 0; i < array_len(leaps); i++) {
		uint64_t start = 5000, top = start + leaps[i];
		struct window w;

		window_init(&w);
		for (uint64_t n = 0; n <= start; n++)
			window_mark(&w, n);
		window_mark(&w, top);
		for (uint64_t n = start + 1; n < top; n++)
			EXPECT_EQ(window_fresh(&w, n), top - n < WINDOW_SIZE,
				"what was leapt over is fresh as far as the window "
				"reaches");
		for (uint64_t n = 0; n <= start; n++)
			EXPECT(!window_fresh(&w, n), "what was marked stays marked");
	}
}

TEST(window_refuses_numbers_at_the_edge_of_64_bits)
{
	struct window w;

	window_init(&w);
	EXPECT(!window_fresh(&w, UINT64_MAX), "the largest number is refused");
	EXPECT(!window_fresh(&w, (uint64_t)1 << 63), "so is 2^63");
	window_mark(&w, ((uint64_t)1 << 63) - 1);
	EXPECT(!window_fresh(&w, ((uint64_t)1 << 63) - 1), "2^63 - 1 is taken once");
	EXPECT(!window_fresh(&w, 0), "and leaves zero far behind");
	EXPECT_CHECK(window_mark(&w, 0), "marking what is not fresh is our mistake");
}
