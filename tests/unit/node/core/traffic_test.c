/* SPDX-License-Identifier: ISC */
#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

static struct medium m;

TEST(messages_count_by_kind_and_what_data_carries_as_what_it_is)
{
	struct rng rng = test_rng();
	struct node_traffic before, after;

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	medium_run(&m, instant_add_ms(m.now, 500));
	before = node_traffic(m.nodes[0], false, MESSAGE_ECHO);
	pair_say_data(&m, MESSAGE_ECHO, BYTES("12345678"));
	after = node_traffic(m.nodes[0], false, MESSAGE_ECHO);
	EXPECT_EQ(after.messages - before.messages, 1, "one came");
	EXPECT_EQ(after.bytes - before.bytes, MESSAGE_HEADER_SIZE + 4 + 1 + 8,
		"with its header and its sequence");
	EXPECT_EQ(node_traffic(m.nodes[0], false, MESSAGE_DATA).messages, 0,
		"and no DATA that would hide it");
	pair_say_data(&m, MESSAGE_KINDS, BYTES("12345678"));
	EXPECT_EQ(node_traffic(m.nodes[0], false, MESSAGE_DATA).messages, 1,
		"but what nobody knows is DATA");
	medium_fini(&m);
}

TEST(what_one_sends_the_other_gets_when_nothing_is_lost)
{
	static const enum message_kind kinds[] = { MESSAGE_HELLO, MESSAGE_BEAT,
		MESSAGE_ACK };
	struct rng rng = test_rng();

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	medium_run(&m, instant_add_ms(m.now, 60000));
	medium_join(&m, 0, 1, false);
	medium_deliver(&m);
	for (size_t i = 0; i < array_len(kinds); i++) {
		struct node_traffic out = node_traffic(m.nodes[0], true, kinds[i]),
				    in = node_traffic(m.nodes[1], false, kinds[i]);

		EXPECT(in.messages > 0, message_rules[kinds[i]].name);
		/* the last ones may be on the air still */
		EXPECT(out.messages >= in.messages && out.messages <= in.messages + 2,
			message_rules[kinds[i]].name);
		EXPECT(out.bytes >= in.bytes, message_rules[kinds[i]].name);
	}
	medium_fini(&m);
}

static int last_why;

static void on_event(struct medium *air, unsigned node, const struct node_event *e)
{
	(void)air;
	if (node == 0 && e->kind == NODE_EVENT_LINK_DOWN)
		last_why = (int)e->why;
}

/* What is heard of a neighbour while somebody keeps asking it. */
static void ask_for(int64_t ms)
{
	struct instant until = instant_add_ms(m.now, ms);

	while (instant_before(m.now, until) && last_why < 0) {
		(void)medium_ping(&m, 0, 1, 200);
		medium_run(&m, instant_add_ms(m.now, 20));
	}
}

TEST(a_link_that_ends_says_why)
{
	struct rng rng = test_rng();

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	m.on_event = on_event;
	last_why = -1;
	medium_join(&m, 0, 1, false);
	ask_for(8000);
	EXPECT_EQ(last_why, NODE_DOWN_UNANSWERED, "frames to it got no answer");
	medium_join(&m, 0, 1, true);
	EXPECT(medium_until_reached(&m, 0, 1, 20000), "they meet again");
	last_why = -1;
	node_interface_remove(m.nodes[0], m.now, 1);
	medium_run(&m, instant_add_ms(m.now, 50));
	EXPECT_EQ(last_why, NODE_DOWN_INTERFACE, "the interface went");
	medium_fini(&m);
}
