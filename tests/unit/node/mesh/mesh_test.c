/* SPDX-License-Identifier: ISC */
/* A mesh from its founding: joining, renewing, revoking, outliving its founder. */
#include "node/mesh/mesh.h"

#include <errno.h>

#include "tests/unit/node/mesh/party.h"

static void invite(struct parties *p, unsigned i, bool delegate, uint8_t uses, char *text)
{
	int64_t expires_s;

	EXPECT_EQ(mesh_invite(p->at[i].mesh, p->now, delegate, uses, 7 * PARTY_DAY, text,
			  &expires_s),
		0, "an invite is made");
}

TEST(mesh_members_let_each_other_in_and_know_each_other)
{
	struct parties p;
	struct mesh_member m;

	parties_init(&p, 3);
	parties_found(&p, 3);
	EXPECT(parties_admit(&p, 1, 2) && parties_admit(&p, 2, 1), "without the founder");
	parties_link(&p, 0, 1);
	parties_link(&p, 1, 2);
	parties_talk(&p);
	for (unsigned i = 0; i < 3; i++) {
		EXPECT(mesh_member_at(p.at[i].mesh, p.now, 2, &m) &&
				!mesh_member_at(p.at[i].mesh, p.now, 3, &m),
			"everybody knows three");
		EXPECT_EQ(party_drops(&p, i), 0, "and refused nothing");
	}
	parties_fini(&p);
}

TEST(mesh_refuses_strangers_and_other_meshes)
{
	struct parties p;

	parties_init(&p, 4);
	parties_found(&p, 2);
	EXPECT_EQ(
		mesh_found(p.at[2].mesh, p.now, "brook"), 0, "another of the same name");
	EXPECT(!parties_admit(&p, 2, 0), "its founder is a stranger");
	EXPECT_EQ(p.at[0].drops.count[DROP_STRANGER], 1, "counted");
	EXPECT(!mesh_admits(p.at[0].mesh, p.now, &p.at[3].keys.id, BYTES("")),
		"so is who shows nothing");
	EXPECT(!mesh_admits(p.at[0].mesh, p.now, &p.at[3].keys.id, BYTES("\0\0\0\0\1")),
		"or half of something");
	EXPECT_EQ(p.at[0].drops.count[DROP_CERTIFICATE], 1, "which is counted apart");
	EXPECT(!parties_admit(&p, 3, 0), "and who is in no mesh");
	EXPECT(!parties_admit(&p, 0, 3), "which admits nobody either");
	parties_fini(&p);
}

/* What somebody shows is bound to the key that he has proved. */
TEST(mesh_takes_nobody_elses_certificate)
{
	struct parties p;
	uint8_t shown[MESH_PAYLOAD_MAX];
	struct writer w = writer_of(shown, sizeof(shown));

	parties_init(&p, 3);
	parties_found(&p, 2);
	mesh_show(p.at[1].mesh, p.now, &w);
	EXPECT(mesh_admits(p.at[0].mesh, p.now, &p.at[1].keys.id, writer_bytes(&w)),
		"his own");
	EXPECT(!mesh_admits(p.at[0].mesh, p.now, &p.at[2].keys.id, writer_bytes(&w)),
		"of another");
	EXPECT_EQ(p.at[0].drops.count[DROP_CERTIFICATE], 1, "counted");
	shown[w.len - 1] ^= 1;
	EXPECT(!mesh_admits(p.at[0].mesh, p.now, &p.at[1].keys.id, writer_bytes(&w)),
		"with a signature that does not hold");
	parties_fini(&p);
}

TEST(mesh_renews_in_time_and_refuses_what_has_ended)
{
	struct parties p;
	struct mesh_status s;

	parties_init(&p, 4);
	parties_found(&p, 4);
	parties_link(&p, 0, 1);
	parties_talk(&p);
	parties_later(&p, 24 * PARTY_DAY);
	parties_talk(&p);
	mesh_meet(p.at[0].mesh, p.now, &p.at[1].keys.id);
	parties_talk(&p);
	mesh_status(p.at[1].mesh, p.now, &s);
	EXPECT(s.until_s > PARTY_S + 50 * PARTY_DAY,
		"number 1 was near: renewed by its founder");
	parties_later(&p, 7 * PARTY_DAY);
	EXPECT(parties_admit(&p, 1, 0) && parties_admit(&p, 0, 1), "it goes on");
	EXPECT(!parties_admit(&p, 2, 0) && !parties_admit(&p, 2, 1), "number 2 was away");
	EXPECT_EQ(p.at[0].drops.count[DROP_EXPIRED], 1, "counted");
	EXPECT(parties_admit(&p, 3, 2), "who has ended himself judges nobody's end");
	parties_fini(&p);
}

