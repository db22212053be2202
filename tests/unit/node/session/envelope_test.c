/* SPDX-License-Identifier: ISC */
/* Handshake frames: what can be refused without any state is refused. */
#include "node/session/envelope.h"

#include "node/crypto/hash.h"
#include "tests/test.h"

TEST(envelope_sizes_never_let_an_answer_be_larger)
{
	EXPECT(ENVELOPE_2_MAX <= (int)ENVELOPE_1_SIZE, "message 2 answers message 1");
	EXPECT(ENVELOPE_COOKIE_SIZE <= (int)ENVELOPE_1_SIZE,
		"a cookie answers message 1");
	EXPECT(ENVELOPE_3_MAX <= (int)ENVELOPE_2_MAX, "message 3 answers message 2");
	EXPECT(FRAME_HEADER_SIZE + FRAME_TAG_SIZE <= (int)ENVELOPE_3_MIN,
		"a confirmation answers message 3");
	EXPECT_EQ(ENVELOPE_1_SIZE, 502, "the protocol says 502 bytes");
	EXPECT_EQ(ENVELOPE_COOKIE_SIZE, 104, "the protocol says 104 bytes");
	EXPECT_EQ(ENVELOPE_2_MIN, 185, "the protocol says 185 bytes");
	EXPECT_EQ(ENVELOPE_3_MIN, 153, "the protocol says 153 bytes");
	EXPECT_EQ(ENVELOPE_3_MAX, 470, "the protocol says 470 bytes");
}

TEST(envelope_accepts_and_refuses_by_type_indices_and_size)
{
	static const struct {
		const char *why;
		struct frame_header h;
		size_t len;
		bool good;
	} rows[] = {
		{ "message 1", { FRAME_HANDSHAKE_1, 0, 0, 5 }, 502, true },
		{ "message 1 that names a receiver", { FRAME_HANDSHAKE_1, 0, 1, 5 }, 502,
			false },
		{ "message 1 without a sender", { FRAME_HANDSHAKE_1, 0, 0, 0 }, 502,
			false },
		{ "message 1, short", { FRAME_HANDSHAKE_1, 0, 0, 5 }, 501, false },
		{ "message 1, long", { FRAME_HANDSHAKE_1, 0, 0, 5 }, 503, false },
		{ "an index of 33 bits",
			{ FRAME_HANDSHAKE_1, 0, 0, (uint64_t)1 << 32 | 5 }, 502, false },
		{ "message 2", { FRAME_HANDSHAKE_2, 0, 9, 5 }, 185, true },
		{ "message 2, full", { FRAME_HANDSHAKE_2, 0, 9, 5 }, 502, true },
		{ "message 2 for nobody", { FRAME_HANDSHAKE_2, 0, 0, 5 }, 185, false },
		{ "message 2 from nobody", { FRAME_HANDSHAKE_2, 0, 9, 0 }, 185, false },
		{ "message 2, short", { FRAME_HANDSHAKE_2, 0, 9, 5 }, 184, false },
		{ "message 2, long", { FRAME_HANDSHAKE_2, 0, 9, 5 }, 503, false },
		{ "message 3", { FRAME_HANDSHAKE_3, 0, 9, 5 }, 153, true },
		{ "message 3, full", { FRAME_HANDSHAKE_3, 0, 9, 5 }, 470, true },
		{ "message 3 for nobody", { FRAME_HANDSHAKE_3, 0, 0, 5 }, 153, false },
		{ "message 3 from nobody", { FRAME_HANDSHAKE_3, 0, 9, 0 }, 153, false },
		{ "message 3, short", { FRAME_HANDSHAKE_3, 0, 9, 5 }, 152, false },
		{ "message 3, long", { FRAME_HANDSHAKE_3, 0, 9, 5 }, 471, false },
		{ "a cookie", { FRAME_COOKIE, 0, 9, 0 }, 104, true },
		{ "a cookie for nobody", { FRAME_COOKIE, 0, 0, 0 }, 104, false },
		{ "a cookie with a sender", { FRAME_COOKIE, 0, 9, 1 }, 104, false },
		{ "a cookie, short", { FRAME_COOKIE, 0, 9, 0 }, 103, false },
		{ "a cookie, long", { FRAME_COOKIE, 0, 9, 0 }, 105, false },
		{ "data", { FRAME_DATA, 0, 9, 5 }, 502, false },
		{ "multicast", { FRAME_MULTICAST, 0, 9, 5 }, 502, false },
	};
	uint32_t sender;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(envelope_parse(&rows[i].h, rows[i].len, &sender), rows[i].good,
			rows[i].why);
}

