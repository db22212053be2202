/* SPDX-License-Identifier: ISC */
/*
 * Routing messages from strangers. The first byte chooses: a HELLO, a TC or a summary,
 * into the codecs and into a machine that has a neighbour. What can be parsed must
 * survive being written, signatures must come off as they went on, and deadlines must not
 * run dry.
 */
#include <stdint.h>
#include <string.h>

#include "routing/hello.h"
#include "routing/routing.h"
#include "routing/beat.h"
#include "routing/summary.h"
#include "routing/tc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INTERFACE = 1, LINK = 5, TAKES_MAX = 1000 };

/* Any packet: what has been checked can be walked to its end. */
static void fuzz_packet(struct bytes body)
{
	struct rfc5444_packet p;
	struct rfc5444_message m;
	struct rfc5444_block b;
	struct address a;
	struct reader messages, blocks;

	if (!rfc5444_packet_parse(&p, body))
		return;
	messages = reader_of(p.messages);
	while (rfc5444_message_next(&messages, &m)) {
		blocks = reader_of(m.blocks);
		while (rfc5444_block_next(&blocks, m.address_size, &b))
			for (unsigned i = 0; i < b.count; i++)
				check(rfc5444_block_address(&b, i, &a) <=
					8u * m.address_size);
		check(read_ended(&blocks));
	}
	check(read_ended(&messages));
}

static void fuzz_signed(enum message_kind kind, struct bytes body)
{
	static const uint8_t signature[64] = { 1, 2, 3 };
	static struct routing_signed s;
	uint8_t out[ROUTING_MESSAGE_MAX], covered[ROUTING_MESSAGE_MAX];
	size_t len = routing_covered(body, covered, sizeof(covered)), whole;

	if (routing_signed_parse(&s, kind, body))
		check(s.covered_len <= sizeof(s.covered));
	whole = routing_signature_attach(body, signature, out, sizeof(out));
	if (whole == 0 || !routing_signed_parse(&s, kind, bytes_of(out, whole)))
		return;
	check(s.covered_len == len && memcmp(s.covered, covered, len) == 0);
	check(memcmp(s.signature, signature, sizeof(signature)) == 0);
}

static void fuzz_hello(struct bytes body)
{
	static struct hello h, again;
	uint8_t out[ROUTING_MESSAGE_MAX];
	struct writer w = writer_of(out, sizeof(out));

	if (!hello_parse(&h, body) || h.count > HELLO_WRITE_MAX)
		return;
	hello_write(&w, &h);
	check(!w.overflow && hello_parse(&again, writer_bytes(&w)));
	check(again.count == h.count && again.announce.sequence == h.announce.sequence);
}

static void fuzz_tc(struct bytes body)
{
	static struct tc t, again;
	uint8_t out[ROUTING_MESSAGE_MAX];
	struct writer w = writer_of(out, sizeof(out));

	if (!tc_parse(&t, body) || t.count > TC_WRITE_MAX ||
		t.attached_count > TC_ATTACHED_WRITE_MAX)
		return;
	check(t.hops_at + 1 < body.len && body.data[t.hops_at] == t.hop_limit);
	tc_write(&w, &t);
	check(!w.overflow && tc_parse(&again, writer_bytes(&w)));
	check(again.count == t.count && again.ansn == t.ansn);
	check(again.uplink == t.uplink && again.attached_count == t.attached_count);
	check(memcmp(again.neighbours, t.neighbours, sizeof(t.neighbours)) == 0);
}

static void fuzz_summary(struct bytes body)
{
	static struct summary s;
	uint8_t out[2000];
	struct writer w = writer_of(out, sizeof(out));

	if (!summary_parse(&s, body))
		return;
	summary_write(&w, &s);
	check(bytes_equal(writer_bytes(&w), body));
}

static void fuzz_beat(struct bytes body)
{
	struct beat b, again;
	uint8_t out[32];
	struct writer w = writer_of(out, sizeof(out));

	if (!beat_parse(&b, body))
		return;
	beat_write(&w, &b);
	check(!w.overflow && beat_parse(&again, writer_bytes(&w)));
	check(again.number == b.number && again.digest == b.digest);
}

/* A neighbour that hears us, so that all doors are open. */
static void meet_neighbour(
	struct routing *r, struct instant now, const struct routing_config *config)
{
	static const struct address neighbour = { { 0xfd, 0x71, 2 } };
	uint8_t out[ROUTING_MESSAGE_MAX];
	struct writer w = writer_of(out, sizeof(out));
	struct hello h = { .announce = { .originator = neighbour, .sequence = 1 },
		.digest = 1,
		.has_digest = true,
		.count = 1 };
	struct tc t = { .announce = h.announce, .hop_limit = TC_HOP_LIMIT, .count = 1 };

	h.announce.validity_ms = t.announce.validity_ms = 60000;
	h.neighbours[0] = (struct hello_neighbour){
		.node = config->self, .status = HELLO_SYMMETRIC, .metric_in = 100
	};
	t.neighbours[0] = (struct tc_neighbour){ config->self, 100 };
	hello_write(&w, &h);
	check(routing_hello(r, now, INTERFACE, LINK, writer_bytes(&w)));
	w = writer_of(out, sizeof(out));
	tc_write(&w, &t);
	check(routing_tc(r, now, LINK, false, writer_bytes(&w)));
}

static void fuzz_machine(unsigned choice, struct bytes body)
{
	static struct drops drops;
	struct rng_seeded state;
	struct routing_config config = { .self = { { 0xfd, 0x71, 1 } },
		.rng = rng_seeded_init(&state, 1),
		.drops = &drops,
		.sequence = 1 };
	struct instant now = instant_ms(1000);
	struct routing *r = routing_new(&config, now);
	static struct routing_output out;
	unsigned takes = 0;

	routing_interface_add(r, now, INTERFACE);
	routing_link_usable(r, now, LINK, true);
	meet_neighbour(r, now, &config);
	for (unsigned i = 0; i < 40; i++) {
		if (i == 3 && choice == 0)
			(void)routing_hello(r, now, INTERFACE, LINK + 1, body);
		if (i == 3 && choice == 1)
			(void)routing_tc(r, now, LINK, false, body);
		if (i == 3 && choice == 2)
			(void)routing_lsdb(r, now, LINK, body);
		routing_tick(r, now);
		while (routing_take(r, now, INTERFACE, &out) ||
			routing_take_link(r, now, LINK, &out))
			check(++takes < TAKES_MAX && out.len <= ROUTING_MESSAGE_MAX);
		now = instant_max(routing_deadline(r), instant_add_us(now, 1));
		check(now.us < INT64_MAX);
	}
	routing_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes body;

	if (size < 1)
		return 0;
	body = bytes_of(data + 1, size - 1);
	fuzz_beat(body);
	fuzz_packet(body);
	switch (data[0] % 3) {
	case 0:
		fuzz_signed(MESSAGE_HELLO, body);
		fuzz_hello(body);
		break;
	case 1:
		fuzz_signed(MESSAGE_TC, body);
		fuzz_tc(body);
		break;
	case 2:
		fuzz_summary(body);
		break;
	}
	fuzz_machine(data[0] % 3, body);
	return 0;
}
