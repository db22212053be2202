/* SPDX-License-Identifier: ISC */
/* Borrowed bytes and fixed-size ids. */
#include "node/base/bytes.h"

#include "node/base/ids.h"
#include "tests/test.h"

TEST(bytes_are_equal_by_content)
{
	EXPECT(bytes_equal(BYTES("abc"), bytes_of_string("abc")), "the same");
	EXPECT(!bytes_equal(BYTES("abc"), BYTES("abd")), "another byte");
	EXPECT(!bytes_equal(BYTES("abc"), BYTES("ab")), "another length");
	EXPECT(bytes_equal(BYTES(""), bytes_of(NULL, 0)), "nothing is nothing");
	EXPECT(!bytes_equal(BYTES("\0"), bytes_of(NULL, 0)), "a zero is something");
	EXPECT_EQ(BYTES("a\0b").len, 3, "a literal may hold zeros");
}

TEST(ids_compare_as_bytes)
{
	struct node_id a = { { 0 } }, b = { { 0 } };

	EXPECT(id_equal(&a, &b) && id_is_zero(id_bytes(&a)), "zero equals zero");
	b.b[31] = 1;
	EXPECT(!id_equal(&a, &b) && id_compare(&a, &b) < 0, "the last byte counts");
	a.b[0] = 1;
	EXPECT(id_compare(&a, &b) > 0, "the first counts more");
	EXPECT(!id_is_zero(id_bytes(&a)) && !id_is_zero(id_bytes(&b)), "none is zero");
	EXPECT_EQ(id_bytes(&a).len, 32, "an id has 32 bytes");
}
