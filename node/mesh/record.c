/* SPDX-License-Identifier: ISC */
/* The four encodings and their signatures. */
#include "node/mesh/record.h"

#include "node/crypto/hash.h"

enum { FORMAT = 1, SIGNED_MAX = 32 + 32 + REVOCATION_MAX };

static const char genesis_tag[] = "qanat mesh genesis 1";
static const char certificate_tag[] = "qanat mesh certificate 1";
static const char cofounder_tag[] = "qanat mesh cofounder 1";
static const char revocation_tag[] = "qanat mesh revocation 1";

static struct signature read_signature(struct reader *r)
{
	struct signature s;

	read_copy(r, s.b, sizeof(s.b));
	return s;
}

static void write_signature(struct writer *w, const struct signature *s)
{
	write_bytes(w, bytes_of(s->b, sizeof(s->b)));
}

/* ---- genesis = format:8 founder:32*8 random:16*8 name_length:8 name signature:64*8 ---- */

static void genesis_body(struct writer *w, const struct mesh_genesis *g)
{
	size_t len = strlen(g->name);

	write_u8(w, FORMAT);
	write_id(w, &g->founder);
	write_id(w, &g->random);
	write_u8(w, (uint8_t)len);
	write_bytes(w, bytes_of(g->name, len));
	check(!w->overflow);
}

bool record_genesis_parse(struct mesh_genesis *g, struct bytes body)
{
	struct reader r = reader_of(body);
	uint8_t format = read_u8(&r), len;

	memset(g, 0, sizeof(*g));
	g->founder = read_node_id(&r);
	g->random = read_short_id(&r);
	len = read_u8(&r);
	if (format != FORMAT || len == 0 || len > MESH_NAME_MAX)
		return false;
	read_copy(&r, g->name, len);
	g->signature = read_signature(&r);
	return read_ended(&r) && strlen(g->name) == len;
}

void record_genesis_write(struct writer *w, const struct mesh_genesis *g)
{
	genesis_body(w, g);
	write_signature(w, &g->signature);
}

void record_genesis_sign(struct mesh_genesis *g, const struct keypair *founder)
{
	uint8_t body[GENESIS_MAX];
	struct writer w = writer_of(body, sizeof(body));

	check(id_equal(&g->founder, &founder->id));
	genesis_body(&w, g);
	sign(founder, genesis_tag, writer_bytes(&w), &g->signature);
}

bool record_genesis_verify(const struct mesh_genesis *g)
{
	uint8_t body[GENESIS_MAX];
	struct writer w = writer_of(body, sizeof(body));

	genesis_body(&w, g);
	return sign_verify(&g->founder, genesis_tag, writer_bytes(&w), &g->signature);
}

struct hash record_mesh(const struct mesh_genesis *g)
{
	uint8_t body[GENESIS_MAX];
	struct writer w = writer_of(body, sizeof(body));

	record_genesis_write(&w, g);
	return hash_tagged(genesis_tag, writer_bytes(&w));
}

/* ---- certificate = format:4 rights:4 subject:32*8 from:32 until:32 serial:32 uses:8
 *                    signature:64*8 ---- */

static bool certificate_is_canonical(const struct mesh_certificate *c)
{
	if (!(c->rights & MESH_MEMBER) ||
		(c->rights & ~(MESH_MEMBER | MESH_INVITE | MESH_DELEGATE)) != 0)
		return false;
	return c->from_s <= c->until_s && (c->uses == 0 || (c->rights & MESH_INVITE));
}

static void certificate_body(
	struct writer *w, const struct mesh_certificate *c, bool with_subject)
{
	write_u8(w, (uint8_t)(FORMAT << 4 | c->rights));
	if (with_subject)
		write_id(w, &c->subject);
	write_u32(w, c->from_s);
	write_u32(w, c->until_s);
	write_u32(w, c->serial);
	write_u8(w, c->uses);
}

bool record_certificate_read(
	struct mesh_certificate *c, struct reader *r, const struct node_id *subject)
{
	uint8_t first = read_u8(r);

	c->rights = first & 15;
	c->subject = subject != NULL ? *subject : read_node_id(r);
	c->from_s = read_u32(r);
	c->until_s = read_u32(r);
	c->serial = read_u32(r);
	c->uses = read_u8(r);
	c->signature = read_signature(r);
	return read_good(r) && first >> 4 == FORMAT && certificate_is_canonical(c);
}

void record_certificate_write(
	struct writer *w, const struct mesh_certificate *c, bool with_subject)
{
	certificate_body(w, c, with_subject);
	write_signature(w, &c->signature);
}

static struct writer certificate_signed(const struct mesh_certificate *c,
	const struct hash *mesh, const struct node_id *issuer, uint8_t room[SIGNED_MAX])
{
	struct writer w = writer_of(room, SIGNED_MAX);

	write_id(&w, mesh);
	write_id(&w, issuer);
	certificate_body(&w, c, true);
	check(!w.overflow);
	return w;
}

