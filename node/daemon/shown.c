/* SPDX-License-Identifier: ISC */
/* What the mesh commands show: this node, its neighbours, routes and the map. */
#include "node/daemon/shown.h"

#include <arpa/inet.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/control/metrics.h"
#include "node/control/version.h"
#include "node/daemon/health.h"
#include "node/daemon/resolver.h"

enum { COUNTERS_MAX = 40 };

static struct shown_dns dns_fill(const struct daemon *d)
{
	struct resolver_status s;

	resolver_status(d, &s);
	return (struct shown_dns){ s.port != 0 ? known(s.port) : (struct known){ 0 },
		s.up, s.queries, s.answered, s.malformed };
}

static size_t interfaces_fill(struct daemon *d, struct shown_interface *out)
{
	size_t count = 0;

	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++) {
		const struct port *p = &d->ports[i];
		struct shown_interface *s = &out[count];

		if (!p->used)
			continue;
		*s = (struct shown_interface){ .name = p->name, .up = p->open };
		s->type = p->kind == PORT_RADIO
				  ? d->settings.radio.ibss ? SHOWN_IBSS : SHOWN_MESH_POINT
			  : p->kind == PORT_ETHER          ? SHOWN_ETHER
			  : p->kind == PORT_PEERS          ? SHOWN_PEERS
			  : p->state.kind == INTERFACE_TAP ? SHOWN_TAP
							   : SHOWN_ETHERNET;
		memcpy(s->mac, p->state.mac, sizeof(s->mac));
		count++;
	}
	return count;
}

static const char *peer_state_name(enum peer_state state)
{
	switch (state) {
	case PEER_RESOLVING:
		return "resolving";
	case PEER_CONNECTING:
		return "connecting";
	case PEER_UP:
		return "up";
	case PEER_MET:
		return "met";
	case PEER_WAITING:
		return "waiting";
	}
	return NULL;
}

/* IPv4 ones as people write them. */
static void endpoint_text(const struct endpoint *e, char out[INET6_ADDRSTRLEN])
{
	bool mapped = peers_is_ipv4(e->address);

	out[0] = '\0';
	if (e->port != 0)
		(void)inet_ntop(mapped ? AF_INET : AF_INET6,
			e->address + (mapped ? 12 : 0), out, INET6_ADDRSTRLEN);
}

static size_t peers_fill(struct daemon *d, struct shown_peer *out,
	char address[PEERS_MAX][INET6_ADDRSTRLEN])
{
	const struct carrier *c = ports_peers(d);
	struct peer_status s;
	size_t count = 0;

	for (; c != NULL && count < PEERS_MAX && peers_at(c, count, &s); count++) {
		endpoint_text(&s.endpoint, address[count]);
		out[count] = (struct shown_peer){ .name = s.name,
			.transport = s.tcp ? "tcp" : "udp",
			.state = peer_state_name(s.state),
			.address = address[count],
			.since_us = known((int64_t)s.since_s * 1000000),
			.down_us = known((int64_t)s.down_s * 1000000),
			.dropped = known((int64_t)s.dropped),
			.trouble = s.trouble };
		if (s.endpoint.port != 0)
			out[count].port = known(s.endpoint.port);
	}
	return count;
}

