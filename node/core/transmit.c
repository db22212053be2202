/* SPDX-License-Identifier: ISC */
/*
 * Frames are pulled: when an interface can send, it asks for the next frame, and only then is
 * one made, from what is most urgent. Handshakes come first, then routing for everybody (which
 * keeps a pace), then links in turn.
 */
#include "node/core/core.h"

#include "node/crypto/seal.h"

/* The message as it goes out: own ones are signed here. Returns its length. */
static size_t routing_bytes(
	struct node *n, const struct routing_output *o, uint8_t *out, size_t room)
{
	uint8_t covered[ROUTING_MESSAGE_MAX];
	struct signature sig;
	size_t len;

	if (!o->sign) {
		check(o->len <= room);
		memcpy(out, o->body, o->len);
		return o->len;
	}
	len = routing_covered(bytes_of(o->body, o->len), covered, sizeof(covered));
	sign(n->config.self, signed_tag(o->kind), bytes_of(covered, len), &sig);
	return routing_signature_attach(bytes_of(o->body, o->len), sig.b, out, room);
}

/* What routing has for the neighbour on a link, as long as little of it waits already. */
static void routing_feed(struct node *n, struct instant now, struct link *l)
{
	uint8_t body[ROUTING_MESSAGE_MAX];
	struct routing_output o;

	while (l->arq.queue.count[FLOW_ROUTING] < FEED_ROUTING &&
		routing_take_link(n->routing, now, l->id, &o)) {
		size_t len = routing_bytes(n, &o, body, sizeof(body));

		if (len > 0 && !link_queue(n, l,
				       flow_item_new(o.kind, FLOW_ROUTING,
					       bytes_of(body, len), now)))
			return;
	}
}

/* Appends what routing has for everybody on the interface; what does not fit any more waits
 * on the interface for the next frame. */
static void routing_collect(
	struct node *n, struct instant now, uint32_t number, struct writer *w)
{
	struct interface *i = &n->interfaces[number];
	uint8_t body[ROUTING_MESSAGE_MAX];

	while (i->staged || routing_take(n->routing, now, number, &i->stage)) {
		size_t len;

		i->staged = false;
		if (i->stage.sign && w->len > 0 &&
			writer_left(w) <
				i->stage.len + ROUTING_ICV_SIZE + MESSAGE_HEADER_SIZE) {
			i->staged = true;
			return;
		}
		len = routing_bytes(n, &i->stage, body, sizeof(body));
		if (len == 0 || message_write(w, i->stage.kind, bytes_of(body, len)))
			continue;
		if (w->len > 0) {
			i->staged = true;
			return;
		}
		drop(&n->drops, DROP_QUEUE); /* it fits into no frame here */
	}
}

static bool transmit_multicast(
	struct node *n, struct instant now, uint32_t number, struct node_frame *out)
{
	struct interface *i = &n->interfaces[number];
	size_t before = FRAME_HEADER_SIZE + FRAME_NONCE_SIZE;
	struct writer header = writer_of(out->bytes, FRAME_HEADER_SIZE);
	struct writer w =
		writer_of(out->bytes + before, i->mtu - before - FRAME_TAG_SIZE);

	routing_collect(n, now, number, &w);
	membership_collect(n, i, &w);
	if (w.len == 0)
		return false;
	frame_header_write(&header,
		&(struct frame_header){ FRAME_MULTICAST, 0, 0, i->multicast_number++ });
	traffic_count(n, true, writer_bytes(&w));
	tap_hold(n, writer_bytes(&w));
	tap_held(n, now, &(struct tap_way){ true, number, NULL, NULL }, out->bytes);
	rng_fill(&n->config.rng, out->bytes + FRAME_HEADER_SIZE, FRAME_NONCE_SIZE);
	seal_nonce(n->mesh_key, out->bytes + FRAME_HEADER_SIZE,
		bytes_of(out->bytes, FRAME_HEADER_SIZE), w.at, w.len);
	out->multicast = true;
	out->class = FLOW_ROUTING;
	out->len = before + w.len + FRAME_TAG_SIZE;
	return true;
}

static bool transmit_outbox(
	struct node *n, struct instant now, uint32_t number, struct node_frame *out)
{
	struct interface *i = &n->interfaces[number];
	struct outbox_frame *f = &i->outbox[i->outbox_first];
	struct frame_header h;

