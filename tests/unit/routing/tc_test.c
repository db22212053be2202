/* SPDX-License-Identifier: ISC */
#include "routing/tc.h"

#include "routing/metric.h"
#include "tests/unit/routing/golden.h"

TEST(tc_is_written_as_by_hand)
{
	struct golden g = golden_read("tc");
	struct tc in = golden_tc(), out;
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));

	tc_write(&w, &in);
	EXPECT_BYTES(writer_bytes(&w), golden_bytes(&g), "byte for byte");
	EXPECT(tc_parse(&out, golden_bytes(&g)), "and can be read");
	EXPECT_EQ(out.ansn, 9, "the ANSN");
	EXPECT_EQ(out.hop_limit, 255, "the hop limit");
	EXPECT_EQ(g.data[out.hops_at], 255, "which lies where it says");
	EXPECT_EQ(out.announce.validity_ms, 18000, "the validity, rounded up");
	EXPECT_EQ(out.count, 2, "both neighbours");
	EXPECT_EQ(out.neighbours[0].metric, 104, "what the first costs");
}

TEST(tc_refuses_what_makes_no_sense)
{
	static const struct {
		const char *why;
		size_t at;
		uint8_t value;
	} rows[] = {
		{ "another type", 1, 0 },
		{ "no hop limit", 2, 0xbf },
		{ "no hop count", 2, 0xdf },
		{ "no ANSN", 81, 9 },
		{ "two neighbours that are one", 104, 3 },
		{ "a kind of address in two bytes", 112, 9 },
	};
	struct golden g = golden_read("tc");
	struct tc t;

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t kept = g.data[rows[i].at];

		g.data[rows[i].at] = rows[i].value;
		EXPECT(kept != rows[i].value && !tc_parse(&t, golden_bytes(&g)),
			rows[i].why);
		g.data[rows[i].at] = kept;
	}
	for (size_t len = 0; len < g.len; len++)
		EXPECT(!tc_parse(&t, bytes_of(g.data, len)), "a part of it");
}

/* A TC with one block more: an address of 16 bytes, its prefix length, these TLVs. */
static bool takes(struct tc *t, uint8_t prefix, struct bytes tlvs)
{
	struct golden g = golden_read("tc");
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct address network = { { 0xfd, 0x42 } };
	size_t begun;

	write_bytes(&w, golden_bytes(&g));
	rfc5444_addresses_write(
		&w, &(struct rfc5444_addresses){ 16, 1, &network, &prefix });
	begun = rfc5444_tlvs_begin(&w);
	write_bytes(&w, tlvs);
	rfc5444_tlvs_end(&w, begun);
	rfc5444_message_end(&w, 1);
	return tc_parse(t, writer_bytes(&w));
}

#define GATEWAY "\12\20\1\2"
#define METRIC  "\7\20\2\20\7"

TEST(tc_takes_networks_behind_a_router)
{
	static const struct {
		const char *why;
		bool good;
		unsigned networks, neighbours;
		struct bytes tlvs;
	} rows[] = {
		{ "with hops and metric", true, 1, 2, BYTES(GATEWAY METRIC) },
		{ "without a metric it is left out", true, 0, 2, BYTES(GATEWAY) },
		{ "nor is it anything without TLVs", true, 0, 2, BYTES("") },
		{ "a neighbour has no prefix", true, 0, 2, BYTES("\11\20\1\1" METRIC) },
		{ "a network and a neighbour at once", false, 0, 0,
			BYTES("\11\20\1\1" GATEWAY METRIC) },
		{ "hops of two bytes", false, 0, 0, BYTES("\12\20\2\1\1" METRIC) },
		{ "no hops", false, 0, 0, BYTES("\12\0" METRIC) },
		{ "another extension is another TLV", true, 0, 2,
			BYTES("\12\220\1\1\2" METRIC) },
	};
	struct tc t;

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(takes(&t, 24, rows[i].tlvs) == rows[i].good, rows[i].why);
		if (!rows[i].good)
			continue;
		EXPECT(t.attached_count == rows[i].networks &&
				t.count == rows[i].neighbours,
			rows[i].why);
	}
	EXPECT(takes(&t, 24, BYTES(GATEWAY METRIC)) && t.uplink == 0, "no way out");
	EXPECT(t.attached[0].network.b[1] == 0x42 && t.attached[0].prefix == 24 &&
			t.attached[0].hops == 2 && t.attached[0].metric == 8,
		"as it was told");
}

TEST(tc_with_ways_out_is_written_as_by_hand)
{
	struct golden g = golden_read("tc-gateway");
	struct tc in = golden_tc();
	uint8_t buffer[ANNOUNCE_BODY_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));

	tc_attach_uplinks(&in, ROUTING_UPLINK_ALL);
	tc_write(&w, &in);
	EXPECT_BYTES(writer_bytes(&w), golden_bytes(&g), "byte for byte");
}

