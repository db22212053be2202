/* SPDX-License-Identifier: ISC */
#include "routing/hello.h"

#include "routing/metric.h"
#include "tests/unit/routing/golden.h"

TEST(hello_is_written_as_by_hand)
{
	struct golden g = golden_read("hello");
	struct hello in = golden_hello(), out;
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));

	hello_write(&w, &in);
	EXPECT_BYTES(writer_bytes(&w), golden_bytes(&g), "byte for byte");
	EXPECT(hello_parse(&out, golden_bytes(&g)), "and can be read");
	EXPECT_EQ(out.announce.validity_ms, 3500, "the validity");
	EXPECT_EQ(out.digest, in.digest, "the digest");
	EXPECT_EQ(out.count, 2, "both neighbours");
	EXPECT_EQ(out.neighbours[1].metric_in, 208, "what it costs");
	EXPECT_EQ(out.neighbours[1].status, HELLO_HEARD, "how it is heard");
	EXPECT(!out.partial, "complete");
}

TEST(hello_with_relays_is_written_as_by_hand)
{
	struct golden g = golden_read("hello-mpr");
	struct hello in = golden_hello(), out;
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));

	in.announce.name[0] = '\0';
	in.will_flooding = 3;
	in.will_routing = 12;
	in.count = 3;
	in.neighbours[0].mpr = HELLO_MPR_ALL;
	in.neighbours[0].neighbour_in = in.neighbours[0].neighbour_out = 104;
	in.neighbours[1].mpr = HELLO_MPR_ROUTING;
	in.neighbours[1].other = HELLO_OTHER_SYMMETRIC;
	in.neighbours[1].neighbour_in = in.neighbours[1].neighbour_out = 104;
	in.neighbours[2] = (struct hello_neighbour){ .node = golden_address(4),
		.status = HELLO_NO_LINK,
		.loss = HELLO_LOSS_UNKNOWN,
		.other = HELLO_OTHER_LOST };
	hello_write(&w, &in);
	EXPECT_BYTES(writer_bytes(&w), golden_bytes(&g), "byte for byte");
	EXPECT(hello_parse(&out, golden_bytes(&g)), "and can be read");
	EXPECT_EQ(out.neighbours[1].mpr, HELLO_MPR_ROUTING, "who is to route");
}

/* The golden HELLO with one byte changed. */
TEST(hello_refuses_what_makes_no_sense)
{
	static const struct {
		const char *why;
		size_t at;
		uint8_t value;
	} rows[] = {
		{ "another type", 3, 1 },
		{ "no number", 4, 0x8f },
		{ "a status of 3", 133, 3 },
		{ "a second status for one address", 144, 3 },
		{ "a digest of another length", 91, 7 },
	};
	struct golden g = golden_read("hello");
	struct hello h;

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t kept = g.data[rows[i].at];

		g.data[rows[i].at] = rows[i].value;
		EXPECT(kept != rows[i].value && !hello_parse(&h, golden_bytes(&g)),
			rows[i].why);
		g.data[rows[i].at] = kept;
	}
	for (size_t len = 0; len < g.len; len++)
		EXPECT(!hello_parse(&h, bytes_of(g.data, len)), "a part of it");
}

/* Anything a neighbour may be, in the order in which it is written. */
static struct hello_neighbour any_neighbour(struct rng *rng, unsigned group)
{
	struct hello_neighbour n = { .status = HELLO_NO_LINK,
		.loss = HELLO_LOSS_UNKNOWN };

