/* SPDX-License-Identifier: ISC */
/* The private mesh: its file in the state directory, and the commands about it. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "node/base/mem.h"
#include "node/control/mesh_json.h"
#include "node/crypto/hash.h"
#include "node/daemon/client.h"
#include "node/daemon/shown.h"

enum { KEEP_MS = 60000, TOKEN_S = 7 * 86400 };

/* ---- the file ---- */

int mesh_begin(struct daemon *d, struct instant now, const char **what)
{
	uint8_t *saved = NULL;
	size_t len = 0;
	int err = state_mesh_read(&d->state, &saved, &len);

	*what = "read the file of the mesh";
	if (err == -ENOENT)
		return 0;
	if (err < 0)
		return err;
	if (d->settings.open) {
		*what = "take part in the open mesh: this state directory belongs to a "
			"private "
			"one; take --open away, or use another --state";
		err = -EBUSY;
	} else if (!node_mesh_load(d->node, now, bytes_of(saved, len))) {
		*what = "read the file of the mesh, which is damaged; put it back from a "
			"copy, or "
			"remove it and join again";
		err = -EBADMSG;
	}
	wipe(saved, len);
	mem_free(saved);
	d->mesh_kept = mesh_generation(node_mesh(d->node));
	d->mesh_kept_at = now;
	return err;
}

static uint64_t pressing(struct daemon *d)
{
	return mesh_shown(node_mesh(d->node)) + mesh_revocations(node_mesh(d->node));
}

int mesh_keep(struct daemon *d, struct instant now, bool at_once)
{
	struct mesh *m = node_mesh(d->node);
	uint8_t *saved;
	size_t len;
	int err;

	if (!mesh_joined(m) || mesh_generation(m) == d->mesh_kept)
		return 0;
	/* who came and went can be learned again; what we are and who is shut out cannot wait */
	if (!at_once && pressing(d) == d->mesh_pressing &&
		!instant_due(instant_add_ms(d->mesh_kept_at, KEEP_MS), now))
		return 0;
	d->mesh_kept_at = now;
	saved = mesh_save(m, &len);
	err = state_mesh_write(&d->state, bytes_of(saved, len));
	wipe(saved, len);
	mem_free(saved);
	if (err == 0) {
		d->mesh_kept = mesh_generation(m);
		d->mesh_pressing = pressing(d);
	} else {
		log_line(&d->log, LOG_WARN_,
			"mesh: not saved, it is tried again: ", strerror(-err), NULL);
	}
	return err;
}

/* ---- commands ---- */

static const char *role_of(bool is_founder, bool is_delegate)
{
	return is_founder ? "founder" : is_delegate ? "delegate" : "member";
}

static void shown_fill(struct daemon *d, struct instant now, struct mesh_status *s,
	struct shown_mesh *out)
{
	*out = (struct shown_mesh){ .open = d->settings.open };
	mesh_status(node_mesh(d->node), now, s);
	if (!s->joined)
		return;
	out->id = s->id;
	out->name = bytes_of_string(s->name);
	out->founder = s->founder;
	out->role = role_of(s->is_founder, s->is_delegate);
	out->revoked = s->revoked;
	out->from_unix_s = known(s->from_s);
	out->until_unix_s = known(s->until_s);
	out->now_unix_s = known(s->now_s);
	out->members = known((int64_t)s->members);
	out->revocations = known((int64_t)s->revocations);
}

static const char *trouble(int err)
{
	switch (err) {
	case -EINVAL:
		return "this is not a token";
	case -EISDIR:
		return "this is an invite to a folder";
	case -EBADMSG:
		return "the token is damaged; was all of it copied?";
	case -EPROTO:
		return "the token does not hold, or is of another version";
	case -ETIME:
		return "the token has expired, by the clock of this machine";
	case -EEXIST:
		return "this node is in a mesh already";
	case -EBUSY:
		return "this node takes part in the open mesh, or is joining just now";
	case -EKEYREJECTED:
		return "this node was revoked";
	case -ENOENT:
		return "this node is in no private mesh";
	case -EXFULL:
		return "this node came by an invite that no founder has confirmed yet";
	case -EALREADY:
		return "that is so already";
	case -ENOSPC:
		return "there are as many of them as there may be";
	case -EUSERS:
		return "the token was used up before";
	default:
		return strerror(-err);
	}
}

static const char *mending(int err)
{
	switch (err) {
	case -EISDIR:
		return "qanat join INVITE DIR";
	case -ETIME:
		return "ask for a new one; if the clock is wrong (see date), set it and "
		       "join again";
	case -EEXIST:
		return "another one needs a state directory of its own: qanatd --state "
		       "DIR";
	case -EBUSY:
		return "start qanatd without --open";
	case -ENOENT:
		return "qanat mesh new NAME, or qanat mesh join TOKEN";
	case -EXFULL:
		return "try again once a founder is in reach";
	case -EKEYREJECTED:
		return "a new identity needs a new state directory";
	case -EUSERS:
		return "ask for a new one";
	default:
		return NULL;
	}
}

