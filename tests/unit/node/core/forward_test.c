/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

static struct medium m;

static void begin(unsigned count)
{
	struct rng rng = test_rng();

	EXPECT(pair_init(&m, count, rng_u64(&rng)), "neighbours find each other");
	EXPECT(medium_until_reached(&m, 0, count - 1, 20000), "the ends too");
}

static uint64_t dropped(enum drop_reason reason)
{
	return node_drops(m.nodes[PAIR_VICTIM])->count[reason];
}

TEST(a_relay_message_parses_to_what_was_written)
{
	uint8_t buffer[128];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct relay in = { FLOW_BULK, 7, { { 1, 2 } }, { { 3, 4 } },
		BYTES("0123456789abcdefghi") };
	struct relay out;

	relay_write(&w, &in);
	EXPECT_EQ(w.len, RELAY_HEADER_SIZE + in.frame.len, "header and frame");
	EXPECT(relay_parse(&out, writer_bytes(&w)), "it is read");
	EXPECT(out.class == in.class && out.hop_limit == in.hop_limit, "numbers");
	EXPECT(id_equal(&out.source, &in.source), "source");
	EXPECT(id_equal(&out.destination, &in.destination), "destination");
	EXPECT_BYTES(out.frame, in.frame, "frame");
}

TEST(a_relay_message_is_refused_when_it_makes_no_sense)
{
	static const struct {
		const char *why;
		uint8_t class;
		size_t len;
		bool good;
	} rows[] = {
		{ "nothing", FLOW_BULK, 0, false },
		{ "a frame shorter than a header", FLOW_BULK, RELAY_HEADER_SIZE + 15,
			false },
		{ "link control", FLOW_CONTROL, 60, false },
		{ "routing", FLOW_ROUTING, 60, false },
		{ "no class of ours", FLOW_CLASSES, 60, false },
		{ "interactive", FLOW_INTERACTIVE, RELAY_HEADER_SIZE + 16, true },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t body[64] = { rows[i].class };
		struct relay r;

		EXPECT(relay_parse(&r, bytes_of(body, rows[i].len)) == rows[i].good,
			rows[i].why);
	}
}

/* What the rogue gives the victim to carry, with len bytes of frame. */
static void give(unsigned class, unsigned hops, const struct address *from,
	const struct address *to, size_t len)
{
	static uint8_t buffer[FRAME_MAX], frame[FRAME_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));
	size_t begun = message_begin(&w, MESSAGE_DATA);

	write_u32(&w, pair_sequence(&m));
	write_u8(&w, MESSAGE_RELAY);
	relay_write(&w, &(struct relay){ (uint8_t) class, (uint8_t)hops, *from, *to,
				bytes_of(frame, len) });
	EXPECT(message_end(&w, begun), "it fits");
	pair_say(&m, writer_bytes(&w));
}

/* Node 1 is the rogue, 0 the victim in the middle of 1 - 0 - 2. */
static void begin_middle(void)
{
	struct rng rng = test_rng();

	medium_init(&m, 3, rng_u64(&rng));
	medium_join(&m, 0, 1, true);
	medium_join(&m, 0, 2, true);
	EXPECT(medium_until_reached(&m, 1, 2, 20000), "they find each other");
}

TEST(what_cannot_be_carried_on_is_counted_by_its_reason)
{
	struct address rogue, far, nobody = { { 0xfd, 0x71, 1 } };
	struct link *l;
	uint64_t before;

	begin_middle();
	rogue = medium_address(&m, 1);
	far = medium_address(&m, 2);
	l = pair_link(&m, 0, 2);
	before = dropped(DROP_NO_ROUTE);
	give(FLOW_BULK, HOP_LIMIT, &rogue, &nobody, 64);
	EXPECT_EQ(dropped(DROP_NO_ROUTE), before + 1, "to nobody we know");
	before = dropped(DROP_HOP_LIMIT);
	give(FLOW_BULK, 1, &rogue, &far, 64);
	give(FLOW_BULK, 0, &rogue, &far, 64);
	EXPECT_EQ(dropped(DROP_HOP_LIMIT), before + 2, "travelled too far");
	before = dropped(DROP_QUEUE);
	give(FLOW_BULK, HOP_LIMIT, &rogue, &far, 2000);
	EXPECT_EQ(dropped(DROP_QUEUE), before + 1, "larger than a frame to the next hop");
	EXPECT_EQ(flow_queue_count(&l->arq.queue), 0, "none of them waits");
	give(FLOW_BULK, HOP_LIMIT, &rogue, &far, 64);
	EXPECT_EQ(flow_queue_count(&l->arq.queue), 1, "an honest one does");
	EXPECT_EQ(pair_link(&m, 0, 1)->held, 1, "and is held for the neighbour");
	medium_run(&m, instant_add_ms(m.now, 500));
	EXPECT_EQ(pair_link(&m, 0, 1)->held, 0, "until it is acknowledged");
	medium_fini(&m);
}