	rng_fill(rng, &n.node, sizeof(n.node));
	if (group < 2) {
		n.status = (enum hello_status)rng_below(rng, 3);
		n.metric_in = metric_of_code((uint16_t)rng_below(rng, 4096));
		n.loss = (uint8_t)rng_below(rng, 256);
	}
	if (group == 1)
		n.other = (enum hello_other)(1 + rng_below(rng, 2));
	if (group > 1)
		n.other = group == 2 ? HELLO_OTHER_SYMMETRIC : HELLO_OTHER_LOST;
	if (!hello_is_symmetric(&n))
		return n;
	n.neighbour_in = rng_below(rng, 2)
				 ? n.metric_in
				 : metric_of_code((uint16_t)rng_below(rng, 4096));
	n.neighbour_out = rng_below(rng, 2)
				  ? n.neighbour_in
				  : metric_of_code((uint16_t)rng_below(rng, 4096));
	n.mpr = (uint8_t)rng_below(rng, 4) & (n.status == HELLO_SYMMETRIC ? 3 : 2);
	return n;
}

static void same_neighbour(
	const struct hello_neighbour *a, const struct hello_neighbour *b)
{
	EXPECT(id_equal(&a->node, &b->node), "the same node");
	EXPECT_EQ(a->status, b->status, "its status");
	EXPECT_EQ(a->other, b->other, "its status elsewhere");
	EXPECT_EQ(a->metric_in, b->metric_in, "the metric of its link");
	EXPECT_EQ(a->neighbour_in, b->neighbour_in, "of the best one inwards");
	EXPECT_EQ(a->neighbour_out, b->neighbour_out, "and outwards");
	EXPECT_EQ(a->loss, b->loss, "its loss");
	EXPECT_EQ(a->mpr, b->mpr, "what it was chosen for");
}

TEST(hello_survives_and_fits_at_its_fullest)
{
	struct rng rng = test_rng();

	for (unsigned round = 0; round < 1000; round++) {
		uint8_t buffer[ANNOUNCE_BODY_MAX];
		struct writer w = writer_of(buffer, sizeof(buffer));
		struct hello in = golden_hello(), out;
		unsigned group = 0;

		in.count = round % 4 == 0
				   ? HELLO_WRITE_MAX
				   : (unsigned)rng_below(&rng, HELLO_WRITE_MAX + 1);
		in.beat_ms = 562;
		in.partial = rng_below(&rng, 2);
		in.will_flooding = (uint8_t)rng_below(&rng, 16);
		in.will_routing = (uint8_t)rng_below(&rng, 16);
		memset(in.announce.name, 'n', ROUTING_NAME_MAX);
		for (unsigned i = 0; i < in.count; i++) {
			if (group < 3 && rng_below(&rng, 8) == 0)
				group++;
			in.neighbours[i] = any_neighbour(&rng, group);
		}
		hello_write(&w, &in);
		EXPECT(!w.overflow, "it fits with room for the signature");
		EXPECT(hello_parse(&out, writer_bytes(&w)), "it can be read");
		EXPECT(out.count == in.count && out.partial == in.partial, "all of it");
		EXPECT(out.will_flooding == in.will_flooding &&
				out.will_routing == in.will_routing,
			"its willingness");
		for (unsigned i = 0; i < in.count; i++)
			same_neighbour(&out.neighbours[i], &in.neighbours[i]);
	}
}

TEST(hello_lists_those_of_its_interface_first)
{
	struct hello in = golden_hello(), out;
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));

	in.count = 3;
	in.neighbours[2] = in.neighbours[0];
	in.neighbours[0] = (struct hello_neighbour){ .node = golden_address(9),
		.status = HELLO_NO_LINK,
		.loss = HELLO_LOSS_UNKNOWN,
		.other = HELLO_OTHER_LOST };
	hello_write(&w, &in);
	EXPECT(hello_parse(&out, writer_bytes(&w)), "it can be read");
	same_neighbour(&out.neighbours[0], &in.neighbours[1]);
	same_neighbour(&out.neighbours[1], &in.neighbours[2]);
	same_neighbour(&out.neighbours[2], &in.neighbours[0]);
}

