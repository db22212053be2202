/* SPDX-License-Identifier: ISC */
/*
 * A private mesh around sessions and links: whom a handshake proved is let in by his
 * certificates or not at all; who is revoked is cut off; neighbours tell each other what is
 * new. In the open mesh, and in none, nothing here does anything.
 */
#include "node/core/core.h"

#include <errno.h>

#include "node/base/mem.h"

enum {
	MEET_MS =
		5000, /* how often reachable nodes are looked over for certificates to renew */
	LINE_MS = 2000, /* how often strangers are told of our co-founders */
	NEW_MS = 15000, /* so long a link may be to one, whatever we think of him */
	FEED_MEMBER = 8,
	NO = 4, /* the type of the last message of a session that is not wanted */
	REFUSED_TOLD_MS = 60000, /* so long people are told of it */
};

_Static_assert(RELAY_HEADER_SIZE + DATA_OVERHEAD + SESSION_ENVELOPE_MAX <= FRAME_MIN_MTU,
	"a handshake on its way over relays fits into the smallest frame");
_Static_assert(8 + (int)MESH_PAYLOAD_MAX <= (int)SESSION_PAYLOAD_MAX,
	"instance and lineage fit into a handshake");

bool node_carries(const struct node *n)
{
	return n->config.open_mesh || mesh_joined(n->mesh);
}

struct mesh *node_mesh(struct node *n)
{
	return n->mesh;
}

void membership_show(struct node *n, struct instant now)
{
	uint8_t payload[SESSION_PAYLOAD_MAX];
	struct writer w = writer_of(payload, sizeof(payload));

	write_u64(&w, n->instance);
	if (mesh_joined(n->mesh))
		mesh_show(n->mesh, now, &w);
	check(!w.overflow);
	sessions_payload_set(n->sessions, writer_bytes(&w));
}

void membership_new(struct node *n, struct instant now)
{
	struct mesh_config config = { .self = n->config.self,
		.rng = n->config.rng,
		.log = n->config.log,
		.drops = &n->drops };

	n->mesh = mesh_new(&config, now);
	n->meet_at = n->line_at = now;
}

/* A node that was in no mesh has no sessions and no links: nothing is lost by beginning anew
 * under the mesh's key. */
static void begin(struct node *n, struct instant now)
{
	mesh_key(n->mesh, n->mesh_key);
	sessions_free(n->sessions);
	node_sessions_new(n, now);
	membership_show(n, now);
}

int node_mesh_found(struct node *n, struct instant now, const char *name)
{
	int err = n->config.open_mesh ? -EBUSY : mesh_found(n->mesh, now, name);

	if (err == 0)
		begin(n, now);
	return err;
}

int node_mesh_join(struct node *n, struct instant now, const char *token)
{
	bool before = mesh_joined(n->mesh);
	int err = n->config.open_mesh ? -EBUSY : mesh_join(n->mesh, now, token);

	if (err == 0 && !before)
		begin(n, now);
	return err;
}

bool node_mesh_load(struct node *n, struct instant now, struct bytes saved)
{
	check(!n->config.open_mesh);
	if (!mesh_load(n->mesh, saved))
		return false;
	begin(n, now);
	return true;
}

void node_wall_clock(struct node *n, struct instant now, int64_t wall_ms)
{
	sync_wall_clock(n->sync, now, wall_ms);
	mesh_wall_clock(n->mesh, now, wall_ms);
}

/* ---- who is let in ---- */

bool membership_admits(struct node *n, struct instant now, const struct session_event *e)
{
	struct reader r = reader_of(bytes_of(e->payload, e->payload_len));

	if (n->config.open_mesh)
		return true;
	read_skip(&r, 8); /* the instance */
	return mesh_admits(n->mesh, now, &e->id, read_rest(&r));
}

/* no = 4:8 fault:8. The last frame of a session, so that the other side gives it up too. */
static void no_send(
	struct node *n, struct instant now, const struct session_event *e, struct link *l)
{
	uint8_t body[] = { NO, (uint8_t)mesh_refusal(n->mesh) };
	struct interface *i = interface_find(n, l->interface);
	struct outbox_frame *out;
	struct writer w;
	uint64_t number;
	uint32_t epoch;

