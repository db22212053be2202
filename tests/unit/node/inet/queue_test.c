/* SPDX-License-Identifier: ISC */
#include "node/inet/queue.h"
#include "node/inet/codel.h"
#include "tests/test.h"
#include "tests/unit/node/inet/packets.h"

enum { SIZE = 1000 };

static struct inet_queue queue;
static struct instant now;

static void begin(void)
{
	now = instant_ms(100000);
	queue_init(&queue);
}

static void end(void)
{
	queue_fini(&queue);
	EXPECT_EQ(queue.packets, 0, "nothing is left");
	EXPECT_EQ(queue.bytes, 0, "not a byte");
	EXPECT(queue.flows == NULL && queue.destinations == NULL && queue.idle == NULL,
		"no flow, no destination");
}

static void pass_us(int64_t us)
{
	now = instant_add_us(now, us);
}

/* A packet of one flow; its first two bytes are a number. */
static void add(uint8_t destination, uint64_t flow, size_t len, unsigned number)
{
	struct address a = made_address(6, destination);
	struct queue_packet *p = queue_packet_new(len);

	p->len = len;
	p->flow = flow;
	put(p->bytes, number, 2);
	queue_add(&queue, now, &a, p);
}

static void add_many(uint8_t destination, uint64_t flow, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		add(destination, flow, SIZE, i);
}

struct taken {
	uint64_t flow; /* 0: there was nothing */
	uint8_t destination;
	unsigned number;
	enum queue_class class;
};

/* As the loop in the header has it, for one packet; all but `blocked` are ready. */
static struct taken take(uint8_t blocked)
{
	for (unsigned c = 0; c < QUEUE_CLASSES; c++) {
		enum queue_class class = (enum queue_class)c;
		const struct queue_destination *d, *skip = NULL;

		while ((d = queue_next(&queue, class, skip)) != NULL) {
			struct taken t = { .destination = d->address.b[15],
				.class = class };
			struct queue_packet *p;

			if (t.destination == blocked) {
				skip = d;
				continue;
			}
			p = queue_take(&queue, now, class, d);
			if (p == NULL)
				continue;
			t.flow = p->flow;
			t.number = got(p->bytes, 2);
			queue_packet_free(p);
			return t;
		}
	}
	return (struct taken){ 0 };
}

TEST(queue_keeps_the_order_of_a_flow)
{
	begin();
	add_many(1, 7, 50);
	for (unsigned i = 0; i < 50; i++) {
		struct taken t = take(0);

		EXPECT_EQ(t.flow, 7, "this flow");
		EXPECT_EQ(t.number, i, "in order");
		EXPECT_EQ(t.class, i < 1 ? QUEUE_SPARSE : QUEUE_BULK,
			"a quantum of it is sparse");
	}
	EXPECT_EQ(take(0).flow, 0, "no more");
	EXPECT_EQ(queue.taken[QUEUE_SPARSE], 1, "counted by class");
	EXPECT_EQ(queue.taken[QUEUE_BULK], 49, "both");
	end();
}

TEST(queue_is_fair_between_two_flows)
{
	unsigned counts[3] = { 0 };

	begin();
	add_many(1, 1, 400);
	for (unsigned i = 0; i < 400; i++)
		add(1, 2, SIZE / 4, i);
	for (unsigned i = 0; i < 250; i++)
		counts[take(0).flow]++;
	EXPECT(counts[1] >= 45 && counts[1] <= 55, "a fifth of the packets are large");
	EXPECT_EQ(counts[1] + counts[2], 250, "and the others small: bytes are shared");
	end();
}

TEST(queue_is_fair_between_destinations)
{
	unsigned counts[3] = { 0 };

	begin();
	for (unsigned flow = 1; flow <= 9; flow++)
		add_many(1, flow, 50);
	add_many(2, 1, 100);
	for (unsigned i = 0; i < 150; i++)
		counts[take(0).destination]++;
	EXPECT(counts[2] >= 65 && counts[2] <= 80,
		"one flow to one node weighs as much as nine to another");
	end();
}

TEST(queue_lets_a_sparse_flow_overtake_bulk)
{
	begin();
	add_many(1, 1, 100);
	(void)take(0);
	(void)take(0);
	for (unsigned i = 0; i < 20; i++) {
		struct taken t;

		add(1, 2, 200, i);
		t = take(0);
		EXPECT_EQ(t.flow, 2, "50 packets a second of 200 bytes are sparse");
		EXPECT_EQ(t.class, QUEUE_SPARSE, "they are told apart");
		EXPECT_EQ(take(0).class, QUEUE_BULK, "then bulk");
		pass_us(20000);
	}
	end();
}

