/* SPDX-License-Identifier: ISC */
/*
 * watch: what happens, as one event each: neighbours up, down, heard one way only or under
 * suspicion, ways to nodes that came, went or changed their next hop, folders. A watcher
 * keeps what it was told last and is told the difference; what there is when it begins is
 * no news.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/base/mem.h"
#include "node/daemon/client.h"
#include "node/daemon/shown.h"

enum { WATCH_FOLDERS = 32, LOOK_MS = 50, WHO_MAX = 80 };

struct seen_route {
	struct address node, next_hop;
	struct node_id id;
	char name[ROUTING_NAME_MAX + 1];
	uint32_t link, metric;
	unsigned hops;
};

struct seen_link {
	uint32_t link;
	bool symmetric;
	bool one_way; /* it is told that it is not symmetric any more */
};

struct watching {
	struct seen_route *routes; /* owned, by address */
	size_t route_count;
	struct seen_link links[NODE_LINKS_MAX];
	size_t link_count;
	struct hash folders[WATCH_FOLDERS];
	enum folder_state states[WATCH_FOLDERS];
	size_t folder_count;
	struct instant look_at;
	struct node_names *names; /* owned; while events are told */
};

static void say(struct client *c, struct shown_event *e)
{
	struct buffer json;

	e->unix_s = known(time(NULL));
	buffer_init(&json, REPLY_JSON_MAX);
	status_json_event(&json, e);
	client_say(c, REPLY_ANSWER, &json);
	buffer_fini(&json);
}

static bool is_clash(struct client *c, const struct address *node, struct bytes name)
{
	struct watching *w = c->watching;

	if (w->names == NULL)
		w->names = node_names_new(c->daemon->node);
	return name.len > 0 &&
	       node_name_of(w->names, node, (const char *)name.data).clash;
}

static void names_done(struct watching *w)
{
	node_names_free(w->names);
	w->names = NULL;
}

/* ---- neighbours ---- */

static const struct {
	const char *word, *text;
} downs[] = {
	[NODE_DOWN_SESSION] = { "session", "its session ended" },
	[NODE_DOWN_UNANSWERED] = { "unanswered",
		"frames to it, and then probes, got no answer" },
	[NODE_DOWN_SILENT] = { "silent", "nothing was heard of it for long" },
	[NODE_DOWN_RESTARTED] = { "restarted", "it was started again" },
	[NODE_DOWN_REPLACED] = { "replaced", "another node speaks from its place" },
	[NODE_DOWN_INTERFACE] = { "interface", "the interface is gone" },
	[NODE_DOWN_REFUSED] = { "refused", "one of us is not let in by the other" },
	[NODE_DOWN_CROWDED] = { "crowded", "its place went to another neighbour" },
};

static void say_neighbour(struct client *c, const char *event, const struct address *node,
	uint32_t interface, const char *reason, const char *text)
{
	struct shown_event e = { .event = event,
		.reason = reason,
		.text = bytes_of_string(text),
		.interface = shown_interface_name(c->daemon, interface) };

	shown_node(c->daemon, node, &e.node, &e.name);
	e.name_clash = is_clash(c, node, e.name);
	say(c, &e);
}

static struct seen_link *seen_link(struct watching *w, uint32_t link)
{
	for (size_t i = 0; i < w->link_count; i++)
		if (w->links[i].link == link)
			return &w->links[i];
	return NULL;
}

/* While its session is up, what is told of it otherwise. */
static struct seen_link link_look(
	struct client *c, const struct routing_neighbour *l, const struct seen_link *seen)
{
	struct seen_link fresh = { l->link, l->symmetric, false };
	bool lost, found;

	if (seen == NULL || !l->usable)
		return fresh;
	lost = seen->symmetric && !l->symmetric;
	found = seen->one_way && l->symmetric;
	fresh.one_way = !l->symmetric && (lost || seen->one_way);
	if (lost)
		say_neighbour(c, "neighbour-one-way", &l->node, l->interface, NULL,
			"its HELLOs have run out, or do not name this node");
	if (found)
		say_neighbour(c, "neighbour-both-ways", &l->node, l->interface, NULL,
			"each hears the other");
	return fresh;
}

