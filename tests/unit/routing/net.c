/* SPDX-License-Identifier: ISC */
/* The network of routing machines; see net.h. */
#include "tests/unit/routing/net.h"

#include <stdlib.h>

#include "node/base/mem.h"
#include "routing/machine.h"

enum { INTERFACE = 1, STEP_LIMIT = 100000, PROBES_US = 100000 };

struct address net_address(unsigned i)
{
	struct address a = { { 0xfd, 0x71 } };
	uint64_t x = (i + 1) * 0x9e3779b97f4a7c15u;

	memcpy(a.b + 2, &x, sizeof(x));
	a.b[15] = (uint8_t)i;
	return a;
}

struct node_id net_id(unsigned i)
{
	struct node_id id;

	memset(id.b, (int)i + 1, sizeof(id.b));
	return id;
}

static void node_start(struct net *n, unsigned i, uint64_t sequence)
{
	struct routing_config config = { .self = net_address(i),
		.self_id = net_id(i),
		.name = "node",
		.rng = n->rng,
		.drops = &n->nodes[i].drops,
		.sequence = sequence,
		.tc_interval_ms = 5000 };

	n->incarnations[i]++;
	n->nodes[i].r = routing_new(&config, n->now);
	routing_interface_add(n->nodes[i].r, n->now, INTERFACE);
	for (unsigned j = 0; j < NET_MAX; j++)
		n->nodes[i].session[j] = n->nodes[j].session[i] = false;
}

struct net *net_new(unsigned count, uint32_t loss_ppm, struct rng rng)
{
	struct net *n = mem_new(sizeof(*n));

	check(count <= NET_MAX);
	n->count = count;
	n->loss_ppm = loss_ppm;
	n->rng = rng;
	n->now = instant_ms(1000);
	heap_init(&n->events);
	for (unsigned i = 0; i < count; i++)
		node_start(n, i, 1);
	return n;
}

void net_free(struct net *n)
{
	while (n->events.count > 0)
		free((void *)(uintptr_t)heap_take(&n->events).value);
	heap_fini(&n->events);
	for (unsigned i = 0; i < n->count; i++)
		routing_free(n->nodes[i].r);
	mem_free(n);
}

void net_join(struct net *n, unsigned a, unsigned b)
{
	n->up[a][b] = n->up[b][a] = true;
}

void net_join_line(struct net *n)
{
	for (unsigned i = 0; i + 1 < n->count; i++)
		net_join(n, i, i + 1);
}

struct net *net_line(unsigned count)
{
	struct net *n = net_new(count, 0, test_rng());

	net_join_line(n);
	EXPECT(net_run_until_right(n, 10000) >= 0, "all find their ways");
	net_run(n, 8000);
	return n;
}

void net_cut(struct net *n, unsigned a, unsigned b)
{
	n->up[a][b] = n->up[b][a] = false;
}

void net_restart(struct net *n, unsigned i, uint64_t sequence)
{
	routing_free(n->nodes[i].r);
	node_start(n, i, sequence);
}

size_t net_sign(struct bytes body, uint8_t *out, size_t room)
{
	static const uint8_t signature[64];

	return routing_signature_attach(body, signature, out, room);
}

static struct net_event *event_add(
	struct net *n, unsigned from, unsigned to, int64_t in_us)
{
	struct net_event *e = mem_new(sizeof(*e));

	e->from = from;
	e->to = to;
	e->incarnation = n->incarnations[to];
	heap_add(&n->events, (uint64_t)instant_add_us(n->now, in_us).us,
		(uint64_t)(uintptr_t)e);
	return e;
}

/* reliably: what is lost comes later */
static void send_to(struct net *n, unsigned from, unsigned to, bool reliably,
	const struct routing_output *out)
{
	int64_t delay = 1000 + (int64_t)rng_below(&n->rng, 2000);
	struct net_event *e;

	if (!n->up[from][to])
		return;
	if (!reliably && rng_chance_ppm(&n->rng, n->loss_ppm))
		return;
	while (reliably && rng_chance_ppm(&n->rng, n->loss_ppm))
		delay += 20000;
	e = event_add(n, from, to, delay);
	e->out = *out;
	e->told = reliably;
}

