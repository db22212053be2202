/* SPDX-License-Identifier: ISC */
/* What the node tells about itself. */
#include "node/core/core.h"

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

size_t node_candidates(struct node *n, const struct address *node,
	struct routing_candidate *out, size_t room)
{
	return routing_candidates(n->routing, node, out, room);
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
	i -= 6;
	if (i < MESH_FILLS) {
		*out = mesh_fill(n->mesh, i);
		return true;
	}
	i -= MESH_FILLS;
	return routing_fill_at(n->routing, i, out) ||
	       (i >= ROUTING_FILLS && sync_fill_at(n->sync, i - ROUTING_FILLS, out));
}
