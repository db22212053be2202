/* SPDX-License-Identifier: ISC */
/* Tokens: each way to be wrong has its own answer. */
#include "node/mesh/token.h"

#include <errno.h>
#include <stdio.h>

#include "tests/unit/node/mesh/party.h"

static void invite_of(struct parties *p, unsigned i, char *text)
{
	int64_t expires_s;

	EXPECT_EQ(mesh_invite(p->at[i].mesh, p->now, false, 1, 7 * PARTY_DAY, text,
			  &expires_s),
		0, "an invite is made");
}

TEST(token_that_is_cut_or_changed_says_so)
{
	struct parties p;
	char text[TOKEN_TEXT_MAX], changed[TOKEN_TEXT_MAX];
	struct token t;

	parties_init(&p, 1);
	parties_found(&p, 1);
	invite_of(&p, 0, text);
	EXPECT_EQ(token_parse(&t, text), TOKEN_FINE, "it is whole");
	for (size_t len = sizeof("qanatmesh1:") - 1; len < strlen(text); len++) {
		memcpy(changed, text, len);
		changed[len] = '\0';
		EXPECT_EQ(token_parse(&t, changed), TOKEN_DAMAGED, "cut");
	}
	for (size_t i = sizeof("qanatmesh1:") - 1; i < strlen(text); i++) {
		memcpy(changed, text, sizeof(text));
		changed[i] = text[i] == 'x' ? 'y' : 'x';
		EXPECT_EQ(token_parse(&t, changed), TOKEN_DAMAGED, "changed");
	}
	parties_fini(&p);
}

TEST(token_is_told_from_other_texts)
{
	static const struct {
		const char *why, *text;
		enum token_fault fault;
	} rows[] = {
		{ "nothing", "", TOKEN_NONE },
		{ "anything", "hello", TOKEN_NONE },
		{ "an invite to a folder", "qanat1:AAAA", TOKEN_FOLDER },
		{ "no more than its beginning", "qanatmesh1:", TOKEN_DAMAGED },
		{ "a space inside", "qanatmesh1:AA AA", TOKEN_DAMAGED },
	};
	struct parties p;
	char text[TOKEN_TEXT_MAX], spaced[TOKEN_TEXT_MAX + 8];
	struct token t;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(token_parse(&t, rows[i].text), rows[i].fault, rows[i].why);
	parties_init(&p, 1);
	parties_found(&p, 1);
	invite_of(&p, 0, text);
	snprintf(spaced, sizeof(spaced), " \t%s\r\n", text);
	EXPECT_EQ(
		token_parse(&t, spaced), TOKEN_FINE, "white space around it is no harm");
	parties_fini(&p);
}

/* A token whose checksum is right and whose word is not. */
TEST(token_that_does_not_hold_is_refused)
{
	struct parties p;
	char text[TOKEN_TEXT_MAX], forged[TOKEN_TEXT_MAX];
	struct token t, back;

	parties_init(&p, 2);
	parties_found(&p, 1);
	invite_of(&p, 0, text);
	EXPECT_EQ(token_parse(&t, text), TOKEN_FINE, "it is whole");
	back = t;
	back.seed[0] ^= 1;
	token_write(forged, &back);
	EXPECT_EQ(token_parse(&back, forged), TOKEN_WRONG, "a seed of another key");
	back = t;
	back.invite.at[0].until_s++;
	token_write(forged, &back);
	EXPECT_EQ(token_parse(&back, forged), TOKEN_WRONG, "other dates");
	back = t;
	back.invite.at[0].rights = MESH_MEMBER;
	back.invite.at[0].uses = 0;
	token_write(forged, &back);
	EXPECT_EQ(token_parse(&back, forged), TOKEN_WRONG, "no invite at all");
	back = t;
	back.genesis.name[0] ^= 1;
	token_write(forged, &back);
	EXPECT_EQ(token_parse(&back, forged), TOKEN_WRONG, "another mesh");
	back = t;
	back.count = 1;
	back.cofounders[0] = (struct mesh_cofounder){ .subject = p.at[1].keys.id,
		.issuer = p.at[0].keys.id };
	token_write(forged, &back);
	EXPECT_EQ(token_parse(&back, forged), TOKEN_WRONG, "a co-founder nobody signed");
	parties_fini(&p);
}

TEST(token_for_another_mesh_expired_or_none_is_refused_with_its_reason)
{
	struct parties p;
	char text[TOKEN_TEXT_MAX], other[TOKEN_TEXT_MAX];

	parties_init(&p, 4);
	parties_found(&p, 2);
	EXPECT_EQ(mesh_found(p.at[2].mesh, p.now, "river"), 0, "another mesh");
	invite_of(&p, 2, other);
	EXPECT_EQ(mesh_join(p.at[1].mesh, p.now, other), -EEXIST, "it is in one already");
	invite_of(&p, 0, text);
	EXPECT_EQ(mesh_join(p.at[3].mesh, p.now, "qanat1:xyz"), -EISDIR, "a folder's");
	EXPECT_EQ(mesh_join(p.at[3].mesh, p.now, "xyz"), -EINVAL, "none");
	text[40] ^= 1;
	EXPECT_EQ(mesh_join(p.at[3].mesh, p.now, text), -EBADMSG, "damaged");
	text[40] ^= 1;
	parties_later(&p, 8 * PARTY_DAY);
	EXPECT_EQ(mesh_join(p.at[3].mesh, p.now, text), -ETIME, "expired");
	EXPECT(!mesh_joined(p.at[3].mesh), "nothing of it stays");
	parties_fini(&p);
}