static size_t counters_fill(struct daemon *d, struct shown_counter *out)
{
	const struct door *door = node_door(d->node);
	struct node_ip_counters ip;
	struct node_gateway gateway;
	struct routing_counters r;
	struct node_counters c;

	node_counters(d->node, &c);
	routing_counters(node_routing(d->node), &r);
	node_ip_counters(d->node, &ip);
	node_gateway_status(d->node, &gateway);
	const struct shown_counter rows[] = { { "frames_in", c.frames_in },
		{ "bytes_in", c.bytes_in }, { "frames_out", c.frames_out },
		{ "bytes_out", c.bytes_out }, { "forwarded", c.forwarded },
		{ "alternates", c.alternates }, { "suspicions", c.suspicions },
		{ "false_alarms", c.false_alarms }, { "retransmitted", c.retransmitted },
		{ "acknowledged", c.acknowledged }, { "handshakes", c.handshakes },
		{ "verifications", c.verifications }, { "sessions", c.sessions },
		{ "links", c.links }, { "remotes", c.remotes },
		{ "ip_packets_in", ip.packets_in }, { "ip_bytes_in", ip.bytes_in },
		{ "ip_packets_out", ip.packets_out }, { "ip_bytes_out", ip.bytes_out },
		{ "ip_dropped_codel", ip.dropped_codel },
		{ "ip_dropped_full", ip.dropped_full },
		{ "ip_dropped_old", ip.dropped_old }, { "ip_marked", ip.marked },
		{ "ip_waiting", ip.waiting },
		{ "ip_flows", door != NULL ? door_flow_count(door) : 0 },
		{ "gateway_packets_out", gateway.packets_out },
		{ "gateway_packets_in", gateway.packets_in },
		{ "gateway_flows", gateway.flows }, { "hellos_taken", r.hellos_taken },
		{ "tcs_taken", r.tcs_taken }, { "path_searches", r.path_searches },
		{ "route_changes", r.route_changes }, { "links_failed", r.links_failed },
		{ "overheard", d->monitor.heard.frames },
		{ "overheard_refused", d->monitor.heard.refused } };

	_Static_assert(array_len(rows) <= COUNTERS_MAX, "counters");
	memcpy(out, rows, sizeof(rows));
	return array_len(rows);
}

static size_t traffic_fill(struct daemon *d, struct shown_traffic out[MESSAGE_KINDS])
{
	size_t count = 0;

	for (unsigned k = MESSAGE_PAD + 1; k < MESSAGE_KINDS; k++) {
		enum message_kind kind = (enum message_kind)k;
		struct node_traffic in = node_traffic(d->node, false, kind),
				    sent = node_traffic(d->node, true, kind);

		out[count++] = (struct shown_traffic){ message_rules[k].name, in.messages,
			sent.messages, in.bytes, sent.bytes };
	}
	return count;
}

/* Every interface that carries the mesh is shut to everything else. */
static bool is_guarded(const struct daemon *d)
{
	uint32_t open = 0;

	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++)
		if (d->ports[i].used && d->ports[i].open && d->ports[i].kind == PORT_UDP)
			open |= 1u << i;
	return (open & ~d->ip.guarded) == 0;
}

/* What a status points to. */
struct status_parts {
	struct shown_interface interfaces[NODE_INTERFACES_MAX];
	struct shown_counter counters[COUNTERS_MAX];
	struct shown_traffic traffic[MESSAGE_KINDS];
	struct shown_peer peers[PEERS_MAX];
	char address[PEERS_MAX][INET6_ADDRSTRLEN];
	struct health_list health;
};

static void status_fill(struct daemon *d, struct instant now, struct shown_status *s,
	struct status_parts *parts)
{
	struct node_names *names = node_names_new(d->node);
	struct address self = node_address(d->node);
	struct node_name name = node_name_of(names, &self, d->settings.name);
	struct folder_status f;
	struct node_gateway g;
	struct node_link l;

	node_gateway_status(d->node, &g);
	node_names_free(names);
	health_fill(d, now, &parts->health);
	*s = (struct shown_status){ .id = d->self.id,
		.name = bytes_of_string(name.text),
		.name_pinned = name.pinned,
		.name_clash = name.clash,
		.address = self,
		.version = QANAT_VERSION,
		.uptime_us = known(instant_since_us(now, d->started)),
		.interfaces = parts->interfaces,
		.interface_count = interfaces_fill(d, parts->interfaces),
		.ip_interface = d->ip.open ? d->ip.name : NULL,
		.ip_mtu = NODE_IP_MTU,
		.guarded = is_guarded(d),
		.gateway = { (g.offers & ROUTING_UPLINK_IPV6) != 0,
			(g.offers & ROUTING_UPLINK_IPV4) != 0, g.via[NODE_IPV6],
			g.via[NODE_IPV4] },
		.nodes = routing_route_count(node_routing(d->node)),
		.health = parts->health.rows,
		.health_count = parts->health.count,
		.counters = parts->counters,
		.counter_count = counters_fill(d, parts->counters),
		.traffic = parts->traffic,
		.traffic_count = traffic_fill(d, parts->traffic),
		.drops = node_drops(d->node),
		.dns = dns_fill(d),
		.peers = parts->peers,
		.peer_count = peers_fill(d, parts->peers, parts->address) };
	for (size_t i = 0; node_link_at(d->node, now, i, &l); i++)
		s->neighbours += l.neighbour.usable;
	while (sync_folder_at(node_sync(d->node), now, s->folders, &f))
		s->folders++;
}