static void fail(struct client *c, int err)
{
	client_fail(c, err == -EACCES ? EXIT_FORBIDDEN : EXIT_FAILED,
		command_rows[c->request.command].name, trouble(err), mending(err));
}

/* The answer to whatever changed something: after it is on the disk. */
static bool kept(struct client *c, struct instant now)
{
	int err = mesh_keep(c->daemon, now, true);

	if (err == 0)
		return true;
	client_fail(c, EXIT_FAILED, command_rows[c->request.command].name,
		"done, but the state directory cannot be written; it is tried again, and "
		"lost if "
		"the node ends before",
		"see qanat status");
	return false;
}

static void answer_done(struct client *c, struct instant now, const char *subject,
	const struct node_id *node)
{
	struct shown_mesh shown;
	struct mesh_status s;
	struct buffer json;
	struct bytes name = BYTES("");
	struct node_id found;

	if (!kept(c, now))
		return;
	shown_fill(c->daemon, now, &s, &shown);
	if (node != NULL) {
		struct address address = address_of(node);

		shown_node(c->daemon, &address, &found, &name);
	}
	buffer_init(&json, REPLY_JSON_MAX);
	mesh_json_done(&json, subject, &shown, node, name);
	client_answer(c, &json);
	buffer_fini(&json);
}

static void answer_token(struct client *c, struct instant now, const char *subject,
	const struct shown_mesh_token *token)
{
	struct shown_mesh shown;
	struct mesh_status s;
	struct buffer json;

	if (!kept(c, now))
		return;
	shown_fill(c->daemon, now, &s, &shown);
	buffer_init(&json, REPLY_JSON_MAX);
	mesh_json_token(&json, subject, &shown, token);
	client_answer(c, &json);
	wipe(json.data, json.len);
	buffer_fini(&json);
}

static void invite(struct client *c, struct instant now, const char *subject,
	bool delegate, uint8_t uses, int64_t valid_s)
{
	struct shown_mesh_token shown = { .delegate = delegate, .uses = known(uses) };
	char token[TOKEN_TEXT_MAX];
	int64_t expires_s;
	int err = mesh_invite(node_mesh(c->daemon->node), now, delegate, uses, valid_s,
		token, &expires_s);

	if (err == -EACCES) {
		client_fail(c, EXIT_FORBIDDEN, command_rows[c->request.command].name,
			"only founders and delegates invite, and only founders make "
			"delegates",
			"see who they are: qanat mesh members");
		return;
	}
	if (err < 0) {
		fail(c, err);
		return;
	}
	shown.token = bytes_of_string(token);
	shown.expires_unix_s = known(expires_s);
	answer_token(c, now, subject, &shown);
	wipe(token, sizeof(token));
}

static void do_new(struct client *c, struct instant now)
{
	int err = node_mesh_found(c->daemon->node, now, c->request.name);

	if (err < 0)
		fail(c, err);
	else
		invite(c, now, "mesh-new", false, 0, TOKEN_S);
}

static void do_code(struct client *c, struct instant now)
{
	struct shown_mesh_token shown = { .uses = known(1) };
	char code[NODE_CODE_SIZE];
	int64_t expires_s = 0;
	int err = node_pair_open(c->daemon->node, now, code, &expires_s);

	if (err < 0) {
		fail(c, err);
		return;
	}
	shown.code = bytes_of_string(code);
	shown.expires_unix_s = known(expires_s);
	answer_token(c, now, "mesh-invite", &shown);
	wipe(code, sizeof(code));
}

static void do_join(struct client *c, struct instant now)
{
	bool by_code = c->request.code[0] != '\0';
	int err;

	if (by_code == (c->request.token[0] != '\0')) {
		client_fail(c, EXIT_USAGE, "mesh join", "a token or a code, one of them",
			"qanat mesh join TOKEN, or qanat mesh join --code CODE");
		return;
	}
	if (!by_code) {
		err = node_mesh_join(c->daemon->node, now, c->request.token);
		if (err < 0)
			fail(c, err);
		else
			answer_done(c, now, "mesh-join", NULL);
		return;
	}
	err = node_pair_join(c->daemon->node, now, c->request.code);
	if (err == -EINVAL)
		client_fail(c, EXIT_USAGE, "mesh join", "a code has eight digits", NULL);
	else if (err < 0)
		fail(c, err);
	else
		c->running = true;
}

void mesh_event(struct client *c, struct instant now, const struct node_event *e)
{
	if (e->kind != NODE_EVENT_PAIRED)
		return;
	if (e->result == -EACCES)
		client_fail(c, EXIT_FORBIDDEN, "mesh join",
			"the code is wrong, or was used up",
			"qanat mesh invite --code shows a new one");
	else if (e->result == -ETIMEDOUT)
		client_fail(c, EXIT_TIMEOUT, "mesh join",
			"nobody in range has a code open",
			"qanat mesh invite --code on a node one hop from here");
	else if (e->result < 0)
		fail(c, e->result);
	else
		answer_done(c, now, "mesh-join", NULL);
}

