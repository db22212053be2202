/* SPDX-License-Identifier: ISC */
/* Whose clock counts. */
#include "node/mesh/clocks.h"

#include "tests/unit/node/mesh/party.h"

#define NOW instant_us(5000000)

static void tell(struct clocks *c, uint8_t who, int64_t wall_s)
{
	struct node_id id = { { who } };

	clocks_tell(c, NOW, &id, wall_s);
}

TEST(clocks_take_the_median_and_never_their_own_alone)
{
	struct clocks c = { 0 };

	EXPECT_EQ(clocks_now_s(&c, NOW, 0), 0, "nothing is known");
	EXPECT(clocks_are_behind(&c, NOW, 0), "which proves nothing");
	clocks_own(&c, NOW, PARTY_S);
	EXPECT_EQ(clocks_now_s(&c, NOW, 0), PARTY_S, "the own one");
	EXPECT_EQ(
		clocks_now_s(&c, NOW, PARTY_S - 100), PARTY_S - 100, "the lower of two");
	EXPECT_EQ(clocks_latest_s(&c, NOW, PARTY_S - 100), PARTY_S, "the upper of two");
	tell(&c, 1, PARTY_S - 1000);
	tell(&c, 2, PARTY_S - 1000);
	EXPECT_EQ(clocks_now_s(&c, NOW, 0), PARTY_S - 1000, "two against one");
	EXPECT_EQ(clocks_latest_s(&c, NOW, 0), PARTY_S - 1000, "both ways");
	tell(&c, 1, PARTY_S + 50);
	EXPECT_EQ(clocks_now_s(&c, NOW, 0), PARTY_S, "the newest of each");
	EXPECT_EQ(clocks_now_s(&c, instant_add_ms(NOW, 7000), 0), PARTY_S + 7,
		"they are carried on");
	EXPECT_EQ(clocks_own_s(&c, instant_add_ms(NOW, 7000)), PARTY_S + 7, "so is ours");
	clocks_fini(&c);
}

TEST(clocks_never_show_less_than_a_founder_signed)
{
	struct clocks c = { 0 };

	clocks_own(&c, NOW, PARTY_S);
	clocks_floor(&c, PARTY_S + 500);
	clocks_floor(&c, PARTY_S + 400);
	EXPECT_EQ(clocks_now_s(&c, NOW, 0), PARTY_S + 500, "the floor");
	EXPECT(!clocks_are_behind(&c, NOW, 0), "minutes prove nothing");
	clocks_floor(&c, PARTY_S + 2 * PARTY_DAY);
	EXPECT(clocks_are_behind(&c, NOW, 0), "days do");
	clocks_fini(&c);
}

TEST(clocks_that_were_never_set_count_as_none)
{
	struct clocks c = { 0 };

	clocks_own(&c, NOW, 1000);
	tell(&c, 1, 2000);
	EXPECT_EQ(clocks_now_s(&c, NOW, 0), 0, "1970 is no time");
	EXPECT_EQ(clocks_own_s(&c, NOW), 0, "nor is it told");
	clocks_own(&c, NOW, (int64_t)UINT32_MAX + 1);
	EXPECT_EQ(clocks_own_s(&c, NOW), 0, "nor is the year 2107");
	clocks_fini(&c);
}

TEST(clocks_that_jump_forget_what_was_told_before)
{
	struct clocks c = { 0 };

	clocks_own(&c, NOW, PARTY_S);
	tell(&c, 1, PARTY_S + 100);
	tell(&c, 2, PARTY_S + 100);
	clocks_own(&c, instant_add_ms(NOW, 1000), PARTY_S + 1);
	EXPECT_EQ(clocks_now_s(&c, NOW, 0), PARTY_S + 100, "a second is no jump");
	clocks_own(&c, NOW, PARTY_S + 5000);
	EXPECT_EQ(clocks_now_s(&c, NOW, 0), PARTY_S + 5000, "an hour is one");
	clocks_fini(&c);
}

TEST(clocks_keep_so_many_and_forget_the_oldest)
{
	struct clocks c = { 0 };

	for (unsigned i = 0; i < CLOCKS_MAX + 10; i++) {
		struct node_id id = { { (uint8_t)i, 1 } };

		clocks_tell(&c, instant_add_ms(NOW, i), &id, PARTY_S + i);
	}
	EXPECT_EQ(c.count, CLOCKS_MAX, "the table has its cap");
	for (unsigned i = 0; i < CLOCKS_MAX; i++)
		EXPECT(c.told[i].base_s >= PARTY_S + 10 - 6, "the first ten are gone");
	clocks_fini(&c);
}
