/* SPDX-License-Identifier: ISC */
/*
 * Two ends of one link and an unkind air between them: frames are lost, doubled, late and
 * overtaken, acknowledgements like all others, sessions are renewed at any moment, and each
 * end holds messages for others as long as it likes. Whatever happens, each message arrives
 * exactly once in the end, and no bound is passed on the way.
 */
#include "node/base/mem.h"
#include "node/flow/arq.h"
#include "node/session/window.h"
#include "tests/test.h"

enum { WORLDS = 300, MESSAGES = 600, AIR_MAX = 4096, HOLD_MAX = 256, EPOCHS = 64 };
enum { GIVE_UP_MS = 900000, FRAME_ROOM = 1400 };

struct air_frame {
	struct instant at;
	unsigned to;
	uint32_t epoch;
	uint64_t number;
	size_t len;
	uint8_t bytes[FRAME_ROOM];
};

struct side {
	struct arq arq;
	uint32_t epoch;
	uint64_t number; /* next */
	struct window windows[EPOCHS];
	struct instant hold[HOLD_MAX]; /* until when each message is held */
	size_t held;
	unsigned made; /* messages */
	uint8_t got[MESSAGES];
	unsigned got_count;
	bool forgot; /* it began anew, and knows no duplicates of before */
};

struct world {
	struct rng_seeded luck;
	struct rng rng;
	struct instant now;
	struct side sides[2];
	struct air_frame *air;
	size_t air_count;
	uint32_t loss_ppm, double_ppm, late_ppm;
	int64_t delay_us, hold_us;
	unsigned renewals; /* still to come */
	struct instant renew_at;
	uint64_t trace;
};

static void note(struct world *w, uint64_t what)
{
	w->trace = (w->trace ^ what) * 0x100000001b3u;
}

static int64_t any_us(struct world *w, int64_t most)
{
	return (int64_t)rng_below(&w->rng, (uint64_t)most + 1);
}

static void world_init(struct world *w, uint64_t seed)
{
	*w = (struct world){ .now = instant_ms(5) };
	w->rng = rng_seeded_init(&w->luck, seed);
	w->air = mem_array(AIR_MAX, sizeof(*w->air));
	w->loss_ppm = (uint32_t)rng_below(&w->rng, 500001);
	w->double_ppm = (uint32_t)rng_below(&w->rng, 200001);
	w->late_ppm = (uint32_t)rng_below(&w->rng, 100001);
	w->delay_us = 100 + any_us(w, 20000);
	w->hold_us = any_us(w, 60000);
	w->renewals = (unsigned)rng_below(&w->rng, 12);
	w->renew_at = instant_add_us(w->now, any_us(w, 400000));
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned e = 0; e < EPOCHS; e++)
			window_init(&w->sides[i].windows[e]);
		arq_init(&w->sides[i].arq, w->now, (uint32_t)rng_u64(&w->rng));
		arq_restart(&w->sides[i].arq, w->now, false);
	}
}

static void world_fini(struct world *w)
{
	for (unsigned i = 0; i < 2; i++) {
		struct flow_list rest = { NULL, NULL, 0 };

		arq_fini(&w->sides[i].arq, &rest);
		flow_list_fini(&rest);
	}
	mem_free(w->air);
}

static void make_messages(struct world *w, struct side *s, unsigned most)
{
	for (unsigned n = 0; n < most && s->made < MESSAGES; n++) {
		uint8_t body[900] = { 0 };
		struct writer out = writer_of(body, sizeof(body));
		enum flow_class class =
			(enum flow_class)(FLOW_ROUTING + rng_below(&w->rng, 3));
		struct flow_item *i;

		write_u32(&out, s->made);
		i = flow_item_new(MESSAGE_ECHO, class,
			bytes_of(body, 8 + rng_below(&w->rng, sizeof(body) - 8)), w->now);
		i->flow = (uint32_t)rng_below(&w->rng, 5);
		i->transit = class == FLOW_BULK && rng_below(&w->rng, 2) == 0;
		if (!flow_queue_add(&s->arq.queue, i)) {
			EXPECT(s->arq.queue.count[class] >= FLOW_QUEUE_MAX,
				"only when full");
			flow_item_free(i);
			return;
		}
		s->made++;
	}
}

static void air_put(struct world *w, const struct air_frame *f)
{
	int64_t delay_us = w->delay_us + any_us(w, w->delay_us / 4);

	if (rng_chance_ppm(&w->rng, w->loss_ppm))
		return;
	if (rng_chance_ppm(&w->rng, w->late_ppm))
		delay_us += any_us(w, 400000);
	check(w->air_count < AIR_MAX);
	w->air[w->air_count] = *f;
	w->air[w->air_count++].at = instant_add_us(w->now, delay_us);
}

