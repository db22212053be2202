/* SPDX-License-Identifier: ISC */
#include "sim/ether/addresses.h"

#include "tests/test.h"

TEST(who_used_an_address_last_has_it_until_it_is_forgotten)
{
	static const uint8_t one[6] = { 2, 0, 0, 0, 0, 1 };
	struct addresses a;
	uint32_t node;

	addresses_init(&a, 3);
	EXPECT(!addresses_find(&a, one, &node), "nobody at the start");
	addresses_learn(&a, 1, one);
	EXPECT(addresses_find(&a, one, &node) && node == 1, "learnt");
	addresses_learn(&a, 2, one);
	EXPECT(addresses_find(&a, one, &node) && node == 2, "the last one");
	addresses_forget(&a, 1, one);
	EXPECT(addresses_find(&a, one, &node) && node == 2, "which is another's");
	addresses_forget(&a, 2, one);
	EXPECT(!addresses_find(&a, one, &node), "forgotten");
	addresses_forget(&a, 2, one);
	for (unsigned i = 0; i <= ADDRESSES_PER_NODE; i++)
		addresses_learn(&a, 0, (uint8_t[6]){ 2, 0, 0, 0, 1, (uint8_t)i });
	EXPECT(!addresses_find(&a, (uint8_t[6]){ 2, 0, 0, 0, 1, 0 }, &node),
		"one too many takes the place of the oldest");
	addresses_fini(&a);
}
