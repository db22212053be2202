/* SPDX-License-Identifier: ISC */
#include "node/inet/codel.h"
#include "tests/test.h"

TEST(codel_lets_short_delay_and_short_bursts_pass)
{
	struct codel c = { 0 };
	struct instant now = instant_ms(5000);

	for (unsigned i = 0; i < 1000; i++) {
		EXPECT_EQ(codel_judge(&c, now, CODEL_TARGET_US - 1, false), CODEL_KEEP,
			"below target");
		now = instant_add_ms(now, 1);
	}
	for (unsigned i = 0; i < 99; i++) {
		EXPECT_EQ(codel_judge(&c, now, 50000, false), CODEL_KEEP,
			"for less than 100 ms");
		now = instant_add_ms(now, 1);
	}
	EXPECT_EQ(codel_judge(&c, now, 50000, true), CODEL_KEEP,
		"nothing stands behind it");
	for (unsigned i = 0; i < 100; i++) {
		EXPECT_EQ(codel_judge(&c, now, 50000, false), CODEL_KEEP, "begins anew");
		now = instant_add_ms(now, 1);
	}
	EXPECT_EQ(codel_judge(&c, now, 50000, false), CODEL_DROP, "and has lasted now");
}

/* The instants of drops of a queue that stands for a second, asked every 100 us. */
static unsigned drops_at(struct codel *c, struct instant *now, int64_t *at, unsigned room)
{
	struct instant end = instant_add_ms(*now, 1000);
	unsigned count = 0;

	for (; instant_before(*now, end); *now = instant_add_us(*now, 100))
		while (codel_judge(c, *now, 50000, false) == CODEL_DROP)
			if (count < room)
				at[count++] = now->us;
	return count;
}

TEST(codel_drops_ever_faster)
{
	static const int64_t gaps_us[] = { 100000, 70711, 57735, 50000, 44721 };
	struct codel c = { 0 };
	struct instant now = instant_ms(5000);
	int64_t at[64], first = now.us + CODEL_INTERVAL_US;
	unsigned count = drops_at(&c, &now, at, 64), again;

	EXPECT_EQ(at[0], first, "the first after an interval");
	for (size_t i = 0; i < array_len(gaps_us); i++) {
		int64_t gap = at[i + 1] - at[i] - gaps_us[i];

		EXPECT(gap >= -200 && gap <= 200,
			"interval / sqrt(n), RFC 8289 section 5.3");
	}
	(void)codel_judge(&c, now, 0, false);
	now = instant_add_ms(now, 50);
	again = drops_at(&c, &now, at, 64);
	EXPECT(again > count, "soon after, it goes on at the rate it had");
	(void)codel_judge(&c, now, 0, false);
	now = instant_add_ms(now, 5000);
	EXPECT_EQ(drops_at(&c, &now, at, 64), count, "long after, from the beginning");
}
