/* SPDX-License-Identifier: ISC */
/* The lines of the plan, done. */
#include <errno.h>

#include "node/base/mem.h"
#include "sim/world/hostile.h"
#include "sim/world/people.h"
#include "sim/world/world.h"

enum {
	AGAIN_MS = 300,
	PING_AGAIN_MS = 1000,
	PING_BYTES = 64,
	INVITE_S = 86400,
	BULK_DEFAULT_MS = 5000
};

static void invite(struct world *w, uint32_t owner, uint8_t rights, char *out)
{
	struct world_device *d = &w->devices[owner];
	int64_t expires_s;

	check(sync_invite(node_sync(d->node), device_clock(w, d), &w->folder, rights, 0,
		      INVITE_S, out, &expires_s) == 0);
}

static void again_soon(struct world *w, const struct plan_event *e)
{
	struct plan_event again = *e;

	again.at_us = w->now.us - WORLD_START.us + AGAIN_MS * 1000;
	if (again.at_us < w->plan.run_us)
		world_later(w, &again);
}

/* What was shared or joined counts from when it is on the disk: until then a crash may undo
 * it, and the person does it again. */
static bool is_durable(const struct world *w, const struct world_device *d)
{
	return device_on(d) && sync_folder_durable(node_sync(d->node), &w->folder);
}

static bool knows_folder(const struct world *w, const struct world_device *d)
{
	struct folder_status f;

	return sync_folder_at(node_sync(d->node), device_clock(w, d), 0, &f);
}

static void share(struct world *w, const struct plan_event *e)
{
	struct world_device *d = &w->devices[e->node];

	if (w->shared)
		return;
	again_soon(w, e);
	if (!device_on(d) || !sync_loaded(node_sync(d->node)))
		return;
	if (!d->writer) {
		d->writer = true;
		people_fill(w, e->node, e->files, e->bytes);
	}
	if (is_durable(w, d)) {
		invite(w, e->node, RIGHTS_WRITER, w->invites[0]);
		invite(w, e->node, RIGHTS_READER, w->invites[1]);
		w->shared = d->member = true;
	} else if (!knows_folder(w, d)) {
		check(sync_share(node_sync(d->node), device_clock(w, d), DRIVE_FOLDER,
			      "world", &w->folder) == 0);
	}
}

static void join(struct world *w, const struct plan_event *e)
{
	struct world_device *d = &w->devices[e->node];
	bool writes = e->rights & RIGHT_WRITE;
	struct hash folder;
	int err = 0;

	if (d->member)
		return;
	if (w->shared && device_on(d) && sync_loaded(node_sync(d->node))) {
		d->member = is_durable(w, d);
		d->writer = writes;
		if (!d->member && !knows_folder(w, d))
			err = sync_join(node_sync(d->node), device_clock(w, d),
				w->invites[writes ? 0 : 1], DRIVE_FOLDER, &folder);
	}
	/* to a clock that is far ahead the invite has expired */
	if (err != -ETIME && !d->member)
		again_soon(w, e);
}

static void edit(struct world *w, const struct plan_event *e)
{
	struct world_device *d = &w->devices[e->node];

	/* who may only read has files of his own ideas only when he means harm */
	if (!d->member || d->asleep ||
		(!d->writer && !(w->plan.nodes[e->node].hostile & HOSTILE_WRITE)))
		return;
	people_edit(w, e->node, e->kind, e->files);
	if (d->node != NULL)
		sync_folder_touched(node_sync(d->node), device_clock(w, d), &w->folder);
}

static void ping_try(struct world *w, struct world_ping *p)
{
	struct world_device *d = &w->devices[p->node];

	p->next = instant_add_ms(w->now, PING_AGAIN_MS);
	p->tries++;
	p->token = 0;
	if (!device_on(d))
		return;
	if (node_echo(d->node, device_clock(w, d), &w->devices[p->other].address,
		    PING_BYTES, &p->token) != 0)
		p->token = 0;
	device_pump(w, p->node);
}

void doing_pings(struct world *w)
{
	for (size_t i = 0; i < w->ping_count; i++) {
		struct world_ping *p = &w->pings[i];

		if (!p->answered && instant_due(p->next, w->now))
			ping_try(w, p);
	}
}

