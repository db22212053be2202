/* SPDX-License-Identifier: ISC */
/*
 * The node as a whole: what it is made of, its clockwork, and what its parts tell each other.
 * Timers: those of sessions, routing, replication and each link; a measurement's next
 * question; those of care; once a second the links are looked over; routes are told to replication a moment
 * after they changed.
 */
#include "node/core/core.h"

#include <errno.h>

#include "node/base/mem.h"
#include "node/core/ip.h"
#include "node/crypto/hash.h"

void node_open_mesh_key(uint8_t key[32])
{
	struct hash h = hash_tagged("qanat open mesh 1", bytes_of(NULL, 0));

	memcpy(key, h.b, sizeof(h.b));
}

void node_sessions_new(struct node *n, struct instant now)
{
	struct session_config config = { .self = n->config.self,
		.rng = n->config.rng,
		.log = n->config.log,
		.drops = &n->drops,
		.max_peers = NODE_REMOTES_MAX + NODE_LINKS_MAX };

	memcpy(config.mesh_key, n->mesh_key, sizeof(n->mesh_key));
	n->sessions = sessions_new(&config, now);
	wipe(config.mesh_key, sizeof(config.mesh_key));
}

static void parts_new(struct node *n, struct instant now)
{
	const struct node_config *c = &n->config;
	struct routing_config routing = { .self = n->self,
		.self_id = c->self->id,
		.rng = c->rng,
		.log = c->log,
		.drops = &n->drops,
		.sequence = c->sequence,
		.hello_interval_ms = c->hello_interval_ms,
		.tc_interval_ms = c->tc_interval_ms };
	struct sync_config sync = { .self = c->self,
		.rng = c->rng,
		.log = c->log,
		.drops = &n->drops,
		.gossip_interval_ms = c->gossip_interval_ms };

	memcpy(routing.name, c->name, sizeof(routing.name));
	memcpy(sync.name, c->name, sizeof(sync.name));
	node_sessions_new(n, now);
	n->instance = c->sequence << INSTANCE_LUCK_BITS |
		      rng_u64(&c->rng) >> (64 - INSTANCE_LUCK_BITS);
	membership_new(n, now);
	membership_show(n, now);
	n->routing = routing_new(&routing, now);
	n->sync = sync_new(&sync, now);
}

struct node *node_new(const struct node_config *config, struct instant now)
{
	struct node *n = mem_new(sizeof(*n));

	n->config = *config;
	n->self = address_of(&config->self->id);
	n->events = mem_array(EVENTS_MAX, sizeof(*n->events));
	n->care = care_new();
	bucket_init(&n->strangers, now, VERIFY_STRANGERS, VERIFY_STRANGERS);
	bucket_init(&n->members, now, MEMBERS_PER_SECOND, MEMBERS_PER_SECOND);
	n->second_at = now;
	n->routes_at = NEVER;
	n->ticked = instant_us(INT64_MIN);
	if (config->open_mesh)
		node_open_mesh_key(n->mesh_key);
	parts_new(n, now);
	return n;
}

void node_free(struct node *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->link_places; i++) {
		struct flow_list rest = { NULL, NULL, 0 };

		if (n->links[i]->used)
			arq_fini(&n->links[i]->arq, &rest);
		flow_list_fini(&rest);
		mem_free(n->links[i]);
	}
	flow_list_fini(&n->stranded);
	remotes_fini(n);
	ip_free(n->ip);
	pins_fini(n);
	care_free(n->care);
	node_tap(n, false);
	sync_free(n->sync);
	mesh_free(n->mesh);
	pairing_forget(n);
	routing_free(n->routing);
	sessions_free(n->sessions);
	for (size_t i = 0; i <= NODE_INTERFACES_MAX; i++)
		mem_free(n->interfaces[i].outbox);
	for (size_t i = 0; i < NODE_SPEED_MAX; i++)
		mem_free(n->speed_in[i].delay_us);
	mem_free(n->events);
	wipe(n->mesh_key, sizeof(n->mesh_key));
	mem_free(n);
}

struct interface *interface_find(struct node *n, uint32_t number)
{
	if (number == 0 || number > NODE_INTERFACES_MAX || !n->interfaces[number].used)
		return NULL;
	return &n->interfaces[number];
}

void node_interface_add(struct node *n, struct instant now, uint32_t number, size_t mtu)
{
	struct interface *i = &n->interfaces[number];

	check(number >= 1 && number <= NODE_INTERFACES_MAX && !i->used);
	memset(i, 0, sizeof(*i));
	i->used = true;
	i->mtu = mtu < FRAME_MIN_MTU ? FRAME_MIN_MTU : mtu > FRAME_MAX ? FRAME_MAX : mtu;
	i->outbox = mem_array(OUTBOX_MAX, sizeof(*i->outbox));
	routing_interface_add(n->routing, now, number);
}

