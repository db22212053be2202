/* SPDX-License-Identifier: ISC */
/* What is kept comes back whole or not at all. */
#include "node/mesh/machine.h"

#include "tests/unit/node/mesh/party.h"

static struct mesh *again(struct parties *p, unsigned i)
{
	struct mesh_config config = { .self = &p->at[i].keys,
		.rng = p->rng,
		.log = &p->silent,
		.drops = &p->at[i].drops };

	mesh_free(p->at[i].mesh);
	p->at[i].mesh = mesh_new(&config, p->now);
	return p->at[i].mesh;
}

TEST(state_comes_back_as_it_was)
{
	struct parties p;
	struct mesh_status before, after;
	char token[TOKEN_TEXT_MAX];
	int64_t expires_s;
	uint8_t *saved, *twice, key[32], key_after[32];
	size_t len, len_twice;

	parties_init(&p, 5);
	parties_found(&p, 3);
	EXPECT_EQ(mesh_invite(p.at[0].mesh, p.now, false, 1, 600, token, &expires_s), 0,
		"an invite for one");
	EXPECT_EQ(mesh_join(p.at[3].mesh, p.now, token), 0, "used");
	EXPECT_EQ(mesh_join(p.at[4].mesh, p.now, token), 0, "and used");
	for (unsigned i = 1; i < 4; i++)
		parties_link(&p, 0, i);
	parties_talk(&p);
	EXPECT_EQ(mesh_cofound(p.at[0].mesh, p.now, &p.at[1].keys.id), 0, "a co-founder");
	EXPECT_EQ(mesh_revoke(p.at[0].mesh, p.now, &p.at[2].keys.id), 0, "a revocation");
	mesh_status(p.at[0].mesh, p.now, &before);
	mesh_key(p.at[0].mesh, key);
	saved = mesh_save(p.at[0].mesh, &len);
	EXPECT(mesh_load(again(&p, 0), bytes_of(saved, len)), "it comes back");
	mesh_wall_clock(p.at[0].mesh, p.now, PARTY_S * 1000);
	mesh_status(p.at[0].mesh, p.now, &after);
	mesh_key(p.at[0].mesh, key_after);
	EXPECT_BYTES(bytes_of(&after, sizeof(after)), bytes_of(&before, sizeof(before)),
		"as it was");
	EXPECT_BYTES(bytes_of(key_after, 32), bytes_of(key, 32), "with its key");
	twice = mesh_save(p.at[0].mesh, &len_twice);
	EXPECT_BYTES(bytes_of(twice, len_twice), bytes_of(saved, len), "to the byte");
	EXPECT(parties_admit(&p, 1, 0) && !parties_admit(&p, 2, 0),
		"it judges as before");
	EXPECT(parties_admit(&p, 3, 0) && !parties_admit(&p, 4, 0), "and counts uses");
	mem_free(saved);
	mem_free(twice);
	parties_fini(&p);
}

TEST(state_that_is_cut_or_changed_is_refused)
{
	struct parties p;
	uint8_t *saved, *changed;
	size_t len;

	parties_init(&p, 2);
	parties_found(&p, 2);
	saved = mesh_save(p.at[1].mesh, &len);
	(void)again(&p, 1);
	for (size_t i = 0; i < len; i++) {
		changed = mem_copy(saved, i);
		EXPECT(!mesh_load(p.at[1].mesh, bytes_of(changed, i)), "cut");
		mem_free(changed);
	}
	for (size_t i = 0; i < len; i++) {
		saved[i] ^= 0x20;
		EXPECT(!mesh_load(p.at[1].mesh, bytes_of(saved, len)), "changed");
		saved[i] ^= 0x20;
	}
	EXPECT(!mesh_joined(p.at[1].mesh), "nothing of it is taken");
	EXPECT(mesh_load(p.at[1].mesh, bytes_of(saved, len)), "the whole is");
	mem_free(saved);
	parties_fini(&p);
}

/* Who was renewed after the clocks jumped keeps nobody out for a day, also when it begins anew. */
TEST(state_keeps_that_others_may_be_renewed_later)
{
	struct parties p;
	uint8_t *saved;
	size_t len;

	parties_init(&p, 3);
	parties_found(&p, 3);
	for (unsigned i = 0; i < 3; i++)
		mesh_wall_clock(p.at[i].mesh, p.now, (PARTY_S + 400 * PARTY_DAY) * 1000);
	parties_link(&p, 0, 1);
	parties_later(&p, 60);
	parties_talk(&p);
	mesh_meet(p.at[0].mesh, p.now, &p.at[1].keys.id);
	parties_talk(&p);
	EXPECT(p.at[1].mesh->own.at[0].from_s > PARTY_S + 399 * PARTY_DAY, "renewed");
	saved = mesh_save(p.at[1].mesh, &len);
	EXPECT(mesh_load(again(&p, 1), bytes_of(saved, len)), "it begins anew");
	mesh_wall_clock(p.at[1].mesh, p.now, (PARTY_S + 400 * PARTY_DAY) * 1000);
	EXPECT(parties_admit(&p, 2, 1), "who is not renewed yet comes in");
	mesh_wall_clock(p.at[1].mesh, p.now, (PARTY_S + 402 * PARTY_DAY) * 1000);
	mesh_wall_clock(p.at[2].mesh, p.now, (PARTY_S + 402 * PARTY_DAY) * 1000);
	EXPECT(!parties_admit(&p, 2, 1), "for a day");
	mem_free(saved);
	parties_fini(&p);
}