/* As node/core does for a link. */
static bool transmit(struct world *w, unsigned at)
{
	struct side *s = &w->sides[at];
	struct arq *a = &s->arq;
	struct air_frame f = { .to = 1 - at, .epoch = s->epoch };
	struct writer out = writer_of(f.bytes, sizeof(f.bytes));
	bool probe = arq_probe_due(a, w->now);

	if (!arq_ack_due(a, w->now) && !probe &&
		!(arq_open(a) && flow_queue_count(&a->queue) > 0))
		return false;
	if (arq_ack_wanted(a) || arq_ack_due(a, w->now))
		arq_ack_write(a, &out, s->held);
	if (probe) {
		EXPECT(message_write(&out, MESSAGE_PROBE, bytes_of(NULL, 0)),
			"a probe fits");
		arq_probe_sent(a, w->now);
	} else if (arq_open(a)) {
		arq_fill(a, w->now, &out);
	}
	if (out.len == 0)
		return false;
	f.number = s->number++;
	f.len = out.len;
	arq_fill_done(a, w->now, true, f.number, f.len);
	note(w, f.number * 2 + at);
	air_put(w, &f);
	if (rng_chance_ppm(&w->rng, w->double_ppm))
		air_put(w, &f);
	return true;
}

static void renew(struct world *w, struct side *s, uint32_t epoch)
{
	s->epoch = epoch;
	s->number = 0;
	arq_restart(&s->arq, w->now, true);
}

/* A new session at one end; the handshake sees to it that the other one hears of it. */
static void renewal(struct world *w)
{
	unsigned at = (unsigned)rng_below(&w->rng, 2);
	struct side *s = &w->sides[at];

	w->renewals--;
	w->renew_at = instant_add_us(w->now, 1 + any_us(w, 500000));
	renew(w, s, s->epoch + 1);
	check(w->air_count < AIR_MAX);
	w->air[w->air_count++] = (struct air_frame){ .to = 1 - at,
		.epoch = s->epoch,
		.number = s->number++,
		.at = instant_add_us(w->now, w->delay_us) };
}

static void deliver(
	struct world *w, struct side *s, const struct side *from, struct bytes body)
{
	struct reader r = reader_of(body);
	uint32_t sequence = read_u32(&r), id;
	unsigned kind = read_u8(&r);

	id = read_u32(&r);
	EXPECT(read_good(&r) && kind == MESSAGE_ECHO && id < from->made,
		"one of those made");
	if (!arq_sequence_new(&s->arq, sequence))
		return;
	EXPECT(s->got[id] == 0 || s->forgot, "no message arrives twice");
	s->got_count += s->got[id] == 0;
	s->got[id] = 1;
	note(w, id);
	/* every second one is held for somebody else for a while */
	if (id % 2 == 0 && s->held < HOLD_MAX)
		s->hold[s->held++] = instant_add_us(w->now, any_us(w, w->hold_us));
}

static void receive(struct world *w, const struct air_frame *f)
{
	struct side *s = &w->sides[f->to];
	struct reader r = reader_of(bytes_of(f->bytes, f->len));
	bool wants = false, probe = false;
	struct message m;

	if (!window_fresh(&s->windows[f->epoch], f->number) || f->epoch + 1 < s->epoch)
		return;
	window_mark(&s->windows[f->epoch], f->number);
	if (f->epoch > s->epoch)
		renew(w, s, f->epoch);
	while (message_read(&r, &m) == MESSAGE_GIVEN) {
		struct flow_list done = { NULL, NULL, 0 };
		struct arq_ack ack;

		wants = wants || m.kind != MESSAGE_ACK;
		probe = probe || m.kind == MESSAGE_PROBE;
		if (m.kind == MESSAGE_DATA) {
			deliver(w, s, &w->sides[1 - f->to], m.body);
		} else if (m.kind == MESSAGE_ACK && f->epoch == s->epoch) {
			EXPECT(arq_ack_parse(&ack, m.body), "what we write can be read");
			arq_acknowledged(&s->arq, w->now, &ack, &done);
			flow_list_fini(&done);
		}
	}
	if (f->epoch == s->epoch)
		arq_arrived(&s->arq, w->now, f->number, wants, probe);
}

static void arrivals(struct world *w)
{
	for (size_t i = 0; i < w->air_count;) {
		struct air_frame f = w->air[i];

		if (!instant_due(f.at, w->now)) {
			i++;
			continue;
		}
		w->air[i] = w->air[--w->air_count];
		receive(w, &f);
	}
}

