/* SPDX-License-Identifier: ISC */
/* The node and the mesh as JSON objects: one function for each, one struct for one object. */
#include "node/control/status.h"

#include "node/base/text.h"

static const char *interface_type_name(enum shown_interface_type type)
{
	switch (type) {
	case SHOWN_MESH_POINT:
		return "mesh-point";
	case SHOWN_IBSS:
		return "ibss";
	case SHOWN_ETHERNET:
		return "ethernet";
	case SHOWN_TAP:
		return "tap";
	case SHOWN_ETHER:
		return "ether";
	case SHOWN_PEERS:
		return "peers";
	}
	return NULL;
}

static const char *severity_name(enum shown_severity severity)
{
	switch (severity) {
	case SHOWN_INFO:
		return "info";
	case SHOWN_WARNING:
		return "warning";
	case SHOWN_ERROR:
		return "error";
	}
	return NULL;
}

static const char *session_name(enum shown_session session)
{
	switch (session) {
	case SHOWN_NO_SESSION:
		return NULL;
	case SHOWN_HANDSHAKE:
		return "handshake";
	case SHOWN_SESSION_UP:
		return "up";
	}
	return NULL;
}

static void write_name(
	struct json_out *j, struct bytes name, bool name_pinned, bool name_clash)
{
	json_out_text(j, "name", name);
	json_out_bool(j, "name_pinned", name_pinned);
	json_out_bool(j, "name_clash", name_clash);
}

static void write_node(struct json_out *j, const struct shown_status *s)
{
	json_out_object(j, "node");
	json_out_hex(j, "id", id_bytes(&s->id));
	write_name(j, s->name, s->name_pinned, s->name_clash);
	json_out_address(j, "address", &s->address);
	json_out_seconds(j, "uptime_s", s->uptime_us);
	json_out_string(j, "version", s->version);
	json_out_close(j);
}

static void write_interfaces(
	struct json_out *j, const struct shown_interface *interfaces, size_t count)
{
	json_out_array(j, "interfaces");
	for (size_t i = 0; i < count; i++) {
		const struct shown_interface *n = &interfaces[i];

		json_out_object(j, NULL);
		json_out_string(j, "name", n->name);
		json_out_string(j, "type", interface_type_name(n->type));
		json_out_mac(j, "mac", n->mac);
		json_out_bool(j, "up", n->up);
		json_out_close(j);
	}
	json_out_close(j);
}

static void write_peers(struct json_out *j, const struct shown_status *s)
{
	json_out_array(j, "peers");
	for (size_t i = 0; i < s->peer_count; i++) {
		const struct shown_peer *p = &s->peers[i];

		json_out_object(j, NULL);
		json_out_string(j, "peer", p->name);
		json_out_string(j, "state", p->state);
		json_out_string(j, "transport", p->transport);
		json_out_string(j, "address", p->address);
		json_out_known(j, "port", p->port);
		json_out_seconds(j, "since_s", p->since_us);
		json_out_seconds(j, "down_s", p->down_us);
		json_out_known(j, "dropped", p->dropped);
		json_out_string(j, "trouble", p->trouble);
		json_out_close(j);
	}
	json_out_close(j);
}

static void write_health(struct json_out *j, const struct shown_status *s)
{
	json_out_array(j, "health");
	for (size_t i = 0; i < s->health_count; i++) {
		const struct shown_health *h = &s->health[i];

		json_out_object(j, NULL);
		json_out_string(j, "code", h->code);
		json_out_string(j, "severity", severity_name(h->severity));
		json_out_text(j, "text", h->text);
		json_out_text(j, "fix", h->fix);
		json_out_close(j);
	}
	json_out_close(j);
}

