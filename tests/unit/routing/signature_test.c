/* SPDX-License-Identifier: ISC */
#include "routing/routing.h"

#include "tests/unit/routing/golden.h"

TEST(signature_is_attached_as_by_hand_and_taken_off_again)
{
	struct golden bare = golden_read("tc"), whole = golden_read("tc-signed");
	uint8_t signature[64], out[ROUTING_MESSAGE_MAX], covered[ROUTING_MESSAGE_MAX];
	struct routing_signed s;
	size_t len;

	for (unsigned i = 0; i < 64; i++)
		signature[i] = (uint8_t)i;
	len = routing_signature_attach(golden_bytes(&bare), signature, out, sizeof(out));
	EXPECT_BYTES(bytes_of(out, len), golden_bytes(&whole), "byte for byte");
	EXPECT(len - bare.len <= ROUTING_ICV_SIZE, "within the room kept for it");
	EXPECT(routing_signed_parse(&s, MESSAGE_TC, bytes_of(out, len)),
		"it can be split");
	EXPECT(memcmp(s.signature, signature, 64) == 0, "the signature");
	EXPECT_EQ(s.sequence, 0x0102030405060708, "the sequence");
	len = routing_covered(golden_bytes(&bare), covered, sizeof(covered));
	EXPECT_BYTES(bytes_of(s.covered, s.covered_len), bytes_of(covered, len),
		"what is covered is the same before and after");
	EXPECT_EQ(covered[20], 0, "the hop limit is covered as zero");
}

TEST(signature_does_not_cover_hops_and_covers_all_else)
{
	struct golden g = golden_read("tc-signed");
	struct routing_signed before, after;
	unsigned uncovered = 0;

	EXPECT(routing_signed_parse(&before, MESSAGE_TC, golden_bytes(&g)), "it is fine");
	for (size_t i = 0; i < g.len; i++) {
		bool changed = true;

		g.data[i] ^= 0x01;
		if (routing_signed_parse(&after, MESSAGE_TC, golden_bytes(&g)))
			changed = after.covered_len != before.covered_len ||
				  memcmp(after.covered, before.covered,
					  before.covered_len) != 0 ||
				  memcmp(after.signature, before.signature, 64) != 0;
		g.data[i] ^= 0x01;
		if (!changed)
			uncovered++;
	}
	EXPECT(uncovered <= 4, "only hop limit, hop count and unused flag bits are free");
}

TEST(signature_is_wanted_once_and_of_the_right_kind)
{
	struct golden bare = golden_read("tc"), whole = golden_read("tc-signed");
	uint8_t signature[64] = { 0 }, out[2000];
	struct routing_signed s;

	EXPECT(!routing_signed_parse(&s, MESSAGE_TC, golden_bytes(&bare)), "unsigned");
	EXPECT(!routing_signed_parse(&s, MESSAGE_HELLO, golden_bytes(&whole)),
		"a TC is no HELLO");
	EXPECT(!routing_signed_parse(&s, MESSAGE_LSDB, golden_bytes(&whole)),
		"nothing else is signed");
	EXPECT_EQ(routing_signature_attach(golden_bytes(&whole), signature, out, 2000), 0,
		"not twice");
	EXPECT_EQ(routing_signature_attach(golden_bytes(&bare), signature, out, 150), 0,
		"not without room");
	EXPECT_EQ(routing_covered(golden_bytes(&bare), out, 50), 0, "nor that");
	EXPECT_EQ(routing_covered(BYTES("junk"), out, 2000), 0, "nor of junk");
}
