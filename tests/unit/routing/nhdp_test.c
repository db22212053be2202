/* SPDX-License-Identifier: ISC */
#include "routing/metric.h"
#include "routing/nhdp.h"

#include "tests/unit/routing/golden.h"

enum { LINK = 7 };

/* A HELLO of node 1 that lists node 2, which is we, with this status (-1: not). */
static struct hello hello(uint16_t number, int status)
{
	struct hello h = golden_hello();

	h.number = number;
	h.announce.sequence = number;
	h.count = status < 0 ? 0 : 1;
	h.neighbours[0].status = status < 0 ? HELLO_LOST : (enum hello_status)status;
	h.neighbours[0].loss = 0;
	return h;
}

static struct nhdp_link *hear(struct nhdp *all, int64_t ms, uint16_t number, int status)
{
	struct address self = golden_address(2);
	struct hello h = hello(number, status);
	struct nhdp_link *l = nhdp_hello(all, instant_ms(ms), LINK, &h, &self);

	if (l != NULL)
		l->interface = 1;
	return l;
}

/* With a session, and both hear each other. */
static struct nhdp_link *met(struct nhdp *all)
{
	nhdp_init(all);
	nhdp_usable(all, instant_ms(500), LINK, true);
	return hear(all, 1000, 1, HELLO_HEARD);
}

TEST(nhdp_link_is_heard_then_symmetric_then_advertised)
{
	struct nhdp all;
	struct nhdp_link *l;

	nhdp_init(&all);
	l = hear(&all, 1000, 1, -1);
	EXPECT(nhdp_update(&all, instant_ms(1000)) & NHDP_STATUS, "somebody is heard");
	EXPECT_EQ(l->status, HELLO_HEARD, "one way");
	hear(&all, 2000, 2, HELLO_HEARD);
	EXPECT(nhdp_update(&all, instant_ms(2000)) & NHDP_STATUS, "it hears us");
	EXPECT_EQ(l->status, HELLO_SYMMETRIC, "both ways");
	EXPECT(!l->advertised, "but no session, no use");
	nhdp_usable(&all, instant_ms(2100), LINK, true);
	EXPECT(nhdp_update(&all, instant_ms(2100)) & NHDP_TOPOLOGY, "a session makes it");
	EXPECT(l->advertised, "a link to use");
	hear(&all, 3000, 3, -1);
	EXPECT(nhdp_update(&all, instant_ms(3000)) & NHDP_TOPOLOGY,
		"it hears us no more");
	EXPECT(!l->advertised, "so the link is of no use");
	nhdp_fini(&all);
}

TEST(nhdp_a_session_is_as_good_as_a_HELLO_that_lists_us)
{
	struct nhdp all;
	struct nhdp_link *l;

	nhdp_init(&all);
	l = hear(&all, 1000, 1, -1);
	nhdp_update(&all, instant_ms(1000));
	nhdp_usable(&all, instant_ms(1100), LINK, true);
	EXPECT(nhdp_update(&all, instant_ms(1100)) & NHDP_TOPOLOGY,
		"the handshake went both ways");
	EXPECT_EQ(l->status, HELLO_SYMMETRIC, "so the link is symmetric");
	EXPECT(l->advertised, "and used");
	EXPECT(nhdp_update(&all, instant_us(1100000 + l->validity_us)) & NHDP_TOPOLOGY,
		"but only for as long as a HELLO counts");
	EXPECT(!l->advertised, "if none comes that lists us");
	nhdp_fini(&all);
}

TEST(nhdp_lost_link_must_be_heard_twice)
{
	struct nhdp all;
	struct nhdp_link *l;

	l = met(&all);
	nhdp_update(&all, instant_ms(1000));
	EXPECT(l->advertised, "the session was faster than the HELLO");
	nhdp_failed(l, instant_ms(1500));
	EXPECT(nhdp_update(&all, instant_ms(1500)) & NHDP_TOPOLOGY, "lost at once");
	hear(&all, 2000, 2, HELLO_SYMMETRIC);
	nhdp_update(&all, instant_ms(2000));
	EXPECT_EQ(l->status, HELLO_LOST, "one HELLO proves nothing");
	hear(&all, 3000, 3, HELLO_SYMMETRIC);
	nhdp_update(&all, instant_ms(3000));
	EXPECT_EQ(l->status, HELLO_SYMMETRIC, "two do");
	nhdp_update(&all, instant_ms(20000));
	EXPECT_EQ(l->status, HELLO_LOST, "silence loses it");
	EXPECT_EQ(all.count, 1, "it is remembered while a session lasts");
	nhdp_usable(&all, instant_ms(20000), LINK, false);
	nhdp_update(&all, instant_ms(40000));
	EXPECT_EQ(all.count, 0, "and forgotten then");
	nhdp_fini(&all);
}

