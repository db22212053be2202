/* SPDX-License-Identifier: ISC */
#include "routing/summary.h"

#include "tests/test.h"

#define Z7       "\0\0\0\0\0\0\0"
#define ENTRY(h) Z7 h Z7 "\1"

TEST(summary_refuses_what_makes_no_sense)
{
	static const struct {
		const char *why;
		struct bytes body;
	} rows[] = {
		{ "empty", BYTES("") },
		{ "another version", BYTES("\2\0" Z7 "\1" Z7 "\5\0") },
		{ "unknown flags", BYTES("\1\4" Z7 "\1" Z7 "\5\0") },
		{ "sums that are too few", BYTES("\1\2" Z7 "\1" Z7 "\5") },
		{ "a range that runs backwards", BYTES("\1\0" Z7 "\5" Z7 "\1\0") },
		{ "promises one, brings none", BYTES("\1\0" Z7 "\1" Z7 "\5\1") },
		{ "too many", BYTES("\1\0" Z7 "\1" Z7 "\5\101") },
		{ "an entry below the range",
			BYTES("\1\0" Z7 "\2" Z7 "\5\1" ENTRY("\1")) },
		{ "an entry above it", BYTES("\1\0" Z7 "\1" Z7 "\5\1" ENTRY("\6")) },
		{ "entries out of order",
			BYTES("\1\0" Z7 "\1" Z7 "\5\2" ENTRY("\3") ENTRY("\2")) },
		{ "a byte too many", BYTES("\1\0" Z7 "\1" Z7 "\5\1" ENTRY("\3") "\0") },
	};
	struct summary s;

	EXPECT(summary_parse(&s, BYTES("\1\1" Z7 "\1" Z7 "\5\2" ENTRY("\2") ENTRY("\5"))),
		"two entries are fine");
	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!summary_parse(&s, rows[i].body), rows[i].why);
}

TEST(summary_survives)
{
	struct rng rng = test_rng();

	for (unsigned round = 0; round < 500; round++) {
		uint8_t buffer[1200];
		struct writer w = writer_of(buffer, sizeof(buffer));
		struct summary in = { .reply = rng_below(&rng, 2), .to = UINT64_MAX },
			       out;

		in.count = (unsigned)rng_below(&rng, SUMMARY_MAX + 1);
		for (unsigned i = 0; i < in.count; i++)
			in.entries[i] =
				(struct summary_entry){ i * 1000 + rng_below(&rng, 1000),
					rng_u64(&rng) };
		summary_write(&w, &in);
		EXPECT(!w.overflow && summary_parse(&out, writer_bytes(&w)),
			"it can be read");
		EXPECT(in.reply == out.reply && in.from == out.from && in.to == out.to &&
				in.count == out.count,
			"head");
		EXPECT(memcmp(in.entries, out.entries, sizeof(in.entries)) == 0,
			"entries");
	}
}
