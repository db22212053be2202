/* SPDX-License-Identifier: ISC */
/* One end of a link at a moment, and what is put, sent and told there. */
#pragma once

#include "node/flow/arq.h"
#include "tests/test.h"

static struct instant at;

static inline void begin(struct arq *a)
{
	at = instant_ms(1000);
	arq_init(a, at, 0);
	arq_restart(a, at, false);
}

static inline void end(struct arq *a)
{
	struct flow_list rest = { NULL, NULL, 0 };

	arq_fini(a, &rest);
	flow_list_fini(&rest);
}

static inline void put(struct arq *a, enum flow_class class, bool transit)
{
	struct flow_item *i = flow_item_new(MESSAGE_ECHO, class, BYTES("12345678"), at);

	i->transit = transit;
	i->flow = transit;
	EXPECT(flow_queue_add(&a->queue, i), "there is room");
}

/* Sends one frame with at most room bytes of messages; how many messages it has. */
static inline unsigned send(struct arq *a, uint64_t number, size_t room)
{
	uint8_t buffer[2048];
	struct writer w = writer_of(buffer, room);
	unsigned count;

	arq_fill(a, at, &w);
	count = a->staged_count;
	arq_fill_done(a, at, true, number, w.len);
	return count;
}

enum { ONE = 16 }; /* bytes of one message in a frame */

static inline size_t acknowledge(
	struct arq *a, uint64_t high, uint16_t credit, struct bytes missing)
{
	struct arq_ack ack = { high, credit, missing };
	struct flow_list done = { NULL, NULL, 0 };
	size_t count;

	arq_acknowledged(a, at, &ack, &done);
	count = done.count;
	flow_list_fini(&done);
	return count;
}

/* What a would tell its neighbour now. */
static inline struct arq_ack told(struct arq *a, size_t held)
{
	static uint8_t buffer[256];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct arq_ack ack;
	struct message m;
	struct reader r;

	arq_ack_write(a, &w, held);
	r = reader_of(writer_bytes(&w));
	EXPECT(message_read(&r, &m) == MESSAGE_GIVEN && m.kind == MESSAGE_ACK,
		"an ack is written");
	EXPECT(arq_ack_parse(&ack, m.body), "and can be read");
	return ack;
}