TEST(nhdp_lost_link_is_listed_as_such_until_there_is_a_session)
{
	struct nhdp all;
	struct nhdp_link *l;

	l = met(&all);
	nhdp_update(&all, instant_ms(1000));
	nhdp_failed(l, instant_ms(1500));
	nhdp_usable(&all, instant_ms(1500), LINK, false);
	nhdp_update(&all, instant_ms(1500));
	hear(&all, 2000, 2, HELLO_SYMMETRIC);
	EXPECT_EQ(nhdp_update(&all, instant_ms(2000)), 0, "one HELLO proves nothing");
	hear(&all, 3000, 3, HELLO_SYMMETRIC);
	EXPECT_EQ(nhdp_update(&all, instant_ms(3000)), NHDP_STATUS,
		"two do: it shall hear");
	EXPECT_EQ(l->status, HELLO_LOST, "that its session is worth nothing");
	hear(&all, 4000, 4, HELLO_SYMMETRIC);
	EXPECT_EQ(nhdp_update(&all, instant_ms(4000)), 0, "which is said once");
	nhdp_usable(&all, instant_ms(4100), LINK, true);
	EXPECT(nhdp_update(&all, instant_ms(4100)) & NHDP_TOPOLOGY, "a new one");
	EXPECT_EQ(l->status, HELLO_SYMMETRIC, "makes a link at once");
	nhdp_failed(l, instant_ms(5000));
	nhdp_usable(&all, instant_ms(5000), LINK, false);
	nhdp_usable(&all, instant_ms(5100), LINK, true);
	nhdp_update(&all, instant_ms(5100));
	EXPECT_EQ(l->status, HELLO_LOST, "though not without a HELLO");
	hear(&all, 5200, 5, HELLO_LOST);
	nhdp_update(&all, instant_ms(5200));
	EXPECT_EQ(l->status, HELLO_HEARD, "one of which will do then");
	nhdp_fini(&all);
}

TEST(nhdp_who_denies_a_session_is_asked_each_time)
{
	struct nhdp all;
	uint32_t link = 0;

	met(&all);
	nhdp_update(&all, instant_ms(1000));
	for (uint16_t i = 2; i < 5; i++) {
		hear(&all, 1000 * i, i, HELLO_LOST);
		nhdp_update(&all, instant_ms(1000 * i));
		EXPECT(nhdp_doubt_take(&all, instant_ms(1000 * i + 1), &link), "asked");
		EXPECT_EQ(link, LINK, "it");
		EXPECT(!nhdp_doubt_take(&all, instant_ms(1000 * i + 1), &link), "once");
	}
	EXPECT(nhdp_find(&all, LINK)->forgotten, "it has no session");
	hear(&all, 4500, 5, HELLO_HEARD);
	nhdp_update(&all, instant_ms(4500));
	EXPECT(nhdp_find(&all, LINK)->denied && !nhdp_find(&all, LINK)->forgotten,
		"or merely does not hear us");
	EXPECT(!nhdp_doubt_take(&all, instant_ms(4501), &link), "as all do at first");
	hear(&all, 4800, 6, HELLO_LOST);
	nhdp_update(&all, instant_ms(4800));
	EXPECT(nhdp_doubt_take(&all, instant_ms(4801), &link), "asked again");
	nhdp_usable(&all, instant_ms(5000), LINK, false);
	hear(&all, 6000, 7, HELLO_LOST);
	EXPECT(!nhdp_doubt_take(&all, instant_ms(6001), &link),
		"without a session there is nothing to ask");
	nhdp_usable(&all, instant_ms(7000), LINK, true);
	EXPECT(!nhdp_find(&all, LINK)->denied, "and of a new one nothing was said yet");
	nhdp_fini(&all);
}

TEST(nhdp_counts_loss_by_numbers_and_waits_longer_where_it_is_high)
{
	struct nhdp all;
	struct nhdp_link *l = NULL;
	uint32_t loss;

	nhdp_init(&all);
	for (uint16_t i = 1; i <= 120; i++)
		if (i % 4 != 0)
			l = hear(&all, i * 1000, (uint16_t)(i + 65500), HELLO_HEARD);
	loss = nhdp_loss_in_ppm(l, instant_ms(119000));
	EXPECT(loss > 200000 && loss < 300000,
		"a quarter is lost, over a wrap of numbers");
	EXPECT(l->validity_us > 6 * 1000000, "the validity is stretched");
	EXPECT(l->metric_in > 120, "and the link costs more");
	hear(&all, 130000, 30000, HELLO_HEARD);
	EXPECT_EQ(nhdp_loss_in_ppm(l, instant_ms(130000)), NHDP_LOSS_UNKNOWN,
		"a number far off is a restart, not loss");
	nhdp_fini(&all);
}

TEST(nhdp_feedback_raises_the_cost_and_keeps_a_link_alive)
{
	struct nhdp all;
	struct nhdp_link *l;
	uint32_t before;

	l = met(&all);
	nhdp_update(&all, instant_ms(1000));
	before = l->metric_out;
	nhdp_feedback(l, instant_ms(3000), 200, 100);
	EXPECT(l->metric_out >= 2 * before - 2, "half lost costs double");
	nhdp_alive(l, instant_ms(3000), true);
	nhdp_update(&all, instant_ms(7000));
	EXPECT(l->advertised, "acknowledged frames prove both ways");
	nhdp_feedback(l, instant_ms(7500), UINT32_MAX, UINT32_MAX);
	nhdp_feedback(l, instant_ms(7500), 1, 5);
	nhdp_rate(l, instant_ms(7500), UINT64_MAX, UINT32_MAX);
	nhdp_rate(l, instant_ms(7500), 1, 1);
	EXPECT(l->sent >= l->acknowledged && l->sent <= 256, "odd counts do no harm");
	nhdp_fini(&all);
}

