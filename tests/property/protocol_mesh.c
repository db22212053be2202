/* SPDX-License-Identifier: ISC */
/* The examples under "Membership" in node/PROTOCOL.md: the parsers take them, signatures hold. */
#include "node/mesh/machine.h"
#include "node/mesh/pairing.h"
#include "tests/property/examples.h"

enum { FROM_S = 1700000000, LATER_S = 1700003600 };

/* Ada founded the mesh of the examples; bob came by her invite. */
static struct keypair party(uint8_t number)
{
	uint8_t seed[32] = { 0x51, number };
	struct keypair k;

	check(crypto_start() == 0);
	keypair_from_seed(&k, seed);
	return k;
}

static struct hash mesh_id(void)
{
	struct mesh_genesis g;

	EXPECT(record_genesis_parse(&g, document_example("mesh_genesis")), "it is there");
	return record_mesh(&g);
}

static bool accepts_genesis(struct bytes b)
{
	struct keypair ada = party(1);
	struct mesh_genesis g;
	struct hash id;

	if (!record_genesis_parse(&g, b))
		return false;
	id = record_mesh(&g);
	return record_genesis_verify(&g) && id_equal(&g.founder, &ada.id) &&
	       strcmp(g.name, "brook") == 0 && document_says(id_bytes(&id));
}

static bool accepts_certificate(struct bytes b)
{
	struct keypair ada = party(1), once = party(3);
	struct reader r = reader_of(b);
	struct hash mesh = mesh_id();
	struct mesh_certificate c;

	return record_certificate_read(&c, &r, NULL) && read_ended(&r) &&
	       record_certificate_verify(&c, &mesh, &ada.id) &&
	       id_equal(&c.subject, &once.id) &&
	       c.rights == (MESH_MEMBER | MESH_INVITE) && c.uses == 1 &&
	       c.from_s == FROM_S && c.serial == 2;
}

static bool is_bobs(const struct lineage *l)
{
	struct keypair ada = party(1);
	struct hash mesh = mesh_id();

	return l->count == 2 && l->root == lineage_root_of(&ada.id) &&
	       lineage_narrows(l) == MESH_FINE && lineage_verify(l, &mesh, &ada.id) &&
	       l->at[0].from_s == LATER_S;
}

/* As in bob's message 3 behind the instance. */
static bool accepts_shown(struct bytes b)
{
	struct reader r = reader_of(b);
	struct keypair bob = party(2);
	uint32_t wall_s = read_u32(&r);
	struct lineage l;

	return lineage_read(&l, &r, &bob.id) == MESH_FINE && read_ended(&r) &&
	       wall_s == LATER_S && is_bobs(&l);
}

static bool accepts_cofounder(struct bytes b)
{
	struct keypair ada = party(1), bob = party(2);
	struct hash mesh = mesh_id();
	struct mesh_cofounder c;

	return record_cofounder_parse(&c, b) && record_cofounder_verify(&c, &mesh) &&
	       id_equal(&c.issuer, &ada.id) && id_equal(&c.subject, &bob.id);
}

static bool accepts_revocation(struct bytes b)
{
	struct keypair ada = party(1), bob = party(2);
	struct hash mesh = mesh_id();
	struct mesh_revocation v;

	return record_revocation_parse(&v, b) && record_revocation_verify(&v, &mesh) &&
	       id_equal(&v.issuer, &ada.id) && id_equal(&v.subject, &bob.id) &&
	       !v.by_delegate;
}

static bool accepts_token(struct bytes b)
{
	char *text = mem_new(b.len + 1);
	struct token t;
	bool good;

	if (b.len > 0)
		memcpy(text, b.data, b.len);
	good = b.len > 0 && memchr(b.data, 0, b.len) == NULL && b.data[b.len - 1] > ' ' &&
	       token_parse(&t, text) == TOKEN_FINE && t.invite.at[0].uses == 1;
	mem_free(text);
	return good;
}

/* What ada's machine says to a message from bob. */
static bool machine_takes(struct bytes b, size_t members)
{
	static const struct log silent = { NULL, NULL, LOG_ERROR_ };
	struct keypair ada = party(1);
	struct rng_seeded luck;
	struct drops drops = { { 0 } };
	struct mesh_config config = { &ada, rng_seeded_init(&luck, 1), &silent, &drops };
	struct mesh *m = mesh_new(&config, instant_us(0));
	bool good;

	/* bob's mesh has its own luck: this one is given the id of the example */
	mesh_wall_clock(m, instant_us(0), FROM_S * INT64_C(1000));
	check(mesh_found(m, instant_us(0), "brook") == 0);
	m->id = mesh_id();
	m->roster.mesh = m->id;
	mesh_neighbour_up(m, instant_us(0), 1);
	mesh_receive(m, instant_us(0), 1, b);
	good = m->roster.sorted[RECORDS_MEMBERS].count == members;
	for (unsigned i = 0; i < DROP_REASONS; i++)
		good = good && drops.count[i] == 0;
	mesh_free(m);
	return good;
}

