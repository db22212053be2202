/* SPDX-License-Identifier: ISC */
/*
 * From a frame to the room that its messages are for. Nothing behind the header is read
 * before a seal has opened; nothing signed is believed before its signature has been checked,
 * and checks have a budget.
 */
#include "node/core/ip.h"

#include "node/crypto/hash.h"
#include "node/crypto/seal.h"

/* Whoever speaks to everybody can do so from any endpoint: what he costs is not on the account
 * of what comes over the session of that link. */
static bool budget(struct node *n, struct instant now, struct link *l, bool session)
{
	if (l == NULL)
		return bucket_take(&n->strangers, now);
	return bucket_take(session ? &l->verify : &l->shouts, now);
}

static bool verified(
	struct node *n, enum message_kind kind, const struct routing_signed *s)
{
	struct signature sig;

	memcpy(sig.b, s->signature, sizeof(sig.b));
	n->counters.verifications++;
	if (!sign_verify(&s->key, signed_tag(kind), bytes_of(s->covered, s->covered_len),
		    &sig))
		return drop(&n->drops, DROP_SIGNATURE);
	return true;
}

static void hello_receive(struct node *n, struct instant now, struct link *l,
	uint32_t interface, const struct endpoint *from, struct bytes body,
	const struct routing_signed *s)
{
	struct session_path path;
	uint32_t peer;

	if (l != NULL && !id_equal(&l->node_id, &s->key)) {
		/* an endpoint is easily forged: it takes no session from who has proved itself */
		if (l->up) {
			drop(&n->drops, DROP_SOURCE);
			return;
		}
		l->why = NODE_DOWN_REPLACED;
		link_remove(n, now, l);
		l = NULL;
	}
	if (l == NULL)
		l = link_add(n, now, interface, from, s);
	if (l == NULL || !routing_hello(n->routing, now, interface, l->id, body))
		return;
	l->heard = now;
	path = (struct session_path){ l->id, l->node };
	/* sequences are saved with a jump ahead, so a jump tells of a restart: the neighbour has
	 * lost the session and may be the one that waits for us to begin a new one */
	if (l->hello_sequence != 0 && s->sequence - l->hello_sequence > RESTART_JUMP) {
		l->why = NODE_DOWN_RESTARTED;
		link_down(n, now, l);
		sessions_forget(n->sessions, &path);
	}
	l->hello_sequence = s->sequence;
	if (!sessions_find(n->sessions, &path, &peer) &&
		instant_due(l->refused_until, now))
		sessions_want(n->sessions, now, &path);
}

static void tc_receive(struct node *n, struct instant now, const struct link *l,
	bool told, struct bytes body, const struct routing_signed *s)
{
	uint64_t before = routing_sequence_of(n->routing, &s->originator);

	if (before != 0 && s->sequence - before > RESTART_JUMP)
		remote_restarted(n, &s->originator, before);
	routing_tc(n->routing, now, l != NULL ? l->id : 0, told, body);
}

void receive_signed(struct node *n, struct instant now, struct link *l,
	uint32_t interface, const struct endpoint *from, enum message_kind kind,
	struct bytes body)
{
	struct routing_signed s;
	struct address owner;

	if (!routing_signed_peek(&s, kind, body)) {
		drop(&n->drops, DROP_MALFORMED);
		return;
	}
	if (id_equal(&s.key, &n->config.self->id)) {
		/* a TC of ours that is ahead of us comes from a life before a restore */
		if (kind != MESSAGE_TC || s.sequence < routing_sequence(n->routing)) {
			drop(&n->drops, DROP_OWN);
			return;
		}
	}
	if (mesh_revokes(n->mesh, &s.key)) {
		drop(&n->drops, DROP_REVOKED);
		return;
	}
	if (!routing_is_news(n->routing, kind, interface, &s.originator, s.sequence)) {
		if (kind == MESSAGE_TC && l != NULL && l->up)
			routing_copy(n->routing, now, l->id, &s);
		drop(&n->drops, DROP_STALE);
		return;
	}
	owner = address_of(&s.key);
	if (!id_equal(&owner, &s.originator)) {
		drop(&n->drops, DROP_SIGNATURE);
		return;
	}
	if (!budget(n, now, l, from == NULL)) {
		drop(&n->drops, DROP_BUDGET);
		return;
	}
	if (!routing_signed_parse(&s, kind, body) || !verified(n, kind, &s))
		return;
	if (kind == MESSAGE_HELLO)
		hello_receive(n, now, l, interface, from, body, &s);
	else
		tc_receive(n, now, l, from == NULL, body, &s);
}

