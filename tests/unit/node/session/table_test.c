/* SPDX-License-Identifier: ISC */
/* The tables: indices, slots, caps and victims. */
#include "node/session/table.h"

#include "node/base/mem.h"
#include "tests/unit/node/session/air.h"

static struct session_path path_of(uint32_t i)
{
	struct session_path p = { 0, { { 0xfd, 0x71 } } };

	memcpy(p.node.b + 4, &i, sizeof(i));
	return p;
}

TEST(table_gives_indices_that_are_unique_and_never_zero)
{
	enum { MANY = 2000 };
	uint32_t given[MANY];
	struct sessions *s;
	struct session_path path = path_of(1);
	struct peer *p;
	struct air a;

	air_open(&a);
	s = a.nodes[0].sessions;
	p = peer_get(s, a.now, &path);
	for (int i = 0; i < MANY; i++) {
		given[i] = index_add(s, p, NULL);
		EXPECT(given[i] != 0, "an index is not 0");
		EXPECT(index_find(s, given[i])->peer == p, "it finds its peer");
	}
	for (int i = 0; i < MANY; i++)
		index_remove(s, given[i]);
	for (int i = 0; i < MANY; i++)
		EXPECT(index_find(s, given[i]) == NULL, "a removed index is not found");
	EXPECT_CHECK(index_remove(s, 7), "removing what is not there is our mistake");
	air_close(&a);
}

TEST(table_lets_the_peer_idle_longest_go)
{
	struct sessions *s;
	struct air a;

	air_open(&a);
	air_restart_with(&a, 0, 8);
	s = a.nodes[0].sessions;
	for (uint32_t i = 0; i < 50; i++) {
		struct session_path path = path_of(i), old = path_of(i - 8);

		a.now = instant_add_ms(a.now, 1);
		(void)peer_get(s, a.now, &path);
		EXPECT(s->peer_count <= 8, "never more than the cap");
		EXPECT(i < 8 || peer_find(s, &old) == NULL, "the oldest has gone");
	}
	air_close(&a);
}

TEST(table_spares_a_peer_with_a_session)
{
	struct session_path one;
	struct air a;

	air_open(&a);
	air_restart_with(&a, 0, 4);
	air_join(&a, 0, 0, 1);
	one = air_path(&a, 0, 1);
	for (uint32_t i = 0; i < 50; i++) {
		struct session_path path = path_of(i);

		a.now = instant_add_ms(a.now, 1);
		(void)peer_get(a.nodes[0].sessions, a.now, &path);
	}
	EXPECT(peer_find(a.nodes[0].sessions, &one) != NULL,
		"wishes push out no session");
	EXPECT_EQ(a.nodes[0].downs, 0, "and nobody hears of an end");
	air_close(&a);
}

TEST(table_caps_pending_handshakes_and_lets_the_oldest_go)
{
	struct sessions *s;
	struct air a;

	air_open(&a);
	s = a.nodes[0].sessions;
	for (uint32_t i = 0; i < 3 * PENDING_MAX; i++) {
		struct pending *p = mem_new(sizeof(*p));
		uint8_t old[HANDSHAKE_KEY_SIZE] = { 0 };
		uint32_t gone = i - PENDING_MAX;

		memcpy(p->ephemeral, &i, sizeof(i));
		memcpy(old, &gone, sizeof(gone));
		p->stage = STAGE_SENT_2;
		p->index = index_add(s, NULL, p);
		p->ends_at = instant_add_ms(a.now, PENDING_LIFE_MS);
		pending_take(s, p);
		EXPECT(HASH_COUNT(s->pendings) <= PENDING_MAX, "never more than the cap");
		EXPECT(i < PENDING_MAX || pending_find(s, old) == NULL,
			"the oldest has gone");
	}
	EXPECT_EQ(HASH_COUNT(s->indices), PENDING_MAX, "and its index with it");
	a.now = instant_add_ms(a.now, PENDING_LIFE_MS);
	sessions_tick(s, a.now);
	EXPECT_EQ(HASH_COUNT(s->pendings), 0, "after their time all are gone");
	EXPECT_EQ(HASH_COUNT(s->indices), 0, "and their indices");
	EXPECT_EQ(sessions_deadline(s).us, NEVER.us, "nothing is due any more");
	air_close(&a);
}

TEST(table_greeting_must_name_the_proved_key_and_the_address)
{
	uint8_t room[GREETING_MAX];
	struct session_path path, wrong;
	struct handshake_key other;
	struct greeting g;
	struct bytes text;
	struct air a;

	air_open(&a);
	path = air_path(&a, 1, 0);
	wrong = air_path(&a, 1, 1);
	other = a.nodes[1].sessions->static_key;
	text = table_greet(a.nodes[0].sessions, 3, 4, room);
	EXPECT(table_greeting(&g, text, a.nodes[0].sessions->static_key.open, &path),
		"the true one holds");
	EXPECT(!table_greeting(&g, text, other.open, &path), "an id with another's key");
	EXPECT(!table_greeting(&g, text, a.nodes[0].sessions->static_key.open, &wrong),
		"an id with another's address");
	memset(room + 1, 0, 32);
	EXPECT(!table_greeting(&g, text, a.nodes[0].sessions->static_key.open, &path),
		"an id of small order");
	memset(room + 1, 0xff, 32);
	EXPECT(!table_greeting(&g, text, a.nodes[0].sessions->static_key.open, &path),
		"an id that is no point");
	air_close(&a);
}
