/* SPDX-License-Identifier: ISC */
/* The sending half of one link's reliability; arq_receive.c has the other. */
#include "node/flow/arq.h"

#include "node/base/mem.h"

enum {
	SENT_MAX = ARQ_WINDOW_MAX * 4,
	SENT_FIRST = 8,               /* places of the ring to begin with */
	PROBE_MAX_US = 500000,        /* between two probes */
	PROBES_HOLD = 4,              /* data waits until one of so many is answered */
	PROBES_STEADY = 20,           /* at even distances; then at growing ones */
	LOSS_MAX_PPM = 875000,        /* no more is thought of any link */
	UNANSWERED_LEAST_PPM = 45000, /* of probes, however good a link was so far */
	LOSS_TRUSTED = 256,           /* frames; fewer say little of a link's loss */
	RATE_PERIOD_MS = 500,
	MIN_RTT_PERIOD_MS = 10000
};

bool arq_ack_parse(struct arq_ack *a, struct bytes body)
{
	struct reader r = reader_of(body);

	a->high = read_u64(&r);
	a->credit = read_u16(&r);
	a->missing = read_bytes(&r, read_u8(&r));
	return read_ended(&r) && a->missing.len <= ARQ_BITMAP_BITS / 8;
}

void arq_init(struct arq *a, struct instant now, uint32_t first)
{
	memset(a, 0, sizeof(*a));
	a->next_sequence = a->oldest_sequence = first;
	a->credit = ARQ_HELD_MAX / 2;
	a->srtt_us = a->min_rtt_us = -1;
	a->delivered_at = a->rate_at = a->min_rtt_at = a->last_answer = now;
	a->probe_at = a->ack_at = NEVER;
	a->credit_told = ARQ_HELD_MAX;
}

static struct arq_sent *sent_at(const struct arq *a, size_t i)
{
	return &a->sent[(a->sent_first + i) % a->sent_room];
}

/* Makes the ring larger; most links never have more than a few frames in flight. */
static void sent_grow(struct arq *a)
{
	size_t room = a->sent_room > 0 ? a->sent_room * 2 : SENT_FIRST;
	struct arq_sent *sent = mem_array(room, sizeof(*sent));

	for (size_t i = 0; i < a->sent_count; i++)
		sent[i] = *sent_at(a, i);
	mem_free(a->sent);
	a->sent = sent;
	a->sent_first = 0;
	a->sent_room = room;
}

static void sent_close(struct arq *a, struct arq_sent *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->items[i]->transit)
			a->in_flight_transit--;
	s->open = false;
	s->count = 0;
	a->in_flight--;
}

static void sent_trim(struct arq *a)
{
	while (a->sent_count > 0 && !sent_at(a, 0)->open) {
		a->sent_first = (a->sent_first + 1) % a->sent_room;
		a->sent_count--;
	}
}

static void loss_note(struct arq *a, bool lost)
{
	a->loss_ppm = a->loss_ppm - a->loss_ppm / 64 + (lost ? 1000000 / 64 : 0);
}

/* The messages of a frame wait again, before fresh ones. */
static void sent_again(struct arq *a, struct arq_sent *s)
{
	struct flow_item *items[ARQ_FRAME_ITEMS];
	unsigned count = s->count;

	memcpy(items, s->items, sizeof(items));
	sent_close(a, s);
	for (unsigned i = 0; i < count; i++)
		flow_queue_return(&a->queue, items[i]);
	a->messages_again += count;
}

static void sent_lost(struct arq *a, struct arq_sent *s)
{
	sent_again(a, s);
	a->frames_lost++;
	loss_note(a, true);
}

/* What was staged and not sent waits again. */
static void staged_return(struct arq *a)
{
	for (unsigned i = 0; i < a->staged_count; i++) {
		if (a->staged[i]->transit)
			a->in_flight_transit--;
		flow_queue_return(&a->queue, a->staged[i]);
	}
	a->staged_count = 0;
}

