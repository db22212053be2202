/* SPDX-License-Identifier: ISC */
/*
 * The machine behind channel.h. Inside, time is in nanoseconds. The plan holds three
 * kinds of items for a node: the start of its next try, the end of its bits, the end of
 * its acknowledgement. Ends come before starts of the same nanosecond, so that
 * transmissions that only touch do not overlap.
 */
#include "sim/channel/channel.h"

#include "node/base/mem.h"
#include "sim/channel/tries.h"

enum plan_kind { PLAN_DATA_END, PLAN_ACK_END, PLAN_START };

enum { NOBODY = UINT32_MAX, NODE_BITS = 24, KIND_BITS = 2, NODES_MAX = 1 << NODE_BITS };

static void plan_add(
	struct channel *ch, enum plan_kind kind, uint32_t node, int64_t at_ns)
{
	uint64_t key = (uint64_t)at_ns * 2 + (kind == PLAN_START);
	uint64_t generation = ch->nodes[node].generation;

	heap_add(&ch->plan, key,
		generation << (NODE_BITS + KIND_BITS) | (uint64_t)node << KIND_BITS |
			kind);
}

static int64_t plan_time(const struct heap_item *item)
{
	return (int64_t)(item->key / 2);
}

/* The first instant that is not before ns. */
static struct instant instant_from_ns(int64_t ns)
{
	return instant_us((ns + 999) / 1000);
}

static void result_add(struct channel *ch, int64_t due_ns, const struct channel_event *e)
{
	uint64_t place;

	if (ch->free_count > 0) {
		place = ch->free_records[--ch->free_count];
	} else {
		mem_grow(ch->records, ch->record_count, ch->record_room);
		place = ch->record_count++;
	}
	ch->records[place] = *e;
	heap_add(&ch->results, (uint64_t)due_ns, place);
}

static int64_t bits_ns(uint64_t bits, uint64_t rate_bps)
{
	return (int64_t)(bits * 1000000000 / rate_bps);
}

/* Starts or resumes the countdown; the node senses nothing now. */
static void arm(struct channel *ch, uint32_t node, int64_t t)
{
	struct channel_node *n = &ch->nodes[node];
	int64_t difs_over = n->idle_from_ns + (int64_t)ch->params.difs_us * 1000;

	n->count_from_ns = t > difs_over ? t : difs_over;
	n->fire_ns = n->count_from_ns + (int64_t)(n->slots * ch->params.slot_us) * 1000;
	n->armed = true;
	n->generation++;
	plan_add(ch, PLAN_START, node, n->fire_ns);
}

static void busy_begin(struct channel *ch, uint32_t node, int64_t t)
{
	struct channel_node *n = &ch->nodes[node];
	int64_t slot_ns = (int64_t)ch->params.slot_us * 1000;
	uint64_t gone = 0;

	if (n->busy++ > 0)
		return;
	n->busy_from_ns = t;
	if (!n->armed || n->fire_ns < t + slot_ns)
		return;
	if (t > n->count_from_ns)
		gone = (uint64_t)((t - n->count_from_ns) / slot_ns);
	n->slots -= gone < n->slots ? gone : n->slots;
	n->armed = false;
	n->generation++;
}

static void busy_end(struct channel *ch, uint32_t node, int64_t t)
{
	struct channel_node *n = &ch->nodes[node];

	if (--n->busy > 0)
		return;
	n->busy_ns += t - n->busy_from_ns;
	n->idle_from_ns = t;
	if (n->radio == CHANNEL_CONTENDING && !n->armed)
		arm(ch, node, t);
}

static void contend(struct channel *ch, uint32_t node, int64_t t)
{
	struct channel_node *n = &ch->nodes[node];

	n->radio = CHANNEL_CONTENDING;
	n->slots = rng_below(&ch->rng, n->window + 1);
	if (n->busy == 0)
		arm(ch, node, t);
}

static void next_frame(struct channel *ch, uint32_t node, int64_t t)
{
	struct channel_node *n = &ch->nodes[node];

	n->radio = CHANNEL_IDLE;
	n->window = ch->params.cw_min;
	n->tries = 0;
	n->arrived = false;
	n->frame_air_ns = 0;
	n->last_delivery_ns = 0;
	if (n->count > 0)
		contend(ch, node, t);
}

