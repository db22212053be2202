/* SPDX-License-Identifier: ISC */
/* The model against the formulae of its own parameters. */
#include "sim/channel/channel.h"

#include "tests/test.h"
#include "tests/unit/sim/channel/drive.h"

enum { SEED_ONE = 11, RUN_MS = 20000 };

/* Mean time of one try in nanoseconds when one node alone always has something to
 * send. */
static uint64_t cycle_ns(
	const struct channel_params *p, uint64_t len, uint64_t window, bool broadcast)
{
	return p->difs_us * 1000 + window * p->slot_us * 1000 / 2 +
	       (uint64_t)channel_airtime_ns(p, len, broadcast);
}

TEST(a_frame_of_1514_bytes_takes_796_us_when_saturated)
{
	struct channel_params p = params_default();

	EXPECT_EQ(cycle_ns(&p, 1514, 15, false), 795900, "34 + 67.5 + 80 + 614.4 us");
}

TEST(one_saturated_sender_reaches_the_rate_of_the_formula_at_every_size)
{
	static const uint32_t lengths[] = { 60, 200, 576, 1000, 1514, 2304, 9000 };

	for (size_t i = 0; i < array_len(lengths); i++) {
		struct channel_params p = params_default();
		uint64_t wanted =
			RUN_MS * 1000000ull / cycle_ns(&p, lengths[i], 15, false);
		struct drive d;

		drive_init(&d, &p, 2, SEED_ONE);
		drive_line(&d);
		d.traffic[0] = (struct traffic){ 1, lengths[i] };
		drive_run(&d, RUN_MS);
		EXPECT(near_percent(d.arrived[0], wanted, 2),
			"within 2 % of the formula");
		EXPECT_EQ(d.failed[0], 0, "nothing fails on a clean link");
		drive_fini(&d);
	}
}

TEST(broadcast_goes_at_its_own_rate_without_acknowledgement)
{
	struct channel_params p = params_default();
	uint64_t wanted = RUN_MS * 1000000ull / cycle_ns(&p, 1000, 15, true);
	struct drive d;

	drive_init(&d, &p, 4, SEED_ONE);
	drive_full(&d);
	d.traffic[0] = (struct traffic){ CHANNEL_BROADCAST, 1000 };
	drive_run(&d, RUN_MS);
	EXPECT(near_percent(d.done[0], wanted, 2), "within 2 % of the formula");
	EXPECT(near_percent(d.arrived[0], 3 * wanted, 2),
		"each of three hears each frame");
	drive_fini(&d);
}

TEST(a_link_has_a_rate_of_its_own)
{
	struct channel_params p = params_default(), slow = p;
	struct drive d;

	slow.unicast_bps = 5000000;
	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	links_quality(&d.ch.links, 0, 1)->rate_bps = 5000000;
	d.traffic[0] = (struct traffic){ 1, 1514 };
	drive_run(&d, RUN_MS);
	EXPECT(near_percent(d.arrived[0],
		       RUN_MS * 1000000ull / cycle_ns(&slow, 1514, 15, false), 2),
		"as if the channel had that rate");
	drive_fini(&d);
}

TEST(tries_and_residual_loss_follow_the_loss_of_a_try)
{
	static const struct {
		uint64_t loss_ppm, retries;
	} rows[] = { { 50000, 7 }, { 100000, 3 }, { 300000, 2 }, { 500000, 1 },
		{ 300000, 0 } };

	for (size_t i = 0; i < array_len(rows); i++) {
		struct channel_params p = params_default();
		uint64_t residual_ppm = 1000000, tries_ppm = 0;
		struct drive d;

		p.loss_ppm = rows[i].loss_ppm;
		p.retries = rows[i].retries;
		for (uint64_t k = 0; k <= p.retries; k++) {
			tries_ppm += residual_ppm;
			residual_ppm = residual_ppm * p.loss_ppm / 1000000;
		}
		drive_init(&d, &p, 2, SEED_ONE + i);
		drive_line(&d);
		d.traffic[0] = (struct traffic){ 1, 200 };
		drive_run(&d, 60000);
		EXPECT(near_percent(d.tries[0], d.done[0] * tries_ppm / 1000000, 2),
			"the mean number of tries is (1 - p^(r+1)) / (1 - p)");
		if (residual_ppm > 20000)
			EXPECT(near_percent(d.failed[0],
				       d.done[0] * residual_ppm / 1000000, 3),
				"what fails is p^(r+1)");
		else
			EXPECT(d.failed[0] <= d.done[0] * residual_ppm / 1000000 * 2 + 5,
				"almost nothing fails");
		drive_fini(&d);
	}
}