/* A session ends, and nobody will say what became of its frames. They do not count as lost: a
 * window full of them says that a link is gone, and nothing of how much it loses when it is not;
 * probes would go unanswered for minutes before that is more than chance. */
static void sent_all_again(struct arq *a)
{
	staged_return(a);
	for (size_t i = 0; i < a->sent_count; i++)
		if (sent_at(a, i)->open)
			sent_again(a, sent_at(a, i));
	sent_trim(a);
}

void arq_fini(struct arq *a, struct flow_list *rest)
{
	sent_all_again(a);
	flow_queue_empty(&a->queue, rest);
	mem_free(a->sent);
	a->sent = NULL;
}

void arq_restart(struct arq *a, struct instant now, bool same)
{
	sent_all_again(a);
	a->heard = false;
	a->unacknowledged = 0;
	a->ack_at = NEVER;
	a->probes = 0;
	a->asked = false;
	a->last_answer = now;
	a->probe_at = flow_queue_count(&a->queue) > 0
			      ? instant_add_us(now, ARQ_PERSIST_US)
			      : NEVER;
	a->credit = ARQ_HELD_MAX / 2;
	a->answered = 0;
	a->sequence_doubted = true;
	if (!same)
		a->sequence_heard = false;
}

/* Where frames are lost, or the way is long: half more than the path holds, to go on while
 * losses are found out. Else what was delivered in about two delays of an acknowledgement:
 * with two frames beyond it the round trip settles near ARQ_QUEUE_US, because what is in
 * flight stands in the radio's own queue before anything urgent. */
static unsigned window_frames(const struct arq *a)
{
	bool wide = a->loss_ppm > ARQ_LOSSY_PPM || a->min_rtt_us > 2 * ARQ_QUEUE_US;
	uint64_t bytes, frames;

	if (a->min_rtt_us < 0)
		return ARQ_WINDOW_UNKNOWN;
	if (wide) {
		bytes = arq_rate(a) * (uint64_t)(a->min_rtt_us + ARQ_ACK_REST_US) /
			1000000;
		frames = bytes * 3 / 2 / 1400 + ARQ_ACK_FRAMES / 2;
	} else {
		frames = a->rate_smooth * ARQ_QUEUE_US / 1000000 / 1400 + 2;
	}
	if (frames < (wide ? ARQ_WINDOW_UNKNOWN : ARQ_WINDOW_MIN))
		return wide ? ARQ_WINDOW_UNKNOWN : ARQ_WINDOW_MIN;
	return frames > ARQ_WINDOW_MAX ? ARQ_WINDOW_MAX : (unsigned)frames;
}

static bool credit_left(const struct arq *a)
{
	return a->in_flight_transit < a->credit;
}

static uint32_t lag_of(
	const struct arq *a, struct flow_item *const *items, unsigned count)
{
	uint32_t lag = 0;

	for (unsigned i = 0; i < count; i++)
		if (items[i]->numbered && a->next_sequence - items[i]->sequence > lag)
			lag = a->next_sequence - items[i]->sequence;
	return lag;
}

static uint32_t largest_lag(const struct arq *a)
{
	uint32_t lag = lag_of(a, a->staged, a->staged_count), l;

	for (size_t i = 0; i < a->sent_count; i++) {
		l = lag_of(a, sent_at(a, i)->items, sent_at(a, i)->count);
		lag = l > lag ? l : lag;
	}
	for (unsigned c = 0; c < FLOW_CLASSES; c++)
		for (struct flow_item *i = a->queue.again[c].head; i != NULL;
			i = i->next) {
			l = lag_of(a, &i, 1);
			lag = l > lag ? l : lag;
		}
	return lag;
}

/* Whether a new sequence may be used: the oldest unacknowledged one must stay well inside
 * the window in which the neighbour tells duplicates, or it would be taken for one. */