TEST(what_would_go_back_waits_for_a_way_and_not_for_ever)
{
	struct address rogue, far;
	uint64_t before;

	begin_middle();
	rogue = medium_address(&m, 1);
	far = medium_address(&m, 2);
	before = dropped(DROP_NO_ROUTE);
	give(FLOW_BULK, HOP_LIMIT, &far, &rogue, 64);
	EXPECT_EQ(m.nodes[0]->stranded.count, 1, "its only way is where it came from");
	EXPECT_EQ(pair_link(&m, 0, 1)->held, 1, "it is held for the neighbour");
	medium_run(&m, instant_add_ms(m.now, 2 * STRANDED_AGAIN_MS));
	EXPECT_EQ(m.nodes[0]->stranded.count, 0, "a moment later it may go there");
	EXPECT_EQ(dropped(DROP_NO_ROUTE), before, "so that it is not lost");
	medium_fini(&m);
}

TEST(what_goes_round_waits_at_each_hop)
{
	struct address rogue, victim, far;
	struct link *l;

	begin_middle();
	rogue = medium_address(&m, 1);
	victim = medium_address(&m, 0);
	far = medium_address(&m, 2);
	l = pair_link(&m, 0, 2);
	give(FLOW_BULK, HOP_LIMIT - ROUND_HOPS - 1, &rogue, &far, 64);
	EXPECT_EQ(flow_queue_count(&l->arq.queue), 1, "a way of some hops is one");
	give(FLOW_BULK, HOP_LIMIT - ROUND_HOPS - 3, &rogue, &far, 64);
	EXPECT_EQ(m.nodes[0]->stranded.count, 1, "further than there and back is not");
	give(FLOW_BULK, HOP_LIMIT - 2, &victim, &far, 64);
	EXPECT_EQ(flow_queue_count(&l->arq.queue), 2, "what comes back to us goes on");
	medium_run(&m, instant_add_ms(m.now, 500));
	EXPECT_EQ(m.nodes[0]->stranded.count, 0, "it was let go");
	EXPECT_EQ(flow_queue_count(&l->arq.queue), 0, "and went");
	medium_fini(&m);
}

TEST(who_has_no_way_for_many_keeps_the_newest)
{
	struct address rogue, far;
	uint64_t before;

	begin_middle();
	rogue = medium_address(&m, 1);
	far = medium_address(&m, 2);
	link_remove(m.nodes[0], m.now, pair_link(&m, 0, 2));
	before = dropped(DROP_NO_ROUTE);
	for (uint32_t i = 0; i < STRANDED_MAX + 3; i++)
		give(FLOW_BULK, HOP_LIMIT, &rogue, &far, 64);
	EXPECT_EQ(m.nodes[0]->stranded.count, STRANDED_MAX, "so many wait");
	EXPECT_EQ(dropped(DROP_NO_ROUTE), before + 3, "the oldest went");
	EXPECT_EQ(pair_link(&m, 0, 1)->held, STRANDED_MAX, "and are given back");
	medium_fini(&m);
}

TEST(a_neighbour_that_ignores_its_credit_does_not_fill_a_queue)
{
	struct address rogue, far;
	struct link *l;

	begin_middle();
	rogue = medium_address(&m, 1);
	far = medium_address(&m, 2);
	l = pair_link(&m, 0, 2);
	for (uint32_t i = 0; i < 2 * FLOW_QUEUE_MAX; i++)
		give(FLOW_BULK, HOP_LIMIT, &rogue, &far, 64);
	EXPECT_EQ(
		l->arq.queue.count[FLOW_BULK], HELD_LIMIT, "it has a share of the queue");
	EXPECT(l->arq.queue.count[FLOW_BULK] < FLOW_QUEUE_MAX, "not all of it");
	EXPECT_EQ(pair_link(&m, 0, 1)->held, HELD_LIMIT, "each is accounted for");
	EXPECT(medium_ping(&m, 0, 2, 4000), "the victim's own messages go on");
	medium_fini(&m);
}

