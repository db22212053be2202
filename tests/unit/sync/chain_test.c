/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/samples.h"

static struct sample_chain s;

static void begin(void)
{
	struct hash folder = sample_hash(1);

	sample_chain_begin(&s, &folder);
}

/* Owner, then an admin. */
static void begin_admin(void)
{
	begin();
	sample_add(&s, sample_next(&s, CERTIFICATE_MEMBER));
}

/* Owner, admin, and the admin's invite of writers for a week. */
static void begin_invite(void)
{
	struct certificate c;

	begin_admin();
	c = sample_next(&s, CERTIFICATE_INVITE);
	c.rights = RIGHTS_WRITER;
	c.not_after_s = SAMPLE_NOW_S + 7 * SAMPLE_DAY_S;
	sample_add(&s, c);
}

TEST(chain_of_four_members_holds_and_a_fifth_cannot_be_made)
{
	begin();
	for (size_t i = 0; i < CHAIN_DEPTH; i++) {
		sample_add(&s, sample_next(&s, CERTIFICATE_MEMBER));
		EXPECT(sample_holds(&s), "each further member holds");
	}
	sample_add(&s, sample_next(&s, CERTIFICATE_MEMBER));
	EXPECT(!sample_holds(&s), "a fifth has no depth left");
}

TEST(chain_through_invites_holds_and_does_not_count_them)
{
	begin();
	for (size_t i = 0; i < CHAIN_MAX; i++) {
		sample_add(&s,
			sample_next(&s, i % 2 ? CERTIFICATE_MEMBER : CERTIFICATE_INVITE));
		EXPECT(sample_holds(&s), "invite, member, invite, member: each holds");
	}
	EXPECT_EQ(s.made[2].depth, s.made[1].depth, "redeeming uses up no depth");
	sample_add(&s, sample_next(&s, CERTIFICATE_INVITE));
	EXPECT(!sample_holds(&s), "seven certificates are too many");
}

TEST(chain_refuses_a_member_that_is_wider_than_its_issuer)
{
	struct certificate c;

#define REFUSE(change, why)                                                              \
	begin_admin();                                                                   \
	c = sample_next(&s, CERTIFICATE_MEMBER);                                         \
	change;                                                                          \
	sample_add(&s, c);                                                               \
	EXPECT(!sample_holds(&s), why)
	REFUSE(c.depth = s.made[1].depth, "as deep as its issuer");
	REFUSE(c.not_before_s--, "it begins before its issuer");
	REFUSE(c.not_after_s++, "it ends after its issuer");
	REFUSE(c.folder = sample_hash(2), "of another folder");
	REFUSE(c.parent = sample_hash(2), "under another certificate");
	REFUSE(memset(&c.parent, 0, 32), "under the owner, which did not issue it");
#undef REFUSE
	begin_admin();
	sample_add(&s, sample_next(&s, CERTIFICATE_MEMBER));
	EXPECT(sample_holds(&s), "unchanged it holds");
}

TEST(chain_refuses_rights_zones_and_quotas_that_do_not_narrow)
{
	static const struct {
		const char *why;
		uint8_t above, below;
		uint8_t zone_above, zone_below;
		uint64_t quota_above, quota_below;
		bool holds;
	} rows[] = {
		{ "the same rights", RIGHTS_ADMIN, RIGHTS_ADMIN, 0, 0, 0, 0, true },
		{ "a right more", RIGHTS_WRITER | RIGHT_SHARE, RIGHTS_ADMIN, 0, 0, 0, 0,
			false },
		{ "issued without the right to share", RIGHTS_WRITER, RIGHT_READ, 0, 0, 0,
			0, false },
		{ "who reads may name a keeper", RIGHTS_ADMIN, RIGHTS_KEEPER, 0, 0, 0, 0,
			true },
		{ "who shares unread may not", RIGHT_SHARE, RIGHTS_KEEPER, 0, 0, 0, 0,
			false },
		{ "from the folder to a zone", RIGHTS_ADMIN, RIGHT_READ, 0, 5, 0, 0,
			true },
		{ "in the same zone", RIGHTS_ADMIN, RIGHT_READ, 5, 5, 0, 0, true },
		{ "from a zone to the folder", RIGHTS_ADMIN, RIGHT_READ, 5, 0, 0, 0,
			false },
		{ "from a zone to another", RIGHTS_ADMIN, RIGHT_READ, 5, 6, 0, 0, false },
		{ "a quota under none", RIGHTS_ADMIN, RIGHT_READ, 0, 0, 0, 9, true },
		{ "a smaller quota", RIGHTS_ADMIN, RIGHT_READ, 0, 0, 9, 8, true },
		{ "the same quota", RIGHTS_ADMIN, RIGHT_READ, 0, 0, 9, 9, true },
		{ "a larger quota", RIGHTS_ADMIN, RIGHT_READ, 0, 0, 9, 10, false },
		{ "no quota under one", RIGHTS_ADMIN, RIGHT_READ, 0, 0, 9, 0, false },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct certificate c;

		begin();
		c = sample_next(&s, CERTIFICATE_MEMBER);
		c.rights = rows[i].above;
		c.quota_bytes = rows[i].quota_above;
		if (rows[i].zone_above)
			c.zone = sample_short_id(rows[i].zone_above);
		sample_add(&s, c);
		c = sample_next(&s, CERTIFICATE_MEMBER);
		c.rights = rows[i].below;
		c.quota_bytes = rows[i].quota_below;
		memset(&c.zone, 0, sizeof(c.zone));
		if (rows[i].zone_below)
			c.zone = sample_short_id(rows[i].zone_below);
		sample_add(&s, c);
		EXPECT_EQ(sample_holds(&s), rows[i].holds, rows[i].why);
	}
}

