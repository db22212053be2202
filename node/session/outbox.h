/* SPDX-License-Identifier: ISC */
/*
 * What waits to be taken: frames in the order in which they were made, and events.
 * Frames are few and soon made again, so the outbox is small: when it is full the oldest
 * goes, but a cookie never pushes out anything. A caller takes all events after each
 * call, so events have no victim; more than EVENTS_MAX of them is our own mistake.
 */
#pragma once

#include "node/session/envelope.h"

enum {
	OUTBOX_MAX = 256,       /* frames */
	OUTBOX_STALE_MS = 5000, /* a frame that nobody took is forgotten */
	EVENTS_MAX = 2 * SESSIONS_MAX + 1024,
};

struct outgoing {
	struct session_path path;
	struct instant made;
	size_t len;
	uint8_t frame[ENVELOPE_MAX];
};

struct outbox {
	/* private */
	struct outgoing *frames[OUTBOX_MAX]; /* a ring */
	size_t first, count;
	struct session_event *events;
	size_t event_first, event_count, event_room;
};

void outbox_fini(struct outbox *o);

/* Copies the frame in, in place of one of the same type and path for the same
 * receiver. */
void outbox_add(struct outbox *o, struct instant now, const struct session_path *path,
	struct bytes frame);
/* Forgets all frames for a path. */
void outbox_forget(struct outbox *o, const struct session_path *path);
must_use bool outbox_take(struct outbox *o, struct instant now, struct session_path *path,
	uint8_t *buf, size_t *len);

void outbox_event_add(struct outbox *o, const struct session_event *event);
must_use bool outbox_event_take(struct outbox *o, struct session_event *event);
