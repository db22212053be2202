/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

static struct medium m;
static uint8_t large[NODE_CARE_REPLY_MAX + 1];
static size_t answer_len;    /* of what is answered; 0: nothing, it goes on */
static unsigned asked;       /* questions that came */
static uint64_t last_number; /* of them */
static struct node_event ended[16];
static unsigned ended_count;

static void on_event(struct medium *medium, unsigned at, const struct node_event *e)
{
	if (e->kind == NODE_EVENT_CARE_ENDED && ended_count < array_len(ended))
		ended[ended_count++] = *e;
	if (e->kind != NODE_EVENT_CARE_ASKED)
		return;
	asked++;
	last_number = e->token;
	if (answer_len > 0)
		node_care_answer(medium->nodes[at], medium->now, e->token,
			bytes_of(large, answer_len));
}

static void begin(unsigned count, size_t answer)
{
	struct rng rng = test_rng();

	EXPECT(pair_init(&m, count, rng_u64(&rng)), "neighbours find each other");
	EXPECT(medium_until_reached(&m, 0, count - 1, 20000), "and so do all");
	rng_fill(&rng, large, sizeof(large));
	m.on_event = on_event;
	answer_len = answer;
	asked = ended_count = 0;
}

static void allow(unsigned at, unsigned whom)
{
	EXPECT(node_care_allow(m.nodes[at], m.now, &m.keys[whom].id, true),
		"there is room for it");
}

static uint64_t ask(unsigned from, unsigned to, const char *request)
{
	struct address node = medium_address(&m, to);
	uint64_t token = 0;

	EXPECT_EQ(node_care_ask(
			  m.nodes[from], m.now, &node, bytes_of_string(request), &token),
		0, "it can be asked");
	return token;
}

/* Until so many questions have ended. */
static bool until_ended(unsigned count, int64_t ms)
{
	struct instant until = instant_add_ms(m.now, ms);

	while (ended_count < count && instant_before(m.now, until))
		medium_run(&m, instant_add_ms(m.now, 20));
	return ended_count >= count;
}

TEST(the_largest_answer_comes_whole_over_three_lossy_hops)
{
	uint64_t token;

	begin(4, NODE_CARE_REPLY_MAX);
	m.loss_ppm = 50000;
	allow(3, 0);
	token = ask(0, 3, "tell me all");
	EXPECT(until_ended(1, 60000), "it ends");
	EXPECT_EQ(ended[0].result, 0, "well");
	EXPECT_EQ(ended[0].token, token, "it is what was asked");
	EXPECT_BYTES(node_care_reply(m.nodes[0], token), bytes_of(large, answer_len),
		"byte for byte");
	EXPECT_EQ(asked, 1, "however often it was asked for, it was made once");
	node_care_forget(m.nodes[0], token);
	EXPECT_EQ(node_care_reply(m.nodes[0], token).len, 0, "and forgotten");
	medium_fini(&m);
}

TEST(answers_of_every_size_come_whole)
{
	static const size_t sizes[] = { 1, 1023, 1024, 1025, 12 * 1024, 13 * 1024 + 1 };

	begin(2, 1);
	allow(0, 1);
	for (size_t i = 0; i < array_len(sizes); i++) {
		uint64_t token;

		answer_len = sizes[i];
		ended_count = 0;
		token = ask(1, 0, "x");
		EXPECT(until_ended(1, 20000) && ended[0].result == 0, "it ends well");
		EXPECT_BYTES(node_care_reply(m.nodes[1], token),
			bytes_of(large, sizes[i]), "byte for byte");
		node_care_forget(m.nodes[1], token);
	}
	medium_fini(&m);
}

TEST(who_is_not_allowed_is_told_so_and_nothing_else)
{
	struct node_counters before, after;
	uint64_t token;

	begin(2, NODE_CARE_REPLY_MAX);
	medium_run(&m, instant_add_ms(m.now, 3000));
	node_counters(m.nodes[0], &before);
	token = ask(1, 0, "x");
	EXPECT(until_ended(1, 3000), "it ends");
	node_counters(m.nodes[0], &after);
	EXPECT_EQ(ended[0].result, -EACCES, "it is forbidden");
	EXPECT_EQ(asked, 0, "the program never hears of it");
	EXPECT(after.bytes_out - before.bytes_out < 2000, "little is said");
	node_care_forget(m.nodes[1], token);
	allow(0, 1);
	token = ask(1, 0, "x");
	EXPECT(until_ended(2, 20000) && ended[1].result == 0,
		"once allowed it is answered");
	node_care_forget(m.nodes[1], token);
	EXPECT(node_care_allow(m.nodes[0], m.now, &m.keys[1].id, false), "taken back");
	token = ask(1, 0, "x");
	EXPECT(until_ended(3, 3000) && ended[2].result == -EACCES,
		"it is forbidden again");
	node_care_forget(m.nodes[1], token);
	medium_fini(&m);
}

