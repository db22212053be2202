/* SPDX-License-Identifier: ISC */
#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

static struct medium m;

static void begin(unsigned count)
{
	struct rng rng = test_rng();

	EXPECT(pair_init(&m, count, rng_u64(&rng)), "neighbours find each other");
}

static bool link_stands(void)
{
	const struct link *l = pair_link(&m, PAIR_VICTIM, PAIR_ROGUE);

	return l != NULL && l->up;
}

/* One message of a kind, as it is or in a DATA of its own. */
static struct bytes message_of(enum message_kind kind, struct bytes body, bool in_data)
{
	static uint8_t buffer[FRAME_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));
	size_t begun = message_begin(&w, in_data ? MESSAGE_DATA : kind);

	if (in_data) {
		write_u32(&w, pair_sequence(&m));
		write_u8(&w, (uint8_t)kind);
	}
	write_bytes(&w, body);
	EXPECT(message_end(&w, begun), "it fits");
	return writer_bytes(&w);
}

static struct bytes body_of(uint8_t fill, size_t len)
{
	static uint8_t buffer[FRAME_MAX];

	memset(buffer, fill, sizeof(buffer));
	return bytes_of(buffer, len);
}

TEST(each_frame_that_is_not_for_us_is_counted_by_its_reason)
{
	static const struct {
		const char *why;
		uint8_t first;
		unsigned from;
		size_t len;
		enum drop_reason reason;
	} rows[] = {
		{ "nothing at all", 0, PAIR_ROGUE, 0, DROP_HEADER },
		{ "half a header", 0x15, PAIR_ROGUE, 15, DROP_HEADER },
		{ "another version", 0x25, PAIR_ROGUE, 64, DROP_HEADER },
		{ "another type", 0x1f, PAIR_ROGUE, 64, DROP_HEADER },
		{ "larger than any frame", 0x15, PAIR_ROGUE, FRAME_MAX + 1, DROP_HEADER },
		{ "multicast, cut", 0x10, PAIR_ROGUE, 55, DROP_MESH_SEAL },
		{ "multicast under another key", 0x10, PAIR_ROGUE, 300, DROP_MESH_SEAL },
		{ "data of no session", 0x15, PAIR_ROGUE, 64, DROP_NO_SESSION },
		{ "data from nobody we know", 0x15, 9, 64, DROP_NO_SESSION },
		{ "a handshake from nobody we know", 0x11, 9, 640, DROP_NO_SESSION },
		{ "a handshake without the mesh key", 0x11, PAIR_ROGUE, 640, DROP_MAC1 },
		{ "its second message", 0x12, PAIR_ROGUE, 640, DROP_MAC1 },
		{ "its third message", 0x13, PAIR_ROGUE, 640, DROP_MAC1 },
		{ "a cookie", 0x14, PAIR_ROGUE, 200, DROP_MAC1 },
	};

	begin(2);
	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t frame[FRAME_MAX + 1] = { rows[i].first };
		struct endpoint from = medium_endpoint(rows[i].from);
		uint64_t before = pair_dropped(&m, rows[i].reason),
			 all = pair_dropped_all(&m);

		node_receive(m.nodes[PAIR_VICTIM], m.now, 1, &from, frame, rows[i].len);
		EXPECT_EQ(pair_dropped(&m, rows[i].reason), before + 1, rows[i].why);
		EXPECT_EQ(pair_dropped_all(&m), all + 1, rows[i].why);
	}
	EXPECT(link_stands(), "none of them has hurt the session");
	medium_fini(&m);
}

TEST(a_frame_on_an_interface_that_is_not_there_is_dropped)
{
	uint8_t frame[64] = { 0x15 };
	struct endpoint from = medium_endpoint(PAIR_ROGUE);

	begin(2);
	for (uint32_t i = 0; i < 40; i += 3) {
		uint64_t all = pair_dropped_all(&m);

		if (i == 1)
			continue;
		node_receive(m.nodes[PAIR_VICTIM], m.now, i, &from, frame, sizeof(frame));
		EXPECT_EQ(pair_dropped_all(&m), all + 1, "it is counted");
	}
	medium_fini(&m);
}

