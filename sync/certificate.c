/* SPDX-License-Identifier: ISC */
/* Certificates, one by one: their encoding and their signature. */
#include "sync/rights.h"

#include "node/crypto/hash.h"
#include "sync/certificate.h"

enum { SIGNATURE_SIZE = 64 };

static const char certificate_tag[] = "qanat certificate 1";

/* certificate = format:8 kind:8 folder:32*8 zone:16*8 issuer:32*8 subject:32*8 rights:8
 *               depth:8 not_before_s:64 not_after_s:64 quota_bytes:64 uses:16
 *               parent:32*8 name_length:8 name signature:64*8 */

static bool name_fits(const struct certificate *c)
{
	if (c->name_len > MEMBER_NAME_MAX)
		return false;
	return c->name_len == 0 || memchr(c->name, 0, c->name_len) == NULL;
}

static bool is_canonical(const struct certificate *c)
{
	if (c->kind != CERTIFICATE_MEMBER && c->kind != CERTIFICATE_INVITE)
		return false;
	if (c->rights == 0 || (c->rights & ~RIGHTS_OWNER) != 0 || c->depth >= CHAIN_DEPTH)
		return false;
	if (c->not_before_s < 0 || c->not_after_s < c->not_before_s)
		return false;
	if (c->kind == CERTIFICATE_MEMBER && c->uses != 0)
		return false;
	return name_fits(c);
}

bool certificate_parse(struct certificate *c, struct bytes body)
{
	struct reader r = reader_of(body);

	memset(c, 0, sizeof(*c));
	if (body.len > CERTIFICATE_SIZE_MAX || read_u8(&r) != CERTIFICATE_FORMAT)
		return false;
	c->kind = (enum certificate_kind)read_u8(&r);
	c->folder = read_hash(&r);
	c->zone = read_short_id(&r);
	c->issuer = read_node_id(&r);
	c->subject = read_node_id(&r);
	c->rights = read_u8(&r);
	c->depth = read_u8(&r);
	c->not_before_s = read_i64(&r);
	c->not_after_s = read_i64(&r);
	c->quota_bytes = read_u64(&r);
	c->uses = read_u16(&r);
	c->parent = read_hash(&r);
	c->name_len = read_u8(&r);
	if (c->name_len > MEMBER_NAME_MAX)
		return false;
	read_copy(&r, c->name, c->name_len);
	read_copy(&r, c->signature.b, sizeof(c->signature.b));
	return read_ended(&r) && is_canonical(c);
}

void certificate_write(
	struct writer *w, struct certificate *c, const struct keypair *issuer)
{
	uint8_t body[CERTIFICATE_SIZE_MAX];
	struct writer b = writer_of(body, sizeof(body));

	check(id_equal(&c->issuer, &issuer->id) && is_canonical(c));
	write_u8(&b, CERTIFICATE_FORMAT);
	write_u8(&b, (uint8_t)c->kind);
	write_id(&b, &c->folder);
	write_id(&b, &c->zone);
	write_id(&b, &c->issuer);
	write_id(&b, &c->subject);
	write_u8(&b, c->rights);
	write_u8(&b, c->depth);
	write_i64(&b, c->not_before_s);
	write_i64(&b, c->not_after_s);
	write_u64(&b, c->quota_bytes);
	write_u16(&b, c->uses);
	write_id(&b, &c->parent);
	write_u8(&b, c->name_len);
	write_bytes(&b, bytes_of(c->name, c->name_len));
	check(!b.overflow);
	sign(issuer, certificate_tag, writer_bytes(&b), &c->signature);
	write_bytes(w, writer_bytes(&b));
	write_bytes(w, bytes_of(c->signature.b, sizeof(c->signature.b)));
}

bool certificate_verify(const struct certificate *c, struct bytes body)
{
	if (body.len <= SIGNATURE_SIZE)
		return false;
	return sign_verify(&c->issuer, certificate_tag,
		bytes_of(body.data, body.len - SIGNATURE_SIZE), &c->signature);
}

struct hash certificate_id(struct bytes body)
{
	return hash_tagged(certificate_tag, body);
}
