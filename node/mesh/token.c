/* SPDX-License-Identifier: ISC */
/* Tokens as text, and what a newcomer makes of one. */
#include "node/mesh/token.h"

#include "node/crypto/hash.h"
#include "node/wire/base64.h"

enum { FORMAT = 1, CHECKSUM_SIZE = 8 };

static const char prefix[] = "qanatmesh1:";
static const char folder_prefix[] = "qanat1:";

static struct hash checksum_of(struct bytes blob)
{
	return hash_tagged("qanat mesh token 1", blob);
}

void token_wipe(struct token *t)
{
	wipe(t, sizeof(*t));
}

void token_write(char *text, const struct token *t)
{
	uint8_t blob[TOKEN_BLOB_MAX], genesis[GENESIS_MAX];
	struct writer w = writer_of(blob, sizeof(blob)),
		      g = writer_of(genesis, sizeof(genesis));
	struct hash sum;

	record_genesis_write(&g, &t->genesis);
	write_u8(&w, FORMAT);
	write_u8(&w, (uint8_t)g.len);
	write_bytes(&w, writer_bytes(&g));
	write_bytes(&w, bytes_of(t->key, sizeof(t->key)));
	write_bytes(&w, bytes_of(t->seed, sizeof(t->seed)));
	write_u8(&w, (uint8_t)t->count);
	for (unsigned i = 0; i < t->count; i++)
		record_cofounder_write(&w, &t->cofounders[i]);
	lineage_write(&w, &t->invite);
	sum = checksum_of(writer_bytes(&w));
	write_bytes(&w, bytes_of(sum.b, CHECKSUM_SIZE));
	check(!w.overflow && !g.overflow);
	memcpy(text, prefix, sizeof(prefix) - 1);
	base64_write(text + sizeof(prefix) - 1, writer_bytes(&w));
	text[sizeof(prefix) - 1 + base64_length(w.len)] = '\0';
	wipe(blob, sizeof(blob));
}

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct bytes trimmed(struct bytes b)
{
	while (b.len > 0 && is_space(b.data[0]))
		b = bytes_of(b.data + 1, b.len - 1);
	while (b.len > 0 && is_space(b.data[b.len - 1]))
		b.len--;
	return b;
}

static bool begins_with(struct bytes text, const char *with)
{
	return text.len >= strlen(with) && memcmp(text.data, with, strlen(with)) == 0;
}

static bool blob_parse(struct token *t, struct bytes blob)
{
	struct reader r = reader_of(blob);
	struct keypair once;
	uint8_t format = read_u8(&r);

	if (format != FORMAT ||
		!record_genesis_parse(&t->genesis, read_bytes(&r, read_u8(&r))))
		return false;
	read_copy(&r, t->key, sizeof(t->key));
	read_copy(&r, t->seed, sizeof(t->seed));
	t->count = read_u8(&r);
	if (t->count > TOKEN_COFOUNDERS_MAX)
		return false;
	for (unsigned i = 0; i < t->count; i++)
		if (!record_cofounder_parse(
			    &t->cofounders[i], read_bytes(&r, COFOUNDER_SIZE)))
			return false;
	keypair_from_seed(&once, t->seed);
	if (lineage_read(&t->invite, &r, &once.id) != MESH_FINE)
		return false;
	keypair_wipe(&once);
	return read_ended(&r);
}

/* The founder who signed the invite: the genesis', or the last of a line of co-founders, each
 * made by the one before it. */
static const struct node_id *signer_of(const struct token *t, const struct hash *mesh)
{
	const struct node_id *signer = &t->genesis.founder;

	for (unsigned i = 0; i < t->count; i++) {
		const struct mesh_cofounder *c = &t->cofounders[i];

		if (!id_equal(&c->issuer, signer) || !record_cofounder_verify(c, mesh))
			return NULL;
		signer = &c->subject;
	}
	return signer;
}

static bool holds(const struct token *t)
{
	struct hash mesh = record_mesh(&t->genesis);
	const struct node_id *signer = signer_of(t, &mesh);
	const struct lineage *l = &t->invite;

	return signer != NULL && record_genesis_verify(&t->genesis) &&
	       (l->at[0].rights & MESH_INVITE) && l->count < LINEAGE_MAX &&
	       l->root == lineage_root_of(signer) && lineage_narrows(l) == MESH_FINE &&
	       lineage_verify(l, &mesh, signer);
}

enum token_fault token_parse(struct token *t, const char *text)
{
	struct bytes b = trimmed(bytes_of_string(text));
	const size_t before = sizeof(prefix) - 1;
	uint8_t blob[TOKEN_BLOB_MAX];
	enum token_fault fault = TOKEN_FINE;
	struct hash sum;
	size_t len = 0;

	memset(t, 0, sizeof(*t));
	if (begins_with(b, folder_prefix))
		return TOKEN_FOLDER;
	if (!begins_with(b, prefix))
		return TOKEN_NONE;
	if (!base64_parse(blob, sizeof(blob), &len,
		    bytes_of(b.data + before, b.len - before)) ||
		len <= CHECKSUM_SIZE)
		return TOKEN_DAMAGED;
	len -= CHECKSUM_SIZE;
	sum = checksum_of(bytes_of(blob, len));
	if (memcmp(sum.b, blob + len, CHECKSUM_SIZE) != 0)
		fault = TOKEN_DAMAGED;
	else if (!blob_parse(t, bytes_of(blob, len)) || !holds(t))
		fault = TOKEN_WRONG;
	wipe(blob, sizeof(blob));
	if (fault != TOKEN_FINE)
		token_wipe(t);
	return fault;
}

void token_redeem(const struct token *t, const struct node_id *self, uint32_t now_s,
	uint32_t serial, struct lineage *out)
{
	const struct mesh_certificate *invite = &t->invite.at[0];
	struct mesh_certificate *own = &out->at[0];
	struct hash mesh = record_mesh(&t->genesis);
	struct keypair once;

	memset(out, 0, sizeof(*out));
	out->root = t->invite.root;
	out->count = t->invite.count + 1;
	memcpy(&out->at[1], t->invite.at, t->invite.count * sizeof(out->at[0]));
	own->rights = invite->rights & (uint8_t)~MESH_INVITE;
	own->subject = *self;
	own->from_s = now_s < invite->from_s    ? invite->from_s
		      : now_s > invite->until_s ? invite->until_s
						: now_s;
	own->until_s = own->from_s > UINT32_MAX - MESH_MEMBER_S
			       ? UINT32_MAX
			       : own->from_s + MESH_MEMBER_S;
	if (t->invite.count > 1 && own->until_s > t->invite.at[1].until_s)
		own->until_s = t->invite.at[1].until_s;
	own->serial = serial;
	keypair_from_seed(&once, t->seed);
	record_certificate_sign(own, &mesh, &once);
	keypair_wipe(&once);
}
