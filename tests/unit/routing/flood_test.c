/* SPDX-License-Identifier: ISC */
#include "routing/flood.h"

#include "tests/unit/routing/golden.h"

/* A router in a database, and two advertised links, on interfaces in places 0 and 1. */
struct scene {
	struct lsdb db;
	struct nhdp links;
	struct flood flood;
	struct rng rng;
	struct lsdb_router *n;
};

static void scene_init(struct scene *s)
{
	struct address self = golden_address(2);
	struct tc t = golden_tc();

	lsdb_init(&s->db);
	nhdp_init(&s->links);
	flood_init(&s->flood);
	s->rng = test_rng();
	s->n = lsdb_install(&s->db, instant_ms(1000), &t, BYTES("body"));
	for (uint32_t i = 0; i < 2; i++) {
		struct hello h = golden_hello();
		struct nhdp_link *l =
			nhdp_hello(&s->links, instant_ms(1000), i + 1, &h, &self);

		l->interface = i + 1;
		l->place = i;
		l->advertised = true;
	}
}

static void scene_fini(struct scene *s)
{
	nhdp_fini(&s->links);
	lsdb_fini(&s->db);
}

TEST(flood_goes_out_once_on_each_interface_but_not_back_to_the_only_sender)
{
	struct scene s;

	scene_init(&s);
	flood_add(&s.flood, &s.links, instant_ms(1000), &s.rng, s.n, 1);
	EXPECT(flood_take(&s.flood, instant_ms(1000), 1) == NULL,
		"not before its jitter");
	EXPECT(flood_deadline(&s.flood, instant_ms(1000)).us <= 1020001,
		"which is short");
	EXPECT(flood_take(&s.flood, instant_ms(1021), 0) == NULL, "not back");
	EXPECT(flood_take(&s.flood, instant_ms(1021), 1) == s.n, "onward");
	EXPECT(flood_take(&s.flood, instant_ms(1021), 1) == NULL, "once");
	flood_add(&s.flood, &s.links, instant_ms(2000), &s.rng, s.n, 0);
	EXPECT(s.flood.queue == NULL, "and never again");
	s.n->mark++;
	flood_add(&s.flood, &s.links, instant_ms(2000), &s.rng, s.n, 0);
	flood_interface_gone(&s.flood, 0);
	flood_interface_gone(&s.flood, 1);
	EXPECT(s.flood.queue == NULL, "what waited for a gone interface is gone");
	scene_fini(&s);
}

TEST(flood_of_one_originator_is_slowed)
{
	struct scene s;
	unsigned sent = 0;

	scene_init(&s);
	for (int64_t ms = 1000; ms < 2000; ms++) {
		s.n->mark++;
		flood_add(&s.flood, &s.links, instant_ms(ms), &s.rng, s.n, 1);
		sent += flood_take(&s.flood, instant_ms(ms), 1) != NULL;
	}
	EXPECT(sent >= 5 && sent <= 11, "a thousand TCs a second become ten");
	while (s.flood.queue != NULL)
		flood_take(&s.flood, instant_ms(9000), 1);
	scene_fini(&s);
}