void shown_status(struct daemon *d, struct instant now, struct buffer *out)
{
	struct status_parts *parts = mem_new(sizeof(*parts));
	struct shown_status s;

	status_fill(d, now, &s, parts);
	status_json(out, &s);
	mem_free(parts);
}

void shown_interfaces(struct daemon *d, const char *command, struct buffer *out)
{
	struct shown_interface all[NODE_INTERFACES_MAX];

	status_json_interfaces(out, command, all, interfaces_fill(d, all));
}

void shown_metrics(struct daemon *d, struct instant now, struct buffer *out)
{
	struct status_parts *parts = mem_new(sizeof(*parts));
	struct shown_status s;

	status_fill(d, now, &s, parts);
	metrics_write(out, &s, NULL, 0);
	mem_free(parts);
}

struct bytes shown_interface_name(struct daemon *d, uint32_t number)
{
	if (number == 0 || number > NODE_INTERFACES_MAX || !d->ports[number - 1].used)
		return bytes_of(NULL, 0);
	return bytes_of_string(d->ports[number - 1].name);
}

struct address shown_link_local(const struct node_link *l)
{
	struct address a = { { 0 } };

	if (l->endpoint.port != 0)
		memcpy(a.b, l->endpoint.address, sizeof(a.b));
	return a;
}

static struct known loss_of(uint32_t ppm)
{
	return ppm == UINT32_MAX ? (struct known){ 0 } : known(ppm);
}

static struct known known_unless_zero(int64_t value)
{
	return (struct known){ value != 0, value };
}

/* What the radio says of whom it hears. */
static void air_fill(struct daemon *d, struct instant now, const struct node_link *l,
	struct shown_neighbour *out)
{
	const struct overheard_sender *s;

	if (!wifi_is_port(d, l->neighbour.interface))
		return;
	out->signal_dbm = known_unless_zero(wifi_signal(d, l->endpoint.address));
	s = monitor_of(d, l->endpoint.address);
	if (s == NULL)
		return;
	out->overheard = (struct shown_overheard){ true,
		known_unless_zero(overheard_signal(s)),
		known_unless_zero((int64_t)s->rate * 100000),
		known(airtime_permille(&s->late, now)), known((int64_t)s->frames) };
	if (!out->signal_dbm.is)
		out->signal_dbm = out->overheard.signal_dbm;
}

static void neighbour_fill(struct daemon *d, struct instant now,
	const struct node_names *names, const struct node_link *l,
	struct shown_neighbour *out)
{
	const struct routing_neighbour *n = &l->neighbour;
	struct node_name name = node_name_of(names, &n->node, n->name);

	*out = (struct shown_neighbour){ .id = n->id,
		.name = bytes_of_string(name.text),
		.name_pinned = name.pinned,
		.name_clash = name.clash,
		.address = n->node,
		.interface = shown_interface_name(d, n->interface),
		.link_local = shown_link_local(l),
		.symmetric = n->symmetric,
		.suspect = n->suspect,
		.saving = n->saving,
		.mpr = n->mpr,
		.mpr_selector = n->mpr_selector,
		.loss_in_ppm = loss_of(n->loss_in_ppm),
		.loss_out_ppm = loss_of(n->loss_out_ppm),
		.rate_bps = n->rate_bps != 0 ? known((int64_t)n->rate_bps)
					     : (struct known){ 0 },
		.rtt_us = known_unless_negative(l->rtt_us),
		.metric = n->symmetric ? known(n->metric) : (struct known){ 0 },
		.last_heard_us = known(instant_since_us(now, n->last_heard)),
		.session = n->usable ? SHOWN_SESSION_UP : SHOWN_NO_SESSION };
	air_fill(d, now, l, out);
}

struct node_link *shown_links(struct daemon *d, struct instant now, size_t *count)
{
	struct node_link *all = mem_array(NODE_LINKS_MAX, sizeof(*all));

	*count = 0;
	while (*count < NODE_LINKS_MAX &&
		node_link_at(d->node, now, *count, &all[*count]))
		(*count)++;
	return all;
}