void node_interface_remove(struct node *n, struct instant now, uint32_t number)
{
	struct interface *i = interface_find(n, number);

	if (i == NULL)
		return;
	for (size_t k = 0; k < n->link_places; k++)
		if (n->links[k]->used && n->links[k]->interface == number) {
			n->links[k]->why = NODE_DOWN_INTERFACE;
			link_remove(n, now, n->links[k]);
		}
	routing_interface_remove(n->routing, now, number);
	mem_free(i->outbox);
	memset(i, 0, sizeof(*i));
}

/* Replication is told of all reachable nodes and who stands between. */
static void routes_tell(struct node *n, struct instant now)
{
	size_t count = routing_route_count(n->routing), used = 0;
	struct sync_route *all = mem_array(count, sizeof(*all));
	struct address path[ROUTING_PATH_MAX];
	struct routing_route r;

	for (size_t i = 0; i < count && routing_route_at(n->routing, i, &r); i++) {
		size_t hops = routing_path(n->routing, &r.node, path);

		if (hops == 0)
			continue;
		all[used].id = r.id;
		all[used].hops = r.hops;
		all[used].metric = r.metric;
		all[used].between_count =
			hops - 1 < SYNC_PATH_MAX ? hops - 1 : SYNC_PATH_MAX;
		memcpy(all[used].between, path,
			all[used].between_count * sizeof(path[0]));
		used++;
	}
	sync_routes(n->sync, now, all, used);
	mem_free(all);
}

static void routes_watch(struct node *n, struct instant now)
{
	uint64_t generation = routing_generation(n->routing);
	bool tell = generation != n->sync_told && sync_wants_routes(n->sync);

	if (generation == n->routes_told && !tell) {
		n->routes_at = NEVER;
		return;
	}
	if (n->routes_at.us == NEVER.us)
		n->routes_at = instant_add_ms(now, ROUTES_DELAY_MS);
	if (!instant_due(n->routes_at, now))
		return;
	n->routes_at = NEVER;
	if (generation != n->routes_told)
		event_add(n, &(struct node_event){ .kind = NODE_EVENT_ROUTES });
	n->routes_told = generation;
	if (!tell)
		return;
	n->sync_told = generation;
	routes_tell(n, now);
}

void node_tick(struct node *n, struct instant now)
{
	n->ticked = now;
	sessions_tick(n->sessions, now);
	sessions_pump(n, now);
	routing_tick(n->routing, now);
	links_watch(n, now);
	relays_tick(n, now);
	if (instant_due(n->second_at, now)) {
		n->second_at = instant_add_ms(now, 250);
		links_tick(n, now);
		ip_tick(n, now);
	}
	membership_tick(n, now);
	pairing_frames_send(n, now);
	routes_watch(n, now);
	measure_tick(n, now);
	care_tick(n, now);
	ip_due(n, now);
	sync_tick(n->sync, now);
	sessions_pump(n, now);
}

struct instant node_deadline(const struct node *n)
{
	struct instant t =
		instant_min(sessions_deadline(n->sessions), routing_deadline(n->routing));

	t = instant_min(t, sync_deadline(n->sync));
	t = instant_min(t, instant_min(measure_deadline(n), ip_deadline(n)));
	t = instant_min(t, care_deadline(n));
	t = instant_min(t, membership_deadline(n));
	if (n->pairing != NULL)
		t = instant_min(t, pairing_deadline(n->pairing));
	t = instant_min(t, instant_min(n->second_at, n->routes_at));
	if (n->stranded.count > 0)
		t = instant_min(t, n->stranded_at);
	for (size_t i = 0; i < n->link_places; i++)
		if (n->links[i]->used && n->links[i]->up)
			t = instant_min(t, arq_deadline(&n->links[i]->arq, n->ticked));
	return t;
}

struct job *node_job_take(struct node *n, struct instant now)
{
	return sync_job_take(n->sync, now);
}

void node_job_done(struct node *n, struct instant now, struct job *take)
{
	sync_job_done(n->sync, now, take);
}

struct sync *node_sync(struct node *n)
{
	return n->sync;
}

const struct routing *node_routing(const struct node *n)
{
	return n->routing;
}

void node_willingness_set(struct node *n, struct instant now, unsigned will)
{
	routing_willingness_set(n->routing, now, will, will);
}

void node_saving_set(struct node *n, struct instant now, bool saving)
{
	routing_saving_set(n->routing, now, saving);
}

uint64_t node_sequence(const struct node *n)
{
	return routing_sequence(n->routing);
}

const struct node_id *node_self(const struct node *n)
{
	return &n->config.self->id;
}

struct address node_address(const struct node *n)
{
	return n->self;
}

void event_add(struct node *n, const struct node_event *e)
{
	if (n->event_count == EVENTS_MAX) {
		n->event_first = (n->event_first + 1) % EVENTS_MAX;
		n->event_count--;
	}
	n->events[(n->event_first + n->event_count++) % EVENTS_MAX] = *e;
}

bool node_event_take(struct node *n, struct node_event *event)
{
	if (n->event_count == 0)
		return false;
	*event = n->events[n->event_first];
	n->event_count--;
	/* an empty ring begins anew: it touches no more memory than it needs */
	n->event_first = n->event_count > 0 ? (n->event_first + 1) % EVENTS_MAX : 0;
	return true;
}