TEST(an_answer_that_takes_long_is_waited_for)
{
	uint64_t token;

	begin(3, 0);
	allow(2, 0);
	token = ask(0, 2, "x");
	medium_run(&m, instant_add_ms(m.now, 60000));
	EXPECT(asked == 1 && ended_count == 0, "it is asked once and waited for");
	EXPECT_BYTES(
		node_care_request(m.nodes[2], last_number), BYTES("x"), "the request");
	node_care_answer(m.nodes[2], m.now, last_number, BYTES("done"));
	EXPECT(until_ended(1, 5000) && ended[0].result == 0, "it comes");
	EXPECT_BYTES(node_care_reply(m.nodes[0], token), BYTES("done"), "as it was");
	EXPECT_EQ(node_care_request(m.nodes[2], last_number).len, 0, "and is done with");
	node_care_forget(m.nodes[0], token);
	medium_fini(&m);
}

TEST(who_does_not_answer_is_given_up)
{
	struct instant begun;
	uint64_t token;

	begin(2, 1);
	allow(0, 1);
	medium_join(&m, 0, 1, false);
	begun = m.now;
	token = ask(1, 0, "x");
	EXPECT(until_ended(1, 20000), "it ends");
	EXPECT_EQ(ended[0].result, -ETIMEDOUT, "it timed out");
	EXPECT(instant_since_us(m.now, begun) < 13000000, "in some seconds");
	node_care_forget(m.nodes[1], token);
	medium_fini(&m);
}

TEST(one_node_is_answered_two_at_a_time)
{
	uint64_t first, second, third;

	begin(2, 0);
	allow(0, 1);
	first = ask(1, 0, "1");
	second = ask(1, 0, "2");
	third = ask(1, 0, "3");
	EXPECT(until_ended(1, 20000), "one ends");
	EXPECT_EQ(ended[0].token, third, "the third");
	EXPECT_EQ(ended[0].result, -EBUSY, "as it asked too much");
	EXPECT_EQ(asked, 2, "the others go on");
	node_care_forget(m.nodes[1], first);
	node_care_forget(m.nodes[1], second);
	node_care_forget(m.nodes[1], third);
	medium_fini(&m);
}

TEST(after_a_burst_one_a_second_is_answered)
{
	uint64_t token[NODE_CARE_MAX];
	struct instant begun;

	begin(2, 1);
	allow(0, 1);
	begun = m.now;
	for (unsigned i = 0; i < NODE_CARE_MAX; i++)
		token[i] = ask(1, 0, "x");
	EXPECT(until_ended(NODE_CARE_MAX, 20000), "all end");
	for (unsigned i = 0; i < NODE_CARE_MAX; i++) {
		EXPECT_EQ(ended[i].result, 0, "well");
		node_care_forget(m.nodes[1], token[i]);
	}
	EXPECT(instant_since_us(m.now, begun) > 2000000, "but not at once");
	medium_fini(&m);
}

TEST(what_cannot_be_asked_or_answered_is_refused)
{
	static uint8_t request[NODE_CARE_REQUEST_MAX + 1];
	struct address to, nobody = { { 0xfd, 0x71 } };
	uint64_t token, tokens[NODE_CARE_MAX];
	struct node *n;

	begin(2, sizeof(large));
	allow(0, 1);
	to = medium_address(&m, 0);
	n = m.nodes[1];
	EXPECT_EQ(node_care_ask(n, m.now, &to, bytes_of(request, 0), &token), -EINVAL,
		"none");
	EXPECT_EQ(
		node_care_ask(n, m.now, &to, bytes_of(request, sizeof(request)), &token),
		-EINVAL, "too much");
	EXPECT_EQ(node_care_ask(n, m.now, &nobody, BYTES("x"), &token), -EHOSTUNREACH,
		"nobody");
	for (unsigned i = 0; i < NODE_CARE_MAX; i++)
		tokens[i] = ask(1, 0, "x");
	EXPECT_EQ(node_care_ask(n, m.now, &to, BYTES("x"), &token), -ENOBUFS, "too many");
	EXPECT(until_ended(1, 20000), "one ends");
	EXPECT_EQ(ended[0].result, -EMSGSIZE, "an answer that is too large");
	for (unsigned i = 0; i < NODE_CARE_MAX; i++)
		node_care_forget(n, tokens[i]);
	medium_fini(&m);
}

