/* SPDX-License-Identifier: ISC */
/* The refusals of judge.c that no honest machine causes. */
#include "node/mesh/machine.h"
#include "tests/unit/node/mesh/party.h"

TEST(judge_takes_no_invite_key_for_a_member)
{
	struct parties p;
	struct lineage l = { .count = 1 };

	parties_init(&p, 2);
	parties_found(&p, 1);
	l.root = lineage_root_of(&p.at[0].keys.id);
	l.at[0] = (struct mesh_certificate){ .rights = MESH_MEMBER | MESH_INVITE,
		.subject = p.at[1].keys.id,
		.from_s = (uint32_t)PARTY_S,
		.until_s = (uint32_t)PARTY_S };
	record_certificate_sign(&l.at[0], &p.at[0].mesh->id, &p.at[0].keys);
	EXPECT_EQ(judge_lineage(p.at[0].mesh, p.now, &l, PARTY_S, 0), MESH_WIDER,
		"an invite key is nobody's own");
	parties_fini(&p);
}

TEST(judge_takes_no_founder_from_who_is_none)
{
	struct parties p;
	struct mesh_cofounder c;

	parties_init(&p, 3);
	parties_found(&p, 3);
	c = (struct mesh_cofounder){ .subject = p.at[2].keys.id,
		.issuer = p.at[1].keys.id };
	record_cofounder_sign(&c, &p.at[0].mesh->id, &p.at[1].keys);
	EXPECT_EQ(
		judge_cofounder(p.at[0].mesh, &c, 0), MESH_STRANGER, "a member is none");
	c.issuer = p.at[0].keys.id;
	EXPECT_EQ(judge_cofounder(p.at[0].mesh, &c, 0), MESH_BAD,
		"not signed by the founder");
	parties_fini(&p);
}

TEST(judge_takes_revocations_from_founders_and_delegates_only)
{
	struct parties p;
	struct mesh_revocation v;

	parties_init(&p, 3);
	parties_found(&p, 3);
	v = (struct mesh_revocation){ .subject = p.at[2].keys.id,
		.issuer = p.at[1].keys.id,
		.when_s = (uint32_t)PARTY_S };
	record_revocation_sign(&v, &p.at[0].mesh->id, &p.at[1].keys);
	EXPECT_EQ(judge_revocation(p.at[0].mesh, &v, 0), MESH_STRANGER, "a member");
	v.by_delegate = true;
	v.delegate = p.at[1].mesh->own.at[0];
	record_revocation_sign(&v, &p.at[0].mesh->id, &p.at[1].keys);
	EXPECT_EQ(
		judge_revocation(p.at[0].mesh, &v, 0), MESH_WIDER, "who is no delegate");
	v.delegate.rights |= MESH_DELEGATE;
	record_revocation_sign(&v, &p.at[0].mesh->id, &p.at[1].keys);
	EXPECT_EQ(judge_revocation(p.at[0].mesh, &v, 0), MESH_STRANGER,
		"or none by a founder");
	record_certificate_sign(&v.delegate, &p.at[0].mesh->id, &p.at[0].keys);
	v.when_s = v.delegate.until_s + 1;
	record_revocation_sign(&v, &p.at[0].mesh->id, &p.at[1].keys);
	EXPECT_EQ(judge_revocation(p.at[0].mesh, &v, 0), MESH_EXPIRED, "or not any more");
	v.when_s = v.delegate.until_s;
	EXPECT_EQ(
		judge_revocation(p.at[0].mesh, &v, 0), MESH_BAD, "or has not signed it");
	record_revocation_sign(&v, &p.at[0].mesh->id, &p.at[1].keys);
	EXPECT_EQ(judge_revocation(p.at[0].mesh, &v, 0), MESH_FINE, "a delegate");
	EXPECT(!mesh_revokes(p.at[0].mesh, &p.at[2].keys.id) && parties_admit(&p, 2, 0),
		"which ends nothing that it did not make");
	parties_fini(&p);
}
