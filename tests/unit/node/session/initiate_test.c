/* SPDX-License-Identifier: ISC */
/* The initiator among forged, late, repeated and misdirected answers. */
#include "node/session/initiate.h"

#include "node/crypto/hash.h"
#include "tests/unit/node/session/air.h"

static struct peer *peer_at(struct air *a, unsigned node, uint32_t link, unsigned to)
{
	struct session_path path = air_path(a, link, to);

	return peer_find(a->nodes[node].sessions, &path);
}

/* Makes mac1 right again, as a member of the mesh could. */
static void forge(struct air *a, struct air_frame *f)
{
	struct envelope e = { a->nodes[f->to].sessions->config.mesh_key,
		&a->nodes[f->from].address, &a->nodes[f->to].address };
	struct writer w = writer_of(f->bytes, sizeof(f->bytes));

	w.len = f->len - ENVELOPE_MACS;
	envelope_end(&w, &e);
}

/* Runs a handshake on link 1 from node 0 up to its message 2, not yet delivered. */
static struct air_frame message_2(struct air *a)
{
	struct air_frame f;

	air_want(a, 1, 0, 1);
	EXPECT(air_take(a, 0, &f), "message 1 waits");
	EXPECT_EQ(air_give(a, &f), SESSION_HANDLED, "it is taken");
	EXPECT(air_take(a, 1, &f), "message 2 waits");
	return f;
}

TEST(initiate_repeats_message_1_ever_more_slowly_and_gives_up)
{
	int64_t last_us = 0, gap_us = 0;
	size_t count;
	struct air a;

	air_open(&a);
	a.loss_ppm = 1000000;
	air_want(&a, 1, 0, 1);
	last_us = a.now.us;
	for (int ms = 0; ms < 20000; ms++) {
		count = a.record_count;
		air_run(&a, 1);
		if (a.record_count == count || count == 0)
			continue;
		EXPECT(a.now.us - last_us >= gap_us,
			"no gap is shorter than the one before");
		gap_us = (a.now.us - last_us) * 9 / 10;
		gap_us = gap_us > 3900000 ? 3900000 : gap_us;
		last_us = a.now.us;
	}
	EXPECT(a.record_count >= 8 && a.record_count <= 12, "some ten attempts in 20 s");
	for (size_t i = 1; i < a.record_count; i++)
		EXPECT(memcmp(a.record[i].bytes, a.record[0].bytes, a.record[0].len) == 0,
			"each has the same bytes");
	count = a.record_count;
	air_run(&a, 60000);
	EXPECT_EQ(a.record_count, count, "then it is silent");
	EXPECT(peer_at(&a, 0, 1, 1) == NULL, "and nothing is kept");
	air_close(&a);
}

TEST(initiate_says_it_again_when_the_neighbour_is_heard)
{
	struct air a;
	size_t count;

	air_open(&a);
	a.loss_ppm = 1000000;
	air_want(&a, 1, 0, 1);
	air_run(&a, 100);
	count = a.record_count;
	air_want(&a, 1, 0, 1);
	air_run(&a, 1);
	EXPECT_EQ(a.record_count, count, "it will soon do so by itself");
	while (a.record_count < 7)
		air_run(&a, 1);
	air_run(&a, 300);
	air_want(&a, 1, 0, 1);
	air_run(&a, 1);
	EXPECT_EQ(a.record_count, 8, "that would take seconds");
	air_want(&a, 1, 0, 1);
	air_run(&a, 1);
	EXPECT_EQ(a.record_count, 8, "once");
	a.loss_ppm = 0;
	air_run(&a, 1000);
	air_want(&a, 1, 0, 1);
	air_run(&a, 50);
	EXPECT(air_is_up(&a, 1, 0, 1), "and so they meet");
	air_close(&a);
}

TEST(initiate_goes_on_while_it_is_wanted_with_a_new_key_each_time)
{
	struct air a;
	size_t keys = 1;

	air_open(&a);
	a.loss_ppm = 1000000;
	for (int i = 0; i < 100; i++) {
		air_want(&a, 1, 0, 1);
		air_run(&a, 1000);
	}
	for (size_t i = 1; i < a.record_count; i++)
		if (memcmp(a.record[i].bytes + 16, a.record[i - 1].bytes + 16, 32) != 0)
			keys++;
	EXPECT(keys >= 4 && keys <= 6, "a key for each 20 s");
	EXPECT(a.record_count >= 20 && a.record_count < 160,
		"by itself, and each time it is heard: no storm");
	air_close(&a);
}