void record_certificate_sign(
	struct mesh_certificate *c, const struct hash *mesh, const struct keypair *issuer)
{
	uint8_t room[SIGNED_MAX];
	struct writer w = certificate_signed(c, mesh, &issuer->id, room);

	check(certificate_is_canonical(c));
	sign(issuer, certificate_tag, writer_bytes(&w), &c->signature);
}

bool record_certificate_verify(const struct mesh_certificate *c, const struct hash *mesh,
	const struct node_id *issuer)
{
	uint8_t room[SIGNED_MAX];
	struct writer w = certificate_signed(c, mesh, issuer, room);

	return sign_verify(issuer, certificate_tag, writer_bytes(&w), &c->signature);
}

/* ---- cofounder = format:8 subject:32*8 issuer:32*8 when:32 signature:64*8 ---- */

static void cofounder_body(struct writer *w, const struct mesh_cofounder *c)
{
	write_u8(w, FORMAT);
	write_id(w, &c->subject);
	write_id(w, &c->issuer);
	write_u32(w, c->when_s);
}

bool record_cofounder_parse(struct mesh_cofounder *c, struct bytes body)
{
	struct reader r = reader_of(body);
	uint8_t format = read_u8(&r);

	c->subject = read_node_id(&r);
	c->issuer = read_node_id(&r);
	c->when_s = read_u32(&r);
	c->signature = read_signature(&r);
	return read_ended(&r) && format == FORMAT && !id_equal(&c->subject, &c->issuer);
}

void record_cofounder_write(struct writer *w, const struct mesh_cofounder *c)
{
	cofounder_body(w, c);
	write_signature(w, &c->signature);
}

static struct writer cofounder_signed(
	const struct mesh_cofounder *c, const struct hash *mesh, uint8_t room[SIGNED_MAX])
{
	struct writer w = writer_of(room, SIGNED_MAX);

	write_id(&w, mesh);
	cofounder_body(&w, c);
	check(!w.overflow);
	return w;
}

void record_cofounder_sign(
	struct mesh_cofounder *c, const struct hash *mesh, const struct keypair *issuer)
{
	uint8_t room[SIGNED_MAX];
	struct writer w = cofounder_signed(c, mesh, room);

	check(id_equal(&c->issuer, &issuer->id));
	sign(issuer, cofounder_tag, writer_bytes(&w), &c->signature);
}

bool record_cofounder_verify(const struct mesh_cofounder *c, const struct hash *mesh)
{
	uint8_t room[SIGNED_MAX];
	struct writer w = cofounder_signed(c, mesh, room);

	return sign_verify(&c->issuer, cofounder_tag, writer_bytes(&w), &c->signature);
}

/* ---- revocation = format:8 subject:32*8 issuer:32*8 when:32 by_delegate:8
 *                   [certificate if by_delegate] signature:64*8 ---- */

static void revocation_body(struct writer *w, const struct mesh_revocation *r)
{
	write_u8(w, FORMAT);
	write_id(w, &r->subject);
	write_id(w, &r->issuer);
	write_u32(w, r->when_s);
	write_u8(w, r->by_delegate);
	if (r->by_delegate)
		record_certificate_write(w, &r->delegate, true);
}

bool record_revocation_parse(struct mesh_revocation *r, struct bytes body)
{
	struct reader in = reader_of(body);
	uint8_t format = read_u8(&in), by;

	memset(r, 0, sizeof(*r));
	r->subject = read_node_id(&in);
	r->issuer = read_node_id(&in);
	r->when_s = read_u32(&in);
	by = read_u8(&in);
	if (format != FORMAT || by > 1)
		return false;
	r->by_delegate = by == 1;
	if (r->by_delegate && (!record_certificate_read(&r->delegate, &in, NULL) ||
				      !id_equal(&r->delegate.subject, &r->issuer)))
		return false;
	r->signature = read_signature(&in);
	return read_ended(&in) && !id_equal(&r->subject, &r->issuer);
}

void record_revocation_write(struct writer *w, const struct mesh_revocation *r)
{
	revocation_body(w, r);
	write_signature(w, &r->signature);
}

static struct writer revocation_signed(const struct mesh_revocation *r,
	const struct hash *mesh, uint8_t room[SIGNED_MAX])
{
	struct writer w = writer_of(room, SIGNED_MAX);

	write_id(&w, mesh);
	revocation_body(&w, r);
	check(!w.overflow);
	return w;
}

void record_revocation_sign(
	struct mesh_revocation *r, const struct hash *mesh, const struct keypair *issuer)
{
	uint8_t room[SIGNED_MAX];
	struct writer w = revocation_signed(r, mesh, room);

	check(id_equal(&r->issuer, &issuer->id));
	sign(issuer, revocation_tag, writer_bytes(&w), &r->signature);
}

bool record_revocation_verify(const struct mesh_revocation *r, const struct hash *mesh)
{
	uint8_t room[SIGNED_MAX];
	struct writer w = revocation_signed(r, mesh, room);

	return sign_verify(&r->issuer, revocation_tag, writer_bytes(&w), &r->signature);
}
