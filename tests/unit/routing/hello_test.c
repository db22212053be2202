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

TEST(hello_survives_and_fits_at_its_fullest)
{
	struct rng rng = test_rng();

	for (unsigned round = 0; round < 500; round++) {
		uint8_t buffer[ANNOUNCE_BODY_MAX];
		struct writer w = writer_of(buffer, sizeof(buffer));
		struct hello in = golden_hello(), out;

		in.count = (unsigned)rng_below(&rng, HELLO_WRITE_MAX + 1);
		in.partial = rng_below(&rng, 2);
		memset(in.announce.name, 'n', ROUTING_NAME_MAX);
		for (unsigned i = 0; i < in.count; i++) {
			struct hello_neighbour *n = &in.neighbours[i];

			rng_fill(&rng, &n->node, sizeof(n->node));
			n->status = (enum hello_status)rng_below(&rng, 3);
			n->metric_in = metric_of_code((uint16_t)rng_below(&rng, 4096));
			n->loss = (uint8_t)rng_below(&rng, 256);
		}
		hello_write(&w, &in);
		EXPECT(!w.overflow, "it fits with room for the signature");
		EXPECT(hello_parse(&out, writer_bytes(&w)), "it can be read");
		EXPECT(out.count == in.count && out.partial == in.partial, "all of it");
		for (unsigned i = 0; i < in.count; i++)
			EXPECT(id_equal(
				       &out.neighbours[i].node, &in.neighbours[i].node) &&
					out.neighbours[i].status ==
						in.neighbours[i].status &&
					out.neighbours[i].loss == in.neighbours[i].loss &&
					out.neighbours[i].metric_in ==
						in.neighbours[i].metric_in,
				"each neighbour as it was");
	}
}
