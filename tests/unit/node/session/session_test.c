/* SPDX-License-Identifier: ISC */
/* One session by itself: seal and open, numbers, ages, and all that must be refused. */
#include "node/session/session.h"

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "tests/test.h"

static void make(struct session *pair[2])
{
	struct rng rng = test_rng();
	struct handshake h[2];
	struct handshake_key keys[4];
	uint8_t secret[32], buf[256], text[256];
	size_t len;

	EXPECT(crypto_start() == 0, "libsodium starts");
	for (unsigned i = 0; i < 4; i++) {
		rng_fill(&rng, secret, sizeof(secret));
		handshake_key_of(&keys[i], secret);
	}
	handshake_init(&h[0], true, &keys[0], &keys[1], BYTES(""));
	handshake_init(&h[1], false, &keys[2], &keys[3], BYTES(""));
	for (unsigned i = 0; i < 3; i++) {
		struct writer w = writer_of(buf, sizeof(buf));

		EXPECT(handshake_write(&h[i % 2], BYTES(""), &w), "it is written");
		EXPECT(handshake_read(&h[1 - i % 2], writer_bytes(&w), text, &len),
			"and read");
	}
	for (unsigned i = 0; i < 2; i++) {
		pair[i] = session_new(&h[i], instant_ms(0));
		pair[i]->index = 100 + i;
		pair[i]->remote = 101 - i;
	}
}

static void unmake(struct session *pair[2])
{
	session_free(pair[0]);
	session_free(pair[1]);
}

static bool give(struct session *s, const uint8_t *frame, size_t len, struct drops *drops)
{
	uint8_t *copy = mem_copy(frame, len);
	struct frame_header h;
	bool good = frame_header_parse(&h, bytes_of(copy, len)) &&
		    session_open(s, &h, copy, len, drops);

	mem_free(copy);
	return good;
}

TEST(session_opens_what_the_other_side_has_sealed)
{
	struct drops drops = { { 0 } };
	struct session *pair[2];

	make(pair);
	for (uint64_t i = 0; i < 300; i++) {
		uint8_t buf[64 + 32], plain[64];
		struct session *from = pair[i % 2], *to = pair[1 - i % 2];
		struct frame_header h;
		uint64_t number;
		size_t len = i % 65, sealed;

		memset(plain, (int)i, sizeof(plain));
		memcpy(buf + FRAME_HEADER_SIZE, plain, len);
		sealed = session_seal(from, buf, len, &number);
		EXPECT_EQ(sealed, len + 32,
			"a frame is 32 bytes longer than what it holds");
		EXPECT_EQ(number, i / 2, "numbers begin at 0 and grow by one");
		EXPECT(frame_header_parse(&h, bytes_of(buf, sealed)),
			"its header is sound");
		EXPECT(h.type == FRAME_DATA && h.receiver == to->index &&
				h.number == number,
			"and says whose it is");
		EXPECT(session_open(to, &h, buf, sealed, &drops), "it opens");
		EXPECT_BYTES(bytes_of(buf + FRAME_HEADER_SIZE, len), bytes_of(plain, len),
			"and holds what was sealed");
	}
	unmake(pair);
}

TEST(session_refuses_replays_reflections_cuts_and_every_altered_byte)
{
	struct drops drops = { { 0 } };
	struct session *pair[2];
	uint8_t buf[64] = { 0 };
	uint64_t number;
	size_t len;

	make(pair);
	len = session_seal(pair[0], buf, 20, &number);
	for (size_t i = 0; i < len; i++) {
		buf[i] ^= 0x10;
		EXPECT(!give(pair[1], buf, len, &drops), "an altered byte");
		buf[i] ^= 0x10;
	}
	for (size_t i = 0; i < len; i++)
		EXPECT(!give(pair[1], buf, i, &drops), "a frame cut short");
	EXPECT(!give(pair[0], buf, len, &drops), "our own frame, reflected");
	EXPECT_EQ(drops.count[DROP_REPLAY], 0, "none of it was taken for a replay");
	EXPECT(!pair[1]->heard && pair[1]->window.end == 0, "and nothing was marked");
	EXPECT(give(pair[1], buf, len, &drops), "the true frame opens");
	EXPECT(!give(pair[1], buf, len, &drops), "but once only");
	EXPECT_EQ(drops.count[DROP_REPLAY], 1, "the second is a replay");
	unmake(pair);
}

TEST(session_keeps_numbers_below_2_to_the_60)
{
	struct drops drops = { { 0 } };
	struct session *pair[2];
	uint8_t buf[32];
	uint64_t number;
	size_t len;

	make(pair);
	pair[0]->sent = SESSION_NUMBER_END - 1;
	EXPECT(session_can_seal(pair[0], instant_ms(0)), "one is left");
	len = session_seal(pair[0], buf, 0, &number);
	EXPECT(give(pair[1], buf, len, &drops), "the last number is good");
	EXPECT(!session_can_seal(pair[0], instant_ms(0)), "no number is left");
	EXPECT_CHECK(
		session_seal(pair[0], buf, 0, &number), "sealing on would reuse a nonce");
	pair[0]->sent = 0;
	len = session_seal(pair[0], buf, 0, &number);
	buf[8] = 0x10;
	EXPECT(!give(pair[1], buf, len, &drops), "2^60 is refused");
	EXPECT_EQ(drops.count[DROP_FORGED], 1, "as forged: nobody seals it");
	unmake(pair);
}

TEST(session_dies_of_age_and_of_being_replaced)
{
	struct session *pair[2];

	make(pair);
	EXPECT(session_can_seal(pair[0], instant_ms(SESSION_DEAD_MS - 1)),
		"young enough");
	EXPECT(!session_can_seal(pair[0], instant_ms(SESSION_DEAD_MS)),
		"too old to seal");
	EXPECT(!session_can_open(pair[0], instant_ms(SESSION_DEAD_MS)),
		"too old to open");
	pair[0]->until = instant_ms(10000);
	EXPECT(session_can_open(pair[0], instant_ms(9999)), "replaced, but not yet over");
	EXPECT(!session_can_open(pair[0], instant_ms(10000)), "replaced and over");
	unmake(pair);
	session_free(NULL);
}
