/* SPDX-License-Identifier: ISC */
/* Machines whose clocks are wrong, and what time their folder has all the same. */
#include <errno.h>

#include "sync/machine.h"
#include "tests/unit/sync/memory/mesh.h"

enum { DAY_S = 86400, YEARS_S = 3 * 365 * DAY_S, GREETED_MS = 30000 };

static struct folder *folder_of(struct mesh *m, unsigned i)
{
	return mesh_node(m, i)->sync->folders[0];
}

static int64_t time_of(struct mesh *m, unsigned i)
{
	return clock_now_s(folder_of(m, i), mesh_now(m));
}

static int64_t off_of(struct mesh *m, unsigned i)
{
	return sync_clock_off_s(mesh_node(m, i)->sync, mesh_now(m));
}

static uint8_t rights_of(struct mesh *m, unsigned at, unsigned of)
{
	return members_rights(folder_of(m, at), mesh_now(m), &mesh_node(m, of)->self.id);
}

/* All in range of each other; nobody shares yet. */
static struct mesh *full(unsigned count)
{
	struct mesh *m = mesh_new(count, test_seed());

	for (unsigned a = 0; a < count; a++)
		for (unsigned b = a + 1; b < count; b++)
			mesh_link(m, a, b, true);
	return m;
}

static void all_edit(struct mesh *m, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char path[] = "/f/0";

		path[3] = (char)('0' + i);
		mesh_write(m, i, path, path);
	}
	mesh_settle_after_change(m);
	for (unsigned i = 0; i < count; i++) {
		mesh_write(m, i, "/f/all", i % 2 ? "odd" : "even");
		mesh_settle_after_change(m);
		EXPECT(mesh_has(m, 0, "/f/all", i % 2 ? "odd" : "even"),
			"an edit upon what was there replaces it, whatever the clocks");
		EXPECT_EQ(mesh_status(m, 0).conflicts, 0, "and is no conflict");
	}
}

TEST(clocks_that_are_wrong_hinder_nobody)
{
	static const struct {
		const char *why;
		unsigned count;
		int64_t off_s[3];
	} rows[] = {
		{ "the joiner is behind", 2, { 0, -YEARS_S } },
		{ "the joiner is ahead", 2, { 0, YEARS_S } },
		{ "the owner is behind", 2, { -YEARS_S, 0 } },
		{ "the owner is ahead", 2, { YEARS_S, 0 } },
		{ "the joiner's was never set", 2, { 0, MESH_1970 } },
		{ "the owner's was never set", 2, { MESH_1970, 0 } },
		{ "one of three was never set", 3, { 0, MESH_1970, 0 } },
		{ "the owner of three was never set", 3, { MESH_1970, 0, 0 } },
		{ "no two of three are alike", 3, { YEARS_S, MESH_1970, -YEARS_S } },
	};

	for (size_t n = 0; n < array_len(rows); n++) {
		struct mesh *m = full(rows[n].count);

		for (unsigned i = 0; i < rows[n].count; i++)
			mesh_clock(m, i, rows[n].off_s[i]);
		mesh_share(m, 0);
		for (unsigned i = 1; i < rows[n].count; i++)
			mesh_join_by(m, i, 0, RIGHTS_WRITER, 4000LL * DAY_S);
		all_edit(m, rows[n].count);
		for (unsigned i = 0; i < rows[n].count; i++)
			EXPECT(mesh_status(m, i).errors == 0, rows[n].why);
		mesh_free(m);
	}
}

TEST(a_clock_that_goes_wrong_later_hinders_nobody)
{
	static const int64_t off_s[] = { YEARS_S, -YEARS_S, 20LL * 365 * DAY_S,
		MESH_1970 };

	for (size_t n = 0; n < array_len(off_s); n++)
		for (unsigned who = 0; who < 2; who++) {
			struct mesh *m = full(3);

			mesh_share(m, 0);
			mesh_join_all(m, 3);
			all_edit(m, 3);
			mesh_crash(m, who);
			mesh_clock(m, who, off_s[n]);
			for (unsigned i = 0; i < 3; i++)
				mesh_link(m, who, i, false);
			mesh_start(m, who);
			mesh_write(m, who, "/f/alone", "alone");
			mesh_run_ms(m, GREETED_MS);
			for (unsigned i = 0; i < 3; i++)
				mesh_link(m, who, i, i != who);
			mesh_run_ms(m, GREETED_MS);
			EXPECT(mesh_has(m, 2, "/f/alone", "alone"),
				"what it did alone has come");
			EXPECT_EQ(mesh_status(m, who).errors, 0, "and nothing is held");
			all_edit(m, 3);
			mesh_free(m);
		}
}