TEST(nhdp_feedback_of_a_while_ago_fades)
{
	struct nhdp all;
	struct nhdp_link *l;
	uint32_t before;

	l = met(&all);
	before = l->metric_out;
	nhdp_feedback(l, instant_ms(1000), 200, 20);
	EXPECT(l->metric_out >= 8 * before, "nearly all of them lost");
	for (uint16_t i = 2; i <= 12; i++)
		hear(&all, 1000 * i, i, HELLO_HEARD);
	EXPECT_EQ(l->metric_out, before, "and nothing said of it since");
	nhdp_fini(&all);
}

/* Looks at the radio, one each second. */
static void look(struct nhdp_link *l, unsigned times, uint64_t rate_bps)
{
	static int64_t ms = 20000;

	for (unsigned i = 0; i < times; i++)
		nhdp_rate(l, instant_ms(ms += 1000), rate_bps, 0);
}

TEST(nhdp_what_a_radio_says_again_and_again_is_told_sooner)
{
	struct nhdp all;
	struct nhdp_link *l;
	uint32_t before;

	l = met(&all);
	look(l, 1, 10000000);
	before = l->metric_out;
	look(l, 2, 8600000);
	EXPECT_EQ(l->metric_out, before, "a sixth is not worth telling at once");
	look(l, 1, 10000000);
	look(l, 2, 8600000);
	EXPECT_EQ(l->metric_out, before, "nor when it comes and goes");
	look(l, 1, 8600000);
	EXPECT_EQ(l->metric_out, metric_dat(0, 8600000), "but when it stays");
	look(l, 100, 9400000);
	EXPECT_EQ(l->metric_out, metric_dat(0, 8600000), "a tenth never is");
	look(l, 1, 4000000);
	EXPECT_EQ(l->metric_out, metric_dat(0, 4000000), "half is at once");
	nhdp_fini(&all);
}

TEST(nhdp_loss_that_the_rate_counts_is_not_counted_twice)
{
	struct nhdp all;
	struct nhdp_link *l;
	uint32_t whole;

	l = met(&all);
	nhdp_rate(l, instant_ms(1000), 10000000, 0);
	whole = l->metric_out;
	l->loss_out_ppm = 500000;
	nhdp_rate(l, instant_ms(2000), 10000000, 0);
	EXPECT(l->metric_out >= 2 * whole - 2, "half lost costs double");
	nhdp_rate(l, instant_ms(3000), 5000000, 500000);
	EXPECT(l->metric_out <= 2 * whole + 2,
		"and no more if the rate is halved by the same");
	l->loss_out_ppm = 750000;
	nhdp_rate(l, instant_ms(3000), 5000000, 500000);
	EXPECT(l->metric_out >= 4 * whole - 4, "what is lost beyond that counts");
	nhdp_fini(&all);
}

TEST(nhdp_strangers_push_out_no_link_in_use)
{
	struct address self = golden_address(2);
	struct nhdp all;

	(void)met(&all);
	nhdp_update(&all, instant_ms(1000));
	for (uint32_t i = 0; i < 1000; i++) {
		struct hello h = hello(1, HELLO_HEARD);
		struct nhdp_link *l;

		h.announce.originator = golden_address((uint8_t)(i % 200 + 10));
		l = nhdp_hello(&all, instant_ms(2000 + i), 100 + i, &h, &self);
		EXPECT(l != NULL, "strangers push out strangers");
		l->interface = 1;
	}
	EXPECT_EQ(all.count, ROUTING_LINKS_MAX, "there is a cap");
	EXPECT(nhdp_find(&all, LINK) != NULL, "the link in use is there");
	for (struct nhdp_link *l = all.links; l != NULL; l = l->hh.next)
		l->advertised = true;
	EXPECT(hear(&all, 5000, 2, HELLO_HEARD) != NULL, "known links go on");
	nhdp_usable(&all, instant_ms(5000), 9999, true);
	EXPECT(nhdp_find(&all, 9999) == NULL, "a new one finds no room then");
	nhdp_fini(&all);
}

TEST(nhdp_link_belongs_to_whom_it_was_heard_from)
{
	struct address one = golden_address(1), other = golden_address(9);
	struct nhdp all;
	struct nhdp_link *l;

	nhdp_init(&all);
	l = hear(&all, 1000, 5, HELLO_HEARD);
	nhdp_update(&all, instant_ms(1000));
	EXPECT(nhdp_is_owner(l, &one) && !nhdp_is_owner(l, &other), "while it lives");
	EXPECT(!nhdp_is_news(&all, 1, &one, 5), "a HELLO heard before is no news");
	EXPECT(nhdp_is_news(&all, 1, &one, 6), "the next one is");
	nhdp_update(&all, instant_ms(30000));
	nhdp_fini(&all);
}