TEST(retries_double_the_window)
{
	struct channel_params p = params_default();
	uint64_t ns = 0, window = 15;
	struct drive d;

	/* Every try is lost: 8 tries with windows 15, 31, ... 1023, 1023. */
	for (unsigned i = 0; i < 8; i++) {
		ns += cycle_ns(&p, 500, window, false);
		window = window * 2 + 1 < 1023 ? window * 2 + 1 : 1023;
	}
	p.loss_ppm = 1000000;
	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	d.traffic[0] = (struct traffic){ 1, 500 };
	drive_run(&d, 600000);
	EXPECT(near_percent(d.failed[0], 600000000000ull / ns, 2),
		"within 2 % of the sum");
	EXPECT_EQ(d.tries[0], 8 * d.failed[0], "a frame is tried eight times");
	drive_fini(&d);
}

TEST(bit_errors_cost_long_frames_more)
{
	/* (1 - 2e-5)^(8 * (len + 22)) in ppm */
	static const struct {
		uint32_t len;
		uint64_t survive_ppm;
	} rows[] = { { 60, 986965 }, { 500, 919871 }, { 1514, 782107 },
		{ 2304, 689241 } };

	for (size_t i = 0; i < array_len(rows); i++) {
		struct channel_params p = params_default();
		struct drive d;

		p.ber_e9 = 20000;
		p.retries = 0;
		drive_init(&d, &p, 2, SEED_ONE);
		drive_line(&d);
		d.traffic[0] = (struct traffic){ 1, rows[i].len };
		drive_run(&d, 60000);
		EXPECT(near_percent(d.arrived[0],
			       d.done[0] * rows[i].survive_ppm / 1000000, 1),
			"the share that survives is (1 - ber)^bits");
		drive_fini(&d);
	}
}

TEST(two_saturated_senders_share_fairly)
{
	struct channel_params p = params_default();
	uint64_t alone = RUN_MS * 1000000ull / cycle_ns(&p, 1514, 15, false);
	struct drive d;

	drive_init(&d, &p, 3, SEED_ONE);
	drive_full(&d);
	d.traffic[0] = (struct traffic){ 2, 1514 };
	d.traffic[1] = (struct traffic){ 2, 1514 };
	drive_run(&d, RUN_MS);
	EXPECT(near_percent(d.arrived[0], d.arrived[1], 3), "equal shares");
	EXPECT(near_percent(d.arrived[0] + d.arrived[1], alone, 6),
		"the sum is what one has alone, give or take collisions and shorter "
		"waits");
	EXPECT(channel_counters(&d.ch, 2).collisions > 0,
		"equal draws collide now and then");
	drive_fini(&d);
}

/* Two stations that always send, windows drawn anew each time: chance that both draw
 * the same of 16 slots at once is near 1/16 of the rounds at the first stage; the
 * fixed point of Bianchi (2000) for two stations, W = 16, no retry: p = 2 / 17. */
TEST(collisions_of_two_senders_without_retries_fit_bianchi)
{
	struct channel_params p = params_default();
	struct drive d;
	uint64_t hit;

	p.retries = 0;
	drive_init(&d, &p, 3, SEED_ONE);
	drive_full(&d);
	d.traffic[0] = (struct traffic){ 2, 1000 };
	d.traffic[1] = (struct traffic){ 2, 1000 };
	drive_run(&d, 60000);
	hit = channel_counters(&d.ch, 2).collisions * 1000000 / (d.done[0] + d.done[1]);
	EXPECT(hit > 100000 && hit < 135000, "2/17 = 118,000 ppm of the tries collide");
	drive_fini(&d);
}

