/* SPDX-License-Identifier: ISC */
/* What the mesh commands show: this node, its neighbours, routes and the map. */
#include "node/daemon/shown.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/control/metrics.h"
#include "node/control/version.h"
#include "node/daemon/pins.h"
#include "node/daemon/resolver.h"

enum {
	HEALTH_MAX = 48,
	COUNTERS_MAX = 32,
	CLOCK_OFF_MINUTES = 10,
	CLASHES_TOLD = 8,
	ID_DIGITS = 16,   /* of an id, where a person is to type it */
	PEER_DOWN_S = 60, /* so long without a session before it is told */
};

struct health_list {
	struct shown_health rows[HEALTH_MAX];
	char text[HEALTH_MAX][512];
	char fix[CLASHES_TOLD][64];
	size_t count;
};

static void health_add(struct health_list *h, const char *code,
	enum shown_severity severity, const char *thing, const char *text,
	const char *fix)
{
	struct text t;

	if (h->count == HEALTH_MAX)
		return;
	t = text_of(h->text[h->count], sizeof(h->text[0]));
	text_string(&t, thing);
	text_string(&t, text);
	h->rows[h->count] = (struct shown_health){ code, severity,
		bytes_of(h->text[h->count], t.len), bytes_of_string(fix) };
	h->count++;
}

static void health_ports(struct daemon *d, struct health_list *h)
{
	size_t open = 0;

	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++) {
		const struct port *p = &d->ports[i];
		char thing[SETTINGS_NAME_MAX + 16];
		struct text t = text_of(thing, sizeof(thing));

		if (!p->used)
			continue;
		open += p->open;
		if (p->trouble == NULL || (p->open && p->kind != PORT_PEERS))
			continue;
		if (p->kind == PORT_PEERS) {
			health_add(h, "listen", SHOWN_ERROR,
				"peers: cannot be let in: ", p->trouble,
				"see who has the port: ss -tulpn; it is tried again by "
				"itself");
			continue;
		}
		text_string(&t, p->name);
		text_string(&t, ": ");
		health_add(h, "interface", SHOWN_WARNING, thing, p->trouble,
			"bring it up; it is taken up again by itself");
	}
	if (open == 0)
		health_add(h, "no-interface", SHOWN_WARNING, "",
			"no interface carries the mesh",
			"start the node with --iface IFACE");
}

static void health_peers(struct daemon *d, struct health_list *h)
{
	const struct carrier *c = ports_peers(d);
	struct peer_status s;

	for (size_t i = 0; c != NULL && peers_at(c, i, &s); i++) {
		char thing[WHERE_TEXT_MAX + 64];
		struct text t = text_of(thing, sizeof(thing));

		if (s.name == NULL || s.down_s < PEER_DOWN_S)
			continue;
		text_string(&t, "peer ");
		text_string(&t, s.name);
		text_string(&t, ": no session for ");
		text_u64(&t, s.down_s / 60);
		text_string(&t, " min: ");
		health_add(h, "peer", SHOWN_WARNING, thing,
			s.trouble != NULL ? s.trouble : "it does not answer",
			"see that qanatd runs there with listen set and in the same "
			"mesh, and that no firewall is between");
	}
}

static void health_folders(struct daemon *d, struct instant now, struct health_list *h)
{
	struct sync *s = node_sync(d->node);
	struct folder_status f;

	for (size_t i = 0; sync_folder_at(s, now, i, &f); i++) {
		const char *path, *reason;
		int error;

		if (f.conflicts > 0)
			health_add(h, "conflict", SHOWN_WARNING, f.name,
				": files with more than one current version",
				"qanat conflicts");
		for (size_t k = 0;
			k < 4 && sync_error_at(s, &f.id, k, &path, &error, &reason);
			k++) {
			char thing[400];
			struct text t = text_of(thing, sizeof(thing));

			text_string(&t, f.name);
			text_string(&t, "/");
			text_string(&t, path != NULL ? path : "");
			text_string(&t, ": ");
			health_add(h, "folder", error == 0 ? SHOWN_INFO : SHOWN_ERROR,
				thing,
				reason != NULL ? reason
					       : strerror(error < 0 ? -error : error),
				"see qanat folders; it is tried again by itself");
		}
	}
}

