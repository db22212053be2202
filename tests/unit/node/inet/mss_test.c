/* SPDX-License-Identifier: ISC */
#include "node/inet/mss.h"
#include "tests/test.h"
#include "tests/unit/node/inet/packets.h"

TEST(mss_is_held_down_to_the_mtu)
{
	static const struct {
		const char *why;
		struct bytes options;
		uint8_t flags;
		bool changed;
		unsigned at; /* of the two bytes in the options */
	} rows[] = {
		{ "the first option", BYTES("\2\4\5\264"), TCP_SYN, true, 2 },
		{ "of an answer too", BYTES("\2\4\5\264"), TCP_SYN | TCP_ACK, true, 2 },
		{ "behind others", BYTES("\4\2\3\3\7\1\2\4\5\264\0\0"), TCP_SYN, true,
			8 },
		{ "at an odd place", BYTES("\1\2\4\5\264\1\1\1"), TCP_SYN, true, 3 },
		{ "one that fits", BYTES("\2\4\4\0"), TCP_SYN, false, 0 },
		{ "not of a SYN", BYTES("\2\4\5\264"), TCP_ACK, false, 0 },
		{ "no option", BYTES(""), TCP_SYN, false, 0 },
		{ "other options", BYTES("\4\2\1\1"), TCP_SYN, false, 0 },
		{ "behind the end", BYTES("\0\0\0\0\2\4\5\264"), TCP_SYN, false, 0 },
		{ "of another length", BYTES("\2\3\5\264"), TCP_SYN, false, 0 },
		{ "an option of length 1", BYTES("\4\1\0\0\2\4\5\264"), TCP_SYN, false,
			0 },
		{ "cut off", BYTES("\1\1\2\4"), TCP_SYN, false, 0 },
	};
	static uint8_t packet[PACKET_MAX], before[PACKET_MAX];

	for (size_t i = 0; i < 2 * array_len(rows); i++) {
		const size_t row = i / 2, header = i % 2 ? 20 : 40;
		struct made m = { .version = i % 2 ? 4 : 6,
			.protocol = PROTOCOL_TCP,
			.flags = rows[row].flags,
			.options = rows[row].options };
		size_t len = made_write(&m, packet);
		struct packet p;

		memcpy(before, packet, len);
		EXPECT(packet_parse(&p, bytes_of(packet, len)), "a good packet");
		EXPECT(mss_clamp(packet, &p, 1280) == rows[row].changed, rows[row].why);
		EXPECT(naive_good(packet, len), "its checksum is right");
		if (!rows[row].changed) {
			EXPECT(memcmp(packet, before, len) == 0, "nothing is touched");
			continue;
		}
		EXPECT_EQ(got(packet + header + 20 + rows[row].at, 2), 1260 - header,
			"what fits without options");
		EXPECT(!mss_clamp(packet, &p, 1280), "once");
		EXPECT(!mss_clamp(packet, &p, 40), "no MTU is so small");
	}
}

TEST(mss_clamp_leaves_others_alone)
{
	static uint8_t packet[PACKET_MAX];
	struct made m = { .version = 6,
		.protocol = PROTOCOL_UDP,
		.flags = TCP_SYN,
		.payload = BYTES("\2\4\5\264\2\4\5\264\2\4\5\264\2\4\5\264") };
	struct packet p;

	EXPECT(packet_parse(&p, bytes_of(packet, made_write(&m, packet))),
		"a good packet");
	EXPECT(!mss_clamp(packet, &p, 1280), "UDP has no such thing");
}
