/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/samples.h"

#include <errno.h>

#include "node/wire/base64.h"

static struct sample_chain s;
static uint8_t genesis_bytes[GENESIS_SIZE_MAX];

/* The owner's invite of writers for a week, or, through an admin, of depth above 0. */
static struct invite sample(bool by_admin, uint8_t rights)
{
	struct keypair owner = sample_keys(100);
	struct invite i = { .genesis = sample_genesis(&owner, genesis_bytes) };
	struct hash folder = genesis_folder(i.genesis);
	struct certificate c;

	sample_chain_begin(&s, &folder);
	if (by_admin)
		sample_add(&s, sample_next(&s, CERTIFICATE_MEMBER));
	c = sample_next(&s, CERTIFICATE_INVITE);
	c.rights = rights;
	c.not_after_s = SAMPLE_NOW_S + 7 * SAMPLE_DAY_S;
	c.uses = 3;
	sample_add(&s, c);
	memcpy(i.folder_name, "photos", 7);
	if ((rights & RIGHT_READ) != 0)
		i.key = sample_zone_key();
	i.inviter = s.keys[s.count - 1].id;
	keypair_seed(&s.keys[s.count], i.secret_seed);
	i.chain_count = s.count;
	memcpy(i.chain, s.chain, s.count * sizeof(s.chain[0]));
	return i;
}

static int parse(const char *text)
{
	uint8_t buffer[INVITE_TEXT_MAX];
	struct invite i;

	return invite_parse(&i, text, buffer, sizeof(buffer));
}

/* The error that an invite gets which was written although it is wrong. */
static int error_of(const struct invite *i)
{
	char text[INVITE_TEXT_MAX];

	EXPECT(invite_write(text, sizeof(text), i), "it fits");
	return parse(text);
}

TEST(invite_gives_back_what_was_written)
{
	for (unsigned by_admin = 0; by_admin < 2; by_admin++) {
		struct invite i = sample(by_admin, RIGHTS_WRITER), back;
		char text[INVITE_TEXT_MAX], again[INVITE_TEXT_MAX];
		uint8_t buffer[INVITE_TEXT_MAX];

		EXPECT(invite_write(text, sizeof(text), &i), "an invite fits");
		EXPECT(memcmp(text, "qanat1:", 7) == 0, "it says what it is");
		EXPECT_EQ(invite_parse(&back, text, buffer, sizeof(buffer)), 0,
			"it parses");
		EXPECT_STRING(back.folder_name, "photos", "the name survives");
		EXPECT(memcmp(&back.key, &i.key, sizeof(i.key)) == 0, "the key survives");
		EXPECT_EQ(back.chain_count, 1 + by_admin, "the chain survives");
		EXPECT(invite_write(again, sizeof(again), &back),
			"it can be written again");
		EXPECT_STRING(text, again, "as the same text");
	}
}

TEST(invite_of_a_keeper_holds_no_key)
{
	struct invite i = sample(false, RIGHTS_KEEPER);

	EXPECT_EQ(error_of(&i), 0, "without a key it is accepted");
	i.key = sample_zone_key();
	EXPECT_EQ(error_of(&i), -EBADMSG, "a keeper is not given the key");
}

TEST(invite_may_stand_between_white_space_only)
{
	struct invite i = sample(false, RIGHTS_WRITER);
	char text[INVITE_TEXT_MAX], padded[INVITE_TEXT_MAX + 8] = " \t\n";

	EXPECT(invite_write(text, sizeof(text), &i), "it fits");
	memcpy(padded + 3, text, strlen(text));
	memcpy(padded + 3 + strlen(text), "\r\n ", 4);
	EXPECT_EQ(parse(padded), 0, "as it is pasted");
	padded[20] = ' ';
	EXPECT_EQ(parse(padded), -EBADMSG, "but not with white space inside");
}

TEST(invite_notices_every_typing_error)
{
	struct invite i = sample(false, RIGHTS_WRITER);
	char text[INVITE_TEXT_MAX];
	size_t len;

	EXPECT(invite_write(text, sizeof(text), &i), "it fits");
	len = strlen(text);
	for (size_t n = 7; n < len; n++) {
		char kept = text[n];

		text[n] = kept == 'A' ? 'B' : 'A';
		EXPECT_EQ(parse(text), -EBADMSG, "another character");
		text[n] = '\0';
		EXPECT_EQ(parse(text), -EBADMSG, "cut short");
		text[n] = kept;
	}
	for (size_t n = 7; n + 1 < len; n++) {
		char kept = text[n];

		if (kept == text[n + 1])
			continue;
		text[n] = text[n + 1];
		text[n + 1] = kept;
		EXPECT_EQ(parse(text), -EBADMSG, "two characters changed places");
		text[n + 1] = text[n];
		text[n] = kept;
	}
	memcpy(text + len, "A", 2);
	EXPECT_EQ(parse(text), -EBADMSG, "a character too many");
}