/* link: of the one that it is for, or 0 */
static void send(struct net *n, unsigned from, uint32_t link, struct routing_output *out)
{
	struct net_node *node = &n->nodes[from];

	if (out->sign) {
		uint8_t body[ROUTING_MESSAGE_MAX];

		out->len = net_sign(bytes_of(out->body, out->len), body, sizeof(body));
		check(out->len > 0);
		memcpy(out->body, body, out->len);
	}
	if (out->kind == MESSAGE_TC && out->sign && from == n->capture)
		n->captured = *out;
	node->bytes += out->len;
	if (link != 0) {
		node->unicasts++;
		send_to(n, from, link - 1, true, out);
		return;
	}
	node->broadcasts++;
	for (unsigned j = 0; j < n->count; j++)
		if (j != from)
			send_to(n, from, j, false, out);
}

static void pull(struct net *n, unsigned i)
{
	struct routing_output out;
	unsigned steps = 0;

	while (routing_take(n->nodes[i].r, n->now, INTERFACE, &out)) {
		check(++steps < STEP_LIMIT);
		send(n, i, 0, &out);
	}
	for (unsigned j = 0; j < n->count; j++)
		while (routing_take_link(n->nodes[i].r, n->now, j + 1, &out)) {
			check(++steps < STEP_LIMIT);
			send(n, i, j + 1, &out);
		}
}

/* What core would do with a signed message. */
static bool deliver_signed(struct net *n, const struct net_event *e)
{
	struct routing *r = n->nodes[e->to].r;
	struct bytes body = bytes_of(e->out.body, e->out.len);
	struct routing_signed s;

	check(routing_signed_parse(&s, e->out.kind, body));
	if (!routing_is_news(r, e->out.kind, INTERFACE, &s.originator, s.sequence)) {
		if (e->out.kind == MESSAGE_TC)
			routing_copy(r, n->now, e->from + 1, &s);
		return false;
	}
	if (e->out.kind == MESSAGE_TC)
		return routing_tc(r, n->now, e->from + 1, e->told, body);
	if (!routing_hello(r, n->now, INTERFACE, e->from + 1, body))
		return false;
	if (!n->nodes[e->to].session[e->from])
		event_add(n, e->from, e->to, 30000)->session = true;
	return true;
}

static void session_up(struct net *n, unsigned a, unsigned b)
{
	if (!n->up[a][b] || (n->nodes[a].session[b] && n->nodes[b].session[a]))
		return;
	n->nodes[a].session[b] = n->nodes[b].session[a] = true;
	routing_link_usable(n->nodes[a].r, n->now, b + 1, true);
	routing_link_usable(n->nodes[b].r, n->now, a + 1, true);
	pull(n, a);
	pull(n, b);
}

/* What core's probes of node `from` by node `to` have come to. */
static void answer_doubt(struct net *n, const struct net_event *e)
{
	struct routing *r = n->nodes[e->to].r;

	if (n->up[e->from][e->to] && n->up[e->to][e->from]) {
		routing_link_alive(r, n->now, e->from + 1, true);
		return;
	}
	routing_link_failed(r, n->now, e->from + 1);
	routing_link_usable(r, n->now, e->from + 1, false);
	n->nodes[e->to].session[e->from] = false;
}

static void deliver(struct net *n, const struct net_event *e)
{
	if (e->incarnation != n->incarnations[e->to])
		return;
	if (e->session)
		session_up(n, e->from, e->to);
	else if (e->doubt)
		answer_doubt(n, e);
	else if (e->out.kind == MESSAGE_BEAT)
		(void)routing_beat(n->nodes[e->to].r, n->now, INTERFACE, e->from + 1,
			bytes_of(e->out.body, e->out.len));
	else if (e->out.kind == MESSAGE_LSDB)
		(void)routing_lsdb(n->nodes[e->to].r, n->now, e->from + 1,
			bytes_of(e->out.body, e->out.len));
	else
		(void)deliver_signed(n, e);
	pull(n, e->to);
}

static void count_changes(struct net *n, unsigned i)
{
	struct net_node *node = &n->nodes[i];

	for (unsigned j = 0; j < n->count; j++) {
		struct address a = net_address(j);
		struct routing_route route = { .link = 0 };

		if (!routing_route(node->r, &a, &route))
			route.link = 0;
		if (route.link != node->last_link[j])
			node->route_changes++;
		node->last_link[j] = route.link;
	}
}

/* What is remembered is what would be found by looking again. */
static void memory_is_fresh(struct routing *r)
{
	struct instant deadline = routing_deadline(r), output_due = r->output_due;
	uint64_t digest = r->lsdb.digest;

	r->planned = false;
	check(routing_deadline(r).us == deadline.us);
	check(r->output_due.us == output_due.us);
	check(lsdb_digest(&r->lsdb) == digest);
}