TEST(nodes_three_apart_on_a_line_send_at_once)
{
	struct channel_params p = params_default();
	uint64_t alone = RUN_MS * 1000000ull / cycle_ns(&p, 1514, 15, false);
	struct drive d;

	drive_init(&d, &p, 6, SEED_ONE);
	drive_line(&d);
	d.traffic[0] = (struct traffic){ 1, 1514 };
	d.traffic[3] = (struct traffic){ 4, 1514 };
	drive_run(&d, RUN_MS);
	EXPECT(near_percent(d.arrived[0], alone, 2),
		"the first has the channel for itself");
	EXPECT(near_percent(d.arrived[3], alone, 2), "so has the other");
	EXPECT_EQ(channel_counters(&d.ch, 4).collisions, 0, "and they do not collide");
	drive_fini(&d);
}

TEST(nodes_two_apart_share_the_channel)
{
	struct channel_params p = params_default();
	uint64_t alone = RUN_MS * 1000000ull / cycle_ns(&p, 1514, 15, false);
	struct drive d;

	drive_init(&d, &p, 6, SEED_ONE);
	drive_line(&d);
	d.traffic[0] = (struct traffic){ 1, 1514 };
	d.traffic[2] = (struct traffic){ 3, 1514 };
	drive_run(&d, RUN_MS);
	EXPECT(near_percent(d.arrived[0] + d.arrived[2], alone, 6),
		"one channel for both");
	drive_fini(&d);
}

TEST(hidden_terminals_appear_when_only_neighbours_are_sensed)
{
	struct channel_params p = params_default();
	uint64_t hidden = 0, sensed = 0;
	struct drive d;

	for (unsigned hops = 1; hops <= 2; hops++) {
		p.sense_hops = hops;
		drive_init(&d, &p, 3, SEED_ONE);
		drive_line(&d);
		d.traffic[0] = (struct traffic){ 1, 1514 };
		d.traffic[2] = (struct traffic){ 1, 1514 };
		drive_run(&d, RUN_MS);
		*(hops == 1 ? &hidden : &sensed) = channel_counters(&d.ch, 1).collisions;
		drive_fini(&d);
	}
	EXPECT(hidden > 3 * sensed,
		"most of the tries of hidden senders destroy each other");
}

TEST(placed_nodes_hear_within_range_and_sense_within_twice_of_it)
{
	struct channel_params p = params_default();
	uint64_t alone = RUN_MS * 1000000ull / cycle_ns(&p, 1514, 15, false);
	struct drive d;

	p.range_mm = 100000;
	drive_init(&d, &p, 4, SEED_ONE);
	for (uint32_t i = 0; i < 4; i++)
		links_place(&d.ch.links, i, i * 90000, 0);
	d.traffic[0] = (struct traffic){ 1, 1514 };
	d.traffic[3] = (struct traffic){ 2, 1514 };
	drive_run(&d, RUN_MS);
	EXPECT(near_percent(d.arrived[0], alone, 2), "270 m away nothing is sensed");
	links_place(&d.ch.links, 3, 195000, 0);
	channel_counters_reset(&d.ch);
	d.arrived[0] = d.arrived[3] = 0;
	drive_run(&d, RUN_MS);
	EXPECT(d.arrived[0] + d.arrived[3] < alone * 5 / 4,
		"195 m away it is, but for equal draws, which do no harm at 105 m");
	drive_fini(&d);
}

TEST(a_full_queue_drops_and_counts)
{
	struct channel_params p = params_default();
	struct channel_frame f = { 1, 1, 1000, NULL };
	struct drive d;
	unsigned queued = 0;

	p.queue_frames = 10;
	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	for (unsigned i = 0; i < 25; i++)
		queued += channel_send(&d.ch, instant_us(0), 0, &f) == CHANNEL_QUEUED;
	EXPECT_EQ(queued, 10, "as many as the queue holds");
	EXPECT_EQ(channel_counters(&d.ch, 0).drops_queue_full, 15, "the rest is counted");
	EXPECT_EQ(channel_counters(&d.ch, 0).queued, 10, "they wait");
	f.len = 0;
	EXPECT_EQ(channel_send(&d.ch, instant_us(0), 0, &f), CHANNEL_BAD_LENGTH,
		"no bytes");
	f.len = CHANNEL_FRAME_MAX + 1;
	EXPECT_EQ(channel_send(&d.ch, instant_us(0), 0, &f), CHANNEL_BAD_LENGTH,
		"too long");
	EXPECT_EQ(channel_counters(&d.ch, 0).drops_bad_length, 2, "both are counted");
	drive_fini(&d);
}