static void rx_destroy(struct channel *ch, struct channel_node *at)
{
	if (at->rx_from == NOBODY)
		return;
	ch->nodes[at->rx_from].receptions[at->rx_index].destroyed = true;
	at->rx_from = NOBODY;
}

/* The bits of `from` begin to arrive at one hearer. */
static void reception_begin(struct channel *ch, uint32_t from, const struct hearer *h)
{
	struct channel_node *n = &ch->nodes[from], *at = &ch->nodes[h->node];
	bool clash = at->audible++ > 0 || at->radio == CHANNEL_SENDING;

	rx_destroy(ch, at);
	mem_grow(n->receptions, n->reception_count, n->reception_room);
	n->receptions[n->reception_count] =
		(struct channel_reception){ h->node, clash, false, h->quality };
	if (!clash) {
		at->rx_from = from;
		at->rx_index = n->reception_count;
	}
	n->reception_count++;
}

static void try_count(struct channel *ch, uint32_t node, int64_t t)
{
	struct channel_node *n = &ch->nodes[node];
	const struct channel_frame *f = tries_frame(n);

	if (n->tries++ == 0) {
		n->counters.frames++;
		n->counters.bytes += f->len;
	} else {
		n->counters.retries++;
	}
	n->counters.tries++;
	if (ch->report_tries)
		result_add(ch, t,
			&(struct channel_event){ .kind = CHANNEL_TRY,
				.node = node,
				.to = f->to,
				.tries = n->tries,
				.signal_db = tries_best_signal_db(ch, node),
				.cookie = f->cookie,
				.at = instant_from_ns(t) });
}

static void start(struct channel *ch, uint32_t node, int64_t t)
{
	struct channel_node *n = &ch->nodes[node];
	const struct links_node *l = &ch->links.nodes[node];
	const struct channel_frame *f = tries_frame(n);
	const struct hearer *to = NULL;

	n->armed = false;
	n->radio = CHANNEL_SENDING;
	n->reception_count = 0;
	n->arrived = false;
	try_count(ch, node, t);
	if (f->to != CHANNEL_BROADCAST) {
		to = links_hearer(&ch->links, node, f->to);
		n->counters.unreachable += to == NULL;
	}
	n->air_ns = (int64_t)ch->params.preamble_us * 1000 +
		    bits_ns(tries_bits(ch, f), tries_rate_bps(ch, n, to));
	rx_destroy(ch, n);
	for (size_t i = 0; i < l->hearer_count; i++)
		reception_begin(ch, node, &l->hearers[i]);
	busy_begin(ch, node, t);
	for (size_t i = 0; i < l->senser_count; i++)
		busy_begin(ch, l->sensers[i], t);
	plan_add(ch, PLAN_DATA_END, node, t + n->air_ns);
}

static void deliver_once(
	struct channel *ch, uint32_t node, const struct channel_reception *r, int64_t t)
{
	struct channel_node *n = &ch->nodes[node], *at = &ch->nodes[r->node];
	uint64_t damage = faults_damage(&ch->params, &ch->rng);

	if (at->dozing)
		t = faults_beacon_ns(&ch->params, t);
	if (t > n->last_delivery_ns)
		n->last_delivery_ns = t;
	at->counters.corrupted += damage != 0;
	result_add(ch, t,
		&(struct channel_event){ .kind = CHANNEL_DELIVERY,
			.node = node,
			.to = r->node,
			.tries = n->tries,
			.signal_db = tries_frame(n)->rates ? tries_signal_db(ch, node,
								     r->node, &r->quality)
							   : 0,
			.cookie = tries_frame(n)->cookie,
			.damage = damage,
			.at = instant_from_ns(t) });
}

static void deliver(
	struct channel *ch, uint32_t node, const struct channel_reception *r, int64_t t)
{
	struct channel_node *n = &ch->nodes[node], *at = &ch->nodes[r->node];
	uint64_t delay_us = r->quality.delay_us == LINK_INHERIT ? ch->params.delay_us
								: r->quality.delay_us;
	int64_t late_ns = faults_late_ns(&ch->params, &ch->rng);
	int64_t again_ns = faults_again_ns(&ch->params, &ch->rng);