TEST(queue_calls_bulk_what_the_first_hop_takes_at_once)
{
	unsigned sparse = 0;

	begin();
	for (unsigned i = 0; i < 1000; i++) {
		add(1, 1, SIZE, i);
		sparse += take(0).class == QUEUE_SPARSE;
		pass_us(100);
	}
	EXPECT_EQ(sparse, 1, "80 Mbit/s are bulk though they never wait");
	pass_us(QUEUE_QUIET_US - 101);
	add(1, 1, SIZE, 0);
	EXPECT_EQ(take(0).class, QUEUE_BULK, "it overtakes nothing of its own");
	pass_us(QUEUE_QUIET_US);
	add(1, 1, SIZE, 0);
	EXPECT_EQ(take(0).class, QUEUE_SPARSE, "until it has been quiet");
	end();
}

TEST(queue_gives_no_credit_for_waiting)
{
	begin();
	add(1, 1, SIZE, 0);
	pass_us(400000);
	EXPECT_EQ(take(0).class, QUEUE_SPARSE, "it had to wait");
	add(1, 1, SIZE, 1);
	EXPECT_EQ(take(0).class, QUEUE_BULK, "a quantum at once and no more");
	end();
}

TEST(queue_holds_nobody_up_for_a_blocked_destination)
{
	begin();
	add_many(1, 1, 200);
	add_many(2, 1, 50);
	add_many(3, 1, 50);
	for (unsigned i = 0; i < 100; i++)
		EXPECT(take(1).destination != 1, "the others go");
	EXPECT_EQ(take(1).flow, 0, "all of them");
	EXPECT_EQ(queue.packets, 200, "the blocked one waits");
	for (unsigned i = 0; i < 200; i++)
		EXPECT_EQ(take(0).number, i, "and goes in order");
	end();
}

TEST(queue_drops_the_head_of_the_fattest_flow_at_its_caps)
{
	begin();
	add_many(1, 1, 100);
	for (unsigned i = 0; i < QUEUE_PACKETS_MAX - 100; i++)
		add(2, 2, SIZE, i);
	EXPECT_EQ(queue.packets, QUEUE_PACKETS_MAX, "full");
	add(3, 3, SIZE, 0);
	EXPECT_EQ(queue.packets, QUEUE_PACKETS_MAX, "no more packets");
	EXPECT_EQ(queue.dropped[QUEUE_DROP_FULL], 1, "one went");
	EXPECT_EQ(take(1).destination, 2, "the fat flow");
	end();

	begin();
	add(1, 1, SIZE, 0);
	for (unsigned i = 0; i < 16; i++)
		add(2, 2, 65000, i);
	EXPECT(queue.bytes <= QUEUE_BYTES_MAX && queue.dropped[QUEUE_DROP_FULL] == 0,
		"just below the cap of bytes");
	add(3, 3, 20000, 0);
	EXPECT(queue.bytes <= QUEUE_BYTES_MAX, "no more bytes");
	EXPECT_EQ(queue.dropped[QUEUE_DROP_FULL], 1, "one went");
	EXPECT_EQ(take(0).destination, 1, "the small one is there");
	EXPECT_EQ(take(3).number, 1, "the fat flow has lost its head");
	end();
}

TEST(queue_drops_when_delay_stands)
{
	begin();
	for (unsigned i = 0; i < 3000; i++) {
		add(1, 1, SIZE, i);
		if (i >= 100)
			(void)take(0);
		pass_us(1000);
	}
	EXPECT(queue.dropped[QUEUE_DROP_CODEL] >= 50, "100 ms of delay do not stay");
	EXPECT_EQ(queue.marked, 0, "nothing can be marked");
	end();

	begin();
	for (unsigned i = 0; i < 3000; i++) {
		add(1, 1, SIZE, i);
		if (i >= 5)
			(void)take(0);
		pass_us(1000);
	}
	EXPECT_EQ(queue.dropped[QUEUE_DROP_CODEL], 0, "5 ms do");
	end();
}

TEST(queue_marks_instead_of_dropping)
{
	static uint8_t buffer[PACKET_MAX], payload[SIZE];
	unsigned marks = 0;

	for (uint8_t version = 4; version <= 6; version += 2) {
		struct made m = { .version = version,
			.protocol = PROTOCOL_UDP,
			.traffic_class = 0xb8 | 2,
			.payload = bytes_of(payload, SIZE) };
		size_t len = made_write(&m, buffer);
		struct address a = made_address(6, 1);

		begin();
		marks = 0;
		for (unsigned i = 0; i < 1000; i++) {
			struct queue_packet *p = queue_packet_new(len);
			const struct queue_destination *d;
			struct packet parsed;

			memcpy(p->bytes, buffer, len);
			p->len = len;
			queue_add(&queue, now, &a, p);
			pass_us(1000);
			if (i < 100)
				continue;
			d = queue_next(&queue, QUEUE_SPARSE, NULL);
			p = d != NULL ? queue_take(&queue, now, QUEUE_SPARSE, d) : NULL;
			if (p == NULL)
				p = queue_take(&queue, now, QUEUE_BULK,
					queue_next(&queue, QUEUE_BULK, NULL));
			EXPECT(naive_good(p->bytes, p->len), "its checksums are right");
			EXPECT(packet_parse(&parsed, bytes_of(p->bytes, p->len)),
				"it is a packet still");
			EXPECT_EQ(parsed.traffic_class >> 2, 0xb8 >> 2, "of its class");
			marks += (parsed.traffic_class & 3) == 3;
			queue_packet_free(p);
		}
		EXPECT_EQ(queue.dropped[QUEUE_DROP_CODEL], 0, "nothing is dropped");
		EXPECT(marks >= 10 && marks < 200, "some are marked");
		EXPECT_EQ(queue.marked, marks, "and counted");
		end();
	}
}