TEST(mesh_inviter_makes_the_certificate_his_own_at_once)
{
	struct parties p;
	struct mesh_member m;
	bool direct = false;

	parties_init(&p, 2);
	parties_found(&p, 2);
	parties_link(&p, 0, 1);
	parties_talk(&p);
	parties_later(&p, 60);
	mesh_meet(p.at[0].mesh, p.now, &p.at[1].keys.id);
	parties_talk(&p);
	for (size_t i = 0; mesh_member_at(p.at[1].mesh, p.now, i, &m); i++)
		direct = direct || (id_equal(&m.id, &p.at[1].keys.id) &&
					   id_equal(&m.issuer, &p.at[0].keys.id));
	EXPECT(direct, "signed by the founder, no more by the invite");
	EXPECT_EQ(p.at[1].mesh->own.count, 1, "so that less is shown");
	parties_fini(&p);
}

TEST(mesh_revocation_reaches_everybody_and_is_for_ever)
{
	struct parties p;
	char token[TOKEN_TEXT_MAX];

	parties_init(&p, 5);
	parties_found(&p, 5);
	for (unsigned i = 0; i < 4; i++)
		parties_link(&p, i, i + 1);
	parties_talk(&p);
	EXPECT_EQ(mesh_revoke(p.at[1].mesh, p.now, &p.at[2].keys.id), -EACCES,
		"a member may not");
	EXPECT_EQ(mesh_revoke(p.at[0].mesh, p.now, &p.at[0].keys.id), -EINVAL, "oneself");
	EXPECT_EQ(
		mesh_revoke(p.at[0].mesh, p.now, &p.at[2].keys.id), 0, "the founder may");
	EXPECT_EQ(mesh_revoke(p.at[0].mesh, p.now, &p.at[2].keys.id), -EALREADY, "once");
	parties_talk(&p);
	for (unsigned i = 0; i < 5; i++)
		EXPECT(mesh_revokes(p.at[i].mesh, &p.at[2].keys.id) &&
				!mesh_holds(p.at[i].mesh, &p.at[2].keys.id),
			"everybody knows");
	EXPECT(!parties_admit(&p, 2, 3), "it is not let in");
	EXPECT_EQ(p.at[3].drops.count[DROP_REVOKED], 1, "counted");
	invite(&p, 0, false, 1, token);
	EXPECT_EQ(mesh_join(p.at[2].mesh, p.now, token), -EKEYREJECTED,
		"a new certificate does not help");
	parties_fini(&p);
}

/* What a key that fell made falls with it, with whatever date; what stands elsewhere stays. */
TEST(mesh_revoked_delegate_takes_along_what_it_made)
{
	struct parties p;
	char token[TOKEN_TEXT_MAX];

	parties_init(&p, 4);
	parties_found(&p, 1);
	invite(&p, 0, true, 1, token);
	EXPECT_EQ(mesh_join(p.at[1].mesh, p.now, token), 0, "a delegate comes");
	EXPECT_EQ(mesh_invite(p.at[1].mesh, p.now, false, 1, 60, token, &(int64_t){ 0 }),
		-EXFULL, "by an invite it cannot invite yet");
	parties_link(&p, 0, 1);
	parties_talk(&p);
	parties_later(&p, 60);
	mesh_meet(p.at[0].mesh, p.now, &p.at[1].keys.id);
	parties_talk(&p);
	invite(&p, 1, false, 2, token);
	EXPECT_EQ(mesh_invite(p.at[1].mesh, p.now, true, 1, 60, token, &(int64_t){ 0 }),
		-EACCES, "no delegate makes delegates");
	invite(&p, 1, false, 2, token);
	EXPECT_EQ(mesh_join(p.at[2].mesh, p.now, token), 0, "one by the delegate");
	invite(&p, 0, false, 1, token);
	EXPECT_EQ(mesh_join(p.at[3].mesh, p.now, token), 0, "one by the founder");
	EXPECT_EQ(p.at[2].mesh->own.count, 3, "the longest lineage");
	parties_link(&p, 0, 2);
	parties_link(&p, 0, 3);
	parties_talk(&p);
	EXPECT_EQ(mesh_revoke(p.at[1].mesh, p.now, &p.at[3].keys.id), -EACCES,
		"not below the delegate");
	EXPECT_EQ(mesh_revoke(p.at[0].mesh, p.now, &p.at[1].keys.id), 0, "it falls");
	parties_talk(&p);
	EXPECT(!parties_admit(&p, 1, 3) && !parties_admit(&p, 2, 3), "with its member");
	EXPECT(parties_admit(&p, 3, 0) && mesh_holds(p.at[0].mesh, &p.at[3].keys.id),
		"not with the founder's");
	parties_fini(&p);
}

