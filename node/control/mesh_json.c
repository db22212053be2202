/* SPDX-License-Identifier: ISC */
/* The private mesh as JSON objects: one function for each. */
#include "node/control/mesh_json.h"

static void write_mesh(struct json_out *j, const struct shown_mesh *m)
{
	if (id_is_zero(id_bytes(&m->id))) {
		json_out_null(j, "mesh");
		return;
	}
	json_out_object(j, "mesh");
	json_out_hex(j, "id", id_bytes(&m->id));
	json_out_text(j, "name", m->name);
	json_out_close(j);
}

void mesh_json(struct buffer *out, const struct shown_mesh *m)
{
	struct json_out j = json_out_of(out, "mesh");

	write_mesh(&j, m);
	json_out_bool(&j, "open", m->open);
	json_out_string(&j, "role", m->role);
	json_out_hex(&j, "founder", id_bytes(&m->founder));
	json_out_time(&j, "from", m->from_unix_s);
	json_out_time(&j, "until", m->until_unix_s);
	json_out_time(&j, "time", m->now_unix_s);
	json_out_bool(&j, "revoked", m->revoked);
	json_out_known(&j, "members", m->members);
	json_out_known(&j, "revocations", m->revocations);
	json_out_finish(&j);
}

void mesh_json_token(struct buffer *out, const char *subject, const struct shown_mesh *m,
	const struct shown_mesh_token *t)
{
	struct json_out j = json_out_of(out, subject);

	write_mesh(&j, m);
	json_out_text(&j, "token", t->token);
	json_out_text(&j, "code", t->code);
	json_out_bool(&j, "delegate", t->delegate);
	json_out_known(&j, "uses", t->uses);
	json_out_time(&j, "expires", t->expires_unix_s);
	json_out_finish(&j);
}

static void write_member(struct json_out *j, const struct shown_mesh_member *m)
{
	json_out_object(j, NULL);
	json_out_hex(j, "id", id_bytes(&m->id));
	json_out_text(j, "name", m->name);
	json_out_string(j, "role", m->role);
	json_out_hex(j, "issuer", id_bytes(&m->issuer));
	json_out_time(j, "from", m->from_unix_s);
	json_out_time(j, "until", m->until_unix_s);
	json_out_bool(j, "expired", m->expired);
	json_out_bool(j, "reachable", m->reachable);
	json_out_bool(j, "self", m->self);
	json_out_close(j);
}

void mesh_json_members(struct buffer *out, const struct shown_mesh_member *members,
	size_t member_count, const struct shown_mesh_revoked *revoked,
	size_t revoked_count)
{
	struct json_out j = json_out_of(out, "mesh-members");

	json_out_array(&j, "members");
	for (size_t i = 0; i < member_count; i++)
		write_member(&j, &members[i]);
	json_out_close(&j);
	json_out_array(&j, "revoked");
	for (size_t i = 0; i < revoked_count; i++) {
		json_out_object(&j, NULL);
		json_out_hex(&j, "id", id_bytes(&revoked[i].id));
		json_out_time(&j, "time", revoked[i].unix_s);
		json_out_close(&j);
	}
	json_out_close(&j);
	json_out_finish(&j);
}

void mesh_json_done(struct buffer *out, const char *subject, const struct shown_mesh *m,
	const struct node_id *node, struct bytes name)
{
	struct json_out j = json_out_of(out, subject);

	write_mesh(&j, m);
	if (node != NULL) {
		json_out_object(&j, "node");
		json_out_hex(&j, "id", id_bytes(node));
		json_out_text(&j, "name", name);
		json_out_close(&j);
	}
	json_out_finish(&j);
}