static void health_clock(struct daemon *d, struct instant now, struct health_list *h)
{
	int64_t off_s = sync_clock_off_s(node_sync(d->node), now);
	uint64_t minutes = (uint64_t)(off_s < 0 ? -off_s : off_s) / 60;
	char told[64];
	struct text t = text_of(told, sizeof(told));

	if (minutes < CLOCK_OFF_MINUTES)
		return;
	text_u64(&t, minutes < 2880 ? minutes : minutes / 1440);
	text_string(&t, minutes < 2880 ? " minutes " : " days ");
	text_string(&t, off_s < 0 ? "behind" : "ahead of");
	text_string(&t, " the members of its folders");
	health_add(h, "clock", SHOWN_WARNING, "this machine's clock is ", told,
		"timedatectl set-ntp true");
}

static void health_ip(struct daemon *d, struct health_list *h)
{
	static const char *const mend =
		"systemctl start qanat-warden, then restart the node";
	enum shown_severity severity = d->ip.warden == NULL ? SHOWN_INFO : SHOWN_WARNING;

	if (d->rules.damaged)
		health_add(h, "allow", SHOWN_ERROR, "",
			"the file allow is damaged: nobody is "
			"allowed anything",
			"qanat allow NODE SERVICE writes it anew");
	if (d->settings.dns && (d->ip.dns_trouble != NULL || !d->ip.open))
		health_add(h, "dns", SHOWN_WARNING,
			"this machine does not ask the node for names: ",
			d->ip.dns_trouble != NULL ? d->ip.dns_trouble : "no IP interface",
			mend);
	if (d->ip.trouble != NULL)
		health_add(
			h, "no-ip", SHOWN_INFO, "no IP interface: ", d->ip.trouble, mend);
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++) {
		const struct port *p = &d->ports[i];

		if (!p->used || p->kind != PORT_UDP || !p->open ||
			(d->ip.guarded & 1u << i))
			continue;
		if (d->settings.guard == GUARD_AUTO && p->state.routed)
			health_add(h, "not-guarded", SHOWN_INFO, p->name,
				": has other addresses, so whoever is in range may reach "
				"this machine's services",
				"guard = on");
		else if (d->settings.guard != GUARD_OFF)
			health_add(h, "not-guarded", severity, p->name,
				": whoever is in range may reach this machine's services",
				mend);
	}
}

static void health_uplink(struct daemon *d, struct health_list *h)
{
	const struct uplink *u = &d->uplink;

	if (!d->settings.gateway && !d->settings.mesh_uplink)
		return;
	if (!d->ip.open)
		health_add(h, "gateway", SHOWN_WARNING,
			d->settings.gateway ? "members cannot leave the mesh here: "
					    : "the mesh cannot be the uplink: ",
			d->ip.warden == NULL ? "the warden is missing"
					     : "there is no IP interface",
			"systemctl start qanat-warden, then restart the node");
	else if (u->gateway_failed || u->routes_failed)
		health_add(h, "gateway", SHOWN_WARNING,
			u->gateway_failed ? "this machine cannot be a gateway"
					  : "no route can lead into the mesh",
			": the warden refused it, and the log says why",
			"mend that, then: systemctl reload qanatd");
	else if (d->settings.gateway && !u->found.ipv6 && !u->found.ipv4)
		health_add(h, "no-uplink", SHOWN_WARNING, "",
			"this gateway leads nowhere: there is no default route "
			"beside the mesh",
			"connect this machine to the Internet");
	if (d->settings.mesh_uplink && d->ip.open && !u->routes && !u->routes_failed)
		health_add(h, "no-gateway", SHOWN_WARNING, "",
			"the mesh is to be the uplink, and no gateway is known",
			"gateway = on, on a node with an uplink");
}

static void health_clash(
	struct health_list *h, const struct node_clash *clash, char *fix, size_t fix_room)
{
	char told[128];
	struct text t = text_of(told, sizeof(told)), f = text_of(fix, fix_room);

	text_string(&f, "qanat name ");
	text_hex(&f, bytes_of(clash->id.b, ID_DIGITS / 2));
	text_string(&f, " NAME");
	if (clash->pin != NULL) {
		text_string(&t, " is pinned to ");
		text_hex(&t, bytes_of(clash->pin->id.b, ID_DIGITS / 2));
		text_string(&t, ", and announced by ");
		text_hex(&t, bytes_of(clash->id.b, ID_DIGITS / 2));
	} else {
		text_string(&t, " is announced by ");
		text_u64(&t, clash->count);
		text_string(&t, " nodes, and means none of them");
	}
	health_add(h, "name-clash", SHOWN_WARNING, clash->name, told, fix);
}

