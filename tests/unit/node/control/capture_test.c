/* SPDX-License-Identifier: ISC */
/* Packets of a capture: the codec, frames taken apart, the file byte by byte. */
#include "node/control/capture.h"

#include "tests/test.h"
#include "tests/unit/node/control/shape.h"

static const struct captured hello = { .unix_us = 1790000000000123,
	.lost = 7,
	.out = true,
	.kind = MESSAGE_HELLO,
	.from = { { 0xfe, 0x80, [15] = 1 } },
	.to = { { 0xff, 2, [15] = 0x6d } },
	.interface = { (const uint8_t *)"wlan0", 5 },
	.body = { (const uint8_t *)"\x08\x00\x01", 3 } };

TEST(a_packet_survives_the_way_to_the_program)
{
	struct captured got;
	struct buffer b;

	buffer_init(&b, 1 << 16);
	capture_write(&b, &hello);
	EXPECT(capture_parse(&got, buffer_bytes(&b)), "it is one");
	EXPECT_EQ(got.unix_us, hello.unix_us, "its time");
	EXPECT_EQ(got.lost, 7, "what was lost");
	EXPECT(got.out && !got.routed && got.kind == MESSAGE_HELLO,
		"which way, and what");
	EXPECT(id_equal(&got.from, &hello.from) && id_equal(&got.to, &hello.to),
		"between whom");
	EXPECT(bytes_equal(got.interface, hello.interface), "the interface");
	EXPECT(bytes_equal(got.body, hello.body), "the body");
	for (size_t len = 0; len < b.len - hello.body.len; len++)
		EXPECT(!capture_parse(&got, bytes_of(b.data, len)), "a cut one is none");
	b.data[16] = 4;
	EXPECT(!capture_parse(&got, buffer_bytes(&b)), "an unknown flag");
	b.data[16] = 0;
	b.data[17] = MESSAGE_KINDS;
	EXPECT(!capture_parse(&got, buffer_bytes(&b)), "an unknown kind");
	b.data[17] = 0;
	b.data[0] = 0x80;
	EXPECT(!capture_parse(&got, buffer_bytes(&b)), "a time before 1970");
	b.data[0] = 0;
	for (unsigned i = 0; i <= FRAME_MAX; i++)
		buffer_add(&b, BYTES("x"));
	EXPECT(!capture_parse(&got, buffer_bytes(&b)), "larger than any frame");
	buffer_fini(&b);
}

TEST(a_frame_is_taken_apart_into_what_wireshark_knows_and_the_rest)
{
	static const uint8_t tc[] = "\0\0\0\7\2eight or more";
	static struct capture_parts parts;
	uint8_t frame[200];
	struct writer w = writer_of(frame, sizeof(frame));
	struct captured c = hello;
	struct reader r;
	struct message m;

	frame_header_write(&w, &(struct frame_header){ FRAME_DATA, 0, 5, 9 });
	EXPECT(message_write(&w, MESSAGE_PROBE, BYTES("")) &&
			message_write(&w, MESSAGE_DATA, bytes_of(tc, sizeof(tc))) &&
			message_write(&w, MESSAGE_DATA, BYTES("\0\0\0\7\13sync")),
		"three messages");
	capture_parts_begin(&parts, writer_bytes(&w), false);
	EXPECT(capture_parts_next(&parts, &c) && c.kind == MESSAGE_TC &&
			bytes_equal(c.body, bytes_of(tc + 5, sizeof(tc) - 5)),
		"the TC out of its message");
	EXPECT(capture_parts_next(&parts, &c) && c.kind == MESSAGE_PAD, "then the rest");
	r = reader_of(bytes_of(
		c.body.data + FRAME_HEADER_SIZE, c.body.len - FRAME_HEADER_SIZE));
	EXPECT(memcmp(c.body.data, frame, FRAME_HEADER_SIZE) == 0, "its header first");
	EXPECT(message_read(&r, &m) == MESSAGE_GIVEN && m.kind == MESSAGE_PROBE &&
			message_read(&r, &m) == MESSAGE_GIVEN && m.kind == MESSAGE_DATA &&
			message_read(&r, &m) == MESSAGE_NONE,
		"without the TC");
	EXPECT(!capture_parts_next(&parts, &c), "and nothing more");
	capture_parts_begin(&parts, writer_bytes(&w), true);
	EXPECT(capture_parts_next(&parts, &c) && !capture_parts_next(&parts, &c),
		"only the TC where only control is wanted");
}

TEST(a_frame_of_control_alone_leaves_no_rest_and_a_handshake_is_whole)
{
	static struct capture_parts parts;
	uint8_t frame[200];
	struct writer w = writer_of(frame, sizeof(frame));
	struct captured c = hello;

	frame_header_write(&w, &(struct frame_header){ FRAME_MULTICAST, 0, 0, 9 });
	EXPECT(message_write(&w, MESSAGE_HELLO, BYTES("a hello indeed")), "a HELLO");
	capture_parts_begin(&parts, writer_bytes(&w), false);
	EXPECT(capture_parts_next(&parts, &c) && c.kind == MESSAGE_HELLO, "it is shown");
	EXPECT(!capture_parts_next(&parts, &c), "and its frame is not shown again");
	w = writer_of(frame, sizeof(frame));
	frame_header_write(&w, &(struct frame_header){ FRAME_HANDSHAKE_1, 0, 0, 9 });
	write_bytes(&w, BYTES("\1\0\1 no message"));
	capture_parts_begin(&parts, writer_bytes(&w), false);
	EXPECT(capture_parts_next(&parts, &c) && c.kind == MESSAGE_PAD &&
			bytes_equal(c.body, writer_bytes(&w)),
		"a handshake as it is");
	EXPECT(!capture_parts_next(&parts, &c), "once");
	capture_parts_begin(&parts, writer_bytes(&w), true);
	EXPECT(!capture_parts_next(&parts, &c), "and it is no control");
}