/* A HELLO with these TLVs about one address beside its own, its other TLVs as they should be. */
static bool takes_address_tlvs(
	struct hello *h, struct bytes tlvs, struct bytes message_tlvs)
{
	struct hello in = golden_hello();
	struct address list[] = { in.announce.originator, golden_address(2) };
	struct rfc5444_message m = { .type = RFC5444_HELLO,
		.address_size = RFC5444_ADDRESS_SIZE,
		.has_originator = true,
		.originator = in.announce.originator,
		.numbered = true };
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));
	size_t begun, block;

	rfc5444_packet_write(&w, &(struct rfc5444_packet){ .numbered = false });
	begun = rfc5444_message_begin(&w, &m);
	block = rfc5444_tlvs_begin(&w);
	announce_write(&w, &in.announce);
	write_bytes(&w, message_tlvs);
	rfc5444_tlvs_end(&w, block);
	rfc5444_addresses_write(
		&w, &(struct rfc5444_addresses){
			    .size = RFC5444_ADDRESS_SIZE, .count = 2, .list = list });
	block = rfc5444_tlvs_begin(&w);
	write_bytes(&w, tlvs);
	rfc5444_tlvs_end(&w, block);
	rfc5444_message_end(&w, begun);
	return hello_parse(h, writer_bytes(&w));
}

TEST(hello_refuses_addresses_that_contradict_themselves)
{
	static const struct {
		const char *why;
		bool fine;
		struct bytes tlvs;
	} rows[] = {
		{ "nothing of an address: it is left out", true, BYTES("\2\120\0\1\0") },
		{ "ours and a link", false, BYTES("\2\120\1\1\0\3\120\1\1\1") },
		{ "ours and a neighbour", false, BYTES("\2\120\1\1\0\4\120\1\1\1") },
		{ "an interface neither this nor another", false, BYTES("\2\120\0\1\2") },
		{ "two interfaces", false, BYTES("\2\120\0\1\0\2\120\0\1\1") },
		{ "a neighbour elsewhere", true, BYTES("\4\120\1\1\1") },
		{ "a neighbour elsewhere of status 2", false, BYTES("\4\120\1\1\2") },
		{ "two statuses elsewhere", false, BYTES("\4\120\1\1\1\4\120\1\1\0") },
		{ "flooding over a symmetric link", true,
			BYTES("\3\120\1\1\1\10\120\1\1\1") },
		{ "flooding over a link that is heard", false,
			BYTES("\3\120\1\1\2\10\120\1\1\1") },
		{ "flooding by a neighbour elsewhere", false,
			BYTES("\4\120\1\1\1\10\120\1\1\1") },
		{ "routing by a neighbour elsewhere", true,
			BYTES("\4\120\1\1\1\10\120\1\1\2") },
		{ "routing by nobody", false, BYTES("\10\120\1\1\2") },
		{ "an MPR without value", false, BYTES("\3\120\1\1\1\10\100\1") },
		{ "one metric twice", true,
			BYTES("\3\120\1\1\1\7\120\1\2\200\7\7\120\1\2\200\7") },
		{ "two metrics of one kind", false,
			BYTES("\3\120\1\1\1\7\120\1\2\200\7\7\120\1\2\240\10") },
		{ "a metric of three bytes", false,
			BYTES("\3\120\1\1\1\7\120\1\3\200\7\7") },
	};
	struct hello h;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(takes_address_tlvs(&h, rows[i].tlvs, BYTES("")) == rows[i].fine,
			rows[i].why);
	EXPECT(takes_address_tlvs(&h, BYTES(""), BYTES("\7\20\1\223")), "willingness");
	EXPECT(h.will_flooding == 9 && h.will_routing == 3, "of both kinds");
	EXPECT(takes_address_tlvs(&h, BYTES(""), BYTES("")), "none");
	EXPECT(h.will_flooding == 7 && h.will_routing == 7, "is the default");
	EXPECT(!takes_address_tlvs(&h, BYTES(""), BYTES("\7\20\2\223\1")),
		"of two bytes");
	EXPECT(!takes_address_tlvs(&h, BYTES(""), BYTES("\7\20\1\167\7\20\1\167")),
		"twice");
}
