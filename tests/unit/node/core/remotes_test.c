/* SPDX-License-Identifier: ISC */
#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

static struct medium m;

TEST(a_distant_node_that_began_anew_is_spoken_to_in_a_new_session_at_once)
{
	struct rng rng = test_rng();

	EXPECT(pair_init(&m, 3, rng_u64(&rng)), "neighbours find each other");
	EXPECT(medium_until_reached(&m, 0, 2, 20000), "the ends too");
	EXPECT(medium_ping(&m, 0, 2, 5000), "a session over the middle");
	for (unsigned i = 0; i < 3; i++) {
		node_free(m.nodes[2]);
		m.nodes[2] = medium_node_new(&m, 2);
		EXPECT(medium_until_reached(&m, 1, 2, 10000),
			"its neighbour has it again");
		medium_run(&m, instant_add_ms(m.now, 1000));
		EXPECT(medium_ping(&m, 0, 2, 1500), "without waiting for silence");
	}
	medium_fini(&m);
}

TEST(a_session_that_came_before_the_word_of_a_restart_stays)
{
	struct address far;
	struct rng rng = test_rng();
	struct remote *r;

	EXPECT(pair_init(&m, 3, rng_u64(&rng)), "neighbours find each other");
	EXPECT(medium_until_reached(&m, 0, 2, 20000), "the ends too");
	EXPECT(medium_ping(&m, 0, 2, 5000), "a session over the middle");
	far = medium_address(&m, 2);
	r = remote_find(m.nodes[0], &far);
	EXPECT(r != NULL && r->up, "which the node knows");
	remote_restarted(m.nodes[0], &far, (uint64_t)m.now.us);
	EXPECT(!r->up, "if it is with an older process, it goes");
	EXPECT(medium_ping(&m, 0, 2, 5000) && r->up, "and a new one comes");
	remote_restarted(m.nodes[0], &far, 0);
	EXPECT(r->up, "if it is with the new process, it stays");
	medium_fini(&m);
}
