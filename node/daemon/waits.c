/* SPDX-License-Identifier: ISC */
/* wait: a request that looks at a folder again and again. */
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

void wait_begin(struct client *c, struct instant now)
{
	c->running = true;
	if (client_folder(c, &c->folder))
		wait_look(c, now);
}

void wait_tick(struct client *c, struct instant now)
{
	if (c->request.command == COMMAND_WAIT)
		wait_look(c, now);
	else
		made_tick(c, now);
}
