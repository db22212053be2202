/* SPDX-License-Identifier: ISC */
/* The responder among floods, forgeries, repetitions and replays. */
#include "node/session/respond.h"

#include "node/crypto/hash.h"
#include "tests/unit/node/session/air.h"

static void forge(struct air *a, struct air_frame *f)
{
	struct envelope e = { a->nodes[f->to].sessions->config.mesh_key,
		&a->nodes[f->from].address, &a->nodes[f->to].address };
	struct writer w = writer_of(f->bytes, sizeof(f->bytes));

	w.len = f->len - ENVELOPE_MACS;
	envelope_end(&w, &e);
}

/* A new message 1 from node 0 as anybody with the mesh key can make it. */
static struct air_frame fresh_message_1(struct air *a, uint32_t link)
{
	struct air_frame f = { .from = 0, .to = 1, .link = link, .len = ENVELOPE_1_SIZE };
	struct writer w = writer_of(f.bytes, sizeof(f.bytes));
	struct frame_header h = { FRAME_HANDSHAKE_1, 0, 0,
		1 + rng_below(&a->rng, 1u << 31) };

	frame_header_write(&w, &h);
	rng_fill(&a->rng, f.bytes + w.len, 32);
	w.len += 32;
	opening_write(&w, (uint32_t)h.number);
	forge(a, &f);
	return f;
}

static struct air_frame message_1(struct air *a)
{
	struct air_frame f;

	air_want(a, 1, 0, 1);
	EXPECT(air_take(a, 0, &f), "message 1 waits");
	return f;
}

TEST(respond_refuses_every_altered_byte_of_message_1_but_a_new_key)
{
	for (int forged = 0; forged < 2; forged++) {
		struct hash before, after;
		struct air_frame f, g, answer;
		struct air a;

		air_open(&a);
		f = message_1(&a);
		before = air_state(&a, 1);
		for (size_t i = 0; i < f.len; i++) {
			a.now = instant_add_ms(a.now, 30);
			g = f;
			g.bytes[i] ^= 0x40;
			if (forged && i < f.len - ENVELOPE_MACS)
				forge(&a, &g);
			/* Another ephemeral key makes another message 1. */
			if (forged && i >= FRAME_HEADER_SIZE &&
				i < FRAME_HEADER_SIZE + 32)
				continue;
			EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED,
				"an altered message 1");
			after = air_state(&a, 1);
			EXPECT_BYTES(
				id_bytes(&after), id_bytes(&before), "changes nothing");
		}
		for (size_t len = 0; len < f.len; len++) {
			g = f;
			g.len = len;
			EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED,
				"a message 1 cut short");
		}
		while (air_take(&a, 1, &answer))
			EXPECT_EQ(answer.bytes[0] & 15, FRAME_COOKIE,
				"at most a cookie comes");
		EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "the true one is taken");
		air_run(&a, 1000);
		EXPECT(air_is_up(&a, 1, 0, 1), "and leads to a session");
		air_close(&a);
	}
}

TEST(respond_refuses_every_altered_byte_of_message_3_and_stays_ready)
{
	for (int forged = 0; forged < 2; forged++) {
		struct hash before, after;
		struct air_frame f, g;
		struct air a;

		air_open(&a);
		f = message_1(&a);
		EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "message 1 is taken");
		EXPECT(air_take(&a, 1, &f), "message 2 waits");
		EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "and is taken");
		EXPECT(air_take(&a, 0, &f), "message 3 waits");
		before = air_state(&a, 1);
		for (size_t i = 0; i < f.len; i++) {
			a.now = instant_add_ms(a.now, 20);
			g = f;
			g.bytes[i] ^= 0x08;
			if (forged && i < f.len - ENVELOPE_MACS)
				forge(&a, &g);
			EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED,
				"an altered message 3");
			after = air_state(&a, 1);
			EXPECT_BYTES(
				id_bytes(&after), id_bytes(&before), "changes nothing");
		}
		g = f;
		g.link = 2;
		EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED,
			"message 3 along another path");
		EXPECT(!air_is_up(&a, 1, 1, 0), "so far nothing is up");
		EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "the true one is taken");
		EXPECT(air_is_up(&a, 1, 1, 0), "and now the session is up");
		air_close(&a);
	}
}

