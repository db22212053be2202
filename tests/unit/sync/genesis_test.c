/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/samples.h"

TEST(genesis_parses_to_what_was_written)
{
	struct keypair owner = sample_keys(1);
	uint8_t out[GENESIS_SIZE_MAX], again[GENESIS_SIZE_MAX];
	struct bytes body = sample_genesis(&owner, out);
	struct writer w = writer_of(again, sizeof(again));
	struct genesis g;

	EXPECT(genesis_parse(&g, body), "a written genesis parses");
	EXPECT(genesis_verify(&g, body), "its signature holds");
	EXPECT(id_equal(&g.owner, &owner.id), "the owner survives");
	EXPECT_EQ(g.created_s, SAMPLE_NOW_S, "the date survives");
	genesis_write(&w, &g, &owner);
	EXPECT_BYTES(body, writer_bytes(&w), "it writes back the same bytes");
}

TEST(genesis_refuses_every_cut_and_every_changed_byte)
{
	struct keypair owner = sample_keys(1);
	uint8_t out[GENESIS_SIZE_MAX];
	struct bytes body = sample_genesis(&owner, out);
	struct hash folder = genesis_folder(body), other;
	struct genesis g;

	for (size_t n = 0; n < body.len; n++)
		EXPECT(!genesis_parse(&g, bytes_of(out, n)), "cut short");
	for (size_t i = 0; i < body.len; i++) {
		out[i] ^= 0x10;
		EXPECT(!genesis_parse(&g, body) || !genesis_verify(&g, body),
			"a changed byte is noticed");
		other = genesis_folder(body);
		EXPECT(!id_equal(&folder, &other), "and it would be another folder");
		out[i] ^= 0x10;
	}
}

TEST(genesis_refuses_what_it_never_writes)
{
	static const struct {
		const char *why;
		size_t at, len;
		uint8_t value;
	} rows[] = {
		{ "a format of the future", 0, 1, 2 },
		{ "made before 1970", 49, 1, 0x80 },
		{ "a name that is longer than all", 57, 1, 0xff },
	};
	struct keypair owner = sample_keys(1);
	uint8_t out[GENESIS_SIZE_MAX + 1], copy[GENESIS_SIZE_MAX + 1];
	struct bytes body = sample_genesis(&owner, out);
	struct genesis g;

	for (size_t i = 0; i < array_len(rows); i++) {
		memcpy(copy, out, body.len);
		memset(copy + rows[i].at, rows[i].value, rows[i].len);
		EXPECT(!genesis_parse(&g, bytes_of(copy, body.len)), rows[i].why);
	}
	out[body.len] = 0;
	EXPECT(!genesis_parse(&g, bytes_of(out, body.len + 1)), "a byte too many");
	EXPECT(!genesis_verify(&g, bytes_of(out, 64)), "nothing but a signature");
}

TEST(genesis_refuses_names_too_short_and_too_long)
{
	static const struct {
		size_t len;
		bool fits;
	} rows[] = { { 0, false }, { 40, false }, { 41, true }, { 167, true },
		{ 168, false } };

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t out[GENESIS_SIZE_MAX];
		struct writer w = writer_of(out, sizeof(out));
		struct genesis g;

		write_u8(&w, GENESIS_FORMAT);
		write_zeros(&w, 32 + 16 + 8);
		write_u16(&w, (uint16_t)rows[i].len);
		write_zeros(&w, rows[i].len + 64);
		EXPECT_EQ(genesis_parse(&g, writer_bytes(&w)), rows[i].fits,
			"1 to 127 bytes");
	}
}