TEST(queue_throws_away_what_is_old)
{
	begin();
	add_many(1, 1, 10);
	pass_us(QUEUE_AGE_US - 1);
	add_many(2, 1, 10);
	queue_expire(&queue, now);
	EXPECT_EQ(queue.packets, 20, "not yet");
	pass_us(1);
	queue_expire(&queue, now);
	EXPECT_EQ(queue.packets, 10, "now");
	EXPECT_EQ(queue.dropped[QUEUE_DROP_OLD], 10, "counted");
	pass_us(QUEUE_AGE_US);
	EXPECT_EQ(take(0).flow, 0, "nor is it taken");
	EXPECT_EQ(queue.dropped[QUEUE_DROP_OLD], 20, "all of it");
	end();
}

TEST(queue_forgets_a_destination)
{
	struct address a = made_address(6, 1);

	begin();
	add_many(1, 1, 10);
	add_many(1, 2, 10);
	add_many(2, 1, 10);
	EXPECT_EQ(queue_forget(&queue, &a), 20, "all its packets");
	EXPECT_EQ(queue_forget(&queue, &a), 0, "once");
	EXPECT_EQ(queue.dropped[QUEUE_DROP_AWAY], 20, "counted");
	EXPECT_EQ(queue.packets, 10, "the other's are there");
	EXPECT_EQ(take(0).destination, 2, "and go");
	end();
}

TEST(queue_remembers_no_more_flows_than_its_cap)
{
	begin();
	for (unsigned i = 0; i < 4 * QUEUE_IDLE_MAX; i++) {
		add(1, i + 1, 100, 0);
		EXPECT_EQ(take(0).flow, i + 1, "it goes");
	}
	EXPECT(queue.idle_count <= QUEUE_IDLE_MAX + 1, "a flood of flows stays small");
	pass_us(1000000);
	queue_expire(&queue, now);
	EXPECT_EQ(queue.idle_count, 0, "and is forgotten");
	end();
}

/* Against a twin that only counts: whatever is done, every packet comes out once, in the
 * order of its flow, or is counted as dropped. */
TEST(queue_loses_and_doubles_nothing)
{
	struct rng rng = test_rng();
	static unsigned sent[4][8], seen[4][8];
	uint64_t added = 0, taken = 0, lost = 0;

	memset(sent, 0, sizeof(sent));
	memset(seen, 0, sizeof(seen));
	begin();
	for (unsigned i = 0; i < 200000; i++) {
		uint8_t destination = (uint8_t)(1 + rng_below(&rng, 3));
		uint64_t flow = 1 + rng_below(&rng, 7);
		struct address a = made_address(6, destination);
		struct taken t;

		switch (rng_below(&rng, i / 20000 % 2 ? 6 : 3)) {
		case 0:
		case 1:
			add(destination, flow, 100 + rng_below(&rng, 1400),
				++sent[destination][flow]);
			added++;
			break;
		case 5:
			if (rng_below(&rng, 1000) == 0)
				(void)queue_forget(&queue, &a);
			else if (rng_below(&rng, 1000) == 0)
				queue_expire(&queue, now);
			break;
		default:
			t = take(rng_below(&rng, 2) ? 0 : destination);
			if (t.flow == 0)
				break;
			EXPECT(t.number != (seen[t.destination][t.flow] & 0xffff),
				"not twice");
			EXPECT((uint16_t)(t.number - seen[t.destination][t.flow]) <
					0x8000,
				"in order");
			seen[t.destination][t.flow] = t.number;
			taken++;
		}
		pass_us((int64_t)rng_below(&rng, 3000));
	}
	for (unsigned i = 0; i < QUEUE_DROPS; i++)
		lost += queue.dropped[i];
	EXPECT_EQ(added, taken + lost + queue.packets, "all accounted for");
	EXPECT_EQ(taken, queue.taken[0] + queue.taken[1], "by class as well");
	EXPECT(lost > 0, "the caps were met");
	end();
}