/* Where a kind of message may not stand, it is dropped for that. */
TEST(a_message_where_it_may_not_arrive_is_dropped)
{
	begin(2);
	for (unsigned k = 1; k < MESSAGE_KINDS; k++) {
		const struct message_rule *rule = &message_rules[k];
		struct bytes body = body_of(0, rule->min);
		struct endpoint from = medium_endpoint(PAIR_ROGUE);
		uint64_t trust = pair_dropped(&m, DROP_TRUST);

		pair_shout(&m, &from, message_of((enum message_kind)k, body, false));
		EXPECT_EQ(pair_dropped(&m, DROP_TRUST) - trust,
			!(rule->trust & TRUST_MESH), rule->name);
		trust = pair_dropped(&m, DROP_TRUST);
		pair_say(&m, message_of((enum message_kind)k, body, false));
		EXPECT_EQ(pair_dropped(&m, DROP_TRUST) - trust,
			!(rule->trust & TRUST_LINK), rule->name);
		if (k == MESSAGE_PROBE)
			continue; /* nothing so small stands in a DATA */
		trust = pair_dropped(&m, DROP_TRUST);
		pair_say(&m, message_of((enum message_kind)k, body, true));
		EXPECT_EQ(pair_dropped(&m, DROP_TRUST) - trust,
			!(rule->trust & (TRUST_DATA | TRUST_SESSION)), rule->name);
	}
	EXPECT(link_stands(), "the session stands");
	medium_fini(&m);
}

TEST(what_a_neighbour_says_wrongly_is_counted)
{
	static const struct {
		const char *why;
		struct bytes messages;
		enum drop_reason reason;
	} rows[] = {
		{ "a message longer than its frame", BYTES("\5\0\100abc"),
			DROP_MALFORMED },
		{ "an unknown kind", BYTES("\376\0\0"), DROP_MALFORMED },
		{ "data too short", BYTES("\5\0\5abcde"), DROP_MALFORMED },
		{ "data of an unknown kind", BYTES("\5\0\6\0\0\0\1\376a"),
			DROP_MALFORMED },
		{ "an ack with a bitmap too long",
			BYTES("\4\0\14\0\0\0\0\0\0\0\1\0\1\2a"), DROP_MALFORMED },
		{ "an echo without a token", BYTES("\5\0\6\1\0\0\1\10a"),
			DROP_MALFORMED },
		{ "a stream of no kind we know",
			BYTES("\5\0\16\1\0\0\2\12\0\0\0\0\0\0\0\1\11"), DROP_MALFORMED },
		{ "a stream cell cut short",
			BYTES("\5\0\20\1\0\0\3\12\0\0\0\0\0\0\0\1\0ab"), DROP_MALFORMED },
		{ "an answer that nobody waits for",
			BYTES("\5\0\15\1\0\0\4\11\0\0\0\0\0\0\0\1"), DROP_UNWANTED },
		{ "the same once more", BYTES("\5\0\15\1\0\0\4\11\0\0\0\0\0\0\0\1"),
			DROP_DUPLICATE },
	};

	begin(2);
	pair_link(&m, PAIR_VICTIM, PAIR_ROGUE)->arq.sequence_heard = false;
	for (size_t i = 0; i < array_len(rows); i++) {
		uint64_t before = pair_dropped(&m, rows[i].reason),
			 all = pair_dropped_all(&m);

		pair_say(&m, rows[i].messages);
		EXPECT_EQ(pair_dropped(&m, rows[i].reason), before + 1, rows[i].why);
		EXPECT_EQ(pair_dropped_all(&m), all + 1, rows[i].why);
	}
	EXPECT(link_stands(), "the session stands");
	medium_fini(&m);
}

TEST(a_report_with_impossible_numbers_is_refused)
{
	static const struct {
		const char *why;
		uint64_t bytes;
		int64_t elapsed, p50, p95;
		bool good;
	} rows[] = {
		{ "more bytes than there are", UINT64_MAX, 1, 1, 1, false },
		{ "a time that runs backwards", 1, -1, 1, 1, false },
		{ "an age that overflows", 1, 1, INT64_MAX, 1, false },
		{ "another one", 1, 1, 1, INT64_MAX - 1, false },
		{ "an age before birth", 1, 1, INT64_MIN, 1, false },
		{ "an honest one", 1000, 1, 1, 1, true },
	};
	struct address node;
	uint64_t token;

	begin(2);
	node = medium_address(&m, PAIR_ROGUE);
	EXPECT_EQ(node_speed(m.nodes[PAIR_VICTIM], m.now, &node, 1, &token), 0,
		"it begins");
	m.nodes[PAIR_VICTIM]->speed_out[0].closing = true;
	for (uint32_t i = 0; i < array_len(rows); i++) {
		uint8_t body[64];
		struct writer w = writer_of(body, sizeof(body));
		uint64_t before = pair_dropped(&m, DROP_MALFORMED);

		write_u64(&w, token);
		write_u8(&w, 2);
		write_u64(&w, rows[i].bytes);
		write_i64(&w, rows[i].elapsed);
		write_i64(&w, rows[i].p50);
		write_i64(&w, rows[i].p95);
		pair_say(&m, message_of(MESSAGE_STREAM, writer_bytes(&w), true));
		EXPECT_EQ(pair_dropped(&m, DROP_MALFORMED) - before, !rows[i].good,
			rows[i].why);
	}
	medium_fini(&m);
}

