/* SPDX-License-Identifier: ISC */
/* What each request does. Short ones are answered at once, long ones are left running. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "node/daemon/capture.h"
#include "node/daemon/client.h"
#include "node/daemon/rules.h"
#include "node/daemon/pins.h"
#include "node/daemon/shown.h"
#include "node/daemon/up.h"

enum {
	SHARE_INVITE_S = 7 * 86400,
	MADE_WAIT_US = 5000000, /* until the disk is told to be in trouble */
};

void client_fail(struct client *c, enum exit_code code, const char *what, const char *why,
	const char *fix)
{
	reply_fail(&c->out, code, what, why, fix);
	c->running = false;
	c->ended = true;
}

void client_say(struct client *c, enum reply_kind kind, const struct buffer *json)
{
	/* what goes on without being read ends the client, see client_flush */
	if (!reply_write(&c->out, kind, buffer_bytes(json)))
		c->out.overflow = true;
}

void client_answer(struct client *c, const struct buffer *json)
{
	reply_answer(&c->out, buffer_bytes(json));
	c->running = false;
	c->ended = true;
}

static bool client_find_id(struct client *c, const char *text, struct node_id *out)
{
	int err = node_find_id(c->daemon->node, text, out);

	if (err == 0)
		return true;
	client_fail(c, EXIT_NOT_FOUND, text,
		err == -ENOENT ? "no such node in reach"
			       : "more than one node is meant by it",
		err == -ENOENT ? "see who is there: qanat routes"
			       : "say who is meant by the beginning of an id, or pin "
				 "the name: qanat name ID NAME");
	return false;
}

bool client_node_id(struct client *c, struct node_id *out)
{
	return client_find_id(c, c->request.node, out);
}

bool client_find(struct client *c, const char *text, struct address *out)
{
	struct node_id id;

	if (!client_find_id(c, text, &id))
		return false;
	*out = address_of(&id);
	return true;
}

bool client_node(struct client *c, struct address *out)
{
	return client_find(c, c->request.node, out);
}

bool client_folder(struct client *c, struct hash *out)
{
	int err = sync_folder_find(node_sync(c->daemon->node), c->request.folder, out);

	if (err == 0)
		return true;
	client_fail(c, EXIT_NOT_FOUND, c->request.folder,
		err == -ENOENT ? "no such folder" : "more than one folder is meant by it",
		err == -ENOENT ? "see which there are: qanat folders"
			       : "give more of its id");
	return false;
}

/* A path that lies in or around the node's own state must never be shared. */
static bool touches(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), least = n < m ? n : m;

	if (strncmp(a, b, least) != 0)
		return false;
	return n == m || least == 1 || (n > m ? a[m] : b[n]) == '/';
}