TEST(a_delay_comes_after_the_airtime_and_done_after_the_delivery)
{
	struct channel_params p = params_default();
	struct channel_frame f = { 77, 1, 1514, NULL };
	struct channel_event e;
	struct drive d;

	p.delay_us = 5000;
	p.cw_min = 0;
	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	EXPECT_EQ(channel_send(&d.ch, instant_us(100), 0, &f), CHANNEL_QUEUED, "it fits");
	EXPECT_EQ(channel_deadline(&d.ch).us, 100, "idle for long, so at once");
	channel_tick(&d.ch, instant_us(100 + 634 + 5000));
	EXPECT(!channel_take(&d.ch, &e), "not before preamble, bits and delay");
	EXPECT_EQ(channel_deadline(&d.ch).us, 100 + 635 + 5000, "634.4 us, rounded up");
	channel_tick(&d.ch, instant_us(100 + 635 + 5000));
	EXPECT(channel_take(&d.ch, &e) && e.kind == CHANNEL_DELIVERY,
		"the delivery first");
	EXPECT(e.node == 0 && e.to == 1 && e.cookie == 77, "from, to and cookie");
	EXPECT(channel_take(&d.ch, &e) && e.kind == CHANNEL_DONE, "then done");
	EXPECT(e.delivered && e.tries == 1 && e.airtime_us == 694,
		"with tries and airtime");
	EXPECT(!channel_take(&d.ch, &e), "and nothing more");
	EXPECT_EQ(channel_deadline(&d.ch).us, NEVER.us, "the channel sleeps");
	drive_fini(&d);
}

TEST(tries_are_reported_when_asked_for)
{
	struct channel_params p = params_default();
	struct channel_frame f = { 5, 1, 100, NULL };
	struct channel_event e;
	struct drive d;

	p.loss_ppm = 1000000;
	p.retries = 2;
	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	channel_report_tries(&d.ch, true);
	channel_send(&d.ch, instant_us(0), 0, &f);
	channel_tick(&d.ch, instant_ms(100));
	for (unsigned i = 1; i <= 3; i++)
		EXPECT(channel_take(&d.ch, &e) && e.kind == CHANNEL_TRY && e.tries == i,
			"each try in its order");
	EXPECT(channel_take(&d.ch, &e) && e.kind == CHANNEL_DONE && !e.delivered,
		"the end");
	drive_fini(&d);
}

TEST(a_cut_link_carries_nothing_and_a_joined_one_carries_again)
{
	struct channel_params p = params_default();
	struct drive d;
	uint64_t before;

	drive_init(&d, &p, 3, SEED_ONE);
	drive_line(&d);
	d.traffic[0] = (struct traffic){ 1, 1000 };
	drive_run(&d, 1000);
	before = d.arrived[0];
	EXPECT(before > 1000, "it carries");
	links_cut(&d.ch.links, 0, 1);
	drive_run(&d, 1000);
	EXPECT_EQ(d.arrived[0], before, "also not the frame that was on the air");
	EXPECT(channel_counters(&d.ch, 0).unreachable > 8,
		"tries towards nobody are counted");
	EXPECT(channel_counters(&d.ch, 0).drops_retry_limit > 1, "and given up");
	links_join(&d.ch.links, 0, 1);
	drive_run(&d, 1000);
	EXPECT(d.arrived[0] > before + 1000, "it carries again");
	drive_fini(&d);
}

TEST(a_link_cut_under_a_frame_on_the_air_takes_that_frame)
{
	struct channel_params p = params_default();
	struct channel_frame f = { 1, 1, 1514, NULL };
	struct drive d;

	p.cw_min = 0;
	p.retries = 0;
	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	EXPECT_EQ(channel_send(&d.ch, instant_us(0), 0, &f), CHANNEL_QUEUED, "it fits");
	channel_tick(&d.ch, instant_us(300));
	EXPECT_EQ(d.ch.nodes[0].radio, CHANNEL_SENDING, "half of it is out");
	links_cut(&d.ch.links, 0, 1);
	channel_tick(&d.ch, instant_us(310));
	links_join(&d.ch.links, 0, 1);
	channel_tick(&d.ch, instant_ms(10));
	EXPECT_EQ(
		channel_counters(&d.ch, 1).rx_frames, 0, "lost, though the link is back");
	EXPECT_EQ(channel_counters(&d.ch, 0).unreachable, 1, "and counted");
	EXPECT_EQ(channel_counters(&d.ch, 0).drops_retry_limit, 1, "and counted");
	drive_fini(&d);
}

