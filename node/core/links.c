/* SPDX-License-Identifier: ISC */
/* The table of links: made by a verified HELLO, kept by what is heard, ended by silence. */
#include "node/core/core.h"

#include <errno.h>

#include "node/base/mem.h"

struct link *link_find(struct node *n, uint32_t id)
{
	size_t place = id % NODE_LINKS_MAX;
	struct link *l;

	if (id == 0 || place >= n->link_places)
		return NULL;
	l = n->links[place];
	return l->used && l->id == id ? l : NULL;
}

struct link *link_by_endpoint(
	struct node *n, uint32_t interface, const struct endpoint *e)
{
	for (size_t i = 0; i < n->link_places; i++) {
		struct link *l = n->links[i];

		if (l->used && l->interface == interface && l->endpoint.port == e->port &&
			memcmp(l->endpoint.address, e->address, sizeof(e->address)) == 0)
			return l;
	}
	return NULL;
}

/* The first free place, or that of the silent link without a session that was heard first;
 * NODE_LINKS_MAX: none. */
static size_t place_for(struct node *n, struct instant now)
{
	size_t victim = NODE_LINKS_MAX;

	for (size_t i = 0; i < n->link_places; i++) {
		const struct link *l = n->links[i];

		if (!l->used)
			return i;
		if (!l->up && (victim == NODE_LINKS_MAX ||
				      instant_before(l->heard, n->links[victim]->heard)))
			victim = i;
	}
	if (n->link_places < NODE_LINKS_MAX) {
		n->links[n->link_places] = mem_new(sizeof(*n->links[0]));
		return n->link_places++;
	}
	if (victim < NODE_LINKS_MAX) {
		n->links[victim]->why = NODE_DOWN_CROWDED;
		link_remove(n, now, n->links[victim]);
	}
	return victim;
}

struct link *link_add(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *e, const struct routing_signed *hello)
{
	size_t place = place_for(n, now);
	struct link *l;

	if (place == NODE_LINKS_MAX) {
		drop(&n->drops, DROP_FULL);
		return NULL;
	}
	l = n->links[place];
	memset(l, 0, sizeof(*l));
	l->used = true;
	n->link_generation = n->link_generation % (UINT32_MAX / NODE_LINKS_MAX) + 1;
	l->id = n->link_generation * NODE_LINKS_MAX + (uint32_t)place;
	l->interface = interface;
	l->endpoint = *e;
	l->node_id = hello->key;
	l->node = hello->originator;
	l->heard = l->seen = l->made = l->refused_until = now;
	l->failed = instant_us(INT64_MIN / 2);
	bucket_init(&l->verify, now, VERIFY_PER_SECOND, VERIFY_BURST);
	bucket_init(&l->shouts, now, VERIFY_PER_SECOND, VERIFY_BURST);
	arq_init(&l->arq, now, (uint32_t)rng_u64(&n->config.rng));
	l->arq.answer_us = &n->answer_us;
	n->counters.links++;
	return l;
}

static void event_link(struct node *n, const struct link *l, enum node_event_kind kind)
{
	event_add(n, &(struct node_event){ .kind = kind,
			     .node = l->node,
			     .interface = l->interface,
			     .why = l->why });
}

bool instance_same(struct node *n, struct instant now, const struct session_event *e,
	uint64_t *known)
{
	struct reader r = reader_of(bytes_of(e->payload, e->payload_len));
	uint64_t instance = read_u64(&r), before = *known;

	*known = instance;
	if (read_good(&r) && instance == before)
		return true;
	if (before != 0)
		sync_peer_restarted(n->sync, now, &e->id);
	return false;
}

/* Whoever was given up and is back at once was only busy: where many are, as on a machine or
 * a channel that is overloaded, giving up sooner than they answer would go on for ever. */
static void learn_patience(struct node *n, struct instant now, const struct link *l)
{
	if (instant_since_us(now, l->failed) > PATIENCE_BACK_MS * 1000 ||
		!routing_link_was_busy(n->routing, l->id))
		return;
	n->patience_us = n->patience_us > 0 ? n->patience_us * 2 : 2 * ARQ_SILENT_US;
	if (n->patience_us > ARQ_FAILED_US)
		n->patience_us = ARQ_FAILED_US;
	n->patience_at = now;
}

void link_up(
	struct node *n, struct instant now, struct link *l, const struct session_event *e)
{
	bool same = instance_same(n, now, e, &l->instance);

	l->peer = e->peer;
	l->epoch = e->epoch;
	arq_restart(&l->arq, now, same);
	/* a new process told us itself: its HELLOs begin anew */
	if (!same)
		l->hello_sequence = 0;
	l->up_since = now;
	if (l->up)
		return;
	l->up = true;
	learn_patience(n, now, l);
	l->why = NODE_DOWN_SESSION;
	mesh_neighbour_up(n->mesh, now, l->id);
	routing_link_usable(n->routing, now, l->id, true);
	event_link(n, l, NODE_EVENT_LINK_UP);
}

