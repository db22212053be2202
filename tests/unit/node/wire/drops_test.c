/* SPDX-License-Identifier: ISC */
/* Every reason has its own name, and counting refuses. */
#include "node/wire/drops.h"

#include <string.h>

#include "tests/test.h"

TEST(drops_have_a_name_each_that_status_can_show)
{
	for (int i = 0; i < DROP_REASONS; i++) {
		const char *name = drop_name((enum drop_reason)i);

		EXPECT(name != NULL && name[0] != '\0', "a reason has a name");
		EXPECT(strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789") ==
				strlen(name),
			"that is a key of JSON without quoting");
		for (int j = 0; j < i; j++)
			EXPECT(strcmp(name, drop_name((enum drop_reason)j)) != 0,
				"and its own");
	}
	EXPECT_CHECK(drop_name(DROP_REASONS), "there is no such reason");
}

TEST(drop_counts_and_says_no)
{
	struct drops d = { { 0 } };

	for (int i = 0; i < DROP_REASONS; i++)
		for (int n = 0; n <= i; n++)
			EXPECT(!drop(&d, (enum drop_reason)i), "dropping is false");
	for (int i = 0; i < DROP_REASONS; i++)
		EXPECT_EQ(d.count[i], i + 1, "each is counted by itself");
}
