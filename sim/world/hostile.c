/* SPDX-License-Identifier: ISC */
#include "sim/world/hostile.h"

#include "node/base/mem.h"
#include "node/crypto/seal.h"
#include "routing/tc.h"

enum {
	HEARD_MAX = 64,
	ACT_MS = 100, /* between two frames of a hostile node */
	SYBILS = 8,
	CROWD = 1024,   /* made-up routers of one insider */
	CROWD_TOP = 40, /* of them hang on himself ... */
	CROWD_FAN = 30, /* ... and so many on each of these and the others */
	CROWD_ACTS = 4, /* TCs of theirs at a time */
};

struct heard {
	bool multicast;
	uint32_t claimed;
	size_t len;
	uint8_t bytes[FRAME_MAX];
};

struct villain {
	struct heard *heard; /* owned ring of HEARD_MAX */
	size_t heard_count;
	struct instant next;
	struct keypair sybils[SYBILS];
	struct keypair *crowd; /* owned: CROWD of them, or NULL */
	size_t crowd_next;
	uint64_t sequence;
	uint8_t mesh_key[32]; /* of the mesh that it is in */
};

struct hostile {
	struct villain *villains; /* owned; one a device */
	struct rng_seeded luck;
	struct rng rng;
};

static struct {
	struct world *world;
	uint32_t device;
	bool inside;
} now;

void hostile_enter(struct world *w, uint32_t device)
{
	now.world = w;
	now.device = device;
	now.inside = true;
}

void hostile_leave(void)
{
	now.inside = false;
}

unsigned hostile_now(void)
{
	return now.inside ? now.world->plan.nodes[now.device].hostile : 0;
}

struct address hostile_address(void)
{
	struct world *w = now.world;

	return w->devices[rng_below(&w->hostile->rng, w->count)].address;
}

static unsigned claims_of_tunnel(struct address *out, unsigned room)
{
	const struct world *w = now.world;
	unsigned count = 0;

	for (uint32_t i = 0; i < w->count && count < room; i++)
		if (i != now.device && (w->plan.nodes[i].hostile & HOSTILE_TUNNEL))
			out[count++] = w->devices[i].address;
	return count;
}

unsigned hostile_claims(struct address *out, unsigned room)
{
	const struct villain *v = &now.world->hostile->villains[now.device];
	unsigned count = 0;

	if (hostile_now() & HOSTILE_TUNNEL)
		count = claims_of_tunnel(out, room);
	for (unsigned i = 0; v->crowd != NULL && i < CROWD_TOP && count < room; i++)
		out[count++] = address_of(&v->crowd[i].id);
	return count;
}

static bool speaks(const struct world *w, uint32_t i)
{
	return w->hostile != NULL &&
	       (w->plan.nodes[i].hostile &
		       (HOSTILE_REPLAY | HOSTILE_FLOOD | HOSTILE_FORGE | HOSTILE_CROWD |
			       HOSTILE_COPY | HOSTILE_BEAT)) != 0;
}

bool hostile_anybody(const struct world *w, unsigned ways)
{
	for (uint32_t i = 0; i < w->count; i++)
		if (w->plan.nodes[i].hostile & ways)
			return true;
	return false;
}

void hostile_init(struct world *w)
{
	if (!hostile_anybody(w, ~0u))
		return;
	w->hostile = mem_new(sizeof(*w->hostile));
	w->hostile->rng = rng_seeded_init(&w->hostile->luck, w->seed ^ 0x686f7374);
	w->hostile->villains = mem_array(w->count, sizeof(struct villain));
	for (uint32_t i = 0; i < w->count; i++) {
		struct villain *v = &w->hostile->villains[i];

		v->next = NEVER;
		if (!speaks(w, i))
			continue;
		v->next = instant_add_ms(WORLD_START, ACT_MS);
		v->heard = mem_array(HEARD_MAX, sizeof(*v->heard));
		v->sequence = 1;
		meshes_key(w, i, v->mesh_key);
		for (unsigned k = 0; k < SYBILS; k++)
			keypair_new(&v->sybils[k], &w->hostile->rng);
		if (!(w->plan.nodes[i].hostile & HOSTILE_CROWD))
			continue;
		v->crowd = mem_array(CROWD, sizeof(*v->crowd));
		for (unsigned k = 0; k < CROWD; k++)
			keypair_new(&v->crowd[k], &w->hostile->rng);
	}
}