TEST(initiate_refuses_every_altered_byte_of_message_2_and_stays_ready)
{
	for (int forged = 0; forged < 2; forged++) {
		struct air_frame f, g;
		struct hash before;
		struct air a;

		air_open(&a);
		f = message_2(&a);
		before = air_state(&a, 0);
		for (size_t i = 0; i < f.len; i++) {
			struct hash after;

			a.now = instant_add_ms(a.now, 20);
			g = f;
			g.bytes[i] ^= 0x20;
			if (forged && i < f.len - ENVELOPE_MACS)
				forge(&a, &g);
			EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED,
				"an altered message 2");
			after = air_state(&a, 0);
			EXPECT_BYTES(
				id_bytes(&after), id_bytes(&before), "changes nothing");
		}
		for (size_t len = 0; len < f.len; len++) {
			g = f;
			g.len = len;
			EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED,
				"a message 2 cut short");
		}
		a.now = instant_add_ms(a.now, 1000);
		EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "the true one is taken");
		EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "once");
		air_run(&a, 1000);
		EXPECT(air_is_up(&a, 1, 0, 1) && air_is_up(&a, 1, 1, 0),
			"and leads to a session");
		air_close(&a);
	}
}

TEST(initiate_refuses_answers_along_another_path)
{
	struct air_frame f, g;
	struct air a;

	air_open(&a);
	f = message_2(&a);
	g = f;
	g.link = 2;
	EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED, "another link");
	g.link = 0;
	EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED, "by routes");
	g = f;
	g.from = 2;
	EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED, "another node");
	forge(&a, &g);
	EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED,
		"another node that knows the mesh key");
	EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "the right one");
	air_close(&a);
}

/* Node 1 answers message 1 itself, saying whatever the case wants it to say. */
static struct air_frame lie(struct air *a, const struct air_frame *first,
	const struct handshake_key *proved, const struct greeting *g)
{
	struct air_frame f = { .from = 1, .to = 0, .link = 1 };
	struct sessions *s = a->nodes[1].sessions;
	struct session_path path = air_path(a, 1, 0);
	uint8_t room[96], text[GREETING_MAX], opening[ENVELOPE_MAX];
	struct writer prologue = table_prologue(s, &path, false, room);
	struct writer w =
		envelope_begin(f.bytes, FRAME_HANDSHAKE_2, g->receiver, g->sender);
	struct writer says = writer_of(text, sizeof(text));
	struct handshake_key ephemeral;
	struct handshake h;
	size_t len;

	greeting_write(&says, g);
	table_ephemeral(s, &ephemeral);
	handshake_init(&h, false, proved, &ephemeral, writer_bytes(&prologue));
	EXPECT(handshake_read(&h, envelope_body(bytes_of(first->bytes, first->len)),
		       opening, &len),
		"message 1 is read");
	EXPECT(handshake_write(&h, writer_bytes(&says), &w), "message 2 is written");
	w.room = sizeof(f.bytes);
	f.len = w.len + ENVELOPE_MACS;
	forge(a, &f);
	return f;
}

TEST(initiate_believes_nobody_who_is_not_the_node_of_the_path)
{
	struct air_frame first, f;
	struct handshake_key own, other;
	struct greeting g = { .sender = 77 };
	struct hash before, after;
	struct air a;

	air_open(&a);
	air_want(&a, 1, 0, 1);
	EXPECT(air_take(&a, 0, &first), "message 1 waits");
	g.receiver = peer_at(&a, 0, 1, 1)->attempt->index;
	own = a.nodes[1].sessions->static_key;
	other = a.nodes[2].sessions->static_key;
	before = air_state(&a, 0);

	g.id = a.nodes[2].keys.id;
	f = lie(&a, &first, &own, &g);
	EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "an id that is another's");
	g.id = a.nodes[1].keys.id;
	f = lie(&a, &first, &other, &g);
	EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "an id whose key is not proved");
	g.id = a.nodes[2].keys.id;
	f = lie(&a, &first, &other, &g);
	EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED,
		"a true id, but not the one we called");
	g.id = a.nodes[0].keys.id;
	f = lie(&a, &first, &own, &g);
	EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "our own id");
	g.id = a.nodes[1].keys.id;
	g.receiver++;
	f = lie(&a, &first, &own, &g);
	f.bytes[7]--;
	forge(&a, &f);
	EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "a greeting for another index");
	g.receiver--;
	f = lie(&a, &first, &own, &g);
	f.bytes[15]++;
	forge(&a, &f);
	EXPECT_EQ(air_give(&a, &f), SESSION_DROPPED, "a header with another sender");
	after = air_state(&a, 0);
	EXPECT_BYTES(id_bytes(&after), id_bytes(&before), "none of it changed anything");
	f = lie(&a, &first, &own, &g);
	EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "the truth is believed");
	air_close(&a);
}

TEST(initiate_repeats_message_3_until_the_first_frame)
{
	struct air_frame f;
	struct air a;

	air_open(&a);
	f = message_2(&a);
	a.loss_ppm = 1000000;
	EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "message 2 is taken");
	EXPECT(!air_is_up(&a, 1, 0, 1), "but nothing is up yet");
	air_run(&a, 3000);
	EXPECT(a.record_count >= 5, "message 3 is sent again and again");
	for (size_t i = 0; i < a.record_count; i++)
		EXPECT_EQ(a.record[i].bytes[0], FRAME_VERSION << 4 | FRAME_HANDSHAKE_3,
			"and nothing else");
	a.loss_ppm = 0;
	air_run(&a, 5000);
	EXPECT(air_is_up(&a, 1, 0, 1), "until it is answered");
	a.record_count = 0;
	air_run(&a, 10000);
	EXPECT_EQ(a.record_count, 0, "then there is silence");
	air_close(&a);
}

