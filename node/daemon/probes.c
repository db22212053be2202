/* SPDX-License-Identifier: ISC */
/* ping, trace and speed: requests that run until their answers have come, or will not. */
#include <errno.h>
#include <string.h>

#include "node/control/probes.h"
#include "node/daemon/client.h"
#include "node/daemon/shown.h"

enum { ECHO_SIZE = 64, ECHO_WAIT_MS = 5000, TRACE_AGAIN_MS = 1500, TRACE_WAIT_MS = 6000 };

static void echo_progress(
	struct client *c, unsigned number, int64_t rtt_us, unsigned hops)
{
	struct shown_echo e = { .number = number,
		.rtt_us = known_unless_negative(rtt_us),
		.hops = rtt_us >= 0 ? known(hops) : (struct known){ 0 } };
	struct buffer json;

	if (!c->request.progress)
		return;
	buffer_init(&json, REPLY_OTHER_MAX);
	probes_json_echo(&json, &e);
	client_say(c, REPLY_PROGRESS, &json);
	buffer_fini(&json);
}

static struct client_echo *echo_place(struct client *c)
{
	struct client_echo *oldest = &c->echoes[0];

	for (size_t i = 0; i < ECHOES_OPEN; i++) {
		if (!c->echoes[i].open)
			return &c->echoes[i];
		if (instant_before(c->echoes[i].sent, oldest->sent))
			oldest = &c->echoes[i];
	}
	return oldest;
}

static int echo_send(
	struct client *c, struct instant now, const struct address *node, unsigned number)
{
	struct client_echo *e = echo_place(c);
	uint64_t token;
	int err = node_echo(c->daemon->node, now, node, ECHO_SIZE, &token);

	if (err == 0)
		*e = (struct client_echo){ token, number, now, true };
	return err;
}

static void ping_finish(struct client *c)
{
	struct shown_ping p = {
		.address = c->node, .sent = c->sent, .received = c->received
	};
	struct buffer json;

	shown_node(c->daemon, &c->node, &p.node, &p.name);
	if (c->received > 0) {
		p.rtt_min_us = known(c->rtt_min_us);
		p.rtt_max_us = known(c->rtt_max_us);
		p.rtt_avg_us = known(c->rtt_sum_us / c->received);
		p.hops = known(c->hops);
	}
	buffer_init(&json, REPLY_JSON_MAX);
	probes_json_ping(&json, &p);
	client_say(c, REPLY_ANSWER, &json);
	reply_exit(&c->out, c->received > 0 ? EXIT_DONE : EXIT_TIMEOUT);
	c->running = false;
	c->ended = true;
	buffer_fini(&json);
}

static void ping_tick(struct client *c, struct instant now)
{
	bool open = false;

	while (c->sent < c->request.count && instant_due(c->next_at, now)) {
		(void)echo_send(c, now, &c->node, ++c->sent);
		c->next_at = instant_add_ms(c->next_at, (int64_t)c->request.interval_ms);
	}
	for (size_t i = 0; i < ECHOES_OPEN; i++) {
		struct client_echo *e = &c->echoes[i];

		if (!e->open)
			continue;
		if (instant_due(instant_add_ms(e->sent, ECHO_WAIT_MS), now)) {
			e->open = false;
			echo_progress(c, e->number, -1, 0);
			continue;
		}
		open = true;
	}
	if (c->sent == c->request.count && !open)
		ping_finish(c);
}

static void ping_echo(struct client *c, struct instant now, const struct client_echo *e,
	const struct node_event *event)
{
	if (c->received == 0 || event->rtt_us < c->rtt_min_us)
		c->rtt_min_us = event->rtt_us;
	if (event->rtt_us > c->rtt_max_us)
		c->rtt_max_us = event->rtt_us;
	c->rtt_sum_us += event->rtt_us;
	c->received++;
	c->hops = event->hops;
	echo_progress(c, e->number, event->rtt_us, event->hops);
	ping_tick(c, now);
}