static void write_counters(struct json_out *j, const struct shown_status *s)
{
	json_out_object(j, "counters");
	for (size_t i = 0; i < s->counter_count; i++)
		json_out_u64(j, s->counters[i].name, s->counters[i].value);
	json_out_close(j);
	json_out_array(j, "messages");
	for (size_t i = 0; i < s->traffic_count; i++) {
		json_out_object(j, NULL);
		json_out_string(j, "kind", s->traffic[i].kind);
		json_out_u64(j, "in", s->traffic[i].in);
		json_out_u64(j, "out", s->traffic[i].out);
		json_out_u64(j, "bytes_in", s->traffic[i].bytes_in);
		json_out_u64(j, "bytes_out", s->traffic[i].bytes_out);
		json_out_close(j);
	}
	json_out_close(j);
	json_out_object(j, "drops");
	for (enum drop_reason r = 0; r < DROP_REASONS; r++)
		json_out_u64(j, drop_name(r), s->drops != NULL ? s->drops->count[r] : 0);
	json_out_close(j);
}

static void write_dns(struct json_out *j, const struct shown_dns *d)
{
	json_out_object(j, "dns");
	json_out_known(j, "port", d->port);
	json_out_bool(j, "up", d->up);
	json_out_u64(j, "queries", d->queries);
	json_out_u64(j, "answered", d->answered);
	json_out_u64(j, "malformed", d->malformed);
	json_out_close(j);
}

static void write_gateway(struct json_out *j, const struct shown_gateway *g)
{
	json_out_object(j, "gateway");
	json_out_array(j, "offers");
	if (g->offers_ipv6)
		json_out_string(j, NULL, "ipv6");
	if (g->offers_ipv4)
		json_out_string(j, NULL, "ipv4");
	json_out_close(j);
	json_out_object(j, "uses");
	json_out_address(j, "ipv6", &g->uses_ipv6);
	json_out_address(j, "ipv4", &g->uses_ipv4);
	json_out_close(j);
	json_out_close(j);
}

void status_json(struct buffer *out, const struct shown_status *s)
{
	struct json_out j = json_out_of(out, "status");

	write_node(&j, s);
	write_interfaces(&j, s->interfaces, s->interface_count);
	json_out_object(&j, "ip");
	json_out_string(&j, "interface", s->ip_interface);
	json_out_known(&j, "mtu",
		s->ip_interface != NULL ? known(s->ip_mtu) : (struct known){ 0 });
	json_out_bool(&j, "guarded", s->guarded);
	json_out_close(&j);
	write_gateway(&j, &s->gateway);
	json_out_u64(&j, "neighbours", s->neighbours);
	json_out_u64(&j, "nodes", s->nodes);
	json_out_u64(&j, "folders", s->folders);
	write_health(&j, s);
	write_counters(&j, s);
	write_dns(&j, &s->dns);
	write_peers(&j, s);
	json_out_finish(&j);
}

static void write_overheard(struct json_out *j, const struct shown_overheard *o)
{
	if (!o->is) {
		json_out_null(j, "overheard");
		return;
	}
	json_out_object(j, "overheard");
	json_out_known(j, "signal_dbm", o->signal_dbm);
	json_out_known(j, "rate_bps", o->rate_bps);
	json_out_decimal(j, "airtime", o->airtime_permille, 3);
	json_out_known(j, "frames", o->frames);
	json_out_close(j);
}

static void write_neighbour(struct json_out *j, const struct shown_neighbour *n)
{
	json_out_object(j, NULL);
	json_out_hex(j, "id", id_bytes(&n->id));
	write_name(j, n->name, n->name_pinned, n->name_clash);
	json_out_address(j, "address", &n->address);
	json_out_text(j, "interface", n->interface);
	json_out_address(j, "link_local", &n->link_local);
	json_out_bool(j, "symmetric", n->symmetric);
	json_out_bool(j, "suspect", n->suspect);
	json_out_bool(j, "saving", n->saving);
	json_out_bool(j, "mpr", n->mpr);
	json_out_bool(j, "mpr_selector", n->mpr_selector);
	json_out_decimal(j, "loss_in", n->loss_in_ppm, 6);
	json_out_decimal(j, "loss_out", n->loss_out_ppm, 6);
	json_out_known(j, "rate_bps", n->rate_bps);
	json_out_seconds(j, "rtt_s", n->rtt_us);
	json_out_known(j, "metric", n->metric);
	json_out_seconds(j, "last_heard_s", n->last_heard_us);
	json_out_known(j, "signal_dbm", n->signal_dbm);
	write_overheard(j, &n->overheard);
	json_out_string(j, "session", session_name(n->session));
	json_out_close(j);
}