static void beat_receive(struct node *n, struct instant now, struct link *l,
	uint32_t interface, struct bytes body)
{
	if (routing_beat(n->routing, now, interface, l != NULL ? l->id : 0, body) &&
		l != NULL)
		l->heard = now;
}

static void multicast_receive(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *from, uint8_t *frame, size_t len)
{
	uint8_t *text = frame + FRAME_HEADER_SIZE + FRAME_NONCE_SIZE;
	size_t before = FRAME_HEADER_SIZE + FRAME_NONCE_SIZE;
	enum message_next next;
	struct message m;
	struct link *l;
	struct reader r;

	if (len < before + FRAME_TAG_SIZE ||
		!open_nonce(n->mesh_key, frame + FRAME_HEADER_SIZE,
			bytes_of(frame, FRAME_HEADER_SIZE), text, len - before)) {
		drop(&n->drops, DROP_MESH_SEAL);
		return;
	}
	r = reader_of(bytes_of(text, len - before - FRAME_TAG_SIZE));
	traffic_count(n, false, bytes_of(text, len - before - FRAME_TAG_SIZE));
	tap_hold(n, bytes_of(text, len - before - FRAME_TAG_SIZE));
	tap_held(n, now, &(struct tap_way){ false, interface, from, NULL }, frame);
	while ((next = message_read(&r, &m)) == MESSAGE_GIVEN) {
		/* the link is looked up anew: a HELLO may have made or replaced it */
		l = link_by_endpoint(n, interface, from);
		if (!(message_rules[m.kind].trust & TRUST_MESH))
			drop(&n->drops, DROP_TRUST);
		else if (m.kind == MESSAGE_MEMBER)
			membership_receive(n, now, NULL, m.body);
		else if (m.kind == MESSAGE_BEAT)
			beat_receive(n, now, l, interface, m.body);
		else
			receive_signed(n, now, l, interface, from, m.kind, m.body);
	}
	if (next == MESSAGE_BAD)
		drop(&n->drops, DROP_MALFORMED);
	l = link_by_endpoint(n, interface, from);
	if (l != NULL)
		l->seen = now;
}

void receive_message(struct node *n, struct instant now, const struct node_id *from,
	const struct message *m)
{
	struct address address;

	switch (m->kind) {
	case MESSAGE_ECHO:
	case MESSAGE_ECHO_REPLY:
		address = address_of(from);
		echo_receive(n, now, &address, m);
		return;
	case MESSAGE_STREAM:
		address = address_of(from);
		stream_receive(n, now, &address, m->body);
		return;
	case MESSAGE_SYNC:
		sync_receive(n->sync, now, from, m->body);
		return;
	case MESSAGE_IP:
		address = address_of(from);
		ip_receive(n, now, &address, m->body);
		return;
	case MESSAGE_CARE:
		care_receive(n, now, from, m->body);
		return;
	case MESSAGE_PAD:
	case MESSAGE_HELLO:
	case MESSAGE_TC:
	case MESSAGE_LSDB:
	case MESSAGE_ACK:
	case MESSAGE_DATA:
	case MESSAGE_PROBE:
	case MESSAGE_RELAY:
	case MESSAGE_MEMBER:
	case MESSAGE_BEAT:
	case MESSAGE_KINDS:
		break;
	}
	drop(&n->drops, DROP_TRUST);
}

/* Nobody signs a summary, but to compare one costs as much as to check a signature. */
static void lsdb_receive(
	struct node *n, struct instant now, struct link *l, struct bytes body)
{
	if (budget(n, now, l, true))
		routing_lsdb(n->routing, now, l->id, body);
	else
		drop(&n->drops, DROP_BUDGET);
}

/* What a link delivers reliably. l is NULL once a message before it took the link down. */
static void data_receive(
	struct node *n, struct instant now, uint32_t link, struct bytes body)
{
	struct link *l = link_find(n, link);
	struct reader r = reader_of(body);
	uint32_t sequence = read_u32(&r);
	unsigned kind = read_u8(&r);
	struct message m = { MESSAGE_PAD, read_rest(&r) };
	struct node_id from;

