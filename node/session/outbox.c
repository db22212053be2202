/* SPDX-License-Identifier: ISC */
/* A ring of frames and a queue of events. */
#include "node/session/outbox.h"

#include "node/base/mem.h"

static bool same_path(const struct session_path *a, const struct session_path *b)
{
	return a->link == b->link && id_equal(&a->node, &b->node);
}

static struct outgoing **at(struct outbox *o, size_t i)
{
	return &o->frames[(o->first + i) % OUTBOX_MAX];
}

static void remove_first(struct outbox *o)
{
	struct outgoing **f = at(o, 0);

	mem_free(*f);
	*f = NULL;
	o->first = (o->first + 1) % OUTBOX_MAX;
	o->count--;
}

static enum frame_type type_of(const uint8_t *frame)
{
	return (enum frame_type)(frame[0] & 15);
}

/* The frame that a new one stands in for: the same bytes but for number, body and
 * macs. */
static struct outgoing *find_like(
	struct outbox *o, const struct session_path *path, struct bytes frame)
{
	for (size_t i = 0; i < o->count; i++) {
		struct outgoing *f = *at(o, i);

		if (same_path(&f->path, path) && memcmp(f->frame, frame.data, 8) == 0)
			return f;
	}
	return NULL;
}

void outbox_fini(struct outbox *o)
{
	while (o->count > 0)
		remove_first(o);
	mem_free(o->events);
	memset(o, 0, sizeof(*o));
}

void outbox_add(struct outbox *o, struct instant now, const struct session_path *path,
	struct bytes frame)
{
	struct outgoing *f = find_like(o, path, frame);

	check(frame.len >= FRAME_HEADER_SIZE && frame.len <= ENVELOPE_MAX);
	if (f == NULL) {
		if (o->count == OUTBOX_MAX && type_of(frame.data) == FRAME_COOKIE)
			return;
		if (o->count == OUTBOX_MAX)
			remove_first(o);
		f = mem_new(sizeof(*f));
		*at(o, o->count++) = f;
	}
	f->path = *path;
	f->made = now;
	f->len = frame.len;
	memcpy(f->frame, frame.data, frame.len);
}

void outbox_forget(struct outbox *o, const struct session_path *path)
{
	size_t kept = 0, count = o->count;

	for (size_t i = 0; i < count; i++) {
		struct outgoing *f = *at(o, i);

		*at(o, i) = NULL;
		if (same_path(&f->path, path))
			mem_free(f);
		else
			*at(o, kept++) = f;
	}
	o->count = kept;
}

bool outbox_take(struct outbox *o, struct instant now, struct session_path *path,
	uint8_t *buf, size_t *len)
{
	const struct outgoing *f;

	while (o->count > 0 &&
		instant_due(instant_add_ms((*at(o, 0))->made, OUTBOX_STALE_MS), now))
		remove_first(o);
	if (o->count == 0)
		return false;
	f = *at(o, 0);
	*path = f->path;
	*len = f->len;
	memcpy(buf, f->frame, f->len);
	remove_first(o);
	return true;
}

void outbox_event_add(struct outbox *o, const struct session_event *event)
{
	size_t end = o->event_first + o->event_count;

	check(o->event_count < EVENTS_MAX);
	mem_grow(o->events, end, o->event_room);
	o->events[end] = *event;
	o->event_count++;
}

bool outbox_event_take(struct outbox *o, struct session_event *event)
{
	if (o->event_count == 0)
		return false;
	*event = o->events[o->event_first++];
	o->event_count--;
	if (o->event_first >= o->event_count) {
		memmove(o->events, o->events + o->event_first,
			o->event_count * sizeof(*o->events));
		o->event_first = 0;
	}
	return true;
}
