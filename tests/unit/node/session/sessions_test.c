/* SPDX-License-Identifier: ISC */
/* Whole lives of sessions over a channel that loses, doubles, delays and spoils. */
#include "node/session/sessions.h"

#include "node/crypto/hash.h"
#include "tests/unit/node/session/air.h"

TEST(sessions_come_up_on_a_link_when_the_lower_side_wants)
{
	struct air a;

	air_open(&a);
	air_want(&a, 1, 1, 0);
	air_run(&a, 30000);
	EXPECT(!air_is_up(&a, 1, 0, 1), "the higher side only wishes");
	EXPECT_EQ(a.record_count, 0, "and sends nothing");
	air_want(&a, 1, 0, 1);
	air_run(&a, 100);
	EXPECT(air_is_up(&a, 1, 0, 1) && air_is_up(&a, 1, 1, 0), "both ends are up");
	EXPECT_EQ(a.record_count, 4, "messages 1 to 3 and the confirmation");
	EXPECT(a.nodes[0].ups == 1 && a.nodes[1].ups == 1, "each side hears of it once");
	EXPECT_BYTES(bytes_of(a.nodes[0].last.payload, a.nodes[0].last.payload_len),
		BYTES("n1"), "the lower side has the payload of the other");
	EXPECT_BYTES(bytes_of(a.nodes[1].last.payload, a.nodes[1].last.payload_len),
		BYTES("n0"), "and the other its");
	EXPECT(id_equal(&a.nodes[0].last.id, &a.nodes[1].keys.id), "and its id");
	EXPECT_EQ(sessions_count(a.nodes[0].sessions), 1, "status counts one");
	EXPECT(a.nodes[0].confirmed == 1 && a.nodes[0].opened == 0,
		"the confirmation is an empty frame");
	air_close(&a);
}

/* How many of the first ten links have a message 1 in the record. */
static unsigned begun(const struct air *a)
{
	bool seen[11] = { false };
	unsigned count = 0;

	for (size_t i = 0; i < a->record_count; i++) {
		uint32_t link = a->record[i].link;

		count += a->record[i].from == 0 && !seen[link];
		seen[link] = true;
	}
	return count;
}

static unsigned up(const struct air *a)
{
	unsigned count = 0;

	for (uint32_t link = 1; link <= 10; link++)
		count += air_is_up(a, link, 0, 1);
	return count;
}

static void want_ten(struct air *a)
{
	for (uint32_t link = 1; link <= 10; link++)
		air_want(a, link, 0, 1);
	air_run(a, 1);
	EXPECT_EQ(begun(a), LINKS_AT_ONCE, "few begin at once where many are heard");
}

TEST(sessions_begin_one_after_the_other_where_many_are_heard)
{
	struct air a;

	air_open(&a);
	a.delay_us = 2000;
	want_ten(&a);
	air_run(&a, 1000);
	EXPECT_EQ(up(&a), 10, "which takes little time while the channel is free");
	air_close(&a);
}

TEST(sessions_take_their_time_where_answers_do)
{
	struct air a;

	air_open(&a);
	a.delay_us = 100000;
	want_ten(&a);
	air_run(&a, 2500);
	EXPECT(up(&a) >= LINKS_FEW && up(&a) < 8, "a few are soon there");
	air_run(&a, 12000);
	EXPECT_EQ(up(&a), 10, "in the end all are");
	air_close(&a);
}

TEST(sessions_are_not_held_up_by_who_does_not_answer)
{
	struct air a;

	air_open(&a);
	a.loss_ppm = 1000000;
	want_ten(&a);
	air_run(&a, LINKS_ALONE_MS - 100);
	EXPECT_EQ(begun(&a), LINKS_AT_ONCE, "they have their time");
	air_run(&a, 200);
	EXPECT_EQ(begun(&a), 2 * LINKS_AT_ONCE, "then others begin");
	air_run(&a, 10 * LINKS_ALONE_MS);
	EXPECT_EQ(begun(&a), 10, "and all do");
	air_run(&a, 60000);
	EXPECT_EQ(a.nodes[0].sessions->peer_count, 0, "nobody is remembered for ever");
	air_close(&a);
}

