/* SPDX-License-Identifier: ISC */
/* The carrier of raw frames, over a pair of sockets in the place of a packet socket. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/link/carrier.h"
#include "tests/test.h"

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };

#define HEAD "\x02\0\0\0\0\x01\x02\0\0\0\0\x07\x88\xb5"

static struct datagram batch[CARRIER_RECEIVE];

static int begin(struct carrier *c)
{
	int ends[2];

	EXPECT(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0, "a socket");
	raw_open(c, ends[0], 3, mac, 1500);
	return ends[1];
}

static void put(int fd, struct bytes frame)
{
	EXPECT(send(fd, frame.data, frame.len, 0) == (ssize_t)frame.len, "it is sent");
}

TEST(a_frame_comes_in_without_its_header)
{
	struct carrier c;
	int fd = begin(&c);

	put(fd, BYTES(HEAD "hello"));
	EXPECT_EQ(c.ops->receive(&c, batch, CARRIER_RECEIVE), 1, "one");
	EXPECT_BYTES(bytes_of(batch[0].bytes, batch[0].len), BYTES("hello"),
		"what it carried");
	EXPECT_BYTES(bytes_of(batch[0].from.address, 6), BYTES("\x02\0\0\0\0\x07"),
		"and from whom");
	EXPECT(batch[0].from.port == 0, "as an address alone");
	EXPECT_EQ(c.ops->receive(&c, batch, CARRIER_RECEIVE), 0, "then nothing");
	c.ops->close(&c);
	close(fd);
}

TEST(what_is_not_ours_is_counted_and_those_behind_it_come_in)
{
	struct carrier c;
	int fd = begin(&c);

	put(fd, BYTES("\x02\0\0\0\0\x01\x02\0\0\0\0\x07\x88\xb6other type"));
	put(fd, BYTES("\x02\0\0\0\0\x01\x03\0\0\0\0\x07\x88\xb5"
		      "from a group"));
	put(fd, BYTES("\x02\0\0\0\0\x01\x02\0\0\0\0\x07\x88"));
	put(fd, BYTES(HEAD "first"));
	put(fd, BYTES("x"));
	put(fd, BYTES(HEAD "second"));
	EXPECT_EQ(c.ops->receive(&c, batch, CARRIER_RECEIVE), 2, "two are ours");
	EXPECT_EQ(c.refused, 4, "four are not");
	EXPECT_BYTES(bytes_of(batch[0].bytes, batch[0].len), BYTES("first"), "the first");
	EXPECT_BYTES(
		bytes_of(batch[1].bytes, batch[1].len), BYTES("second"), "the second");
	c.ops->close(&c);
	close(fd);
}

TEST(a_frame_that_is_too_long_is_refused_whole)
{
	static uint8_t frame[14 + FRAME_MAX + 1] = HEAD;
	struct carrier c;
	int fd = begin(&c);

	put(fd, bytes_of(frame, sizeof(frame)));
	put(fd, bytes_of(frame, sizeof(frame) - 1));
	EXPECT_EQ(c.ops->receive(&c, batch, CARRIER_RECEIVE), 1, "the longest is taken");
	EXPECT_EQ(batch[0].len, FRAME_MAX, "whole");
	EXPECT_EQ(c.refused, 1, "a longer one is not cut");
	c.ops->close(&c);
	close(fd);
}

TEST(frames_go_out_to_one_and_to_the_group)
{
	struct node_frame *frames = mem_array(2, sizeof(*frames));
	struct carrier c;
	uint8_t out[64];
	int fd = begin(&c);

	frames[0].to.address[5] = 9;
	frames[0].len = 2;
	memcpy(frames[0].bytes, "to", 2);
	frames[1].multicast = true;
	frames[1].len = 3;
	memcpy(frames[1].bytes, "all", 3);
	EXPECT_EQ(c.ops->send(&c, frames, 2), 2, "both");
	EXPECT_EQ(recv(fd, out, sizeof(out), 0), 16, "one");
	EXPECT_BYTES(bytes_of(out, 16), BYTES("\0\0\0\0\0\x09\x02\0\0\0\0\x01\x88\xb5to"),
		"its bytes");
	EXPECT_EQ(recv(fd, out, sizeof(out), 0), 17, "the other");
	EXPECT_BYTES(bytes_of(out, 17),
		BYTES("\x33\x33\0\0\x71\x75\x02\0\0\0\0\x01\x88\xb5"
		      "all"),
		"to the group");
	EXPECT(c.mtu == 1500 && c.index == 3, "the carrier is of its interface");
	close(fd);
	EXPECT(c.ops->send(&c, frames, 1) < 0, "when the interface is gone, it says so");
	c.ops->close(&c);
	mem_free(frames);
}