static void health_names(struct daemon *d, struct health_list *h)
{
	struct node_names *names = node_names_new(d->node);
	struct node_clash clash;
	size_t at = 0;

	for (size_t i = 0; i < CLASHES_TOLD && node_clash_next(names, &at, &clash); i++)
		health_clash(h, &clash, h->fix[i], sizeof(h->fix[i]));
	node_names_free(names);
	if (d->pins_error != 0)
		health_add(h, "names", SHOWN_ERROR, "the file of pinned names: ",
			d->pins_error == -EBADMSG ? "damaged" : strerror(-d->pins_error),
			PINS_FIX);
}

/* Somebody must want it before the lack of it is more than a note. */
static void health_dns(struct daemon *d, struct health_list *h)
{
	struct resolver_status s;
	char told[64];
	struct text t = text_of(told, sizeof(told));

	resolver_status(d, &s);
	if (s.trouble == NULL)
		return;
	text_string(&t, "port ");
	text_u64(&t, s.port);
	text_string(&t, " on loopback: ");
	text_string(&t, s.trouble);
	health_add(h, "dns", d->settings.dns ? SHOWN_WARNING : SHOWN_INFO,
		"NAME.qanat is not resolved: ", told,
		"start the node with another --dns-port; it is tried again by itself");
}

static struct shown_dns dns_fill(const struct daemon *d)
{
	struct resolver_status s;

	resolver_status(d, &s);
	return (struct shown_dns){ s.port != 0 ? known(s.port) : (struct known){ 0 },
		s.up, s.queries, s.answered, s.malformed };
}

static void health_mesh(struct daemon *d, struct instant now, struct health_list *h)
{
	struct mesh_status s;

	mesh_status(node_mesh(d->node), now, &s);
	if (d->settings.open)
		health_add(h, "open-mesh", SHOWN_INFO, "",
			"the mesh is open: anybody in range can take part", "");
	else if (!s.joined)
		health_add(h, "no-mesh", SHOWN_WARNING, "",
			"the node is in no mesh and carries nothing",
			"qanat mesh new NAME, qanat mesh join TOKEN, or start it with "
			"--open");
	else if (s.revoked)
		health_add(h, "revoked", SHOWN_ERROR, "",
			"this node was revoked: no member talks to it",
			"a new identity needs a new state directory");
	else if (s.until_s < s.now_s)
		health_add(h, "expired", SHOWN_ERROR, "",
			"the certificate of this node has expired",
			"ask a member who may invite for a token: qanat mesh join TOKEN");
	else if (node_refused(d->node, now) != NULL)
		health_add(h, "refused", SHOWN_WARNING,
			"a neighbour does not let us in: ", node_refused(d->node, now),
			"see qanat mesh members there");
}

static void health_fill(struct daemon *d, struct instant now, struct health_list *h)
{
	h->count = 0;
	health_mesh(d, now, h);
	health_ports(d, h);
	health_ip(d, h);
	health_peers(d, h);
	health_uplink(d, h);
	health_clock(d, now, h);
	health_names(d, h);
	health_dns(d, h);
	health_folders(d, now, h);
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
		s->type = p->kind == PORT_ETHER            ? SHOWN_ETHER
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
	struct node_counters c;

	node_counters(d->node, &c);
	node_ip_counters(d->node, &ip);
	node_gateway_status(d->node, &gateway);
	const struct shown_counter rows[] = { { "frames_in", c.frames_in },
		{ "bytes_in", c.bytes_in }, { "frames_out", c.frames_out },
		{ "bytes_out", c.bytes_out }, { "forwarded", c.forwarded },
		{ "retransmitted", c.retransmitted }, { "acknowledged", c.acknowledged },
		{ "handshakes", c.handshakes }, { "verifications", c.verifications },
		{ "sessions", c.sessions }, { "links", c.links },
		{ "remotes", c.remotes }, { "ip_packets_in", ip.packets_in },
		{ "ip_bytes_in", ip.bytes_in }, { "ip_packets_out", ip.packets_out },
		{ "ip_bytes_out", ip.bytes_out },
		{ "ip_dropped_codel", ip.dropped_codel },
		{ "ip_dropped_full", ip.dropped_full },
		{ "ip_dropped_old", ip.dropped_old }, { "ip_marked", ip.marked },
		{ "ip_waiting", ip.waiting },
		{ "ip_flows", door != NULL ? door_flow_count(door) : 0 },
		{ "gateway_packets_out", gateway.packets_out },
		{ "gateway_packets_in", gateway.packets_in },
		{ "gateway_flows", gateway.flows } };

	_Static_assert(array_len(rows) <= COUNTERS_MAX, "counters");
	memcpy(out, rows, sizeof(rows));
	return array_len(rows);
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

void shown_metrics(struct daemon *d, struct instant now, struct buffer *out)
{
	struct status_parts *parts = mem_new(sizeof(*parts));
	struct shown_status s;

	status_fill(d, now, &s, parts);
	metrics_write(out, &s, NULL, 0);
	mem_free(parts);
}

static struct bytes interface_name(struct daemon *d, uint32_t number)
{
	if (number == 0 || number > NODE_INTERFACES_MAX || !d->ports[number - 1].used)
		return bytes_of(NULL, 0);
	return bytes_of_string(d->ports[number - 1].name);
}

static struct address link_local_of(const struct node_link *l)
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
		.interface = interface_name(d, n->interface),
		.link_local = link_local_of(l),
		.symmetric = n->symmetric,
		.loss_in_ppm = loss_of(n->loss_in_ppm),
		.loss_out_ppm = loss_of(n->loss_out_ppm),
		.rate_bps = n->rate_bps != 0 ? known((int64_t)n->rate_bps)
					     : (struct known){ 0 },
		.rtt_us = known_unless_negative(l->rtt_us),
		.metric = n->symmetric ? known(n->metric) : (struct known){ 0 },
		.last_heard_us = known(instant_since_us(now, n->last_heard)),
		.session = n->usable ? SHOWN_SESSION_UP : SHOWN_NO_SESSION };
}

