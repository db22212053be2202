/* SPDX-License-Identifier: ISC */
/* Time as a value. */
#include "node/base/instant.h"

#include "tests/test.h"

TEST(instants_add_and_compare)
{
	struct instant a = instant_ms(5), b = instant_us(5001);

	EXPECT(instant_before(a, b) && !instant_before(b, a) && !instant_before(a, a),
		"before");
	EXPECT_EQ(instant_since_us(b, a), 1, "the time between");
	EXPECT_EQ(instant_since_us(a, b), -1, "and back");
	EXPECT(instant_due(a, a) && instant_due(a, b) && !instant_due(b, a), "due");
	EXPECT_EQ(instant_add_ms(a, 2).us, 7000, "milliseconds are added");
	EXPECT_EQ(instant_add_us(a, -2).us, 4998, "and microseconds taken");
	EXPECT(instant_min(a, b).us == a.us && instant_min(b, a).us == a.us,
		"the earlier");
	EXPECT(instant_max(a, b).us == b.us && instant_max(b, a).us == b.us, "the later");
}

TEST(never_stays_never)
{
	struct instant late = instant_us(INT64_MAX - 1);

	EXPECT_EQ(instant_add_us(NEVER, 5).us, NEVER.us, "adding to it");
	EXPECT_EQ(instant_add_us(NEVER, -5).us, NEVER.us, "or taking from it");
	EXPECT(!instant_due(NEVER, late), "it is not due");
	EXPECT_EQ(instant_min(NEVER, late).us, late.us, "anything is earlier");
}