static void links_look(struct client *c)
{
	const struct routing *r = node_routing(c->daemon->node);
	struct watching *w = c->watching;
	struct seen_link fresh[NODE_LINKS_MAX];
	struct routing_neighbour l;
	size_t count = 0;

	for (; count < NODE_LINKS_MAX && routing_neighbour_at(r, count, &l); count++)
		fresh[count] = link_look(c, &l, seen_link(w, l.link));
	memcpy(w->links, fresh, count * sizeof(*fresh));
	w->link_count = count;
}

/* ---- routes ---- */

static int by_address(const void *a, const void *b)
{
	const struct seen_route *x = a, *y = b;

	return memcmp(x->node.b, y->node.b, sizeof(x->node.b));
}

static struct seen_route *routes_take(struct daemon *d, size_t *count)
{
	const struct routing *r = node_routing(d->node);
	struct seen_route *all = mem_array(routing_route_count(r), sizeof(*all));
	struct routing_route route;

	for (*count = 0;
		*count < routing_route_count(r) && routing_route_at(r, *count, &route);
		(*count)++) {
		struct seen_route *s = &all[*count];

		*s = (struct seen_route){ .node = route.node,
			.next_hop = route.next_hop,
			.id = route.id,
			.link = route.link,
			.metric = route.metric,
			.hops = route.hops };
		memcpy(s->name, route.name, sizeof(s->name));
	}
	if (*count > 0)
		qsort(all, *count, sizeof(*all), by_address);
	return all;
}

/* The name of a node as people read it, else the beginning of its id. */
static const char *who(struct daemon *d, const struct address *node, struct node_id *id,
	char out[WHO_MAX])
{
	struct text t = text_of(out, WHO_MAX);
	struct bytes name;

	shown_node(d, node, id, &name);
	if (name.len > 0)
		text_chars(&t, (const char *)name.data, name.len);
	else if (!id_is_zero(id_bytes(id)))
		text_hex(&t, bytes_of(id->b, 4));
	else
		text_ipv6(&t, node->b);
	return out;
}

static void text_cost(struct text *t, const struct seen_route *r)
{
	text_string(t, ", ");
	text_u64(t, r->hops);
	text_string(t, r->hops == 1 ? " hop, metric " : " hops, metric ");
	text_u64(t, r->metric);
}