TEST(respond_answers_a_repeated_message_1_with_the_same_bytes)
{
	struct air_frame f, first, again;
	struct air a;

	air_open(&a);
	f = message_1(&a);
	EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "message 1 is taken");
	EXPECT(air_take(&a, 1, &first), "and answered");
	EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "so is the same again");
	EXPECT(air_take(&a, 1, &again), "with an answer");
	EXPECT_BYTES(bytes_of(first.bytes, first.len), bytes_of(again.bytes, again.len),
		"that is the same");
	EXPECT_EQ(
		HASH_COUNT(a.nodes[1].sessions->pendings), 1, "and nothing more is kept");
	f.link = 3;
	EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "along another path it is refused");
	f.link = 1;
	f.bytes[15] ^= 1;
	f.bytes[51] ^= 1;
	forge(&a, &f);
	EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "and with another index");
	air_close(&a);
}

TEST(respond_confirms_a_repeated_message_3_until_it_has_heard_data)
{
	struct air_frame f, third, confirmation;
	struct air a;

	air_open(&a);
	f = message_1(&a);
	EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "message 1");
	EXPECT(air_take(&a, 1, &f) && air_give(&a, &f) == SESSION_HANDLED, "message 2");
	EXPECT(air_take(&a, 0, &third) && air_give(&a, &third) == SESSION_HANDLED,
		"message 3");
	EXPECT(air_take(&a, 1, &confirmation), "the confirmation, lost on its way");
	EXPECT_EQ(air_give(&a, &third), SESSION_HANDLED, "message 3 again");
	EXPECT(air_take(&a, 1, &confirmation), "a new confirmation");
	EXPECT_EQ(confirmation.bytes[15], 1, "with a number of its own");
	EXPECT_EQ(a.nodes[1].ups, 1, "but no new session");
	f = third;
	f.bytes[40] ^= 1;
	forge(&a, &f);
	EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "another message 3 is refused");
	EXPECT_EQ(air_give(&a, &confirmation), SESSION_OPENED, "the initiator is up");
	EXPECT(air_say(&a, 1, 0, 1), "and speaks");
	air_run(&a, 100);
	EXPECT_EQ(a.nodes[1].opened, 1, "and is heard");
	EXPECT_EQ(air_give(&a, &third), SESSION_DROPPED,
		"now message 3 is of no use any more");
	air_close(&a);
}

/* No renewal is under way: who has heard nothing under new keys yet would answer a message 3
 * again, and what is in the air has not been heard before. */
static bool nothing_is_new(const struct air *a)
{
	for (unsigned n = 0; n < AIR_NODES; n++) {
		const struct sessions *s = a->nodes[n].sessions;

		for (uint32_t i = 0; i < s->slots_used; i++) {
			const struct peer *p = s->slots[i];

			if (p != NULL && (p->attempt != NULL || p->current == NULL ||
						 !p->current->heard))
				return false;
		}
	}
	return a->flying_count == 0;
}

TEST(respond_changes_nothing_when_all_that_was_ever_sent_is_played_again)
{
	struct hash before[AIR_NODES], after;
	struct air a;
	size_t count;

	air_open(&a);
	a.loss_ppm = 100000;
	for (int i = 0; i < 300; i++) {
		air_want(&a, 1, 0, 1);
		air_want(&a, 0, 2, 0);
		air_say(&a, 1, i % 2, 1 - i % 2);
		air_say(&a, 0, i % 2 * 2, 2 - i % 2 * 2);
		air_run(&a, 1000);
	}
	a.loss_ppm = 0;
	air_run(&a, 40000);
	for (unsigned i = 0; i < 20 || !nothing_is_new(&a); i++) {
		EXPECT(i < 100, "renewals come to an end");
		EXPECT(air_say(&a, 1, i % 2, 1 - i % 2), "the link is up");
		EXPECT(air_say(&a, 0, i % 2 * 2, 2 - i % 2 * 2), "the routed path is up");
		air_run(&a, 100);
	}
	count = a.record_count;
	EXPECT(count > 600, "there is much to play");
	for (unsigned n = 0; n < AIR_NODES; n++) {
		a.nodes[n].ups = a.nodes[n].downs = a.nodes[n].opened =
			a.nodes[n].confirmed = 0;
		while (a.nodes[n].sessions->pendings != NULL)
			pending_remove(
				a.nodes[n].sessions, a.nodes[n].sessions->pendings);
		before[n] = air_state(&a, n);
	}
	for (size_t i = 0; i < count; i++) {
		struct air_frame f = a.record[i];

		if (!f.came)
			continue;
		air_give(&a, &f);
		f.link = f.link == 0 ? 1 : 0;
		air_give(&a, &f);
	}
	for (unsigned n = 0; n < AIR_NODES; n++) {
		EXPECT_EQ(a.nodes[n].ups + a.nodes[n].downs + a.nodes[n].opened +
				  a.nodes[n].confirmed,
			0, "nobody sees anything of it");
		while (a.nodes[n].sessions->pendings != NULL)
			pending_remove(
				a.nodes[n].sessions, a.nodes[n].sessions->pendings);
		after = air_state(&a, n);
		EXPECT_BYTES(
			id_bytes(&after), id_bytes(&before[n]), "no session is touched");
	}
	air_close(&a);
}

