/* SPDX-License-Identifier: ISC */
/* Zeroed, checked against overflow, grown by need. */
#include "node/base/mem.h"

#include <string.h>

#include "tests/test.h"

TEST(mem_is_zeroed)
{
	for (size_t len = 0; len < 200; len++) {
		uint8_t *p = mem_new(len), *q = mem_array(len, 3);

		for (size_t i = 0; i < len; i++)
			EXPECT(p[i] == 0 && q[3 * i] == 0, "every byte is zero");
		memset(p, 1, len);
		mem_free(p);
		mem_free(q);
	}
	mem_free(NULL);
}

TEST(mem_ends_the_program_when_a_product_overflows)
{
	void *p = NULL;

	EXPECT_CHECK(p = mem_array(SIZE_MAX / 2, 3), "an array that cannot be");
	EXPECT_CHECK(p = mem_resize(NULL, SIZE_MAX / 2, 3), "nor grow so");
	EXPECT(p == NULL, "nothing was given");
}

TEST(mem_copies)
{
	char *s = mem_string("abc"), *empty = mem_string("");
	uint8_t *p = mem_copy("xyz", 3);

	EXPECT_STRING(s, "abc", "a string");
	EXPECT_STRING(empty, "", "an empty one");
	EXPECT(memcmp(p, "xyz", 3) == 0, "bytes");
	EXPECT(mem_copy("xyz", 0) == NULL, "no bytes give nothing");
	mem_free(s);
	mem_free(empty);
	mem_free(p);
}

TEST(mem_grows_an_array_and_keeps_what_is_in_it)
{
	size_t count = 0, room = 0, moves = 0;
	int *array = NULL;

	for (int i = 0; i < 10000; i++) {
		size_t before = room;

		mem_grow(array, count, room);
		EXPECT(room > count, "there is room for one more");
		moves += room != before;
		array[count++] = i;
	}
	for (int i = 0; i < 10000; i++)
		EXPECT_EQ(array[i], i, "everything is still there");
	EXPECT(moves < 15, "and it was seldom moved");
	mem_free(array);
}
