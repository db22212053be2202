/* SPDX-License-Identifier: ISC */
/* Frames in flight stand in an array; the earliest is taken out by search. */
#include "tests/unit/node/session/air.h"

#include "node/base/mem.h"
#include "node/crypto/hash.h"

static const uint8_t mesh_key[32] = "a mesh key of thirty-two bytes!";

void air_restart_with(struct air *a, unsigned node, unsigned max_peers)
{
	struct air_node *n = &a->nodes[node];
	struct session_config c = { .self = &n->keys, .drops = &n->drops };
	uint8_t payload[2] = { 'n', (uint8_t)('0' + node) };

	sessions_free(n->sessions);
	c.rng = rng_seeded_init(&n->rng, rng_u64(&a->rng));
	c.max_peers = max_peers;
	memcpy(c.mesh_key, mesh_key, sizeof(c.mesh_key));
	n->sessions = sessions_new(&c, a->now);
	sessions_payload_set(n->sessions, bytes_of(payload, sizeof(payload)));
}

void air_restart(struct air *a, unsigned node)
{
	air_restart_with(a, node, 16);
}

void air_open(struct air *a)
{
	memset(a, 0, sizeof(*a));
	EXPECT(crypto_start() == 0, "libsodium starts");
	a->rng = test_rng();
	a->now = instant_ms(1000);
	a->delay_us = 2000;
	a->flying = mem_array(AIR_FLYING, sizeof(*a->flying));
	a->record = mem_array(AIR_RECORD, sizeof(*a->record));
	for (unsigned i = 0; i < AIR_NODES; i++) {
		struct air_node *n = &a->nodes[i];

		do {
			keypair_new(&n->keys, &a->rng);
			n->address = address_of(&n->keys.id);
		} while (i > 0 && id_compare(&a->nodes[i - 1].address, &n->address) > 0);
		air_restart(a, i);
	}
}

void air_close(struct air *a)
{
	for (unsigned i = 0; i < AIR_NODES; i++)
		sessions_free(a->nodes[i].sessions);
	mem_free(a->flying);
	mem_free(a->record);
}

struct session_path air_path(const struct air *a, uint32_t link, unsigned to)
{
	return (struct session_path){ link, a->nodes[to].address };
}

void air_want(struct air *a, uint32_t link, unsigned from, unsigned to)
{
	struct session_path path = air_path(a, link, to);

	sessions_want(a->nodes[from].sessions, a->now, &path);
}

static void fly(struct air *a, const struct air_frame *f)
{
	struct air_frame *g, *kept = NULL;

	if (a->record_count < AIR_RECORD) {
		kept = &a->record[a->record_count++];
		*kept = *f;
	}
	for (int copies = rng_chance_ppm(&a->rng, a->twice_ppm) ? 2 : 1; copies > 0;
		copies--) {
		if (rng_chance_ppm(&a->rng, a->loss_ppm) || a->flying_count == AIR_FLYING)
			continue;
		if (kept != NULL)
			kept->came = true;
		g = &a->flying[a->flying_count++];
		*g = *f;
		g->due = instant_add_us(a->now,
			a->delay_us +
				(int64_t)rng_below(&a->rng, (uint64_t)a->shuffle_us + 1));
		if (rng_chance_ppm(&a->rng, a->spoil_ppm))
			g->bytes[rng_below(&a->rng, g->len)] ^=
				(uint8_t)(1 + rng_below(&a->rng, 255));
	}
}

static unsigned node_of(const struct air *a, const struct address *address)
{
	unsigned i = 0;

	while (i < AIR_NODES && !id_equal(&a->nodes[i].address, address))
		i++;
	EXPECT(i < AIR_NODES, "frames go to nodes that exist");
	return i;
}

static void events(struct air_node *n)
{
	struct session_event e;

	while (sessions_take_event(n->sessions, &e)) {
		if (e.kind == SESSION_UP)
			n->ups++;
		else
			n->downs++;
		if (e.kind == SESSION_UP)
			EXPECT(e.epoch > n->epoch, "epochs of a node only grow");
		if (e.kind == SESSION_UP)
			n->epoch = e.epoch;
		n->last = e;
	}
}

bool air_take(struct air *a, unsigned from, struct air_frame *f)
{
	struct session_path path;

	memset(f, 0, sizeof(*f));
	if (!sessions_take_frame(
		    a->nodes[from].sessions, a->now, &path, f->bytes, &f->len))
		return false;
	f->from = from;
	f->to = node_of(a, &path.node);
	f->link = path.link;
	return true;
}

void air_collect(struct air *a)
{
	struct air_frame f;

	for (unsigned i = 0; i < AIR_NODES; i++) {
		while (air_take(a, i, &f))
			fly(a, &f);
		events(&a->nodes[i]);
	}
}