TEST(respond_lets_a_true_handshake_through_a_flood)
{
	size_t answered = 0, cookies = 0, bytes_in = 0, bytes_out = 0;
	struct air_frame f, g;
	struct air a;

	air_open(&a);
	for (int i = 0; i < 10000; i++) {
		/* 10,000 in one second. */
		a.now = instant_add_us(a.now, 100);
		f = fresh_message_1(&a, 1);
		bytes_in += f.len;
		air_give(&a, &f);
		while (air_take(&a, 1, &g)) {
			EXPECT(g.len <= f.len,
				"no answer is larger than what it answers");
			bytes_out += g.len;
			if ((g.bytes[0] & 15) == FRAME_COOKIE)
				cookies++;
			else
				answered++;
		}
		EXPECT(HASH_COUNT(a.nodes[1].sessions->pendings) <= PENDING_MAX,
			"memory is bounded");
		EXPECT(a.nodes[1].sessions->peer_count == 0, "and no peer is made of it");
	}
	EXPECT(answered >= 50 && answered <= 101,
		"50 a second get an answer without a cookie");
	EXPECT_EQ(answered + cookies, 10000, "the others get a cookie");
	EXPECT_EQ(a.nodes[1].drops.count[DROP_LOAD], cookies, "and are counted");
	EXPECT(bytes_out < bytes_in / 2, "less goes out than came in");

	air_want(&a, 1, 0, 1);
	for (int i = 0; i < 2000 && !air_is_up(&a, 1, 0, 1); i++) {
		a.now = instant_add_us(a.now, 100);
		f = fresh_message_1(&a, 1);
		air_give(&a, &f);
		while (air_take(&a, 0, &g))
			air_give(&a, &g);
		while (air_take(&a, 1, &g))
			air_give(&a, &g);
		sessions_tick(a.nodes[0].sessions, a.now);
	}
	EXPECT(air_is_up(&a, 1, 0, 1) && air_is_up(&a, 1, 1, 0),
		"a true node comes through at once, with its cookie");
	air_close(&a);
}

TEST(respond_never_does_more_than_200_first_messages_a_second)
{
	struct air_frame f, g;
	struct session_path path;
	uint8_t cookie[COOKIE_SIZE];
	int answered = 0;
	struct air a;

	air_open(&a);
	path = air_path(&a, 1, 0);
	cookie_of(&a.nodes[1].sessions->jar, &path, cookie);
	for (int i = 0; i < 5000; i++) {
		a.now = instant_add_us(a.now, 1000);
		f = fresh_message_1(&a, 1);
		envelope_set_mac2(f.bytes, f.len, cookie);
		if (air_give(&a, &f) == SESSION_HANDLED)
			answered++;
		while (air_take(&a, 1, &g))
			EXPECT_EQ(g.bytes[0] & 15, FRAME_HANDSHAKE_2,
				"with a cookie, no cookie");
	}
	EXPECT(answered >= 1000 && answered <= 1201, "200 a second and a burst of 200");
	EXPECT(HASH_COUNT(a.nodes[1].sessions->pendings) <= PENDING_MAX,
		"memory is bounded");
	air_close(&a);
}