	t += (int64_t)delay_us * 1000 + late_ns;
	n->arrived = true;
	at->counters.rx_frames++;
	at->counters.rx_bytes += tries_frame(n)->len;
	at->counters.reordered += late_ns > 0;
	at->counters.duplicates += again_ns > 0;
	deliver_once(ch, node, r, t);
	if (again_ns > 0)
		deliver_once(ch, node, r, t + again_ns);
}

/* The last bit of `node` has arrived at one hearer. */
static void reception_end(struct channel *ch, uint32_t node, size_t i, int64_t t)
{
	struct channel_node *n = &ch->nodes[node];
	const struct channel_reception *r = &n->receptions[i];
	const struct channel_frame *f = tries_frame(n);
	struct channel_node *at = &ch->nodes[r->node];

	at->audible--;
	if (!r->destroyed)
		at->rx_from = NOBODY;
	if (f->to != CHANNEL_BROADCAST && f->to != r->node)
		return;
	if (r->gone)
		n->counters.unreachable += f->to != CHANNEL_BROADCAST;
	else if (r->destroyed)
		at->counters.collisions++;
	else if (!tries_survives(ch, node, r))
		at->counters.losses++;
	else
		deliver(ch, node, r, t);
}

static void done(struct channel *ch, uint32_t node, int64_t t)
{
	struct channel_node *n = &ch->nodes[node];
	const struct channel_frame *f = tries_frame(n);
	bool broadcast = f->to == CHANNEL_BROADCAST;
	const struct hearer *back = NULL;

	if (!broadcast && f->rates)
		back = links_hearer(&ch->links, f->to, node);
	if (!broadcast && n->arrived)
		n->counters.delivered++;
	else if (!broadcast)
		n->counters.drops_retry_limit++;
	result_add(ch, t > n->last_delivery_ns ? t : n->last_delivery_ns,
		&(struct channel_event){ .kind = CHANNEL_DONE,
			.node = node,
			.to = f->to,
			.tries = n->tries,
			.signal_db =
				back ? tries_signal_db(ch, f->to, node, &back->quality)
				     : 0,
			.delivered = broadcast || n->arrived,
			.cookie = f->cookie,
			.airtime_us = (uint64_t)n->frame_air_ns / 1000,
			.at = instant_from_ns(t) });
	n->head = (n->head + 1) % n->room;
	n->count--;
	next_frame(ch, node, t);
}

/* The channel is free again around node. */
static void try_end(struct channel *ch, uint32_t node, int64_t t)
{
	struct channel_node *n = &ch->nodes[node];
	const struct links_node *l = &ch->links.nodes[node];
	bool broadcast = tries_frame(n)->to == CHANNEL_BROADCAST;

	n->radio = CHANNEL_IDLE;
	n->frame_air_ns += n->air_ns;
	n->airtime_ns += n->air_ns;
	busy_end(ch, node, t);
	for (size_t i = 0; i < l->senser_count; i++)
		busy_end(ch, l->sensers[i], t);
	if (broadcast || n->arrived || n->tries >= tries_most(ch, n)) {
		done(ch, node, t);
		return;
	}
	n->window = n->window * 2 + 1;
	if (n->window > ch->params.cw_max)
		n->window = ch->params.cw_max;
	contend(ch, node, t);
}

static void data_end(struct channel *ch, uint32_t node, int64_t t)
{
	struct channel_node *n = &ch->nodes[node];
	int64_t ack_ns = (int64_t)ch->params.ack_us * 1000;

	n->radio = CHANNEL_ACK_WAIT;
	for (size_t i = 0; i < n->reception_count; i++)
		reception_end(ch, node, i, t);
	n->reception_count = 0;
	if (tries_frame(n)->to == CHANNEL_BROADCAST) {
		try_end(ch, node, t);
		return;
	}
	n->air_ns += ack_ns;
	plan_add(ch, PLAN_ACK_END, node, t + ack_ns);
}