bool link_takes(const struct node *n, struct link *l, struct flow_item *item)
{
	size_t mtu = n->interfaces[l->interface].mtu;

	return (size_t)item->len + DATA_OVERHEAD <= mtu &&
	       flow_queue_add(&l->arq.queue, item);
}

bool link_queue(struct node *n, struct link *l, struct flow_item *take)
{
	if (link_takes(n, l, take))
		return true;
	flow_item_free(take);
	return drop(&n->drops, DROP_QUEUE);
}

void link_items_done(struct node *n, struct instant now, struct flow_list *done)
{
	struct flow_item *i;

	while ((i = flow_list_take(done)) != NULL) {
		struct link *origin = link_find(n, i->origin);

		if (origin != NULL && origin->held > 0) {
			origin->held--;
			arq_credit_changed(&origin->arq, now, origin->held);
		}
		flow_item_free(i);
	}
}

/* Messages of a link that is gone look for another way: those for others, and those for who was
 * at its end. */
static void items_rescue(struct node *n, struct instant now, const struct address *end,
	struct flow_list *rest)
{
	struct flow_list gone = { NULL, NULL, 0 };
	struct flow_item *i;

	while ((i = flow_list_take(rest)) != NULL) {
		struct bytes body = bytes_of(i->body, i->len);

		if (i->kind == MESSAGE_RELAY) {
			relay_again(n, now, i);
			continue;
		}
		if ((message_rules[i->kind].trust & TRUST_SESSION) &&
			i->len <= ROUTED_MTU - ROUTED_OVERHEAD)
			remote_send(n, now, end, i->kind, i->class, body);
		flow_list_add(&gone, i);
	}
	link_items_done(n, now, &gone);
}

void link_down(struct node *n, struct instant now, struct link *l)
{
	struct flow_list rest = { NULL, NULL, 0 };

	if (!l->up)
		return;
	l->up = l->suspect = false;
	mesh_neighbour_down(n->mesh, l->id);
	routing_link_usable(n->routing, now, l->id, false);
	event_link(n, l, NODE_EVENT_LINK_DOWN);
	arq_restart(&l->arq, now, true);
	flow_queue_empty(&l->arq.queue, &rest);
	items_rescue(n, now, &l->node, &rest);
}

void link_remove(struct node *n, struct instant now, struct link *l)
{
	struct flow_list rest = { NULL, NULL, 0 };

	if (l->up)
		link_down(n, now, l);
	else
		routing_link_usable(n->routing, now, l->id, false);
	sessions_forget(n->sessions, &(struct session_path){ l->id, l->node });
	n->counters.retransmitted += l->arq.messages_again;
	arq_fini(&l->arq, &rest);
	link_items_done(n, now, &rest);
	l->used = false;
	n->counters.links--;
}

static void link_feedback(struct node *n, struct instant now, struct link *l)
{
	uint64_t told = l->arq.frames_acknowledged + l->arq.frames_lost;
	uint64_t sent = told - l->told_sent;
	uint64_t acknowledged = l->arq.frames_acknowledged - l->told_acknowledged;

	if (sent < 8)
		return;
	routing_link_feedback(
		n->routing, now, l->id, (uint32_t)sent, (uint32_t)acknowledged);
	l->told_sent = told;
	l->told_acknowledged = l->arq.frames_acknowledged;
}

/* There are enough broadcasts to tell how many of them a link loses; a radio that tries frames to
 * one neighbour again loses fewer of these, on all links alike. */
uint32_t link_loss_ppm(const struct node *n, const struct link *l)
{
	uint64_t loss_ppm = routing_link_loss_ppm(n->routing, l->id);
	uint64_t seen = n->loss_seen + LOSS_DOUBT,
		 expected = n->loss_expected + LOSS_DOUBT;

	return (uint32_t)(seen < expected ? loss_ppm * seen / expected : loss_ppm);
}

void link_answered(struct node *n, int64_t took_us)
{
	/* who answers late on purpose slows others only so much */
	if (took_us > LINK_ANSWER_MAX_MS * 1000)
		took_us = LINK_ANSWER_MAX_MS * 1000;
	/* sooner down than up: few answer on a channel that is free again */
	n->answer_us += (took_us - n->answer_us) / (took_us < n->answer_us ? 2 : 8);
}

void link_learn(
	struct node *n, const struct link *l, uint64_t acknowledged, uint64_t missed)
{
	n->loss_seen += missed * 1000000;
	n->loss_expected +=
		(acknowledged + missed) * routing_link_loss_ppm(n->routing, l->id);
	if (n->loss_expected <= LOSS_KNOWN)
		return;
	n->loss_seen /= 2;
	n->loss_expected /= 2;
}

/* The radio's, which learns as well by what is under way already. Probes that only teach are not
 * sent because of a doubt. */
static bool is_lesson(const struct link *l, struct instant now)
{
	return instant_before(now, l->lesson_until) && l->arq.in_flight == 0;
}

/* Whether a link still carries frames: silence that is longer than its loss explains, and
 * frames without an acknowledgement, are asked about by probes. */