TEST(a_link_that_goes_away_gives_back_what_is_held)
{
	struct address rogue, far;
	struct link *l;

	begin_middle();
	rogue = medium_address(&m, 1);
	far = medium_address(&m, 2);
	for (uint32_t i = 0; i < 20; i++)
		give(FLOW_BULK, HOP_LIMIT, &rogue, &far, 64);
	l = pair_link(&m, 0, 1);
	EXPECT_EQ(l->held, 20, "they are held");
	link_remove(m.nodes[0], m.now, pair_link(&m, 0, 2));
	EXPECT_EQ(l->held, 20, "there is no other way: they wait for one");
	medium_run(&m, instant_add_ms(m.now, STRANDED_AGAIN_MS + 10));
	EXPECT_EQ(l->held, m.nodes[0]->stranded.count, "and are accounted for");
	for (uint32_t i = 0; i < 20; i++)
		give(FLOW_BULK, HOP_LIMIT, &rogue, &far, 64);
	link_remove(m.nodes[0], m.now, l);
	EXPECT(pair_link(&m, 0, 1) == NULL,
		"nor does a link go wrong whose messages are out");
	medium_run(&m, instant_add_ms(m.now, 100));
	medium_fini(&m);
}

TEST(what_was_for_a_neighbour_goes_around_when_its_link_falls_silent)
{
	EXPECT(pair_init(&m, 3, test_seed()), "a line");
	medium_join(&m, 0, 2, true);
	medium_run(&m, instant_add_ms(m.now, 5000));
	EXPECT(pair_link(&m, 0, 2) != NULL && pair_link(&m, 0, 2)->up, "a triangle");
	medium_join(&m, 0, 2, false);
	EXPECT(medium_ping(&m, 0, 2, 4000), "one question, and its answer");
	medium_fini(&m);
}

TEST(an_endpoint_that_was_forgotten_keeps_its_session)
{
	struct remote *r;
	struct address far;

	begin(3);
	far = medium_address(&m, 2);
	EXPECT(medium_ping(&m, 0, 2, 4000), "a routed session is made");
	r = remote_find(m.nodes[0], &far);
	EXPECT(r != NULL && r->up, "it is up");
	HASH_DEL(m.nodes[0]->remotes, r);
	flow_list_fini(&r->waiting);
	mem_free(r);
	m.nodes[0]->counters.remotes--;
	EXPECT(medium_ping(&m, 0, 2, 4000), "its place was needed; it is found again");
	medium_fini(&m);
}

TEST(a_node_is_meant_by_its_name_address_or_the_begin_of_its_id)
{
	struct address found, first;
	char text[65];
	struct text t;

	begin(2);
	first = medium_address(&m, 1);
	EXPECT_EQ(node_find(m.nodes[0], "nb", &found), 0, "its name");
	EXPECT(id_equal(&found, &first), "it is the one");
	t = text_of(text, sizeof(text));
	text_ipv6(&t, first.b);
	EXPECT_EQ(node_find(m.nodes[0], text, &found), 0, "its address");
	EXPECT(id_equal(&found, &first), "it is the one");
	t = text_of(text, sizeof(text));
	text_hex(&t, id_bytes(&m.keys[1].id));
	EXPECT_EQ(node_find(m.nodes[0], text, &found), 0, "its id");
	text[12] = '\0';
	EXPECT_EQ(node_find(m.nodes[0], text, &found), 0, "the begin of its id");
	EXPECT(id_equal(&found, &first), "it is the one");
	text[3] = '\0';
	EXPECT_EQ(node_find(m.nodes[0], text, &found), -ENOENT, "too little of it");
	EXPECT_EQ(node_find(m.nodes[0], "na", &found), 0, "itself");
	EXPECT_EQ(node_find(m.nodes[0], "", &found), -ENOENT, "nothing");
	EXPECT_EQ(node_find(m.nodes[0], "nobody", &found), -ENOENT, "nobody");
	medium_fini(&m);
}

TEST(own_messages_do_not_starve_behind_those_of_others)
{
	struct address rogue, far;
	struct link *l;
	size_t room;

	begin_middle();
	rogue = medium_address(&m, 1);
	far = medium_address(&m, 2);
	for (uint32_t i = 0; i < 40; i++)
		give(FLOW_BULK, HOP_LIMIT, &rogue, &far, 64);
	l = remote_ready(m.nodes[0], m.now, &far, FLOW_BULK, &room);
	EXPECT(l != NULL, "there is room for our own");
	for (unsigned i = 0; i < FEED_BULK; i++)
		EXPECT(remote_put(m.nodes[0], m.now, l, &far, MESSAGE_STREAM, FLOW_BULK,
			       BYTES("12345678\1")),
			"it is queued");
	EXPECT(remote_ready(m.nodes[0], m.now, &far, FLOW_BULK, &room) == NULL,
		"of which only a few wait");
	medium_fini(&m);
}