TEST(sessions_of_newcomers_do_not_wait_for_who_never_answered)
{
	enum { SILENT = 50 };
	bool seen = false;
	struct air a;

	air_open(&a);
	air_restart_with(&a, 0, 2 * SILENT);
	a.loss_ppm = 1000000;
	for (unsigned s = 0; s < 60; s += 5) {
		for (uint32_t link = 1; link <= SILENT; link++)
			air_want(&a, link, 0, 1);
		air_run(&a, 5000);
	}
	a.record_count = 0;
	air_want(&a, SILENT + 1, 0, 1);
	air_run(&a, 1);
	for (size_t i = 0; i < a.record_count; i++)
		seen = seen || a.record[i].link == SILENT + 1;
	EXPECT(seen, "all have had their turn once, so it is the newcomer's");
	air_close(&a);
}

TEST(sessions_carry_data_both_ways)
{
	struct air a;

	air_open(&a);
	air_join(&a, 0, 1, 0);
	a.nodes[0].opened = a.nodes[1].opened = 0;
	for (int i = 0; i < 3000; i++) {
		EXPECT(air_say(&a, 0, i % 2, 1 - i % 2), "a session that is up seals");
		if (i % 100 == 0)
			air_run(&a, 10);
	}
	air_run(&a, 10);
	EXPECT(a.nodes[0].opened == 1500 && a.nodes[1].opened == 1500,
		"every frame arrives");
	air_close(&a);
}

TEST(sessions_come_up_through_loss_doubling_shuffling_and_spoiling)
{
	for (int round = 0; round < 40; round++) {
		struct air a;

		air_open(&a);
		a.rng = test_rng();
		for (int i = 0; i < round * 977; i++)
			(void)rng_u64(&a.rng);
		a.loss_ppm = 300000;
		a.twice_ppm = 200000;
		a.spoil_ppm = 100000;
		a.shuffle_us = round % 2 == 0 ? 300000 : 3000000;
		for (int s = 0; s < 600; s++) {
			air_want(&a, 1, 0, 1);
			air_want(&a, 0, 2, 0);
			air_want(&a, 0, 1, 2);
			air_run(&a, 1000);
			if (air_is_up(&a, 1, 0, 1) && air_is_up(&a, 1, 1, 0) &&
				air_is_up(&a, 0, 2, 0) && air_is_up(&a, 0, 0, 2) &&
				air_is_up(&a, 0, 1, 2) && air_is_up(&a, 0, 2, 1))
				break;
			EXPECT(s < 599, "all are up within ten minutes");
		}
		a.loss_ppm = a.spoil_ppm = a.twice_ppm = 0;
		a.shuffle_us = 0;
		air_run(&a, 15000);
		for (unsigned i = 0; i < AIR_NODES; i++)
			a.nodes[i].opened = 0;
		EXPECT(air_say(&a, 1, 0, 1) && air_say(&a, 1, 1, 0) &&
				air_say(&a, 0, 2, 0) && air_say(&a, 0, 0, 2) &&
				air_say(&a, 0, 1, 2) && air_say(&a, 0, 2, 1),
			"all can seal");
		air_run(&a, 100);
		for (unsigned i = 0; i < AIR_NODES; i++)
			EXPECT_EQ(a.nodes[i].opened, 2,
				"and all of it opens at the other end");
		air_close(&a);
	}
}