void status_json_neighbours(
	struct buffer *out, const struct shown_neighbour *neighbours, size_t count)
{
	struct json_out j = json_out_of(out, "neighbours");

	json_out_array(&j, "neighbours");
	for (size_t i = 0; i < count; i++)
		write_neighbour(&j, &neighbours[i]);
	json_out_close(&j);
	json_out_finish(&j);
}

static void write_route(struct json_out *j, const struct shown_route *r)
{
	json_out_object(j, NULL);
	json_out_hex(j, "id", id_bytes(&r->id));
	write_name(j, r->name, r->name_pinned, r->name_clash);
	json_out_address(j, "address", &r->address);
	json_out_u64(j, "hops", r->hops);
	json_out_known(j, "metric", r->metric);
	json_out_object(j, "next_hop");
	json_out_hex(j, "id", id_bytes(&r->next_hop));
	write_name(j, r->next_name, r->next_pinned, r->next_clash);
	json_out_text(j, "interface", r->interface);
	json_out_address(j, "link_local", &r->link_local);
	json_out_close(j);
	json_out_seconds(j, "age_s", r->age_us);
	json_out_close(j);
}

static const struct {
	const char *word, *text;
} verdicts[] = {
	[SHOWN_CHOSEN] = { "chosen", "chosen" },
	[SHOWN_ALTERNATE] = { "alternate", "alternate, ready when the link fails" },
	[SHOWN_EQUAL] = { "equal", "as good, but the present one stays" },
	[SHOWN_DEARER] = { "dearer", "dearer" },
	[SHOWN_LOOPS] = { "loops", "would come back through us" },
	[SHOWN_SUSPECT] = { "suspect", "its link is under suspicion" },
	[SHOWN_NO_WAY] = { "no-way", "no way from there" },
};

/* By how much a way is dearer than the best, rounded up; unknown: it is not, or neither is. */
static struct known dearer_percent(struct known best, struct known metric)
{
	if (!best.is || !metric.is || best.value <= 0 || metric.value <= best.value)
		return (struct known){ 0 };
	return known(((metric.value - best.value) * 100 + best.value - 1) / best.value);
}

/* The verdict in words: what makes it dearer is told of an alternate as well. */
static void write_verdict(
	struct json_out *j, const struct shown_candidate *c, struct known percent)
{
	char words[96];
	struct text t = text_of(words, sizeof(words));

	text_string(&t, verdicts[c->verdict].text);
	if (percent.is && (c->verdict == SHOWN_DEARER || c->verdict == SHOWN_ALTERNATE)) {
		text_string(&t, c->verdict == SHOWN_DEARER ? " by " : "; dearer by ");
		text_i64(&t, percent.value);
		text_string(&t, " %");
	}
	json_out_string(j, "verdict", verdicts[c->verdict].word);
	json_out_string(j, "text", words);
}

static void write_candidate(
	struct json_out *j, const struct shown_candidate *c, struct known best)
{
	struct known percent = dearer_percent(best, c->metric), onward = { 0 };

	if (c->metric.is && c->link_metric.is)
		onward = known_unless_negative(c->metric.value - c->link_metric.value);
	json_out_object(j, NULL);
	json_out_object(j, "next_hop");
	json_out_hex(j, "id", id_bytes(&c->id));
	write_name(j, c->name, c->name_pinned, c->name_clash);
	json_out_text(j, "interface", c->interface);
	json_out_close(j);
	json_out_known(j, "link_metric", c->link_metric);
	json_out_known(j, "onward_metric", onward);
	json_out_known(j, "metric", c->metric);
	json_out_known(j, "hops", c->hops);
	json_out_known(j, "dearer_percent", percent);
	write_verdict(j, c, percent);
	json_out_close(j);
}

