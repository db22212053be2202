/* SPDX-License-Identifier: ISC */
#include "tests/unit/node/flow/link_end.h"

TEST(an_acknowledgement_is_refused_when_it_is_not_whole)
{
	static const struct {
		const char *why;
		struct bytes body;
		bool good;
	} rows[] = {
		{ "empty", BYTES(""), false },
		{ "no bitmap length", BYTES("\0\0\0\0\0\0\0\1\0\1"), false },
		{ "promises a byte, brings none", BYTES("\0\0\0\0\0\0\0\1\0\1\1"),
			false },
		{ "a byte too many", BYTES("\0\0\0\0\0\0\0\1\0\1\0!"), false },
		{ "a bitmap of 33 bytes",
			BYTES("\0\0\0\0\0\0\0\1\0\1\41"
			      "012345678901234567890123456789012"),
			false },
		{ "nothing missing", BYTES("\0\0\0\0\0\0\0\1\0\1\0"), true },
		{ "a bitmap of 32 bytes",
			BYTES("\0\0\0\0\0\0\0\1\0\1\40"
			      "01234567890123456789012345678901"),
			true },
	};
	struct arq_ack ack;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(arq_ack_parse(&ack, rows[i].body) == rows[i].good, rows[i].why);
}

TEST(what_is_acknowledged_is_done_and_what_is_missing_waits_again)
{
	struct arq a;

	begin(&a);
	for (unsigned i = 0; i < 3; i++)
		put(&a, FLOW_BULK, false);
	for (uint64_t i = 0; i < 3; i++)
		EXPECT_EQ(send(&a, i, ONE), 1, "one message in each frame");
	EXPECT_EQ(acknowledge(&a, 2, 48, BYTES("\1")), 2,
		"the frame below the highest is missing");
	EXPECT_EQ(flow_queue_count(&a.queue), 1, "its message waits");
	EXPECT_EQ(send(&a, 9, ONE), 1, "it goes out under a new number");
	EXPECT_EQ(
		a.sent[a.sent_first].items[0]->sequence, 1, "and under its old sequence");
	EXPECT_EQ(acknowledge(&a, 9, 48, bytes_of(NULL, 0)), 1, "then it is done");
	EXPECT_EQ(a.in_flight, 0, "nothing is open");
	EXPECT(arq_deadline(&a, instant_us(INT64_MIN)).us == NEVER.us,
		"and nothing is awaited");
	end(&a);
}