static void trace_finish(struct client *c)
{
	struct shown_hop hops[ROUTING_PATH_MAX];
	char names[ROUTING_PATH_MAX][ROUTING_NAME_MAX + 1];
	struct shown_trace t = { .hops = hops, .hop_count = c->path_len };
	struct node_names *called = node_names_new(c->daemon->node);
	struct buffer json;

	memset(hops, 0, sizeof(hops));
	for (size_t i = 0; i < c->path_len; i++) {
		struct bytes name;
		struct text copy = text_of(names[i], sizeof(names[i]));

		shown_node(c->daemon, &c->path[i], &hops[i].id, &name);
		text_chars(&copy, (const char *)name.data, name.len);
		hops[i].name = bytes_of(names[i], copy.len);
		hops[i].name_clash = node_name_of(called, &c->path[i], names[i]).clash;
		hops[i].rtt_us = known_unless_negative(c->path_rtt_us[i]);
	}
	node_names_free(called);
	shown_node(c->daemon, &c->node, &t.node, &t.name);
	buffer_init(&json, REPLY_JSON_MAX);
	probes_json_trace(&json, &t);
	client_say(c, REPLY_ANSWER, &json);
	reply_exit(
		&c->out, c->path_rtt_us[c->path_len - 1] >= 0 ? EXIT_DONE : EXIT_TIMEOUT);
	c->running = false;
	c->ended = true;
	buffer_fini(&json);
}

static void trace_ask(struct client *c, struct instant now)
{
	for (size_t i = 0; i < c->path_len; i++)
		if (c->path_rtt_us[i] < 0)
			(void)echo_send(c, now, &c->path[i], (unsigned)i);
	c->next_at = instant_add_ms(now, TRACE_AGAIN_MS);
}

static void trace_tick(struct client *c, struct instant now)
{
	bool missing = false;

	for (size_t i = 0; i < c->path_len; i++)
		missing = missing || c->path_rtt_us[i] < 0;
	if (!missing || instant_due(instant_add_ms(c->begun, TRACE_WAIT_MS), now))
		trace_finish(c);
	else if (instant_due(c->next_at, now))
		trace_ask(c, now);
}

static void speed_finish(struct client *c, const struct node_event *e)
{
	struct shown_speed s = { .asked_us =
					 known((int64_t)c->request.duration_ms * 1000) };
	struct buffer json;

	if (e->result < 0) {
		client_fail(c, EXIT_TIMEOUT, c->request.node,
			"it did not report what arrived",
			"is it still reachable? qanat ping NODE");
		return;
	}
	shown_node(c->daemon, &c->node, &s.node, &s.name);
	s.lasted_us = known(e->elapsed_us);
	s.bytes = known((int64_t)e->bytes);
	if (e->elapsed_us > 0)
		s.goodput_bps = known((int64_t)(e->bytes * 8 * 1000 /
						((uint64_t)e->elapsed_us / 1000 + 1)));
	s.age_p50_us = known(e->age_p50_us);
	s.age_p95_us = known(e->age_p95_us);
	buffer_init(&json, REPLY_JSON_MAX);
	probes_json_speed(&json, &s);
	client_answer(c, &json);
	buffer_fini(&json);
}

static void speed_begin(struct client *c, struct instant now)
{
	int err = node_speed(c->daemon->node, now, &c->node,
		(unsigned)c->request.duration_ms, &c->token);

	if (err == -EHOSTUNREACH)
		client_fail(c, EXIT_TIMEOUT, c->request.node, "not reachable", NULL);
	else if (err < 0)
		client_fail(c, EXIT_FAILED, "speed", strerror(-err), NULL);
}

void probe_begin(struct client *c, struct instant now)
{
	c->running = true;
	if (!client_node(c, &c->node))
		return;
	if (c->request.command == COMMAND_SPEED) {
		speed_begin(c, now);
		return;
	}
	if (c->request.command == COMMAND_PING) {
		ping_tick(c, now);
		return;
	}
	c->path_len = routing_path(node_routing(c->daemon->node), &c->node, c->path);
	for (size_t i = 0; i < c->path_len; i++)
		c->path_rtt_us[i] = -1;
	if (c->path_len == 0)
		client_fail(c, EXIT_TIMEOUT, c->request.node, "not reachable", NULL);
	else
		trace_ask(c, now);
}

void probe_tick(struct client *c, struct instant now)
{
	if (c->request.command == COMMAND_PING)
		ping_tick(c, now);
	else if (c->request.command == COMMAND_TRACE)
		trace_tick(c, now);
}

void probe_event(struct client *c, struct instant now, const struct node_event *e)
{
	if (e->kind == NODE_EVENT_SPEED && c->request.command == COMMAND_SPEED &&
		e->token == c->token) {
		speed_finish(c, e);
		return;
	}
	if (e->kind != NODE_EVENT_ECHO)
		return;
	for (size_t i = 0; i < ECHOES_OPEN; i++) {
		struct client_echo *echo = &c->echoes[i];

		if (!echo->open || echo->token != e->token)
			continue;
		echo->open = false;
		if (c->request.command == COMMAND_TRACE) {
			c->path_rtt_us[echo->number] = e->rtt_us;
			trace_tick(c, now);
		} else if (c->request.command == COMMAND_PING) {
			ping_echo(c, now, echo, e);
		}
		return;
	}
}