TEST(mesh_delegate_revokes_whom_it_let_in)
{
	struct parties p;
	char token[TOKEN_TEXT_MAX];

	parties_init(&p, 4);
	parties_found(&p, 1);
	invite(&p, 0, true, 1, token);
	EXPECT_EQ(mesh_join(p.at[1].mesh, p.now, token), 0, "a delegate comes");
	parties_link(&p, 0, 1);
	parties_talk(&p);
	parties_later(&p, 60);
	mesh_meet(p.at[0].mesh, p.now, &p.at[1].keys.id);
	parties_talk(&p);
	invite(&p, 1, false, 2, token);
	EXPECT_EQ(mesh_join(p.at[2].mesh, p.now, token), 0, "one by it");
	EXPECT_EQ(mesh_join(p.at[3].mesh, p.now, token), 0, "another");
	parties_link(&p, 1, 2);
	parties_link(&p, 1, 3);
	parties_talk(&p);
	EXPECT_EQ(mesh_revoke(p.at[1].mesh, p.now, &p.at[2].keys.id), 0, "it may");
	parties_talk(&p);
	EXPECT(!parties_admit(&p, 2, 0) && !parties_admit(&p, 2, 3), "nobody lets it in");
	EXPECT(parties_admit(&p, 3, 0), "the other one comes in");
	invite(&p, 0, false, 1, token);
	EXPECT_EQ(mesh_join(p.at[2].mesh, p.now, token), 0,
		"the founder may think otherwise");
	EXPECT(parties_admit(&p, 2, 0), "and does");
	parties_fini(&p);
}

TEST(mesh_counts_uses_first_come_first_served)
{
	struct parties p;
	char token[TOKEN_TEXT_MAX];

	parties_init(&p, 4);
	parties_found(&p, 1);
	invite(&p, 0, false, 1, token);
	EXPECT_EQ(mesh_join(p.at[1].mesh, p.now, token), 0, "one");
	EXPECT_EQ(mesh_join(p.at[2].mesh, p.now, token), 0, "two, far from the first");
	EXPECT(parties_admit(&p, 1, 0), "who comes first");
	EXPECT(!parties_admit(&p, 2, 0), "is the one");
	EXPECT_EQ(p.at[0].drops.count[DROP_USED], 1, "counted");
	EXPECT(parties_admit(&p, 1, 0), "he comes again");
	EXPECT(!parties_admit(&p, 2, 1) && !parties_admit(&p, 1, 2),
		"between the two nobody is first");
	parties_fini(&p);
}

TEST(mesh_refuses_what_is_too_deep_or_too_wide)
{
	struct parties p;
	uint8_t shown[MESH_PAYLOAD_MAX + CERTIFICATE_SIZE] = { 0 };
	struct writer w = writer_of(shown, sizeof(shown));
	struct lineage l;

	parties_init(&p, 3);
	parties_found(&p, 2);
	mesh_show(p.at[1].mesh, p.now, &w);
	shown[8] = 4;
	EXPECT(!mesh_admits(p.at[0].mesh, p.now, &p.at[1].keys.id,
		       bytes_of(shown, sizeof(shown))),
		"four certificates");
	EXPECT_EQ(p.at[0].drops.count[DROP_DEPTH], 1, "counted");
	/* number 1 is a member, and lets number 2 in all the same */
	l = p.at[1].mesh->own;
	l.at[1] = l.at[0];
	l.at[0].subject = p.at[2].keys.id;
	record_certificate_sign(&l.at[0], &p.at[1].mesh->id, &p.at[1].keys);
	w = writer_of(shown, sizeof(shown));
	write_u32(&w, (uint32_t)PARTY_S);
	lineage_write(&w, &l);
	EXPECT(!mesh_admits(p.at[0].mesh, p.now, &p.at[2].keys.id, writer_bytes(&w)),
		"by who may not");
	EXPECT_EQ(p.at[0].drops.count[DROP_WIDER], 1, "counted");
	parties_fini(&p);
}

