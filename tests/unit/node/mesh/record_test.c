/* SPDX-License-Identifier: ISC */
/* The four records: written is read, what is wrong is refused, no signature stands for another. */
#include "node/mesh/record.h"

#include "tests/unit/node/mesh/party.h"

static struct keypair key_of(uint8_t n)
{
	uint8_t seed[32] = { n };
	struct keypair k;

	check(crypto_start() == 0);
	keypair_from_seed(&k, seed);
	return k;
}

static size_t genesis(uint8_t *out, const char *name)
{
	struct keypair k = key_of(1);
	struct mesh_genesis g = { .founder = k.id };
	struct writer w = writer_of(out, GENESIS_MAX);

	memcpy(g.name, name, strlen(name) + 1);
	record_genesis_sign(&g, &k);
	record_genesis_write(&w, &g);
	return w.len;
}

TEST(record_genesis_survives_writing_and_refuses_what_it_cannot_hold)
{
	uint8_t body[GENESIS_MAX + 1] = { 0 };
	size_t len = genesis(body, "brook");
	struct mesh_genesis g;

	EXPECT(record_genesis_parse(&g, bytes_of(body, len)) && record_genesis_verify(&g),
		"it is parsed and holds");
	EXPECT_STRING(g.name, "brook", "its name");
	for (size_t i = 0; i < len; i++)
		EXPECT(!record_genesis_parse(&g, bytes_of(body, i)), "cut short");
	EXPECT(!record_genesis_parse(&g, bytes_of(body, len + 1)), "a byte too many");
	body[0] = 2;
	EXPECT(!record_genesis_parse(&g, bytes_of(body, len)), "another format");
	body[0] = 1;
	body[50] = 0;
	EXPECT(!record_genesis_parse(&g, bytes_of(body, len)), "a zero in the name");
	body[49] = 0;
	EXPECT(!record_genesis_parse(&g, bytes_of(body, len)), "no name");
	body[49] = MESH_NAME_MAX + 1;
	EXPECT(!record_genesis_parse(&g, bytes_of(body, len)), "a name too long");
	len = genesis(body, "0123456789012345678901234567890");
	EXPECT(len == GENESIS_MAX && record_genesis_parse(&g, bytes_of(body, len)),
		"the longest name fits");
}

TEST(record_certificate_has_110_bytes_and_one_encoding)
{
	static const struct {
		const char *why;
		size_t at;
		uint8_t value;
	} rows[] = {
		{ "another format", 0, 2 << 4 | 1 },
		{ "no member", 0, 1 << 4 | 4 },
		{ "a right that there is not", 0, 1 << 4 | 9 },
		{ "it ends before it begins", 33, 0xff },
		{ "uses of what is no invite", 45, 1 },
	};
	struct keypair issuer = key_of(1), subject = key_of(2);
	struct mesh_certificate c = { .rights = MESH_MEMBER,
		.subject = subject.id,
		.from_s = 5,
		.until_s = 9,
		.serial = 3 },
				back;
	struct hash mesh = hash_tagged("test", BYTES("")), other = { { 0 } };
	uint8_t body[CERTIFICATE_SIZE + 1] = { 0 }, changed[CERTIFICATE_SIZE];
	struct writer w = writer_of(body, sizeof(body));
	struct reader r;

	record_certificate_sign(&c, &mesh, &issuer);
	record_certificate_write(&w, &c, true);
	EXPECT_EQ(w.len, 110, "as PROTOCOL.md says");
	r = reader_of(writer_bytes(&w));
	EXPECT(record_certificate_read(&back, &r, NULL) && read_ended(&r), "it is read");
	EXPECT(record_certificate_verify(&back, &mesh, &issuer.id), "and holds");
	EXPECT(!record_certificate_verify(&back, &other, &issuer.id),
		"not for another mesh");
	EXPECT(!record_certificate_verify(&back, &mesh, &subject.id),
		"not by another issuer");
	for (size_t len = 0; len < CERTIFICATE_SIZE; len++) {
		r = reader_of(bytes_of(body, len));
		EXPECT(!record_certificate_read(&back, &r, NULL), "cut short");
	}
	for (size_t i = 0; i < array_len(rows); i++) {
		memcpy(changed, body, sizeof(changed));
		changed[rows[i].at] = rows[i].value;
		r = reader_of(bytes_of(changed, sizeof(changed)));
		EXPECT(!record_certificate_read(&back, &r, NULL), rows[i].why);
	}
	w = writer_of(body, sizeof(body));
	record_certificate_write(&w, &c, false);
	EXPECT_EQ(w.len, 78, "without its subject");
	r = reader_of(writer_bytes(&w));
	EXPECT(record_certificate_read(&back, &r, &subject.id) &&
			record_certificate_verify(&back, &mesh, &issuer.id),
		"which the reader knows");
	r = reader_of(writer_bytes(&w));
	EXPECT(record_certificate_read(&back, &r, &issuer.id) &&
			!record_certificate_verify(&back, &mesh, &issuer.id),
		"it is nobody else's");
}

