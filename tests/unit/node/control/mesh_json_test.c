/* SPDX-License-Identifier: ISC */
/* The private mesh as JSON: full structs, and structs that know nothing. */
#include "node/control/mesh_json.h"

#include "tests/test.h"
#include "tests/unit/node/control/shape.h"

static const struct shown_mesh full = { .id = { { 0xaa } },
	.name = BYTES("brook"),
	.founder = { { 1 } },
	.role = "founder",
	.from_unix_s = { true, 1700000000 },
	.until_unix_s = { true, 1700000001 },
	.now_unix_s = { true, 1700000000 },
	.members = { true, 1 },
	.revocations = { true, 0 } };

static const char mesh_shape[] =
	"mesh:o? open:b role:s? founder:s? from:s? until:s? time:s? "
	"revoked:b members:i? revocations:i?";

TEST(mesh_has_its_shape_with_and_without_a_mesh)
{
	struct shown_mesh none = { .open = true };
	struct buffer b;
	json_t *o;

	buffer_init(&b, 1 << 20);
	mesh_json(&b, &full);
	o = shape_read(&b, "qanat.mesh/1");
	shape_expect(o, mesh_shape);
	shape_expect(json_object_get(o, "mesh"), "id:s name:s");
	EXPECT_STRING(json_string_value(json_object_get(o, "until")),
		"2023-11-14T22:13:21Z", "until when");
	json_decref(o);
	buffer_fini(&b);
	buffer_init(&b, 1 << 20);
	mesh_json(&b, &none);
	o = shape_read(&b, "qanat.mesh/1");
	shape_expect(o, mesh_shape);
	EXPECT(json_is_null(json_object_get(o, "mesh")) &&
			json_is_true(json_object_get(o, "open")),
		"no private one");
	json_decref(o);
	buffer_fini(&b);
}

TEST(mesh_tokens_members_and_acts_have_their_shapes)
{
	struct shown_mesh_token t = { .token = BYTES("qanatmesh1:x"),
		.uses = known(1),
		.expires_unix_s = known(1700000000) };
	struct shown_mesh_member m = { .id = { { 1 } }, .role = "member" };
	struct shown_mesh_revoked r = { .id = { { 2 } }, .unix_s = known(1700000000) };
	struct node_id node = { { 3 } };
	struct buffer b;
	json_t *o;

	buffer_init(&b, 1 << 20);
	mesh_json_token(&b, "mesh-invite", &full, &t);
	o = shape_read(&b, "qanat.mesh-invite/1");
	shape_expect(o, "mesh:o token:s? code:s? delegate:b uses:i? expires:s?");
	EXPECT(json_is_null(json_object_get(o, "code")), "a token or a code");
	json_decref(o);
	buffer_fini(&b);
	buffer_init(&b, 1 << 20);
	mesh_json_members(&b, &m, 1, &r, 1);
	o = shape_read(&b, "qanat.mesh-members/1");
	shape_expect(o, "members:a revoked:a");
	shape_expect(json_array_get(json_object_get(o, "members"), 0),
		"id:s name:s? role:s issuer:s? from:s? until:s? expired:b reachable:b "
		"self:b");
	shape_expect(json_array_get(json_object_get(o, "revoked"), 0), "id:s time:s?");
	json_decref(o);
	buffer_fini(&b);
	buffer_init(&b, 1 << 20);
	mesh_json_done(&b, "mesh-revoke", &full, &node, BYTES("bob"));
	o = shape_read(&b, "qanat.mesh-revoke/1");
	shape_expect(o, "mesh:o node:o");
	shape_expect(json_object_get(o, "node"), "id:s name:s?");
	json_decref(o);
	buffer_fini(&b);
	buffer_init(&b, 1 << 20);
	mesh_json_done(&b, "mesh-join", &full, NULL, BYTES(""));
	o = shape_read(&b, "qanat.mesh-join/1");
	shape_expect(o, "mesh:o");
	json_decref(o);
	buffer_fini(&b);
}