TEST(a_member_invites_where_the_newcomer_is_years_behind)
{
	struct mesh *m = full(3);

	mesh_share(m, 0);
	mesh_join(m, 1, RIGHTS_ADMIN);
	all_edit(m, 2);
	mesh_crash(m, 0);
	mesh_clock(m, 1, 30 * DAY_S);
	mesh_clock(m, 2, -YEARS_S);
	mesh_join_by(m, 2, 1, RIGHTS_WRITER, DAY_S);
	mesh_write(m, 2, "/f/y", "y");
	mesh_settle_after_change(m);
	EXPECT(mesh_has(m, 1, "/f/y", "y"), "the two of them work together");
	mesh_free(m);
}

TEST(time_is_the_lower_median_of_those_met)
{
	struct mesh *m = full(3);
	int64_t right_s;

	mesh_share(m, 0);
	mesh_join_all(m, 3);
	mesh_settle_after_change(m);
	mesh_run_ms(m, GREETED_MS);
	right_s = time_of(m, 0);
	EXPECT_EQ(off_of(m, 0), 0, "alike clocks are not off");
	mesh_clock(m, 2, YEARS_S);
	mesh_run_ms(m, GREETED_MS);
	for (unsigned i = 0; i < 3; i++)
		EXPECT(time_of(m, i) - right_s < 60, "one ahead changes nothing");
	EXPECT(off_of(m, 2) > YEARS_S - 60, "and is told that it is");
	EXPECT_EQ(off_of(m, 0), 0, "the others are not");
	mesh_clock(m, 2, MESH_1970);
	mesh_run_ms(m, GREETED_MS);
	for (unsigned i = 0; i < 3; i++)
		EXPECT(time_of(m, i) >= right_s, "nor one never set");
	EXPECT(off_of(m, 2) < -YEARS_S, "which is told as well");
	mesh_clock(m, 2, -YEARS_S);
	mesh_run_ms(m, GREETED_MS);
	EXPECT(time_of(m, 0) >= right_s && time_of(m, 2) >= right_s, "nor one behind");
	mesh_free(m);
}

TEST(a_clock_that_was_never_set_is_none)
{
	struct mesh *m = full(2);
	int64_t right_s;

	mesh_share(m, 0);
	mesh_clock(m, 1, MESH_1970);
	mesh_join(m, 1, RIGHTS_WRITER);
	mesh_run_ms(m, 3600000);
	right_s = time_of(m, 0);
	EXPECT(off_of(m, 0) == 0 && time_of(m, 1) - right_s < 60 &&
			right_s - time_of(m, 1) < 60,
		"of two, the one that is set tells the time");
	EXPECT_EQ(folder_of(m, 1)->clocks, 1, "alone");
	mesh_free(m);
}

TEST(time_is_never_before_what_the_owner_signed)
{
	struct mesh *m = full(2);
	int64_t signed_s;

	mesh_share(m, 0);
	signed_s = time_of(m, 0);
	mesh_join_all(m, 2);
	for (int never_set = 0; never_set < 2; never_set++) {
		for (unsigned i = 0; i < 2; i++)
			mesh_clock(m, i, never_set ? MESH_1970 : -YEARS_S);
		mesh_run_ms(m, GREETED_MS);
		for (unsigned i = 0; i < 2; i++)
			EXPECT_EQ(time_of(m, i), signed_s, "it stands at that date");
	}
	mesh_free(m);
}

TEST(a_stranger_and_a_keeper_tell_no_time)
{
	struct mesh *m = full(3);
	int64_t right_s;

	mesh_share(m, 0);
	mesh_join(m, 1, RIGHTS_KEEPER);
	right_s = time_of(m, 0);
	mesh_clock(m, 1, YEARS_S);
	mesh_clock(m, 2, YEARS_S);
	mesh_run_ms(m, GREETED_MS);
	EXPECT_EQ(folder_of(m, 0)->clocks, 1, "only the owner's own clock counts");
	EXPECT(time_of(m, 0) - right_s < 60, "it stays");
	mesh_free(m);
}

