/* SPDX-License-Identifier: ISC */
#include "routing/announce.h"

#include "tests/unit/routing/golden.h"

#define VALIDITY "\1\20\1\136"
#define INTERVAL "\0\20\1\120"
#define SEQUENCE "\6\20\10\0\0\0\0\0\0\0\7"
#define KEY      "\360\20\40kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
#define SIG64    "ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss"
#define ICV      "\5\220\1\113\0\340\10kkkkkkkk" SIG64

static bool parse(struct announce *a, struct bytes tlvs)
{
	struct rfc5444_message m = {
		.address_size = RFC5444_ADDRESS_SIZE, .has_originator = true, .tlvs = tlvs
	};

	return announce_parse(a, &m);
}

TEST(announce_takes_what_is_complete)
{
	struct announce a;

	EXPECT(parse(&a, BYTES(VALIDITY SEQUENCE KEY)), "the least");
	EXPECT_EQ(a.interval_ms, 3500, "no interval: as long as it is valid");
	EXPECT(parse(&a, BYTES(VALIDITY INTERVAL SEQUENCE KEY "\361\20\2me\143\0" ICV)),
		"all");
	EXPECT_STRING(a.name, "me", "the name");
	EXPECT_EQ(a.sequence, 7, "the sequence");
	EXPECT_EQ(a.signature.len, 64, "the signature");
	EXPECT(parse(&a, BYTES("\1\20\1\377" SEQUENCE KEY)), "a very long validity");
	EXPECT_EQ(a.validity_ms, ANNOUNCE_VALIDITY_MAX_MS, "is cut to the limit");
}

TEST(announce_refuses_what_is_not)
{
	static const struct {
		const char *why;
		struct bytes tlvs;
	} rows[] = {
		{ "no key", BYTES(VALIDITY SEQUENCE) },
		{ "no sequence", BYTES(VALIDITY KEY) },
		{ "no validity", BYTES(SEQUENCE KEY) },
		{ "a validity of nothing", BYTES("\1\20\1\0" SEQUENCE KEY) },
		{ "a malformed validity", BYTES("\1\20\2\1\1" SEQUENCE KEY) },
		{ "two keys", BYTES(VALIDITY SEQUENCE KEY KEY) },
		{ "two sequences", BYTES(VALIDITY SEQUENCE SEQUENCE KEY) },
		{ "two validities", BYTES(VALIDITY VALIDITY SEQUENCE KEY) },
		{ "two intervals", BYTES(VALIDITY INTERVAL INTERVAL SEQUENCE KEY) },
		{ "two signatures", BYTES(VALIDITY SEQUENCE KEY ICV ICV) },
		{ "two names", BYTES(VALIDITY SEQUENCE KEY "\361\20\1a\361\20\1b") },
		{ "an empty name", BYTES(VALIDITY SEQUENCE KEY "\361\0") },
		{ "a name with a zero in it",
			BYTES(VALIDITY SEQUENCE KEY "\361\20\2a\0") },
		{ "a name of 32 bytes",
			BYTES(VALIDITY SEQUENCE KEY
				"\361\20\40aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") },
		{ "a short key", BYTES(VALIDITY SEQUENCE "\360\20\1k") },
		{ "a short sequence", BYTES(VALIDITY KEY "\6\20\1\1") },
		{ "another hash", BYTES(VALIDITY SEQUENCE KEY
					  "\5\220\1\113\1\340\10kkkkkkkk" SIG64) },
		{ "another crypto", BYTES(VALIDITY SEQUENCE KEY
					    "\5\220\1\113\0\341\10kkkkkkkk" SIG64) },
		{ "another key id", BYTES(VALIDITY SEQUENCE KEY
					    "\5\220\1\113\0\340\10kkkkkkkj" SIG64) },
		{ "a short signature",
			BYTES(VALIDITY SEQUENCE KEY "\5\220\1\13\0\340\10kkkkkkkk") },
		{ "an empty signature", BYTES(VALIDITY SEQUENCE KEY "\5\200\1") },
	};
	struct rfc5444_message nobody = { .address_size = RFC5444_ADDRESS_SIZE,
		.tlvs = BYTES(VALIDITY SEQUENCE KEY) };
	struct announce a;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!parse(&a, rows[i].tlvs), rows[i].why);
	EXPECT(!announce_parse(&a, &nobody), "no originator");
}
