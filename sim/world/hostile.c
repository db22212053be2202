/* SPDX-License-Identifier: ISC */
#include "sim/world/hostile.h"

#include "node/base/mem.h"
#include "node/crypto/seal.h"
#include "routing/tc.h"

enum {
	HEARD_MAX = 64,
	ACT_MS = 100, /* between two frames of a hostile node */
	SYBILS = 8,
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

static bool speaks(const struct world *w, uint32_t i)
{
	return w->hostile != NULL &&
	       (w->plan.nodes[i].hostile &
		       (HOSTILE_REPLAY | HOSTILE_FLOOD | HOSTILE_FORGE)) != 0;
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
	}
}

void hostile_fini(struct world *w)
{
	if (w->hostile == NULL)
		return;
	for (uint32_t i = 0; i < w->count; i++)
		mem_free(w->hostile->villains[i].heard);
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

/* Opens with the mesh key, changes a little, seals again; or changes sealed bytes. */
static void forge(struct world *w, uint32_t device)
{
	const struct heard *h = heard_any(w, device);
	size_t before = FRAME_HEADER_SIZE + FRAME_NONCE_SIZE, text;
	const struct rng *rng = &w->hostile->rng;
	struct node_frame f;

	if (h == NULL)
		return;
	frame_of(&f, h);
	if (f.len <= before + FRAME_TAG_SIZE)
		return;
	text = f.len - before - FRAME_TAG_SIZE;
	if (h->multicast &&
		open_nonce(w->hostile->villains[device].mesh_key,
			f.bytes + FRAME_HEADER_SIZE, bytes_of(f.bytes, FRAME_HEADER_SIZE),
			f.bytes + before, f.len - before)) {
		for (unsigned i = 0; i <= rng_below(rng, 4); i++)
			f.bytes[before + rng_below(rng, text)] ^=
				(uint8_t)(1 + rng_below(rng, 255));
		rng_fill(rng, f.bytes + FRAME_HEADER_SIZE, FRAME_NONCE_SIZE);
		seal_nonce(w->hostile->villains[device].mesh_key,
			f.bytes + FRAME_HEADER_SIZE, bytes_of(f.bytes, FRAME_HEADER_SIZE),
			f.bytes + before, text);
	} else {
		f.bytes[rng_below(rng, f.len)] ^= (uint8_t)(1 + rng_below(rng, 255));
	}
	send_to_any(w, device, h->claimed, &f);
}

/* A TC of a key made for it, which claims links to nodes that are there and others. */
static void sybil_tc(struct world *w, uint32_t device, struct writer *out)
{
	struct villain *v = &w->hostile->villains[device];
	const struct rng *rng = &w->hostile->rng;
	const struct keypair *self = &v->sybils[rng_below(rng, SYBILS)];
	uint8_t body[ROUTING_MESSAGE_MAX], covered[ROUTING_MESSAGE_MAX],
		whole[ROUTING_MESSAGE_MAX];
	struct writer b = writer_of(body, sizeof(body));
	struct signature sig;
	struct tc t = { .hop_limit = TC_HOP_LIMIT, .ansn = (uint16_t)v->sequence };
	size_t len;

	t.announce.originator = address_of(&self->id);
	t.announce.key = self->id;
	t.announce.sequence = v->sequence++;
	t.announce.validity_ms = 60000;
	t.announce.interval_ms = 5000;
	t.count = 1 + (unsigned)rng_below(rng, 6);
	for (unsigned i = 0; i < t.count; i++) {
		t.neighbours[i].node =
			w->devices[(device + i * 7 + 1) % w->count].address;
		t.neighbours[i].metric = 256;
	}
	tc_write(&b, &t);
	len = routing_covered(writer_bytes(&b), covered, sizeof(covered));
	sign(self, "qanat tc 1", bytes_of(covered, len), &sig);
	len = routing_signature_attach(writer_bytes(&b), sig.b, whole, sizeof(whole));
	(void)message_write(out, MESSAGE_TC, bytes_of(whole, len));
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
}