void hostile_fini(struct world *w)
{
	if (w->hostile == NULL)
		return;
	for (uint32_t i = 0; i < w->count; i++) {
		mem_free(w->hostile->villains[i].heard);
		mem_free(w->hostile->villains[i].crowd);
	}
	mem_free(w->hostile->villains);
	mem_free(w->hostile);
	w->hostile = NULL;
}

void hostile_hears(struct world *w, uint32_t device, const struct world_frame *f)
{
	struct villain *v;
	struct heard *h;

	if (!speaks(w, device))
		return;
	v = &w->hostile->villains[device];
	/* half of the old ones stay, so that they get really old */
	if (v->heard_count >= HEARD_MAX && rng_below(&w->hostile->rng, 2))
		return;
	h = &v->heard[v->heard_count < HEARD_MAX
			      ? v->heard_count++
			      : rng_below(&w->hostile->rng, HEARD_MAX)];
	h->multicast = f->multicast;
	h->claimed = f->claimed;
	h->len = f->len;
	memcpy(h->bytes, f->bytes, f->len);
}

struct instant hostile_deadline(const struct world *w, uint32_t device)
{
	return speaks(w, device) ? w->hostile->villains[device].next : NEVER;
}

/* ---- what it sends ---- */

static void send_to_any(
	struct world *w, uint32_t device, uint32_t claimed, struct node_frame *f)
{
	f->to = air_endpoint((uint32_t)rng_below(&w->hostile->rng, w->count));
	air_send(w, device, claimed, f);
}

static const struct heard *heard_any(struct world *w, uint32_t device)
{
	struct villain *v = &w->hostile->villains[device];

	if (v->heard_count == 0)
		return NULL;
	return &v->heard[rng_below(&w->hostile->rng, v->heard_count)];
}

static void frame_of(struct node_frame *f, const struct heard *h)
{
	f->multicast = h->multicast;
	f->len = h->len;
	memcpy(f->bytes, h->bytes, h->len);
}

static void replay(struct world *w, uint32_t device)
{
	const struct heard *h = heard_any(w, device);
	struct node_frame f;

	if (h == NULL)
		return;
	frame_of(&f, h);
	send_to_any(
		w, device, rng_below(&w->hostile->rng, 4) == 0 ? device : h->claimed, &f);
}

/* Opens what was said to everybody; false: it is not of this mesh. */
static bool open_heard(
	struct world *w, uint32_t device, struct node_frame *f, struct bytes *text)
{
	size_t before = FRAME_HEADER_SIZE + FRAME_NONCE_SIZE;

	if (!f->multicast || f->len <= before + FRAME_TAG_SIZE ||
		!open_nonce(w->hostile->villains[device].mesh_key,
			f->bytes + FRAME_HEADER_SIZE,
			bytes_of(f->bytes, FRAME_HEADER_SIZE), f->bytes + before,
			f->len - before))
		return false;
	*text = bytes_of(f->bytes + before, f->len - before - FRAME_TAG_SIZE);
	return true;
}

static void seal_again(struct world *w, uint32_t device, struct node_frame *f, size_t len)
{
	size_t before = FRAME_HEADER_SIZE + FRAME_NONCE_SIZE;

	rng_fill(&w->hostile->rng, f->bytes + FRAME_HEADER_SIZE, FRAME_NONCE_SIZE);
	seal_nonce(w->hostile->villains[device].mesh_key, f->bytes + FRAME_HEADER_SIZE,
		bytes_of(f->bytes, FRAME_HEADER_SIZE), f->bytes + before, len);
	f->len = before + len + FRAME_TAG_SIZE;
}