	if (i == NULL || i->outbox_count == OUTBOX_MAX)
		return;
	out = &i->outbox[(i->outbox_first + i->outbox_count) % OUTBOX_MAX];
	w = writer_of(out->bytes + FRAME_HEADER_SIZE, 64);
	(void)message_write(&w, MESSAGE_MEMBER, bytes_of(body, sizeof(body)));
	tap_hold(n, writer_bytes(&w));
	out->multicast = false;
	out->to = l->endpoint;
	out->len = sessions_seal(
		n->sessions, now, e->peer, out->bytes, w.len, &number, &epoch);
	if (out->len == 0)
		return;
	i->outbox_count++;
	tap_held(n, now, &(struct tap_way){ true, l->interface, &l->endpoint, &l->node },
		out->bytes);
}

void membership_refuse(struct node *n, struct instant now, const struct session_event *e)
{
	struct instant until = instant_add_ms(now, REFUSED_MS);
	struct link *l = link_find(n, e->path.link);
	struct remote *r = remote_find(n, &e->path.node);

	if (l != NULL) {
		no_send(n, now, e, l);
		l->why = NODE_DOWN_REFUSED;
		link_down(n, now, l);
		l->refused_until = until;
	} else if (e->path.link == 0 && r != NULL) {
		r->up = false;
		r->refused_until = until;
	}
	sessions_forget(n->sessions, &e->path);
}

void membership_refused(
	struct node *n, struct instant now, struct link *l, struct bytes body)
{
	struct session_path path = { l->id, l->node };

	if (n->config.open_mesh) {
		drop(&n->drops, DROP_UNWANTED);
		return;
	}
	if (body.len != 2 || body.data[0] != NO || body.data[1] <= MESH_FINE ||
		body.data[1] >= MESH_FAULTS) {
		drop(&n->drops, DROP_MALFORMED);
		return;
	}
	n->refused_at = now;
	n->refused_for = (enum mesh_fault)body.data[1];
	l->why = NODE_DOWN_REFUSED;
	link_down(n, now, l);
	l->refused_until = instant_add_ms(now, REFUSED_US_MS);
	sessions_forget(n->sessions, &path);
}

const char *node_refused(const struct node *n, struct instant now)
{
	if (n->refused_for == MESH_FINE ||
		instant_due(instant_add_ms(n->refused_at, REFUSED_TOLD_MS), now))
		return NULL;
	return drop_name(mesh_fault_reason(n->refused_for));
}

/* Links and sessions of those who are members no more end here and now, and what they said of
 * links: a TC is valid for long, and an insider could go on claiming the other end of one. */
static void sweep(struct node *n, struct instant now)
{
	struct remote *r, *next;
	struct node_id gone;
	uint32_t when_s;

	n->revocations = mesh_revocations(n->mesh);
	for (size_t i = 0; mesh_revoked_at(n->mesh, i, &gone, &when_s); i++) {
		struct address a = address_of(&gone);

		routing_forget(n->routing, now, &a);
	}
	for (size_t i = 0; i < n->link_places; i++) {
		struct link *l = n->links[i];

		if (!l->used || (l->up && mesh_holds(n->mesh, &l->node_id)))
			continue;
		if (l->up || mesh_revokes(n->mesh, &l->node_id)) {
			l->why = NODE_DOWN_REFUSED;
			link_remove(n, now, l);
		}
	}
	HASH_ITER (hh, n->remotes, r, next) {
		if (!r->up || !r->known || mesh_holds(n->mesh, &r->id))
			continue;
		r->up = false;
		sessions_forget(n->sessions, &(struct session_path){ 0, r->node });
	}
}

/* What is new may let in whom we refused. */
static void forgive(struct node *n, struct instant now)
{
	struct remote *r, *next;

	for (size_t i = 0; i < n->link_places; i++)
		n->links[i]->refused_until = now;
	HASH_ITER (hh, n->remotes, r, next)
		r->refused_until = now;
}