bool air_say(struct air *a, uint32_t link, unsigned from, unsigned to)
{
	struct air_node *n = &a->nodes[from];
	struct session_path path = air_path(a, link, to);
	struct air_frame f = { .from = from, .to = to, .link = link };
	uint64_t number;
	uint32_t peer, epoch;

	if (!sessions_find(n->sessions, &path, &peer))
		return false;
	memset(f.bytes + FRAME_HEADER_SIZE,
		(int)(n->sessions->slots[peer]->current->sent & 255), 20);
	f.len = sessions_seal(n->sessions, a->now, peer, f.bytes, 20, &number, &epoch);
	if (f.len == 0)
		return false;
	fly(a, &f);
	return true;
}

bool air_is_up(const struct air *a, uint32_t link, unsigned from, unsigned to)
{
	struct session_path path = air_path(a, link, to);
	uint32_t peer;

	return sessions_find(a->nodes[from].sessions, &path, &peer);
}

enum session_verdict air_give(struct air *a, const struct air_frame *f)
{
	struct air_node *n = &a->nodes[f->to];
	struct session_path path = air_path(a, f->link, f->from);
	struct air_frame copy = *f;
	enum session_verdict v = sessions_receive(
		n->sessions, a->now, &path, copy.bytes, copy.len, &n->got);

	if (v == SESSION_OPENED) {
		*(n->got.messages.len > 0 ? &n->opened : &n->confirmed) += 1;
		EXPECT(id_equal(&n->got.id, &a->nodes[f->from].keys.id),
			"an opened frame names who sealed it");
		EXPECT(n->got.messages.len == 0 || n->got.messages.len == 20,
			"an opened frame holds what was sealed");
		if (n->got.messages.len > 0)
			EXPECT_EQ(n->got.messages.data[0], n->got.number & 255,
				"an opened frame holds what was sealed under its number");
	}
	events(n);
	return v;
}

static struct instant next_due(const struct air *a)
{
	struct instant t = NEVER;

	for (size_t i = 0; i < a->flying_count; i++)
		t = instant_min(t, a->flying[i].due);
	for (unsigned i = 0; i < AIR_NODES; i++)
		t = instant_min(t, sessions_deadline(a->nodes[i].sessions));
	return t;
}

static bool land(struct air *a)
{
	size_t first = a->flying_count;
	struct air_frame f;

	for (size_t i = 0; i < a->flying_count; i++)
		if (instant_due(a->flying[i].due, a->now) &&
			(first == a->flying_count ||
				instant_before(a->flying[i].due, a->flying[first].due)))
			first = i;
	if (first == a->flying_count)
		return false;
	f = a->flying[first];
	a->flying[first] = a->flying[--a->flying_count];
	air_give(a, &f);
	return true;
}

void air_run(struct air *a, int64_t ms)
{
	struct instant end = instant_add_ms(a->now, ms);

	for (;;) {
		struct instant t;

		air_collect(a);
		t = next_due(a);
		if (!instant_due(t, end))
			break;
		a->now = instant_max(a->now, t);
		while (land(a))
			;
		for (unsigned i = 0; i < AIR_NODES; i++) {
			struct sessions *s = a->nodes[i].sessions;

			sessions_tick(s, a->now);
			EXPECT(instant_before(a->now, sessions_deadline(s)),
				"after a tick nothing is due any more");
		}
	}
	a->now = end;
}

void air_join(struct air *a, uint32_t link, unsigned x, unsigned y)
{
	air_want(a, link, x, y);
	for (int i = 0; i < 600; i++) {
		if (air_is_up(a, link, x, y) && air_is_up(a, link, y, x))
			return;
		air_run(a, 100);
	}
	EXPECT(false, "two nodes come together within a minute");
}

static void add_session(struct hash_state *h, const struct session *s)
{
	if (s == NULL)
		return;
	hash_add(h, bytes_of(&s->index, sizeof(s->index)));
	hash_add(h, bytes_of(&s->epoch, sizeof(s->epoch)));
	hash_add(h, bytes_of(&s->sent, sizeof(s->sent)));
	hash_add(h, bytes_of(&s->window, sizeof(s->window)));
	hash_add(h, bytes_of(s->send_key, sizeof(s->send_key)));
}

struct hash air_state(const struct air *a, unsigned node)
{
	const struct sessions *s = a->nodes[node].sessions;
	struct hash_state h;

	hash_begin(&h, "state");
	for (uint32_t i = 0; i < s->slots_used; i++) {
		const struct peer *p = s->slots[i];

		if (p == NULL)
			continue;
		hash_add(&h, id_bytes(&p->path.node));
		add_session(&h, p->current);
		add_session(&h, p->previous);
		if (p->attempt == NULL)
			continue;
		hash_add(&h, bytes_of(&p->attempt->stage, sizeof(p->attempt->stage)));
		hash_add(&h, bytes_of(&p->attempt->noise, sizeof(p->attempt->noise)));
		hash_add(&h, bytes_of(p->attempt->frame, p->attempt->len));
		add_session(&h, p->attempt->next);
	}
	for (const struct pending *p = s->pendings; p != NULL; p = p->hh.next) {
		hash_add(&h, bytes_of(&p->stage, sizeof(p->stage)));
		hash_add(&h, bytes_of(&p->noise, sizeof(p->noise)));
	}
	return hash_end(&h);
}
