/* SPDX-License-Identifier: ISC */
/*
 * Pairing on the interfaces: frames of type 6 come and go whether or not the node is in a mesh,
 * and what they bring is joined by. The machine is node/mesh/pairing.h.
 */
#include <errno.h>

#include "node/base/mem.h"
#include "node/core/core.h"
#include "node/crypto/hash.h"

enum { TOKEN_S = 3600 };

_Static_assert((int)NODE_CODE_SIZE == (int)PAIRING_CODE_DIGITS + 1, "a code fits");
_Static_assert((int)PAIRING_ASK_SIZE <= (int)SESSION_HANDSHAKE_MAX, "an outbox holds it");

void pairing_forget(struct node *n)
{
	if (n->pairing == NULL)
		return;
	pairing_wipe(n->pairing);
	mem_free(n->pairing);
	n->pairing = NULL;
}

/* A new one, in place of the one before. */
static struct pairing *pairing_begin(struct node *n)
{
	pairing_forget(n);
	n->pairing = mem_new(sizeof(*n->pairing));
	pairing_init(n->pairing, &n->config.self->id, &n->config.rng, &n->drops);
	return n->pairing;
}

static bool seeks(const struct node *n)
{
	return n->pairing != NULL && n->pairing->state == PAIRING_SEEKING;
}

int node_pair_open(
	struct node *n, struct instant now, char code[NODE_CODE_SIZE], int64_t *expires_s)
{
	char token[TOKEN_TEXT_MAX];
	int err = mesh_invite(n->mesh, now, false, 1, TOKEN_S, token, expires_s);

	if (err == 0)
		pairing_open(pairing_begin(n), now, token, code);
	*expires_s -= TOKEN_S - PAIRING_WINDOW_MS / 1000;
	wipe(token, sizeof(token));
	return err;
}

int node_pair_join(struct node *n, struct instant now, const char *code)
{
	if (n->config.open_mesh || seeks(n))
		return -EBUSY;
	if (mesh_joined(n->mesh))
		return -EEXIST;
	return pairing_seek(pairing_begin(n), now, code) ? 0 : -EINVAL;
}

static void frame_queue(struct node *n, uint32_t interface, bool multicast,
	const struct endpoint *to, struct bytes frame)
{
	struct interface *i = interface_find(n, interface);
	struct outbox_frame *out;

	if (i == NULL || i->outbox_count == OUTBOX_MAX) {
		drop(&n->drops, DROP_QUEUE);
		return;
	}
	out = &i->outbox[(i->outbox_first + i->outbox_count++) % OUTBOX_MAX];
	out->multicast = multicast;
	out->to = *to;
	out->len = frame.len;
	memcpy(out->bytes, frame.data, frame.len);
}

/* What a newcomer came to: a token, or none. */
static void ended(struct node *n, struct instant now)
{
	struct node_event e = { .kind = NODE_EVENT_PAIRED };

	if (n->pairing->state == PAIRING_DONE)
		e.result = node_mesh_join(n, now, n->pairing->token);
	else
		e.result = n->pairing->state == PAIRING_WRONG ? -EACCES : -ETIMEDOUT;
	pairing_forget(n);
	event_add(n, &e);
}

void pairing_frame_receive(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *from, struct bytes frame)
{
	uint8_t buf[PAIRING_ASK_SIZE];
	struct writer reply = writer_of(buf, sizeof(buf));
	bool sought = seeks(n);

	if (n->pairing == NULL) {
		drop(&n->drops, DROP_PAIRING);
		return;
	}
	if (pairing_receive(n->pairing, now, frame, &reply)) {
		check(!reply.overflow);
		frame_queue(n, interface, false, from, writer_bytes(&reply));
		n->pairing_with = *from;
		n->pairing_interface = interface;
	}
	if (sought && !seeks(n))
		ended(n, now);
}

void pairing_frames_send(struct node *n, struct instant now)
{
	uint8_t buf[PAIRING_ASK_SIZE];
	struct writer w = writer_of(buf, sizeof(buf));
	bool sought = seeks(n), multicast;

	if (n->pairing == NULL)
		return;
	pairing_tick(n->pairing, now);
	if (pairing_send(n->pairing, now, &multicast, &w)) {
		if (!multicast)
			frame_queue(n, n->pairing_interface, false, &n->pairing_with,
				writer_bytes(&w));
		for (uint32_t i = 1; multicast && i <= NODE_INTERFACES_MAX; i++)
			if (n->interfaces[i].used)
				frame_queue(
					n, i, true, &n->pairing_with, writer_bytes(&w));
	}
	if (sought && !seeks(n))
		ended(n, now);
}
