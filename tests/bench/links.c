/* SPDX-License-Identifier: ISC */
/* Lists of hearers and sensers for nodes that all move: what one step costs. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "sim/channel/links.h"
#include "node/base/rng.h"

enum { STEPS = 200, RANGE_MM = 100000, STEP_MM = 2500 };

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void measure(uint32_t nodes, uint64_t side_mm)
{
	struct rng_seeded state;
	struct rng rng = rng_seeded_init(&state, 1);
	struct links l;
	uint64_t hearers = 0, sensers = 0;
	double spent = 0;

	links_init(&l, nodes);
	links_reach_set(&l, RANGE_MM, 2);
	for (uint32_t i = 0; i < nodes; i++)
		links_place(&l, i, (int64_t)rng_below(&rng, side_mm),
			(int64_t)rng_below(&rng, side_mm));
	links_settle(&l);
	for (unsigned step = 0; step < STEPS; step++) {
		double began;

		for (uint32_t i = 0; i < nodes; i++)
			links_place(&l, i,
				l.nodes[i].x_mm + (int64_t)rng_below(&rng, STEP_MM * 2) -
					STEP_MM,
				l.nodes[i].y_mm + (int64_t)rng_below(&rng, STEP_MM * 2) -
					STEP_MM);
		began = now_ms();
		links_settle(&l);
		spent += now_ms() - began;
	}
	for (uint32_t i = 0; i < nodes; i++) {
		hearers += l.nodes[i].hearer_count;
		sensers += l.nodes[i].senser_count;
	}
	printf("%6" PRIu32 " nodes, %3" PRIu64 " hear and %3" PRIu64
	       " sense each: %.2f ms a step\n",
		nodes, hearers / nodes, sensers / nodes, spent / STEPS);
	links_fini(&l);
}

int main(void)
{
	measure(100, 700000);
	measure(1000, 2200000);
	measure(1000, 1400000);
	measure(10000, 7000000);
	return 0;
}
