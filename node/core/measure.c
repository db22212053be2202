/* SPDX-License-Identifier: ISC */
/*
 * Echo and speed. A measurement sends cells for as long as it was told and then asks the
 * other end what arrived; ages are one-way delays over the least one seen, plus half of the
 * least round trip, so that two clocks need not agree.
 *
 *   echo   = token:64 padding            echo-reply = the same
 *   stream = token:64 op:8 rest          op 0 cell: sent_us:64 padding
 *                                        op 1 ask: nothing
 *                                        op 2 report: bytes:64 elapsed_us:64 p50_us:64 p95_us:64
 */
#include "node/core/core.h"

#include <errno.h>
#include <stdlib.h>

#include "node/base/mem.h"

enum { STREAM_CELL, STREAM_ASK, STREAM_REPORT };
enum { TIME_MAX_US = INT32_MAX }; /* half an hour: no measurement takes so long */
enum {
	ASK_AGAIN_MS = 400,
	GIVE_UP_MS = 15000,
	ECHO_LIFE_MS = 60000,
	SPEED_IN_LIFE_MS = 60000
};

int node_echo(struct node *n, struct instant now, const struct address *node, size_t size,
	uint64_t *token)
{
	uint8_t body[1024] = { 0 };
	struct echo *e = &n->echoes[n->echo_next];
	struct routing_route route;
	struct writer w = writer_of(body, sizeof(body));

	if (size < 8 || size > sizeof(body))
		return -EINVAL;
	if (!id_equal(node, &n->self) && !routing_route(n->routing, node, &route))
		return -EHOSTUNREACH;
	n->echo_next = (n->echo_next + 1) % ECHOES_MAX;
	n->measuring = true;
	*e = (struct echo){ true, rng_u64(&n->config.rng), *node, now };
	*token = e->token;
	write_u64(&w, e->token);
	if (id_equal(node, &n->self)) {
		e->used = false;
		event_add(n, &(struct node_event){ .kind = NODE_EVENT_ECHO,
				     .token = *token,
				     .node = *node });
		return 0;
	}
	remote_send(n, now, node, MESSAGE_ECHO, FLOW_INTERACTIVE, bytes_of(body, size));
	return 0;
}

static void echo_answered(
	struct node *n, struct instant now, const struct address *from, uint64_t token)
{
	for (size_t i = 0; i < ECHOES_MAX; i++) {
		struct echo *e = &n->echoes[i];
		struct routing_route route;

		if (!e->used || e->token != token || !id_equal(&e->node, from))
			continue;
		e->used = false;
		if (!routing_route(n->routing, from, &route))
			route.hops = 0;
		event_add(n, &(struct node_event){ .kind = NODE_EVENT_ECHO,
				     .token = token,
				     .node = *from,
				     .hops = route.hops,
				     .rtt_us = instant_since_us(now, e->sent) });
		return;
	}
	drop(&n->drops, DROP_UNWANTED);
}

void echo_receive(struct node *n, struct instant now, const struct address *from,
	const struct message *m)
{
	struct reader r = reader_of(m->body);

	if (m->kind == MESSAGE_ECHO)
		remote_send(n, now, from, MESSAGE_ECHO_REPLY, FLOW_INTERACTIVE, m->body);
	else
		echo_answered(n, now, from, read_u64(&r));
}

int node_speed(struct node *n, struct instant now, const struct address *node,
	unsigned duration_ms, uint64_t *token)
{
	struct routing_route route;

	if (!routing_route(n->routing, node, &route))
		return -EHOSTUNREACH;
	for (size_t i = 0; i < NODE_SPEED_MAX; i++) {
		struct speed_out *s = &n->speed_out[i];

		if (s->used)
			continue;
		n->measuring = true;
		*s = (struct speed_out){ .used = true,
			.token = rng_u64(&n->config.rng),
			.node = *node,
			.until = instant_add_ms(now, duration_ms) };
		s->ask_at = s->until;
		s->give_up = instant_add_ms(s->until, GIVE_UP_MS);
		*token = s->token;
		return 0;
	}
	return -ENOBUFS;
}

bool speed_cell(struct node *n, struct instant now, const struct speed_out *s,
	size_t room, struct writer *w)
{
	(void)n;
	if (instant_due(s->until, now))
		return false;
	write_u64(w, s->token);
	write_u8(w, STREAM_CELL);
	write_i64(w, now.us);
	write_zeros(w, (room < w->room ? room : w->room) - w->len);
	return true;
}

static struct speed_in *speed_in_for(
	struct node *n, struct instant now, const struct address *from, uint64_t token)
{
	struct speed_in *victim = &n->speed_in[0];

	for (size_t i = 0; i < NODE_SPEED_MAX; i++) {
		struct speed_in *s = &n->speed_in[i];

		if (s->used && s->token == token && id_equal(&s->from, from))
			return s;
		if (!s->used || (victim->used && instant_before(s->last, victim->last)))
			victim = s;
	}
	mem_free(victim->delay_us);
	n->measuring = true;
	*victim = (struct speed_in){ .used = true,
		.token = token,
		.from = *from,
		.first = now,
		.last = now,
		.least_delay_us = INT64_MAX,
		.delay_us = mem_array(SPEED_SAMPLES, sizeof(int64_t)) };
	return victim;
}

static void cell_receive(struct node *n, struct instant now, const struct address *from,
	uint64_t token, int64_t sent_us, size_t len)
{
	struct speed_in *s = speed_in_for(n, now, from, token);
	int64_t delay_us = now.us - (sent_us % (INT64_MAX / 4));
	size_t at = s->samples < SPEED_SAMPLES
			    ? s->samples++
			    : (size_t)rng_below(&n->config.rng, s->messages + 1);

	s->bytes += len;
	s->messages++;
	s->last = now;
	if (delay_us < s->least_delay_us)
		s->least_delay_us = delay_us;
	if (at < SPEED_SAMPLES)
		s->delay_us[at] = delay_us;
}

