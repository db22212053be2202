/* SPDX-License-Identifier: ISC */
#include "sync/extents.h"

#include "tests/test.h"

TEST(extents_agree_with_a_bitmap)
{
	struct rng r = test_rng();

	for (unsigned round = 0; round < 300; round++) {
		struct extents e = { 0 };
		bool map[64] = { false };
		unsigned missing = 64;

		for (unsigned i = 0; i < 40; i++) {
			uint32_t from = (uint32_t)rng_below(&r, 64);
			uint32_t to = from + 1 + (uint32_t)rng_below(&r, 64 - from),
				 fresh = 0;

			for (uint32_t k = from; k < to; k++) {
				fresh += !map[k];
				map[k] = true;
			}
			EXPECT_EQ(extents_add(&e, from, to), fresh,
				"new bytes are counted");
			missing -= fresh;
			EXPECT_EQ(extents_full(&e, 64), missing == 0,
				"full when all are there");
		}
	}
}

TEST(extents_list_what_is_missing)
{
	struct extents e = { 0 };
	struct extent out[4];

	EXPECT_EQ(extents_add(&e, 10, 20), 10, "a run");
	EXPECT_EQ(extents_add(&e, 30, 40), 10, "another");
	EXPECT_EQ(extents_missing(&e, 50, out, 4), 3, "before, between and behind");
	EXPECT(out[1].from == 20 && out[1].to == 30, "between");
	EXPECT(out[2].from == 40 && out[2].to == 50, "behind");
}

TEST(extents_refuse_a_run_too_many)
{
	struct extents e = { 0 };

	for (uint32_t i = 0; i < EXTENTS_MAX; i++)
		EXPECT_EQ(extents_add(&e, i * 4, i * 4 + 1), 1, "a run of its own");
	EXPECT_EQ(extents_add(&e, 1000, 1001), 0, "one more is refused");
	EXPECT_EQ(extents_add(&e, 1, 2), 1, "but growing one is not");
}