TEST(sessions_on_a_routed_path_settle_a_tie)
{
	for (int round = 0; round < 60; round++) {
		struct air a;

		air_open(&a);
		for (int i = 0; i < round; i++)
			(void)rng_u64(&a.rng);
		a.delay_us = 1000 + (int64_t)rng_below(&a.rng, 2000000);
		a.loss_ppm = round < 20 ? 0 : 300000;
		a.shuffle_us = round < 40 ? 0 : 400000;
		air_want(&a, 0, 0, 1);
		air_run(&a, (int64_t)rng_below(&a.rng, 1000));
		air_want(&a, 0, 1, 0);
		for (int i = 0; i < 200; i++) {
			air_run(&a, 500);
			air_want(&a, 0, round % 2, 1 - round % 2);
		}
		a.loss_ppm = 0;
		/* who is up speaks: a peer that has lost the session is found out by that */
		for (int i = 0; i < 60; i++) {
			air_run(&a, 500);
			(void)air_say(&a, 0, 0, 1);
			(void)air_say(&a, 0, 1, 0);
		}
		air_run(&a, 15000);
		a.nodes[0].opened = a.nodes[1].opened = 0;
		EXPECT(air_say(&a, 0, 0, 1) && air_say(&a, 0, 1, 0), "both are up");
		air_run(&a, 5000);
		EXPECT_EQ(a.nodes[0].opened, 1, "and mean the same session");
		EXPECT_EQ(a.nodes[1].opened, 1, "on the other side too");
		air_close(&a);
	}
}

static struct air_frame passes(struct air *a, unsigned from)
{
	struct air_frame f;

	EXPECT(air_take(a, from, &f), "a frame waits");
	EXPECT_EQ(air_give(a, &f), SESSION_HANDLED, "and is taken");
	return f;
}

TEST(a_message_3_that_was_given_up_and_comes_late_undoes_nothing)
{
	struct air_frame late, f;
	struct air a;

	air_open(&a);
	air_want(&a, 0, 1, 0);
	passes(&a, 1);
	air_want(&a, 0, 0, 1);
	passes(&a, 0);
	EXPECT(air_take(&a, 1, &late), "message 3 of the higher side is on its way");
	passes(&a, 0);
	passes(&a, 1);
	passes(&a, 0);
	EXPECT(air_take(&a, 1, &f), "the higher side has given way, and confirms");
	EXPECT_EQ(air_give(&a, &f), SESSION_OPENED, "that is heard");
	EXPECT_EQ(
		air_give(&a, &late), SESSION_DROPPED, "then what it had given up comes");
	EXPECT(air_say(&a, 0, 0, 1) && air_say(&a, 0, 1, 0), "both are up");
	air_run(&a, 1000);
	EXPECT(a.nodes[0].opened == 1 && a.nodes[1].opened == 1,
		"and mean the same session");
	air_close(&a);
}

TEST(sessions_renew_their_keys_under_traffic_without_losing_a_frame)
{
	for (uint32_t link = 0; link < 2; link++) {
		unsigned sent = 0;
		struct air a;

		air_open(&a);
		air_join(&a, link, 0, 1);
		air_run(&a, 1000);
		a.nodes[0].opened = a.nodes[1].opened = 0;
		for (int i = 0; i < 60000; i++) {
			EXPECT(air_say(&a, link, i % 2, 1 - i % 2),
				"a session is always up");
			sent++;
			air_run(&a, 10);
		}
		air_run(&a, 1000);
		EXPECT(a.nodes[0].opened + a.nodes[1].opened == sent,
			"no frame was lost");
		EXPECT(a.nodes[0].ups >= 5 && a.nodes[0].ups <= 7, "some five renewals");
		EXPECT_EQ(a.nodes[0].ups, a.nodes[1].ups, "on both sides");
		EXPECT(a.nodes[0].downs == 0 && a.nodes[1].downs == 0, "and never down");
		EXPECT_EQ(a.nodes[0].drops.count[DROP_NO_SESSION], 0,
			"no index went missing");
		air_close(&a);
	}
}

TEST(sessions_never_give_a_number_twice_under_one_key)
{
	struct air a;
	size_t data = 0;

	air_open(&a);
	a.loss_ppm = 300000;
	for (int i = 0; i < 2000; i++) {
		air_want(&a, 0, i / 500 % 2, 1 - i / 500 % 2);
		air_say(&a, 0, i % 2, 1 - i % 2);
		air_run(&a, 300);
	}
	for (size_t i = 0; i < a.record_count; i++)
		for (size_t j = i + 1; j < a.record_count; j++) {
			const struct air_frame *f = &a.record[i], *g = &a.record[j];

			/* An index is new in each session: it names the key. */
			if ((f->bytes[0] & 15) != FRAME_DATA || f->from != g->from)
				continue;
			data++;
			EXPECT(memcmp(f->bytes, g->bytes, FRAME_HEADER_SIZE) != 0,
				"no two frames of a key share a number");
		}
	EXPECT(data > 100000, "there was something to compare");
	air_close(&a);
}