TEST(envelope_greeting_survives_writing_and_parsing)
{
	struct rng rng = test_rng();

	for (size_t len = 0; len <= SESSION_PAYLOAD_MAX; len++) {
		uint8_t buf[GREETING_MAX], payload[SESSION_PAYLOAD_MAX];
		struct writer w = writer_of(buf, sizeof(buf));
		struct greeting g, back;

		rng_fill(&rng, &g, sizeof(g));
		rng_fill(&rng, payload, sizeof(payload));
		g.payload = bytes_of(payload, len);
		greeting_write(&w, &g);
		EXPECT(!w.overflow, "it fits");
		EXPECT(greeting_parse(&back, writer_bytes(&w)), "it is parsed");
		EXPECT(id_equal(&back.id, &g.id) && back.sender == g.sender &&
				back.receiver == g.receiver,
			"what was written is read");
		EXPECT_BYTES(back.payload, g.payload, "so is the payload");
	}
}

TEST(envelope_greeting_refuses_what_it_cannot_hold)
{
	uint8_t buf[GREETING_MAX + 1] = { GREETING_VERSION };
	struct greeting g;

	EXPECT(greeting_parse(&g, bytes_of(buf, GREETING_MIN)), "the least is parsed");
	EXPECT(greeting_parse(&g, bytes_of(buf, GREETING_MAX)), "and the most");
	EXPECT(!greeting_parse(&g, bytes_of(buf, GREETING_MAX + 1)), "too much payload");
	for (size_t len = 0; len < GREETING_MIN; len++)
		EXPECT(!greeting_parse(&g, bytes_of(buf, len)), "cut short");
	buf[0] = 2;
	EXPECT(!greeting_parse(&g, bytes_of(buf, GREETING_MIN)), "another version");
}

TEST(envelope_opening_is_an_index_and_zeros)
{
	uint8_t buf[ENVELOPE_1_PAYLOAD + 1] = { 0 };
	struct writer w = writer_of(buf, sizeof(buf));
	uint32_t sender;

	opening_write(&w, 0xa1b2c3d4);
	EXPECT_EQ(w.len, ENVELOPE_1_PAYLOAD, "it fills message 1");
	EXPECT(opening_parse(&sender, writer_bytes(&w)), "it is parsed");
	EXPECT_EQ(sender, 0xa1b2c3d4, "what was written is read");
	EXPECT(!opening_parse(&sender, bytes_of(buf, ENVELOPE_1_PAYLOAD - 1)),
		"cut short");
	EXPECT(!opening_parse(&sender, bytes_of(buf, ENVELOPE_1_PAYLOAD + 1)),
		"too long");
	EXPECT(!opening_parse(&sender, bytes_of(buf, 2)), "not even an index");
	for (size_t i = 4; i < ENVELOPE_1_PAYLOAD; i++) {
		buf[i] = 1;
		EXPECT(!opening_parse(&sender, bytes_of(buf, ENVELOPE_1_PAYLOAD)),
			"padding that is not zero");
		buf[i] = 0;
	}
}

TEST(envelope_check_refuses_every_altered_byte_and_every_cut)
{
	static const struct address from = { { 1 } }, to = { { 2 } };
	static const uint8_t mesh_key[32] = { 3 };
	struct envelope e = { mesh_key, &from, &to }, back = { mesh_key, &to, &from };
	uint8_t buf[ENVELOPE_MAX];
	struct writer w = envelope_begin(buf, FRAME_HANDSHAKE_2, 11, 22);
	struct bytes frame;

	EXPECT(crypto_start() == 0, "libsodium starts");
	write_bytes(&w, BYTES("a body"));
	envelope_end(&w, &e);
	frame = writer_bytes(&w);
	EXPECT(envelope_check(&e, frame), "the true frame holds");
	EXPECT_BYTES(envelope_body(frame), BYTES("a body"), "the body lies between");
	EXPECT(!envelope_check(&back, frame), "not the other way round");
	EXPECT(!envelope_has_mac2(frame), "mac2 is empty");
	for (size_t i = 0; i < frame.len - MAC_SIZE; i++) {
		buf[i] ^= 4;
		EXPECT(!envelope_check(&e, frame), "an altered byte");
		buf[i] ^= 4;
	}
	for (size_t len = 0; len < frame.len; len++)
		EXPECT(!envelope_check(&e, bytes_of(buf, len)), "cut short");
	envelope_set_mac2(buf, frame.len, mesh_key);
	EXPECT(envelope_has_mac2(frame) && envelope_check(&e, frame),
		"mac2 is set apart");
	envelope_set_mac2(buf, frame.len, NULL);
	EXPECT(!envelope_has_mac2(frame), "and cleared again");
}
