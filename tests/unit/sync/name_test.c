/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/samples.h"

#include "node/crypto/seal.h"

TEST(name_allowed_judges_what_may_become_a_file)
{
	static const struct {
		struct bytes name;
		bool allowed;
		const char *why;
	} rows[] = {
		{ BYTES("a"), true, "a letter" },
		{ BYTES("two\nlines"), true, "a newline" },
		{ BYTES("\"quoted\" 'name'"), true, "quotes" },
		{ BYTES("-rf"), true, "a leading dash" },
		{ BYTES("trailing "), true, "a trailing space" },
		{ BYTES("\xf0\x9f\x90\xab"), true, "a camel" },
		{ BYTES("..."), true, "three dots" },
		{ BYTES(".qanatignore"), true, "what the user writes for us" },
		{ BYTES(".qanat2"), true, "a longer name" },
		{ BYTES("a\\b:c*"), true, "what other systems mind" },
		{ BYTES(""), false, "nothing" },
		{ BYTES("."), false, "the directory itself" },
		{ BYTES(".."), false, "the directory above" },
		{ BYTES("a/b"), false, "a slash" },
		{ BYTES("/"), false, "only a slash" },
		{ BYTES("a\0b"), false, "a zero byte" },
		{ BYTES(".qanat"), false, "our own directory" },
		{ BYTES(".QaNaT"), false, "the same where case does not count" },
		{ BYTES(".qa\xe2\x80\x8dnat"), false, "the same with a joiner inside" },
		{ BYTES(".\xef\xbd\x91\x61nat"), false, "the same with a wide letter" },
		{ BYTES("\xff"), false, "not UTF-8" },
		{ BYTES("a\xc3"), false, "a character cut off" },
		{ BYTES("\xc0\xaf"), false, "a slash in two bytes" },
		{ BYTES("\xed\xa0\x80"), false, "half a surrogate pair" },
		{ BYTES("\xf4\x90\x80\x80"), false, "beyond the last character" },
		{ BYTES("\x80"), false, "a tail without a head" },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(name_allowed(rows[i].name), rows[i].allowed, rows[i].why);
}

TEST(name_allowed_counts_bytes)
{
	uint8_t name[ENTRY_NAME_MAX + 1];

	memset(name, 'n', sizeof(name));
	EXPECT(name_allowed(bytes_of(name, ENTRY_NAME_MAX)), "255 bytes");
	EXPECT(!name_allowed(bytes_of(name, ENTRY_NAME_MAX + 1)), "256 bytes");
	for (size_t i = 0; i + 3 <= ENTRY_NAME_MAX; i += 3)
		memcpy(name + i, "\xef\xb7\xba", 3);
	EXPECT(name_allowed(bytes_of(name, ENTRY_NAME_MAX)),
		"each unfolds into eighteen");
}

TEST(name_opens_to_what_was_sealed_and_only_in_its_place)
{
	struct zone_key key = sample_zone_key(), other = key;
	struct short_id file = sample_short_id(1), parent = sample_short_id(2);
	uint8_t name[ENTRY_NAME_MAX], sealed[ENTRY_SEALED_NAME_MAX],
		again[sizeof(sealed)];
	uint8_t out[ENTRY_NAME_MAX];

	memset(name, 'x', sizeof(name));
	for (size_t n = 1; n <= sizeof(name); n += 127) {
		size_t sealed_len =
			name_seal(&key, &file, &parent, bytes_of(name, n), sealed);
		struct bytes b = bytes_of(sealed, sealed_len);
		size_t len;

		EXPECT_EQ(sealed_len, n + 40, "nonce and tag are added");
		EXPECT(name_open(&key, &file, &parent, b, out, &len), "it opens");
		EXPECT_BYTES(bytes_of(out, len), bytes_of(name, n), "to the same name");
		EXPECT(!name_open(&key, &parent, &parent, b, out, &len),
			"not for another file");
		EXPECT(!name_open(&key, &file, &file, b, out, &len),
			"not in another directory");
		other.key[5] ^= 1;
		EXPECT(!name_open(&other, &file, &parent, b, out, &len),
			"not under another key");
		other.key[5] ^= 1;
		(void)name_seal(&key, &file, &parent, bytes_of(name, n), again);
		EXPECT_BYTES(b, bytes_of(again, sealed_len), "sealing has no luck in it");
	}
}

TEST(name_refuses_every_cut_and_every_changed_byte)
{
	struct zone_key key = sample_zone_key();
	struct short_id file = sample_short_id(1), parent = sample_short_id(2);
	uint8_t sealed[ENTRY_SEALED_NAME_MAX + 1] = { 0 }, out[ENTRY_NAME_MAX];
	size_t n = name_seal(&key, &file, &parent, BYTES("hello.txt"), sealed), len;

	for (size_t i = 0; i < n; i++) {
		EXPECT(!name_open(&key, &file, &parent, bytes_of(sealed, i), out, &len),
			"cut");
		sealed[i] ^= 1;
		EXPECT(!name_open(&key, &file, &parent, bytes_of(sealed, n), out, &len),
			"changed");
		sealed[i] ^= 1;
	}
	EXPECT(!name_open(
		       &key, &file, &parent, bytes_of(sealed, sizeof(sealed)), out, &len),
		"longer than any name");
}

TEST(name_refuses_a_nonce_that_is_not_its_own)
{
	struct zone_key key = sample_zone_key();
	struct hash seal_key = hash_keyed(key.key, "qanat name key 1", BYTES(""));
	struct short_id file = sample_short_id(1), parent = sample_short_id(2);
	uint8_t place[32], out[ENTRY_NAME_MAX], sealed[24 + 1 + 16] = { 7 };
	size_t len;

	memcpy(place, file.b, 16);
	memcpy(place + 16, parent.b, 16);
	sealed[24] = 'n';
	seal_nonce(seal_key.b, sealed, bytes_of(place, 32), sealed + 24, 1);
	EXPECT(!name_open(
		       &key, &file, &parent, bytes_of(sealed, sizeof(sealed)), out, &len),
		"a second form by whoever has the key");
	EXPECT_EQ(len, 0, "and nothing comes out");
}
