/* SPDX-License-Identifier: ISC */
/*
 * What a node keeps of its mesh over restarts, as one run of bytes with a checksum: a file that
 * was cut or changed is told apart from one that is whole. What stands in it was verified
 * before it was kept.
 *
 * state  = "QNMESH1\n" genesis_length:8 genesis mesh_key:32*8 serial:32 floor:32 lenient:32 lineage
 *          urgent:32 urgent*{ kind:8 length:16 body } members:32 members*{ signer:32*8 length:16 body }
 *          spent:32 spent*{ invite:32*8 count:8 count*{ by:32*8 } } checksum:8*8
 */
#include "node/crypto/hash.h"
#include "node/mesh/machine.h"

enum {
	CHECKSUM_SIZE = 8,
	HEAD_MAX = 8 + 1 + GENESIS_MAX + 32 + 3 * 4 + LINEAGE_SIZE_MAX + 3 * 4 +
		   CHECKSUM_SIZE,
	RECORD_MAX = 32 + 2 + RECORD_BODY_MAX + 1,
};

static struct hash checksum_of(struct bytes b)
{
	return hash_tagged("qanat mesh state 1", b);
}

static size_t size_at_most(const struct mesh *m)
{
	size_t n = HEAD_MAX;

	for (unsigned c = 0; c < RECORD_CLASSES; c++)
		n += m->roster.sorted[c].count * RECORD_MAX;
	for (const struct spent *s = m->roster.spent; s != NULL; s = s->hh.next)
		n += 33 + (size_t)s->count * 32;
	return n;
}

static void records_save(struct writer *w, const struct mesh_records *s, bool with_signer)
{
	write_u32(w, (uint32_t)s->count);
	for (size_t i = 0; i < s->count; i++) {
		if (with_signer)
			write_id(w, &s->at[i]->signer);
		else
			write_u8(w, s->at[i]->key.kind);
		write_u16(w, (uint16_t)s->at[i]->len);
		write_bytes(w, bytes_of(s->at[i]->body, s->at[i]->len));
	}
}

uint8_t *mesh_save(const struct mesh *m, size_t *len)
{
	size_t room = size_at_most(m);
	uint8_t *out = mem_new(room), genesis[GENESIS_MAX];
	struct writer w = writer_of(out, room), g = writer_of(genesis, sizeof(genesis));
	struct hash sum;

	check(m->joined);
	record_genesis_write(&g, &m->genesis);
	write_bytes(&w, BYTES("QNMESH1\n"));
	write_u8(&w, (uint8_t)g.len);
	write_bytes(&w, writer_bytes(&g));
	write_bytes(&w, bytes_of(m->key, sizeof(m->key)));
	write_u32(&w, m->serial);
	write_u32(&w, m->clocks.floor_s);
	write_u32(&w, m->lenient_s);
	lineage_write(&w, &m->own);
	records_save(&w, &m->roster.sorted[RECORDS_URGENT], false);
	records_save(&w, &m->roster.sorted[RECORDS_MEMBERS], true);
	write_u32(&w, HASH_COUNT(m->roster.spent));
	for (const struct spent *s = m->roster.spent; s != NULL; s = s->hh.next) {
		write_id(&w, &s->invite);
		write_u8(&w, s->count);
		for (unsigned i = 0; i < s->count; i++)
			write_id(&w, &s->by[i]);
	}
	sum = checksum_of(writer_bytes(&w));
	write_bytes(&w, bytes_of(sum.b, CHECKSUM_SIZE));
	check(!w.overflow);
	*len = w.len;
	return out;
}

static bool urgent_load(struct roster *r, struct reader *in)
{
	uint8_t kind = read_u8(in);
	struct bytes body = read_bytes(in, read_u16(in));
	struct mesh_cofounder c;
	struct mesh_revocation v;

	if (kind == RECORD_COFOUNDER)
		return record_cofounder_parse(&c, body) && roster_add_cofounder(r, &c);
	return kind == RECORD_REVOCATION && record_revocation_parse(&v, body) &&
	       roster_add_revocation(r, &v);
}

static bool member_load(struct roster *r, struct reader *in)
{
	struct node_id signer = read_node_id(in), subject;
	struct reader body = reader_of(read_bytes(in, read_u16(in)));
	struct lineage l;

	subject = read_node_id(&body);
	return lineage_read(&l, &body, &subject) == MESH_FINE && read_ended(&body) &&
	       roster_add_member(r, &l, &signer);
}

static bool spent_load(struct roster *r, struct reader *in)
{
	struct node_id invite = read_node_id(in);
	unsigned count = read_u8(in);

	for (unsigned i = 0; i < count; i++) {
		struct node_id by = read_node_id(in);

		if (!read_good(in))
			return false;
		roster_use_by(r, &invite, &by);
	}
	return read_good(in);
}

static bool each_load(struct roster *r, struct reader *in, uint32_t most,
	bool (*one)(struct roster *r, struct reader *in))
{
	uint32_t count = read_u32(in);

	if (count > most)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!one(r, in))
			return false;
	return read_good(in);
}

static bool parts_load(struct mesh *m, struct reader *in)
{
	struct roster *r = &m->roster;

	if (!bytes_equal(read_bytes(in, 8), BYTES("QNMESH1\n")) ||
		!record_genesis_parse(&m->genesis, read_bytes(in, read_u8(in))) ||
		!record_genesis_verify(&m->genesis))
		return false;
	m->id = record_mesh(&m->genesis);
	read_copy(in, m->key, sizeof(m->key));
	m->serial = read_u32(in);
	m->clocks.floor_s = read_u32(in);
	m->lenient_s = read_u32(in);
	if (lineage_read(&m->own, in, &m->config.self->id) != MESH_FINE)
		return false;
	roster_init(r, &m->genesis.founder, &m->id);
	return each_load(r, in, ROSTER_REVOCATIONS_MAX + ROSTER_COFOUNDERS_MAX,
		       urgent_load) &&
	       each_load(r, in, ROSTER_MEMBERS_MAX, member_load) &&
	       each_load(r, in, ROSTER_SPENT_MAX, spent_load) && read_ended(in);
}

bool mesh_load(struct mesh *m, struct bytes saved)
{
	struct reader in;
	struct hash sum;

	check(!m->joined);
	if (saved.len < CHECKSUM_SIZE)
		return false;
	saved.len -= CHECKSUM_SIZE;
	sum = checksum_of(saved);
	if (memcmp(sum.b, saved.data + saved.len, CHECKSUM_SIZE) != 0)
		return false;
	in = reader_of(saved);
	m->joined = parts_load(m, &in);
	if (!m->joined) {
		roster_fini(&m->roster);
		wipe(m->key, sizeof(m->key));
		memset(&m->own, 0, sizeof(m->own));
	}
	return m->joined;
}