static int compare_i64(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void report_send(
	struct node *n, struct instant now, const struct address *from, uint64_t token)
{
	struct speed_in *s = speed_in_for(n, now, from, token);
	uint8_t body[64];
	struct writer w = writer_of(body, sizeof(body));
	int64_t p50 = 0, p95 = 0;

	if (s->samples > 0) {
		qsort(s->delay_us, s->samples, sizeof(int64_t), compare_i64);
		p50 = s->delay_us[s->samples / 2] - s->least_delay_us;
		p95 = s->delay_us[s->samples * 95 / 100] - s->least_delay_us;
	}
	write_u64(&w, token);
	write_u8(&w, STREAM_REPORT);
	write_u64(&w, s->bytes);
	write_i64(&w, instant_since_us(s->last, s->first));
	write_i64(&w, p50);
	write_i64(&w, p95);
	remote_send(n, now, from, MESSAGE_STREAM, FLOW_INTERACTIVE, writer_bytes(&w));
}

static int64_t half_round_trip(const struct node *n, const struct address *node)
{
	struct routing_route route;

	for (size_t i = 0; i < n->link_places; i++) {
		const struct link *l = n->links[i];

		if (l->used && routing_route(n->routing, node, &route) &&
			route.link == l->id && l->arq.min_rtt_us > 0)
			return l->arq.min_rtt_us / 2 * (int64_t)route.hops;
	}
	return 0;
}

static bool time_is_sane(int64_t us)
{
	return us >= 0 && us <= TIME_MAX_US;
}

static void report_receive(
	struct node *n, const struct address *from, uint64_t token, struct reader *r)
{
	struct node_event e = { .kind = NODE_EVENT_SPEED, .token = token, .node = *from };
	int64_t half = half_round_trip(n, from);

	e.bytes = read_u64(r);
	e.elapsed_us = read_i64(r);
	e.age_p50_us = read_i64(r);
	e.age_p95_us = read_i64(r);
	if (!read_ended(r) || e.bytes > INT64_MAX / 8 || !time_is_sane(e.elapsed_us) ||
		!time_is_sane(e.age_p50_us) || !time_is_sane(e.age_p95_us)) {
		drop(&n->drops, DROP_MALFORMED);
		return;
	}
	e.age_p50_us += half;
	e.age_p95_us += half;
	for (size_t i = 0; i < NODE_SPEED_MAX; i++) {
		struct speed_out *s = &n->speed_out[i];

		if (s->used && s->closing && s->token == token &&
			id_equal(&s->node, from)) {
			s->used = false;
			event_add(n, &e);
			return;
		}
	}
	drop(&n->drops, DROP_UNWANTED);
}

void stream_receive(
	struct node *n, struct instant now, const struct address *from, struct bytes body)
{
	struct reader r = reader_of(body);
	uint64_t token = read_u64(&r);
	unsigned op = read_u8(&r);
	int64_t sent_us;

	if (op == STREAM_CELL) {
		sent_us = read_i64(&r);
		if (read_good(&r)) {
			cell_receive(n, now, from, token, sent_us, body.len);
			return;
		}
	} else if (op == STREAM_ASK && read_ended(&r)) {
		report_send(n, now, from, token);
		return;
	} else if (op == STREAM_REPORT) {
		report_receive(n, from, token, &r);
		return;
	}
	drop(&n->drops, DROP_MALFORMED);
}

static void speed_tick(struct node *n, struct instant now, struct speed_out *s)
{
	uint8_t body[9];
	struct writer w = writer_of(body, sizeof(body));

	if (instant_due(s->give_up, now)) {
		s->used = false;
		event_add(n, &(struct node_event){ .kind = NODE_EVENT_SPEED,
				     .token = s->token,
				     .node = s->node,
				     .result = -ETIMEDOUT });
		return;
	}
	if (!instant_due(s->ask_at, now))
		return;
	/* the first question waits for the cells that are still on their way */
	if (s->closing) {
		write_u64(&w, s->token);
		write_u8(&w, STREAM_ASK);
		remote_send(n, now, &s->node, MESSAGE_STREAM, FLOW_INTERACTIVE,
			writer_bytes(&w));
	}
	s->closing = true;
	s->ask_at = instant_add_ms(now, ASK_AGAIN_MS);
}

void measure_tick(struct node *n, struct instant now)
{
	bool any = false;

	if (!n->measuring)
		return;
	for (size_t i = 0; i < NODE_SPEED_MAX; i++)
		if (n->speed_out[i].used)
			speed_tick(n, now, &n->speed_out[i]);
	for (size_t i = 0; i < NODE_SPEED_MAX; i++) {
		struct speed_in *s = &n->speed_in[i];

		if (s->used &&
			instant_due(instant_add_ms(s->last, SPEED_IN_LIFE_MS), now)) {
			mem_free(s->delay_us);
			*s = (struct speed_in){ 0 };
		}
		any |= s->used || n->speed_out[i].used;
	}
	for (size_t i = 0; i < ECHOES_MAX; i++) {
		if (n->echoes[i].used &&
			instant_due(instant_add_ms(n->echoes[i].sent, ECHO_LIFE_MS), now))
			n->echoes[i].used = false;
		any |= n->echoes[i].used;
	}
	n->measuring = any;
}

struct instant measure_deadline(const struct node *n)
{
	struct instant t = NEVER;

	for (size_t i = 0; n->measuring && i < NODE_SPEED_MAX; i++)
		if (n->speed_out[i].used)
			t = instant_min(t, n->speed_out[i].ask_at);
	return t;
}
