/* SPDX-License-Identifier: ISC */
/*
 * Random worlds on the channel: whatever the topology, the traffic and the loss, every
 * frame and every try ends in exactly one way, and who senses somebody else's
 * transmission does not begin one of its own, but for the slot in which nobody can know.
 */
#include "node/base/mem.h"
#include "sim/channel/channel.h"
#include "tests/test.h"

enum { WORLDS = 60, NODES_MOST = 40, FRAMES_MOST = 60 };

struct sums {
	uint64_t accepted, done, delivered, failed;
	uint64_t unicast_tries, broadcast_receptions;
	uint64_t deliveries, damaged;
};

/* What frames bring of their own; no frame has more tries than its table. */
static const struct rates tables[] = {
	{ { { { 54000, 22 }, 2 }, { { 24000, 12 }, 3 }, { { 6000, 4 }, 1 } }, 3 },
	{ { { { 1000, 1 }, 1 } }, 1 },
	{ { { { 130000, 28 }, 4 }, { { 6500, 5 }, 8 } }, 2 },
};

/* One try on the air, for the check of overlaps. */
struct on_air {
	int64_t from_us, to_us;
};

struct world {
	struct channel ch;
	struct rng_seeded luck;
	struct rng rng;
	uint32_t nodes;
	struct sums sums;
	uint64_t cookie;
	uint32_t *cookie_len; /* by cookie */
	bool *cookie_done;
	const struct rates **cookie_rates; /* NULL: the channel's */
	struct on_air *air[NODES_MOST];
	size_t air_count[NODES_MOST], air_room[NODES_MOST];
};

static void links_draw(struct world *w)
{
	bool placed = rng_below(&w->rng, 2) == 0;

	for (uint32_t i = 0; i < w->nodes; i++) {
		if (placed)
			links_place(&w->ch.links, i, (int64_t)rng_below(&w->rng, 400000),
				(int64_t)rng_below(&w->rng, 400000));
		for (unsigned k = 0; !placed && k < 2 && w->nodes > 1; k++) {
			uint32_t to = (uint32_t)rng_below(&w->rng, w->nodes);

			if (to == i)
				continue;
			links_join(&w->ch.links, i, to);
			links_join(&w->ch.links, to, i);
			links_quality(&w->ch.links, i, to)->loss_ppm =
				(uint32_t)rng_below(&w->rng, 500000);
		}
	}
}

/* Half of the worlds have them. */
static void faults_draw(struct world *w, struct channel_params *p)
{
	if (rng_below(&w->rng, 2) == 0)
		return;
	p->asymmetry_ppm = rng_below(&w->rng, 300000);
	p->duplicate_ppm = rng_below(&w->rng, 300000);
	p->reorder_ppm = rng_below(&w->rng, 300000);
	p->corrupt_ppm = rng_below(&w->rng, 100000);
	p->beacon_us = rng_below(&w->rng, 200000);
}

static void world_init(struct world *w, uint64_t seed)
{
	struct channel_params p = params_default();

	*w = (struct world){ 0 };
	w->rng = rng_seeded_init(&w->luck, seed);
	w->nodes = 1 + (uint32_t)rng_below(&w->rng, NODES_MOST);
	w->cookie_len = mem_array(NODES_MOST * FRAMES_MOST, sizeof(w->cookie_len[0]));
	w->cookie_done = mem_array(NODES_MOST * FRAMES_MOST, sizeof(w->cookie_done[0]));
	w->cookie_rates = mem_array(NODES_MOST * FRAMES_MOST, sizeof(w->cookie_rates[0]));
	p.loss_ppm = rng_below(&w->rng, 400000);
	p.ber_e9 = rng_below(&w->rng, 20000);
	p.retries = rng_below(&w->rng, 8);
	p.queue_frames = 1 + rng_below(&w->rng, 20);
	p.sense_hops = 1 + rng_below(&w->rng, 3);
	p.delay_us = rng_below(&w->rng, 3000);
	p.range_mm = 100000;
	faults_draw(w, &p);
	channel_init(&w->ch, &p, w->nodes, w->rng);
	channel_report_tries(&w->ch, true);
	links_draw(w);
	for (uint32_t i = 0; i < w->nodes; i++) {
		channel_doze(&w->ch, i, rng_below(&w->rng, 3) == 0);
		links_part(&w->ch.links, i, rng_below(&w->rng, 8) == 0);
	}
}

static void world_fini(struct world *w)
{
	channel_fini(&w->ch);
	mem_free(w->cookie_len);
	mem_free(w->cookie_done);
	mem_free(w->cookie_rates);
	for (uint32_t i = 0; i < NODES_MOST; i++)
		mem_free(w->air[i]);
}

/* Of one try, its acknowledgement included. */
static int64_t airtime_ns(const struct world *w, const struct channel_event *e)
{
	const struct channel_params *p = &w->ch.params;
	const struct rates *r = w->cookie_rates[e->cookie];
	uint64_t len = w->cookie_len[e->cookie], ns = 0;

	if (!r)
		return channel_airtime_ns(p, len, e->to == CHANNEL_BROADCAST);
	EXPECT(e->tries <= rates_tries(r), "no more tries than the table has");
	ns = p->preamble_us * 1000 + 8 * (len + RATES_CHECK_BYTES) * 1000000 /
					     r->step[rates_place(r, e->tries)].rate.kbps;
	return (int64_t)(e->to == CHANNEL_BROADCAST ? ns : ns + p->ack_us * 1000);
}