static void link_watch(struct node *n, struct instant now, struct link *l, bool haste)
{
	struct arq_patience p = { .heard = l->seen,
		.silent_us =
			haste && !is_lesson(l, now) ? n->patience_us : ARQ_FAILED_US };
	bool suspect;

	if (l->arq.probes == 0 && !l->suspect)
		return;
	p.loss_ppm = link_loss_ppm(n, l);
	/* who says that there is no link will not answer, however often it is heard; unless it
	 * said so before there was one */
	if (instant_due(instant_add_ms(l->up_since, LINK_NEW_MS), now)) {
		p.denied = routing_link_is_denied(n->routing, l->id);
		p.forgotten = routing_link_is_forgotten(n->routing, l->id);
	}
	if (arq_failed(&l->arq, now, &p)) {
		struct session_path path = { l->id, l->node };

		/* who is back after it had gone was not merely busy: nothing for patience
		 * to learn from */
		if (!p.forgotten)
			l->failed = now;
		routing_link_failed(n->routing, now, l->id);
		l->why = NODE_DOWN_UNANSWERED;
		/* not what the neighbour may have begun meanwhile, as it has found out first */
		sessions_restarted(n->sessions, &path);
		link_down(n, now, l);
		/* it is heard, and its next HELLO may be seconds away */
		if (p.forgotten)
			sessions_want(n->sessions, now, &path);
		return;
	}
	suspect = arq_suspect(&l->arq, p.loss_ppm);
	if (suspect == l->suspect)
		return;
	l->suspect = suspect;
	n->counters.suspicions += suspect;
	n->counters.false_alarms += !suspect;
	routing_link_suspect(n->routing, l->id, suspect);
	event_link(n, l, suspect ? NODE_EVENT_LINK_SUSPECT : NODE_EVENT_LINK_TRUSTED);
}

static void forget_patience(struct node *n, struct instant now)
{
	if (!instant_due(instant_add_ms(n->patience_at, PATIENCE_HALVES_MS), now))
		return;
	n->patience_us /= 2;
	n->patience_at = now;
}

/* When most links are in doubt at once, it is we, or the channel; and there is no other way
 * that haste would bring. */
static bool is_haste_of_use(const struct node *n)
{
	unsigned up = 0, doubted = 0;

	for (size_t i = 0; i < n->link_places; i++) {
		if (!n->links[i]->used || !n->links[i]->up)
			continue;
		up++;
		doubted += n->links[i]->arq.probes > 1;
	}
	return 2 * doubted <= up;
}

void links_watch(struct node *n, struct instant now)
{
	bool haste = is_haste_of_use(n);
	uint32_t id;

	forget_patience(n, now);
	routing_answers(n->routing, n->answer_us);
	while (routing_doubt_take(n->routing, now, &id)) {
		struct link *l = link_find(n, id);

		if (l != NULL && l->up)
			arq_probe_request(&l->arq, now);
	}
	for (size_t i = 0; i < n->link_places; i++)
		if (n->links[i]->used && n->links[i]->up)
			link_watch(n, now, n->links[i], haste);
}

void node_neighbour_rate(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *neighbour, uint64_t rate_bps, uint32_t lost_ppm)
{
	const struct link *l = link_by_endpoint(n, interface, neighbour);

	if (l != NULL)
		routing_link_rate(n->routing, now, l->id, rate_bps, lost_ppm);
}

void node_neighbour_doubt(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *neighbour)
{
	struct link *l = link_by_endpoint(n, interface, neighbour);

	if (l != NULL && l->up)
		arq_probe_request(&l->arq, now);
}

bool node_neighbour_teach(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *neighbour)
{
	struct link *l = link_by_endpoint(n, interface, neighbour);

	if (l == NULL || !l->up)
		return false;
	l->lesson_until = instant_add_ms(now, LINK_LESSON_MS);
	return true;
}

static bool is_silent_for(const struct node *n, const struct link *l, struct instant now,
	int64_t least_ms, int64_t pauses)
{
	int64_t ms = pauses * routing_link_pause_ms(n->routing, l->id);

	return instant_due(instant_add_ms(l->heard, ms > least_ms ? ms : least_ms), now);
}

void links_tick(struct node *n, struct instant now)
{
	for (size_t i = 0; i < n->link_places; i++) {
		struct link *l = n->links[i];
		struct flow_list late = { NULL, NULL, 0 };

		if (!l->used)
			continue;
		if (is_silent_for(n, l, now, LINK_SILENT_MS, LINK_SILENT_PAUSES)) {
			l->why = NODE_DOWN_SILENT;
			link_remove(n, now, l);
			continue;
		}
		if (l->up && (is_lesson(l, now) || is_silent_for(n, l, now, LINK_PROBE_MS,
							   LINK_PROBE_PAUSES)))
			arq_probe_request(&l->arq, now);
		if (l->alive)
			routing_link_alive(n->routing, now, l->id, l->acknowledged);
		l->alive = l->acknowledged = false;
		flow_queue_expire(&l->arq.queue, now, &late);
		n->drops.count[DROP_QUEUE] += late.count;
		link_items_done(n, now, &late);
		link_feedback(n, now, l);
	}
}
