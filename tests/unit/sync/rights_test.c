/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/samples.h"

TEST(rights_have_the_names_that_people_use)
{
	static const char *const roles[] = { "reader", "writer", "admin", "keeper" };
	uint8_t rights;

	for (size_t i = 0; i < array_len(roles); i++) {
		EXPECT(rights_of_role(roles[i], &rights), "a role has rights");
		EXPECT_STRING(
			rights_role(rights), roles[i], "and the rights have its name");
	}
	EXPECT_STRING(rights_role(RIGHTS_OWNER), "owner", "all rights are the owner's");
	EXPECT(!rights_of_role("owner", &rights), "nobody can be made an owner");
	EXPECT(!rights_of_role("", &rights), "no name is no role");
	EXPECT(!rights_of_role("Reader", &rights), "names are exact");
}