TEST(a_frame_of_which_an_acknowledgement_says_nothing_is_lost)
{
	static const struct {
		uint64_t high;
		size_t done;
		const char *why;
	} rows[] = {
		{ ARQ_BITMAP_BITS - 1, 1,
			"the last frame that the receiver remembers has arrived" },
		{ ARQ_BITMAP_BITS, 0, "of the one before it nothing is known" },
		{ ARQ_BITMAP_BITS + 1, 0, "nor of older ones" },
		{ UINT64_MAX, 0, "however far" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct arq a;

		begin(&a);
		put(&a, FLOW_BULK, false);
		EXPECT_EQ(send(&a, 0, ONE), 1, "it is sent");
		EXPECT_EQ(acknowledge(&a, rows[i].high, 48, bytes_of(NULL, 0)),
			rows[i].done, rows[i].why);
		EXPECT_EQ(flow_queue_count(&a.queue), 1 - rows[i].done, rows[i].why);
		end(&a);
	}
}

TEST(the_window_closes_and_opens)
{
	struct arq a;
	unsigned sent = 0;

	begin(&a);
	for (unsigned i = 0; i < FLOW_QUEUE_MAX; i++)
		put(&a, FLOW_BULK, false);
	while (arq_open(&a) && send(&a, sent, ONE) > 0)
		sent++;
	EXPECT_EQ(sent, ARQ_WINDOW_UNKNOWN, "as many as while nothing is known");
	EXPECT_EQ(a.in_flight, sent, "they are open");
	at = instant_add_ms(at, 10);
	EXPECT_EQ(acknowledge(&a, sent - 1, 48, bytes_of(NULL, 0)), sent, "all arrived");
	EXPECT(arq_open(&a), "it is open again");
	end(&a);
}

TEST(credit_bounds_what_the_neighbour_has_to_hold)
{
	struct arq a;
	unsigned sent = 0;

	begin(&a);
	acknowledge(&a, 0, 3, bytes_of(NULL, 0));
	for (unsigned i = 0; i < 5; i++)
		put(&a, FLOW_BULK, true);
	while (arq_open(&a) && send(&a, sent + 1, 2 * ONE) > 0)
		sent++;
	EXPECT_EQ(a.in_flight_transit, 3, "three messages, in however many frames");
	put(&a, FLOW_BULK, false);
	put(&a, FLOW_INTERACTIVE, true);
	EXPECT_EQ(send(&a, 9, 2 * ONE), 2, "what needs none, or is urgent, goes on");
	acknowledge(&a, 9, 0, bytes_of(NULL, 0));
	EXPECT_EQ(a.in_flight_transit, 0, "all have arrived");
	EXPECT_EQ(send(&a, 10, ONE), 0, "but there is no credit any more");
	EXPECT(arq_deadline(&a, instant_us(INT64_MIN)).us <= at.us + ARQ_PERSIST_US,
		"so it asks again");
	acknowledge(&a, 7, 40, bytes_of(NULL, 0));
	EXPECT_EQ(a.credit, 0, "old news of credit changes nothing");
	acknowledge(&a, 10, 1, bytes_of(NULL, 0));
	EXPECT_EQ(send(&a, 11, 3 * ONE), 1, "new news does");
	end(&a);
}

TEST(who_waits_for_credit_asks_for_it_however_it_came_to_wait)
{
	struct arq a;

	begin(&a);
	acknowledge(&a, 0, 0, bytes_of(NULL, 0));
	EXPECT(arq_deadline(&a, instant_us(INT64_MIN)).us == NEVER.us, "nothing waits");
	put(&a, FLOW_BULK, true);
	EXPECT_EQ(send(&a, 1, ONE), 0, "there is no credit");
	EXPECT_EQ(arq_deadline(&a, instant_us(INT64_MIN)).us, at.us + ARQ_PERSIST_US,
		"it will ask");
	end(&a);
}

/* Probes until the link is given up; returns how many. The neighbour is heard all the time, or
 * never. */
static unsigned probe_until_failed(struct arq *a, bool heard, uint32_t loss_ppm)
{
	unsigned probes = 0;

	while (!arq_failed(a, at,
		&(struct arq_patience){
			.heard = heard ? at : instant_us(0), .loss_ppm = loss_ppm })) {
		EXPECT(arq_deadline(a, instant_us(INT64_MIN)).us != NEVER.us,
			"it goes on asking");
		at = instant_max(at, arq_deadline(a, instant_us(INT64_MIN)));
		EXPECT(arq_probe_due(a, at), "a question is due");
		arq_probe_sent(a, at);
		probes++;
	}
	return probes;
}

TEST(a_neighbour_that_is_heard_but_answers_no_question_is_given_time)
{
	struct instant begun;
	struct arq a;
	unsigned probes;

	begin(&a);
	acknowledge(&a, 0, 0, bytes_of(NULL, 0));
	at = begun = instant_add_ms(at, 60000);
	put(&a, FLOW_BULK, true);
	EXPECT_EQ(send(&a, 1, ONE), 0, "there is no credit");
	probes = probe_until_failed(&a, true, 0);
	EXPECT(probes >= ARQ_PROBES_FAILED && probes < 40, "after several, not many");
	EXPECT(instant_since_us(at, begun) >= ARQ_FAILED_US, "and not in haste");
	acknowledge(&a, 1, 0, bytes_of(NULL, 0));
	EXPECT(!arq_failed(&a, at, &(struct arq_patience){ .heard = at }),
		"an answer revives it");
	end(&a);
}

TEST(a_neighbour_that_says_that_there_is_no_link_gets_two_probes)
{
	struct arq_patience p = { .loss_ppm = 500000, .forgotten = true };
	struct arq a;

	begin(&a);
	a.srtt_us = 5000;
	at = p.heard = instant_add_ms(at, 60000);
	arq_probe_request(&a, at);
	arq_probe_sent(&a, at);
	EXPECT(!arq_failed(&a, instant_add_us(at, ARQ_SILENT_US), &p),
		"the answer may be on its way");
	arq_probe_sent(&a, instant_add_ms(at, 20));
	EXPECT(!arq_failed(&a, instant_add_ms(at, 20), &p),
		"it may be busy for a moment");
	p.heard = at = instant_add_us(at, ARQ_SILENT_US);
	EXPECT(arq_failed(&a, at, &p), "however much is lost, and though it is heard");
	p.forgotten = false;
	EXPECT(!arq_failed(&a, at, &p), "which is else a long time");
	p.denied = true;
	EXPECT(!arq_failed(&a, at, &p),
		"and one that only does not hear us gets it, too");
	end(&a);
}

TEST(a_silent_neighbour_is_given_up_the_sooner_the_less_its_link_loses)
{
	static const struct {
		uint32_t loss_ppm;
		unsigned least, most;
		int64_t most_us;
	} rows[] = { { 0, 4, 6, 150000 }, { 100000, 6, 9, 400000 },
		{ 300000, 12, 22, 3000000 } };

	for (size_t i = 0; i < array_len(rows); i++) {
		struct instant begun;
		unsigned probes;
		struct arq a;

		begin(&a);
		a.srtt_us = 5000;
		at = begun = instant_add_ms(at, 60000);
		arq_probe_request(&a, at);
		EXPECT(!arq_suspect(&a, rows[i].loss_ppm), "asked is not doubted");
		probes = probe_until_failed(&a, false, rows[i].loss_ppm);
		EXPECT(arq_suspect(&a, rows[i].loss_ppm), "doubted before");
		EXPECT(probes >= rows[i].least && probes <= rows[i].most, "so many");
		EXPECT(instant_since_us(at, begun) <= rows[i].most_us, "so soon");
		acknowledge(&a, 1, 0, bytes_of(NULL, 0));
		EXPECT(!arq_suspect(&a, rows[i].loss_ppm), "an answer clears it");
		EXPECT_EQ(arq_deadline(&a, instant_us(INT64_MIN)).us, NEVER.us,
			"and no more is asked");
		end(&a);
	}
}

TEST(a_neighbour_that_answers_nothing_is_given_up_however_bad_its_link_was)
{
	static const struct {
		int64_t srtt_us, least_us;
		bool heard;
	} rows[] = { { 5000, ARQ_GONE_US, false }, { 600000, ARQ_GONE_US, false },
		{ 5000, ARQ_UNANSWERED_US, true }, { 600000, ARQ_UNANSWERED_US, true } };

	for (size_t i = 0; i < array_len(rows); i++) {
		struct instant begun;
		struct arq a;

		begin(&a);
		a.srtt_us = rows[i].srtt_us;
		at = begun = instant_add_ms(at, 60000);
		arq_probe_request(&a, at);
		(void)probe_until_failed(&a, rows[i].heard, 900000);
		EXPECT(instant_since_us(at, begun) >= rows[i].least_us &&
				instant_since_us(at, begun) <= rows[i].least_us + 600000,
			"after a while, also where an answer took long");
		end(&a);
	}
}

TEST(what_was_on_its_way_when_a_session_ended_is_no_loss_of_its_link)
{
	enum { FRAMES = 256 };
	struct instant begun;
	struct arq a;
	uint64_t number = 0;

	begin(&a);
	for (; number < FRAMES; number++) {
		put(&a, FLOW_BULK, false);
		EXPECT_EQ(send(&a, number, ONE), 1, "a good link");
		EXPECT_EQ(acknowledge(&a, number, 48, bytes_of(NULL, 0)), 1, "is known");
	}
	for (unsigned i = 0; i < 10; i++) {
		while (flow_queue_count(&a.queue) < ARQ_WINDOW_UNKNOWN)
			put(&a, FLOW_BULK, false);
		while (arq_open(&a) && send(&a, number, ONE) > 0)
			number++;
		EXPECT(a.in_flight >= ARQ_WINDOW_MIN, "a window is on its way");
		arq_restart(&a, at, true);
	}
	EXPECT_EQ(a.frames_lost + a.loss_ppm, 0, "nobody said that any of it was lost");
	at = begun = instant_add_ms(at, 60000);
	arq_probe_request(&a, at);
	EXPECT(probe_until_failed(&a, true, 0) < 40,
		"who answers no question is given up");
	EXPECT(instant_since_us(at, begun) <= 2 * ARQ_FAILED_US, "as soon as ever");
	end(&a);
}

TEST(data_waits_while_a_neighbour_answers_no_question)
{
	struct arq a;

	begin(&a);
	a.srtt_us = 5000;
	put(&a, FLOW_BULK, false);
	EXPECT_EQ(send(&a, 1, ONE), 1, "a frame goes out");
	EXPECT(arq_open(&a), "and another one may");
	for (unsigned i = 0; i < 4; i++) {
		EXPECT(arq_open(&a), "one lost answer says nothing");
		at = instant_max(at, arq_deadline(&a, instant_us(INT64_MIN)));
		arq_probe_sent(&a, at);
	}
	EXPECT(!arq_open(&a), "no more to somebody who may be gone");
	acknowledge(&a, 1, ARQ_HELD_MAX, bytes_of(NULL, 0));
	EXPECT(arq_open(&a), "an answer opens it");
	end(&a);
}

TEST(sending_on_does_not_put_off_the_question)
{
	struct arq a;

	begin(&a);
	a.srtt_us = 5000;
	for (unsigned i = 0; i < 5; i++) {
		put(&a, FLOW_INTERACTIVE, false);
		(void)send(&a, 1 + i, ONE);
		at = instant_add_ms(at, 10);
	}
	EXPECT(arq_probe_due(&a, at), "20 ms after the first, however many follow");
	end(&a);
}

TEST(questions_come_no_faster_than_answers_do)
{
	int64_t answer_us = 150000;
	struct instant begin = instant_us(0);
	struct arq a;
	struct flow_list rest = { NULL, NULL, 0 };

	arq_init(&a, begin, 0);
	a.answer_us = &answer_us;
	arq_probe_request(&a, begin);
	arq_probe_sent(&a, begin);
	EXPECT(!arq_probe_due(&a, instant_add_ms(begin, 299)), "the channel is full");
	EXPECT(arq_probe_due(&a, instant_add_ms(begin, 300)), "twice what they take");
	answer_us = 1000;
	arq_probe_sent(&a, begin);
	EXPECT(arq_probe_due(&a, instant_add_ms(begin, 100)),
		"a link that is not known yet");
	arq_fini(&a, &rest);
}

TEST(nothing_new_is_begun_while_the_oldest_would_become_a_duplicate)
{
	struct arq a;
	uint64_t number = 0;

	begin(&a);
	put(&a, FLOW_BULK, false);
	EXPECT_EQ(send(&a, number++, ONE), 1, "one that will be lost again and again");
	for (unsigned i = 0; i < ARQ_SEQUENCE_BITS; i++) {
		put(&a, FLOW_INTERACTIVE, false);
		/* the first frame stays open: it is never spoken of */
		if (send(&a, ARQ_BITMAP_BITS * 2 + number, ONE) == 0)
			break;
		number++;
		a.in_flight--;
		a.sent[(a.sent_first + a.sent_count - 1) % a.sent_room].open = false;
		flow_item_free(
			a.sent[(a.sent_first + --a.sent_count) % a.sent_room].items[0]);
	}
	EXPECT_EQ(a.next_sequence, ARQ_SEQUENCE_BITS / 2, "half of the window is used");
	EXPECT_EQ(acknowledge(&a, 1, 48, BYTES("\1")), 0, "the first is lost");
	EXPECT_EQ(send(&a, 1 << 20, ONE), 1, "it goes before everything fresh");
	EXPECT_EQ(a.sent[a.sent_first].items[0]->sequence, 0, "under its number");
	EXPECT_EQ(acknowledge(&a, 1 << 20, 48, bytes_of(NULL, 0)), 1, "it arrived");
	EXPECT_EQ(send(&a, (1 << 20) + 1, ONE), 1, "then it goes on");
	end(&a);
}

TEST(a_frame_that_was_not_sent_gives_everything_back)
{
	struct arq a;
	uint8_t buffer[256];
	struct writer w = writer_of(buffer, sizeof(buffer));

	begin(&a);
	put(&a, FLOW_BULK, true);
	put(&a, FLOW_BULK, true);
	arq_fill(&a, at, &w);
	EXPECT_EQ(a.in_flight_transit, 2, "both are staged");
	arq_fill_done(&a, at, false, 0, 0);
	EXPECT_EQ(a.in_flight_transit, 0, "their credit is back");
	EXPECT_EQ(flow_queue_count(&a.queue), 2, "they wait again");
	EXPECT_EQ(send(&a, 0, sizeof(buffer)), 2, "and go later");
	end(&a);
}

TEST(a_restart_with_messages_staged_or_open_loses_none)
{
	struct arq a;
	uint8_t buffer[256];
	struct writer w = writer_of(buffer, ONE);
	struct flow_list rest = { NULL, NULL, 0 };

	begin(&a);
	for (unsigned i = 0; i < 3; i++)
		put(&a, FLOW_BULK, true);
	EXPECT_EQ(send(&a, 0, ONE), 1, "one is open");
	arq_fill(&a, at, &w);
	EXPECT_EQ(a.staged_count, 1, "one is staged");
	arq_restart(&a, at, true);
	EXPECT_EQ(
		a.in_flight + a.in_flight_transit + a.staged_count, 0, "nothing is out");
	EXPECT_EQ(flow_queue_count(&a.queue), 3, "all wait");
	EXPECT(arq_deadline(&a, instant_us(INT64_MIN)).us != NEVER.us,
		"and will be asked about");
	w = writer_of(buffer, ONE);
	arq_fill(&a, at, &w);
	arq_fini(&a, &rest);
	EXPECT_EQ(rest.count, 3, "the end gives all of them back");
	flow_list_fini(&rest);
}
