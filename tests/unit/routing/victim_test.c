/* SPDX-License-Identifier: ISC */
#include "routing/victim.h"

#include "tests/unit/routing/golden.h"

enum { FULL = ROUTING_NODES_MAX };

static struct lsdb db;

static struct address address_n(uint32_t i)
{
	struct address a = { { 0xfd, 0x71, (uint8_t)(i >> 8), (uint8_t)i } };

	return a;
}

static struct lsdb_router *add(uint32_t i, const struct lsdb_router *parent)
{
	struct address a = address_n(i);
	struct lsdb_router *n = lsdb_router_add(&db, &a);

	EXPECT(n != NULL, "there is room");
	n->updated = instant_ms(i);
	if (parent == n)
		return n; /* no way to it */
	n->route = (struct lsdb_route){ 100, 1, 1, LSDB_NONE, instant_ms(0) };
	if (parent != NULL) {
		n->route.parent = parent->slot;
		n->route.hops = parent->route.hops + 1;
		n->route.metric = parent->route.metric + 100;
	}
	return n;
}

/* A line of routers, each hanging on the one before. */
static struct lsdb_router *add_line(
	uint32_t from, uint32_t count, struct lsdb_router *parent)
{
	for (uint32_t i = 0; i < count; i++)
		parent = add(from + i, parent);
	return parent;
}

TEST(whom_no_way_leads_to_goes_first_the_stalest_of_them)
{
	struct lsdb_router *n;

	lsdb_init(&db);
	add_line(1, 10, NULL);
	for (uint32_t i = 20; i < 30; i++) {
		struct address a = address_n(i);

		n = lsdb_router_add(&db, &a);
		n->updated = instant_ms(100 - i);
	}
	n = victim_find(&db, NULL, UINT32_MAX);
	EXPECT(n != NULL && n->updated.us == instant_ms(100 - 29).us, "the stalest");
	n->flood_interfaces = 1;
	n = victim_find(&db, NULL, UINT32_MAX);
	EXPECT(n != NULL && n->updated.us == instant_ms(100 - 28).us,
		"but not one that is to be passed on");
	lsdb_find(&db, &(struct address){ { 0xfd, 0x71, 0, 29 } })->flood_interfaces = 0;
	lsdb_fini(&db);
}

TEST(else_the_farthest_goes_and_for_nobody_who_is_farther)
{
	struct lsdb_router *last, *own;

	lsdb_init(&db);
	own = add(1, NULL);
	own->own = true;
	own->route.link = 0;
	last = add_line(2, 8, NULL);
	last->near = true;
	EXPECT(victim_find(&db, NULL, UINT32_MAX) == NULL,
		"who comes without a way pushes out nobody who has one");
	EXPECT(victim_find(&db, own, 100)->route.metric == 700,
		"the farthest that is no neighbour");
	EXPECT(victim_find(&db, last, 900) == NULL, "not for who is farther");
	lsdb_fini(&db);
}

TEST(who_hangs_too_many_on_himself_loses_of_them)
{
	struct lsdb_router *insider, *honest, *victim;

	lsdb_init(&db);
	honest = add_line(1, 50, NULL);
	insider = add(100, NULL);
	for (uint32_t i = 0; db.count < FULL; i++)
		add(200 + i, insider);
	victim = victim_find(&db, honest, honest->route.metric + 100);
	EXPECT(victim != NULL && victim->route.parent == insider->slot,
		"one of his, though they are nearer");
	EXPECT(victim_find(&db, insider, 200) == NULL,
		"for his own new ones nobody goes");
	EXPECT(victim_find(&db, insider, 199) != NULL, "but for nearer ones");
	insider->route.parent = FULL + 7;
	victim = victim_find(&db, honest, honest->route.metric + 100);
	EXPECT(victim != NULL && victim->route.parent == insider->slot,
		"also when the router that he hung on is gone");
	lsdb_fini(&db);
}