/* By an invite that is valid for a week, with a date of choice. */
static bool admits_from(struct parties *p, const char *token, uint32_t from_s)
{
	uint8_t shown[MESH_PAYLOAD_MAX];
	struct writer w = writer_of(shown, sizeof(shown));
	struct token t;
	struct lineage l;

	EXPECT_EQ(token_parse(&t, token), TOKEN_FINE, "a token");
	token_redeem(&t, &p->at[1].keys.id, from_s, 1, &l);
	write_u32(&w, (uint32_t)PARTY_S);
	lineage_write(&w, &l);
	return mesh_admits(p->at[0].mesh, p->now, &p->at[1].keys.id, writer_bytes(&w));
}

TEST(mesh_refuses_certificates_from_the_future)
{
	struct parties p;
	char token[TOKEN_TEXT_MAX];

	parties_init(&p, 2);
	parties_found(&p, 1);
	invite(&p, 0, false, 1, token);
	EXPECT(!admits_from(&p, token, (uint32_t)(PARTY_S + 3 * PARTY_DAY)),
		"three days ahead");
	EXPECT_EQ(p.at[0].drops.count[DROP_FUTURE], 1, "counted");
	EXPECT(admits_from(&p, token, (uint32_t)(PARTY_S + PARTY_DAY / 2)),
		"half a day is no matter");
	parties_fini(&p);
}

/* A mesh whose clocks are all wrong, each in its own way, works. */
TEST(mesh_works_with_clocks_that_are_wrong)
{
	static const int64_t off_days[] = { 0, -400, 700, -3, 9999, -9999 };
	struct parties p;

	parties_init(&p, 6);
	parties_found(&p, 6);
	for (unsigned i = 0; i < 6; i++)
		mesh_wall_clock(
			p.at[i].mesh, p.now, (PARTY_S + off_days[i] * PARTY_DAY) * 1000);
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < 6; i++)
			for (unsigned k = 0; k < 6; k++)
				EXPECT(i == k || parties_admit(&p, i, k),
					"each lets each in");
	for (unsigned i = 0; i < 6; i++)
		mesh_wall_clock(p.at[i].mesh, p.now, (PARTY_S + 900 * PARTY_DAY) * 1000);
	for (unsigned i = 0; i < 6; i++)
		for (unsigned k = 0; k < 6; k++)
			EXPECT(i == k || parties_admit(&p, i, k),
				"also when all jumped ahead");
	parties_link(&p, 0, 1);
	parties_link(&p, 1, 2);
	parties_later(&p, 60);
	parties_talk(&p);
	mesh_meet(p.at[0].mesh, p.now, &p.at[1].keys.id);
	parties_talk(&p);
	EXPECT(parties_admit(&p, 2, 1) && parties_admit(&p, 2, 0),
		"who is renewed first keeps nobody out");
	parties_fini(&p);
}

TEST(mesh_founder_alone_with_a_clock_that_jumped_changes_nothing)
{
	struct parties p;
	struct mesh_status s;

	parties_init(&p, 2);
	parties_found(&p, 2);
	mesh_wall_clock(p.at[0].mesh, p.now, (PARTY_S + 400 * PARTY_DAY) * 1000);
	parties_later(&p, 60);
	mesh_status(p.at[0].mesh, p.now, &s);
	EXPECT_EQ(
		s.until_s, PARTY_S + 30 * PARTY_DAY, "it signs itself nothing from then");
	EXPECT(parties_admit(&p, 1, 0) && parties_admit(&p, 0, 1),
		"and hears the right time");
	mesh_status(p.at[0].mesh, p.now, &s);
	EXPECT(s.now_s < PARTY_S + PARTY_DAY, "from whom it meets");
	parties_fini(&p);
}

TEST(mesh_outlives_its_founder)
{
	struct parties p;
	char token[TOKEN_TEXT_MAX];

	parties_init(&p, 5);
	parties_found(&p, 3);
	parties_link(&p, 0, 1);
	parties_link(&p, 1, 2);
	parties_talk(&p);
	EXPECT_EQ(mesh_cofound(p.at[1].mesh, p.now, &p.at[2].keys.id), -EACCES,
		"a member may not");
	EXPECT_EQ(mesh_cofound(p.at[0].mesh, p.now, &p.at[1].keys.id), 0,
		"the founder may");
	parties_talk(&p);
	EXPECT_EQ(mesh_revoke(p.at[1].mesh, p.now, &p.at[0].keys.id), 0,
		"who stole the first device loses it");
	parties_talk(&p);
	EXPECT(mesh_revokes(p.at[2].mesh, &p.at[0].keys.id), "everybody knows");
	EXPECT_EQ(mesh_revoke(p.at[0].mesh, p.now, &p.at[1].keys.id), -EACCES,
		"a founder who fell signs nothing");
	EXPECT(parties_admit(&p, 2, 1), "what it had signed holds for its time");
	invite(&p, 1, false, 1, token);
	EXPECT_EQ(mesh_join(p.at[3].mesh, p.now, token), 0, "the other one invites");
	EXPECT(parties_admit(&p, 3, 2), "and it counts");
	parties_later(&p, 25 * PARTY_DAY);
	parties_talk(&p);
	mesh_meet(p.at[1].mesh, p.now, &p.at[2].keys.id);
	parties_talk(&p);
	parties_later(&p, 7 * PARTY_DAY);
	EXPECT(parties_admit(&p, 2, 1) && parties_admit(&p, 1, 2), "and renews");
	parties_fini(&p);
}