static bool sequence_left(struct arq *a)
{
	if (a->next_sequence - a->oldest_sequence < ARQ_SEQUENCE_BITS / 2)
		return true;
	a->oldest_sequence = a->next_sequence - largest_lag(a);
	return a->next_sequence - a->oldest_sequence < ARQ_SEQUENCE_BITS / 2;
}

static struct flow_item *next_item(struct arq *a)
{
	for (unsigned c = 0; c < FLOW_CLASSES; c++) {
		struct flow_item *i = flow_queue_first(
			&a->queue, (enum flow_class)c, credit_left(a) || c != FLOW_BULK);

		if (i != NULL && (i->numbered || sequence_left(a)))
			return i;
	}
	return NULL;
}

bool arq_open(const struct arq *a)
{
	/* what goes to one who does not answer is retried by the radio, at the cost of all */
	return a->probes < PROBES_HOLD && a->in_flight < window_frames(a) &&
	       a->sent_count < SENT_MAX - 1;
}

static bool item_write(struct arq *a, struct flow_item *i, struct writer *w)
{
	size_t begun = message_begin(w, MESSAGE_DATA);

	write_u32(w, i->numbered ? i->sequence : a->next_sequence);
	write_u8(w, (uint8_t)i->kind);
	write_bytes(w, bytes_of(i->body, i->len));
	return message_end(w, begun);
}

/* When a probe is due: something is open, or waits for credit. */
static void probe_arm(struct arq *a, struct instant now)
{
	int64_t wait_us = a->srtt_us * 5 / 2;

	if (a->in_flight == 0 && flow_queue_count(&a->queue) == 0 && !a->asked) {
		a->probes = 0;
		a->probe_at = NEVER;
		return;
	}
	if (a->in_flight == 0 && !a->asked)
		wait_us = ARQ_PERSIST_US;
	else if (wait_us < ARQ_PROBE_MIN_US)
		wait_us = a->srtt_us < 0 ? 100000 : ARQ_PROBE_MIN_US;
	if (a->answer_us != NULL && wait_us < 2 * *a->answer_us)
		wait_us = 2 * *a->answer_us;
	for (unsigned i = PROBES_STEADY; i < a->probes && i < PROBES_STEADY + 8; i++)
		wait_us += wait_us / 2;
	if (wait_us > PROBE_MAX_US)
		wait_us = PROBE_MAX_US;
	a->probe_at = instant_add_us(now, wait_us);
}

void arq_fill(struct arq *a, struct instant now, struct writer *w)
{
	struct flow_item *i;

	check(a->staged_count == 0);
	while (a->staged_count < ARQ_FRAME_ITEMS && (i = next_item(a)) != NULL) {
		if (!item_write(a, i, w))
			break;
		flow_queue_take(&a->queue, i);
		if (!i->numbered) {
			i->sequence = a->next_sequence++;
			i->numbered = true;
		}
		if (i->transit)
			a->in_flight_transit++;
		a->staged[a->staged_count++] = i;
	}
	/* news of credit can be lost: who waits for it asks */
	if (a->staged_count == 0 && a->probe_at.us == NEVER.us)
		probe_arm(a, now);
}

void arq_fill_done(
	struct arq *a, struct instant now, bool sent, uint64_t number, size_t bytes)
{
	struct arq_sent *s;

	if (a->staged_count == 0)
		return;
	if (!sent) {
		staged_return(a);
		return;
	}
	check(a->sent_count < SENT_MAX);
	if (a->sent_count == a->sent_room)
		sent_grow(a);
	s = sent_at(a, a->sent_count++);
	*s = (struct arq_sent){ .number = number,
		.at = now,
		.delivered = a->delivered,
		.delivered_at = a->in_flight > 0 ? a->delivered_at : now,
		.bytes = (uint16_t)bytes,
		.open = true,
		.count = a->staged_count };
	memcpy(s->items, a->staged, sizeof(s->items));
	if (a->in_flight == 0 && a->probes == 0)
		a->last_answer = now;
	a->frames_sent++;
	a->staged_count = 0;
	/* sending more does not put off the question what became of the first */
	if (a->in_flight++ == 0 || a->probe_at.us == NEVER.us)
		probe_arm(a, now);
}

