/* SPDX-License-Identifier: ISC */
/*
 * Two nodes and an attacker who knows the mesh key. The input is a list of steps, each
 * an operation and its arguments: wishes, time, frames that pass, frames that are
 * altered (with mac1 made right again, if so asked), frames made of nothing, frames
 * played again. It must never crash, never open what the other node has not sealed,
 * never open a frame twice, and never send more than it was sent in answer to a first
 * message.
 */
#include <stdlib.h>

#include "node/crypto/hash.h"
#include "node/session/table.h"
#include "node/wire/reader.h"

enum { KEPT = 16, STEPS_MAX = 400, SAID_MAX = 512 };

enum operation {
	STEP_WANT,
	STEP_TIME,
	STEP_PASS,
	STEP_ALTER,
	STEP_RAW,
	STEP_AGAIN,
	STEP_SAY,
	STEP_FORGET,
	STEP_KINDS
};

struct flying {
	unsigned to;
	uint32_t link;
	size_t len;
	uint8_t bytes[SESSION_HANDSHAKE_MAX];
};

struct scene {
	struct instant now;
	struct rng_seeded luck[2];
	struct drops drops[2];
	struct sessions *nodes[2];
	struct flying kept[KEPT];
	size_t kept_count;
	uint8_t said[2][SAID_MAX]; /* times that each number told in a frame was heard */
	uint32_t said_count[2];
};

static struct keypair keys[2];

static void must(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	uint8_t seed[32] = { 0 };
	struct address a, b;

	(void)argc;
	(void)argv;
	must(crypto_start() == 0);
	do {
		seed[0]++;
		keypair_from_seed(&keys[0], seed);
		seed[1]++;
		keypair_from_seed(&keys[1], seed);
		a = address_of(&keys[0].id);
		b = address_of(&keys[1].id);
	} while (id_compare(&a, &b) >= 0);
	return 0;
}

static void begin(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->now = instant_ms(1);
	for (unsigned i = 0; i < 2; i++) {
		struct session_config c = {
			.self = &keys[i], .drops = &s->drops[i], .max_peers = 2
		};

		c.rng = rng_seeded_init(&s->luck[i], i);
		memcpy(c.mesh_key, "a mesh key of thirty-two bytes!", 32);
		s->nodes[i] = sessions_new(&c, s->now);
	}
}

static void events(struct scene *s)
{
	struct session_event e;

	for (unsigned i = 0; i < 2; i++) {
		while (sessions_take_event(s->nodes[i], &e))
			must(e.kind == SESSION_DOWN || id_equal(&e.id, &keys[1 - i].id));
		must(s->nodes[i]->peer_count <= 2);
	}
}

static void give(struct scene *s, struct flying f)
{
	struct session_path path = { f.link, address_of(&keys[1 - f.to].id) };
	struct session_opened got = { 0 };
	uint32_t number;

	if (sessions_receive(s->nodes[f.to], s->now, &path, f.bytes, f.len, &got) ==
		SESSION_OPENED) {
		must(id_equal(&got.id, &keys[1 - f.to].id));
		must(got.messages.len == 0 || got.messages.len == 4);
		if (got.messages.len == 4) {
			struct reader r = reader_of(got.messages);

			number = read_u32(&r);
			must(number < s->said_count[1 - f.to]);
			must(s->said[1 - f.to][number]++ == 0);
		}
	}
	events(s);
}

static bool take(struct scene *s, unsigned from, struct flying *f)
{
	struct session_path path;

	memset(f, 0, sizeof(*f));
	if (!sessions_take_frame(s->nodes[from], s->now, &path, f->bytes, &f->len))
		return false;
	must(f->len <= ENVELOPE_1_SIZE);
	f->to = 1 - from;
	f->link = path.link;
	s->kept[s->kept_count++ % KEPT] = *f;
	return true;
}

static void make_mac1(struct flying *f)
{
	struct address from = address_of(&keys[1 - f->to].id),
		       to = address_of(&keys[f->to].id);
	struct bytes covered = bytes_of(f->bytes, f->len - ENVELOPE_MACS);

	if (f->len >= ENVELOPE_MIN)
		cookie_mac1((const uint8_t *)"a mesh key of thirty-two bytes!", &from,
			&to, covered, f->bytes + covered.len);
}

static void alter(struct reader *r, struct flying *f)
{
	unsigned at = read_u16(r), with = read_u8(r);

	if (f->len == 0)
		return;
	if (at % f->len < f->len)
		f->bytes[at % f->len] ^= (uint8_t)with;
	if (with & 1)
		make_mac1(f);
}

static void raw(struct scene *s, struct reader *r, unsigned to, uint32_t link)
{
	unsigned len = read_u16(r);
	struct flying f = { .to = to, .link = link };

	f.len = len % sizeof(f.bytes);
	if (f.len > r->left)
		f.len = r->left;
	read_copy(r, f.bytes, f.len);
	if (read_u8(r) & 1)
		make_mac1(&f);
	give(s, f);
}

static void say(struct scene *s, unsigned from, uint32_t link)
{
	struct session_path path = { link, address_of(&keys[1 - from].id) };
	struct flying f = { .to = 1 - from, .link = link };
	struct writer w = writer_of(f.bytes + FRAME_HEADER_SIZE, 4);
	uint32_t peer, epoch;
	uint64_t number;

	if (s->said_count[from] == SAID_MAX ||
		!sessions_find(s->nodes[from], &path, &peer))
		return;
	write_u32(&w, s->said_count[from]);
	f.len = sessions_seal(s->nodes[from], s->now, peer, f.bytes, 4, &number, &epoch);
	if (f.len == 0)
		return;
	s->said_count[from]++;
	s->kept[s->kept_count++ % KEPT] = f;
}

/* One step; who and where are in the upper bits of its first byte. */
static void step(struct scene *s, struct reader *r)
{
	unsigned first = read_u8(r), node = first >> 7;
	uint32_t link = first >> 6 & 1;
	struct session_path path = { link, address_of(&keys[1 - node].id) };
	struct flying f;

	switch ((enum operation)(first % STEP_KINDS)) {
	case STEP_WANT:
		sessions_want(s->nodes[node], s->now, &path);
		break;
	case STEP_TIME:
		s->now = instant_add_ms(s->now, read_u16(r));
		for (unsigned i = 0; i < 2; i++) {
			sessions_tick(s->nodes[i], s->now);
			must(instant_before(s->now, sessions_deadline(s->nodes[i])));
		}
		break;
	case STEP_PASS:
		if (take(s, node, &f))
			give(s, f);
		break;
	case STEP_ALTER:
		if (take(s, node, &f)) {
			alter(r, &f);
			give(s, f);
		}
		break;
	case STEP_RAW:
		raw(s, r, node, link);
		break;
	case STEP_AGAIN:
		f = s->kept[read_u8(r) % KEPT];
		if (first & 32)
			alter(r, &f);
		give(s, f);
		break;
	case STEP_SAY:
		say(s, node, link);
		break;
	case STEP_FORGET:
		sessions_forget(s->nodes[node], &path);
		break;
	case STEP_KINDS:
		break;
	}
	events(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scene s;
	struct reader r = reader_of(bytes_of(data, size));

	begin(&s);
	for (int i = 0; i < STEPS_MAX && r.left > 0; i++)
		step(&s, &r);
	sessions_free(s.nodes[0]);
	sessions_free(s.nodes[1]);
	return 0;
}
