/* SPDX-License-Identifier: ISC */
/*
 * A gateway that uses another one itself, between a member that has gone bad and an Internet
 * that has, too: packets out of a session with it and out of its kernel. Whatever comes, what
 * leaves is a whole packet, for itself or from a member's own address to the Internet.
 *
 *   input  = record*        record = op:8 length:16 packet
 */
#include <stdlib.h>

#include "node/core/ip.h"
#include "node/inet/scope.h"
#include "tests/unit/node/core/pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum op {
	OP_MEMBER, /* the member says this packet */
	OP_KERNEL, /* the gateway's kernel hands it over */
	OP_SHORT,  /* the same, as segments of up to 100 bytes */
	OP_OURS,   /* the member says it from its own address: the source is put right */
	OPS
};

enum { RECORDS_MAX = 64 };

static struct medium m;

static void member_says(struct bytes packet)
{
	pair_say_data(&m, MESSAGE_IP, packet);
}

static void member_says_its_own(struct bytes packet)
{
	struct address rogue = medium_address(&m, PAIR_ROGUE);
	uint8_t *copy = mem_copy(packet.data, packet.len);

	if (packet.len >= 40 && copy[0] >> 4 == 6)
		memcpy(copy + 8, rogue.b, sizeof(rogue.b));
	member_says(bytes_of(copy, packet.len));
	mem_free(copy);
}

static void kernel_says(struct bytes whole, bool shortened)
{
	struct offload o = { .type = OFFLOAD_NONE };
	struct packet p;

	if (!packet_parse(&p, whole))
		return;
	if (shortened) {
		o.flags = OFFLOAD_NEEDS_CSUM;
		o.type = p.version == 6 ? OFFLOAD_TCPV6 : OFFLOAD_TCPV4;
		o.segment_size = 100;
		o.checksum_at = p.transport_at;
		o.checksum_offset = 16;
	}
	node_ip_send(m.nodes[PAIR_VICTIM], m.now, &o, &p);
}

/* What comes out towards the gateway's kernel. */
static void demand_sane(void)
{
	struct node *n = m.nodes[PAIR_VICTIM];
	struct address rogue = medium_address(&m, PAIR_ROGUE);
	struct packet p, again;

	while (node_ip_take(n, &p)) {
		bool here = id_equal(&p.flow.destination, &n->self) ||
			    id_equal(&p.flow.destination, &nat4_source);
		bool theirs =
			id_equal(&p.flow.source, &rogue) || nat4_is_guest(&p.flow.source);

		if (!packet_parse(&again, p.whole) ||
			!packet_flow_equal(&again.flow, &p.flow))
			abort();
		/* errors about what the kernel sent go back to whoever it was from */
		if (!here && p.icmp != PACKET_ICMP_ERROR &&
			!(theirs && scope_of(&p.flow.destination) == SCOPE_PUBLIC))
			abort();
	}
	if (n->ip->gateway.guests.count > NAT4_MEMBERS_MAX ||
		door_flow_count(&n->ip->gateway.flows) > DOOR_FLOWS_MAX)
		abort();
}

static void act(unsigned op, struct bytes body)
{
	switch ((enum op)(op % OPS)) {
	case OP_MEMBER:
		member_says(body);
		return;
	case OP_KERNEL:
		kernel_says(body, false);
		return;
	case OP_SHORT:
		kernel_says(body, true);
		return;
	case OP_OURS:
		member_says_its_own(body);
		return;
	case OPS:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(bytes_of(data, size));

	if (!pair_init(&m, 2, 1))
		abort();
	for (unsigned i = 0; i < 2; i++) {
		node_ip_enable(m.nodes[i], m.now);
		node_gateway_offer(m.nodes[i], m.now, ROUTING_UPLINK_ALL);
		node_gateway_use(m.nodes[i], m.now, true);
	}
	medium_run(&m, instant_add_ms(m.now, 1000));
	for (unsigned i = 0; i < RECORDS_MAX && r.left > 0; i++) {
		unsigned op = read_u8(&r), len = read_u16(&r);

		act(op, read_bytes(&r, len < r.left ? len : r.left));
		demand_sane();
	}
	medium_run(&m, instant_add_ms(m.now, 100));
	demand_sane();
	medium_fini(&m);
	return 0;
}
