/* SPDX-License-Identifier: ISC */
#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

static struct medium m;

/* What was seen of node 0: frames each way by type, and messages by kind. */
static struct {
	size_t frames[2][FRAME_TYPES], messages[2][MESSAGE_KINDS], inside;
} seen;

static void look(void)
{
	static struct node_tapped f;

	memset(&seen, 0, sizeof(seen));
	while (node_tap_take(m.nodes[0], &f)) {
		struct frame_header h;
		struct message message;
		struct reader r;

		EXPECT(frame_header_parse(&h, bytes_of(f.bytes, f.len)),
			"a whole header");
		seen.frames[f.out][h.type]++;
		seen.inside += f.interface == 0;
		if (h.type != FRAME_MULTICAST && h.type != FRAME_DATA)
			continue;
		r = reader_of(
			bytes_of(f.bytes + FRAME_HEADER_SIZE, f.len - FRAME_HEADER_SIZE));
		while (message_read(&r, &message) == MESSAGE_GIVEN)
			seen.messages[f.out][message.kind]++;
		EXPECT(!r.failed, "whole messages behind it");
	}
}

TEST(who_looks_sees_both_ways_in_the_clear)
{
	struct rng rng = test_rng();

	medium_init(&m, 2, rng_u64(&rng));
	node_tap(m.nodes[0], true);
	medium_join(&m, 0, 1, true);
	EXPECT(medium_until_reached(&m, 0, 1, 20000), "neighbours find each other");
	EXPECT(medium_ping(&m, 0, 1, 2000), "and answer");
	look();
	for (unsigned out = 0; out < 2; out++) {
		EXPECT(seen.messages[out][MESSAGE_HELLO] > 0, "HELLOs");
		EXPECT(seen.messages[out][MESSAGE_DATA] > 0, "what was sent reliably");
		EXPECT(seen.messages[out][MESSAGE_ACK] > 0, "and its acknowledgements");
	}
	EXPECT(seen.frames[0][FRAME_HANDSHAKE_1] + seen.frames[1][FRAME_HANDSHAKE_1] > 0,
		"the first frame of a handshake");
	EXPECT(seen.frames[0][FRAME_HANDSHAKE_2] + seen.frames[1][FRAME_HANDSHAKE_2] > 0,
		"and the second");
	medium_fini(&m);
}

TEST(frames_that_travel_inside_others_are_seen_as_well)
{
	struct rng rng = test_rng();

	medium_init(&m, 3, rng_u64(&rng));
	medium_join(&m, 0, 1, true);
	medium_join(&m, 1, 2, true);
	EXPECT(medium_until_reached(&m, 0, 2, 30000), "two hops");
	node_tap(m.nodes[0], true);
	EXPECT(medium_ping(&m, 0, 2, 4000), "an echo end to end");
	look();
	EXPECT(seen.inside >= 2, "frames of the routed session");
	EXPECT_EQ(seen.messages[1][MESSAGE_ECHO], 1, "the question in the clear");
	EXPECT_EQ(seen.messages[0][MESSAGE_ECHO_REPLY], 1, "and the answer");
	medium_fini(&m);
}

TEST(nobody_looks_unless_told_and_who_does_not_take_loses)
{
	struct rng rng = test_rng();
	static struct node_tapped f;
	size_t taken = 0;

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	EXPECT(!node_tap_take(m.nodes[0], &f), "nothing is kept at first");
	node_tap(m.nodes[0], true);
	medium_run(&m, instant_add_ms(m.now, 900000));
	while (node_tap_take(m.nodes[0], &f))
		taken++;
	EXPECT_EQ(taken, NODE_TAP_MAX, "no more than the limit waits");
	EXPECT(f.lost > 0, "what found no room is counted");
	medium_run(&m, instant_add_ms(m.now, 3000));
	EXPECT(node_tap_take(m.nodes[0], &f), "then it goes on");
	node_tap(m.nodes[0], false);
	medium_run(&m, instant_add_ms(m.now, 3000));
	EXPECT(!node_tap_take(m.nodes[0], &f), "until it is ended");
	node_tap(m.nodes[0], true);
	EXPECT(!node_tap_take(m.nodes[0], &f), "nothing old is left");
	medium_fini(&m);
}
