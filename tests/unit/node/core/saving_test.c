/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

static struct medium m;

static unsigned frames_of_a_minute(unsigned node)
{
	unsigned before = m.sent[node];

	medium_run(&m, instant_add_ms(m.now, 60000));
	return m.sent[node] - before;
}

/* Two neighbours with HELLOs as in life, of whom the second saves power. */
static void saver(const struct rng *rng)
{
	medium_begin_paced(&m, 2, rng_u64(rng), false, 0);
	medium_join(&m, 0, 1, true);
	EXPECT(medium_until_reached(&m, 0, 1, 10000), "neighbours find each other");
	node_saving_set(m.nodes[1], m.now, true);
	medium_run(&m, instant_add_ms(m.now, 60000));
}

TEST(who_saves_power_is_silent_for_longer_and_not_suspected)
{
	struct rng rng = test_rng();
	uint64_t doubts;
	unsigned frames;

	saver(&rng);
	doubts = m.nodes[0]->counters.suspicions;
	frames = frames_of_a_minute(1);
	printf("# frames a minute: %u\n", frames);
	EXPECT(frames <= 25, "beats of four and a half seconds, HELLOs of 32");
	EXPECT(frames_of_a_minute(0) >= 100, "the other one is as ever");
	EXPECT_EQ(m.nodes[0]->counters.suspicions, doubts, "nobody suspects it");
	EXPECT(medium_ping(&m, 0, 1, 100), "and it answers at once");
	node_saving_set(m.nodes[1], m.now, false);
	medium_run(&m, instant_add_ms(m.now, 10000));
	EXPECT(frames_of_a_minute(1) >= 100, "until it saves no more");
	medium_fini(&m);
}

TEST(who_saves_power_on_a_link_that_loses_frames_is_kept)
{
	struct rng rng = test_rng();
	unsigned doubts;

	saver(&rng);
	m.loss_ppm = 100000;
	medium_run(&m, instant_add_ms(m.now, 60000));
	doubts = (unsigned)m.nodes[0]->counters.suspicions;
	for (unsigned i = 0; i < 10; i++) {
		medium_run(&m, instant_add_ms(m.now, 60000));
		EXPECT(medium_reaches(&m, 0, 1) && medium_reaches(&m, 1, 0),
			"a link that works stays up");
	}
	EXPECT(m.nodes[0]->counters.suspicions - doubts < 20, "with few doubts");
	medium_fini(&m);
}

/* Milliseconds until node 0 has no way to node 1 any more. */
static int64_t gone_after(void)
{
	struct instant begun = m.now;

	while (medium_reaches(&m, 0, 1) && instant_since_us(m.now, begun) < 120000000)
		medium_run(&m, instant_add_ms(m.now, 10));
	return instant_since_us(m.now, begun) / 1000;
}

TEST(who_saves_power_and_goes_away_is_missed_at_once_by_who_speaks_to_it)
{
	struct rng rng = test_rng();
	struct address to;
	uint64_t token;

	saver(&rng);
	to = medium_address(&m, 1);
	medium_join(&m, 0, 1, false);
	EXPECT_EQ(node_echo(m.nodes[0], m.now, &to, 64, &token), 0, "a way");
	EXPECT(gone_after() <= 2000, "by frames that nobody acknowledges");
	medium_fini(&m);
	saver(&rng);
	medium_join(&m, 0, 1, false);
	EXPECT(gone_after() <= 30000, "by the others after some of its pauses");
	medium_fini(&m);
}