static void do_show(struct client *c, struct instant now)
{
	struct shown_mesh shown;
	struct mesh_status s;
	struct buffer json;

	shown_fill(c->daemon, now, &s, &shown);
	buffer_init(&json, REPLY_JSON_MAX);
	mesh_json(&json, &shown);
	client_answer(c, &json);
	buffer_fini(&json);
}

struct members {
	struct shown_mesh_member *at;
	char (*names)[ROUTING_NAME_MAX + 1];
	size_t count;
	struct shown_mesh_revoked *revoked;
	size_t revoked_count;
};

static void members_fill(struct daemon *d, struct instant now, struct members *out)
{
	struct mesh *m = node_mesh(d->node);
	struct mesh_status s;
	struct mesh_member one;
	struct shown_mesh_revoked *r;

	mesh_status(m, now, &s);
	out->at = mem_array(s.members, sizeof(*out->at));
	out->names = mem_array(s.members, sizeof(*out->names));
	out->revoked = mem_array(s.revocations, sizeof(*out->revoked));
	for (size_t i = 0; mesh_member_at(m, now, i, &one); i++) {
		struct address address = address_of(&one.id);
		struct routing_route route;
		struct node_id known_id;
		struct bytes name;
		struct text t = text_of(out->names[i], sizeof(out->names[i]));

		shown_node(d, &address, &known_id, &name);
		text_chars(&t, (const char *)name.data, name.len);
		out->at[out->count++] = (struct shown_mesh_member){ .id = one.id,
			.issuer = one.issuer,
			.name = bytes_of(out->names[i], t.len),
			.role = role_of(one.is_founder, one.is_delegate),
			.from_unix_s = known(one.from_s),
			.until_unix_s = known(one.until_s),
			.expired = one.expired,
			.reachable =
				routing_route(node_routing(d->node), &address, &route),
			.self = id_equal(&one.id, node_self(d->node)) };
	}
	for (r = out->revoked; out->revoked_count < s.revocations; r++) {
		uint32_t when_s;

		if (!mesh_revoked_at(m, out->revoked_count, &r->id, &when_s))
			break;
		r->unix_s = known(when_s);
		out->revoked_count++;
	}
}

static void do_members(struct client *c, struct instant now)
{
	struct members all = { 0 };
	struct buffer json;

	if (!mesh_joined(node_mesh(c->daemon->node))) {
		fail(c, -ENOENT);
		return;
	}
	members_fill(c->daemon, now, &all);
	buffer_init(&json, REPLY_JSON_MAX);
	mesh_json_members(&json, all.at, all.count, all.revoked, all.revoked_count);
	client_answer(c, &json);
	buffer_fini(&json);
	mem_free(all.at);
	mem_free(all.names);
	mem_free(all.revoked);
}

/* revoke, cofounder */
static void do_change(struct client *c, struct instant now)
{
	struct mesh *m = node_mesh(c->daemon->node);
	bool revokes = c->request.command == COMMAND_MESH_REVOKE;
	struct node_id id;
	int err = node_member_find(c->daemon->node, now, c->request.node, &id);

	if (!mesh_joined(m)) {
		fail(c, -ENOENT);
		return;
	}
	if (err < 0) {
		client_fail(c, EXIT_NOT_FOUND, c->request.node,
			err == -ENOENT ? "no such node"
				       : "more than one node is meant by it",
			err == -ENOENT ? "see who is there: qanat mesh members"
				       : "give more of its id");
		return;
	}
	err = revokes ? mesh_revoke(m, now, &id) : mesh_cofound(m, now, &id);
	if (err == -EACCES)
		client_fail(c, EXIT_FORBIDDEN, command_rows[c->request.command].name,
			revokes ? "only a founder may, or the delegate who let it in"
				: "only a founder may",
			"see who they are: qanat mesh members");
	else if (err == -EINVAL)
		client_fail(
			c, EXIT_FAILED, "mesh revoke", "that is this node itself", NULL);
	else if (err < 0)
		fail(c, err);
	else
		answer_done(c, now, revokes ? "mesh-revoke" : "mesh-cofounder", &id);
}

static void do_invite(struct client *c, struct instant now)
{
	const struct request *r = &c->request;

	if (r->pair)
		do_code(c, now);
	else
		invite(c, now, "mesh-invite", r->delegate, (uint8_t)r->uses,
			(int64_t)(r->expires_ms / 1000));
}

void mesh_command(struct client *c, struct instant now)
{
	if (c->request.command == COMMAND_MESH_NEW)
		do_new(c, now);
	else if (c->request.command == COMMAND_MESH_JOIN)
		do_join(c, now);
	else if (c->request.command == COMMAND_MESH_INVITE)
		do_invite(c, now);
	else if (c->request.command == COMMAND_MESH_MEMBERS)
		do_members(c, now);
	else if (c->request.command == COMMAND_MESH)
		do_show(c, now);
	else
		do_change(c, now);
}
