/* SPDX-License-Identifier: ISC */
/* Prints what a packet costs on its way through node/inet: parsing and the door, the queue,
 * cutting and joining, on one core. */
#include <stdio.h>
#include <time.h>

#include "node/base/mem.h"
#include "node/inet/checksum.h"
#include "node/inet/coalesce.h"
#include "node/inet/door.h"
#include "node/inet/queue.h"
#include "node/inet/segment.h"
#include "tests/unit/node/inet/packets.h"

enum { ROUNDS = 2000000, MTU = 1343, FLOWS = 64, SLOTS = 16, BATCH = 44 };

static uint8_t payload[65000], packets[FLOWS][PACKET_MAX], out[PACKET_MAX];

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* count packets of len bytes each took this long. */
static void say(const char *what, double seconds, double count, double len)
{
	printf("%-28s %6.3f us a packet, %6.2f M packets/s, %6.1f Gbit/s\n", what,
		seconds / count * 1e6, count / seconds / 1e6,
		count * len * 8 / seconds / 1e9);
}

static struct made stream(unsigned i, size_t len)
{
	return (struct made){ .version = 6,
		.protocol = PROTOCOL_TCP,
		.source = 2,
		.destination = 1,
		.source_port = (uint16_t)(1000 + i),
		.destination_port = 80,
		.flags = TCP_ACK,
		.options = BYTES("\1\1\10\12\0\0\0\1\0\0\0\2"),
		.payload = bytes_of(payload, len) };
}

static void bench_door(void)
{
	struct instant now = instant_ms(1000);
	struct address peer = made_address(6, 2);
	struct door d;
	size_t len[FLOWS], passed = 0;
	double begun;

	door_init(&d, now);
	for (unsigned i = 0; i < FLOWS; i++) {
		struct made m = stream(i, MTU - 72);
		struct packet p;

		len[i] = made_write(&m, packets[i]);
		if (!packet_parse(&p, bytes_of(packets[i], len[i])))
			return;
		p.flow = packet_flow_reverse(&p.flow);
		door_out(&d, now, &p, &peer);
	}
	begun = cpu_seconds();
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct packet p;

		if (packet_parse(&p, bytes_of(packets[i % FLOWS], len[i % FLOWS])))
			passed += p.tcp_flags;
	}
	say("parse", cpu_seconds() - begun, ROUNDS, MTU);
	begun = cpu_seconds();
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct packet p;

		if (packet_parse(&p, bytes_of(packets[i % FLOWS], len[i % FLOWS])))
			passed += door_in(&d, now, &p, &peer) == DOOR_PASS;
	}
	say("parse and door", cpu_seconds() - begun, ROUNDS, MTU);
	if (passed == 0)
		printf("nothing passed\n");
	door_fini(&d);
}

/* With a hundred packets of some flows to some nodes waiting all the time. */
static void bench_queue(void)
{
	struct inet_queue q;
	struct instant now = instant_ms(1000);
	double begun;

	queue_init(&q);
	begun = cpu_seconds();
	for (unsigned i = 0; i < ROUNDS + 100; i++) {
		struct address to = made_address(6, (uint8_t)(i % 8));
		struct queue_packet *p = queue_packet_new(MTU);
		const struct queue_destination *d = NULL;

		memcpy(p->bytes, packets[i % FLOWS], MTU);
		p->len = MTU;
		p->flow = i % FLOWS;
		queue_add(&q, now, &to, p);
		now = instant_add_us(now, 10);
		if (i < 100)
			continue;
		for (p = NULL; p == NULL && q.packets > 0;) {
			enum queue_class class = QUEUE_SPARSE;

			d = queue_next(&q, class, NULL);
			if (d == NULL)
				d = queue_next(&q, class = QUEUE_BULK, NULL);
			p = queue_take(&q, now, class, d);
		}
		queue_packet_free(p);
	}
	say("queue: new, add, take, free", cpu_seconds() - begun, ROUNDS, MTU);
	queue_fini(&q);
}

static void bench_segment(void)
{
	struct made m = stream(0, sizeof(payload));
	size_t len = made_write(&m, packets[0]), count = 0;
	struct offload o = { .type = OFFLOAD_TCPV6,
		.flags = OFFLOAD_NEEDS_CSUM,
		.segment_size = MTU - 72 };
	double begun = cpu_seconds();
	struct packet p;

	while (count < ROUNDS) {
		struct segmenter s;

		if (!packet_parse(&p, bytes_of(packets[0], len)) ||
			segment_begin(&s, &o, &p, MTU) != SEGMENT_GOOD)
			return;
		while (segment_next(&s, out, MTU) > 0)
			count++;
	}
	say("segment", cpu_seconds() - begun, (double)count, MTU);
}

static void bench_coalesce(void)
{
	uint8_t *buffers = mem_new((size_t)SLOTS * COALESCE_BUFFER_SIZE);
	struct packet parsed[BATCH];
	struct coalescer c;
	double begun;

	for (unsigned i = 0; i < BATCH; i++) {
		struct made m = stream(0, MTU - 72);
		size_t len;

		m.sequence = i * (MTU - 72);
		len = made_write(&m, packets[i]);
		if (!packet_parse(&parsed[i], bytes_of(packets[i], len)))
			return;
	}
	coalesce_init(&c, buffers, SLOTS, true);
	begun = cpu_seconds();
	while (c.packets < ROUNDS) {
		for (unsigned i = 0; i < BATCH; i++)
			while (!coalesce_add(&c, &parsed[i]))
				(void)coalesce_take(&c);
		while (coalesce_take(&c).len > 0)
			;
	}
	say("coalesce", cpu_seconds() - begun, (double)c.packets, MTU);
	mem_free(buffers);
}

static void bench_checksum(void)
{
	uint64_t sum = 0;
	double begun = cpu_seconds();

	for (unsigned i = 0; i < ROUNDS; i++)
		sum += checksum_add(i, bytes_of(payload, MTU));
	say(sum != 1 ? "checksum" : "", cpu_seconds() - begun, ROUNDS, MTU);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7);
	bench_door();
	bench_queue();
	bench_segment();
	bench_coalesce();
	bench_checksum();
	return 0;
}