	if (l == NULL)
		return;
	if (kind >= MESSAGE_KINDS || m.body.len < message_rules[kind].min ||
		m.body.len > message_rules[kind].max) {
		drop(&n->drops, DROP_MALFORMED);
		return;
	}
	m.kind = (enum message_kind)kind;
	if (!(message_rules[kind].trust & (TRUST_DATA | TRUST_SESSION))) {
		drop(&n->drops, DROP_TRUST);
		return;
	}
	if (!arq_sequence_new(&l->arq, sequence)) {
		drop(&n->drops, DROP_DUPLICATE);
		return;
	}
	from = l->node_id;
	if (m.kind == MESSAGE_RELAY)
		relay_receive(n, now, l, m.body);
	else if (m.kind == MESSAGE_TC)
		receive_signed(n, now, l, l->interface, NULL, m.kind, m.body);
	else if (m.kind == MESSAGE_LSDB)
		lsdb_receive(n, now, l, m.body);
	else if (m.kind == MESSAGE_MEMBER)
		membership_receive(n, now, l, m.body);
	else
		receive_message(n, now, &from, &m);
}

static void ack_receive(struct node *n, struct instant now, struct link *l,
	uint32_t epoch, struct bytes body)
{
	struct flow_list done = { NULL, NULL, 0 };
	struct arq_ack ack;
	uint64_t before, acknowledged, missed;
	int64_t took_us;

	if (!arq_ack_parse(&ack, body)) {
		drop(&n->drops, DROP_MALFORMED);
		return;
	}
	if (epoch != l->epoch)
		return;
	/* a probe is no frame that is counted, but it was heard just as well */
	before = l->arq.answered;
	acknowledged = l->arq.frames_acknowledged;
	missed = l->arq.frames_lost;
	took_us = l->arq.probes > 0 ? instant_since_us(now, l->arq.first_probe) : -1;
	arq_acknowledged(&l->arq, now, &ack, &done);
	if (took_us < 0)
		took_us = l->arq.srtt_us;
	if (l->arq.answered > before && took_us >= 0)
		link_answered(n, took_us);
	l->acknowledged = l->acknowledged || l->arq.answered > before;
	link_learn(n, l, l->arq.frames_acknowledged - acknowledged,
		l->arq.frames_lost - missed);
	n->counters.acknowledged += done.count;
	link_items_done(n, now, &done);
}

static void link_messages(struct node *n, struct instant now, struct link *l,
	const struct session_opened *o)
{
	struct reader r = reader_of(o->messages);
	uint32_t id = l->id;
	bool wants = false, probe = false;
	enum message_next next;
	struct message m;

	l->heard = l->seen = now;
	l->alive = true;
	while ((next = message_read(&r, &m)) == MESSAGE_GIVEN) {
		l = link_find(n, id);
		if (l == NULL)
			return;
		wants = wants || m.kind == MESSAGE_DATA || m.kind == MESSAGE_PROBE;
		probe = probe || m.kind == MESSAGE_PROBE;
		if (m.kind == MESSAGE_DATA)
			data_receive(n, now, id, m.body);
		else if (m.kind == MESSAGE_ACK)
			ack_receive(n, now, l, o->epoch, m.body);
		else if (m.kind == MESSAGE_MEMBER)
			membership_refused(n, now, l, m.body);
		else if (m.kind != MESSAGE_PROBE)
			drop(&n->drops, DROP_TRUST);
	}
	if (next == MESSAGE_BAD)
		drop(&n->drops, DROP_MALFORMED);
	l = link_find(n, id);
	if (l != NULL && l->up && o->epoch == l->epoch)
		arq_arrived(&l->arq, now, o->number, wants, probe);
}

static void remote_messages(
	struct node *n, struct instant now, const struct session_opened *o)
{
	struct node_id from = o->id;
	struct reader r = reader_of(o->messages);
	enum message_next next;
	struct message m;

	while ((next = message_read(&r, &m)) == MESSAGE_GIVEN) {
		if (message_rules[m.kind].trust & TRUST_SESSION)
			receive_message(n, now, &from, &m);
		else
			drop(&n->drops, DROP_TRUST);
	}
	if (next == MESSAGE_BAD)
		drop(&n->drops, DROP_MALFORMED);
}

static void event_receive(
	struct node *n, struct instant now, const struct session_event *e)
{
	struct link *l = link_find(n, e->path.link);

	if (e->kind == SESSION_UP && !membership_admits(n, now, e)) {
		membership_refuse(n, now, e);
		return;
	}
	if (e->path.link == 0) {
		if (e->kind == SESSION_UP)
			remote_up(n, now, e);
		else
			remote_down(n, e);
		return;
	}
	if (l == NULL)
		return;
	if (e->kind == SESSION_UP)
		link_up(n, now, l, e);
	else if (l->peer == e->peer)
		link_down(n, now, l);
}

