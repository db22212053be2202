/* SPDX-License-Identifier: ISC */
/* Form and signatures of a chain of certificates. */
#include "node/mesh/lineage.h"

enum mesh_fault lineage_read(
	struct lineage *l, struct reader *r, const struct node_id *subject)
{
	memset(l, 0, sizeof(*l));
	l->root = read_u32(r);
	l->count = read_u8(r);
	if (!read_good(r))
		return MESH_BAD;
	if (l->count == 0)
		return MESH_STRANGER;
	if (l->count > LINEAGE_MAX)
		return MESH_DEPTH;
	for (unsigned i = 0; i < l->count; i++)
		if (!record_certificate_read(&l->at[i], r, i == 0 ? subject : NULL))
			return MESH_BAD;
	return MESH_FINE;
}

void lineage_write(struct writer *w, const struct lineage *l)
{
	write_u32(w, l->root);
	write_u8(w, (uint8_t)l->count);
	for (unsigned i = 0; i < l->count; i++)
		record_certificate_write(w, &l->at[i], i > 0);
}

uint32_t lineage_root_of(const struct node_id *founder)
{
	struct reader r = reader_of(id_bytes(founder));

	return read_u32(&r);
}

/* One below a delegate, or below an invite key whose issuer stands above it if anybody. */
static bool narrows(const struct mesh_certificate *c,
	const struct mesh_certificate *above, const struct mesh_certificate *over)
{
	const struct mesh_certificate *bound = above;

	if (above->rights & MESH_INVITE) {
		if ((c->rights & MESH_INVITE) || (c->rights & ~above->rights) != 0)
			return false;
		if (c->from_s < above->from_s || c->from_s > above->until_s)
			return false;
		bound = over;
	} else if (!(above->rights & MESH_DELEGATE) || (c->rights & MESH_DELEGATE)) {
		return false;
	}
	return bound == NULL ||
	       (c->from_s >= bound->from_s && c->until_s <= bound->until_s);
}

enum mesh_fault lineage_narrows(const struct lineage *l)
{
	for (unsigned i = 0; i < l->count; i++) {
		const struct mesh_certificate *c = &l->at[i];

		if (!(c->rights & MESH_INVITE) && c->until_s - c->from_s > MESH_MEMBER_S)
			return MESH_WIDER;
		if (i + 1 < l->count &&
			!narrows(c, c + 1, i + 2 < l->count ? c + 2 : NULL))
			return MESH_WIDER;
	}
	return MESH_FINE;
}

bool lineage_verify(
	const struct lineage *l, const struct hash *mesh, const struct node_id *founder)
{
	for (unsigned i = 0; i < l->count; i++)
		if (!record_certificate_verify(&l->at[i], mesh,
			    i + 1 < l->count ? &l->at[i + 1].subject : founder))
			return false;
	return true;
}

void lineage_dates(const struct lineage *l, uint32_t *from_s, uint32_t *until_s)
{
	*from_s = l->at[0].from_s;
	*until_s = l->at[0].until_s;
	for (unsigned i = 1; i < l->count; i++) {
		const struct mesh_certificate *c = &l->at[i];

		if (c->from_s > *from_s)
			*from_s = c->from_s;
		if (!(c->rights & MESH_INVITE) && c->until_s < *until_s)
			*until_s = c->until_s;
	}
}

const struct mesh_certificate *lineage_invite(const struct lineage *l)
{
	return l->count > 1 && (l->at[1].rights & MESH_INVITE) ? &l->at[1] : NULL;
}

bool lineage_has_above(const struct lineage *l, const struct node_id *key)
{
	for (unsigned i = 1; i < l->count; i++)
		if (id_equal(&l->at[i].subject, key))
			return true;
	return false;
}