bool arq_probe_due(const struct arq *a, struct instant now)
{
	return instant_due(a->probe_at, now);
}

/* One small frame, never a window: its acknowledgement tells of every open frame whether it
 * arrived, because it has the highest number. */
void arq_probe_sent(struct arq *a, struct instant now)
{
	if (a->in_flight == 0 && a->probes == 0)
		a->last_answer = now;
	if (a->probes++ == 0)
		a->first_probe = now;
	probe_arm(a, now);
}

void arq_probe_request(struct arq *a, struct instant now)
{
	if (a->probes > 0 || a->asked)
		return;
	a->asked = true;
	a->last_answer = now;
	a->probe_at = now;
}

/* The last one may still be on its way. */
static unsigned unanswered(const struct arq *a)
{
	return a->probes > 0 ? a->probes - 1 : 0;
}

/* How likely it is, in ppm, that a working link answers none of its probes: the probe or its
 * acknowledgement is lost, each time. */
static uint32_t chance_ppm(const struct arq *a, uint32_t loss_ppm)
{
	bool known = a->frames_acknowledged + a->frames_lost >= LOSS_TRUSTED;
	uint64_t lost = known || loss_ppm < a->loss_ppm ? a->loss_ppm : loss_ppm;
	uint64_t missing, chance = 1000000;

	/* a quarter for bad luck in the estimate itself */
	lost += lost / 4;
	if (lost > LOSS_MAX_PPM)
		lost = LOSS_MAX_PPM;
	missing = 1000000 - (1000000 - lost) * (1000000 - lost) / 1000000;
	if (missing < UNANSWERED_LEAST_PPM)
		missing = UNANSWERED_LEAST_PPM;
	for (unsigned i = 0; i < unanswered(a) && chance > 0; i++)
		chance = chance * missing / 1000000;
	return (uint32_t)chance;
}

bool arq_suspect(const struct arq *a, uint32_t loss_ppm)
{
	return unanswered(a) > 0 && chance_ppm(a, loss_ppm) <= ARQ_SUSPECT_PPM;
}

bool arq_failed(const struct arq *a, struct instant now, const struct arq_patience *p)
{
	int64_t waited_us = instant_since_us(now, a->last_answer);
	bool silent = p->denied || !instant_before(a->first_probe, p->heard);

	if (p->forgotten && unanswered(a) > 0 && waited_us >= ARQ_SILENT_US)
		return true;
	/* where an answer takes long, or most are lost, chance alone would ask for ever */
	if (unanswered(a) >= ARQ_SILENT_PROBES && waited_us >= ARQ_GONE_US &&
		(waited_us >= ARQ_UNANSWERED_US ||
			instant_since_us(now, p->heard) >= ARQ_GONE_US))
		return true;
	if (a->probes == 0 || chance_ppm(a, p->loss_ppm) > ARQ_SILENT_PPM)
		return false;
	if (silent && unanswered(a) >= ARQ_SILENT_PROBES && waited_us >= ARQ_SILENT_US &&
		(p->denied || waited_us >= p->silent_us))
		return true;
	return a->probes >= ARQ_PROBES_FAILED && waited_us >= ARQ_FAILED_US;
}

static void rtt_sample(struct arq *a, struct instant now, int64_t rtt_us)
{
	if (rtt_us < 1)
		rtt_us = 1;
	a->srtt_us = a->srtt_us < 0 ? rtt_us : (a->srtt_us * 7 + rtt_us) / 8;
	if (a->min_rtt_us < 0 || rtt_us <= a->min_rtt_us ||
		instant_due(instant_add_ms(a->min_rtt_at, MIN_RTT_PERIOD_MS), now)) {
		a->min_rtt_us = rtt_us;
		a->min_rtt_at = now;
	}
}

