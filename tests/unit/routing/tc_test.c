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

/* The golden TC with these bytes put behind its message TLVs. */
static struct bytes with_tlv(struct golden *g, struct bytes tlv)
{
	static const size_t packet = 1, size_at = 3, tlvs_at = 25;
	size_t tlvs = (size_t)(g->data[tlvs_at] << 8 | g->data[tlvs_at + 1]);
	size_t end = tlvs_at + 2 + tlvs;

	memmove(g->data + end + tlv.len, g->data + end, g->len - end);
	memcpy(g->data + end, tlv.data, tlv.len);
	g->len += tlv.len;
	g->data[tlvs_at + 1] = (uint8_t)(g->data[tlvs_at + 1] + tlv.len);
	g->data[size_at] = (uint8_t)((g->len - packet) >> 8);
	g->data[size_at + 1] = (uint8_t)(g->len - packet);
	return golden_bytes(g);
}

TEST(tc_uplinks_are_read_as_they_were_written_and_at_most_once)
{
	static const struct {
		const char *why;
		struct bytes tlv;
		bool good;
		uint8_t uplink;
	} rows[] = {
		{ "none", BYTES(""), true, 0 },
		{ "both", BYTES("\364\20\1\3"), true, 3 },
		{ "a flag that means nothing yet", BYTES("\364\20\1\205"), true, 1 },
		{ "another extension is another TLV", BYTES("\364\220\1\1\3"), true, 0 },
		{ "no flags", BYTES("\364\0"), false, 0 },
		{ "two bytes of flags", BYTES("\364\20\2\1\1"), false, 0 },
		{ "twice", BYTES("\364\20\1\1\364\20\1\1"), false, 0 },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct golden g = golden_read("tc");
		uint8_t buffer[ANNOUNCE_BODY_MAX];
		struct writer w = writer_of(buffer, sizeof(buffer));
		struct tc t, again;

		EXPECT(tc_parse(&t, with_tlv(&g, rows[i].tlv)) == rows[i].good,
			rows[i].why);
		if (!rows[i].good)
			continue;
		EXPECT_EQ(t.uplink, rows[i].uplink, rows[i].why);
		tc_write(&w, &t);
		EXPECT(tc_parse(&again, writer_bytes(&w)), "it is written");
		EXPECT_EQ(again.uplink, t.uplink, "and read as it was");
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
		in.uplink = ROUTING_UPLINK_ALL;
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
		for (unsigned i = 0; i < in.count; i++)
			EXPECT(id_equal(
				       &out.neighbours[i].node, &in.neighbours[i].node) &&
					out.neighbours[i].metric ==
						in.neighbours[i].metric,
				"each as it was");
	}
}
