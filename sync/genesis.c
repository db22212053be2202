/* SPDX-License-Identifier: ISC */
/* The genesis record of a folder. Its hash is the folder's id. */
#include "sync/rights.h"

#include "node/crypto/hash.h"

enum {
	SIGNATURE_SIZE = 64,
	SEALED_NAME_MIN = 24 + 1 + 16,
	SEALED_NAME_MAX = 24 + FOLDER_NAME_MAX + 16,
};

static const char genesis_tag[] = "qanat genesis 1";

/* genesis = format:8 owner:32*8 nonce:16*8 created_s:64 name_length:16 sealed_name
 *           signature:64*8 */

static bool is_canonical(const struct genesis *g)
{
	return g->created_s >= 0 && g->sealed_name.len >= SEALED_NAME_MIN &&
	       g->sealed_name.len <= SEALED_NAME_MAX;
}

bool genesis_parse(struct genesis *g, struct bytes body)
{
	struct reader r = reader_of(body);

	memset(g, 0, sizeof(*g));
	if (body.len > GENESIS_SIZE_MAX || read_u8(&r) != GENESIS_FORMAT)
		return false;
	g->owner = read_node_id(&r);
	g->nonce = read_short_id(&r);
	g->created_s = read_i64(&r);
	g->sealed_name = read_bytes(&r, read_u16(&r));
	read_copy(&r, g->signature.b, sizeof(g->signature.b));
	return read_ended(&r) && is_canonical(g);
}

void genesis_write(struct writer *w, struct genesis *g, const struct keypair *owner)
{
	uint8_t body[GENESIS_SIZE_MAX];
	struct writer b = writer_of(body, sizeof(body));

	check(id_equal(&g->owner, &owner->id) && is_canonical(g));
	write_u8(&b, GENESIS_FORMAT);
	write_id(&b, &g->owner);
	write_id(&b, &g->nonce);
	write_i64(&b, g->created_s);
	write_u16(&b, (uint16_t)g->sealed_name.len);
	write_bytes(&b, g->sealed_name);
	check(!b.overflow);
	sign(owner, genesis_tag, writer_bytes(&b), &g->signature);
	write_bytes(w, writer_bytes(&b));
	write_bytes(w, bytes_of(g->signature.b, sizeof(g->signature.b)));
}

bool genesis_verify(const struct genesis *g, struct bytes body)
{
	if (body.len <= SIGNATURE_SIZE)
		return false;
	return sign_verify(&g->owner, genesis_tag,
		bytes_of(body.data, body.len - SIGNATURE_SIZE), &g->signature);
}

struct hash genesis_folder(struct bytes body)
{
	return hash_tagged(genesis_tag, body);
}