void shown_neighbours(struct daemon *d, struct instant now, struct buffer *out)
{
	size_t count;
	struct node_link *links = shown_links(d, now, &count);
	struct shown_neighbour *rows = mem_array(count, sizeof(*rows));
	struct node_names *names = node_names_new(d->node);

	for (size_t i = 0; i < count; i++)
		neighbour_fill(d, now, names, &links[i], &rows[i]);
	status_json_neighbours(out, rows, count);
	node_names_free(names);
	mem_free(rows);
	mem_free(links);
}

/* A neighbour is known before there is a way to it. */
static bool neighbour_of(
	struct daemon *d, const struct address *node, struct routing_neighbour *out)
{
	for (size_t i = 0; routing_neighbour_at(node_routing(d->node), i, out); i++)
		if (id_equal(&out->node, node))
			return true;
	return false;
}

void shown_node(struct daemon *d, const struct address *node, struct node_id *id,
	struct bytes *name)
{
	static struct routing_neighbour l;
	static struct routing_route r;
	const struct node_pin *pin = node_pin_of(d->node, node);
	struct address self = node_address(d->node);

	memset(id, 0, sizeof(*id));
	*name = bytes_of(NULL, 0);
	if (pin != NULL) {
		*id = pin->id;
		*name = bytes_of_string(pin->name);
	} else if (id_equal(node, &self)) {
		*id = d->self.id;
		*name = bytes_of_string(d->settings.name);
	} else if (routing_route(node_routing(d->node), node, &r)) {
		*id = r.id;
		*name = bytes_of_string(r.name);
	} else if (neighbour_of(d, node, &l)) {
		*id = l.id;
		*name = bytes_of_string(l.name);
	}
}

/* Of a link from or to us, loss and rate are known as well. */
static void edge_measured(
	struct daemon *d, const struct routing_edge *e, struct shown_map_link *out)
{
	struct address self = node_address(d->node);
	bool ours = id_equal(&e->from, &self);
	struct routing_neighbour l;

	if ((!ours && !id_equal(&e->to, &self)) ||
		!neighbour_of(d, ours ? &e->to : &e->from, &l))
		return;
	out->loss_ppm = loss_of(ours ? l.loss_out_ppm : l.loss_in_ppm);
	if (ours && l.rate_bps != 0)
		out->rate_bps = known((int64_t)l.rate_bps);
}

static size_t edges_fill(struct daemon *d, struct shown_map_link *out, size_t room)
{
	struct routing_edge e;
	size_t count = 0;
	struct bytes name;

	for (size_t i = 0; count < room && routing_edge_at(node_routing(d->node), i, &e);
		i++) {
		struct shown_map_link l = { .metric = known(e.metric) };

		edge_measured(d, &e, &l);
		shown_node(d, &e.from, &l.from, &name);
		shown_node(d, &e.to, &l.to, &name);
		if (!id_is_zero(id_bytes(&l.from)) && !id_is_zero(id_bytes(&l.to)))
			out[count++] = l;
	}
	return count;
}

static struct shown_map_node map_node(const struct node_names *names,
	const struct node_id *id, const struct address *node, const char *announced)
{
	struct node_name name = node_name_of(names, node, announced);

	return (struct shown_map_node){ *id, bytes_of_string(name.text), name.pinned,
		name.clash };
}

void shown_map(struct daemon *d, struct buffer *out)
{
	const struct routing *r = node_routing(d->node);
	size_t count = routing_route_count(r), edges = 0;
	struct shown_map_node *nodes = mem_array(count + 1, sizeof(*nodes));
	struct routing_route *routes = mem_array(count, sizeof(*routes));
	struct routing_edge e;
	struct shown_map_link *links;
	struct shown_map m = { .nodes = nodes, .node_count = 1 };
	struct node_names *names = node_names_new(d->node);
	struct address self = node_address(d->node);

	nodes[0] = map_node(names, &d->self.id, &self, d->settings.name);
	for (size_t i = 0; i < count && routing_route_at(r, i, &routes[i]); i++)
		nodes[m.node_count++] =
			map_node(names, &routes[i].id, &routes[i].node, routes[i].name);
	while (routing_edge_at(r, edges, &e))
		edges++;
	links = mem_array(edges, sizeof(*links));
	m.links = links;
	m.link_count = edges_fill(d, links, edges);
	status_json_map(out, &m);
	node_names_free(names);
	mem_free(links);
	mem_free(routes);
	mem_free(nodes);
}
