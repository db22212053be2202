/* SPDX-License-Identifier: ISC */
#include "sim/ether/addresses.h"

#include "tests/test.h"

TEST(addresses_are_read_as_people_write_them)
{
	static const uint8_t wanted[] = { 0x02, 0x00, 0xab, 0xCD, 0x0f, 0xff };
	static const char *const bad[] = { "", "02:00:ab:cd:0f", "02:00:ab:cd:0f:ff:00",
		"02-00-ab-cd-0f-ff", "02:00:ab:cd:0f:fg", "2:00:ab:cd:0f:ff",
		"03:00:ab:cd:0f:ff" };
	uint8_t out[ADDRESS_BYTES];

	EXPECT(address_parse(BYTES("02:00:ab:CD:0f:ff"), out), "six bytes");
	EXPECT_BYTES(bytes_of(out, 6), bytes_of(wanted, 6), "these");
	for (size_t i = 0; i < array_len(bad); i++)
		EXPECT(!address_parse(bytes_of_string(bad[i]), out), bad[i]);
}

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