/* Two parts that met different founders: what each must know comes before any session. */
TEST(mesh_tells_strangers_of_its_line)
{
	struct parties p;
	uint8_t body[MESH_MESSAGE_MAX];
	struct writer w = writer_of(body, sizeof(body));
	char token[TOKEN_TEXT_MAX];

	parties_init(&p, 4);
	parties_found(&p, 2);
	EXPECT_EQ(mesh_cofound(p.at[0].mesh, p.now, &p.at[2].keys.id), 0,
		"before it is here");
	invite(&p, 0, false, 1, token);
	EXPECT_EQ(mesh_join(p.at[2].mesh, p.now, token), 0, "a co-founder comes");
	EXPECT(!mesh_write_line(p.at[2].mesh, 0, &w), "and does not know it yet");
	EXPECT(parties_admit(&p, 2, 0), "the founder knows");
	parties_link(&p, 0, 2);
	parties_talk(&p);
	invite(&p, 2, false, 1, token);
	EXPECT_EQ(mesh_join(p.at[3].mesh, p.now, token), 0, "one by the co-founder");
	EXPECT(!parties_admit(&p, 3, 1), "number 1 was away");
	EXPECT_EQ(p.at[1].drops.count[DROP_STRANGER], 1, "whose founder is that?");
	EXPECT(mesh_write_line(p.at[3].mesh, 0, &w) &&
			!mesh_write_line(p.at[3].mesh, 1, &w),
		"one record says it");
	mesh_receive(p.at[1].mesh, p.now, 0, writer_bytes(&w));
	EXPECT(parties_admit(&p, 3, 1), "then it is let in");
	parties_fini(&p);
}

TEST(mesh_counts_what_it_does_not_understand)
{
	static const struct {
		const char *why;
		struct bytes body;
		enum drop_reason reason;
	} rows[] = {
		{ "nothing", { NULL, 0 }, DROP_MALFORMED },
		{ "no such type", BYTES("\4"), DROP_MALFORMED },
		{ "a digest cut short", BYTES("\1\0\0\0"), DROP_MALFORMED },
		{ "a list of no class",
			BYTES("\2\2\0\0\0\0\0\0\0\0\0\377\377\377\377\377\377\377\377\0"),
			DROP_MALFORMED },
		{ "a list with flags",
			BYTES("\2\1\2\0\0\0\0\0\0\0\0\377\377\377\377\377\377\377\377\0"),
			DROP_MALFORMED },
		{ "a list from behind its end",
			BYTES("\2\1\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1\0"),
			DROP_MALFORMED },
		{ "a list too long",
			BYTES("\2\1\0\0\0\0\0\0\0\0\0\377\377\377\377\377\377\377\377"
			      "\101"),
			DROP_MALFORMED },
		{ "a list that does not rise",
			BYTES("\2\1\0\0\0\0\0\0\0\0\0\377\377\377\377\377\377\377\377\2"
			      "\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\5"),
			DROP_MALFORMED },
		{ "no such record", BYTES("\3\4\0"), DROP_CERTIFICATE },
		{ "a co-founder cut short", BYTES("\3\1\1"), DROP_CERTIFICATE },
		{ "a revocation cut short", BYTES("\3\2\1"), DROP_CERTIFICATE },
		{ "a member cut short", BYTES("\3\3\1"), DROP_CERTIFICATE },
	};
	struct parties p;

	parties_init(&p, 2);
	parties_found(&p, 2);
	parties_link(&p, 0, 1);
	for (size_t i = 0; i < array_len(rows); i++) {
		uint64_t before = p.at[0].drops.count[rows[i].reason];

		mesh_receive(p.at[0].mesh, p.now, 2, rows[i].body);
		EXPECT_EQ(p.at[0].drops.count[rows[i].reason], before + 1, rows[i].why);
	}
	parties_fini(&p);
}
