/* SPDX-License-Identifier: ISC */
#include "sim/channel/faults.h"

#include "sim/channel/channel.h"
#include "tests/test.h"
#include "tests/unit/sim/channel/drive.h"

enum { SEED_ONE = 5, RUN_MS = 5000 };

TEST(a_fault_that_is_off_draws_no_luck)
{
	struct channel_params p = params_default();
	struct rng_seeded a, b;
	struct rng one = rng_seeded_init(&a, 1), two = rng_seeded_init(&b, 1);

	EXPECT_EQ(faults_late_ns(&p, &one), 0, "not late");
	EXPECT_EQ(faults_again_ns(&p, &one), 0, "not twice");
	EXPECT_EQ(faults_damage(&p, &one), 0, "not damaged");
	EXPECT_EQ(faults_asymmetry_ppm(&p, 1, 0, 1), 0, "not more lossy");
	EXPECT_EQ(faults_beacon_ns(&p, 12345), 12345, "not held back");
	EXPECT_EQ(rng_u64(&one), rng_u64(&two), "the luck is as before");
}

TEST(damage_changes_at_least_one_byte_and_at_most_four)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < 5000; i++) {
		uint8_t frame[64] = { 0 }, again[64] = { 0 };
		size_t len = 1 + rng_below(&rng, sizeof(frame)), changed = 0;
		uint64_t damage = rng_u64(&rng) | 1;

		channel_damage(frame, len, damage);
		channel_damage(again, len, damage);
		for (size_t k = 0; k < sizeof(frame); k++) {
			changed += frame[k] != 0;
			EXPECT(k < len || frame[k] == 0, "nothing behind the end");
		}
		EXPECT(changed >= 1 && changed <= 4, "one to four bytes");
		EXPECT(memcmp(frame, again, sizeof(frame)) == 0, "always the same ones");
	}
}

TEST(no_damage_and_no_frame_change_nothing)
{
	uint8_t frame[2] = { 1, 2 };

	channel_damage(frame, 2, 0);
	channel_damage(frame, 0, 77);
	EXPECT(frame[0] == 1 && frame[1] == 2, "as before");
}

TEST(the_two_directions_of_a_link_differ_by_a_part_that_stays)
{
	struct channel_params p = params_default();
	uint64_t sum = 0, same = 0;

	p.asymmetry_ppm = 200000;
	for (uint32_t i = 0; i < 1000; i++) {
		uint64_t there = faults_asymmetry_ppm(&p, 99, i, i + 1);
		uint64_t back = faults_asymmetry_ppm(&p, 99, i + 1, i);

		EXPECT(there <= 200000 && back <= 200000, "never above the value");
		EXPECT_EQ(there, faults_asymmetry_ppm(&p, 99, i, i + 1), "once for all");
		same += there == back;
		sum += there;
	}
	EXPECT(same < 10, "each direction has its own");
	EXPECT(near_percent(sum / 1000, 100000, 10), "half of it in the middle");
}

static struct channel_counters run(struct drive *d, const struct channel_params *p)
{
	drive_init(d, p, 2, SEED_ONE);
	drive_line(d);
	d->traffic[0] = (struct traffic){ 1, 500 };
	drive_run(d, RUN_MS);
	return channel_counters(&d->ch, 1);
}

TEST(faults_come_as_often_as_they_are_set)
{
	struct channel_params p = params_default();
	struct channel_counters c;
	struct drive d;

	p.duplicate_ppm = 100000;
	p.reorder_ppm = 200000;
	p.corrupt_ppm = 50000;
	c = run(&d, &p);
	EXPECT(near_percent(c.duplicates, c.rx_frames / 10, 10), "a tenth twice");
	EXPECT(near_percent(c.reordered, c.rx_frames / 5, 10), "a fifth late");
	EXPECT(near_percent(c.corrupted, (c.rx_frames + c.duplicates) / 20, 10),
		"a twentieth damaged, each delivery for itself");
	EXPECT(near_percent(d.arrived[0], c.rx_frames + c.duplicates, 1),
		"what is doubled is delivered twice");
	EXPECT_EQ(d.failed[0], 0, "the sender does not notice");
	drive_fini(&d);
}

TEST(asymmetry_adds_to_the_loss)
{
	struct channel_params p = params_default();
	struct channel_counters c;
	struct drive d;
	uint64_t more;

	p.loss_ppm = 100000;
	p.asymmetry_ppm = 500000;
	c = run(&d, &p);
	more = faults_asymmetry_ppm(&p, d.ch.salt, 0, 1);
	EXPECT(d.ch.salt != 0, "it has a salt");
	EXPECT(near_percent(
		       c.losses * 1000000 / (c.losses + c.rx_frames), 100000 + more, 10),
		"both together");
	drive_fini(&d);
}

/* Sends one frame from 0 at 1 ms and says when 1 has it. */
static int64_t arrival_us(const struct channel_params *p, uint32_t to, bool dozes)
{
	struct channel_frame f = { 1, to, 100, NULL };
	struct channel_event e = { 0 };
	struct drive d;
	int64_t at = -1;

	drive_init(&d, p, 2, SEED_ONE);
	drive_line(&d);
	channel_doze(&d.ch, 1, dozes);
	EXPECT_EQ(channel_send(&d.ch, instant_ms(1), 0, &f), CHANNEL_QUEUED, "it goes");
	channel_tick(&d.ch, instant_ms(5000));
	while (channel_take(&d.ch, &e))
		if (e.kind == CHANNEL_DELIVERY)
			at = e.at.us;
	EXPECT_EQ(e.kind, CHANNEL_DONE, "done is last");
	drive_fini(&d);
	return at;
}

TEST(who_dozes_receives_at_the_next_beacon)
{
	struct channel_params p = params_default();

	p.beacon_us = 102400;
	EXPECT_EQ(arrival_us(&p, CHANNEL_BROADCAST, true), 102400, "a broadcast");
	EXPECT_EQ(arrival_us(&p, 1, true), 102400, "a frame of its own");
	EXPECT(arrival_us(&p, 1, false) < 3000, "who is awake receives at once");
	p.beacon_us = 0;
	EXPECT(arrival_us(&p, 1, true) < 3000, "without beacons dozing is nothing");
}

TEST(a_late_frame_is_overtaken)
{
	struct channel_params p = params_default();
	struct channel_event e;
	struct drive d;
	uint64_t last = 0, backwards = 0, taken = 0;

	p.reorder_ppm = 300000;
	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	for (uint64_t i = 0; i < 100; i++) {
		struct channel_frame f = { i, 1, 100, NULL };

		EXPECT_EQ(channel_send(&d.ch, instant_ms((int64_t)i), 0, &f),
			CHANNEL_QUEUED, "it goes");
	}
	channel_tick(&d.ch, instant_ms(1000));
	while (channel_take(&d.ch, &e)) {
		if (e.kind != CHANNEL_DELIVERY)
			continue;
		backwards += e.cookie < last;
		last = e.cookie;
		taken++;
	}
	EXPECT_EQ(taken, 100, "all arrive");
	EXPECT(backwards > 10, "many out of order");
	EXPECT(channel_counters(&d.ch, 1).reordered > 10, "and are counted");
	drive_fini(&d);
}
