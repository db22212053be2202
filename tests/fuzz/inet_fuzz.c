/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as packets from the mesh and from a TUN: 10 bytes of offload header and a byte
 * of MTU, then a packet. What is parsed goes through the door both ways, is answered by an
 * error, clamped, cut and joined; what comes of it must be packets again.
 */
#include <stdlib.h>

#include "node/inet/coalesce.h"
#include "node/inet/door.h"
#include "node/inet/icmp.h"
#include "node/inet/mss.h"
#include "node/inet/segment.h"

enum { PREFIX = OFFLOAD_SIZE + 1 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct packet parsed(struct bytes b)
{
	struct packet p;

	must(packet_parse(&p, b));
	must(p.transport_at <= p.payload_at && p.payload_at <= b.len);
	return p;
}

static void doors(const struct packet *p)
{
	struct instant now = instant_ms(1000);
	struct packet back = *p;
	struct door d;

	door_init(&d, now);
	must(door_in(&d, now, p, &p->flow.source) != DOOR_PASS ||
		p->icmp == PACKET_ICMP_ECHO);
	door_out(&d, now, p, &p->flow.destination);
	back.flow = packet_flow_reverse(&p->flow);
	(void)!door_in(&d, now, &back, &p->flow.destination);
	must(door_allow(&d, &p->flow.source, 0, 0));
	must(door_in(&d, now, p, &p->flow.source) == DOOR_PASS || p->fragment_later);
	(void)door_deny(&d, &p->flow.source);
	door_expire(&d, instant_ms(100000000));
	must(door_flow_count(&d) == 0);
	door_fini(&d);
}

static void answers(const struct packet *p)
{
	static uint8_t buffer[ICMP_MAX];
	struct icmp_problem problem = { ICMP_TOO_BIG, 1280, p->flow.destination };
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct icmp i;

	icmp_init(&i, instant_ms(0));
	if (packet_is_multicast(&problem.from) ||
		!icmp_answer(&i, instant_ms(0), &problem, p, &w))
		return;
	must(parsed(writer_bytes(&w)).icmp == PACKET_ICMP_ERROR);
}

static void clamps(const struct packet *p, size_t mtu)
{
	uint8_t *copy = mem_copy(p->whole.data, p->whole.len);
	struct packet twin;

	twin = parsed(bytes_of(copy, p->whole.len));
	if (mss_clamp(copy, &twin, mtu))
		must(!mss_clamp(copy, &twin, mtu));
	mem_free(copy);
}

/* Cuts, joins what was cut, and cuts that. */
static void cuts(const struct packet *p, const struct offload *o, size_t mtu)
{
	static uint8_t out[PACKET_MAX], buffers[2 * COALESCE_BUFFER_SIZE];
	struct coalescer c;
	struct segmenter s;
	struct bytes b;
	size_t len;

	coalesce_init(&c, buffers, 2, true);
	if (segment_begin(&s, o, p, mtu) != SEGMENT_GOOD)
		return;
	while ((len = segment_next(&s, out, mtu)) > 0) {
		struct packet part;

		must(len <= mtu);
		if (!packet_parse(&part, bytes_of(out, len))) {
			must(o->type == OFFLOAD_NONE && o->flags != 0);
			return; /* the checksum was completed in the middle of a header */
		}
		while (!coalesce_add(&c, &part))
			(void)coalesce_take(&c);
	}
	while ((b = coalesce_take(&c)).len > 0)
		(void)parsed(bytes_of(b.data + OFFLOAD_SIZE, b.len - OFFLOAD_SIZE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct offload o;
	struct packet p;
	size_t mtu;

	if (size < PREFIX)
		return 0;
	must(offload_parse(&o, bytes_of(data, size)));
	mtu = 40 + (size_t)data[OFFLOAD_SIZE] * 16;
	if (!packet_parse(&p, bytes_of(data + PREFIX, size - PREFIX)))
		return 0;
	p = parsed(bytes_of(data + PREFIX, size - PREFIX));
	doors(&p);
	answers(&p);
	clamps(&p, mtu);
	cuts(&p, &o, mtu);
	return 0;
}
