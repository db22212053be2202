/* SPDX-License-Identifier: ISC */
/* The growing buffer. */
#include "node/control/buffer.h"

#include "tests/test.h"

TEST(a_buffer_holds_what_was_added_in_order)
{
	struct buffer b;

	buffer_init(&b, 1 << 20);
	buffer_add_string(&b, "abc");
	buffer_add_u64(&b, 18446744073709551615u);
	buffer_add(&b, bytes_of(NULL, 0));
	EXPECT_BYTES(buffer_bytes(&b), BYTES("abc18446744073709551615"), "all, in order");
	buffer_fini(&b);
}

TEST(a_buffer_grows_to_its_limit_and_no_further)
{
	struct buffer b;

	buffer_init(&b, 1000);
	for (unsigned i = 0; i < 100; i++)
		buffer_add_string(&b, "0123456789");
	EXPECT(!b.overflow, "the limit itself fits");
	EXPECT_EQ(b.len, 1000, "all of it is there");
	buffer_add_string(&b, "x");
	EXPECT(b.overflow, "one byte more does not fit");
	EXPECT_EQ(b.len, 1000, "and is left out");
	buffer_add(&b, bytes_of(NULL, 0));
	EXPECT(b.overflow, "the mark stays");
	buffer_cut(&b, 10);
	EXPECT(!b.overflow, "cutting takes the mark away");
	EXPECT_BYTES(
		buffer_bytes(&b), BYTES("0123456789"), "and keeps what stands before");
	buffer_fini(&b);
}

TEST(a_buffer_drops_from_its_front)
{
	struct buffer b;

	buffer_init(&b, 100);
	buffer_add_string(&b, "hello world");
	buffer_drop(&b, 0);
	buffer_drop(&b, 6);
	EXPECT_BYTES(buffer_bytes(&b), BYTES("world"), "the rest stays");
	buffer_drop(&b, 5);
	EXPECT_EQ(b.len, 0, "nothing is left");
	EXPECT_CHECK(buffer_drop(&b, 1), "more than there is cannot be dropped");
	EXPECT_CHECK(buffer_cut(&b, 1), "nor cut to");
	buffer_fini(&b);
}
