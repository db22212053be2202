/* SPDX-License-Identifier: ISC */
#include "sync/table.h"

#include "tests/test.h"

static bool holds(const struct table *t, uint32_t hash, uint32_t number)
{
	for (uint32_t at = 0, n; table_next(t, hash, &at, &n);)
		if (n == number)
			return true;
	return false;
}

TEST(table_finds_all_that_was_added_also_under_one_hash)
{
	struct table t = { 0 };

	for (uint32_t i = 0; i < 3000; i++)
		table_add(&t, i % 700, i);
	for (uint32_t i = 0; i < 3000; i++)
		EXPECT(holds(&t, i % 700, i), "it is found");
	EXPECT(!holds(&t, 701, 1), "another hash holds nothing of it");
	EXPECT(!holds(&t, 5, 6), "nor a number of another hash");
	table_fini(&t);
}