TEST(invite_refuses_text_that_is_none)
{
	static const char *const rows[] = { "", "qanat", "qanat2:AAAA", "hello",
		"QANAT1:AAAA" };

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(parse(rows[i]), -EINVAL, "it does not begin like an invite");
	EXPECT_EQ(parse("   \t"), -EINVAL, "nothing but white space");
	EXPECT_EQ(parse("qanat1:"), -EBADMSG, "nothing follows");
	EXPECT_EQ(parse("qanat1:AAAAAAAAAAAA"), -EBADMSG, "nonsense follows");
}

TEST(invite_refuses_promises_that_the_chain_does_not_keep)
{
	struct invite i;

	i = sample(false, RIGHTS_WRITER);
	i.secret_seed[0] ^= 1;
	EXPECT_EQ(error_of(&i), -EBADMSG, "the key is not the one invited");
	i = sample(false, RIGHTS_WRITER);
	i.inviter = sample_keys(3).id;
	EXPECT_EQ(error_of(&i), -EBADMSG, "somebody else invites");
	i = sample(false, RIGHTS_WRITER);
	i.key = (struct zone_key){ 0 };
	EXPECT_EQ(error_of(&i), -EBADMSG, "a writer without a key");
	i = sample(false, RIGHTS_WRITER);
	s.bytes[1][200] ^= 1;
	EXPECT_EQ(error_of(&i), -EBADMSG, "a forged certificate");
	i = sample(false, RIGHTS_WRITER);
	genesis_bytes[60] ^= 1;
	EXPECT_EQ(error_of(&i), -EBADMSG, "a forged genesis");
	i = sample(true, RIGHTS_WRITER);
	i.chain[0] = i.chain[1];
	i.chain_count = 1;
	EXPECT_EQ(error_of(&i), -EBADMSG, "no invite in it");
	i = sample(true, RIGHTS_WRITER);
	i.chain_count = 1;
	EXPECT_EQ(error_of(&i), -EBADMSG, "a chain that does not reach the owner");
}

/* The error of a blob that has the checksum it should have. */
static int error_of_blob(const uint8_t *blob, size_t len)
{
	uint8_t whole[INVITE_TEXT_MAX];
	char text[INVITE_TEXT_MAX * 2] = "qanat1:";
	struct hash sum = hash_tagged("qanat invite 1", bytes_of(blob, len));

	memcpy(whole, blob, len);
	memcpy(whole + len, sum.b, 8);
	base64_write(text + 7, bytes_of(whole, len + 8));
	text[7 + base64_length(len + 8)] = '\0';
	return parse(text);
}

TEST(invite_with_a_right_checksum_is_refused_where_it_is_malformed)
{
	static const struct {
		const char *why;
		size_t at; /* from the end of the genesis */
		uint8_t value;
	} rows[] = {
		{ "a name too long", 0, FOLDER_NAME_MAX + 1 },
		{ "a zero inside the name", 3, 0 },
		{ "no certificates", 107, 0 },
		{ "more certificates than there are", 107, 2 },
		{ "more certificates than a chain has", 107, CHAIN_MAX + 1 },
	};
	struct invite i = sample(false, RIGHTS_WRITER);
	uint8_t blob[INVITE_TEXT_MAX], copy[INVITE_TEXT_MAX];
	size_t genesis_end = 3 + i.genesis.len, len;
	char text[INVITE_TEXT_MAX];

	EXPECT(invite_write(text, sizeof(text), &i), "it fits");
	EXPECT(base64_parse(blob, sizeof(blob), &len, bytes_of_string(text + 7)),
		"decodes");
	len -= 8;
	EXPECT_EQ(error_of_blob(blob, len), 0, "the base of the rows is accepted");
	for (size_t n = 0; n < array_len(rows); n++) {
		memcpy(copy, blob, len);
		copy[genesis_end + rows[n].at] = rows[n].value;
		EXPECT_EQ(error_of_blob(copy, len), -EINVAL, rows[n].why);
	}
	for (size_t n = 0; n < len; n++)
		EXPECT(error_of_blob(blob, n) != 0, "cut short");
	blob[len] = 0;
	EXPECT_EQ(error_of_blob(blob, len + 1), -EINVAL, "a byte too many");
	blob[0]++;
	EXPECT_EQ(error_of_blob(blob, len), -EINVAL, "a format of the future");
}

