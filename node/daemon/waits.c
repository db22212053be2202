/* SPDX-License-Identifier: ISC */
/* wait and watch: requests that look at the node again and again. */
#include <string.h>
#include <time.h>

#include "node/daemon/client.h"
#include "node/daemon/shown.h"

enum { PROGRESS_MS = 250 };

static bool folder_status_of(
	struct client *c, struct instant now, struct folder_status *f)
{
	for (size_t i = 0; sync_folder_at(node_sync(c->daemon->node), now, i, f); i++)
		if (id_equal(&f->id, &c->folder))
			return true;
	return false;
}

static void wait_write(struct client *c, struct instant now,
	const struct folder_status *f, enum reply_kind kind)
{
	struct shown_wait w = { .state = shown_state(f->state),
		.files = known((int64_t)f->files),
		.bytes = known((int64_t)f->bytes),
		.need_files = known((int64_t)f->need_files),
		.need_bytes = known((int64_t)f->need_bytes),
		.rate_bps = known((int64_t)f->rate_bps),
		.waited_us = known(instant_since_us(now, c->begun)) };
	struct buffer json;

	w.folder = (struct shown_folder_name){ f->id, bytes_of_string(f->name),
		bytes_of_string(f->path) };
	buffer_init(&json, REPLY_JSON_MAX);
	folders_json_wait(&json, &w);
	client_say(c, kind, &json);
	buffer_fini(&json);
}

static void wait_look(struct client *c, struct instant now)
{
	bool late = c->request.timeout_ms > 0 &&
		    instant_due(instant_add_ms(c->begun, (int64_t)c->request.timeout_ms),
			    now);
	struct folder_status f;

	if (!folder_status_of(c, now, &f)) {
		client_fail(c, EXIT_NOT_FOUND, c->request.folder, "the folder was left",
			NULL);
		return;
	}
	if (sync_folder_settled(node_sync(c->daemon->node), now, &c->folder) || late) {
		bool settled =
			sync_folder_settled(node_sync(c->daemon->node), now, &c->folder);

		wait_write(c, now, &f, REPLY_ANSWER);
		reply_exit(&c->out, settled ? EXIT_DONE : EXIT_TIMEOUT);
		c->running = false;
		c->ended = true;
		return;
	}
	if (c->request.progress && instant_due(c->next_at, now)) {
		wait_write(c, now, &f, REPLY_PROGRESS);
		c->next_at = instant_add_ms(now, PROGRESS_MS);
	}
}

static bool is_clash(struct client *c, const struct node_id *node, struct bytes name)
{
	struct address address = address_of(node);
	struct node_names *names = node_names_new(c->daemon->node);
	bool clash = name.len > 0 &&
		     node_name_of(names, &address, (const char *)name.data).clash;

	node_names_free(names);
	return clash;
}

static void event_write(struct client *c, const char *event, const struct node_id *node,
	struct bytes name, const struct hash *folder, const char *text)
{
	struct shown_event e = { .unix_s = known(time(NULL)),
		.event = event,
		.name = name,
		.text = bytes_of_string(text) };
	struct buffer json;

	if (node != NULL) {
		e.node = *node;
		e.name_clash = is_clash(c, node, name);
	}
	if (folder != NULL)
		e.folder = *folder;
	buffer_init(&json, REPLY_JSON_MAX);
	status_json_event(&json, &e);
	client_say(c, REPLY_ANSWER, &json);
	buffer_fini(&json);
}

void watch_event(struct client *c, const struct node_event *e)
{
	struct node_id id;
	struct bytes name;

	shown_node(c->daemon, &e->node, &id, &name);
	if (e->kind == NODE_EVENT_LINK_UP)
		event_write(c, "neighbour-up", &id, name, NULL,
			"a session with a neighbour is up");
	else if (e->kind == NODE_EVENT_LINK_DOWN)
		event_write(c, "neighbour-down", &id, name, NULL, "a neighbour is lost");
	else if (e->kind == NODE_EVENT_ROUTES)
		event_write(c, "routes", NULL, bytes_of(NULL, 0), NULL,
			"routes have changed");
}

static enum folder_state *seen_state(struct client *c, const struct hash *folder)
{
	for (size_t i = 0; i < c->seen_count; i++)
		if (id_equal(&c->seen[i], folder))
			return &c->seen_state[i];
	if (c->seen_count == WATCH_FOLDERS)
		return NULL;
	c->seen[c->seen_count] = *folder;
	c->seen_state[c->seen_count] = FOLDER_PAUSED;
	return &c->seen_state[c->seen_count++];
}

static void watch_look(struct client *c, struct instant now)
{
	static const char *const names[] = { [FOLDER_SYNCED] = "folder-synced",
		[FOLDER_SYNCING] = "folder-syncing",
		[FOLDER_SCANNING] = "folder-scanning",
		[FOLDER_WAITING] = "folder-waiting",
		[FOLDER_PAUSED] = "folder-paused",
		[FOLDER_ERROR] = "folder-error" };
	struct folder_status f;

	for (size_t i = 0; sync_folder_at(node_sync(c->daemon->node), now, i, &f); i++) {
		enum folder_state *seen = seen_state(c, &f.id);

		if (seen == NULL || *seen == f.state)
			continue;
		*seen = f.state;
		event_write(
			c, names[f.state], NULL, bytes_of_string(f.name), &f.id, f.name);
	}
}

void wait_begin(struct client *c, struct instant now)
{
	c->running = true;
	if (c->request.command == COMMAND_WATCH) {
		watch_look(c, now);
		return;
	}
	if (client_folder(c, &c->folder))
		wait_look(c, now);
}

void wait_tick(struct client *c, struct instant now)
{
	if (c->request.command == COMMAND_WATCH)
		watch_look(c, now);
	else if (c->request.command == COMMAND_WAIT)
		wait_look(c, now);
	else
		made_tick(c, now);
}
