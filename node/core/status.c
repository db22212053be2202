/* SPDX-License-Identifier: ISC */
/* What the node tells about itself, and whom a text means. */
#include "node/core/core.h"

#include <errno.h>

void node_counters(const struct node *n, struct node_counters *out)
{
	*out = n->counters;
	out->sessions = sessions_count(n->sessions);

	for (size_t i = 0; i < n->link_places; i++)
		if (n->links[i]->used)
			out->retransmitted += n->links[i]->arq.messages_again;
}

const struct drops *node_drops(const struct node *n)
{
	return &n->drops;
}

bool node_link_at(
	const struct node *n, struct instant now, size_t i, struct node_link *out)
{
	const struct link *l;
	size_t place;

	memset(out, 0, sizeof(*out));
	if (!routing_neighbour_at(n->routing, i, &out->neighbour))
		return false;
	out->rtt_us = out->session_age_us = -1;
	place = out->neighbour.link % NODE_LINKS_MAX;
	if (place >= n->link_places)
		return true;
	l = n->links[place];
	if (!l->used || l->id != out->neighbour.link)
		return true;
	out->endpoint = l->endpoint;
	out->rtt_us = l->arq.min_rtt_us;
	if (l->up)
		out->session_age_us = sessions_age_us(n->sessions, now, l->peer);
	out->queued = flow_queue_count(&l->arq.queue);
	return true;
}

static size_t outbox_fullest(const struct node *n)
{
	size_t most = 0;

	for (size_t i = 0; i <= NODE_INTERFACES_MAX; i++)
		if (n->interfaces[i].outbox_count > most)
			most = n->interfaces[i].outbox_count;
	return most;
}

static size_t waiting_fullest(const struct node *n)
{
	size_t most = 0;

	for (const struct remote *r = n->remotes; r != NULL; r = r->hh.next)
		if (r->waiting.count > most)
			most = r->waiting.count;
	return most;
}

bool node_fill_at(const struct node *n, size_t i, struct fill *out)
{
	size_t links = 0;

	for (size_t k = 0; k < NODE_LINKS_MAX; k++)
		links += n->links[k] != NULL;
	switch (i) {
	case 0:
		*out = (struct fill){ "links", links };
		return true;
	case 1:
		*out = (struct fill){ "remotes", HASH_COUNT(n->remotes) };
		return true;
	case 2:
		*out = (struct fill){ "events", n->event_count };
		return true;
	case 3:
		*out = (struct fill){ "outbox", outbox_fullest(n) };
		return true;
	case 4:
		*out = (struct fill){ "waiting", waiting_fullest(n) };
		return true;
	case 5:
		*out = (struct fill){ "sessions", sessions_count(n->sessions) };
		return true;
	}
	return routing_fill_at(n->routing, i - 6, out) ||
	       (i >= 6 + ROUTING_FILLS &&
		       sync_fill_at(n->sync, i - 6 - ROUTING_FILLS, out));
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_id_prefix(const struct node_id *id, const char *text)
{
	size_t len = strlen(text);

	if (len < 4 || len > 2 * sizeof(id->b))
		return false;
	for (size_t i = 0; i < len; i++) {
		int digit = id->b[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15;

		if (hex_value(text[i]) != digit)
			return false;
	}
	return true;
}

static bool is_address(const struct address *a, const char *text)
{
	char buffer[48];
	struct text t = text_of(buffer, sizeof(buffer));

	text_ipv6(&t, a->b);
	return strcmp(buffer, text) == 0;
}

static void consider(const struct address *node, const struct node_id *id,
	const char *name, const char *text, size_t *found, struct address *out)
{
	if (strcmp(name, text) != 0 && !is_address(node, text) && !is_id_prefix(id, text))
		return;
	if (*found == 0 || !id_equal(out, node))
		(*found)++;
	*out = *node;
}

int node_find(const struct node *n, const char *text, struct address *out)
{
	struct routing_route r;
	size_t found = 0;

	if (*text == '\0')
		return -ENOENT;
	consider(&n->self, &n->config.self->id, n->config.name, text, &found, out);
	for (size_t i = 0; routing_route_at(n->routing, i, &r); i++)
		consider(&r.node, &r.id, r.name, text, &found, out);
	if (found == 0)
		return -ENOENT;
	return found == 1 ? 0 : -ENOTUNIQ;
}