static void try_note(struct world *w, const struct channel_event *e)
{
	bool broadcast = e->to == CHANNEL_BROADCAST;
	uint32_t n = e->node;
	int64_t ns = airtime_ns(w, e);

	if (broadcast)
		w->sums.broadcast_receptions += w->ch.links.nodes[n].hearer_count;
	else
		w->sums.unicast_tries++;
	mem_grow(w->air[n], w->air_count[n], w->air_room[n]);
	w->air[n][w->air_count[n]++] = (struct on_air){ e->at.us, e->at.us + ns / 1000 };
}

static void take_all(struct world *w)
{
	struct channel_event e;

	while (channel_take(&w->ch, &e)) {
		if (e.kind == CHANNEL_TRY)
			try_note(w, &e);
		EXPECT(!w->cookie_done[e.cookie], "nothing comes after done");
		w->sums.deliveries += e.kind == CHANNEL_DELIVERY;
		w->sums.damaged += e.damage != 0;
		if (e.kind != CHANNEL_DONE)
			continue;
		w->cookie_done[e.cookie] = true;
		w->sums.done++;
		w->sums.delivered += e.delivered;
		w->sums.failed += !e.delivered;
	}
}

static void traffic_offer(struct world *w)
{
	struct instant now = instant_us(0);
	bool real = rng_below(&w->rng, 2) == 0; /* radios with rates of their own */

	for (uint32_t k = 0; k < w->nodes * FRAMES_MOST; k++) {
		uint32_t node = (uint32_t)rng_below(&w->rng, w->nodes);
		struct channel_frame f = { w->cookie, CHANNEL_BROADCAST,
			1 + (uint32_t)rng_below(&w->rng, 1600), NULL };

		if (rng_below(&w->rng, 4) > 0)
			f.to = (uint32_t)rng_below(&w->rng, w->nodes);
		if (f.to == node)
			continue;
		now = instant_add_us(now, (int64_t)rng_below(&w->rng, 1200));
		if (real && rng_below(&w->rng, 4) > 0)
			f.rates = &tables[rng_below(&w->rng, array_len(tables))];
		w->cookie_len[w->cookie] = f.len;
		w->cookie_rates[w->cookie] = f.rates;
		if (channel_send(&w->ch, now, node, &f) == CHANNEL_QUEUED) {
			w->cookie++;
			w->sums.accepted++;
		}
		take_all(w);
	}
	while (channel_deadline(&w->ch).us != NEVER.us) {
		channel_tick(&w->ch, channel_deadline(&w->ch));
		take_all(w);
	}
}

static void frames_add_up(const struct world *w)
{
	uint64_t received = 0, ended = 0, full = 0, frames = 0, twice = 0, damaged = 0;

	for (uint32_t i = 0; i < w->nodes; i++) {
		struct channel_counters c = channel_counters(&w->ch, i);

		received += c.rx_frames;
		twice += c.duplicates;
		damaged += c.corrupted;
		ended += c.rx_frames + c.losses + c.collisions + c.unreachable;
		full += c.drops_queue_full;
		frames += c.frames;
		EXPECT_EQ(c.queued, 0, "every queue has run empty");
		EXPECT(c.airtime_us <= c.busy_us + 1, "what a node sends makes it busy");
	}
	EXPECT_EQ(w->sums.accepted, w->sums.done, "each accepted frame is done once");
	EXPECT_EQ(
		w->sums.done, w->sums.delivered + w->sums.failed, "one way or the other");
	EXPECT_EQ(frames, w->sums.accepted, "and was on the air");
	EXPECT_EQ(ended, w->sums.unicast_tries + w->sums.broadcast_receptions,
		"each reception was good, lost, destroyed or out of reach");
	EXPECT_EQ(w->sums.deliveries, received + twice, "all that is good is delivered");
	EXPECT_EQ(w->sums.damaged, damaged, "what is damaged is counted");
	EXPECT(received >= 1 || w->nodes < 3 || full > 0 || ended > 0,
		"the world is alive");
}

/* b senses a: no try of b begins inside one of a, later than the slot. */
static void check_pair(const struct world *w, uint32_t a, uint32_t b)
{
	int64_t slot_us = (int64_t)w->ch.params.slot_us;
	size_t k = 0;

	for (size_t i = 0; i < w->air_count[a]; i++) {
		struct on_air x = w->air[a][i];

		while (k < w->air_count[b] && w->air[b][k].from_us <= x.from_us + slot_us)
			k++;
		EXPECT(k == w->air_count[b] || w->air[b][k].from_us >= x.to_us,
			"who senses a transmission does not begin one");
	}
}

static void nobody_talks_into_others(const struct world *w)
{
	for (uint32_t a = 0; a < w->nodes; a++) {
		const struct links_node *l = &w->ch.links.nodes[a];

		for (size_t i = 0; i < l->senser_count; i++)
			check_pair(w, a, l->sensers[i]);
	}
}

TEST(in_random_worlds_every_frame_ends_once_and_nobody_talks_into_what_it_senses)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < WORLDS; i++) {
		struct world w;

		world_init(&w, rng_u64(&rng));
		traffic_offer(&w);
		frames_add_up(&w);
		nobody_talks_into_others(&w);
		world_fini(&w);
	}
}