static void ping(struct world *w, const struct plan_event *e)
{
	mem_grow(w->pings, w->ping_count, w->ping_room);
	w->pings[w->ping_count] =
		(struct world_ping){ .node = e->node, .other = e->other };
	w->ping_count++;
	ping_try(w, &w->pings[w->ping_count - 1]);
}

static void bulk(struct world *w, const struct plan_event *e)
{
	struct world_device *d = &w->devices[e->node];
	struct world_bulk b = { .node = e->node, .other = e->other, .life = d->life };

	if (!device_on(d) ||
		node_speed(d->node, device_clock(w, d), &w->devices[e->other].address,
			(unsigned)(e->for_us > 0 ? e->for_us / 1000 : BULK_DEFAULT_MS),
			&b.token) != 0)
		return;
	mem_grow(w->bulks, w->bulk_count, w->bulk_room);
	w->bulks[w->bulk_count++] = b;
}

void doing_node_event(struct world *w, uint32_t device, const struct node_event *e)
{
	if (e->kind == NODE_EVENT_ECHO)
		figures_answer(w, device, e->token);
	for (size_t k = 0; k < w->ping_count && e->kind == NODE_EVENT_ECHO; k++)
		if (w->pings[k].node == device && w->pings[k].token == e->token)
			w->pings[k].answered = true;
	for (size_t k = 0; k < w->bulk_count && e->kind == NODE_EVENT_SPEED; k++)
		if (w->bulks[k].node == device && w->bulks[k].token == e->token) {
			w->bulks[k].done = true;
			w->bulks[k].bytes = e->bytes;
			w->bulks[k].elapsed_us = e->elapsed_us;
		}
}

/* What ends by itself after a time. */
static void afterwards(struct world *w, const struct plan_event *e, enum plan_kind kind)
{
	struct plan_event back = *e;

	if (e->for_us == 0)
		return;
	back.kind = kind;
	back.at_us = w->now.us - WORLD_START.us + e->for_us;
	back.for_us = 0;
	world_later(w, &back);
}

static void say(struct world *w, const struct plan_event *e)
{
	static const char *const verbs[PLAN_KINDS] = { "shares", "joins", "edits",
		"writes", "renames", "deletes", "crashes", "starts", "sleeps",
		"has another disk", "pings ", "sends to ", "is revoked", "is shut out" };
	char line[120];
	struct text t = text_of(line, sizeof(line));

	text_string(&t, w->devices[e->node].name);
	text_char(&t, ' ');
	text_string(&t, verbs[e->kind]);
	if (e->kind == PLAN_PING || e->kind == PLAN_BULK)
		text_string(&t, w->devices[e->other].name);
	story_event(w->story, w->now, line);
}

void doing_event(struct world *w, const struct plan_event *e)
{
	say(w, e);
	world_trace(w, "plan", (uint64_t)e->kind, e->node, e->files);
	switch (e->kind) {
	case PLAN_SHARE:
		share(w, e);
		break;
	case PLAN_JOIN:
		join(w, e);
		break;
	case PLAN_EDIT:
	case PLAN_WRITE:
	case PLAN_RENAME:
	case PLAN_DELETE:
		edit(w, e);
		break;
	case PLAN_CRASH:
		device_crash(w, e->node);
		afterwards(w, e, PLAN_START);
		break;
	case PLAN_START:
		device_wake(w, e->node);
		device_start(w, e->node);
		break;
	case PLAN_SLEEP:
		device_sleep(w, e->node);
		afterwards(w, e, PLAN_START);
		break;
	case PLAN_DISK:
		drive_fault(w->devices[e->node].drive, e->disk);
		break;
	case PLAN_PING:
		ping(w, e);
		break;
	case PLAN_BULK:
		bulk(w, e);
		break;
	case PLAN_REVOKE:
		if (meshes_revoke(w, e->node))
			afterwards(w, e, PLAN_SHUT_OUT);
		else
			again_soon(w, e);
		break;
	case PLAN_SHUT_OUT:
		meshes_shut_out(w, e->node);
		break;
	case PLAN_KINDS:
		break;
	}
	device_pump(w, e->node);
}