static bool accepts_digest(struct bytes b)
{
	return machine_takes(b, 1);
}

static bool accepts_list(struct bytes b)
{
	return machine_takes(b, 1);
}

static bool accepts_record(struct bytes b)
{
	return machine_takes(b, 2);
}

/* The two sides of the examples, as far as the frame of this op. */
static bool pairing_takes(unsigned op, struct bytes b)
{
	static const char *const names[] = { "pairing_seek", "pairing_offer",
		"pairing_share", "pairing_answer", "pairing_ask", "pairing_piece" };
	struct keypair keys[2] = { party(1), party(2) };
	struct rng_seeded luck;
	struct rng rng = rng_seeded_init(&luck, 1);
	struct drops drops = { { 0 } };
	struct pairing sides[2];
	char code[PAIRING_CODE_DIGITS + 1];
	bool multicast, answered = false;

	for (unsigned i = 0; i < 2; i++)
		pairing_init(&sides[i], &keys[i].id, &rng, &drops);
	pairing_open(&sides[0], instant_us(0), "a token", code);
	memcpy(sides[0].code, "12345678", sizeof(code));
	EXPECT(pairing_seek(&sides[1], instant_us(0), "12345678"), "a code");
	for (unsigned i = 0; i <= op; i++) {
		uint8_t buf[PAIRING_ASK_SIZE];
		struct writer w = writer_of(buf, sizeof(buf));

		if (i == 0)
			EXPECT(pairing_send(&sides[1], instant_us(0), &multicast, &w) &&
					bytes_equal(writer_bytes(&w),
						document_example(names[0])),
				"the same luck, the same frame");
		w = writer_of(buf, sizeof(buf));
		answered = pairing_receive(&sides[i % 2], instant_us(0),
			i == op ? b : document_example(names[i]), &w);
		if (answered && i < op)
			EXPECT_BYTES(writer_bytes(&w), document_example(names[i + 1]),
				"and the same answer");
		/* by what comes next, not by no, nor as something else */
		answered = answered && buf[FRAME_HEADER_SIZE] == i + 2;
	}
	return op == 5 ? strcmp(sides[1].token, "a token") == 0 : answered;
}

static bool accepts_seek(struct bytes b)
{
	return pairing_takes(0, b);
}

static bool accepts_offer(struct bytes b)
{
	return pairing_takes(1, b);
}

static bool accepts_share(struct bytes b)
{
	return pairing_takes(2, b);
}

static bool accepts_answer(struct bytes b)
{
	return pairing_takes(3, b);
}

static bool accepts_ask(struct bytes b)
{
	return pairing_takes(4, b);
}

static bool accepts_piece(struct bytes b)
{
	return pairing_takes(5, b);
}

static const struct example_row rows[] = {
	{ "mesh_genesis", accepts_genesis, SEALED, 0, { { 0, 0 } } },
	{ "mesh_certificate", accepts_certificate, SEALED, 0, { { 0, 0 } } },
	{ "mesh_shown", accepts_shown, SEALED, 0, { { 0, 0 } } },
	{ "mesh_cofounder", accepts_cofounder, SEALED, 0, { { 0, 0 } } },
	{ "mesh_revocation", accepts_revocation, SEALED, 0, { { 0, 0 } } },
	{ "mesh_token", accepts_token, SEALED, 0, { { 0, 0 } } },
	{ "member_digest", accepts_digest, 0, 0, { { 0, 0 } } },
	{ "member_list", accepts_list, 0, 0, { { 0, 0 } } },
	{ "member_record", accepts_record, SEALED, 0, { { 0, 0 } } },
	{ "pairing_seek", accepts_seek, 0, 0, { { 0, 0 } } },
	{ "pairing_offer", accepts_offer, 0, 0, { { 0, 0 } } },
	{ "pairing_share", accepts_share, 0, 0, { { 0, 0 } } },
	{ "pairing_answer", accepts_answer, 0, 0, { { 0, 0 } } },
	/* free: from where on it asks */
	{ "pairing_ask", accepts_ask, SEALED, 0, { { 65, 67 } } },
	{ "pairing_piece", accepts_piece, SEALED, 0, { { 0, 0 } } },
};

static bool is_ours(const struct example *e)
{
	return strcmp(e->chapter, "Membership") == 0;
}

TEST(every_example_of_membership_has_its_parser_and_every_parser_its_example)
{
	examples_expect_names(rows, array_len(rows), is_ours);
}

TEST(every_example_of_membership_is_accepted)
{
	examples_expect_accepted(rows, array_len(rows));
}

TEST(membership_cut_short_or_too_long_is_refused)
{
	examples_expect_length(rows, array_len(rows));
}

TEST(no_bit_of_what_is_signed_can_be_changed)
{
	examples_expect_seals(rows, array_len(rows));
}