static void notice(struct node *n, struct instant now)
{
	uint64_t shown = mesh_shown(n->mesh);

	if (n->revocations != mesh_revocations(n->mesh))
		sweep(n, now);
	if (n->shown == shown)
		return;
	n->shown = shown;
	membership_show(n, now);
	forgive(n, now);
}

/* ---- messages ---- */

void membership_receive(
	struct node *n, struct instant now, struct link *l, struct bytes body)
{
	if (n->config.open_mesh) {
		drop(&n->drops, DROP_UNWANTED);
		return;
	}
	if (mesh_message_is_costly(body) &&
		!bucket_take(l != NULL ? &l->verify : &n->strangers, now)) {
		drop(&n->drops, DROP_BUDGET);
		return;
	}
	mesh_receive(n->mesh, now, l != NULL && l->up ? l->id : 0, body);
	notice(n, now);
}

/* One message into the queue of the link; false: nothing waits, or there is no room. */
static bool feed_one(struct node *n, struct instant now, struct link *l, bool urgent)
{
	enum flow_class class = urgent ? FLOW_CONTROL : FLOW_INTERACTIVE;
	uint8_t body[MESH_MESSAGE_MAX];
	struct writer w = writer_of(body, sizeof(body));

	if (l->arq.queue.own[class] >= FEED_MEMBER ||
		!mesh_write(n->mesh, l->id, urgent, &w))
		return false;
	check(!w.overflow);
	return link_queue(
		n, l, flow_item_new(MESSAGE_MEMBER, class, writer_bytes(&w), now));
}

void membership_feed(struct node *n, struct instant now, struct link *l)
{
	while (feed_one(n, now, l, true))
		;
	/* several at a time: a frame holds four */
	while (mesh_waits(n->mesh, l->id) && bucket_take(&n->members, now) &&
		feed_one(n, now, l, false))
		;
}

/* For those who hear us and cannot know yet who stands behind our certificates. */
void membership_collect(struct node *n, struct interface *i, struct writer *w)
{
	uint8_t body[MESH_MESSAGE_MAX];
	struct writer record = writer_of(body, sizeof(body));

	if (!i->line_due)
		return;
	i->line_due = false;
	for (unsigned k = 0; mesh_write_line(n->mesh, k, &record); k++) {
		if (!message_write(w, MESSAGE_MEMBER, writer_bytes(&record)))
			return;
		record = writer_of(body, sizeof(body));
	}
}

static bool hears_strangers(const struct node *n, struct instant now, uint32_t interface)
{
	for (size_t k = 0; k < n->link_places; k++) {
		const struct link *l = n->links[k];

		/* we may know the founder behind him, and he not ours */
		if (l->used && l->interface == interface &&
			(!l->up || !instant_due(instant_add_ms(l->made, NEW_MS), now)) &&
			!instant_due(instant_add_ms(l->heard, 2 * LINE_MS), now))
			return true;
	}
	return false;
}

static void meet(struct node *n, struct instant now)
{
	struct routing_route r;

	n->meet_at = instant_add_ms(now, MEET_MS);
	for (size_t i = 0; mesh_may_renew(n->mesh) && routing_route_at(n->routing, i, &r);
		i++)
		mesh_meet(n->mesh, now, &r.id);
}

void membership_tick(struct node *n, struct instant now)
{
	if (!mesh_joined(n->mesh))
		return;
	mesh_tick(n->mesh, now);
	if (instant_due(n->meet_at, now))
		meet(n, now);
	if (instant_due(n->line_at, now)) {
		n->line_at = instant_add_ms(now, LINE_MS);
		membership_show(n, now); /* the time goes on */
		for (uint32_t i = 1; i <= NODE_INTERFACES_MAX; i++)
			n->interfaces[i].line_due =
				n->interfaces[i].used && hears_strangers(n, now, i);
	}
	notice(n, now);
}

struct instant membership_deadline(const struct node *n)
{
	struct instant t = mesh_deadline(n->mesh);

	if (!mesh_joined(n->mesh))
		return NEVER;
	if (n->revocations != mesh_revocations(n->mesh) ||
		n->shown != mesh_shown(n->mesh))
		return n->ticked;
	return instant_min(t, instant_min(n->meet_at, n->line_at));
}