TEST(changing_links_under_traffic_leaves_the_sensing_right)
{
	struct channel_params p = params_default();
	struct drive d;

	drive_init(&d, &p, 8, SEED_ONE);
	drive_line(&d);
	for (uint32_t i = 0; i < 8; i++)
		d.traffic[i] = (struct traffic){ i ^ 1, 700 };
	for (unsigned i = 0; i < 300; i++) {
		uint32_t a = i % 7;

		if (i & 1)
			links_join(&d.ch.links, a, a + 1);
		else
			links_cut(&d.ch.links, a, a + 1);
		drive_run(&d, 3);
	}
	for (uint32_t i = 0; i < 8; i++)
		d.traffic[i].len = 0;
	drive_run(&d, 10000);
	for (uint32_t i = 0; i < 8; i++) {
		EXPECT_EQ(d.ch.nodes[i].busy, 0, "nobody senses anything in silence");
		EXPECT_EQ(d.ch.nodes[i].audible, 0, "nobody hears anything in silence");
		EXPECT_EQ(d.ch.nodes[i].rx_from, UINT32_MAX, "nobody receives");
		EXPECT_EQ(channel_counters(&d.ch, i).queued, 0, "everything went out");
	}
	drive_fini(&d);
}

TEST(counters_add_up_on_a_lossy_link)
{
	struct channel_params p = params_default();
	struct channel_counters a, b;
	struct drive d;

	p.loss_ppm = 200000;
	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	d.traffic[0] = (struct traffic){ 1, 1000 };
	drive_run(&d, 10000);
	d.traffic[0].len = 0;
	drive_run(&d, 1000);
	a = channel_counters(&d.ch, 0);
	b = channel_counters(&d.ch, 1);
	EXPECT_EQ(a.bytes, a.frames * 1000, "bytes once a frame");
	EXPECT_EQ(a.tries, a.frames + a.retries, "tries are frames and retries");
	EXPECT_EQ(
		a.tries, b.rx_frames + b.losses + b.collisions, "each try ends somehow");
	EXPECT_EQ(a.frames, a.delivered + a.drops_retry_limit, "each frame ends somehow");
	EXPECT_EQ(a.airtime_us, a.tries * 4888 / 10, "20 + 408.8 + 60 us a try");
	EXPECT_EQ(a.busy_us, a.airtime_us, "alone, busy is what it sends");
	EXPECT_EQ(b.busy_us, a.airtime_us, "and what the other senses");
	channel_counters_reset(&d.ch);
	EXPECT_EQ(channel_counters(&d.ch, 0).tries, 0, "reset");
	EXPECT_EQ(channel_counters(&d.ch, 1).busy_us, 0, "reset");
	drive_fini(&d);
}

static uint64_t busy_world(uint64_t seed)
{
	struct channel_params p = params_default();
	struct drive d;
	uint64_t digest;

	p.loss_ppm = 100000;
	p.ber_e9 = 3000;
	drive_init(&d, &p, 24, seed);
	drive_line(&d);
	for (uint32_t i = 0; i < 24; i++)
		d.traffic[i] = (struct traffic){ i % 5 ? (i + 1) % 24 : CHANNEL_BROADCAST,
			60 + 61 * i };
	drive_run(&d, 3000);
	digest = d.digest;
	drive_fini(&d);
	return digest;
}

TEST(the_same_seed_gives_the_same_events_and_another_seed_others)
{
	EXPECT_EQ(busy_world(42), busy_world(42), "twice the same");
	EXPECT(busy_world(42) != busy_world(43), "other luck, other events");
}

TEST(all_compilers_and_levels_give_the_same_digest)
{
	EXPECT_EQ(busy_world(42), 0x332711578f93ebce, "the digest written here");
}