static void releases(struct world *w, struct side *s)
{
	for (size_t i = 0; i < s->held;) {
		if (!instant_due(s->hold[i], w->now)) {
			i++;
			continue;
		}
		s->hold[i] = s->hold[--s->held];
		arq_credit_changed(&s->arq, w->now, s->held);
	}
}

static void bounds(const struct side *s)
{
	const struct arq *a = &s->arq;
	unsigned items = 0, transit = 0, open = 0;

	for (size_t i = 0; i < a->sent_count; i++) {
		const struct arq_sent *f = &a->sent[(a->sent_first + i) % a->sent_room];

		open += f->open;
		items += f->count;
		for (unsigned k = 0; k < f->count; k++)
			transit += f->items[k]->transit;
	}
	EXPECT_EQ(open, a->in_flight, "open frames are counted right");
	EXPECT_EQ(transit, a->in_flight_transit, "and what needs credit");
	EXPECT(open <= ARQ_WINDOW_MAX, "the window holds");
	EXPECT(transit <= ARQ_HELD_MAX, "credit holds");
	EXPECT(items == 0 || a->probe_at.us != NEVER.us, "what is open is asked about");
	for (unsigned c = 0; c < FLOW_CLASSES; c++)
		EXPECT(a->queue.count[c] <=
				FLOW_QUEUE_MAX + ARQ_WINDOW_MAX * ARQ_FRAME_ITEMS,
			"a queue holds no more than its cap and what was lost");
}

static void step(struct world *w)
{
	struct instant next = w->renewals > 0 ? w->renew_at : NEVER;

	for (unsigned i = 0; i < 2; i++) {
		struct side *s = &w->sides[i];

		releases(w, s);
		if (rng_below(&w->rng, 3) == 0)
			make_messages(w, s, (unsigned)rng_below(&w->rng, 40));
		while (transmit(w, i))
			;
		bounds(s);
		next = instant_min(next, arq_deadline(&s->arq, instant_us(INT64_MIN)));
		for (size_t k = 0; k < s->held; k++)
			next = instant_min(next, s->hold[k]);
		if (s->made < MESSAGES)
			next = instant_min(next, instant_add_us(w->now, 3000));
	}
	for (size_t i = 0; i < w->air_count; i++)
		next = instant_min(next, w->air[i].at);
	EXPECT(next.us != NEVER.us, "it never falls asleep with messages left");
	EXPECT(next.us > w->now.us, "and time goes on");
	w->now = next;
	if (w->renewals > 0 && instant_due(w->renew_at, w->now))
		renewal(w);
	arrivals(w);
}

static bool all_arrived(const struct world *w)
{
	return w->sides[0].got_count == MESSAGES && w->sides[1].got_count == MESSAGES;
}

static uint64_t world_run(uint64_t seed)
{
	static struct world w;

	world_init(&w, seed);
	while (!all_arrived(&w)) {
		EXPECT(w.now.us < GIVE_UP_MS * 1000ll,
			"every message arrives in the end");
		step(&w);
	}
	note(&w, (uint64_t)w.now.us);
	world_fini(&w);
	return w.trace;
}

TEST(every_message_arrives_exactly_once_over_an_unkind_air)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < WORLDS; i++)
		world_run(rng_u64(&rng));
}

TEST(the_same_luck_gives_the_same_frames)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < 4; i++) {
		uint64_t seed = rng_u64(&rng);

		EXPECT(world_run(seed) == world_run(seed),
			"nothing depends on anything else");
	}
}

/* One end forgets the link, as after its interface went away for a moment, and the other does
 * not notice: what is sent afterwards arrives. */
TEST(an_end_that_began_anew_is_heard)
{
	static struct world w;
	struct rng rng = test_rng();

	for (unsigned i = 0; i < 20; i++) {
		struct flow_list rest = { NULL, NULL, 0 };
		struct side *s = &w.sides[0];
		unsigned lost_up_to;

		world_init(&w, rng_u64(&rng));
		while (w.sides[1].got_count < MESSAGES / 2)
			step(&w);
		lost_up_to = s->made;
		arq_fini(&s->arq, &rest);
		flow_list_fini(&rest);
		arq_init(&s->arq, w.now, (uint32_t)rng_u64(&w.rng));
		w.renewals = 0;
		w.air_count = 0;
		s->forgot = true;
		renew(&w, s, s->epoch + 1);
		renew(&w, &w.sides[1], s->epoch);
		for (;;) {
			unsigned got = 0;

			for (unsigned id = lost_up_to; id < s->made; id++)
				got += w.sides[1].got[id];
			if (s->made == MESSAGES && got == MESSAGES - lost_up_to)
				break;
			EXPECT(w.now.us < GIVE_UP_MS * 1000ll,
				"every new message arrives");
			step(&w);
		}
		world_fini(&w);
	}
}
