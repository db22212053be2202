/* SPDX-License-Identifier: ISC */
/* Caps and victims; which of two records counts. */
#include "node/mesh/roster.h"

#include "tests/unit/node/mesh/party.h"

static struct node_id id_of(uint32_t n)
{
	struct node_id id = { { 1 } };

	memcpy(id.b + 4, &n, sizeof(n));
	return id;
}

static struct roster roster_new(void)
{
	struct node_id founder = id_of(0);
	struct hash mesh = { { 2 } };
	struct roster r;

	check(crypto_start() == 0);
	roster_init(&r, &founder, &mesh);
	return r;
}

static bool add_member(struct roster *r, uint32_t n, uint32_t until_s)
{
	struct node_id founder = id_of(0);
	struct lineage l = { .count = 1,
		.at = { { .rights = MESH_MEMBER, .until_s = until_s } } };

	l.at[0].subject = id_of(n);
	return roster_add_member(r, &l, &founder);
}

static bool add_revocation(
	struct roster *r, uint32_t n, uint32_t when_s, bool by_delegate)
{
	struct mesh_revocation v = { .subject = id_of(n),
		.issuer = id_of(by_delegate ? 1000000 : 0),
		.when_s = when_s,
		.by_delegate = by_delegate };

	v.delegate.subject = v.issuer;
	v.delegate.rights = MESH_MEMBER | MESH_DELEGATE;
	return roster_add_revocation(r, &v);
}

TEST(roster_full_of_members_forgets_who_ends_first)
{
	struct roster r = roster_new();

	for (uint32_t i = 1; i <= ROSTER_MEMBERS_MAX; i++)
		EXPECT(add_member(&r, i, 1000 + i), "there is room");
	EXPECT(!add_member(&r, 90000, 1001), "it ends no later than the first");
	EXPECT(add_member(&r, 90001, 1002), "this one does");
	EXPECT_EQ(r.sorted[RECORDS_MEMBERS].count, ROSTER_MEMBERS_MAX, "the cap holds");
	roster_fini(&r);
}

TEST(roster_full_of_revocations_keeps_the_founders)
{
	struct roster r = roster_new();

	for (uint32_t i = 1; i <= ROSTER_REVOCATIONS_MAX; i++)
		EXPECT(add_revocation(&r, i, 5, i == 7), "there is room");
	EXPECT(!add_revocation(&r, 80000, 5, true), "a delegate's is refused");
	EXPECT(add_revocation(&r, 80001, 5, false),
		"a founder's takes the delegate's place");
	EXPECT(!add_revocation(&r, 80002, 5, false), "then there is none");
	EXPECT(add_revocation(&r, 8, 4, false), "but for an earlier one of the same key");
	EXPECT_EQ(
		r.sorted[RECORDS_URGENT].count, ROSTER_REVOCATIONS_MAX, "the cap holds");
	roster_fini(&r);
}

TEST(roster_keeps_the_same_one_of_two_whatever_came_first)
{
	struct roster a = roster_new(), b = roster_new();

	EXPECT(add_member(&a, 5, 100) && add_member(&a, 5, 200) &&
			!add_member(&a, 5, 100),
		"the later end");
	EXPECT(add_member(&b, 5, 200) && !add_member(&b, 5, 100),
		"also the other way round");
	EXPECT_EQ(a.sorted[RECORDS_MEMBERS].sum, b.sorted[RECORDS_MEMBERS].sum, "alike");
	EXPECT(add_revocation(&a, 5, 9, false) && add_revocation(&a, 5, 8, false),
		"the earlier revocation");
	EXPECT(add_revocation(&b, 5, 8, false) && !add_revocation(&b, 5, 9, false),
		"also the other way round");
	EXPECT_EQ(a.sorted[RECORDS_URGENT].sum, b.sorted[RECORDS_URGENT].sum, "alike");
	EXPECT_EQ(a.sorted[RECORDS_MEMBERS].count, 0, "and the member is gone");
	roster_fini(&a);
	roster_fini(&b);
}

TEST(roster_forgets_members_a_lifetime_after_their_end)
{
	struct roster r = roster_new();

	EXPECT(add_member(&r, 5, 100) && add_member(&r, 6, 100000), "two");
	roster_forget_members(&r, 100 + MESH_MEMBER_S);
	EXPECT_EQ(r.sorted[RECORDS_MEMBERS].count, 2, "both are shown as expired");
	roster_forget_members(&r, 101 + MESH_MEMBER_S);
	EXPECT_EQ(r.sorted[RECORDS_MEMBERS].count, 1, "one is over");
	roster_fini(&r);
}

TEST(roster_remembers_so_many_used_invites)
{
	struct roster r = roster_new();
	struct node_id by = id_of(1);

	for (uint32_t i = 0; i < ROSTER_SPENT_MAX + 5; i++) {
		struct node_id invite = id_of(i);

		roster_use_by(&r, &invite, &by);
		roster_use_by(&r, &invite, &by);
	}
	EXPECT_EQ(HASH_COUNT(r.spent), ROSTER_SPENT_MAX, "the cap holds");
	EXPECT_EQ(r.spent->count, 1, "one subject is one use");
	roster_fini(&r);
}