/* All links, owned by the caller; names are borrowed from them. */
static struct node_link *links_take(struct daemon *d, struct instant now, size_t *count)
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
	struct node_link *links = links_take(d, now, &count);
	struct shown_neighbour *rows = mem_array(count, sizeof(*rows));
	struct node_names *names = node_names_new(d->node);

	for (size_t i = 0; i < count; i++)
		neighbour_fill(d, now, names, &links[i], &rows[i]);
	status_json_neighbours(out, rows, count);
	node_names_free(names);
	mem_free(rows);
	mem_free(links);
}

static void route_fill(struct daemon *d, struct instant now,
	const struct routing_route *r, const struct node_link *links, size_t link_count,
	struct shown_route *out)
{
	*out = (struct shown_route){ .id = r->id,
		.address = r->node,
		.hops = r->hops,
		.metric = known(r->metric),
		.age_us = known(instant_since_us(now, r->since)) };
	for (size_t i = 0; i < link_count; i++) {
		if (links[i].neighbour.link != r->link)
			continue;
		out->next_hop = links[i].neighbour.id;
		out->interface = interface_name(d, links[i].neighbour.interface);
		out->link_local = link_local_of(&links[i]);
	}
}

void shown_routes(struct daemon *d, struct instant now, struct buffer *out)
{
	const struct routing *r = node_routing(d->node);
	size_t count = routing_route_count(r), links_count, used = 0;
	struct node_link *links = links_take(d, now, &links_count);
	struct routing_route *routes = mem_array(count, sizeof(*routes));
	struct shown_route *rows = mem_array(count, sizeof(*rows));
	struct node_names *names = node_names_new(d->node);

	while (used < count && routing_route_at(r, used, &routes[used])) {
		struct node_name name =
			node_name_of(names, &routes[used].node, routes[used].name);

		route_fill(d, now, &routes[used], links, links_count, &rows[used]);
		rows[used].name = bytes_of_string(name.text);
		rows[used].name_pinned = name.pinned;
		rows[used].name_clash = name.clash;
		used++;
	}
	status_json_routes(out, rows, used);
	node_names_free(names);
	mem_free(rows);
	mem_free(routes);
	mem_free(links);
}

void shown_node(struct daemon *d, const struct address *node, struct node_id *id,
	struct bytes *name)
{
	static struct routing_route r;
	const struct node_pin *pin = node_pin_of(d->node, node);

	memset(id, 0, sizeof(*id));
	*name = bytes_of(NULL, 0);
	if (pin != NULL) {
		*id = pin->id;
		*name = bytes_of_string(pin->name);
		return;
	}
	if (routing_route(node_routing(d->node), node, &r)) {
		*id = r.id;
		*name = bytes_of_string(r.name);
		return;
	}
	r.node = node_address(d->node);
	if (id_equal(node, &r.node)) {
		*id = d->self.id;
		*name = bytes_of_string(d->settings.name);
	}
}

static size_t edges_fill(struct daemon *d, struct shown_map_link *out, size_t room)
{
	struct routing_edge e;
	size_t count = 0;
	struct bytes name;

	for (size_t i = 0; count < room && routing_edge_at(node_routing(d->node), i, &e);
		i++) {
		struct shown_map_link l = { .metric = known(e.metric) };

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