TEST(a_hello_from_a_forged_endpoint_takes_no_session)
{
	static struct node_frame hello;
	struct endpoint forged = medium_endpoint(PAIR_ROGUE);

	begin(3);
	/* node 2 shouts in the name of the rogue's endpoint, with its own good signature */
	for (unsigned i = 0; i < 100 && pair_dropped(&m, DROP_SOURCE) == 0; i++) {
		m.now = instant_add_ms(m.now, 20);
		node_tick(m.nodes[2], m.now);
		while (node_transmit(m.nodes[2], m.now, 1, &hello))
			if (hello.multicast)
				node_receive(m.nodes[PAIR_VICTIM], m.now, 1, &forged,
					hello.bytes, hello.len);
	}
	EXPECT_EQ(pair_dropped(&m, DROP_SOURCE), 1, "it is counted");
	EXPECT(link_stands(), "the session stands");
	medium_fini(&m);
}

TEST(a_frame_of_a_link_is_not_taken_from_a_relay)
{
	struct link *l;
	uint8_t body[256] = { FLOW_BULK, 9 }, *frame = body + RELAY_HEADER_SIZE;
	uint64_t number, before;
	uint32_t epoch;
	size_t len;

	begin(2);
	l = pair_link(&m, PAIR_ROGUE, PAIR_VICTIM);
	memcpy(body + 2, medium_address(&m, PAIR_ROGUE).b, 16);
	memcpy(body + 18, medium_address(&m, PAIR_VICTIM).b, 16);
	memset(frame + FRAME_HEADER_SIZE, 0, 8);
	len = sessions_seal(
		m.nodes[PAIR_ROGUE]->sessions, m.now, l->peer, frame, 8, &number, &epoch);
	before = pair_dropped(&m, DROP_SOURCE);
	pair_say(&m,
		message_of(MESSAGE_RELAY, bytes_of(body, RELAY_HEADER_SIZE + len), true));
	EXPECT_EQ(pair_dropped(&m, DROP_SOURCE), before + 1, "it is counted");
	medium_fini(&m);
}

TEST(a_replayed_frame_is_dropped)
{
	struct link *l;
	struct endpoint from = medium_endpoint(PAIR_ROGUE);
	uint8_t frame[128] = { 0 }, copy[128], altered[128];
	uint64_t number, before;
	uint32_t epoch;
	size_t len;

	begin(2);
	l = pair_link(&m, PAIR_ROGUE, PAIR_VICTIM);
	len = sessions_seal(
		m.nodes[PAIR_ROGUE]->sessions, m.now, l->peer, frame, 0, &number, &epoch);
	memcpy(copy, frame, sizeof(copy));
	memcpy(altered, frame, sizeof(altered));
	altered[len - 1] ^= 1;
	before = pair_dropped(&m, DROP_FORGED);
	node_receive(m.nodes[PAIR_VICTIM], m.now, 1, &from, altered, len);
	EXPECT_EQ(pair_dropped(&m, DROP_FORGED), before + 1, "altered");
	before = pair_dropped_all(&m);
	node_receive(m.nodes[PAIR_VICTIM], m.now, 1, &from, frame, len);
	EXPECT_EQ(pair_dropped_all(&m), before, "the first time it is good");
	before = pair_dropped(&m, DROP_REPLAY);
	node_receive(m.nodes[PAIR_VICTIM], m.now, 1, &from, copy, len);
	EXPECT_EQ(pair_dropped(&m, DROP_REPLAY), before + 1, "the second time it is not");
	medium_fini(&m);
}