TEST(record_cofounder_refuses_what_it_cannot_hold)
{
	struct keypair issuer = key_of(1), subject = key_of(2);
	struct mesh_cofounder c = { subject.id, issuer.id, 7, { { 0 } } }, back;
	struct hash mesh = hash_tagged("test", BYTES(""));
	uint8_t body[COFOUNDER_SIZE + 1] = { 0 };
	struct writer w = writer_of(body, sizeof(body));

	record_cofounder_sign(&c, &mesh, &issuer);
	record_cofounder_write(&w, &c);
	EXPECT(record_cofounder_parse(&back, writer_bytes(&w)) &&
			record_cofounder_verify(&back, &mesh) && back.when_s == 7,
		"it is parsed and holds");
	for (size_t len = 0; len < COFOUNDER_SIZE; len++)
		EXPECT(!record_cofounder_parse(&back, bytes_of(body, len)), "cut short");
	EXPECT(!record_cofounder_parse(&back, bytes_of(body, sizeof(body))), "too long");
	body[1] ^= 1;
	EXPECT(record_cofounder_parse(&back, writer_bytes(&w)) &&
			!record_cofounder_verify(&back, &mesh),
		"changed");
	memcpy(body + 1, body + 33, 32);
	EXPECT(!record_cofounder_parse(&back, writer_bytes(&w)), "of oneself");
	body[0] = 9;
	EXPECT(!record_cofounder_parse(&back, writer_bytes(&w)), "another format");
}

TEST(record_revocation_refuses_what_it_cannot_hold)
{
	struct keypair founder = key_of(1), delegate = key_of(2), victim = key_of(3);
	struct hash mesh = hash_tagged("test", BYTES(""));
	struct mesh_revocation v = { .subject = victim.id,
		.issuer = delegate.id,
		.when_s = 6,
		.by_delegate = true,
		.delegate = { .rights = MESH_MEMBER | MESH_DELEGATE,
			.subject = delegate.id,
			.from_s = 5,
			.until_s = 9 } },
			       back;
	uint8_t body[REVOCATION_MAX + 1] = { 0 };
	struct writer w = writer_of(body, sizeof(body));

	record_certificate_sign(&v.delegate, &mesh, &founder);
	record_revocation_sign(&v, &mesh, &delegate);
	record_revocation_write(&w, &v);
	EXPECT_EQ(w.len, REVOCATION_MAX, "the longest");
	EXPECT(record_revocation_parse(&back, writer_bytes(&w)) &&
			record_revocation_verify(&back, &mesh),
		"it is parsed and holds");
	for (size_t len = 0; len < w.len; len++)
		EXPECT(!record_revocation_parse(&back, bytes_of(body, len)), "cut short");
	EXPECT(!record_revocation_parse(&back, bytes_of(body, sizeof(body))), "too long");
	body[69] = 2;
	EXPECT(!record_revocation_parse(&back, writer_bytes(&w)), "neither yes nor no");
	body[69] = 1;
	body[71] ^= 1;
	EXPECT(!record_revocation_parse(&back, writer_bytes(&w)),
		"the certificate of somebody else");
	body[71] ^= 1;
	body[0] = 2;
	EXPECT(!record_revocation_parse(&back, writer_bytes(&w)), "another format");
}
