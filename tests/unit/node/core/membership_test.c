/* SPDX-License-Identifier: ISC */
/* A private mesh on the air: who is let in, who is cut off, what is learned on the way. */
#include <errno.h>

#include "node/core/core.h"
#include "node/mesh/machine.h"
#include "tests/test.h"
#include "tests/unit/node/core/medium.h"

#define WALL_MS ((int64_t)1700000000000)
#define DAY_MS  ((int64_t)86400000)

static struct medium m;

static void clocks(int64_t wall_ms)
{
	for (unsigned i = 0; i < m.count; i++)
		node_wall_clock(m.nodes[i], m.now, wall_ms);
}

static void invite(unsigned i, bool delegate, uint8_t uses, char token[TOKEN_TEXT_MAX])
{
	int64_t expires_s;

	EXPECT_EQ(mesh_invite(node_mesh(m.nodes[i]), m.now, delegate, uses, 86400, token,
			  &expires_s),
		0, "an invite is made");
}

/* Number 0 founds a mesh, those up to `members` join. */
static void begin(unsigned count, unsigned members)
{
	char token[TOKEN_TEXT_MAX];

	medium_begin(&m, count, test_seed(), true);
	clocks(WALL_MS);
	EXPECT_EQ(node_mesh_found(m.nodes[0], m.now, "brook"), 0, "it is founded");
	invite(0, false, 0, token);
	for (unsigned i = 1; i < members; i++)
		EXPECT_EQ(node_mesh_join(m.nodes[i], m.now, token), 0, "one joins");
}

static void run_ms(int64_t ms)
{
	medium_run(&m, instant_add_ms(m.now, ms));
}

static uint64_t dropped(unsigned i, enum drop_reason reason)
{
	return node_drops(m.nodes[i])->count[reason];
}

TEST(members_of_a_private_mesh_reach_each_other)
{
	begin(4, 3);
	for (unsigned i = 0; i < 3; i++)
		medium_join(&m, i, i + 1, true);
	EXPECT(medium_until_reached(&m, 0, 2, 5000) && medium_ping(&m, 0, 2, 2000),
		"over two hops");
	run_ms(5000);
	EXPECT(!medium_reaches(&m, 2, 3), "who is in none carries nothing");
	EXPECT_EQ(dropped(3, DROP_MESH_SEAL) > 0, true, "and takes nothing");
	medium_fini(&m);
}

TEST(who_knows_the_mesh_key_alone_is_refused_at_a_rate)
{
	struct node_counters before, after;

	begin(2, 2);
	m.nodes[1]->mesh->own.at[0].signature.b[0] ^= 1;
	m.nodes[1]->mesh->shown++;
	medium_join(&m, 0, 1, true);
	run_ms(5000);
	node_counters(m.nodes[0], &before);
	EXPECT(dropped(0, DROP_CERTIFICATE) > 0, "refused with its reason");
	run_ms(60000);
	EXPECT(!medium_reaches(&m, 0, 1) && !medium_reaches(&m, 1, 0),
		"it is never used");
	node_counters(m.nodes[0], &after);
	EXPECT(after.handshakes - before.handshakes < 60 * 3,
		"nor talked to all the time");
	medium_fini(&m);
}

TEST(who_is_revoked_is_cut_off_at_once_where_it_is_known)
{
	begin(4, 4);
	for (unsigned i = 0; i < 3; i++)
		medium_join(&m, i, i + 1, true);
	EXPECT(medium_until_reached(&m, 0, 3, 8000) && medium_ping(&m, 0, 3, 2000),
		"all are there");
	EXPECT_EQ(
		mesh_revoke(node_mesh(m.nodes[0]), m.now, &m.keys[3].id), 0, "one falls");
	run_ms(1000);
	for (unsigned i = 0; i < 3; i++)
		EXPECT(mesh_revokes(node_mesh(m.nodes[i]), &m.keys[3].id) &&
				!medium_reaches(&m, i, 3),
			"within a second everybody knows, and has no way there");
	run_ms(5000);
	EXPECT(dropped(2, DROP_REVOKED) > 0, "its HELLOs are not taken");
	EXPECT(!medium_ping(&m, 0, 3, 3000), "nothing arrives");
	medium_fini(&m);
}

TEST(two_parts_of_a_mesh_become_one_within_five_seconds)
{
	begin(6, 6);
	for (unsigned i = 0; i < 5; i++)
		medium_join(&m, i, i + 1, i != 2);
	EXPECT(medium_until_reached(&m, 0, 2, 8000) &&
			medium_until_reached(&m, 3, 5, 8000),
		"two parts");
	run_ms(20000);
	EXPECT_EQ(mesh_revoke(node_mesh(m.nodes[0]), m.now, &m.keys[1].id) +
			  mesh_cofound(node_mesh(m.nodes[0]), m.now, &m.keys[2].id),
		0, "something happened in one");
	medium_join(&m, 0, 2, true);
	run_ms(5000);
	medium_join(&m, 2, 3, true);
	EXPECT(medium_until_reached(&m, 0, 5, 5000), "they meet");
	run_ms(1000);
	EXPECT(mesh_revokes(node_mesh(m.nodes[5]), &m.keys[1].id), "and know the same");
	medium_fini(&m);
}