/* Resolves a directory for sharing; false: the client was answered. */
static bool resolve(struct client *c, const char *dir, char out[PATH_MAX])
{
	char state[PATH_MAX];
	struct stat st;

	if (realpath(dir, out) == NULL || stat(out, &st) < 0) {
		client_fail(c, errno == EACCES ? EXIT_FORBIDDEN : EXIT_NOT_FOUND, dir,
			strerror(errno), NULL);
		return false;
	}
	if (!S_ISDIR(st.st_mode)) {
		client_fail(c, EXIT_FAILED, dir, "not a directory", NULL);
		return false;
	}
	if (access(out, R_OK | X_OK) < 0) {
		client_fail(c, EXIT_FORBIDDEN, dir, strerror(errno),
			"the node runs as another user than you");
		return false;
	}
	if (realpath(c->daemon->settings.state, state) != NULL && touches(out, state)) {
		client_fail(c, EXIT_FAILED, dir, "the node keeps its own state there",
			"choose a directory apart from it");
		return false;
	}
	return true;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static bool is_loaded(struct client *c)
{
	if (sync_loaded(node_sync(c->daemon->node)))
		return true;
	client_fail(c, EXIT_FAILED, "the node is still reading its index", NULL,
		"try again in a moment");
	return false;
}

static void invite_answer(struct client *c, struct instant now, const struct hash *folder,
	const char *subject, uint8_t rights, unsigned uses, int64_t valid_s)
{
	struct daemon *d = c->daemon;
	struct shown_invite shown = { .role = rights_role(rights), .uses = known(uses) };
	char text[INVITE_TEXT_MAX];
	struct buffer json;
	int64_t expires_s;
	int err = sync_invite(
		node_sync(d->node), now, folder, rights, uses, valid_s, text, &expires_s);

	if (err < 0) {
		client_fail(c, err == -EACCES ? EXIT_FORBIDDEN : EXIT_FAILED, "invite",
			err == -EACCES ? "you have no right to share this folder"
				       : strerror(-err),
			err == -EACCES ? "ask its owner or an admin" : NULL);
		return;
	}
	(void)shown_folder_name(d, now, folder, &shown.folder);
	shown.invite = bytes_of_string(text);
	shown.expires_unix_s = known(expires_s);
	buffer_init(&json, REPLY_JSON_MAX);
	folders_json_invite(&json, subject, &shown);
	client_answer(c, &json);
	buffer_fini(&json);
}

static void join_answer(struct client *c, struct instant now)
{
	struct shown_folder_name shown = { 0 };
	struct folder_status status;
	struct buffer json;
	const char *role = NULL;

	for (size_t i = 0; sync_folder_at(node_sync(c->daemon->node), now, i, &status);
		i++)
		if (id_equal(&status.id, &c->folder))
			role = rights_role(status.rights);
	(void)shown_folder_name(c->daemon, now, &c->folder, &shown);
	buffer_init(&json, REPLY_JSON_MAX);
	folders_json_join(&json, &shown, role);
	client_answer(c, &json);
	buffer_fini(&json);
}

/* What was shared or joined is answered when it is on the disk: not before a crash could
 * take it away again. */
void made_tick(struct client *c, struct instant now)
{
	if (sync_folder_durable(node_sync(c->daemon->node), &c->folder)) {
		if (c->request.command == COMMAND_JOIN)
			join_answer(c, now);
		else
			invite_answer(c, now, &c->folder, "share", RIGHTS_WRITER, 0,
				SHARE_INVITE_S);
	} else if (instant_since_us(now, c->begun) > MADE_WAIT_US) {
		client_fail(c, EXIT_FAILED, c->request.dir,
			"the state directory cannot be written; it is tried again, and "
			"lost if the node ends before",
			"see qanat status");
	}
}

static void made_begin(struct client *c, struct instant now, const struct hash *folder)
{
	c->folder = *folder;
	c->running = true;
	made_tick(c, now);
}

static void do_share(struct client *c, struct instant now)
{
	const char *name = c->request.name;
	char path[PATH_MAX];
	struct hash folder;
	int err;

	if (!is_loaded(c) || !resolve(c, c->request.dir, path))
		return;
	if (*name == '\0')
		name = base_name(path);
	err = sync_share(node_sync(c->daemon->node), now, path, name, &folder);
	if (err == -EEXIST)
		client_fail(c, EXIT_FAILED, path,
			"it is shared already, or lies in or around a "
			"shared folder",
			"see qanat folders");
	else if (err < 0)
		client_fail(c, EXIT_FAILED, path, strerror(-err), NULL);
	else
		made_begin(c, now, &folder);
}

static void do_invite(struct client *c, struct instant now)
{
	struct hash folder;
	uint8_t rights;

	if (!client_folder(c, &folder))
		return;
	check(rights_of_role(c->request.role, &rights));
	invite_answer(c, now, &folder, "invite", rights, c->request.uses,
		(int64_t)(c->request.expires_ms / 1000));
}

static const char *join_trouble(int err)
{
	switch (err) {
	case -EINVAL:
		return "this is not an invite";
	case -EBADMSG:
		return "the invite is damaged; was all of it copied?";
	case -ETIME:
		return "the invite has expired, by the clock of this machine; if that is "
		       "wrong (see date), set it and join again";
	case -EEXIST:
		return "joined already, or the directory lies in or around a shared "
		       "folder";
	default:
		return strerror(-err);
	}
}

static void do_join(struct client *c, struct instant now)
{
	char path[PATH_MAX];
	struct hash folder;
	int err;

	if (!is_loaded(c))
		return;
	if (mkdir(c->request.dir, 0777) < 0 && errno != EEXIST) {
		client_fail(c, errno == EACCES ? EXIT_FORBIDDEN : EXIT_FAILED,
			c->request.dir, strerror(errno), NULL);
		return;
	}
	if (!resolve(c, c->request.dir, path))
		return;
	err = sync_join(
		node_sync(c->daemon->node), now, c->request.invite, path, &folder);
	if (err < 0) {
		client_fail(c, EXIT_FAILED, "join", join_trouble(err), NULL);
		return;
	}
	made_begin(c, now, &folder);
}

/* leave, pause, resume; the last two without FOLDER mean all. */
static int change_one(struct client *c, struct instant now, const struct hash *folder)
{
	struct sync *s = node_sync(c->daemon->node);

	if (c->request.command == COMMAND_LEAVE)
		return sync_leave(s, now, folder, c->request.forget);
	return sync_pause(s, now, folder, c->request.command == COMMAND_PAUSE);
}

static int change_all(struct client *c, struct instant now)
{
	struct folder_status f;
	int err = 0;

	for (size_t i = 0;
		sync_folder_at(node_sync(c->daemon->node), now, i, &f) && err == 0; i++)
		err = change_one(c, now, &f.id);
	return err;
}

static void do_change(struct client *c, struct instant now)
{
	const char *subject = command_rows[c->request.command].name;
	struct shown_folder_name shown, *named = NULL;
	char name[FOLDER_NAME_MAX + 1], path[PATH_MAX];
	struct buffer json;
	struct hash folder;
	int err;

	if (!is_loaded(c))
		return;
	if (c->request.folder[0] == '\0') {
		err = change_all(c, now);
	} else {
		if (!client_folder(c, &folder))
			return;
		/* the texts are copied: a folder that is left takes them with it */
		if (shown_folder_name(c->daemon, now, &folder, &shown)) {
			struct text n = text_of(name, sizeof(name)),
				    p = text_of(path, sizeof(path));

			text_chars(&n, (const char *)shown.name.data, shown.name.len);
			text_chars(&p, (const char *)shown.path.data, shown.path.len);
			shown.name = bytes_of(name, n.len);
			shown.path = bytes_of(path, p.len);
			named = &shown;
		}
		err = change_one(c, now, &folder);
	}
	if (err < 0) {
		client_fail(c, EXIT_FAILED, subject, strerror(-err), NULL);
		return;
	}
	buffer_init(&json, REPLY_JSON_MAX);
	folders_json_done(&json, subject, named);
	client_answer(c, &json);
	buffer_fini(&json);
}

static void do_show(struct client *c, struct instant now)
{
	struct daemon *d = c->daemon;
	struct hash folder;
	struct buffer json;
	bool named = c->request.folder[0] != '\0';

	if (named && !client_folder(c, &folder))
		return;
	buffer_init(&json, REPLY_JSON_MAX);
	if (c->request.command == COMMAND_STATUS)
		shown_status(d, now, &json);
	else if (c->request.command == COMMAND_NEIGHBOURS)
		shown_neighbours(d, now, &json);
	else if (c->request.command == COMMAND_MAP)
		shown_map(d, &json);
	else if (c->request.command == COMMAND_FOLDERS)
		shown_folders(d, now, &json);
	else if (c->request.command == COMMAND_MEMBERS)
		shown_members(d, now, &folder, &json);
	else
		shown_conflicts(d, now, named ? &folder : NULL, &json);
	client_answer(c, &json);
	buffer_fini(&json);
}

static void do_routes(struct client *c, struct instant now)
{
	bool one = c->request.node[0] != '\0', reachable;
	struct address node;
	struct buffer json;

	if (c->request.why && !one) {
		client_fail(c, EXIT_USAGE, "routes --why", "NODE is missing",
			"see who is there: qanat routes");
		return;
	}
	if (one && !client_node(c, &node))
		return;
	buffer_init(&json, REPLY_JSON_MAX);
	reachable =
		shown_routes(c->daemon, now, one ? &node : NULL, c->request.why, &json);
	client_say(c, REPLY_ANSWER, &json);
	reply_exit(&c->out, reachable ? EXIT_DONE : EXIT_TIMEOUT);
	c->ended = true;
	buffer_fini(&json);
}

static void do_metrics(struct client *c, struct instant now)
{
	struct buffer text;

	buffer_init(&text, REPLY_OTHER_MAX);
	shown_metrics(c->daemon, now, &text);
	if (!reply_write(&c->out, REPLY_TEXT, buffer_bytes(&text)))
		reply_fail(&c->out, EXIT_FAILED, "metrics", "they do not fit", NULL);
	else
		reply_exit(&c->out, EXIT_DONE);
	c->ended = true;
	buffer_fini(&text);
}

void client_begin(struct client *c, struct instant now)
{
	if (c->request.at[0] != '\0' && care_begin(c, now))
		return;
	switch (c->request.command) {
	case COMMAND_STATUS:
	case COMMAND_NEIGHBOURS:
	case COMMAND_MAP:
	case COMMAND_FOLDERS:
	case COMMAND_MEMBERS:
	case COMMAND_CONFLICTS:
		do_show(c, now);
		return;
	case COMMAND_ROUTES:
		do_routes(c, now);
		return;
	case COMMAND_PING:
	case COMMAND_TRACE:
	case COMMAND_SPEED:
		probe_begin(c, now);
		return;
	case COMMAND_SHARE:
		do_share(c, now);
		return;
	case COMMAND_INVITE:
		do_invite(c, now);
		return;
	case COMMAND_JOIN:
		do_join(c, now);
		return;
	case COMMAND_PAUSE:
	case COMMAND_RESUME:
	case COMMAND_LEAVE:
		do_change(c, now);
		return;
	case COMMAND_WAIT:
		wait_begin(c, now);
		return;
	case COMMAND_WATCH:
		watch_begin(c, now);
		return;
	case COMMAND_METRICS:
		do_metrics(c, now);
		return;
	case COMMAND_CAPTURE:
		capture_begin(c);
		return;
	case COMMAND_RADIOS:
		radios_command(c, now);
		return;
	case COMMAND_UP:
	case COMMAND_DOWN:
		up_command(c, now);
		return;
	case COMMAND_ALLOW:
	case COMMAND_DENY:
		rules_command(c);
		return;
	case COMMAND_NAME:
		pins_command(c);
		return;
	case COMMAND_MESH:
	case COMMAND_MESH_NEW:
	case COMMAND_MESH_JOIN:
	case COMMAND_MESH_INVITE:
	case COMMAND_MESH_MEMBERS:
	case COMMAND_MESH_REVOKE:
	case COMMAND_MESH_COFOUNDER:
		mesh_command(c, now);
		return;
	case COMMAND_TOP:
	case COMMANDS:
		break;
	}
	reply_refuse(&c->out, -ENOSYS);
	c->ended = true;
}