	if (i->outbox_count == 0)
		return false;
	/* a sealed one was shown when it was sealed */
	if (n->tap != NULL && frame_header_parse(&h, bytes_of(f->bytes, f->len)) &&
		h.type != FRAME_DATA)
		tap_plain(n, now,
			&(struct tap_way){
				true, number, f->multicast ? NULL : &f->to, NULL },
			bytes_of(f->bytes, f->len));
	out->multicast = f->multicast;
	out->class = FLOW_CONTROL;
	out->to = f->to;
	out->len = f->len;
	memcpy(out->bytes, f->bytes, f->len);
	i->outbox_count--;
	i->outbox_first = i->outbox_count > 0 ? (i->outbox_first + 1) % OUTBOX_MAX : 0;
	return true;
}

static bool link_has_work(const struct link *l, struct instant now)
{
	if (arq_ack_due(&l->arq, now) || arq_probe_due(&l->arq, now))
		return true;
	return arq_open(&l->arq) && instant_due(flow_queue_due(&l->arq.queue), now);
}

static bool transmit_link(
	struct node *n, struct instant now, struct link *l, struct node_frame *out)
{
	size_t mtu = n->interfaces[l->interface].mtu, sealed;
	struct writer w = writer_of(
		out->bytes + FRAME_HEADER_SIZE, mtu - FRAME_HEADER_SIZE - FRAME_TAG_SIZE);
	bool probe = arq_probe_due(&l->arq, now), acks = arq_ack_due(&l->arq, now);
	uint64_t number = 0;
	uint32_t epoch = 0;

	if (!link_has_work(l, now))
		return false;
	if (acks)
		arq_ack_write(&l->arq, &w, l->held);
	if (probe) {
		(void)message_write(&w, MESSAGE_PROBE, bytes_of(NULL, 0));
		arq_probe_sent(&l->arq, now);
	} else if (arq_open(&l->arq)) {
		arq_fill(&l->arq, now, &w);
	}
	/* one that is not due rides along where there is room; it is worth no frame */
	if (!acks && w.len > 0 && arq_ack_wanted(&l->arq))
		arq_ack_write(&l->arq, &w, l->held);
	if (w.len == 0)
		return false;
	out->class = (uint8_t)(l->arq.staged_count > 0 ? l->arq.staged[0]->class
						       : FLOW_CONTROL);
	traffic_count(n, true, writer_bytes(&w));
	tap_hold(n, writer_bytes(&w));
	sealed = sessions_seal(
		n->sessions, now, l->peer, out->bytes, w.len, &number, &epoch);
	if (sealed > 0)
		tap_held(n, now,
			&(struct tap_way){ true, l->interface, &l->endpoint, &l->node },
			out->bytes);
	arq_fill_done(&l->arq, now, sealed > 0 && epoch == l->epoch, number, sealed);
	out->multicast = false;
	out->to = l->endpoint;
	out->len = sealed;
	return sealed > 0;
}

static bool transmit_links(
	struct node *n, struct instant now, uint32_t number, struct node_frame *out)
{
	struct interface *i = &n->interfaces[number];

	for (size_t k = 0; k < n->link_places; k++) {
		size_t at = (i->turn + k) % n->link_places;
		struct link *l = n->links[at];

		if (!l->used || !l->up || l->interface != number)
			continue;
		membership_feed(n, now, l);
		routing_feed(n, now, l);
		if (transmit_link(n, now, l, out)) {
			i->turn = at + 1 < NODE_LINKS_MAX ? at + 1 : 0;
			return true;
		}
	}
	return false;
}

bool node_transmit(
	struct node *n, struct instant now, uint32_t interface, struct node_frame *out)
{
	struct interface *i = interface_find(n, interface);

	if (i == NULL)
		return false;
	/* in no mesh there is nothing to say but what brings one */
	if (!node_carries(n)) {
		if (!transmit_outbox(n, now, interface, out))
			return false;
	} else if (!transmit_outbox(n, now, interface, out) &&
		   !transmit_multicast(n, now, interface, out)) {
		feed(n, now);
		if (!transmit_outbox(n, now, interface, out) &&
			!transmit_links(n, now, interface, out))
			return false;
	}
	n->counters.frames_out++;
	n->counters.bytes_out += out->len;
	return true;
}