/* was, is: NULL for no way; not both. */
static void say_route(
	struct client *c, const struct seen_route *was, const struct seen_route *is)
{
	const struct seen_route *r = is != NULL ? is : was;
	const struct node_pin *pin = node_pin_of(c->daemon->node, &r->node);
	char words[4 * WHO_MAX], name[WHO_MAX];
	struct text t = text_of(words, sizeof(words));
	/* there is one of the two
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	struct shown_event e = { .node = r->id,
		.name = bytes_of_string(pin != NULL ? pin->name : r->name) };

	e.name_clash = is_clash(c, &r->node, e.name);
	if (was != NULL) {
		text_string(&t, is != NULL ? "from " : "no way any more; it was by ");
		text_string(&t, who(c->daemon, &was->next_hop, &e.from, name));
		e.metric_before = known(was->metric);
	}
	if (is != NULL) {
		text_string(&t, was != NULL ? " to " : "by ");
		text_string(&t, who(c->daemon, &is->next_hop, &e.to, name));
		text_cost(&t, is);
		e.metric = known(is->metric);
		e.hops = known(is->hops);
	}
	if (was != NULL && is != NULL) {
		text_string(&t, " instead of ");
		text_u64(&t, was->metric);
	}
	e.event = was == NULL ? "route-up" : is == NULL ? "route-down" : "route-changed";
	e.text = bytes_of(words, t.len);
	say(c, &e);
}

/* Both lists are in order of addresses. */
static void routes_look(struct client *c)
{
	struct watching *w = c->watching;
	size_t count, i = 0, k = 0;
	struct seen_route *now = routes_take(c->daemon, &count);

	while (i < w->route_count || k < count) {
		int order = i == w->route_count ? 1
			    : k == count        ? -1
						: by_address(&w->routes[i], &now[k]);

		if (order < 0)
			say_route(c, &w->routes[i], NULL);
		else if (order > 0)
			say_route(c, NULL, &now[k]);
		else if (w->routes[i].link != now[k].link)
			say_route(c, &w->routes[i], &now[k]);
		i += order <= 0;
		k += order >= 0;
	}
	mem_free(w->routes);
	w->routes = now;
	w->route_count = count;
}

/* ---- folders ---- */

static enum folder_state *seen_state(struct watching *w, const struct hash *folder)
{
	for (size_t i = 0; i < w->folder_count; i++)
		if (id_equal(&w->folders[i], folder))
			return &w->states[i];
	if (w->folder_count == WATCH_FOLDERS)
		return NULL;
	w->folders[w->folder_count] = *folder;
	w->states[w->folder_count] = FOLDER_PAUSED;
	return &w->states[w->folder_count++];
}

static void folders_look(struct client *c, struct instant now)
{
	static const char *const names[] = { [FOLDER_SYNCED] = "folder-synced",
		[FOLDER_SYNCING] = "folder-syncing",
		[FOLDER_SCANNING] = "folder-scanning",
		[FOLDER_WAITING] = "folder-waiting",
		[FOLDER_PAUSED] = "folder-paused",
		[FOLDER_ERROR] = "folder-error" };
	struct folder_status f;

	for (size_t i = 0; sync_folder_at(node_sync(c->daemon->node), now, i, &f); i++) {
		enum folder_state *seen = seen_state(c->watching, &f.id);

		if (seen == NULL || *seen == f.state)
			continue;
		*seen = f.state;
		say(c, &(struct shown_event){ .event = names[f.state],
			       .name = bytes_of_string(f.name),
			       .folder = f.id,
			       .text = bytes_of_string(f.name) });
	}
}

/* ---- the request ---- */

void watch_event(struct client *c, const struct node_event *e)
{
	if (e->kind == NODE_EVENT_LINK_UP) {
		say_neighbour(c, "neighbour-up", &e->node, e->interface, NULL,
			"a session with a neighbour is up");
	} else if (e->kind == NODE_EVENT_LINK_DOWN) {
		say_neighbour(c, "neighbour-down", &e->node, e->interface,
			downs[e->why].word, downs[e->why].text);
	} else if (e->kind == NODE_EVENT_LINK_SUSPECT) {
		say_neighbour(c, "neighbour-suspect", &e->node, e->interface, NULL,
			"probes get no answer: it may be lost");
	} else if (e->kind == NODE_EVENT_LINK_TRUSTED) {
		say_neighbour(c, "neighbour-trusted", &e->node, e->interface, NULL,
			"it answered after all");
	} else if (e->kind == NODE_EVENT_ROUTES) {
		say(c, &(struct shown_event){
			       .event = "routes", .text = BYTES("routes have changed") });
		routes_look(c);
	}
	links_look(c);
	names_done(c->watching);
}

void watch_begin(struct client *c, struct instant now)
{
	struct watching *w = c->watching = mem_new(sizeof(*w));

	c->running = true;
	w->look_at = now;
	w->routes = routes_take(c->daemon, &w->route_count);
	links_look(c);
	folders_look(c, now);
}

void watch_tick(struct client *c, struct instant now)
{
	folders_look(c, now);
	if (!instant_due(c->watching->look_at, now))
		return;
	c->watching->look_at = instant_add_ms(now, LOOK_MS);
	links_look(c);
	names_done(c->watching);
}

void watch_end(struct client *c)
{
	if (c->watching == NULL)
		return;
	names_done(c->watching);
	mem_free(c->watching->routes);
	mem_free(c->watching);
	c->watching = NULL;
}