/* Opens with the mesh key, changes a little, seals again; or changes sealed bytes. */
static void forge(struct world *w, uint32_t device)
{
	const struct heard *h = heard_any(w, device);
	size_t before = FRAME_HEADER_SIZE + FRAME_NONCE_SIZE;
	const struct rng *rng = &w->hostile->rng;
	struct node_frame f;
	struct bytes text;

	if (h == NULL)
		return;
	frame_of(&f, h);
	if (f.len <= before + FRAME_TAG_SIZE)
		return;
	if (open_heard(w, device, &f, &text)) {
		for (unsigned i = 0; i <= rng_below(rng, 4); i++)
			f.bytes[before + rng_below(rng, text.len)] ^=
				(uint8_t)(1 + rng_below(rng, 255));
		seal_again(w, device, &f, text.len);
	} else {
		f.bytes[rng_below(rng, f.len)] ^= (uint8_t)(1 + rng_below(rng, 255));
	}
	send_to_any(w, device, h->claimed, &f);
}

/* What of a message is signed by nobody: hop limit and hop count of a TC, all of a beat. */
static void change_unsigned(
	struct world *w, unsigned ways, struct node_frame *f, const struct message *m)
{
	static const uint8_t limits[] = { 0, 1, 2, 255 };
	uint8_t *body = f->bytes + (m->body.data - f->bytes);
	const struct rng *rng = &w->hostile->rng;
	struct tc t;

	if (m->kind == MESSAGE_TC && (ways & HOSTILE_COPY) && tc_parse(&t, m->body)) {
		body[t.hops_at] = limits[rng_below(rng, sizeof(limits))];
		body[t.hops_at + 1] = (uint8_t)rng_below(rng, 256);
	}
	if (m->kind == MESSAGE_BEAT && (ways & HOSTILE_BEAT)) {
		uint16_t number = (uint16_t)((body[1] << 8 | body[2]) + 1 +
					     (int)rng_below(rng, 64));

		body[1] = (uint8_t)(number >> 8);
		body[2] = (uint8_t)number;
		body[m->body.len - 1] = (uint8_t)rng_below(rng, 256);
	}
}

/* Says again what somebody said to all, from its own place or from his. */
static void say_again(struct world *w, uint32_t device, unsigned ways)
{
	const struct heard *h = heard_any(w, device);
	struct node_frame f;
	struct message m;
	struct bytes text;
	struct reader r;
	bool own = (ways & HOSTILE_COPY) && rng_below(&w->hostile->rng, 2);

	if (h == NULL)
		return;
	frame_of(&f, h);
	if (!open_heard(w, device, &f, &text))
		return;
	r = reader_of(text);
	while (message_read(&r, &m) == MESSAGE_GIVEN)
		change_unsigned(w, ways, &f, &m);
	seal_again(w, device, &f, text.len);
	send_to_any(w, device, own ? device : h->claimed, &f);
}

static void tc_signed(const struct tc *t, const struct keypair *by, struct writer *out)
{
	uint8_t body[ROUTING_MESSAGE_MAX], covered[ROUTING_MESSAGE_MAX],
		whole[ROUTING_MESSAGE_MAX];
	struct writer b = writer_of(body, sizeof(body));
	struct signature sig;
	size_t len;

	tc_write(&b, t);
	len = routing_covered(writer_bytes(&b), covered, sizeof(covered));
	sign(by, "qanat tc 1", bytes_of(covered, len), &sig);
	len = routing_signature_attach(writer_bytes(&b), sig.b, whole, sizeof(whole));
	(void)message_write(out, MESSAGE_TC, bytes_of(whole, len));
}

static struct tc tc_of(struct villain *v, const struct keypair *by)
{
	struct tc t = { .hop_limit = TC_HOP_LIMIT, .ansn = (uint16_t)v->sequence };

	t.announce.originator = address_of(&by->id);
	t.announce.key = by->id;
	t.announce.sequence = v->sequence++;
	t.announce.validity_ms = 60000;
	t.announce.interval_ms = 5000;
	return t;
}

/* A TC of a key made for it, which claims links to nodes that are there and others. */
static void sybil_tc(struct world *w, uint32_t device, struct writer *out)
{
	struct villain *v = &w->hostile->villains[device];
	const struct rng *rng = &w->hostile->rng;
	const struct keypair *self = &v->sybils[rng_below(rng, SYBILS)];
	struct tc t = tc_of(v, self);

	t.count = 1 + (unsigned)rng_below(rng, 6);
	for (unsigned i = 0; i < t.count; i++) {
		t.neighbours[i].node =
			w->devices[(device + i * 7 + 1) % w->count].address;
		t.neighbours[i].metric = 256;
	}
	tc_signed(&t, self, out);
}

