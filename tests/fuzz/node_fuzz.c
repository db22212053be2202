/* SPDX-License-Identifier: ISC */
/*
 * A node with a live session and a neighbour that has gone bad: what the input says is sealed
 * with the real keys, so that everything behind the seals is reached. A third node stands
 * behind the victim, for what is to be carried on.
 *
 *   input  = record*        record = op:8 length:16 body
 */
#include <stdlib.h>

#include "tests/unit/node/core/pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum op {
	OP_SAY,    /* messages in a frame of the link's session */
	OP_DATA,   /* kind and body of one reliable message */
	OP_SHOUT,  /* messages in a multicast frame under the mesh key */
	OP_FORGE,  /* the same from an endpoint that nobody has */
	OP_RAW,    /* a frame as it is */
	OP_RELAY,  /* class, hop limit, and a frame for the victim */
	OP_ONWARD, /* class, hop limit, and a frame for the third node */
	OP_WAIT,   /* milliseconds: the first byte */
	OP_FLAP,   /* the victim's interface goes away and comes back */
	OPS
};

enum {
	RECORDS_MAX = 64,
	OP_IP = 240, /* and above: a packet of the victim's machine; others: op % OPS */
};

static struct medium m;

static void say_relay(struct reader *r, unsigned to)
{
	uint8_t body[FRAME_MAX];
	struct writer w = writer_of(body, sizeof(body));
	uint8_t class = read_u8(r), hops = read_u8(r);

	relay_write(&w, &(struct relay){ class, hops, medium_address(&m, PAIR_ROGUE),
				medium_address(&m, to), read_rest(r) });
	if (!w.overflow)
		pair_say_data(&m, MESSAGE_RELAY, writer_bytes(&w));
}

static void say_raw(struct bytes frame)
{
	struct endpoint from = medium_endpoint(PAIR_ROGUE);
	uint8_t *copy = mem_copy(frame.data, frame.len);
	uint8_t none = 0;

	node_receive(m.nodes[PAIR_VICTIM], m.now, 1, &from, copy != NULL ? copy : &none,
		frame.len);
	mem_free(copy);
}

static void flap(void)
{
	node_interface_remove(m.nodes[PAIR_VICTIM], m.now, 1);
	node_interface_add(m.nodes[PAIR_VICTIM], m.now, 1, MEDIUM_MTU);
}

/* A packet that the victim's own machine sends, if it is one. */
static void send_ip(struct bytes body)
{
	static const struct offload none;
	struct packet p;

	if (packet_parse(&p, body))
		node_ip_send(m.nodes[PAIR_VICTIM], m.now, &none, &p);
}

/* What has come for the victim's machine passed the door, so it is a packet for it. */
static void take_ip(void)
{
	struct address self = medium_address(&m, PAIR_VICTIM);
	struct packet p, again;

	while (node_ip_take(m.nodes[PAIR_VICTIM], &p))
		if (!packet_parse(&again, p.whole) ||
			!id_equal(&again.flow.destination, &self))
			abort();
}

static void act(unsigned op, struct bytes body)
{
	struct endpoint rogue = medium_endpoint(PAIR_ROGUE),
			nobody = medium_endpoint(200);
	struct reader r = reader_of(body);
	unsigned kind;

	if (op >= OP_IP) {
		send_ip(body);
		return;
	}
	switch ((enum op)(op % OPS)) {
	case OP_SAY:
		pair_say(&m, body);
		return;
	case OP_DATA:
		kind = read_u8(&r);
		pair_say_data(&m, kind, read_rest(&r));
		return;
	case OP_SHOUT:
		pair_shout(&m, &rogue, body);
		return;
	case OP_FORGE:
		pair_shout(&m, &nobody, body);
		return;
	case OP_RAW:
		say_raw(body);
		return;
	case OP_RELAY:
		say_relay(&r, PAIR_VICTIM);
		return;
	case OP_ONWARD:
		say_relay(&r, 2);
		return;
	case OP_WAIT:
		medium_run(&m, instant_add_ms(m.now, read_u8(&r)));
		return;
	case OP_FLAP:
		flap();
		return;
	case OPS:
		break;
	}
}

/* What must hold of every link, whatever came. */
static void demand_sane(struct node *n)
{
	for (size_t i = 0; i < n->link_places; i++) {
		const struct link *l = n->links[i];

		if (!l->used)
			continue;
		if (l->arq.in_flight > ARQ_WINDOW_MAX || l->arq.staged_count != 0 ||
			l->held > FLOW_CLASSES * NODE_LINKS_MAX * FLOW_QUEUE_MAX)
			abort();
		if (!l->up && flow_queue_count(&l->arq.queue) > 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(bytes_of(data, size));

	medium_init(&m, 3, 1);
	medium_join(&m, 0, 1, true);
	medium_join(&m, 0, 2, true);
	if (!medium_until_reached(&m, 1, 2, 20000))
		abort();
	node_ip_enable(m.nodes[PAIR_VICTIM], m.now);
	for (unsigned i = 0; i < RECORDS_MAX && r.left > 0; i++) {
		unsigned op = read_u8(&r), len = read_u16(&r);

		act(op, read_bytes(&r, len < r.left ? len : r.left));
		demand_sane(m.nodes[PAIR_VICTIM]);
		take_ip();
	}
	medium_run(&m, instant_add_ms(m.now, 300));
	demand_sane(m.nodes[PAIR_VICTIM]);
	medium_fini(&m);
	return 0;
}