TEST(chain_refuses_what_an_invite_key_may_not_do)
{
	struct certificate c;

	begin_invite();
	EXPECT(sample_holds(&s), "an invite by an admin holds");
	c = sample_next(&s, CERTIFICATE_MEMBER);
	c.not_after_s = s.made[1].not_after_s;
	sample_add(&s, c);
	EXPECT(sample_holds(&s), "its member may stay as long as the admin");
	begin_invite();
	c = sample_next(&s, CERTIFICATE_MEMBER);
	c.not_before_s = s.made[2].not_after_s;
	c.not_after_s = s.made[1].not_after_s;
	sample_add(&s, c);
	EXPECT(sample_holds(&s), "redeemed in the last second");
#define REFUSE(kind, change, why)                                                        \
	begin_invite();                                                                  \
	c = sample_next(&s, kind);                                                       \
	change;                                                                          \
	sample_add(&s, c);                                                               \
	EXPECT(!sample_holds(&s), why)
	REFUSE(CERTIFICATE_INVITE, , "an invite key makes no invites");
	REFUSE(CERTIFICATE_MEMBER, c.depth++, "deeper than the invite");
	REFUSE(CERTIFICATE_MEMBER, c.rights = RIGHTS_ADMIN,
		"more rights than the invite");
	REFUSE(CERTIFICATE_MEMBER, c.not_before_s--,
		"redeemed before the invite was made");
	REFUSE(CERTIFICATE_MEMBER, c.not_before_s = s.made[2].not_after_s + 1,
		"redeemed after the invite's end");
	REFUSE(CERTIFICATE_MEMBER, c.not_after_s = s.made[1].not_after_s + 1,
		"it stays longer than the admin");
#undef REFUSE
	begin();
	c = sample_next(&s, CERTIFICATE_MEMBER);
	c.rights = RIGHTS_WRITER;
	sample_add(&s, c);
	sample_add(&s, sample_next(&s, CERTIFICATE_INVITE));
	EXPECT(!sample_holds(&s), "a writer without the right to share made an invite");
	begin_admin();
	c = sample_next(&s, CERTIFICATE_INVITE);
	c.not_after_s++;
	sample_add(&s, c);
	EXPECT(!sample_holds(&s), "an invite that outlives its issuer");
}

TEST(chain_refuses_other_owners_other_links_and_bad_counts)
{
	struct hash other = sample_hash(77);
	struct certificate c;

	begin_admin();
	sample_add(&s, sample_next(&s, CERTIFICATE_MEMBER));
	EXPECT(!chain_verify(&s.folder, &s.keys[3].id, s.chain, 2), "another owner");
	EXPECT(!chain_verify(&other, &s.keys[0].id, s.chain, 2), "another folder");
	EXPECT(!chain_verify(&s.folder, &s.keys[0].id, s.chain, 1), "the top is missing");
	EXPECT(!chain_verify(&s.folder, &s.keys[0].id, s.chain, 0), "nothing at all");
	EXPECT(!chain_verify(&s.folder, &s.keys[0].id, s.chain, CHAIN_MAX + 1),
		"too many");
	begin();
	c = sample_next(&s, CERTIFICATE_MEMBER);
	c.parent = sample_hash(3);
	sample_add(&s, c);
	EXPECT(!sample_holds(&s), "the owner has no certificate above it");
	begin_admin();
	s.keys[1] = sample_keys(50);
	sample_add(&s, sample_next(&s, CERTIFICATE_MEMBER));
	EXPECT(!sample_holds(&s), "issued by a key that the link above does not name");
}

TEST(chain_refuses_a_changed_byte_in_any_link)
{
	begin_invite();
	sample_add(&s, sample_next(&s, CERTIFICATE_MEMBER));
	for (size_t n = 1; n <= s.count; n++) {
		for (size_t i = 0; i < s.chain[s.count - n].len; i++) {
			s.bytes[n][i] ^= 0x20;
			EXPECT(!sample_holds(&s), "a changed byte is noticed");
			s.bytes[n][i] ^= 0x20;
		}
	}
	EXPECT(sample_holds(&s), "unchanged it holds");
}

TEST(chain_expires_with_the_first_of_all_but_a_redeemed_invite)
{
	const int64_t week = 7 * SAMPLE_DAY_S, month = 30 * SAMPLE_DAY_S;
	struct certificate c;

	begin_invite();
	EXPECT(!chain_expired(s.chain, 2, SAMPLE_NOW_S + week), "at its last second");
	EXPECT(!chain_expired(s.chain, 2, SAMPLE_NOW_S - 1), "not before it begins");
	EXPECT(chain_expired(s.chain, 2, SAMPLE_NOW_S + week + 1),
		"the invite has ended");
	c = sample_next(&s, CERTIFICATE_MEMBER);
	sample_add(&s, c);
	EXPECT(!chain_expired(s.chain, 3, SAMPLE_NOW_S + month), "its member stays");
	EXPECT(chain_expired(s.chain, 3, SAMPLE_NOW_S + month + 1),
		"as long as the admin");
	EXPECT(chain_expired(s.chain, 0, SAMPLE_NOW_S), "no chain has ended");
}
