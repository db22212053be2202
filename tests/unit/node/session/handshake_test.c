/* SPDX-License-Identifier: ISC */
/* The handshake against the published vector of the Haskell implementation cacophony. */
#include "node/session/handshake.h"

#include "node/crypto/hash.h"
#include "node/crypto/seal.h"
#include "tests/test.h"

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t len = strlen(hex) / 2;

	for (size_t i = 0; i < 2 * len; i++) {
		char c = hex[i];
		int digit = c <= '9' ? c - '0' : c - 'a' + 10;

		out[i / 2] = (uint8_t)(out[i / 2] << 4 | digit);
	}
	return len;
}

static struct handshake_key key_of(const char *hex)
{
	struct handshake_key k;
	uint8_t secret[32] = { 0 };

	EXPECT_EQ(unhex(hex, secret), 32, "a key has 32 bytes");
	handshake_key_of(&k, secret);
	return k;
}

static const char init_static[] =
	"e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1";
static const char init_ephemeral[] =
	"893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
static const char resp_static[] =
	"4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
static const char resp_ephemeral[] =
	"bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";

static const struct {
	const char *payload, *sealed;
} vector[] = {
	{ "4c756477696720766f6e204d69736573", "ca35def5ae56cec33dc2036731ab14896bc4c75dbb"
					      "07a61f879f8e3afa4c79444c756477696720"
					      "766f6e204d69736573" },
	{ "4d757272617920526f746862617264",
		"95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088430505b674"
		"5ce64a"
		"5f33f0e8e3b83f11ce8802bca507f4f2d8b564dbe277e1966116e132faa2dfd70b8b077b"
		"9f94b9"
		"13df5056ae1319469b824a98d54bbaa82c325595587064f978c4b6d104f7596e6f" },
	{ "462e20412e20486179656b", "99579e1c1ee15e422a57ddd6b16d37087b17558e8369c18991b4"
				    "b2ca3a824abf904cdcf5458b54"
				    "31a75af034ca9e9b982de039eaaf156775e2d580cd4e5ebae89c"
				    "3f8cb2594b556d8a8169" },
	{ "4361726c204d656e676572",
		"fc56eea290b3f3a21aac0c70cd5787b5ee99be37d2f4d751329b55" },
	{ "4a65616e2d426170746973746520536179",
		"bb31c9da10d5639a4cdb88a12f5c61de41bbc7df09bf75d94f8184fe4157f5c68f" },
	{ "457567656e2042f6686d20766f6e2042617765726b",
		"f6199cadb152fb27f82be0a0891ec76a33598ae92a46cab2fb5a8ed5bf48b7f267f8370a"
		"f7" },
};

static void both(struct handshake *initiator, struct handshake *responder)
{
	struct handshake_key is = key_of(init_static), ie = key_of(init_ephemeral);
	struct handshake_key rs = key_of(resp_static), re = key_of(resp_ephemeral);

	EXPECT(crypto_start() == 0, "libsodium starts");
	handshake_init(initiator, true, &is, &ie, BYTES("John Galt"));
	handshake_init(responder, false, &rs, &re, BYTES("John Galt"));
}

TEST(handshake_speaks_the_published_vector_of_noise_xx)
{
	struct handshake sides[2];
	uint8_t send_key[32], receive_key[32], payload[64], sealed[256], buf[256],
		opened[256];
	size_t len, sealed_len, opened_len;

	both(&sides[0], &sides[1]);
	for (unsigned i = 0; i < 3; i++) {
		struct writer w = writer_of(buf, sizeof(buf));

		len = unhex(vector[i].payload, payload);
		sealed_len = unhex(vector[i].sealed, sealed);
		EXPECT(handshake_write(&sides[i % 2], bytes_of(payload, len), &w),
			"a message is written");
		EXPECT_BYTES(writer_bytes(&w), bytes_of(sealed, sealed_len),
			"a message is the published one");
		EXPECT(handshake_read(
			       &sides[1 - i % 2], writer_bytes(&w), opened, &opened_len),
			"the other side reads it");
		EXPECT_BYTES(bytes_of(opened, opened_len), bytes_of(payload, len),
			"and finds the payload");
	}
	for (unsigned i = 3; i < array_len(vector); i++) {
		handshake_split(&sides[i % 2], send_key, receive_key);
		len = unhex(vector[i].payload, buf);
		sealed_len = unhex(vector[i].sealed, sealed);
		seal_number(send_key, i / 5, bytes_of(NULL, 0), buf, len);
		EXPECT_BYTES(bytes_of(buf, len + 16), bytes_of(sealed, sealed_len),
			"a transport message is the published one");
		handshake_split(&sides[1 - i % 2], send_key, receive_key);
		EXPECT(open_number(
			       receive_key, i / 5, bytes_of(NULL, 0), sealed, sealed_len),
			"the keys of the two sides fit each other");
	}
	EXPECT(memcmp(sides[0].their_static, sides[1].own_static.open, 32) == 0 &&
			memcmp(sides[1].their_static, sides[0].own_static.open, 32) == 0,
		"each side has proved its static key to the other");
}