static void write_why(struct json_out *j, const struct shown_why *w)
{
	struct known best = { 0 };

	json_out_object(j, "why");
	json_out_array(j, "path");
	for (size_t i = 0; i < w->path_count; i++) {
		json_out_object(j, NULL);
		json_out_hex(j, "id", id_bytes(&w->path[i].id));
		write_name(j, w->path[i].name, w->path[i].name_pinned,
			w->path[i].name_clash);
		json_out_known(j, "metric", w->path[i].metric);
		json_out_close(j);
	}
	json_out_close(j);
	json_out_array(j, "candidates");
	for (size_t i = 0; i < w->candidate_count; i++)
		if (w->candidates[i].verdict == SHOWN_CHOSEN)
			best = w->candidates[i].metric;
	for (size_t i = 0; i < w->candidate_count; i++)
		write_candidate(j, &w->candidates[i], best);
	json_out_close(j);
	json_out_close(j);
}

void status_json_routes(struct buffer *out, const struct shown_route *routes,
	size_t count, const struct shown_why *why)
{
	struct json_out j = json_out_of(out, "routes");

	json_out_array(&j, "routes");
	for (size_t i = 0; i < count; i++)
		write_route(&j, &routes[i]);
	json_out_close(&j);
	if (why != NULL)
		write_why(&j, why);
	json_out_finish(&j);
}

void status_json_map(struct buffer *out, const struct shown_map *m)
{
	struct json_out j = json_out_of(out, "map");

	json_out_array(&j, "nodes");
	for (size_t i = 0; i < m->node_count; i++) {
		const struct shown_map_node *n = &m->nodes[i];

		json_out_object(&j, NULL);
		json_out_hex(&j, "id", id_bytes(&n->id));
		write_name(&j, n->name, n->name_pinned, n->name_clash);
		json_out_close(&j);
	}
	json_out_close(&j);
	json_out_array(&j, "links");
	for (size_t i = 0; i < m->link_count; i++) {
		const struct shown_map_link *l = &m->links[i];

		json_out_object(&j, NULL);
		json_out_hex(&j, "from", id_bytes(&l->from));
		json_out_hex(&j, "to", id_bytes(&l->to));
		json_out_known(&j, "metric", l->metric);
		json_out_decimal(&j, "loss", l->loss_ppm, 6);
		json_out_known(&j, "rate_bps", l->rate_bps);
		json_out_close(&j);
	}
	json_out_close(&j);
	json_out_finish(&j);
}

void status_json_event(struct buffer *out, const struct shown_event *e)
{
	struct json_out j = json_out_of(out, "watch");

	json_out_time(&j, "time", e->unix_s);
	json_out_string(&j, "event", e->event);
	json_out_hex(&j, "node", id_bytes(&e->node));
	json_out_text(&j, "name", e->name);
	json_out_bool(&j, "name_clash", e->name_clash);
	json_out_hex(&j, "folder", id_bytes(&e->folder));
	json_out_text(&j, "text", e->text);
	json_out_string(&j, "reason", e->reason);
	json_out_text(&j, "interface", e->interface);
	json_out_hex(&j, "from", id_bytes(&e->from));
	json_out_hex(&j, "to", id_bytes(&e->to));
	json_out_known(&j, "metric_before", e->metric_before);
	json_out_known(&j, "metric", e->metric);
	json_out_known(&j, "hops", e->hops);
	json_out_finish(&j);
}

void status_json_interfaces(struct buffer *out, const char *command,
	const struct shown_interface *interfaces, size_t count)
{
	struct json_out j = json_out_of(out, command);

	write_interfaces(&j, interfaces, count);
	json_out_finish(&j);
}
