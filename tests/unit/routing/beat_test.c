/* SPDX-License-Identifier: ISC */
#include "routing/beat.h"

#include "tests/test.h"

#define DIGEST "\1\2\3\4\5\6\7\10"

TEST(beat_refuses_what_is_none)
{
	static const struct {
		const char *why;
		struct bytes body;
	} rows[] = {
		{ "empty", BYTES("") },
		{ "no number", BYTES("\4\0\13\362\20\10" DIGEST) },
		{ "no digest", BYTES("\14\0\1\0\0") },
		{ "another version", BYTES("\34\0\1\0\13\362\20\10" DIGEST) },
		{ "TLVs cut short", BYTES("\14\0\1\0\14\362\20\10" DIGEST) },
		{ "a digest of seven bytes",
			BYTES("\14\0\1\0\12\362\20\7\1\2\3\4\5\6\7") },
		{ "two digests",
			BYTES("\14\0\1\0\26\362\20\10" DIGEST "\362\20\10" DIGEST) },
		{ "something behind it", BYTES("\14\0\1\0\13\362\20\10" DIGEST "\0") },
	};
	struct beat b;

	EXPECT(beat_parse(&b, BYTES("\14\0\1\0\13\362\20\10" DIGEST)), "a beat");
	EXPECT(b.number == 1 && b.digest == 0x0102030405060708, "as it was said");
	EXPECT(beat_parse(&b, BYTES("\14\0\1\0\15\351\0\362\20\10" DIGEST)),
		"other TLVs are left alone");
	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!beat_parse(&b, rows[i].body), rows[i].why);
}

TEST(beat_survives)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < 100; i++) {
		struct beat b = { (uint16_t)rng_u64(&rng), rng_u64(&rng) }, again;
		uint8_t out[32];
		struct writer w = writer_of(out, sizeof(out));

		beat_write(&w, &b);
		EXPECT(!w.overflow && beat_parse(&again, writer_bytes(&w)), "parsed");
		EXPECT(again.number == b.number && again.digest == b.digest, "alike");
	}
}
