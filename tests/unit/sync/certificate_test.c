/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/samples.h"

#include "sync/certificate.h"

static struct certificate base(void)
{
	struct keypair owner = sample_keys(100), subject = sample_keys(101);
	struct certificate c = {
		.kind = CERTIFICATE_MEMBER,
		.folder = sample_hash(1),
		.issuer = owner.id,
		.subject = subject.id,
		.rights = RIGHTS_WRITER,
		.depth = 1,
		.not_before_s = SAMPLE_NOW_S,
		.not_after_s = SAMPLE_NOW_S + SAMPLE_DAY_S,
		.quota_bytes = 1000000,
		.name_len = 5,
		.name = "alice",
	};

	return c;
}

static struct bytes encode(const struct certificate *c, uint8_t format, uint8_t *out)
{
	struct writer w = writer_of(out, CERTIFICATE_SIZE_MAX * 2);

	write_u8(&w, format);
	write_u8(&w, (uint8_t)c->kind);
	write_id(&w, &c->folder);
	write_id(&w, &c->zone);
	write_id(&w, &c->issuer);
	write_id(&w, &c->subject);
	write_u8(&w, c->rights);
	write_u8(&w, c->depth);
	write_i64(&w, c->not_before_s);
	write_i64(&w, c->not_after_s);
	write_u64(&w, c->quota_bytes);
	write_u16(&w, c->uses);
	write_id(&w, &c->parent);
	write_u8(&w, c->name_len);
	write_bytes(&w, bytes_of(c->name, c->name_len > 32 ? 32 : c->name_len));
	write_zeros(&w, 64);
	return writer_bytes(&w);
}

static bool accepts(const struct certificate *c)
{
	uint8_t out[CERTIFICATE_SIZE_MAX * 2];
	struct certificate parsed;

	return certificate_parse(&parsed, encode(c, CERTIFICATE_FORMAT, out));
}

TEST(certificate_parses_to_what_was_written)
{
	struct keypair owner = sample_keys(100);
	struct certificate c = base(), parsed;
	uint8_t out[CERTIFICATE_SIZE_MAX];
	struct writer w = writer_of(out, sizeof(out));

	certificate_write(&w, &c, &owner);
	EXPECT(!w.overflow, "it fits into its limit");
	EXPECT(certificate_parse(&parsed, writer_bytes(&w)),
		"a written certificate parses");
	EXPECT(sample_same_certificate(&c, &parsed), "every field survives");
	EXPECT(certificate_verify(&parsed, writer_bytes(&w)), "its signature holds");
}

TEST(certificate_refuses_every_cut_and_every_changed_byte)
{
	struct keypair owner = sample_keys(100);
	struct certificate c = base(), parsed;
	uint8_t out[CERTIFICATE_SIZE_MAX];
	struct writer w = writer_of(out, sizeof(out));
	struct bytes body;

	certificate_write(&w, &c, &owner);
	body = writer_bytes(&w);
	for (size_t n = 0; n < body.len; n++)
		EXPECT(!certificate_parse(&parsed, bytes_of(out, n)), "cut short");
	for (size_t i = 0; i < body.len; i++) {
		out[i] ^= 0x04;
		EXPECT(!certificate_parse(&parsed, body) ||
				!certificate_verify(&parsed, body),
			"a changed byte is noticed");
		out[i] ^= 0x04;
	}
}

TEST(certificate_refuses_what_it_never_writes)
{
	struct certificate c, parsed;
	uint8_t out[CERTIFICATE_SIZE_MAX * 2];
	struct bytes body;

	c = base();
	EXPECT(accepts(&c), "the base of the rows is accepted");
	c.not_before_s = c.not_after_s = 0;
	c.name_len = MEMBER_NAME_MAX;
	memset(c.name, 'n', MEMBER_NAME_MAX);
	EXPECT(accepts(&c), "one second long ago, under the longest name");
#define REFUSE(change, why)                                                              \
	c = base();                                                                      \
	change;                                                                          \
	EXPECT(!accepts(&c), why)
	REFUSE(c.kind = 0, "kind 0 is none");
	REFUSE(c.kind = 3, "kind 3 is none");
	REFUSE(c.rights = 0, "no right at all");
	REFUSE(c.rights = 64, "a right that does not exist");
	REFUSE(c.depth = CHAIN_DEPTH, "deeper than a chain can be");
	REFUSE(c.not_before_s = -1, "from before 1970");
	REFUSE(c.not_after_s = c.not_before_s - 1, "it ends before it begins");
	REFUSE(c.uses = 1, "a member has no uses");
	REFUSE(c.name_len = MEMBER_NAME_MAX + 1, "a name too long");
	REFUSE(c.name[2] = 0, "a zero inside the name");
#undef REFUSE
	c = base();
	body = encode(&c, CERTIFICATE_FORMAT + 1, out);
	EXPECT(!certificate_parse(&parsed, body), "a format of the future");
	body = encode(&c, CERTIFICATE_FORMAT, out);
	out[body.len] = 0;
	EXPECT(!certificate_parse(&parsed, bytes_of(out, body.len + 1)),
		"a byte too many");
	EXPECT(!certificate_verify(&c, bytes_of(out, 64)), "nothing but a signature");
}

TEST(certificate_write_ends_the_program_for_another_issuer)
{
	struct keypair other = sample_keys(9);
	struct certificate c = base();
	uint8_t out[CERTIFICATE_SIZE_MAX];
	struct writer w = writer_of(out, sizeof(out));

	EXPECT_CHECK(certificate_write(&w, &c, &other), "nobody issues for another");
}