/* Runs messages 1 to `upto` and leaves the last one in buf, unread. */
static struct bytes run_to(struct handshake sides[2], unsigned upto, uint8_t buf[256])
{
	uint8_t text[256];
	size_t len;

	both(&sides[0], &sides[1]);
	for (unsigned i = 0;; i++) {
		struct writer w = writer_of(buf, 256);

		EXPECT(handshake_write(&sides[i % 2], BYTES("payload"), &w),
			"it is written");
		if (i + 1 == upto)
			return writer_bytes(&w);
		EXPECT(handshake_read(&sides[1 - i % 2], writer_bytes(&w), text, &len),
			"it is read");
	}
}

TEST(handshake_refuses_every_altered_byte_of_messages_2_and_3)
{
	for (unsigned message = 2; message <= 3; message++) {
		struct handshake sides[2], copy;
		uint8_t buf[256], text[256];
		struct bytes b = run_to(sides, message, buf);
		size_t len;

		for (size_t i = 0; i < b.len; i++) {
			buf[i] ^= 1;
			copy = sides[message % 2 == 0 ? 0 : 1];
			EXPECT(!handshake_read(&copy, b, text, &len),
				"an altered message is refused");
			buf[i] ^= 1;
		}
		copy = sides[message % 2 == 0 ? 0 : 1];
		EXPECT(handshake_read(&copy, b, text, &len), "the true one is read");
	}
}

TEST(handshake_refuses_every_shortened_message_but_a_shorter_clear_payload)
{
	for (unsigned message = 1; message <= 3; message++) {
		struct handshake sides[2], copy;
		uint8_t buf[256], text[256];
		struct bytes b = run_to(sides, message, buf);
		size_t least = message == 1 ? HANDSHAKE_1_OVERHEAD : b.len, len;

		for (size_t cut = 0; cut < least; cut++) {
			copy = sides[message % 2 == 0 ? 0 : 1];
			EXPECT(!handshake_read(&copy, bytes_of(b.data, cut), text, &len),
				"a message cut short is refused");
		}
	}
}

TEST(handshake_refuses_another_prologue)
{
	struct handshake_key rs = key_of(resp_static), re = key_of(resp_ephemeral);
	struct handshake sides[2], other;
	uint8_t buf[256], text[256];
	struct bytes b = run_to(sides, 1, buf);
	struct writer w = writer_of(buf, sizeof(buf));
	size_t len;

	handshake_init(&other, false, &rs, &re, BYTES("John Gald"));
	EXPECT(handshake_read(&other, b, text, &len), "message 1 is in the clear");
	EXPECT(handshake_write(&other, BYTES(""), &w), "and is answered");
	EXPECT(!handshake_read(&sides[0], writer_bytes(&w), text, &len),
		"but the answer does not open");
}

TEST(handshake_refuses_a_key_of_small_order)
{
	struct handshake sides[2];
	uint8_t buf[256] = { 0 }, text[256];
	struct writer w = writer_of(buf, sizeof(buf));
	uint8_t zero[32] = { 0 };
	size_t len;

	both(&sides[0], &sides[1]);
	EXPECT(handshake_read(&sides[1], bytes_of(zero, sizeof(zero)), text, &len),
		"message 1 needs no key agreement");
	EXPECT(!handshake_write(&sides[1], BYTES(""), &w),
		"but message 2 does, and fails");
}

TEST(handshake_says_when_there_is_no_room)
{
	for (size_t room = 0; room < HANDSHAKE_1_OVERHEAD + 7; room++) {
		struct handshake sides[2];
		uint8_t buf[64];
		struct writer w = writer_of(buf, room);

		both(&sides[0], &sides[1]);
		EXPECT(!handshake_write(&sides[0], BYTES("payload"), &w),
			"a message that does not fit is not written");
	}
}

TEST(handshake_holds_its_caller_to_the_order_of_messages)
{
	struct handshake sides[2];
	uint8_t buf[256], text[256], key[32];
	struct writer w = writer_of(buf, sizeof(buf));
	size_t len;

	both(&sides[0], &sides[1]);
	EXPECT_CHECK(len = handshake_write(&sides[1], BYTES(""), &w),
		"the responder does not begin");
	EXPECT_CHECK(w.overflow = handshake_read(&sides[0], BYTES(""), text, &len),
		"the initiator does not wait first");
	EXPECT_CHECK(handshake_split(&sides[0], key, key), "no keys before the end");
}

TEST(handshake_leaves_no_secret_behind)
{
	static const struct handshake empty;
	struct handshake sides[2];

	both(&sides[0], &sides[1]);
	handshake_wipe(&sides[0]);
	EXPECT(memcmp(&sides[0], &empty, sizeof(empty)) == 0,
		"a wiped handshake is all zero");
}
