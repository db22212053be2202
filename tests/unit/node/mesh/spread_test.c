/* SPDX-License-Identifier: ISC */
/* What two neighbours lack they find, at the cost of the difference. */
#include "node/mesh/machine.h"
#include "tests/unit/node/mesh/party.h"

enum { MANY = 300 };

/* Members out of nothing, signed by the founder. */
static void members_add(struct parties *p, unsigned i, unsigned first, unsigned count)
{
	struct mesh *m = p->at[i].mesh;

	for (unsigned k = first; k < first + count; k++) {
		struct lineage l = { .root = lineage_root_of(&p->at[0].keys.id),
			.count = 1 };

		l.at[0] = (struct mesh_certificate){ .rights = MESH_MEMBER,
			.from_s = (uint32_t)PARTY_S,
			.until_s = (uint32_t)(PARTY_S + PARTY_DAY) };
		l.at[0].subject.b[0] = (uint8_t)k;
		l.at[0].subject.b[1] = (uint8_t)(k >> 8);
		record_certificate_sign(&l.at[0], &m->id, &p->at[0].keys);
		EXPECT(roster_add_member(&m->roster, &l, &p->at[0].keys.id), "it is new");
	}
}

TEST(spread_two_that_are_alike_say_one_digest_each)
{
	struct parties p;

	parties_init(&p, 2);
	parties_found(&p, 2);
	parties_link(&p, 0, 1);
	parties_talk(&p);
	p.messages = 0;
	mesh_neighbour_up(p.at[0].mesh, p.now, 2);
	mesh_neighbour_up(p.at[1].mesh, p.now, 1);
	parties_talk(&p);
	EXPECT_EQ(p.messages, 2, "equal sums: silence");
	parties_fini(&p);
}

TEST(spread_two_parts_that_meet_become_one)
{
	struct parties p;

	parties_init(&p, 2);
	parties_found(&p, 2);
	members_add(&p, 0, 0, MANY);
	members_add(&p, 1, 100, MANY);
	parties_link(&p, 0, 1);
	parties_talk(&p);
	for (unsigned i = 0; i < 2; i++)
		EXPECT_EQ(p.at[i].mesh->roster.sorted[RECORDS_MEMBERS].count,
			MANY + 100 + 2, "each knows all");
	EXPECT_EQ(p.at[0].mesh->roster.sorted[RECORDS_MEMBERS].sum,
		p.at[1].mesh->roster.sorted[RECORDS_MEMBERS].sum, "and the same");
	/* 200 records, 2 digests, lists of 64 both ways and the answers to them */
	EXPECT(p.messages < 200 + 4 + 4 * (MANY / 64 + 2), "no more than the difference");
	parties_fini(&p);
}

TEST(spread_news_goes_on_but_not_back)
{
	struct parties p;

	parties_init(&p, 3);
	parties_found(&p, 3);
	parties_link(&p, 0, 1);
	parties_link(&p, 1, 2);
	parties_talk(&p);
	p.messages = 0;
	EXPECT_EQ(
		mesh_cofound(p.at[0].mesh, p.now, &p.at[2].keys.id), 0, "something new");
	parties_talk(&p);
	EXPECT_EQ(p.messages, 2, "one message a hop");
	EXPECT(roster_is_founder(&p.at[2].mesh->roster, &p.at[2].keys.id),
		"it has arrived");
	parties_fini(&p);
}

TEST(spread_revocations_go_before_members)
{
	struct parties p;
	uint8_t body[MESH_MESSAGE_MAX];
	struct writer w = writer_of(body, sizeof(body));

	parties_init(&p, 3);
	parties_found(&p, 3);
	parties_link(&p, 0, 1);
	parties_talk(&p);
	members_add(&p, 0, 0, 2);
	spread_news(p.at[0].mesh, p.at[0].mesh->roster.sorted[RECORDS_MEMBERS].at[0], 0);
	EXPECT_EQ(mesh_revoke(p.at[0].mesh, p.now, &p.at[2].keys.id), 0, "a revocation");
	EXPECT(mesh_write(p.at[0].mesh, 2, true, &w) && body[0] == 3 &&
			body[1] == RECORD_REVOCATION,
		"is what is urgent");
	w = writer_of(body, sizeof(body));
	EXPECT(mesh_write(p.at[0].mesh, 2, false, &w) && body[1] == RECORD_MEMBER,
		"the member is not");
	parties_fini(&p);
}

TEST(spread_digest_comes_again_and_makes_up_for_what_was_lost)
{
	struct parties p;

	parties_init(&p, 2);
	parties_found(&p, 2);
	parties_link(&p, 0, 1);
	parties_talk(&p);
	members_add(&p, 0, 7, 1);
	parties_talk(&p);
	EXPECT_EQ(
		p.at[1].mesh->roster.sorted[RECORDS_MEMBERS].count, 2, "nobody told it");
	parties_later(&p, 11);
	parties_talk(&p);
	EXPECT_EQ(
		p.at[1].mesh->roster.sorted[RECORDS_MEMBERS].count, 3, "the digest did");
	parties_fini(&p);
}