TEST(initiate_begins_anew_when_the_responder_lost_everything)
{
	struct air_frame f;
	struct air a;

	air_open(&a);
	f = message_2(&a);
	EXPECT_EQ(air_give(&a, &f), SESSION_HANDLED, "message 2 is taken");
	air_restart(&a, 1);
	for (int i = 0; i < 15 && !air_is_up(&a, 1, 0, 1); i++) {
		air_want(&a, 1, 0, 1);
		air_run(&a, 1000);
	}
	EXPECT(air_is_up(&a, 1, 0, 1) && air_is_up(&a, 1, 1, 0),
		"a new handshake was begun");
	air_close(&a);
}

TEST(initiate_goes_on_sealing_with_the_old_keys_until_the_new_are_confirmed)
{
	struct air a;
	uint32_t old;

	air_open(&a);
	air_join(&a, 1, 0, 1);
	old = a.nodes[0].epoch;
	while (peer_at(&a, 0, 1, 1)->attempt == NULL)
		air_run(&a, 1);
	a.nodes[1].opened = 0;
	EXPECT(air_say(&a, 1, 0, 1), "while it renews, it seals");
	EXPECT_EQ(peer_at(&a, 0, 1, 1)->current->epoch, old, "with the old keys");
	air_run(&a, 1000);
	EXPECT_EQ(a.nodes[1].opened, 1, "which open");
	EXPECT(a.nodes[0].epoch > old, "then come the new ones");
	EXPECT(peer_at(&a, 0, 1, 1)->previous != NULL, "the old ones stay for a while");
	air_run(&a, REPLACED_LIFE_MS + 100);
	EXPECT(peer_at(&a, 0, 1, 1)->previous == NULL, "and are wiped then");
	air_close(&a);
}

TEST(initiate_holds_its_old_session_when_a_renewal_fails)
{
	struct air a;

	air_open(&a);
	air_join(&a, 1, 0, 1);
	a.loss_ppm = 1000000;
	air_run(&a, SESSION_DEAD_MS - 2000);
	EXPECT(air_is_up(&a, 1, 0, 1) && a.nodes[0].downs == 0, "alive for 180 s");
	EXPECT(a.record_count > 10, "while it tries");
	air_run(&a, 5000);
	EXPECT(!air_is_up(&a, 1, 0, 1), "and never longer");
	EXPECT_EQ(a.nodes[0].downs, 1, "which is told");
	air_close(&a);
}

TEST(initiate_uses_a_cookie_once_at_once_and_refuses_forged_ones)
{
	struct air_frame first, cookie, g, again;
	struct hash before, after;
	struct air a;

	air_open(&a);
	air_want(&a, 1, 0, 1);
	EXPECT(air_take(&a, 0, &first), "message 1 waits");
	g = first;
	g.bytes[g.len - 1] ^= 1;
	EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED, "a wrong mac2");
	EXPECT(air_take(&a, 1, &cookie), "is answered by a cookie");
	EXPECT_EQ(cookie.len, ENVELOPE_COOKIE_SIZE, "of 104 bytes");
	before = air_state(&a, 0);
	for (size_t i = 0; i < cookie.len; i++)
		for (int forged = 0; forged < 2; forged++) {
			g = cookie;
			g.bytes[i] ^= 2;
			if (forged && i < g.len - ENVELOPE_MACS)
				forge(&a, &g);
			EXPECT_EQ(air_give(&a, &g), SESSION_DROPPED, "an altered cookie");
		}
	after = air_state(&a, 0);
	EXPECT_BYTES(id_bytes(&after), id_bytes(&before), "changes nothing");
	EXPECT(!air_take(&a, 0, &g), "and sends nothing");
	EXPECT_EQ(air_give(&a, &cookie), SESSION_HANDLED, "the true one is taken");
	EXPECT(air_take(&a, 0, &again), "and message 1 goes out at once");
	EXPECT(memcmp(again.bytes, first.bytes, first.len - MAC_SIZE) == 0, "as before");
	EXPECT(envelope_has_mac2(bytes_of(again.bytes, again.len)), "but with a mac2");
	EXPECT_EQ(air_give(&a, &cookie), SESSION_HANDLED,
		"another for this sending is taken");
	EXPECT(!air_take(&a, 0, &g), "but brings no more frames");
	EXPECT_EQ(air_give(&a, &cookie), SESSION_DROPPED, "and a third is not");
	EXPECT_EQ(
		air_give(&a, &again), SESSION_HANDLED, "the responder accepts the mac2");
	air_run(&a, 1000);
	EXPECT(air_is_up(&a, 1, 0, 1), "and the session comes up");
	air_close(&a);
}