TEST(addresses_are_made_link_local)
{
	static const uint8_t mac[16] = { 0, 0x11, 0x22, 0x33, 0x44, 0x55 };
	static const uint8_t own[16] = { 0xfe, 0x80, [8] = 1, [15] = 9 };
	static const uint8_t mapped[16] = { [10] = 0xff, 0xff, 192, 0, 2, 1 };
	struct address a = capture_address(mac, true), b = capture_address(own, false),
		       c = capture_address(mapped, false);

	EXPECT(memcmp(a.b, "\xfe\x80\0\0\0\0\0\0\x02\x11\x22\xff\xfe\x33\x44\x55", 16) ==
			0,
		"of a hardware address its EUI-64");
	EXPECT(memcmp(b.b, own, 16) == 0, "one that is stays");
	EXPECT(memcmp(c.b, "\xfe\x80\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16) == 0,
		"of others the last half");
}

TEST(the_file_has_these_bytes)
{
	static const uint8_t head[] = { 0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 101 };
	static const uint8_t packet[] = {
		0x6a, 0xb1, 0x3b, 0x80, 0, 0, 0, 123, /* 1790000000 s, 123 us */
		0, 0, 0, 51, 0, 0, 0, 51,             /* so long, and all of it here */
		0x6c, 0, 0, 0, 0, 11, 17, 255,        /* IPv6, CS6, UDP */
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, /* from */
		0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x6d, 0x01, 0x0d, 0x01,
		0x0d, 0, 11, /* port 269 */
		0xf6, 0xcc,  /* checksum */
		8, 0, 1      /* the body */
	};
	struct captured c = hello;
	struct buffer b;

	buffer_init(&b, 1 << 16);
	capture_pcap_head(&b);
	EXPECT(bytes_equal(buffer_bytes(&b), bytes_of(head, sizeof(head))),
		"a classic head: microseconds, raw IP");
	buffer_cut(&b, 0);
	capture_pcap(&b, &c);
	EXPECT_EQ(b.len, sizeof(packet), "its length");
	for (size_t i = 0; i < sizeof(packet); i++)
		EXPECT_EQ(b.data[i], packet[i], "its bytes");
	buffer_cut(&b, 0);
	c.kind = MESSAGE_PAD;
	capture_pcap(&b, &c);
	EXPECT_EQ(
		b.data[16 + 40] << 8 | b.data[16 + 41], 7117, "other frames on our port");
	EXPECT_EQ(b.data[16], 0x60, "without a class");
	buffer_fini(&b);
}

/* RFC 8200 section 8.1: a checksum of zero means none, so ffff stands for it. */
TEST(a_checksum_of_zero_is_written_as_all_ones)
{
	struct captured c = hello;
	struct buffer b;
	uint8_t body[2] = { 0, 0 };
	unsigned sum;

	buffer_init(&b, 1 << 16);
	c.body = bytes_of(body, sizeof(body));
	capture_pcap(&b, &c);
	sum = (unsigned)(b.data[16 + 46] << 8 | b.data[16 + 47]);
	/* what the sum lacks to ffff: with it in the body the sum is ffff, its complement 0 */
	body[0] = (uint8_t)(sum >> 8);
	body[1] = (uint8_t)sum;
	buffer_cut(&b, 0);
	capture_pcap(&b, &c);
	EXPECT_EQ(b.data[16 + 46] << 8 | b.data[16 + 47], 0xffff, "all ones");
	buffer_fini(&b);
}

TEST(json_says_what_is_in_a_packet)
{
	uint8_t frame[200];
	struct writer w = writer_of(frame, sizeof(frame));
	struct captured packets[] = { hello, hello };
	struct buffer b;
	json_t *o, *m;

	frame_header_write(&w, &(struct frame_header){ FRAME_DATA, 0, 5, 9 });
	EXPECT(message_write(&w, MESSAGE_DATA, BYTES("\0\0\0\7\13sync")), "a message");
	packets[1].kind = MESSAGE_PAD;
	packets[1].body = writer_bytes(&w);
	for (size_t i = 0; i < array_len(packets); i++) {
		buffer_init(&b, 1 << 16);
		capture_json(&b, &packets[i]);
		o = shape_read(&b, "qanat.capture/1");
		shape_expect(o,
			"time:s unix_s:n direction:s interface:s from:s to:s port:i "
			"end_to_end:b messages:a body:s lost:i");
		m = json_array_get(json_object_get(o, "messages"), 0);
		shape_expect(m, "kind:s bytes:i carries:s?");
		EXPECT_STRING(json_string_value(json_object_get(m, "kind")),
			i == 0 ? "hello" : "data", "its kind");
		if (i == 1)
			EXPECT_STRING(json_string_value(json_object_get(m, "carries")),
				"sync", "and what stands in it");
		json_decref(o);
		buffer_fini(&b);
	}
}