/* The routes that are kept are those that a search would find. */
static void routes_are_fresh(struct routing *r, struct instant now)
{
	uint64_t generation = r->generation;

	if (r->links_dirty || r->near_unknown || r->lsdb.changes != r->lsdb_changes)
		return;
	routes_search(r, now);
	check(r->generation == generation);
	r->planned = false;
}

static void ask(struct net *n, unsigned i)
{
	uint32_t link;

	while (routing_doubt_take(n->nodes[i].r, n->now, &link))
		event_add(n, link - 1, i, PROBES_US)->doubt = true;
}

/* Until `end`, or the next thing happening: one of them. */
static void step(struct net *n, struct instant end)
{
	struct instant next = end;

	for (unsigned i = 0; i < n->count; i++) {
		if (!n->hurried) {
			memory_is_fresh(n->nodes[i].r);
			routes_are_fresh(n->nodes[i].r, n->now);
		}
		next = instant_min(next, routing_deadline(n->nodes[i].r));
	}
	if (n->events.count > 0)
		next = instant_min(
			next, instant_us((int64_t)heap_first(&n->events)->key));
	n->now = instant_max(n->now, next);
	for (unsigned i = 0; i < n->count; i++) {
		if (!instant_due(routing_deadline(n->nodes[i].r), n->now))
			continue;
		routing_tick(n->nodes[i].r, n->now);
		ask(n, i);
		pull(n, i);
		count_changes(n, i);
	}
	while (n->events.count > 0 && (int64_t)heap_first(&n->events)->key <= n->now.us) {
		struct net_event *e = (void *)(uintptr_t)heap_take(&n->events).value;

		deliver(n, e);
		count_changes(n, e->to);
		free(e);
	}
}

void net_run(struct net *n, int64_t ms)
{
	struct instant end = instant_add_ms(n->now, ms);

	while (instant_before(n->now, end))
		step(n, end);
}

static void true_hops(const struct net *n, unsigned from, unsigned hops[NET_MAX])
{
	unsigned queue[NET_MAX], head = 0, tail = 0;

	for (unsigned i = 0; i < n->count; i++)
		hops[i] = UINT32_MAX;
	hops[from] = 0;
	queue[tail++] = from;
	while (head < tail) {
		unsigned here = queue[head++];

		for (unsigned j = 0; j < n->count; j++)
			if (n->up[here][j] && hops[j] == UINT32_MAX) {
				hops[j] = hops[here] + 1;
				queue[tail++] = j;
			}
	}
}

/* Goes from node to node by their next hops. */
static bool walk_arrives(const struct net *n, unsigned from, unsigned to, unsigned limit)
{
	struct address a = net_address(to);
	struct routing_route route;

	for (unsigned steps = 0; from != to; steps++) {
		if (steps == limit || !routing_route(n->nodes[from].r, &a, &route))
			return false;
		if (!n->up[from][route.link - 1])
			return false;
		from = route.link - 1;
	}
	return true;
}

static bool routes_right(const struct net *n, unsigned i)
{
	unsigned hops[NET_MAX], reachable = 0;

	true_hops(n, i, hops);
	for (unsigned j = 0; j < n->count; j++) {
		if (j == i || hops[j] == UINT32_MAX)
			continue;
		reachable++;
		if (!walk_arrives(n, i, j, n->loss_ppm > 0 ? n->count : hops[j]))
			return false;
	}
	return routing_route_count(n->nodes[i].r) == reachable;
}

bool net_is_right(struct net *n)
{
	for (unsigned i = 0; i < n->count; i++)
		if (!routes_right(n, i))
			return false;
	return true;
}

double net_run_until_right(struct net *n, int64_t limit_ms)
{
	struct instant begun = n->now;

	while (instant_since_us(n->now, begun) < limit_ms * 1000) {
		net_run(n, 20);
		if (net_is_right(n))
			return (double)instant_since_us(n->now, begun) / 1e6;
	}
	return -1;
}

void net_count_anew(struct net *n)
{
	for (unsigned i = 0; i < n->count; i++) {
		struct net_node *node = &n->nodes[i];

		count_changes(n, i);
		node->route_changes = 0;
		node->broadcasts = node->unicasts = node->bytes = 0;
	}
}

uint64_t net_route_changes(struct net *n)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < n->count; i++)
		sum += n->nodes[i].route_changes;
	return sum;
}