static void handshake_send(struct node *n, struct instant now,
	const struct session_path *path, struct bytes frame)
{
	uint8_t body[RELAY_HEADER_SIZE + SESSION_HANDSHAKE_MAX];
	struct writer w = writer_of(body, sizeof(body));
	struct link *l = link_find(n, path->link);
	struct interface *i;
	struct outbox_frame *out;

	n->counters.handshakes++;
	if (path->link == 0) {
		relay_write(&w, &(struct relay){ FLOW_INTERACTIVE, HOP_LIMIT, n->self,
					path->node, frame });
		(void)relay_send(n, now, writer_bytes(&w), 0, 0);
		return;
	}
	i = l != NULL ? interface_find(n, l->interface) : NULL;
	if (i == NULL || i->outbox_count == OUTBOX_MAX) {
		drop(&n->drops, DROP_QUEUE);
		return;
	}
	out = &i->outbox[(i->outbox_first + i->outbox_count++) % OUTBOX_MAX];
	out->multicast = false;
	out->to = l->endpoint;
	out->len = frame.len;
	memcpy(out->bytes, frame.data, frame.len);
}

void sessions_pump(struct node *n, struct instant now)
{
	uint8_t frame[SESSION_HANDSHAKE_MAX];
	struct session_event e;
	struct session_path path;
	size_t len;

	while (sessions_take_event(n->sessions, &e))
		event_receive(n, now, &e);
	while (sessions_take_frame(n->sessions, now, &path, frame, &len))
		handshake_send(n, now, &path, bytes_of(frame, len));
}

void receive_session(struct node *n, struct instant now, const struct session_path *path,
	struct link *l, uint8_t *frame, size_t len)
{
	struct session_opened o;
	enum session_verdict verdict =
		sessions_receive(n->sessions, now, path, frame, len, &o);

	/* a data frame may confirm a session: its messages belong to the new epoch */
	if (verdict != SESSION_DROPPED)
		sessions_pump(n, now);
	if (verdict != SESSION_OPENED)
		return;
	if (l != NULL)
		traffic_count(n, false, o.messages);
	tap_hold(n, o.messages);
	tap_held(n, now,
		&(struct tap_way){ false, l != NULL ? l->interface : 0,
			l != NULL ? &l->endpoint : NULL, &path->node },
		frame);
	if (l == NULL && remote_is(n, &path->node, o.peer))
		remote_messages(n, now, &o);
	else if (l != NULL && l->used && l->up && l->peer == o.peer)
		link_messages(n, now, l, &o);
	else
		drop(&n->drops, DROP_NO_SESSION);
}

void node_receive(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *from, uint8_t *frame, size_t len)
{
	struct frame_header h;
	struct link *l;

	n->counters.frames_in++;
	n->counters.bytes_in += len;
	if (interface_find(n, interface) != NULL && len <= FRAME_MAX &&
		frame_header_parse(&h, bytes_of(frame, len)) && h.type == FRAME_PAIRING) {
		tap_plain(n, now, &(struct tap_way){ false, interface, from, NULL },
			bytes_of(frame, len));
		pairing_frame_receive(n, now, interface, from, bytes_of(frame, len));
		return;
	}
	if (!node_carries(n) || interface_find(n, interface) == NULL) {
		drop(&n->drops, DROP_MESH_SEAL);
		return;
	}
	if (len > FRAME_MAX || !frame_header_parse(&h, bytes_of(frame, len))) {
		drop(&n->drops, DROP_HEADER);
		return;
	}
	if (h.type == FRAME_MULTICAST) {
		multicast_receive(n, now, interface, from, frame, len);
		sessions_pump(n, now);
		return;
	}
	l = link_by_endpoint(n, interface, from);
	if (l == NULL) {
		drop(&n->drops, DROP_NO_SESSION);
		return;
	}
	if (h.type != FRAME_DATA && !instant_due(l->refused_until, now)) {
		drop(&n->drops, DROP_LOAD);
		return;
	}
	if (h.type != FRAME_DATA)
		tap_plain(n, now,
			&(struct tap_way){ false, interface, &l->endpoint, &l->node },
			bytes_of(frame, len));
	receive_session(n, now, &(struct session_path){ l->id, l->node }, l, frame, len);
}