TEST(tc_uplinks_are_networks_of_all_addresses)
{
	struct tc in = golden_tc(), out;

	for (unsigned flags = 0; flags <= ROUTING_UPLINK_ALL; flags++) {
		uint8_t buffer[ANNOUNCE_BODY_MAX];
		struct writer w = writer_of(buffer, sizeof(buffer));

		in.attached_count = in.uplink = 0;
		tc_attach_uplinks(&in, flags);
		tc_write(&w, &in);
		EXPECT(tc_parse(&out, writer_bytes(&w)), "it can be read");
		EXPECT_EQ(out.uplink, flags, "these ways out");
		EXPECT_EQ(out.attached_count, in.attached_count, "no other networks");
	}
	EXPECT(out.attached[0].prefix == 0 && out.attached[1].prefix == 96,
		"all of IPv6, and of IPv4 in it");
}

TEST(tc_of_too_many_networks_is_refused)
{
	uint8_t buffer[ROUTING_MESSAGE_MAX], prefixes[TC_ATTACHED_MAX + 1];
	struct address networks[TC_ATTACHED_MAX + 1];
	struct golden g = golden_read("tc");
	struct tc t;

	for (unsigned i = 0; i <= TC_ATTACHED_MAX; i++) {
		networks[i] = (struct address){ { 0xfd, (uint8_t)i } };
		prefixes[i] = 16;
	}
	for (unsigned count = TC_ATTACHED_MAX; count <= TC_ATTACHED_MAX + 1; count++)
		for (unsigned twice = 0; twice < 2; twice++) {
			struct writer w = writer_of(buffer, sizeof(buffer));
			size_t begun;

			networks[1].b[1] = !twice;
			write_bytes(&w, golden_bytes(&g));
			rfc5444_addresses_write(&w, &(struct rfc5444_addresses){ 16,
							    count, networks, prefixes });
			begun = rfc5444_tlvs_begin(&w);
			write_bytes(&w, BYTES(GATEWAY METRIC));
			rfc5444_tlvs_end(&w, begun);
			rfc5444_message_end(&w, 1);
			EXPECT(tc_parse(&t, writer_bytes(&w)) ==
					(count == TC_ATTACHED_MAX && !twice),
				twice ? "one twice" : "as many as may be, or one more");
		}
}

TEST(tc_survives_and_fits_at_its_fullest)
{
	struct rng rng = test_rng();

	for (unsigned round = 0; round < 500; round++) {
		uint8_t buffer[ANNOUNCE_BODY_MAX];
		struct writer w = writer_of(buffer, sizeof(buffer));
		struct tc in = golden_tc(), out;

		in.count = (unsigned)rng_below(&rng, TC_WRITE_MAX + 1);
		in.attached_count = (unsigned)rng_below(&rng, TC_ATTACHED_WRITE_MAX + 1);
		for (unsigned i = 0; i < in.attached_count; i++) {
			rng_fill(&rng, &in.attached[i].network, 16);
			in.attached[i].prefix = (uint8_t)rng_below(&rng, 129);
			in.attached[i].hops = (uint8_t)rng_below(&rng, 256);
			in.attached[i].metric =
				metric_of_code((uint16_t)rng_below(&rng, 4096));
		}
		memset(in.announce.name, 'n', ROUTING_NAME_MAX);
		for (unsigned i = 0; i < in.count; i++) {
			rng_fill(&rng, &in.neighbours[i].node, 16);
			in.neighbours[i].metric =
				metric_of_code((uint16_t)rng_below(&rng, 4096));
		}
		tc_write(&w, &in);
		EXPECT(!w.overflow, "it fits with room for the signature");
		EXPECT(tc_parse(&out, writer_bytes(&w)), "it can be read");
		EXPECT_EQ(out.count, in.count, "all neighbours");
		EXPECT_EQ(out.attached_count, in.attached_count, "all networks");
		for (unsigned i = 0; i < in.attached_count; i++)
			EXPECT(id_equal(&out.attached[i].network,
				       &in.attached[i].network) &&
					out.attached[i].prefix == in.attached[i].prefix &&
					out.attached[i].hops == in.attached[i].hops &&
					out.attached[i].metric == in.attached[i].metric,
				"each as it was");
		for (unsigned i = 0; i < in.count; i++)
			EXPECT(id_equal(
				       &out.neighbours[i].node, &in.neighbours[i].node) &&
					out.neighbours[i].metric ==
						in.neighbours[i].metric,
				"each as it was");
	}
}