/* The next of a tree of made-up routers that hangs on the device itself. */
static void crowd_tc(struct world *w, uint32_t device)
{
	struct villain *v = &w->hostile->villains[device];
	size_t i = v->crowd_next++ % CROWD;
	struct tc t = tc_of(v, &v->crowd[i]);
	struct node_frame f = { .multicast = true };
	struct writer header = writer_of(f.bytes, FRAME_HEADER_SIZE);
	struct writer text =
		writer_of(f.bytes + FRAME_HEADER_SIZE + FRAME_NONCE_SIZE, 1200);

	t.neighbours[t.count++] = (struct tc_neighbour){
		i < CROWD_TOP ? w->devices[device].address
			      : address_of(&v->crowd[(i - CROWD_TOP) / CROWD_FAN].id),
		1
	};
	for (size_t k = 0; k < CROWD_FAN && CROWD_TOP + i * CROWD_FAN + k < CROWD; k++)
		t.neighbours[t.count++] = (struct tc_neighbour){
			address_of(&v->crowd[CROWD_TOP + i * CROWD_FAN + k].id), 1
		};
	frame_header_write(&header, &(struct frame_header){ FRAME_MULTICAST, 0, 0,
					    rng_u64(&w->hostile->rng) });
	tc_signed(&t, &v->crowd[i], &text);
	seal_again(w, device, &f, text.len);
	air_send(w, device, device, &f);
}

static void junk(struct world *w, uint32_t device)
{
	const struct rng *rng = &w->hostile->rng;
	size_t before = FRAME_HEADER_SIZE + FRAME_NONCE_SIZE;
	struct node_frame f = { .multicast = rng_below(rng, 2) };
	struct writer header = writer_of(f.bytes, FRAME_HEADER_SIZE);
	struct writer text = writer_of(f.bytes + before, 1000);

	f.len = FRAME_HEADER_SIZE + rng_below(rng, 400);
	rng_fill(rng, f.bytes, f.len);
	if (rng_below(rng, 3) == 0) { /* not even a header */
		send_to_any(w, device, device, &f);
		return;
	}
	frame_header_write(&header,
		&(struct frame_header){
			f.multicast ? FRAME_MULTICAST
				    : (enum frame_type)rng_below(rng, FRAME_TYPES),
			0, f.multicast ? 0 : (uint32_t)rng_u64(rng), rng_u64(rng) });
	if (f.multicast) {
		if (rng_below(rng, 2)) {
			sybil_tc(w, device, &text);
		} else {
			uint8_t body[200];
			size_t len = rng_below(rng, sizeof(body));

			rng_fill(rng, body, len);
			(void)message_write(&text,
				(enum message_kind)(1 + rng_below(rng, 12)),
				bytes_of(body, len));
		}
		rng_fill(rng, f.bytes + FRAME_HEADER_SIZE, FRAME_NONCE_SIZE);
		seal_nonce(w->hostile->villains[device].mesh_key,
			f.bytes + FRAME_HEADER_SIZE, bytes_of(f.bytes, FRAME_HEADER_SIZE),
			text.at, text.len);
		f.len = before + text.len + FRAME_TAG_SIZE;
	}
	send_to_any(w, device, device, &f);
}

void hostile_acts(struct world *w, uint32_t device)
{
	unsigned ways = w->plan.nodes[device].hostile;
	struct villain *v;

	if (!speaks(w, device) || !instant_due(w->hostile->villains[device].next, w->now))
		return;
	v = &w->hostile->villains[device];
	v->next = instant_add_us(
		w->now, (int64_t)rng_below(&w->hostile->rng, 2 * ACT_MS * 1000) + 1);
	if (ways & HOSTILE_REPLAY)
		replay(w, device);
	if (ways & HOSTILE_FORGE)
		forge(w, device);
	if (ways & HOSTILE_FLOOD)
		junk(w, device);
	if (ways & (HOSTILE_COPY | HOSTILE_BEAT))
		say_again(w, device, ways);
	for (unsigned i = 0; (ways & HOSTILE_CROWD) && i < CROWD_ACTS; i++)
		crowd_tc(w, device);
}
