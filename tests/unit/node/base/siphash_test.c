/* SPDX-License-Identifier: ISC */
/* The vectors of the paper and of its reference implementation. */
#include "node/base/siphash.h"

#include "tests/test.h"

TEST(siphash_gives_the_published_values)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {
		{ 0, 0x726fdb47dd0e0e31u },
		{ 1, 0x74f839c593dc67fdu },
		{ 2, 0x0d6c8009d9a94f5au },
		{ 3, 0x85676696d7fb7e2du },
		{ 7, 0xab0200f58b01d137u },
		{ 8, 0x93f5f5799a932462u },
		{ 15, 0xa129ca6149be45e5u }, /* appendix A of the paper */
		{ 16, 0x3f2acc7f57c29bdbu },
		{ 63, 0x958a324ceb064572u },
	};
	uint8_t key[16], data[64];

	for (unsigned i = 0; i < 64; i++)
		data[i] = (uint8_t)i;
	memcpy(key, data, sizeof(key));
	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(siphash(key, data, rows[i].len) == rows[i].hash,
			"the published value");
}

TEST(siphash_of_tables_is_under_the_process_key)
{
	static const uint8_t zero[16], key[16] = { 9 };
	uint64_t before = siphash_table("abc", 3);

	EXPECT(before == siphash(zero, "abc", 3), "zero until it is set");
	siphash_key_set(key);
	EXPECT(siphash_table("abc", 3) == siphash(key, "abc", 3),
		"then the key that was set");
	siphash_key_set(zero);
	EXPECT(siphash_table("abc", 3) == before, "and back");
}

struct thing {
	uint32_t key;
	UT_hash_handle hh;
};

TEST(siphash_tables_find_what_was_put_in)
{
	static struct thing things[1000];
	struct thing *table = NULL, *found;

	for (uint32_t i = 0; i < 1000; i++) {
		things[i].key = i * 7;
		HASH_ADD(hh, table, key, sizeof(uint32_t), &things[i]);
	}
	for (uint32_t i = 0; i < 7000; i++) {
		HASH_FIND(hh, table, &i, sizeof(i), found);
		EXPECT(i % 7 == 0 ? found == &things[i / 7] : found == NULL,
			"and nothing else");
	}
	HASH_CLEAR(hh, table);
}
