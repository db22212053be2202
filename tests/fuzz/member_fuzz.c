/* SPDX-License-Identifier: ISC */
/*
 * Membership from outside: the input is a list of { where:8 length:16 body }, handed to a mesh of
 * a founder and a member. where: 0 a message of the neighbour, 1 one in a multicast frame, 2 what
 * somebody shows in a handshake, 3 a token, 4 a saved state, 5 a pairing frame for an inviter, 6
 * one for a newcomer. Whatever comes, nobody becomes a member or a founder who was not signed for,
 * and what is kept comes back.
 */
#include <stdlib.h>

#include "node/crypto/hash.h"
#include "node/mesh/machine.h"
#include "node/mesh/pairing.h"

enum { PARTS_MAX = 64, WALL_S = 1700000000 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct stage {
	struct rng_seeded luck;
	struct rng rng;
	struct log log;
	struct drops drops;
	struct mesh *a, *b, *outside;
	struct pairing inviter, newcomer;
	struct instant now;
};

static struct keypair keys[3];

static void must(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	must(crypto_start() == 0);
	for (uint8_t i = 0; i < 3; i++) {
		uint8_t seed[32] = { 0x51, (uint8_t)(i + 1) };

		keypair_from_seed(&keys[i], seed);
	}
	return 0;
}

static struct mesh *machine(struct stage *s, unsigned i)
{
	struct mesh_config c = { &keys[i], s->rng, &s->log, &s->drops };
	struct mesh *m = mesh_new(&c, s->now);

	mesh_wall_clock(m, s->now, WALL_S * INT64_C(1000));
	return m;
}

static void begin(struct stage *s)
{
	char token[TOKEN_TEXT_MAX], code[PAIRING_CODE_DIGITS + 1];
	int64_t expires_s;

	memset(s, 0, sizeof(*s));
	s->rng = rng_seeded_init(&s->luck, 1);
	s->now = instant_ms(1000);
	s->a = machine(s, 0);
	s->b = machine(s, 1);
	s->outside = machine(s, 2);
	must(mesh_found(s->a, s->now, "brook") == 0);
	must(mesh_invite(s->a, s->now, true, 0, 86400, token, &expires_s) == 0);
	must(mesh_join(s->b, s->now, token) == 0);
	mesh_neighbour_up(s->a, s->now, 1);
	pairing_init(&s->inviter, &keys[0].id, &s->rng, &s->drops);
	pairing_init(&s->newcomer, &keys[2].id, &s->rng, &s->drops);
	pairing_open(&s->inviter, s->now, token, code);
	must(pairing_seek(&s->newcomer, s->now, "12345678"));
}

/* Everything that the machine wants to say. */
static void listen(struct stage *s)
{
	uint8_t buf[MESH_MESSAGE_MAX];

	for (unsigned urgent = 0; urgent < 2; urgent++)
		for (unsigned i = 0; i < 100; i++) {
			struct writer w = writer_of(buf, sizeof(buf));

			if (!mesh_write(s->a, 1, urgent == 1, &w))
				break;
			must(!w.overflow);
		}
}

static void pair(struct stage *s, struct pairing *p, struct bytes body)
{
	uint8_t buf[PAIRING_ASK_SIZE];
	struct writer w = writer_of(buf, sizeof(buf));
	bool multicast;

	if (pairing_receive(p, s->now, body, &w))
		must(!w.overflow && (p == &s->newcomer || w.len <= body.len));
	w = writer_of(buf, sizeof(buf));
	if (pairing_send(p, s->now, &multicast, &w))
		must(w.len == PAIRING_ASK_SIZE);
}

static void token(struct stage *s, struct bytes body)
{
	char *text = mem_new(body.len + 1);

	if (body.len > 0)
		memcpy(text, body.data, body.len);
	/* such a token may be whole: then it is one of a mesh that nobody else is in */
	if (mesh_join(s->outside, s->now, text) == 0)
		must(mesh_joined(s->outside));
	mem_free(text);
}

static void part(struct stage *s, unsigned where, struct bytes body)
{
	struct mesh *m;

	switch (where % 7) {
	case 0:
		mesh_receive(s->a, s->now, 1, body);
		break;
	case 1:
		mesh_receive(s->a, s->now, 0, body);
		break;
	case 2:
		/* number 1 may have shown what it has */
		if (mesh_admits(s->a, s->now, &keys[1].id, body))
			must(mesh_holds(s->a, &keys[1].id));
		must(!mesh_admits(s->a, s->now, &keys[2].id, body));
		break;
	case 3:
		token(s, body);
		break;
	case 4:
		m = machine(s, 1);
		if (mesh_load(m, body))
			must(mesh_joined(m));
		mesh_free(m);
		break;
	case 5:
		pair(s, &s->inviter, body);
		break;
	case 6:
		pair(s, &s->newcomer, body);
		break;
	}
}

static void end(struct stage *s)
{
	struct mesh *again = machine(s, 0);
	uint8_t *saved;
	size_t len;

	must(!roster_is_founder(&s->a->roster, &keys[1].id) &&
		!mesh_holds(s->a, &keys[2].id));
	saved = mesh_save(s->a, &len);
	must(mesh_load(again, bytes_of(saved, len)));
	mem_free(saved);
	mesh_free(again);
	mesh_free(s->a);
	mesh_free(s->b);
	mesh_free(s->outside);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(bytes_of(data, size));
	struct stage s;

	begin(&s);
	for (unsigned i = 0; i < PARTS_MAX && r.left > 3; i++) {
		unsigned where = read_u8(&r);
		size_t len = read_u16(&r);

		part(&s, where, read_bytes(&r, len < r.left ? len : r.left));
		s.now = instant_add_ms(s.now, 100);
		mesh_tick(s.a, s.now);
		listen(&s);
	}
	end(&s);
	return 0;
}