/* Delivery rate after Cheng et al., draft-cheng-iccrg-delivery-rate-estimation. */
static void rate_sample(struct arq *a, struct instant now, const struct arq_sent *s)
{
	int64_t elapsed_us = instant_since_us(now, s->delivered_at);
	int64_t sent_us = instant_since_us(now, s->at);
	uint64_t rate;

	if (elapsed_us < sent_us)
		elapsed_us = sent_us;
	if (elapsed_us < 1000)
		elapsed_us = 1000;
	rate = (a->delivered - s->delivered) * 1000000 / (uint64_t)elapsed_us;
	if (instant_due(instant_add_ms(a->rate_at, RATE_PERIOD_MS), now)) {
		a->rate[1] = a->rate[0];
		a->rate[0] = 0;
		a->rate_at = now;
	}
	if (rate > a->rate[0])
		a->rate[0] = rate;
	a->rate_smooth = a->rate_smooth == 0 ? rate : (a->rate_smooth * 7 + rate) / 8;
}

uint64_t arq_rate(const struct arq *a)
{
	return a->rate[0] > a->rate[1] ? a->rate[0] : a->rate[1];
}

enum fate { FATE_OPEN, FATE_ARRIVED, FATE_LOST };

static enum fate fate_of(const struct arq_ack *ack, uint64_t number)
{
	uint64_t below;

	if (number > ack->high)
		return FATE_OPEN;
	if (number == ack->high)
		return FATE_ARRIVED;
	below = ack->high - 1 - number;
	if (below + 1 >= ARQ_BITMAP_BITS)
		return FATE_LOST;
	if (below / 8 >= ack->missing.len)
		return FATE_ARRIVED;
	return ack->missing.data[below / 8] >> (below % 8) & 1 ? FATE_LOST : FATE_ARRIVED;
}

static void sent_arrived(struct arq *a, struct arq_sent *s, struct flow_list *done)
{
	struct flow_item *items[ARQ_FRAME_ITEMS];
	unsigned count = s->count;

	memcpy(items, s->items, sizeof(items));
	a->delivered += s->bytes;
	a->frames_acknowledged++;
	loss_note(a, false);
	sent_close(a, s);
	for (unsigned i = 0; i < count; i++)
		flow_list_add(done, items[i]);
}

void arq_acknowledged(struct arq *a, struct instant now, const struct arq_ack *ack,
	struct flow_list *done)
{
	struct arq_sent newest = { 0 };
	bool progress = false;

	for (size_t i = 0; i < a->sent_count; i++) {
		struct arq_sent *s = sent_at(a, i);
		enum fate fate = s->open ? fate_of(ack, s->number) : FATE_OPEN;

		if (fate == FATE_ARRIVED) {
			newest = *s;
			progress = true;
			sent_arrived(a, s, done);
		} else if (fate == FATE_LOST) {
			sent_lost(a, s);
		}
	}
	sent_trim(a);
	if (ack->high >= a->answered) {
		a->answered = ack->high;
		a->credit = ack->credit;
	}
	a->probes = 0;
	a->asked = false;
	a->last_answer = now;
	if (progress) {
		a->delivered_at = now;
		rtt_sample(a, now, instant_since_us(now, newest.at));
		rate_sample(a, now, &newest);
	}
	probe_arm(a, now);
}

struct instant arq_deadline(const struct arq *a, struct instant after)
{
	struct instant ack_at = instant_before(after, a->ack_at) ? a->ack_at : NEVER;
	struct instant probe_at =
		instant_before(after, a->probe_at) ? a->probe_at : NEVER;

	struct instant due = flow_queue_due(&a->queue);

	if (arq_open(a) && instant_before(after, due))
		ack_at = instant_min(ack_at, due);
	return instant_min(ack_at, probe_at);
}
