/* SPDX-License-Identifier: ISC */
/* Folders as JSON: full structs, and structs that know nothing. */
#include "node/control/folders.h"

#include "tests/test.h"
#include "tests/unit/node/control/shape.h"

static const struct hash some_hash = { { 0xaa } };
static const struct node_id someone = { { 0xab } };

static const char folder_shape[] = "id:s name:s? path:s? role:s? state:s files:i? "
				   "bytes:i? need_files:i? need_bytes:i? "
				   "rate_bps:i? eta_s:n? members:a conflicts:i errors:a";
static const char name_shape[] = "id:s name:s? path:s?";

static json_t *one_folder(const struct shown_folder *f, struct buffer *b)
{
	json_t *o;

	buffer_init(b, 1 << 20);
	folders_json(b, f, 1);
	o = shape_read(b, "qanat.folders/1");
	shape_expect(json_array_get(json_object_get(o, "folders"), 0), folder_shape);
	return o;
}

TEST(folders_in_every_state_have_their_shape)
{
	static const char *const states[] = { "synced", "syncing", "scanning", "waiting",
		"paused", "error" };
	struct shown_member members[] = { { .id = someone,
						  .name = BYTES("bob"),
						  .role = "writer",
						  .last_seen_us = known(1),
						  .need_bytes = known(2) },
		{ .id = someone } };
	struct shown_error errors[] = { { BYTES("a\nb"), BYTES("a socket") } };

	for (size_t i = 0; i < array_len(states); i++) {
		struct shown_folder f = { .id = some_hash,
			.state = (enum shown_folder_state)i,
			.members = members,
			.member_count = 2,
			.errors = errors,
			.error_count = 1 };
		struct buffer b;
		json_t *o = one_folder(&f, &b);
		const json_t *folder = json_array_get(json_object_get(o, "folders"), 0);

		EXPECT_STRING(json_string_value(json_object_get(folder, "state")),
			states[i], "its state");
		for (size_t k = 0; k < 2; k++)
			shape_expect(
				json_array_get(json_object_get(folder, "members"), k),
				"id:s name:s? role:s? last_seen_s:n? need_bytes:i?");
		EXPECT_STRING(json_string_value(json_array_get(
				      json_object_get(folder, "errors"), 0)),
			"a\nb: a socket", "an error is a text");
		json_decref(o);
		buffer_fini(&b);
	}
}

TEST(the_time_left_follows_from_need_and_rate)
{
	static const struct {
		const char *why;
		struct known need, rate;
		bool is_known;
		int64_t eta_s;
	} rows[] = {
		{ "nothing needed", { true, 0 }, { true, 0 }, true, 0 },
		{ "nothing needed, rate unknown", { true, 0 }, { false, 0 }, true, 0 },
		{ "a second", { true, 1000 }, { true, 8000 }, true, 1 },
		{ "rounded up", { true, 1001 }, { true, 8000 }, true, 2 },
		{ "no rate", { true, 1000 }, { true, 0 }, false, 0 },
		{ "rate unknown", { true, 1000 }, { false, 0 }, false, 0 },
		{ "need unknown", { false, 0 }, { true, 8000 }, false, 0 },
		{ "too much to count", { true, INT64_MAX }, { true, 1 }, false, 0 },
		{ "a rate too high to count", { true, 1000 }, { true, INT64_MAX }, false,
			0 },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct shown_folder f = { .id = some_hash,
			.need_bytes = rows[i].need,
			.rate_bps = rows[i].rate };
		struct buffer b;
		json_t *o = one_folder(&f, &b);
		const json_t *eta = json_object_get(
			json_array_get(json_object_get(o, "folders"), 0), "eta_s");

		EXPECT_EQ(json_is_integer(eta), rows[i].is_known, rows[i].why);
		EXPECT_EQ(json_integer_value(eta), rows[i].eta_s, rows[i].why);
		json_decref(o);
		buffer_fini(&b);
	}
}

TEST(members_conflicts_and_invites_have_their_shapes)
{
	struct shown_folder_name name = { some_hash, BYTES("photos"), BYTES("/p") };
	struct shown_member m = { .id = someone, .expires_unix_s = known(1790000000) };
	struct shown_version versions[] = { { some_hash, someone, BYTES("bob"), known(0),
						    known(5), false, true },
		{ .version = some_hash, .author = someone, .deleted = true } };
	struct shown_conflict c = { name, BYTES("a\xff"), versions, 2 };
	struct shown_invite i = { name, BYTES("qanat1:x"), "writer", known(0), { 0 } };
	struct buffer b;
	json_t *o;

	buffer_init(&b, 1 << 20);
	folders_json_members(&b, &name, &m, 1);
	o = shape_read(&b, "qanat.members/1");
	shape_expect(json_object_get(o, "folder"), name_shape);
	shape_expect(json_array_get(json_object_get(o, "members"), 0),
		"id:s name:s? role:s? expires:s? last_seen_s:n? need_bytes:i?");
	json_decref(o);
	buffer_cut(&b, 0);
	folders_json_conflicts(&b, &c, 1);
	o = shape_read(&b, "qanat.conflicts/1");
	shape_expect(json_array_get(json_object_get(o, "conflicts"), 0),
		"folder:o path:s versions:a");
	for (size_t k = 0; k < 2; k++)
		shape_expect(json_array_get(
				     json_object_get(
					     json_array_get(
						     json_object_get(o, "conflicts"), 0),
					     "versions"),
				     k),
			"version:s author:s author_name:s? time:s? size:i? deleted:b "
			"shown:b");
	json_decref(o);
	buffer_cut(&b, 0);
	folders_json_invite(&b, "share", &i);
	o = shape_read(&b, "qanat.share/1");
	shape_expect(o, "folder:o invite:s role:s uses:i expires:s?");
	shape_expect(json_object_get(o, "folder"), name_shape);
	json_decref(o);
	buffer_fini(&b);
}

TEST(join_wait_and_leave_have_their_shapes)
{
	struct shown_folder_name name = { some_hash, BYTES("photos"), BYTES("/p") };
	struct shown_wait w = { .folder = name, .state = SHOWN_SYNCED };
	struct buffer b;
	json_t *o;

	buffer_init(&b, 1 << 20);
	folders_json_join(&b, &name, "reader");
	o = shape_read(&b, "qanat.join/1");
	shape_expect(o, "folder:o role:s");
	json_decref(o);
	buffer_cut(&b, 0);
	folders_json_wait(&b, &w);
	o = shape_read(&b, "qanat.wait/1");
	shape_expect(o, "folder:o state:s files:i? bytes:i? need_files:i? need_bytes:i? "
			"rate_bps:i? eta_s:n? waited_s:n?");
	json_decref(o);
	buffer_cut(&b, 0);
	folders_json_done(&b, "leave", &name);
	o = shape_read(&b, "qanat.leave/1");
	shape_expect(o, "folder:o");
	json_decref(o);
	buffer_cut(&b, 0);
	folders_json_done(&b, "pause", NULL);
	o = shape_read(&b, "qanat.pause/1");
	EXPECT(json_is_null(json_object_get(o, "folder")), "all of them is null");
	json_decref(o);
	buffer_fini(&b);
}