static bool on_air(const struct channel_node *n)
{
	return n->radio == CHANNEL_SENDING || n->radio == CHANNEL_ACK_WAIT;
}

static void receptions_review(struct channel *ch, uint32_t node)
{
	struct channel_node *n = &ch->nodes[node];

	for (size_t i = 0; i < n->reception_count; i++) {
		struct channel_reception *r = &n->receptions[i];

		if (links_hearer(&ch->links, node, r->node))
			continue;
		if (!r->destroyed)
			ch->nodes[r->node].rx_from = NOBODY;
		r->destroyed = true;
		r->gone = true;
	}
}

/* Lists of links are new: counts anew what each node senses, without a gap in time. */
static void settle(struct channel *ch)
{
	uint32_t *before;

	if (!links_settle(&ch->links))
		return;
	before = mem_array(ch->node_count, sizeof(before[0]));
	for (uint32_t i = 0; i < ch->node_count; i++)
		before[i] = ch->nodes[i].busy;
	for (uint32_t i = 0; i < ch->node_count; i++) {
		const struct links_node *l = &ch->links.nodes[i];

		if (!on_air(&ch->nodes[i]))
			continue;
		receptions_review(ch, i);
		busy_begin(ch, i, ch->now_ns);
		for (size_t k = 0; k < l->senser_count; k++)
			busy_begin(ch, l->sensers[k], ch->now_ns);
	}
	for (uint32_t i = 0; i < ch->node_count; i++)
		for (; before[i] > 0; before[i]--)
			busy_end(ch, i, ch->now_ns);
	mem_free(before);
}

static void queue_add(struct channel_node *n, const struct channel_frame *frame)
{
	if (n->count == n->room) {
		size_t room = n->room > 0 ? n->room * 2 : 4;
		struct channel_frame *queue = mem_array(room, sizeof(queue[0]));

		for (size_t i = 0; i < n->count; i++)
			queue[i] = n->queue[(n->head + i) % n->room];
		mem_free(n->queue);
		n->queue = queue;
		n->head = 0;
		n->room = room;
	}
	n->queue[(n->head + n->count) % n->room] = *frame;
	n->count++;
}

static enum plan_kind plan_kind_of(const struct heap_item *item)
{
	return (enum plan_kind)(item->value & ((1 << KIND_BITS) - 1));
}

static uint32_t plan_node(const struct heap_item *item)
{
	return (uint32_t)(item->value >> KIND_BITS) & (NODES_MAX - 1);
}

/* A start that was put off since it was planned. */
static bool plan_void(const struct channel *ch, const struct heap_item *item)
{
	const struct channel_node *n = &ch->nodes[plan_node(item)];

	return plan_kind_of(item) == PLAN_START &&
	       (!n->armed || n->generation != item->value >> (NODE_BITS + KIND_BITS));
}

/* The next item that still stands, or NULL. */
static const struct heap_item *plan_first(struct channel *ch)
{
	const struct heap_item *first;

	while ((first = heap_first(&ch->plan)) && plan_void(ch, first))
		heap_take(&ch->plan);
	return first;
}

static void plan_run(struct channel *ch, const struct heap_item *item)
{
	uint32_t node = plan_node(item);

	switch (plan_kind_of(item)) {
	case PLAN_START:
		start(ch, node, plan_time(item));
		break;
	case PLAN_DATA_END:
		data_end(ch, node, plan_time(item));
		break;
	case PLAN_ACK_END:
		try_end(ch, node, plan_time(item));
		break;
	}
}

/* Once, and not before somebody asks: a channel without it has the same luck as ever. */
static void salt_draw(struct channel *ch)
{
	if (ch->params.asymmetry_ppm > 0 && ch->salt == 0)
		ch->salt = rng_u64(&ch->rng) | 1;
}

