/* SPDX-License-Identifier: ISC */
/* The bucket gives its burst at once and its rate for ever. */
#include "node/base/bucket.h"

#include "tests/test.h"

TEST(bucket_gives_its_burst_and_then_its_rate)
{
	struct instant now = instant_ms(7);
	struct bucket b;
	int given = 0;

	bucket_init(&b, now, 50, 20);
	while (bucket_take(&b, now))
		given++;
	EXPECT_EQ(given, 20, "the burst is given at once");
	for (int ms = 0; ms < 10000; ms++) {
		now = instant_add_ms(now, 1);
		if (bucket_take(&b, now))
			given++;
	}
	EXPECT_EQ(given, 20 + 500, "then 50 a second");
}

TEST(bucket_never_holds_more_than_its_burst)
{
	struct instant now = instant_ms(0);
	struct bucket b;
	int given = 0;

	bucket_init(&b, now, 200, 200);
	now = instant_add_ms(now, 3600000);
	while (bucket_take(&b, now))
		given++;
	EXPECT_EQ(given, 200, "an hour of quiet saves no more than the burst");
}

TEST(bucket_bears_a_clock_that_stands_still)
{
	struct bucket b;

	bucket_init(&b, instant_ms(5), 1, 1);
	EXPECT(bucket_take(&b, instant_ms(5)), "the first is given");
	for (int i = 0; i < 100; i++)
		EXPECT(!bucket_take(&b, instant_ms(5)), "no more at the same instant");
	EXPECT(bucket_take(&b, instant_ms(1005)), "one more a second later");
}

TEST(bucket_needs_a_rate)
{
	struct bucket b;

	EXPECT_CHECK(bucket_init(&b, instant_ms(0), 0, 1), "no rate is our mistake");
	EXPECT_CHECK(bucket_init(&b, instant_ms(0), 1, 0), "no burst is our mistake");
}
