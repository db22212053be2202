/* SPDX-License-Identifier: ISC */
/*
 * Chains of certificates: from the one in question up to the owner, each narrower than
 * the one above it. What a member made by an invite may do is bounded by the invite; how
 * long, by whoever made the invite: the invite's own dates say when it may be redeemed.
 */
#include "sync/certificate.h"

struct chain {
	struct certificate at[CHAIN_MAX];
	size_t count;
};

/* Whoever may read may carry. */
static uint8_t rights_in_effect(uint8_t rights)
{
	return (rights & RIGHT_READ) != 0 ? (uint8_t)(rights | RIGHT_CARRY) : rights;
}

static bool rights_narrow(const struct certificate *c, const struct certificate *above)
{
	if ((c->rights & ~rights_in_effect(above->rights)) != 0)
		return false;
	if (above->quota_bytes != 0 &&
		(c->quota_bytes == 0 || c->quota_bytes > above->quota_bytes))
		return false;
	return id_is_zero(id_bytes(&above->zone)) || id_equal(&c->zone, &above->zone);
}

/* An invite key makes members as deep as itself and nothing else; a member who may share
 * makes what is less deep than itself. */
static bool kind_may_follow(const struct certificate *c, const struct certificate *above)
{
	if (above->kind == CERTIFICATE_INVITE)
		return c->kind == CERTIFICATE_MEMBER && c->depth <= above->depth;
	return (above->rights & RIGHT_SHARE) != 0 && c->depth < above->depth;
}

static bool dates_inside(const struct certificate *c, const struct certificate *bound)
{
	return c->not_before_s >= bound->not_before_s &&
	       c->not_after_s <= bound->not_after_s;
}

/* Dates of at[i] against those above it. */
static bool dates_narrow(const struct chain *chain, size_t i)
{
	const struct certificate *c = &chain->at[i], *above = c + 1;

	if (above->kind == CERTIFICATE_MEMBER)
		return dates_inside(c, above);
	if (c->not_before_s < above->not_before_s || c->not_before_s > above->not_after_s)
		return false;
	return i + 2 >= chain->count || dates_inside(c, above + 1);
}

static bool chain_parse(struct chain *chain, const struct bytes *bodies, size_t count)
{
	if (count < 1 || count > CHAIN_MAX)
		return false;
	chain->count = count;
	for (size_t i = 0; i < count; i++)
		if (!certificate_parse(&chain->at[i], bodies[i]))
			return false;
	return true;
}

static bool link_holds(const struct chain *chain, size_t i, const struct bytes *bodies)
{
	const struct certificate *c = &chain->at[i], *above = c + 1;
	struct hash parent = certificate_id(bodies[i + 1]);

	return id_equal(&c->parent, &parent) && id_equal(&c->issuer, &above->subject) &&
	       kind_may_follow(c, above) && rights_narrow(c, above) &&
	       dates_narrow(chain, i);
}

static size_t members_in(const struct chain *chain)
{
	size_t n = 0;

	for (size_t i = 0; i < chain->count; i++)
		n += chain->at[i].kind == CERTIFICATE_MEMBER;
	return n;
}

/* Everything that costs no signature check. */
static bool shape_holds(const struct chain *chain, const struct hash *folder,
	const struct node_id *owner, const struct bytes *bodies)
{
	const struct certificate *top = &chain->at[chain->count - 1];

	if (!id_equal(&top->issuer, owner) || !id_is_zero(id_bytes(&top->parent)))
		return false;
	if (members_in(chain) > CHAIN_DEPTH)
		return false;
	for (size_t i = 0; i < chain->count; i++)
		if (!id_equal(&chain->at[i].folder, folder))
			return false;
	for (size_t i = 0; i + 1 < chain->count; i++)
		if (!link_holds(chain, i, bodies))
			return false;
	return true;
}

bool chain_verify(const struct hash *folder, const struct node_id *owner,
	const struct bytes *chain, size_t count)
{
	struct chain parsed;

	if (!chain_parse(&parsed, chain, count) ||
		!shape_holds(&parsed, folder, owner, chain))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!certificate_verify(&parsed.at[i], chain[i]))
			return false;
	return true;
}

bool chain_expired(const struct bytes *chain, size_t count, int64_t now_s)
{
	struct chain parsed;

	if (!chain_parse(&parsed, chain, count))
		return true;
	for (size_t i = 0; i < count; i++) {
		const struct certificate *c = &parsed.at[i];

		if ((i == 0 || c->kind != CERTIFICATE_INVITE) && now_s > c->not_after_s)
			return true;
	}
	return false;
}