/* A membership of node 3 that ends in a minute, known to all that share. */
static void member_for_a_minute(struct mesh *m)
{
	struct folder *f = folder_of(m, 0);
	struct certificate c = { .kind = CERTIFICATE_MEMBER, .folder = f->id };
	uint8_t body[CERTIFICATE_SIZE_MAX];
	struct writer w = writer_of(body, sizeof(body));

	c.issuer = mesh_node(m, 0)->self.id;
	c.subject = mesh_node(m, 3)->self.id;
	c.rights = RIGHTS_WRITER;
	c.not_before_s = time_of(m, 0);
	c.not_after_s = c.not_before_s + 60;
	certificate_write(&w, &c, &mesh_node(m, 0)->self);
	for (unsigned i = 0; i < 3; i++)
		EXPECT(members_add(folder_of(m, i), mesh_now(m), writer_bytes(&w)) ==
				CERT_NEW,
			"it is a certificate");
}

TEST(what_has_expired_is_refused_whatever_one_liar_tells)
{
	static const int64_t lies_s[] = { 0, YEARS_S, -YEARS_S, MESH_1970 };

	for (size_t n = 0; n < array_len(lies_s); n++) {
		struct mesh *m = full(4);

		mesh_share(m, 0);
		for (unsigned i = 1; i < 3; i++)
			mesh_join(m, i, RIGHTS_WRITER);
		mesh_run_ms(m, GREETED_MS);
		mesh_clock(m, 2, lies_s[n]);
		mesh_run_ms(m, GREETED_MS);
		member_for_a_minute(m);
		for (unsigned i = 0; i < 2; i++)
			EXPECT(rights_of(m, i, 3) != 0, "nobody expires it too early");
		mesh_run_ms(m, 90000);
		for (unsigned i = 0; i < 2; i++) {
			EXPECT_EQ(rights_of(m, i, 3), 0, "nor keeps it alive");
			EXPECT(rights_of(m, i, 1) != 0, "the others stay members");
		}
		mesh_free(m);
	}
}

TEST(an_author_comes_back_from_years_ahead)
{
	struct mesh *m = full(3);
	struct conflict_status c;

	mesh_share(m, 0);
	mesh_join_all(m, 3);
	mesh_write(m, 0, "/f/x", "first");
	mesh_settle_after_change(m);
	mesh_link(m, 1, 0, false);
	mesh_link(m, 1, 2, false);
	mesh_clock(m, 1, YEARS_S);
	mesh_write(m, 1, "/f/x", "from the future");
	mesh_run_ms(m, 5000);
	mesh_clock(m, 1, 0);
	mesh_link(m, 1, 0, true);
	mesh_settle_after_change(m);
	EXPECT(mesh_has(m, 2, "/f/x", "from the future"), "it has come");
	mesh_write(m, 2, "/f/x", "later");
	mesh_settle_after_change(m);
	for (unsigned i = 0; i < 3; i++)
		EXPECT(mesh_has(m, i, "/f/x", "later"), "a later edit replaces it");
	mesh_link(m, 1, 0, false);
	mesh_write(m, 1, "/f/x", "older");
	mesh_run_ms(m, 5000);
	mesh_write(m, 2, "/f/x", "newer");
	mesh_run_ms(m, 60000);
	mesh_link(m, 1, 0, true);
	mesh_settle_after_change(m);
	for (unsigned i = 0; i < 3; i++) {
		EXPECT(mesh_has(m, i, "/f/x", "newer"),
			"back at the right time it orders by that");
		EXPECT_EQ(mesh_status(m, i).conflicts, 1, "and no version is lost");
		EXPECT(sync_conflict_at(mesh_node(m, i)->sync, mesh_folder(m), 0, 1, &c),
			"both are there");
	}
	mesh_free(m);
}

TEST(an_invite_that_is_not_valid_yet_is_taken)
{
	struct mesh *m = full(2);
	char text[INVITE_TEXT_MAX];
	int64_t expires_s;
	struct hash h;

	mesh_share(m, 0);
	EXPECT_EQ(sync_invite(mesh_node(m, 0)->sync, mesh_now(m), mesh_folder(m),
			  RIGHTS_WRITER, 1, DAY_S, text, &expires_s),
		0, "an invite");
	mesh_clock(m, 1, 2 * DAY_S);
	EXPECT_EQ(sync_join(mesh_node(m, 1)->sync, mesh_now(m), text, "/f", &h), -ETIME,
		"where the clock is ahead it has expired");
	mesh_clock(m, 1, -YEARS_S);
	EXPECT_EQ(sync_join(mesh_node(m, 1)->sync, mesh_now(m), text, "/f", &h), 0,
		"where it is behind it is good");
	mesh_free(m);
}
