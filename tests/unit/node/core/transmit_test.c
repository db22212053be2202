/* SPDX-License-Identifier: ISC */
#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

static struct medium m;

/* Node 0 has one frame of node 1 to acknowledge, not at once, and a message of `len` bytes
 * for it; its next frame. */
static size_t next_frame(struct link *l, size_t len)
{
	static uint8_t body[FRAME_MAX];
	struct node_frame f;

	arq_arrived(&l->arq, m.now, l->arq.high + 1, true, false);
	EXPECT(link_queue(m.nodes[0], l,
		       flow_item_new(
			       MESSAGE_STREAM, FLOW_BULK, bytes_of(body, len), m.now)),
		"it is queued");
	EXPECT(node_transmit(m.nodes[0], m.now, 1, &f) && !f.multicast,
		"there is a frame");
	return f.len;
}

TEST(an_acknowledgement_that_is_not_due_takes_no_frame_of_its_own)
{
	struct rng rng = test_rng();
	struct node_frame f;
	struct link *l;

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	medium_run(&m, instant_add_ms(m.now, 100));
	l = pair_link(&m, 0, 1);
	for (unsigned i = 0; i < 50 && arq_ack_wanted(&l->arq); i++)
		medium_run(&m, instant_add_ms(m.now, 7));
	EXPECT(l != NULL && l->up && !arq_ack_wanted(&l->arq), "their link is quiet");
	while (node_transmit(m.nodes[0], m.now, 1, &f))
		;
	EXPECT_EQ(next_frame(l, MEDIUM_MTU - DATA_OVERHEAD), MEDIUM_MTU,
		"a message that leaves no room goes alone");
	EXPECT(arq_ack_wanted(&l->arq) && !arq_ack_due(&l->arq, m.now), "it waits");
	(void)next_frame(l, 64);
	EXPECT(!arq_ack_wanted(&l->arq), "and rides along with one that leaves some");
	arq_arrived(&l->arq, m.now, l->arq.high + 1, true, true);
	(void)next_frame(l, MEDIUM_MTU - DATA_OVERHEAD);
	EXPECT(!arq_ack_wanted(&l->arq), "but goes first when it is due");
	medium_fini(&m);
}