TEST(only_so_many_are_allowed)
{
	struct node_id id = { { 1 } };

	begin(2, 1);
	for (unsigned i = 0; i < NODE_CARERS_MAX; i++) {
		id.b[1] = (uint8_t)i;
		EXPECT(node_care_allow(m.nodes[0], m.now, &id, true), "there is room");
		EXPECT(node_care_allow(m.nodes[0], m.now, &id, true), "twice is once");
	}
	id.b[1] = NODE_CARERS_MAX;
	EXPECT(!node_care_allow(m.nodes[0], m.now, &id, true), "and no more");
	id.b[1] = 0;
	EXPECT(node_care_allow(m.nodes[0], m.now, &id, false), "one less");
	id.b[1] = NODE_CARERS_MAX;
	EXPECT(node_care_allow(m.nodes[0], m.now, &id, true), "and there is room again");
	medium_fini(&m);
}

/* The rogue says this to the victim, who may have asked it. */
static void rogue_says(struct bytes body)
{
	pair_say_data(&m, MESSAGE_CARE, body);
}

static uint64_t dropped(enum drop_reason reason)
{
	return node_drops(m.nodes[PAIR_VICTIM])->count[reason];
}

TEST(what_makes_no_sense_is_counted)
{
	static const struct {
		const char *why;
		bool ours; /* it is about a question of the victim's */
		struct bytes rest;
		uint8_t op;
		enum drop_reason reason;
	} rows[] = {
		{ "no such op", false, BYTES(""), 6, DROP_MALFORMED },
		{ "an empty request", false, BYTES(""), 0, DROP_MALFORMED },
		{ "an answer that nobody asked for", false, BYTES("\0\1\0\0x"), 3,
			DROP_UNWANTED },
		{ "done with what was not asked", false, BYTES(""), 5, DROP_UNWANTED },
		{ "again of nothing", false, BYTES("\0\0"), 4, DROP_UNWANTED },
		{ "again of half a piece", false, BYTES("\0"), 4, DROP_MALFORMED },
		{ "again of none", false, BYTES(""), 4, DROP_MALFORMED },
		{ "again of too many", false,
			BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 4,
			DROP_MALFORMED },
		{ "working, and more", true, BYTES("x"), 1, DROP_MALFORMED },
		{ "refused without why", true, BYTES(""), 2, DROP_MALFORMED },
		{ "no pieces", true, BYTES("\0\0\0\0x"), 3, DROP_MALFORMED },
		{ "more than an answer has", true, BYTES("\4\1\0\0x"), 3,
			DROP_MALFORMED },
		{ "a piece beyond the last", true, BYTES("\0\1\0\1x"), 3,
			DROP_MALFORMED },
		{ "a piece that is empty", true, BYTES("\0\1\0\0"), 3, DROP_MALFORMED },
		{ "a short piece in the middle", true, BYTES("\0\2\0\0x"), 3,
			DROP_MALFORMED },
		{ "half a piece's head", true, BYTES("\0\1"), 3, DROP_MALFORMED },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t body[128];
		struct writer w = writer_of(body, sizeof(body));
		uint64_t before, token = 7;

		begin(2, 0);
		if (rows[i].ours)
			token = ask(PAIR_VICTIM, PAIR_ROGUE, "x");
		write_u8(&w, rows[i].op);
		write_u64(&w, token);
		write_bytes(&w, rows[i].rest);
		before = dropped(rows[i].reason);
		rogue_says(writer_bytes(&w));
		EXPECT_EQ(dropped(rows[i].reason) - before, 1, rows[i].why);
		EXPECT_EQ(asked, 0, rows[i].why);
		medium_fini(&m);
	}
}
