/* SPDX-License-Identifier: ISC */
/*
 * What goes over the air, in the clear, for whoever runs the node and looks: frames as they
 * are after their seal was opened, or before it is closed. Nothing is kept, copied or
 * counted while nobody looks. At most NODE_TAP_MAX frames wait; the new one is the victim,
 * and counted.
 */
#include "node/core/core.h"

#include "node/base/mem.h"

struct tap {
	struct node_tapped *frames[NODE_TAP_MAX]; /* owned, a ring */
	size_t first, count;
	uint64_t lost; /* since the tap was opened */
	size_t held_len;
	uint8_t held[FRAME_MAX]; /* the clear text of the frame that is being sealed */
};

static void tap_free(struct tap *t)
{
	for (; t->count > 0; t->count--, t->first = (t->first + 1) % NODE_TAP_MAX) {
		wipe(t->frames[t->first]->bytes, t->frames[t->first]->len);
		mem_free(t->frames[t->first]);
	}
	wipe(t->held, sizeof(t->held));
	mem_free(t);
}

void node_tap(struct node *n, bool on)
{
	if (on && n->tap == NULL) {
		n->tap = mem_new(sizeof(*n->tap));
	} else if (!on && n->tap != NULL) {
		tap_free(n->tap);
		n->tap = NULL;
	}
}

bool node_tap_take(struct node *n, struct node_tapped *out)
{
	struct tap *t = n->tap;
	struct node_tapped *f;

	if (t == NULL || t->count == 0)
		return false;
	f = t->frames[t->first];
	memcpy(out, f, offsetof(struct node_tapped, bytes) + f->len);
	out->lost = t->lost;
	t->count--;
	t->first = (t->first + 1) % NODE_TAP_MAX;
	wipe(f->bytes, f->len);
	mem_free(f);
	return true;
}

void tap_hold(struct node *n, struct bytes messages)
{
	struct tap *t = n->tap;

	if (t == NULL)
		return;
	t->held_len = messages.len < sizeof(t->held) - FRAME_HEADER_SIZE
			      ? messages.len
			      : sizeof(t->held) - FRAME_HEADER_SIZE;
	if (t->held_len > 0)
		memcpy(t->held, messages.data, t->held_len);
}

void tap_held(struct node *n, struct instant now, const struct tap_way *way,
	const uint8_t header[FRAME_HEADER_SIZE])
{
	struct tap *t = n->tap;
	size_t len;
	struct node_tapped *f;

	if (t == NULL)
		return;
	if (t->count == NODE_TAP_MAX) {
		t->lost++;
		return;
	}
	len = FRAME_HEADER_SIZE + t->held_len;
	/* most frames are small: no more is taken than one needs */
	f = mem_new(offsetof(struct node_tapped, bytes) + len);
	f->at = now;
	f->out = way->out;
	f->interface = way->interface;
	if (way->peer != NULL)
		f->peer = *way->peer;
	if (way->node != NULL)
		f->node = *way->node;
	f->len = len;
	memcpy(f->bytes, header, FRAME_HEADER_SIZE);
	memcpy(f->bytes + FRAME_HEADER_SIZE, t->held, t->held_len);
	t->frames[(t->first + t->count++) % NODE_TAP_MAX] = f;
}

void tap_plain(
	struct node *n, struct instant now, const struct tap_way *way, struct bytes frame)
{
	if (n->tap == NULL || frame.len < FRAME_HEADER_SIZE)
		return;
	tap_hold(n,
		bytes_of(frame.data + FRAME_HEADER_SIZE, frame.len - FRAME_HEADER_SIZE));
	tap_held(n, now, way, frame.data);
}