TEST(a_member_is_renewed_on_contact_before_its_end)
{
	struct mesh_status s;

	begin(3, 3);
	medium_join(&m, 0, 1, true);
	medium_join(&m, 1, 2, true);
	EXPECT(medium_until_reached(&m, 0, 2, 8000), "all are there");
	run_ms(12000);
	for (unsigned month = 0; month < 3; month++) {
		clocks(WALL_MS + (int64_t)(month + 1) * 25 * DAY_MS);
		run_ms(200000);
	}
	mesh_status(node_mesh(m.nodes[2]), m.now, &s);
	EXPECT((int64_t)s.until_s * 1000 > WALL_MS + 100 * DAY_MS,
		"over a relay, again and again");
	EXPECT(medium_reaches(&m, 0, 2), "so nobody was lost");
	EXPECT_EQ(dropped(1, DROP_EXPIRED), 0, "or refused");
	medium_fini(&m);
}

/* Number 3 came by a co-founder of whom number 2 has never heard. */
TEST(a_stranger_learns_who_stands_behind_a_certificate)
{
	char token[TOKEN_TEXT_MAX];

	begin(4, 3);
	medium_join(&m, 0, 1, true);
	EXPECT(medium_until_reached(&m, 0, 1, 8000), "the founder and another");
	EXPECT_EQ(mesh_cofound(node_mesh(m.nodes[0]), m.now, &m.keys[1].id), 0,
		"who founds beside him");
	run_ms(1000);
	invite(1, false, 1, token);
	EXPECT_EQ(node_mesh_join(m.nodes[3], m.now, token), 0, "and lets somebody in");
	medium_join(&m, 2, 3, true);
	EXPECT(medium_until_reached(&m, 2, 3, 5000), "far from both of them");
	EXPECT(dropped(2, DROP_STRANGER) > 0, "though not at first");
	medium_fini(&m);
}

static int paired = 1;

static void on_event(struct medium *all, unsigned node, const struct node_event *e)
{
	(void)all;
	(void)node;
	if (e->kind == NODE_EVENT_PAIRED)
		paired = e->result;
}

TEST(a_newcomer_joins_by_a_code_over_one_hop_and_not_over_two)
{
	char code[NODE_CODE_SIZE], wrong[NODE_CODE_SIZE];
	int64_t expires_s;

	begin(3, 1);
	m.on_event = on_event;
	m.loss_ppm = 100000;
	medium_join(&m, 0, 1, true);
	medium_join(&m, 1, 2, true);
	EXPECT_EQ(node_pair_open(m.nodes[1], m.now, code, &expires_s), -ENOENT,
		"only members show codes");
	EXPECT_EQ(node_pair_open(m.nodes[0], m.now, code, &expires_s), 0, "a code");
	EXPECT_EQ(expires_s, WALL_MS / 1000 + 600, "for ten minutes");
	EXPECT_EQ(node_pair_join(m.nodes[1], m.now, "12"), -EINVAL, "no code");
	memcpy(wrong, code, sizeof(code));
	wrong[0] = wrong[0] == '9' ? '0' : '9';
	EXPECT_EQ(node_pair_join(m.nodes[1], m.now, wrong), 0, "a wrong one");
	EXPECT_EQ(node_pair_join(m.nodes[1], m.now, code), -EBUSY, "one at a time");
	EXPECT_EQ(node_pair_join(m.nodes[2], m.now, code), 0, "two hops away");
	run_ms(29000);
	EXPECT(!node_carries(m.nodes[2]), "nobody answers");
	paired = 1;
	run_ms(3000);
	EXPECT(paired == -EACCES || paired == -ETIMEDOUT, "both gave up");
	EXPECT_EQ(node_pair_open(m.nodes[0], m.now, code, &expires_s), 0, "a new code");
	EXPECT_EQ(node_pair_join(m.nodes[1], m.now, code), 0, "the right one");
	run_ms(8000);
	EXPECT_EQ(paired, 0, "it is told");
	EXPECT(node_carries(m.nodes[1]) && medium_reaches(&m, 0, 1), "it is a member");
	EXPECT_EQ(node_pair_join(m.nodes[1], m.now, code), -EEXIST, "once");
	medium_fini(&m);
}

TEST(the_open_mesh_and_a_private_one_exclude_each_other)
{
	medium_init(&m, 1, test_seed());
	EXPECT_EQ(node_mesh_found(m.nodes[0], m.now, "brook"), -EBUSY, "none is founded");
	EXPECT_EQ(node_mesh_join(m.nodes[0], m.now, "x"), -EBUSY, "or joined");
	EXPECT_EQ(node_pair_join(m.nodes[0], m.now, "12345678"), -EBUSY, "in any way");
	medium_fini(&m);
}

TEST(a_node_that_begins_again_is_the_member_that_it_was)
{
	struct node_config c = { .self = &m.keys[1], .log = &m.log, .sequence = 1 << 20 };
	uint8_t *kept;
	size_t len;

	begin(2, 2);
	kept = mesh_save(node_mesh(m.nodes[1]), &len);
	node_free(m.nodes[1]);
	c.rng = m.rng;
	m.nodes[1] = node_new(&c, m.now);
	EXPECT(!node_mesh_load(m.nodes[1], m.now, bytes_of(kept, len - 1)),
		"not of a part");
	EXPECT(!node_carries(m.nodes[1]), "which makes no member");
	EXPECT(node_mesh_load(m.nodes[1], m.now, bytes_of(kept, len)), "of the whole");
	node_interface_add(m.nodes[1], m.now, 1, MEDIUM_MTU);
	medium_join(&m, 0, 1, true);
	EXPECT(medium_until_reached(&m, 0, 1, 8000), "it is let in");
	mem_free(kept);
	medium_fini(&m);
}