TEST(respond_bounds_the_work_of_messages_2_and_3)
{
	struct air_frame f, third;
	struct air a;

	air_open(&a);
	f = message_1(&a);
	EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "message 1");
	EXPECT(air_take(&a, 1, &f) && air_give(&a, &f) == SESSION_HANDLED, "message 2");
	EXPECT(air_take(&a, 0, &third), "message 3");
	for (int i = 0; i < 5000; i++) {
		a.now = instant_add_us(a.now, 100);
		f = third;
		f.bytes[60] ^= (uint8_t)(1 + i % 255);
		forge(&a, &f);
		EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "a forged message 3");
	}
	EXPECT(a.nodes[1].drops.count[DROP_HANDSHAKE] <= 310, "only some are tried");
	EXPECT(a.nodes[1].drops.count[DROP_LOAD] >= 4690,
		"the others cost next to nothing");
	a.now = instant_add_ms(a.now, 100);
	EXPECT_EQ(air_give(&a, &third), SESSION_HANDLED,
		"and the true one is still welcome");
	air_close(&a);
}

TEST(respond_refuses_a_first_message_on_a_link_from_the_higher_side)
{
	struct air_frame f;
	struct air a;

	air_open(&a);
	f = fresh_message_1(&a, 1);
	f.from = 1;
	f.to = 0;
	forge(&a, &f);
	EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "on a link the lower side begins");
	EXPECT_EQ(a.nodes[0].drops.count[DROP_HANDSHAKE], 1, "and it is counted so");
	f.link = 0;
	EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "by routes either may");
	f.from = 0;
	forge(&a, &f);
	EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "but nobody speaks with himself");
	air_close(&a);
}

TEST(respond_keeps_a_session_while_somebody_begins_handshakes_and_ends_none)
{
	struct hash before, after;
	struct air_frame f;
	struct air a;

	air_open(&a);
	air_join(&a, 1, 0, 1);
	air_run(&a, 1000);
	before = air_state(&a, 1);
	for (int i = 0; i < 40; i++) {
		f = fresh_message_1(&a, 1);
		EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "a first message");
	}
	a.now = instant_add_ms(a.now, PENDING_LIFE_MS);
	sessions_tick(a.nodes[1].sessions, a.now);
	after = air_state(&a, 1);
	EXPECT_BYTES(id_bytes(&after), id_bytes(&before), "leaves no trace");
	air_close(&a);
}

TEST(respond_goes_on_with_who_is_said_to_have_begun_anew)
{
	struct air_frame f;
	struct session_path path;
	struct air a;

	air_open(&a);
	path = air_path(&a, 0, 0);
	for (unsigned keeps = 0; keeps < 2; keeps++) {
		air_restart(&a, 0);
		air_want(&a, 0, 0, 1);
		EXPECT(air_take(&a, 0, &f) && air_give(&a, &f) == SESSION_HANDLED,
			"the first word of the new process");
		EXPECT(air_take(&a, 1, &f) && air_give(&a, &f) == SESSION_HANDLED,
			"its answer");
		if (keeps)
			sessions_restarted(a.nodes[1].sessions, &path);
		else
			sessions_forget(a.nodes[1].sessions, &path);
		EXPECT(air_take(&a, 0, &f), "message 3");
		EXPECT_EQ(air_give(&a, &f), keeps ? SESSION_HANDLED : SESSION_DROPPED,
			"what was begun is kept, unless all of it is to go");
	}
	EXPECT_EQ(a.nodes[1].ups, 1, "and the session is there at once");
	air_close(&a);
}

TEST(respond_refuses_a_late_message_3_of_an_older_handshake)
{
	struct air_frame first, late, f;
	struct session_path path;
	struct air a;

	air_open(&a);
	f = message_1(&a);
	EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "message 1");
	EXPECT(air_take(&a, 1, &f) && air_give(&a, &f) == SESSION_HANDLED, "message 2");
	EXPECT(air_take(&a, 0, &late), "message 3 takes its time");
	path = air_path(&a, 1, 1);
	sessions_forget(a.nodes[0].sessions, &path);
	first = message_1(&a);
	EXPECT_EQ(air_give(&a, &first), SESSION_HANDLED, "a new handshake");
	air_run(&a, 100);
	EXPECT(air_is_up(&a, 1, 0, 1) && a.nodes[1].ups == 1, "comes through");
	EXPECT_EQ(air_give(&a, &late), SESSION_DROPPED, "the late one does not undo it");
	air_close(&a);
}