TEST(sessions_renew_after_2_to_the_32_frames)
{
	struct session_path path;
	struct air a;

	air_open(&a);
	air_join(&a, 1, 0, 1);
	path = air_path(&a, 1, 1);
	peer_find(a.nodes[0].sessions, &path)->current->sent = SESSION_REKEY_NUMBER - 2;
	EXPECT(air_say(&a, 1, 0, 1), "the last but one");
	air_run(&a, 100);
	EXPECT_EQ(a.nodes[0].ups, 1, "not yet");
	EXPECT(air_say(&a, 1, 0, 1), "the last");
	air_run(&a, 100);
	EXPECT_EQ(a.nodes[0].ups, 2, "now");
	path = air_path(&a, 1, 0);
	peer_find(a.nodes[1].sessions, &path)->current->sent = SESSION_REKEY_NUMBER;
	EXPECT(air_say(&a, 1, 1, 0), "the higher side is at the end of its numbers");
	air_run(&a, 100);
	EXPECT_EQ(a.nodes[0].ups, 3, "the lower side sees it and renews");
	path = air_path(&a, 1, 1);
	peer_find(a.nodes[0].sessions, &path)->current->sent = SESSION_NUMBER_END;
	EXPECT(!air_say(&a, 1, 0, 1), "and at 2^60 nothing is sealed any more");
	air_close(&a);
}

TEST(sessions_of_an_idle_routed_peer_expire)
{
	struct air a;

	air_open(&a);
	air_join(&a, 0, 0, 1);
	air_run(&a, SESSION_DEAD_MS - 5000);
	EXPECT(air_is_up(&a, 0, 0, 1) && a.nodes[0].ups == 1, "not renewed, but there");
	air_run(&a, 10000);
	EXPECT(!air_is_up(&a, 0, 0, 1) && !air_is_up(&a, 0, 1, 0), "then gone");
	EXPECT(a.nodes[0].downs == 1 && a.nodes[1].downs == 1,
		"and both sides hear of it");
	EXPECT_EQ(a.nodes[0].sessions->peer_count, 0, "the slot is free");
	EXPECT_EQ(sessions_deadline(a.nodes[0].sessions).us, NEVER.us,
		"and nothing is due");
	air_close(&a);
}

TEST(sessions_of_a_routed_peer_that_wakes_up_late_are_renewed)
{
	struct air a;

	air_open(&a);
	air_join(&a, 0, 0, 1);
	air_run(&a, SESSION_REKEY_MS + 30000);
	EXPECT_EQ(a.nodes[0].ups, 1, "idle: not renewed");
	EXPECT(air_say(&a, 0, 1, 0), "but then a frame");
	air_run(&a, 1000);
	EXPECT(a.nodes[0].ups == 2 && a.nodes[1].ups == 2, "and it is renewed");
	air_close(&a);
}

TEST(sessions_survive_a_restart_of_either_side)
{
	for (unsigned node = 0; node < 2; node++) {
		struct air a;

		air_open(&a);
		air_join(&a, 0, 0, 1);
		air_run(&a, 5000);
		air_restart(&a, node);
		EXPECT(air_say(&a, 0, 1 - node, node),
			"the other side does not know yet");
		air_run(&a, 100);
		EXPECT_EQ(a.nodes[node].drops.count[DROP_NO_SESSION], 1,
			"a key that is gone");
		a.nodes[node].epoch = 0;
		air_join(&a, 0, node, 1 - node);
		air_run(&a, 1000);
		a.nodes[0].opened = a.nodes[1].opened = 0;
		EXPECT(air_say(&a, 0, 0, 1) && air_say(&a, 0, 1, 0), "both are up again");
		air_run(&a, 100);
		EXPECT(a.nodes[0].opened == 1 && a.nodes[1].opened == 1,
			"with the same keys");
		air_close(&a);
	}
}

