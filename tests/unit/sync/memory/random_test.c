/* SPDX-License-Identifier: ISC */
/* Machines, links and people that do anything at any time; WORLDS says how many worlds. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/sync/memory/mesh.h"

static void random_change(struct mesh *m, unsigned i, const struct rng *r)
{
	struct memory_store *s = mesh_node(m, i)->store;
	char path[4096], to[64];
	struct text t = text_of(to, sizeof(to));
	bool directory;
	size_t count;

	(void)memory_digest(s, "/f", &count);
	text_string(&t, rng_below(r, 2) ? "/f/d" : "/f/e");
	text_u64(&t, rng_below(r, 3));
	if (rng_below(r, 2)) {
		text_string(&t, "/g");
		text_u64(&t, rng_below(r, 2));
	}
	text_string(&t, "/n");
	text_u64(&t, rng_below(r, 4));
	switch (rng_below(r, 6)) {
	case 0:
	case 1:
		memory_write(s, to, bytes_of(to, rng_below(r, t.len)), 0644,
			(int64_t)rng_below(r, 100000));
		break;
	case 2:
		if (memory_path_at(
			    s, "/f", rng_below(r, count), path, sizeof(path), &directory))
			(void)memory_remove(s, path);
		break;
	case 3:
	case 4:
		if (memory_path_at(
			    s, "/f", rng_below(r, count), path, sizeof(path), &directory))
			(void)memory_rename(s, path, to);
		break;
	case 5:
		if (memory_path_at(s, "/f", rng_below(r, count), path, sizeof(path),
			    &directory) &&
			!directory)
			memory_write(s, path, bytes_of(path, rng_below(r, 20)), 0600,
				(int64_t)rng_below(r, 100000));
		break;
	}
	if (mesh_node(m, i)->sync != NULL)
		mesh_touch(m, i);
}

static void random_event(struct mesh *m, unsigned count, const struct rng *r)
{
	unsigned i = (unsigned)rng_below(r, count), k = (unsigned)rng_below(r, count);

	switch (rng_below(r, 10)) {
	case 0:
		if (i != k)
			mesh_link(m, i, k, rng_below(r, 2));
		break;
	case 1:
		if (mesh_node(m, i)->sync != NULL)
			mesh_crash(m, i);
		else
			mesh_start(m, i);
		break;
	default:
		random_change(m, i, r);
		break;
	}
	mesh_run_ms(m, (int64_t)rng_below(r, 1500));
}

static void random_world(uint64_t seed)
{
	enum { COUNT = 4, EVENTS = 80 };
	struct mesh *m = mesh_new(COUNT, seed);
	struct rng_seeded luck;
	struct rng r = rng_seeded_init(&luck, seed);

	mesh_line(m);
	if (seed % 2) {
		mesh_loss_ppm(m, 20000);
		mesh_jitter_us(m, 10000);
	}
	mesh_share(m, 0);
	mesh_join_all(m, COUNT);
	mesh_run_ms(m, 5000);
	for (unsigned i = 0; i < EVENTS; i++)
		random_event(m, COUNT, &r);
	for (unsigned i = 0; i < COUNT; i++)
		if (mesh_node(m, i)->sync == NULL)
			mesh_start(m, i);
	mesh_line(m);
	mesh_run_ms(m, 3000);
	if (!mesh_settle(m, 300000))
		printf("world of seed %llu\n", (unsigned long long)seed);
	EXPECT(mesh_settle(m, 1000), "after the heal all settle");
	if (!mesh_alike(m))
		printf("world of seed %llu\n", (unsigned long long)seed);
	EXPECT(mesh_alike(m), "and all trees are the same");
	mesh_free(m);
}

TEST(whatever_happens_all_trees_end_the_same)
{
	const char *worlds = getenv("WORLDS");
	unsigned count = worlds != NULL ? (unsigned)strtoul(worlds, NULL, 10) : 12;

	for (unsigned i = 0; i < count; i++)
		random_world(test_seed() + i);
}

/* Directories of one name, in each other's places, once pushed each other about for ever. */
TEST(directories_that_push_each_other_about_come_to_rest)
{
	random_world(281561348);
}