TEST(invite_that_does_not_fit_is_not_written)
{
	struct invite i = sample(false, RIGHTS_WRITER);
	char text[INVITE_TEXT_MAX];
	size_t len;

	EXPECT(invite_write(text, sizeof(text), &i), "it fits");
	len = strlen(text);
	EXPECT(invite_write(text, len + 1, &i), "exactly");
	EXPECT(!invite_write(text, len, &i), "the closing zero counts");
}

TEST(invite_of_the_longest_chain_fits)
{
	struct keypair owner = sample_keys(100);
	struct invite i = { .genesis = sample_genesis(&owner, genesis_bytes) };
	struct hash folder = genesis_folder(i.genesis);
	char text[INVITE_TEXT_MAX];

	sample_chain_begin(&s, &folder);
	for (size_t n = 0; n < CHAIN_MAX - 1; n++) {
		struct certificate c = sample_next(
			&s, n % 2 == 0 ? CERTIFICATE_INVITE : CERTIFICATE_MEMBER);

		if (c.kind == CERTIFICATE_MEMBER) {
			c.name_len = MEMBER_NAME_MAX;
			memset(c.name, 'n', MEMBER_NAME_MAX);
		}
		sample_add(&s, c);
	}
	memset(i.folder_name, 'f', FOLDER_NAME_MAX);
	i.key = sample_zone_key();
	i.inviter = s.keys[s.count - 1].id;
	keypair_seed(&s.keys[s.count], i.secret_seed);
	i.chain_count = s.count;
	memcpy(i.chain, s.chain, s.count * sizeof(s.chain[0]));
	EXPECT(invite_write(text, sizeof(text), &i), "five certificates fit");
	EXPECT_EQ(parse(text), 0, "and parse");
}

TEST(invite_redeemed_makes_a_member_whose_chain_holds)
{
	static const struct {
		const char *why;
		bool by_admin;
		int64_t stays_s;
	} rows[] = {
		{ "of the owner: ten years", false, 3650LL * SAMPLE_DAY_S },
		{ "of an admin: as long as it", true, 30 * SAMPLE_DAY_S },
	};
	struct node_id self = sample_keys(9).id;

	for (size_t n = 0; n < array_len(rows); n++) {
		struct invite i = sample(rows[n].by_admin, RIGHTS_WRITER);
		uint8_t out[CERTIFICATE_SIZE_MAX];
		struct writer w = writer_of(out, sizeof(out));
		struct bytes chain[CHAIN_MAX];
		struct certificate c;

		invite_redeem(&i, &self, "bob", &w);
		chain[0] = writer_bytes(&w);
		memcpy(chain + 1, i.chain, i.chain_count * sizeof(chain[0]));
		EXPECT(chain_verify(&s.folder, &s.keys[0].id, chain, i.chain_count + 1),
			rows[n].why);
		EXPECT(certificate_parse(&c, chain[0]), "it parses");
		EXPECT(id_equal(&c.subject, &self), "it is for the joiner");
		EXPECT_EQ(c.rights, RIGHTS_WRITER, "with the rights of the invite");
		EXPECT_STRING(c.name, "bob", "with the proposed name");
		EXPECT_EQ(c.not_before_s, SAMPLE_NOW_S, "from when the invite was made");
		EXPECT_EQ(c.not_after_s, SAMPLE_NOW_S + rows[n].stays_s, rows[n].why);
	}
}

TEST(invite_redeemed_under_a_long_name_cuts_it_between_characters)
{
	struct invite i = sample(false, RIGHTS_WRITER);
	struct node_id self = sample_keys(9).id;
	uint8_t out[CERTIFICATE_SIZE_MAX];
	struct writer w = writer_of(out, sizeof(out));
	struct certificate c;

	invite_redeem(&i, &self, "123456789012345678901234567890\xc3\xa4", &w);
	EXPECT(certificate_parse(&c, writer_bytes(&w)), "it parses");
	EXPECT_STRING(c.name, "123456789012345678901234567890", "no half character");
}