void channel_init(struct channel *ch, const struct channel_params *params, uint32_t nodes,
	struct rng rng)
{
	check(nodes > 0 && nodes < NODES_MAX);
	*ch = (struct channel){ .params = *params, .node_count = nodes, .rng = rng };
	ch->nodes = mem_array(nodes, sizeof(ch->nodes[0]));
	for (uint32_t i = 0; i < nodes; i++) {
		/* The channel has been idle for ever. */
		ch->nodes[i].idle_from_ns = -(int64_t)1000000000;
		ch->nodes[i].rx_from = NOBODY;
	}
	links_init(&ch->links, nodes);
	links_reach_set(&ch->links, params->range_mm, params->sense_hops);
	heap_init(&ch->plan);
	heap_init(&ch->results);
	salt_draw(ch);
}

void channel_fini(struct channel *ch)
{
	for (uint32_t i = 0; i < ch->node_count; i++) {
		mem_free(ch->nodes[i].queue);
		mem_free(ch->nodes[i].receptions);
	}
	mem_free(ch->nodes);
	mem_free(ch->records);
	mem_free(ch->free_records);
	links_fini(&ch->links);
	heap_fini(&ch->plan);
	heap_fini(&ch->results);
	*ch = (struct channel){ 0 };
}

void channel_params_apply(struct channel *ch, const struct channel_params *params)
{
	ch->params = *params;
	links_reach_set(&ch->links, params->range_mm, params->sense_hops);
	salt_draw(ch);
}

void channel_doze(struct channel *ch, uint32_t node, bool dozes)
{
	check(node < ch->node_count);
	ch->nodes[node].dozing = dozes;
}

void channel_report_tries(struct channel *ch, bool on)
{
	ch->report_tries = on;
}

enum channel_verdict channel_send(struct channel *ch, struct instant now, uint32_t node,
	const struct channel_frame *frame)
{
	struct channel_node *n = &ch->nodes[node];

	check(node < ch->node_count);
	check(frame->to == CHANNEL_BROADCAST || frame->to < ch->node_count);
	channel_tick(ch, now);
	if (frame->len == 0 || frame->len > CHANNEL_FRAME_MAX) {
		n->counters.drops_bad_length++;
		return CHANNEL_BAD_LENGTH;
	}
	if (!channel_has_room(ch, node)) {
		n->counters.drops_queue_full++;
		return CHANNEL_QUEUE_FULL;
	}
	queue_add(n, frame);
	if (n->radio == CHANNEL_IDLE)
		next_frame(ch, node, ch->now_ns);
	return CHANNEL_QUEUED;
}

bool channel_has_room(const struct channel *ch, uint32_t node)
{
	check(node < ch->node_count);
	return ch->nodes[node].count < ch->params.queue_frames;
}

void channel_tick(struct channel *ch, struct instant now)
{
	const struct heap_item *first;

	settle(ch);
	while ((first = plan_first(ch)) && plan_time(first) <= now.us * 1000) {
		struct heap_item item = heap_take(&ch->plan);

		ch->now_ns = plan_time(&item);
		plan_run(ch, &item);
	}
	if (now.us * 1000 > ch->now_ns)
		ch->now_ns = now.us * 1000;
}

struct instant channel_deadline(struct channel *ch)
{
	const struct heap_item *plan, *result = heap_first(&ch->results);
	struct instant at = NEVER;

	settle(ch);
	plan = plan_first(ch);
	if (plan)
		at = instant_from_ns(plan_time(plan));
	if (result)
		at = instant_min(at, instant_from_ns((int64_t)result->key));
	return at;
}

bool channel_take(struct channel *ch, struct channel_event *event)
{
	const struct heap_item *first = heap_first(&ch->results);

	if (!first || (int64_t)first->key > ch->now_ns)
		return false;
	mem_grow(ch->free_records, ch->free_count, ch->free_room);
	ch->free_records[ch->free_count] = heap_take(&ch->results).value;
	*event = ch->records[ch->free_records[ch->free_count++]];
	return true;
}

int64_t channel_airtime_ns(const struct channel_params *p, uint64_t len, bool broadcast)
{
	int64_t ns = (int64_t)p->preamble_us * 1000;

	ns += bits_ns(8 * (len + p->overhead_bytes),
		broadcast ? p->broadcast_bps : p->unicast_bps);
	return broadcast ? ns : ns + (int64_t)p->ack_us * 1000;
}