TEST(sessions_forget_a_path_for_good)
{
	struct session_path path;
	struct air a;

	air_open(&a);
	air_join(&a, 1, 0, 1);
	path = air_path(&a, 1, 1);
	sessions_forget(a.nodes[0].sessions, &path);
	air_collect(&a);
	EXPECT_EQ(a.nodes[0].downs, 1, "its end is told");
	EXPECT(!air_is_up(&a, 1, 0, 1), "it is gone");
	EXPECT_EQ(HASH_COUNT(a.nodes[0].sessions->indices), 0, "with its indices");
	sessions_forget(a.nodes[0].sessions, &path);
	air_collect(&a);
	EXPECT_EQ(a.nodes[0].downs, 1, "and once is enough");
	EXPECT_EQ(sessions_age_us(a.nodes[0].sessions, a.now, 0), -1,
		"a free slot has no age");
	EXPECT_EQ(sessions_age_us(a.nodes[0].sessions, a.now, 99), -1, "nor has none");
	air_join(&a, 1, 0, 1);
	EXPECT_EQ(a.nodes[0].ups, 2, "it may come again");
	air_close(&a);
}

TEST(sessions_repeat_the_same_run_for_the_same_seed)
{
	struct hash digest[2];

	for (int run = 0; run < 2; run++) {
		struct rng_seeded state;
		struct hash_state h;
		struct air a;

		air_open(&a);
		a.rng = rng_seeded_init(&state, 4711);
		for (unsigned i = 0; i < AIR_NODES; i++) {
			keypair_new(&a.nodes[i].keys, &a.rng);
			a.nodes[i].address = address_of(&a.nodes[i].keys.id);
			air_restart(&a, i);
		}
		a.loss_ppm = 200000;
		air_want(&a, 0, 0, 1);
		air_want(&a, 0, 1, 0);
		air_want(&a, 0, 2, 0);
		for (int i = 0; i < 400; i++) {
			air_say(&a, 0, i % 2, 1 - i % 2);
			air_run(&a, 500);
		}
		hash_begin(&h, "run");
		for (size_t i = 0; i < a.record_count; i++)
			hash_add(&h, bytes_of(a.record[i].bytes, a.record[i].len));
		digest[run] = hash_end(&h);
		air_close(&a);
	}
	EXPECT_BYTES(
		id_bytes(&digest[0]), id_bytes(&digest[1]), "every frame is the same");
}

TEST(sessions_refuse_frames_that_are_not_theirs)
{
	static const struct {
		const char *why;
		uint8_t first, receiver;
		size_t len;
		enum drop_reason reason;
	} rows[] = {
		{ "empty", 0, 0, 0, DROP_HEADER },
		{ "another version", 0x25, 0, 64, DROP_HEADER },
		{ "an unknown type", 0x17, 0, 64, DROP_HEADER },
		{ "a pairing", 0x16, 0, 64, DROP_TYPE },
		{ "multicast", 0x10, 0, 64, DROP_TYPE },
		{ "data for nobody", 0x15, 9, 64, DROP_NO_SESSION },
		{ "data, short, for nobody", 0x15, 9, 16, DROP_NO_SESSION },
		{ "message 1 of zeros", 0x11, 0, 502, DROP_MAC1 },
		{ "a handshake that is only a header", 0x12, 9, 16, DROP_MAC1 },
	};
	struct air a;

	air_open(&a);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct air_frame f = { .from = 1, .to = 0, .len = rows[i].len };
		uint64_t before = a.nodes[0].drops.count[rows[i].reason];

		f.bytes[0] = rows[i].first;
		f.bytes[7] = rows[i].receiver;
		EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, rows[i].why);
		EXPECT_EQ(
			a.nodes[0].drops.count[rows[i].reason], before + 1, rows[i].why);
	}
	air_close(&a);
}
