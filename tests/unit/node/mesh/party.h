/* SPDX-License-Identifier: ISC */
/* Machines of one mesh that talk over links which lose nothing: what they want to say is taken
 * and given until there is silence. */
#pragma once

#include "node/crypto/hash.h"
#include "node/mesh/machine.h"
#include "tests/test.h"

enum { PARTIES_MAX = 6 };

#define PARTY_S   ((int64_t)1700000000)
#define PARTY_DAY ((int64_t)86400)

struct party {
	struct keypair keys;
	struct drops drops;
	struct mesh *mesh;
};

struct parties {
	struct party at[PARTIES_MAX];
	bool linked[PARTIES_MAX][PARTIES_MAX];
	struct instant now;
	struct rng rng;
	struct log silent;
	size_t messages;
};

static inline void parties_init(struct parties *p, unsigned count)
{
	memset(p, 0, sizeof(*p));
	check(crypto_start() == 0);
	p->rng = test_rng();
	p->now = instant_ms(1000);
	for (unsigned i = 0; i < count; i++) {
		struct party *a = &p->at[i];
		struct mesh_config config = { .rng = p->rng, .log = &p->silent };

		keypair_new(&a->keys, &p->rng);
		config.self = &a->keys;
		config.drops = &a->drops;
		a->mesh = mesh_new(&config, p->now);
		mesh_wall_clock(a->mesh, p->now, PARTY_S * 1000);
	}
}

static inline void parties_fini(struct parties *p)
{
	for (unsigned i = 0; i < PARTIES_MAX; i++)
		mesh_free(p->at[i].mesh);
}

/* All clocks go on. */
static inline void parties_later(struct parties *p, int64_t seconds)
{
	p->now = instant_add_us(p->now, seconds * 1000000);
	for (unsigned i = 0; i < PARTIES_MAX; i++)
		if (p->at[i].mesh != NULL)
			mesh_tick(p->at[i].mesh, p->now);
}

/* Whether b lets a in by what a shows now. */
static inline bool parties_admit(struct parties *p, unsigned a, unsigned b)
{
	uint8_t shown[MESH_PAYLOAD_MAX];
	struct writer w = writer_of(shown, sizeof(shown));

	mesh_show(p->at[a].mesh, p->now, &w);
	return mesh_admits(p->at[b].mesh, p->now, &p->at[a].keys.id, writer_bytes(&w));
}

/* The link number by which a knows b. */
static inline void parties_link(struct parties *p, unsigned a, unsigned b)
{
	EXPECT(parties_admit(p, a, b) && parties_admit(p, b, a),
		"they let each other in");
	p->linked[a][b] = p->linked[b][a] = true;
	mesh_neighbour_up(p->at[a].mesh, p->now, b + 1);
	mesh_neighbour_up(p->at[b].mesh, p->now, a + 1);
}

static inline bool parties_say(struct parties *p, unsigned a, unsigned b)
{
	uint8_t body[MESH_MESSAGE_MAX];
	struct writer w = writer_of(body, sizeof(body));

	if (!p->linked[a][b] || (!mesh_write(p->at[a].mesh, b + 1, true, &w) &&
					!mesh_write(p->at[a].mesh, b + 1, false, &w)))
		return false;
	EXPECT(!w.overflow, "every message fits");
	p->messages++;
	mesh_receive(p->at[b].mesh, p->now, a + 1, writer_bytes(&w));
	return true;
}

static inline void parties_talk(struct parties *p)
{
	size_t limit = p->messages + 10000;
	bool more = true;

	while (more) {
		more = false;
		EXPECT(p->messages < limit, "they come to an end");
		for (unsigned a = 0; a < PARTIES_MAX; a++)
			for (unsigned b = 0; b < PARTIES_MAX; b++)
				more = parties_say(p, a, b) || more;
	}
}

/* Number 0 founds it, the others join by one invite of any number of uses. */
static inline void parties_found(struct parties *p, unsigned count)
{
	char token[TOKEN_TEXT_MAX];
	int64_t expires_s;

	EXPECT_EQ(mesh_found(p->at[0].mesh, p->now, "brook"), 0, "a mesh is made");
	EXPECT_EQ(mesh_invite(p->at[0].mesh, p->now, false, 0, 7 * PARTY_DAY, token,
			  &expires_s),
		0, "an invite is made");
	for (unsigned i = 1; i < count; i++)
		EXPECT_EQ(mesh_join(p->at[i].mesh, p->now, token), 0, "and used");
}

static inline uint64_t party_drops(const struct parties *p, unsigned i)
{
	uint64_t sum = 0;

	for (unsigned k = 0; k < DROP_REASONS; k++)
		sum += p->at[i].drops.count[k];
	return sum;
}