/* 54 Mbit/s twice, then 6 Mbit/s thrice. */
static const struct rates two_rates = { { { { 54000, 22 }, 2 }, { { 6000, 4 }, 3 } }, 2 };

TEST(a_frame_with_rates_of_its_own_is_on_the_air_as_they_say)
{
	struct channel_params p = params_default();
	struct drive d;
	/* 1500 bytes and 4 of the check, at 54 Mbit/s. */
	uint64_t ns = p.difs_us * 1000 + 67500 + 20000 + 8 * 1504 * 1000 / 54 + 60000;

	p.signal_db = 60;
	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	d.rates = &two_rates;
	d.traffic[0] = (struct traffic){ 1, 1500 };
	drive_run(&d, RUN_MS);
	EXPECT(near_percent(d.arrived[0], RUN_MS * 1000000ull / ns, 2), "54 Mbit/s");
	EXPECT_EQ(d.tries[0], d.done[0], "which -60 dBm is enough for");
	drive_fini(&d);
}

TEST(what_is_too_faint_for_one_rate_comes_through_at_the_next)
{
	struct channel_params p = params_default();
	struct drive d;

	p.signal_db = 80;
	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	d.rates = &two_rates;
	d.traffic[0] = (struct traffic){ 1, 1500 };
	drive_run(&d, RUN_MS);
	EXPECT_EQ(d.failed[0], 0, "all arrive");
	EXPECT_EQ(d.tries[0], 3 * d.done[0],
		"each by its third try, the first at 6 Mbit/s");
	drive_fini(&d);
	p.signal_db = 95;
	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	d.rates = &two_rates;
	d.traffic[0] = (struct traffic){ 1, 1500 };
	drive_run(&d, RUN_MS);
	EXPECT_EQ(d.arrived[0], 0, "too faint for both");
	EXPECT_EQ(d.tries[0], 5 * d.failed[0], "two and three tries");
	drive_fini(&d);
}

TEST(events_of_a_frame_with_rates_tell_the_signal_where_it_is_heard)
{
	struct channel_params p = params_default();
	struct channel_frame f = { 1, 1, 100, &two_rates };
	struct channel_event e;
	struct drive d;

	drive_init(&d, &p, 3, SEED_ONE);
	drive_line(&d);
	channel_report_tries(&d.ch, true);
	links_quality(&d.ch.links, 0, 1)->signal_db = 61;
	links_quality(&d.ch.links, 1, 0)->signal_db = 64;
	EXPECT_EQ(channel_send(&d.ch, instant_us(0), 0, &f), CHANNEL_QUEUED, "it fits");
	channel_tick(&d.ch, instant_ms(100));
	EXPECT(channel_take(&d.ch, &e) && e.kind == CHANNEL_TRY && e.signal_db == 61,
		"the try, as the receiver hears it");
	EXPECT(channel_take(&d.ch, &e) && e.kind == CHANNEL_DELIVERY && e.signal_db == 61,
		"so is it delivered");
	EXPECT(channel_take(&d.ch, &e) && e.kind == CHANNEL_DONE && e.signal_db == 64,
		"and done, as the sender hears the other");
	f.to = CHANNEL_BROADCAST;
	EXPECT_EQ(channel_send(&d.ch, instant_ms(200), 1, &f), CHANNEL_QUEUED, "it fits");
	channel_tick(&d.ch, instant_ms(300));
	EXPECT(channel_take(&d.ch, &e) && e.kind == CHANNEL_TRY && e.signal_db == 50,
		"a broadcast, as the best one hears it");
	drive_fini(&d);
}

TEST(a_frame_to_its_sender_is_tried_in_vain)
{
	struct channel_params p = params_default();
	struct drive d;

	drive_init(&d, &p, 2, SEED_ONE);
	drive_line(&d);
	d.rates = &two_rates;
	d.traffic[0] = (struct traffic){ 0, 100 };
	drive_run(&d, 1000);
	EXPECT(d.done[0] > 100 && d.failed[0] == d.done[0], "none is delivered");
	EXPECT_EQ(d.tries[0], 5 * d.done[0], "with all its tries");
	EXPECT_EQ(d.arrived[0], 0, "nobody gets it");
	drive_fini(&d);
}
